"""A problem in a store: how it is described there, and how another one differs from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tunebridge.contract.events import StoredStudy
from tunebridge.errors import ObjectiveError, StoreError
from tunebridge.fingerprint.began import Objects, note_changed
from tunebridge.fingerprint.changes import changed_items, same_code
from tunebridge.fingerprint.objective import describe_with_objects
from tunebridge.policy import OnObjectiveChange
from tunebridge.problem.problem import Problem
from tunebridge.space.schema import differences, rule_changes, stored_space, write_space
from tunebridge.stores import limits
from tunebridge.stores.grown_spaces import space_of

NOTE = "described"
"""The note of a trial with which a study was described anew: the first that ran with what is described so."""

HINT = (
    "; if the objective still computes the same, or its trials may stand beside new ones, "
    'on_objective_change="accept" goes on all the same'
)
"""What to do when only what is computed has changed."""

AS_IT_WAS = "give the problem with which the study was run last; `tunebridge show` names its space"
"""What to do about another problem where nothing is to run."""

_BEGAN_AS: dict[tuple[str, str], str] = {}
"""What an item was before a study of this process ran, by its name and what it was after: the run itself
has changed it, so the next study may begin with it all the same."""

_WAITING: ContextVar[list[Description] | None] = ContextVar("waiting", default=None)
"""The problems of runs that are over, to be looked at once more when all is; None to look at once."""


@dataclass(frozen=True, slots=True)
class LostObjective:
    """Stands for the objective of a stored study that was loaded without its problem."""

    name: str
    """What it was called."""

    def __call__(self, trial: object) -> float:
        """Raise an ObjectiveError: its code is not stored."""
        raise ObjectiveError(
            f"the study was loaded without its objective {self.name}", hint="give problem=..."
        )


def problem_of(known: StoredStudy) -> Problem:
    """Return a stored study's problem without its objective, whose code is not stored."""
    objective = LostObjective(known.notes["objective"]["name"])
    direction = known.directions if len(known.directions) > 1 else known.directions[0]
    return Problem(
        objective,
        stored_space(space_of(known)),
        direction,
        known.notes["metric"],
        limits.read_declared(known.notes.get("limits", {})),
    )


def newest(known: StoredStudy) -> dict[str, Any]:
    """Return how a study was described last: when it was made, or anew by a later call."""
    described = {**known.notes, "space": space_of(known)}
    for _, note in described_anew(known):
        problem = note["problem"]
        is_now = "space" in problem and not differences(described["space"], problem["space"])
        described.update({name: one for name, one in problem.items() if name != "space" or is_now})
    return described


def described_anew(known: StoredStudy) -> list[tuple[int | None, Mapping[str, Any]]]:
    """Return the notes with which a study was described anew, and the first trial that each holds for."""
    return [(trial.number, trial.notes[NOTE]) for trial in known.trials if NOTE in trial.notes]


@dataclass(frozen=True, slots=True)
class Description:
    """A problem as it is stored, and what of it may be another one."""

    problem: Problem
    """What is described."""
    document: Mapping[str, Any]
    """The problem as JSON; of its objective and its constraints, what they depend on."""
    objects: Objects
    """What the objective depends on, itself."""
    on_objective_change: OnObjectiveChange
    """Whether what is computed may be another thing than it was."""

    def changes(self, known: StoredStudy) -> list[str]:
        """Return in words how the problem differs from that of a stored study, but for what is accepted."""
        found = self.declared_changes(known)
        return found + (self.computed_changes(known) if self.on_objective_change == "error" else [])

    def declared_changes(self, known: StoredStudy) -> list[str]:
        """Return in words how the space, the directions, the metric or the limits differ."""
        return [*differences(space_of(known), self.document["space"]), *self.other_changes(known)]

    def other_changes(self, known: StoredStudy) -> list[str]:
        """Return in words how the directions, the metric or the limits differ."""
        pairs = {
            "directions": (list(map(str, known.directions)), list(map(str, self.problem.directions))),
            "metric": (known.notes["metric"], self.document["metric"]),
        }
        found = limits.changes(known.notes.get("limits", {}), self.document.get("limits", {}))
        return found + [
            f"{what}: was {old!r}, is {new!r}" for what, (old, new) in pairs.items() if old != new
        ]

    def computed_changes(self, known: StoredStudy) -> list[str]:
        """Return in words how the objective and the constraints compute something else."""
        described = newest(known)
        rules = rule_changes(described["space"], self.document["space"])
        return rules + _objective_changes(described["objective"], self.document["objective"])

    def check(self, known: StoredStudy, hint: str = "", *, grows: bool = False) -> None:
        """Check that the problem is that of a stored study, but for what is accepted.

        Args:
            known: The study.
            hint: What to do if it is not.
            grows: Whether its space has only grown, and may.

        Raises:
            StoreError: It is not; the message names every difference.
        """
        declared = self.other_changes(known) if grows else self.declared_changes(known)
        found = declared + (self.computed_changes(known) if self.on_objective_change == "error" else [])
        if found:
            message = "\n".join([f"the study {known.name!r} was made for another problem:", *found])
            more = "" if declared else HINT
            raise StoreError(message, hint=hint + more if hint else AS_IT_WAS)

    def note_changes(self) -> None:
        """Note what a run itself has changed of that which the objective depends on, such as records."""
        waiting = _WAITING.get()
        if waiting is None:
            self._note_changes()
        else:
            waiting.append(self)

    def _note_changes(self) -> None:
        before = self.document["objective"]["items"]
        try:
            described = describe_with_objects(self.problem.objective)
        except Exception:  # noqa: BLE001 - it is the user's own, and the study is over
            return
        note_changed(self.objects, described.objects)
        after = described.document["items"]
        changed = {(name, now) for name, now in after.items() if before.get(name, now) != now}
        _BEGAN_AS.update({(name, now): before[name] for name, now in changed})


@contextmanager
def noting_changes_at_the_end() -> Iterator[None]:
    """Note what runs within have changed once, at the end: what comes after a run changes it, too."""
    waiting: list[Description] = []
    outer = _WAITING.set(waiting)
    try:
        yield
    finally:
        _WAITING.reset(outer)
        for described in waiting:
            described.note_changes()


def describe(problem: Problem, on_objective_change: OnObjectiveChange = "error") -> Description:
    """Describe a problem."""
    described = describe_with_objects(problem.objective)
    objective = described.document
    document = {
        "space": write_space(problem.space),
        "objective": {**objective, "items": _as_they_began(objective["items"])},
        "metric": problem.metric,
        **({"limits": limits.declared(problem.limits)} if problem.limits else {}),
    }
    return Description(problem, document, described.objects, on_objective_change)


def check_same(known: StoredStudy, problem: Problem, hint: str = "") -> None:
    """Check that a problem is that of a stored study.

    Raises:
        StoreError: It is not; the message names every difference.
    """
    describe(problem).check(known, hint)


def _as_they_began(items: Mapping[str, str]) -> dict[str, str]:
    return {name: _BEGAN_AS.get((name, item), item) for name, item in items.items()}


def _objective_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    if old["name"] != new["name"]:
        return [f"objective: was {old['name']}, is {new['name']}"]
    found = [f"objective: {line}" for line in changed_items(old, new)]
    if same_code(old, new):
        return found
    return [*found, f"objective: the code of {new['name']} has changed"]
