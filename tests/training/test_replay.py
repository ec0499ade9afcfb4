"""A recorded trial runs again: the same values, reports and schedule."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import TrialState

SPACE = tb.Space(
    lr=tb.Float(1e-3, 1.0, log=True),
    layers=tb.Int(1, 8),
    activation=tb.Categorical({"abs": abs, "round": round}),
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0, 0.9)), "adam": tb.Space()}),
)


def train(trial: tb.Trial) -> Iterator[dict[str, float]]:
    """Descend a noisy slope whose noise comes from the trial's seed."""
    noise = random.Random(trial.seed)
    loss = 3.0
    for _ in range(8):
        loss -= trial["lr"] * noise.random() * trial["activation"](trial.get("momentum", 0.5)) - 0.1
        yield {"loss": loss, "rate": trial["lr"]}


PROBLEM = tb.Problem(train, SPACE, metric="loss")


def tune(problem: tb.Problem = PROBLEM, *rules: Any, **settings: Any) -> list[tb.TrialRecord]:
    settings = {"backend": "optuna:random", "n_trials": 5, "seed": 0, **settings}
    return tb.tune(problem, adjust=rules, **settings).trials


def halve(training: tb.Training) -> dict[str, Any]:
    return {"lr": training.params["lr"] / 2, "layers": training.params["layers"] * 0.7}


def push(training: tb.Training) -> dict[str, Any]:
    """Go past the bounds, so that what is asked for is clipped."""
    return {"lr": 0.5 if training.reports[-1].step % 2 else 9.0}


RULES: dict[str, list[Any]] = {
    "no rule": [],
    "plateau": [tb.Plateau("lr", factor=0.5, patience=0)],
    "schedule": [tb.Schedule("lr", at={2: 0.5, 5: 0.25}), tb.Schedule("activation", at={3: round})],
    "rounded": [halve],
    "clipped": [push],
    "two at one step": [halve, halve],
    "there and back": [
        lambda training: {"lr": training.params["lr"] / 2},
        lambda training: {"lr": training.params["lr"] * 2},
    ],
}


@pytest.mark.parametrize("rules", RULES)
def test_a_replay_gives_the_same_values_reports_and_schedule(rules: str) -> None:
    records = tune(PROBLEM, *RULES[rules])
    assert any(record.schedule for record in records) == (rules != "no rule")
    for record in records:
        again = tb.replay(PROBLEM, record)
        assert (again.state, again.values, again.faults) == (TrialState.COMPLETE, record.values, ())
        assert again.reports == record.reports
        assert again.schedule == record.schedule


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_a_trial_of_any_backend_replays(backend: str) -> None:
    for record in tune(PROBLEM, tb.Plateau("lr", factor=0.5, patience=1), backend=backend):
        again = tb.replay(PROBLEM, record)
        assert (again.values, again.reports, again.schedule) == (
            record.values,
            record.reports,
            record.schedule,
        )


def test_a_replay_without_its_schedule_ends_elsewhere() -> None:
    """Guard the comparisons above: the changes do matter."""
    record = tune(PROBLEM, *RULES["schedule"])[0]
    assert tb.replay(PROBLEM, replace(record, schedule=())).values != record.values


def test_a_replay_keeps_who_the_trial_was_and_tells_no_library() -> None:
    record = tune()[3]
    again = tb.replay(PROBLEM, record)
    same = ("number", "params", "seed", "backend")
    assert [getattr(again, name) for name in same] == [getattr(record, name) for name in same]
    assert again.told == "not told: replayed"


def test_a_replay_of_a_replay_is_the_same() -> None:
    once = tb.replay(PROBLEM, tune(PROBLEM, *RULES["plateau"])[0])
    assert tb.replay(PROBLEM, once).reports == once.reports


def test_a_plain_function_replays_too() -> None:
    def objective(trial: tb.Trial) -> float:
        for step in (0, 2, 7):
            trial.report(trial["lr"] + step, step=step)
        return float(trial["lr"])

    problem = tb.Problem(objective, SPACE)
    for record in tune(problem, tb.Schedule("lr", at={1: 0.25})):
        again = tb.replay(problem, record)
        assert (again.values, again.reports, again.schedule) == ((0.25,), record.reports, record.schedule)


def test_a_pruned_trial_replays_the_reports_that_it_has() -> None:
    pruned = [trial for trial in tune(pruner=tb.pruner("median", n_startup_trials=1)) if trial.value is None]
    assert pruned
    for record in pruned:
        assert tb.replay(PROBLEM, record).reports[: len(record.reports)] == record.reports


def test_a_trial_that_failed_by_chance_is_complete_in_its_replay() -> None:
    answers = iter([True, False])

    def objective(trial: tb.Trial) -> Iterator[float]:
        yield trial["lr"]
        if next(answers):
            raise ValueError

    problem = tb.Problem(objective, SPACE)
    (record,) = tune(problem, n_trials=1)
    again = tb.replay(problem, record)
    assert (record.state, again.state) == (TrialState.FAILED, TrialState.COMPLETE)
    assert (again.error, again.value) == (None, again.params["lr"])


def test_what_the_objective_raises_in_a_replay_is_let_through() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        yield 1.0
        raise ArithmeticError("again")

    problem = tb.Problem(objective, SPACE)
    (record,) = tune(problem, n_trials=1)
    with pytest.raises(ArithmeticError, match="again"):
        tb.replay(problem, record)


def test_a_replay_of_a_trial_of_several_objectives_has_all_values() -> None:
    problem = tb.Problem(lambda trial: (trial["lr"], trial["layers"]), SPACE, ["minimize", "maximize"])
    (record,) = tune(problem, n_trials=1)
    assert tb.replay(problem, record).values == record.values


def test_a_replay_keeps_the_artifacts_of_its_own_run() -> None:
    made: list[object] = []

    def objective(trial: tb.Trial) -> float:
        made.append(object())
        trial.keep("model", made[-1])
        return 1.0

    problem = tb.Problem(objective, SPACE)
    (record,) = tune(problem, n_trials=1)
    assert record.artifact("model") is made[0]
    assert tb.replay(problem, record).artifact("model") is made[1]


def test_a_replay_has_the_limits_and_the_notes_of_its_own_run() -> None:
    size = [9.0]

    def train(trial: tb.Trial) -> Iterator[float]:
        yield float(trial["x"])
        trial.note("size", size[0])

    problem = tb.Problem(train, tb.Space(x=tb.Float(0, 1)), limits={"size": tb.Limit(at_most=5)})
    (pruned,) = tb.tune(problem, pruner=tb.pruner("threshold", upper=-1.0), n_trials=1, seed=0).trials
    assert (pruned.state, dict(pruned.limits)) == (tb.TrialState.PRUNED, {})
    beyond = tb.replay(problem, pruned)
    assert (beyond.beyond, dict(beyond.notes), beyond.is_eligible) == (
        "size is 9, 4 more than 5",
        {"size": 9.0},
        False,
    )
    size[:] = [2.0]
    assert tb.replay(problem, beyond).is_eligible
    size[:] = [float("nan")]
    with pytest.raises(tb.ObjectiveError, match="'size'"):
        tb.replay(problem, pruned)


def test_a_trial_takes_no_reports_after_its_replay() -> None:
    trials: list[tb.Trial] = []

    def objective(trial: tb.Trial) -> float:
        trials.append(trial)
        return 1.0

    problem = tb.Problem(objective, SPACE)
    tb.replay(problem, tune(problem, n_trials=1)[0])
    for trial in trials:
        with pytest.raises(tb.TrialError):
            trial.report(1.0)


def test_what_is_no_trial_of_a_problem_is_refused_by_name() -> None:
    result = tb.tune(PROBLEM, backend="optuna:random", n_trials=1, seed=0)
    for record in (0, result):
        with pytest.raises(tb.ProblemError, match="replay expected a trial's record"):
            tb.replay(PROBLEM, record)  # type: ignore[arg-type]
    with pytest.raises(tb.ProblemError, match=r"a tunebridge\.Problem"):
        tb.replay(result.best_trial, PROBLEM)  # type: ignore[arg-type]
