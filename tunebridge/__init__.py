"""tunebridge: describe a space and an objective once, tune on any backend by name."""

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    """Load a public name when it is used for the first time; `help` shows the fields of a record."""
    from tunebridge.documented import document

    thing = _load(name)
    document([thing])
    return thing
