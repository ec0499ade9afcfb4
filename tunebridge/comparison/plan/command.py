"""A comparison as the call that runs it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from tunebridge.comparison.plan.plan import Plan
from tunebridge.display.passwords import without_passwords
from tunebridge.policy import OnLossy
from tunebridge.registry.choice import Backend, ChosenExecutor, ChosenPruner

STUDY = "comparison"
"""What a comparison is called that is not named."""


def command_line(words: Sequence[str]) -> str:
    """Return a command as a shell takes it; a URL ends where its word ends."""
    return shlex.join(without_passwords(word, _url(word)) for word in words)


def _url(word: str) -> str:
    """Return the URL that a word of a command is, or that an option has; empty for none."""
    given = word.partition("=")[2] if word.startswith("-") else word
    return given if "://" in given else ""


def written(
    plan: Plan,
    *,
    named: bool,
    on_lossy: OnLossy,
    storage: str | None,
    n_jobs: int | None,
    executor: str | ChosenExecutor | None,
) -> str:
    """Return the call in Python; arguments that are as they are by default are left out.

    Args:
        plan: What is compared.
        named: Whether problems were given by name.
        on_lossy: As it was given, like the rest.
        storage: A URL.
        n_jobs: Cells that run at a time.
        executor: Where they run.
    """
    lines = [(_name(one.backend), _name(one.pruner)) for one in plan.contenders]
    pruners = [pruner for backend, pruner in lines if backend == lines[0][0]]
    # Random search that was added has no pruner, so it need not be among those that have all of them.
    backends = [
        name
        for name in dict.fromkeys(name for name, _ in lines)
        if {(name, one) for one in pruners} <= {*lines}
    ]
    n_seeds = len(plan.seeds)
    arguments = {
        "backends": f"[{', '.join(backends)}]",
        "pruners": "" if pruners == ["None"] else f"[{', '.join(pruners)}]",
        "n_trials": _given(plan.budget.n_trials),
        "max_seconds": _given(plan.budget.max_seconds),
        "seeds": f"range({n_seeds})" if plan.seeds == tuple(range(n_seeds)) else repr(list(plan.seeds)),
        "shared_start": str(plan.shared_start or ""),
        "reference": repr(plan.reference),
        "target": repr(dict(plan.targets)) if plan.targets else "",
        "on_lossy": "" if on_lossy == "error" else repr(on_lossy),
        "storage": "" if storage is None else repr(without_passwords(storage, storage)),
        "study": "" if plan.study == STUDY else repr(plan.study),
        "n_jobs": _given(n_jobs),
        "executor": _given(executor) if isinstance(executor, str | None) else _name(executor),
    }
    names = ", ".join(f"{name!r}: ..." for name in plan.problems)
    problems = f"{{{names}}}" if named else "problem"
    listed = ", ".join(f"{name}={text}" for name, text in arguments.items() if text)
    return f"tunebridge.compare({problems}, {listed})"


def _given(argument: object) -> str:
    return "" if argument is None else repr(argument)


def _name(chosen: Backend | ChosenPruner | ChosenExecutor | None) -> str:
    """Return what stands for a backend, a pruner or an executor in a call."""
    if chosen is None or chosen.options:
        return "None" if chosen is None else f"tunebridge.{chosen!r}"
    return repr(chosen.spec.name)
