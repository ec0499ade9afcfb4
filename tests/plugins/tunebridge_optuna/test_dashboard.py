"""`tunebridge dashboard` over a hyperopt study, seen in a real browser."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tunebridge as tb

if TYPE_CHECKING:
    from tests.conftest import Browser

SECONDS = 90.0
"""How long a server may take on a machine that does other things besides."""


def train(trial: tb.Trial) -> float:
    """Depend on the rate most, on the width a little; fail twice."""
    if trial.number in (5, 17):
        raise RuntimeError("no luck")
    return float((trial["rate"] - 0.3) ** 2 + 0.01 * trial["width"] + 0.05 * (trial["kind"] == "flat"))


PROBLEM = tb.Problem(
    train, tb.Space(rate=tb.Float(0.0, 1.0), width=tb.Int(1, 9), kind=tb.Categorical(["deep", "flat"]))
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, tb.Result]:
    """Return the URL of a store with a study of 40 trials that hyperopt proposed, and its result."""
    url = f"sqlite:///{tmp_path_factory.mktemp('stored')}/tune.db"
    return url, tb.tune(PROBLEM, backend="hyperopt:tpe", n_trials=40, seed=0, storage=url, study="svm")


@pytest.fixture(scope="module")
def address(stored: tuple[str, tb.Result], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return where `tunebridge dashboard` shows the store; at the end Ctrl-C stops it without noise."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    line = [sys.executable, "-m", "tunebridge.cli", "dashboard", stored[0], "--port", str(port)]
    with (tmp_path_factory.mktemp("said") / "noise").open("w+") as noise:
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=noise, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"dashboard at http://127.0.0.1:{port}/ until Ctrl-C\n"
            wait_for_port(port)
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=SECONDS) == 0
        finally:
            process.kill()
            process.communicate()
        noise.seek(0)
        assert "Traceback" not in noise.read()


def wait_for_port(port: int) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < end, "the dashboard does not listen"
            time.sleep(0.1)


DRAWN = "document.querySelectorAll('#{plot} {mark} .point').length === {count}"
IMPORTANCES = """(() => {
    const {y, x} = document.querySelector('#graph-hyperparameter-importances').data[0];
    return Object.fromEntries(y.map((name, place) => [name, x[place]]));
})()"""
TABLE = """Array.from(document.querySelectorAll('table tr')).map(
    row => Array.from(row.cells).slice(0, 6).map(cell => cell.innerText.split('\\n')[0].trim())
)"""


def test_a_hyperopt_study_has_its_history_and_importances(
    browser: Browser, address: str, stored: tuple[str, tb.Result], tmp_path: Path
) -> None:
    browser.open(f"{address}/dashboard/studies/1")
    browser.wait(DRAWN.format(plot="plot-history", mark=".scatterlayer", count=38))
    browser.wait(DRAWN.format(plot="graph-hyperparameter-importances", mark=".barlayer", count=3))
    browser.wait(DRAWN.format(plot="graph-timeline", mark=".barlayer", count=40))
    browser.screenshot(tmp_path / "study.png")
    traces = browser.evaluate("document.querySelector('#plot-history').data.map(trace => trace.y)")
    assert [trial.value for trial in stored[1].complete_trials] in traces
    importances = browser.evaluate(IMPORTANCES)
    assert importances.keys() == {"rate", "width", "kind"}
    assert sum(importances.values()) == pytest.approx(1)
    assert max(importances, key=importances.__getitem__) == "rate"
    assert f"Best Trial (number={stored[1].best_trial.number})" in browser.evaluate("document.body.innerText")
    assert browser.errors == []


def test_a_hyperopt_study_has_its_table_of_trials(
    browser: Browser, address: str, stored: tuple[str, tb.Result], tmp_path: Path
) -> None:
    browser.open(f"{address}/dashboard/studies/1/smartSelection")
    browser.wait(f"{TABLE}.length === 41")
    browser.screenshot(tmp_path / "table.png")
    head, *rows = browser.evaluate(TABLE)
    assert head == ["Number", "State", "Value", "Param kind", "Param rate", "Param width"]
    assert len(rows) == 40
    for row, trial in zip(rows, stored[1].trials, strict=True):
        number, state, value, kind, rate, width = row
        assert (int(number), kind, int(width)) == (
            trial.number,
            repr(trial.params["kind"]),
            trial.params["width"],
        )
        assert float(rate) == trial.params["rate"]
        assert state == {"COMPLETE": "Complete", "FAILED": "Fail"}[trial.state.name]
        assert (float(value) if value else None) == trial.value
    assert browser.errors == []


def test_the_errors_of_a_page_would_be_seen(browser: Browser) -> None:
    browser.open("data:text/html,<script>console.error(1); missing()</script>")
    assert len(browser.errors) == 2
