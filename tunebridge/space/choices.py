"""The parameters whose values are listed: Ordinal, Categorical, Constant."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from tunebridge.calls import checked
from tunebridge.checks import is_finite, plain
from tunebridge.display.brief import brief, brief_text
from tunebridge.space.conditions import When, WhenLike
from tunebridge.space.labels import label_of
from tunebridge.space.matching import Choices, same
from tunebridge.space.numeric import Int
from tunebridge.space.parameter import Branch, Parameter, middle, pick


class Listed(Parameter):
    """A parameter of listed values under labels; equality holds for values of any kind, arrays too."""

    __slots__ = ()

    labels: tuple[str, ...]
    values: Sequence[Any]
    choices: Choices

    @property
    def has_twins(self) -> bool:
        """Whether two labels have one and the same value, so that params do not say which was proposed."""
        return self.choices.has_twins

    def index(self, value: Any) -> int:
        """Return the place of `value`, matched as a value first, then as a label."""
        return self.choices.of_written(value)

    def read(self, value: Any) -> Any:
        """Return the declared value that `value` stands for, as a trial sees it."""
        return self.choices.read(value)

    def find(self, value: Any) -> Any:
        """Return the declared value that is `value`, or equal to it."""
        return self.choices.values[self.choices.of_value(value)]

    def to_natural(self, value: Any) -> str:
        """Return the label of a declared value."""
        return self.labels[self.choices.of_value(value)]

    def from_natural(self, natural: Any) -> Any:
        """Return the declared value under a label, as a trial sees it."""
        return self.choices.values[self.choices.of_label(natural)]

    def __eq__(self, other: object) -> bool:
        """Return whether labels and values are the same, in order."""
        if type(other) is not type(self) or not isinstance(other, Listed) or self.labels != other.labels:
            return NotImplemented if not isinstance(other, Listed) else False
        is_same = self._rest() == other._rest() and self.when == other.when
        return is_same and all(map(same, self.values, other.values))

    def __hash__(self) -> int:
        """Hash by labels: values may be unhashable."""
        return hash((type(self), self.labels))

    def _rest(self) -> object:
        return None


@checked
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ordinal(Listed):
    """One of a list of values whose order means something, all equally likely.

    Args:
        values: The values from lowest to highest; any objects, no two alike.
        when: The condition under which it is active: see `Space`.
    """

    values: Sequence[Any]
    when: WhenLike | When | None = field(default=None, kw_only=True)
    labels: tuple[str, ...] = field(init=False, repr=False)
    choices: Choices = field(init=False, repr=False)
    misfit: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Freeze the list; the labels are the values' `repr`."""
        values, misfit = _freeze(self.values)
        _settle(self, values, tuple(map(label_of, values)))
        object.__setattr__(self, "misfit", misfit)

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.values)

    def faults(self) -> Iterator[str]:
        """Yield every rule that the declaration breaks."""
        if self.misfit or not self.values:
            yield self.misfit or "needs at least one value, got an empty list"
        if any(map(_declares, self.values)):
            yield "a parameter or a space cannot be a value; write Categorical({label: Space(...)})"
        yield from _duplicate_faults(self.labels)

    def at(self, place: int) -> Any:
        """Return the value of an index."""
        return self.values[place]

    def quantile(self, q: float) -> Any:
        """Return the value at probability `q`."""
        return self.at(pick(self.size, q))

    def cdf(self, value: Any) -> float:
        """Return the middle of a value's share."""
        return middle(self.index(value), self.size)

    def grid(self, points: int | None) -> list[Any]:
        """Return all values, or `points` of them, the first and the last included."""
        return list(map(self.at, Int(0, self.size - 1).grid(points)))

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        return f"Ordinal({list(self.values)!r}{more})"


@checked
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Constant(Listed):
    """A value that every trial has and no backend sees.

    Args:
        value: Any object.
        when: The condition under which a trial has it: see `Space`.
    """

    value: Any
    when: WhenLike | When | None = field(default=None, kw_only=True)
    labels: tuple[str, ...] = field(init=False, repr=False)
    values: tuple[Any, ...] = field(init=False, repr=False)
    choices: Choices = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the label now: the objective may change the object."""
        _settle(self, (self.value,), (label_of(self.value),))

    @property
    def size(self) -> int:
        """One."""
        return 1

    def faults(self) -> Iterator[str]:
        """Yield nothing: every value may be constant."""
        return iter(())

    def quantile(self, q: float) -> Any:
        """Return the constant."""
        return self.value

    def cdf(self, value: Any) -> float:
        """Return the middle: the constant has all of the probability."""
        self.read(value)
        return 0.5

    def grid(self, points: int | None) -> list[Any]:
        """Return the constant alone."""
        return [self.value]

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        return f"Constant({self.value!r}{more})"


@checked
@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class Categorical(Listed):
    """One of several choices without order; a `Space` as value is a branch.

    Args:
        choices: A list of values, labelled by their `repr`, or a mapping of label to value.
        weights: How likely each choice is, in any unit: a list in the order of the choices or a
            mapping by label. Equal when left out.
        when: The condition under which it is active: see `Space`.
    """

    labels: tuple[str, ...]
    """One per choice, in order."""
    values: tuple[Any, ...]
    """The choices themselves."""
    weights: tuple[float, ...] | None
    """One per choice, in the user's unit; None for equal ones."""
    choices: Choices = field(repr=False)
    """What a trial sees, under its labels."""
    branches: Mapping[str, Any] = field(repr=False)
    """The spaces among the choices, by label."""
    misfit: str = field(repr=False)
    """Why the choices are no list or mapping; empty when they are."""
    shown: tuple[Any, ...] = field(repr=False)
    """What a trial sees for each choice: the labels if there are branches, else the values."""
    when: WhenLike | When | None
    """The condition under which it is active."""

    def __init__(
        self,
        choices: Sequence[Any] | Mapping[str, Any],
        weights: Sequence[float] | Mapping[str, float] | None = None,
        *,
        when: WhenLike | When | None = None,
    ) -> None:
        """Freeze the choices under their labels."""
        misfit = ""
        if isinstance(choices, Mapping):
            labels, values = tuple(choices), tuple(map(plain, choices.values()))
        else:
            values, misfit = _freeze(choices)
            labels = tuple(map(label_of, values))
        object.__setattr__(self, "misfit", misfit)
        object.__setattr__(self, "weights", None if weights is None else _read_weights(weights, labels))
        pairs = zip(labels, values, strict=True)
        branches = {label: value for label, value in pairs if isinstance(value, Branch)}
        object.__setattr__(self, "branches", branches)
        object.__setattr__(self, "shown", labels if branches else values)
        object.__setattr__(self, "when", when)
        _settle(self, values, labels, shown=self.shown)

    @property
    def weighted(self) -> bool:
        """Whether some choice is likelier than another."""
        return len(set(self.weights or ())) > 1

    @property
    def probabilities(self) -> tuple[float, ...]:
        """How likely each choice is; they sum to 1."""
        weights = self.weights or (1.0,) * len(self.labels)
        total = math.fsum(weights)
        return tuple(weight / total for weight in weights)

    @property
    def size(self) -> int | None:
        """Number of values, those of the branches included; None when infinite."""
        sizes = [value.size if isinstance(value, Branch) else 1 for value in self.values]
        return None if None in sizes else sum(filter(None, sizes))

    def faults(self) -> Iterator[str]:
        """Yield every rule that the declaration breaks."""
        if self.misfit or not self.labels:
            yield self.misfit or "needs at least one choice, got none"
        for label in self.labels:
            if not isinstance(label, str):
                yield f"labels must be strings, got {brief(label)}; write it as {str(label)!r}"
        if any(label == repr(branch) for label, branch in self.branches.items()):
            yield "a Space as a choice is a branch, which needs a label: Categorical({'label': Space(...)})"
        if any(_declares(value) for value in self.values if not isinstance(value, Branch)):
            yield "a parameter cannot be a choice; put it into a branch: {'label': Space(name=parameter)}"
        yield from _duplicate_faults(self.labels)
        yield from self._weight_faults()

    def _weight_faults(self) -> Iterator[str]:
        weights = self.weights or ()
        fits = all(is_finite(weight) and weight > 0 for weight in weights) and is_finite(sum(weights))
        if self.weights is not None and not (fits and len(weights) == len(self.labels)):
            yield (
                f"weights must be one finite number > 0 per choice ({', '.join(map(str, self.labels))}), "
                f"got {list(weights)!r}"
            )

    def _rest(self) -> object:
        return self.weights

    def quantile(self, q: float) -> Any:
        """Return the choice at probability `q`."""
        reached = 0.0
        for shown, probability in zip(self.shown, self.probabilities, strict=True):
            reached += probability
            if q < reached:
                return shown
        return self.shown[-1]

    def cdf(self, value: Any) -> float:
        """Return the middle of a choice's share, shares in declaration order."""
        place = self.index(value)
        return math.fsum(self.probabilities[:place]) + self.probabilities[place] / 2

    def grid(self, points: int | None) -> list[Any]:
        """Return all choices: those of a set without order cannot be thinned out."""
        return list(self.shown)

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        plain = all(label == label_of(value) for label, value in zip(self.labels, self.values, strict=True))
        choices: Any = list(self.values) if plain else dict(zip(self.labels, self.values, strict=True))
        weights = f", weights={list(self.weights)!r}" if self.weights else ""
        return f"Categorical({choices!r}{weights}{more})"


def _settle(listed: Listed, values: Sequence[Any], labels: tuple[str, ...], shown: Any = None) -> None:
    """Set what all listed parameters have; `shown` is what a trial sees, if that is not the values."""
    object.__setattr__(listed, "values", values)
    object.__setattr__(listed, "labels", labels)
    object.__setattr__(listed, "choices", Choices(values if shown is None else shown, labels))
    object.__setattr__(listed, "when", When.of(listed.when))


def _declares(value: Any) -> bool:
    """Return whether a value is a parameter or a space, or a plain list or dict that holds one."""
    if isinstance(value, dict):
        return any(map(_declares, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_declares, value))
    return isinstance(value, Parameter | Branch)


def _freeze(values: Any) -> tuple[tuple[Any, ...], str]:
    """Return a list as a tuple of builtin values or the user's own objects, and why it is none.

    A string is one value, not a list of letters.
    """
    if isinstance(values, str | bytes):
        return (values,), ""
    if isinstance(values, Set | Mapping) or not isinstance(values, Iterable):
        return (), f"values must be a list, because their order is kept; got {brief(values)}"
    return tuple(map(plain, values)), ""


def _read_weights(weights: Any, labels: tuple[str, ...]) -> tuple[Any, ...]:
    """Return weights in the order of the labels; what is no list or mapping of them is kept for the fault."""
    if isinstance(weights, Mapping):
        known = set(labels)
        unknown = [label for label in weights if label not in known]
        return (*(weights.get(label) for label in labels), *unknown)
    return tuple(weights) if isinstance(weights, Iterable) and not isinstance(weights, str) else (weights,)


def _duplicate_faults(labels: Sequence[str]) -> Iterator[str]:
    """Yield one fault per label that appears more than once."""
    for label in (label for label, count in Counter(labels).items() if count > 1):
        rule = "labels must differ, so give them as {label: value}"
        yield f"two choices share the label {brief_text(label)}; {rule}"
