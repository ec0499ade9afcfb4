"""One parameter varied by hand around a point, to see what it does to training and test values."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

from tunebridge.calls import checked_with
from tunebridge.checks import is_finite
from tunebridge.dependencies import load_pandas
from tunebridge.display.brief import brief
from tunebridge.errors import MissingLibraryError, ProblemError, SpaceError, did_you_mean
from tunebridge.portable.portable import Portable
from tunebridge.problem.problem import Problem
from tunebridge.registry.belonging import belongs
from tunebridge.result.result import Result
from tunebridge.space.natural import plain_value, point_of
from tunebridge.space.space import Space
from tunebridge.study.queue import INITIAL
from tunebridge.study.tuning import check_problem, tune
from tunebridge.trial.record import TrialRecord

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COLUMNS = ("test", "test_spread", "train", "train_spread")
"""Columns of a frame beside the parameter: mean and standard deviation over the splits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(Portable):
    """What came of one parameter's values."""

    parameter: str
    """Name of the parameter."""
    result: Result
    """The study, which may have other trials, too, if it is stored."""
    trials: tuple[TrialRecord, ...]
    """One per value, in the order of the values; a value whose trial was not begun has none."""

    def to_frame(self) -> pd.DataFrame:
        """Return one row per value, in the order given, as a pandas frame.

        Columns are the parameter, `test`, `test_spread`, `train`, `train_spread`, `state`. The spread is the
        standard deviation over splits, as the objective has noted them: `trial.note("splits",
        [{"test_scores": 0.9, "train_scores": 1.0}, ...])`, which `tunebridge_sklearn.cross_validation` does.
        Scores that are not finite are left out; `state` says that such a trial has failed. Without notes
        `test` is the trial's value, and the others are NaN.

        Values of the parameter that are no plain data, such as estimators, are shown by their labels.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        values = self._values()
        of_one_kind = {type(value) for value in values} in ({int}, {float})
        column = load_pandas().Series(values, dtype=None if of_one_kind else object)
        frame = self._measured().assign(state=[trial.state.name for trial in self.trials])
        frame.insert(0, self.parameter, column, allow_duplicates=True)
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw training and test values over the parameter, with their spread as bands.

        Where both are low the model is too simple (bias); where they part it is too flexible (variance).
        A trial that has failed leaves a gap.

        Args:
            ax: Where to draw; new axes for None.

        Returns:
            The axes.

        Raises:
            MissingLibraryError: matplotlib or pandas is not installed.
        """
        try:
            from matplotlib import pyplot as plt
        except ImportError as error:
            hint = 'run: pip install "tunebridge[plots]"'
            raise MissingLibraryError("plot() needs matplotlib", hint=hint) from error
        axes = plt.subplots(layout="constrained")[1] if ax is None else ax
        values = self._values()
        numeric = all(map(is_finite, values))
        places = values if numeric else list(range(len(values)))
        failed = [trial.state.is_failure for trial in self.trials]
        measured = self._measured()
        measured.loc[failed] = nan
        measured = measured.set_axis(places).sort_index(kind="stable")
        for name in ("train", "test"):
            middle, spread = measured[name], measured[f"{name}_spread"].fillna(0.0)
            if middle.notna().any():
                (line,) = axes.plot(middle.index, middle, marker="o", label=name)
                band = middle.index, middle - spread, middle + spread
                axes.fill_between(*band, color=line.get_color(), alpha=0.2)
        if not numeric:
            axes.set_xticks(places, [str(value) for value in values])
        elif self._is_log():
            axes.set_xscale("log")
        axes.set(xlabel=self.parameter, ylabel="value")
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
        return axes

    def _measured(self) -> pd.DataFrame:
        """Return means and spreads, one row per trial."""
        rows = [_measured(trial) for trial in self.trials]
        frame: pd.DataFrame = load_pandas().DataFrame(rows, columns=list(COLUMNS), dtype=float)
        return frame

    def _values(self) -> list[Any]:
        """Return the parameter's value in each trial, as it is shown."""
        return [_shown(self.result.problem.space, trial.params, self.parameter) for trial in self.trials]

    def _is_log(self) -> bool:
        nodes = self.result.problem.space.nodes
        found = [node.parameter for node in nodes if node.name == self.parameter]
        return any(getattr(parameter, "log", False) for parameter in found)


@checked_with(belongs)
def sweep(
    problem: Problem, *, base: Mapping[str, Any], parameter: str, values: Sequence[Any], **settings: Any
) -> Sweep:
    """Evaluate a problem at a point, with one parameter varied.

    Args:
        problem: Of one objective.
        base: Flat params of the point; that of `parameter` may be left out.
        parameter: Name of the parameter to vary.
        values: Its values, inside the space.
        **settings: Of `tune`: `n_jobs`, `storage`, `seed` and others, but for `backend` and `initial`.

    Raises:
        ProblemError: A setting is one of those that the sweep makes itself, or the base or the values are of
            another kind.
        SpaceError: The space has no such parameter, or a point lies outside it.
        UnsupportedError: The problem has several objectives.
    """
    check_problem(problem)
    problem.single_direction("sweep")
    for made in ("backend", "initial"):
        if made in settings:
            hint = "leave it out, or call tune(...)"
            raise ProblemError(f"sweep takes no {made}: it evaluates its own points, no others", hint=hint)
    names = {node.name for node in problem.space.nodes}
    if parameter not in names:
        raise SpaceError([f"{parameter}: is no parameter of the space"], hint=did_you_mean(parameter, names))
    if not isinstance(base, Mapping):
        hint = "a trial has them as its params: base=result.best_trial.params"
        raise ProblemError(f"base must be the params of a point, by name, got {brief(base)}", hint=hint)
    if isinstance(values, str) or not isinstance(values, Iterable):
        hint = f"write values=[{brief(values)}]"
        raise ProblemError(
            f"values must be a list of values of {parameter!r}, got {brief(values)}", hint=hint
        )
    points = [{**base, parameter: value} for value in values]
    if not points:
        raise SpaceError([f"{parameter}: needs at least one value, got none"])
    result = tune(problem, backend="manual", initial=points, **settings)
    return Sweep(parameter=parameter, result=result, trials=_trials_at(points, result))


def _trials_at(points: Sequence[Mapping[str, Any]], result: Result) -> tuple[TrialRecord, ...]:
    """Return the trials of a study that were begun at points given, in the order of the points."""
    space = result.problem.space
    begun: defaultdict[frozenset[Any], deque[TrialRecord]] = defaultdict(deque)
    for trial in result.trials:
        if trial.backend == INITIAL:
            begun[point_of(space, trial.params)].append(trial)
    waiting = [begun[point_of(space, space.read(point))] for point in points]
    return tuple(trials.popleft() for trials in waiting if trials)


def _shown(space: Space, params: Mapping[str, Any], name: str) -> Any:
    """Return a param as it is if it is plain data, and else its label."""
    value = params[name]
    if value is None or isinstance(value, int | float | str | tuple | list):
        return value
    return plain_value(space, params, name, value)


def _measured(trial: TrialRecord) -> tuple[float, float, float, float]:
    """Return mean and spread of test values, and of training values."""
    splits = [split for split in trial.notes.get("splits", ()) if split]
    if not splits:
        return (nan if trial.value is None else trial.value), nan, nan, nan
    test, train = (
        [_first(split[name]) for split in splits if name in split] for name in ("test_scores", "train_scores")
    )
    return (*_summary(test), *_summary(train))


def _first(scores: float | Mapping[str, float]) -> float:
    """Return a score, the first of several metrics."""
    return next(iter(scores.values())) if isinstance(scores, Mapping) else scores


def _summary(scores: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation of the finite ones; NaN if there are none."""
    finite = list(filter(is_finite, scores))
    return (fmean(finite), pstdev(finite)) if finite else (nan, nan)
