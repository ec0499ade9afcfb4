"""Loads plugins safely, and finds backends by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import Any

import pluggy

from tunebridge import hookspecs
from tunebridge.contract import BackendSpec
from tunebridge.errors import MissingLibraryError, OptionError, PluginError, UnknownNameError, did_you_mean

STRICT = "TUNEBRIDGE_STRICT_PLUGINS"
"""Environment variable: "1" makes a broken plugin raise instead of being set aside."""

NAME = re.compile(r"[a-z0-9_-]+:[a-z0-9_-]+")


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
    owners: dict[str, str] = field(default_factory=dict)
    """Distribution that registered each backend."""
    failures: list[PluginFailure] = field(default_factory=list)
    """Plugins that were set aside."""

    def add(self, name: str, plugin: object, distribution: str) -> None:
        """Take in one plugin, wholly or not at all.

        Raises:
            PluginError: It registers nothing, something malformed, or a name that is taken.
        """
        specs = _collect(plugin)
        for spec in specs:
            self._check(spec, distribution)
        self.manager.register(plugin, name=name)
        self.backends.update({spec.name: spec for spec in specs})
        self.owners.update({spec.name: distribution for spec in specs})

    def spec(self, name: str) -> BackendSpec:
        """Return the backend of a full name, or of a bare library name its default.

        Raises:
            UnknownNameError: There is none.
        """
        if name in self.backends:
            return self.backends[name]
        for spec in self.backends.values():
            if spec.default and spec.library == name:
                return spec
        libraries = {spec.library for spec in self.backends.values() if spec.default}
        hint = did_you_mean(name, {*self.backends, *libraries})
        broken = [f"plugin {failure.plugin!r} failed: {failure.error}" for failure in self.failures]
        raise UnknownNameError(f"no backend is called {name!r}", hint="; ".join([hint, *broken]))

    def _check(self, spec: BackendSpec, distribution: str) -> None:
        if not isinstance(spec, BackendSpec) or not NAME.fullmatch(spec.name):
            raise PluginError(f"expected a BackendSpec with a name like 'library:sampler', got {spec!r}")
        if spec.name in self.backends:
            raise PluginError(
                f"the backend {spec.name!r} of {distribution} is taken by {self.owners[spec.name]}",
                hint="uninstall one of the two",
            )


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend chosen by name, with its options."""

    spec: BackendSpec
    """What the plugin registered."""
    options: Mapping[str, Any]
    """The options given, names checked."""

    def require(self) -> None:
        """Check that the libraries behind the backend are installed.

        Raises:
            MissingLibraryError: One is not; the hint is the pip command.
        """
        missing = [name for name in self.spec.requires if installed_version(name) is None]
        if missing:
            raise MissingLibraryError(
                f"the backend {self.spec.name!r} needs {', '.join(missing)}, which is not installed",
                hint=f"run: {install_command(self.spec)}",
            )


@cache
def registry() -> Registry:
    """Return what the installed plugins register; they are loaded at the first call.

    Raises:
        PluginError: A plugin is broken and TUNEBRIDGE_STRICT_PLUGINS is "1".
    """
    return load(entry_points(group=hookspecs.NAMESPACE), strict=os.environ.get(STRICT) == "1")


def load(points: Iterable[EntryPoint], *, strict: bool) -> Registry:
    """Load entry points, tunebridge's own first, then by name; one that fails never takes the others down."""
    loaded = Registry(_manager())
    for point in sorted(points, key=lambda point: (_distribution(point) != hookspecs.NAMESPACE, point.name)):
        try:
            loaded.add(point.name, point.load(), _distribution(point))
        except Exception as error:
            if strict:
                raise PluginError(
                    f"plugin {point.name!r} of {_distribution(point)} failed: {error}"
                ) from error
            failure = PluginFailure(point.name, _distribution(point), f"{type(error).__name__}: {error}")
            loaded.failures.append(failure)
    return loaded


def backend(name: str | Backend, **options: Any) -> Backend:
    """Choose a backend by name.

    Args:
        name: `library` or `library:sampler`.
        **options: The backend's options.

    Raises:
        UnknownNameError: No backend has this name.
        OptionError: The backend has no such option.
    """
    if isinstance(name, Backend):
        return name
    if not isinstance(name, str):
        raise UnknownNameError(f"a backend is named by a string such as 'optuna:tpe', got {name!r}")
    spec = registry().spec(name)
    for option in options:
        if option not in spec.options:
            raise OptionError(
                f"{spec.name} has no option {option!r}", hint=did_you_mean(option, spec.options)
            )
    return Backend(spec, options)


def installed_version(distribution: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def install_command(spec: BackendSpec) -> str:
    """Return the pip command that brings the libraries of a backend."""
    wanted = f'"tunebridge[{spec.extra}]"' if spec.extra else " ".join(spec.requires)
    return f"pip install {wanted}"


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.NAMESPACE)
    manager.add_hookspecs(hookspecs)
    return manager


def _collect(plugin: object) -> list[BackendSpec]:
    """Return what one plugin registers, asked alone so that its faults stay its own."""
    alone = _manager()
    alone.register(plugin)
    alone.check_pending()
    specs: list[BackendSpec] = []
    callers = [caller.name for caller in alone.get_hookcallers(plugin) or []]
    alone.hook.tunebridge_register_backends(register=specs.append)
    if not callers or ("tunebridge_register_backends" in callers and not specs):
        raise PluginError(
            "it registers nothing", hint="mark its functions with @tunebridge.hookimpl and call register(...)"
        )
    return specs


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"
