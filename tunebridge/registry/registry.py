"""Everything that plugins have registered, by kind and name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pluggy

from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.capture import CaptureSpec
from tunebridge.contract.executor import ExecutorSpec
from tunebridge.contract.grower import GrowerSpec
from tunebridge.contract.importance import ImportanceSpec
from tunebridge.contract.observer import ObserverSpec
from tunebridge.contract.pruner import PrunerSpec
from tunebridge.contract.reader import ReaderSpec
from tunebridge.contract.rule import RuleSpec
from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.store import StoreSpec
from tunebridge.display.brief import brief
from tunebridge.display.counted import with_article
from tunebridge.errors import PluginError, UnknownNameError, did_you_mean
from tunebridge.registry import hookspecs
from tunebridge.registry.labels import in_python, several

KINDS: dict[str, tuple[type[PluginSpec], str, str]] = {
    "backend": (BackendSpec, r"[a-z0-9_-]+:[a-z0-9_-]+", "optuna:tpe"),
    "pruner": (PrunerSpec, r"[a-z0-9_-]+", "median"),
    "rule": (RuleSpec, r"[a-z0-9_-]+", "plateau"),
    "executor": (ExecutorSpec, r"[a-z0-9_-]+", "processes"),
    "store": (StoreSpec, r"[a-z0-9_-]+", "sqlite"),
    "reader": (ReaderSpec, r"[a-z0-9_-]+", "optuna"),
    "capture": (CaptureSpec, r"[a-z0-9_-]+", "optuna"),
    "grower": (GrowerSpec, r"[a-z0-9_-]+", "xgboost"),
    "importance": (ImportanceSpec, r"[a-z0-9_-]+", "optuna"),
    "observer": (ObserverSpec, r"[a-z0-9_-]+", "mlflow"),
}
"""What can be registered by the hook `tunebridge_register_<kind>s`: its spec, how it is named, an example."""


HOOKS = [name for name in vars(hookspecs) if name.startswith(f"{hookspecs.NAMESPACE}_")]
"""All hooks, in the order of the module that specifies them."""


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A plugin that was set aside."""

    plugin: str
    """Name of its entry point."""
    distribution: str
    """The installed package it comes from."""
    error: str
    """What went wrong."""


@dataclass(slots=True)
class Registry:
    """Everything that plugins have registered."""

    manager: pluggy.PluginManager
    """Holds the plugins that work, for the hooks that observe."""
    backends: dict[str, BackendSpec] = field(default_factory=dict)
    """Backends by full name."""
    pruners: dict[str, PrunerSpec] = field(default_factory=dict)
    """Pruners by name."""
    rules: dict[str, RuleSpec] = field(default_factory=dict)
    """Feedback rules by name."""
    executors: dict[str, ExecutorSpec] = field(default_factory=dict)
    """Executors by name."""
    stores: dict[str, StoreSpec] = field(default_factory=dict)
    """Stores by the scheme of their URLs."""
    readers: dict[str, ReaderSpec] = field(default_factory=dict)
    """Readers of libraries' own studies by name."""
    captures: dict[str, CaptureSpec] = field(default_factory=dict)
    """Libraries whose searches are read in scripts, by name."""
    growers: dict[str, GrowerSpec] = field(default_factory=dict)
    """What grows models by rounds, by name."""
    importances: dict[str, ImportanceSpec] = field(default_factory=dict)
    """Evaluators of importances, by name."""
    observers: dict[str, ObserverSpec] = field(default_factory=dict)
    """Observers by name."""
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """Distribution that registered each (kind, name)."""
    failures: list[PluginFailure] = field(default_factory=list)
    """Plugins that were set aside."""

    def add(self, name: str, plugin: object, distribution: str) -> None:
        """Take in one plugin, wholly or not at all.

        Raises:
            PluginError: It registers nothing, something malformed, or a name that is taken.
        """
        specs = _collect(plugin)
        for kind, spec in specs:
            self._check(kind, spec, distribution)
        names = [(kind, spec.name) for kind, spec in specs]
        for kind, twice in names:
            if names.count((kind, twice)) > 1:
                raise PluginError(f"the {kind} {twice!r} of {distribution} is taken by the same plugin")
        self.manager.register(plugin, name=name)
        for kind, spec in specs:
            self.shelf(kind)[spec.name] = spec
            self.owners[kind, spec.name] = distribution

    def shelf(self, kind: str) -> dict[str, Any]:
        """Return everything of one kind, by name."""
        shelf: dict[str, Any] = getattr(self, f"{kind}s")
        return shelf

    def find(self, kind: str, name: Any) -> Any:
        """Return the spec of one kind and name; a bare library name is its default backend.

        Raises:
            UnknownNameError: There is none.
        """
        if not isinstance(name, str):
            example = KINDS[kind][2]
            are_names = kind == "backend" and isinstance(name, list | tuple) and len(name) > 1
            hint = several([(str(one), {}) for one in name]) if are_names else ""
            raise UnknownNameError(
                f"{with_article(kind)} is named by a string such as {example!r}, got {brief(name)}", hint=hint
            )
        if name in self.shelf(kind):
            return self.shelf(kind)[name]
        defaults = {spec.library: spec for spec in self.backends.values() if spec.default}
        known = self.shelf(kind) | (defaults if kind == "backend" else {})
        if name in known:
            return known[name]
        broken = [f"plugin {failure.plugin!r} failed: {failure.error}" for failure in self.failures]
        hint = "; ".join([in_python(kind, name) or did_you_mean(name, known), *broken])
        raise UnknownNameError(f"no {kind} is called {name!r}", hint=hint)

    def _check(self, kind: str, spec: PluginSpec, distribution: str) -> None:
        form, pattern, example = KINDS[kind]
        if not isinstance(spec, form) or not re.fullmatch(pattern, str(spec.name)):
            raise PluginError(f"expected a {form.__name__} with a name like {example!r}, got {brief(spec)}")
        if spec.name in self.shelf(kind):
            raise PluginError(
                f"the {kind} {spec.name!r} of {distribution} is taken by {self.owners[kind, spec.name]}",
                hint="uninstall one of the two",
            )


def isolated(plugin: object) -> tuple[pluggy.PluginManager, list[str]]:
    """Return a manager that holds one plugin or observer alone, and the hooks that it implements.

    Raises:
        PluginValidationError: An implementation fits no hook.
        PluginError: An implementation wraps others; here each is called alone.
    """
    alone = new_manager()
    alone.register(plugin)
    alone.check_pending()
    implemented = []
    for hook in HOOKS:
        for found in getattr(alone.hook, hook).get_hookimpls():
            if found.wrapper or found.hookwrapper:
                raise PluginError(f"{hook} is a wrapper", hint="use a plain @tunebridge.hookimpl")
            implemented.append(hook)
    return alone, implemented


def new_manager() -> pluggy.PluginManager:
    """Return a manager that knows the hooks, and no plugin."""
    manager = pluggy.PluginManager(hookspecs.NAMESPACE)
    manager.add_hookspecs(hookspecs)
    return manager


def _collect(plugin: object) -> list[tuple[str, PluginSpec]]:
    """Return what one plugin registers, by kind, asked alone so that its faults stay its own."""
    alone, implemented = isolated(plugin)
    specs: list[tuple[str, PluginSpec]] = []
    registering = {f"{hookspecs.NAMESPACE}_register_{kind}s": kind for kind in KINDS}
    for hook in filter(registering.__contains__, implemented):
        found: list[PluginSpec] = []
        getattr(alone.hook, hook)(register=found.append)
        specs += [(registering[hook], spec) for spec in found]
    if not specs and set(implemented) <= registering.keys():
        raise PluginError(
            "it registers nothing", hint="mark its functions with @tunebridge.hookimpl and call register(...)"
        )
    return specs
