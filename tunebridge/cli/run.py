"""The command that tunes a problem."""

from __future__ import annotations

import logging
from typing import Annotated

import typer
from rich.console import Console

from tunebridge import translate
from tunebridge.cli.arguments import BackendName, Options, Target
from tunebridge.cli.options import read_options
from tunebridge.cli.overview import best_first
from tunebridge.cli.problem_files import load_problem
from tunebridge.cli.tables import trials_table
from tunebridge.display.printable import logger_of, one_line
from tunebridge.display.text import Text
from tunebridge.policy import Interrupted, OnDuplicate, OnObjectiveChange, OnSpaceChange
from tunebridge.registry import plugins
from tunebridge.registry.hookspecs import hookimpl
from tunebridge.study.default_backend import default_backend
from tunebridge.study.study import Study
from tunebridge.study.tuning import tune
from tunebridge.trial.trial import TrialState


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
    on_objective_change: Annotated[
        OnObjectiveChange,
        typer.Option(help="What becomes of a stored study whose objective computes something else."),
    ] = "error",
    option: Options = None,
    progress: Annotated[bool, typer.Option(help="Show how the study goes.")] = True,
) -> None:
    """Tune a problem on a backend, and print the best trials; a study that is stored goes on."""
    console = Console()
    problem = load_problem(target)
    newest = on_space_change == "carry"
    named = backend or default_backend(storage, study, seed=seed, newest=newest)
    chosen = plugins.backend(named, **read_options(option))
    # The statement of what was carried is printed by `_Opening`, so it need not be logged to stderr as well.
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
        observers=[_Opening(console)],
        progress=progress,
    )
    console.print(trials_table(console, problem, best_first(result)[:5]))
    name = "" if storage is None else f"{result.study}: "
    n_ended = sum(trial.state is not TrialState.INTERRUPTED for trial in result.trials)
    failed = f" ({result.failures})" if result.failures else ""
    where = f"{n_ended} trials on {result.backend}, seed {result.seed}{failed}"
    console.print(Text(one_line(f"{name}{where}, ended by {result.stop_reason}")))


class _Opening:
    """An observer that prints what became of the trials of earlier calls, before the first new one."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @hookimpl
    def tunebridge_study_started(self, study: Study) -> None:
        if study.carried is not None:
            self._console.print(Text(str(study.carried)), soft_wrap=True)
