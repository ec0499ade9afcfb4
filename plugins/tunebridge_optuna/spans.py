"""What Optuna keeps of each parameter of a study: a distribution, and params that lie in it.

A choice is kept as its label. Optuna writes all labels of a parameter with every trial; where they are longer
than a column may be, the place of the choice is kept instead, and the labels are an attribute of the study.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Self

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    IntDistribution,
    distribution_to_json,
    json_to_distribution,
)

from tunebridge import Damage, Space
from tunebridge_optuna.attributes import MAX_LENGTH, unpacked
from tunebridge_optuna.documents import DamagedRecord, Document, damaged
from tunebridge_optuna.natural import distributions, fitted

RANGES = "tunebridge:distributions"
"""Attribute of a study with its distributions by full path."""
LABELS = "tunebridge:labels"
"""Attribute of a study with the labels of choices that are kept as places, by full path."""

DIGEST = "tunebridge:digest"
"""Attribute of a study with the digest of these two; earlier versions wrote none."""

GROWN = "tunebridge:grown:"
"""Begin of a study's attributes with all three of a larger space; the segment that begins in it follows."""


class Spans:
    """The distributions of a study.

    Args:
        ranges: By full path.
        labels: Of choices that are kept as places, by full path.
        has_grown: Whether the study had fewer choices before.
    """

    def __init__(
        self,
        ranges: Mapping[str, BaseDistribution],
        labels: Mapping[str, Sequence[str]],
        *,
        has_grown: bool = False,
    ) -> None:
        """Prepare to look up places."""
        self._has_grown = has_grown
        self._ranges = ranges
        self._labels = labels
        self._places = {
            path: {label: place for place, label in enumerate(listed)} for path, listed in labels.items()
        }

    @classmethod
    def of(cls, space: Space, *, has_grown: bool = False) -> Self:
        """Return those of a study that is new, or that grows."""
        ranges = distributions(space)
        labels = {
            path: [*map(str, native.choices)]
            for path, native in ranges.items()
            if isinstance(native, CategoricalDistribution) and len(distribution_to_json(native)) > MAX_LENGTH
        }
        places = {path: IntDistribution(0, len(listed) - 1) for path, listed in labels.items()}
        return cls({**ranges, **places}, labels, has_grown=has_grown)

    @classmethod
    def stored(cls, attributes: Mapping[str, Any]) -> Self:
        """Return those of a study by its attributes: of the space that it has grown to last.

        Raises:
            DamagedRecord: An attribute is not as it was written.
        """
        last = _last_grown(attributes)
        attributes = Document(attributes, last, "the study").mapping if last else attributes
        found = Document(attributes, RANGES, "the study").fields(str) if RANGES in attributes else {}
        labels = Document(attributes, LABELS, "the study").fields(list) if LABELS in attributes else {}
        try:
            ranges = {path: json_to_distribution(text) for path, text in found.items()}
            return cls(ranges, labels, has_grown=bool(last))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            reason = f"what makes no distributions ({type(error).__name__}: {error})"
            raise damaged("the study", RANGES, reason, "Optuna's, as JSON") from error

    @classmethod
    def damage(cls, attributes: Mapping[str, Any]) -> list[Damage]:
        """Return what is damaged of those of a study that is there."""
        last = _last_grown(attributes)
        if last:
            try:
                grown = Document(attributes, last, "the study").mapping
            except DamagedRecord as error:
                return [error.damage]
            return cls.damage({key: one for key, one in attributes.items() if key != last}) + cls.damage(
                grown
            )
        if RANGES not in attributes:
            return [damaged("the study", RANGES, "nothing", "a mapping").damage]
        try:
            cls.stored(attributes)
        except DamagedRecord as error:
            return [error.damage]
        found = {key: unpacked(attributes, key) for key in (LABELS, RANGES) if key in attributes}
        if attributes.get(DIGEST, _digest(found)) != _digest(found):
            return [
                damaged(
                    "the study",
                    RANGES,
                    "ranges that were changed after they were written",
                    "those that fit their digest",
                ).damage
            ]
        return []

    def attributes(self) -> dict[str, Any]:
        """Return what a study keeps of them."""
        ranges = {path: distribution_to_json(native) for path, native in self._ranges.items()}
        found = {**({LABELS: dict(self._labels)} if self._labels else {}), RANGES: ranges}
        return {**found, DIGEST: _digest(found)}

    def grown(self, segment: int) -> dict[str, Any]:
        """Return what a study keeps of them if it grows with a segment: one attribute, whole or not there."""
        return {f"{GROWN}{segment}": self.attributes()}

    def are_apart(self, path: str) -> bool:
        """Return whether choices are in the attributes of a trial, too.

        Those are that are kept as places; and all of a study that has grown: Optuna's own calls may refuse
        choices that no trial before had.
        """
        is_listed = isinstance(self._ranges.get(path), CategoricalDistribution)
        return path in self._places or (self._has_grown and is_listed)

    def native(self, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
        """Return natural params as Optuna keeps them, and their distributions."""
        kept = {
            path: self._places[path][value] if path in self._places else value
            for path, value in params.items()
        }
        return kept, {path: fitted(self._ranges[path], [value]) for path, value in kept.items()}


def _last_grown(attributes: Mapping[str, Any]) -> str:
    """Return the attribute of the space that a study has grown to last; empty if it has not.

    One that a writer has left behind who was killed before the segment began does no harm: it is as wide.
    """
    places = [int(found[1]) for key in attributes if (found := re.fullmatch(rf"{GROWN}(\d+)", key))]
    return f"{GROWN}{max(places)}" if places else ""


def _digest(found: Mapping[str, Any]) -> str:
    return sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
