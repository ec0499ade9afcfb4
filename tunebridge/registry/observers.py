"""Tells observers what happens; one that fails is reported once and dropped."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pluggy

from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import PluginError
from tunebridge.registry.registry import isolated
from tunebridge.trial.open_trial import OpenTrial

logger = logger_of(__name__)


class Observers:
    """The observing hooks of all plugins, and of the objects given to one study.

    Args:
        plugins: The manager that holds the loaded plugins.
        given: Objects with methods marked by `tunebridge.hookimpl`; one given twice counts once.

    Raises:
        PluginError: An object has no such methods, or one that fits no hook.
    """

    def __init__(self, plugins: pluggy.PluginManager, given: Sequence[object] = ()) -> None:
        """Gather the hook implementations, plugins first."""
        self._managers = [plugins, *map(_managed, {id(observer): observer for observer in given}.values())]
        self._dropped: set[int] = set()
        self._working: dict[str, list[pluggy.HookImpl]] = {}

    def notify(self, hook: str, **arguments: Any) -> None:
        """Call one hook of every observer that still works."""
        for implementation in self._implementations(hook):
            self._call(implementation, arguments)

    def notify_of(self, opened: OpenTrial, hook: str, **arguments: Any) -> None:
        """Call one hook with a copy of a trial, which is made if there is an observer to see it."""
        if self._implementations(hook):
            self.notify(hook, trial=opened.copy(), **arguments)

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """Return the implementations of the observers that still work, looked up once."""
        if hook not in self._working:
            found = [one for manager in self._managers for one in getattr(manager.hook, hook).get_hookimpls()]
            self._working[hook] = [one for one in found if id(one.plugin) not in self._dropped]
        return self._working[hook]

    def _call(self, implementation: pluggy.HookImpl, arguments: dict[str, Any]) -> None:
        try:
            implementation.function(*(arguments[name] for name in implementation.argnames))
        except Exception:
            self._dropped.add(id(implementation.plugin))
            self._working.clear()
            name = _name(implementation.plugin)
            logger.exception("the observer %s raised and is dropped for this study", name)


def _name(observer: object) -> str:
    """Return what a user knows an observer by: a module's name, or an object's class."""
    return observer.__name__ if isinstance(observer, ModuleType) else type(observer).__qualname__


def _managed(observer: object) -> pluggy.PluginManager:
    """Return a manager that holds one observer alone."""
    try:
        manager, implemented = isolated(observer)
    except pluggy.PluginValidationError as error:
        raise PluginError(f"the observer {brief(observer)} fits no hook: {error}") from error
    if not implemented:
        hint = "mark methods such as tunebridge_trial_finished with @tunebridge.hookimpl"
        raise PluginError(f"{brief(observer)} observes nothing", hint=hint)
    return manager
