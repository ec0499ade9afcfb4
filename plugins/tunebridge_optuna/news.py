"""What has changed of the trials of a study since it was last looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import deepcopy
from typing import Protocol

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from tunebridge import StoredTrial, StoreError
from tunebridge_optuna import records
from tunebridge_optuna.documents import DamagedRecord
from tunebridge_optuna.wire import Ask


class Natives(Protocol):
    """The way to Optuna's trials of a study."""

    def since(
        self, study_id: int, number: int, running: Collection[int], ask: Ask | None = None
    ) -> Iterable[FrozenTrial]:
        """Return those that follow one, and some others; these may be left out if they are as they were.

        Args:
            study_id: The study.
            number: Optuna's number of the one that they follow; -1 for all.
            running: Optuna's numbers of the others.
            ask: Called before, if only to ask nothing; says statements in a turn, which may begin with it.
        """


class News:
    """Looks at a study again and again.

    Args:
        natives: The way to its trials.
        study_id: Its id.
    """

    def __init__(self, natives: Natives, study_id: int) -> None:
        """Begin with nothing seen."""
        self._natives = natives
        self._study_id = study_id
        self._last = -1
        self._running: dict[int, FrozenTrial] = {}

    def read(self, ask: Ask | None = None) -> list[StoredTrial]:
        """Return what is new, and what is new of what was seen running, in the order of the begins.

        Args:
            ask: Begins a turn with what it says; None out of turn.

        Raises:
            StoreError: A record is damaged.
        """
        found = []
        for native in self._natives.since(self._study_id, self._last, self._running, ask):
            if native == self._running.get(native.number):
                continue
            self._last = max(self._last, native.number)
            self._running.pop(native.number, None)
            if not native.state.is_finished():
                self._running[native.number] = native
            found.append(native)
        try:
            stored = [records.stored_trial(native) for native in sorted(found, key=lambda one: one.number)]
        except DamagedRecord as error:
            raise StoreError(f"a trial is damaged: {error.message}", error.hint) from error
        return [one for one in stored if one is not None]


class NativesByCalls:
    """Trials by Optuna's own calls, which fit any storage.

    Args:
        storage: Where they are.
    """

    def __init__(self, storage: BaseStorage) -> None:
        """Take a storage."""
        self._storage = storage

    def since(
        self, study_id: int, number: int, running: Collection[int], ask: Ask | None = None
    ) -> list[FrozenTrial]:
        """Return trials; see `Natives`."""
        if ask is not None:
            ask()
        every = self._storage.get_all_trials(study_id, deepcopy=False)
        found = [one for one in every if one.number > number or one.number in running]
        # A journal changes its own trials as they go on.
        return [one if one.state.is_finished() else deepcopy(one) for one in found]
