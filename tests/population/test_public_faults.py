"""What others got wrong in population-based training: public reports against Ray Tune, each a test."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import sleep

import pytest

import tunebridge as tb
from tests.population.training import SPACE, Walk, copies, path_of, tune
from tunebridge.policy import Policy

WAYS = pytest.mark.parametrize(
    "where", [{}, {"n_jobs": 2, "executor": "threads"}, {"n_jobs": 4, "executor": "threads"}], ids=str
)


class Paced(Walk):
    """Takes a while for each step, so that members train side by side."""

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        for value in super().__call__(trial):
            sleep(0.002)
            yield value


@WAYS
def test_explored_values_are_not_undone_by_the_copied_checkpoint(where: dict[str, object]) -> None:
    """#62173: a copy trains with what was explored, from its first step on."""
    found = [(trial, copy) for trial in tune(Paced(), **where).trials for copy in copies(trial)]
    assert found
    for trial, copy in found:
        explored = {change.name: change.value for change in trial.changes if change.step == copy.step}
        assert explored
        after = [tuple(one) for one in trial.notes["path"] if one[1] == copy.donor_step + 1]
        if after and after[0][0] == trial.number:
            assert after[0][2] == explored.get("rate", copy.params["rate"])


@WAYS
def test_a_donors_checkpoint_is_there_until_it_was_copied(where: dict[str, object]) -> None:
    """#9036: donors write a checkpoint at each step, of which only the last and the best are kept."""
    result = tune(Walk(n_steps=30), population=tb.Population(size=4, every=7), **where)
    assert [trial.state for trial in result.trials] == [tb.TrialState.COMPLETE] * 4
    for trial in result.trials:
        assert [tuple(one) for one in trial.notes["path"]] == path_of(trial)


@WAYS
def test_a_donor_has_a_checkpoint(where: dict[str, object]) -> None:
    """#27170: nobody copies a trial before the end of its first interval, or a step without a checkpoint."""
    for trial in tune(Walk(every=3), **where).trials:
        for copy in copies(trial):
            assert copy.donor_step % 3 == 2


@WAYS
def test_steps_go_on_from_the_donors_and_values_stay_in_range(where: dict[str, object]) -> None:
    """#11936: no step counter is reset, and no param leaves its domain."""
    for trial in tune(population=tb.Population(size=4, every=1, resample=0.5), **where).trials:
        steps = [report.step for report in trial.reports]
        assert steps == sorted(set(steps))
        for copy in copies(trial):
            assert copy.donor_step >= copy.step
        assert all(SPACE.contains(stretch.params) for stretch in trial.lineage)
        ends = [(stretch.first, stretch.last) for stretch in trial.lineage]
        assert [step for first, last in ends for step in range(first, last + 1)] == list(range(12))


@WAYS
def test_nobody_is_restored_to_an_older_checkpoint_of_its_own(where: dict[str, object]) -> None:
    """#53831: while a member trains with its own model, its curve has no step back."""
    for trial in tune(**where).trials:
        rates = [rate for _, _, rate in trial.notes["path"]]
        last = max((copy.donor_step for copy in copies(trial)), default=-1)
        for report in trial.reports:
            if report.step > last:
                assert report.value == pytest.approx(sum(rates[: report.step + 1]))


class Lost(Walk):
    """Is lost once, with its process, in the middle of an interval."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self.mark = mark

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        for value in super().__call__(trial):
            if trial.number == 2 and value > 0 and trial.resumed and not self.mark.exists():
                self.mark.touch()
                os._exit(1)
            yield value


def test_a_member_whose_process_was_lost_goes_on_as_if_it_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunebridge.study.tuning.Policy", partial(Policy, retries=1))
    lost = tune(Lost(tmp_path / "mark"), n_jobs=2, deterministic=True, executor="processes")
    whole = tune()
    assert lost.trials[2].attempt == 1
    for one, two in zip(lost.trials, whole.trials, strict=True):
        assert (one.reports, one.schedule, one.values) == (two.reports, two.schedule, two.values)
