"""A problem in a store: how it is described there, and how another one differs from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge import fingerprint
from tunebridge.errors import ObjectiveError, StoreError
from tunebridge.policy import OnObjectiveChange
from tunebridge.problem import Problem
from tunebridge.schema import differences, read_space, rule_changes, write_space
from tunebridge.stored import StoredStudy

NOTE = "described"
"""The note of a trial with which a study was described anew: the first that ran with what is described so."""

HINT = (
    "; if the objective still computes the same, or its trials may stand beside new ones, "
    'on_objective_change="accept" goes on all the same'
)
"""What to do when only what is computed has changed."""

_BEGAN_AS: dict[tuple[str, str], str] = {}
"""What an item was before a study of this process ran, by its name and what it was after: the run itself
has changed it, so the next study may begin with it all the same."""


def describe(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON; of its objective and its constraints, what they depend on."""
    objective = fingerprint.describe(problem.objective)
    items = {name: _BEGAN_AS.get((name, item), item) for name, item in objective["items"].items()}
    return {
        "space": write_space(problem.space),
        "objective": {**objective, "items": items},
        "metric": problem.metric,
    }


def note_changes(problem: Problem, before: Mapping[str, Any]) -> None:
    """Note what a run has changed of that which its objective depends on, such as a callback's records.

    Args:
        problem: What was run.
        before: Its description from before it ran.
    """
    after = fingerprint.describe(problem.objective)["items"]
    items = before["objective"]["items"]
    _BEGAN_AS.update(
        {(name, now): items[name] for name, now in after.items() if name in items and items[name] != now}
    )


def problem_of(known: StoredStudy) -> Problem:
    """Return a stored study's problem without its objective, whose code is not stored."""
    name = known.notes["objective"]["name"]

    def objective(trial: object) -> float:
        raise ObjectiveError(f"the study was loaded without its objective {name}", hint="give problem=...")

    direction = known.directions if len(known.directions) > 1 else known.directions[0]
    return Problem(objective, read_space(known.notes["space"]), direction, known.notes["metric"])


def newest(known: StoredStudy) -> dict[str, Any]:
    """Return how a study was described last: when it was made, or anew by a later call."""
    described = dict(known.notes)
    for _, note in described_anew(known):
        described.update(note["problem"])
    return described


def described_anew(known: StoredStudy) -> list[tuple[int | None, Mapping[str, Any]]]:
    """Return the notes with which a study was described anew, and the first trial that each holds for."""
    return [(trial.number, trial.notes[NOTE]) for trial in known.trials if NOTE in trial.notes]


def declared_changes(known: StoredStudy, now: Mapping[str, Any], problem: Problem) -> list[str]:
    """Return in words how the space, directions or metric of a problem differ from those of a study."""
    pairs = {
        "directions": (list(map(str, known.directions)), list(map(str, problem.directions))),
        "metric": (known.notes["metric"], now["metric"]),
    }
    found = differences(known.notes["space"], now["space"])
    return found + [f"{what}: was {old!r}, is {new!r}" for what, (old, new) in pairs.items() if old != new]


def computed_changes(known: StoredStudy, now: Mapping[str, Any]) -> list[str]:
    """Return in words how the objective and constraints of a problem compute other than those of a study."""
    described = newest(known)
    return rule_changes(described["space"], now["space"]) + _objective_changes(
        described["objective"], now["objective"]
    )


def changes(known: StoredStudy, problem: Problem, on_objective_change: OnObjectiveChange) -> list[str]:
    """Return in words how a problem differs from that of a stored study, but for what is accepted."""
    now = describe(problem)
    found = declared_changes(known, now, problem)
    return found + (computed_changes(known, now) if on_objective_change == "error" else [])


def check_same(
    known: StoredStudy, problem: Problem, hint: str = "", on_objective_change: OnObjectiveChange = "error"
) -> None:
    """Check that a problem is that of a stored study.

    Raises:
        StoreError: It is not; the message names every difference.
    """
    now = describe(problem)
    found = declared_changes(known, now, problem)
    computed = computed_changes(known, now) if on_objective_change == "error" else []
    if found or computed:
        message = "\n".join([f"the study {known.name!r} was made for another problem:", *found, *computed])
        raise StoreError(message, hint if found or not hint else hint + HINT)


def _objective_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    if old["name"] != new["name"]:
        return [f"objective: was {old['name']}, is {new['name']}"]
    found = [f"objective: {line}" for line in fingerprint.changed_items(old, new)]
    if fingerprint.same_code(old, new):
        return found
    return [*found, f"objective: the code of {new['name']} has changed"]
