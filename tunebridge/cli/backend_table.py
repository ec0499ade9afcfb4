"""Every backend, and every observer, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from tunebridge import dependencies
from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.observer import ObserverSpec
from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.translation import Prior
from tunebridge.display.text import Text
from tunebridge.registry import choice, plugins


def print_backends() -> None:
    """Print what is registered, and which plugins are broken."""
    console = Console()
    registry = plugins.registry()
    table = Table()
    table.add_column("backend", no_wrap=True)
    for heading in ("library", "capabilities", "description"):
        table.add_column(heading, overflow="fold")
    for spec in sorted(registry.backends.values(), key=lambda spec: spec.name):
        cells = (spec.name, _installed(spec), _capabilities(spec), _description(spec))
        table.add_row(*map(Text, cells), end_section=True)
    console.print(table)
    if registry.observers:
        console.print(_observers(registry.observers))
    for failure in registry.failures:
        broken = f"plugin {failure.plugin!r} of {failure.distribution} is broken: {failure.error}"
        console.print(Text(broken, style="red"))


def _observers(specs: Mapping[str, ObserverSpec]) -> Table:
    table = Table()
    table.add_column("observer", no_wrap=True)
    for heading in ("library", "description"):
        table.add_column(heading, overflow="fold")
    for name in sorted(specs):
        table.add_row(
            *map(Text, (name, _installed(specs[name]), _description(specs[name]))), end_section=True
        )
    return table


def _installed(spec: PluginSpec) -> str:
    versions = [dependencies.installed_version(name) for name in spec.requires]
    if None in versions:
        return f"not installed: {choice.install_command(spec)}"
    return f"{spec.requires[0]} {versions[0]}" if versions else "built in"


def _description(spec: PluginSpec) -> str:
    prior = spec.prior if isinstance(spec, BackendSpec) else Prior.DECLARED
    begins = f"\nbegins in the {prior} of the space" if prior is not Prior.DECLARED else ""
    options = f"\noptions: {', '.join(spec.options)}" if spec.options else ""
    return f"{spec.summary}{begins}{options}"


def _capabilities(spec: BackendSpec) -> str:
    able = spec.capabilities
    has = ", ".join(name for name in type(able).__dataclass_fields__ if getattr(able, name))
    why = f", as {able.joins_not}" if able.joins_not else ""
    return f"{has}\njoins: {able.joins.value}{why}".lstrip()
