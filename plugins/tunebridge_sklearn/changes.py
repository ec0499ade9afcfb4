"""Params of a candidate that rules change while its models train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.multiclass import unique_labels

from tunebridge import LiveParamError, grower_of
from tunebridge.training.tries import reason_against
from tunebridge_sklearn.fold import Fold, Setting
from tunebridge_sklearn.live import ASSUMED_FEATURES, FITTED_ONCE, faults, to_whole_trials
from tunebridge_sklearn.training import Feedback, Procedure, last_step
from tunebridge_sklearn.twin import Unit

UNITS = {Feedback.EPOCHS: Unit.PARTIAL_FIT, Feedback.STAGES: Unit.WARM_START}
"""What a model is trained by."""

AT_ONCE = "each model is trained at once; feedback='epochs', 'stages' or 'rounds' trains it by steps"
"""Why nothing can change where folds are what is judged."""

RESOURCE = "the steps of a trial are planned when it begins"
"""Why the number of epochs or stages cannot change."""


def check_steps(model: BaseEstimator, procedure: Procedure) -> None:
    """Check that rules have steps at which they can change something.

    Raises:
        LiveParamError: Each model is trained at once.
    """
    if not procedure.staged:
        raise LiveParamError(
            f"rules change params while a model trains, and here each {type(last_step(model)).__name__} is "
            "trained at once",
            hint="declare max_iter or n_estimators, or search with TuneSearchCV(..., feedback='epochs'), "
            "'stages' or 'rounds'; with the pruner wilcoxon, which compares folds, leave adjust out",
        )


def changed_names(before: Mapping[str, Any], trial: Mapping[str, Any]) -> list[str]:
    """Return the names of a trial's params that are other ones than before."""
    return [name for name in trial if trial[name] is not before[name]]


def change(folds: Sequence[Fold], changed: Mapping[str, Any], procedure: Procedure) -> None:
    """Give the models of a candidate new params.

    Raises:
        LiveParamError: Their training would ignore one of them.
    """
    trainings = [fold.training for fold in folds if fold.training is not None]
    for training in trainings[:1]:
        refuse(_faults(training.model, changed, procedure))
    for training in trainings:
        training.change(procedure.prefix, changed)


def refuse(reasons: Mapping[str, str]) -> None:
    """Refuse changes, by name.

    Raises:
        LiveParamError: There is a reason.
    """
    if reasons:
        said = "while a candidate trains, it cannot change"
        raise LiveParamError.of(said, reasons, hint=to_whole_trials(reasons))


def when_in_force(model: BaseEstimator, params: Mapping[str, Any], setting: Setting) -> dict[str, str]:
    """Return, by name, when a changed param is in force, or why it cannot change.

    Args:
        model: A candidate's.
        params: The flat params of its trial.
        setting: What all candidates share.
    """
    procedure = setting.procedure
    if not procedure.fits(last_step(model)):
        return dict.fromkeys(params, AT_ONCE)
    shape: tuple[int, ...] = getattr(setting.X, "shape", ())
    data: dict[str, Any] = {
        "n_features": shape[1] if len(shape) > 1 else ASSUMED_FEATURES,
        "classes": unique_labels(setting.y).tolist() if is_classifier(model) else (),
    }
    known = model.get_params()
    found = {}
    for name in params.keys() & known.keys():
        if isinstance(known[name], int | float):
            asked = partial(_faults, model, procedure=procedure, **data)
            found[name] = reason_against(name, known[name], asked) or "next unit"
    return found


def _faults(
    model: BaseEstimator, changed: Mapping[str, Any], procedure: Procedure, **data: Any
) -> dict[str, str]:
    if procedure.resource in changed:
        return {procedure.resource: RESOURCE}
    if not procedure.fits(last_step(model)):
        return dict.fromkeys(changed, AT_ONCE)
    if procedure.feedback is Feedback.ROUNDS:
        return _round_faults(model, changed, procedure.prefix)
    return faults(model, changed, UNITS[procedure.feedback], **data)


def _round_faults(model: BaseEstimator, changed: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """Return why params of a booster cannot change between rounds."""
    last = last_step(model)
    grower = grower_of(last)
    others = [name for name in changed if not name.startswith(prefix)]
    if others or grower is None:
        return dict.fromkeys(others, FITTED_ONCE)
    own = {name.removeprefix(prefix): value for name, value in changed.items()}
    return {prefix + name: reason for name, reason in grower.faults(last, own).items()}
