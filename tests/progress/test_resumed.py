"""The live view of a study that goes on: what it has been through counts."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import tunebridge as tb
from tunebridge.progress import Progress
from tunebridge.progress.screen import Screen
from tunebridge.progress.tally import Tally
from tunebridge.stores.memory import MemoryStore

PROBLEM = tb.Problem(
    lambda trial: float(trial.number), tb.Space(x=tb.Float(0.0, 1.0), c=tb.Categorical(["a", "b"]))
)


@pytest.fixture
def settings() -> dict[str, Any]:
    """Return the arguments of every call of a stored study."""
    return {"backend": "hyperopt:random", "seed": 0, "storage": MemoryStore(), "study": "s"}


def interrupt(settings: dict[str, Any], *, told: int, left: int, n_trials: int = 10) -> None:
    """Tell some trials of a study, and leave some open at its end."""
    with tb.open_study(PROBLEM, n_trials=n_trials, **settings) as study:
        trials = [study.ask() for _ in range(told + left)]
        for trial in filter(None, trials[:told]):
            study.tell(trial, float(trial.number))


def drawn(tally: Tally) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as captured:
        console.print(Screen(tally))
    return captured.get().splitlines()


def plain(screen: str) -> str:
    """Return what a terminal shows, without control sequences, and with one blank for many."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


def test_a_resumed_study_begins_with_the_trials_it_has(settings: dict[str, Any]) -> None:
    tb.tune(PROBLEM, n_trials=30, **settings)
    with tb.open_study(PROBLEM, n_trials=60, **settings) as study:
        title, trials, states, best, *_ = drawn(Tally(study))
    assert title.startswith("s on hyperopt:random after 30 trials ")
    assert "30/60" in trials
    assert states.split() == ["states", "30", "complete", "0", "pruned", "0", "failed"]
    assert best.startswith("best    0  trial 0  x=")


def test_lines_go_on_at_the_next_tenth_of_the_whole(settings: dict[str, Any]) -> None:
    tb.tune(PROBLEM, n_trials=30, **settings)
    file = io.StringIO()
    with tb.open_study(PROBLEM, n_trials=60, observers=[Progress(Console(file=file))], **settings) as study:
        study.run()
    lines = file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [f"{done}/60" for done in range(36, 61, 6)]
    assert lines[0].startswith("36/60 trials, 30 of them earlier, in 0:00:0")
    assert "; 36 complete, 0 pruned, 0 failed; best 0 (trial 0); " in lines[0]


def test_trials_of_other_processes_count_and_are_named(tmp_path: Path) -> None:
    where: dict[str, Any] = {"backend": "hyperopt:random", "seed": 0, "study": "s", "join": True}
    where |= {"storage": f"journal:///{tmp_path}/j.log", "n_trials": 8}
    lines, screen = io.StringIO(), io.StringIO()
    watching = [Progress(Console(file=lines)), Progress(Console(file=screen, force_terminal=True, width=80))]
    with tb.open_study(PROBLEM, **where) as other:
        first, *rest = [one for one in (other.ask() for _ in range(4)) if one is not None]
        other.tell(first, 3.0)
        with tb.open_study(PROBLEM, observers=watching, **where) as study:
            for trial in rest:
                other.tell(trial, -1.0)
            study.run()
    last = lines.getvalue().splitlines()[-1]
    assert last.startswith("8/8 trials, 1 of them earlier, 3 of them by other processes, in ")
    assert "; 8 complete, 0 pruned, 0 failed; best -1 (trial 1); " in last
    assert "8 complete  0 pruned  0 failed  (3 by other processes)" in plain(screen.getvalue())


def test_an_interrupted_trial_is_not_done_and_its_next_attempt_takes_its_place(
    settings: dict[str, Any],
) -> None:
    interrupt(settings, told=4, left=2)
    with tb.open_study(PROBLEM, n_trials=10, **settings) as study:
        tally = Tally(study)
        assert (tally.done, tally.earlier, tally.fraction) == (4, 4, 0.4)
        assert drawn(tally)[2].split()[-2:] == ["2", "interrupted"]
        trial = study.ask()
        assert trial is not None
        assert trial.number == 4
        tally.start(trial)
        assert drawn(tally)[2].split()[-2:] == ["1", "interrupted"]
        tally.finish(study.tell(trial, -1.0))
    assert (tally.done, tally.best, tally.counts[tb.TrialState.COMPLETE]) == (5, (-1.0,), 5)


def test_trials_interrupted_at_the_end_are_shown_but_not_done(settings: dict[str, Any]) -> None:
    file = io.StringIO()
    settings["observers"] = [Progress(Console(file=file))]
    interrupt(settings, told=1, left=2, n_trials=30)
    interrupt(settings, told=2, left=1, n_trials=30)
    first, *_, second = file.getvalue().splitlines()
    assert first.startswith("1/30 trials in")
    assert "1 complete, 0 pruned, 0 failed, 2 interrupted" in first
    assert second.startswith("3/30 trials, 1 of them earlier, in")
    assert "3 complete, 0 pruned, 0 failed, 1 interrupted" in second


def test_a_study_that_is_done_prints_its_end_only(settings: dict[str, Any]) -> None:
    tb.tune(PROBLEM, n_trials=10, **settings)
    file = io.StringIO()
    with tb.open_study(PROBLEM, n_trials=10, observers=[Progress(Console(file=file))], **settings) as study:
        study.run()
    (line,) = file.getvalue().splitlines()
    assert line.startswith("10/10 trials, 10 of them earlier, in 0:00:00; 10 complete")
    assert line.endswith("ended: n_trials")


def test_the_time_left_is_judged_by_the_trials_of_this_call(settings: dict[str, Any]) -> None:
    tb.tune(PROBLEM, n_trials=8, **settings)
    time = [0.0]
    with tb.open_study(PROBLEM, n_trials=12, **settings) as study:
        tally = Tally(study, now=lambda: time[0])
        assert tally.remaining is None
        trial = study.ask()
        assert trial is not None
        tally.start(trial)
        time[0] = 2.0
        tally.finish(study.tell(trial, 1.0))
        assert tally.remaining == 3 * 2.0
