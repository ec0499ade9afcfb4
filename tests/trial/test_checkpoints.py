"""Checkpoints of trials: written all at once, numbered by their report, and gone on from."""

import gc
import json
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.trial.checkpointed import Decide, load, save, training, tune
from tests.trial.old_executors import SPECS
from tunebridge.study.trials import Trials
from tunebridge.training.feedback import Feedback
from tunebridge.trial.open_trial import OpenTrial

CONTINUE, PAUSE = tb.Reply(tb.Decision.CONTINUE), tb.Reply(tb.Decision.PAUSE)


@pytest.fixture
def deciding(monkeypatch: pytest.MonkeyPatch) -> Callable[[Decide], None]:
    """Return what makes studies decide on checkpoints by a function."""

    def use(decide: Decide) -> None:
        monkeypatch.setattr(Feedback, "written", lambda self, opened, checkpoint: decide(opened, checkpoint))

    return use


EXECUTORS = ["inline", "threads", "processes"]


def fails(objective: Callable[[tb.Trial], Any], **settings: Any) -> str:
    """Return what the only trial of a study has failed with."""
    (trial,) = tune(objective, **{"n_trials": 1, **settings}).trials
    assert trial.state is tb.TrialState.FAILED
    return trial.error or ""


def tear(folder: Path) -> None:
    """Write half of a checkpoint."""
    (folder / "half").mkdir()
    raise ZeroDivisionError


# A folder is given, and becomes the checkpoint of the last report.


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_checkpoint_is_a_folder_that_was_empty_and_lies_by_trial_and_step(executor: str) -> None:
    def objective(trial: tb.Trial) -> float:
        for step in range(3):
            trial.report(float(step), step=10 * step)
            with trial.checkpoint() as folder:
                trial.note(str(step), [str(folder), folder.is_dir(), os.listdir(folder)])
                (folder / "weights").write_bytes(b"w" * step)
        folder = folder.parent
        trial.note("there", sorted(os.listdir(folder)))
        trial.note("last", (folder / "20" / "weights").read_text())
        return 0.0

    for trial in tune(objective, executor=executor).trials:
        assert trial.state is tb.TrialState.COMPLETE, trial.error
        given = [trial.notes[str(step)] for step in range(3)]
        assert [one[1:] for one in given] == [[True, []]] * 3
        assert Path(given[0][0]).parent.name == str(trial.number)
        assert trial.notes["last"] == "ww"
        # The best of the three, and the last one.
        assert trial.notes["there"] == ["0", "20"]


def test_an_exception_inside_leaves_nothing_and_goes_through() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        with trial.checkpoint() as folder:
            (folder / "whole").write_text("")
        trial.report(2.0)
        with pytest.raises(ZeroDivisionError), trial.checkpoint() as torn:
            tear(torn)
        trial.note("left", os.listdir(torn.parent))
        with trial.checkpoint() as folder:
            trial.note("again", os.listdir(folder))
        return 0.0

    (trial,) = tune(objective, n_trials=1).trials
    assert trial.notes == {"left": ["0"], "again": []}


def test_what_a_killed_process_has_left_of_a_checkpoint_is_no_part_of_the_next() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        with pytest.raises(KeyError), trial.checkpoint() as torn:
            raise KeyError
        (torn / "deep").mkdir(parents=True)
        (torn.parent / "0" / "stale").mkdir(parents=True)
        with trial.checkpoint() as folder:
            trial.note("given", os.listdir(folder))
            (folder / "new").write_text("")
        trial.note("there", os.listdir(torn.parent / "0"))
        return 0.0

    (trial,) = tune(objective, n_trials=1).trials
    assert trial.notes == {"given": [], "there": ["new"]}


def test_the_folders_of_a_study_in_memory_are_removed_with_it() -> None:
    seen: list[Path] = []

    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        with trial.checkpoint() as folder:
            seen.append(folder)
        return 0.0

    tune(objective)
    assert len(seen) == 2
    gc.collect()
    assert not any(folder.parents[1].exists() for folder in seen)


def test_no_folder_is_made_for_a_study_without_checkpoints() -> None:
    study = tb.open_study(tb.Problem(len, tb.Space(x=tb.Float(0, 1))), backend="sklearn:random", n_trials=1)
    trial = study.ask()
    assert trial is not None
    trial.report(1.0)
    with study, trial.checkpoint() as folder:
        root = folder.parents[1]
        assert root.exists()
    assert root.exists()
    del trial, study
    gc.collect()
    assert not root.exists()


# What is no checkpoint is said, and why.


def test_a_checkpoint_before_the_first_report_is_an_error_that_shows_the_loop() -> None:
    def objective(trial: tb.Trial) -> float:
        with trial.checkpoint():
            raise AssertionError
        return 0.0

    error = fails(objective)
    assert "before the first report" in error
    assert "train, report, checkpoint" in error
    assert "trial.resumed.step + 1" in error


def test_a_step_has_one_checkpoint() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        for _ in range(2):
            with trial.checkpoint():
                pass
        return 0.0

    assert "step 0 has its checkpoint already" in fails(objective)


@pytest.mark.parametrize("inside", ["a checkpoint is open already", "reported while a checkpoint is open"])
def test_nothing_else_is_said_while_a_checkpoint_is_open(inside: str) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        with trial.checkpoint():
            if "already" in inside:
                with trial.checkpoint():
                    raise AssertionError
            trial.report(2.0)
        return 0.0

    assert inside in fails(objective)


def test_steps_rise_where_checkpoints_are_written() -> None:
    def before(trial: tb.Trial) -> float:
        trial.report(1.0, step=5)
        trial.report(1.0, step=3)
        with trial.checkpoint():
            raise AssertionError
        return 0.0

    def after(trial: tb.Trial) -> float:
        trial.report(1.0, step=5)
        with trial.checkpoint():
            pass
        trial.report(1.0, step=3)
        return 0.0

    assert "steps must rise where checkpoints are written, got 3 after 5" in fails(before)
    assert "where checkpoints are written, steps must rise, got 3 after 5" in fails(after)


def test_a_trial_that_has_ended_writes_no_checkpoint() -> None:
    kept: list[tb.Trial] = []

    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        kept.append(trial)
        return 0.0

    tune(objective, n_trials=1)
    with pytest.raises(tb.TrialError, match="writes no checkpoints"):
        kept[0].checkpoint()
    with pytest.raises(tb.TrialError, match="writes no checkpoints"):
        tb.Trial({}, number=0, seed=0).checkpoint()


def test_a_trial_in_another_process_than_its_objective_writes_no_checkpoint() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        elsewhere = pickle.loads(pickle.dumps(trial))
        with pytest.raises(tb.TrialError, match="in its own process"):
            elsewhere.checkpoint()
        return 0.0

    assert tune(objective, n_trials=1).trials[0].state is tb.TrialState.COMPLETE


def test_a_trial_without_a_study_says_where_checkpoints_go() -> None:
    trial = tb.Trial({}, number=0, seed=0, reporter=lambda said: CONTINUE)
    trial.report(1.0)
    with pytest.raises(tb.TrialError, match="has no place for checkpoints"), trial.checkpoint():
        raise AssertionError


# Pauses: a turn is over, the trial is not.


def pausing(*steps: int) -> Decide:
    """Return what pauses each trial at some steps."""
    return lambda opened, checkpoint: PAUSE if checkpoint.step in steps else CONTINUE


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("deterministic", [False, True])
def test_a_paused_trial_goes_on_from_its_checkpoint_as_the_same_attempt(
    executor: str, n_jobs: int, deterministic: bool, deciding: Callable[[Decide], None]
) -> None:
    if executor == "inline" and n_jobs > 1:
        return
    deciding(pausing(1, 2))
    settings = {"executor": executor, "n_jobs": n_jobs, "deterministic": deterministic, "n_trials": 3}
    paused = tune(training(5), **settings).trials
    deciding(pausing())
    whole = tune(training(5), **settings).trials
    assert [trial.notes["steps"] for trial in paused] == [list(range(5))] * 3
    for one, other in zip(paused, whole, strict=True):
        assert (one.number, one.attempt, one.state, one.params) == (
            other.number,
            0,
            other.state,
            other.params,
        )
        assert one.reports == other.reports
        assert one.values == other.values


def test_turns_are_taken_in_the_order_in_which_they_were_over(deciding: Callable[[Decide], None]) -> None:
    deciding(lambda opened, checkpoint: PAUSE)
    turns: list[tuple[int, int]] = []

    def objective(trial: tb.Trial) -> Iterator[float]:
        first = trial.resumed.step + 1 if trial.resumed else 0
        turns.append((trial.number, first))
        for step in range(first, 3):
            yield float(step)
            with trial.checkpoint() as folder:
                save([step], folder)

    tune(objective, n_trials=3)
    # One that waits for its turn comes before a new one: there is one slot.
    assert turns == [(number, step) for number in range(3) for step in range(4)]


def test_a_resumed_trial_has_a_path_a_step_and_what_was_changed(deciding: Callable[[Decide], None]) -> None:
    seen: list[Any] = []

    def objective(trial: tb.Trial) -> float:
        if trial.resumed is None:
            trial.report(1.0, step=7)
            with trial.checkpoint() as folder:
                save([7], folder)
        assert trial.resumed is not None
        with (Path(trial.resumed) / "steps.json").open() as file:
            seen.append(json.load(file))
        seen.extend([os.fspath(trial.resumed) == str(trial.resumed.path), trial.resumed.number])
        seen.extend([trial.resumed.step, dict(trial.resumed.changed), trial["x"], trial.params["x"]])
        trial.report(2.0)
        return 0.0

    def change(opened: OpenTrial, checkpoint: tb.Checkpoint) -> tb.Reply:
        checkpoint.changed.update(x=0.125)  # type: ignore[attr-defined]
        return PAUSE

    deciding(change)
    (trial,) = tune(objective, n_trials=1).trials
    assert trial.state is tb.TrialState.COMPLETE, trial.error
    assert seen == [[7], True, 0, 7, {"x": 0.125}, 0.125, 0.125]
    assert [report.step for report in trial.reports] == [7, 8]
    assert trial.params["x"] != 0.125


def test_a_swallowed_pause_is_a_pause_all_the_same(deciding: Callable[[Decide], None]) -> None:
    deciding(pausing(0))

    def objective(trial: tb.Trial) -> float:
        steps = load(trial)
        trial.note("turns", [*trial.noted.get("turns", []), len(steps)])
        if steps:
            return 5.0
        trial.report(1.0)
        with pytest.raises(tb.TrialPaused), trial.checkpoint() as folder:
            save([0], folder)
        with pytest.raises(tb.TrialPaused):
            trial.report(2.0)
        with pytest.raises(tb.TrialPaused):
            trial.checkpoint()
        raise OSError("what a library makes of it")

    (trial,) = tune(objective, n_trials=1).trials
    assert (trial.state, trial.values, trial.notes) == (tb.TrialState.COMPLETE, (5.0,), {"turns": [0, 1]})
    assert [report.step for report in trial.reports] == [0]


def test_what_is_kept_and_noted_in_one_turn_is_there_in_the_next(deciding: Callable[[Decide], None]) -> None:
    deciding(pausing(0))

    def objective(trial: tb.Trial) -> float:
        if trial.resumed:
            trial.note("both", [trial.noted["first"], trial.kept["first"]])
            return 0.0
        trial.note("first", 1)
        trial.keep("first", 2)
        trial.report(1.0)
        with trial.checkpoint():
            pass
        return 1.0

    for executor in EXECUTORS:
        (trial,) = tune(objective, n_trials=1, executor=executor).trials
        assert (trial.notes["both"], trial.artifact("first"), trial.value) == ([1, 2], 2, 0.0)


def test_the_turns_of_a_trial_are_one_time(deciding: Callable[[Decide], None]) -> None:
    deciding(pausing(0, 1))
    (trial,) = tune(training(3), n_trials=1).trials
    assert 0 < trial.objective_seconds < 5


def test_by_hand_a_paused_trial_is_asked_for_again(deciding: Callable[[Decide], None]) -> None:
    deciding(pausing(0))
    problem = tb.Problem(len, tb.Space(x=tb.Float(0, 1)))
    with tb.open_study(problem, backend="sklearn:random", n_trials=1, seed=0) as study:
        trial = study.ask()
        assert trial is not None
        trial.report(1.0)
        with pytest.raises(tb.TrialPaused) as caught, trial.checkpoint() as folder:
            save([0], folder)
        record = study.tell(trial, error=caught.value)
        assert (record.state, len(record.reports)) == (tb.TrialState.RUNNING, 1)
        with pytest.raises(tb.TrialError, match="takes no reports"):
            trial.report(1.0)
        again = study.ask()
        assert again is not None
        assert (again.number, again.attempt, again, load(again)) == (0, 0, trial, [0])
        with pytest.raises(tb.TrialError, match="is not open"):
            study.tell(trial, 1.0)
        again.report(0.5)
        assert study.tell(again, 2.0).value == 2.0
        assert study.ask() is None
    assert [report.step for report in study.result.trials[0].reports] == [0, 1]


def test_a_checkpoint_that_is_claimed_stays_until_its_claim_is_released() -> None:
    problem = tb.Problem(len, tb.Space(x=tb.Float(0, 1)))
    study = tb.open_study(problem, backend="sklearn:random", n_trials=2, seed=0)
    trials: Trials = study._trials  # noqa: SLF001  # a claim is what populations make of it
    donor, member = trials.begin(), trials.begin()
    assert donor is not None
    assert member is not None
    for opened in (donor, member):
        trials.listen(opened)

    def write(opened: OpenTrial, value: float) -> tb.Checkpoint:
        copy = opened.copy()
        copy.report(value)
        with copy.checkpoint():
            pass
        assert opened.checkpoints.last is not None
        return opened.checkpoints.last

    write(donor, 1.0)
    claimed = write(donor, 2.0)
    trials._shelf.claim(member, claimed)  # noqa: SLF001
    for _ in range(3):
        write(donor, 2.0)
        assert claimed.path.exists()
    assert sorted(os.listdir(claimed.path.parent)) == ["0", "1", "4"]
    write(member, 1.0)
    assert sorted(os.listdir(claimed.path.parent)) == ["0", "4"]
    study.close()


# Executors of others.


def test_an_executor_that_takes_values_and_steps_is_told_what_to_write() -> None:
    for spec, said in SPECS:
        with pytest.raises(tb.PluginError, match=said) as caught:
            tune(training(2), executor=tb.ChosenExecutor(spec, {}))
        assert "request.answer(task.key, said)" in caught.value.hint


def test_children_of_an_objective_write_no_checkpoint_of_their_own() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0)
        with trial.checkpoint() as folder:
            child = multiprocessing.get_context("fork").Process(target=(folder / "by a child").touch)
            child.start()
            child.join()
        trial.note("there", os.listdir(folder.parent / "0"))
        return 0.0

    (trial,) = tune(objective, n_trials=1).trials
    assert trial.notes["there"] == ["by a child"]


@pytest.mark.parametrize("form", ["yields", "reports"])
def test_an_objective_that_does_not_look_at_what_it_goes_on_from_is_told_so_and_ends(form: str) -> None:
    def yields(trial: tb.Trial) -> Iterator[float]:
        for _ in range(4):
            yield 1.0
            with trial.checkpoint():
                pass

    def reports(trial: tb.Trial) -> float:
        for _ in range(4):
            trial.report(1.0)
            with trial.checkpoint():
                pass
        return 1.0

    problem = tb.Problem({"yields": yields, "reports": reports}[form], tb.Space(x=tb.Float(0, 1)))
    population = tb.Population(size=2, every=2)
    result = tb.tune(problem, backend="optuna:random", population=population, n_trials=2, seed=0)
    assert [len(trial.reports) for trial in result.trials] == [2, 2]
    for trial in result.trials:
        assert trial.state is tb.TrialState.FAILED
        assert "goes on from its checkpoint of step 1, and has not looked at trial.resumed" in str(
            trial.error
        )
        assert "load what lies in it" in str(trial.error)


def test_a_checkpoint_says_which_changes_a_model_that_was_saved_lacks(tmp_path: Path) -> None:
    changed = {"rate": 0.1, "decay": 0.5, "batch": 8}
    checkpoint = tb.Checkpoint(path=tmp_path, number=0, step=3, changed=changed)
    has = {**changed, "layers": 2}
    assert checkpoint.news({"rate": 0.1, "decay": 0.9, "layers": 1}, has) == {"decay": 0.5, "batch": 8}
    assert checkpoint.news(has, has) == {}
