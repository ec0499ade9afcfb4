"""The studies that lie in a place: which there are, and what is written of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.storages import BaseStorage

from tunebridge import Damage, StoredStudy, StoreError
from tunebridge_optuna import records, salvage
from tunebridge_optuna.faults import shown
from tunebridge_optuna.place import Place
from tunebridge_optuna.spans import DIGEST, LABELS, RANGES, Spans

OWN = {DIGEST, LABELS, RANGES, records.WRITER, records.STUDY}
"""Attributes of a study that is being created; a long one has parts, whose keys go on with a slash."""

UNNAMED = "(unknown)"
"""What stands for the names of studies when the store has lost all that it said of them."""


class Studies:
    """Reads them, and lets through what libraries raise.

    Args:
        place: Where they lie.
    """

    def __init__(self, place: Place) -> None:
        """Read nothing yet."""
        self._place = place

    def names(self) -> list[str]:
        """Return the names of tunebridge's studies, oldest first.

        Of a place that has lost something, those that may be tunebridge's, too, and never none.
        """
        storage = self._place.reading()
        if storage is None:
            return []
        found = self._found(storage)
        if not self._place.damage():
            return [name for name, attributes in found.items() if records.is_study(attributes)]
        ours = [
            name
            for name, attributes in found.items()
            if records.is_study(attributes)
            or not _is_others(storage, storage.get_study_id_from_name(name), attributes)
        ]
        return [*ours, *self._place.lost()] or [UNNAMED]

    def load(self, name: str) -> StoredStudy | None:
        """Return a study, or None; trials that others have added to it are left out.

        What cannot be read of it is named in its `damaged`.

        Raises:
            StoreError: Its name belongs to a study that Optuna made.
        """
        storage = self._place.reading()
        study_id = None if storage is None else self.id_of(storage, name)
        if storage is None or study_id is None:
            self.check_whole(name)
            return None
        attributes, _ = self.attributes(storage, study_id)
        if not self.is_created(storage, name, study_id, attributes):
            return None
        # A segment is written before its trials: read after them, it is there beside a writer, too.
        trials, damage = salvage.trials(storage, study_id)
        directions, astray = salvage.directions(storage, study_id)
        attributes, lost = self.attributes(storage, study_id)
        damage = [*self._place.damage(), *lost, *damage, *astray]
        if {RANGES, LABELS, DIGEST}.isdisjoint(one.field for one in lost):
            damage += Spans.damage(attributes)
        return records.stored_study(name, directions, attributes, trials, damage)

    def attributes(self, storage: BaseStorage, study_id: int) -> tuple[dict[str, Any], list[Damage]]:
        """Return the attributes of a study, and which of them are damaged."""
        return salvage.attributes(storage, study_id, self._place.texts)

    def check_whole(self, name: str) -> None:
        """Check that a place has lost nothing, before a study is written to.

        Raises:
            StoreError: It has.
        """
        for damage in self._place.damage():
            raise StoreError(
                f"the store of the study {name!r} is damaged: {damage}",
                hint="restore it from a copy, or take another store for what is new: nothing is written to "
                "this one; `tunebridge studies` and `show` give what is left",
            )

    def id_of(self, storage: BaseStorage, name: str) -> int | None:
        """Return the id of a study, Optuna's own ones included; None if there is none of that name.

        Raises:
            StoreError: The database takes it for another name.
        """
        try:
            study_id = storage.get_study_id_from_name(name)
        except KeyError:
            return None
        found = storage.get_study_name_from_id(study_id)
        if found != name:
            raise StoreError(
                f"to this database the study names {name!r} and {found!r} are the same",
                hint="choose a name that differs in more than case and accents",
            )
        return study_id

    def is_created(
        self, storage: BaseStorage, name: str, study_id: int, attributes: Mapping[str, Any]
    ) -> bool:
        """Return whether a study is there; one whose writer was killed while it made it is not.

        Raises:
            StoreError: Optuna made it.
        """
        if records.is_study(attributes):
            return True
        self.check_whole(name)
        if _is_others(storage, study_id, attributes):
            raise StoreError(
                f"the study {name!r} in {shown(self._place.url)} was not written by tunebridge",
                hint="choose another name, and give history=optuna.load_study(study_name=..., storage=...)",
            )
        return False

    def members(self, name: str) -> Mapping[str, Any]:
        """Return the signatures of the writers that have joined a study and not left it, by id."""
        return records.members(self._named(name))

    def signed(self, name: str) -> str:
        """Return in words who wrote to a study last; empty if that is not known."""
        return records.signed(self._named(name))

    def _named(self, name: str) -> Mapping[str, Any]:
        """Return the attributes of a study; none of one that is not there."""
        storage = self._place.reading()
        study_id = None if storage is None else self.id_of(storage, name)
        return {} if storage is None or study_id is None else self.attributes(storage, study_id)[0]

    def _found(self, storage: BaseStorage) -> dict[str, Mapping[str, Any]]:
        """Return the attributes of all studies by their names."""
        try:
            return {study.study_name: study.user_attrs for study in storage.get_all_studies()}
        except salvage.UNREADABLE:
            ids = {name: storage.get_study_id_from_name(name) for name in self._place.names()}
            return {name: self.attributes(storage, study_id)[0] for name, study_id in ids.items()}


def _is_others(storage: BaseStorage, study_id: int, attributes: Mapping[str, Any]) -> bool:
    """Return whether a study that is not created shows that it is none of tunebridge's."""
    others = {key.partition("/")[0] for key in attributes} - OWN
    return bool(others) or storage.get_n_trials(study_id) > 0
