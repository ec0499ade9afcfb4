"""Result: the best trials, and the table of all."""

import builtins
import copy
import pickle
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tunebridge as tb

TRACEBACK = (
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x\nValueError: broken\n  hint: mend'
)
UNIT = tb.Float(0, 1)
SPACE = tb.Space(
    x=UNIT,
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=UNIT, steps=tb.Int(1, 9)), "adam": tb.Space()}),
)


def record(number: int, values: Sequence[float] | None, **params: Any) -> tb.TrialRecord:
    """Return the record of a trial: COMPLETE with values, FAILED without."""
    return tb.TrialRecord(
        number=number,
        state=tb.TrialState.FAILED if values is None else tb.TrialState.COMPLETE,
        params=params,
        values=None if values is None else tuple(values),
        backend="sklearn:random",
        told="not told",
        error=TRACEBACK if values is None else None,
        seed=number,
        started=datetime(2026, 1, 1, tzinfo=UTC),
        finished=datetime(2026, 1, 2, tzinfo=UTC),
        sampler_seconds=0.5,
        objective_seconds=0.25,
    )


def result(
    values: Sequence[Sequence[float] | None], direction: Any = "minimize", space: tb.Space = SPACE
) -> tb.Result:
    """Return the result of a study whose trials have the given values."""
    trials = [record(number, one, x=number / 10) for number, one in enumerate(values)]
    problem = tb.Problem(len, space, direction)
    return tb.Result(
        problem=problem, study="s", backend="sklearn:random", seed=0, trials=trials, stop_reason="n_trials"
    )


@pytest.mark.parametrize(("direction", "best"), [("minimize", 3), ("maximize", 1)])
def test_the_best_trial_is_the_earliest_with_the_best_value_in_the_users_sign(
    direction: str, best: int
) -> None:
    found = result([[2.0], [5.0], None, [-1.0], [5.0], [-1.0]], direction)
    assert (found.best_trial.number, found.best_params) == (best, {"x": best / 10})
    assert found.best_value == found.trials[best].value


def test_best_trials_of_one_objective_are_all_that_share_the_best_value() -> None:
    assert [trial.number for trial in result([[2.0], [1.0], None, [1.0]]).best_trials] == [1, 3]


def test_failed_trials_are_kept_and_are_not_complete() -> None:
    found = result([[1.0], None])
    assert [trial.number for trial in found.trials] == [0, 1]
    assert [trial.number for trial in found.complete_trials] == [0]
    assert [trial.number for trial in found.eligible_trials] == [0]


def test_best_trials_of_several_objectives_are_the_pareto_front() -> None:
    values = [[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [2.0, 3.0], None, [0.5, 9.0], [0.5, 8.0]]
    found = result(values, ["minimize", "maximize"])
    assert [trial.number for trial in found.best_trials] == [5]
    found = result(values, ["maximize", "maximize"])
    assert [trial.number for trial in found.best_trials] == [1, 2, 3, 5]


points = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


@given(points, st.lists(st.sampled_from(["minimize", "maximize"]), min_size=3, max_size=3))
def test_the_front_is_what_no_other_trial_dominates(
    values: list[tuple[int, ...]], directions: list[str]
) -> None:
    def better(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
        signs = [1 if direction == "minimize" else -1 for direction in directions]
        pairs = [(sign * a, sign * b) for sign, a, b in zip(signs, one, other, strict=True)]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    expected = [place for place, one in enumerate(values) if not any(better(other, one) for other in values)]
    assert [trial.number for trial in result(values, directions).best_trials] == expected


@pytest.mark.parametrize("name", ["best_trial", "best_params", "best_value"])
def test_a_single_best_of_several_objectives_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(tb.UnsupportedError, match=r"needs one objective[\s\S]*best_trials"):
        getattr(result([[1.0, 2.0]], ["minimize", "maximize"]), name)


@pytest.mark.parametrize("name", ["best_trial", "best_params", "best_value", "best_trials"])
def test_a_best_of_no_complete_trial_is_refused_with_the_first_failure(name: str) -> None:
    with pytest.raises(tb.NoCompleteTrialError, match=r"none of the 2 trials[\s\S]*was: ValueError: broken$"):
        getattr(result([None, None]), name)
    with pytest.raises(tb.NoCompleteTrialError, match="none of the 0 trials"):
        getattr(result([]), name)


def test_several_objectives_of_a_study_give_several_values_and_a_front() -> None:
    problem = tb.Problem(lambda trial: (trial["x"],) * 2, tb.Space(x=UNIT), ["minimize", "maximize"])
    found = tb.tune(problem, backend="sklearn:random", n_trials=4, seed=0)
    assert all(trial.values == (trial.params["x"],) * 2 and trial.value is None for trial in found.trials)
    assert len(found.best_trials) == 4


def test_a_study_without_a_complete_trial_returns_and_only_its_best_is_an_error() -> None:
    found = tb.tune(tb.Problem(lambda trial: 1 / 0, SPACE), backend="sklearn:random", n_trials=3, seed=0)
    assert len(found.trials) == 3
    with pytest.raises(tb.NoCompleteTrialError, match="ZeroDivisionError: division by zero"):
        _ = found.best_trial


def test_a_result_survives_pickling_and_copying() -> None:
    found = result([[1.0], None])
    for twin in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)):
        assert twin == found
        assert twin.best_value == 1.0


# The table.

COLUMNS = [
    "number", "state", "value", "params_x", "params_optimizer", "params_momentum", "params_steps",
    "backend", "excluded", "told", "error", "seed", "started", "finished", "sampler_seconds",
    "objective_seconds",
]  # fmt: skip


def test_the_frame_has_one_row_per_trial_and_one_column_per_name() -> None:
    frame = result([[1.0], None, [3.0]]).to_frame()
    assert list(frame.columns) == COLUMNS
    assert frame["number"].tolist() == [0, 1, 2]
    assert frame["state"].tolist() == ["COMPLETE", "FAILED", "COMPLETE"]
    assert frame["value"].isna().tolist() == [False, True, False]
    assert frame["params_x"].tolist() == [0.0, 0.1, 0.2]
    assert frame["params_momentum"].isna().all()
    assert "ValueError: broken" in frame["error"][1]


@pytest.mark.parametrize("values", [[[1.0], [2.0]], [[1.0], None], [None, None]], ids=["all", "some", "none"])
def test_the_frames_dtypes_do_not_depend_on_which_trials_failed(values: Any) -> None:
    dtypes = result(values).to_frame().dtypes
    expected = {
        "number": "int64", "value": "float64", "params_x": "float64", "seed": "int64", "sampler_seconds":
        "float64", "objective_seconds": "float64",
    }  # fmt: skip
    assert {name: str(dtypes[name]) for name in expected} == expected
    assert isinstance(dtypes["started"], pd.DatetimeTZDtype)
    assert isinstance(dtypes["finished"], pd.DatetimeTZDtype)


def test_the_frame_has_a_column_per_note() -> None:
    noting = tb.Problem(lambda trial: trial.note("folds", [trial.number]) or 0.0, tb.Space(x=tb.Float(0, 1)))
    frame = tb.tune(noting, backend="sklearn:random", n_trials=2, seed=0).to_frame()
    assert frame["notes_folds"].tolist() == [[0], [1]]


def test_the_frame_of_no_trials_has_the_columns() -> None:
    frame = result([]).to_frame()
    assert (list(frame.columns), len(frame)) == (COLUMNS, 0)


def test_the_frame_of_several_objectives_has_one_column_per_value() -> None:
    frame = result([[1.0, 2.0], None], ["minimize", "maximize"]).to_frame()
    assert [name for name in frame.columns if name.startswith("value")] == ["values_0", "values_1"]
    assert frame["values_1"].isna().tolist() == [False, True]
    assert str(frame["values_1"].dtype) == "float64"


def test_one_name_in_two_branches_is_one_column() -> None:
    branches = {"sgd": tb.Space(rate=UNIT), "adam": tb.Space(rate=tb.Normal(0, 1))}
    frame = result([[1.0]], space=tb.Space(x=UNIT, optimizer=tb.Categorical(branches))).to_frame()
    assert [name for name in frame.columns if name.startswith("params_")] == [
        "params_x", "params_optimizer", "params_rate",
    ]  # fmt: skip


def test_choices_of_any_kind_fit_into_the_frame() -> None:
    choices = {"list": [1, 2], "dict": {"a": 1}, "class": int, "none": None}
    problem = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Categorical(choices)))
    frame = tb.tune(problem, backend="sklearn:grid", seed=0).to_frame()
    assert frame["params_x"].tolist() == list(choices.values())


def test_a_frame_without_pandas_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pandas(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "pandas":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(tb.MissingLibraryError, match=r"pandas[\s\S]*pip install"):
        result([[1.0]]).to_frame()


def test_a_result_shows_how_many_trials_failed_and_what_the_first_said() -> None:
    assert "3 trials, 2 failed (the first: ValueError: broken), best 1 with" in repr(
        result([None, [1.0], None])
    )
    assert "failed" not in repr(result([[1.0]]))


@pytest.mark.parametrize(("n_failed", "warns"), [(2, False), (3, True), (4, True)])
def test_a_study_of_which_more_than_half_failed_says_so_once(
    n_failed: int, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def objective(trial: tb.Trial) -> float:
        if trial.number < n_failed:
            raise ValueError(f"in trial {trial.number}")
        return 0.0

    problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="sklearn:random", n_trials=4, seed=0, study="half")
    expected = [f"of 4 trials of 'half', {n_failed} failed (the first: ValueError: in trial 0)"] * warns
    assert [record.getMessage() for record in caplog.records] == expected


def test_a_choice_that_is_none_is_no_missing_value_in_the_frame() -> None:
    depths = tb.Space(
        depth=tb.Categorical([None, "deep"]),
        kind=tb.Categorical({"a": tb.Space(x=tb.Categorical([None, 1])), "b": tb.Space()}),
    )
    found = tb.tune(tb.Problem(lambda trial: 0.0, depths), backend="sklearn:random", n_trials=20, seed=0)
    frame = found.to_frame()
    for trial, depth, x in zip(found.trials, frame["params_depth"], frame["params_x"], strict=True):
        assert depth == trial.params["depth"] or (depth is None and trial.params["depth"] is None)
        assert (x is None) == (trial.params.get("x", 0) is None)
    assert any(one is None for one in frame["params_depth"])
