"""What a study does with what its backend needs and accepts, and where that is shown."""

from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

import tunebridge as tb
from tunebridge.cli.backends import backends
from tunebridge.registry import plugins
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing import RANDOM
from tunebridge.testing.proposers import Drawing, proposer

SPACE = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 4))
PROBLEM = tb.Problem(lambda trial: float(trial["x"]), SPACE)


class Planner(Drawing):
    """Plans over the whole study, and knows the number of its trials."""

    requests: list[tb.OpenRequest] = []  # noqa: RUF012 - emptied by a fixture

    def __init__(self, request: tb.OpenRequest) -> None:
        super().__init__(request)
        assert request.n_trials is not None
        self.requests.append(request)

    def tell(self, outcome: tb.Outcome) -> str:
        assert outcome.suggestion_id is not None
        return "told"


def planner(**able: bool) -> tb.Backend:
    spec = proposer("planner", Planner, independent=True).spec
    return tb.Backend(
        replace(spec, capabilities=replace(spec.capabilities, **able), prior=tb.Prior.MIDDLE), {}
    )


PLANNER = planner(needs_budget=True, accepts_foreign_trials=False)


@pytest.fixture(autouse=True)
def no_requests() -> None:
    Planner.requests.clear()


def tune(**settings: Any) -> tb.Result:
    return tb.tune(PROBLEM, backend=PLANNER, seed=0, **settings)


POINT = {"initial": [{"x": 0.5, "n": 1}], "stop": [tb.Patience(2)]}


@pytest.mark.parametrize("limit", [{"max_seconds": 60.0}, {"stop": [tb.Target(0.0)]}, POINT], ids=str)
def test_a_backend_that_plans_asks_for_the_number_of_trials_before_the_first(limit: dict[str, Any]) -> None:
    with pytest.raises(tb.ProblemError, match="n_trials is not given") as caught:
        tune(**limit)
    assert "testing:planner" in caught.value.message
    assert "give n_trials" in caught.value.hint
    assert Planner.requests == []


def test_a_comparison_asks_for_it_before_its_first_cell() -> None:
    with pytest.raises(tb.ProblemError, match="n_trials is not given"):
        tb.compare(PROBLEM, backends=[PLANNER, RANDOM], max_seconds=1.0, seeds=[0])


def test_a_loop_of_ones_own_is_refused_in_the_same_words() -> None:
    with pytest.raises(tb.ProblemError, match="n_trials"):
        tb.open_study(PROBLEM, backend=PLANNER)


def test_a_session_that_is_brought_back_gets_the_number_of_trials_of_its_begin() -> None:
    store = MemoryStore()
    stored: dict[str, Any] = {"storage": store, "study": "s"}
    assert len(tune(n_trials=3, **stored).trials) == 3
    result = tune(n_trials=8, **stored)
    assert [request.n_trials for request in Planner.requests] == [3, 3]
    assert [trial.number for trial in result.trials] == list(range(8))
    assert result.carried is not None
    assert result.carried.exact


def test_a_session_that_begins_anew_gets_the_number_of_trials_of_the_call() -> None:
    store = MemoryStore()
    stored: dict[str, Any] = {"storage": store, "study": "s"}
    tb.tune(PROBLEM, backend=RANDOM, seed=0, n_trials=3, **stored)
    tune(n_trials=8, **stored)
    assert [request.n_trials for request in Planner.requests] == [8]


def test_trials_of_others_are_not_told_to_a_backend_that_does_not_accept_them_and_all_records_say_so() -> (
    None
):
    store = MemoryStore()
    stored: dict[str, Any] = {"storage": store, "study": "s"}
    tb.tune(PROBLEM, backend=RANDOM, seed=0, n_trials=3, **stored)
    result = tune(n_trials=5, initial=[{"x": 0.5, "n": 2}], **stored)
    assert result.trials[3].params == {"x": 0.5, "n": 2}
    assert result.trials[3].told == "not told: testing:planner does not accept trials of others"
    assert result.trials[4].told == "told"
    assert result.carried is not None
    assert result.carried.n_told == 0
    assert sum(result.carried.told.values()) == 3
    assert "does not accept trials of others" in str(result.carried)


def test_a_history_is_not_told_either() -> None:
    past = tb.tune(PROBLEM, backend=RANDOM, seed=0, n_trials=3)
    result = tune(n_trials=2, history=past)
    assert result.carried is not None
    assert result.carried.n_told == 0


def test_whoever_learns_from_trials_of_others_accepts_them() -> None:
    assert tb.Capabilities(observes_foreign_trials=True).takes_foreign_trials
    assert tb.Capabilities(accepts_foreign_trials=True).takes_foreign_trials
    assert not tb.Capabilities().takes_foreign_trials


def test_where_a_backend_begins_stands_beside_the_fidelity_which_it_does_not_change() -> None:
    shown = str(tb.explain(SPACE, PLANNER))
    assert "begins in the middle of the space" in " ".join(shown.split())
    assert {row.fidelity for row in tb.explain(SPACE, PLANNER).parameters} == {tb.Fidelity.EXACT}
    assert "begins" not in str(tb.explain(SPACE, RANDOM))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = plugins.registry()
    monkeypatch.setitem(registry.backends, PLANNER.spec.name, PLANNER.spec)


@pytest.mark.usefixtures("registered")
def test_the_list_of_backends_shows_what_they_need_and_where_they_begin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunebridge.cli.backend_table.Console", lambda: Console(width=200))
    backends.main([], standalone_mode=False)
    rows = capsys.readouterr().out.split("├")
    (row,) = [row for row in rows if PLANNER.spec.name in row]
    assert "needs_budget" in row
    assert "accepts_foreign_trials" not in row
    assert "begins in the middle of the space" in row
    (other,) = [row for row in rows if "optuna:cmaes" in row]
    assert "learns" in other
    assert "accepts_foreign_trials" in other
    assert "observes_foreign_trials" not in other
    assert "begins" not in other


@pytest.mark.parametrize(
    "space", [tb.Space(), tb.Space(only=tb.Constant(3)), tb.Space(n=tb.Int(3, 3))], ids=repr
)
@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:cmaes", "hyperopt:tpe", "sklearn:grid"])
def test_a_study_of_a_space_without_a_free_parameter_runs(backend: str, space: tb.Space) -> None:
    result = tb.tune(tb.Problem(lambda trial: 1.0, space), backend=backend, n_trials=3, seed=0)
    assert {str(trial.params) for trial in result.trials} == {str(space.sample(0))}
