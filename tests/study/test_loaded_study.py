"""A stored study and the problem that comes back to it: changes, and what is carried."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.cli.overview import read_overview
from tunebridge.testing import MemoryStore

BASE: dict[str, Any] = {"lr": tb.Float(1e-4, 1e-1, log=True), "layers": tb.Int(1, 4)}
BRANCHES = {"sgd": tb.Space(momentum=tb.Float(0.0, 0.9)), "adam": tb.Space()}


def loss(trial: Any) -> float:
    return float(trial["lr"] + trial.get("layers", 0))


def other_loss(trial: Any) -> float:
    return float(trial["lr"] * 2)


def settings(**more: Any) -> dict[str, Any]:
    return {"backend": "optuna:tpe", "study": "net", "n_trials": 8, "seed": 0, **more}


def stored(space: tb.Space, objective: Callable[..., float] = loss) -> MemoryStore:
    store = MemoryStore()
    tb.tune(tb.Problem(objective, space), storage=store, **settings())
    return store


SPACE = tb.Space(BASE, optimizer=tb.Categorical(BRANCHES))
CHANGES: dict[str, tuple[tb.Problem, str]] = {
    "bounds": (
        tb.Problem(loss, tb.Space({**SPACE, "lr": tb.Float(1e-4, 1.0, log=True)})),
        r"lr: was Float\(0.0001, 0.1, log=True\), is Float\(0.0001, 1.0, log=True\)",
    ),
    "branch": (
        tb.Problem(
            loss,
            tb.Space(
                BASE, optimizer=tb.Categorical({**BRANCHES, "sgd": tb.Space(momentum=tb.Float(0, 0.99))})
            ),
        ),
        r"optimizer.sgd.momentum: was Float\(0.0, 0.9\), is Float\(0.0, 0.99\)",
    ),
    "name": (tb.Problem(loss, tb.Space({**SPACE, "width": tb.Int(1, 2)})), "width: is not in the old space"),
    "objective": (tb.Problem(other_loss, SPACE), "objective: was loss, is other_loss"),
    "direction": (tb.Problem(loss, SPACE, "maximize"), "directions: was .*minimize.*, is .*maximize"),
    "metric": (tb.Problem(loss, SPACE, metric="auc"), "metric: was None, is 'auc'"),
    "constraint": (
        tb.Problem(loss, tb.Space(dict(SPACE), constraints=[tb.Constraint(lambda p: True, "all")])),
        "the constraint 'all' is not in the old space",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_problem_is_refused_with_what_has_changed(change: str) -> None:
    store = stored(SPACE)
    problem, message = CHANGES[change]
    with pytest.raises(tb.StoreError, match=message) as caught:
        tb.tune(problem, storage=store, **settings())
    assert "'carry'" in caught.value.hint or '"carry"' in caught.value.hint
    assert len(tb.load_study(store, "net").trials) == 8
    with pytest.raises(tb.StoreError, match=message):
        tb.load_study(store, "net", problem=problem)


def test_changed_code_of_the_objective_is_refused_and_a_comment_is_not() -> None:
    def named(body: str) -> Callable[..., float]:
        scope: dict[str, Any] = {}
        exec(f"def train(trial):\n    {body}\n", scope)
        made: Callable[..., float] = scope["train"]
        return made

    store = stored(tb.Space(BASE), named("return trial['lr'] * 1.0"))
    tb.tune(
        tb.Problem(named("return trial['lr'] * 1.0  # as is"), tb.Space(BASE)), storage=store, **settings()
    )
    with pytest.raises(tb.StoreError, match="the code of train has changed"):
        tb.tune(tb.Problem(named("return trial['lr'] * 2.0"), tb.Space(BASE)), storage=store, **settings())


class Trained:
    """An objective that says which data it depends on."""

    def __init__(self, **items: str) -> None:
        self.items = items

    def __call__(self, trial: Any) -> float:
        return loss(trial)

    def fingerprint(self) -> dict[str, str]:
        return self.items


@pytest.mark.parametrize(
    ("items", "changed"),
    [
        ({"X": "1", "y": "3"}, ["y"]),
        ({"X": "0", "y": "3"}, ["X", "y"]),
        ({"X": "1"}, ["y"]),
        ({"X": "1", "y": "2", "weights": "4"}, ["weights"]),
    ],
)
def test_what_an_objective_depends_on_is_refused_by_name_if_it_changes(
    items: dict[str, str], changed: list[str]
) -> None:
    store = stored(tb.Space(BASE), Trained(X="1", y="2"))
    same = tb.tune(tb.Problem(Trained(y="2", X="1"), tb.Space(BASE)), storage=store, **settings(n_trials=9))
    assert len(same.trials) == 9
    with pytest.raises(tb.StoreError) as caught:
        tb.tune(tb.Problem(Trained(**items), tb.Space(BASE)), storage=store, **settings())
    was = {"X": "1", "y": "2"}
    shown = {name: f": was {was[name]}, is {items[name]}" for name in was.keys() & items.keys()}
    assert caught.value.message.splitlines()[1:] == [
        f"objective: {name} is not what it was{shown.get(name, '')}" for name in changed
    ]


def test_changed_code_is_named_beside_changed_data() -> None:
    class Before(Trained):
        pass

    class After(Trained):
        def __call__(self, trial: Any) -> float:
            return 2.0 * loss(trial)

    After.__qualname__ = Before.__qualname__
    store = stored(tb.Space(BASE), Before(X="1"))
    with pytest.raises(tb.StoreError, match=r"(?s)X is not what it was.*the code of .*Before has changed"):
        tb.tune(tb.Problem(After(X="2"), tb.Space(BASE)), storage=store, **settings())


def reading(rate: float, records: dict[float, int] | None = None) -> tb.Problem:
    """Return a problem whose objective reads a global, and hands another one to a helper that fills it."""
    scope: dict[str, Any] = {"rate": rate, "records": {} if records is None else records}
    lines = (
        "def note(where, x):",
        "    where[x] = 1",
        "def train(trial):",
        "    note(records, trial['lr'])",
        "    return rate * trial['lr']",
    )
    exec("\n".join(lines), scope)
    return tb.Problem(scope["train"], tb.Space(BASE))


def test_a_change_that_is_accepted_goes_on_exactly_and_is_recorded(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    tb.tune(reading(1.0), storage=store, **settings(n_trials=4))
    with pytest.raises(tb.StoreError, match=r"rate is not what it was: was 1\.0, is 2\.0") as caught:
        tb.tune(reading(2.0), storage=store, **settings(n_trials=6))
    assert 'on_objective_change="accept"' in caught.value.hint
    result = tb.tune(reading(2.0), storage=store, **settings(n_trials=6, on_objective_change="accept"))
    assert result.study == "net"
    assert result.carried is not None
    assert result.carried.exact
    assert "rate is not what it was" in caplog.text
    (when, what), *others = read_overview(store, "net").changes.items()
    assert not others
    assert when.startswith("trial 4, 20")
    assert what == "accepted: objective: rate is not what it was: was 1.0, is 2.0"
    tb.tune(reading(2.0), storage=store, **settings(n_trials=7))
    with pytest.raises(tb.StoreError, match=r"was 2\.0, is 1\.0"):
        tb.tune(reading(1.0), storage=store, **settings(n_trials=8))


def test_what_is_accepted_is_what_is_computed_and_not_the_space() -> None:
    store = MemoryStore()
    tb.tune(reading(1.0), storage=store, **settings(n_trials=2))
    other = tb.Problem(reading(2.0).objective, SPACE)
    with pytest.raises(tb.StoreError, match="optimizer: is not in the old space") as caught:
        tb.tune(other, storage=store, **settings(on_objective_change="accept"))
    assert "rate" not in str(caught.value)
    assert (
        tb.tune(other, storage=store, **settings(on_objective_change="accept", on_space_change="carry")).study
        == "net@2"
    )


def test_a_constraint_counts_with_what_it_reads() -> None:
    def limited(limit: float) -> tb.Problem:
        rule = tb.Constraint(lambda params: params["lr"] < limit, "small")
        return tb.Problem(loss, tb.Space(BASE, constraints=[rule]))

    store = MemoryStore()
    tb.tune(limited(0.05), storage=store, **settings(n_trials=2))
    with pytest.raises(tb.StoreError, match="the constraint 'small': limit is not what it was"):
        tb.tune(limited(0.06), storage=store, **settings(n_trials=3))
    for more in ({"on_objective_change": "accept"}, {}):
        n_trials = 4 if more else 5
        result = tb.tune(limited(0.06), storage=store, **settings(n_trials=n_trials, **more))
        assert len(result.trials) == n_trials


def test_what_a_run_has_changed_is_no_change_and_what_the_user_changes_is_one() -> None:
    store = MemoryStore()
    records: dict[float, int] = {}
    for n_trials in (2, 4, 6):
        tb.tune(reading(1.0, records), storage=store, **settings(n_trials=n_trials))
    assert len(records) == 6
    tb.tune(reading(1.0), storage=store, **settings(n_trials=7))
    with pytest.raises(tb.StoreError, match="records is not what it was"):
        tb.tune(reading(1.0, {0.5: 7}), storage=store, **settings(n_trials=8))


def test_what_is_not_compared_is_said_once_and_shown(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[float] = []

    def train(trial: Any) -> float:
        seen.append(trial["lr"])
        return loss(trial)

    store = MemoryStore()
    for n_trials in (2, 3):
        tb.tune(tb.Problem(train, tb.Space(BASE)), storage=store, **settings(n_trials=n_trials))
    name = train.__qualname__
    assert [record.getMessage() for record in caplog.records if "not compared" in record.getMessage()] == [
        f"the study 'net', not compared when it goes on: seen ({name} changes it)"
    ]
    assert read_overview(store, "net").not_compared == {"seen": f"{name} changes it"}


def earlier(store: MemoryStore, **objective: Any) -> MemoryStore:
    """Return a store with the study as an earlier tunebridge described its objective."""
    study = store.load("net")
    assert study is not None
    kept = {name: study.notes["objective"][name] for name in ("name", "code")}
    old = MemoryStore()
    old.claim("net")
    unsealed = {name: note for name, note in study.notes.items() if name not in ("id", "seal")}
    notes = {**unsealed, "format": 1, "objective": {**kept, **objective}}
    old.append(tb.StudyCreated(replace(study, notes=notes), tb.Space(BASE)))
    old.close()
    return old


@pytest.mark.parametrize("objective", [{}, {"items": {}}, {"items": {"rate": "0.5"}}], ids=repr)
def test_what_an_earlier_version_did_not_store_is_compared_from_the_next_call_on(
    objective: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore()
    tb.tune(reading(1.0), storage=store, **settings(n_trials=4))
    old = earlier(store, **objective)
    if objective.get("items"):
        with pytest.raises(tb.StoreError, match=r"rate is not what it was: was 0\.5, is 1\.0"):
            tb.tune(reading(1.0), storage=old, **settings(n_trials=5))
        return
    result = tb.tune(reading(1.0), storage=old, **settings(n_trials=5))
    assert result.carried is not None
    assert result.carried.exact
    tb.tune(reading(1.0), storage=old, **settings(n_trials=6))
    assert len([record for record in caplog.records if "earlier tunebridge" in record.getMessage()]) == 1
    assert list(read_overview(old, "net").changes.values()) == ["not compared: note, rate, records"]
    with pytest.raises(tb.StoreError, match=r"rate is not what it was: was 1\.0, is 2\.0"):
        tb.tune(reading(2.0), storage=old, **settings(n_trials=7))


def test_carrying_goes_on_in_a_new_study_with_what_the_new_space_holds() -> None:
    store = stored(SPACE)
    old = tb.load_study(store, "net").trials
    narrow = tb.Problem(loss, tb.Space({**SPACE, "layers": tb.Int(2, 4)}))
    result = tb.tune(narrow, storage=store, **settings(on_space_change="carry"))
    inside = sum(trial.params["layers"] >= 2 for trial in old)
    assert 0 < inside < 8
    assert result.study == "net@2"
    assert len(result.trials) == 8
    assert result.carried is not None
    assert (result.carried.n_told, result.carried.outside) == (inside, 8 - inside)
    assert f"{8 - inside} excluded, or outside" in str(result.carried)
    assert store.studies() == ["net", "net@2"]
    carried = store.load("net@2")
    assert carried is not None
    assert carried.notes["parent"] == "net"
    assert tb.load_study(store, "net").trials == old


def test_a_carried_study_goes_on_by_the_same_call() -> None:
    store = stored(SPACE)
    narrow = tb.Problem(loss, tb.Space({**SPACE, "layers": tb.Int(2, 4)}))
    whole = tb.tune(narrow, storage=stored(SPACE), **settings(on_space_change="carry", n_trials=20))
    result = [
        tb.tune(narrow, storage=store, **settings(on_space_change="carry", n_trials=n_trials))
        for n_trials in (3, 12, 20)
    ][-1]
    assert [trial.params for trial in result.trials] == [trial.params for trial in whole.trials]
    assert store.studies() == ["net", "net@2"]
    assert result.carried is not None
    assert result.carried.exact


def test_a_study_killed_while_it_carries_goes_on_with_the_rest() -> None:
    class Killed(Exception):
        pass

    class DyingStore(MemoryStore):
        left = 100

        def append(self, event: tb.Event) -> None:
            self.left -= 1
            if self.left < 0:
                raise Killed
            super().append(event)

    store = DyingStore()
    tb.tune(tb.Problem(loss, SPACE), storage=store, **settings())
    wider = tb.Problem(loss, tb.Space({**SPACE, "layers": tb.Int(1, 5)}))
    store.left = 4
    with pytest.raises(Killed):
        tb.tune(wider, storage=store, **settings(on_space_change="carry"))
    store.left = 100
    result = tb.tune(wider, storage=store, **settings(on_space_change="carry"))
    assert result.study == "net@2"
    assert result.carried is not None
    assert result.carried.n_told == 8


def test_carrying_on_again_carries_what_was_carried() -> None:
    store = stored(tb.Space(BASE))
    problems = [tb.Problem(loss, tb.Space({**BASE, "layers": tb.Int(low, 4)})) for low in (2, 3)]
    more = settings(on_space_change="carry")
    result = [tb.tune(problem, storage=store, **more) for problem in problems][-1]
    assert result.study == "net@3"
    everything = [trial for name in ("net", "net@2") for trial in tb.load_study(store, name).trials]
    assert result.carried is not None
    assert result.carried.n_told == sum(trial.params["layers"] >= 3 for trial in everything)


def test_carrying_an_unchanged_problem_changes_nothing() -> None:
    store = stored(SPACE)
    result = tb.tune(tb.Problem(loss, SPACE), storage=store, **settings(on_space_change="carry", n_trials=9))
    assert (result.study, len(result.trials)) == ("net", 9)


def test_another_direction_cannot_be_carried() -> None:
    store = stored(SPACE)
    with pytest.raises(tb.ProblemError, match="the history has the direction minimize"):
        tb.tune(tb.Problem(loss, SPACE, "maximize"), storage=store, **settings(on_space_change="carry"))
    assert store.studies() == ["net"]


def test_a_study_of_a_newer_tunebridge_is_left_alone() -> None:
    store = stored(SPACE)
    study = store.load("net")
    assert study is not None
    newer = MemoryStore()
    newer.claim("net")
    newer.append(tb.StudyCreated(replace(study, notes={**study.notes, "format": 99}), SPACE))
    newer.close()
    with pytest.raises(tb.StoreError, match="newer tunebridge"):
        tb.tune(tb.Problem(loss, SPACE), storage=newer, **settings())


def test_a_study_with_a_live_writer_is_refused_and_can_be_read() -> None:
    store = MemoryStore()
    problem = tb.Problem(loss, SPACE)
    with tb.open_study(problem, storage=store, **settings()) as study:
        study.ask()
        with pytest.raises(tb.StoreError, match="live writer"):
            tb.open_study(problem, storage=store, **settings())
        assert [trial.state.name for trial in tb.load_study(store, "net").trials] == ["RUNNING"]
    assert tb.tune(problem, storage=store, **settings()).trials[0].attempt == 1


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_looking_makes_nothing(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(tb.StoreError, match="there is no store at"):
        tb.load_study(f"{scheme}:///{tmp_path}/typo", "net")
    assert list(tmp_path.iterdir()) == []


# How often a problem is looked at.


def test_a_problem_is_described_once_when_its_study_is_opened_and_once_when_it_is_over() -> None:
    looks: list[object] = []

    class Looking:
        def __call__(self, trial: Any) -> float:
            return loss(trial)

        def fingerprint(self) -> dict[str, str]:
            looks.append(None)
            return {}

    problem, store = tb.Problem(Looking(), SPACE), MemoryStore()
    for on_space_change in ("error", "error", "carry"):
        looks.clear()
        study = tb.open_study(problem, storage=store, **settings(on_space_change=on_space_change))
        assert len(looks) == 1
        study.run()
        assert len(looks) == 2
