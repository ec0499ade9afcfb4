"""A stored confirmation asked for again with fewer, more or other seeds and finalists: nothing runs twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

import tunebridge as tb
from tests.confirmation.noisy import PROBLEM, SPACE, noisy, tuned
from tunebridge.stores.loading import opened

RESULT = tuned()
NAME = "tunebridge-0/confirmed"


class Counting:
    """Counts which repeats run; can be interrupted before one of them."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[float, int]] = Counter()
        self.cut = -1

    def __call__(self, trial: tb.Trial) -> float:
        if self.calls.total() == self.cut:
            self.cut = -1
            raise KeyboardInterrupt
        self.calls[trial["x"], trial.seed] += 1
        return noisy(trial)

    def fingerprint(self) -> dict[str, str]:
        return {}


class Confirming:
    """Confirms one study in one store, as often as it is asked."""

    def __init__(self, url: str) -> None:
        self.url, self.objective = url, Counting()
        self.result = replace(RESULT, problem=tb.Problem(self.objective, SPACE))

    def __call__(self, seeds: Iterable[int], top: int = 3) -> tb.Confirmation:
        found = tb.confirm(self.result, top=top, seeds=seeds, storage=self.url)
        assert set(self.objective.calls.values()) == {1}
        assert tb.load_confirmation(self.url, "tunebridge-0", problem=PROBLEM) == found
        return found

    @property
    def n_run(self) -> int:
        return self.objective.calls.total()

    @property
    def studies(self) -> list[str]:
        with opened(self.url) as store:
            return sorted(store.studies())


@pytest.fixture(params=["sqlite:///{}/c.db", "journal:///{}/c.log"])
def confirming(request: pytest.FixtureRequest, tmp_path: Path) -> Confirming:
    return Confirming(request.param.format(tmp_path))


def test_fewer_seeds_and_the_same_ones_again_run_nothing_and_store_no_study(confirming: Confirming) -> None:
    confirming(range(8))
    whole = confirming(range(9))
    n_run, studies = confirming.n_run, confirming.studies
    for seeds in (range(4), [1, 2, 3], [3, 1, 2]):
        fewer = confirming(seeds)
        fresh = tb.confirm(RESULT, top=3, seeds=seeds)
        assert [one.values for one in fewer.finalists] == [one.values for one in fresh.finalists]
        assert fewer.name == whole.name == f"{NAME}@2"
        assert f"The store keeps {n_run - fewer.n_evaluated} more repeats" in fewer.verdict
    assert confirming(range(9)) == whole
    assert "The store keeps" not in whole.verdict
    assert (confirming.n_run, confirming.studies) == (n_run, studies)


def test_other_seeds_run_what_is_new_and_lose_none_of_those_before(confirming: Confirming) -> None:
    confirming(range(4))
    other = confirming([2, 3, 10])
    assert (confirming.n_run, other.n_evaluated, other.n_others) == (15, 9, 6)
    both = confirming([0, 1, 2, 3, 10])
    assert (confirming.n_run, both.name, both.n_others) == (15, other.name, 0)


def test_fewer_finalists_run_nothing_and_those_that_left_come_back(confirming: Confirming) -> None:
    more = confirming(range(4), top=5)
    assert confirming(range(4), top=2).n_others == 12
    assert confirming(range(5), top=2).n_evaluated == 10
    assert confirming(range(4), top=5).finalists == more.finalists
    assert confirming.n_run == 22


def test_one_that_was_cut_off_is_run_by_a_call_that_asks_for_fewer(confirming: Confirming) -> None:
    confirming.objective.cut = 2
    assert not confirming(range(4)).is_over
    fewer = confirming(range(2), top=2)
    assert fewer.is_over
    assert not any(one.failure for one in fewer.finalists)
    whole = confirming(range(4))
    assert (whole.n_evaluated, confirming.n_run, whole.name) == (12, 12, NAME)
