"""What can be read of a study whose records Optuna itself cannot read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from tunebridge import Damage, StoredTrial
from tunebridge_optuna import records
from tunebridge_optuna.documents import DamagedRecord, damaged

UNREADABLE = (AssertionError, LookupError, TypeError, ValueError)
"""What Optuna raises for a text that is no JSON, an unknown word, and a number that is missing."""


def trials(storage: BaseStorage, study_id: int) -> tuple[list[StoredTrial], list[Damage]]:
    """Return those trials of tunebridge's that can be read, and what is damaged of the others."""
    found: list[StoredTrial] = []
    damage: list[Damage] = []
    for native in _natives(storage, study_id):
        try:
            trial = None if isinstance(native, Damage) else records.stored_trial(native)
        except DamagedRecord as error:
            native = error.damage  # noqa: PLW2901
            trial = None
        if isinstance(native, Damage):
            damage.append(native)
        elif trial is not None:
            found.append(trial)
    return found, damage


def directions(storage: BaseStorage, study_id: int) -> tuple[list[StudyDirection], list[Damage]]:
    """Return the directions of a study, or none of them and what is wrong with one."""
    try:
        found = storage.get_study_directions(study_id)
    except UNREADABLE as error:
        said = f"what Optuna cannot read ({type(error).__name__}: {error})"
    else:
        if StudyDirection.NOT_SET not in found:
            return found, []
        said = "NOT_SET"
    return [], [damaged("the study", "directions", said, "minimize or maximize").damage]


def attributes(
    storage: BaseStorage, study_id: int, texts: Callable[[int], Iterable[tuple[str, Any]]]
) -> tuple[dict[str, Any], list[Damage]]:
    """Return the attributes of a study, None for each that is no JSON, and which of these are a loss.

    Those of others are none, nor are the names of writers, which are only shown.

    Args:
        storage: Where it is.
        study_id: Its id.
        texts: Returns its attributes as JSON.
    """
    try:
        return storage.get_study_user_attrs(study_id), []
    except (TypeError, ValueError):
        found: dict[str, Any] = {}
        damage: list[Damage] = []
        for key, text in texts(study_id):
            try:
                found[key] = json.loads(text)
            except (TypeError, ValueError) as error:
                found[key] = None
                said = f"what is no JSON ({type(error).__name__}: {error})"
                if key.startswith(records.STUDY) and not key.startswith(records.SHOWN):
                    damage.append(damaged("the study", key, said, "what was written").damage)
        return found, damage


def _natives(storage: BaseStorage, study_id: int) -> Iterator[FrozenTrial | Damage]:
    """Yield all trials; one by one, if one of them keeps the others from being read."""
    try:
        yield from storage.get_all_trials(study_id, deepcopy=False)
    except UNREADABLE:
        for number, trial_id in enumerate(_ids(storage, study_id)):
            yield _native(storage, number, trial_id)


def _ids(storage: BaseStorage, study_id: int) -> Iterator[int]:
    """Yield the ids of all trials; their number cannot be asked for where they cannot be read."""
    with suppress(KeyError):
        for number in count():
            yield storage.get_trial_id_from_study_id_trial_number(study_id, number)


def _native(storage: BaseStorage, number: int, trial_id: int) -> FrozenTrial | Damage:
    try:
        return storage.get_trial(trial_id)
    except UNREADABLE as error:
        record = f"the trial that Optuna calls {number}"
        found = f"what Optuna cannot read ({type(error).__name__}: {error})"
        return Damage(record=record, field="all of it", found=found, expected="what was written")
