"""How the models of a search are to be trained: in steps only where these train what one `fit` does."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import Any

from numpy.random import RandomState
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from tunebridge import Store, StoreError, grower_of
from tunebridge.checks import is_int
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.stores.loading import find, opened
from tunebridge.stores.stored_problem import newest
from tunebridge_sklearn import net_training
from tunebridge_sklearn.known import BOOSTED, KNOWN, Check, is_one_of
from tunebridge_sklearn.nets import is_net
from tunebridge_sklearn.training import RESOURCES, RULE, Feedback, Procedure, last_step

logger = logger_of(__name__)

NEEDED = {
    Feedback.EPOCHS: "partial_fit without early_stopping",
    Feedback.STAGES: "warm_start without oob_score",
    Feedback.ROUNDS: "a booster that an installed plugin grows, such as XGBClassifier or LGBMRegressor,",
}
"""What an estimator needs, beside a number of steps, to be trained so."""

OWN_RULES = {
    Feedback.EPOCHS: ("average",),
    Feedback.STAGES: ("class_weight", "early_stopping", "n_iter_no_change", "oob_score"),
}
"""The parameters by which a `fit` may train other models than its steps do."""


def choose(feedback: str, model: BaseEstimator, names: set[str], check: Check) -> Procedure:
    """Return how the models of a search are to be trained.

    Args:
        feedback: "auto", "folds", "epochs", "stages" or "rounds". "auto" takes rounds for a bare booster,
            and epochs or stages for a bare estimator whose number of them is declared: in the space, or by
            another value than the default. The `max_iter` of a solver, which is but a limit to it, does not
            count. It takes none that would not train what one `fit` does: with `average`, `oob_score`,
            balanced classes, a rule to stop early, or a class that is not known to, and does not show it on
            the spot. That is said in a warning.
        model: The estimator, with its own params.
        names: The names in the space.
        check: The data on which it may be shown.

    Raises:
        ValueError: The word is none of these, or the estimator cannot be trained so.
    """
    if feedback not in ("auto", *Feedback):
        words = "'auto', 'folds', 'epochs', 'stages' or 'rounds'"
        raise ValueError(f"feedback must be {words}, got {brief(feedback)}")
    if feedback == Feedback.FOLDS:
        return Procedure()
    if feedback == "auto":
        return _ruled(_chosen(model, names, check), model, names)
    if isinstance(model, Pipeline):
        _check_pipeline(model, feedback)
    if feedback == Feedback.EPOCHS:
        _check_net(last_step(model))
    able = _procedures(model)
    for procedure in able:
        if procedure.feedback == feedback:
            return _ruled(procedure, model, names)
    instead = " or ".join(
        repr(str(one)) for one in dict.fromkeys([*(one.feedback for one in able), Feedback.FOLDS])
    )
    kind = Feedback(feedback)
    if kind is Feedback.ROUNDS:
        raise ValueError(
            f"feedback='rounds' needs {NEEDED[kind]} and got {_name(last_step(model))}; use {instead}"
        )
    steps = " or ".join(_resources(kind, model)) or "a number of steps"
    raise ValueError(
        f"feedback={feedback!r} needs {NEEDED[kind]} and {steps}, "
        f"and {_name(last_step(model))} has not; use {instead}"
    )


def stored(
    storage: str | Store | None, study: str | None, feedback: str, model: BaseEstimator
) -> Procedure | None:
    """Return how the models of a stored search were trained, if it can go on so, or None.

    Args:
        storage: Where it may be.
        study: Its name.
        feedback: As for `choose`.
        model: The estimator.
    """
    if storage is None or study is None:
        return None
    try:
        with opened(storage) as store:
            items = newest(find(store, study))["objective"].get("items", {})
    except StoreError:  # There is none; what else is wrong with it is said when it is opened to go on.
        return None
    words, able = items.get("feedback", ""), _procedures(model)
    found = Procedure.of(words)
    by_rounds = bool(able) and able[0].feedback is Feedback.ROUNDS
    # Boosters were judged by folds before they grew by rounds, and nets before they trained by epochs.
    was_by_folds = by_rounds or is_net(last_step(model))
    fits = was_by_folds and words == Feedback.FOLDS if not found.staged else replace(found, rule=1) in able
    return found if fits and feedback in ("auto", found.feedback) else None


def _chosen(model: BaseEstimator, names: set[str], check: Check) -> Procedure:
    """Return the first procedure whose steps train what one `fit` does, and say if there is none."""
    found = [] if isinstance(model, Pipeline) else _procedures(model)
    if found and found[0].feedback is Feedback.ROUNDS:
        return found[0]
    if is_net(model) and not found:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in net_training.obstacles(model).items())
        logger.warning("%s is judged by folds: its epochs are not one fit (%s)", _name(model), reasons)
    wanted = [one for one in found if _declared(model, one, names) and _adds_up(model, one, names)]
    for procedure in wanted:
        if _is_known(model, procedure) or check.shows(model, procedure):
            return procedure
    if wanted:
        logger.warning(
            "%s is judged by folds: its %s are not known to train what one fit does; if they are to be "
            "trained all the same, name them: feedback=%r",
            type(model).__qualname__,
            " or ".join(one.feedback for one in wanted),
            str(wanted[0].feedback),
        )
    return Procedure()


def _resources(kind: Feedback, model: BaseEstimator) -> list[str]:
    """Return the params that say how much training there is, of a net or of all others."""
    of_net = is_net(last_step(model))
    return [name for name in RESOURCES[kind] if (name == net_training.RESOURCE) is of_net]


def _is_known(model: BaseEstimator, procedure: Procedure) -> bool:
    """Return whether a model's steps are known to train what one `fit` does."""
    is_own = is_net(model) and net_training.is_known(model)
    return is_own or is_one_of(type(model), KNOWN[procedure.feedback])


def _ruled(procedure: Procedure, model: BaseEstimator, names: set[str]) -> Procedure:
    """Return a procedure with the newest rule, if a model may draw otherwise by it than by the first."""
    prefix, params = procedure.prefix, last_step(model).get_params(deep=False)
    deciding = {prefix.removesuffix("__"), f"{prefix}random_state", f"{prefix}shuffle"}
    given = params.get("random_state")
    match procedure.feedback:
        case Feedback.EPOCHS:
            differs = is_int(given) and params.get("shuffle", True)
        case Feedback.STAGES:
            differs = isinstance(given, RandomState)
        case _:
            return procedure
    return replace(procedure, rule=RULE) if differs or deciding.intersection(names) else procedure


def _check_net(model: Any) -> None:
    """Check that epochs of a net are what one `fit` is.

    Raises:
        ValueError: They are not.
    """
    found = net_training.obstacles(model) if is_net(model) else {}
    if found:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in found.items())
        raise ValueError(
            f"a {_name(model)} with these params cannot be trained by epochs: {reasons}; use 'folds'"
        )


def _check_pipeline(pipeline: Pipeline, feedback: str) -> None:
    """Check that a pipeline does nothing but fit one step after the other.

    Raises:
        ValueError: It does more.
    """
    if not is_one_of(type(pipeline), ("Pipeline",)):
        kind = f"{type(pipeline).__module__.partition('.')[0]}.{type(pipeline).__qualname__}"
        raise ValueError(
            f"a {kind} cannot be trained by {feedback}: it is no scikit-learn Pipeline alone, and may change "
            "the rows between its steps; use 'folds'"
        )
    if pipeline.transform_input:
        raise ValueError(f"a pipeline with transform_input cannot be trained by {feedback}: use 'folds'")


def _procedures(model: BaseEstimator) -> list[Procedure]:
    """Return how a model can be trained step by step."""
    last = last_step(model)
    prefix = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    own = last.get_params(deep=False)
    found = [
        Procedure(kind, prefix + name) for kind, names in RESOURCES.items() for name in names if name in own
    ]
    grower = grower_of(last)
    if grower is not None:
        given = (name for name in grower.resources if own.get(name) is not None)
        found.insert(0, Procedure(Feedback.ROUNDS, prefix + next(given, grower.resources[0])))
    return [one for one in found if one.suits(last)]


def _name(model: Any) -> str:
    return type(model).__qualname__


def _declared(model: BaseEstimator, procedure: Procedure, names: set[str]) -> bool:
    """Return whether it is declared how much training there is."""
    resource, kind = procedure.resource, type(model)
    if procedure.feedback is Feedback.STAGES and resource == "max_iter" and not is_one_of(kind, BOOSTED):
        return False
    declared = signature(kind).parameters.get(resource)
    return resource in names or declared is None or model.get_params()[resource] != declared.default


def _adds_up(model: BaseEstimator, procedure: Procedure, names: set[str]) -> bool:
    """Return whether the params let steps, one after the other, train what one `fit` does."""
    params: dict[str, Any] = model.get_params(deep=False)
    if names.intersection(OWN_RULES[procedure.feedback]):
        return False
    if procedure.feedback is Feedback.EPOCHS:
        return not params.get("average")
    # Where there is `early_stopping`, the other rule has a number whether it holds or not.
    stops = params.get("early_stopping", params.get("n_iter_no_change") is not None)
    balanced = str(params.get("class_weight")).startswith("balanced")
    return not (stops or balanced or params.get("oob_score"))
