"""The suites see what plugins leave behind, or change for the whole process: each is broken in one way."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing import (
    RANDOM,
    BackendContract,
    ExecutorContract,
    PrunerContract,
    StoreContract,
    leftovers,
)
from tunebridge.testing.example_spaces import shapes
from tunebridge.testing.executor_studies import strict_pruner

Spoil = Callable[["Remains"], object]


class Remains:
    """What a broken plugin has left, to be cleared by the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.end = threading.Event()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.files: list[Any] = []
        self.n = 0

    def thread(self) -> None:
        threading.Thread(target=self.end.wait, name="left", daemon=True).start()

    def process(self) -> None:
        self.processes.append(subprocess.Popen(["sleep", "60"]))

    def open_file(self) -> None:
        self.files.append(Path(os.devnull).open())  # noqa: SIM115 - left open

    def clear(self) -> None:
        self.end.set()
        for process in self.processes:
            process.kill()
            process.wait()
        for file in self.files:
            file.close()


SPOILS: dict[str, Spoil] = {
    "left behind: {'threads': ['left']}": Remains.thread,
    "left behind: {'child processes'": Remains.process,
    "left behind: {'open files': 1}": Remains.open_file,
    "left behind: {'temporary files'": lambda remains: tempfile.mkdtemp(),
    "random's global generator": lambda remains: random.random(),
    "random's global generator ": lambda remains: random.seed(0),
    "numpy's global generator": lambda remains: np.random.uniform(),  # noqa: NPY002 - the fault
    "numpy's global generator ": lambda remains: np.random.seed(0),  # noqa: NPY002 - the fault
    "torch's global generator": lambda remains: torch.rand(1),
    "torch's global generator ": lambda remains: torch.manual_seed(0),
    "the environment": lambda remains: os.environ.update(TUNEBRIDGE_LEFT=os.urandom(8).hex()),
    "the working directory": lambda remains: os.chdir(tempfile.mkdtemp(dir=remains.folder)),
    "the handlers of signals": lambda remains: signal.signal(signal.SIGTERM, lambda *_: None),
}
"""What a plugin does that it is not to do, by what the suite says of it."""

THREAD = r"left behind: \{'threads': \['left'\]"


@pytest.fixture
def remains(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remains]:
    """Give a broken plugin room, and clear it in the end."""
    monkeypatch.setattr(leftovers, "SETTLING_SECONDS", 0.1)
    monkeypatch.setenv("TUNEBRIDGE_LEFT", "")
    monkeypatch.chdir(os.getcwd())
    handler = signal.getsignal(signal.SIGTERM)
    remains = Remains(tmp_path_factory.mktemp("remains"))
    yield remains
    signal.signal(signal.SIGTERM, handler)
    remains.clear()


def broken_backend(spoil: Callable[[], object]) -> tb.Backend:
    def start(request: tb.OpenRequest) -> tb.Session:
        spoil()
        return RANDOM.spec.open(request)

    return tb.Backend(replace(RANDOM.spec, open=start), {})


@pytest.mark.parametrize("words", SPOILS)
def test_a_backend_that_leaves_something_or_changes_what_others_share_fails(
    words: str, remains: Remains, tmp_path: Path
) -> None:
    broken = broken_backend(lambda: SPOILS[words](remains))
    before = random.getstate(), torch.get_rng_state().tolist()
    with pytest.raises(AssertionError) as caught:
        check_backend(broken, tmp_path)
    assert words.strip() in str(caught.value)
    assert (random.getstate(), torch.get_rng_state().tolist()) == before or "global generator" in words


def check_backend(backend: tb.Backend, folder: Path) -> None:
    BackendContract().test_sessions_leave_nothing_behind_and_change_nothing_that_others_share(
        backend, shapes(backend)[:1], folder
    )


def test_what_is_kept_once_for_all_sessions_is_no_fault(remains: Remains, tmp_path: Path) -> None:
    def once() -> None:
        remains.n += 1
        if remains.n == 1:
            remains.thread()
            remains.open_file()

    check_backend(broken_backend(once), tmp_path)


def test_a_pruner_that_leaves_a_thread_fails(remains: Remains, tmp_path: Path) -> None:
    honest = strict_pruner()

    def start(request: tb.PrunerRequest) -> tb.Pruner:
        remains.thread()
        return honest.spec.open(request)

    contract = PrunerContract()
    check = contract.test_studies_leave_nothing_behind_and_change_nothing_that_others_share
    check(honest, RANDOM, tmp_path)
    with pytest.raises(AssertionError, match=THREAD):
        check(tb.ChosenPruner(replace(honest.spec, open=start), {}), RANDOM, tmp_path)


def test_a_store_that_leaves_a_thread_fails(
    remains: Remains, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stores: list[MemoryStore] = []

    def start(url: str) -> tb.Store:
        remains.thread()
        stores.append(MemoryStore())
        return stores[-1]

    spec = tb.StoreSpec(name="broken", summary="leaves a thread", open=start, example="broken:here")
    monkeypatch.setitem(registry().stores, "broken", spec)
    check = StoreContract().test_after_its_close_nothing_is_left_and_nothing_that_others_share_has_changed
    with pytest.raises(AssertionError, match=THREAD):
        check("broken:here", tmp_path_factory)
    assert len(stores) == 2


def test_an_executor_that_leaves_a_thread_fails(
    remains: Remains, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    honest = tb.executor("inline")

    def start(request: tb.ExecutorRequest) -> tb.Executor:
        remains.thread()
        return honest.spec.open(request)

    check = ExecutorContract().test_nothing_is_left_of_a_study_that_has_ended
    check(honest, "n_trials", tmp_path, monkeypatch)
    with pytest.raises(AssertionError, match=THREAD):
        check(tb.ChosenExecutor(replace(honest.spec, open=start), {}), "n_trials", tmp_path, monkeypatch)


def test_watching_imports_no_library() -> None:
    script = "import sys, tunebridge.testing; assert not {'torch', 'optuna', 'sklearn'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", script], check=True)
