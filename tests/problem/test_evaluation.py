"""An objective may return, report, or be a generator that yields; the value follows from all three."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from functools import wraps
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import TrialState

SPACE = tb.Space(x=tb.Float(0, 1))

AT_THIRD = tb.pruner("threshold", upper=2.5)
"""Ends a trial that reports 0, 1, 2, 3 at its fourth report."""


def run(
    objective: Any, direction: Any = "minimize", metric: str | None = None, **settings: Any
) -> tb.TrialRecord:
    """Evaluate one trial."""
    settings = {"backend": "sklearn:random", "n_trials": 1, "seed": 0, **settings}
    (trial,) = tb.tune(tb.Problem(objective, SPACE, direction, metric), **settings).trials
    return trial


def reports(trial: tb.TrialRecord) -> list[tuple[int, float]]:
    return [(report.step, report.value) for report in trial.reports]


def yielding(*values: Any, returns: Any = None) -> Any:
    """Return an objective that yields some values, then returns one."""

    def objective(trial: tb.Trial) -> Generator[Any, None, Any]:
        yield from values
        return returns

    return objective


# Generators.


def test_the_nth_yield_is_step_n_from_0() -> None:
    assert reports(run(yielding(5.0, 3.0, 4.0))) == [(0, 5.0), (1, 3.0), (2, 4.0)]


def test_the_value_of_a_generator_is_its_last_report_not_its_best() -> None:
    trial = run(yielding(5.0, 3.0, 4.0))
    assert (trial.state, trial.value) == (TrialState.COMPLETE, 4.0)


@pytest.mark.parametrize("returned", [0.5, 0.0, -1])
def test_what_a_generator_returns_comes_before_its_last_report(returned: float) -> None:
    trial = run(yielding(5.0, 3.0, returns=returned))
    assert trial.value == returned
    assert type(trial.value) is float
    assert reports(trial) == [(0, 5.0), (1, 3.0)]


def test_a_generator_that_only_returns_has_a_value_and_no_report() -> None:
    trial = run(yielding(returns=7.0))
    assert (trial.state, trial.value, trial.reports) == (TrialState.COMPLETE, 7.0, ())


def test_a_generator_without_yield_or_return_fails_as_a_function_that_returns_none_does() -> None:
    trial = run(yielding())
    assert trial.state is TrialState.FAILED
    assert "must return a number, got None" in (trial.error or "")


@pytest.mark.parametrize("returned", [float("nan"), float("inf"), "0.5", {"loss": 0.5}], ids=repr)
def test_a_generator_that_returns_no_number_fails_whatever_it_reported(returned: Any) -> None:
    trial = run(yielding(1.0, returns=returned))
    assert (trial.state, trial.value, reports(trial)) == (TrialState.FAILED, None, [(0, 1.0)])
    assert repr(returned) in (trial.error or "")


def test_a_generator_that_raises_fails_and_keeps_its_reports_and_its_traceback() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        yield 2.0
        yield 1.0
        raise ArithmeticError("diverged")

    trial = run(objective)
    assert (trial.state, trial.value, reports(trial)) == (TrialState.FAILED, None, [(0, 2.0), (1, 1.0)])
    assert "ArithmeticError: diverged" in (trial.error or "")
    assert "During handling" not in (trial.error or "")


def test_a_generator_under_a_decorator_and_one_that_delegates_are_generators_too() -> None:
    def decorated(objective: Any) -> Any:
        @wraps(objective)
        def wrapper(trial: tb.Trial) -> Any:
            return objective(trial)

        return wrapper

    def delegating(trial: tb.Trial) -> Iterator[float]:
        yield 9.0
        yield from yielding(8.0, 7.0)(trial)

    assert reports(run(decorated(yielding(1.0)))) == [(0, 1.0)]
    assert reports(run(delegating)) == [(0, 9.0), (1, 8.0), (2, 7.0)]


def test_a_generator_may_report_by_its_trial_too_and_the_next_yield_is_the_step_after() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        yield 3.0
        trial.report(2.0, step=10)
        yield 1.0

    trial = run(objective)
    assert reports(trial) == [(0, 3.0), (10, 2.0), (11, 1.0)]
    assert trial.value == 1.0


def test_the_last_report_counts_as_it_was_when_it_came() -> None:
    """A dict that is used again for each report is a common habit."""

    def objective(trial: tb.Trial) -> Iterator[dict[str, float]]:
        metrics: dict[str, float] = {}
        for step in range(3):
            metrics["loss"] = 3.0 - step
            yield metrics
        metrics["loss"] = 99.0

    trial = run(objective, metric="loss")
    assert (reports(trial)[-1], trial.value) == ((2, 1.0), 1.0)


# Cleaning up.


class Resource:
    """Counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def train(self, trial: tb.Trial) -> Iterator[float]:
        try:
            for step in range(6):
                yield float(step)
        finally:
            self.closed += 1


@pytest.mark.parametrize("settings", [{}, {"pruner": AT_THIRD}], ids=["to its end", "pruned"])
def test_finally_runs_once(settings: Any) -> None:
    resource = Resource()
    trial = run(resource.train, **settings)
    assert resource.closed == 1
    assert (trial.state, len(trial.reports)) == (
        (TrialState.PRUNED, 4) if settings else (TrialState.COMPLETE, 6)
    )


def test_finally_runs_before_the_trial_is_told() -> None:
    resource = Resource()
    closed: list[int] = []

    class Watcher:
        @tb.hookimpl
        def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
            closed.append(resource.closed)

    run(resource.train, pruner=AT_THIRD, observers=[Watcher()])
    assert closed == [1]


def test_finally_runs_once_when_a_report_breaks_a_rule() -> None:
    closed: list[bool] = []

    def objective(trial: tb.Trial) -> Iterator[Any]:
        try:
            yield 1.0
            yield "good"
            yield 2.0
        finally:
            closed.append(True)

    trial = run(objective)
    assert (trial.state, closed, reports(trial)) == (TrialState.FAILED, [True], [(0, 1.0)])


def test_finally_runs_once_when_the_study_is_interrupted() -> None:
    resource = Resource()

    class Impatient:
        @tb.hookimpl
        def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
            if report.step == 2:
                raise KeyboardInterrupt

    trial = run(resource.train, observers=[Impatient()])
    assert (resource.closed, trial.state, len(trial.reports)) == (1, TrialState.INTERRUPTED, 3)


def test_a_with_block_around_the_training_is_left() -> None:
    left: list[str] = []

    class Session:
        def __enter__(self) -> None:
            left.append("entered")

        def __exit__(self, *_: object) -> None:
            left.append("left")

    def objective(trial: tb.Trial) -> Iterator[float]:
        with Session():
            for step in range(6):
                yield float(step)

    assert run(objective, pruner=AT_THIRD).state is TrialState.PRUNED
    assert left == ["entered", "left"]


def test_a_finally_that_raises_in_a_trial_that_was_to_stop_is_in_its_record() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        try:
            for step in range(6):
                yield float(step)
        finally:
            raise OSError("cannot save")

    pruned, failed = run(objective, pruner=AT_THIRD), run(objective)
    assert (pruned.state, failed.state) == (TrialState.PRUNED, TrialState.FAILED)
    assert all("OSError: cannot save" in (trial.error or "") for trial in (pruned, failed))


# Plain functions.


def test_a_plain_function_reports_by_its_trial_and_is_stopped_by_an_exception() -> None:
    reached: list[int] = []

    def objective(trial: tb.Trial) -> float:
        for step in range(6):
            reached.append(step)
            trial.report(float(step), step=step)
        return 0.0

    trial = run(objective, pruner=AT_THIRD)
    assert (trial.state, trial.value, trial.error) == (TrialState.PRUNED, None, None)
    assert reached == [0, 1, 2, 3]
    assert reports(trial) == [(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.0)]


def test_a_report_without_a_step_is_the_next_one() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        trial.report(2.0, step=5)
        trial.report(3.0)
        return 0.0

    assert reports(run(objective)) == [(0, 1.0), (5, 2.0), (6, 3.0)]


def test_a_plain_function_that_reports_and_returns_nothing_fails() -> None:
    def objective(trial: tb.Trial) -> None:
        trial.report(1.0)

    trial = run(objective)
    assert (trial.state, reports(trial)) == (TrialState.FAILED, [(0, 1.0)])
    assert "return value" in (trial.error or "")


def test_a_report_raises_trial_pruned_which_names_the_trial() -> None:
    def objective(trial: tb.Trial) -> float:
        for step in range(3):
            trial.report(float(step))
        with pytest.raises(tb.TrialPruned, match="trial 0"):
            trial.report(3.0)
        return 1.0

    assert run(objective, pruner=AT_THIRD).state is TrialState.COMPLETE


def test_should_prune_is_what_the_last_report_was_answered() -> None:
    """The loop is written as for Optuna; `report` raises first, so it is caught here."""
    answers: list[bool] = []

    def objective(trial: tb.Trial) -> float:
        for step in range(6):
            answers.append(trial.should_prune())
            with suppress(tb.TrialPruned):
                trial.report(float(step), step)
            if trial.should_prune():
                raise tb.TrialPruned("as the study says")
        return 1.0

    assert run(objective, pruner=AT_THIRD).state is TrialState.PRUNED
    assert answers == [False] * 4


def test_a_loop_written_for_optuna_needs_no_change() -> None:
    def objective(trial: tb.Trial) -> float:
        for step in range(6):
            trial.report(float(step), step)
            if trial.should_prune():
                raise AssertionError("report has raised before")
        return 1.0

    assert len(run(objective, pruner=AT_THIRD).reports) == 4
    assert run(objective).state is TrialState.COMPLETE


@pytest.mark.parametrize("reported", [0, 2])
def test_the_user_may_end_a_trial_as_pruned(reported: int) -> None:
    def objective(trial: tb.Trial) -> float:
        for step in range(reported):
            trial.report(float(step))
        raise tb.TrialPruned("out of memory at this size")

    trial = run(objective)
    assert (trial.state, trial.value, trial.error) == (TrialState.PRUNED, None, None)
    assert len(trial.reports) == reported


def test_the_user_may_end_a_generator_as_pruned() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        yield 1.0
        raise tb.TrialPruned("hopeless")

    trial = run(objective)
    assert (trial.state, reports(trial)) == (TrialState.PRUNED, [(0, 1.0)])


def test_pruned_trials_are_no_failures_and_break_a_row_of_them() -> None:
    def objective(trial: tb.Trial) -> float:
        if trial.number % 10 == 9:
            raise tb.TrialPruned("by hand")
        raise ValueError

    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 30, "seed": 0}
    result = tb.tune(tb.Problem(objective, SPACE), **settings)
    assert [trial.state.name for trial in result.trials].count("PRUNED") == 3
    only_pruned = tb.tune(tb.Problem(yielding(9.0), SPACE), pruner=AT_THIRD, **settings)
    assert {trial.state for trial in only_pruned.trials} == {TrialState.PRUNED}


@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:nsga2", "sklearn:random"])
def test_a_trial_of_several_objectives_may_be_ended_as_pruned(backend: str) -> None:
    def objective(trial: tb.Trial) -> tuple[float, float]:
        if trial.number % 2:
            raise tb.TrialPruned("by hand")
        return trial["x"], -trial["x"]

    problem = tb.Problem(objective, SPACE, ["minimize", "minimize"])
    result = tb.tune(problem, backend=backend, n_trials=24, seed=0)
    assert [trial.state.name for trial in result.trials] == ["COMPLETE", "PRUNED"] * 12


# The loop of one's own.


def open_study(**settings: Any) -> tb.Study:
    settings = {"backend": "optuna:random", "n_trials": 3, "seed": 0, **settings}
    return tb.open_study(tb.Problem(lambda trial: 0.0, SPACE), **settings)


def test_in_a_loop_of_ones_own_a_trial_reports_and_is_told_as_pruned() -> None:
    with open_study(pruner=AT_THIRD) as study:
        trial = study.ask()
        assert trial is not None
        for step in range(3):
            trial.report(float(step))
        assert not trial.should_prune()
        with pytest.raises(tb.TrialPruned) as caught:
            trial.report(3.0)
        assert trial.should_prune()
        record = study.tell(trial, error=caught.value)
    assert (record.state, record.value, reports(record)[-1]) == (TrialState.PRUNED, None, (3, 3.0))
    assert record.told == "PRUNED with 4 reports"


def test_in_a_loop_of_ones_own_a_trial_that_reports_is_told_its_value() -> None:
    with open_study() as study:
        trial = study.ask()
        assert trial is not None
        assert trial.report(3.0) is None
        assert not trial.should_prune()
        record = study.tell(trial, 2.0)
    assert (record.state, record.value, reports(record)) == (TrialState.COMPLETE, 2.0, [(0, 3.0)])


def test_trials_of_a_loop_of_ones_own_keep_their_reports_apart() -> None:
    with open_study() as study:
        trials = [study.ask(), study.ask()]
        for step in range(3):
            for place, trial in enumerate(trials):
                assert trial is not None
                trial.report(10.0 * place + step)
        for trial in reversed(trials):
            assert trial is not None
            study.tell(trial, 0.0)
        kept = [[report.value for report in record.reports] for record in study.result.trials]
    assert kept == [[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]


def test_a_study_that_is_closed_keeps_the_reports_of_open_trials() -> None:
    study = open_study()
    trial = study.ask()
    assert trial is not None
    trial.report(1.5)
    study.close()
    (record,) = study.result.trials
    assert (record.state, reports(record)) == (TrialState.INTERRUPTED, [(0, 1.5)])
