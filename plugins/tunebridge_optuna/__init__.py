"""Optuna behind tunebridge: its samplers as backends, and results as `optuna.Study`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import optuna

    from tunebridge import Result

__all__ = ["to_study"]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""


def to_study(result: Result) -> optuna.Study:
    """Return a result as an in-memory `optuna.Study`, whatever backend it came from.

    Every plot, importance and dashboard of Optuna works on it. Distributions are in natural units,
    ordinals and objects are categorical labels, branches have dotted names.

    Raises:
        MissingLibraryError: Optuna is not installed.
    """
    from tunebridge_optuna.export import to_study as export

    return export(result)
