"""What stores promise that several processes write one study in."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from time import monotonic, sleep

import pytest

import tunebridge as tb
from tunebridge import Report, Sharing, StoredTrial, StoreError, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import (
    SPACE,
    assert_same,
    ended,
    held,
    make,
    stored_study,
    study,
    trial,
    write,
)

SHARE = """
import sys
from tunebridge.testing.store_sharing import share
share(*sys.argv[1:])
"""
"""Shares a study in another process."""

WAIT_SECONDS = 60.0
"""How long processes may take on a machine that does other things besides."""


class StoreSharing:
    """The promises of `Sharing`; `StoreContract` includes them."""

    def test_processes_that_share_a_study_give_out_each_number_once(self, url: str) -> None:
        """Run 90 trials in three processes, the first of which makes the study."""
        if not shares(url):
            return
        with sharers(url, 3, 90) as processes:
            said = [process.communicate("go\n", timeout=WAIT_SECONDS) for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0], said
        loaded = stored_study(url)
        assert [one.number for one in loaded.trials] == [*range(90)]
        assert {one.state for one in loaded.trials} == {TrialState.COMPLETE}
        assert all(one.reports == (Report(0, 0.5),) for one in loaded.trials)
        assert loaded.segments == ({"by": "the first"},)
        assert sum(int(out.split()[-1]) for out, _ in said) == 90

    def test_trials_of_killed_writers_are_taken_over_once_each(self, url: str) -> None:
        """Kill two that have a trial running each, and run the rest in a third."""
        if not shares(url):
            return
        with sharers(url, 2, 30, "hang") as hanging:
            for process in hanging:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
                assert process.stdout is not None
                assert process.stdout.readline() == "hangs\n"
            for process in hanging:
                process.send_signal(signal.SIGKILL)
                process.wait()
        with sharers(url, 1, 30) as (last,):
            said = last.communicate("go\n", timeout=WAIT_SECONDS)
        assert last.returncode == 0, said
        tries = Counter(one.number for one in stored_study(url).trials)
        ends = Counter(one.number for one in stored_study(url).trials if one.state is TrialState.COMPLETE)
        assert ends == dict.fromkeys(range(30), 1)
        assert sorted(tries.values()) == [1] * 28 + [2] * 2

    def test_joining_turns_and_news_give_what_sharing_says(self, url: str) -> None:
        """Join, look at the news, take a turn, and ask who is gone."""
        store = open_store(url)
        if not isinstance(store, Sharing):
            return
        with store.join("study") as writer:
            assert isinstance(writer, str), f"join() gives the id of the writer, a text, not {writer!r}"
            assert writer.isalnum(), f"the id of a writer is letters and digits, not {writer!r}"
            store.append(tb.StudyCreated(study("study"), SPACE))
            news = store.news()
            assert isinstance(news, Sequence), f"news() returns a list of attempts, not {news!r}"
        turn = store.turn()
        assert isinstance(turn, AbstractContextManager), f"turn() returns a context manager, not {turn!r}"
        with turn as news:
            assert isinstance(news, Sequence), f"turn() gives what news() returns, not {news!r}"
            gone = store.gone(())
            assert isinstance(gone, Set), f"gone() returns a set of ids, not {gone!r}"
        store.close()

    def test_each_writer_is_told_what_the_others_have_appended(self, url: str) -> None:
        """Begin, report and end in turns, and look after each."""
        one, other = open_store(url), open_store(url)
        if not isinstance(one, Sharing) or not isinstance(other, Sharing):
            return
        with one.join("study"):
            one.append(tb.StudyCreated(study("study"), SPACE))
            assert list(one.news()) == []
        begun = trial(0, TrialState.RUNNING)
        one.append(tb.TrialBegan(begun))
        with other.join("study"):
            _assert_news(other, begun)
        assert list(other.news()) == []
        one.append(tb.TrialReported(begun, Report(3, 0.5)))
        reported = replace(begun, reports=(Report(3, 0.5),))
        _assert_news(other, reported)
        second = trial(1, TrialState.RUNNING)
        with other.turn() as news:
            assert list(news) == []
            other.append(tb.TrialBegan(second))
        over = replace(ended(reported, TrialState.COMPLETE, (1.5,)), notes={"told": "so"})
        one.append(tb.TrialEnded(over))
        _assert_news(other, replace(over, notes={**begun.notes, **over.notes}), second)
        _assert_news(one, replace(over, notes={**begun.notes, **over.notes}), second)
        assert list(one.news()) == list(other.news()) == []
        one.append(tb.TrialBegan(third := trial(2, TrialState.RUNNING)))
        with other.turn() as news:
            assert_same(study("study", news), study("study", [third]))
            assert list(other.news()) == []
        one.close()
        other.close()

    def test_a_writer_is_gone_when_it_has_closed_and_not_before(self, url: str) -> None:
        """Ask for one that lives, one that has closed, and one that never was."""
        one, other = open_store(url), open_store(url)
        if not isinstance(one, Sharing) or not isinstance(other, Sharing):
            return
        with one.join("study") as first:
            one.append(tb.StudyCreated(study("study"), SPACE))
        with other.join("study") as second:
            assert first != second
            assert other.gone([first]) == set()
        one.close()
        assert _are_gone(other, {first, "0"})
        other.close()

    def test_a_study_is_shared_by_all_writers_or_has_one(self, url: str) -> None:
        """Claim what is shared, join what is claimed, and go on alone when the others have left."""
        one, alone = open_store(url), open_store(url)
        if not isinstance(one, Sharing):
            return
        with one.join("study"):
            one.append(tb.StudyCreated(study("study"), SPACE))
        with pytest.raises(StoreError) as caught:
            alone.claim("study")
        assert str(os.getpid()) in caught.value.message
        assert "join=True" in caught.value.hint
        one.close()
        alone.claim("study")
        late = open_store(url)
        assert isinstance(late, Sharing)
        with pytest.raises(StoreError) as caught, late.join("study"):
            pass
        assert "does not share it" in caught.value.message
        assert str(os.getpid()) in caught.value.message
        late.close()
        second = open_store(url)
        with pytest.raises(StoreError) as caught:
            second.claim("study")
        assert "join=True" in caught.value.hint
        second.close()
        alone.append(tb.SegmentBegan({}))
        alone.close()

    def test_one_writer_joins_after_another_was_killed_and_claims_count_on_no_dead(self, url: str) -> None:
        """Kill a writer of each kind."""
        if not shares(url):
            return
        with held(url, "study") as process:
            process.kill()
            process.wait()
        with sharers(url, 1, 30, "hang") as (hanging,):
            hanging.kill()
            hanging.wait()
        store = open_store(url)
        store.claim("study")
        store.close()
        joined = open_store(url)
        assert isinstance(joined, Sharing)
        with joined.join("study"):
            pass
        joined.close()

    def test_nothing_is_shared_without_joining(self, url: str) -> None:
        """Ask for a turn and for news with a claim, and after the store was closed."""
        store = open_store(url)
        if not isinstance(store, Sharing):
            return
        write(store, "study", [])
        for _ in range(2):
            with pytest.raises(StoreError), store.turn():
                pass
            with pytest.raises(StoreError):
                store.news()
            store.close()

    def test_a_turn_that_raises_is_over(self, url: str) -> None:
        """Raise in a turn what no store raises, and take the next."""
        make(url, "study")
        one, other = open_store(url), open_store(url)
        if not isinstance(one, Sharing) or not isinstance(other, Sharing):
            return
        for store in (one, other):
            with store.join("study"):
                pass
        with pytest.raises(KeyError, match="mine"), one.turn():
            raise KeyError("mine")
        with other.turn():
            other.append(tb.SegmentBegan({}))
        one.close()
        other.close()


def shares(url: str) -> bool:
    """Return whether a store can be shared."""
    store = open_store(url)
    store.close()
    return isinstance(store, Sharing)


@contextmanager
def sharers(url: str, n: int, n_trials: int, *how: str) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """Run processes that have joined a study, and wait for a line to run their part of its trials."""
    command = [sys.executable, "-c", SHARE, url, str(n_trials), *how]
    started: list[subprocess.Popen[str]] = []
    try:
        for _ in range(n):
            pipe = subprocess.PIPE
            started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "joined\n", process.stderr and process.stderr.read()
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def share(url: str, n_trials: str, how: str = "") -> None:
    """Run this process's part of the trials of a study, those of dead writers before others."""
    registry()
    store = open_store(url)
    assert isinstance(store, Sharing)
    with store.join("study") as writer:
        if store.load("study") is None:
            store.append(tb.StudyCreated(study("study"), SPACE))
            store.append(tb.SegmentBegan({"by": "the first"}))
    _say("joined")
    sys.stdin.readline()
    known: dict[tuple[int | None, int], StoredTrial] = {}
    n_mine = 0
    while (begun := _begin(store, writer, known, int(n_trials))) is not None:
        if how == "hang":
            _say("hangs")
            sys.stdin.readline()
        store.append(tb.TrialReported(begun, Report(0, 0.5)))
        over = replace(ended(begun, TrialState.COMPLETE, (1.0,)), notes={"told": "so"})
        store.append(tb.TrialEnded(over))
        n_mine += 1
    store.close()
    _say(str(n_mine))


def _begin(
    store: Sharing, writer: str, known: dict[tuple[int | None, int], StoredTrial], n_trials: int
) -> StoredTrial | None:
    """Begin the next trial in a turn; None if there are enough."""
    with store.turn() as news:
        known.update({one.key: one for one in news})
        running = {one.notes["writer"] for one in known.values() if not one.state.is_finished}
        dead = store.gone(running - {writer})
        known.update({one.key: one for one in store.news()})  # with what those have ended before
        lost = [one for one in known.values() if not one.state.is_finished and one.notes["writer"] in dead]
        numbers = {one.number for one in known.values()}
        if not lost and len(numbers) == n_trials:
            return None
        number, attempt = len(numbers), 0
        if lost:
            store.append(tb.TrialEnded(replace(ended(lost[0], TrialState.INTERRUPTED), notes={})))
            number, attempt = lost[0].number or 0, lost[0].attempt + 1
        begun = trial(number, TrialState.RUNNING, attempt=attempt)
        begun = replace(begun, notes={**begun.notes, "writer": writer})
        store.append(tb.TrialBegan(begun))
        return begun


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _are_gone(store: Sharing, writers: set[str]) -> bool:
    """Return whether writers are gone; a server is given time to notice that their connections are closed."""
    deadline = monotonic() + WAIT_SECONDS
    while monotonic() < deadline:
        with store.turn():
            if store.gone(writers) == writers:
                return True
        sleep(0.02)
    return False


def _assert_news(store: Sharing, *expected: StoredTrial) -> None:
    news = store.news()
    assert_same(study("study", news), study("study", expected))
