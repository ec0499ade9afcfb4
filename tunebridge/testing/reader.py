"""What every reader of spaces promises, as tests over a space of its library's."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest

import tunebridge as tb
from tunebridge.registry.plugins import registry

N_POINTS = 24
"""How many points go there and back."""

NO_SPACES: tuple[Any, ...] = (3, "a text", None, object(), len, {"name": 3}, {}, [])
"""What is no space of any library."""


class ReaderContract:
    """What `ReaderSpec.space` promises. Say which reader, and how a space of its library's is made.

    The fixture `native` returns a function that makes the same space each time; it should hold whatever the
    library has: branches, conditions, constants, nesting.
    """

    @pytest.fixture
    def reader(self) -> str:
        """Return the reader's name."""
        raise NotImplementedError

    @pytest.fixture
    def native(self) -> Callable[[], Any]:
        """Return what makes a space of the library's."""
        raise NotImplementedError

    @pytest.fixture
    def reading(self, native: Callable[[], Any]) -> tb.Reading:
        """Return the reading of a space."""
        return tb.read_space(native(), on_lossy="warn")

    def test_it_is_the_reader_that_is_found(self, reader: str, native: Callable[[], Any]) -> None:
        """`read_space` finds it by what it is given."""
        spec = registry().readers[reader]
        assert spec.space is not None
        assert repr(spec.space(native()).space) == repr(tb.read_space(native(), on_lossy="warn").space)

    def test_it_takes_nothing_that_is_no_space(self, reader: str) -> None:
        """Numbers, texts and dicts of them are left to the error that says what is taken."""
        spec = registry().readers[reader]
        for source in NO_SPACES:
            assert not spec.takes_space(source), source
            with pytest.raises(tb.TunebridgeError):
                tb.read_space(source)

    def test_a_space_is_read_the_same_each_time(self, native: Callable[[], Any]) -> None:
        """Names, declarations and labels do not depend on addresses or on an order that changes."""
        once, again = (tb.read_space(native(), on_lossy="warn") for _ in range(2))
        assert repr(once.space) == repr(again.space)
        assert [(row.path, row.fidelity) for row in once.parameters] == [
            (row.path, row.fidelity) for row in again.parameters
        ]
        assert once.space.sample(3) == again.space.sample(3)

    def test_there_is_a_row_for_each_parameter_with_a_reason_where_it_is_not_exact(
        self, reading: tb.Reading
    ) -> None:
        """The statement of fidelity leaves nothing out."""
        assert {node.path for node in reading.space.nodes} <= {row.path for row in reading.parameters}
        assert reading.source
        for row in reading.parameters:
            assert row.declared, row
            assert row.native, row
            assert row.reason or row.fidelity is tb.Fidelity.EXACT, row
        assert all(row.path.split(".")[-1] in str(reading) for row in reading.parameters[:1])

    def test_points_come_back_in_the_structure_of_the_original(self, reading: tb.Reading) -> None:
        """The way back is a function of the params: of a trial, a record and a dict alike."""
        points = [reading.space.sample(seed) for seed in range(N_POINTS)]
        back = [repr(reading.params(point)) for point in points]
        assert back == [repr(reading.params(point)) for point in points]
        assert len(set(back)) > 1
        assert back[0] == repr(reading.params(tb.Trial(points[0], number=0, seed=0)))
        assert len({type(reading.params(point)) for point in points}) == 1

    def test_the_way_back_travels_to_other_processes(self, reading: tb.Reading) -> None:
        """It can be pickled, as what an objective closes over must."""
        point = reading.space.sample(0)
        travelled = cloudpickle.loads(cloudpickle.dumps(reading))
        assert repr(travelled.params(point)) == repr(reading.params(point))

    def test_params_that_are_none_of_the_space_are_refused(self, reading: tb.Reading) -> None:
        """An unknown name is an error, not ignored on the way back."""
        with pytest.raises(tb.SpaceError, match="no_such_name"):
            reading.params({**reading.space.sample(0), "no_such_name": 1})

    def test_an_objective_of_the_original_runs_in_a_study(self, reading: tb.Reading) -> None:
        """What the way back gives is what was proposed, trial by trial."""
        seen: list[Any] = []

        def objective(trial: tb.Trial) -> float:
            seen.append(reading.params(trial))
            return float(len(seen))

        problem = tb.Problem(objective, reading.space)
        result = tb.tune(problem, backend="scipy:halton", n_trials=4, seed=0)
        assert [trial.state for trial in result.trials] == [tb.TrialState.COMPLETE] * 4
        assert repr([reading.params(trial) for trial in result.trials]) == repr(seen)
