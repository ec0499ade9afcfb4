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
)
BASE = {"depth": 3, "lr": 0.1, "kind": "plain"}


def train(trial: tb.Trial) -> float:
    """Pretend to cross-validate on two splits: more depth fits the training rows better."""
    test = 0.9 - 0.01 * (trial["depth"] - 4) ** 2
    splits = [{"test_scores": test + part, "train_scores": trial["depth"] / 9} for part in (-0.02, 0.02)]
    trial.note("splits", splits)
    return float(test)


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
