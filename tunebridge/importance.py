"""How much each parameter of a study matters, from an evaluator that a plugin brings."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from tunebridge import dependencies
from tunebridge.calls import checked
from tunebridge.contract.importance import ImportanceSpec
from tunebridge.display.brief import brief_text
from tunebridge.display.counted import counted
from tunebridge.registry import plugins
from tunebridge.registry.choice import install_command
from tunebridge.result.given import check_result
from tunebridge.result.importances import Importances
from tunebridge.result.result import Result
from tunebridge.space.natural import to_natural
from tunebridge.trial.record import TrialRecord

FEWEST_TRIALS = 20
"""With fewer complete trials nothing is said."""

MOST_TRIALS = 2_000
"""Of more, one every so often is looked at."""


@checked
def importances(result: Result) -> Importances:
    """Return how much each parameter of a study matters.

    It comes from the first evaluator whose library is installed: Optuna's, as far as tunebridge's own plugins
    go, for results of every backend. Where nothing can be said, `.reason` says why; nothing is raised.

    Args:
        result: Of the study.

    Raises:
        ProblemError: It is no result.
    """
    check_result("importances", result)
    trials = [trial for trial in result.complete_trials if trial.excluded is None]
    every = -(-len(trials) // MOST_TRIALS) or 1
    trials = trials[::every]
    spec = _evaluator()
    reason = _why_not(result, trials) or _missing(spec)
    if reason or spec is None:
        return Importances(evaluator="" if spec is None else spec.name, n_trials=len(trials), reason=reason)
    try:
        found = {path: float(share) for path, share in spec.evaluate(result.problem, trials).items()}
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and this is but a part of a page
        reason = brief_text(f"{spec.name} could not tell: {type(error).__name__}: {error}")
        return Importances(evaluator=spec.name, n_trials=len(trials), reason=reason)
    shares = _normalised({path: found[path] for path in _varying(result, trials) if path in found})
    reason = "" if shares else f"{spec.name} tells no parameter from the others by these trials."
    return Importances(evaluator=spec.name, shares=shares, n_trials=len(trials), reason=reason)


def _evaluator() -> ImportanceSpec | None:
    """Return the first evaluator whose libraries are installed, or the first of all."""
    specs: list[ImportanceSpec] = list(plugins.registry().importances.values())
    installed = [spec for spec in specs if not _lacking(spec)]
    return next(iter([*installed, *specs]), None)


def _lacking(spec: ImportanceSpec) -> list[str]:
    return [name for name in spec.requires if dependencies.installed_version(name) is None]


def _missing(spec: ImportanceSpec | None) -> str:
    """Return what is missing for an estimate."""
    if spec is None:
        return "No plugin is installed that estimates importances; that of Optuna does."
    lacking = _lacking(spec)
    if lacking:
        return f"They come from {', '.join(lacking)}, which is not installed: {install_command(spec)}"
    return ""


def _why_not(result: Result, trials: Sequence[TrialRecord]) -> str:
    """Return why trials say nothing about importances, whoever estimates them."""
    if len(trials) < FEWEST_TRIALS:
        return f"{counted(len(trials), 'complete trial')}: they take {FEWEST_TRIALS}."
    if len({trial.values for trial in trials}) == 1:
        return "All values are equal."
    if not _varying(result, trials):
        return "No parameter differs from trial to trial."
    return ""


def _varying(result: Result, trials: Sequence[TrialRecord]) -> list[str]:
    """Return the full paths of the parameters that differ among the trials in which they are active."""
    values: dict[str, set[object]] = {}
    for trial in trials:
        for path, value in to_natural(result.problem.space, trial.params).items():
            values.setdefault(path, set()).add(value)
    return [node.path for node in result.problem.space.nodes if len(values.get(node.path, ())) > 1]


def _normalised(shares: dict[str, float]) -> dict[str, float]:
    """Return shares that add up to 1, the largest first; none if they are no shares, or all are zero."""
    total = sum(shares.values())
    if not isfinite(total) or total <= 0:
        return {}
    ordered = sorted(shares.items(), key=lambda pair: -pair[1])
    return {path: share / total for path, share in ordered}
