"""Which studies several processes cannot share: they are refused by name before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator

from tunebridge.checks import check_flags
from tunebridge.contract.ahead import looks_ahead
from tunebridge.contract.joining import Joins
from tunebridge.contract.store import Store
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, UnsupportedError
from tunebridge.policy import OnSpaceChange, Policy
from tunebridge.population.population import Population
from tunebridge.registry.choice import Backend, ChosenPruner
from tunebridge.registry.plugins import registry
from tunebridge.study.grown_study import Grow

logger = logger_of(__name__)


def check_shareable(
    chosen: Backend,
    storage: str | Store | None,
    policy: Policy,
    pruner: ChosenPruner | None,
    population: Population | None,
    on_space_change: OnSpaceChange,
    grow: Grow,
) -> None:
    """Check that several processes can share a study.

    Raises:
        ProblemError: There is no store that they could share, or an argument needs one process.
        UnsupportedError: The backend would search alone in each of them.
    """
    if storage is None:
        raise ProblemError(
            "join=True shares a stored study with other processes, and there is no storage",
            hint='write storage="sqlite:///tune.db", or a server for several machines: postgresql://...',
        )
    for what, instead in _alone(chosen, policy, pruner, population, on_space_change, grow):
        raise ProblemError(f"join=True: processes cannot share a study with {what}", hint=instead)
    if chosen.spec.capabilities.joins is Joins.REFUSED:
        backends = registry().backends.values()
        able = sorted(one.name for one in backends if one.capabilities.joins is not Joins.REFUSED)
        raise UnsupportedError(
            f"join=True: processes cannot share a study of {chosen.spec.name}: "
            f"{chosen.spec.capabilities.joins_not}",
            hint=f"backends that can share a study: {', '.join(able)}",
        )
    if chosen.spec.capabilities.joins is Joins.LEARNING:
        logger.warning(
            "a study that is shared repeats no trajectory: what %s proposes depends on which process is "
            "quicker",
            chosen.spec.name,
        )


def check_join(join: object, storage: object, study: str | None, seed: int | None) -> None:
    """Check that it is said whether a study is shared, and under which name others find it.

    Raises:
        ProblemError: It is not.
    """
    check_flags(join=join)
    if join and storage is not None and study is None and seed is None:
        raise ProblemError(
            "join=True: without a name and a seed each process would begin a study of its own",
            hint="name the study that all of them share: study='svm'",
        )


def check_order(join: bool, deterministic: bool) -> None:
    """Check that a study whose order is fixed is not shared.

    Raises:
        ProblemError: It is.
    """
    if join and deterministic:
        raise ProblemError(
            "join=True: processes that share a study keep to no order, which deterministic=True promises",
            hint="leave one of the two out",
        )


def _alone(
    chosen: Backend,
    policy: Policy,
    pruner: ChosenPruner | None,
    population: Population | None,
    on_space_change: OnSpaceChange,
    grow: Grow,
) -> Iterator[tuple[str, str]]:
    """Yield what needs a study of one process, and what to do instead."""
    if population is not None:
        yield "a population", "its members copy one another within a process: leave one of the two out"
    if pruner is not None and pruner.spec.pauses(pruner.options):
        yield f"{pruner!r}, which lets trials wait", "use a pruner that ends trials: leave resume out"
    if policy.on_duplicate != "allow":
        yield f"on_duplicate={policy.on_duplicate!r}", "leave it out"
    if policy.interrupted != "retry":
        yield f"interrupted={policy.interrupted!r}", "leave it out: a trial whose process dies is taken over"
    if on_space_change != "error":
        yield f"on_space_change={on_space_change!r}", "carry the study in one process first, then share it"
    if grow is not False:
        yield f"grow={grow!r}", "let the study grow in one process first, then share it: leave grow out"
    if any(looks_ahead(one.options) for one in (chosen, *chosen.members)):
        yield "lookahead=1", "leave it out: each proposal is to know what the others have found"
