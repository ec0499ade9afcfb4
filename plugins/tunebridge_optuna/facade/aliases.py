"""Submodules of Optuna under the name of this package: `import tunebridge_optuna.visualization`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

OURS = "tunebridge_optuna."
THEIRS = "optuna."


class Aliases(MetaPathFinder, Loader):
    """Finds what this package does not have in Optuna; the module is Optuna's own, under both names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a submodule is that this package does not have."""
        if not fullname.startswith(OURS) or _is_ours(fullname, path):
            return None
        theirs = THEIRS + fullname.removeprefix(OURS)
        try:
            # What Optuna has loaded may be a module without a place, as its integrations are.
            is_there = theirs in sys.modules or importlib.util.find_spec(theirs) is not None
        except ModuleNotFoundError:
            return None
        return ModuleSpec(fullname, self) if is_there else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return Optuna's own module."""
        module = importlib.import_module(THEIRS + spec.name.removeprefix(OURS))
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is, with the place that it has in Optuna."""
        module.__spec__ = self._spec


def install() -> None:
    """Look for submodules in Optuna first, before its packages find their own anew."""
    if not any(isinstance(finder, Aliases) for finder in sys.meta_path):
        sys.meta_path.insert(0, Aliases())


def _is_ours(fullname: str, path: Sequence[str] | None) -> bool:
    """Return whether this package has a submodule, or a package of its own in which it may stand."""
    top, _, inside = fullname.removeprefix(OURS).partition(".")
    if PathFinder.find_spec(f"{OURS}{top}", sys.modules[OURS.rstrip(".")].__path__) is None:
        return False
    return not inside or PathFinder.find_spec(fullname, path) is not None
