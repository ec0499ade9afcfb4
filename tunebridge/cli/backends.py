"""Commands about backends: backends and explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tunebridge.cli.arguments import BackendName, Options, Target
from tunebridge.cli.options import read_options
from tunebridge.display.text import Text

if TYPE_CHECKING:
    from tunebridge.contract.contract import BackendSpec


def backends() -> None:
    """List every backend: what it can do, its options, its version.

    For one that is not installed, the command that installs it.
    """
    from tunebridge.registry import plugins

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
    for failure in registry.failures:
        console.print(
            Text(
                f"plugin {failure.plugin!r} of {failure.distribution} is broken: {failure.error}", style="red"
            )
        )


def explain(target: Target, backend: BackendName = None, option: Options = None) -> None:
    """Show what becomes of a space on a backend."""
    from tunebridge import translate
    from tunebridge.cli.problem_files import load_problem
    from tunebridge.registry import plugins
    from tunebridge.study.default_backend import default_backend

    chosen = plugins.backend(backend or default_backend(), **read_options(option))
    Console().print(translate.explain(load_problem(target).space, chosen))


def _installed(spec: BackendSpec) -> str:
    from tunebridge.registry import plugins

    versions = [plugins.installed_version(name) for name in spec.requires]
    if None in versions:
        return f"not installed: {plugins.install_command(spec)}"
    return f"{spec.requires[0]} {versions[0]}" if versions else "built in"


def _description(spec: BackendSpec) -> str:
    from tunebridge.contract.translation import Prior

    begins = f"\nbegins in the {spec.prior} of the space" if spec.prior is not Prior.DECLARED else ""
    options = f"\noptions: {', '.join(spec.options)}" if spec.options else ""
    return f"{spec.summary}{begins}{options}"


def _capabilities(spec: BackendSpec) -> str:
    fields = type(spec.capabilities).__dataclass_fields__
    return ", ".join(name for name in fields if getattr(spec.capabilities, name))
