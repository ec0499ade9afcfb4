"""Calls that do not fit a public function: what is said in place of Python's bare TypeError."""

import inspect
import pickle
from types import FunctionType

import pytest

import tunebridge as tb
from tests.misfits import Misfit, check_misfit
from tunebridge.calls import OF_THE_STUDY

PROBLEM = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
URL = "sqlite:///nowhere.db"

FOR_PLUGINS = {
    *("backends", "decode", "fold", "from_natural", "grower_of", "logger_of", "open_session", "perform"),
    *("printable", "read_points", "to_native", "to_natural", "without_passwords"),
}
"""Functions for those who write plugins."""

DECLARED = (tb.Between, tb.Categorical, tb.Constant, tb.Constraint, tb.Float, tb.Int, tb.Limit, tb.Normal)
DECLARED += (tb.MaxSeconds, tb.Option, tb.Ordinal, tb.Patience, tb.Plateau, tb.Population, tb.Problem)  # type: ignore[assignment]
DECLARED += (tb.Schedule, tb.Space, tb.Target)  # type: ignore[assignment]


def trial() -> tb.Trial:
    return tb.Trial({}, number=0, seed=0)


CALLS: dict[str, Misfit] = {
    "limits of tune": (
        lambda: tb.tune(PROBLEM, limits={"sv": tb.Limit(at_most=190)}),  # type: ignore[call-arg]
        "tune has no argument 'limits'",
        "it is said to the problem: tunebridge.Problem(objective, space, "
        "limits={'sv': Limit(at_most=190.0, at_least=None)})",
    ),
    "devices of tune": (
        lambda: tb.tune(PROBLEM, devices=["cuda:0"]),  # type: ignore[call-arg]
        "tune has no argument 'devices'",
        "executor=tunebridge.executor('processes', devices=['cuda:0'])",
    ),
    "devices of another executor": (
        lambda: tb.tune(PROBLEM, executor="threads", devices=["cuda:0"]),  # type: ignore[call-arg]
        "tune has no argument 'devices'",
        "executor=tunebridge.executor('threads', devices=['cuda:0'])",
    ),
    "members of tune": (
        lambda: tb.tune(PROBLEM, members=["optuna:gp"]),  # type: ignore[call-arg]
        "tune has no argument 'members'",
        "backend=tunebridge.backend('auto:credit', members=['optuna:gp'])",
    ),
    "an option of a pruner": (
        lambda: tb.open_study(PROBLEM, min_resource=3),  # type: ignore[call-arg]
        "open_study has no argument 'min_resource'",
        "pruner=tunebridge.pruner('asha', min_resource=3)",
    ),
    "an option of an observer": (
        lambda: tb.tune(PROBLEM, experiment="svm"),  # type: ignore[call-arg]
        "tune has no argument 'experiment'",
        "observers=[tunebridge.observer('mlflow', experiment='svm')]",
    ),
    "devices of compare": (
        lambda: tb.compare(PROBLEM, backends=["optuna:tpe"], devices=["a"]),  # type: ignore[call-arg]
        "compare has no argument 'devices'",
        "executor=tunebridge.executor('processes', devices=['a'])",
    ),
    "devices of a sweep": (
        lambda: tb.sweep(PROBLEM, base={}, parameter="x", values=[0.1], devices=["a"]),
        "tune has no argument 'devices'",
        "executor=tunebridge.executor('processes', devices=['a'])",
    ),
    "jobs of a study of one's own loop": (
        lambda: tb.open_study(PROBLEM, n_jobs=2),  # type: ignore[call-arg]
        "open_study has no argument 'n_jobs'",
        "it is said to the study itself: tune(..., n_jobs=2)",
    ),
    "trials of a problem": (
        lambda: tb.Problem(len, tb.Space(), n_trials=3),  # type: ignore[call-arg]
        "Problem has no argument 'n_trials'",
        "it is said to the study itself: tune(..., n_trials=3)",
    ),
    "another library's word": (
        lambda: tb.tune(PROBLEM, random_state=3),  # type: ignore[call-arg]
        "tune has no argument 'random_state'",
        "it is called 'seed' here",
    ),
    "the word of a neighbour": (
        lambda: tb.confirm(None, seed=3),  # type: ignore[arg-type, call-arg]
        "confirm has no argument 'seed'",
        "it is called 'seeds' here",
    ),
    "a space beside the objective": (
        lambda: tb.tune(len, space=PROBLEM.space),  # type: ignore[arg-type, call-arg]
        "tune has no argument 'space'",
        "it is said to the problem: tunebridge.Problem(objective, Space(x=Float(0.0, 1.0)))",
    ),
    "an objective by its name": (
        lambda: tb.tune(objective=3),  # type: ignore[call-arg]
        "tune has no argument 'objective'",
        "it is said to the problem: tunebridge.Problem(3, space)",
    ),
    "a name by its name": (
        lambda: tb.pruner(name="median", n_startup_trials=3),  # type: ignore[call-arg]
        "pruner takes 'name' by its place, without a name",
        "write pruner('median', ...)",
    ),
    "a misspelt word": (
        lambda: tb.tune(PROBLEM, n_trails=3),  # type: ignore[call-arg]
        "tune has no argument 'n_trails'",
        "Did you mean 'n_trials'? (known: adjust, ",
    ),
    "a misspelt word of a parameter": (
        lambda: tb.Float(0, 1, logs=True),  # type: ignore[call-arg]
        "Float has no argument 'logs'",
        "Did you mean 'log'? (known: high, log, low, step, when)",
    ),
    "a bound without its name": (
        lambda: trial().limit("sv", 200, 190),  # type: ignore[call-arg]
        "Trial.limit takes only name and value without a name, and got 190",
        "write at_most=190 or at_least=190",
    ),
    "a limit without the name of its bound": (
        lambda: tb.Limit(190),  # type: ignore[call-arg]
        "Limit takes every argument by its name, and got 190",
        "write at_most=190 or at_least=190",
    ),
    "a reason without its name": (
        lambda: tb.exclude(URL, "net", [3], "bug"),  # type: ignore[call-arg]
        "exclude takes only storage, study and trials without a name, and got 'bug'",
        "write reason='bug'",
    ),
    "no reason": (
        lambda: tb.exclude(URL, "net", [3]),  # type: ignore[call-arg]
        "exclude needs reason",
        "write exclude(storage, study, trials, reason=...)",
    ),
    "a backend without the name of its argument": (
        lambda: tb.tune(PROBLEM, "optuna:tpe"),  # type: ignore[call-arg]
        "tune takes only problem without a name, and got 'optuna:tpe'",
        "name each: backend, n_trials, ",
    ),
    "options without names": (
        lambda: tb.executor("processes", ["cuda:0"]),  # type: ignore[call-arg]
        "executor takes only name without a name, and got ['cuda:0']",
        "name each: executor(name, NAME=['cuda:0'])",
    ),
    "too many": (
        lambda: tb.replay(PROBLEM, None, 3),  # type: ignore[arg-type, call-arg]
        "replay takes only problem and record without a name, and got 3",
        "leave 3 out",
    ),
    "twice": (
        lambda: tb.load_study(URL, "net", storage=URL),  # type: ignore[misc]
        "load_study is given 'storage' twice",
        "leave out one of storage='sqlite:///nowhere.db'",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_does_not_fit_says_what_is_wrong_and_the_next_step(name: str) -> None:
    check_misfit(CALLS[name])


def test_every_function_and_declaration_for_users_checks_its_calls() -> None:
    functions = {name: thing for name in tb.__all__ if isinstance(thing := getattr(tb, name), FunctionType)}
    assert functions.keys() >= FOR_PLUGINS
    methods = {f"Trial.{name}": getattr(tb.Trial, name) for name in ("report", "note", "keep", "limit")}
    made = {kind.__name__: kind.__init__ for kind in DECLARED}
    users = {name: thing for name, thing in functions.items() if name not in FOR_PLUGINS}
    bare = [name for name, one in {**users, **methods, **made}.items() if not hasattr(one, "__wrapped__")]
    assert bare == []


def test_a_type_error_of_what_a_function_does_stays_what_it_is() -> None:
    def objective(trial: tb.Trial) -> float:
        raise TypeError("not with me")

    with pytest.raises(TypeError, match=r"^not with me$") as caught:
        tb.tune(
            tb.Problem(objective, PROBLEM.space), backend="manual", initial=[{"x": 0.1}], on_error="raise"
        )
    assert not isinstance(caught.value, tb.TunebridgeError)


def test_a_trial_that_is_called_wrongly_ends_its_study_at_once_and_says_how_to_call_it() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.limit("sv", 200, 190)  # type: ignore[call-arg]
        return 0.0

    problem = tb.Problem(objective, PROBLEM.space)
    with pytest.raises(tb.StudyFailedError, match=r"would fail as trial 0: Trial\.limit takes") as caught:
        tb.tune(problem, backend="sklearn:random", n_trials=20)
    assert len(caught.value.result.trials) == 1
    assert caught.value.hint == "write at_most=190 or at_least=190"


def test_what_checks_its_calls_keeps_its_signature_its_name_and_its_place() -> None:
    assert list(inspect.signature(tb.Limit).parameters) == ["at_most", "at_least"]
    assert tb.exclude.__name__ == "exclude"
    assert pickle.loads(pickle.dumps(tb.tune)) is tb.tune


def test_what_is_said_to_a_study_is_an_argument_of_tune() -> None:
    takes = {*inspect.signature(tb.tune).parameters}
    assert takes >= OF_THE_STUDY
