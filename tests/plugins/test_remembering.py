"""`remember=` on the samplers that take it: what they see, and what stays as it is without it."""

from __future__ import annotations

from typing import Any

import pytest

import tunebridge as tb
import tunebridge_hyperopt
import tunebridge_hyperopt.session
import tunebridge_optuna
from tests.plugins.conversation import opened, tell

SPACE = tb.Space(
    x=tb.Float(0.0, 1.0),
    kind=tb.Categorical({"a": tb.Space(u=tb.Float(0.0, 1.0)), "b": tb.Space(n=tb.Int(1, 9))}),
)
FINITE = tb.Space(a=tb.Int(1, 8), b=tb.Categorical(list("pqrstu")))
BOUNDED = [
    pytest.param(tb.backend("optuna:tpe", n_startup_trials=3, remember=18), id="optuna:tpe"),
    pytest.param(tb.backend("hyperopt:tpe", n_startup_jobs=3, remember=18), id="hyperopt:tpe"),
]

pytestmark = pytest.mark.usefixtures("quiet_libraries")


def value(trial: tb.Trial) -> float:
    """Return a value, or fail, or be pruned."""
    if trial.number % 7 == 3:
        raise ValueError("no value")
    found = float(trial["x"] + (trial["u"] if "u" in trial.params else trial["n"] / 9))
    for step in range(2):
        if trial.report(found + 1 - step, step) or trial.number % 7 == 5:
            raise tb.TrialPruned
    return found


def params(result: tb.Result) -> list[dict[str, Any]]:
    return [dict(trial.params) for trial in result.trials]


@pytest.mark.parametrize("chosen", BOUNDED)
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_with_failures_pruned_and_pending_trials_a_study_repeats_by_its_seed(
    chosen: tb.Backend, n_jobs: int
) -> None:
    settings: dict[str, Any] = {"executor": "threads", "n_jobs": n_jobs, "deterministic": True}
    runs = [
        tb.tune(tb.Problem(value, SPACE), backend=chosen, n_trials=50, seed=1, max_failures=None, **settings)
        for _ in range(2)
    ]
    assert params(runs[0]) == params(runs[1])
    states = {trial.state for trial in runs[0].trials}
    assert states == {tb.TrialState.COMPLETE, tb.TrialState.FAILED, tb.TrialState.PRUNED}


@pytest.mark.parametrize("chosen", BOUNDED)
@pytest.mark.parametrize("how", ["resample", "reuse"])
def test_in_a_finite_space_points_that_the_sampler_has_forgotten_are_not_evaluated_again(
    chosen: tb.Backend, how: Any
) -> None:
    evaluated: list[tuple[Any, ...]] = []

    def objective(trial: tb.Trial) -> float:
        evaluated.append((trial["a"], trial["b"]))
        return float(abs(trial["a"] - 3) + "pqrstu".index(trial["b"]))

    tb.tune(tb.Problem(objective, FINITE), backend=chosen, n_trials=40, seed=0, on_duplicate=how)
    assert len(evaluated) == len({*evaluated}) > 16


def test_optuna_is_shown_no_more_trials_than_that_and_its_numbers_stay() -> None:
    from tunebridge_optuna.memory import SessionStorage

    storage = SessionStorage()
    storage.create_new_study([])
    numbers = [storage.create_new_trial(0) for _ in range(6)]
    from optuna.trial import TrialState

    for number in numbers[:5]:
        storage.set_trial_state_values(number, TrialState.COMPLETE, [float(number)])
    storage.forget({0, 2, 3})
    shown = storage.get_all_trials(0)
    assert [trial.number for trial in shown] == [1, 4, 5]
    assert shown[-1].state is TrialState.RUNNING
    assert storage.create_new_trial(0) == 6
    assert storage.get_trial(4).values == [4.0]
    with pytest.raises(KeyError, match="no trial 3"):
        storage.get_trial(3)


@pytest.mark.parametrize("directions", [["minimize", "maximize"]])
def test_of_several_objectives_the_front_is_remembered_to_the_end(directions: list[str]) -> None:
    space = tb.Space(x=tb.Float(0.0, 1.0), y=tb.Float(0.0, 1.0))
    problem = tb.Problem(lambda trial: (trial["x"], trial["x"] - trial["y"]), space, directions)
    chosen = tb.backend("optuna:tpe", n_startup_trials=3, remember=20)
    runs = [tb.tune(problem, backend=chosen, n_trials=60, seed=2) for _ in range(2)]
    assert params(runs[0]) == params(runs[1])
    assert runs[0].best_trials


@pytest.mark.parametrize("option", [{"remember": 100}])
def test_samplers_that_go_into_another_library_s_own_loop_refuse_the_option(option: dict[str, Any]) -> None:
    with pytest.raises(tb.OptionError, match="remember"):
        tunebridge_optuna.sampler("optuna:tpe", **option)
    with pytest.raises(tb.OptionError, match="remember"):
        tunebridge_hyperopt.algo("hyperopt:tpe", **option)


def test_a_bound_can_be_put_on_a_study_that_is_stored_and_taken_off_again(tmp_path: Any) -> None:
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0.0, 1.0)))
    stored: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s", "seed": 0}
    tb.tune(problem, backend="optuna:tpe", n_trials=62, **stored)
    for n_trials, options in ((63, {"remember": 60}), (64, {"remember": 60}), (65, {})):
        result = tb.tune(problem, backend=tb.backend("optuna:tpe", **options), n_trials=n_trials, **stored)
        assert result.carried is not None
        assert result.carried.exact == (n_trials == 64)
        assert "remember was" in result.carried.reason or result.carried.exact
        assert bool(result.carried.bound) == bool(options)


def test_hyperopt_counts_as_many_good_ones_as_without_a_bound() -> None:
    from tunebridge_hyperopt.posterior import Tpe

    space = tb.Space(x=tb.Float(0.0, 1.0))
    asked: list[int] = []

    class Counting(Tpe):
        def __call__(self, new_ids: Any, domain: Any, trials: Any, seed: int) -> Any:
            asked.append(len(trials.trials) + self.n_forgotten)
            return super().__call__(new_ids, domain, trials, seed)

    chosen = tb.backend("hyperopt:tpe", n_startup_jobs=3, remember=18)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tunebridge_hyperopt.session.SUGGEST, "tpe", Counting)
        session = opened(chosen, space)
    for number in range(60):
        tell(session, "complete", float(number % 5))
    assert asked == list(range(60))


@pytest.mark.parametrize(
    "space", [SPACE, tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 9))], ids=["tree", "flat"]
)
def test_a_stored_study_that_has_forgotten_trials_goes_on_exactly(space: tb.Space, tmp_path: Any) -> None:
    problem = tb.Problem(lambda trial: trial.params.get("x", 0) + trial.params.get("a", 1), space)
    chosen = tb.backend("optuna:tpe", n_startup_trials=3, remember=18)
    whole = tb.tune(problem, backend=chosen, n_trials=70, seed=0)
    stored: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s", "seed": 0}
    tb.tune(problem, backend=chosen, n_trials=58, **stored)
    result = tb.tune(problem, backend=chosen, n_trials=70, **stored)
    assert params(result) == params(whole)
    assert result.carried is not None
    assert result.carried.exact
