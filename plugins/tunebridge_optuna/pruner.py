"""Optuna's pruners, over a study of their own that holds nothing but reports.

The study has the name, the direction and the trial numbers of tunebridge's, so that a pruner decides as it
would in a native one, whatever library proposes the params.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    ThresholdPruner,
    WilcoxonPruner,
)
from optuna.trial import TrialState as NativeState

from tunebridge import ChosenPruner, Decision, OptionError, PrunerRequest, Trial, TrialRecord, TrialState
from tunebridge.display.brief import brief
from tunebridge_optuna.quiet import quiet

PRUNERS: dict[str, type[BasePruner]] = {
    "median": MedianPruner,
    "percentile": PercentilePruner,
    "asha": SuccessiveHalvingPruner,
    "hyperband": HyperbandPruner,
    "threshold": ThresholdPruner,
    "patient": PatientPruner,
    "wilcoxon": WilcoxonPruner,
}


class OptunaPruner:
    """One study's pruner.

    Args:
        request: What the pruner needs to know.
        name: Its name in tunebridge.
    """

    def __init__(self, request: PrunerRequest, name: str) -> None:
        """Make the study of reports."""
        self.native = _native(name, request.options)
        """The library's own pruner, which an Optuna session puts into its study, as a native one has it."""
        with quiet():
            self._study = optuna.create_study(
                study_name=request.study_name,
                direction=request.direction.value,
                sampler=optuna.samplers.RandomSampler(),
                pruner=self.native,
            )
        self._trials: list[optuna.Trial] = []
        self._reported: dict[int, set[int]] = {}

    def report(self, trial: Trial, step: int, value: float) -> Decision:
        """Take a report and ask the library."""
        native = self._trial(trial.number)
        reported = self._reported.setdefault(trial.number, set())
        if step not in reported:
            native.report(value, step)
            reported.add(step)
        return Decision.PRUNE if native.should_prune() else Decision.CONTINUE

    def finish(self, record: TrialRecord) -> None:
        """Note the end of a trial: complete, pruned, or failed; one that was interrupted may be run again."""
        if not record.state.counts:
            return
        native = self._trial(record.number)
        if record.state is TrialState.COMPLETE:
            self._study.tell(native, record.value)
        else:
            pruned = record.state is TrialState.PRUNED
            self._study.tell(native, state=NativeState.PRUNED if pruned else NativeState.FAIL)

    def _trial(self, number: int) -> optuna.Trial:
        """Return the native trial of a number; native ones are numbered in the order they are made."""
        while len(self._trials) <= number:
            self._trials.append(self._study.ask())
        return self._trials[number]


def _native(name: str, options: Mapping[str, Any]) -> BasePruner:
    """Make Optuna's pruner as one would by hand."""
    given = dict(options)
    if name == "patient":
        given["wrapped_pruner"] = _around(given.pop("around", None))
        given.setdefault("patience", 0)
    if name == "hyperband":
        _check_hyperband(given)
    try:
        with quiet():
            return PRUNERS[name](**given)
    except (TypeError, ValueError) as error:
        raise OptionError(f"the pruner {name!r} refuses its options {dict(options)!r}: {error}") from error


def _check_hyperband(options: Mapping[str, Any]) -> None:
    """Check what Optuna checks at the first decision only, when it makes the brackets."""
    rules = {"min_resource": 1, "max_resource": 1, "reduction_factor": 2, "bootstrap_count": 0}
    for name, least in rules.items():
        value = options.get(name, least)
        if (name, value) != ("max_resource", "auto") and not (isinstance(value, int) and value >= least):
            raise OptionError(
                f"{name} of the pruner 'hyperband' must be an integer >= {least}, got {brief(value)}"
            )


def _around(chosen: Any) -> BasePruner | None:
    if chosen is None:
        return None
    if not isinstance(chosen, ChosenPruner) or chosen.spec.name not in PRUNERS:
        hint = "write around=tunebridge.pruner('median')"
        raise OptionError(f"around must be one of Optuna's pruners, got {brief(chosen)}", hint=hint)
    return _native(chosen.spec.name, chosen.options)
