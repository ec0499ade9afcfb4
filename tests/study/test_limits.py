"""Studies with limits: which trials may be best, what is told and stored, and what is refused."""

import io
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.stores.memory import MemoryStore

SPACE = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
AUTO = tb.backend(
    "auto", members={"optuna:tpe": {"n_startup_trials": 4}, "hyperopt:tpe": {"n_startup_jobs": 4}}, share=None
)
LEARNING = ["optuna:tpe", "optuna:cmaes", "hyperopt:tpe", "hyperopt:anneal", "nevergrad:de"]


def limiting(trial: tb.Trial) -> float:
    """Return a value that is best where the limit is violated."""
    trial.limit("sum", trial["x"] + trial["y"], at_most=1.0)
    return float(trial["x"] + 0.5 * trial["y"])


def noting(trial: tb.Trial) -> float:
    """Note the same number for a limit of the problem."""
    trial.note("sum", trial["x"] + trial["y"])
    return float(trial["x"] + 0.5 * trial["y"])


NOTED = tb.Problem(noting, SPACE, "maximize", limits={"sum": tb.Limit(at_most=1.0)})
LIMITED = tb.Problem(limiting, SPACE, "maximize")


def tune(problem: tb.Problem = LIMITED, **settings: Any) -> tb.Result:
    """Run a short study."""
    return tb.tune(problem, **{"backend": "sklearn:random", "n_trials": 12, "seed": 0, **settings})


def shown(result: tb.Result) -> list[tuple[Mapping[str, Any], float | None, Any]]:
    """Return what came out of all trials."""
    return [(trial.params, trial.value, trial.limits) for trial in result.trials]


@pytest.mark.parametrize("problem", [LIMITED, NOTED], ids=["trial.limit", "Problem(limits=...)"])
def test_the_best_trial_is_the_best_of_those_within_their_limits_and_all_keep_their_values(
    problem: tb.Problem,
) -> None:
    result = tune(problem)
    within = [trial for trial in result.trials if trial.params["x"] + trial.params["y"] <= 1.0]
    assert 0 < len(within) < len(result.trials)
    assert result.eligible_trials == within
    assert result.best_value == max(trial.value or 0.0 for trial in within)
    assert result.best_value < max(trial.value or 0.0 for trial in result.trials)
    assert all(trial.value is not None for trial in result.trials)
    beyond = next(trial for trial in result.trials if trial not in within)
    assert beyond.violations == {"sum": beyond.limits["sum"].value - 1.0}
    assert "more than 1" in beyond.beyond


def test_the_pareto_front_has_trials_within_their_limits_only() -> None:
    def objective(trial: tb.Trial) -> tuple[float, float]:
        return limiting(trial), float(trial["y"])

    result = tune(tb.Problem(objective, SPACE, ["maximize", "minimize"]))
    front = result.best_trials
    assert front
    assert not any(trial.violations for trial in front)


def test_a_study_without_an_allowed_trial_names_the_one_that_came_closest_and_by_how_much(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.limit("size_mb", 30 + trial.number, at_most=20)
        return float(trial["x"])

    result = tune(tb.Problem(objective, SPACE), n_trials=3)
    said = r"none of 3 complete trials is within.*trial 0 came closest: .*size_mb is 30, 10 more than 20"
    assert "trial 0 came closest: size_mb is 30, 10 more than 20" in caplog.text
    with pytest.raises(tb.NoAllowedTrialError, match=said):
        _ = result.best_value
    with pytest.raises(tb.NoCompleteTrialError):
        _ = result.best_trials
    assert "best" not in repr(result)


def test_of_several_limits_the_closest_trial_is_found_whatever_their_units() -> None:
    def objective(trial: tb.Trial) -> float:
        beyond = [(1000.0, 0.001), (900.0, 0.5), (100.0, 0.01)][trial.number]
        trial.limit("bytes", beyond[0], at_most=0)
        trial.limit("share", beyond[1], at_most=0)
        return 0.0

    with pytest.raises(tb.NoAllowedTrialError, match="trial 2 came closest"):
        _ = tune(tb.Problem(objective, SPACE), n_trials=3).best_trial


def test_a_frame_has_the_limited_numbers_and_says_which_trials_are_beyond() -> None:
    result = tune()
    frame = result.to_frame()
    assert list(frame["limits_sum"]) == [trial.limits["sum"].value for trial in result.trials]
    assert [bool(text) for text in frame["beyond"]] == [bool(trial.violations) for trial in result.trials]
    assert "beyond" not in tune(tb.Problem(noting, SPACE)).to_frame()


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        (
            {},
            "and the objective has not noted it\n  hint: write trial.note('sum', number)",
        ),
        ({"sum": "large"}, "the problem limits 'sum', so its note must be a finite number, got 'large'"),
        ({"sum": float("nan")}, "its note must be a finite number, got nan"),
    ],
    ids=repr,
)
def test_a_trial_without_what_its_problem_limits_has_failed_and_says_what_to_note(
    noted: dict[str, Any], said: str
) -> None:
    def objective(trial: tb.Trial) -> float:
        for name, value in noted.items():
            trial.note(name, value)
        return 1.0

    result = tune(tb.Problem(objective, SPACE, limits={"sum": tb.Limit(at_most=1)}), n_trials=2)
    assert [trial.state.name for trial in result.trials] == ["FAILED"] * 2
    assert said in (result.trials[0].error or "")


def test_a_name_that_the_problem_and_the_objective_limit_is_refused() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("sum", 1.0)
        return limiting(trial)

    result = tune(tb.Problem(objective, SPACE, limits={"sum": tb.Limit(at_most=1)}), n_trials=1)
    assert "the problem limits 'sum', and so does the objective" in (result.trials[0].error or "")


@pytest.mark.parametrize(
    "limits",
    [{"size": 20}, {"": tb.Limit(at_most=1)}, [tb.Limit(at_most=1)], {1: tb.Limit(at_most=1)}],
    ids=repr,
)
def test_a_problem_refuses_what_is_no_limit_and_shows_one(limits: Any) -> None:
    with pytest.raises(tb.ProblemError, match=r"tb\.Limit\(at_most=20\)"):
        tb.Problem(limiting, SPACE, limits=limits)


def test_a_violated_limit_neither_ends_nor_prunes_a_trial() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        trial.limit("size", 99, at_most=1)
        for step in range(4):
            yield float(step)

    result = tune(tb.Problem(objective, SPACE), pruner="median", n_trials=3)
    assert [trial.state.name for trial in result.trials] == ["COMPLETE"] * 3
    assert [len(trial.reports) for trial in result.trials] == [4] * 3


@pytest.mark.parametrize("backend", LEARNING)
def test_limits_that_all_trials_keep_change_no_trajectory(backend: str) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.limit("x", trial["x"], at_most=1.0)
        return noting(trial)

    limited = tune(tb.Problem(objective, SPACE), backend=backend, n_trials=20)
    free = tune(tb.Problem(noting, SPACE), backend=backend, n_trials=20)
    assert [trial.params for trial in limited.trials] == [trial.params for trial in free.trials]


@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
def test_limits_come_back_from_every_executor(executor: str) -> None:
    for problem in (LIMITED, NOTED):
        result = tune(problem, executor=executor, n_trials=4)
        assert all(
            trial.limits["sum"].value == trial.params["x"] + trial.params["y"] for trial in result.trials
        )


def test_a_reused_value_comes_with_its_limits() -> None:
    space = tb.Space(x=tb.Ordinal([0.2, 0.9]), y=tb.Ordinal([0.3, 0.8, 0.9]))
    problem = tb.Problem(noting, space, limits=NOTED.limits)
    result = tune(problem, backend="hyperopt:random", on_duplicate="reuse")
    again = [trial for trial in result.trials if ", as in trial" in trial.told]
    assert again
    assert all(
        bool(trial.violations) == (trial.params["x"] + trial.params["y"] > 1) for trial in result.trials
    )


def test_a_target_is_reached_and_patience_renewed_by_allowed_trials_only() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.limit("late", trial.number, at_least=3)
        return 1.0 if trial.number < 3 else 0.5

    problem = tb.Problem(objective, SPACE, "maximize")
    assert len(tune(problem, stop=[tb.Target(0.5)]).trials) == 4
    assert len(tune(problem, stop=[tb.Patience(5)]).trials) == 9


def test_a_loop_of_ones_own_limits_the_trial_that_it_was_given() -> None:
    with tb.open_study(LIMITED, backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        trial.limit("sum", 3, at_most=1.0)
        record = study.tell(trial, 1.0)
        assert record.violations == {"sum": 2.0}
        noted = study.ask()
        assert noted is not None
        assert study.tell(noted, 1.0).limits == {}
    with tb.open_study(NOTED, backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        assert study.tell(trial, 1.0).state is tb.TrialState.FAILED


@pytest.mark.parametrize("backend", [*LEARNING, "sklearn:random", AUTO], ids=str)
def test_a_killed_study_with_limits_goes_on_exactly(backend: str | tb.Backend) -> None:
    for problem in (LIMITED, NOTED):
        whole, store = tune(problem, backend=backend, n_trials=24), MemoryStore()
        study = tb.open_study(problem, backend=backend, storage=store, study="s", seed=0, n_trials=24)
        for _ in range(14):
            trial = study.ask()
            assert trial is not None
            study.tell(trial, problem.objective(trial))
        store.close()
        resumed = tune(problem, backend=backend, n_trials=24, storage=store, study="s")
        assert resumed.carried is None or resumed.carried.exact
        assert shown(resumed) == shown(whole)
        assert shown(tb.load_study(store, "s")) == shown(whole)


KILLED = """
import os, signal, sys
import tunebridge as tb
from tests.study.test_limits import LIMITED, limiting

class Killing:
    @tb.hookimpl
    def tunebridge_trial_started(self, trial):
        if trial.number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

study = {"storage": sys.argv[1], "study": "s", "seed": 0, "n_trials": 20}
tb.tune(LIMITED, backend=sys.argv[3], observers=[Killing()], **study)
"""


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe"])
def test_a_study_with_limits_that_is_killed_twice_loses_nothing(tmp_path: Path, backend: str) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    for number in (7, 13):
        dead = subprocess.run([sys.executable, "-c", KILLED, url, str(number), backend], check=False)
        assert dead.returncode == -signal.SIGKILL
    resumed = tune(LIMITED, backend=backend, storage=url, study="s", n_trials=20)
    assert shown(resumed) == shown(tune(LIMITED, backend=backend, n_trials=20))


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_a_stored_study_has_the_limits_of_its_trials_and_of_its_problem(tmp_path: Path, scheme: str) -> None:
    url = f"{scheme}:///{tmp_path}/limits.{scheme}"
    result = tune(NOTED, storage=url, study="noted")
    loaded = tb.load_study(url, "noted")
    assert shown(loaded) == shown(result)
    assert loaded.problem.limits == NOTED.limits
    assert loaded.best_value == result.best_value


def test_a_study_with_other_limits_is_refused_and_carried_with_its_numbers_under_the_new_ones() -> None:
    store = MemoryStore()
    tune(NOTED, storage=store, study="s")
    tighter = tb.Problem(noting, SPACE, "maximize", limits={"sum": tb.Limit(at_most=0.8)})
    with pytest.raises(tb.StoreError, match=r"limits: 'sum' was at most 1, is at most 0\.8"):
        tune(tighter, storage=store, study="s")
    with pytest.raises(tb.StoreError, match="limits: 'sum' was at most 1, is not limited"):
        tune(tb.Problem(noting, SPACE, "maximize"), storage=store, study="s")
    carried = tune(tighter, storage=store, study="s", on_space_change="carry", backend="optuna:tpe")
    assert carried.study == "s@2"
    told = [how for _, _, how in carried.carried.told] if carried.carried else []
    assert "COMPLETE, added with a violated constraint" in told


def test_limits_before_a_checkpoint_are_there_after_a_pause_and_may_be_given_again(tmp_path: Path) -> None:
    def train(trial: tb.Trial) -> Iterator[float]:
        steps = json.loads((trial.resumed / "s.json").read_text()) if trial.resumed else []
        if not trial.resumed:
            trial.limit("first", 5, at_most=1)
        trial.limit("each", len(steps), at_most=100)
        for step in range(len(steps), 9):
            steps.append(step)
            yield trial.number + 1 / (1 + step)
            with trial.checkpoint() as folder:
                (folder / "s.json").write_text(json.dumps(steps))

    result = tb.tune(
        tb.Problem(train, SPACE),
        backend="optuna:random",
        pruner=tb.pruner("asha", resume=True, min_resource=1, reduction_factor=2),
        storage=(store := MemoryStore()),
        checkpoints=tmp_path,
        study="s",
        n_trials=12,
        seed=0,
    )
    assert shown(tb.load_study(store, "s")) == shown(result)
    assert {trial.limits["first"].value for trial in result.trials} == {5.0}
    assert max(trial.limits["each"].value for trial in result.trials) > 0


def test_history_brings_its_limits_along() -> None:
    first = tune(LIMITED, n_trials=20)
    result = tune(LIMITED, history=first, backend="optuna:tpe", n_trials=1)
    told = {how: n for (_, _, how), n in (result.carried.told if result.carried else {}).items()}
    assert told["COMPLETE, added with a violated constraint"] == sum(
        bool(one.violations) for one in first.trials
    )


def test_pages_and_tables_show_which_trials_are_beyond_and_why(tmp_path: Path) -> None:
    from rich.console import Console

    from tunebridge.cli.overview import read_overview
    from tunebridge.cli.tables import overview_parts

    store = MemoryStore()
    result = tune(NOTED, storage=store, study="s")
    page = result.report(tmp_path / "page.md").read_text()
    assert "Beyond their limits" in page
    console = Console(width=200, record=True, file=io.StringIO())
    for part in overview_parts(console, read_overview(store, "s"), limit=20, tracebacks=False):
        console.print(part)
    text = console.export_text()
    assert "beyond their limits" in text
    assert "limit sum" in text
    for trial in result.trials:
        assert trial.beyond in page
        assert trial.beyond in text
    nothing = tune(tb.Problem(noting, SPACE, limits={"sum": tb.Limit(at_least=5)}))
    page = nothing.report(tmp_path / "none.md").read_text()
    assert "None of 12 complete trials is within its limits" in page


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("optuna:gp", "the library's own constraints"),
        ("hyperopt:tpe", "a value worse than all so far"),
        ("optuna:qmc", "it does not learn"),
    ],
)
def test_explain_says_what_limits_become(backend: str, said: str) -> None:
    (note,) = tb.explain(SPACE, backend, limits=True).notes
    assert said in note
    assert tb.explain(SPACE, backend).notes == ()
    native, emulated = tb.explain(SPACE, "auto", limits=True).notes[1::-1]
    assert native.startswith("optuna:gp, optuna:tpe: limits of trials are told as the library's own")
    assert emulated.startswith("hyperopt:anneal, hyperopt:tpe: a trial beyond its limits")


def test_what_a_history_has_noted_is_held_against_the_limits_of_a_problem() -> None:
    first = tune(tb.Problem(noting, SPACE, "maximize"), n_trials=20)
    n_beyond = sum(trial.notes["sum"] > 1.0 for trial in first.trials)
    for history in (first, tb.load_study(_stored(first), "s")):
        result = tune(NOTED, history=history, backend="optuna:tpe", n_trials=1)
        told = {how: n for (_, _, how), n in (result.carried.told if result.carried else {}).items()}
        assert told["COMPLETE, added with a violated constraint"] == n_beyond


def test_a_table_of_trials_brings_its_numbers_along(tmp_path: Path) -> None:
    first = tune(NOTED, n_trials=20)
    first.to_frame().to_csv(tmp_path / "runs.csv", index=False)
    bare = first.to_frame()[["value", "params_x", "params_y"]]
    bare["sum"] = [trial.limits["sum"].value for trial in first.trials]
    for history in (first.to_frame(), str(tmp_path / "runs.csv"), bare):
        result = tune(NOTED, history=history, backend="optuna:tpe", n_trials=1)
        told = {how: n for (_, _, how), n in (result.carried.told if result.carried else {}).items()}
        n_beyond = sum(bool(trial.violations) for trial in first.trials)
        assert told["COMPLETE, added with a violated constraint"] == n_beyond


def _stored(result: tb.Result) -> MemoryStore:
    """Return a store in which the same study lies."""
    store = MemoryStore()
    again = tune(result.problem, storage=store, study="s", n_trials=len(result.trials))
    assert shown(again) == shown(result)
    return store


@pytest.mark.parametrize("backend", ["optuna:tpe", "sklearn:random"])
def test_processes_that_share_a_study_tell_one_another_of_limits(tmp_path: Path, backend: str) -> None:
    where = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s", "seed": 0, "n_trials": 10, "join": True}
    one = tb.open_study(LIMITED, backend=backend, **where)  # type: ignore[arg-type]
    with one, tb.open_study(LIMITED, backend=backend, **where) as other:  # type: ignore[arg-type]
        for study in (one, other) * 5:
            trial = study.ask()
            assert trial is not None
            study.tell(trial, limiting(trial))
        result = one.result
    loaded = tb.load_study(str(where["storage"]), "s")
    assert len(loaded.trials) == 10
    assert all(trial.limits["sum"].value == trial.params["x"] + trial.params["y"] for trial in loaded.trials)
    assert not loaded.best_trial.violations
    assert result.problem is LIMITED


def test_a_population_copies_by_reports_and_its_best_is_within_the_limits() -> None:
    def train(trial: tb.Trial) -> Iterator[float]:
        first = int((trial.resumed / "step").read_text()) + 1 if trial.resumed else 0
        for step in range(first, 6):
            yield trial["x"] / (1 + step)
            with trial.checkpoint() as folder:
                (folder / "step").write_text(str(step))
        trial.limit("number", trial.number, at_least=2)

    result = tb.tune(
        tb.Problem(train, SPACE),
        backend="sklearn:random",
        population=tb.Population(size=4, every=2),
        n_trials=4,
        seed=0,
    )
    assert {trial.number: bool(trial.violations) for trial in result.trials} == {
        0: True,
        1: True,
        2: False,
        3: False,
    }
    assert result.best_trial.number >= 2


def test_a_bounded_history_counts_no_trial_beyond_its_limits_among_the_best() -> None:
    def forgotten(excess: float) -> set[int]:
        remembered, gone = tb.Remembered(20, space=SPACE, directions=[tb.Direction.MINIMIZE]), set[int]()
        for number in range(21):
            outcome = tb.Outcome(
                suggestion_id=number,
                params={"x": 0.5 + number / 1000, "y": 0.5},
                state=tb.OutcomeState.COMPLETE,
                values=(0.0 if number == 7 else 1.0 + number,),
                limits={"far": excess if number == 7 else 0.0},
            )
            gone |= remembered.take(number, outcome)
        return gone

    assert 7 not in forgotten(0.0)
    assert 7 in forgotten(1.0)


def test_a_comparison_takes_allowed_trials_only_and_a_line_without_any_says_so() -> None:
    found = tb.compare(LIMITED, backends=["sklearn:random", "hyperopt:random"], n_trials=12, seeds=range(3))
    for cell in found.cells:
        values = [one.value for one in cell.records if not one.violations]
        assert cell.best == max(value for value in values if value is not None)
        assert cell.best < max(one.value or 0.0 for one in cell.records)


def test_a_result_with_limits_is_pickled_whole() -> None:
    result = tune(NOTED)
    again = pickle.loads(pickle.dumps(result))
    assert shown(again) == shown(result)
    assert again.best_trial.number == result.best_trial.number
    assert again.problem.limits == NOTED.limits


def test_notes_and_limits_come_back_from_a_process_whose_exception_cannot_be_sent() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("seen", trial.number)
        trial.limit("size", 5, at_most=1)
        raise type("Local", (Exception,), {"__reduce__": lambda self: (open, ("/nowhere",))})("no")

    result = tune(tb.Problem(objective, SPACE), executor="processes", n_trials=1)
    assert result.trials[0].state is tb.TrialState.FAILED
    assert result.trials[0].notes == {"seen": 0}
    assert result.trials[0].violations == {"size": 4.0}


@pytest.mark.parametrize("directions", [["maximize"], ["maximize", "minimize"]])
def test_the_page_counts_trials_that_may_be_the_best_and_says_so(
    directions: list[str], tmp_path: Path
) -> None:
    def sized(trial: tb.Trial) -> Any:
        trial.limit("size", trial.number, at_most=3)
        return (trial["x"], trial["x"])[: len(directions)] if len(directions) > 1 else trial["x"]

    problem = tb.Problem(sized, tb.Space(x=tb.Float(0, 1)), direction=directions)
    result = tb.tune(problem, backend="sklearn:random", n_trials=6, seed=0)
    page = result.report(tmp_path / "page.md").read_text()
    one = "of 4 complete trials that may be the best"
    several = "of 4 complete ones that may be the best"
    assert (one if len(directions) == 1 else several) in page
    assert ("at once, of those that may be the best." in page) == (len(directions) > 1)
