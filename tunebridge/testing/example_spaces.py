"""Spaces that the contract uses: the first of a group that a backend does not refuse is taken."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge import (
    Backend,
    Between,
    Categorical,
    Constant,
    Constraint,
    Fidelity,
    Float,
    Int,
    Normal,
    Ordinal,
    Space,
    explain,
)

_SCHEDULE = Categorical({"flat": Space(), "cosine": Space(warmup=Int(1, 5))})

FLAT = (
    Space(x=Float(0, 1), rate=Float(1e-4, 1e-1, log=True), n=Int(1, 8), kind=Categorical(["a", "b", "c"])),
    Space(n=Int(1, 8), size=Ordinal([16, 32, 64, 128, 256]), kind=Categorical(["a", "b", "c"])),
)
"""Without branches; `n` and `kind` are always there."""

RULE = Constraint(lambda params: params["n"] <= 5 or params["kind"] == "c", "a large n needs kind c")

CONSTRAINED = tuple(Space(dict(space), constraints=[RULE]) for space in FLAT)
"""The same, a quarter of them violating."""

TREE = (
    Space(
        n=Int(1, 8),
        optimizer=Categorical(
            {
                "sgd": Space(momentum=Float(0, 0.99), schedule=_SCHEDULE),
                "adam": Space(momentum=Float(0.5, 0.9), beta=Float(1e-3, 1e-1, log=True)),
            }
        ),
        units=Float(0, 1, when={"n": Between(3, None)}),
    ),
    Space(
        n=Int(1, 8),
        optimizer=Categorical(
            {
                "sgd": Space(momentum=Ordinal([0.0, 0.5, 0.9]), schedule=_SCHEDULE),
                "adam": Space(momentum=Ordinal([0.5, 0.9]), beta=Float(0.1, 0.3, step=0.1)),
            }
        ),
        units=Int(1, 9, when={"n": Between(3, None)}),
    ),
)
"""With branches in branches, one name in two of them, and a parameter that depends on a number."""

_GATE = {"depth": Between(2, None)}

GATED = (
    Space({"depth": Int(1, 2), **{name: Float(0, 1, when=_GATE) for name in "xyz"}}),
    Space({"depth": Int(1, 2), **{name: Int(1, 9, when=_GATE) for name in "xyz"}}),
)
"""All but one parameter are inactive half of the time."""

UNGATED = (
    Space({"depth": Int(1, 2), **{name: Float(0, 1) for name in "xyz"}}),
    Space({"depth": Int(1, 2), **{name: Int(1, 9) for name in "xyz"}}),
)
"""The same without their condition."""

FINITE = (
    Space(n=Int(2, 6, step=2), flag=Categorical([True, None])),
    Space(width=Float(0.1, 0.3, step=0.1), size=Ordinal([16, 32]), depth=Int(3, 3)),
    Space(width=Float(0.1, 0.3, step=0.1), kind=Categorical({"a": max, "b": min})),
    Space(only=Constant("one")),
)
"""A few points each; one space without an Int, one with nothing to choose."""

WITHOUT_CHOICE = (
    Space(),
    Space(only=Constant("one")),
    Space(n=Int(3, 3), x=Float(0.5, 0.5), kind=Categorical(["a"])),
)
"""One point each: no parameter is free."""

FINITE_TREE = (
    Space(
        n=Int(1, 2),
        optimizer=Categorical({"sgd": Space(momentum=Ordinal([0.0, 0.9])), "adam": Space(), "none": None}),
    ),
    Space(
        depth=Ordinal([1, 2, 3]),
        width=Ordinal([16, 32], when={"depth": Between(2, None)}),
        kind=Categorical(["a", "b"]),
        rate=Float(0.1, 0.3, step=0.1, when=[{"kind": "b"}, {"depth": 3}]),
    ),
)
"""A few points, with branches, and with conditions."""

WEIGHTED = (
    Space(
        x=Float(-1, 1),
        rate=Float(1e-4, 1e-1, log=True),
        stepped=Float(0.1, 0.3, step=0.1),
        n=Int(1, 3),
        even=Int(0, 4, step=2),
        width=Int(1, 4, log=True),
        size=Ordinal([16, 32, 64]),
        noise=Normal(1.0, 2.0),
        scale=Normal(0.0, 1.0, log=True),
        kind=Categorical({"a": 1, "b": True, "c": 1.0}),
        loaded=Categorical(["x", "y", "z"], weights=[6, 3, 1]),
    ),
)
"""Every kind of parameter, with its own weights."""

WEIGHTED_TREE = (
    Space(
        even=Categorical({"p": Space(a=Float(0, 1)), "q": Space(a=Int(1, 3)), "r": Space()}),
        loaded=Categorical({"p": Space(b=Int(1, 3)), "q": Space()}, weights={"p": 3, "q": 1}),
    ),
    Space(
        depth=Int(1, 3),
        kind=Categorical(["p", "q", "r"]),
        units=Int(1, 3, when={"depth": Between(2, None)}),
        width=Int(1, 4, log=True, when={"kind": ["p", "q"]}),
        rate=Float(1e-3, 1, log=True, when=[{"kind": "r"}, {"depth": 3}]),
        drop=Space(
            size=Ordinal([16, 32]),
            loaded=Categorical(["x", "y"], weights=[3, 1]),
            when={"kind": "q", "depth": Between(None, 2)},
        ),
    ),
)
"""Branches, equally likely and weighted, and conditions of every form."""


def is_refused(space: Space, chosen: Backend) -> bool:
    """Return whether a backend cannot propose some parameter of a space."""
    return bool(explain(space, chosen).rows(Fidelity.REFUSED))


def accepted(chosen: Backend, group: Sequence[Space]) -> Space:
    """Return the first space of a group that a backend does not refuse.

    Raises:
        LookupError: It refuses all of them.
    """
    for space in group:
        if not is_refused(space, chosen):
            return space
    raise LookupError(f"{chosen.spec.name} refuses every one of {group!r}")


def flat_space(chosen: Backend) -> Space:
    """Return the flat example space, as far as a backend takes it."""
    return accepted(chosen, FLAT)


def shapes(chosen: Backend) -> list[Space]:
    """Return a constrained space and, if the backend can propose them, one with branches."""
    groups = [CONSTRAINED, *([TREE] if chosen.spec.capabilities.conditional else [])]
    return [accepted(chosen, group) for group in groups]
