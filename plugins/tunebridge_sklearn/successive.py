"""Successive halving, which is scikit-learn's own; experimental there, so looked for when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge import Space, UnsupportedError, to_native
from tunebridge.errors import OptionError, UnknownNameError, did_you_mean

HALVING = {"sklearn:halving-random": "sklearn:random", "sklearn:halving-grid": "sklearn:grid"}
"""The backends that only a search estimator has, and who draws their candidates."""

PREFIX = "sklearn:halving"
"""How the names of all of them begin."""

OPTIONS = ("factor", "resource", "max_resources", "min_resources", "aggressive_elimination")
"""Options of both, scikit-learn's own."""


def halving(name: str, **options: Any) -> Halving:
    """Choose successive halving with options, for `TuneSearchCV(backend=...)`.

    "sklearn:halving-grid" visits the whole grid: `n_trials` and `n_iter` have no meaning for it.

    Args:
        name: "sklearn:halving-random" or "sklearn:halving-grid".
        **options: Those of scikit-learn's class: `factor`, `resource`, `max_resources`, `min_resources`,
            `aggressive_elimination`.

    Raises:
        UnknownNameError: It is none of the two.
        OptionError: There is no such option.
    """
    return Halving(name, options)


def read_halving(backend: object) -> Halving | None:
    """Return the successive halving that a backend means, or None for all others.

    Raises:
        UnknownNameError: It means one that there is not.
    """
    if isinstance(backend, Halving):
        return backend
    return Halving(backend) if isinstance(backend, str) and backend.startswith(PREFIX) else None


@dataclass(frozen=True, slots=True)
class Halving:
    """Successive halving with options.

    Args:
        name: "sklearn:halving-random" or "sklearn:halving-grid".
        options: Those of scikit-learn's class.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            UnknownNameError: There is no such search.
            OptionError: There is no such option.
        """
        if self.name not in HALVING:
            hint = did_you_mean(self.name, HALVING)
            raise UnknownNameError(f"there is no successive halving {self.name!r}", hint=hint)
        for option in self.options:
            if option not in OPTIONS:
                raise OptionError(f"{self.name} has no option {option!r}", hint=did_you_mean(option, OPTIONS))

    @property
    def grid(self) -> bool:
        """Whether all points of a grid are the candidates."""
        return self.name == "sklearn:halving-grid"

    def make(self, estimator: Any, given: Any, n_candidates: int | None, common: Mapping[str, Any]) -> Any:
        """Return scikit-learn's own search.

        Args:
            estimator: What is searched.
            given: A `Space`, or what scikit-learn takes.
            n_candidates: How many are drawn; None for as many as use all resources.
            common: The parameters that all searches have.

        Raises:
            UnsupportedError: This scikit-learn has no successive halving, or the space has constraints.
        """
        try:
            from sklearn.experimental import enable_halving_search_cv  # noqa: F401
            from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV
        except ImportError as error:
            raise UnsupportedError(
                f"{self.name} needs scikit-learn's HalvingRandomSearchCV, which this version does not have",
                hint="use another backend with pruner='asha'",
            ) from error
        space = self._distributions(given)
        if self.grid:
            return HalvingGridSearchCV(estimator, space, **self.options, **common)
        count = "exhaust" if n_candidates is None else n_candidates
        return HalvingRandomSearchCV(estimator, space, n_candidates=count, **self.options, **common)

    def _distributions(self, given: Any) -> Any:
        """Return a space as scikit-learn takes it, by the names of the estimator's parameters."""
        if not isinstance(given, Space):
            return given
        if given.constrained:
            raise UnsupportedError(
                f"{self.name} cannot keep constraints",
                hint="use sklearn:random, or pruner='asha' with any backend",
            )
        self._check_conditions(given)
        native = to_native(given, HALVING[self.name])
        return [_by_name(given, one) for one in (native if isinstance(native, list) else [native])]

    def _check_conditions(self, space: Space) -> None:
        """Check that dicts express all conditions: scikit-learn itself drops nothing that is inactive.

        Raises:
            UnsupportedError: One cannot be expressed.
        """
        branching = {node.path for node in space.nodes if node.branching}
        for node in space.nodes:
            if not self.grid and any(clause.path not in branching for clause in node.condition.clauses):
                raise UnsupportedError(
                    f"{self.name} cannot keep the condition of {node.path}: {node.condition}",
                    hint="use sklearn:halving-grid, sklearn:random, or pruner='asha' with any backend",
                )


def _by_name(space: Space, native: Mapping[str, Any]) -> dict[str, Any]:
    """Return one dict of full paths by name, with what is fixed; a switch among branches is dropped."""
    found: dict[str, Any] = {}
    decided: dict[str, Any] = {}
    for node in space.nodes:
        if not node.is_active(decided):
            continue
        values = [node.parameter.quantile(0.0)] if node.fixed else native[node.path]
        if node.deciding:
            decided[node.path] = node.parameter.to_natural(_first(values))
        if not node.name.startswith("_"):
            found[node.name] = values
    return found


def _first(values: Any) -> Any:
    """Return one value of a parameter that decides on others; all in one dict decide alike."""
    return getattr(values, "values", values)[0]
