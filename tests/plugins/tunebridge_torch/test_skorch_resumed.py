"""Trials that train by skorch go on from their checkpoints, or from others', to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import tunebridge as tb
from tests.plugins.tunebridge_torch import skorched
from tests.plugins.tunebridge_torch.resumed_studies import Objective, ResumedStudies
from tests.plugins.tunebridge_torch.turns import Turns
from tunebridge_torch import skorch_callback


def turns_of(folder: Path, case: str, *, pauses: bool = True) -> Turns:
    return Turns(folder, lambda trial: skorched.trained(trial, case), pauses=pauses)


def weights(outcome: Any) -> list[Tensor]:
    return list(outcome[0].module_.state_dict().values())


def measured(outcome: Any) -> list[dict[str, Any]]:
    """Return the history of a net without what the clock says."""
    return [{name: one for name, one in epoch.items() if name != "dur"} for epoch in outcome[0].history]


CASES = [
    "plain",
    "adam",
    "momentum",
    *(f"schedule {name}{place}" for name in ("step", "one cycle", "plateau") for place in ("", " before")),
    "stopping after",
    "stopping before",
    "split of rows that is drawn",
    "scored",
    "generator of the rows",
    "whole",
]


@pytest.mark.parametrize("case", CASES)
def test_a_trial_in_turns_is_equal_to_one_at_a_stretch(case: str, tmp_path: Path) -> None:
    stretch = turns_of(tmp_path / "stretch", case, pauses=False)
    whole = stretch.run()
    turns = turns_of(tmp_path / "turns", case)
    found = turns.run()
    assert turns.scores == stretch.scores
    assert turns.written == stretch.written == list(range(len(turns.scores)))
    assert len(turns.written) > 1
    assert measured(found) == measured(whole)
    assert all(torch.equal(one, other) for one, other in zip(weights(found), weights(whole), strict=True))
    assert found[1].value == whole[1].value == turns.scores[-1]
    assert found[0].max_epochs == whole[0].max_epochs


def test_a_rule_to_stop_early_is_shorter_than_max_epochs(tmp_path: Path) -> None:
    for place in ("after", "before"):
        turns = turns_of(tmp_path / place, f"stopping {place}", pauses=False)
        assert len(turns.run()[0].history) == len(turns.scores) < 8


@pytest.mark.parametrize("case", ["", *(case for case in CASES if case.startswith("schedule"))])
def test_what_was_explored_is_the_rate_of_the_next_step(case: str, tmp_path: Path) -> None:
    skorched.RATES.clear()
    turns_of(tmp_path / "stretch", case, pauses=False).run()
    untouched = [*skorched.RATES]
    skorched.RATES.clear()
    turns_of(tmp_path / "turns", case).run({1: 0.05})
    assert skorched.RATES[:6] == untouched[:6]
    factor = 1 if "one cycle" in case else 0.5
    assert skorched.RATES[6:] == pytest.approx([rate * factor for rate in untouched[6:]])


class TestStudies(ResumedStudies):
    kills_at = 19

    @pytest.fixture
    def objective(self) -> Objective:
        return skorched.objective


def test_a_checkpoint_of_another_optimizer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(tb.ObjectiveError, match="optimizer_ was SGD, and is Adam"):
        skorched.trained(turns_of(tmp_path, "").resumed(), "adam")


def test_epochs_that_max_epochs_does_not_count_are_an_error(tmp_path: Path) -> None:
    turns = turns_of(tmp_path, "")
    trial = turns.resumed()
    turns.pauses = False
    net = skorched.net_of(skorch_callback(trial, "valid_loss"), 0.1)
    with pytest.raises(tb.ObjectiveError, match="goes on after 4 epochs, and max_epochs is 4"):
        net.fit(skorched.X, skorched.Y, epochs=4)
