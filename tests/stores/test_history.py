"""Trials of other studies are told first: what `history=` takes and leaves out, and what becomes of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.storages import RDBStorage
from optuna.trial import TrialState as NativeState
from optuna.trial import create_trial

import tunebridge as tb
from tunebridge.registry import hookspecs, plugins
from tunebridge.testing import MemoryStore

pytestmark = pytest.mark.usefixtures("quiet_libraries")


class Wide:
    """A choice that is an object of the user's own."""


SPACE = tb.Space(
    lr=tb.Float(1e-4, 1.0, log=True),
    depth=tb.Categorical([None, 10, 20]),
    model=tb.Categorical(
        {
            "net": tb.Space(layers=tb.Int(1, 8), block=tb.Categorical({"wide": Wide, "narrow": None})),
            "tree": tb.Space(leaves=tb.Ordinal([2, 8, 32])),
        }
    ),
    version=tb.Constant(3),
    constraints=[
        tb.Constraint(lambda params: params.get("layers", 1) * params["lr"] < 4, "layers times lr below 4")
    ],
)


def loss(params: Any) -> float:
    return float(params["lr"] + params.get("layers", 0) + params.get("leaves", 0))


PROBLEM = tb.Problem(loss, SPACE)
INSIDE: dict[str, Any] = {"lr": 0.1, "depth": 10, "model": "net", "layers": 2, "block": Wide, "version": 3}


def tune(problem: tb.Problem = PROBLEM, **more: Any) -> tb.Result:
    return tb.tune(problem, **{"backend": "hyperopt:tpe", "n_trials": 6, "seed": 1, **more})


def other(n_trials: int = 5, seed: int = 9) -> tb.Result:
    return tb.tune(PROBLEM, backend="sklearn:random", n_trials=n_trials, seed=seed)


def carried(result: tb.Result) -> tuple[int, int]:
    """Return how many trials the backend was told of, and how many are outside."""
    assert result.carried is not None
    return result.carried.n_told, result.carried.outside


def native(
    *points: dict[str, Any],
    direction: Literal["minimize", "maximize"] = "minimize",
    state: NativeState = NativeState.COMPLETE,
) -> optuna.Study:
    """Return a study that was made by hand with Optuna."""
    study = optuna.create_study(study_name="by hand", direction=direction)
    value = 1.0 if state is NativeState.COMPLETE else None
    for params in points:
        ranges = {name: distribution(given) for name, given in params.items()}
        study.add_trial(create_trial(params=params, distributions=ranges, value=value, state=state))
    return study


def distribution(given: Any) -> BaseDistribution:
    return FloatDistribution(0, 100) if isinstance(given, float) else CategoricalDistribution([given])


@contextmanager
def opened(url: str, name: str) -> Iterator[optuna.Study]:
    """Open a stored study with Optuna alone."""
    storage = RDBStorage(url)
    try:
        yield optuna.load_study(study_name=name, storage=storage)
    finally:
        storage.remove_session()
        storage.engine.dispose()


# What it takes


def test_a_result_is_told_with_the_words_of_the_backend() -> None:
    result = tune(history=other())
    assert carried(result) == (5, 0)
    assert result.carried is not None
    assert dict(result.carried.told) == {
        ("sklearn:random", "COMPLETE", "status ok with its loss, injected"): 5
    }


def test_an_open_study_is_told_as_far_as_it_has_come() -> None:
    with tb.open_study(PROBLEM, backend="optuna:random", n_trials=5, seed=9) as study:
        for _ in range(3):
            trial = study.ask()
            assert trial is not None
            study.tell(trial, loss(trial))
        study.ask()
        assert carried(tune(history=study)) == (3, 0)


def test_a_list_is_told_in_order_and_each_study_once() -> None:
    first, second = other(), other(n_trials=4, seed=10)
    with tb.open_study(PROBLEM, backend="optuna:random", n_trials=2, seed=11) as third:
        trial = third.ask()
        assert trial is not None
        third.tell(trial, 1.0)
        assert carried(tune(history=[first, second, third])) == (10, 0)
        assert carried(tune(history=(first, second, first))) == (9, 0)


@pytest.mark.parametrize("make", [list, tuple, native, lambda: None], ids=["list", "tuple", "study", "None"])
def test_an_empty_history_is_none(make: Callable[[], Any]) -> None:
    assert tune(history=make()).carried is None


FORMS: dict[str, dict[str, Any]] = {
    "flat names and labels": {
        "lr": 0.1, "depth": "10", "model": "net", "layers": 2, "block": "wide", "version": "3"
    },
    "full paths and labels": {
        "lr": 0.1, "depth": "10", "model": "net", "model.net.layers": 2, "model.net.block": "wide"
    },
    "values, and no constant": {"lr": 0.1, "depth": 10, "model": "net", "layers": 2, "block": "wide"},
    "None is a value": {"lr": 0.1, "depth": None, "model": "tree", "leaves": 8},
    "numbers as texts": {"lr": "0.1", "depth": "10", "model": "net", "layers": "2", "block": "wide"},
    "numbers as floats": {"lr": 0.1, "depth": 10.0, "model": "net", "layers": 2.0, "block": "wide"},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_study_made_with_optuna_is_read_whatever_its_names(form: str) -> None:
    result = tune(history=native(FORMS[form]))
    assert carried(result) == (1, 0)
    assert result.carried is not None
    assert {source for source, _, _ in result.carried.told} == {"optuna study 'by hand'"}


@pytest.mark.parametrize(("end", "state"), [("FAIL", "FAILED"), ("PRUNED", "PRUNED")])
def test_failed_and_pruned_trials_of_optuna_are_told_as_such(end: str, state: str) -> None:
    result = tune(history=native(FORMS["None is a value"], state=NativeState[end]))
    assert result.carried is not None
    assert [told for _, told, _ in result.carried.told] == [state]


@pytest.mark.parametrize("state", [NativeState.RUNNING, NativeState.WAITING])
def test_trials_of_optuna_that_have_not_ended_are_left_out(state: NativeState) -> None:
    assert tune(history=native(FORMS["None is a value"], state=state)).carried is None


def test_a_stored_study_is_read_through_optuna_as_it_is_through_tunebridge(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    old = tb.tune(PROBLEM, backend="hyperopt:tpe", n_trials=8, seed=4, storage=url, study="old")
    with opened(url, "old") as study:
        ours, theirs = tune(history=tb.load_study(url, "old", problem=PROBLEM)), tune(history=study)
    assert [trial.params for trial in ours.trials] == [trial.params for trial in theirs.trials]
    assert ours.carried == theirs.carried == tune(history=old).carried
    assert carried(ours) == (8, 0)


def test_a_study_that_was_loaded_without_its_problem_is_told_whole() -> None:
    store = MemoryStore()
    old = tune(n_trials=8, seed=4, storage=store, study="old")
    assert any(trial.params.get("block") is Wide for trial in old.trials)
    assert carried(tune(history=tb.load_study(store, "old"))) == (8, 0)


# What it leaves out


def test_what_is_outside_the_space_or_its_constraints_is_counted_and_not_told() -> None:
    changes: dict[str, dict[str, Any]] = {
        "inside": {},
        "above": {"lr": 2.0},
        "infeasible": {"lr": 0.9, "layers": 8},
        "no such choice": {"depth": 30},
        "unknown name": {"momentum": 0.9},
        "another constant": {"version": 4},
    }
    points = [{**INSIDE, "block": "wide", **change} for change in changes.values()]
    result = tune(history=native(*points, {"lr": 0.1}))
    assert carried(result) == (1, 6)
    assert "goes on with 1 of 7 earlier trials" in str(result.carried)
    assert "6 excluded, or outside this space or its constraints: not told" in str(result.carried)


def test_a_history_of_which_nothing_is_carried_is_an_error_that_says_why() -> None:
    store, outside = MemoryStore(), {**INSIDE, "block": "wide", "lr": 7.0}
    with pytest.raises(tb.ProblemError, match="none of the 2 trials of the history can be carried") as caught:
        tune(history=native({"other": 1.0}, outside), storage=store, study="new")
    assert "trial 0 of the study 'by hand': " in caught.value.message
    assert "other: is no parameter of the space" in caught.value.message
    assert "trial 1 of the study 'by hand': lr: must be" in caught.value.message
    assert store.studies() == []


def test_a_study_that_goes_on_takes_a_history_of_which_nothing_is_carried() -> None:
    store = MemoryStore()
    tune(storage=store, study="new", n_trials=2)
    result = tune(storage=store, study="new", n_trials=4, history=native({"other": 1.0}))
    assert result.carried is not None
    assert (result.carried.exact, result.carried.outside) == (True, 1)
    assert "other: is no parameter of the space" in str(result.carried)


def test_each_trial_that_is_left_out_has_its_reason() -> None:
    block = {"block": "wide"}
    points = [{**INSIDE, **block, **change} for change in REASONS.values()]
    result = tune(history=native({**INSIDE, **block}, *points))
    assert result.carried is not None
    assert [one.number for one in result.carried.left_out] == [*range(1, len(REASONS) + 1)]
    for one, (reason, change) in zip(result.carried.left_out, REASONS.items(), strict=True):
        assert reason in one.reason, (one, change)
        assert one.source == "the study 'by hand'"
    assert f"and {len(REASONS) - 3} more: result.carried.left_out" in str(result.carried)


REASONS: dict[str, dict[str, Any]] = {
    "lr: must be": {"lr": 2.0},
    "breaks the constraint 'layers times lr below 4'": {"lr": 0.9, "layers": 8},
    "depth: must be one of None, 10, 20, got 30": {"depth": 30},
    "momentum: is no parameter of the space": {"momentum": 0.9},
    "leaves: is inactive here": {"leaves": 8},
    "version: must be one of 3, got 4": {"version": 4},
    "layers: must be an integer, got 2.5": {"layers": 2.5},
}
"""What is wrong with a trial, in the words of its reason."""


@pytest.mark.parametrize(
    "make", [lambda: native(direction="maximize"), lambda: tune(tb.Problem(loss, SPACE, "maximize"))]
)
def test_another_direction_is_an_error(make: Callable[[], Any]) -> None:
    with pytest.raises(tb.ProblemError, match="the history has the direction maximize, and this problem min"):
        tune(history=make())


@pytest.mark.parametrize("given", ["sqlite:///tune.db", 3, {"lr": 0.1}, object(), [INSIDE]])
def test_what_is_no_study_is_refused_and_what_is_taken_is_named(given: Any) -> None:
    with pytest.raises(tb.ProblemError, match=r"history takes a Result, a Study .* got ") as caught:
        tune(history=given)
    assert "tunebridge.load_study(url, name)" in caught.value.hint


def test_a_history_that_is_refused_leaves_the_store_as_it_was() -> None:
    store = MemoryStore()
    with pytest.raises(tb.ProblemError, match="history takes"):
        tune(history=[other(), "sqlite:///tune.db"], storage=store, study="new")
    assert store.studies() == []


# What becomes of it


def test_imported_trials_are_no_trials_of_the_study() -> None:
    best = tb.tune(PROBLEM, backend="optuna:random", n_trials=40, seed=2)
    result = tune(history=best, n_trials=6)
    assert [trial.number for trial in result.trials] == list(range(6))
    assert {trial.backend for trial in result.trials} == {"hyperopt:tpe"}
    assert result.stop_reason == "n_trials"
    assert result.best_value == min(trial.values[0] for trial in result.trials if trial.values)


def test_imported_trials_do_not_stop_a_study() -> None:
    target = tb.Target(other(40).best_value)
    assert not tune(history=other(40), stop=[target], n_trials=1).stop_reason.startswith("Target")


def test_what_the_history_knows_is_not_evaluated_again_where_values_are_reused() -> None:
    space = tb.Space(x=tb.Ordinal([1, 2, 3]))
    seen: list[int] = []

    def objective(trial: tb.Trial) -> float:
        seen.append(trial["x"])
        return float(trial["x"])

    problem = tb.Problem(objective, space)
    history = tb.tune(problem, backend="sklearn:grid", n_trials=2, seed=0)
    known, seen[:] = set(seen), []
    tb.tune(problem, backend="sklearn:grid", seed=1, history=history, on_duplicate="reuse")
    assert len(known) == 2
    assert known.isdisjoint(seen)
    assert seen


def test_a_value_of_the_history_is_not_said_to_be_that_of_an_own_trial() -> None:
    problem = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Ordinal([1, 2, 3, 4, 5])))
    history = tb.tune(problem, backend="sklearn:grid", n_trials=3)
    result = tb.tune(problem, backend="sklearn:grid", n_trials=1, history=history, on_duplicate="reuse")
    assert "as in trial" not in result.trials[0].told


def test_imported_trials_lie_in_the_store_as_finished_trials_of_optuna(tmp_path: Path) -> None:
    url, history = f"sqlite:///{tmp_path / 'new.db'}", other()
    result = tune(history=history, storage=url, study="new")
    with opened(url, "new") as study:
        assert len(study.trials) == 5 + 6
        assert all(trial.state.is_finished() for trial in study.trials)
        assert [trial.values for trial in study.trials] == [
            list(trial.values or ()) for trial in (*history.trials, *result.trials)
        ]
        assert study.trials[0].params == tb.to_natural(SPACE, history.trials[0].params)
    loaded = tb.load_study(url, "new", problem=PROBLEM)
    assert [trial.params for trial in loaded.trials] == [trial.params for trial in result.trials]


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "optuna:tpe"])
@pytest.mark.parametrize("repeated", [True, False], ids=["the same call", "without the argument"])
def test_a_resumed_study_tells_its_history_again_and_imports_it_once(backend: str, repeated: bool) -> None:
    settings: dict[str, Any] = {"backend": backend, "study": "new"}
    whole = tune(history=other(), n_trials=40, storage=MemoryStore(), **settings)
    store = MemoryStore()
    tune(history=other(), n_trials=25, storage=store, **settings)
    resumed = tune(history=other() if repeated else (), n_trials=40, storage=store, **settings)
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert sum(resumed.carried.told.values()) == 5 + 25
    assert [trial.params for trial in resumed.trials] == [trial.params for trial in whole.trials]
    kept = store.load("new")
    assert kept is not None
    assert sum(trial.number is None for trial in kept.trials) == 5


def test_a_backend_that_takes_over_is_told_the_history_too() -> None:
    store = MemoryStore()
    tune(history=other(), storage=store, study="new", n_trials=4)
    result = tune(backend="optuna:tpe", storage=store, study="new", n_trials=5)
    assert carried(result) == (5 + 4, 0)


def test_a_history_that_is_given_later_is_told_and_ends_exactness() -> None:
    store = MemoryStore()
    tune(storage=store, study="new", n_trials=4)
    result = tune(history=other(), storage=store, study="new", n_trials=6)
    assert carried(result) == (4 + 5, 0)
    assert result.carried is not None
    assert (result.carried.exact, result.carried.reason.endswith("were added")) == (False, True)
    again = tune(history=other(), storage=store, study="new", n_trials=7).carried
    assert again is not None
    assert again.exact


def test_a_study_that_grew_gives_its_new_trials_alone() -> None:
    store = MemoryStore()
    tune(history=other(5), storage=store, study="new", n_trials=2)
    assert carried(tune(history=other(8), storage=store, study="new", n_trials=3)) == (2 + 8, 0)


# Readers of plugins


@dataclass
class Sheet:
    """A native study of a made-up library."""

    rows: list[tuple[dict[str, Any], float]]


class OtherSheet(Sheet):
    """A class derived from it."""


def read_sheet(sheet: Sheet) -> tb.StoredStudy:
    now = datetime.now(UTC)
    trials = [
        tb.StoredTrial(
            number=None,
            attempt=place,
            state=tb.TrialState.COMPLETE,
            params=params,
            values=(value,),
            started=now,
            finished=now,
        )
        for place, (params, value) in enumerate(sheet.rows)
    ]
    directions = (tb.Direction.MINIMIZE,)
    return tb.StoredStudy(name="a sheet", directions=directions, notes={}, trials=tuple(trials))


@pytest.fixture
def _sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load a plugin whose hook registers a reader, and make it part of the registry."""

    @tb.hookimpl
    def tunebridge_register_readers(register: Callable[[tb.ReaderSpec], None]) -> None:
        name = f"{Sheet.__module__}.{Sheet.__qualname__}"
        register(tb.ReaderSpec(name="sheet", summary="a sheet", native=name, read=read_sheet))

    module = ModuleType("fake_reader")
    vars(module).update(tunebridge_register_readers=tunebridge_register_readers)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    loaded = plugins.load([EntryPoint("sheet", module.__name__, hookspecs.NAMESPACE)], strict=True)
    monkeypatch.setitem(plugins.registry().readers, "sheet", loaded.readers["sheet"])


@pytest.mark.usefixtures("_sheets")
@pytest.mark.parametrize("kind", [Sheet, OtherSheet])
def test_a_reader_of_a_plugin_reads_its_own_class_and_those_derived_from_it(kind: type[Sheet]) -> None:
    sheet = kind([(dict(INSIDE), 0.5), ({"lr": 5.0}, 0.1)])
    result = tune(history=sheet)
    assert carried(result) == (1, 1)
    assert result.carried is not None
    assert {source for source, _, _ in result.carried.told} == {"a sheet"}


def test_a_class_without_a_reader_is_refused() -> None:
    with pytest.raises(tb.ProblemError, match=r"history takes .* got Sheet\(rows=\[\]\)"):
        tune(history=Sheet([]))
