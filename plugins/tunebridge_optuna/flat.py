"""A space with conditions laid flat, for a sampler that models neither branches nor conditions (`flat=True`).

The sampler proposes a value of every parameter. What is inactive is dropped before the trial begins, and its
model is shown the middle of the range there, as for trials of others: so trials that differ in nothing active
are one point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunebridge import Space, TranslatedParameter, Translation
from tunebridge_optuna.space import (
    build_flat,
    distribution,
    fidelity,
    from_native,
    to_native_value,
    translate,
)

OPTION = "flat"
"""The name of the option."""


def is_flat(space: Space, options: Mapping[str, Any]) -> bool:
    """Return whether a space is to be laid flat: one without conditions is."""
    return bool(options.get(OPTION, False)) and space.conditional


def translate_flat(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate to a dict of distributions, one for each parameter, where that is wanted; else as others."""
    if not is_flat(space, options):
        return translate(space, options, backend=backend)
    rows = [
        TranslatedParameter.of(node, distribution(node.parameter), *fidelity(node)).dropped_unless(
            str(node.condition)
        )
        for node in space.nodes
    ]
    plain = Translation.by_value(
        space,
        backend=backend,
        parameters=rows,
        build=lambda: build_flat(space),
        from_native=from_native,
        to_native=to_native_value,
    )
    return replace(plain, encode=lambda params: {**_middle(space), **plain.encode(params)})


def _middle(space: Space) -> dict[str, Any]:
    """Return the native middle of each parameter, by full path."""
    free = [node for node in space.nodes if not node.fixed]
    return {node.path: to_native_value(node.parameter, node.parameter.quantile(0.5)) for node in free}
