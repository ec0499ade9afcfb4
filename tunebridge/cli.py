"""The command line: backends, explain, run, compare, and a look at what is stored."""

from __future__ import annotations

import ast
import importlib.util
import logging
import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tunebridge import plugins, translate
from tunebridge.compare.comparing import STUDY, compare
from tunebridge.compare.comparison import Comparison
from tunebridge.compare.line import read_labels
from tunebridge.compare.loading import cell_names, load_comparison
from tunebridge.contract import BackendSpec
from tunebridge.errors import ProblemError, StoreError, TunebridgeError, UnsupportedError, did_you_mean
from tunebridge.hookspecs import hookimpl
from tunebridge.overview import best_first, read_overview
from tunebridge.plugins import ChosenPruner
from tunebridge.policy import Interrupted, OnDuplicate, OnSpaceChange
from tunebridge.problem import Problem
from tunebridge.reading import opened
from tunebridge.study import Study
from tunebridge.tables import overview_parts, studies_table, trials_table
from tunebridge.trial import TrialState
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

Url = Annotated[str, typer.Argument(metavar="URL", help="A store: sqlite:///tune.db, journal:///tune.log")]

MAX_NAMED = 5
"""The most studies that a hint names."""


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
    n_trials: Annotated[
        int | None, typer.Option(help="Trials of the whole study, those of earlier calls included.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="0 <= seed < 2**32; when left out, that of the stored study, or a fresh one."),
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Seconds of this call after which no trial is started.")
    ] = None,
    on_lossy: Annotated[translate.OnLossy, typer.Option(help="What a lossy translation does.")] = "error",
    pruner: Annotated[str | None, typer.Option(help="What ends trials early: median, asha, ...")] = None,
    storage: Annotated[
        str | None, typer.Option(metavar="URL", help="The store that keeps the study: sqlite:///tune.db")
    ] = None,
    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="The study's name; the same one goes on with it.")
    ] = None,
    interrupted: Annotated[
        Interrupted, typer.Option(help="What becomes of trials that were interrupted.")
    ] = "retry",
    on_duplicate: Annotated[
        OnDuplicate, typer.Option(help="What becomes of a point that was evaluated before.")
    ] = "allow",
    on_space_change: Annotated[
        OnSpaceChange, typer.Option(help="What becomes of a stored study of another space or objective.")
    ] = "error",
    option: Options = None,
    progress: Annotated[bool, typer.Option(help="Show how the study goes.")] = True,
) -> None:
    """Tune a problem on a backend, and print the best trials; a study that is stored goes on."""
    console = Console()
    problem = load_problem(target)
    chosen = plugins.backend(backend, **_read_options(option))
    # The statement of what was carried is printed by `_Opening`, so it need not be logged to stderr as well.
    logging.getLogger("tunebridge.resuming").setLevel(logging.ERROR)
    result = tune(
        problem,
        backend=chosen,
        n_trials=n_trials,
        max_seconds=max_seconds,
        seed=seed,
        on_lossy=on_lossy,
        pruner=pruner,
        storage=storage,
        study=study,
        interrupted=interrupted,
        on_duplicate=on_duplicate,
        on_space_change=on_space_change,
        observers=[_Opening(console)],
        progress=progress,
    )
    console.print(trials_table(console, problem, best_first(result)[:5]))
    name = "" if storage is None else f"{result.study}: "
    n_ended = sum(trial.state is not TrialState.INTERRUPTED for trial in result.trials)
    where = f"{n_ended} trials on {result.backend}, seed {result.seed}"
    console.print(Text(f"{name}{where}, ended by {result.stop_reason}"))


@app.command("compare")
def compare_backends(
    targets: Annotated[
        list[str],
        typer.Argument(metavar="FILE.py:problem...", help="A Python file, and the name of its Problem."),
    ],
    backends: Annotated[
        str, typer.Option("--backends", "-b", metavar="LIST", help="optuna:tpe,sklearn:grid(points=5)")
    ],
    n_trials: Annotated[int | None, typer.Option(help="Trials of each study.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Seconds of each study after which no trial is started.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="How many, from 0 on; or a list: 3,5,8")] = "10",
    pruners: Annotated[
        str | None, typer.Option(metavar="LIST", help="Each with every backend: none,asha,median")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="The line that others are tested against; random search if not named.")
    ] = None,
    shared_start: Annotated[int, typer.Option(help="First points that the lines share.")] = 0,
    value: Annotated[
        float | None, typer.Option("--target", help="Value to be reached; random search's if not named.")
    ] = None,
    on_lossy: Annotated[translate.OnLossy, typer.Option(help="What a lossy translation does.")] = "error",
    storage: Annotated[
        str | None, typer.Option(metavar="URL", help="The store that keeps it all: sqlite:///tune.db")
    ] = None,
    study: Annotated[str, typer.Option(metavar="NAME", help="The comparison's name.")] = STUDY,
    n_jobs: Annotated[int | None, typer.Option(help="Studies that run at a time; -1: one per core.")] = None,
    executor: Annotated[str | None, typer.Option(help="Where studies run: processes, dask, ...")] = None,
    file: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page there: .html, or .md")
    ] = None,
    progress: Annotated[bool, typer.Option(help="Show how the studies go.")] = True,
) -> None:
    """Compare backends on problems, and say what the difference is; a comparison that is stored goes on."""
    _check_report(file)
    comparison = compare(
        _load_problems(targets),
        backends=[plugins.backend(name, **options) for name, options in read_labels(backends)],
        n_trials=n_trials,
        max_seconds=max_seconds,
        seeds=_read_seeds(seeds),
        pruners=None if pruners is None else [_read_pruner(*label) for label in read_labels(pruners)],
        reference=reference,
        shared_start=shared_start,
        target=value,
        on_lossy=on_lossy,
        storage=storage,
        study=study,
        n_jobs=n_jobs,
        executor=executor,
        progress=progress,
        command=shlex.join(["tunebridge", *sys.argv[1:]]),
    )
    _show(comparison, file)


@app.command()
def report(
    url: Url,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Write a page there, too: .html, or .md")
    ] = None,
    study: Annotated[
        str | None, typer.Option("--study", "-s", metavar="NAME", help="May be left out if there is one.")
    ] = None,
) -> None:
    """Show what a stored comparison has found up to now."""
    _check_report(file)
    _show(load_comparison(url, study), file)


@app.command()
def studies(
    url: Url,
    cells: Annotated[bool, typer.Option("--cells", help="List the cells of comparisons, too.")] = False,
) -> None:
    """List the studies of a store: who proposed, how many trials, the best value."""
    console = Console()
    with opened(url) as store:
        names = store.studies()
        hidden = set() if cells else cell_names(store)
        if names:
            console.print(studies_table(store, [name for name in names if name not in hidden]))
        else:
            console.print("this store holds no study")
    if hidden:
        console.print(f"{len(hidden)} cells of comparisons: --cells", style="dim")


@app.command()
def show(
    url: Url,
    study: Annotated[
        str | None, typer.Option("--study", "-s", metavar="NAME", help="May be left out if there is one.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most trials in each list.")] = 10,
    errors: Annotated[bool, typer.Option("--errors", help="Show whole tracebacks.")] = False,
) -> None:
    """Show a stored study: what it was made for, its best trials, its failures."""
    console = Console()
    with opened(url) as store:
        overview = read_overview(store, study or _only(store.studies()))
    for part in overview_parts(console, overview, limit=limit, tracebacks=errors):
        console.print(part)


@app.command()
def dashboard(
    url: Url,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 8080,
) -> None:
    """Serve a dashboard of a store's studies until Ctrl-C."""
    with opened(url):
        spec = plugins.store_spec(url)
    if spec.dashboard is None:
        others = [other.name for other in plugins.registry().stores.values() if other.dashboard]
        hint = f"these have one: {', '.join(sorted(others))}" if others else ""
        raise UnsupportedError(f"the store {spec.name!r} has no dashboard", hint=hint)
    _check_port(host, port)
    Console().print(f"dashboard at http://{host}:{port}/ until Ctrl-C", soft_wrap=True)
    with suppress(KeyboardInterrupt):
        spec.dashboard(url, host, port)


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
    if target.endswith(".py") and Path(target).is_file():
        problems = [key for key, value in vars(_load(Path(target))).items() if isinstance(value, Problem)]
        raise ProblemError(
            f"{target!r} names a file, and no problem in it",
            hint=f"write {target}:{problems[0] if problems else 'problem'}",
        )
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


def _check_report(file: Path | None) -> None:
    """Check that a report can be written, before anything is run for it."""
    from tunebridge.compare.report.writing import check_report

    if file is not None:
        check_report(file)


def _show(comparison: Comparison, file: Path | None) -> None:
    """Print a comparison, and write its report if there is a file for it."""
    console = Console()
    console.print(comparison)
    if file is not None:
        console.print(Text(f"report: {comparison.report(file)}"), soft_wrap=True)


def _load_problems(targets: Sequence[str]) -> dict[str, Problem]:
    """Return problems by the names that they have in their files, which come first where names are the same.

    Raises:
        ProblemError: There is no such file, no such problem in it, or one comes twice.
    """
    if len(set(targets)) < len(targets):
        raise ProblemError(f"a problem is named twice: {', '.join(targets)}")
    names = [target.rpartition(":")[2] for target in targets]
    return {
        name if names.count(name) == 1 else target: load_problem(target)
        for name, target in zip(names, targets, strict=True)
    }


def _read_seeds(text: str) -> Sequence[int]:
    """Return a number of seeds from 0 on, or those of a list.

    Raises:
        ProblemError: It is neither.
    """
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise ProblemError(
            f"--seeds takes a number or a list of them, got {text!r}", hint="10, or 3,5,8"
        ) from error
    return range(numbers[0]) if len(numbers) == 1 else numbers


def _read_pruner(name: str, options: Mapping[str, Any]) -> ChosenPruner | None:
    return None if name == "none" else plugins.pruner(name, **options)


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


class _Opening:
    """An observer that prints what became of the trials of earlier calls, before the first new one."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @hookimpl
    def tunebridge_study_started(self, study: Study) -> None:
        if study.carried is not None:
            self._console.print(Text(str(study.carried)), soft_wrap=True)


def _only(names: Sequence[str]) -> str:
    """Return the name of the only study.

    Raises:
        StoreError: There is none, or there are several.
    """
    if len(names) == 1:
        return names[0]
    if not names:
        raise StoreError("this store holds no study", hint="check its URL")
    shown = [*map(repr, names[:MAX_NAMED]), *(["..."] if len(names) > MAX_NAMED else [])]
    raise StoreError(f"this store holds {len(names)} studies", hint=f"name one: --study {' | '.join(shown)}")


def _check_port(host: str, port: int) -> None:
    """Check that a server may listen there.

    Raises:
        ProblemError: It may not.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = error.strerror or error
        raise ProblemError(f"nothing can listen at {host}:{port}: {reason}", hint="--port") from error


def _installed(spec: BackendSpec) -> str:
    versions = [plugins.installed_version(name) for name in spec.requires]
    if None in versions:
        return f"not installed: {plugins.install_command(spec)}"
    return f"{spec.requires[0]} {versions[0]}" if versions else "built in"


def _capabilities(spec: BackendSpec) -> str:
    fields = type(spec.capabilities).__dataclass_fields__
    return ", ".join(name for name in fields if getattr(spec.capabilities, name))


if __name__ == "__main__":
    main()
