"""Records that are overwritten are named, and nothing goes on over them; all else is still there to be seen.

`TUNEBRIDGE_TEST_DAMAGES=1000` overwrites as many attributes of each store.
"""

from __future__ import annotations

import io
import math
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import optuna
import pytest
from rich.console import Console

import tunebridge as tb
from tests.stores.damages import OPENED, Attribute, damage
from tests.stores.ways import database_of
from tunebridge.cli.overview import read_overview
from tunebridge.cli.tables import overview_parts, studies_table
from tunebridge.comparison.loading import cell_names
from tunebridge.registry.store_url import open_store
from tunebridge.testing import MemoryStore

N_DAMAGES = int(os.environ.get("TUNEBRIDGE_TEST_DAMAGES", "8"))
"""How many attributes of each store are overwritten."""

SPACE = tb.Space(
    x=tb.Float(0.0, 1.0),
    n=tb.Int(1, 9),
    kind=tb.Categorical({"a": tb.Space(rate=tb.Float(1e-4, 1.0, log=True)), "b": tb.Space()}),
)
CALLS: list[int] = []
"""The trials that an objective was called for."""


def train(trial: tb.Trial) -> Any:
    CALLS.append(trial.number)
    trial.note("scores", [0.5, {"fold": trial.number}])
    trial.limit("number", trial.number, at_most=100)
    if trial.number == 2:
        raise ValueError("no number")
    for step in range(3):
        yield {"loss": trial["x"] + step, "scale": float(step)}


PROBLEM = tb.Problem(train, SPACE, metric="loss")
OTHER = tb.Problem(lambda trial: trial["x"], SPACE)
FIRST = tb.tune(OTHER, backend="optuna:random", n_trials=3, seed=9)


def go_on(url: str, name: str) -> Any:
    """Make the call again that made a study."""
    if name.startswith("cmp"):
        backends = ["optuna:random", "sklearn:random"]
        return tb.compare(OTHER, backends=backends, n_trials=2, seeds=[0], storage=url, study="cmp")
    settings: dict[str, Any] = {"storage": url, "study": name, "seed": 3}
    if name == "other":
        return tb.tune(OTHER, backend="optuna:tpe", n_trials=4, **settings)
    adjust = [tb.Schedule("x", at={1: 0.5})]
    return tb.tune(PROBLEM, backend="optuna:tpe", n_trials=6, history=[FIRST], adjust=adjust, **settings)


@pytest.fixture(scope="module", params=["sqlite", "sqlite by calls", "journal"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Return the scheme and the file of a store with two studies and a comparison."""
    path = tmp_path_factory.mktemp("whole") / "tune"
    with pytest.MonkeyPatch.context() as patching:
        scheme = database_of(request.param, patching)
        for name in ("study", "other", "cmp"):
            go_on(f"{scheme}:///{path}", name)
    return scheme, path


def listing(store: tb.Store) -> str:
    """Return what `tunebridge studies` prints."""
    console = Console(file=io.StringIO(), width=300)
    cell_names(store)
    console.print(studies_table(store, store.studies()))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def shown(store: tb.Store, name: str) -> None:
    """Print what `tunebridge show` prints."""
    console = Console(file=io.StringIO(), width=100)
    for part in overview_parts(console, read_overview(store, name), limit=20, tracebacks=True):
        console.print(part)


def seen(result: tb.Result) -> dict[int, str]:
    """Return all that a result says of each trial."""
    return {trial.number: repr(trial) for trial in result.trials}


def tried(call: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
    """Return what a call returns, or the error with which it refuses."""
    try:
        return call(*arguments, **settings)
    except tb.StoreError as error:
        return error


def check(url: str, name: str, names: list[str], before: tb.Result) -> bool:
    """Look at a store of which one record is damaged, and return whether that is noticed."""
    with closing(open_store(url)) as store:
        table = listing(store)
        assert store.studies() == names
        assert all(one in table for one in names)
        loaded = tried(tb.load_study, store, name)
        rest = tried(tb.load_study, store, name, on_damage="skip")
        refused = isinstance(loaded, tb.StoreError)
        if isinstance(loaded, tb.StoreError):
            assert repr(name) in loaded.message
            assert ": found " in loaded.message
            assert loaded.hint
        else:
            assert (seen(loaded), loaded.seed, loaded.backend) == (seen(before), before.seed, before.backend)
        if isinstance(rest, tb.StoreError):
            assert refused
            assert any(word in rest.message for word in ("space", "all of it", "newer tunebridge"))
        else:
            assert seen(rest).items() <= seen(before).items()
            assert bool(rest.damaged) == refused
            shown(store, name)
    return refused


@pytest.mark.filterwarnings("default")
def test_whatever_is_overwritten_is_named_and_nothing_goes_on_over_it(
    whole: tuple[str, Path], tmp_path: Path
) -> None:
    scheme, path = whole
    url, copy = f"{scheme}:///{tmp_path}/tune", tmp_path / "tune"
    with closing(open_store(f"{scheme}:///{path}")) as store:
        names = store.studies()
        before = {name: tb.load_study(store, name) for name in names}
    attributes = [*OPENED[scheme](path).attributes()]
    ids = sorted({one.study for one in attributes})
    rng, n_refused = random.Random(5), 0
    for _ in range(N_DAMAGES):
        attribute: Attribute = rng.choice(attributes)
        said, value = damage(rng, attribute, [one for one in attributes if one.study != attribute.study])
        shutil.copy(path, copy)
        OPENED[scheme](copy).overwrite(attribute, value)
        name = names[ids.index(attribute.study)]
        CALLS.clear()
        try:
            refused = check(url, name, names, before[name])
            again = tried(go_on, url, name)
            assert isinstance(again, tb.StoreError) == refused, again
            assert not isinstance(again, tb.Result) or seen(again) == seen(before[name])
            assert CALLS == []
        except Exception as error:
            raise AssertionError(f"{said}, of {name!r}") from error
        n_refused += refused
    assert n_refused > N_DAMAGES / 2


@pytest.mark.parametrize("table", ["study", "trial"])
def test_a_text_that_is_no_json_hides_nothing_else(table: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune"
    for name in ("study", "other"):
        go_on(url, name)
    with closing(sqlite3.connect(tmp_path / "tune")) as connection:
        query = f"SELECT min({table}_user_attribute_id) FROM {table}_user_attributes WHERE key = 'tunebridge'"
        (row,) = connection.execute(query).fetchone()
        cut = f"UPDATE {table}_user_attributes SET value_json = ? WHERE {table}_user_attribute_id = ?"
        connection.execute(cut, ('{"spa', row))
        connection.commit()
    CALLS.clear()
    with closing(open_store(url)) as store:
        assert store.studies() == ["study", "other"]
        assert all(name in listing(store) for name in ("study", "other"))
        assert len(tb.load_study(store, "other").trials) == 4
        with pytest.raises(tb.StoreError, match=r"'study' is damaged:(.|\n)*JSONDecodeError"):
            tb.load_study(store, "study")
        if table == "trial":
            assert len(tb.load_study(store, "study", on_damage="skip").trials) == 6
    with pytest.raises(tb.StoreError, match="'study'"):
        go_on(url, "study")
    assert CALLS == []


@pytest.mark.parametrize("key", ["tunebridge:segment:0", "tunebridge:distributions", "tunebridge:digest"])
def test_an_attribute_of_a_study_that_is_no_json_is_named_and_its_trials_are_left(
    key: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/tune"
    go_on(url, "other")
    spoil(tmp_path / "tune", key)
    with pytest.raises(tb.StoreError, match=f"'other' is damaged:\nthe study: {key}: found what is no JSON"):
        tb.load_study(url, "other")
    left = tb.load_study(url, "other", on_damage="skip")
    assert len(left.trials) == 4
    with pytest.raises(tb.StoreError, match=f"'other' is damaged:\\s(.|\n)*{key}: found"):
        go_on(url, "other")


@pytest.mark.parametrize("key", ["tunebridge:writer", "of others"])
def test_an_attribute_that_is_no_json_and_is_only_shown_hides_nothing(key: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune"
    go_on(url, "other")
    optuna.load_study(study_name="other", storage=url).set_user_attr("of others", 1)
    spoil(tmp_path / "tune", key)
    assert len(tb.load_study(url, "other").trials) == 4
    assert (
        len(tb.tune(OTHER, backend="optuna:tpe", n_trials=5, seed=3, storage=url, study="other").trials) == 5
    )


def spoil(path: Path, key: str) -> None:
    """Cut an attribute of all studies, so that it is no JSON."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE study_user_attributes SET value_json = '{\"h' WHERE key = ?", (key,))
        connection.commit()


def test_a_native_study_whose_records_are_damaged_is_no_history(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune"
    go_on(url, "other")
    values: list[Any] = [7, None, [1, 2], {"space": 7}, {"space": {"parameters": [], "constraints": []}}]
    for value in values:
        native = optuna.load_study(study_name="other", storage=url)
        native.set_user_attr("tunebridge", value)
        with pytest.raises(tb.StoreError, match="the study 'other' is damaged:\n"):
            tb.tune(OTHER, backend="optuna:random", n_trials=1, seed=0, history=native)


def stored() -> tb.StoredStudy:
    """Return the study with imported trials, a failure, reports and changes, as a store has it."""
    store = MemoryStore()
    tb.tune(
        PROBLEM,
        backend="optuna:random",
        n_trials=4,
        seed=3,
        storage=store,
        study="study",
        history=[FIRST],
        adjust=[tb.Schedule("x", at={1: 0.5})],
    )
    study = store.load("study")
    assert study is not None
    return study


def older(study: tb.StoredStudy) -> tb.StoredStudy:
    """Return a study as an earlier version stored it, without seals."""
    notes = {name: note for name, note in study.notes.items() if name not in ("id", "seal")}
    return replace(study, notes={**notes, "format": 1})


def fields_of(place: int, **changes: Any) -> Callable[[tb.StoredStudy], tb.StoredStudy]:
    """Overwrite fields of an attempt."""

    def change(study: tb.StoredStudy) -> tb.StoredStudy:
        trials = [*study.trials]
        trials[place] = replace(trials[place], **changes)
        return replace(study, trials=tuple(trials))

    return change


def notes_of(place: int, **notes: Any) -> Callable[[tb.StoredStudy], tb.StoredStudy]:
    """Overwrite notes of an attempt."""
    return lambda study: fields_of(place, notes={**study.trials[place].notes, **notes})(study)


def study_of(**notes: Any) -> Callable[[tb.StoredStudy], tb.StoredStudy]:
    """Overwrite notes of the study."""
    return lambda study: replace(study, notes={**study.notes, **notes})


def segment_of(**notes: Any) -> Callable[[tb.StoredStudy], tb.StoredStudy]:
    """Overwrite notes of its segment."""
    return lambda study: replace(study, segments=({**study.segments[0], **notes},))


FLOAT = {"name": "x", "kind": "Float", "low": 1.0, "high": 0.0, "log": False, "step": None}
NO_SPACE = {"parameters": [FLOAT], "constraints": []}
TWO_NAMES = {"parameters": [{**FLOAT, "high": 2.0}] * 2, "constraints": []}
CHANGES: dict[str, tuple[Callable[[tb.StoredStudy], tb.StoredStudy], str]] = {
    "notes": (lambda study: replace(study, notes=7), "the study: all of it: found 7, expected a mapping"),  # type: ignore[arg-type]
    "directions": (lambda study: replace(study, directions=()), r"the study: directions: found \(\)"),
    "low": (study_of(space=NO_SPACE), "the study: space: found what does not fit together"),
    "names": (study_of(space=TWO_NAMES), "space.parameters: found name 'x' twice"),
    "format": (study_of(format="1"), "the study: format: found '1'"),
    "seed": (study_of(seed=-1), "the study: seed: found -1"),
    "segments": (lambda study: replace(study, segments=()), "the study: segments: found none"),
    "segment": (lambda study: replace(study, segments=(None,)), "segment 0: all of it: found None"),  # type: ignore[arg-type]
    "versions": (segment_of(versions={"python": 3}), "segment 0: versions.python: found 3"),
    "number": (fields_of(4, number="1"), "the trial at place 4: number: found '1'"),
    "gap": (fields_of(4, number=10**400), "trial 1: its record: found nothing"),
    "attempt": (fields_of(4, attempt=None), "trial 1: attempt: found None"),
    "again": (fields_of(4, attempt=1), "trial 1, attempt 0: its record: found nothing"),
    "state": (fields_of(4, state="COMPLETE"), "trial 1: state: found 'COMPLETE'"),
    "params": (fields_of(4, params=[1, 2]), r"trial 1: params: found \[1, 2\]"),
    "param": (fields_of(4, params={"x": {}}), "trial 1: params.x: found {}"),
    "values": (fields_of(4, values=(1.0, 2.0)), r"trial 1: values: found \(1.0, 2.0\), expected 1"),
    "value": (fields_of(4, values=("1",)), r"trial 1: values\[0\]: found '1'"),
    "report": (fields_of(4, reports=(tb.Report(0, math.nan),)), r"reports\[0\].value: found nan"),
    "steps": (fields_of(4, reports=(tb.Report(0, 1.0),) * 2), "trial 1: reports: found step 0 twice"),
    "reports": (fields_of(4, reports=7), "trial 1: reports: found 7, expected a list"),
    "started": (fields_of(4, started="2026-01-01"), "trial 1: started: found '2026-01-01'"),
    "imported": (fields_of(1, notes=None), "imported trial 1: notes: found None"),
    "metrics": (notes_of(4, metrics={"0": 7}), "trial 1: notes.metrics.0: found 7"),
    "asked": (notes_of(4, asked=True), "trial 1: notes.asked: found True"),
    "later segment": (notes_of(4, segment=10**400), "trial 1: "),
    "never asked": (notes_of(4, asked=None), "trial 1: "),
    "schedule": (notes_of(4, schedule=[[0, "y", 1.0, ""]]), "trial 1: "),
    "label": (lambda study: fields_of(4, params={**study.trials[4].params, "n": 99})(study), "trial 1: "),
    "twice": (lambda study: replace(study, trials=(*study.trials, study.trials[4])), "trial 1: number and"),
    "end": (
        lambda study: fields_of(4, notes=dict(islice(study.trials[4].notes.items(), 5)))(study),
        "trial 1: ",
    ),
}
"""What is done to a study, and what the error says, sealed or not."""


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_store_hands_back_is_checked_by_the_core(change: str, sealed: bool) -> None:
    damaged, says = CHANGES[change]
    study = stored()
    spoilt = damaged(study if sealed else older(study))
    store = Holding(spoilt)
    with pytest.raises(tb.StoreError, match=f"the study 'study' is damaged:(\n.*)*{says}") as caught:
        tb.load_study(store, "study")
    has_space = change not in ("low", "names", "notes", "directions")
    assert ("on_damage" if has_space else "without its space") in caught.value.hint
    with pytest.raises(tb.StoreError, match="is damaged"):
        tb.tune(PROBLEM, backend="optuna:random", n_trials=9, seed=3, storage=store, study="study")
    assert store.appended == []
    left = tried(tb.load_study, store, "study", on_damage="skip")
    assert isinstance(left, tb.StoreError) or left.damaged
    assert change not in ("low", "names", "notes", "directions") or isinstance(left, tb.StoreError)


def test_directions_that_were_turned_are_named_and_no_trial_is_called_best() -> None:
    turned = replace(stored(), directions=(tb.Direction.MAXIMIZE,))
    with pytest.raises(tb.StoreError, match="the study: directions: found maximize, expected minimize"):
        tb.load_study(Holding(turned), "study", on_damage="skip")


def test_a_record_with_several_faults_is_counted_once() -> None:
    study = fields_of(4, values=(7.0,), params={})(stored())
    left = tb.load_study(Holding(study), "study", on_damage="skip")
    assert "1 damaged record left out" in repr(left)


def test_where_the_space_is_another_its_trials_are_left_out() -> None:
    study = stored()
    parameters = study.notes["space"]["parameters"]
    renamed = {**study.notes["space"], "parameters": [{**parameters[0], "name": "y"}, *parameters[1:]]}
    left = tb.load_study(Holding(study_of(space=renamed)(study)), "study", on_damage="skip")
    assert not left.trials
    named = {text.split(":")[0] for text in left.damaged}
    assert named >= {"the study", *(f"trial {number}" for number in range(4))}


class Holding(MemoryStore):
    """Holds a study that it was given."""

    def __init__(self, study: tb.StoredStudy) -> None:
        super().__init__()
        self.study, self.appended = study, list[tb.Event]()

    def studies(self) -> list[str]:
        return [self.study.name]

    def load(self, name: str) -> tb.StoredStudy | None:
        return self.study

    def append(self, event: tb.Event) -> None:
        self.appended.append(event)

    def upgrade(self, number: int) -> None:
        self.study = study_of(format=number)(self.study)


def test_a_study_of_an_earlier_version_has_no_seals_and_goes_on_without() -> None:
    store = Holding(older(stored()))
    assert len(tb.load_study(store, "study").trials) == 4
    tb.tune(PROBLEM, backend="optuna:random", n_trials=5, seed=3, storage=store, study="study")
    trials = [event.trial for event in store.appended if isinstance(event, tb.TrialBegan | tb.TrialEnded)]
    assert [trial.state.name for trial in trials] == ["RUNNING", "COMPLETE"]
    assert all({"seal", "end_seal"}.isdisjoint(trial.notes) for trial in trials)


def test_what_on_damage_may_be_is_checked() -> None:
    with pytest.raises(tb.ProblemError, match="on_damage must be 'error' or 'skip'"):
        tb.load_study(Holding(stored()), "study", on_damage="ignore")  # type: ignore[arg-type]
