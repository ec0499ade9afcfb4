"""Who takes part in `auto`, and why others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunebridge import (
    Backend,
    BackendSpec,
    Direction,
    Fidelity,
    MissingLibraryError,
    Space,
    Translation,
    TranslationError,
    backend,
    backends,
    explain,
)
from tunebridge_auto.options import read
from tunebridge_auto.rule import PROCESSES

NAME = "auto:credit"

REMEMBERED = 500
"""How many trials those members are told of that `auto` chooses itself: a long history costs no more."""

BESIDE = (
    "its proposals are made while trials run side by side (n_jobs > 1, not under deterministic=True), and "
    "know one outcome fewer"
)
"""What `explain` says of a member that proposes ahead when its turn comes."""


@dataclass(slots=True)
class Taken:
    """Candidates against a space."""

    translations: dict[str, Translation] = field(default_factory=dict)
    """Those of the members, by name."""
    options: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Those of all candidates, by name."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Why others are none, by name."""


def members(
    space: Space, directions: Sequence[Direction], options: Mapping[str, Any]
) -> Mapping[str, Mapping[str, Any]]:
    """Return who takes part in a study, with their options.

    Raises:
        MissingLibraryError: No backend that learns from trials of others is installed.
        TranslationError: Nobody can take the problem.
    """
    given = read(options).members
    found = taken(space, given, n_directions=len(directions), ahead=read(options).lookahead is None)
    if not found.translations:
        raise TranslationError(
            f"no member of {NAME} can take this problem: {_listed(found.left_out)}",
            hint="choose another backend: `tunebridge backends` lists what each of them can do",
        )
    return {name: dict(found.options[name]) for name in found.translations}


def translate(space: Space, options: Mapping[str, Any]) -> Translation:
    """Hold the translation of each member, and why others are none."""
    given, ahead = read(options).members, read(options).lookahead is None
    found = taken(space, given, ahead=ahead)
    if given is not None:
        found.left_out = {**_others(space, given), **found.left_out}
    return Translation.of_members(space, backend=NAME, members=found.translations, left_out=found.left_out)


def own_options(spec: BackendSpec, space: Space, *, ahead: bool) -> dict[str, Any]:
    """Return the options of a member that `auto` chooses itself.

    Args:
        spec: The member.
        space: The declared space.
        ahead: Whether costly members propose ahead.
    """
    costly = ahead and spec.name in PROCESSES
    wanted = {"flat": space.conditional, "remember": REMEMBERED, "lookahead": int(costly)}
    return {name: value for name, value in wanted.items() if value and name in spec.options}


def taken(
    space: Space,
    given: Mapping[str, Mapping[str, Any]] | None,
    *,
    n_directions: int = 1,
    ahead: bool = True,
) -> Taken:
    """Return who can take a space without loss; whoever loses something, if nobody can.

    Args:
        space: The declared space.
        given: Options by name of those who may take part; None for all that are installed and learn.
        n_directions: How many objectives there are.
        ahead: Whether costly members that `auto` chooses itself propose ahead.

    Raises:
        MissingLibraryError: No backend that learns from trials of others is installed.
    """
    found, lossy = Taken(), {}
    for one in (
        _installed(space, found, ahead=ahead)
        if given is None
        else [backend(name, **own) for name, own in given.items()]
    ):
        name, reason = one.spec.name, _unable(one, space, n_directions)
        found.options[name] = one.options
        translation = _explained(space, one)
        if reason or translation.rows(Fidelity.REFUSED):
            found.left_out[name] = reason or _reason(translation, Fidelity.REFUSED)
        elif translation.rows(Fidelity.LOSSY):
            lossy[name] = translation
        else:
            found.translations[name] = translation
    if not found.translations:
        found.translations = lossy
    else:
        found.left_out |= {name: _reason(one, Fidelity.LOSSY) for name, one in lossy.items()}
    return found


def _others(space: Space, given: Mapping[str, Any]) -> dict[str, str]:
    """Return why those are no members that were not named as a study began."""
    try:
        everyone = taken(space, None)
    except MissingLibraryError:
        return {}
    reasons = {
        **everyone.left_out,
        **dict.fromkeys(everyone.translations, "not among the members that were named or stored"),
    }
    return {name: reason for name, reason in reasons.items() if name not in given}


def _installed(space: Space, found: Taken, *, ahead: bool) -> list[Backend]:
    """Return the backends that learn from trials of others, and note why others that learn are left out."""
    able = []
    for spec in backends():
        can = spec.capabilities
        one = Backend(spec, own_options(spec, space, ahead=ahead))
        if spec.members is not None or not can.learns:
            continue
        if not can.observes_foreign_trials:
            found.left_out[spec.name] = "does not learn from trials of others"
        elif can.needs_budget:
            found.left_out[spec.name] = "plans its search over the whole study"
        elif not spec.explores:
            found.left_out[spec.name] = "moves step by step from trials of its own"
        elif one.is_installed:
            able.append(one)
        else:
            found.left_out[spec.name] = f"needs {', '.join(spec.requires)}, not all of which is installed"
    if not able:
        raise MissingLibraryError(
            f"{NAME} needs a library whose sampler learns from trials of others, and none is installed",
            hint='run: pip install "tunebridge[auto]"',
        )
    return able


def _explained(space: Space, one: Backend) -> Translation:
    """Return a member's translation, which says when it proposes ahead: not as where it is alone."""
    alone = {name: value for name, value in one.options.items() if name != "lookahead"}
    translation = explain(space, Backend(one.spec, alone))
    is_ahead = one.options.get("lookahead")
    return replace(translation, notes=(*translation.notes, BESIDE)) if is_ahead else translation


def _unable(one: Backend, space: Space, n_directions: int) -> str:
    able = one.spec.capabilities
    if space.conditional and not able.conditional:
        return "does not propose spaces with conditions"
    return "optimises one objective only" if n_directions > 1 and not able.multi_objective else ""


def _reason(translation: Translation, fidelity: Fidelity) -> str:
    row = translation.rows(fidelity)[0]
    return f"{row.path} is {fidelity}: {row.reason}"


def _listed(left_out: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
