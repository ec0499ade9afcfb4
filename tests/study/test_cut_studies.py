"""Studies in a fixed order, side by side, that are cut short at each of their events, and go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.study.walking import SPACE, Walk, course
from tunebridge.contract.events import Event, StudyCreated
from tunebridge.stores.memory import MemoryStore

HALVING: dict[str, Any] = {"min_resource": 1, "reduction_factor": 2}


class CutError(BaseException):
    """The study's process is no more."""


class CutStore(MemoryStore):
    """Keeps so many events, as a process does that is killed before the next one.

    Args:
        n_events: How many it keeps; negative for all.
    """

    def __init__(self, n_events: int = -1) -> None:
        super().__init__()
        self.n_left = n_events

    def append(self, event: Event) -> None:
        if self.n_left == 0:
            raise CutError
        self.n_left -= 1
        super().append(event)


def tune(folder: Path, store: MemoryStore, objective: Any, **settings: Any) -> tb.Result:
    settings = {
        "backend": "optuna:tpe",
        "n_trials": 7,
        "seed": 2,
        "n_jobs": 2,
        "executor": "threads",
        "deterministic": True,
        **settings,
    }
    return tb.tune(tb.Problem(objective, SPACE), storage=store, study="cut", checkpoints=folder, **settings)


def cut(folder: Path, n_events: int, objective: Any, **settings: Any) -> CutStore:
    """Return the store of a study that was cut short after so many events."""
    store = CutStore(n_events)
    with pytest.raises(CutError):
        tune(folder, store, objective, **settings)
    store.n_left = -1
    store.close()
    return store


KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "paused": (Walk(n_steps=6), {"pruner": tb.pruner("asha", resume=True, **HALVING)}),
    "pausedsparse": (Walk(n_steps=9, every=2), {"pruner": tb.pruner("asha", resume=True, **HALVING)}),
    "pruned": (Walk(n_steps=6), {"pruner": tb.pruner("asha", **HALVING)}),
    "median": (Walk(n_steps=6), {"pruner": tb.pruner("median", n_startup_trials=2)}),
    "prunednock": (Walk(n_steps=6, every=0), {"pruner": tb.pruner("asha", **HALVING)}),
    "plain": (Walk(n_steps=3, every=0), {}),
}

if __name__ == "__main__":
    import sys, tempfile, time
    import tunebridge.study.shelf
    tunebridge.study.shelf.sync = lambda path: None
    N = int(sys.argv[3]); S = int(sys.argv[4]); J = int(sys.argv[5])
    objective, settings = KINDS[sys.argv[1]]; settings = {**settings, 'n_trials': N, 'seed': S, 'n_jobs': J}
    stride = int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        t=time.time()
        store = CutStore()
        whole = course(tune(Path(name)/"whole", store, objective, **settings))
        n = -1 - store.n_left
        print(n, time.time()-t, [(one[0], one[1], len(one[4])) for one in whole])
        t=time.time()
        bad=[]
        for k in range(2, n, stride):
            store = cut(Path(name)/str(k), k, objective, **settings)
            got = course(tune(Path(name)/str(k), store, objective, **settings))
            if got != whole: bad.append(k)
        print(time.time()-t, bad)
