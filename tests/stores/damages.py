"""Stores whose records are overwritten on purpose, one attribute at a time."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebridge_optuna.chain import signed

VALUES: tuple[Any, ...] = (
    7,
    [1, 2],
    {},
    None,
    "",
    [],
    True,
    -1,
    0.5,
    float("nan"),
    float("inf"),
    10**30,
    10**400,
    "7",
    "2026-01-01",
    {"a": 1},
    [{}],
    "COMPLETE",
)
"""What is written over something else."""

GONE = object()
"""Stands for what is taken away."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of tunebridge's as it lies in a store."""

    place: Any
    """Where: the row of a table, or the line and the field of a journal."""
    study: int
    """Whose it is, by Optuna's id."""
    key: str
    """Its name."""
    value: Any
    """What it holds."""


def path_of(rng: random.Random, value: Any) -> list[Any]:
    """Return a way into a document, of any depth."""
    path: list[Any] = []
    while value and isinstance(value, dict | list) and (not path or rng.random() < 0.8):
        steps = [*value] if isinstance(value, dict) else [*range(len(value))]
        path.append(rng.choice(steps))
        value = value[path[-1]]
    return path[: rng.randint(0, len(path))] if rng.random() < 0.2 else path


def at(value: Any, path: list[Any]) -> Any:
    """Return what is at a path; GONE if there is nothing."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return GONE
    return value


def damage(rng: random.Random, attribute: Attribute, others: list[Attribute]) -> tuple[str, Any]:
    """Return an attribute's value with something in it overwritten or taken away, and what was done."""
    path = path_of(rng, attribute.value)
    candidates = [*VALUES, GONE, GONE]
    twins = [at(other.value, path) for other in others if other.key == attribute.key]
    candidates += 4 * [rng.choice(twins)] if twins else []
    now = rng.choice(candidates)
    said = f"{attribute.key}{path} of study {attribute.study}: {'gone' if now is GONE else repr(now)[:60]}"
    if not path:
        return said, now
    value = deepcopy(attribute.value)
    parent = at(value, path[:-1])
    if now is GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = deepcopy(now)
    return said, value


class Database:
    """The attributes of an SQLite database."""

    TABLES = (
        "SELECT 'study', study_user_attribute_id, study_id, key, value_json FROM study_user_attributes",
        "SELECT 'trial', trial_user_attribute_id, study_id, key, value_json FROM trial_user_attributes"
        " JOIN trials USING (trial_id)",
    )

    def __init__(self, path: Path) -> None:
        self.path = path

    def attributes(self) -> Iterator[Attribute]:
        connection = sqlite3.connect(self.path)
        for query in self.TABLES:
            for table, row, study, key, text in connection.execute(query):
                if key.startswith("tunebridge"):
                    yield Attribute((table, row), study, key, json.loads(text))
        connection.close()

    def overwrite(self, attribute: Attribute, value: Any) -> None:
        table, row = attribute.place
        connection = sqlite3.connect(self.path)
        if value is GONE:
            connection.execute(
                f"DELETE FROM {table}_user_attributes WHERE {table}_user_attribute_id = ?", (row,)
            )
        else:
            connection.execute(
                f"UPDATE {table}_user_attributes SET value_json = ? WHERE {table}_user_attribute_id = ?",
                (json.dumps(value), row),
            )
        connection.commit()
        connection.close()


class Journal:
    """The attributes of a journal."""

    FIELDS = ("user_attr", "user_attrs")

    def __init__(self, path: Path) -> None:
        self.path = path

    def attributes(self) -> Iterator[Attribute]:
        owners: list[int] = []
        for place, entry in enumerate(self._entries()):
            if entry["op_code"] == 4:
                owners.append(entry["study_id"])
            for field in self.FIELDS:
                for key, value in entry.get(field, {}).items():
                    if key.startswith("tunebridge"):
                        study = entry["study_id"] if "study_id" in entry else owners[entry["trial_id"]]
                        yield Attribute((place, field), study, key, value)

    def overwrite(self, attribute: Attribute, value: Any) -> None:
        place, field = attribute.place
        entries = self._entries()
        if value is GONE:
            del entries[place][field][attribute.key]
            if field == "user_attr":  # of which Optuna needs one
                entries[place][field]["of others"] = 1
        else:
            entries[place][field][attribute.key] = value
        text = b""
        for entry in entries:
            says = {name: entry.pop(name, None) for name in ("tunebridge:last", "tunebridge:at")}
            if says["tunebridge:at"] is None:
                text += json.dumps(entry, separators=(",", ":")).encode() + b"\n"
            else:
                text += signed(entry, len(text), marked=says["tunebridge:last"] is not None)
        self.path.write_bytes(text)

    def _entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]


OPENED: dict[str, Callable[[Path], Database | Journal]] = {"sqlite": Database, "journal": Journal}
"""What lies at a path, by the scheme of its URL."""
