"""Public tuning scripts as they are, and with one import changed: which run on which backend.

    python benchmarks/public_scripts.py CHECKOUTS
    python benchmarks/public_scripts.py CHECKOUTS --group Optuna --only lightgbm --seconds 300
    python benchmarks/public_scripts.py CHECKOUTS --record runs.json --again

`public_scripts.toml` says where the scripts come from; their code is not here. `CHECKOUTS/OWNER/NAME` holds
each repository at the commit that stands there. A script runs in a copy of its repository, once as it is and
once for each of its two backends, in a process of its own with a limit of time. In the copy, nothing but
imports is changed:

    import optuna                  import tunebridge_optuna as optuna
    from optuna import ...         from tunebridge_optuna import ...
    import hyperopt                import tunebridge_hyperopt as hyperopt
    from hyperopt import ...       from tunebridge_hyperopt import ...
    from hyperopt.fmin import ...  from tunebridge_hyperopt import ...

and the variable TUNEBRIDGE_BACKEND names the backend. scikit-learn's search classes are imported from
tunebridge_sklearn under their own names, after the script's import of them; there a backend other than the
default is named in that import. Notebooks run as their cells in order, without the lines of IPython. "ok"
means that the script ended well and that the backend was at work: a run that went around it is none.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

Runs = dict[str, dict[str, list[str]]]
"""By script, then by backend: what came of it, and the exact error or nothing."""

BACKENDS = {
    "Optuna": ("hyperopt:tpe", "sklearn:random"),
    "hyperopt": ("optuna:tpe", "sklearn:random"),
    "scikit-learn": ("", "optuna:tpe"),
}
NATIVE = "as it is"

SEARCHES = {"RandomizedSearchCV": "TuneRandomizedSearchCV", "GridSearchCV": "TuneGridSearchCV"}

GRIDS = {"optuna:tpe": "optuna:grid"}
"""What goes through a grid where a backend that samples is named."""

WITNESS = """
import atexit, os, sys

def tell():
    with open(os.environ["PUBLIC_SCRIPTS_WITNESS"], "a") as file:
        file.write("".join(f"{name}\\n" for name in list(sys.modules) if name.startswith("tunebridge")))

atexit.register(tell)
"""
"""A `sitecustomize` that writes down which modules of tunebridge a process had loaded at its end."""


@dataclass(frozen=True)
class Script:
    group: str
    folder: Path
    path: str
    arguments: tuple[str, ...]
    backends: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """As it is, and the backends that it runs on."""
        return (NATIVE, *self.backends)

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}/{self.path}"


def listed(checkouts: Path) -> Iterator[Script]:
    """Yield the scripts of the list that run without downloads."""
    sources = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["source"]
    for source in sources:
        group, folder = source["group"], checkouts / source["repository"]
        arguments, backends = source.get("arguments", {}), source.get("backends", {})
        for path in source["runs"]:
            chosen = backends.get(path, BACKENDS[group])
            yield Script(group, folder, path, tuple(arguments.get(path, ())), tuple(chosen))


def code_of(file: Path) -> str:
    """Return a script's text, or the code cells of a notebook."""
    text = file.read_text()
    if file.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def with_facade(code: str, library: str) -> str:
    """Return the script with the library's own import changed."""
    facade = f"tunebridge_{library}"
    code = re.sub(rf"(?m)^(\s*)import {library}[ \t]*$", rf"\1import {facade} as {library}", code)
    code = re.sub(rf"(?m)^(\s*)import {library} as ", rf"\1import {facade} as ", code)
    return re.sub(rf"(?m)^(\s*)from {library}(\.fmin)? import ", rf"\1from {facade} import ", code)


def with_searches(code: str, backend: str) -> str:
    """Return the script with tunebridge's search classes after its import of scikit-learn's."""
    lines = code.splitlines()
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    for node in sorted(nodes, key=lambda node: node.lineno, reverse=True):
        for name in {alias.name for alias in node.names} & set(SEARCHES):
            ours = SEARCHES[name]
            imports = [f"from tunebridge_sklearn import {ours} as {name}"]
            if backend:
                chosen = GRIDS.get(backend, backend) if name == "GridSearchCV" else backend
                imports = [
                    "from functools import partial",
                    *imports,
                    f"{name} = partial({name}, backend={chosen!r})",
                ]
            indent = " " * node.col_offset
            lines[node.end_lineno : node.end_lineno] = [indent + line for line in imports]
    return "\n".join(lines)


def changed(script: Script, code: str, backend: str) -> str:
    """Return the script's code for a backend."""
    if script.group == "scikit-learn":
        return with_searches(code, backend)
    return with_facade(code, script.group.lower())


def last_error(stderr: str) -> str:
    """Return the exact error: the last line at the margin that names an exception, and its notes."""
    lines = stderr.strip().splitlines()
    found = [
        number
        for number, line in enumerate(lines)
        if re.match(r"[\w.]+(Error|Exception|Pruned|Warning|Exit)\b", line)
    ]
    return " ".join(lines[found[-1] :])[:600] if found else " ".join(lines[-2:])[:600]


def witnessed(backend: str, modules: set[str]) -> bool:
    """Return whether the backend was at work, by the module of its session."""
    plugin = f"tunebridge_{backend.partition(':')[0]}" if backend else "tunebridge_sklearn"
    return any(name.startswith(f"{plugin}.") for name in modules)


def run(script: Script, backend: str, seconds: float) -> list[str]:
    """Return what came of one run, and the exact error or nothing."""
    native = backend == NATIVE
    with TemporaryDirectory() as room:
        original = script.folder / script.path
        place = Path(room, "repository", script.path).parent
        shutil.copytree(
            script.folder, Path(room, "repository"), ignore=shutil.ignore_patterns(".git", "__pycache__")
        )
        Path(room, "site").mkdir()
        Path(room, "site", "sitecustomize.py").write_text(WITNESS)
        code = code_of(original)
        (place / "public_script.py").write_text(code if native else changed(script, code, backend))
        environment = dict(
            os.environ,
            PYTHONPATH=str(Path(room, "site")),
            MPLBACKEND="Agg",
            PYTHONWARNINGS="default",
        )
        environment["PUBLIC_SCRIPTS_WITNESS"] = str(Path(room, "witness"))
        if not native:
            environment["TUNEBRIDGE_BACKEND"] = backend
        line = [sys.executable, "public_script.py", *script.arguments]
        began = time.monotonic()
        try:
            ended = subprocess.run(
                line,
                check=False,
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as cut:
            tail = (cut.stderr or b"").decode(errors="replace").strip().splitlines()[-1:]
            return [f"past {seconds:.0f} s", " ".join(tail)[-300:]]
        took = time.monotonic() - began
        if ended.returncode:
            return ["error", last_error(ended.stderr)]
        witness = Path(room, "witness")
        modules = set(witness.read_text().split()) if witness.exists() else set()
    if not native and not witnessed(backend, modules):
        return ["error", "went around tunebridge: no module of the backend was loaded"]
    return [f"ok {took:.0f} s", ""]


def is_good(outcome: list[str]) -> bool:
    return outcome[0].startswith("ok")


def words(column: str, outcomes: dict[str, list[str]]) -> str:
    """Say what came of a column of a script."""
    return f"{column or 'default'}: {outcomes.get(column, ['not run'])[0]}"


def table_of(group: str, runs: Runs, scripts: list[Script]) -> Table:
    """Return the outcomes of a group, a line a script."""
    table = Table("script", NATIVE, "one backend", "the other", title=f"{group}: {len(scripts)} scripts")
    for script in scripts:
        outcomes = runs.get(script.name, {})
        native = outcomes.get(NATIVE, ["not run"])[0]
        table.add_row(script.name, native, *(words(backend, outcomes) for backend in script.backends))
    return table


def share(group: str, runs: Runs, scripts: list[Script]) -> str:
    """Say how many of those that run natively run on both backends, and on one of them."""
    native = [s for s in scripts if is_good(runs.get(s.name, {}).get(NATIVE, [""]))]
    well = [sum(is_good(runs[s.name].get(backend, [""])) for backend in s.backends) for s in native]
    return (
        f"{group}: {len(native)} run as they are, {well.count(2)} of them on both backends, "
        f"{well.count(1)} on one"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkouts", type=Path, help="a folder that holds OWNER/NAME of each repository")
    parser.add_argument("--group", choices=[*BACKENDS], action="append")
    parser.add_argument("--only", default="", help="a part of the script's name")
    parser.add_argument("--seconds", type=float, default=120, help="the limit of one run")
    parser.add_argument(
        "--record", type=Path, help="a file that keeps outcomes; what is in it is not run again"
    )
    parser.add_argument("--again", action="store_true", help="run again what is in the record and is not ok")
    parser.add_argument("--native", action="store_true", help="run them as they are only")
    settings = parser.parse_args()
    runs: Runs = (
        json.loads(settings.record.read_text()) if settings.record and settings.record.exists() else {}
    )
    scripts = [s for s in listed(settings.checkouts.resolve()) if s.group in (settings.group or BACKENDS)]
    console = Console()
    for script in (s for s in scripts if settings.only in s.name):
        outcomes = runs.setdefault(script.name, {})
        for backend in script.columns[:1] if settings.native else script.columns:
            known = outcomes.get(backend)
            if known and (is_good(known) or not settings.again):
                continue
            if backend != NATIVE and not is_good(outcomes.get(NATIVE, [""])):
                continue
            outcomes[backend] = run(script, backend, settings.seconds)
            console.print(
                script.name, backend or "sklearn:random", *outcomes[backend], markup=False, soft_wrap=True
            )
            if settings.record:
                settings.record.write_text(json.dumps(runs, indent=1))
    for group in settings.group or BACKENDS:
        of_group = [s for s in scripts if s.group == group]
        console.print(table_of(group, runs, of_group), share(group, runs, of_group), sep="\n")


if __name__ == "__main__":
    main()
