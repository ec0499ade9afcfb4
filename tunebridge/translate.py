"""A space against a named backend: what becomes of it, the native object, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tunebridge.calls import checked_with
from tunebridge.checks import check_flags
from tunebridge.contract.ahead import lookahead_statement
from tunebridge.contract.beyond import limits_statement
from tunebridge.contract.remembered import remember_statement
from tunebridge.contract.translation import Fidelity, TranslatedParameter, Translation
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, SpaceError, TranslationError, UnsupportedError, did_you_mean
from tunebridge.policy import OnLossy
from tunebridge.problem.problem import Direction, read_directions
from tunebridge.registry.belonging import belongs
from tunebridge.registry.bounds import by_statement
from tunebridge.registry.choice import Backend, backend
from tunebridge.registry.hearing import hearing
from tunebridge.registry.plugins import registry
from tunebridge.space.foreign.advice import in_place_of_space
from tunebridge.space.space import Space

logger = logger_of(__name__)


ONE_OBJECTIVE = "optimises one objective only"
"""Why a backend is no member where there are several objectives."""

STEP = "step of the copy"
"""Name of the row that says what becomes of the step, where a backend explores for a population."""


@checked_with(belongs)
def explain(
    space: Space,
    backend_name: str | Backend,
    *,
    explore: bool = False,
    join: bool = False,
    limits: bool = False,
    directions: str | Sequence[str] = Direction.MINIMIZE,
) -> Translation:
    """Return what becomes of a space on a backend, parameter by parameter; it prints as a table.

    The library need not be installed.

    Args:
        space: The declared space.
        backend_name: A backend's name, or what `tunebridge.backend` returns.
        explore: Whether the backend is to move the params of copies, as `Population(explore=...)` says; one
            more row tells whether it takes their steps into account.
        join: Whether processes are to share a study, as `tune(join=True)` says; a note tells what it means.
        limits: Whether trials are to have limits; a note tells how the backend hears of those beyond them.
        directions: One per objective; with several, those who optimise one are left out, and say so.

    Raises:
        UnknownNameError: No backend has this name.
        ProblemError: A direction is none, or a flag neither True nor False.
        TranslationError: With several objectives, the backend asks others, none of whom can take them.
    """
    check_flags(explore=explore, join=join, limits=limits)
    chosen, ways = backend(backend_name), read_directions(directions)
    chosen = chosen.shared if join else chosen
    if not isinstance(space, Space):
        raise SpaceError([f"expected a tunebridge.Space, got {brief(space)}"], hint=in_place_of_space(space))
    if len(ways) > 1:
        chosen = chosen.settled(space, ways)
    translation = chosen.spec.translate(space, chosen.options)
    rows = _without_conditions(space, chosen, translation.parameters)
    rows = (*rows, *([_step(chosen)] if explore else []))
    alone = (
        f"{name} {remark}"
        for name, remark in hearing({name: {} for name in translation.members}).items()
        if remark
    )
    theirs = by_statement((name, note) for name, one in translation.members.items() for note in one.notes)
    shared = _shared(chosen) if join else ""
    told = _limits(chosen, translation) if limits else ()
    said = remember_statement(chosen.options), lookahead_statement(chosen.options), shared, *told
    said = *said, *theirs, *alone, _one_objective(chosen, len(ways))
    notes = tuple(filter(None, said))
    found = replace(translation, prior=chosen.spec.prior, parameters=rows, notes=notes)
    return _for_objectives(found, len(ways))


def to_native(space: Space, backend_name: str | Backend) -> Any:
    """Return what one would hand to the library by hand.

    Raises:
        TranslationError: The backend cannot propose some parameter.
        MissingLibraryError: The library is not installed.
    """
    chosen = backend(backend_name)
    translation = explain(space, chosen)
    check_refused(translation)
    chosen.require()
    return translation.build()


def decode(space: Space, backend_name: str | Backend, native: Any) -> dict[str, Any]:
    """Return the flat params of a native point: what the library gives an objective, or reports as its best.

    Raises:
        TranslationError: The backend cannot propose the space, or the point is none of its.
    """
    translation = explain(space, backend_name)
    check_refused(translation)
    try:
        return translation.decode(native)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise TranslationError(
            f"{brief(native)} is no point of this space on {translation.backend}: {brief(error)}",
            hint="give it as the library hands it to an objective written for to_native(space, backend)",
        ) from error


def check_translation(
    space: Space,
    directions: tuple[Direction, ...],
    chosen: Backend,
    n_trials: int | None,
    on_lossy: OnLossy,
) -> Translation:
    """Return the translation of a space, once all is checked that can be before a session opens."""
    translation = explain(space, chosen, directions=directions)
    check_capabilities(space, directions, chosen)
    check_budget(n_trials, chosen)
    check_refused(translation)
    check_lossy(translation, on_lossy)
    chosen.require()
    return translation


def _one_objective(chosen: Backend, n_objectives: int) -> str:
    """Return what is to be said of a backend that cannot optimise so many objectives; empty if it can."""
    is_able = n_objectives < 2 or chosen.spec.capabilities.multi_objective
    return "" if is_able else f"{ONE_OBJECTIVE}: a study with {n_objectives} is refused"


def _for_objectives(translation: Translation, n_objectives: int) -> Translation:
    """Return a translation that leaves those out for it who optimise one objective, if there are more."""
    if n_objectives < 2:
        return translation
    specs = registry().backends
    unable = {
        name: ONE_OBJECTIVE
        for name in translation.left_out
        if name in specs and not specs[name].capabilities.multi_objective
    }
    return replace(translation, left_out={**translation.left_out, **unable})


def check_refused(translation: Translation) -> None:
    """Raise a TranslationError that lists all refused parameters, if there are any."""
    refused = translation.rows(Fidelity.REFUSED)
    if refused:
        raise TranslationError(f"{translation.backend} cannot propose this space:\n{_listing(refused)}")


def check_lossy(translation: Translation, on_lossy: OnLossy) -> None:
    """Stop at a lossy translation, or warn about it.

    Raises:
        TranslationError: A parameter is lossy and `on_lossy` is "error".
    """
    if on_lossy not in ("error", "warn"):
        hint = did_you_mean(str(on_lossy), ("error", "warn"))
        raise ProblemError(f"on_lossy must be 'error' or 'warn', got {brief(on_lossy)}", hint=hint)
    lossy = translation.rows(Fidelity.LOSSY)
    message = f"the translation to {translation.backend} is lossy:\n{_listing(lossy)}"
    if lossy and on_lossy == "error":
        raise TranslationError(message, hint="choose another backend, or allow it with on_lossy='warn'")
    if lossy:
        logger.warning(message)


def check_capabilities(space: Space, directions: tuple[Direction, ...], chosen: Backend) -> None:
    """Check that a backend can do what a problem needs.

    Raises:
        UnsupportedError: It cannot; the message names the parameter, the capability and who has it.
    """
    if space.conditional:
        deciding = next(node for node in space.nodes if node.deciding)
        what = "its branches" if deciding.branching else "what depends on it"
        _need("conditional", f"the parameter {deciding.path} with {what}", chosen)
    if len(directions) > 1:
        _need("multi_objective", f"direction={list(map(str, directions))}", chosen)


def check_budget(n_trials: int | None, chosen: Backend) -> None:
    """Check that a backend which plans its search over the whole study knows how long that is, as members do.

    Raises:
        ProblemError: It does not.
    """
    planning = [one.spec.name for one in (chosen, *chosen.members) if one.spec.capabilities.needs_budget]
    if n_trials is None and planning:
        raise ProblemError(
            f"{planning[0]} plans its search over the whole study, and n_trials is not given",
            hint="give n_trials, the number of trials of the whole study; max_seconds may stand beside it",
        )


def check_exploring(chosen: Backend) -> None:
    """Check that a backend can move the params of a population's copies.

    Raises:
        UnsupportedError: It does not learn, or not from trials of others.
    """
    reason = _cannot_explore(chosen)
    if reason:
        able = [spec.name for spec in registry().backends.values() if not _cannot_explore(Backend(spec, {}))]
        raise UnsupportedError(
            f"Population(explore={chosen.spec.name!r}): it {reason}",
            hint=f"backends that can explore: {', '.join(sorted(able))}; "
            "explore='perturb' with resample=1 draws each param of a copy anew",
        )


def _without_conditions(
    space: Space, chosen: Backend, rows: tuple[TranslatedParameter, ...]
) -> tuple[TranslatedParameter, ...]:
    """Return rows in which what depends on others is refused, if the backend takes no conditions."""
    if chosen.spec.capabilities.conditional:
        return rows
    reason = f"{chosen.spec.name} does not propose spaces with conditions"
    return tuple(
        replace(row, native="", fidelity=Fidelity.REFUSED, reason=reason)
        if node.condition and row.fidelity is not Fidelity.REFUSED
        else row
        for node, row in zip(space.nodes, rows, strict=True)
    )


def _limits(chosen: Backend, translation: Translation) -> Sequence[str]:
    """Return what becomes of limits: on each member, if the backend asks others."""
    if not translation.members:
        return [limits_statement(chosen.spec.capabilities)]
    specs = registry().backends
    return by_statement((name, limits_statement(specs[name].capabilities)) for name in translation.members)


def _cannot_explore(chosen: Backend) -> str:
    able = chosen.spec.capabilities
    if not able.learns:
        return "learns nothing, so it would only draw params anew"
    if not able.observes_foreign_trials:
        return "does not learn from intervals that it did not propose"
    if able.needs_budget:
        return "plans its search over the whole study"
    return "" if chosen.spec.explores else "moves step by step from trials of its own"


def _step(chosen: Backend) -> TranslatedParameter:
    """Return what becomes of the step where a backend explores."""
    reason = _cannot_explore(chosen)
    row = TranslatedParameter(
        path=STEP,
        declared="when it trains",
        native="",
        fidelity=Fidelity.REFUSED,
        reason=f"the backend {reason}",
    )
    if reason:
        return row
    if chosen.spec.capabilities.contextual:
        return replace(
            row, native="fixed", fidelity=Fidelity.EXACT, reason="it is told the steps of all intervals"
        )
    reason = "left out: the backend cannot fix a param, so it is told the newest intervals only"
    return replace(row, fidelity=Fidelity.LOSSY, reason=reason)


def _need(capability: str, asker: str, chosen: Backend) -> None:
    if not getattr(chosen.spec.capabilities, capability):
        able = [spec.name for spec in registry().backends.values() if getattr(spec.capabilities, capability)]
        raise UnsupportedError(
            f"{asker} needs the capability {capability!r}, which {chosen.spec.name} does not have",
            hint=f"backends that have it: {', '.join(sorted(able))}",
        )


def _listing(rows: tuple[TranslatedParameter, ...]) -> str:
    return "\n".join(f"  {row.path}: {row.declared}: {row.reason}" for row in rows)


def _shared(chosen: Backend) -> str:
    """Return what it means for a backend that processes share a study."""
    able = chosen.spec.capabilities
    return f"{able.joins.words}; {able.joins_not}" if able.joins_not else able.joins.words
