"""Loads plugins safely, and finds what they registered by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.executor import ExecutorSpec
from tunebridge.contract.pruner import PrunerSpec
from tunebridge.contract.reader import ReaderSpec
from tunebridge.contract.rule import RuleSpec
from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.store import Store, StoreSpec
from tunebridge.display.passwords import without_passwords
from tunebridge.errors import (
    MissingLibraryError,
    OptionError,
    PluginError,
    StoreError,
    TunebridgeError,
    UnknownNameError,
    did_you_mean,
)
from tunebridge.registry import hookspecs
from tunebridge.registry.manual import MANUAL

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

STRICT = "TUNEBRIDGE_STRICT_PLUGINS"
"""Environment variable: "1" makes a broken plugin raise instead of being set aside."""

KINDS: dict[str, tuple[type[PluginSpec], str, str]] = {
    "backend": (BackendSpec, r"[a-z0-9_-]+:[a-z0-9_-]+", "optuna:tpe"),
    "pruner": (PrunerSpec, r"[a-z0-9_-]+", "median"),
    "rule": (RuleSpec, r"[a-z0-9_-]+", "plateau"),
    "executor": (ExecutorSpec, r"[a-z0-9_-]+", "processes"),
    "store": (StoreSpec, r"[a-z0-9_-]+", "sqlite"),
    "reader": (ReaderSpec, r"[a-z0-9_-]+", "optuna"),
}
"""What can be registered by the hook `tunebridge_register_<kind>s`: its spec, how it is named, an example."""

HOOKS = [name for name in vars(hookspecs) if name.startswith(f"{hookspecs.NAMESPACE}_")]
"""All hooks, in the order of the module that specifies them."""

Spec = TypeVar("Spec", bound=PluginSpec)


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
            raise UnknownNameError(f"a {kind} is named by a string such as {example!r}, got {name!r}")
        defaults = {spec.library: spec for spec in self.backends.values() if spec.default}
        known = self.shelf(kind) | (defaults if kind == "backend" else {})
        if name in known:
            return known[name]
        broken = [f"plugin {failure.plugin!r} failed: {failure.error}" for failure in self.failures]
        hint = "; ".join([did_you_mean(name, known), *broken])
        raise UnknownNameError(f"no {kind} is called {name!r}", hint=hint)

    def _check(self, kind: str, spec: PluginSpec, distribution: str) -> None:
        form, pattern, example = KINDS[kind]
        if not isinstance(spec, form) or not re.fullmatch(pattern, str(spec.name)):
            raise PluginError(f"expected a {form.__name__} with a name like {example!r}, got {spec!r}")
        if spec.name in self.shelf(kind):
            raise PluginError(
                f"the {kind} {spec.name!r} of {distribution} is taken by {self.owners[kind, spec.name]}",
                hint="uninstall one of the two",
            )


@dataclass(frozen=True, slots=True, repr=False)
class Chosen(Generic[Spec]):
    """Something registered, chosen by name, with its options."""

    spec: Spec
    """What the plugin registered."""
    options: Mapping[str, Any]
    """The options given, names checked."""

    def __repr__(self) -> str:
        """Show the call that makes it."""
        maker = next(kind for kind, (form, *_) in KINDS.items() if isinstance(self.spec, form))
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"{maker}({self.spec.name!r}{options})"

    def require(self) -> None:
        """Check that the libraries behind it are installed.

        Raises:
            MissingLibraryError: One is not; the hint is the pip command.
        """
        missing = [name for name in self.spec.requires if installed_version(name) is None]
        if missing:
            raise MissingLibraryError(
                f"{self.spec.name!r} needs {', '.join(missing)}, which is not installed",
                hint=f"run: {install_command(self.spec)}",
            )


class Backend(Chosen[BackendSpec]):
    """A backend chosen by name."""


class ChosenPruner(Chosen[PrunerSpec]):
    """A pruner chosen by name."""


class ChosenExecutor(Chosen[ExecutorSpec]):
    """An executor chosen by name."""


C = TypeVar("C", bound=Chosen[Any])


@cache
def registry() -> Registry:
    """Return what the installed plugins register; they are loaded at the first call.

    Raises:
        PluginError: A plugin is broken and TUNEBRIDGE_STRICT_PLUGINS is "1".
    """
    from importlib import metadata

    return load(metadata.entry_points(group=hookspecs.NAMESPACE), strict=os.environ.get(STRICT) == "1")


def load(points: Iterable[EntryPoint], *, strict: bool) -> Registry:
    """Load entry points, tunebridge's own first, then by name; one that fails never takes the others down."""
    loaded = Registry(_manager())
    named = [(_distribution(point), point) for point in points]
    for distribution, point in sorted(named, key=lambda one: (one[0] != hookspecs.NAMESPACE, one[1].name)):
        try:
            loaded.add(f"{distribution}:{point.name}", point.load(), distribution)
        except (Exception, SystemExit) as error:
            if strict:
                raise PluginError(f"plugin {point.name!r} of {distribution} failed: {error}") from error
            failure = PluginFailure(point.name, distribution, f"{type(error).__name__}: {error}")
            loaded.failures.append(failure)
    return loaded


def backend(name: str | Backend, /, **options: Any) -> Backend:
    """Choose a backend by name.

    Args:
        name: `library` or `library:sampler`; or a chosen backend, whose options are added to; `manual`
            proposes nothing, for a study of the `initial` points alone.
        **options: The backend's options.

    Raises:
        UnknownNameError: No backend has this name.
        OptionError: The backend has no such option.
    """
    given = Backend(MANUAL, {}) if name == MANUAL.name else name
    return _chosen(Backend, "backend", given, options)


def pruner(name: str | ChosenPruner, /, **options: Any) -> ChosenPruner:
    """Choose a pruner by name.

    Args:
        name: Such as `median` or `asha`; or a chosen pruner, whose options are added to.
        **options: The pruner's options.

    Raises:
        UnknownNameError: No pruner has this name.
        OptionError: The pruner has no such option.
    """
    return _chosen(ChosenPruner, "pruner", name, options)


def open_store(url: str | Store, *, make: bool = True) -> Store:
    """Open the store of a URL; one that is open stays as it is.

    Args:
        url: Of the store.
        make: Whether to make it if there is none yet.

    Raises:
        UnknownNameError: No store has its scheme.
        StoreError: It cannot be opened.
    """
    if isinstance(url, Store):
        return url
    spec = store_spec(url)
    if not make and not spec.exists(url):
        raise StoreError(f"there is no store at {url!r}", hint="check the URL; the first study makes it")
    try:
        return spec.open(url)
    except TunebridgeError as error:
        if without_passwords(str(error), url) == str(error):
            raise
        message, hint = (without_passwords(text, url) for text in (error.message, error.hint))
    # Neither the error nor what led to it: they tell the password.
    raise StoreError(message, hint=hint)


def store_spec(url: str) -> StoreSpec:
    """Return what was registered for the scheme of a URL.

    Raises:
        UnknownNameError: No store has its scheme.
        StoreError: It is no URL.
        MissingLibraryError: What the store needs is not installed.
    """
    schemes = registry().stores
    examples = ", ".join(schemes[name].example for name in sorted(schemes))
    if not isinstance(url, str) or ":" not in url:
        raise StoreError(f"a store is named by a URL, got {url!r}", hint=f"for example: {examples}")
    scheme = url.partition(":")[0].partition("+")[0]
    spec: StoreSpec = registry().find("store", scheme)
    Chosen(spec, {}).require()
    return spec


def executor(name: str | ChosenExecutor, /, **options: Any) -> ChosenExecutor:
    """Choose an executor by name.

    Args:
        name: Such as `processes` or `dask`; or a chosen executor, whose options are added to.
        **options: The executor's options.

    Raises:
        UnknownNameError: No executor has this name.
        OptionError: The executor has no such option.
    """
    return _chosen(ChosenExecutor, "executor", name, options)


def rule(name: str, /, **options: Any) -> Any:
    """Make a feedback rule that a plugin registers.

    Raises:
        UnknownNameError: No rule has this name.
        OptionError: The rule has no such option.
    """
    chosen = _chosen(Chosen, "rule", name, options)
    return chosen.spec.make(**chosen.options)


def installed_version(distribution: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    from importlib import metadata

    try:
        return _version(distribution)
    except metadata.PackageNotFoundError:
        return None


def install_command(spec: PluginSpec) -> str:
    """Return the pip command that brings the libraries of a spec."""
    wanted = f'"tunebridge[{spec.extra}]"' if spec.extra else " ".join(spec.requires)
    return f"pip install {wanted}"


@cache
def _version(distribution: str) -> str:
    """Return a version, read from disk once; that there is none is not remembered."""
    from importlib import metadata

    return metadata.version(distribution)


def _chosen(form: type[C], kind: str, name: Any, options: Mapping[str, Any]) -> C:
    """Return something chosen by name, or what was chosen before with options added to it."""
    if isinstance(name, form) and not options:
        return name
    spec = name.spec if isinstance(name, Chosen) else registry().find(kind, name)
    if isinstance(name, Chosen):
        options = {**name.options, **options}
    for option in options:
        if option not in spec.options:
            hint = did_you_mean(option, spec.options)
            raise OptionError(f"{spec.name} has no option {option!r}", hint=hint)
    return form(spec, options)


def isolated(plugin: object) -> tuple[pluggy.PluginManager, list[str]]:
    """Return a manager that holds one plugin or observer alone, and the hooks that it implements.

    Raises:
        PluginValidationError: An implementation fits no hook.
        PluginError: An implementation wraps others; here each is called alone.
    """
    alone = _manager()
    alone.register(plugin)
    alone.check_pending()
    implemented = []
    for hook in HOOKS:
        for found in getattr(alone.hook, hook).get_hookimpls():
            if found.wrapper or found.hookwrapper:
                raise PluginError(f"{hook} is a wrapper", hint="use a plain @tunebridge.hookimpl")
            implemented.append(hook)
    return alone, implemented


def _manager() -> pluggy.PluginManager:
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


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"
