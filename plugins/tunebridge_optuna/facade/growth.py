"""A space that trials have shown so far: parameters, and the conditions under which they were suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunebridge import AnyParameter, Between, Categorical, Float, Int, Space, SpaceError
from tunebridge_optuna.facade.inference import AllOf, Examples, Wanted, condition_of, holds, ranges_apart

Range = Float | Int | Categorical

HINT = "make what decides on it a suggestion of its own, or declare the space: space=tunebridge.Space(...)"
"""What to do about a suggestion that no other suggestion explains."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a trial has shown."""

    values: Mapping[str, Any]
    """Natural values by name, in the order of the suggestions."""
    ranges: Mapping[str, Range]
    """From where each of them was."""
    is_whole: bool
    """Whether the objective came to its end, so that what is missing is inactive."""

    def before(self, name: str) -> dict[str, Any]:
        """Return the values that were known when a parameter was suggested."""
        names = list(self.values)
        return {one: self.values[one] for one in names[: names.index(name)]}

    def lacks(self, name: str, known: Range) -> bool:
        """Return whether a parameter was surely inactive in the trial: missing, or from another range."""
        return self.ranges[name] != known if name in self.ranges else self.is_whole


class Growth:
    """What trials have shown so far.

    A parameter that is first seen in a trial has the widest condition that holds there, and in no earlier
    trial without it; later trials narrow or widen it.
    """

    def __init__(self) -> None:
        """Begin with an empty space."""
        self._trials: list[Shown] = []
        self._known: dict[str, dict[Range, Sequence[AllOf]]] = {}

    def take(self, trial: Shown) -> bool:
        """Take in what a trial has shown, and return whether the space is another one now.

        Raises:
            SpaceError: Nothing that was suggested decides on a parameter; the message names it.
        """
        self._trials.append(trial)
        fresh = [name for name in trial.ranges if trial.ranges[name] not in self._known.get(name, {})]
        for name in fresh:
            self._known.setdefault(name, {})[trial.ranges[name]] = []
        wrong = [name for name in self._known if name in fresh or not self._explains(name, trial)]
        for name in wrong:
            self._infer(name, self._trials)
        return bool(wrong)

    def admit(self, name: str, wanted: Range, trial: Shown) -> None:
        """Check that a suggestion can become part of the space, while its trial runs.

        Args:
            name: What the objective calls it.
            wanted: Its range.
            trial: What the trial has shown so far, this suggestion included.

        Raises:
            SpaceError: The name is known with another range, and nothing tells the two apart.
        """
        known = self._known.get(name)
        if known and wanted not in known:
            self._conditions(name, [*known, wanted], [*self._trials, trial])

    def space(self) -> Space:
        """Return the space."""
        entries: dict[str, Any] = {}
        for name, known in self._known.items():
            for place, (parameter, condition) in enumerate(known.items()):
                when = self._written(condition)
                if len(known) == 1:
                    entries[name] = _under(parameter, when)
                else:
                    entries[f"{name}@{place}"] = Space({name: parameter}, when=when)
        return Space(entries)

    def _written(self, condition: Sequence[AllOf]) -> list[dict[str, Any]] | None:
        """Return a condition as `when=` takes it: choices as they are, not by their labels."""

        def allowed(name: str, wanted: Wanted) -> Any:
            parent = next(iter(self._known[name]))
            if isinstance(wanted, Between):
                return wanted
            return [parent.from_natural(value) for value in wanted]

        return [
            {name: allowed(name, wanted) for name, wanted in all_of.items()} for all_of in condition
        ] or None

    def _explains(self, name: str, trial: Shown) -> bool:
        for known, condition in self._known[name].items():
            said = holds(condition, trial.values)
            if (trial.ranges.get(name) == known and not said) or (trial.lacks(name, known) and said):
                return False
        return True

    def _infer(self, name: str, trials: Sequence[Shown]) -> None:
        found = self._conditions(name, list(self._known[name]), trials)
        self._known[name] = dict(zip(self._known[name], found, strict=True))

    def _conditions(
        self, name: str, ranges: Sequence[Range], trials: Sequence[Shown]
    ) -> Sequence[Sequence[AllOf]]:
        """Return the condition of each range of a name.

        Raises:
            SpaceError: There are none that tell them apart.
        """
        parents: dict[str, AnyParameter] = {
            one: next(iter(known)) for one, known in self._known.items() if len(known) == 1 and one != name
        }
        groups = [
            Examples(
                [trial.before(name) for trial in trials if trial.ranges.get(name) == known],
                [trial.values for trial in trials if trial.lacks(name, known)],
            )
            for known in ranges
        ]
        if len(ranges) > 1:
            absent = [trial.values for trial in trials if name not in trial.ranges and trial.is_whole]
            found = ranges_apart([Examples(group.seen, absent) for group in groups], parents)
            if found is None:
                listed = " and ".join(map(repr, ranges))
                fault = f"{name}: is suggested from {listed}, and no few-valued suggestion decides which"
                raise SpaceError([fault], hint=HINT)
            return found
        condition = condition_of(groups[0], parents)
        if condition is None:
            fault = f"{name}: is suggested in some trials and not in others, and no suggestion decides which"
            raise SpaceError([fault], hint=HINT)
        return [condition]


def _under(parameter: Range, when: Any) -> Range:
    """Return a parameter under a condition."""
    match parameter:
        case Categorical():
            pairs = dict(zip(parameter.labels, parameter.values, strict=True))
            return Categorical(pairs, when=when)
        case Float():
            return Float(parameter.low, parameter.high, log=parameter.log, step=parameter.step, when=when)
        case Int():
            return Int(parameter.low, parameter.high, log=parameter.log, step=parameter.step, when=when)
