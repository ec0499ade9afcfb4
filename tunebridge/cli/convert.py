"""The command that writes a script of another library as code of tunebridge."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

import tunebridge as tb
from tunebridge.errors import ProblemError, SpaceError, did_you_mean


@click.command
@click.argument("target", metavar="FILE.py[:name]")
@click.option("--run", "allowed", is_flag=True, help="Run a file that does other work before its search.")
@click.option(
    "--walks",
    type=click.IntRange(min=1),
    help="Call an objective that suggests its values so many times, at random points.",
)
@click.option(
    "--on-lossy", type=click.Choice(["error", "warn"]), default="error", help="What a lossy reading does."
)
def convert(target: str, allowed: bool, walks: int | None, on_lossy: Any) -> None:
    """Write a script of Optuna, hyperopt, scikit-learn or Ray Tune as code of tunebridge.

    The file runs until its first search begins, and no objective is called. With a name, its variable is
    read: a space, a study, distributions.
    """
    from tunebridge.convert.source import Source
    from tunebridge.convert.watch import watch
    from tunebridge.convert.work import Outline
    from tunebridge.registry.plugins import registry

    path, name = _file_and_name(target)
    captures = list(registry().captures.values())
    outline = Outline.of(Source.read(path), captures, as_main=name is None)
    _say(_searches(outline))
    if allowed and outline.work:
        _say(["other work at its top, before that:", *(f"  {line}" for line in outline.work)])
    elif not allowed:
        _check(outline, path, name)
    wanted = [spec for spec in captures if allowed or not outline.roots.isdisjoint(spec.libraries)]
    watched = watch(path, wanted, name="__main__" if name is None else path.stem)
    if name is None:
        code, reading = _script(path, watched, walks, on_lossy)
    else:
        walk = next((spec.walk for spec in wanted if spec.walk), None)
        walked = None if walk is None or walks is None else partial(_walked, walk, walks)
        code, reading = _variable(path, watched.names, name, on_lossy, walked)
    if reading is not None:
        _say([reading])
    click.echo(code, nl=False)


def _file_and_name(target: str) -> tuple[Path, str | None]:
    """Return the file that was meant, and the name in it.

    Raises:
        ProblemError: There is no such file.
    """
    from tunebridge.cli.problem_files import file_meant

    whole = Path(target)
    file, _, name = target.rpartition(":")
    if whole.suffix == ".py" and whole.is_file():
        return whole, None
    if file and Path(file).suffix == ".py" and Path(file).is_file():
        return Path(file), name
    place = whole if whole.suffix or not file else Path(file)
    if place.suffix == ".ipynb" and place.is_file():
        hint = f"jupyter nbconvert --to script {place}"
        raise ProblemError(f"{target!r} is a notebook, and convert reads Python files", hint=hint)
    why = "" if place.exists() else f": there is no {place}"
    raise ProblemError(f"{target!r} names no Python file{why}", hint=file_meant(target, ""))


def _searches(outline: Any) -> list[str]:
    """Return what the searches of a script would do, line by line."""
    searches = [str(search) for search in outline.searches] or ["no search that is known here"]
    first = ["before anything runs, the file says:", *(f"  {line}" for line in searches)]
    if outline.searches:
        first.append("  convert ends the file at the first of these, and calls no objective")
    return first


def _check(outline: Any, path: Path, name: str | None) -> None:
    """Check that a file may be run unasked.

    Raises:
        ProblemError: It does other work at its top, or begins no search and names no variable.
    """
    if outline.work:
        listed = "\n".join(f"  {line}" for line in outline.work)
        raise ProblemError(
            f"{path} does more at its top than to make and load values:\n{listed}",
            hint="look at these lines; with --run they run, up to the search",
        )
    if name is None and not outline.searches:
        raise ProblemError(
            f"{path} begins no search of {_libraries()}",
            hint=f"name a variable that holds a space: {path}:space; or --run, if another file begins it",
        )


def _libraries() -> str:
    from tunebridge.registry.plugins import registry

    return ", ".join(spec.libraries[0] for spec in registry().captures.values())


def _script(path: Path, watched: Any, walks: int | None, on_lossy: Any) -> tuple[str, tb.Reading | None]:
    """Return the code of the search that a script began, and what was read of its space."""
    from tunebridge.convert.converted import Script, said_space, written_script
    from tunebridge.convert.source import Source

    if watched.spec is None:
        raise ProblemError(
            f"{path} ran to its end, and began no search of {_libraries()}",
            hint=f"name a variable that holds a space: {path}:{_likely(watched.names)}",
        )
    search = watched.spec.read(watched.search, watched.noted)
    script = Script(source=Source.read(path), watched=watched, search=search, spec=watched.spec)
    if search.space is None and walks is not None and watched.spec.walk is not None:
        reading = _walked(watched.spec.walk, walks, search)
        return written_script(script, reading), reading
    if walks is not None:
        _say(["no objective is called: the space stands in the script"])
    space = said_space(script) if search.space is None else search.space
    found = None if space is None else tb.read_space(space, on_lossy=on_lossy)
    return written_script(script, found), found


def _walked(
    walk: Callable[[tb.CapturedSearch, int], Any], walks: int, search: tb.CapturedSearch
) -> tb.Reading:
    """Return what an objective suggests, as far as it was seen; what it prints goes to stderr."""
    _say([f"calling the objective {walks} times, at random points, up to its first report"])
    with redirect_stdout(sys.stderr):
        reading = tb.read_space(walk(search, walks))
    seen = f"as seen in {walks} walks: what none of them met is missing"
    rows = [replace(row, fidelity=tb.Fidelity.EMULATED, reason=seen) for row in reading.parameters]
    return replace(reading, parameters=tuple(rows))


def _variable(
    path: Path,
    names: dict[str, Any],
    name: str,
    on_lossy: Any,
    walked: Callable[[tb.CapturedSearch], tb.Reading] | None,
) -> tuple[str, tb.Reading]:
    """Return the code of the space that a variable holds, or that an objective suggests.

    Raises:
        ProblemError: There is no such variable, or it is a class.
        SpaceError: It is no space.
    """
    from tunebridge.convert.converted import written_reading

    known = {key: value for key, value in names.items() if not key.startswith("_")}
    if name not in known:
        raise ProblemError(f"{path} has no variable called {name!r}", hint=did_you_mean(name, known))
    value = known[name]
    if isinstance(value, type):
        raise ProblemError(
            f"{path}:{name} is a class, and a space is an object",
            hint=f"make one: space = {name}(...), and name that: {path}:space",
        )
    if hasattr(value, "__code__") and walked is None:
        raise ProblemError(
            f"{path}:{name} is a function, and a space is an object",
            hint=f"if it is an objective of Optuna's, name the file alone, or let it be called: "
            f"{path}:{name} --walks 20",
        )
    if hasattr(value, "__code__") and walked is not None:
        reading = walked(tb.CapturedSearch(objective=value))
        return written_reading(reading, f"{name} of {path.name}"), reading
    try:
        reading = tb.read_space(value, on_lossy=on_lossy)
    except SpaceError as error:
        hint = f"variables: {', '.join(known)}" if not error.hint else error.hint
        raise SpaceError([f"{path}:{name}: {fault}" for fault in error.faults], hint=hint) from error
    return written_reading(reading, f"{name} of {path.name}"), reading


def _likely(names: dict[str, Any]) -> str:
    likely = [
        name for name in names if any(word in name.lower() for word in ("space", "grid", "dist", "param"))
    ]
    return likely[0] if likely else "space"


def _say(lines: Sequence[Any]) -> None:
    """Print to stderr: stdout is for the code."""
    from rich.console import Console

    from tunebridge.display.text import Text

    console = Console(stderr=True)
    for line in lines:
        console.print(Text(line) if isinstance(line, str) else line, soft_wrap=isinstance(line, str))
