"""A study of Optuna's that holds nothing but what its pruner has heard: reports, and ends."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import RandomSampler
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as NativeState

from tunebridge import TrialState
from tunebridge_optuna.memory import SessionStorage
from tunebridge_optuna.quiet import quiet


@dataclass(frozen=True, slots=True)
class Reported:
    """A trial's report."""

    number: int
    step: int
    value: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a trial."""

    number: int
    state: TrialState
    value: float | None
    """None unless it is COMPLETE."""


class Others(optuna.Study):
    """A study without one of its trials, for a pruner that is asked about it as if it had just reported.

    Args:
        name: The study's name.
        storage: Where it lies.
        number: Number of the trial.
    """

    def __init__(self, name: str, storage: SessionStorage, number: int) -> None:
        """Look at the study."""
        super().__init__(name, storage, RandomSampler())
        self._number = number

    def get_trials(
        self, deepcopy: bool = True, states: Container[NativeState] | None = None
    ) -> list[FrozenTrial]:
        """Return the other trials."""
        trials = super().get_trials(deepcopy, states)
        return [trial for trial in trials if trial.number != self._number]


class HeardStudy:
    """What a pruner looks at.

    Optuna takes no report back. When a trial is forgotten, a new study is told of all the others, in the
    order in which they were heard.

    Args:
        name: The study's name, from which Hyperband draws its brackets.
        direction: Whether lower or higher values are better.
        pruner: The library's own.
    """

    def __init__(self, name: str, direction: Literal["minimize", "maximize"], pruner: BasePruner) -> None:
        """Begin with nothing heard."""
        self._name, self._direction, self._pruner = name, direction, pruner
        self._heard: list[Reported | Ended] = []
        self._is_stale = False
        self._before: dict[tuple[int, int], FrozenTrial] = {}
        self._open()

    def report(self, said: Reported) -> bool:
        """Take a report in, and return whether its trial is to stop."""
        self._refresh()
        self._heard.append(said)
        return self._judge(said)

    def is_judged(self, number: int, step: int) -> bool:
        """Return whether a report was told that the pruner stopped its trial at, or noted something at."""
        self._refresh()
        return (number, step) in self._before

    def ask_again(self, number: int, step: int) -> bool:
        """Return whether a trial would be to stop, had that report been told now."""
        others = Others(self._name, self._storage, number)
        return self._pruner.prune(others, self._before[number, step])

    def end(self, said: Ended) -> None:
        """Take the end of a trial in."""
        self._refresh()
        self._heard.append(said)
        self._finish(said)

    def forget(self, number: int) -> None:
        """Take back all that a trial has reported."""
        n_heard = len(self._heard)
        self._heard = [said for said in self._heard if said.number != number]
        self._is_stale = self._is_stale or len(self._heard) < n_heard

    def _refresh(self) -> None:
        if not self._is_stale:
            return
        self._is_stale = False
        self._open()
        for said in self._heard:
            if isinstance(said, Reported):
                self._judge(said)
            else:
                self._finish(said)

    def _open(self) -> None:
        self._storage = SessionStorage()
        self._trials: list[optuna.Trial] = []
        self._before.clear()
        with quiet():
            self._study = optuna.create_study(
                study_name=self._name,
                direction=self._direction,
                storage=self._storage,
                sampler=RandomSampler(),
                pruner=self._pruner,
            )

    def _judge(self, said: Reported) -> bool:
        """Have the pruner decide; keep the trial as it was before, as the pruner notes in it what it saw."""
        self._trial(said.number).report(said.value, said.step)
        before = self._storage.snapshot(said.number)
        is_stopped = self._pruner.prune(self._study, before)
        if is_stopped or self._storage.get_trial(said.number).system_attrs != before.system_attrs:
            self._before[said.number, said.step] = before
        return is_stopped

    def _finish(self, said: Ended) -> None:
        native = self._trial(said.number)
        if said.state is TrialState.COMPLETE:
            self._study.tell(native, said.value)
        else:
            pruned = said.state is TrialState.PRUNED
            self._study.tell(native, state=NativeState.PRUNED if pruned else NativeState.FAIL)

    def _trial(self, number: int) -> optuna.Trial:
        """Return the native trial of a number; native ones are numbered in the order they are made."""
        while len(self._trials) <= number:
            self._trials.append(self._study.ask())
        return self._trials[number]
