"""Every backend, and every observer, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from tunebridge import dependencies
from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.translation import Prior
from tunebridge.display.text import Text
from tunebridge.registry import choice, plugins


def print_backends() -> None:
    """Print what is registered, and which plugins are broken."""
    console = Console()
    registry = plugins.registry()
    console.print(_table("backend", registry.backends))
    if registry.observers:
        console.print(_table("observer", registry.observers))
    for failure in registry.failures:
        broken = f"plugin {failure.plugin!r} of {failure.distribution} is broken: {failure.error}"
        console.print(Text(broken, style="red"))


def _table(heading: str, specs: Mapping[str, PluginSpec]) -> Table:
    """Return a row for each, which wraps no word on 80 columns: a name, and beside it all that is said."""
    table = Table()
    table.add_column(heading, no_wrap=True)
    table.add_column("description", overflow="fold")
    for _, spec in sorted(specs.items()):
        table.add_row(Text(spec.name), Text("\n".join(_lines(spec))), end_section=True)
    return table


def _lines(spec: PluginSpec) -> Iterator[str]:
    """Yield what is said of one."""
    yield spec.summary
    yield _installed(spec)
    if isinstance(spec, BackendSpec):
        if spec.prior is not Prior.DECLARED:
            yield f"begins in the {spec.prior} of the space"
        yield from _capabilities(spec)
    if spec.options:
        yield f"options: {', '.join(spec.options)}"


def _installed(spec: PluginSpec) -> str:
    versions = [dependencies.installed_version(name) for name in spec.requires]
    if None in versions:
        return f"not installed: {choice.install_command(spec)}"
    return f"{spec.requires[0]} {versions[0]}" if versions else "built in"


def _capabilities(spec: BackendSpec) -> Iterator[str]:
    able = spec.capabilities
    has = [name for name in type(able).__dataclass_fields__ if getattr(able, name)]
    if has:
        yield f"can: {', '.join(has)}"
    why = f", as {able.joins_not}" if able.joins_not else ""
    yield f"joins: {able.joins.value}{why}"
