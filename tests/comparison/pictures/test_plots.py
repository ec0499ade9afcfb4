"""Figures of a comparison show what its curves and ranks are."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import tunebridge as tb
from tunebridge.comparison.findings.progression import By, progression
from tunebridge.comparison.pictures.rank_diagram import AXIS, RankDiagram
from tunebridge.comparison.statistics.friedman import rank_backends
from tunebridge.pages.looks import COLOURS, GREY, looks_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SPACE = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
BACKENDS = ["optuna:random", "hyperopt:anneal", "sklearn:random"]


def slope(trial: tb.Trial) -> float:
    return float(trial["x"] + 0.1 * trial["y"])


def compared(*names: str, direction: Any = "minimize") -> tb.Comparison:
    problems = {name: tb.Problem(slope, SPACE, direction=direction) for name in names}
    return tb.compare(problems, backends=BACKENDS, n_trials=15, seeds=range(4))


@pytest.fixture(scope="module")
def one() -> tb.Comparison:
    return compared("$a_{1}$ <b>")


@pytest.fixture(scope="module")
def seven() -> tb.Comparison:
    return compared(*"abcdefg")


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_title()]


def medians(axes: Axes) -> dict[str, Any]:
    found = ((str(line.get_gid() or ""), line) for line in axes.lines)
    return {gid.removeprefix("median:"): line for gid, line in found if gid.startswith("median:")}


def numbers(data: Any) -> list[float]:
    return [float(number) for number in data]


def drawn(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


@pytest.mark.parametrize("by", ["trials", "seconds"])
def test_a_panel_has_the_median_of_every_line(one: tb.Comparison, by: By) -> None:
    (axes,) = panels(one.plot(by))
    curves = progression(one, "$a_{1}$ <b>", by)
    assert medians(axes).keys() == curves.keys() == set(BACKENDS)
    for label, line in medians(axes).items():
        np.testing.assert_array_equal(line.get_xdata(), curves[label].positions)
        np.testing.assert_array_equal(line.get_ydata(), curves[label].median)
    assert len(axes.collections) == len(BACKENDS)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_all_final_medians_lie_within_the_picture(direction: str) -> None:
    (axes,) = panels(compared("p", direction=direction).plot())
    low, high = sorted(axes.get_ylim())
    for line in medians(axes).values():
        assert low < line.get_ydata()[-1] < high
    assert axes.get_ylabel() == f"best value so far ({direction})"


def test_there_is_a_panel_per_problem_and_a_diagram_from_six_problems_on(
    one: tb.Comparison, seven: tb.Comparison
) -> None:
    figure = seven.plot()
    assert [axes.get_title() for axes in panels(figure)] == list("abcdefg")
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert seven.ranking is not None
    assert f"critical difference {seven.ranking.critical_difference:.2f}" in texts
    for label, rank in seven.ranking.mean_ranks.items():
        assert f"{label} {rank:.2f}" in [text.replace("\n", " ") for text in texts]
    assert not any(axes.texts for axes in one.plot().axes)


def test_names_are_shown_as_they_are(one: tb.Comparison) -> None:
    figure = one.plot()
    (axes,) = panels(figure)
    assert axes.get_title() == "$a_{1}$ <b>"
    assert not axes.title.get_parse_math()
    (legend,) = figure.subfigs[0].legends
    assert [text.get_text() for text in legend.get_texts()] == [*BACKENDS, "target"]


def test_figures_can_be_drawn(one: tb.Comparison, seven: tb.Comparison) -> None:
    for figure in (one.plot("seconds"), seven.plot()):
        assert drawn(figure).startswith(b"\x89PNG")


def test_a_problem_without_values_says_so() -> None:
    def fails(trial: tb.Trial) -> float:
        raise ValueError("never")

    problems = {"works": tb.Problem(slope, SPACE), "dead": tb.Problem(fails, SPACE)}
    figure = tb.compare(problems, backends=BACKENDS, n_trials=3, seeds=range(2)).plot()
    dead = panels(figure)[1]
    assert [text.get_text() for text in dead.texts] == ["no values"]
    assert drawn(figure)


@pytest.mark.parametrize(
    ("direction", "sign", "scale"), [("minimize", 1.0, "log"), ("maximize", -1.0, "symlog")]
)
def test_decades_of_values_of_one_sign_are_all_seen(direction: str, sign: float, scale: str) -> None:
    space = tb.Space(x=tb.Float(-9.0, 0.0))
    problem = tb.Problem(lambda trial: sign * 10 ** trial["x"], space, direction=direction)
    comparison = tb.compare(problem, backends=["optuna:random", "optuna:qmc"], n_trials=30, seeds=range(2))
    (axes,) = panels(comparison.plot())
    assert axes.get_yscale() == scale
    assert drawn(comparison.plot())
    bottom, top = axes.transData.transform([(0, limit) for limit in axes.get_ylim()])[:, 1]
    for line in medians(axes).values():
        heights = axes.transData.transform([(0, value) for value in line.get_ydata()[10:]])[:, 1]
        assert (heights > bottom).all()
        assert (heights < top).all()


def test_values_that_no_axis_can_hold_are_said_to_be_so() -> None:
    problem = tb.Problem(lambda trial: trial["x"] * 1e307, tb.Space(x=tb.Float(-9.0, 9.0)))
    comparison = tb.compare(
        {"half \ud83d": problem}, backends=["optuna:random", "optuna:qmc"], n_trials=3, seeds=[0]
    )
    (axes,) = panels(comparison.plot())
    assert [text.get_text() for text in axes.texts] == ["values too far apart to be drawn"]
    assert axes.get_title() == r"half \ud83d"
    assert drawn(comparison.plot())


def test_one_seed_and_one_trial_can_be_drawn() -> None:
    problem = {"p": tb.Problem(slope, SPACE)}
    assert drawn(tb.compare(problem, backends=BACKENDS, n_trials=1, seeds=[0]).plot("seconds"))


def test_plots_and_reports_leave_the_global_state_of_matplotlib_alone(tmp_path: Path) -> None:
    script = """
import sys
import tunebridge as tb
problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
found = tb.compare(problem, backends=["sklearn:random", "optuna:random"], n_trials=3, seeds=[0])
assert "matplotlib" not in sys.modules
import matplotlib
def settings():  # to look at "backend" chooses one
    return {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"}
before = settings()
found.plot().savefig("plot.png")
found.report("report.html")
assert settings() == before
assert "matplotlib.pyplot" not in sys.modules
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"plot.png", "report.html"}


def test_by_is_trials_or_seconds(one: tb.Comparison) -> None:
    with pytest.raises(tb.ProblemError, match="by must be 'trials' or 'seconds', got 'epochs'"):
        one.plot("epochs")  # type: ignore[arg-type]


def test_without_matplotlib_the_error_says_what_to_install(
    one: tb.Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(tb.MissingLibraryError, match=r"pip install 'tunebridge\[plots\]'"):
        one.plot()


def test_no_two_lines_look_the_same() -> None:
    labels = [f"line {place}" for place in range(22)]
    looks = looks_of(labels, random="line 3")
    assert list(looks) == labels
    assert looks["line 3"].colour == GREY
    assert all(first != second for first, second in combinations(looks.values(), 2))


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (
        sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05
    )


@pytest.mark.parametrize("colour", [*COLOURS, GREY])
def test_colours_can_be_seen_on_white(colour: str) -> None:
    assert contrast_with_white(colour) >= 3


@pytest.fixture
def diagram() -> tuple[RankDiagram, Axes]:
    """Return a diagram of four classifiers on fourteen data sets, ranked as in Demsar's table 6."""
    from matplotlib.figure import Figure

    ranks = [
        (4, 3, 2, 1), (1, 2, 3, 4), (4, 1, 2, 3), (4, 1, 3, 2), (4, 2, 3, 1), (1, 2.5, 4, 2.5), (3, 2, 4, 1),
        (2.5, 2.5, 4, 1), (4, 3, 2, 1), (2.5, 2.5, 2.5, 2.5), (4, 2.5, 1, 2.5), (3, 2, 4, 1), (4, 1, 2, 3),
        (3, 1, 4, 2),
    ]  # fmt: skip
    names = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
    losses = {
        str(number): {name: [rank] for name, rank in zip(names, row, strict=True)}
        for number, row in enumerate(ranks)
    }
    ranking = rank_backends(losses, level=0.1)
    looks = looks_of(names, random="C4.5")
    made = RankDiagram(ranking=ranking, names={name: name for name in names}, looks=looks, width=500)
    axes = Figure(figsize=(500 / 72, made.height / 72)).add_axes((0, 0, 1, 1))
    made.draw(axes)
    return made, axes


def test_the_diagram_of_demsars_example_joins_what_his_figure_joins(
    diagram: tuple[RankDiagram, Axes],
) -> None:
    made, axes = diagram
    ranks = made.ranking.mean_ranks
    # The last line of his table 6.
    assert {name: round(rank, 3) for name, rank in ranks.items()} == {
        "C4.5+m+cf": 1.964, "C4.5+m": 2.0, "C4.5+cf": 2.893, "C4.5": 3.143,
    }  # fmt: skip
    bars = [numbers(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 4]
    assert len(bars) == len([group for group in made.ranking.groups if len(group) > 1])
    ends = [(line.get_color(), numbers(line.get_xdata())) for line in axes.lines]
    place = {colour: xs[0] for colour, xs in ends if len(xs) == 3}
    stems = {name: place[made.looks[name].colour] for name in ranks}
    assert sorted(stems, key=stems.__getitem__, reverse=True) == list(ranks), "the best is at the right"
    for group, bar in zip([group for group in made.ranking.groups if len(group) > 1], bars, strict=True):
        assert {name for name in ranks if min(bar) <= stems[name] <= max(bar)} == set(group)


def test_the_critical_difference_is_as_long_as_on_the_axis(diagram: tuple[RankDiagram, Axes]) -> None:
    made, axes = diagram
    flat = [
        line
        for line in axes.lines
        if len(set(numbers(line.get_ydata()))) == 1 and line.get_linewidth() == 1.2
    ]
    lengths = {numbers(line.get_ydata())[0]: np.ptp(numbers(line.get_xdata())) for line in flat}
    axis = lengths.pop(AXIS)
    ((_, difference),) = lengths.items()
    assert difference / axis == pytest.approx(made.ranking.critical_difference / (4 - 1))


def test_long_names_stay_within_the_diagram() -> None:
    labels = ["optuna:tpe(multivariate=True, group=True, n_startup_trials=20) + asha", "b", "c", "random"]
    losses = {str(n): {label: [float(place)] for place, label in enumerate(labels)} for n in range(6)}
    names = {label: label for label in labels}
    looks = looks_of(labels, random="random")
    made = RankDiagram(ranking=rank_backends(losses), names=names, looks=looks, width=520)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(520 / 72, made.height / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    made.draw(axes)
    figure.savefig(BytesIO(), format="png")
    box = figure.bbox
    for text in axes.texts:
        extent = text.get_window_extent()
        assert box.x0 <= extent.x0, text.get_text()
        assert extent.x1 <= box.x1, text.get_text()
        assert box.y0 <= extent.y0, text.get_text()
        assert extent.y1 <= box.y1, text.get_text()
