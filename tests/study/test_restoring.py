"""Studies that go on from the state that their session had: equal to those that ask again, without asking."""

import copy
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.stores.seals import SEAL, Seals
from tunebridge.study import keepsakes
from tunebridge.testing import MemoryStore
from tunebridge.testing.store_events import stored_study

SPACE = tb.Space(
    x=tb.Float(0, 1),
    n=tb.Int(1, 5),
    kind=tb.Categorical({"a": tb.Space(m=tb.Normal(0, 1)), "b": None}),
    late=tb.Float(0, 1, when={"n": tb.Between(2, None)}),
)
RULED = tb.Space(dict(SPACE), constraints=[tb.Constraint(lambda params: params["n"] != 3, "n is not 3")])
FEW = tb.Space(n=tb.Int(1, 6), x=tb.Ordinal([1, 2, 4, 8, 16]))
BACKENDS = ("optuna:tpe", "optuna:random", "optuna:cmaes", "optuna:nsga2", "optuna:qmc", "sklearn:random")
RECALLING = ("hyperopt:tpe", "hyperopt:random", "hyperopt:anneal")

Change = Callable[[dict[str, Any]], Any]


class Plain:
    """A store that keeps no sessions."""

    def __init__(self, store: MemoryStore) -> None:
        self.studies, self.load = store.studies, store.load
        self.claim, self.append, self.close = store.claim, store.append, store.close


class Counted:
    """A backend whose asks are counted."""

    def __init__(self, name: str) -> None:
        self.n_asks = 0
        self._chosen = tb.backend(name)
        self.backend = tb.Backend(replace(self._chosen.spec, open=self._opened), self._chosen.options)

    def _opened(self, request: tb.OpenRequest) -> tb.Session:
        session: Any = self._chosen.spec.open(request)
        ask = session.ask

        def counted() -> Any:
            self.n_asks += 1
            return ask()

        session.ask = counted
        if isinstance(session, tb.Restorable):
            self._leave_out(session)
        opened: tb.Session = session
        return opened

    def _leave_out(self, session: Any) -> None:
        """Count nothing while suggestions are taken up: some sessions ask themselves then."""
        take_up = session.take_up

        def uncounted(params: Mapping[str, Any], mark: Mapping[str, Any]) -> Any:
            n_before, taken = self.n_asks, take_up(params, mark)
            self.n_asks = n_before
            return taken

        session.take_up = uncounted


@pytest.fixture(autouse=True)
def each_state_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keepsakes, "MIN_SECONDS", 0.0)
    monkeypatch.setattr(keepsakes, "SHARE", 0.0)


def objective(trial: Any) -> Iterator[float]:
    """Be complete, pruned, and fail in turn."""
    value = float((trial["n"] - 2) ** 2 + trial["x"])
    if trial.number % 7 == 5:
        raise ValueError("each seventh trial fails")
    yield value + 1
    yield value + (0 if trial.number % 4 else 100)


def settings(name: str | Counted, store: Any, **more: Any) -> dict[str, Any]:
    backend = name.backend if isinstance(name, Counted) else name
    fixed = {"backend": backend, "storage": store, "study": "s", "seed": 4, "max_failures": 99}
    return {**fixed, "pruner": tb.pruner("threshold", upper=50.0), "n_trials": 20, **more}


def run(space: tb.Space, name: str | Counted, store: Any, **more: Any) -> tb.Result:
    return tb.tune(tb.Problem(objective, space), **settings(name, store, **more))


def killed(space: tb.Space, name: str, n_ended: int, n_begun: int = 0, **more: Any) -> MemoryStore:
    """Do some trials, begin more, and vanish."""
    store = MemoryStore()
    study = tb.open_study(tb.Problem(objective, space), **settings(name, store, **more))
    for _ in range(n_ended):
        do(study)
    for _ in range(n_begun):
        study.ask()
    store.close()
    return store


def do(study: Any) -> None:
    trial = study.ask()
    assert trial is not None
    value = 0.0
    try:
        for step, value in enumerate(objective(trial)):
            trial.report(value, step=step)
    except (tb.TrialPruned, ValueError) as error:
        study.tell(trial, error=error)
    else:
        study.tell(trial, value)


def told(result: tb.Result) -> list[tuple[Any, ...]]:
    assert result.carried is None or result.carried.exact, result.carried
    return [(one.params, one.values, one.state, one.told) for one in result.trials]


def asked_again(store: MemoryStore) -> MemoryStore:
    """Return a copy of a store whose session is lost."""
    other = copy.deepcopy(store)
    altered(other, lambda session: None)
    return other


def altered(store: MemoryStore, change: Change) -> None:
    known = store.load("s")
    assert known is not None
    store.claim("s")
    store.keep(change(dict(known.session or {})))
    store.close()


@pytest.mark.parametrize("space", [SPACE, RULED], ids=["free", "ruled"])
@pytest.mark.parametrize("name", BACKENDS)
def test_a_study_killed_at_any_event_goes_on_as_if_it_never_had_been(name: str, space: tb.Space) -> None:
    whole = told(run(space, name, MemoryStore()))
    for n_ended in range(1, 13, 3):
        for n_begun in (0, 1):
            counted = Counted(name)
            assert told(run(space, counted, killed(space, name, n_ended, n_begun))) == whole
            n_again = min(n_ended + n_begun, 1)
            assert space is RULED or counted.n_asks == n_again + 20 - n_ended - n_begun


@pytest.mark.parametrize("space", [SPACE, RULED], ids=["free", "ruled"])
@pytest.mark.parametrize("name", BACKENDS)
def test_with_several_trials_open_it_goes_on_as_by_asking_again(name: str, space: tb.Space) -> None:
    store = killed(space, name, n_ended=7, n_begun=3)
    again = asked_again(store)
    assert told(run(space, name, store)) == told(run(space, name, again))


@pytest.mark.parametrize("space", [SPACE, RULED], ids=["free", "ruled"])
@pytest.mark.parametrize("name", RECALLING)
def test_a_session_that_recalls_is_not_asked_again_for_what_was_rejected_either(
    name: str, space: tb.Space
) -> None:
    store, counted = killed(space, name, n_ended=9, n_begun=2), Counted(name)
    known = store.load("s")
    assert known is not None
    assert sum(trial.notes["rejected"] for trial in known.trials) > 0 or space is SPACE
    study = tb.open_study(tb.Problem(objective, space), **settings(counted, store))
    study.close()
    assert study.carried is not None
    assert study.carried.exact
    assert counted.n_asks == 0
    assert told(run(space, name, killed(space, name, n_ended=9))) == told(run(space, name, MemoryStore()))


@pytest.mark.parametrize("name", ["optuna:tpe", "optuna:random", "sklearn:random"])
def test_what_was_rejected_as_evaluated_before_is_taken_up_too(name: str) -> None:
    more: dict[str, Any] = {"on_duplicate": "resample"}
    whole = run(FEW, name, MemoryStore(), **more)
    counted = Counted(name)
    store = killed(FEW, name, n_ended=18, **more)
    begun = store.load("s")
    assert begun is not None
    assert any(trial.notes["rejected"] for trial in begun.trials)
    assert told(run(FEW, counted, store, **more)) == told(whole)
    rejected = [trial.notes["rejected"] for trial in (store.load("s") or begun).trials[17:]]
    assert counted.n_asks == len(rejected) + sum(rejected)


def test_what_the_sampler_has_forgotten_is_forgotten_again() -> None:
    bounded: Any = tb.backend("optuna:tpe", n_startup_trials=2, remember=12)

    def result(store: MemoryStore, n_trials: int) -> tb.Result:
        return run(SPACE, bounded, store, n_trials=n_trials)

    store = MemoryStore()
    result(store, 30)
    assert told(result(store, 40)) == told(result(MemoryStore(), 40))


@pytest.mark.parametrize("name", ["optuna:tpe", "optuna:gp"])
def test_batches_in_a_fixed_order_go_on_as_by_asking_again(name: str) -> None:
    batches: dict[str, Any] = {"n_jobs": 2, "executor": "threads", "deterministic": True}
    store = MemoryStore()
    run(SPACE, name, store, n_trials=8, **batches)
    again, counted = asked_again(store), Counted(name)
    expected = run(SPACE, name, again, n_trials=14, **batches)
    assert told(run(SPACE, counted, store, n_trials=14, **batches)) == told(expected)
    assert counted.n_asks <= 2 + 6


def test_a_state_that_is_older_than_the_last_trials_is_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    run(SPACE, "optuna:tpe", store, n_trials=9)
    monkeypatch.setattr(keepsakes, "MIN_SECONDS", 1e9)
    run(SPACE, "optuna:tpe", store, n_trials=14)
    counted = Counted("optuna:tpe")
    assert told(run(SPACE, counted, store)) == told(run(SPACE, "optuna:tpe", MemoryStore()))
    assert counted.n_asks == 12


def _resealed(change: Change) -> Change:
    """Return a change whose result has a seal that fits."""

    def changed(session: dict[str, Any]) -> Any:
        del session[SEAL]
        return Seals({"id": session.pop("id")}).session(change(session))

    return changed


DAMAGES: dict[str, Change] = {
    "lost": lambda session: None,
    "no mapping": lambda session: [1],
    "empty": lambda session: {},
    "another seal": lambda session: {**session, SEAL: "0"},
    "another place": lambda session: {**session, "asked": 1},
    "sealed, but of another segment": _resealed(lambda session: {**session, "segment": 3}),
    "sealed, but before no ask": _resealed(lambda session: {**session, "asked": 10**6}),
    "sealed, but after other calls": _resealed(lambda session: {**session, "calls": 2}),
    "sealed, but without random numbers": _resealed(lambda session: {**session, "state": {}}),
    "sealed, but of other random numbers": _resealed(
        lambda session: {
            **session,
            "state": {**session["state"], "random": {"_rng": 1, "_random_sampler._rng": None}},
        }
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_does_not_fit_is_noticed_and_the_sampler_asked_again(damage: str) -> None:
    store = killed(SPACE, "optuna:tpe", n_ended=12)
    known = store.load("s")
    assert known is not None
    own = {"id": known.notes["id"]} if "sealed" in damage else {}
    altered(store, lambda session: DAMAGES[damage]({**session, **own}))
    counted = Counted("optuna:tpe")
    assert told(run(SPACE, counted, store)) == told(run(SPACE, "optuna:tpe", MemoryStore()))
    assert counted.n_asks >= 20


def test_a_state_of_another_seed_is_noticed_by_the_next_proposal() -> None:
    store, other = (killed(SPACE, "optuna:tpe", n_ended=12, seed=seed) for seed in (4, 5))
    known, wrong = store.load("s"), other.load("s")
    assert known is not None
    assert wrong is not None
    state = (wrong.session or {})["state"]
    altered(
        store,
        lambda session: _resealed(lambda one: {**one, "state": state})({**session, "id": known.notes["id"]}),
    )
    counted = Counted("optuna:tpe")
    result = run(SPACE, counted, store)
    assert told(result) == told(run(SPACE, "optuna:tpe", MemoryStore()))
    assert counted.n_asks >= 20


def test_a_store_that_keeps_no_sessions_has_the_sampler_asked_again() -> None:
    store = MemoryStore()
    run(SPACE, "optuna:tpe", Plain(store), n_trials=12)
    counted = Counted("optuna:tpe")
    result = run(SPACE, counted, Plain(store))
    assert told(result) == told(run(SPACE, "optuna:tpe", MemoryStore()))
    assert counted.n_asks == 20


def test_a_segment_that_was_begun_without_marks_never_keeps_a_state() -> None:
    store = MemoryStore()
    run(SPACE, "optuna:tpe", Plain(store), n_trials=8)
    run(SPACE, "optuna:tpe", store, n_trials=12)
    known = store.load("s")
    assert known is not None
    assert known.session is None
    assert told(run(SPACE, "optuna:tpe", store)) == told(run(SPACE, "optuna:tpe", MemoryStore()))


def test_after_another_backend_the_state_of_the_first_is_of_no_use() -> None:
    store = MemoryStore()
    run(SPACE, "optuna:tpe", store, n_trials=8)
    swapped = run(SPACE, "hyperopt:random", store, n_trials=12)
    assert swapped.carried is not None
    assert not swapped.carried.exact
    again = asked_again(store)
    assert told(run(SPACE, "hyperopt:random", store)) == told(run(SPACE, "hyperopt:random", again))


def test_in_memory_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("tunebridge_optuna.restoring.RestorableSession.state", never)
    monkeypatch.setattr("tunebridge_optuna.restoring.RestorableSession.mark", never)
    assert len(run(RULED, "optuna:tpe", None).trials) == 20


@pytest.mark.parametrize("text", ["{", "7", '{"tunebridge:parts": 9}', '{"state": {}}'])
def test_a_row_of_a_database_that_is_damaged_costs_no_more_than_time(tmp_path: Path, text: str) -> None:
    url = f"sqlite:///{tmp_path / 'tune.db'}"
    run(SPACE, "optuna:random", url, n_trials=8)
    with closing(sqlite3.connect(tmp_path / "tune.db")) as database, database:
        written = "UPDATE study_user_attributes SET value_json = ? WHERE key = 'tunebridge:session'"
        assert database.execute(written, [text]).rowcount == 1
    counted = Counted("optuna:random")
    result = run(SPACE, counted, url, n_trials=12)
    assert result.damaged == ()
    assert told(result) == told(run(SPACE, "optuna:random", MemoryStore(), n_trials=12))
    assert counted.n_asks == 12
    known = tb.load_study(url, "s")
    assert len(known.trials) == 12


@pytest.mark.parametrize("store", ["sqlite:///{}/tune.db", "journal:///{}/tune.log"])
def test_a_session_goes_on_from_a_file(tmp_path: Path, store: str) -> None:
    url = store.format(tmp_path)
    run(RULED, "optuna:tpe", url, n_trials=12)
    counted = Counted("optuna:tpe")
    study = tb.open_study(tb.Problem(objective, RULED), **settings(counted, url))
    study.close()
    known = stored_study(url, "s")
    assert counted.n_asks == 1 + known.trials[-1].notes["rejected"]
    assert told(run(RULED, "optuna:tpe", url)) == told(run(RULED, "optuna:tpe", MemoryStore()))
