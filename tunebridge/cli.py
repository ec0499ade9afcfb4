"""The command line: backends, explain, run."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tunebridge import plugins, translate
from tunebridge.contract import BackendSpec
from tunebridge.errors import ProblemError, TunebridgeError, did_you_mean
from tunebridge.problem import Problem
from tunebridge.result import Result
from tunebridge.tuning import tune

app = typer.Typer(
    help="Describe a space and an objective once; tune on any backend by name.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Target = Annotated[
    str, typer.Argument(metavar="FILE.py:problem", help="A Python file, and the name of its Problem.")
]
BackendName = Annotated[str, typer.Option("--backend", "-b", help="library or library:sampler")]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", "-o", metavar="NAME=VALUE", help="An option of the backend; repeatable."),
]


@app.command()
def backends() -> None:
    """List every backend: library version, or the command that installs it, and what it can do."""
    console = Console()
    registry = plugins.registry()
    table = Table()
    table.add_column("backend", no_wrap=True)
    for heading in ("library", "capabilities", "description"):
        table.add_column(heading, overflow="fold")
    for spec in sorted(registry.backends.values(), key=lambda spec: spec.name):
        options = f"\noptions: {', '.join(spec.options)}" if spec.options else ""
        cells = (spec.name, _installed(spec), _capabilities(spec), spec.summary + options)
        table.add_row(*map(Text, cells), end_section=True)
    console.print(table)
    for failure in registry.failures:
        console.print(
            Text(
                f"plugin {failure.plugin!r} of {failure.distribution} is broken: {failure.error}", style="red"
            )
        )


@app.command()
def explain(target: Target, backend: BackendName, option: Options = None) -> None:
    """Show what becomes of a problem's space on a backend, parameter by parameter."""
    chosen = plugins.backend(backend, **_read_options(option))
    Console().print(translate.explain(load_problem(target).space, chosen))


@app.command()
def run(
    target: Target,
    backend: BackendName,
    n_trials: Annotated[int | None, typer.Option(help="Trials in total.")] = None,
    seed: Annotated[int | None, typer.Option(help="0 <= seed < 2**32; drawn afresh when left out.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Seconds after which no trial is started.")
    ] = None,
    on_lossy: Annotated[translate.OnLossy, typer.Option(help="What a lossy translation does.")] = "error",
    option: Options = None,
    progress: Annotated[bool, typer.Option(help="Show how the study goes.")] = True,
) -> None:
    """Tune a problem on a backend, and print the best trials."""
    console = Console()
    problem = load_problem(target)
    chosen = plugins.backend(backend, **_read_options(option))
    result = tune(
        problem,
        backend=chosen,
        n_trials=n_trials,
        max_seconds=max_seconds,
        seed=seed,
        on_lossy=on_lossy,
        progress=progress,
    )
    console.print(_closing_table(result))
    console.print(
        f"{len(result.trials)} trials on {result.backend}, seed {result.seed}, ended by {result.stop_reason}"
    )


def main() -> None:
    """Run the command line; a TunebridgeError becomes a message and exit status 1."""
    try:
        app()
    except TunebridgeError as error:
        Console(stderr=True).print(Text(f"{type(error).__name__}: {error}", style="red"))
        sys.exit(1)


def load_problem(target: str) -> Problem:
    """Return the problem that `FILE.py:name` stands for.

    Raises:
        ProblemError: There is no such file, or no such problem in it.
    """
    file, _, name = target.rpartition(":")
    path = Path(file)
    if not file or path.suffix != ".py" or not path.is_file():
        raise ProblemError(
            f"{target!r} names no Python file", hint="write FILE.py:problem, e.g. train.py:problem"
        )
    found = vars(_load(path))
    if not isinstance(found.get(name), Problem):
        problems = [key for key, value in found.items() if isinstance(value, Problem)]
        raise ProblemError(f"{file} has no Problem called {name!r}", hint=did_you_mean(name, problems))
    problem: Problem = found[name]
    return problem


def _load(path: Path) -> Any:
    """Import a file under its own name, with its folder importable, as `python FILE.py` would."""
    sys.path.insert(0, str(path.parent.resolve()))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ProblemError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _read_options(given: list[str] | None) -> dict[str, Any]:
    """Return NAME=VALUE pairs as options; a value is a Python literal, or else a string."""
    options = {}
    for pair in given or []:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ProblemError(f"--option takes NAME=VALUE, got {pair!r}")
        try:
            options[name] = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            options[name] = text
    return options


def _installed(spec: BackendSpec) -> str:
    versions = [plugins.installed_version(name) for name in spec.requires]
    if None in versions:
        return f"not installed: {plugins.install_command(spec)}"
    return f"{spec.requires[0]} {versions[0]}" if versions else "built in"


def _capabilities(spec: BackendSpec) -> str:
    fields = type(spec.capabilities).__dataclass_fields__
    return ", ".join(name for name in fields if getattr(spec.capabilities, name))


def _closing_table(result: Result) -> Table:
    """Return the best trials, best first, with their params."""
    names = list(dict.fromkeys(node.name for node in result.problem.space.nodes))
    single = len(result.problem.directions) == 1
    table = Table("trial", *(["value"] if single else map(str, result.problem.directions)))
    for name in names:
        table.add_column(Text(name), overflow="fold")
    for trial in _best_first(result)[:5]:
        values = [f"{value:.6g}" for value in trial.values or ()]
        table.add_row(str(trial.number), *values, *(_cell(trial.params.get(name, "-")) for name in names))
    return table


def _best_first(result: Result) -> list[Any]:
    if len(result.problem.directions) > 1:
        return result.best_trials
    sign = result.problem.directions[0].sign
    return sorted(result.complete_trials, key=lambda trial: sign * (trial.values or (0.0,))[0])


def _cell(value: Any) -> Text:
    return Text(f"{value:.6g}" if isinstance(value, float) else str(value))


if __name__ == "__main__":
    main()
