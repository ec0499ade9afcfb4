"""Several processes on one study: real ones, on every store that can be shared."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.study.joined_study import POINTS, SPACE, TRAINED, plain
from tunebridge import Joins
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store
from tunebridge.study.others import LOOK_SECONDS, MAX_DEATHS, POLL_SECONDS
from tunebridge.testing.store_events import stored_study

STORES = ("sqlite", "journal", "postgresql", "mysql")

N_PROCESSES, N_TRIALS, N_KILLS = (
    int(os.environ.get(f"TUNEBRIDGE_TEST_JOINED_{what}", default))
    for what, default in (("PROCESSES", 3), ("TRIALS", 30), ("KILLS", 2))
)
"""The counts of a run; larger ones by hand."""

SECONDS = 60.0 + 2.0 * N_TRIALS + 2.0 * N_KILLS
"""How long the processes of a study may take on a machine that does other things besides."""

SLACK_SECONDS = 5.0
"""How much later things may happen than they should on such a machine."""


def run(
    kind: str,
    url: str,
    folder: Path,
    *,
    n_processes: int = N_PROCESSES,
    n_trials: int = N_TRIALS,
    n_kills: int = 0,
    n_deaths: int = 0,
) -> int:
    """Run a study in several processes, some of which die of it, and return how many were killed."""
    numbers = {"--processes": n_processes, "--trials": n_trials, "--kills": n_kills}
    given = [str(one) for pair in numbers.items() for one in pair]
    done = subprocess.run(
        [sys.executable, "-m", "tests.study.joined_study", kind, url, *given],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, TRAINED: str(folder / "trained")},
    )
    assert done.returncode == 0, done.stderr
    *each, last = map(json.loads, done.stdout.splitlines())
    assert sorted(last["ends"]) == [0] * (n_processes - n_deaths) + [signal.SIGKILL] * n_deaths, done.stderr
    assert all(one["trials"] == n_trials for one in each), "each process returns the whole study"
    return int(last["hits"])


@pytest.mark.parametrize("store", STORES)
def test_the_budget_is_kept_and_no_point_of_a_grid_is_run_twice(
    store: str, new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store(store)
    run("grid", url, tmp_path)
    trials = tb.load_study(url, "shared").trials
    assert [one.number for one in trials] == [*range(N_TRIALS)]
    assert {one.state.name for one in trials} == {"COMPLETE"}
    assert len({tuple(one.params.items()) for one in trials}) == N_TRIALS


@pytest.mark.parametrize("store", STORES)
def test_the_trials_of_killed_processes_are_taken_over_and_each_ends_once(
    store: str, new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store(store)
    assert run("steps", url, tmp_path, n_kills=N_KILLS) == N_KILLS
    stored = stored_study(url, "shared")
    ends = Counter(one.number for one in stored.trials if one.state.counts)
    assert ends == dict.fromkeys(range(N_TRIALS), 1)
    assert {one.state.name for one in stored.trials} <= {"COMPLETE", "FAILED", "INTERRUPTED"}
    given_up = [one.number for one in stored.trials if one.state is tb.TrialState.FAILED]
    tries = Counter(one.number for one in stored.trials)
    assert all(tries[number] >= MAX_DEATHS for number in given_up)
    # The others find its checkpoints: no more than a step is trained again for each kill.
    assert (tmp_path / "trained").stat().st_size <= 5 * N_TRIALS + 2 * N_KILLS


@pytest.mark.parametrize("store", STORES)
def test_a_trial_that_kills_its_processes_is_given_up_and_the_others_end_the_study(
    store: str, new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store(store)
    run("kills", url, tmp_path, n_processes=4, n_trials=6, n_deaths=3)
    trials = tb.load_study(url, "shared").trials
    assert [one.number for one in trials if one.state is tb.TrialState.FAILED] == [2]
    assert [one.state.name for one in trials].count("COMPLETE") == len(trials) - 1 == 5
    assert "3 processes have died while they ran trial 2" in (trials[2].error or "")
    assert "executor='processes'" in (trials[2].error or "")
    tries = [one.state.name for one in stored_study(url, "shared").trials if one.number == 2]
    assert tries == ["INTERRUPTED", "INTERRUPTED", "FAILED"]


def struck(url: str, folder: Path, *how: str) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """Run a study whose process is struck that runs trial 5; return what each says, the last, and errors."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.study.joined_study", "stops", url, "--trials", "20", *how],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, TRAINED: str(folder / "pid")},
    )
    assert done.returncode == 0, done.stderr
    *each, last = map(json.loads, done.stdout.splitlines())
    return each, last, done.stderr


@pytest.mark.parametrize("store", STORES)
def test_the_trial_of_a_killed_process_begins_again_within_a_second_and_some_slack(
    store: str, new_store: Callable[[str], str], tmp_path: Path
) -> None:
    each, last, errors = struck(new_store(store), tmp_path, "--kill")
    assert sorted(last["ends"]) == [0, 0, signal.SIGKILL], errors
    assert [one["trials"] for one in each] == [20, 20]
    assert 0.0 < last["seconds"] < LOOK_SECONDS + POLL_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_a_process_that_was_stopped_for_too_long_is_taken_over_and_ends_when_it_wakes(
    store: str, new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store(store)
    each, last, errors = struck(url, tmp_path, "--silence", "3")
    assert last["ends"] == [0, 0, 1 << 8], errors
    assert 1.5 < last["seconds"] < 3.0 + LOOK_SECONDS + POLL_SECONDS + SLACK_SECONDS
    assert [one["trials"] for one in each] == [20, 20], "the others run what it has left"
    assert "StudyFailedError: trial 5 is not durable" in errors, "it notices when it wakes"
    trials = stored_study(url, "shared").trials
    ends = [one for one in trials if one.state.counts]
    assert sorted(one.number or 0 for one in ends) == [*range(20)]
    assert [one.state.name for one in trials if one.number == 5] == ["INTERRUPTED", "COMPLETE"]


@pytest.mark.parametrize("store", ["sqlite", "journal"])
def test_a_process_that_is_stopped_beside_a_file_keeps_its_trial(
    store: str, new_store: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, problem = new_store(store), tb.Problem(plain, SPACE)
    where: dict[str, Any] = {"backend": "optuna:random", "n_trials": 2, "seed": 0, "study": "s"}
    monkeypatch.setattr("tunebridge.study.others.LOOK_SECONDS", 0.0)
    with (
        tb.open_study(problem, storage=url, join=True, **where) as silent,
        tb.open_study(problem, storage=url, join=True, **where) as other,
    ):
        first, second = silent.ask(), other.ask()
        assert first is not None
        assert second is not None
        assert other.ask() is None, "it has said nothing, and is alive as long as its lock is held"
        assert (first.number, second.number) == (0, 1)
        other.tell(second, 1.0)
        assert silent.tell(first, 2.0).state is tb.TrialState.COMPLETE


def test_draws_are_those_of_one_process(new_store: Callable[[str], str], tmp_path: Path) -> None:
    url = new_store("sqlite")
    run("draws", url, tmp_path)
    alone = tb.tune(
        tb.Problem(lambda trial: trial["x"], SPACE), backend="optuna:random", n_trials=N_TRIALS, seed=3
    )
    shared = tb.load_study(url, "shared")
    assert [one.params for one in shared.trials] == [one.params for one in alone.trials]


def test_a_learning_backend_is_told_of_what_all_have_found_and_pruners_see_the_reports_of_all(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store("sqlite")
    run("pruned", url, tmp_path)
    found = tb.load_study(url, "shared")
    assert {one.state.name for one in found.trials} == {"COMPLETE", "PRUNED"}
    assert len({tuple(one.params.items()) for one in found.trials}) == N_TRIALS
    segments = {one.notes["segment"] for one in stored_study(url, "shared").trials}
    assert len(segments) == N_PROCESSES


def test_a_shared_study_goes_on_in_one_process_that_knows_all_of_it(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store("sqlite")
    run("grid", url, tmp_path, n_trials=20)
    result = tb.tune(
        tb.Problem(plain, POINTS), backend="sklearn:grid", n_trials=90, seed=3, storage=url, study="shared"
    )
    assert len({tuple(one.params.items()) for one in result.trials}) == 90
    assert result.carried is not None
    assert result.carried.exact


def _problem() -> tb.Problem:
    return tb.Problem(lambda trial: trial["x"], SPACE)


REFUSED: dict[str, dict[str, object]] = {
    "population": {"population": tb.Population(size=2, every=1), "n_trials": 4},
    "lets trials wait": {"pruner": tb.pruner("asha", resume=True)},
    "on_duplicate='reuse'": {"on_duplicate": "reuse"},
    "interrupted='drop'": {"interrupted": "drop"},
    "on_space_change='carry'": {"on_space_change": "carry"},
    "lookahead=1": {"backend": tb.backend("optuna:tpe", lookahead=1)},
    "deterministic=True": {"deterministic": True},
    "optuna:cmaes": {"backend": "optuna:cmaes"},
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_shared_is_refused_by_name_before_anything_is_stored(
    what: str, new_store: Callable[[str], str]
) -> None:
    url = new_store("sqlite")
    given = {"n_trials": 3, "backend": "optuna:tpe", **REFUSED[what]}
    with pytest.raises(tb.TunebridgeError) as caught:
        tb.tune(_problem(), seed=0, storage=url, study="s", join=True, **given)  # type: ignore[arg-type]
    assert what in caught.value.message
    assert caught.value.hint
    assert not registry().stores["sqlite"].exists(url)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"join": True}, "without a name and a seed each process would begin a study of its own"),
        ({"join": "no", "study": "s"}, "join must be True or False, got 'no'"),
    ],
    ids=str,
)
def test_that_a_study_is_shared_is_said_so_that_others_find_it(
    given: dict[str, Any], told: str, new_store: Callable[[str], str]
) -> None:
    url = new_store("sqlite")
    with pytest.raises(tb.ProblemError, match=told):
        tb.tune(_problem(), backend="optuna:tpe", n_trials=3, storage=url, **given)
    assert not registry().stores["sqlite"].exists(url)


def test_without_a_store_there_is_nothing_to_share() -> None:
    with pytest.raises(tb.ProblemError, match="no storage") as caught:
        tb.tune(_problem(), n_trials=3, join=True)
    assert "storage=" in caught.value.hint


def test_a_store_of_one_writer_is_refused(new_store: Callable[[str], str]) -> None:
    with pytest.raises(tb.StoreError, match="one writer") as caught:
        tb.tune(_problem(), n_trials=3, seed=0, storage=new_store("jsonlines"), join=True)
    assert "sqlite:///" in caught.value.hint


@contextmanager
def gives_none(*_: object, **__: object) -> Iterator[None]:
    yield None


@pytest.mark.parametrize(
    ("call", "gives", "told"),
    [
        ("turn", lambda _: None, "must give a context manager that gives the news, got None"),
        (
            "turn",
            gives_none,
            "must give the attempts that have begun or changed, a list of StoredTrial, got None",
        ),
        ("news", lambda _: None, "must give the attempts that have begun or changed, a list of StoredTrial"),
        ("join", gives_none, "must give the id of the writer, letters and digits, got None"),
    ],
    ids=["no turn", "nothing in a turn", "no news", "no id"],
)
def test_a_store_that_does_not_give_what_sharing_says_is_named_with_the_rule(
    call: str, gives: Any, told: str, new_store: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(new_store("sqlite"))
    calls = [
        gives,
        *([getattr(type(store), call)] if call == "turn" else []),
    ]  # its `join` takes a turn itself

    def called(*given: Any, **named: Any) -> Any:
        return calls.pop()(*given, **named)

    monkeypatch.setattr(type(store), call, called)
    with pytest.raises(tb.PluginError, match=f"{call}\\(\\) of {type(store).__name__} {told}") as caught:
        tb.tune(_problem(), backend="optuna:random", n_trials=2, storage=store, study="s", join=True)
    assert caught.value.hint


def test_who_forgets_to_join_is_told_so(new_store: Callable[[str], str]) -> None:
    url = new_store("sqlite")
    where = {"storage": url, "study": "s", "n_trials": 3, "seed": 0}
    with tb.open_study(_problem(), backend="optuna:tpe", join=True, **where) as study:  # type: ignore[arg-type]
        with pytest.raises(tb.StoreError, match="share it") as caught:
            tb.tune(_problem(), backend="optuna:tpe", **where)  # type: ignore[arg-type]
        assert "join=True" in caught.value.hint
        study.ask()
    with tb.open_study(_problem(), backend="optuna:tpe", **where):  # type: ignore[arg-type]
        with pytest.raises(tb.StoreError, match="does not share it") as caught:
            tb.tune(_problem(), backend="optuna:tpe", join=True, **where)  # type: ignore[arg-type]
        assert "join=True" in caught.value.hint


def test_processes_that_share_a_grid_run_the_same_grid(new_store: Callable[[str], str]) -> None:
    url = new_store("sqlite")
    where = {"storage": url, "study": "s", "n_trials": 3, "seed": 0, "join": True}
    three, four = (tb.backend("sklearn:grid", points=points) for points in (3, 4))
    with (
        tb.open_study(_problem(), backend=three, **where),  # type: ignore[arg-type]
        pytest.raises(tb.StoreError, match="points was 3, and is 4"),
    ):
        tb.open_study(_problem(), backend=four, **where)  # type: ignore[arg-type]


def test_a_grid_joins_those_that_learn_and_none_of_its_points_comes_twice(
    new_store: Callable[[str], str],
) -> None:
    where: dict[str, Any] = {"storage": new_store("sqlite"), "study": "s", "n_trials": 12, "seed": 0}
    problem = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Ordinal([*range(6)])))
    backends = ["optuna:tpe", "sklearn:grid", "sklearn:grid", "optuna:tpe", "sklearn:grid"]
    with ExitStack() as last:
        studies = []
        for backend in backends:
            study = last.enter_context(tb.open_study(problem, backend=backend, join=True, **where))
            trial = study.ask()
            assert trial is not None
            study.tell(trial, float(trial["x"]))
            studies.append(study)
        *_, third = studies
        while (trial := third.ask()) is not None:
            third.tell(trial, float(trial["x"]))
        assert third.result.stop_reason == "exhausted"
        done = third.result.trials
    assert [one.backend for one in done[:5]] == backends
    assert [one.params["x"] for one in done if one.backend == "sklearn:grid"] == [*range(6)]
    alone = tb.tune(problem, backend="sklearn:grid", **where)
    assert len(alone.trials) == len(done), "the grid is used up, whoever goes on with it"


def test_each_backend_says_what_sharing_means_for_it() -> None:
    said = {name: spec.capabilities.joins for name, spec in registry().backends.items()}
    assert said["sklearn:grid"] is said["optuna:random"] is Joins.EXACT
    assert said["optuna:tpe"] is said["hyperopt:tpe"] is Joins.LEARNING
    assert said["optuna:cmaes"] is said["optuna:qmc"] is Joins.REFUSED
    for name in ("sklearn:grid", "optuna:tpe", "optuna:cmaes"):
        why = registry().backends[name].capabilities.joins_not
        assert tb.explain(SPACE, name, join=True).notes == ("; ".join(filter(None, (said[name].words, why))),)
        assert tb.explain(SPACE, name).notes == ()
