"""The live view: what it draws on a terminal, prints elsewhere, and leaves behind."""

from __future__ import annotations

import codecs
import io
import logging
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Generator, Sequence
from contextlib import redirect_stdout, suppress
from itertools import count
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

import tunebridge as tb
from tests.terminal import Terminal
from tunebridge.progress import Progress
from tunebridge.progress.redirection import Above
from tunebridge.progress.screen import Screen
from tunebridge.progress.sparkline import ASCII_BLOCKS, BLOCKS, curve
from tunebridge.progress.tally import Tally

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
SPACE = tb.Space(
    {"lr": tb.Float(1e-4, 1e-1, log=True), "[bold]act": tb.Categorical(["re[red]lu", "x\ny" * 99])}
)


class Watcher:
    """An observer that keeps the drawing after each report."""

    def __init__(self, width: int, encoding: str = "utf-8") -> None:
        self.frames: list[list[str]] = []
        self._console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding), width=width)

    def draw(self) -> list[str]:
        with self._console.capture() as captured:
            self._console.print(Screen(self.tally))
        return captured.get().splitlines()

    @tb.hookimpl
    def tunebridge_study_started(self, study: tb.Study) -> None:
        seconds = count(0)
        self.tally = Tally(study, now=lambda: next(seconds) * 0.25)
        self.frames.append(self.draw())

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: tb.Trial) -> None:
        self.tally.start(trial)

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
        self.tally.report(trial, report)
        self.frames.append(self.draw())

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        self.tally.finish(trial)


class PruneOdd:
    """A pruner that ends trials with an odd number at their third report."""

    def report(self, trial: tb.Trial, step: int, value: float) -> tb.Decision:
        return tb.Decision.PRUNE if trial.number % 2 and step == 2 else tb.Decision.CONTINUE

    def finish(self, record: tb.TrialRecord) -> None:
        pass


def train(trial: tb.Trial) -> Generator[float]:
    """Report ten rising values; every fifth trial fails."""
    if trial.number % 5 == 4:
        raise ValueError("[/no] markup")
    for epoch in range(10):
        yield trial["lr"] * epoch


PROBLEM = tb.Problem(train, SPACE, direction="maximize")


def tune(observers: Sequence[object], problem: tb.Problem = PROBLEM, n_trials: int | None = 10) -> tb.Result:
    """Run a small study whose odd trials are pruned."""
    spec = tb.PrunerSpec(name="odd", summary="", extra="", open=lambda request: PruneOdd())
    pruner = tb.ChosenPruner(spec, {})
    study = tb.open_study(
        problem, backend="sklearn:random", n_trials=n_trials, seed=3, pruner=pruner, observers=observers
    )
    return study.run()


def plain(text: str) -> str:
    """Return a terminal's text without control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_the_last_drawing_tells_counts_best_and_end() -> None:
    screen = io.StringIO()
    result = tune([Progress(Console(file=screen, force_terminal=True, width=80))])
    title, trials, states, best, ended, time = plain(screen.getvalue()).splitlines()[-6:]
    assert title.startswith("tunebridge-3 on sklearn:random")
    assert "10/10" in trials
    assert states.split()[1:] == ["4", "complete", "4", "pruned", "2", "failed"]
    assert f"{result.best_value:.6g}  trial {result.best_trial.number}  lr=" in best
    assert ended.split() == ["ended", "n_trials"]
    assert re.search(r"sampler \d+\.\d s \(.*\)  objective \d+\.\d s \(.*\)", time)


def test_the_running_trial_shows_its_last_reports_as_a_curve() -> None:
    def rising(trial: tb.Trial) -> Generator[float]:
        yield from range(8)

    watcher = Watcher(width=80)
    tune([watcher], tb.Problem(rising, SPACE), n_trials=1)
    assert re.search(r"^now     trial 0  0:00:0\d  step 7 +7 +▁▂▃▄▅▆▇█$", watcher.frames[-1][4])


def test_the_curve_keeps_the_newest_reports_when_the_room_ends() -> None:
    def falling(trial: tb.Trial) -> Generator[float]:
        yield from [9.0] * 100 + [1.0, 0.0]

    watcher = Watcher(width=60)
    tune([watcher], tb.Problem(falling, SPACE), n_trials=1)
    assert watcher.frames[-1][4].endswith("██▂▁")


@pytest.mark.parametrize("width", [10, 20, 47, 80, 120])
@pytest.mark.parametrize("n_trials", [10, None])
def test_every_drawing_has_six_lines_within_the_width(width: int, n_trials: int | None) -> None:
    watcher = Watcher(width)
    problem = tb.Problem(
        train, tb.Space({"[bold]act": tb.Categorical(["re[red]lu", "x\ny" * 99, "漢字" * 30])})
    )
    spec_trials = 10 if n_trials else None
    study = tb.open_study(problem, backend="optuna:random", n_trials=spec_trials, seed=0, observers=[watcher])
    with study:
        for _ in range(10):
            trial = study.ask()
            assert trial is not None
            for step in range(3):
                trial.report(-(10.0 ** (step * 150)), step * 10**9)
            study.tell(trial, trial.number)
    frames = [*watcher.frames, watcher.draw()]
    assert {len(frame) for frame in frames} == {6}
    assert max(cell_len(line) for frame in frames for line in frame) <= width


def test_figures_keep_their_places_while_the_study_goes_on() -> None:
    watcher = Watcher(width=80)
    tune([watcher], n_trials=12)
    watcher.tally.end("n_trials")
    watcher.frames.append(watcher.draw())
    assert len({line.index("/12") for _, line, *_ in watcher.frames}) == 1
    assert len({line.index("pruned") for _, _, line, *_ in watcher.frames}) == 1


def test_markup_in_names_and_choices_is_text() -> None:
    screen = io.StringIO()
    one = tb.Problem(train, tb.Space({"[bold]act": tb.Categorical(["re[red]lu"])}))
    one = tb.Problem(lambda trial: 1.0, one.space)
    tune([Progress(Console(file=screen, force_terminal=True, width=80))], one, n_trials=1)
    assert "[bold]act=re[red]lu" in plain(screen.getvalue())


def test_a_terminal_without_unicode_gets_ascii() -> None:
    watcher = Watcher(width=80, encoding="ascii")
    tune([watcher])
    text = "\n".join(line for frame in watcher.frames for line in frame)
    assert text.isascii()
    assert ASCII_BLOCKS[0] + ASCII_BLOCKS[-1] in text


def copied(member: int, donor: int, step: int) -> dict[str, Any]:
    """Return what an observer is told of a copy."""
    trial = tb.Trial({"lr": 0.1}, number=member, seed=0)
    copy = tb.Copy(step=step, donor=donor, donor_step=step, params={"lr": 0.1}, lineage=())
    return {"trial": trial, "copied": copy}


@pytest.mark.parametrize(("encoding", "arrow"), [("utf-8", "←"), ("ascii", "<-")])
def test_who_copied_whom_is_drawn_the_newest_first(encoding: str, arrow: str) -> None:
    watcher = Watcher(width=80, encoding=encoding)
    tune([watcher])
    before = len(watcher.draw())
    for member, donor in ((3, 6), (11, 0)):
        watcher.tally.copy(**copied(member, donor, 4))
    frame = watcher.draw()
    assert len(frame) == before + 1
    assert f"copies  2  11 {arrow} 0 at step 4   3 {arrow} 6 at step 4" in frame
    for step in range(100):
        watcher.tally.copy(**copied(1, 2, step))
    frame = watcher.draw()
    assert max(map(cell_len, frame)) <= 80
    (line,) = [line for line in frame if line.startswith("copies")]
    assert line.startswith(f"copies  102  1 {arrow} 2 at step 99   1 {arrow} 2 at step 98")


def test_who_copied_whom_is_in_the_lines_printed_elsewhere() -> None:
    lines = io.StringIO()
    progress = Progress(Console(file=lines, width=200))

    class Copying:
        """Tells of a copy as a population does."""

        @tb.hookimpl
        def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
            if (trial.number, report.step) == (2, 3):
                progress.tunebridge_trial_copied(**copied(2, 1, 3))

    tune([progress, Copying()])
    assert "; 1 copied, last 2 from 1; " in lines.getvalue().splitlines()[-1]


def test_several_objectives_show_the_best_of_each() -> None:
    screen = io.StringIO()
    two = tb.Problem(lambda trial: (trial.number, trial.number), SPACE, direction=["minimize", "maximize"])
    study = tb.open_study(
        two,
        backend="optuna:random",
        n_trials=5,
        seed=0,
        observers=[Progress(Console(file=screen, force_terminal=True, width=80))],
    )
    study.run()
    assert "best    0, 4  each objective by itself" in plain(screen.getvalue())


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"n_trials": 10}, 8 * 2.0),
        ({"max_seconds": 100.0}, 96.0),
        ({"n_trials": 10, "max_seconds": 9.0}, 5.0),
        ({"n_trials": 10, "max_seconds": 900.0}, 16.0),
        ({}, None),
    ],
)
def test_time_left_is_that_of_the_limit_reached_first(limits: dict[str, Any], left: float | None) -> None:
    time = [0.0]
    study = tb.open_study(PROBLEM, backend="optuna:random", seed=0, **limits)
    tally = Tally(study, now=lambda: time[0])
    for _ in range(2):
        trial = study.ask()
        assert trial is not None
        tally.start(trial)
        time[0] += 2.0
        tally.finish(study.tell(trial, 1.0))
    assert tally.remaining == left
    study.close()


def test_trials_of_the_past_count_but_set_no_pace() -> None:
    study = tb.open_study(PROBLEM, backend="optuna:random", seed=0, n_trials=10)
    trial = study.ask()
    assert trial is not None
    study.tell(trial, 0.5)
    tally = Tally(study)
    assert (tally.done, tally.best, tally.remaining) == (1, (0.5,), None)
    study.close()


def test_where_nothing_can_be_redrawn_there_is_a_line_per_tenth() -> None:
    file = io.StringIO()
    tune([Progress(Console(file=file))], n_trials=40)
    lines = file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [f"{done}/40" for done in range(4, 41, 4)]
    assert "\x1b" not in file.getvalue()
    assert re.search(
        r"16 complete, 16 pruned, 8 failed; best 0\.\d+ \(trial \d+\); .* ended: n_trials$", lines[-1]
    )
    assert "eta 0:00:0" in lines[0]


def test_an_unlimited_study_that_is_short_prints_its_end_only() -> None:
    file = io.StringIO()
    with tb.open_study(
        PROBLEM, backend="optuna:random", seed=0, observers=[Progress(Console(file=file))]
    ) as study:
        for _ in range(30):
            trial = study.ask()
            assert trial is not None
            study.tell(trial, 1.0)
    assert file.getvalue().startswith("30 trials in 0:00:0")
    assert file.getvalue().count("\n") == 1


def test_tune_is_quiet_unless_asked_and_keeps_stdout_clean(capfd: pytest.CaptureFixture[str]) -> None:
    settings: dict[str, Any] = {"backend": "optuna:random", "n_trials": 3, "seed": 0}
    tb.tune(PROBLEM, progress=False, **settings)
    tb.tune(PROBLEM, **settings)
    assert capfd.readouterr() == ("", "")
    tb.tune(PROBLEM, progress=True, **settings)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("3/3 trials in")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal of 80 columns, for `redirect_stdout`: pytest sets stdout anew after a fixture."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def test_what_the_objective_prints_and_logs_appears_whole_above(terminal: Terminal) -> None:
    handler = logging.StreamHandler(terminal)
    logger = logging.getLogger("test_progress")
    logger.addHandler(handler)

    def chatty(trial: tb.Trial) -> float:
        logger.warning("logged")
        sys.stdout.write("half [/x]")
        sys.stdout.flush()
        sys.stdout.write(" and [bold]half\n")
        sys.stdout.write("10%\r20%\r30%\r\n" + "long " * 30 + "\nno end")
        return 1.0

    problem = tb.Problem(chatty, SPACE)
    with redirect_stdout(terminal):
        result = tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, progress=True)
        assert (sys.stdout, handler.stream) == (terminal, terminal)
    logger.removeHandler(handler)
    assert result.best_value == 1.0
    lines = plain(terminal.getvalue()).replace("\r", "\n").splitlines()
    for whole in ("half [/x] and [bold]half", "30%", "long " * 30, "logged", "no end"):
        assert whole in lines


def test_an_objective_that_captures_its_own_stdout_does_not_capture_the_view(terminal: Terminal) -> None:
    own = io.StringIO()

    def capturing(trial: tb.Trial) -> float:
        with redirect_stdout(own):
            sys.stdout.write("mine\n")
            view.stop()
        return 1.0

    with redirect_stdout(terminal), Progress() as view:
        tune([view], tb.Problem(capturing, SPACE), n_trials=1)
    assert own.getvalue() == "mine\n"
    assert terminal.getvalue().endswith(SHOW)


def test_a_view_inside_a_live_view_is_lines(terminal: Terminal) -> None:
    def outer(trial: tb.Trial) -> float:
        assert isinstance(sys.stdout, Above)
        file = io.StringIO()
        tune([Progress(Console(file=file, force_terminal=True))], n_trials=1)
        return file.getvalue().count("\n")

    with redirect_stdout(terminal):
        result = tune([Progress()], tb.Problem(outer, SPACE), n_trials=1)
    assert result.best_value == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_the_terminal_is_given_back_whatever_ends_the_study(
    terminal: Terminal, error: type[BaseException]
) -> None:
    def failing(trial: tb.Trial) -> float:
        raise error

    problem = tb.Problem(failing, SPACE)
    with redirect_stdout(terminal):
        with suppress(SystemExit, ValueError):
            tb.tune(problem, backend="optuna:random", n_trials=20, on_error="raise", progress=True)
        assert sys.stdout is terminal
    assert terminal.getvalue().count(HIDE) == terminal.getvalue().count(SHOW) == 1
    assert terminal.getvalue().endswith(SHOW)


def test_the_terminal_is_given_back_when_the_study_is_never_closed(terminal: Terminal) -> None:
    with redirect_stdout(terminal), Progress() as view:
        tb.open_study(PROBLEM, backend="optuna:random", n_trials=2, observers=[view]).ask()
    assert terminal.getvalue().endswith(SHOW)
    assert "ended   early" in plain(terminal.getvalue())


def test_a_notebook_gets_a_view_or_lines_and_no_error() -> None:
    tune([Progress(Console(file=io.StringIO(), force_jupyter=True))], n_trials=2)


SCRIPT = """
import time, tunebridge as tb
def train(trial):
    for epoch in range(1000):
        time.sleep(0.01)
        yield trial["lr"]
problem = tb.Problem(train, tb.Space(lr=tb.Float(0.0, 1.0)))
result = tb.tune(problem, backend="optuna:random", n_trials=9, progress=True)
raise SystemExit(0 if result.stop_reason == "interrupted" else 3)
"""


def test_ctrl_c_on_a_real_terminal_returns_the_result_and_the_cursor() -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    shown, decoder = "", codecs.getincrementaldecoder("utf-8")()  # a read may end within a character
    while "step" not in shown:
        shown += decoder.decode(os.read(ours, 9999))
    process.send_signal(signal.SIGINT)
    with suppress(OSError):  # what Linux raises for a closed terminal
        while more := os.read(ours, 9999):
            shown += decoder.decode(more)
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert shown.endswith(SHOW)
    assert "ended   interrupted" in plain(shown)
    assert max(map(cell_len, re.split(r"[\r\n]+", plain(shown)))) <= 80


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([3.0], "▅"),
        ([2.0, 2.0], "▅▅"),
        ([0, 1, 2, 3, 4, 5, 6, 7], BLOCKS),
        ([1.7e308, -1.7e308, 0.0], "█▁▅"),
        ([5e-324, 0.0], "▅▅"),
    ],
)
def test_a_curve_is_scaled_to_its_range(values: list[float], drawn: str) -> None:
    assert curve(values) == drawn
