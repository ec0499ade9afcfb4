"""How one model is trained: at once, by epochs of `partial_fit`, or by stages of `warm_start`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from inspect import signature
from itertools import takewhile
from typing import Any

from sklearn import get_config
from sklearn.base import BaseEstimator, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing
from sklearn.utils.multiclass import unique_labels

from tunebridge.checks import is_int


class Feedback(StrEnum):
    """After what a candidate is judged while it is evaluated."""

    FOLDS = "folds"
    """Each fold, trained at once."""
    EPOCHS = "epochs"
    """The same epoch of `partial_fit` in all folds."""
    STAGES = "stages"
    """The same stage of `warm_start` in all folds."""


RESOURCES = {Feedback.EPOCHS: ("max_iter",), Feedback.STAGES: ("n_estimators", "max_iter")}
"""The parameters that say how much training there is."""

NEEDED = {
    Feedback.EPOCHS: "partial_fit without early_stopping",
    Feedback.STAGES: "warm_start without oob_score",
}
"""What else an estimator needs to be trained so."""

OWN_RULES = ("class_weight", "early_stopping", "n_iter_no_change", "oob_score")
"""The parameters by which a `fit` may train other models than its stages do."""

BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
"""Those with `warm_start` whose `max_iter` counts what has been trained; of others it limits each `fit`."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """How the models of a search are trained, and its best one, too."""

    feedback: Feedback = Feedback.FOLDS
    """What the training is cut into."""
    resource: str = ""
    """The parameter that holds their number: `max_iter`, `clf__n_estimators`; empty for folds."""

    @property
    def staged(self) -> bool:
        """Whether a model is trained step by step."""
        return self.feedback is not Feedback.FOLDS

    def steps(self, model: BaseEstimator) -> list[int]:
        """Return the steps of a model's training, in epochs or stages; a single one if it is not staged.

        Every epoch is a step. Stages double: 1, 2, 4, ..., so that scoring costs little beside training.
        """
        last = last_step(model)
        if not self.fits(last):
            return [1]
        most = last.get_params()[self.own_resource]
        if self.feedback is Feedback.EPOCHS:
            return list(range(1, most + 1))
        return [*takewhile(lambda stage: stage < most, (2**power for power in range(64))), most]

    @property
    def own_resource(self) -> str:
        """The resource's name in the model that has it."""
        return self.resource.rpartition("__")[2]

    def fits(self, model: BaseEstimator) -> bool:
        """Return whether a model, with its params, can be trained step by step.

        One that cannot, such as one with another solver, is trained at once, and judged by nobody. So is one
        whose number of epochs or stages is none, which its own `fit` refuses.
        """
        if not (self.staged and self.suits(model)):
            return False
        most = model.get_params(deep=False).get(self.own_resource)
        return is_int(most) and most >= 1

    def suits(self, model: BaseEstimator) -> bool:
        """Return whether a model has what it takes, however many steps there are.

        `partial_fit` raises for balanced classes, and for stopping early; a warm start for out-of-bag scores,
        or it warns at each stage.
        """
        params = model.get_params(deep=False)
        match self.feedback:
            case Feedback.EPOCHS:
                balanced = params.get("class_weight") == "balanced"
                return hasattr(model, "partial_fit") and not (params.get("early_stopping") or balanced)
            case Feedback.STAGES:
                return "warm_start" in params and not params.get("oob_score")
            case _:
                return False


@dataclass(slots=True)
class Training:
    """One model in the course of its training."""

    model: BaseEstimator
    """With its params set."""
    inputs: Any = None
    """Training rows as the last step of a pipeline takes them; None before its first step."""
    begun: bool = False
    """Whether it has been trained at all."""

    def advance(self, procedure: Procedure, X: Any, y: Any, step: int, params: Mapping[str, Any]) -> None:
        """Train the model to a step. The other steps of a pipeline are fitted once.

        Args:
            procedure: How it is trained.
            X: Training rows, shape (n_samples, n_features).
            y: Targets, or None.
            step: The step to reach; the one after that of the last call.
            params: Of `fit`.
        """
        model = last_step(self.model)
        target = () if y is None else (y,)
        if not procedure.fits(model):
            self.model.fit(X, *target, **params)
            return
        if model is not self.model:
            others, params = _parted(self.model, params)
            X = self._inputs(X, y, others)
        if procedure.feedback is Feedback.STAGES:
            # Left on, it would let the user's next `fit` of the best model do nothing.
            given = model.get_params()["warm_start"]
            model.set_params(warm_start=True, **{procedure.own_resource: step})
            model.fit(X, *target, **params)
            model.set_params(warm_start=given)
        else:
            classes = {} if self.begun or not is_classifier(model) else {"classes": unique_labels(y)}
            model.partial_fit(X, *target, **classes, **params)
        self.begun = True

    def _inputs(self, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
        """Fit all steps of a pipeline but the last, once, and return what the last one takes."""
        if self.inputs is None:
            front = _front(self.model)
            self.inputs = front.fit_transform(X, y, **params)
            self.model.steps[:-1] = front.steps[:-1]
        return self.inputs


def choose(feedback: str, model: BaseEstimator, names: set[str]) -> Procedure:
    """Return how the models of a search are to be trained.

    Args:
        feedback: "auto", "folds", "epochs" or "stages". "auto" takes epochs or stages for a bare estimator
            whose number of them is declared: in the space, or by another value than the default. The
            `max_iter` of a solver, which is but a limit to it, does not count. It takes no stages where they
            would not train what one `fit` does: with `oob_score`, balanced classes, or a rule to stop early.
        model: The estimator, with its own params.
        names: The names in the space.

    Raises:
        ValueError: The word is none of these, or the estimator cannot be trained so.
    """
    if feedback not in ("auto", *Feedback):
        raise ValueError(f"feedback must be 'auto', 'folds', 'epochs' or 'stages', got {feedback!r}")
    if feedback == Feedback.FOLDS:
        return Procedure()
    if feedback == "auto":
        found = [] if isinstance(model, Pipeline) else _procedures(model)
        fitting = [one for one in found if _declared(model, one, names) and _adds_up(model, one, names)]
        return fitting[0] if fitting else Procedure()
    if isinstance(model, Pipeline) and model.transform_input:
        raise ValueError(f"a pipeline with transform_input cannot be trained by {feedback}: use 'folds'")
    for procedure in _procedures(model):
        if procedure.feedback == feedback:
            return procedure
    kind = Feedback(feedback)
    raise ValueError(
        f"feedback={feedback!r} needs {NEEDED[kind]} and {' or '.join(RESOURCES[kind])}, and {model} has not"
    )


def last_step(model: BaseEstimator) -> Any:
    """Return what is trained step by step: the last step of a pipeline, or the model itself."""
    return model.steps[-1][1] if isinstance(model, Pipeline) else model


def _procedures(model: BaseEstimator) -> list[Procedure]:
    """Return how a model can be trained step by step."""
    last = last_step(model)
    prefix = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    own = last.get_params(deep=False)
    found = [
        Procedure(kind, prefix + name) for kind, names in RESOURCES.items() for name in names if name in own
    ]
    return [one for one in found if one.suits(last)]


def _declared(model: BaseEstimator, procedure: Procedure, names: set[str]) -> bool:
    """Return whether it is declared how much training there is."""
    resource = procedure.resource
    if procedure.feedback is Feedback.STAGES and resource == "max_iter" and not isinstance(model, BOOSTING):
        return False
    default = signature(type(model)).parameters[resource].default
    return resource in names or model.get_params()[resource] != default


def _adds_up(model: BaseEstimator, procedure: Procedure, names: set[str]) -> bool:
    """Return whether stages, one after the other, train what one `fit` does."""
    if procedure.feedback is not Feedback.STAGES:
        return True
    params = model.get_params(deep=False)
    # Where there is `early_stopping`, the other rule has a number whether it holds or not.
    stops = params.get("early_stopping", params.get("n_iter_no_change") is not None)
    balanced = str(params.get("class_weight")).startswith("balanced")
    return not (stops or balanced or params.get("oob_score") or names.intersection(OWN_RULES))


def _front(pipeline: Pipeline) -> Pipeline:
    """Return a pipeline without its last step."""
    # Not `pipeline[:-1]`: a pipeline keeps nothing of its own last step in `memory`.
    *others, (name, _) = pipeline.steps
    return Pipeline([*others, (name, "passthrough")], memory=pipeline.memory)


def _parted(pipeline: Pipeline, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fit params of a pipeline's other steps, as it takes them, and those of its last step.

    With metadata routing, each step gets what it has requested; without, all belong to the last one.

    Raises:
        ValueError: Others were given without metadata routing.
    """
    name = pipeline.steps[-1][0]
    if params and get_config()["enable_metadata_routing"]:
        used = get_routing_for_object(_front(pipeline)).consumes("fit_transform", params)
        return {one: params[one] for one in used}, process_routing(pipeline, "fit", **params)[name]["fit"]
    foreign = [one for one in params if not one.startswith(f"{name}__")]
    if foreign:
        message = f"a pipeline that is trained step by step takes fit params of its last step {name!r} alone"
        raise ValueError(f"{message}, got {foreign[0]!r}")
    return {}, {one.removeprefix(f"{name}__"): value for one, value in params.items()}
