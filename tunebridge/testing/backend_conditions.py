"""What every backend promises about parameters that are inactive."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count, islice
from statistics import fmean
from typing import Any

from tunebridge import Backend, Outcome, OutcomeState, Space, Suggestion
from tunebridge.testing import example_spaces
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.evidence import is_shown
from tunebridge.testing.example_spaces import is_refused

FAR, NEAR = 0.9, 0.1
"""Quantiles to which what is inactive may draw."""

ACTIVE = 0.5
"""The value of trials in which nothing is inactive: worse than most of the others."""


N_SEEDS = 16
"""How many seeds are looked at: who learns from all that is drawn needs seven to ten."""


class ConditionsContract:
    """The promises about conditions; `BackendContract` includes them."""

    n_learning: int

    def test_what_was_drawn_and_is_inactive_teaches_nothing(self, eager: Backend) -> None:
        """Tell values that hang on what may have been drawn of inactive parameters, and see where they go.

        What a backend draws beside its suggestions cannot be seen. But one that draws the parameters in any
        case draws the same in the same space without the condition, under the same seed, for as long as it is
        told the same. So a second session there shows what the first has drawn: trials where it is inactive
        are told to be good if that was near one end of the space, or near the other. Whoever learns from it
        proposes nearer to that end; to all others it is chance.
        """
        able = eager.spec.capabilities
        pairs = zip(example_spaces.GATED, example_spaces.UNGATED, strict=True)
        for gated, ungated in [pair for pair in pairs if not is_refused(pair[1], eager)][:1]:
            drawn = (
                able.conditional
                and able.learns
                and is_shown(islice(self._drawn(eager, gated, ungated), N_SEEDS))
            )
            assert not drawn, "its proposals are drawn by values of inactive parameters"

    def _drawn(self, chosen: Backend, gated: Space, ungated: Space) -> Iterator[float]:
        """Yield, seed by seed, how much nearer to either end it proposes than to the other."""
        for seed in count():
            far, near = (self._proposed(chosen, gated, ungated, end, seed) for end in (FAR, NEAR))
            yield fmean(far) - fmean(near) if far and near else 0.0

    def _proposed(self, chosen: Backend, gated: Space, ungated: Space, end: float, seed: int) -> list[float]:
        """Return where in the space its proposals lie, after it was told."""
        with Dialogue(chosen, gated, seed=seed) as dialogue, Dialogue(chosen, ungated, seed=seed) as twin:
            asked = zip(iter(dialogue.session.ask, None), iter(twin.session.ask, None), strict=False)
            for mine, other in islice(asked, self.n_learning):
                drawn = _quantiles(ungated, other.params)
                is_active = len(mine.params) == len(other.params)
                value = ACTIVE if is_active else fmean(abs(q - end) for q in drawn)
                _tell(dialogue, mine, value)
                _tell(twin, other, value)
            proposed = islice(iter(dialogue.session.ask, None), 2 * self.n_learning)
            return [q for one in proposed for q in _quantiles(gated, one.params)]


def _quantiles(space: Space, params: Mapping[str, Any]) -> list[float]:
    """Return the place of all active parameters but the gate."""
    active = space.active(params)
    return [node.parameter.cdf(params[name]) for name, node in active.items() if name != "depth"]


def _tell(dialogue: Dialogue, suggestion: Suggestion, value: float) -> None:
    outcome = Outcome(
        suggestion_id=suggestion.id,
        params=suggestion.params,
        state=OutcomeState.COMPLETE,
        values=tuple(way.sign * value for way in dialogue.directions),
        reports=(),
    )
    dialogue.session.tell(outcome)
