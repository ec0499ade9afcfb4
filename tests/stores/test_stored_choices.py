"""What ran is what is loaded, resumed, compared, exported and imported: choices come back as themselves.

Most of these choices have labels that equal other choices, or are equal to others without being the same.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tunebridge as tb
import tunebridge_optuna
from tunebridge.registry.choice import Backend
from tunebridge.stores.loading import find, opened
from tunebridge.testing import MemoryStore

SCHEMES = ["sqlite", "journal", "jsonlines", "postgresql", "mysql"]


class Alike:
    """Equal to everything."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Alike({self.name})"


A, B = Alike("a"), Alike("b")
HIDDEN = {"1": A, "2": B, "A": 1, "None": "1"}

SPACES: dict[str, tb.Space] = {
    "texts and numbers": tb.Space(x=tb.Categorical(["1", 1]), y=tb.Ordinal([0, "0"])),
    "None": tb.Space(x=tb.Categorical([None, "None"]), y=tb.Ordinal(["None", None])),
    "swapped": tb.Space(x=tb.Categorical({"a": "b", "b": "a"}), y=tb.Categorical({"'a'": "b", "b": "'a'"})),
    "across types": tb.Space(x=tb.Categorical([True, 1, 1.0]), y=tb.Ordinal([0.0, False, 0])),
    "zeros": tb.Space(x=tb.Categorical([-0.0, 0.0]), y=tb.Ordinal([0.0, -0.0])),
    "equal objects": tb.Space(x=tb.Categorical([A, B]), y=tb.Ordinal([A, B]), z=tb.Constant(A)),
    "arrays": tb.Space(
        x=tb.Categorical({"zeros": np.zeros(2), "ones": np.ones(2), "more": np.zeros(2)}),
        y=tb.Categorical([float("nan"), "nan"]),
    ),
    "sets": tb.Space(x=tb.Categorical([{"a", "b"}, "{'a', 'b'}"]), y=tb.Ordinal([frozenset("ab"), 1])),
    "branches": tb.Space(
        x=tb.Categorical(
            {
                "1": tb.Space(y=tb.Categorical(["1", 1]), z=tb.Constant("'1'")),
                "'1'": tb.Space(y=tb.Ordinal([0.0, -0.0, "0.0"]), c=tb.Constant(1)),
                "leaf": "1",
            }
        )
    ),
}
"""By what they are."""

ALL = tb.Space(
    {f"{name} {key}": parameter for name, space in SPACES.items() for key, parameter in space.entries}
)
"""All of their parameters in one."""


def is_same(left: Any, right: Any) -> bool:
    """Return whether two values are one object, or cannot be told apart."""
    plain = {bool, int, float, str, type(None)}
    return left is right or (type(left) is type(right) and type(left) in plain and repr(left) == repr(right))


class Ran:
    """An objective that remembers what it was given, and tells all choices apart."""

    def __init__(self, space: tb.Space) -> None:
        self.problem = tb.Problem(self, space)
        self.params: dict[int, dict[str, Any]] = {}

    def __call__(self, trial: tb.Trial) -> float:
        self.params[trial.number] = dict(trial)
        return self.value(trial)

    def value(self, params: Mapping[str, Any]) -> float:
        natural = sorted(tb.to_natural(self.problem.space, params).items())
        return float(sum(map(ord, repr(natural))) % 97)

    def fingerprint(self) -> dict[str, str]:
        return {}

    def assert_is(self, result: tb.Result) -> None:
        """Assert that a result has what ran."""
        assert len(result.trials) == len(self.params)
        for record in result.trials:
            given = self.params[record.number]
            assert record.params.keys() == given.keys()
            assert all(is_same(record.params[name], value) for name, value in given.items()), record
        assert self.value(result.best_params) == result.best_value


def tune(ran: Ran, n_trials: int, **more: Any) -> tb.Result:
    chosen = {"backend": "optuna:random", "seed": 3, "study": "s", **more}
    return tb.tune(ran.problem, n_trials=n_trials, **chosen)


def imported(storage: Any, name: str) -> list[dict[str, Any]]:
    """Return the params of the trials that a study has imported."""
    with opened(storage) as store:
        known = find(store, name)
    return [dict(trial.params) for trial in known.trials if trial.number is None]


def naturals(result: tb.Result) -> list[dict[str, Any]]:
    return [tb.to_natural(result.problem.space, record.params) for record in result.trials]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_ran_is_what_is_loaded(new_store: Callable[[str], str], scheme: str) -> None:
    url = new_store(scheme)
    ran = Ran(ALL)
    ran.assert_is(tune(ran, 9, storage=url))
    ran.assert_is(tb.load_study(url, "s", problem=ran.problem))


MANY = tb.Space(x=tb.Categorical([f"choice {place}" for place in range(10_000)]), y=tb.Ordinal(["1", 1]))
"""What takes more room than a column of MySQL has."""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_study_of_ten_thousand_choices_is_kept_everywhere(
    new_store: Callable[[str], str], scheme: str
) -> None:
    url, ran = new_store(scheme), Ran(MANY)
    result = [tune(ran, n_trials, storage=url, backend="sklearn:random") for n_trials in (1, 2)][-1]
    ran.assert_is(result)
    ran.assert_is(tb.load_study(url, "s", problem=ran.problem))
    store = MemoryStore()
    tune(Ran(MANY), 1, storage=store, study="t", history=tb.load_study(url, "s"), backend="sklearn:random")
    assert imported(store, "t") == naturals(result)


def test_a_study_whose_trials_have_all_labels_goes_on_as_it_began(
    new_store: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ran = new_store("sqlite"), Ran(MANY)
    with monkeypatch.context() as before:
        before.setattr("tunebridge_optuna.spans.MAX_LENGTH", 10**9)
        tune(ran, 1, storage=url, backend="sklearn:random")
    tune(ran, 2, storage=url, backend="sklearn:random")
    ran.assert_is(tb.load_study(url, "s", problem=ran.problem))
    kept = optuna.load_study(study_name="s", storage=url).get_trials()
    assert [trial.params["x"] for trial in kept] == [repr(ran.params[number]["x"]) for number in range(2)]


def test_a_study_that_was_killed_while_its_labels_were_written_is_made(
    new_store: Callable[[str], str],
) -> None:
    url, ran = new_store("sqlite"), Ran(MANY)
    optuna.create_study(study_name="s", storage=url).set_user_attr("tunebridge:labels/0", "[")
    ran.assert_is(tune(ran, 1, storage=url, backend="sklearn:random"))


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
@pytest.mark.parametrize("name", SPACES)
def test_a_study_goes_on_as_if_it_had_not_stopped(name: str, backend: str) -> None:
    space = tb.Space({**dict(SPACES[name].entries), "u": tb.Float(0, 1)})
    ran, store = Ran(space), MemoryStore()
    result = [tune(ran, n_trials, storage=store, backend=backend) for n_trials in (5, 9, 13)][-1]
    ran.assert_is(result)
    assert result.carried is not None
    assert result.carried.exact
    assert naturals(result) == naturals(tune(Ran(space), 13, backend=backend))


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe"])
def test_a_study_with_two_labels_of_one_value_goes_on_exactly(backend: str) -> None:
    twins = tb.Categorical({"a": 1, "b": 1, "c": 2, "d": 1})
    space, store = tb.Space(x=twins, u=tb.Float(0, 1)), MemoryStore()
    result = [tune(Ran(space), n_trials, storage=store, backend=backend) for n_trials in (22, 40)][-1]
    assert result.carried is not None
    assert result.carried.exact
    assert naturals(result) == naturals(tune(Ran(space), 40, backend=backend))


@pytest.mark.parametrize("name", SPACES)
def test_a_trial_that_was_killed_runs_again_with_its_own_params(name: str) -> None:
    store, ran = MemoryStore(), Ran(SPACES[name])
    for place in range(4):
        study = tb.open_study(
            ran.problem, backend="optuna:random", seed=place, storage=store, study=f"{place}", n_trials=1
        )
        begun = study.ask()
        assert begun is not None
        store.close()  # as if killed: nothing is closed, and nobody is told
        ran.params.clear()
        tune(ran, 1, storage=store, study=f"{place}", seed=place)
        assert all(is_same(ran.params[0][name], value) for name, value in begun.items())


@pytest.mark.parametrize("name", SPACES)
def test_histories_and_exports_are_what_ran(name: str) -> None:
    ran, store = Ran(SPACES[name]), MemoryStore()
    result = tune(ran, 6, storage=store)
    loaded_without_objects = tb.load_study(store, "s")
    for number, source in enumerate(
        [
            result,
            loaded_without_objects,
            tunebridge_optuna.to_study(result),
            tunebridge_optuna.to_study(loaded_without_objects),
        ]
    ):
        store.close()
        other = Ran(SPACES[name])
        tune(other, 1, storage=store, study=f"with {number}", history=source)
        assert imported(store, f"with {number}") == naturals(result)


@pytest.mark.parametrize("name", SPACES)
def test_a_study_carried_into_a_wider_space_is_what_ran(name: str) -> None:
    ran, store = Ran(SPACES[name]), MemoryStore()
    before = tune(ran, 6, storage=store)
    wider = Ran(tb.Space({**dict(SPACES[name].entries), "added": tb.Constant("x")}))
    tune(wider, 1, storage=store, on_space_change="carry")
    assert imported(store, "s@2") == [one | {"added": "'x'"} for one in naturals(before)]


@pytest.mark.parametrize("name", SPACES)
def test_a_swapped_backend_is_told_what_ran(name: str) -> None:
    store, ran = MemoryStore(), Ran(SPACES[name])
    first = tune(ran, 5, storage=store)
    told: list[dict[str, Any]] = []

    class Listening(tb.Session):
        def ask(self) -> None:
            return None

        def tell(self, outcome: tb.Outcome) -> str:
            told.append(tb.to_natural(SPACES[name], outcome.params))
            return "heard"

        def close(self) -> None:
            pass

    spec = tb.backend("hyperopt:tpe").spec
    listening = Backend(replace(spec, open=lambda request: Listening()), {})
    tune(ran, 6, storage=store, backend=listening)
    assert told == naturals(first)


def test_a_replayed_trial_gets_what_ran() -> None:
    ran, store = Ran(SPACES["branches"]), MemoryStore()
    tune(ran, 5, storage=store)
    loaded = tb.load_study(store, "s", problem=ran.problem)
    before = dict(ran.params)
    for record in loaded.trials:
        assert tb.replay(ran.problem, record).values == record.values
        assert all(
            is_same(ran.params[record.number][name], one) for name, one in before[record.number].items()
        )


def test_what_feedback_changed_is_loaded_as_itself() -> None:
    def objective(trial: Any) -> Iterator[float]:
        for _ in range(3):
            yield 1.0

    space = tb.Space(x=tb.Categorical(["1", 1]), zero=tb.Categorical([-0.0, 0.0]), u=tb.Float(0, 1))
    problem, store = tb.Problem(objective, space), MemoryStore()
    rules = [tb.Schedule("x", {0: 1, 1: "1"}), tb.Schedule("zero", {0: -0.0, 1: 0.0})]
    given: dict[str, Any] = {
        "backend": "optuna:random",
        "n_trials": 2,
        "storage": store,
        "study": "s",
        "seed": 0,
    }
    result = tb.tune(problem, adjust=rules, **given)
    loaded = tb.load_study(store, "s", problem=problem)
    for ran, read in zip(result.trials, loaded.trials, strict=True):
        assert repr(read.schedule) == repr(ran.schedule)
        last = {change.name: change.value for change in read.changes}
        assert (repr(last["x"]), repr(last["zero"])) == ("'1'", "0.0")


def test_a_sweep_over_choices_that_look_alike_has_one_trial_per_value() -> None:
    ran = Ran(SPACES["texts and numbers"])
    for storage in (None, MemoryStore()):
        swept = tb.sweep(
            ran.problem, base={"y": "0"}, parameter="x", values=["1", 1], storage=storage, study="s", seed=0
        )
        assert [repr(trial.params["x"]) for trial in swept.trials] == ["'1'", "1"]
        assert [ran.value(trial.params) for trial in swept.trials] == [trial.value for trial in swept.trials]


@pytest.mark.parametrize("name", ["texts and numbers", "zeros", "equal objects"])
def test_the_records_of_a_comparison_are_what_ran(name: str) -> None:
    ran = Ran(SPACES[name])
    compared = tb.compare(
        ran.problem, backends=["optuna:random", "sklearn:random"], n_trials=4, seeds=range(2)
    )
    records = [record for cell in compared.cells for record in cell.records]
    assert len(records) == 16
    assert all(ran.value(record.params) == record.value for record in records)
    assert len({repr(dict(record.params)) for record in records}) > 1


@pytest.mark.parametrize("backend", ["optuna:grid", "optuna:brute-force", "sklearn:grid", "sklearn:random"])
@pytest.mark.parametrize("name", sorted(SPACES.keys() - {"branches"}))
def test_grids_and_draws_without_replacement_propose_every_choice(name: str, backend: str) -> None:
    ran = Ran(SPACES[name])
    size = SPACES[name].size
    result = tune(ran, size or 0, backend=backend)
    assert len({repr(sorted(one.items())) for one in naturals(result)}) == size
    ran.assert_is(result)


def test_choices_that_are_equal_to_others_travel_to_processes() -> None:
    ran = Ran(SPACES["equal objects"])
    result = tune(ran, 4, n_jobs=2)
    assert all(ran.value(record.params) == record.value for record in result.trials)


def test_a_stored_study_opened_with_optuna_is_a_history_of_what_ran(new_store: Callable[[str], str]) -> None:
    url, ran = new_store("sqlite"), Ran(ALL)
    result = tune(ran, 5, storage=url)
    opened_by_optuna = optuna.load_study(study_name="s", storage=url)
    store = MemoryStore()
    tune(Ran(ALL), 1, storage=store, study="taught", history=[opened_by_optuna, result])
    assert imported(store, "taught") == naturals(result)


def test_params_of_another_library_are_values_first() -> None:
    study = optuna.create_study()
    study.enqueue_trial({"x": "1"})
    study.enqueue_trial({"x": 1})
    study.optimize(lambda trial: float(len(repr(trial.suggest_categorical("x", ["1", 1])))), n_trials=2)
    store, problem = MemoryStore(), tb.Problem(lambda trial: 0.0, tb.Space(x=tb.Categorical(["1", 1])))
    tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, storage=store, study="s", history=study)
    assert imported(store, "s") == [{"x": "'1'"}, {"x": "1"}]


@pytest.mark.parametrize(
    ("own", "other", "kept"),
    [
        (tb.Categorical({"a": "b", "b": "a"}), tb.Categorical({"b": "a"}), {"b"}),
        (tb.Categorical({"a": "b", "b": "a"}), tb.Categorical(["a", "b"]), {"'a'", "'b'"}),
        (tb.Categorical({"small": 1, "large": 2}), tb.Int(1, 2), {1, 2}),
        (tb.Categorical([1, 2]), tb.Categorical({"1": "x", "2": "y"}), {"1", "2"}),
        (tb.Int(1, 2), tb.Ordinal([1, 2, 4]), {"1", "2"}),
    ],
)
def test_a_result_goes_by_its_own_labels_then_by_what_stood_under_them(
    own: tb.AnyParameter, other: tb.AnyParameter, kept: set[Any]
) -> None:
    given: dict[str, Any] = {"n_trials": 8, "seed": 0, "on_duplicate": "allow"}
    store = MemoryStore()
    first = tb.tune(tb.Problem(lambda trial: 0.0, tb.Space(x=own)), backend="optuna:random", **given)
    problem = tb.Problem(lambda trial: 0.0, tb.Space(x=other))
    tb.tune(problem, backend="optuna:random", storage=store, study="s", history=first, **given)
    assert {params["x"] for params in imported(store, "s")} == kept


OTHER_PROCESS = """
import sys
import tunebridge as tb
sets = [{"sun", "moon", "star"}, frozenset({"a", "b", "c"}), ("t", {"u", "v", "w"})]
space = tb.Space(x=tb.Categorical(sets))
def objective(trial):
    return float(len(trial["x"]))
problem = tb.Problem(objective, space)
given = {"n_trials": int(sys.argv[2]), "storage": sys.argv[1], "study": "s", "seed": 0}
result = tb.tune(problem, backend="optuna:random", **given)
print(len(result.trials), result.carried is None or result.carried.exact)
"""


def test_a_study_with_sets_as_choices_goes_on_exactly_in_another_process(tmp_path: Path) -> None:
    for seed, n_trials in (("1", 3), ("2", 6)):
        run = subprocess.run(
            [sys.executable, "-c", OTHER_PROCESS, f"jsonlines:{tmp_path}/s", str(n_trials)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout == f"{n_trials} True\n", run.stderr


class Tagged:
    def __init__(self, *tags: str) -> None:
        self.tags = set(tags)

    def __repr__(self) -> str:
        return f"Tagged({self.tags})"


def test_objects_that_show_their_sets_are_refused_before_the_first_trial() -> None:
    ran = Ran(tb.Space(x=tb.Categorical([Tagged("a", "b"), Tagged("c")])))
    with pytest.raises(tb.ProblemError, match=r"x: the label .* holds a set, whose order changes"):
        tune(ran, 2, storage=MemoryStore())
    assert ran.params == {}


# Any space


VALUES: list[Any] = [
    "1",
    1,
    True,
    1.0,
    "1.0",
    -0.0,
    0.0,
    0,
    "0",
    None,
    "None",
    "'1'",
    "a",
    "b",
    "nan",
    A,
    B,
    float("nan"),
    (1,),
    [1],
    frozenset("ab"),
]
LABELS = ["1", "'1'", "True", "a", "b", "None", "0", "-0.0", "Alike(a)"]


def choices() -> st.SearchStrategy[Any]:
    """Generate lists of choices, and mappings of labels that equal other choices."""
    listed = st.lists(st.sampled_from(VALUES), min_size=1, max_size=4, unique_by=repr)
    labelled = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES), min_size=1, max_size=4)
    distinct = labelled.filter(lambda given: len(set(map(repr, given.values()))) == len(given))
    return listed | distinct


def parameters() -> st.SearchStrategy[tb.AnyParameter]:
    ordinals = choices().filter(lambda given: isinstance(given, list)).map(tb.Ordinal)
    return choices().map(tb.Categorical) | ordinals | st.sampled_from(VALUES).map(tb.Constant)


def spaces() -> st.SearchStrategy[tb.Space]:
    """Generate spaces of such choices, at the top and in branches."""
    flat = st.dictionaries(st.sampled_from(["p", "q"]), parameters(), max_size=2).map(tb.Space)
    leaves = st.sampled_from(VALUES)
    branch = st.dictionaries(st.sampled_from(LABELS), flat | leaves, min_size=1, max_size=3).map(
        tb.Categorical
    )
    return st.tuples(parameters(), branch | parameters()).map(lambda pair: tb.Space(x=pair[0], y=pair[1]))


STEPS = (("optuna:random", 2), ("optuna:random", 4), ("hyperopt:tpe", 5))
"""A study that begins, goes on, and goes on with another backend."""


@pytest.mark.parametrize("scheme", ["memory", *SCHEMES])
def test_any_space_is_what_it_was_after_everything(new_store: Callable[[str], str], scheme: str) -> None:
    url = MemoryStore() if scheme == "memory" else new_store(scheme)
    names = map(str, count())

    def went_on(ran: Ran, name: str, backend: str, n_trials: int) -> tb.Result:
        result = tune(ran, n_trials, backend=backend, storage=url, study=name, on_duplicate="allow")
        ran.assert_is(result)
        return result

    @settings(max_examples=60 if scheme == "memory" else 3, suppress_health_check=list(HealthCheck))
    @given(spaces())
    def check(space: tb.Space) -> None:
        ran, name = Ran(space), next(names)
        result = [went_on(ran, name, *step) for step in STEPS][-1]
        loaded = tb.load_study(url, name, problem=ran.problem)
        ran.assert_is(loaded)
        # The trials of all of these are known to be the same ones.
        sources = [result, loaded, tb.load_study(url, name), tunebridge_optuna.to_study(result)]
        tune(Ran(space), 1, storage=url, study=f"{name}, taught", history=sources)
        assert imported(url, f"{name}, taught") == naturals(result)

    check()
