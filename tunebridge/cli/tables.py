"""Trials and stored studies as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

from tunebridge.cli.overview import Overview, read_overview
from tunebridge.contract.store import Store
from tunebridge.display.text import Text
from tunebridge.errors import StoreError, last_line
from tunebridge.problem.problem import Problem
from tunebridge.result.result import Result, damaged_records
from tunebridge.stores.timeline import Segment
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

STYLES = {
    TrialState.COMPLETE: "green",
    TrialState.PRUNED: "yellow",
    TrialState.FAILED: "red",
    TrialState.TIMED_OUT: "red",
}
"""Colours of states."""

NO_LIBRARY = {"python", "tunebridge"}
"""Versions of a segment that are no library's."""


def trials_table(console: Console, result: Result, trials: Sequence[TrialRecord]) -> Table:
    """Return trials with their values and params: a column for each param if that fits, or one for all.

    Where several have proposed in the study, a column says who did.

    Args:
        console: Where it is to fit.
        result: Whose trials they are.
        trials: In the order of the rows.
    """
    problem, with_proposer = result.problem, len({one.proposer for one in result.trials}) > 1
    names = list(dict.fromkeys(node.name for node in problem.space.nodes))
    table = _trials(problem, trials, names, with_proposer)
    unlimited = console.options.update(max_width=1_000_000)
    if console.measure(table, options=unlimited).maximum <= console.width:
        return table
    return _trials(problem, trials, None, with_proposer)


def studies_table(store: Store, names: Iterable[str]) -> Table:
    """Return studies of a store, one per row; what cannot be read says why."""
    table = Table(show_edge=False, pad_edge=False)  # which is how it fits into 80 columns
    for heading in ("study,\nobjective", "backends"):
        table.add_column(heading, overflow="fold")
    for heading in ("trials", "best", "started,\nlast active"):
        table.add_column(heading, no_wrap=True)
    for name in names:
        try:
            cells = _study_cells(read_overview(store, name))
        except StoreError as error:
            cells = [Text(f"{name}\n").append(error.message, "red")]
        table.add_row(*cells, end_section=True)
    return table


def overview_parts(
    console: Console, overview: Overview, *, limit: int, tracebacks: bool
) -> Iterator[RenderableType]:
    """Yield all that is to be seen of a study, from its header to its failures.

    Args:
        console: Where it is to fit.
        overview: The study.
        limit: The most trials in each list.
        tracebacks: Whether failures are shown with their whole tracebacks.
    """
    yield _header(overview)
    damaged = overview.result.damaged
    if damaged:
        yield from _part("damaged, and left out below", *(Text(one, "red") for one in damaged[:limit]))
        yield from _rest(damaged, limit)
    if overview.past.segments:
        yield from _part("backends", _segments(overview))
    best = overview.best
    if best:
        title = "best trials" if len(overview.result.problem.directions) == 1 else "Pareto front"
        yield from _part(title, trials_table(console, overview.result, best[:limit]))
        yield from _rest(best, limit)
    if overview.excluded:
        yield from _part("excluded", _excluded(overview.excluded[:limit]))
        yield from _rest(overview.excluded, limit)
    beyond = [record for record in overview.result.complete_trials if record.beyond]
    if beyond:
        yield from _part("beyond their limits", _beyond(beyond[:limit]))
        yield from _rest(beyond, limit)
    failed, unfinished = overview.failed, overview.unfinished
    if failed:
        yield from _part("failures", *_failures(failed[:limit], tracebacks))
        yield from _rest(failed, limit)
    if unfinished:
        yield from _part("interrupted or running", _unfinished(unfinished[:limit]))
        yield from _rest(unfinished, limit)


def _trials(
    problem: Problem, trials: Sequence[TrialRecord], names: Sequence[str] | None, with_proposer: bool
) -> Table:
    """Return trials as a table; without names of params, these share one column."""
    single = len(problem.directions) == 1
    table = Table("trial", *(["value"] if single else map(str, problem.directions)))
    for heading in (*(["proposed by"] if with_proposer else []), *(["params"] if names is None else names)):
        table.add_column(Text(heading), overflow="fold")
    for trial in trials:
        cells = [_cell(value) for value in trial.values or ()]
        cells += [Text(trial.proposer)] if with_proposer else []
        if names is None:
            cells.append(_params(trial.params))
        else:
            cells += [_cell(trial.params.get(name, "-")) for name in names]
        table.add_row(str(trial.number), *cells)
    return table


def _study_cells(overview: Overview) -> list[Text]:
    name = Text(f"{overview.name}\n").append(overview.objective, "dim")
    if overview.result.damaged:
        name.append(f"\n{damaged_records(overview.result.damaged)}", "red")
    if overview.past.population is not None:
        name.append(f"\npopulation of {overview.past.population['size']}", "dim")
    return [
        name,
        Text("\n".join(overview.backends)),
        _counts(overview, "\n"),
        _best(overview),
        Text(f"{_moment(overview.started)}\n{_moment(overview.last_active)}"),
    ]


def _header(overview: Overview) -> Table:
    """Return what a study was made for, and how far it has come, line by line."""
    result = overview.result
    space, directions = result.problem.space, result.problem.directions
    lines = {
        "study": Text(overview.name, "bold"),
        "objective": Text(f"{overview.objective}: {', '.join(directions)}"),
        "seed": Text(str(overview.seed)),
        "made with": Text(_versions(overview.versions)),
    }
    if overview.parent is not None:
        lines["carried from"] = Text(overview.parent)
    if overview.past.imported:
        lines["told first"] = Text(f"{len(overview.past.imported)} trials of other studies")
    if overview.past.population is not None:
        lines["population"] = Text(_population(overview.past.population))
    n_nodes = len(space.nodes)
    size = "infinite" if space.size is None else f"{space.size:,} points"
    lines |= {
        "trials": _counts(overview, ", "),
        "best": _best(overview),
        "started": Text(_moment(overview.started)),
        "last active": Text(_moment(overview.last_active)),
        "space": Text(f"{n_nodes} parameter{'s' * (n_nodes != 1)}, {size}"),
    }
    lines |= {f"  {node.path}": Text(node.declared) for node in space.nodes}
    lines |= {"  constraint " + str(n): Text(rule.reason) for n, rule in enumerate(space.constraints)}
    lines |= {f"  limit {name}": Text(str(one)) for name, one in result.problem.limits.items()}
    lines |= {f"since {when}": Text(what) for when, what in overview.changes.items()}
    lines |= {f"space {place}": Text(f"it {one}") for place, one in enumerate(overview.result.grown, 2)}
    if overview.not_compared:
        reasons = [f"{name}: {reason}" for name, reason in overview.not_compared.items()]
        lines["not compared"] = Text("\n".join(reasons))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold", style="dim")
    grid.add_column(overflow="fold")
    for label, text in lines.items():
        grid.add_row(Text(label), text)
    return grid


def _population(said: Mapping[str, Any]) -> str:
    """Return what the user has said of a population."""
    return ", ".join(f"{name}={value!r}" for name, value in said.items() if value is not None)


def _segments(overview: Overview) -> Table:
    """Return who proposed, since which trial, by which library and settings."""
    table = Table("from trial", "backend")
    for heading in ("library", "settings"):
        table.add_column(heading, overflow="fold")
    for index, segment in enumerate(overview.past.segments):
        first = overview.first_trial(index)
        libraries = {name: text for name, text in segment.versions.items() if name not in NO_LIBRARY}
        table.add_row(
            "-" if first is None else str(first),
            Text(segment.backend),
            Text(_versions(libraries, "\n")),
            Text(_settings(segment)),
            end_section=True,
        )
    return table


def _settings(segment: Segment) -> str:
    """Return what is set, line by line; None is what a library puts where nothing is."""
    known = {name: value for name, value in segment.settings.items() if value is not None}
    settings = ", ".join(f"{name}={value!r}" for name, value in known.items())
    return "\n".join(filter(None, [settings, segment.pruner and f"pruner: {segment.pruner}"]))


def _beyond(trials: Sequence[TrialRecord]) -> Table:
    """Return trials beyond their limits, and how far."""
    table = Table("trial", "value")
    for heading in ("beyond", "params"):
        table.add_column(heading, overflow="fold")
    for trial in trials:
        values = Text(", ").join(map(_cell, trial.values or ()))
        table.add_row(str(trial.number), values, Text(trial.beyond), _params(trial.params))
    return table


def _failures(failed: Sequence[TrialRecord], tracebacks: bool) -> Iterator[RenderableType]:
    if tracebacks:
        for trial in failed:
            yield Text(f"trial {trial.number}  ").append_text(_params(trial.params))
            yield Text(f"{(trial.error or '').strip()}\n", "red")
        return
    table = Table("trial")
    for heading in ("params", "error"):
        table.add_column(heading, overflow="fold")
    for trial in failed:
        number = f"{trial.number}{'' if trial.excluded is None else ', excluded'}"
        table.add_row(number, _params(trial.params), Text(last_line(trial.error or ""), "red"))
    yield table


def _excluded(trials: Sequence[TrialRecord]) -> Table:
    table = Table("trial", "ended", "value")
    for heading in ("params", "reason"):
        table.add_column(heading, overflow="fold")
    for trial in trials:
        values = Text(", ").join(map(_cell, trial.values or ()))
        state = Text(trial.state.value, STYLES.get(trial.state, ""))
        table.add_row(str(trial.number), state, values, _params(trial.params), Text(trial.excluded or ""))
    return table


def _unfinished(trials: Sequence[TrialRecord]) -> Table:
    table = Table("trial", "attempts", "now", "last active")
    table.add_column("params", overflow="fold")
    for trial in trials:
        state = Text(trial.state.value, STYLES.get(trial.state, ""))
        moment = _moment(trial.finished or trial.started)
        table.add_row(str(trial.number), str(trial.attempt + 1), state, moment, _params(trial.params))
    return table


def _part(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    yield Text(f"\n{title}", "bold")
    yield from parts


def _rest(trials: Sequence[object], limit: int) -> Iterator[Text]:
    if len(trials) > limit:
        yield Text(f"{len(trials) - limit} more: --limit {len(trials)}", "dim")


def _counts(overview: Overview, separator: str) -> Text:
    """Return the number of trials by state; states without trials are left out."""
    counts = overview.counts
    parts = [
        Text(f"{counts[state]} {state.value}", STYLES.get(state, "")) for state in TrialState if counts[state]
    ]
    if overview.excluded:
        parts.append(Text(f"{len(overview.excluded)} excluded", "dim"))
    return Text(separator).join(parts) if parts else Text("none", "dim")


def _best(overview: Overview) -> Text:
    best = overview.best
    if not best:
        return Text("-", "dim")
    if len(overview.result.problem.directions) > 1:
        return Text(f"front of {len(best)}")
    return _cell((best[0].values or ())[0])


def _versions(versions: Mapping[str, str | None], separator: str = ", ") -> str:
    return separator.join(f"{name} {version or '-'}" for name, version in versions.items())


def _params(params: Mapping[str, Any]) -> Text:
    return Text(", ").join(Text(f"{name}=").append_text(_cell(value)) for name, value in params.items())


def _cell(value: Any) -> Text:
    return Text(f"{value:.6g}" if isinstance(value, float) else str(value))


def _moment(moment: datetime | None) -> str:
    """Return a moment in the local time, to the minute."""
    return "-" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")
