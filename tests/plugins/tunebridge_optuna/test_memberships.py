"""Writers of one study on a server: what their signs of life depend on."""

import threading
import time
from collections.abc import Callable

import pytest

import tunebridge as tb
from tunebridge import Sharing
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import SPACE, study

SILENCE = 2.0


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_who_waits_for_a_turn_longer_than_it_may_be_silent_is_alive(
    store: str, new_store: Callable[[str], str]
) -> None:
    url = new_store(store)
    one, other = open_store(url), open_store(url)
    assert isinstance(one, Sharing)
    assert isinstance(other, Sharing)
    with one.join("study"):
        one.append(tb.StudyCreated(study("study"), SPACE))
    with other.join("study", silence=SILENCE) as writer:
        pass

    def take_a_turn() -> None:
        with other.turn():
            other.append(tb.SegmentBegan({}))

    waiting = threading.Thread(target=take_a_turn)
    with one.turn():
        waiting.start()
        time.sleep(1.7 * SILENCE)
        assert one.gone([writer]) == set()
    waiting.join()
    loaded = one.load("study")
    assert loaded is not None
    assert loaded.segments == ({},)
    one.close()
    other.close()
