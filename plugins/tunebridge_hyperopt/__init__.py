"""hyperopt behind tunebridge: its samplers as backends, its trials as histories, its `fmin` with any backend.

Importing this package loads no hyperopt; the first name that is used does. Names that are not defined here
come from hyperopt, or from its module `fmin`: a script changes its import alone, to
`import tunebridge_hyperopt as hyperopt`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunebridge_hyperopt.facade.algo import algo
    from tunebridge_hyperopt.facade.minimise import fmin
    from tunebridge_hyperopt.reader import history

    __all__ = ["algo", "fmin", "history"]

OWN = {"algo": "facade.algo", "fmin": "facade.minimise", "history": "reader"}
"""The public names, and the modules that define them."""

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""


def __getattr__(name: str) -> Any:
    """Return a public name, this package's or hyperopt's, and load what it needs."""
    if name in OWN:
        return getattr(import_module(f"{__name__}.{OWN[name]}"), name)
    if name.startswith("__") and name not in ("__all__", "__version__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    hyperopt = import_module("hyperopt")
    if name == "__all__":
        return [*OWN, *(one for one in vars(hyperopt) if one not in OWN and not one.startswith("_"))]
    for module in (hyperopt, import_module("hyperopt.fmin")):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"neither {__name__} nor hyperopt has an attribute {name!r}")
