"""The objective: a generator that grows the booster of one trial, and reports each few rounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import check_consistent_length

from tunebridge import (
    GrowerSpec,
    Growth,
    GrowthRequest,
    ObjectiveError,
    ProblemError,
    Trial,
    grower_of,
)
from tunebridge.checks import is_int
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean
from tunebridge.training.tries import reason_against
from tunebridge.trial.new_draw import NEW_DRAW
from tunebridge_boosting.devices import place
from tunebridge_boosting.live import refuse
from tunebridge_boosting.saved import Saved, check_able, read, save

ROUNDS = "rounds"
"""Under this name a trial notes how many rounds a rule to stop early has left."""

MODEL = "model"
"""The name under which a trial keeps its model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterObjective:
    """Grows one booster per trial; `tunebridge_boosting.training` makes it and describes its fields."""

    fingerprint_version: ClassVar[int] = 1
    """Raised when the same inputs get other values."""
    build_model: Callable[[Trial], Any]
    train: tuple[Any, Any]
    valid: tuple[Any, Any]
    scoring: Any
    report_every: int
    fit_params: Mapping[str, Any]
    keep_model: bool

    def __call__(self, trial: Trial) -> float:
        """Grow, and report the score of the validation rows after each few rounds.

        Raises:
            TrialPruned: The study has ended the trial.
            ObjectiveError: `build_model` returns no booster.
            LiveParamError: A param was changed that no round reads.
        """
        model, spec = self._built(trial)
        saved = Saved() if trial.resumed is None else read(trial.resumed)
        value, left = trial.resumed_value, saved.left
        if saved.model is not None:
            model = saved.model
        else:
            growth = self._begun(model, spec, saved.state)
            try:
                value, model = self._grown(trial, model, spec, growth, saved.n_rounds)
                left = growth.n_rounds
            finally:
                growth.close()
        if left is not None:
            trial.note(ROUNDS, left)
        if self.keep_model:
            trial.keep(MODEL, model)
        return math.nan if value is None else value

    def fingerprint(self) -> dict[str, Any]:
        """Return what the value depends on, by name."""
        names = ("build_model", "train", "valid", "scoring", "report_every", "fit_params")
        return {name: getattr(self, name) for name in names}

    @property
    def direction(self) -> str | None:
        """Which way scores go, if it is known: higher is better, but for a function of the user's own."""
        return None if callable(self.scoring) else "maximize"

    def live(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Return, by name, when a changed param is in force, or why none can be."""
        trial = Trial(params, number=0, seed=0)
        model, spec = self._built(trial)
        known = model.get_params()
        return {
            name: reason_against(name, value, lambda changed: spec.faults(model, changed)) or "next unit"
            for name, value in params.items()
            if isinstance(value, int | float) and name in known
        }

    def _built(self, trial: Trial) -> tuple[Any, GrowerSpec]:
        model = self.build_model(trial)
        spec = grower_of(model)
        if spec is None:
            raise ObjectiveError(
                f"build_model must return a booster, got {brief(model)}",
                hint="an XGBClassifier, an LGBMRegressor, or another that an installed plugin grows",
            )
        place(model, trial)
        return model, spec

    def _begun(self, model: Any, spec: GrowerSpec, state: Any) -> Growth:
        X, y = self.train
        return spec.begin(
            GrowthRequest(model=model, X=X, y=y, params=self.fit_params, valid=self.valid, state=state)
        )

    def _grown(
        self, trial: Trial, model: Any, spec: GrowerSpec, growth: Growth, n_rounds: int
    ) -> tuple[float, Any]:
        """Grow on to the end, and return the last score, and what was scored."""
        scorer, most = check_scoring(model, self.scoring), spec.rounds(model)
        redraws = spec.redraws(model)
        by_itself = spec.keeps(model) and not redraws and trial.may_resume
        if n_rounds and redraws:
            trial.note(NEW_DRAW, [*trial.noted.get(NEW_DRAW, ()), n_rounds])
        value, grown = math.nan, model
        while n_rounds < most and not growth.is_over:
            n_rounds = min(n_rounds + self.report_every, most)
            grown = growth.grow(n_rounds)
            value = float(scorer(grown, *self.valid))
            changes = trial.report(value, n_rounds)
            if changes and not growth.is_over:
                refuse(spec.faults(model, changes))
                growth.change(changes)
            if trial.wants_checkpoint and not growth.is_over:
                check_able(model, spec)
            if trial.wants_checkpoint or by_itself:
                save(trial, growth, grown, n_rounds)
        return value, grown


def make_objective(
    build_model: Callable[[Trial], Any],
    *,
    train: Any,
    valid: Any,
    scoring: Any,
    report_every: Any,
    params: Any,
    keep_model: bool,
) -> BoosterObjective:
    """Check the arguments of `tunebridge_boosting.training`, and hold them."""
    if not callable(build_model) or hasattr(build_model, "fit"):
        raise ProblemError(
            f"build_model must be a function of one trial, got {brief(build_model)}",
            hint="each trial trains a model of its own: lambda trial: XGBClassifier(**trial)",
        )
    for name, pair in {"train": train, "valid": valid}.items():
        _check_pair(name, pair)
    if isinstance(scoring, str) and scoring not in get_scorer_names():
        near = did_you_mean(scoring, get_scorer_names())
        raise ProblemError(
            f"scoring must be a scorer of scikit-learn's or its name, got {scoring!r}", hint=near
        )
    if not is_int(report_every) or report_every < 1:
        raise ProblemError(f"report_every must be an integer >= 1, got {brief(report_every)}")
    if params is not None and not isinstance(params, Mapping):
        raise ProblemError(f"params must be those of fit, by name, got {brief(params)}")
    return BoosterObjective(
        build_model=build_model,
        train=tuple(train),
        valid=tuple(valid),
        scoring=scoring,
        report_every=report_every,
        fit_params=dict(params or {}),
        keep_model=keep_model,
    )


def _check_pair(name: str, pair: Any) -> None:
    """Check that rows come with targets, one for each.

    Raises:
        ProblemError: They do not.
    """
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ProblemError(f"{name} must be a pair (X, y), got {brief(pair)}")
    try:
        check_consistent_length(*pair)
    except (TypeError, ValueError) as error:
        raise ProblemError(
            f"{name} must be rows, and as many targets: {error}",
            hint="train_test_split(X, y) returns X_train, X_valid, y_train, y_valid in this order",
        ) from error
