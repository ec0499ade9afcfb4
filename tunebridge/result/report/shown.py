"""Values, params and errors of trials as a page shows them."""

from __future__ import annotations

from typing import Any

from tunebridge.display.brief import shortened
from tunebridge.pages.text import number
from tunebridge.space.natural import to_natural
from tunebridge.space.space import Space
from tunebridge.trial.record import TrialRecord

DIGITS = 6
"""Of numbers, that count."""

CELL = 80
"""Characters of one param that are shown."""


def shown_value(value: Any) -> str:
    """Return a number or a label as it is shown."""
    return number(value, DIGITS) if isinstance(value, float) else shortened(str(value), CELL)


def shown_values(trial: TrialRecord) -> list[str]:
    """Return the values of a trial as they are shown."""
    return [number(value, DIGITS) for value in trial.values or ()]


def shown_params(space: Space, trial: TrialRecord) -> dict[str, str]:
    """Return the params that are not fixed, by full path, as they are shown; inactive ones are absent."""
    fixed = {node.path for node in space.nodes if node.fixed}
    natural = to_natural(space, trial.params)
    return {path: shown_value(value) for path, value in natural.items() if path not in fixed}


def params_line(space: Space, trial: TrialRecord) -> str:
    """Return the same in one line."""
    return ", ".join(f"{path}={value}" for path, value in shown_params(space, trial).items())
