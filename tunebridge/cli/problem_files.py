"""Problems in files of Python."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tunebridge.errors import ProblemError, did_you_mean
from tunebridge.problem.problem import Problem

Loaded = dict[Path, dict[str, Any]]
"""What files have, by their paths."""


def load_problem(target: str, loaded: Loaded | None = None) -> Problem:
    """Return the problem that `FILE.py:name` stands for.

    Args:
        target: The file and the name.
        loaded: Files that were loaded before, and are not run again; this one is added.

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
        why = f": there is no {file}" if path.suffix == ".py" else ""
        raise ProblemError(f"{target!r} names no Python file{why}", hint=file_meant(target, "problem"))
    found = _variables(path, loaded)
    if not isinstance(found.get(name), Problem):
        problems = [key for key, value in found.items() if isinstance(value, Problem)]
        none = f"it has none: write {name or 'problem'} = tunebridge.Problem(objective, space)"
        hint = did_you_mean(name, problems) if problems else none
        raise ProblemError(f"{file} has no Problem called {name!r}", hint=hint)
    problem: Problem = found[name]
    return problem


def file_meant(target: str, usual: str) -> str:
    """Return a hint with the file that was meant, if one there is called almost so, or as a module is.

    Args:
        target: What was given.
        usual: The name to write after it; empty if there need be none.
    """
    file, _, name = target.rpartition(":") if ":" in target else (target, "", usual)
    path = Path(file if file.endswith(".py") else f"{file.replace('.', '/')}.py")
    close = get_close_matches(path.name, [one.name for one in path.parent.glob("*.py")], n=1)
    if close:
        return f"Did you mean {':'.join(filter(None, [str(path.parent / close[0]), name]))}?"
    return f"write FILE.py:{usual}, e.g. train.py:{usual}" if usual else "write FILE.py, or FILE.py:name"


def load_history(target: str, loaded: Loaded) -> Any:
    """Return the variable that `FILE.py:name` stands for; the path of a table stands for itself.

    Args:
        target: The file and the name, or the path.
        loaded: Files that were loaded before, and are not run again; this one is added.

    Raises:
        ProblemError: There is no such file, or no such variable in it.
    """
    if Path(target).suffix.lower() == ".csv":
        return target
    file, _, name = target.rpartition(":")
    path = Path(file)
    if path.suffix != ".py" or not path.is_file():
        raise ProblemError(
            f"{target!r} names no variable of a Python file",
            hint="write FILE.py:name, e.g. old.py:trials; a table is a path that ends in .csv",
        )
    found = {key: value for key, value in _variables(path, loaded).items() if not key.startswith("_")}
    if name not in found:
        raise ProblemError(f"{file} has no variable called {name!r}", hint=did_you_mean(name, found))
    return found[name]


def load_problems(targets: Sequence[str]) -> dict[str, Problem]:
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


def _variables(path: Path, loaded: Loaded | None) -> dict[str, Any]:
    """Return what a file has, which is run at most once."""
    known: Loaded = {} if loaded is None else loaded
    if path.resolve() not in known:
        known[path.resolve()] = vars(_load(path))
    return known[path.resolve()]


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
