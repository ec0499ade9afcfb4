"""The way back: the parts of a search space of Ray's, each of which makes its place in a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ray.tune.search.sample import Function
from ray.tune.search.variant_generator import assign_value

from tunebridge import Categorical
from tunebridge_ray.making import Make

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What stands in every config as it is, until what is computed is put in its place."""

    value: Any

    def build(self, params: Params) -> Any:
        """Return it."""
        return self.value


@dataclass(frozen=True, slots=True)
class Param:
    """A number."""

    name: str
    make: Make | None

    def build(self, params: Params) -> Any:
        """Return Ray's value of it."""
        value = params[self.name]
        return value if self.make is None else self.make(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several options, each of which may hold what is drawn."""

    name: str
    parameter: Categorical
    options: Sequence[Part]

    def build(self, params: Params) -> Any:
        """Return the option that was chosen, the very object of the original."""
        return self.options[self.parameter.index(params[self.name])].build(params)


@dataclass(frozen=True, slots=True)
class Dict:
    """A dict that holds what is drawn."""

    parts: Mapping[Any, Part]

    def build(self, params: Params) -> dict[Any, Any]:
        """Return it with its keys in their order."""
        return {key: part.build(params) for key, part in self.parts.items()}


@dataclass(frozen=True, slots=True)
class Items:
    """A list or a tuple that holds what is drawn."""

    kind: type[list[Any]] | type[tuple[Any, ...]]
    parts: Sequence[Part]

    def build(self, params: Params) -> Any:
        """Return it, of its own kind."""
        return self.kind(part.build(params) for part in self.parts)


Part = Fixed | Param | Choice | Dict | Items


@dataclass(frozen=True, slots=True)
class Computed:
    """What `sample_from` makes of the others."""

    path: tuple[Any, ...]
    """Its keys and places in a config."""
    domain: Function

    def settle(self, config: Any) -> None:
        """Compute it of what a config holds by now, as Ray does: in the order of the search space."""
        found = config
        for key in self.path:
            if not (key in found if isinstance(found, dict) else isinstance(found, list | tuple)):
                return
            found = found[key]
        if found is self.domain:
            assign_value(config, self.path, self.domain.sample(config=config))


@dataclass(frozen=True, slots=True)
class Config:
    """Makes the config that Ray hands to an objective."""

    root: Part
    """What stands in it."""
    computed: Sequence[Computed]
    """What is computed of the others, in order."""

    def __call__(self, params: Params) -> Any:
        """Return the config of flat params."""
        config = self.root.build(params)
        for one in self.computed:
            one.settle(config)
        return config
