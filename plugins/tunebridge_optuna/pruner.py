"""Optuna's pruners, over a study of their own that holds nothing but reports.

The study has the name, the direction and the trial numbers of tunebridge's, so that a pruner decides as it
would in a native one, whatever library proposes the params.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

from tunebridge import ChosenPruner, Decision, OptionError, PrunerRequest, Trial, TrialRecord
from tunebridge.display.brief import brief
from tunebridge_optuna.heard import Ended, HeardStudy, Reported
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

    With `resume=True` what the library would stop is paused. Asked again about a paused trial, the library
    decides as if it had reported last, by its own rule of successive halving.

    Args:
        request: What the pruner needs to know.
        name: Its name in tunebridge.
    """

    def __init__(self, request: PrunerRequest, name: str) -> None:
        """Make the study of reports."""
        options = dict(request.options)
        self._stops = Decision.PAUSE if options.pop("resume", False) else Decision.PRUNE
        self.native = _native(name, options)
        """The library's own pruner, which an Optuna session puts into its study, as a native one has it."""
        self._study = HeardStudy(request.study_name, request.direction.value, self.native)

    def report(self, trial: Trial, step: int, value: float) -> Decision:
        """Take a report and ask the library; the report at which a trial was paused asks it again.

        In a study that goes on, that may be one at which the library would not stop it any more.
        """
        number = trial.number
        if self._stops is Decision.PAUSE and self._study.is_judged(number, step):
            is_stopped = self._study.ask_again(number, step)
        else:
            is_stopped = self._study.report(Reported(number, step, value))
        return self._stops if is_stopped else Decision.CONTINUE

    def finish(self, record: TrialRecord) -> None:
        """Note the end of a trial: complete, pruned, or failed; one that was interrupted is forgotten."""
        if record.state.counts:
            self._study.end(Ended(record.number, record.state, record.value))
        else:
            self._study.forget(record.number)


def _native(name: str, options: Mapping[str, Any]) -> BasePruner:
    """Make Optuna's pruner as one would by hand."""
    given = dict(options)
    if name == "patient":
        given["wrapped_pruner"] = _around(given.pop("around", None))
        given.setdefault("patience", 0)
    try:
        with quiet():
            return PRUNERS[name](**given)
    except (TypeError, ValueError) as error:
        raise OptionError(f"the pruner {name!r} refuses its options {dict(options)!r}: {error}") from error


def _around(chosen: Any) -> BasePruner | None:
    if chosen is None:
        return None
    if not isinstance(chosen, ChosenPruner) or chosen.spec.name not in PRUNERS:
        hint = "write around=tunebridge.pruner('median')"
        raise OptionError(f"around must be one of Optuna's pruners, got {brief(chosen)}", hint=hint)
    if chosen.options.get("resume"):
        hint = "use 'asha' alone, or leave resume out"
        raise OptionError(f"'patient' ends trials, and cannot pause them as {chosen!r} would", hint=hint)
    return _native(chosen.spec.name, {k: v for k, v in chosen.options.items() if k != "resume"})
