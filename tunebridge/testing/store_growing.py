"""What stores promise to studies whose space grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import tunebridge as tb
from tunebridge import Store, TrialState
from tunebridge.testing.store_events import SPACE, append, assert_same, trial, write

Open = Callable[[], Store]

N_CHOICES = 9_000
"""More choices than a column of a database may hold the labels of."""


def _larger(**more: Any) -> tb.Space:
    wider: dict[str, Any] = {
        "x": tb.Float(-9.0, 1.0),
        "n": tb.Int(-1, 9),
        "size": tb.Ordinal([8, 16, 32, 64]),
        "late": tb.Float(0, 1),
    }
    return tb.Space({**SPACE, **wider, **more})


LARGER = _larger(act=tb.Categorical({"relu": max, "elu": len, "größe 'ä'": min}))
"""Wider ranges, one more choice between others, and a new parameter."""
LARGEST = _larger(
    act=tb.Categorical(["relu", "elu", "größe 'ä'", *(f"choice {n}" for n in range(N_CHOICES))])
)


class StoreGrowing:
    """The promises about larger spaces; `StoreContract` includes them."""

    def test_trials_of_a_larger_space_lie_beside_those_of_before(self, opened: Open) -> None:
        """Let a study grow twice, each time in another session, and go on with it in a third."""
        store = opened()
        whole = write(
            store, "study", [trial(0, TrialState.COMPLETE, values=(1.0,)), trial(1, TrialState.RUNNING)]
        )
        store.close()
        for number, space in ((2, LARGER), (4, LARGEST)):
            segment = {"grown": {"trial": number}, "long": ["ö"] * 9000}
            params = _params(space, number)
            added = [
                trial(number, TrialState.COMPLETE, values=(0.5,), **params[0]),
                trial(number + 1, TrialState.RUNNING, **params[1]),
            ]
            store = opened()
            store.claim("study")
            store.append(tb.SegmentBegan(segment, space))
            append(store, added)
            store.close()
            whole = replace(whole, segments=(*whole.segments, segment), trials=(*whole.trials, *added))
            assert_same(opened().load("study"), whole)
        store = opened()
        store.claim("study")
        last = trial(6, TrialState.COMPLETE, values=(0.25,), **_params(LARGEST, 6)[0])
        append(store, [last])
        assert_same(opened().load("study"), replace(whole, trials=(*whole.trials, last)))
        store.close()


def _params(space: tb.Space, seed: int) -> list[Mapping[str, Any]]:
    """Return natural params that only a larger space has."""
    drawn = [tb.to_natural(space, space.sample(one)) for one in (seed, seed + 1)]
    return [{**one, "x": -5.5, "n": -1, "size": "8", "act": space["act"].labels[-1]} for one in drawn]
