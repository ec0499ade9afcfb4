"""Going on with a study: retries, exactness, what ends it, and what the pruner and the stoppers know."""

from typing import Any

import pytest

import tunebridge as tb
from tunebridge import dependencies
from tunebridge.testing import MemoryStore

SPACE = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 5))


def objective(trial: Any) -> float:
    return float((trial["x"] - 0.3) ** 2 + trial["n"])


PROBLEM = tb.Problem(objective, SPACE)


def settings(**more: Any) -> dict[str, Any]:
    return {"backend": "optuna:tpe", "study": "s", "n_trials": 10, **more}


def killed(
    store: MemoryStore, n_ended: int, n_begun: int = 0, problem: tb.Problem = PROBLEM, **more: Any
) -> None:
    """Evaluate some trials, begin some, and vanish without a word."""
    study = tb.open_study(problem, storage=store, **settings(**more))
    for _ in range(n_ended):
        trial = study.ask()
        assert trial is not None
        study.tell(trial, objective(trial))
    for _ in range(n_begun):
        study.ask()
    store.close()


def test_n_trials_is_the_total_over_all_calls() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(n_trials=6))
    result = tb.tune(PROBLEM, storage=store, **settings(n_trials=10))
    assert [trial.number for trial in result.trials] == list(range(10))
    assert tb.tune(PROBLEM, storage=store, **settings(n_trials=10)).trials == result.trials


def test_the_stored_seed_holds_when_none_is_given() -> None:
    store = MemoryStore()
    first = tb.tune(PROBLEM, storage=store, **settings(n_trials=3))
    assert tb.tune(PROBLEM, storage=store, **settings(n_trials=6)).seed == first.seed


def test_another_seed_is_refused() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(seed=1, n_trials=3))
    with pytest.raises(tb.StoreError, match="made with seed 1, not 2"):
        tb.tune(PROBLEM, storage=store, **settings(seed=2))


def test_what_is_loaded_is_what_was_recorded() -> None:
    store = MemoryStore()
    result = tb.tune(PROBLEM, storage=store, **settings())
    assert tb.load_study(store, "s", problem=PROBLEM).trials == result.trials


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_trials_that_are_open_together_are_brought_back_in_their_own_order(backend: str) -> None:
    def run(store: MemoryStore, kill: bool) -> list[dict[str, Any]]:
        study = tb.open_study(PROBLEM, storage=store, **settings(backend=backend, seed=0, n_trials=None))
        pair = [study.ask(), study.ask()]
        for trial in reversed(pair):
            assert trial is not None
            study.tell(trial, objective(trial))
        third, fourth = study.ask(), study.ask()
        assert third is not None
        assert fourth is not None
        study.tell(fourth, objective(fourth))
        if kill:
            store.close()
            study = tb.open_study(PROBLEM, storage=store, **settings(backend=backend, n_trials=None))
            assert study.carried is not None
            assert study.carried.exact
            again = study.ask()
            assert again is not None
            assert (again.number, again.params) == (2, third.params)
            third = again
        study.tell(third, objective(third))
        for _ in range(20):
            trial = study.ask()
            assert trial is not None
            study.tell(trial, objective(trial))
        return [dict(record.params) for record in study.result.trials]

    assert run(MemoryStore(), kill=True) == run(MemoryStore(), kill=False)


def test_an_interrupted_trial_is_run_again_with_its_number_params_and_seed() -> None:
    store = MemoryStore()
    killed(store, n_ended=2, n_begun=1, seed=0)
    left = tb.load_study(store, "s").trials[2]
    assert left.state is tb.TrialState.RUNNING
    again = tb.tune(PROBLEM, storage=store, **settings(n_trials=3)).trials[2]
    assert again.state is tb.TrialState.COMPLETE
    assert (again.number, again.attempt) == (2, 1)
    assert (again.params, again.seed) == (left.params, left.seed)


def test_an_interrupted_trial_that_is_dropped_is_neither_run_nor_counted() -> None:
    store = MemoryStore()
    killed(store, n_ended=2, n_begun=1)
    result = tb.tune(PROBLEM, storage=store, **settings(n_trials=5, interrupted="drop"))
    states = [trial.state.name for trial in result.trials]
    assert states == ["COMPLETE"] * 2 + ["INTERRUPTED"] + ["COMPLETE"] * 3
    assert result.carried is not None
    assert result.carried.reason == "interrupted trials were dropped"


def test_what_ctrl_c_interrupts_is_run_again() -> None:
    store = MemoryStore()
    calls: list[int] = []

    def interrupted_once(trial: tb.Trial) -> float:
        calls.append(trial.number)
        if calls == [0, 1]:
            raise KeyboardInterrupt
        return trial.number

    problem = tb.Problem(interrupted_once, SPACE)
    first = tb.tune(problem, storage=store, **settings(n_trials=3))
    assert first.stop_reason == "interrupted"
    result = tb.tune(problem, storage=store, **settings(n_trials=3))
    assert calls == [0, 1, 1, 2]
    assert [trial.attempt for trial in result.trials] == [0, 1, 0]


def test_initial_points_are_evaluated_once_over_all_calls() -> None:
    store = MemoryStore()
    initial = [{"x": 0.5, "n": 1}, {"x": 0.5, "n": 1}, {"x": 0.25, "n": 2}]
    killed(store, n_ended=2, n_begun=0, initial=initial)
    more = [*initial, {"x": 0.75, "n": 3}]
    result = tb.tune(PROBLEM, storage=store, **settings(n_trials=6, initial=more))
    given = [trial.params["x"] for trial in result.trials if trial.backend == "initial"]
    assert given == [0.5, 0.5, 0.25, 0.75]


def test_replaying_that_takes_too_long_is_given_up_with_the_reason() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(n_trials=4))
    result = tb.tune(PROBLEM, storage=store, **settings(n_trials=5, max_replay_seconds=0))
    assert result.carried is not None
    assert "takes over 0 s" in result.carried.reason
    assert result.carried.n_told == 4


def test_a_session_that_is_opened_anew_never_repeats_its_first_points() -> None:
    store = MemoryStore()
    first = tb.tune(PROBLEM, storage=store, **settings(backend="optuna:random", n_trials=5))
    second = tb.tune(
        PROBLEM, storage=store, **settings(backend="optuna:random", n_trials=10, max_replay_seconds=0)
    )
    assert second.carried is not None
    assert not second.carried.exact
    old = [trial.params["x"] for trial in first.trials]
    assert not set(old) & {trial.params["x"] for trial in second.trials[5:]}


def test_another_option_of_the_backend_is_named_as_the_reason() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(n_trials=3))
    changed = tb.backend("optuna:tpe", n_startup_trials=2)
    result = tb.tune(PROBLEM, storage=store, **settings(backend=changed, n_trials=5))
    assert result.carried is not None
    assert result.carried.reason == "its options changed: n_startup_trials was not given, and is 2"


def test_another_version_of_tunebridge_alone_goes_on_exactly_and_one_of_the_library_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, installed = MemoryStore(), dependencies.installed_version
    tb.tune(PROBLEM, storage=store, **settings(n_trials=4))
    for distribution, n_trials, exact in (("tunebridge", 6, True), ("optuna", 8, False)):
        newer = {distribution: "999"}
        monkeypatch.setattr(
            dependencies, "installed_version", lambda name, n=newer: n.get(name) or installed(name)
        )
        result = tb.tune(PROBLEM, storage=store, **settings(n_trials=n_trials))
        assert result.carried is not None
        assert result.carried.exact == exact
        assert ("optuna was" in result.carried.reason) != exact


def test_all_options_that_changed_are_named() -> None:
    store, before = MemoryStore(), tb.backend("optuna:tpe", n_startup_trials=2, group=False)
    tb.tune(PROBLEM, storage=store, **settings(backend=before, n_trials=3))
    now = tb.backend("optuna:tpe", n_startup_trials=3, multivariate=True)
    result = tb.tune(PROBLEM, storage=store, **settings(backend=now, n_trials=5))
    assert result.carried is not None
    assert result.carried.reason == (
        "its options changed: n_startup_trials was 2, and is 3; group was False, and is not given; "
        "multivariate was not given, and is True"
    )


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        (None, "median", "its pruner was none, and is median"),
        (
            tb.pruner("median", n_startup_trials=2),
            None,
            "its pruner was median {'n_startup_trials': 2}, and is none",
        ),
    ],
)
def test_another_pruner_is_named_as_the_reason(before: Any, now: Any, reason: str) -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(n_trials=3, pruner=before))
    result = tb.tune(PROBLEM, storage=store, **settings(n_trials=5, pruner=now))
    assert result.carried is not None
    assert result.carried.reason == reason


def test_a_space_of_lists_is_drawn_without_replacement_over_all_calls() -> None:
    space = tb.Space(a=tb.Ordinal([1, 2, 3]), b=tb.Categorical(["x", "y"]))
    problem = tb.Problem(lambda trial: trial["a"], space)
    store = MemoryStore()
    result = [
        tb.tune(problem, storage=store, **settings(backend="sklearn:random", n_trials=n_trials))
        for n_trials in (2, 4, 100)
    ][-1]
    points = [(trial.params["a"], trial.params["b"]) for trial in result.trials]
    assert len(points) == len(set(points)) == 6
    assert result.stop_reason == "exhausted"


def test_pruning_goes_on_as_if_the_study_had_not_stopped() -> None:
    def train(trial: tb.Trial) -> Any:
        for step in range(9):
            yield trial["x"] + step / 100

    problem = tb.Problem(train, SPACE)
    more = settings(backend="sklearn:random", seed=0, n_trials=30, pruner="asha")
    whole = tb.tune(problem, **more)
    store = MemoryStore()
    result = [
        tb.tune(problem, storage=store, **{**more, "n_trials": n_trials}) for n_trials in (7, 8, 19, 30)
    ][-1]
    assert [(trial.state, trial.reports) for trial in result.trials] == [
        (trial.state, trial.reports) for trial in whole.trials
    ]
    assert len({trial.state for trial in whole.trials}) == 2


def test_stoppers_know_the_trials_of_earlier_calls() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(n_trials=4))
    stop = [tb.Patience(4, min_delta=100.0)]
    result = tb.tune(PROBLEM, storage=store, **settings(stop=stop))
    assert (len(result.trials), result.stop_reason) == (5, "Patience(n_trials=4, min_delta=100.0)")


def test_rejected_suggestions_are_rejected_again_on_the_way_back() -> None:
    rule = tb.Constraint(lambda params: params["n"] <= 2, "n is small")
    problem = tb.Problem(objective, tb.Space(dict(SPACE), constraints=[rule]))
    for backend in ("optuna:tpe", "hyperopt:tpe", "hyperopt:random", "sklearn:random"):
        more = settings(backend=backend, seed=0, n_trials=25)
        whole = tb.tune(problem, **more)
        store = MemoryStore()
        killed(store, 15, 1, problem, **more)
        result = tb.tune(problem, storage=store, **more)
        assert result.carried is not None
        assert result.carried.exact
        assert [trial.params for trial in result.trials] == [trial.params for trial in whole.trials]


def test_schedules_faults_metrics_and_errors_come_back() -> None:
    def train(trial: tb.Trial) -> Any:
        for step in range(3):
            yield {"loss": trial["x"] * 0.5**step, "accuracy": step / 3}
        if trial.number == 1:
            raise RuntimeError("no memory left")

    def broken(training: tb.Training) -> None:
        raise ValueError(training.number)

    problem = tb.Problem(train, SPACE, metric="loss")
    store = MemoryStore()
    rules = [tb.Schedule("x", {1: 0.5}), broken]
    result = tb.tune(problem, storage=store, **settings(n_trials=3, adjust=rules))
    loaded = tb.load_study(store, "s", problem=problem)
    assert loaded.trials == result.trials
    assert loaded.trials[0].changes[0].value == 0.5
    assert loaded.trials[0].reports[1].metrics == {"accuracy": 1 / 3}
    assert "no memory left" in str(loaded.trials[1].error)
    assert len(loaded.trials[0].faults) == 3


def test_objects_come_back_as_the_problem_has_them_and_else_as_labels() -> None:
    class Layer:
        pass

    space = tb.Space(layer=tb.Categorical({"dense": Layer, "none": None}), c=tb.Constant(Layer()))
    with pytest.raises(tb.ProblemError, match="memory address"):
        tb.tune(tb.Problem(lambda _: 0.0, space), storage=MemoryStore(), **settings())
    problem = tb.Problem(lambda _: 0.0, tb.Space(layer=space["layer"]))
    store = MemoryStore()
    tb.tune(problem, storage=store, **settings())
    mine = {trial.params["layer"] for trial in tb.load_study(store, "s", problem=problem).trials}
    shown = {str(trial.params["layer"]) for trial in tb.load_study(store, "s").trials}
    assert (mine, shown) == ({Layer, None}, {"dense", "None"})


def test_the_objective_of_a_study_loaded_without_its_problem_says_so() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(n_trials=2))
    with pytest.raises(tb.ObjectiveError, match="without its objective objective"):
        tb.load_study(store, "s").problem.objective({})


def test_a_study_that_is_stored_needs_a_name_or_a_seed() -> None:
    with pytest.raises(tb.ProblemError, match="needs a name"):
        tb.tune(PROBLEM, backend="optuna:tpe", n_trials=2, storage=MemoryStore())
    store = MemoryStore()
    tb.tune(PROBLEM, backend="optuna:tpe", n_trials=2, storage=store, seed=7)
    assert store.studies() == ["tunebridge-7"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"interrupted": "retri"}, "interrupted must be 'retry' or 'drop', got 'retri'"),
        ({"on_duplicate": "skip"}, "on_duplicate must be"),
        ({"on_space_change": "ignore"}, "on_space_change must be"),
        ({"max_replay_seconds": -1}, "max_replay_seconds must be a number >= 0"),
        ({"study": ""}, "a study's name"),
    ],
)
def test_a_wrong_choice_is_refused_before_anything_is_stored(given: dict[str, Any], message: str) -> None:
    store = MemoryStore()
    with pytest.raises(tb.ProblemError, match=message):
        tb.tune(PROBLEM, storage=store, **settings(**given))
    assert store.studies() == []


@pytest.mark.parametrize("url", ["tune.db", 3, ""])
def test_a_store_that_is_no_url_is_refused_with_examples(url: Any) -> None:
    with pytest.raises(tb.StoreError, match="sqlite:///"):
        tb.tune(PROBLEM, storage=url, **settings())


def test_an_unknown_scheme_is_refused_with_the_closest() -> None:
    with pytest.raises(tb.UnknownNameError, match="Did you mean 'sqlite'"):
        tb.tune(PROBLEM, storage="sqlit:///tune.db", **settings())


def test_a_study_that_does_not_exist_is_named_with_the_closest() -> None:
    store = MemoryStore()
    tb.tune(PROBLEM, storage=store, **settings(study="mnist", n_trials=2))
    with pytest.raises(tb.StoreError, match="Did you mean 'mnist'"):
        tb.load_study(store, "mnits")


def test_a_failure_to_open_gives_the_claim_back() -> None:
    store = MemoryStore()
    with pytest.raises(tb.OptionError):
        tb.tune(PROBLEM, storage=store, **settings(pruner=tb.pruner("asha", min_resource="many")))
    assert tb.tune(PROBLEM, storage=store, **settings(n_trials=2)).trials
