"""The live view of a comparison: drawn in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

import tunebridge as tb
from tests.terminal import Terminal
from tunebridge.comparison.run.progress import Board, CellsProgress

SPACE = tb.Space(x=tb.Float(0.0, 1.0))
LINES = ["optuna:random", "sklearn:random"]


def compare(observer: object, **settings: Any) -> tb.Comparison:
    def value(trial: tb.Trial) -> float:
        if trial["x"] > 0.5 and trial.seed == 0:
            raise ValueError("no luck")
        return 0.25

    defaults: dict[str, Any] = {"backends": LINES, "n_trials": 2, "seeds": range(5)}
    problem = tb.Problem(value, SPACE)
    return tb.compare(problem, **{**defaults, **settings}, observers=[observer])


def cells(n_seeds: int, lines: list[str] = LINES) -> list[dict[str, Any]]:
    return [{"problem": "value", "line": line, "seed": seed} for seed in range(n_seeds) for line in lines]


def drawn(board: Board, width: int = 80, encoding: str = "utf-8") -> list[str]:
    console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding), width=width)
    with console.capture() as captured:
        console.print(board)
    return captured.get().splitlines()


def record(number: int, line: str, state: tb.TrialState, value: float | None = None) -> Any:
    trial = tb.tune(tb.Problem(lambda trial: 1.0, SPACE), backend="optuna:random", n_trials=1, seed=0).trials[
        0
    ]
    params = {"problem": "value", "line": line, "seed": number}
    values = None if value is None else (value,)
    from dataclasses import replace

    return replace(trial, number=number, params=params, state=state, values=values)


def test_a_terminal_shows_each_line_with_its_cells_and_median() -> None:
    terminal = Terminal()
    console = Console(file=terminal, force_terminal=True, width=80, color_system=None)
    compare(CellsProgress(LINES, cells(5), console))
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "\n", terminal.getvalue()).strip().splitlines()[-4:]
    assert last[0].startswith("10/10 cells  0:00:0")
    assert [line.split() for line in last[1:]] == [
        ["optuna:random", "━" * 20, "5/5", "median", "0.25"],
        ["sklearn:random", "━" * 20, "5/5", "median", "0.25"],
        ["now", "nothing"],
    ]
    assert terminal.getvalue().endswith("\x1b[?25h")


def test_a_pipe_gets_a_line_for_each_tenth() -> None:
    pipe = io.StringIO()
    compare(CellsProgress(LINES, cells(5), Console(file=pipe, width=40)))
    lines = pipe.getvalue().splitlines()
    assert len(lines) == 10
    assert re.fullmatch(r"1/10 cells in 0:00:0\d; 1 complete; eta 0:00:0\d", lines[0])
    assert re.fullmatch(r"10/10 cells in 0:00:0\d; 10 complete; ended", lines[-1])


def test_compare_shows_progress_on_stderr_when_nothing_is_a_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    tb.compare(tb.Problem(lambda trial: 1.0, SPACE), backends=LINES, n_trials=1, seeds=[0], progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[-1].endswith("2 complete; ended")


def test_cells_of_earlier_calls_count(new_store: Callable[[str], str]) -> None:
    url, pipe = new_store("sqlite"), io.StringIO()
    number: list[int] = []

    def interrupts(trial: tb.Trial) -> float:
        number.append(1)
        if len(number) == 6:
            raise KeyboardInterrupt
        return 0.5

    problem = tb.Problem(interrupts, SPACE)
    settings: dict[str, Any] = {"backends": LINES, "n_trials": 2, "seeds": range(2), "storage": url}
    tb.compare(problem, **settings)
    tb.compare(problem, **settings, observers=[CellsProgress(LINES, cells(2), Console(file=pipe, width=80))])
    lines = pipe.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["3/4", "4/4"]


def test_a_line_counts_what_failed_and_nothing_that_was_interrupted() -> None:
    board = Board(LINES, cells(4))
    board.running[0] = "value, optuna:random, seed 0"
    board.end(record(1, "optuna:random", tb.TrialState.COMPLETE, 0.5))
    board.end(record(2, "optuna:random", tb.TrialState.FAILED))
    board.end(record(3, "optuna:random", tb.TrialState.INTERRUPTED))
    header, first, second, now = drawn(board)
    assert header.startswith("2/8 cells")
    assert first.split() == ["optuna:random", "━" * 10, "2/4", "median", "0.5", "1", "failed"]
    assert second.split() == ["sklearn:random", "0/4"]
    assert now.split(maxsplit=1) == ["now", "value, optuna:random, seed 0"]


@pytest.mark.parametrize(("width", "encoding"), [(20, "utf-8"), (40, "ascii"), (200, "utf-8")])
def test_no_row_is_wider_than_the_terminal_and_names_are_shown_as_they_are(width: int, encoding: str) -> None:
    lines = ["[bold]a[/]\n" * 20, "b"]
    board = Board(lines, cells(3, lines))
    board.end(record(0, "b", tb.TrialState.COMPLETE, 0.5))
    rows = drawn(board, width, encoding)
    assert len(rows) == 4
    assert max(map(len, rows)) <= width
    assert rows[1].startswith(r"[bold]a[/]\n"[:19])
    assert "".join(rows).encode(encoding)
