"""A comparison as the call that runs it."""

from __future__ import annotations

from tunebridge.compare.plan import Plan
from tunebridge.plugins import Backend, ChosenPruner


def written(plan: Plan) -> str:
    """Return the call in Python; arguments that are as they are by default are left out."""
    names = [(_name("backend", one.backend), _name("pruner", one.pruner)) for one in plan.contenders]
    pruners = [pruner for backend, pruner in names if backend == names[0][0]]
    # Random search that was added has no pruner, so it need not be among those that have all of them.
    backends = [
        name
        for name in dict.fromkeys(name for name, _ in names)
        if {(name, one) for one in pruners} <= {*names}
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
    }
    given = list(plan.problems)
    problems = given[0] if len(given) == 1 else f"{{{', '.join(f'{name!r}: ...' for name in given)}}}"
    listed = ", ".join(f"{name}={text}" for name, text in arguments.items() if text)
    return f"tunebridge.compare({problems}, {listed})"


def _given(limit: float | None) -> str:
    return "" if limit is None else repr(limit)


def _name(kind: str, chosen: Backend | ChosenPruner | None) -> str:
    """Return what stands for a backend or a pruner in a call."""
    if chosen is None:
        return "None"
    options = "".join(f", {name}={value!r}" for name, value in chosen.options.items())
    return f"tunebridge.{kind}({chosen.spec.name!r}{options})" if options else repr(chosen.spec.name)
