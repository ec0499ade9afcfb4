"""Hears what passes between a study and its pruner, for the contract of pruners."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tunebridge import ChosenPruner, Decision, Pruner, PrunerRequest, Trial, TrialRecord, TrialState


class Witness:
    """A pruner that decides as another one does, and keeps what it hears and says.

    Args:
        pruner: The one that decides. What else it has is found here, too: its library's backends look at it.
    """

    def __init__(self, pruner: Pruner) -> None:
        """Begin with nothing heard."""
        self._pruner = pruner
        self.heard: dict[int, list[tuple[int, float, Decision]]] = {}
        """Step, value and decision of each report, by trial number."""
        self.ended: list[TrialRecord] = []
        """Records in the order in which the trials ended."""

    def report(self, trial: Trial, step: int, value: float) -> Decision:
        """Pass a report on, and keep it with the decision."""
        decision = self._pruner.report(trial, step, value)
        self.heard.setdefault(trial.number, []).append((step, value, decision))
        return decision

    def finish(self, record: TrialRecord) -> None:
        """Pass the end of a trial on, and keep it."""
        self.ended.append(record)
        self._pruner.finish(record)

    def __getattr__(self, name: str) -> Any:
        """Return what the pruner has besides."""
        return getattr(self._pruner, name)


def witnessed(chosen: ChosenPruner) -> tuple[list[Witness], ChosenPruner]:
    """Return the pruner with a witness of each study that it serves."""
    witnesses: list[Witness] = []

    def start(request: PrunerRequest) -> Pruner:
        witnesses.append(Witness(chosen.spec.open(request)))
        return witnesses[-1]

    return witnesses, ChosenPruner(replace(chosen.spec, open=start), chosen.options)


def record_of(trial: Trial, state: TrialState, value: float) -> TrialRecord:
    """Return the record of a trial that nobody has proposed."""
    now = datetime.now(UTC)
    return TrialRecord(
        number=trial.number,
        state=state,
        params=trial.params,
        values=(value,) if state is TrialState.COMPLETE else None,
        backend="",
        told="",
        error=None,
        seed=trial.seed,
        started=now,
        finished=now,
        sampler_seconds=0.0,
        objective_seconds=0.0,
    )
