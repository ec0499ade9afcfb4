"""What others wrote is shown on a terminal, in logs and in errors, and does nothing there."""

from __future__ import annotations

import importlib
import io
import logging
import pkgutil
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import tunebridge as tb
import tunebridge_optuna.mending
from tests.cli.command_line import Look
from tunebridge.display.printable import logger_of, one_line, printable
from tunebridge.display.text import Text
from tunebridge.progress import Progress

NAME = "\x1b[31mred\x07\x9b1m\u202edeman\u2028\x08\x85\x00"
"""Colour, bell, another begin of a sequence, right to left, ends of lines, backspace; a database keeps it."""

RED = f"{NAME}\ud800"
"""The same, and half a pair."""

SHOWN = r"\x1b[31mred\x07\x9b1m\u202edeman\u2028\x08\x85\x00"

MARKUP = "[red]x[/red]"

ENDS = ("Cc", "Cs", "Zl", "Zp")
"""Categories of controls, halves of pairs and ends of lines."""

DIRECTIONS = {"\u061c", "\u200b", "\u200e", "\u200f", "\ufeff"}
DIRECTIONS |= set(map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070))))

Run = Callable[..., str]


class Loud:
    """A choice of the user's own with controls in its `repr`."""

    def __repr__(self) -> str:
        return f"Loud({RED})"


class Broken:
    """An observer that raises what a terminal would obey."""

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        raise RuntimeError(RED)


def fail_loudly(trial: tb.Trial) -> float:
    """Fail with controls in the message, in every third trial."""
    if trial.number % 3 == 1:
        raise ValueError(f"{NAME}\nsecond line of {MARKUP}")
    return float(trial[NAME])


def hostile() -> tb.Problem:
    """Return a problem of hostile names, labels and reasons, which a store can keep."""
    rule = tb.Constraint(lambda params: True, f"no {NAME}")
    choices = tb.Categorical({NAME: 1, MARKUP: 2})
    return tb.Problem(fail_loudly, tb.Space({NAME: tb.Float(0.0, 1.0), MARKUP: choices}, constraints=[rule]))


def clean(text: str) -> bool:
    """Return whether nothing acts in a text that is shown, but ends of lines."""
    return {one for one in text if unicodedata.category(one) in ENDS or one in DIRECTIONS} <= {"\n", "\t"}


@pytest.fixture
def run(look: Look) -> Run:
    """Return a function that runs `tunebridge WORDS`, and gives what it writes."""
    return lambda *words: "".join(look(*words, columns=230)[1:])


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """Return the URL of a store with studies and a comparison of hostile names."""
    url, problem = f"sqlite:///{tmp_path}/s.db", hostile()
    for name, backend in ((NAME, "optuna:random"), (MARKUP, "optuna:tpe")):
        tb.tune(problem, backend=backend, n_trials=4, seed=0, storage=url, study=name)
    tb.compare({NAME: problem}, backends=["optuna:tpe"], n_trials=3, seeds=[0], storage=url, study="c")
    return url


def test_everything_that_acts_is_escaped_and_everything_that_is_seen_stays() -> None:
    assert printable(RED) == rf"{SHOWN}\ud800"
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        kind = unicodedata.category(letter)
        if letter in DIRECTIONS or (kind in ENDS and letter not in "\n\t"):
            assert printable(letter) == repr(letter)[1:-1], hex(number)
        elif kind != "Cf":
            assert printable(letter) == letter, hex(number)


@pytest.mark.parametrize("text", [
    "Grüße", "日本語\u3000名", "a\u00a0b", "👩\u200d💻", "\u0645\u06cc\u200c\u062e", "tab\there\nline", MARKUP
])  # fmt: skip
def test_letters_of_all_languages_stay(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", [RED, SHOWN, MARKUP, "\\"])
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)
    assert one_line(f"{text}\n\t") == printable(text) + r"\n\t"


@pytest.mark.parametrize("kind", [
    tb.ProblemError, tb.StoreError, tb.TrialPruned, lambda said, hint: tb.SpaceError([said], hint)
])  # fmt: skip
def test_an_error_can_be_printed(kind: Callable[[str, str], tb.TunebridgeError]) -> None:
    error = kind(f"no {NAME}", f"try {NAME}")
    assert str(error) == f"no {SHOWN}\n  hint: try {SHOWN}"
    assert clean(error.message + error.hint + "".join(error.args))


def test_a_log_can_be_printed_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, observers=[Broken()])
    logger_of("tunebridge.tests").warning("%s of %s", RED, "postgresql://ann:secret@host/tune")
    assert caplog.text.count(SHOWN) == 2
    assert "postgresql://ann:***@host/tune" in caplog.text
    assert "\nTraceback" in caplog.text
    assert clean(caplog.text)


def test_every_logger_of_ours_is_printable() -> None:
    import tunebridge

    names = [one.name for one in pkgutil.walk_packages(tunebridge.__path__, "tunebridge.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    found = [vars(module).get("logger") for module in [*modules, tunebridge_optuna.mending]]
    loggers = [logger for logger in found if logger is not None]
    assert len(loggers) >= 6
    for logger in loggers:
        record = logger.makeRecord(logger.name, logging.WARNING, "", 0, "%s", (NAME,), None)
        assert logger.filter(record)
        assert record.getMessage() == SHOWN, logger


def test_reprs_of_results_can_be_printed() -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(c=tb.Categorical({"a": Loud()})))
    result = tb.tune(problem, backend="optuna:random", n_trials=1, seed=0)
    for shown in (result, result.trials[0], tb.Trial(result.best_params, number=0, seed=0)):
        assert SHOWN in repr(shown)
        assert clean(repr(shown))


def test_data_stays_as_it_is() -> None:
    result = tb.tune(hostile(), backend="optuna:random", n_trials=3, seed=0)
    assert NAME in result.best_params
    assert f"params_{NAME}" in result.to_frame().columns
    assert NAME in str(result.to_frame()["error"][1])
    assert NAME in (result.trials[1].error or "")


def test_a_text_is_as_wide_as_it_is_shown() -> None:
    assert Text(NAME).cell_len == len(SHOWN)
    assert Text("a").append(NAME).append_text(Text("\x07")).plain == rf"a{SHOWN}\x07"
    assert Text("\x07").join([Text("a"), Text("b")]).plain == r"a\x07b"
    assert Text("日本\x1b").cell_len == 8


def test_stored_names_choices_and_tracebacks_are_shown_and_do_nothing(
    stored: str, run: Run, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    for words in (
        ["studies", stored, "--cells"],
        ["show", stored, "-s", NAME], ["show", stored, "-s", NAME, "--errors"],
        ["show", stored, "-s", f"no{NAME}"], ["report", stored, f"{report}c.md", "-s", "c"],
        ["report", stored, f"{report}c.html", "-s", "c"], ["report", stored, f"{report}s.md", "-s", NAME],
        ["report", stored, f"{report}s.html", "-s", NAME],
    ):  # fmt: skip
        said = run(*words)
        assert clean(said), words
        assert SHOWN[:8] in said, words
    assert MARKUP in run("studies", stored)
    for suffix in ("c.md", "c.html", "s.md", "s.html"):
        assert clean(Path(f"{report}{suffix}").read_text(encoding="utf-8"))


def test_tracebacks_keep_their_lines(stored: str, run: Run) -> None:
    said = run("show", stored, "-s", MARKUP, "--errors")
    assert f"second line of {MARKUP}" in [line.strip() for line in said.splitlines()]


def test_what_the_file_of_a_problem_raises_is_shown_with_its_traceback(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(f"raise ValueError({NAME!r})\n", encoding="utf-8")
    said = run("run", f"{file}:problem", "--n-trials", "1")
    assert said.startswith("Traceback")
    assert said.endswith(f"ValueError: {SHOWN}\n")
    assert f'"{file}", line 1' in said
    assert clean(said)


def test_letters_that_a_terminal_lacks_are_shown_as_escapes(
    stored: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", errors="strict"))
    tb.tune(hostile(), backend="optuna:random", n_trials=1, seed=0, storage=stored, study="naïf")
    run("studies", stored)
    sys.stdout.flush()
    assert rb"na\xefve"[:6] in written.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_names_and_does_nothing_else(terminal: bool) -> None:
    written = io.StringIO()
    view = Progress(Console(file=written, force_terminal=terminal, color_system=None, width=300))
    name = f"{NAME}\nforged"
    tb.tune(hostile(), backend="optuna:random", n_trials=2, seed=0, study=name, observers=[view])
    said = written.getvalue()
    assert not {"\x07", "\u202e", "\x00", "\x85"} & set(said)
    assert "\x1b[31m" not in said
    assert (rf"{SHOWN}\nforged" in said) == terminal


def test_a_translation_and_what_was_carried_can_be_printed() -> None:
    backends = ("optuna:tpe", "hyperopt:tpe", "sklearn:random")
    shown: list[Any] = [tb.explain(hostile().space, name) for name in backends]
    shown.append(tb.Carried(backend="a", exact=False, reason=NAME))
    for one in shown:
        assert clean(str(one))
        assert r"\x1b" in str(one)
