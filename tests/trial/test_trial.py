"""Trial, TrialRecord, TrialState."""

import copy
import dataclasses
import json
import math
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tunebridge as tb

TRIAL = tb.Trial({"x": 0.5, "kind": "a"}, number=3, seed=9)
RECORD = tb.TrialRecord(
    number=3,
    state=tb.TrialState.COMPLETE,
    params={"x": 0.5},
    values=(1.5,),
    backend="sklearn:random",
    told="not told",
    error=None,
    seed=9,
    started=datetime(2026, 1, 1, tzinfo=UTC),
    finished=datetime(2026, 1, 2, tzinfo=UTC),
    sampler_seconds=0.1,
    objective_seconds=0.2,
)


def test_a_trial_is_a_dict_of_its_params() -> None:
    assert TRIAL == {"x": 0.5, "kind": "a"}
    assert dict(**TRIAL) == {"x": 0.5, "kind": "a"}
    assert json.loads(json.dumps(TRIAL)) == TRIAL
    assert (TRIAL.number, TRIAL.seed) == (3, 9)


KERNEL = tb.Space(k=tb.Categorical({"linear": tb.Space(), "rbf": tb.Space(gamma=tb.Float(0, 1))}))


@pytest.mark.parametrize("executor", ["inline", "processes"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gamma", "'gamma' is inactive in this trial, and absent: trial.get('gamma') is None then"),
        ("gama", "no param is called 'gama': Did you mean 'gamma'? (known: gamma, k)"),
    ],
)
def test_a_param_that_a_trial_does_not_have_is_a_key_error_that_says_why(
    executor: str, name: str, why: str
) -> None:
    def objective(trial: tb.Trial) -> float:
        try:
            return float(trial[name])
        except KeyError as error:
            trial.note("why", error.args[0])
            return 0.0

    problem = tb.Problem(objective, KERNEL)
    result = tb.tune(problem, backend="manual", initial=[{"k": "linear"}], executor=executor)
    assert [record.notes for record in result.trials] == [{"why": why}]


def test_what_asks_whether_a_trial_has_a_param_is_answered_as_by_a_dict() -> None:
    trial = tb.Trial({"C": 1.0}, number=0, seed=0)
    assert (trial.get("gamma"), trial.get("gamma", 2.0), "gamma" in trial) == (None, 2.0, False)
    assert trial.setdefault("gamma", 3.0) == trial.pop("gamma") == 3.0


def test_a_trial_says_whether_it_runs_and_how_far_it_has_come() -> None:
    trial = tb.Trial({"x": 0.5}, number=0, seed=0)
    assert (trial.is_running, trial.last_step) == (False, -1)
    trial.begin(lambda said: tb.Reply(tb.Decision.CONTINUE))
    trial.report(1.0)
    trial.report(1.0, step=7)
    assert (trial.is_running, trial.last_step) == (True, 7)
    trial.end()
    assert not trial.is_running


def test_a_trial_that_goes_on_has_come_as_far_as_its_checkpoint() -> None:
    checkpoint = tb.Checkpoint(path=Path("nowhere"), number=0, step=4)
    trial = tb.Trial({"x": 0.5}, number=0, seed=0, resumed=checkpoint)
    trial.begin(lambda said: tb.Reply(tb.Decision.CONTINUE))
    assert trial.last_step == 4


def test_a_trial_copies_the_params_it_is_given() -> None:
    params = {"x": 0.5}
    trial = tb.Trial(params, number=0, seed=0)
    trial["x"] = 7.0
    trial["new"] = 1
    assert params == {"x": 0.5}


@pytest.mark.parametrize("name", ["number", "seed", "report"])
def test_a_param_may_be_called_like_an_attribute(name: str) -> None:
    trial = tb.Trial({name: 0.25}, number=4, seed=5)
    assert (trial[name], trial.number, trial.seed) == (0.25, 4, 5)


@pytest.mark.parametrize(
    "remake", [copy.copy, copy.deepcopy, lambda trial: pickle.loads(pickle.dumps(trial))]
)
def test_a_trial_survives_pickling_and_copying(remake: Any) -> None:
    twin = remake(TRIAL)
    assert (type(twin), twin, twin.number, twin.seed) == (tb.Trial, TRIAL, 3, 9)


PLAIN: list[Any] = [
    None,
    True,
    -0.0,
    2**70,
    "größe",
    [],
    {},
    [1, 2.5, None, ["a", {"b": [False]}]],
    {"folds": [{"score": 0.5, "error": None}, None]},
    [math.nan, math.inf, -math.inf],
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_may_be_noted(value: Any) -> None:
    trial = tb.Trial({}, number=0, seed=0)
    trial.note("it", value)
    assert repr(trial.noted) == repr({"it": value})
    assert repr(pickle.loads(pickle.dumps(trial)).noted) == repr(trial.noted)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(1), 1),
        (np.bool_(True), True),
        ({"folds": [np.float64(0.5), {"n": np.int32(3)}]}, {"folds": [0.5, {"n": 3}]}),
        (np.float64("nan"), math.nan),
    ],
)
def test_a_numpy_scalar_is_noted_as_the_number_it_stands_for(value: Any, kept: Any) -> None:
    trial = tb.Trial({}, number=0, seed=0)
    trial.note("it", value)
    assert repr(trial.noted) == repr({"it": kept})


NOT_PLAIN: list[Any] = [
    np.array([1.0]),
    np.complex128(1),
    (1, 2),
    [(1, 2)],
    {1: "a"},
    {"a": {None: 1}},
    {1, 2},
    b"bytes",
    object(),
    math.sin,
    TRIAL,
]


@pytest.mark.parametrize("value", NOT_PLAIN, ids=lambda value: type(value).__name__)
def test_anything_else_is_refused_with_its_name_and_what_to_do(value: Any) -> None:
    trial = tb.Trial({}, number=0, seed=0)
    with pytest.raises(tb.TrialError, match="a note must be plain data, got 'it'") as caught:
        trial.note("it", value)
    assert "float(x), array.tolist(); keep() takes any object" in caught.value.hint
    assert trial.noted == {}


@pytest.mark.parametrize("name", [1, None, ("a",)])
def test_the_name_of_a_note_is_a_string(name: Any) -> None:
    with pytest.raises(tb.TrialError, match="a note must be plain data"):
        tb.Trial({}, number=0, seed=0).note(name, 1)


def test_a_note_that_refers_to_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(tb.TrialError, match="plain data"):
        tb.Trial({}, number=0, seed=0).note("it", endless)


def test_what_was_noted_under_a_name_before_is_replaced() -> None:
    trial = tb.Trial({}, number=0, seed=0)
    trial.note("it", [1])
    trial.note("other", 2)
    trial.note("it", [3])
    assert trial.noted == {"it": [3], "other": 2}


def test_a_record_has_no_notes_unless_some_were_made() -> None:
    assert RECORD.notes == {}
    assert dataclasses.replace(RECORD, notes={"it": 1}).notes == {"it": 1}


def test_a_trial_shows_its_number_and_params() -> None:
    assert repr(TRIAL) == "Trial(3, {'x': 0.5, 'kind': 'a'})"


@pytest.mark.parametrize(
    "remake", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))]
)
def test_a_record_survives_pickling_and_copying(remake: Any) -> None:
    assert remake(RECORD) == RECORD


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECORD.number = 4  # type: ignore[misc]


@pytest.mark.parametrize(("values", "value"), [((1.5,), 1.5), ((1.0, 2.0), None), (None, None)])
def test_value_is_that_of_a_single_objective(values: Any, value: float | None) -> None:
    assert dataclasses.replace(RECORD, values=values).value == value


@pytest.mark.parametrize("state", list(tb.TrialState))
def test_every_state_but_running_is_finished(state: tb.TrialState) -> None:
    assert state.is_finished is (state is not tb.TrialState.RUNNING)


def test_the_states_have_the_names_of_the_documents() -> None:
    documented = {"RUNNING", "COMPLETE", "PRUNED", "FAILED", "TIMED_OUT", "INTERRUPTED"}
    assert {state.name for state in tb.TrialState} <= documented
    assert pickle.loads(pickle.dumps(tb.TrialState.FAILED)) is tb.TrialState.FAILED


def test_trials_that_came_to_an_end_of_their_own_count() -> None:
    left = [state for state in tb.TrialState if not state.counts]
    assert left == [tb.TrialState.RUNNING, tb.TrialState.INTERRUPTED]


@pytest.mark.parametrize(
    ("name", "instead"),
    [("suggest_float", "read trial['name']"), ("set_user_attr", "trial.note"), ("user_attrs", "trial.noted")],
)
def test_what_trials_of_optuna_have_is_an_error_with_what_takes_its_place(name: str, instead: str) -> None:
    trial = tb.Trial({"x": 1}, number=0, seed=0)
    with pytest.raises(AttributeError, match="import tunebridge_optuna as optuna") as caught:
        getattr(trial, name)
    assert instead in str(caught.value)
    with pytest.raises(AttributeError, match=r"no attribute 'no_such_name'$"):
        trial.no_such_name  # type: ignore[attr-defined]  # noqa: B018


def test_a_reading_is_no_space_and_the_error_names_the_one_that_it_has() -> None:
    reading = tb.read_space(tb.Space(x=tb.Int(0, 1)))
    with pytest.raises(tb.ProblemError, match=r"give its \.space"):
        tb.Problem(len, reading)  # type: ignore[arg-type]
