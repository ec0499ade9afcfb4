"""What tunebridge makes of a space for a library, read again: the same values, as likely as declared."""

from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from scipy import stats

import tunebridge as tb
from tunebridge.testing import strategies

N_DRAWS = 150
"""Draws of a space and of what was read."""

P_VALUE = 1e-6
"""Below it, draws are held to be of another distribution: hundreds of them are compared."""

BACKENDS = ["hyperopt:random", "optuna:random", "sklearn:random"]


def again(space: tb.Space, backend: str) -> tb.Reading:
    """Return the reading of a native space that is faithful, and has something to propose."""
    assume(any(not node.fixed for node in space.nodes))
    faithful = (tb.Fidelity.EXACT, tb.Fidelity.EMULATED)
    assume(all(row.fidelity in faithful for row in tb.explain(space, backend).parameters))
    return tb.read_space(tb.to_native(space, backend))


def shares(space: tb.Space, drawn: list[dict[str, Any]], name: str) -> list[float]:
    """Return which share of its values each value of a name lies in, and -1 where it is absent."""
    nodes = [space.active(params).get(name) for params in drawn]
    pairs = zip(nodes, drawn, strict=True)
    return [-1.0 if node is None else node.parameter.cdf(params[name]) for node, params in pairs]


@pytest.mark.parametrize("backend", BACKENDS)
@given(space=strategies.spaces())
@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
def test_what_was_translated_is_read_with_its_values_and_weights(backend: str, space: tb.Space) -> None:
    reading = again(space, backend)
    points = [reading.params(reading.space.sample(seed)) for seed in range(N_DRAWS)]
    ours = [tb.decode(space, backend, point) for point in points]
    theirs = [space.sample(seed) for seed in range(N_DRAWS, 2 * N_DRAWS)]
    assert [params for params in ours if not space.contains(params)] == []
    for name in {node.name for node in space.nodes}:
        found, declared = (shares(space, drawn, name) for drawn in (ours, theirs))
        assert stats.ks_2samp(found, declared, method="asymp").pvalue > P_VALUE, name
