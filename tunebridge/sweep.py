"""One parameter varied by hand around a point, to see what it does to training and test values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

from tunebridge.checks import is_finite
from tunebridge.errors import MissingLibraryError, SpaceError, did_you_mean
from tunebridge.frames import load_pandas
from tunebridge.problem import Problem
from tunebridge.result import Result
from tunebridge.trial import TrialRecord
from tunebridge.tuning import tune

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COLUMNS = ("test", "test_spread", "train", "train_spread")
"""Columns of a frame beside the parameter: mean and standard deviation over the splits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What came of one parameter's values."""

    parameter: str
    """Name of the parameter."""
    result: Result
    """The study: one trial per value."""

    def to_frame(self) -> pd.DataFrame:
        """Return one row per value as a pandas frame.

        Columns are the parameter, `test`, `test_spread`, `train`, `train_spread`, `state`. The spread is the
        standard deviation over splits, as the objective has noted them: `trial.note("splits",
        [{"test_scores": 0.9, "train_scores": 1.0}, ...])`, which `tunebridge_sklearn.cross_validation` does.
        Without such notes `test` is the trial's value, and the others are NaN.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        trials = self.result.trials
        rows = [(trial.params[self.parameter], *_measured(trial), trial.state.name) for trial in trials]
        frame: pd.DataFrame = load_pandas().DataFrame(rows, columns=[self.parameter, *COLUMNS, "state"])
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw training and test values over the parameter, with their spread as bands.

        Where both are low the model is too simple (bias); where they part it is too flexible (variance).

        Args:
            ax: Where to draw; new axes for None.

        Returns:
            The axes.

        Raises:
            MissingLibraryError: matplotlib is not installed.
        """
        try:
            from matplotlib import pyplot as plt
        except ImportError as error:
            hint = 'run: pip install "tunebridge[plots]"'
            raise MissingLibraryError("plot() needs matplotlib", hint=hint) from error
        axes = plt.subplots(layout="constrained")[1] if ax is None else ax
        frame = self.to_frame()
        values = frame[self.parameter].tolist()
        numeric = all(map(is_finite, values))
        places = values if numeric else range(len(values))
        for name in ("train", "test"):
            middle, spread = frame[name], frame[f"{name}_spread"].fillna(0.0)
            if middle.notna().any():
                (line,) = axes.plot(places, middle, marker="o", label=name)
                axes.fill_between(places, middle - spread, middle + spread, color=line.get_color(), alpha=0.2)
        if not numeric:
            axes.set_xticks(places, [str(value) for value in values])
        elif self._is_log():
            axes.set_xscale("log")
        axes.set(xlabel=self.parameter, ylabel="value")
        axes.legend()
        return axes

    def _is_log(self) -> bool:
        nodes = self.result.problem.space.nodes
        found = [node.parameter for node in nodes if node.name == self.parameter]
        return any(getattr(parameter, "log", False) for parameter in found)


def sweep(
    problem: Problem, *, base: Mapping[str, Any], parameter: str, values: Sequence[Any], **settings: Any
) -> Sweep:
    """Evaluate a problem at a point, with one parameter varied.

    Args:
        problem: Of one objective.
        base: Flat params of the point; that of `parameter` may be left out.
        parameter: Name of the parameter to vary.
        values: Its values, inside the space.
        **settings: Of `tune`: `n_jobs`, `storage`, `seed` and others.

    Raises:
        SpaceError: The space has no such parameter, or a point lies outside it.
        UnsupportedError: The problem has several objectives.
    """
    problem.single_direction("sweep")
    names = {node.name for node in problem.space.nodes}
    if parameter not in names:
        raise SpaceError([f"{parameter}: is no parameter of the space"], hint=did_you_mean(parameter, names))
    points = [{**base, parameter: value} for value in values]
    if not points:
        raise SpaceError([f"{parameter}: needs at least one value, got none"])
    result = tune(problem, backend="manual", initial=points, **settings)
    return Sweep(parameter=parameter, result=result)


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
    """Return mean and standard deviation."""
    return (fmean(scores), pstdev(scores)) if scores else (nan, nan)
