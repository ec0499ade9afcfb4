"""What a study does about a report: the pruner first, then the rules in order."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import Decision, TrialState
from tunebridge.training.feedback import Feedback
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.origin import Origin

SPACE = tb.Space(
    lr=tb.Float(1e-3, 1.0, log=True),
    momentum=tb.Float(0, 0.9),
    optimizer=tb.Categorical({"sgd": tb.Space(decay=tb.Float(0, 1)), "adam": tb.Space()}),
)
START = {"lr": 0.5, "momentum": 0.1, "optimizer": "adam"}


def run(objective: Any, *rules: Any, direction: str = "minimize", **settings: Any) -> tb.TrialRecord:
    """Evaluate one trial that begins with START."""
    settings = {"backend": "sklearn:random", "n_trials": 1, "seed": 0, "initial": [START], **settings}
    (trial,) = tb.tune(tb.Problem(objective, SPACE, direction), adjust=list(rules), **settings).trials
    return trial


class Diary:
    """A generator objective that notes what each `yield` gives, and the params it sees then."""

    def __init__(self, n_steps: int = 3) -> None:
        self.n_steps = n_steps
        self.answers: list[Any] = []
        self.params: list[dict[str, Any]] = []

    def __call__(self, trial: tb.Trial) -> Generator[float, Any, None]:
        for step in range(self.n_steps):
            self.answers.append((yield float(step)))
            self.params.append(dict(trial))


# Changes reach the trial.


def test_a_change_is_the_value_of_yield_and_stands_in_the_trial_and_nothing_else_does() -> None:
    diary = Diary()
    trial = run(diary, tb.Schedule("lr", at={1: 0.25}))
    assert diary.answers == [None, {"lr": 0.25}, None]
    assert [params["lr"] for params in diary.params] == [0.5, 0.25, 0.25]
    assert [params["momentum"] for params in diary.params] == [0.1] * 3
    assert trial.schedule == (tb.Change(1, "lr", 0.25),)


def test_the_record_keeps_the_params_the_trial_began_with() -> None:
    trial = run(Diary(), tb.Schedule("lr", at={0: 0.25, 1: 0.125}))
    assert trial.params == START
    assert [change.value for change in trial.changes] == [0.25, 0.125]


def test_a_plain_report_returns_the_change() -> None:
    answers: list[Any] = []

    def objective(trial: tb.Trial) -> float:
        for _ in range(3):
            answers.append((trial.report(1.0), trial["lr"], trial.params["lr"]))
        return 1.0

    run(objective, tb.Schedule("lr", at={1: 0.25}))
    assert answers == [(None, 0.5, 0.5), ({"lr": 0.25}, 0.25, 0.25), (None, 0.25, 0.25)]


def test_what_the_objective_does_with_an_answer_changes_nothing_else() -> None:
    def objective(trial: tb.Trial) -> Generator[float, Any, None]:
        for _ in range(3):
            answer = yield 1.0
            if answer:
                answer["lr"] = 99.0

    trial = run(objective, tb.Schedule("lr", at={1: 0.25}))
    assert (trial.schedule, trial.params) == ((tb.Change(1, "lr", 0.25),), START)


def test_in_a_loop_of_ones_own_changes_come_with_the_report() -> None:
    problem = tb.Problem(lambda trial: 0.0, SPACE)
    rule = tb.Schedule("lr", at={0: 0.25})
    with tb.open_study(problem, backend="sklearn:random", seed=0, adjust=[rule], initial=[START]) as study:
        trial = study.ask()
        assert trial is not None
        assert trial.report(1.0) == {"lr": 0.25}
        record = study.tell(trial, 1.0)
    assert record.schedule == (tb.Change(0, "lr", 0.25),)


def test_a_trial_that_takes_its_params_apart_is_still_adjusted() -> None:
    """`lr = trial.pop("lr"); build(**trial)` is a common way to begin; the dict is the trial's own copy."""

    def objective(trial: tb.Trial) -> Generator[float, Any, None]:
        rate = trial.pop("lr")
        for _ in range(3):
            answer = (yield rate) or {}
            rate = answer.get("lr", rate)

    trial = run(objective, tb.Schedule("lr", at={1: 0.25}))
    assert trial.faults == ()
    assert (trial.schedule, trial.value) == ((tb.Change(1, "lr", 0.25),), 0.25)


def test_what_a_trial_writes_into_its_own_copy_is_not_taken_for_its_params() -> None:
    seen: list[Mapping[str, Any]] = []

    def objective(trial: tb.Trial) -> Iterator[float]:
        trial["lr"] = 77.0
        yield 1.0

    def note(training: tb.Training) -> None:
        seen.append(dict(training.params))

    run(objective, note)
    assert seen == [START]


# Rules in order.


def test_a_later_rule_sees_what_an_earlier_one_changed_and_the_last_word_is_delivered() -> None:
    seen: list[tuple[float, int]] = []

    def halve(training: tb.Training) -> dict[str, Any]:
        return {"lr": training.params["lr"] / 2}

    def note_and_halve(training: tb.Training) -> dict[str, Any]:
        seen.append((training.params["lr"], len(training.schedule)))
        return {"lr": training.params["lr"] / 2}

    diary = Diary(2)
    trial = run(diary, halve, note_and_halve)
    assert seen == [(0.25, 1), (0.0625, 3)]
    assert diary.answers == [{"lr": 0.125}, {"lr": 0.03125}]
    assert [(change.step, change.value) for change in trial.changes] == [
        (0, 0.25),
        (0, 0.125),
        (1, 0.0625),
        (1, 0.03125),
    ]


def test_two_rules_for_two_params_are_delivered_together() -> None:
    diary = Diary(2)
    run(diary, tb.Schedule("lr", at={1: 0.25}), tb.Schedule("momentum", at={1: 0.5}))
    assert diary.answers == [None, {"lr": 0.25, "momentum": 0.5}]


def test_a_rule_sees_number_params_reports_schedule_and_direction() -> None:
    seen: list[tb.Training] = []

    def note(training: tb.Training) -> dict[str, Any]:
        seen.append(training)
        return {"lr": 0.25}

    run(Diary(2), note, direction="maximize")
    first, second = seen
    assert (first.number, first.direction, dict(first.params)) == (0, "maximize", START)
    assert [report.step for report in first.reports] == [0]
    assert [report.step for report in second.reports] == [0, 1]
    assert (tuple(first.schedule), tuple(second.schedule)) == ((), (tb.Change(0, "lr", 0.25),))
    assert second.params["lr"] == 0.25


def test_rules_hold_no_state_between_trials() -> None:
    rule = tb.Schedule("lr", at={1: 0.25})
    diary = Diary()
    problem = tb.Problem(diary, SPACE)
    result = tb.tune(
        problem, backend="sklearn:random", n_trials=3, seed=0, adjust=[rule], initial=[START] * 3
    )
    assert [trial.schedule for trial in result.trials] == [(tb.Change(1, "lr", 0.25),)] * 3
    assert diary.answers == [None, {"lr": 0.25}, None] * 3


# Faults of rules.


def test_a_rule_that_raises_is_recorded_with_its_step_and_the_trial_goes_on() -> None:
    def shaky(training: tb.Training) -> dict[str, Any]:
        if len(training.reports) == 2:
            raise LookupError("no such thing")
        return {"momentum": 0.1 * len(training.reports) + 0.2}

    trial = run(Diary(3), shaky)
    assert trial.state is TrialState.COMPLETE
    (fault,) = trial.faults
    assert fault.startswith("step 1: ")
    assert "shaky" in fault
    assert "LookupError('no such thing')" in fault
    assert [change.step for change in trial.schedule] == [0, 2]


def test_other_rules_are_asked_when_one_raises() -> None:
    def broken(training: tb.Training) -> dict[str, Any]:
        raise LookupError

    diary = Diary(2)
    trial = run(diary, broken, tb.Schedule("lr", at={1: 0.25}))
    assert diary.answers == [None, {"lr": 0.25}]
    assert len(trial.faults) == 2


def test_faults_are_kept_of_trials_that_fail_or_are_pruned_too() -> None:
    def broken(training: tb.Training) -> dict[str, Any]:
        raise LookupError

    def failing(trial: tb.Trial) -> Iterator[float]:
        yield 1.0
        raise ValueError

    assert len(run(failing, broken).faults) == 1
    pruned = run(Diary(3), broken, pruner=tb.pruner("threshold", upper=0.5))
    assert (pruned.state, len(pruned.faults)) == (TrialState.PRUNED, 1)


def test_a_keyboard_interrupt_in_a_rule_ends_the_study() -> None:
    def impatient(training: tb.Training) -> None:
        raise KeyboardInterrupt

    assert run(Diary(), impatient).state is TrialState.INTERRUPTED


# The pruner and the rules.


def test_rules_are_not_asked_about_a_report_that_ends_its_trial() -> None:
    asked: list[int] = []

    def note(training: tb.Training) -> dict[str, Any]:
        asked.append(training.reports[-1].step)
        return {"momentum": 0.1 * len(asked) + 0.1}

    trial = run(Diary(6), note, pruner=tb.pruner("threshold", upper=1.5))
    assert (trial.state, [report.step for report in trial.reports]) == (TrialState.PRUNED, [0, 1, 2])
    assert asked == [0, 1]
    assert [change.step for change in trial.schedule] == [0, 1]


class Recorder:
    """A pruner that keeps what it is asked, and ends what it is told to."""

    def __init__(self, ends: Mapping[int, int]) -> None:
        self.ends = ends
        self.asked: list[tuple[int, int, float]] = []
        self.finished: list[int] = []

    def report(self, trial: tb.Trial, step: int, value: float) -> Decision:
        self.asked.append((trial.number, step, value))
        return Decision.PRUNE if self.ends.get(trial.number) == step else Decision.CONTINUE

    def finish(self, record: tb.TrialRecord) -> None:
        self.finished.append(record.number)


def test_a_pruner_of_ones_own_needs_two_methods() -> None:
    recorder = Recorder({1: 1})
    requests: list[tb.PrunerRequest] = []

    def start(request: tb.PrunerRequest) -> tb.Pruner:
        requests.append(request)
        return recorder

    chosen = tb.ChosenPruner(tb.PrunerSpec(name="mine", summary="by number", open=start), {"a": 1})
    problem = tb.Problem(Diary(2), SPACE, "maximize")
    result = tb.tune(problem, backend="hyperopt:tpe", n_trials=3, seed=7, pruner=chosen)
    assert [trial.state.name for trial in result.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]
    assert recorder.asked == [(number, step, float(step)) for number in range(3) for step in range(2)]
    assert recorder.finished == [0, 1, 2]
    (request,) = requests
    assert (request.direction, request.options, request.study_name) == ("maximize", {"a": 1}, "tunebridge-7")


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_changes_do_not_reach_the_library_that_proposed_the_params(backend: str) -> None:
    """What a backend learns from is what it proposed."""
    settings: dict[str, Any] = {"backend": backend, "n_trials": 15, "seed": 0}
    problem = tb.Problem(Diary(), SPACE)
    plain = tb.tune(problem, **settings)
    adjusted = tb.tune(problem, adjust=[tb.Schedule("momentum", at={1: 0.5})], **settings)
    assert [trial.params for trial in adjusted.trials] == [trial.params for trial in plain.trials]
    assert all(trial.schedule for trial in adjusted.trials)


class Watching:
    """Notes the params that an observer sees at every report, and takes its own apart."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
        self.seen.append(trial.pop("lr"))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_observers_see_the_params_that_the_objective_trains_with(n_jobs: int) -> None:
    def train(trial: tb.Trial) -> Generator[float, Any, None]:
        rate = trial.pop("lr")
        for _ in range(3):
            answer = yield rate
            rate = (answer or {}).get("lr", rate)

    watching = Watching()
    result = tb.tune(
        tb.Problem(train, tb.Space(lr=tb.Float(0.1, 1.0))),
        backend="optuna:random",
        n_trials=1,
        n_jobs=n_jobs,
        initial=[{"lr": 0.8}],
        adjust=[tb.Schedule("lr", {0: 0.5, 1: 0.25})],
        observers=[watching],
        seed=0,
    )
    used = [report.value for report in result.trials[0].reports]
    assert watching.seen == used == [0.8, 0.5, 0.25]


def test_a_pruner_sees_the_params_that_the_objective_trains_with() -> None:
    class Seeing:
        seen: ClassVar[list[float]] = []

        def report(self, trial: tb.Trial, step: int, value: float) -> tb.Decision:
            self.seen.append(trial["lr"])
            return tb.Decision.CONTINUE

        def finish(self, record: tb.TrialRecord) -> None:
            """Take nothing in."""

    trial = tb.Trial({"lr": 0.8}, number=0, seed=0)
    opened = OpenTrial(trial, {"lr": 0.8}, Origin(backend="sklearn:random"))
    problem = tb.Problem(lambda trial: 0.0, tb.Space(lr=tb.Float(0.1, 1.0)))
    feedback = Feedback(problem, Seeing(), [tb.Schedule("lr", {0: 0.5})])
    for step in range(2):
        feedback.decide(opened, tb.Report(step, 1.0))
    assert Seeing.seen == [0.8, 0.5]
