"""The command that tunes a problem."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tunebridge.cli.arguments import BackendName, Options, Target
from tunebridge.cli.options import read_options
from tunebridge.display.printable import logger_of, one_line
from tunebridge.display.text import Text
from tunebridge.policy import Interrupted, OnDuplicate, OnLossy, OnObjectiveChange, OnSpaceChange

if TYPE_CHECKING:
    from tunebridge.result.result import Result


def run(
    target: Target,
    backend: BackendName = None,
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
    on_lossy: Annotated[OnLossy, typer.Option(help="What a lossy translation does.")] = "error",
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
    on_objective_change: Annotated[
        OnObjectiveChange,
        typer.Option(help="What becomes of a stored study whose objective computes something else."),
    ] = "error",
    option: Options = None,
    progress: Annotated[bool, typer.Option(help="Show how the study goes.")] = True,
) -> None:
    """Tune a problem on a backend, and print the best trials.

    A study that is stored goes on.
    """
    from tunebridge.cli.opening import Opening
    from tunebridge.cli.overview import best_first
    from tunebridge.cli.problem_files import load_problem
    from tunebridge.cli.tables import trials_table
    from tunebridge.registry import plugins
    from tunebridge.study.default_backend import default_backend
    from tunebridge.study.tuning import tune

    console = Console()
    problem = load_problem(target)
    newest = on_space_change == "carry"
    named = backend or default_backend(storage, study, seed=seed, newest=newest)
    chosen = plugins.backend(named, **read_options(option))
    # The statement of what was carried is printed by `Opening`, so it need not be logged to stderr as well.
    logger_of("tunebridge.study.resuming").setLevel(logging.ERROR)
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
        on_objective_change=on_objective_change,
        observers=[Opening(console)],
        progress=progress,
    )
    console.print(trials_table(console, problem, best_first(result)[:5]))
    console.print(Text(one_line(_ended(result, named=storage is not None))))


def _ended(result: Result, *, named: bool) -> str:
    """Return in one line what became of a study."""
    from tunebridge.trial.trial import TrialState

    name = f"{result.study}: " if named else ""
    n_ended = sum(trial.state is not TrialState.INTERRUPTED for trial in result.trials)
    failed = f" ({result.failures})" if result.failures else ""
    where = f"{n_ended} trials on {result.backend}, seed {result.seed}{failed}"
    return f"{name}{where}, ended by {result.stop_reason}"
