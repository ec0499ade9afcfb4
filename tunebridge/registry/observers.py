"""Tells observers what happens; one that fails is reported once and dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count
from types import ModuleType
from typing import Any

import pluggy

from tunebridge.checks import check_list
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import PluginError, TunebridgeError
from tunebridge.registry import choice, plugins
from tunebridge.registry.choice import Chosen, ChosenObserver
from tunebridge.registry.registry import isolated
from tunebridge.trial.open_trial import OpenTrial

logger = logger_of(__name__)


class Observers:
    """The observing hooks of all plugins, and of the objects given to one study.

    Args:
        given: Names of registered observers, what `tunebridge.observer` returns, and objects with methods
            marked by `tunebridge.hookimpl`; one given twice counts once, and so does one that is chosen twice
            with the same options.

    Raises:
        ProblemError: It is no list.
        PluginError: An object has no such methods, or one that fits no hook.
        UnknownNameError: No observer has this name.
        OptionError: An option of an observer is out of its bounds.
        MissingLibraryError: What an observer needs is not installed.
    """

    def __init__(self, given: Sequence[object] = ()) -> None:
        """Gather the hook implementations, those of installed plugins first."""
        check_observers(given)
        self._names: dict[int, str] = {}
        own = {_identity(one): one for one in map(_read, given)}.values()
        self._managers = [plugins.registry().manager, *map(self._managed, own)]
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

    def begin(self, opened: OpenTrial) -> dict[str, str]:
        """Tell that a trial begins, and return what is said of it: text by name, first come first named."""
        links: dict[str, str] = {}
        for implementation in self._implementations("tunebridge_trial_started"):
            said = self._call(implementation, {"trial": opened.copy()}, _check_links)
            links |= {_unused(name, links): text for name, text in (said or {}).items()}
        return links

    def _managed(self, given: object) -> pluggy.PluginManager:
        """Return a manager that holds one observer alone, opened if it is only named."""
        if not isinstance(given, ChosenObserver):
            return _alone(given)
        given.require()
        observer = given.spec.open(given.options)
        self._names[id(observer)] = given.spec.name
        return _alone(observer)

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """Return the implementations of the observers that still work, looked up once."""
        if hook not in self._working:
            found = [one for manager in self._managers for one in getattr(manager.hook, hook).get_hookimpls()]
            self._working[hook] = [one for one in found if id(one.plugin) not in self._dropped]
        return self._working[hook]

    def _call(
        self,
        implementation: pluggy.HookImpl,
        arguments: dict[str, Any],
        check: Callable[[Any], None] = lambda said: None,
    ) -> Any:
        """Return what an observer says; None if it raises, or says what does not pass the check."""
        try:
            said = implementation.function(*(arguments[name] for name in implementation.argnames))
            check(said)
        except Exception as error:  # noqa: BLE001 - an observer may raise anything
            self._drop(implementation.plugin, error)
            return None
        return said

    def _drop(self, observer: object, error: Exception) -> None:
        """Do without an observer from now on, and say so once: errors of ours say it all in a line."""
        self._dropped.add(id(observer))
        self._working.clear()
        name = self._names.get(id(observer)) or _name(observer)
        if isinstance(error, TunebridgeError):
            logger.error("the observer %s is dropped for this study: %s", name, error)
        else:
            logger.error("the observer %s raised and is dropped for this study", name, exc_info=error)


def check_observers(given: Sequence[object]) -> None:
    """Check that observers come as a list.

    Raises:
        ProblemError: They do not.
    """
    check_list("observers", given, "names such as 'mlflow', and objects with hooks")


def _read(given: Any) -> object:
    """Return what a name chooses, and everything else as it is."""
    name: Any = given
    return choice.observer(name) if isinstance(given, str | Chosen) else given


def _identity(observer: object) -> int | str:
    """Return what two have in common that are one: the call that chooses both, or the object itself."""
    return repr(observer) if isinstance(observer, Chosen) else id(observer)


def _name(observer: object) -> str:
    """Return what a user knows an observer by: a module's name, or an object's class."""
    return observer.__name__ if isinstance(observer, ModuleType) else type(observer).__qualname__


def _alone(observer: object) -> pluggy.PluginManager:
    """Return a manager that holds one observer alone."""
    try:
        manager, implemented = isolated(observer)
    except pluggy.PluginValidationError as error:
        raise PluginError(f"the observer {brief(observer)} fits no hook: {error}") from error
    if not implemented:
        hint = "mark methods such as tunebridge_trial_finished with @tunebridge.hookimpl"
        raise PluginError(f"{brief(observer)} observes nothing", hint=hint)
    return manager


def _check_links(said: Any) -> None:
    """Check what an observer says of a trial that begins: plain text travels everywhere.

    Raises:
        PluginError: It is something else.
    """
    is_text = isinstance(said, Mapping) and all(type(one) is str for pair in said.items() for one in pair)
    if said is not None and not is_text:
        raise PluginError(
            f"tunebridge_trial_started must return text by name, got {brief(said)}",
            hint='return {"mlflow": run_id}, or nothing',
        )


def _unused(name: str, taken: Mapping[str, str]) -> str:
    """Return a name, with a number if another observer has it already: `mlflow`, `mlflow@2`."""
    names = chain([name], (f"{name}@{number}" for number in count(2)))
    return next(one for one in names if one not in taken)
