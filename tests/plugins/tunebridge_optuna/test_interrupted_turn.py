"""A process that waits for its turn can be interrupted."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry.store_url import store_spec


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_ctrl_c_while_a_turn_is_waited_for_is_an_interrupt(
    scheme: str, new_store: Callable[[str], str]
) -> None:
    url = new_store(scheme)
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, storage=url, study="study", join=True)
    stores: list[Any] = [store_spec(url).open(url) for _ in range(2)]
    for store in stores:
        with store.join("study"):
            pass
    one, other = stores
    with one.turn():
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt), other.turn():
            pass
    with one.turn() as news:
        assert list(news) == []
    for store in stores:
        store.close()
