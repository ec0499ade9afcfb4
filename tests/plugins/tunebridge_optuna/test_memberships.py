"""Writers of one study on a server: what their signs of life and their turns depend on."""

import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy

import tunebridge as tb
from tunebridge import Sharing, StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import SPACE, assert_same, study, trial

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


ISOLATE = "ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'"

FIRST_WRITER = {
    "postgresql": "SELECT pg_terminate_backend(min(pid)) FROM pg_locks WHERE locktype = 'advisory' AND "
    "database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "mysql": "SELECT CONCAT('KILL ', id) FROM information_schema.processlist "
    "WHERE db = database() AND id <> connection_id() ORDER BY id LIMIT 1",
}
"""Ends the session that shows that a writer is alive, or on MySQL finds how."""


def say(url: str, statement: str) -> object:
    """Say something to a server, on a connection of its own."""
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[url.partition(":")[0]]
    engine = sqlalchemy.create_engine(
        sqlalchemy.make_url(url).set(drivername=driver), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        found = connection.exec_driver_sql(statement)
        said = found.scalar() if found.returns_rows else None
    engine.dispose()
    return said


def two_who_share(url: str) -> tuple[Sharing, Sharing]:
    """Return two writers of one study, which the first has made."""
    one, other = open_store(url), open_store(url)
    assert isinstance(one, Sharing)
    assert isinstance(other, Sharing)
    with one.join("study"):
        one.append(tb.StudyCreated(study("study"), SPACE))
    with other.join("study"):
        pass
    return one, other


def test_who_has_waited_for_a_turn_is_told_what_began_meanwhile_however_the_server_isolates_transactions(
    new_store: Callable[[str], str],
) -> None:
    url = new_store("postgresql")
    say(url, ISOLATE.format(sqlalchemy.make_url(url).database))
    one, other = two_who_share(url)
    told: list[tb.StoredTrial] = []

    def take_a_turn() -> None:
        with other.turn() as news:
            told.extend(news)

    waiting, begun = threading.Thread(target=take_a_turn), trial(0, TrialState.RUNNING)
    with one.turn():
        waiting.start()
        time.sleep(0.3)
        one.append(tb.TrialBegan(begun))
    waiting.join()
    assert_same(study("study", told), study("study", [begun]))
    one.close()
    other.close()


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_who_was_taken_for_dead_has_no_turn_and_keeps_nobody_from_theirs(
    store: str, new_store: Callable[[str], str]
) -> None:
    url = new_store(store)
    dead, other = open_store(url), open_store(url)
    assert isinstance(dead, Sharing)
    assert isinstance(other, Sharing)
    with dead.join("study") as writer:
        dead.append(tb.StudyCreated(study("study"), SPACE))
    how = say(url, FIRST_WRITER[store])
    if store == "mysql":
        say(url, str(how))
    with pytest.raises(StoreError, match="cannot be read"), dead.turn():
        raise AssertionError("it has a turn")
    with other.join("study"):
        assert other.gone([writer]) == {writer}
    dead.close()
    other.close()


def test_a_turn_is_over_as_soon_as_a_trial_runs_and_when_none_could_begin(
    new_store: Callable[[str], str],
) -> None:
    url = new_store("postgresql")
    one, other = two_who_share(url)
    begun = trial(0, TrialState.RUNNING)
    with one.turn():
        one.append(tb.TrialBegan(begun))
        with other.turn() as news:
            assert_same(study("study", news), study("study", [begun]))
    say(url, "ALTER TABLE trials ADD CONSTRAINT few CHECK (number < 1) NOT VALID")
    with pytest.raises(StoreError, match="few"), one.turn():
        one.append(tb.TrialBegan(trial(1, TrialState.RUNNING)))
    with other.turn() as news:
        assert list(news) == []
    say(url, "ALTER TABLE trials DROP CONSTRAINT few")
    with one.turn():
        one.append(tb.TrialBegan(trial(1, TrialState.RUNNING)))
    assert len(list(other.news())) == 1
    one.close()
    other.close()
