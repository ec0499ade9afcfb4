"""`lookahead=1`: the next trial is proposed while trials run, and the study repeats and goes on exactly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from optuna.samplers import TPESampler

import tunebridge as tb
from tunebridge.contract.events import Event
from tunebridge.stores.memory import MemoryStore
from tunebridge.study import keepsakes
from tunebridge.testing.proposers import Climber, proposer

SPACE = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 9))
PATIENCE = 20.0
"""Seconds that something is waited for that comes at once."""


class Ahead(Climber):
    """Climbs, and proposes ahead if it is to; it notes its calls."""

    def __init__(self, request: tb.OpenRequest) -> None:
        super().__init__(request, curiosity=0.5)
        self.ahead = tb.Ahead.of(request)
        self.calls: list[str] = []
        sessions.append(self)

    def ask(self) -> tb.Suggestion:
        suggestion = self.ahead.take(self.propose)
        assert suggestion is not None
        self.calls.append(f"ask {suggestion.id}")
        return suggestion

    def prepare(self) -> bool:
        return self.ahead.prepare(self.propose)

    def propose(self) -> tb.Suggestion:
        proposed.set()
        suggestion = super().ask()
        self.calls.append(f"propose {suggestion.id}")
        return suggestion

    def tell(self, outcome: tb.Outcome) -> str:
        self.calls.append(f"tell {outcome.suggestion_id}")
        return super().tell(outcome)


sessions: list[Ahead] = []
proposed = threading.Event()


@pytest.fixture(autouse=True)
def _no_sessions() -> None:
    sessions.clear()


def climber(**options: Any) -> tb.Backend:
    able = {"learns": True, "observes_foreign_trials": True, "learns_from_pruned": True, "prepares": True}
    spec = proposer("ahead", Ahead, **able).spec
    return tb.Backend(replace(spec, options=("lookahead",)), options)


def value(trial: tb.Trial) -> float:
    return float((trial["x"] - 0.7) ** 2 + abs(trial["n"] - 3) / 9)


def tune(chosen: tb.Backend, *, n_trials: int = 12, **settings: Any) -> tb.Result:
    where = {"executor": "threads", "n_jobs": 1, "seed": 4, "study": "s"}
    problem = tb.Problem(settings.pop("objective", value), settings.pop("space", SPACE))
    return tb.tune(problem, backend=chosen, n_trials=n_trials, **{**where, **settings})


def params(result: tb.Result) -> list[dict[str, Any]]:
    return [dict(trial.params) for trial in result.trials]


def test_the_next_trial_is_proposed_while_the_last_one_runs_and_the_ask_returns_it_at_once() -> None:
    waited: list[bool] = []

    def objective(trial: tb.Trial) -> float:
        if trial.number < 3:
            waited.append(proposed.wait(PATIENCE))
            proposed.clear()
        return value(trial)

    class Clearing:
        @tb.hookimpl
        def tunebridge_trial_started(self, trial: tb.Trial) -> None:
            proposed.clear()

    tune(climber(lookahead=1), n_trials=4, objective=objective, observers=[Clearing()])
    assert waited == [True] * 3
    assert sessions[0].calls == [
        *("propose 1", "ask 1", "propose 2", "tell 1", "ask 2", "propose 3"),
        *("tell 2", "ask 3", "propose 4", "tell 3", "ask 4", "tell 4"),
    ]


def test_without_it_and_inline_nothing_is_proposed_ahead() -> None:
    for chosen, where in ((climber(), {}), (climber(lookahead=0), {}), (climber(lookahead=1), INLINE)):
        tune(chosen, n_trials=3, **where)
    for session in sessions:
        assert session.calls == [
            call for number in (1, 2, 3) for call in (f"propose {number}", f"ask {number}", f"tell {number}")
        ]


INLINE = {"executor": "inline"}


class ByItself(Ahead):
    """Proposes ahead without being told to."""

    def __init__(self, request: tb.OpenRequest) -> None:
        super().__init__(request)
        self.ahead = tb.Ahead(is_on=True)


@pytest.mark.parametrize(("n_jobs", "deterministic"), [(1, False), (2, True), (2, False)])
def test_a_session_may_propose_ahead_by_itself_where_trials_run_side_by_side_in_no_fixed_order(
    n_jobs: int, deterministic: bool
) -> None:
    chosen = tb.Backend(replace(climber().spec, open=ByItself), {})
    tune(chosen, n_trials=6, n_jobs=n_jobs, deterministic=deterministic)
    followed = zip(sessions[0].calls, sessions[0].calls[1:], strict=False)
    made_ahead = [call for call, after in followed if call.startswith("propose") and after[:3] != "ask"]
    assert bool(made_ahead) == (n_jobs > 1 and not deterministic)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_in_a_fixed_order_a_study_with_lookahead_repeats_by_its_seed(n_jobs: int) -> None:
    runs = [tune(climber(lookahead=1), n_jobs=n_jobs, deterministic=True) for _ in range(2)]
    assert params(runs[0]) == params(runs[1])
    assert sessions[0].calls == sessions[1].calls
    assert params(runs[0]) != params(tune(climber(), n_jobs=n_jobs, deterministic=True))


def test_points_that_are_given_are_not_overtaken_by_a_proposal() -> None:
    points = [{"x": 0.1, "n": 1}, {"x": 0.2, "n": 2}]
    tune(climber(lookahead=1), n_trials=4, initial=points)
    assert sessions[0].calls[:3] == ["tell None", "propose 1", "tell None"]


class Killed(BaseException):
    """The end of a process."""


class DyingStore(MemoryStore):
    """A store whose process dies after some events."""

    left: float = float("inf")

    def append(self, event: Event) -> None:
        if self.left <= 0:
            raise Killed
        self.left -= 1
        super().append(event)


def killed_and_resumed(chosen: tb.Backend, n_events: int, **settings: Any) -> tb.Result:
    store = DyingStore()
    store.left = n_events
    with pytest.raises(Killed):
        tune(chosen, storage=store, **settings)
    store.close()
    store.left = float("inf")
    return tune(chosen, storage=store, **settings)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_events", range(2, 20))
def test_a_study_killed_at_any_event_goes_on_exactly(n_events: int, n_jobs: int) -> None:
    chosen = climber(lookahead=1)
    order: dict[str, Any] = {"n_jobs": n_jobs, "deterministic": True}
    whole = tune(chosen, n_trials=10, storage=MemoryStore(), **order)
    resumed = killed_and_resumed(chosen, n_events, n_trials=10, **order)
    assert params(resumed) == params(whole)
    if n_events > 2:
        assert resumed.carried is not None
        assert resumed.carried.exact


@pytest.fixture(params=[False, True], ids=["asked again", "restored"])
def keeps_states(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Have states of sessions kept before each ask, or not at all."""
    monkeypatch.setattr(keepsakes, "MIN_SECONDS", 0.0 if request.param else float("inf"))
    monkeypatch.setattr(keepsakes, "SHARE", 0.0)
    return bool(request.param)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the trials for which Optuna's sampler is asked."""
    numbers: list[int] = []
    infer = TPESampler.infer_relative_search_space

    def noted(self: Any, study: Any, trial: Any) -> Any:
        numbers.append(trial.number)
        return infer(self, study, trial)

    monkeypatch.setattr(TPESampler, "infer_relative_search_space", noted)
    return numbers


RULED = tb.Space(SPACE, constraints=[tb.Constraint(lambda params: params["n"] % 3 != 1, "no third")])


@pytest.mark.parametrize("n_events", [9, 14, 21, 33])
@pytest.mark.parametrize("space", [SPACE, RULED], ids=["free", "ruled"])
@pytest.mark.usefixtures("quiet_libraries")
def test_a_restored_session_is_not_asked_again_for_what_it_made_ahead(
    space: tb.Space, n_events: int, keeps_states: bool, asked: list[int]
) -> None:
    chosen = tb.backend("optuna:tpe", n_startup_trials=4, lookahead=1)
    whole = tune(chosen, n_trials=20, space=space, storage=MemoryStore())
    store = DyingStore()
    store.left = n_events
    with pytest.raises(Killed):
        tune(chosen, n_trials=20, space=space, storage=store)
    store.left = float("inf")
    n_before = max(record.number for record in tb.load_study(store, "s").trials)
    asked.clear()
    resumed = tune(chosen, n_trials=20, space=space, storage=store)
    assert params(resumed) == params(whole)
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert (0 not in asked) == keeps_states or n_before < 1


@pytest.mark.parametrize("n_events", [12, 17, 30])
@pytest.mark.parametrize(
    "chosen",
    [
        tb.backend("optuna:tpe", n_startup_trials=4, lookahead=1),
        tb.backend("hyperopt:tpe", n_startup_jobs=4, lookahead=1),
        tb.backend("hyperopt:tpe", n_startup_jobs=3, remember=18, lookahead=1),
        tb.backend("optuna:tpe", n_startup_trials=3, remember=18, lookahead=1),
        tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"], lookahead=1),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("quiet_libraries", "keeps_states")
def test_real_samplers_that_propose_ahead_go_on_exactly(chosen: tb.Backend, n_events: int) -> None:
    n_trials = 30 if "remember" in chosen.options else 16
    extra: dict[str, Any] = {"max_replay_seconds": 300.0, "n_trials": n_trials}
    whole = tune(chosen, storage=MemoryStore(), **extra)
    resumed = killed_and_resumed(chosen, n_events + n_trials - 16, **extra)
    assert params(resumed) == params(whole)
    assert resumed.carried is not None
    assert resumed.carried.exact


def test_a_session_that_was_opened_and_never_asked_has_prepared_nothing() -> None:
    chosen = climber(lookahead=1)
    whole = tune(chosen, n_trials=6, initial=[{"x": 0.1, "n": 1}, {"x": 0.2, "n": 2}], storage=MemoryStore())
    resumed = killed_and_resumed(chosen, 2, n_trials=6, initial=[{"x": 0.1, "n": 1}, {"x": 0.2, "n": 2}])
    assert params(resumed) == params(whole)


@pytest.mark.parametrize("wrong", [2, -1, True, "1", 0.5])
@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "auto"])
def test_one_proposal_is_made_ahead_at_most(backend: str, wrong: Any) -> None:
    with pytest.raises(tb.OptionError, match=r"lookahead of .* must be 0, 1 or None"):
        tune(tb.backend(backend, lookahead=wrong), n_trials=1)


def test_explain_says_what_a_proposal_ahead_knows() -> None:
    assert tb.explain(SPACE, tb.backend("optuna:gp", lookahead=1)).notes == (
        "each proposal is made while trials run, and knows one outcome fewer; inline, in a loop of your own "
        "and in TuneSearchCV nothing runs beside the study, and none is made",
    )
    assert tb.explain(SPACE, tb.backend("optuna:gp", lookahead=0)).notes == ()


def test_what_is_prepared_fails_as_an_ask_does() -> None:
    class Broken(Ahead):
        def propose(self) -> tb.Suggestion:
            if self.n_asked == 2:
                raise ValueError("no more")
            return super().propose()

    opens: Callable[[tb.OpenRequest], tb.Session] = Broken
    broken = tb.Backend(replace(climber().spec, open=opens), {"lookahead": 1})
    with pytest.raises(tb.StudyFailedError, match="no more") as caught:
        tune(broken)
    assert caught.value.result is not None
