"""One parameter varied by hand: its frame, its picture, and what is refused."""

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

import tunebridge as tb

mpl.use("Agg")

SPACE = tb.Space(
    depth=tb.Int(1, 9),
    lr=tb.Float(1e-4, 1.0, log=True),
    kind=tb.Categorical(["plain", "wide"]),
    limit=tb.Categorical([1, 2, None]),
    share=tb.Categorical([1, 0.5]),
    call=tb.Categorical({"shortest": min, "longest": max}),
)
BASE = {"depth": 3, "lr": 0.1, "kind": "plain", "limit": None, "share": 1, "call": min}


def train(trial: tb.Trial) -> float:
    """Pretend to cross-validate on two splits: more depth fits the training rows better."""
    test = 0.9 - 0.01 * (trial["depth"] - 4) ** 2
    splits = [{"test_scores": test + part, "train_scores": trial["depth"] / 9} for part in (-0.02, 0.02)]
    trial.note("splits", splits)
    return float(test)


def fails_at_four(trial: tb.Trial) -> float:
    """Cross-validate on two splits, of which one has no score at depth 4, and none has at depth 6."""
    scores = {4: [0.5, math.nan], 6: [math.nan, math.nan]}.get(trial["depth"], [0.5, 0.7])
    trial.note("splits", [{"test_scores": score, "train_scores": score} for score in scores])
    return sum(scores) / 2


def swept(objective: Any = train, parameter: str = "depth", values: Any = (1, 4, 9), **settings: Any) -> Any:
    problem = tb.Problem(objective, SPACE, direction="maximize")
    return tb.sweep(problem, base=BASE, parameter=parameter, values=values, **settings)


def test_only_the_parameter_varies() -> None:
    trials = swept().result.trials
    assert [trial.params for trial in trials] == [{**BASE, "depth": depth} for depth in (1, 4, 9)]
    assert {trial.backend for trial in trials} == {"initial"}


def test_the_frame_has_training_and_test_values_with_their_spread() -> None:
    frame = swept().to_frame()
    assert list(frame.columns) == ["depth", "test", "test_spread", "train", "train_spread", "state"]
    assert frame["depth"].tolist() == [1, 4, 9]
    assert frame["test"].tolist() == pytest.approx([0.81, 0.9, 0.65])
    assert frame["test_spread"].tolist() == pytest.approx([0.02] * 3)
    assert frame["train"].tolist() == pytest.approx([1 / 9, 4 / 9, 1.0])
    assert frame["train_spread"].tolist() == [0.0] * 3


def test_without_notes_the_value_is_the_test_value() -> None:
    frame = swept(lambda trial: float(trial["depth"])).to_frame()
    assert frame["test"].tolist() == [1.0, 4.0, 9.0]
    assert frame[["test_spread", "train", "train_spread"]].isna().all(axis=None)


def test_a_trial_that_fails_keeps_its_row() -> None:
    def fails(trial: tb.Trial) -> float:
        return math.nan if trial["depth"] == 4 else 1.0

    frame = swept(fails).to_frame()
    assert frame["state"].tolist() == ["COMPLETE", "FAILED", "COMPLETE"]
    assert frame["test"].isna().tolist() == [False, True, False]


def test_what_is_not_finite_is_left_out_of_mean_and_spread() -> None:
    frame = swept(fails_at_four, values=(1, 4, 6)).to_frame()
    assert frame["state"].tolist() == ["COMPLETE", "FAILED", "FAILED"]
    for name in ("test", "train"):
        assert frame[name].tolist() == pytest.approx([0.6, 0.5, math.nan], nan_ok=True)
        assert frame[f"{name}_spread"].tolist() == pytest.approx([0.1, 0.0, math.nan], nan_ok=True)


def test_the_picture_has_a_gap_where_a_trial_failed() -> None:
    axes = swept(fails_at_four, values=(1, 4, 9)).plot()
    for line in axes.lines:
        assert line.get_ydata().tolist() == pytest.approx([0.6, math.nan, 0.6], nan_ok=True)


def test_a_sweep_of_which_all_failed_has_a_picture_without_lines() -> None:
    axes = swept(fails_at_four, values=(4, 6)).plot()
    assert (len(axes.lines), axes.get_legend()) == (0, None)


@pytest.mark.parametrize(
    ("parameter", "values", "shown", "dtype"),
    [
        ("limit", [1, 2, None], [1, 2, None], "object"),
        ("limit", [2, 1], [2, 1], "int64"),
        ("share", [1, 0.5], [1, 0.5], "object"),
        ("lr", [0.1, 1], [0.1, 1.0], "float64"),
        ("kind", ["wide", "plain"], ["wide", "plain"], "object"),
        ("call", [max, min], ["longest", "shortest"], "object"),
    ],
)
def test_the_frame_has_the_values_as_they_are_and_objects_by_their_labels(
    parameter: str, values: list[Any], shown: list[Any], dtype: str
) -> None:
    column = swept(lambda trial: 1.0, parameter, values).to_frame()[parameter]
    assert [(type(value), value) for value in column.tolist()] == [(type(value), value) for value in shown]
    assert column.dtype == dtype


def test_a_parameter_may_have_the_name_of_a_column() -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(test=tb.Int(1, 3)))
    made = tb.sweep(problem, base={}, parameter="test", values=[3, 1])
    assert made.to_frame().iloc[:, 0].tolist() == [3, 1]
    lines: Any = made.plot().lines
    assert [line.get_xdata().tolist() for line in lines] == [[1, 3]]


def test_the_picture_has_a_line_and_a_band_for_each_kind_of_value() -> None:
    axes = swept().plot()
    assert [line.get_label() for line in axes.lines] == ["train", "test"]
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 4, 9]] * 2
    assert len(axes.collections) == 2
    assert axes.get_xlabel() == "depth"


def test_the_picture_is_drawn_on_given_axes() -> None:
    axes = swept().plot()
    assert swept(lambda trial: 1.0).plot(axes) is axes
    assert len(axes.lines) == 3


def test_a_logarithmic_parameter_has_a_logarithmic_axis() -> None:
    axes = swept(parameter="lr", values=[1e-3, 1e-2, 1e-1]).plot()
    assert axes.get_xscale() == "log"


def test_choices_stand_side_by_side_under_their_names() -> None:
    axes = swept(parameter="kind", values=["wide", "plain"]).plot()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["wide", "plain"]


def test_labels_of_the_axis_are_the_values_themselves() -> None:
    for parameter, values, labels in (
        ("limit", [1, 2, None], ["1", "2", "None"]),
        ("call", [max, min], ["longest", "shortest"]),
    ):
        axes = swept(lambda trial: 1.0, parameter, values).plot()
        assert [tick.get_text() for tick in axes.get_xticklabels()] == labels


def test_numbers_are_drawn_in_their_order_and_the_frame_keeps_the_one_given() -> None:
    made = swept(lambda trial: float(trial["depth"]), values=(9, 1, 4))
    (line,) = made.plot().lines
    assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == ([1, 4, 9], [1.0, 4.0, 9.0])
    assert made.to_frame()["depth"].tolist() == [9, 1, 4]


def test_a_sweep_in_a_stored_study_has_its_own_points_alone(tmp_path: Path) -> None:
    durable = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "both"}
    swept(values=(1, 3), **durable)
    rates = swept(parameter="lr", values=[1.0, 0.1, 0.1], **durable)
    assert rates.to_frame()["lr"].tolist() == [1.0, 0.1, 0.1]
    assert [trial.number for trial in rates.trials] == [2, 1, 3]
    assert [trial.number for trial in rates.result.trials] == [0, 1, 2, 3]


def test_a_value_without_a_trial_has_no_row() -> None:
    assert swept(n_trials=2).to_frame()["depth"].tolist() == [1, 4]


def test_settings_go_to_the_study(tmp_path: Path) -> None:
    durable = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "depths"}
    swept(**durable)
    again = swept(values=(1, 4, 9, 6), **durable)
    assert again.to_frame()["depth"].tolist() == [1, 4, 9, 6]
    assert again.to_frame()["train_spread"].tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"parameter": "deph"}, "Did you mean 'depth'"),
        ({"values": []}, "at least one value"),
        ({"values": [0, 99]}, "initial.0..depth: must be in"),
        ({"parameter": "kind", "values": ["tall"]}, "tall"),
    ],
)
def test_what_lies_outside_the_space_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(tb.SpaceError, match=message):
        swept(**wrong)


def test_several_objectives_are_refused() -> None:
    problem = tb.Problem(lambda trial: (1.0, 2.0), SPACE, direction=["minimize", "maximize"])
    with pytest.raises(tb.UnsupportedError, match="sweep"):
        tb.sweep(problem, base=BASE, parameter="depth", values=[1])


@pytest.mark.parametrize("wrong", [{"backend": "optuna:tpe"}, {"initial": [BASE]}])
def test_what_the_sweep_sets_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(tb.ProblemError, match=f"takes no {next(iter(wrong))}"):
        swept(**wrong)
