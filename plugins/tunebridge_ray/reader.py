"""A search space of Ray Tune's as a space.

- A param has the name that Ray gives it in its frames: `optimizer/lr` for `{"optimizer": {"lr": ...}}`.
  What is constant is no param, and comes back with `params`.
- `choice` is a `Categorical`; an option that stands there twice has twice the weight. Options that hold
  something to draw are branches, as Ray draws it only where its option was.
- `grid_search` is a `Categorical`, too: Ray runs all of its values, a backend draws among them.
- `sample_from` is computed of the others, by Ray. One that draws for itself is refused: nobody could repeat
  a trial, or learn from it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ray.tune.search import sample

from tunebridge import (
    AnyParameter,
    Categorical,
    Fidelity,
    Reading,
    Space,
    SpaceError,
    TranslatedParameter,
)
from tunebridge.space.parameter import Parameter
from tunebridge_ray import domains
from tunebridge_ray.computed import faults_of
from tunebridge_ray.options import ADDRESS, labels, listed
from tunebridge_ray.parts import Choice, Computed, Config, Dict, Fixed, Items, Param, Part

SOURCE = "a search space of Ray Tune's"
GRID, EVAL = "grid_search", "eval"
"""The only keys of the dicts that Ray takes for something to draw."""
WIDTH = 80
"""How many characters of the options a row shows."""

Path = tuple[Any, ...]
Entries = dict[str, AnyParameter]


def read_space(given: Any) -> Reading:
    """Return what a dict of domains is.

    Raises:
        SpaceError: It is no dict; or something in it breaks a rule of spaces.
    """
    if not isinstance(given, dict) or is_drawn(given):
        rule = "a search space of Ray Tune's is a dict of domains by name"
        raise SpaceError([f"{rule}, got {shown(given)}"], hint='write {"lr": tune.uniform(0, 1)}')
    walk, entries = Walk(), Entries()
    root = walk.part(given, (), "", entries)
    space = Space(entries)
    back = Config(root, [one for one, _ in walk.computed])
    rows = [
        TranslatedParameter(path=node.path, declared=node.declared, **walk.drawn[node.path])
        for node in space.nodes
    ]
    faults = [""] * len(walk.computed) if walk.refused else faults_of(back.computed, space, back)
    for (one, native), fault in zip(walk.computed, faults, strict=True):
        fidelity = Fidelity.REFUSED if fault else Fidelity.EMULATED
        reason = fault or "no param: .params computes it of the others, as Ray does"
        rows.append(_row(one.path, native, fidelity, reason))
    return Reading(source=SOURCE, space=space, parameters=(*rows, *walk.refused), back=back)


def is_drawn(value: Any) -> bool:
    """Return whether Ray draws a value, or computes it."""
    is_word = isinstance(value, dict) and len(value) == 1 and (GRID in value or EVAL in value)
    return is_word or isinstance(value, sample.Domain)


def holds_drawn(value: Any) -> bool:
    """Return whether Ray draws a value or something that it holds."""
    held: Iterable[Any] = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    )
    return is_drawn(value) or any(map(holds_drawn, held))


def shown(value: Any) -> str:
    """Return a value as text that is not too long."""
    return textwrap.shorten(ADDRESS.sub("", repr(value)), WIDTH, placeholder=" ...")


@dataclass(slots=True)
class Walk:
    """Takes a search space apart, and notes what was found."""

    drawn: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Native text, fidelity and reason by full path."""
    computed: list[tuple[Computed, str]] = field(default_factory=list)
    """What is computed of the others, in order, with its native text."""
    refused: list[TranslatedParameter] = field(default_factory=list)
    """Rows of what cannot be read."""

    def part(self, value: Any, path: Path, prefix: str, entries: Entries) -> Part:
        """Return a part, and add what is drawn in it to the entries of a space.

        Args:
            value: What stands in the search space.
            path: Its keys and places.
            prefix: What stands before a name in its full path.
            entries: The parameters of the space that it is in.
        """
        if isinstance(value, Parameter):
            self._refuse(path, repr(value), "is of tunebridge: declare all of it as tunebridge.Space(...)")
        if not holds_drawn(value):
            return Fixed(value)
        if not is_drawn(value):
            return self._held(value, path, prefix, entries)
        if isinstance(value, sample.Function):
            self.computed.append((Computed(path, value), f"tune.sample_from({_called(value.func)})"))
            return Fixed(value)
        if isinstance(value, dict) and EVAL in value:
            self._refuse(path, shown(value), "text is not run: write tune.sample_from(lambda config: ...)")
            return Fixed(value)
        if isinstance(value, dict):
            return self._choice(list(value[GRID]), path, prefix, entries, is_grid=True)
        if isinstance(value, sample.Categorical):
            return self._choice(list(value.categories), path, prefix, entries, is_grid=value.is_grid())
        return self._number(value, path, prefix, entries)

    def _held(self, value: Any, path: Path, prefix: str, entries: Entries) -> Part:
        if isinstance(value, dict):
            return Dict({key: self.part(one, (*path, key), prefix, entries) for key, one in value.items()})
        items = [self.part(one, (*path, place), prefix, entries) for place, one in enumerate(value)]
        return Items(tuple if isinstance(value, tuple) else list, items)

    def _number(self, domain: Any, path: Path, prefix: str, entries: Entries) -> Part:
        drawn = domains.read(domain)
        if drawn.parameter is None:
            self._refuse(path, drawn.native, drawn.reason)
            return Fixed(domain)
        name = self._enter(path, prefix, entries, drawn.parameter, drawn.native, drawn.fidelity, drawn.reason)
        return Param(name, drawn.make)

    def _choice(
        self, values: Sequence[Any], path: Path, prefix: str, entries: Entries, *, is_grid: bool
    ) -> Part:
        word = "grid_search" if is_grid else "choice"
        native = f"tune.{word}({shown(values)})"
        if not values:
            self._refuse(path, native, "has no options")
            return Fixed(values)
        reason = "Ray runs all values: here one is drawn, all equally likely" if is_grid else ""
        fidelity = Fidelity.EMULATED if is_grid else Fidelity.EXACT
        if not any(map(holds_drawn, values)):
            parameter, options = listed(values)
            name = self._enter(path, prefix, entries, parameter, native, fidelity, reason)
            return Choice(name, parameter, options)
        parts: list[Part] = []
        branches: dict[str, Space] = {}
        for label, value in zip(labels(values), values, strict=True):
            inner: Entries = {}
            # What an option draws by itself cannot have the name of the choice.
            is_number = is_drawn(value) and not isinstance(value, sample.Function)
            own = (*path, label) if is_number else path
            parts.append(self.part(value, own, f"{prefix}{name_of(path)}.{label}.", inner))
            branches[label] = Space(inner)
        parameter = Categorical(branches)
        name = self._enter(path, prefix, entries, parameter, native, fidelity, reason)
        return Choice(name, parameter, parts)

    def _refuse(self, path: Path, native: str, reason: str) -> None:
        self.refused.append(_row(path, native, Fidelity.REFUSED, reason))

    def _enter(
        self,
        path: Path,
        prefix: str,
        entries: Entries,
        parameter: AnyParameter,
        native: str,
        fidelity: Fidelity,
        reason: str,
    ) -> str:
        """Add a parameter to its space, and return its name."""
        name = name_of(path)
        if name in entries:
            raise SpaceError([f"{name}: two keys of the search space make this name; rename one"])
        entries[name] = parameter
        self.drawn[prefix + name] = {"native": native, "fidelity": fidelity, "reason": reason}
        return name


def name_of(path: Path) -> str:
    """Return the name that Ray gives to what stands under a path."""
    return "/".join(map(str, path))


def _row(path: Path, native: str, fidelity: Fidelity, reason: str) -> TranslatedParameter:
    return TranslatedParameter(
        path=name_of(path), declared="", native=native, fidelity=fidelity, reason=reason
    )


def _called(function: Any) -> str:
    """Return the name of a function; its address would be another one in the next process."""
    return str(getattr(function, "__qualname__", type(function).__name__))
