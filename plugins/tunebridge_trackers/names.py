"""Names that every tracker takes, made of those that users write."""

from __future__ import annotations

import re
from collections.abc import Set

REFUSED = re.compile(r"[^\w.\-:/ ]")
"""What MLflow takes in no name; TensorBoard and Weights & Biases show all that is left."""

MAX_LENGTH = 200
"""Characters of a name; MLflow takes 250."""

FINAL = "final"
"""The folder of what a trial has at its end: no curve has a name in it."""

PARAM = "param"
"""The folder of the params that changed while a trial trained."""

NOTE = "note"
"""The folder of what an objective has noted."""

RESERVED = frozenset({FINAL, PARAM, NOTE, "tunebridge"})
"""Folders in which no curve of a user's lies."""


class Names:
    """Gives each name of one study a form that trackers take; different names have different forms.

    Args:
        reserved: Folders in which no name lies.
    """

    def __init__(self, reserved: Set[str] = frozenset()) -> None:
        """Begin with no name."""
        self._reserved = reserved
        self._forms: dict[str, str] = {}

    @property
    def changed(self) -> dict[str, str]:
        """The names that have another form, by it."""
        return {form: name for name, form in self._forms.items() if form != name}

    def form(self, name: str) -> str:
        """Return the form of a name, the same each time."""
        if name not in self._forms:
            wanted = clean(name)
            if wanted.partition("/")[0] in self._reserved:
                wanted = f"own/{wanted}"
            taken, number = {*self._forms.values()}, 2
            unused = wanted
            while unused in taken:
                unused, number = f"{wanted}_{number}", number + 1
            self._forms[name] = unused
        return self._forms[name]


def clean(name: str) -> str:
    """Return a name in which every character and every part between slashes is taken by all trackers."""
    parts = [part.strip() for part in REFUSED.sub("_", name).split("/")]
    kept = [part for part in parts if part not in {"", ".", ".."}]
    whole = "/".join(kept)[:MAX_LENGTH].rstrip("/ ")
    return f"own{whole}" if whole.startswith("_") else whole or "unnamed"
