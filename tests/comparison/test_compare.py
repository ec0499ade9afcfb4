"""Running a comparison: which cells there are, what they share, and what becomes of one that fails."""

from __future__ import annotations

import logging
import math
import os
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tunebridge as tb
from tunebridge.comparison.plan.plan import Plan
from tunebridge.comparison.run.cell_objective import LOGGERS
from tunebridge.display.passwords import without_passwords
from tunebridge.logs import muted

if TYPE_CHECKING:
    from tests.conftest import Clock

SPACE = tb.Space(x=tb.Float(-1.0, 1.0), n=tb.Int(1, 4))
LISTED = tb.Space(n=tb.Int(1, 3), size=tb.Ordinal([16, 32]))


def bowl(trial: tb.Trial) -> float:
    return float(trial["x"] ** 2 + trial["n"])


BOWL = tb.Problem(bowl, SPACE)


def compare(problems: Any = BOWL, **settings: Any) -> tb.Comparison:
    defaults: dict[str, Any] = {"backends": ["optuna:tpe", "sklearn:random"], "n_trials": 4, "seeds": [0, 1]}
    return tb.compare(problems, **{**defaults, **settings})


def params(cell: Any) -> list[dict[str, Any]]:
    return [dict(record.params) for record in cell.records]


def test_a_cell_is_the_study_that_tune_runs_with_its_seed() -> None:
    comparison = compare(backends=["optuna:tpe", "hyperopt:tpe", "sklearn:random"], n_trials=12, seeds=[3, 5])
    assert [(cell.line, cell.seed) for cell in comparison.cells] == [
        (line, seed) for line in ("optuna:tpe", "hyperopt:tpe", "sklearn:random") for seed in (3, 5)
    ]
    for cell in comparison.cells:
        alone = tb.tune(BOWL, backend=cell.line, n_trials=12, seed=cell.seed)
        assert params(cell) == [dict(trial.params) for trial in alone.trials]
        assert [record.value for record in cell.records] == [trial.value for trial in alone.trials]
        assert cell.best == alone.best_value


def test_a_backend_that_asks_others_is_a_line_as_any_other() -> None:
    auto = tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"], share=None)
    comparison = compare(backends=[auto, "sklearn:random"], n_trials=28, seeds=[3])
    (cell,) = [one for one in comparison.cells if one.line != "sklearn:random"]
    assert cell.line.startswith("auto:credit(members=")
    alone = tb.tune(BOWL, backend=auto, n_trials=28, seed=3)
    assert params(cell) == [dict(trial.params) for trial in alone.trials]
    assert {record.proposer for record in cell.records} == {"optuna:tpe", "hyperopt:tpe"}


def test_trials_of_one_number_have_one_seed_on_all_lines() -> None:
    comparison = compare(seeds=[0, 1])
    seeds = {
        cell.seed: [record.seed for record in cell.records]
        for cell in comparison.cells_of("bowl", "optuna:tpe")
    }
    assert seeds[0] != seeds[1]
    for cell in comparison.cells:
        assert [record.seed for record in cell.records] == seeds[cell.seed]


def test_a_shared_start_is_the_same_on_all_lines_and_another_for_each_seed() -> None:
    comparison = compare({"a": BOWL, "b": BOWL}, shared_start=3, n_trials=5)
    starts = {seed: params(comparison.cell("a", "optuna:tpe", seed))[:3] for seed in comparison.seeds}
    assert starts[0] != starts[1]
    assert all(SPACE.contains(point) for start in starts.values() for point in start)
    for cell in comparison.cells:
        assert params(cell)[:3] == starts[cell.seed]
        assert {record.backend for record in cell.records[:3]} == {"initial"}
        assert {record.backend for record in cell.records[3:]} == {cell.line}


def test_random_search_is_added_from_the_first_library_that_has_it() -> None:
    def labels(*backends: str, space: tb.Space = SPACE) -> list[str]:
        problem = tb.Problem(lambda trial: 1.0, space)
        return compare(problem, backends=list(backends), n_trials=1, seeds=[0]).labels

    assert labels("hyperopt:tpe") == ["hyperopt:tpe", "hyperopt:random"]
    assert labels("optuna", "hyperopt:tpe") == ["optuna:tpe", "hyperopt:tpe", "optuna:random"]
    assert labels("hyperopt:tpe", "sklearn:random") == ["hyperopt:tpe", "sklearn:random"]
    assert labels("optuna:tpe", "optuna:random") == ["optuna:tpe", "optuna:random"]
    weighted = tb.Space(kind=tb.Categorical(["a", "b"], weights=[1, 3]))
    assert labels("hyperopt:tpe", space=weighted) == ["hyperopt:tpe", "hyperopt:random"]


def test_random_search_that_is_added_is_one_that_proposes_the_space_faithfully() -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(kind=tb.Categorical(["a", "b"], weights=[1, 3])))
    comparison = compare(problem, backends=["optuna:tpe"], n_trials=1, seeds=[0], on_lossy="warn")
    assert comparison.random == "hyperopt:random"
    assert list(comparison.lossy) == [("problem", "optuna:tpe")]


def test_every_backend_is_run_with_every_pruner() -> None:
    def train(trial: tb.Trial) -> Any:
        for step in range(6):
            yield trial["x"] + step

    pruners = [None, tb.pruner("threshold", upper=3.5)]
    comparison = compare(tb.Problem(train, SPACE), backends=["optuna:tpe"], pruners=pruners, n_trials=6)
    assert comparison.labels == ["optuna:tpe", "optuna:tpe + threshold(upper=3.5)", "optuna:random"]
    states: dict[str, set[str]] = {label: set() for label in comparison.labels}
    for cell in comparison.cells:
        states[cell.line] |= {record.state.name for record in cell.records}
    assert states["optuna:tpe"] == states["optuna:random"] == {"COMPLETE"}
    assert "PRUNED" in states["optuna:tpe + threshold(upper=3.5)"]


def test_the_cells_of_a_seed_come_shuffled_before_those_of_the_next() -> None:
    order: list[tuple[str, str, int]] = []

    class Watcher:
        @tb.hookimpl
        def tunebridge_trial_started(self, trial: tb.Trial) -> None:
            order.append((trial["problem"], trial["line"], trial["seed"]))

    settings: dict[str, Any] = {"seeds": range(4), "n_trials": 1, "observers": [Watcher()]}
    comparison = compare({"a": BOWL, "b": BOWL}, **settings)
    assert sorted(order) == sorted((cell.problem, cell.line, cell.seed) for cell in comparison.cells)
    assert [seed for _, _, seed in order] == [seed for seed in range(4) for _ in range(4)]
    blocks = {tuple(place[:2] for place in order[start : start + 4]) for start in range(0, 16, 4)}
    assert len(blocks) > 1
    before = list(order)
    order.clear()
    compare({"a": BOWL, "b": BOWL}, **settings)
    assert order == before


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_cells_side_by_side_find_what_they_find_one_by_one(executor: str) -> None:
    settings: dict[str, Any] = {"n_trials": 8, "shared_start": 2}
    alone, together = compare(**settings), compare(n_jobs=2, executor=executor, **settings)
    assert [params(cell) for cell in together.cells] == [params(cell) for cell in alone.cells]
    assert [cell.incumbents for cell in together.cells] == [cell.incumbents for cell in alone.cells]


def test_two_jobs_run_two_cells_at_the_same_time() -> None:
    def waits(trial: tb.Trial) -> float:
        meeting.wait(timeout=20.0)
        return 0.0

    meeting = threading.Barrier(2)
    problem = tb.Problem(waits, SPACE)
    assert compare(problem, n_jobs=2, executor="threads", n_trials=2, seeds=[0]).failures == []


def test_params_that_are_objects_of_the_user_come_back_from_other_processes() -> None:
    space = tb.Space(function=tb.Categorical({"sine": math.sin, "cosine": math.cos}))
    problem = tb.Problem(lambda trial: trial["function"](0.5), space)
    comparison = compare(problem, n_jobs=2, n_trials=3)
    assert {one["function"] for cell in comparison.cells for one in params(cell)} <= {math.sin, math.cos}


def test_a_budget_of_seconds_ends_each_cell(clock: Clock) -> None:
    def slow(trial: tb.Trial) -> float:
        clock.now += 2.0
        return float(trial["x"])

    comparison = compare(tb.Problem(slow, SPACE), n_trials=None, max_seconds=19.0, seeds=[0])
    for cell in comparison.cells:
        assert cell.state is tb.TrialState.COMPLETE
        assert (cell.seconds, len(cell.records)) == (20.0, 10)


def test_a_backend_that_has_used_its_space_up_has_ended() -> None:
    problem = tb.Problem(lambda trial: trial["n"] / trial["size"], LISTED)
    comparison = compare(problem, backends=["sklearn:grid", "optuna:random"], n_trials=20, seeds=[0])
    assert [len(cell.records) for cell in comparison.cells] == [6, 20]
    assert comparison.is_complete
    assert comparison.losses("problem") == {"sklearn:grid": [1 / 32], "optuna:random": [1 / 32]}


def test_a_problem_that_always_fails_on_one_line_leaves_the_others_alone() -> None:
    def picky(trial: tb.Trial) -> float:
        if trial["n"] < 3:
            raise ValueError("too small")
        return float(trial["n"])

    grid = tb.backend("sklearn:grid", points=2)
    space = tb.Space(n=tb.Int(1, 3), x=tb.Float(0.0, 1.0), y=tb.Float(0.0, 1.0), z=tb.Float(0.0, 1.0))
    comparison = compare(tb.Problem(picky, space), backends=[grid, "optuna:random"], n_trials=8, seeds=[0, 1])
    failed = comparison.failures
    assert [(cell.line, cell.seed) for cell in failed] == [
        ("sklearn:grid(points=2)", 0),
        ("sklearn:grid(points=2)", 1),
    ]
    for cell in failed:
        assert "none of the 8 trials is complete" in cell.error
        assert "ValueError: too small" in cell.error
        assert len(cell.records) == 8
        assert (cell.best, cell.loss) == (None, math.inf)
    assert comparison.losses("picky")["optuna:random"] == [3.0, 3.0]
    assert comparison.is_complete


def test_failures_in_a_row_cost_a_cell_no_trial_of_its_budget() -> None:
    def narrow(trial: tb.Trial) -> float:
        if trial["x"] > 0.1:
            raise ValueError("out of reach")
        return float(trial["x"])

    problem = tb.Problem(narrow, tb.Space(x=tb.Float(0.0, 1.0)))
    comparison = compare(problem, backends=["optuna:qmc", "optuna:random"], n_trials=40, seeds=range(3))
    assert [len(cell.records) for cell in comparison.cells] == [40] * 6
    assert comparison.failures == []
    alone = tb.tune(problem, backend="optuna:random", n_trials=40, seed=1, max_failures=None)
    assert comparison.cell("narrow", "optuna:random", 1).best == alone.best_value
    with pytest.raises(tb.StudyFailedError, match="3 trials in a row failed"):
        tb.tune(problem, backend="optuna:random", n_trials=40, seed=1, max_failures=3)


def test_a_process_that_dies_costs_a_trial_and_no_cell(tmp_path: Path) -> None:
    def deadly(trial: tb.Trial) -> float:
        if trial["x"] > 0.7:
            os._exit(7)
        return float(trial["x"])

    problem = tb.Problem(deadly, tb.Space(x=tb.Float(0.0, 1.0)))
    alone = tb.tune(problem, backend="optuna:random", n_trials=8, seed=1, executor="processes")
    settings: dict[str, Any] = {"backends": ["optuna:qmc", "optuna:random"], "n_trials": 8, "seeds": [1]}
    for storage in (None, f"sqlite:///{tmp_path}/c.db"):
        found = compare(problem, executor="processes", n_jobs=2, storage=storage, **settings)
        cell = found.cell("deadly", "optuna:random", 1)
        assert [record.state for record in cell.records] == [record.state for record in alone.trials]
        assert cell.best == alone.best_value
        assert [len(cell.records) for cell in found.cells] == [8, 8]
        assert found.failures == []
    assert tb.TrialState.FAILED in {trial.state for trial in alone.trials}


def test_a_library_that_raises_fails_its_cell_alone() -> None:
    chosen = tb.backend("optuna:tpe")
    broken = tb.Backend(replace(chosen.spec, rules={}), {"n_startup_trials": "three"})
    comparison = compare(backends=[broken, "optuna:tpe"], n_trials=2, seeds=[0])
    assert [cell.line for cell in comparison.failures] == ["optuna:tpe(n_startup_trials='three')"]
    assert "TypeError" in comparison.failures[0].error
    assert comparison.losses("bowl")["optuna:tpe"][0] < math.inf


def test_a_whole_comparison_of_failures_ends_by_itself() -> None:
    problem = tb.Problem(lambda trial: None, SPACE)
    comparison = compare(problem, n_trials=11, seeds=range(7))
    assert len(comparison.failures) == 14
    assert comparison.is_complete


def test_an_interrupt_returns_what_there_is() -> None:
    count = []

    def interrupts(trial: tb.Trial) -> float:
        count.append(trial)
        if len(count) == 10:
            raise KeyboardInterrupt
        return float(trial["x"])

    comparison = compare(tb.Problem(interrupts, SPACE))
    assert not comparison.is_complete
    assert [cell.has_ended for cell in comparison.cells].count(True) == 2
    assert comparison.common_seeds("interrupts") == [0]
    assert comparison.verdict.startswith("So far, with 2 of 4 cells: ")


def test_an_objective_that_cannot_be_sent_to_a_process_is_named() -> None:
    lock = threading.Lock()

    def locked(trial: tb.Trial) -> float:
        with lock:
            return 0.0

    with pytest.raises(tb.ExecutorError, match=r"the variable 'lock' \(lock\) cannot be pickled"):
        compare(tb.Problem(locked, SPACE), n_jobs=2)


def test_the_call_is_written_down() -> None:
    comparison = compare(
        {"a": BOWL},
        backends=[tb.backend("optuna:tpe", multivariate=True)],
        pruners=["asha"],
        target=1.5,
        seeds=[4],
    )
    assert comparison.command == (
        "tunebridge.compare({'a': ...}, backends=[tunebridge.backend('optuna:tpe', multivariate=True)], "
        "pruners=['asha'], n_trials=4, seeds=[4], reference='optuna:random', target={'a': 1.5})"
    )
    written = compare(n_jobs=1, executor=tb.executor("threads"), on_lossy="warn", study="s").command
    assert written.startswith("tunebridge.compare(problem, backends=")
    assert written.endswith("on_lossy='warn', study='s', n_jobs=1, executor='threads')")
    assert compare(seeds=range(2)).command.count("seeds=range(2)") == 1
    assert compare(command="python mine.py").command == "python mine.py"


@pytest.mark.parametrize("password", ["secret", "s:c/r", "at%40"])
def test_a_command_is_kept_without_passwords(password: str) -> None:
    command = f"tunebridge compare a.py:p --storage postgresql://ann:{password}@host/tune --report r@2.html"
    shown = "tunebridge compare a.py:p --storage postgresql://ann:***@host/tune --report r@2.html"
    assert compare(command=command, n_trials=1, seeds=[0]).command == shown
    for url in ("sqlite:///a@b.db", "postgresql://ann@host/tune"):
        assert without_passwords(url) == url


def test_the_plan_travels_without_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    import cloudpickle

    size = len(cloudpickle.dumps(BOWL))
    seen: list[int] = []
    start = Plan.start

    def measured(self: Plan, problem: str, seed: int) -> list[dict[str, Any]]:
        seen.append(len(cloudpickle.dumps(self)))
        return start(self, problem, seed)

    monkeypatch.setattr(Plan, "start", measured)
    compare()
    assert max(seen) < size + 5_000


def test_what_single_studies_say_is_muted_only_while_cells_run(caplog: pytest.LogCaptureFixture) -> None:
    """Overlap two of them, as cells in threads do: the one that began first ends first."""
    logger = logging.getLogger("tunebridge.translate")
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(muted(*LOGGERS))
        second.enter_context(muted(*LOGGERS))
        first.close()
        logger.warning("while the other runs")
        second.close()
    logger.warning("afterwards")
    assert [record.message for record in caplog.records] == ["afterwards"]
