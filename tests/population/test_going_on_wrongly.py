"""Populations that were stopped, and are gone on with in a way that cannot be right."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.study.walking import SPACE, Walk

POPULATION = tb.Population(size=4, every=3)
N_STEPS = 12


class Stopped(Walk):
    """Is stopped by hand once, after so many steps."""

    def __init__(self, after: int) -> None:
        super().__init__(n_steps=N_STEPS)
        self.left = after

    def trained(self, trial: tb.Trial, step: int) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def tune(walk: Walk, folder: Path, **settings: Any) -> tb.Result:
    settings = {"population": POPULATION, "backend": "optuna:random", "n_trials": 4, "seed": 1, **settings}
    settings = {"storage": url(folder), "study": "stopped", **settings}
    return tb.tune(tb.Problem(walk, SPACE), **settings)


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """A walk whose study has been stopped once members had copied others."""
    walk = Stopped(after=N_STEPS * 4 - 8)
    tune(walk, tmp_path)
    stopped = tb.load_study(url(tmp_path), "stopped")
    assert any(isinstance(entry, tb.Copy) for trial in stopped.trials for entry in trial.schedule)
    return walk


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/tune.db"


def test_members_that_copied_do_not_go_on_without_their_population(walk: Walk, tmp_path: Path) -> None:
    with pytest.raises(tb.ProblemError, match=r"have copied others of their population") as caught:
        tune(walk, tmp_path, population=None)
    assert "population=..." in caught.value.hint
    dropped = tune(walk, tmp_path, population=None, interrupted="drop")
    assert all(trial.state is tb.TrialState.INTERRUPTED for trial in dropped.trials[:4])
    with pytest.raises(tb.ProblemError):
        tune(walk, tmp_path, population=None, n_trials=8)


def test_members_go_on_with_their_population_as_if_nothing_had_been(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = tune(Walk(n_steps=N_STEPS), tmp_path / "whole")
    gone_on = tune(walk, tmp_path)
    assert [trial.reports for trial in gone_on.trials] == [trial.reports for trial in whole.trials]


def test_a_folder_of_checkpoints_that_is_gone_is_named(walk: Walk, tmp_path: Path) -> None:
    (folder,) = tmp_path.glob("tune*.checkpoints*")
    shutil.rmtree(folder)
    for _ in range(2):
        with pytest.raises(tb.StoreError, match="is not there any more") as caught:
            tune(walk, tmp_path)
        assert str(folder) in str(caught.value)
        assert "put the folder back" in caught.value.hint


class StoppedBetween(Walk):
    """Is stopped by hand once, as so many turns are over."""

    def __init__(self, turns: int) -> None:
        super().__init__(n_steps=N_STEPS)
        self.left = turns

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        try:
            yield from super().__call__(trial)
        finally:
            self.left -= trial.is_paused
            if not self.left and trial.is_paused:
                raise KeyboardInterrupt


@pytest.mark.parametrize(("turns", "n_begun"), [(2, 2), (3, 3), (18, 6)])
def test_nobody_is_judged_before_all_of_a_population_have_begun(
    turns: int, n_begun: int, tmp_path: Path
) -> None:
    """Some members are at the end of their first interval, and the others have not begun."""
    (tmp_path / "whole").mkdir()
    whole = tune(Walk(n_steps=N_STEPS), tmp_path / "whole", n_trials=8)
    walk = StoppedBetween(turns)
    assert len(tune(walk, tmp_path, n_trials=8).trials) == n_begun
    gone_on = tune(walk, tmp_path, n_trials=8)
    assert [trial.reports for trial in gone_on.trials] == [trial.reports for trial in whole.trials]


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"size": 2}, "size was 4, is 2"),
    ({"every": 2}, "every was 3, is 2"),
    ({"explore": "optuna:tpe"}, "explore was 'perturb', is 'optuna:tpe'"),
    (
        {"explore": tb.backend("optuna:gp", n_startup_trials=4)},
        "explore was 'perturb', is 'optuna:gp(n_startup_trials=4)'",
    ),
    ({"quantile": 0.5, "params": ["x"]}, "quantile was 0.25, is 0.5; params was None, is ['x']"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_another_population_is_refused_while_members_train_and_when_all_have_ended(
    change: dict[str, Any], message: str, scheme: str, tmp_path: Path
) -> None:
    other = f"{scheme}:///{tmp_path}/other.log"
    given: dict[str, Any] = {"size": 4, "every": 3, **change}
    walk = Stopped(after=10)
    for n_trials in (4, 8):
        tune(walk, tmp_path, storage=other)
        with pytest.raises(tb.ProblemError, match=re.escape(message)) as caught:
            tune(walk, tmp_path, storage=other, population=tb.Population(**given), n_trials=n_trials)
        assert "name another study" in caught.value.hint


def test_a_population_may_follow_on_trials_without_one_and_is_kept_from_then_on(tmp_path: Path) -> None:
    walk = Walk(n_steps=N_STEPS)
    tune(walk, tmp_path, population=None)
    assert len(tune(walk, tmp_path, n_trials=8).trials) == 8
    with pytest.raises(tb.ProblemError, match="size was 4, is 2"):
        tune(walk, tmp_path, n_trials=10, population=tb.Population(size=2, every=3))
    assert len(tune(walk, tmp_path, n_trials=12).trials) == 12


def test_options_of_the_backend_that_explores_are_part_of_the_population(tmp_path: Path) -> None:
    def explored(**options: Any) -> dict[str, Any]:
        return {"population": tb.Population(size=4, every=3, explore=tb.backend("optuna:tpe", **options))}

    walk = Stopped(after=10)
    tune(walk, tmp_path, **explored(n_startup_trials=4, n_ei_candidates=8))
    with pytest.raises(tb.ProblemError, match="explore was") as caught:
        tune(walk, tmp_path, **explored(n_startup_trials=5, n_ei_candidates=8))
    assert "explore='optuna:tpe(n_ei_candidates=8, n_startup_trials=4)'" in caught.value.hint
    assert len(tune(walk, tmp_path, **explored(n_ei_candidates=8, n_startup_trials=4)).trials) == 4


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
@pytest.mark.parametrize("after", [2, 10, 1000])
def test_a_population_is_not_left_out_whether_members_train_or_have_ended(
    after: int, scheme: str, tmp_path: Path
) -> None:
    other = f"{scheme}:///{tmp_path}/other.log"
    walk = Stopped(after)
    before = tune(walk, tmp_path, storage=other)
    with pytest.raises(tb.ProblemError, match="has a population: size=4, every=3") as caught:
        tune(walk, tmp_path, storage=other, population=None, n_trials=8)
    assert "population=..." in caught.value.hint
    assert tb.load_study(other, "stopped").trials == before.trials
    assert len(tune(walk, tmp_path, storage=other, n_trials=8).trials) == 8


def test_members_that_have_ended_may_be_followed_by_trials_without_a_population_if_one_says_so(
    tmp_path: Path,
) -> None:
    walk = Walk(n_steps=N_STEPS)
    tune(walk, tmp_path)
    found = tune(walk, tmp_path, population=None, n_trials=6, interrupted="drop")
    assert [trial.state for trial in found.trials] == [tb.TrialState.COMPLETE] * 6


def test_trials_that_began_without_a_population_do_not_become_members(tmp_path: Path) -> None:
    walk = Stopped(after=N_STEPS + 3)
    tune(walk, tmp_path, population=None)
    with pytest.raises(tb.ProblemError, match="trials 1 began without a population") as caught:
        tune(walk, tmp_path)
    assert "interrupted='drop'" in caught.value.hint
    assert len(tune(walk, tmp_path, population=None).trials) == 4


def test_trials_without_a_population_that_are_part_of_one_are_refused(tmp_path: Path) -> None:
    walk = Walk(n_steps=N_STEPS)
    tune(walk, tmp_path, population=None, n_trials=3)
    with pytest.raises(tb.ProblemError, match="3 trials of the study 'stopped' have ended without"):
        tune(walk, tmp_path)
    tune(walk, tmp_path, population=None, n_trials=4)
    assert len(tune(walk, tmp_path, n_trials=8).trials) == 8
