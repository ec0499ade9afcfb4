"""Calls that do not fit a function: what it takes, and the next step, in place of a bare TypeError."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from tunebridge.display.brief import brief
from tunebridge.errors import OptionError, did_you_mean

if TYPE_CHECKING:
    from inspect import Parameter

T = TypeVar("T")

Elsewhere = Callable[[str, Mapping[str, Any]], str]
"""Says where one of the arguments of a call belongs, which it does not take; an empty text if nowhere."""

ALSO_CALLED = (
    ("backend", "backends", "backend_name", "sampler", "algo"),
    ("n_trials", "n_iter", "max_evals", "n_calls", "num_samples"),
    ("max_seconds", "timeout"),
    ("observers", "observer", "callbacks"),
    ("pruner", "pruners"),
    ("seed", "random_state", "rstate", "seeds"),
    ("space", "param_distributions", "param_grid", "search_space"),
    ("study", "study_name"),
)
"""What libraries, and other functions here, call one argument; a row for each."""

OF_THE_STUDY = frozenset(
    {
        *("adjust", "backend", "checkpoints", "deterministic", "executor", "grow", "history", "initial"),
        *("join", "max_seconds", "memory_limit", "n_jobs", "n_trials", "observers", "population", "progress"),
        *("pruner", "seed", "stop", "storage", "study", "trial_timeout"),
    }
)
"""What is said to `tunebridge.tune`, and neither to a problem nor to what is chosen by name."""

MOST = 3
"""How many arguments without their names a hint gives a name each."""


def checked(thing: T, elsewhere: Elsewhere | None = None) -> T:
    """Let a function, or a class as it is made, say what is wrong with a call that does not fit it.

    Args:
        thing: It.
        elsewhere: Knows where arguments belong that it does not have.
    """
    if isinstance(thing, type):
        made: Any = thing
        made.__init__ = checked(made.__init__, elsewhere)
        return thing
    function: Any = thing

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except TypeError:
            fault = misfit(function, args, named, elsewhere)
            if fault is None:  # the call fits: what the function does has raised it
                raise
        raise fault

    found: Any = call
    return found  # type: ignore[no-any-return]


def shown(value: Any) -> str:
    """Return how the value of an argument is written; dots stand for any."""
    return "..." if value is ... else brief(value)


def of_the_study(name: str, given: Mapping[str, Any]) -> str:
    """Return that an argument is one of the study; an empty text if it is none."""
    said = f"it is said to the study itself: tune(..., {name}={shown(given[name])})"
    return said if name in OF_THE_STUDY else ""


def checked_with(elsewhere: Elsewhere) -> Callable[[T], T]:
    """Return `checked` with what knows where arguments belong."""
    return lambda thing: checked(thing, elsewhere)


def misfit(
    function: Any, args: Sequence[Any], named: Mapping[str, Any], elsewhere: Elsewhere | None = None
) -> OptionError | None:
    """Return the error of a call that does not fit a function; None if it fits."""
    from inspect import signature

    form = signature(function)
    try:
        form.bind(*args, **named)
    except TypeError:
        takes = {name: one for name, one in form.parameters.items() if name != "self"}
        given = args[len(form.parameters) - len(takes) :]
        message, hint = _said(function.__qualname__.removesuffix(".__init__"), takes, given, named, elsewhere)
        return OptionError(message, hint=hint, in_every_trial=True)
    return None


def _said(
    name: str,
    takes: Mapping[str, Parameter],
    given: Sequence[Any],
    named: Mapping[str, Any],
    elsewhere: Elsewhere | None,
) -> tuple[str, str]:
    """Return what is wrong with a call, and the next step."""
    kinds = {one.kind.name for one in takes.values()}
    in_order = [one for one, how in takes.items() if how.kind.name.startswith("POSITIONAL_")]
    strange = [] if "VAR_KEYWORD" in kinds else [one for one in named if one not in takes]
    if strange:
        here = next((one for row in ALSO_CALLED if strange[0] in row for one in row if one in takes), "")
        where = "" if elsewhere is None or here else elsewhere(strange[0], named)
        names = [one for one, how in takes.items() if not how.kind.name.startswith("VAR_")]
        meant = f"it is called {here!r} here" if here else where or did_you_mean(strange[0], names)
        return f"{name} has no argument {strange[0]!r}", meant
    if len(given) > len(in_order) and "VAR_POSITIONAL" not in kinds:
        return _unnamed(name, in_order, given[len(in_order) :], takes, named)
    twice = [one for one in in_order[: len(given)] if one in named]
    if twice:
        return f"{name} is given {twice[0]!r} twice", f"leave out one of {twice[0]}={brief(named[twice[0]])}"
    by_place = [one for one in in_order if takes[one].kind.name == "POSITIONAL_ONLY" and one in named]
    if by_place:
        first = by_place[0]
        rule = f"{name} takes {first!r} by its place, without a name"
        return rule, f"write {name}({brief(named[first])}, ...)"
    lacking = [one for one in _required(takes) if one not in {*in_order[: len(given)], *named}]
    call = ", ".join([*in_order, *(f"{one}=..." for one in lacking if one not in in_order)])
    return f"{name} needs {_listed(lacking)}", f"write {name}({call})"


def _unnamed(
    name: str,
    in_order: Sequence[str],
    left: Sequence[Any],
    takes: Mapping[str, Parameter],
    named: Mapping[str, Any],
) -> tuple[str, str]:
    """Return that arguments are to be named, and how."""
    rule = f"only {_listed(in_order)} without a name" if in_order else "every argument by its name"
    message = f"{name} takes {rule}, and got {', '.join(map(brief, left))}"
    free = [one for one, how in takes.items() if how.kind.name == "KEYWORD_ONLY" and one not in named]
    needed = [one for one in free if takes[one].default is takes[one].empty]
    if "VAR_KEYWORD" in {how.kind.name for how in takes.values()}:
        return message, f"name each: {name}({', '.join(in_order)}, NAME={brief(left[0])})"
    if len(left) == len(needed):
        written = ", ".join(f"{one}={brief(value)}" for one, value in zip(needed, left, strict=True))
        return message, f"write {written}"
    if not free:
        return message, f"leave {', '.join(map(brief, left))} out"
    if len(left) == 1 and len(free) <= MOST:
        return message, f"write {' or '.join(f'{one}={brief(left[0])}' for one in free)}"
    return message, f"name each: {', '.join(free)}"


def _required(takes: Mapping[str, Parameter]) -> list[str]:
    return [
        one for one, how in takes.items() if how.default is how.empty and not how.kind.name.startswith("VAR_")
    ]


def _listed(names: Sequence[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
