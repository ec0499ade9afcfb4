"""The contract suite over every observer that is registered."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import tunebridge as tb
from tests import tracking as trackers
from tunebridge.registry.plugins import registry
from tunebridge.testing import ObserverContract, Tracked

TRACKERS = ["lines", "mlflow", "tensorboard", "wandb"]


class TestEveryTracker(ObserverContract):
    @pytest.fixture(params=TRACKERS)
    def name(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def observer(self, name: str, tmp_path: Path) -> tb.ChosenObserver:
        return tb.observer(name, **trackers.OPTIONS[name](tmp_path / "tracked"))

    @pytest.fixture
    def broken(self, name: str, tmp_path: Path) -> tb.ChosenObserver:
        return tb.observer(name, **trackers.BROKEN[name](tmp_path))

    @pytest.mark.slow
    def test_after_a_kill_a_trial_with_a_checkpoint_goes_on_in_its_run(
        self, observer: tb.ChosenObserver, tmp_path: Path
    ) -> None:
        super().test_after_a_kill_a_trial_with_a_checkpoint_goes_on_in_its_run(observer, tmp_path)

    def tracked(self, observer: tb.ChosenObserver) -> Sequence[Tracked]:
        return [*trackers.READERS[observer.spec.name](observer.options)]


def test_every_observer_is_tested() -> None:
    assert sorted(registry().observers) == TRACKERS
