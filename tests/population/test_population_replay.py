"""The replay of a member trains one model along its lineage, donors' steps included."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

import tunebridge as tb
from tests.population.training import SPACE, Walk, copies, tune


def problem(walk: Walk | None = None) -> tb.Problem:
    return tb.Problem(walk or Walk(), SPACE, direction="maximize")


@pytest.mark.parametrize("seed", range(3))
def test_a_replay_is_equal_to_the_last_bit(seed: int) -> None:
    result = tune(seed=seed, adjust=[tb.Schedule("size", {4: 4, 7: 1})])
    assert any(map(copies, result.trials))
    for trial in result.trials:
        again = tb.replay(problem(), trial)
        assert again.values == trial.values
        assert again.schedule == trial.schedule
        assert again.lineage == trial.lineage
        first = 1 + max((copy.donor_step for copy in copies(trial)), default=-1)
        assert again.reports[first:] == tuple(one for one in trial.reports if one.step >= first)
        assert [report.step for report in again.reports] == list(range(12))


def test_the_steps_before_a_copy_are_the_donors() -> None:
    result = tune()
    trial = next(trial for trial in result.trials if copies(trial))
    again = tb.replay(problem(), trial)
    for stretch in trial.lineage:
        donor = result.trials[stretch.member]
        steps = slice(stretch.first, stretch.last + 1)
        assert again.reports[steps] == donor.reports[steps]


def test_an_objective_without_the_copied_checkpoint_is_an_error() -> None:
    trial = next(trial for trial in tune().trials if copies(trial))
    with pytest.raises(tb.ProblemError, match="has written no checkpoint of trial"):
        tb.replay(problem(Walk(every=7)), trial)


def test_a_trial_that_copied_nobody_is_replayed_with_its_checkpoints() -> None:
    trial = tb.tune(problem(), backend="optuna:random", n_trials=1, seed=0).trials[0]
    again = tb.replay(problem(), trial)
    assert replace(again, told=trial.told).reports == trial.reports
    assert again.values == trial.values


class Frugal(Walk):
    """Writes a checkpoint only where its study waits for it."""

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        begun = float((trial.resumed / "sum").read_text()) if trial.resumed else 0.0
        for step in range(trial.resumed.step + 1 if trial.resumed else 0, self.n_steps):
            begun += trial["rate"]
            yield begun
            if trial.wants_checkpoint:
                assert step % 3 == 2
                with trial.checkpoint() as folder:
                    (folder / "sum").write_text(repr(begun))


def test_an_objective_that_writes_only_what_is_wanted_is_replayed() -> None:
    result = tune(Frugal())
    assert any(map(copies, result.trials))
    for trial in result.trials:
        again = tb.replay(problem(Frugal()), trial)
        assert again.values == trial.values
        assert again.lineage == trial.lineage
