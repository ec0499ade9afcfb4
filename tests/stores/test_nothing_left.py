"""A stored study that has nothing left to run is opened again and again, each time as another session."""

from __future__ import annotations

from pathlib import Path

import pytest

import tunebridge as tb

PROBLEM = tb.Problem(lambda trial: trial["x"] ** 2, tb.Space(x=tb.Float(-1, 1)))
OTHERS = ("sklearn:random", "optuna:random", "optuna:tpe", "sklearn:random")


@pytest.mark.parametrize("url", ["sqlite:///{}/c.db", "journal:///{}/c.log"])
def test_sessions_that_run_nothing_damage_no_study_and_it_goes_on_exactly(url: str, tmp_path: Path) -> None:
    def trials(n_trials: int, backend: str, place: str) -> list[tuple[float, float | None]]:
        result = tb.tune(
            PROBLEM,
            backend=backend,
            n_trials=n_trials,
            seed=3,
            storage=url.format(tmp_path / place),
            study="s",
        )
        return [(one.params["x"], one.value) for one in result.trials]

    for place in ("whole", "halves"):
        (tmp_path / place).mkdir()
    first = trials(3, "optuna:tpe", "whole")
    assert trials(3, "optuna:tpe", "halves") == first
    for place in ("whole", "halves"):
        assert [trials(3, backend, place) for backend in OTHERS] == [first] * len(OTHERS)
    whole = trials(15, "optuna:tpe", "whole")
    trials(12, "optuna:tpe", "halves")
    assert trials(15, "optuna:tpe", "halves") == whole
    assert whole[:3] == first
