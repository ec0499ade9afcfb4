"""Public search spaces through `tb.read_space`: hyperopt's, hyperopt-sklearn's components, Ray's domains.

    python benchmarks/public_spaces.py CHECKOUTS
    python benchmarks/public_spaces.py CHECKOUTS --group hyperopt-sklearn --points 50

`public_spaces.toml` says where they come from; their code is not here. `CHECKOUTS/OWNER/NAME` holds each
repository at the commit that stands there. Of a script, only the statement that makes the space runs, with
what that statement itself needs, so that no data and no model are wanted; a file that is nothing but
definitions runs whole. A component of hyperopt-sklearn is called with a name.

A space counts when its own library takes it: hyperopt builds a `Domain` of it and draws from it, Ray
resolves it. It is read when `tb.read_space` gives a space, when points drawn from that lie in it, and when
each of them comes back in the original's structure. What was read is counted by the worst row: exact,
emulated or lossy.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import importlib
import inspect
import re
import runpy
import sys
import textwrap
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import tunebridge as tb

GROUPS = ("hyperopt", "hyperopt-sklearn", "Ray")
WORST = ("refused", "lossy", "emulated", "exact")
POINTS = 20


@dataclass(frozen=True)
class Named:
    group: str
    name: str
    make: Callable[[], Any]


def statement(text: str, name: str) -> str | None:
    """Return the first assignment, argument or function of a name, whatever else does not parse."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if not re.match(rf"\s*({name}\s*=[^=]|def {name}\b)", line):
            continue
        for end in range(start + 1, min(start + 200, len(lines)) + 1):
            found = textwrap.dedent("\n".join(lines[start:end]))
            with suppress(SyntaxError):
                ast.parse(found)
                if (
                    end == len(lines)
                    or not found.startswith("def ")
                    or not lines[end].startswith((" ", "\t"))
                ):
                    return found.rstrip().rstrip(",")
    return None


def imported(file: Path) -> dict[str, Any]:
    """Return the names that the script's imports bring, as far as their libraries are here."""
    names: dict[str, Any] = {}
    text = file.read_text(encoding="utf-8-sig")
    for module in re.findall(r"(?m)^from (\w+) import \*", text):
        for beside in (file.with_name(f"{module}.py"), file.parent.with_name(f"{module}.py")):
            names |= imported(beside) if beside.exists() else {}
    for line in re.findall(r"(?m)^\s*((?:from [\w.]+ )?import [\w., ]+?)\s*$", text):
        with suppress(ImportError):
            exec(line, names)
    return names


def evaluate(file: Path, name: str) -> Any:
    """Return the value that a script gives a name, running no more of the script than that needs."""
    text, names = file.read_text(encoding="utf-8-sig"), imported(file)
    brought: set[str] = set()

    def bring(wanted: str) -> None:
        source = None if wanted in brought else statement(text, wanted)
        brought.add(wanted)
        if source is None:
            raise NameError(f"{wanted} is made by no statement of {file.name}")
        used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
        for other in sorted(used - names.keys() - {wanted}):
            if not hasattr(builtins, other) and statement(text, other):
                bring(other)
        exec(source, names)

    bring(name)
    return names[name]


def whole(file: Path, name: str) -> Any:
    """Return a name of a file that holds nothing but definitions."""
    return runpy.run_path(str(file))[name]


def scripted(source: dict[str, Any], checkouts: Path) -> Iterator[Named]:
    """Yield the spaces of a source that names files."""
    find = whole if source.get("whole") else evaluate
    for entry in source["spaces"]:
        path, _, name = entry.rpartition(":")
        file = checkouts / source["repository"] / path
        yield Named(source["group"], f"{source['repository']}/{entry}", partial(find, file, name))


def components(source: dict[str, Any], checkouts: Path) -> Iterator[Named]:
    """Yield the space of every function that hyperopt-sklearn's package of components offers."""
    sys.path.insert(0, str(checkouts / source["repository"]))
    package = importlib.import_module("hpsklearn.components")
    for name, make in inspect.getmembers(package, inspect.isfunction):
        if not name.startswith("_") and name not in source["no_spaces"]:
            yield Named(source["group"], name, partial(make, "public"))


def listed(checkouts: Path) -> Iterator[Named]:
    for source in tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["source"]:
        yield from scripted(source, checkouts) if "spaces" in source else components(source, checkouts)


def accept(group: str, original: Any) -> None:
    """Let the space's own library take it and draw from it, or raise what it raises."""
    if group == "Ray":
        importlib.import_module("ray.tune.search.variant_generator").generate_variants(original)
        return
    importlib.import_module("hyperopt.base").Domain(lambda config: 0.0, original)
    stochastic = importlib.import_module("hyperopt.pyll.stochastic")
    for seed in range(3):
        stochastic.sample(original, np.random.default_rng(seed))


def read(original: Any, points: int) -> str:
    """Return the worst fidelity of what was read, or raise what went wrong on the way there and back."""
    reading = tb.read_space(original, on_lossy="warn")
    for seed in range(points):
        params = reading.space.sample(seed)
        if not reading.space.contains(params):
            raise ValueError(f"{params} was drawn from the space and is not in it")
        reading.params(params)
    found = {row.fidelity for row in reading.parameters}
    return next((str(worst) for worst in WORST if worst in found), "exact")


def outcome(space: Named, points: int) -> tuple[str, str]:
    """Return what came of one space, and the exact error or nothing."""
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            original = space.make()
            accept(space.group, original)
    except Exception as error:  # noqa: BLE001 whatever their code raises is what the table says
        return "not taken by its own library", f"{type(error).__name__}: {error}"
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            return read(original, points), ""
    except Exception as error:  # noqa: BLE001 whatever ours raises is what the table says
        return "error", f"{type(error).__name__}: {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkouts", type=Path, help="a folder that holds OWNER/NAME of each repository")
    parser.add_argument("--group", choices=GROUPS, action="append")
    parser.add_argument("--only", default="", help="a part of the space's name")
    parser.add_argument("--points", type=int, default=POINTS, help="how many points go there and back")
    settings = parser.parse_args()
    warnings.simplefilter("ignore")
    console, counts = Console(), {group: Counter[str]() for group in GROUPS}
    for space in listed(settings.checkouts.resolve()):
        if space.group not in (settings.group or GROUPS) or settings.only not in space.name:
            continue
        what, error = outcome(space, settings.points)
        counts[space.group][what] += 1
        if error or settings.only:
            console.print(space.group, space.name, what, error[:400], markup=False, soft_wrap=True)
    table = Table("spaces", "taken by their library", "read", "share", *WORST[:0:-1], title="tb.read_space")
    for group, count in counts.items():
        taken = count.total() - count["not taken by its own library"]
        done = taken - count["error"]
        if taken:
            table.add_row(
                group, str(taken), str(done), f"{done / taken:.0%}", *(str(count[w]) for w in WORST[:0:-1])
            )
    console.print(table)


if __name__ == "__main__":
    main()
