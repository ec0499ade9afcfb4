"""Comparisons in a store: they survive a kill, run no cell twice, grow, and are read again."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import psutil
import pytest

import tunebridge as tb
from tests.waiting import until
from tunebridge.comparison.plan.plan import cell_study
from tunebridge.comparison.run.cell_objective import CellObjective
from tunebridge.stores.loading import opened

if TYPE_CHECKING:
    from tests.conftest import Clock

SCRIPT = Path(__file__).with_name("killed_comparison.py")

NewStore = Callable[[str], str]

HOLD = "TUNEBRIDGE_TEST_HOLD"
"""Environment variable: after how many evaluations the script waits."""

HEADWAY = 6
"""How many evaluations a process may begin between the one at which it is to be killed and the kill."""

PATIENCE_SECONDS = 60.0

SPACE = tb.Space(x=tb.Float(-1.0, 1.0))


def bowl(trial: tb.Trial) -> float:
    return float(trial["x"]) ** 2


BOWL = tb.Problem(bowl, SPACE)


def compare(url: str, problem: Any = BOWL, **settings: Any) -> tb.Comparison:
    defaults: dict[str, Any] = {
        "backends": ["optuna:random", "optuna:qmc"],
        "n_trials": 4,
        "seeds": [0, 1],
    }
    return tb.compare(problem, storage=url, **{**defaults, **settings})


def begins(comparison: tb.Comparison) -> dict[tuple[str, int], list[Any]]:
    """Return when the trials of every cell that has ended began: a cell that is run again begins anew."""
    return {
        (cell.line, cell.seed): [record.started for record in cell.records]
        for cell in comparison.cells
        if cell.has_ended
    }


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script that is killed, which notes what it evaluates in `evidence`."""
    monkeypatch.setenv("TUNEBRIDGE_TEST_EVIDENCE", str(tmp_path / "evidence"))
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, SCRIPT.stem, module)
    spec.loader.exec_module(module)
    return module


def evaluations(folder: Path) -> list[dict[str, Any]]:
    evidence = folder / "evidence"
    whole = evidence.read_text("utf-8").rpartition("\n")[0] if evidence.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]


def kill_after(n_evaluations: int, url: str, n_jobs: int, folder: Path) -> None:
    """Run the script, kill it once it has begun so many evaluations, and wait for the end of its cells."""
    hold = {HOLD: str(n_evaluations + HEADWAY)}
    process = subprocess.Popen([sys.executable, str(SCRIPT), url, str(n_jobs)], env=os.environ | hold)
    cells: list[psutil.Process] = []
    try:
        until(lambda: process.poll() is not None or len(evaluations(folder)) >= n_evaluations)
        cells += psutil.Process(process.pid).children(recursive=True)
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    until(lambda: all(map(is_gone, cells)))


def is_gone(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize(
    ("scheme", "n_jobs"),
    [
        pytest.param("sqlite", 1, marks=pytest.mark.slow),
        ("sqlite", 2),
        pytest.param("journal", 1, marks=pytest.mark.slow),
    ],
)
def test_a_comparison_that_is_killed_goes_on_and_runs_no_cell_twice(
    script: ModuleType, tmp_path: Path, new_store: NewStore, scheme: str, n_jobs: int
) -> None:
    url, n_cells = new_store(scheme), len(script.BACKENDS) * len(script.SEEDS)
    kill_after(2 * script.N_TRIALS + 3, url, n_jobs, tmp_path)
    before, n_before = begins(tb.load_comparison(url)), len(evaluations(tmp_path))
    assert 0 < len(before) < n_cells
    comparison = script.run(url, **({} if n_jobs == 1 else {"n_jobs": n_jobs}))
    assert comparison.is_complete
    assert {place: begins(comparison)[place] for place in before} == before
    again = n_cells * script.N_TRIALS
    assert again <= len(evaluations(tmp_path)) <= again + n_jobs
    assert len(evaluations(tmp_path)) > n_before
    assert {len(cell.records) for cell in comparison.cells} == {script.N_TRIALS}
    for backend in script.BACKENDS:
        for seed in script.SEEDS:
            alone = tb.tune(
                comparison.problems["noted"], backend=backend, n_trials=script.N_TRIALS, seed=seed
            )
            found = comparison.cell("noted", backend, seed)
            assert [record.params for record in found.records] == [trial.params for trial in alone.trials]


def test_a_comparison_that_is_complete_evaluates_nothing_more(
    script: ModuleType, tmp_path: Path, new_store: NewStore
) -> None:
    url = new_store("journal")
    first = script.run(url, seeds=[4])
    count = len(evaluations(tmp_path))
    second = script.run(url, seeds=[4])
    assert len(evaluations(tmp_path)) == count == 2 * script.N_TRIALS
    assert second == first


def test_more_seeds_and_lines_run_only_what_is_new(
    script: ModuleType, tmp_path: Path, new_store: NewStore
) -> None:
    url = new_store("journal")
    first = script.run(url, seeds=[0])
    second = script.run(url, seeds=[0, 1], backends=[*script.BACKENDS, "optuna:nsga2"])
    assert (first.study, second.study) == ("comparison", "comparison@2")
    assert len(evaluations(tmp_path)) == 6 * script.N_TRIALS
    assert begins(first).items() <= begins(second).items()
    assert second.is_complete
    third = script.run(url, seeds=[0, 1], backends=[*script.BACKENDS, "optuna:nsga2"])
    assert third == second
    assert len(evaluations(tmp_path)) == 6 * script.N_TRIALS
    assert tb.load_comparison(url).study == "comparison@2"


def test_a_comparison_goes_on_under_its_name_when_its_own_code_is_written_otherwise(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, called = new_store("journal"), CellObjective.__call__
    first = compare(url, seeds=[0])
    monkeypatch.setattr(CellObjective, "__call__", lambda one, trial: float(called(one, trial)))
    assert compare(url, seeds=[0]).study == first.study
    with opened(url) as store:
        assert f"{first.study}@2" not in store.studies()


def test_a_larger_budget_goes_on_with_the_cells_and_a_smaller_one_cuts_them(new_store: NewStore) -> None:
    url = new_store("journal")
    small, large = compare(url), compare(url, n_trials=7)
    again = compare(url, n_trials=4)
    for cell in small.cells:
        grown = large.cell(cell.problem, cell.line, cell.seed)
        assert grown.records[:4] == cell.records
        assert len(grown.records) == 7
    assert again.losses("bowl") == small.losses("bowl")
    assert {len(cell.records) for cell in again.cells} == {4}


def test_another_problem_under_the_same_name_is_refused_before_anything_runs(new_store: NewStore) -> None:
    url, evaluated = new_store("journal"), []
    compare(url, {"p": BOWL})

    def other(trial: tb.Trial) -> float:
        evaluated.append(trial)
        return 0.0

    for changed, what in [
        (tb.Problem(other, SPACE), "objective: was bowl"),
        (tb.Problem(bowl, tb.Space(x=tb.Float(-2.0, 1.0))), r"x: was Float\(-1.0, 1.0\)"),
        (tb.Problem(bowl, SPACE, direction="maximize"), r"directions: was \['minimize'\]"),
    ]:
        with pytest.raises(tb.StoreError, match=what) as caught:
            compare(url, {"p": changed})
        assert "another name" in caught.value.hint
    assert evaluated == []


def test_a_loaded_comparison_is_what_was_returned(new_store: NewStore) -> None:
    url = new_store("sqlite")
    made = compare(url, target=0.5, reference="optuna:qmc", shared_start=2, n_jobs=2)
    loaded = tb.load_comparison(url, "comparison")
    assert {name: (problem.space, problem.direction) for name, problem in loaded.problems.items()} == {
        "bowl": (SPACE, "minimize")
    }
    for field in ("study", "lines", "seeds", "budget", "shared_start", "reference", "targets", "cells"):
        assert getattr(loaded, field) == getattr(made, field)
    assert (loaded.versions, loaded.command) == (made.versions, made.command)
    assert str(loaded) == str(made)
    with pytest.raises(tb.ObjectiveError, match="without its objective bowl"):
        loaded.problems["bowl"].objective(None)


def test_a_comparison_is_a_study_whose_trials_are_its_cells(new_store: NewStore) -> None:
    url = new_store("journal")
    made = compare(url)
    own = tb.load_study(url, "comparison")
    assert own.backend == "tunebridge:compare"
    assert {tuple(trial.params[name] for name in ("problem", "line", "seed")) for trial in own.trials} == {
        (cell.problem, cell.line, cell.seed) for cell in made.cells
    }
    for trial in own.trials:
        place = [trial.params[name] for name in ("problem", "line", "seed")]
        cell = tb.load_study(url, cell_study("comparison", place[0], place[1], place[2], 0))
        assert cell.best_value == trial.value


def test_a_store_with_none_or_several_comparisons_asks_for_a_name(new_store: NewStore) -> None:
    url = new_store("journal")
    tb.tune(BOWL, backend="optuna:random", n_trials=1, storage=url, study="single", seed=0)
    with pytest.raises(tb.StoreError, match="holds no comparison"):
        tb.load_comparison(url)
    compare(url, study="one")
    assert tb.load_comparison(url).study == "one"
    compare(url, study="two")
    with pytest.raises(tb.StoreError, match="holds 2 comparisons") as caught:
        tb.load_comparison(url)
    assert caught.value.hint == "name one: 'one' | 'two'"
    with pytest.raises(tb.StoreError, match="'single' is no comparison"):
        tb.load_comparison(url, "single")
    with pytest.raises(tb.StoreError, match="there is no study 'three'"):
        tb.load_comparison(url, "three")


def test_a_name_that_something_else_has_is_refused(new_store: NewStore) -> None:
    url = new_store("journal")
    tb.tune(BOWL, backend="optuna:random", n_trials=1, storage=url, study="single", seed=0)
    with pytest.raises(tb.StoreError, match="the study 'single' is no comparison"):
        compare(url, study="single")


def test_a_comparison_goes_on_with_problems_of_another_direction(new_store: NewStore) -> None:
    url, evaluated = new_store("journal"), []

    def counted(trial: tb.Trial) -> float:
        evaluated.append(trial.number)
        return bowl(trial)

    first, other = tb.Problem(counted, SPACE), tb.Problem(bowl, SPACE, direction="maximize")
    for problems in ({"a": first}, {"a": first, "b": other}, {"b": other}, {"a": first}):
        made = compare(url, problems, n_trials=2, seeds=[0])
        assert made.is_complete
        assert list(made.problems) == list(problems)
    assert len(evaluated) == 4, "no cell ran twice"


def test_a_problem_whose_name_begins_like_anothers_goes_on(new_store: NewStore) -> None:
    url, other = new_store("journal"), tb.Problem(bowl, SPACE, direction="maximize")
    for _ in range(2):
        assert compare(url, {"a/b": BOWL, "a": other}, n_trials=1, seeds=[0]).is_complete


def test_other_first_points_are_other_cells(new_store: NewStore) -> None:
    url = new_store("journal")

    def firsts(shared_start: int) -> set[float]:
        made = compare(url, n_trials=4, seeds=[0], shared_start=shared_start)
        return {cell.records[0].params["x"] for cell in made.cells}

    alone, shared = firsts(0), firsts(2)
    assert len(shared) == 1
    assert firsts(0) == alone != shared
    assert firsts(2) == shared


def test_a_value_beyond_a_smaller_budget_is_none_of_the_cells(new_store: NewStore) -> None:
    url = new_store("journal")

    def late(trial: tb.Trial) -> float:
        if trial.number < 3:
            raise ValueError("too early")
        return bowl(trial)

    problem = tb.Problem(late, SPACE)
    assert not compare(url, problem, n_trials=5, seeds=[0]).failures
    small = compare(url, problem, n_trials=3, seeds=[0])
    assert [(cell.best, cell.has_failed) for cell in small.cells] == [(None, True)] * 2
    assert "none of the 3 trials is complete" in small.failures[0].error


def test_less_time_leaves_out_what_began_later(new_store: NewStore) -> None:
    url = new_store("journal")

    def slow(trial: tb.Trial) -> float:
        time.sleep(0.02)
        return bowl(trial)

    settings: dict[str, Any] = {"problem": tb.Problem(slow, SPACE), "n_trials": None, "seeds": [0]}
    compare(url, **settings, max_seconds=0.5)
    less = compare(url, **settings, max_seconds=0.1)
    for cell in less.cells:
        assert 0 < sum(cell.elapsed[-2:-1]) < 0.1
        assert len(cell.records) <= 5


def test_cells_that_could_not_be_brought_back_exactly_are_counted(new_store: NewStore) -> None:
    url = new_store("journal")
    seen: set[float] = set()

    def interrupts(trial: tb.Trial) -> float:
        if trial.number == 1 and trial["x"] not in seen:
            seen.add(trial["x"])
            raise KeyboardInterrupt
        return float(trial["x"])

    settings: dict[str, Any] = {"backends": ["scipy:halton", "optuna:random"], "seeds": [0], "n_trials": 3}
    problem = tb.Problem(interrupts, SPACE)
    complete = [compare(url, problem, **settings).is_complete for _ in range(3)]
    assert complete == [False, False, True]
    loaded = tb.load_comparison(url)
    assert [cell.n_sessions for cell in loaded.cells] == [2, 1]
    assert "1 cell was cut short, and went on with a new session" in " ".join(str(loaded).split())


def test_a_failed_cell_is_not_run_again(new_store: NewStore) -> None:
    url, evaluated = new_store("journal"), []

    def fails(trial: tb.Trial) -> float:
        evaluated.append(trial.number)
        raise ValueError("no luck")

    settings: dict[str, Any] = {"n_trials": 12, "seeds": [0]}
    first = compare(url, tb.Problem(fails, SPACE), **settings)
    assert len(first.failures) == 2
    assert evaluated == [*range(12), *range(12)]
    second = compare(url, tb.Problem(fails, SPACE), **settings)
    assert len(evaluated) == 24
    assert second == first
    assert "no luck" in second.failures[0].error


def test_a_cell_that_was_cut_short_gets_the_seconds_that_its_trials_have_left(
    new_store: NewStore, clock: Clock
) -> None:
    url = new_store("journal")
    interrupted: list[tb.Trial] = []

    def interrupts(trial: tb.Trial) -> float:
        clock.now += 5.0
        if trial.number == 3 and not interrupted:
            interrupted.append(trial)
            raise KeyboardInterrupt
        return float(trial["x"])

    settings: dict[str, Any] = {"n_trials": None, "max_seconds": 50.0, "seeds": [0]}
    problem = tb.Problem(interrupts, SPACE)
    assert not compare(url, problem, **settings).is_complete
    again = compare(url, problem, **settings)
    assert again.is_complete
    for cell in again.cells:
        assert cell.seconds == 50.0
