"""Attributes that hold a mapping, read so far that a stored study can be made of them.

What the fields have to be that are passed on, is the core's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from optuna.trial import FrozenTrial

from tunebridge import Damage, StoreError
from tunebridge_optuna.attributes import unpacked

MAX_SHOWN = 80
"""Characters that are shown of what was found."""

WORDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "a text"}
"""What the types of JSON are called."""


class DamagedRecord(StoreError):
    """A record of a study that is not as it was written.

    Args:
        damage: What is wrong with it.
    """

    def __init__(self, damage: Damage) -> None:
        """Say it, and keep it."""
        super().__init__(str(damage), hint="restore the store from a copy")
        self.damage = damage


class Document:
    """An attribute that holds a mapping.

    Args:
        attributes: All of a study or a trial.
        key: The name of the one.
        record: Whose they are, for messages.

    Raises:
        DamagedRecord: There is none, or it holds something else.
    """

    def __init__(self, attributes: Mapping[str, Any], key: str, record: str) -> None:
        """Unpack it."""
        self._key, self._record = key, record
        if key not in attributes:
            raise damaged(record, key, "nothing", "a mapping")
        try:
            self._fields = unpacked(attributes, key)
        except ValueError as error:
            raise damaged(record, key, str(error), "all of them") from error
        if not isinstance(self._fields, dict):
            raise damaged(record, key, shown(self._fields), "a mapping")

    @property
    def mapping(self) -> dict[str, Any]:
        """All of it, whatever the fields are."""
        return dict(self._fields)

    def raw(self, field: str) -> Any:
        """Return a field that must be there, whatever it is."""
        if field not in self._fields:
            raise damaged(self._record, f"{self._key}: {field}", "nothing", "something")
        return self._fields[field]

    def need(self, field: str, kind: type) -> Any:
        """Return a field that must be there, and of a type of JSON."""
        value = self.raw(field)
        if not isinstance(value, kind):
            raise damaged(self._record, f"{self._key}: {field}", shown(value), WORDS[kind])
        return value

    def fields(self, kind: type) -> dict[str, Any]:
        """Return all fields, each of which must be of a type of JSON."""
        return {field: self.need(field, kind) for field in self._fields}

    def find(self, field: str, kind: type) -> Any:
        """Return a field of a type of JSON, empty if there is none."""
        return self.need(field, kind) if field in self._fields else kind()

    def one_of(self, field: str, known: Iterable[str]) -> str:
        """Return a field that is one of some words."""
        value, words = self.raw(field), [*known]
        if value not in words:
            expected = f"one of {', '.join(words)}, unless a newer tunebridge wrote it"
            raise damaged(self._record, f"{self._key}: {field}", shown(value), expected)
        return str(value)

    def moment(self, field: str) -> datetime:
        """Return a field that is a moment."""
        value = self.raw(field)
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise damaged(self._record, f"{self._key}: {field}", shown(value), "a moment") from error


def called(native: FrozenTrial) -> str:
    """Return the name of a trial that may not say itself which it is."""
    return f"the trial that Optuna calls {native.number}"


def damaged(record: str, field: str, found: str, expected: str) -> DamagedRecord:
    """Return the error of a record that is not as it was written."""
    return DamagedRecord(Damage(record=record, field=field, found=found, expected=expected))


def shown(value: Any) -> str:
    """Return what was found as it is shown."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."
