"""A problem in a store: how it is described there, and how another one differs from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.errors import ObjectiveError, StoreError
from tunebridge.fingerprint import Fingerprinted, fingerprint, same_code
from tunebridge.problem import Problem
from tunebridge.schema import differences, read_space, write_space
from tunebridge.stored import StoredStudy


def describe(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON; of its objective, and of its constraints, which code they are."""
    return {
        "space": write_space(problem.space),
        "objective": {**fingerprint(problem.objective), "items": _items(problem)},
        "metric": problem.metric,
    }


def problem_of(known: StoredStudy) -> Problem:
    """Return a stored study's problem without its objective, whose code is not stored."""
    name = known.notes["objective"]["name"]

    def objective(trial: object) -> float:
        raise ObjectiveError(f"the study was loaded without its objective {name}", hint="give problem=...")

    direction = known.directions if len(known.directions) > 1 else known.directions[0]
    return Problem(objective, read_space(known.notes["space"]), direction, known.notes["metric"])


def changes(known: StoredStudy, problem: Problem) -> list[str]:
    """Return in words how a problem differs from that of a stored study."""
    now = describe(problem)
    found = differences(known.notes["space"], now["space"])
    pairs = {
        "directions": (list(map(str, known.directions)), list(map(str, problem.directions))),
        "metric": (known.notes["metric"], now["metric"]),
    }
    found += [f"{what}: was {old!r}, is {new!r}" for what, (old, new) in pairs.items() if old != new]
    return found + _objective_changes(known.notes["objective"], now["objective"])


def check_same(known: StoredStudy, problem: Problem, hint: str = "") -> None:
    """Check that a problem is that of a stored study.

    Raises:
        StoreError: It is not; the message names every difference.
    """
    found = changes(known, problem)
    if found:
        raise StoreError(f"the study {known.name!r} was made for another problem:\n" + "\n".join(found), hint)


def _items(problem: Problem) -> dict[str, str]:
    """Return what the objective says its values depend on beside its code, each in a digest or in words."""
    objective = problem.objective
    return dict(objective.fingerprint()) if isinstance(objective, Fingerprinted) else {}


def _objective_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    if old["name"] != new["name"]:
        return [f"objective: was {old['name']}, is {new['name']}"]
    before, after = old.get("items", {}), new["items"]
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    found = [f"objective: {name} is not what it was" for name in sorted(changed)]
    return found if same_code(old, new) else [*found, f"objective: the code of {new['name']} has changed"]
