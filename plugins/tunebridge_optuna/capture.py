"""A search of Optuna's as a script called it: samplers and pruners cross by their class.

Of their arguments those cross that have an option here; the others are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from optuna.study import StudyDirection

from tunebridge import Backend, Call, Called, CapturedSearch, backend, pruner
from tunebridge_optuna.counterparts import PRUNERS, SAMPLERS

OTHER_WORDS = {"wrapped_pruner": "around"}
"""Options that have another name here."""

NO_COUNTERPART = {
    "callbacks": "callbacks are observers here: tb.tune(..., observers=[...])",
    "catch": "here every exception is recorded: on_error='raise' ends the study instead",
    "gc_after_trial": "gc_after_trial has no counterpart",
    "show_progress_bar": "the progress is shown in a terminal as it is",
}
"""What is said of arguments of `optimize` that do not cross."""


def read(search: Called, noted: Sequence[Called]) -> CapturedSearch:
    """Return a search as `Study.optimize` or `Study.ask` was called."""
    study = search.arguments["self"]
    made = _arguments(noted, "create_study", study)
    remarks: list[str] = []
    settings = _settings(search, made, noted, remarks)
    prunes = "pruner" in made or _may_report(search.arguments.get("func"), set())
    if len(study.directions) == 1 and prunes and (pruning := _pruner(study.pruner, noted, remarks)):
        settings["pruner"] = pruning
    enqueued = [dict(one.arguments["params"]) for one in noted if one.entry.name == "Study.enqueue_trial"]
    if enqueued:
        settings["initial"] = enqueued
    if "func" not in search.arguments:
        remarks.append("the script asks and tells itself: write what it does in between as the objective")
    remarks += [text for name, text in NO_COUNTERPART.items() if search.arguments.get(name)]
    directions = ["maximize" if one == StudyDirection.MAXIMIZE else "minimize" for one in study.directions]
    space = made.get("space") or _arguments(noted, "sampler", study.sampler).get("space")
    return CapturedSearch(
        objective=search.arguments.get("func"),
        space=space,
        directions=tuple(directions),
        settings=settings,
        remarks=tuple(remarks),
    )


def _settings(
    search: Called, made: Mapping[str, Any], noted: Sequence[Called], remarks: list[str]
) -> dict[str, Any]:
    """Return budget, backend, seed, jobs and storage."""
    sampler = search.arguments["self"].sampler
    given = dict(_arguments(noted, "sampler", sampler) or _arguments(noted, "__init__", sampler))
    given |= {name: made[name] for name in ("backend", "seed") if name in made}
    seed = given.pop("seed", None)
    named = _named(given["backend"]) if "backend" in given else None
    settings: dict[str, Any] = {"backend": named or _backend(type(sampler).__name__, given, remarks)}
    settings |= {
        ours: search.arguments[theirs]
        for ours, theirs in (("n_trials", "n_trials"), ("max_seconds", "timeout"))
        if search.arguments.get(theirs) is not None
    }
    settings |= {} if seed is None else {"seed": seed}
    if search.arguments.get("n_jobs", 1) != 1:
        settings |= {"n_jobs": search.arguments["n_jobs"], "executor": "threads"}
    storage = made.get("storage")
    if isinstance(storage, str):
        settings |= {"storage": storage, "study": made.get("study_name") or "study"}
        remarks.append("a study that Optuna keeps there under this name is a history: give another name here")
    elif storage is not None:
        remarks.append(f"{type(storage).__name__}(...) is given by its URL here: storage='sqlite:///tune.db'")
    return settings


def _named(given: str | Backend) -> str | Call:
    """Return a backend as it is written."""
    if isinstance(given, str):
        return given
    return Call("tb.backend", (given.spec.name,), given.options) if given.options else given.spec.name


def _backend(sampler: str, given: Mapping[str, Any], remarks: list[str]) -> str | Call:
    """Return the backend of a sampler, with the options that it has here."""
    if sampler not in SAMPLERS:
        remarks.append(f"{sampler} is no sampler that has a backend: optuna:tpe stands for it")
        return "optuna:tpe"
    name = f"optuna:{SAMPLERS[sampler]}"
    options = {option: value for option, value in given.items() if _is_option(backend, name, option)}
    remarks += [f"{sampler}({option}=...) has no option here" for option in given if option not in options]
    return Call("tb.backend", (name,), options) if options else name


def _pruner(used: Any, noted: Sequence[Called], remarks: list[str]) -> Call | None:
    """Return the pruner of a study; Optuna's own default is one, too."""
    name = type(used).__name__
    if not PRUNERS.get(name):
        remarks += [] if name in PRUNERS else [f"the pruner {name} has no counterpart"]
        return None
    options = {}
    for theirs, value in _arguments(noted, "__init__", used).items():
        option = OTHER_WORDS.get(theirs, theirs)
        if not _is_option(pruner, PRUNERS[name], option):
            remarks.append(f"{name}({theirs}=...) has no option here")
        else:
            options[option] = _pruner(value, noted, remarks) if option == "around" else value
    return Call("tb.pruner", (PRUNERS[name],), options)


def _is_option(choose: Callable[..., Any], name: str, option: str) -> bool:
    return option in choose(name).spec.options


def _arguments(noted: Sequence[Called], name: str, thing: Any) -> Mapping[str, Any]:
    """Return what the script gave to the call that made something."""
    for one in reversed(noted):
        if one.entry.name.endswith(name) and any(
            thing is made for made in (one.result, one.arguments.get("self"))
        ):
            return {key: value for key, value in one.given.items() if key != "self" and value is not None}
    return {}


def _may_report(function: Any, seen: set[Any]) -> bool:
    """Return whether a function may report to a trial, or what it calls by the names of its module."""
    code = getattr(function, "__code__", None)
    if code is None or any(word in name.lower() for name in code.co_names for word in ("prun", "report")):
        return True
    seen.add(code)
    known = [getattr(function, "__globals__", {}).get(name) for name in code.co_names]
    inside = [one for one in known if isinstance(one, FunctionType) and one.__code__ not in seen]
    return any(one.__module__ == function.__module__ and _may_report(one, seen) for one in inside)
