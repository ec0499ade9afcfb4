"""What every store promises, as tests: what was appended is loaded, by one writer at a time, whoever dies."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import math
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ClassVar

import pytest

import tunebridge as tb
from tunebridge import Report, Store, StoreError, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store
from tunebridge.testing.leftovers import nothing_left
from tunebridge.testing.store_damage import StoreDamage
from tunebridge.testing.store_events import (
    FLOATS,
    NAMES,
    SPACE,
    append,
    assert_same,
    ended,
    held,
    make,
    racers,
    scheme,
    study,
    trial,
    trials_of_all_states,
    write,
)
from tunebridge.testing.store_groups import StoreGroups
from tunebridge.testing.store_growing import StoreGrowing
from tunebridge.testing.store_removal import StoreRemoval
from tunebridge.testing.store_sessions import StoreSessions
from tunebridge.testing.store_sharing import StoreSharing
from tunebridge.testing.store_upgrades import StoreUpgrades

Open = Callable[[], Store]


class StoreContract(
    StoreDamage, StoreGrowing, StoreGroups, StoreRemoval, StoreSessions, StoreSharing, StoreUpgrades
):
    """The promises of one store.

    Subclass it in a test module and override the fixture `url`.
    """

    n_notes: ClassVar[int] = 100_000
    """Characters of the longest note: a traceback, or a large space."""

    @pytest.fixture
    def url(self) -> str:
        """Return the URL of a store that holds nothing. Override this."""
        raise NotImplementedError("override the fixture `url` of StoreContract")

    @pytest.fixture
    def opened(self, url: str) -> Iterator[Open]:
        """Return a function that opens the store once more; all are closed in the end."""
        stores: list[Store] = []

        def open_again() -> Store:
            stores.append(open_store(url))
            return stores[-1]

        yield open_again
        for store in stores:
            store.close()

    def test_its_spec_is_complete(self, url: str) -> None:
        """Look it up by the scheme of its URLs, and read what the command line shows."""
        spec = registry().stores[scheme(url)]
        assert spec.name == scheme(url) == scheme(spec.example)
        assert spec.summary.strip() == spec.summary != ""

    def test_a_new_store_is_empty(self, opened: Open) -> None:
        """Load a study that nobody has made."""
        store = opened()
        assert store.studies() == []
        assert store.load("unknown") is None

    def test_what_was_appended_is_loaded(self, opened: Open) -> None:
        """End trials in every state, and import some."""
        written = write(opened(), "study", trials_of_all_states())
        assert_same(opened().load("study"), written)

    @pytest.mark.parametrize("directions", [("maximize",), ("minimize", "maximize", "minimize")])
    def test_directions_and_their_values_are_kept(self, opened: Open, directions: Sequence[str]) -> None:
        """Return one value per direction."""
        values = tuple(float(place) - 0.5 for place in range(len(directions)))
        trials = [trial(0, TrialState.COMPLETE, values=values), trial(1, TrialState.FAILED)]
        written = write(opened(), "study", trials, directions)
        assert_same(opened().load("study"), written)

    def test_numbers_are_kept_bit_by_bit(self, opened: Open) -> None:
        """Take each number as a param, a value and a report."""
        reports = tuple(Report(step, value) for step, value in enumerate(FLOATS))
        trials = [
            trial(number, TrialState.COMPLETE, values=(value,), reports=reports, z=value)
            for number, value in enumerate(FLOATS)
        ]
        trials += [trial(20, TrialState.COMPLETE, values=(1.0,), big=2**53)]
        trials += [trial(None, TrialState.PRUNED, attempt=0, reports=reports, z=-0.0)]
        written = write(opened(), "study", trials)
        assert_same(opened().load("study"), written)

    def test_steps_may_be_large(self, opened: Open) -> None:
        """Report at the number of samples seen."""
        reports = (Report(0, 1.0), Report(2**31, 0.5), Report(2**40, 0.25))
        written = write(opened(), "study", [trial(0, TrialState.PRUNED, reports=reports)])
        assert_same(opened().load("study"), written)

    def test_reports_keep_the_order_in_which_they_were_told(self, opened: Open) -> None:
        """Report in no order of the steps, and go on doing so in another process's place."""
        steps = (4, 0, 2**31 + 1, 9, 2, 2**31, 7, 5)
        reports = tuple(Report(step, -0.0 if step == 2 else step / 3) for step in steps)
        ends = {TrialState.PRUNED: None, TrialState.COMPLETE: (1.0,), TrialState.RUNNING: None}
        trials = [
            trial(number, state, values=ends[state], reports=reports) for number, state in enumerate(ends)
        ]
        trials.append(trial(None, TrialState.FAILED, reports=reports))
        writer = opened()
        written = write(writer, "study", trials)
        assert_same(opened().load("study"), written)
        writer.close()
        again, more = opened(), Report(1, 0.5)
        again.claim("study")
        again.append(tb.TrialReported(trials[2], more))
        loaded = again.load("study")
        assert loaded is not None
        assert loaded.trials[2].reports == (*reports, more)

    def test_names_are_kept(self, opened: Open) -> None:
        """Name studies in any language."""
        written = [
            write(opened(), name, [trial(number, TrialState.COMPLETE, values=(1.0,))])
            for number, name in enumerate(NAMES)
        ]
        reader = opened()
        assert reader.studies() == list(NAMES)
        for one in written:
            assert_same(reader.load(one.name), one)

    def test_notes_may_be_long_and_of_any_form(self, opened: Open) -> None:
        """Note what is long, deep, and full of what JSON has to escape."""
        notes = {
            "long": 'line "one"\n\\ä🎈\0' * (self.n_notes // 16),
            "deep": {"a": [1, 2.5, None, True, {"b": [-0.0, 5e-324, 2**70]}]},
            "no number": [math.nan, math.inf, -math.inf],
            "": "an empty key",
        }
        trials = [replace(trial(0, TrialState.FAILED), notes=notes), trial(1, TrialState.RUNNING)]
        store = opened()
        written = write(store, "study", trials, notes=notes, segments=[notes, {"short": 1}, notes])
        assert_same(opened().load("study"), written)

    def test_a_reader_sees_what_a_writer_has_appended(self, opened: Open) -> None:
        """Load after each event, in a store that was open before."""
        reader, writer = opened(), opened()
        assert reader.load("study") is None
        writer.claim("study")
        begun = trial(0, TrialState.RUNNING)
        writer.append(tb.StudyCreated(study("study"), SPACE))
        assert_same(reader.load("study"), study("study"))
        writer.append(tb.TrialBegan(begun))
        assert_same(reader.load("study"), study("study", [begun]))
        writer.append(tb.TrialReported(begun, Report(3, 0.5)))
        assert_same(reader.load("study"), study("study", [replace(begun, reports=(Report(3, 0.5),))]))
        assert reader.studies() == ["study"]

    def test_attempts_at_one_number_are_told_apart_and_the_order_is_kept(self, opened: Open) -> None:
        """Interrupt a trial twice, with others between."""
        trials = [
            trial(1, TrialState.INTERRUPTED, attempt=0, reports=(Report(0, 1.0),)),
            trial(0, TrialState.COMPLETE, values=(1.0,)),
            trial(1, TrialState.INTERRUPTED, attempt=1),
            trial(1, TrialState.COMPLETE, attempt=2, values=(2.0,)),
        ]
        written = write(opened(), "study", trials)
        loaded = opened().load("study")
        assert_same(loaded, written)
        assert loaded is not None
        assert [one.key for one in loaded.trials] == [(1, 0), (0, 0), (1, 1), (1, 2)]

    def test_trials_may_overlap_and_report_from_another_thread(self, opened: Open) -> None:
        """Begin four trials, report in turns, and end them in reverse."""
        store = opened()
        write(store, "study", [])
        begun = [trial(number, TrialState.RUNNING) for number in range(4)]
        for one in begun:
            store.append(tb.TrialBegan(one))

        def report() -> None:
            for step in range(3):
                for one in begun:
                    store.append(tb.TrialReported(one, Report(step, float(step))))

        thread = threading.Thread(target=report)
        thread.start()
        thread.join()
        reports = tuple(Report(step, float(step)) for step in range(3))
        pruned = [replace(ended(one, TrialState.PRUNED), reports=reports) for one in begun]
        for one in reversed(pruned):
            store.append(tb.TrialEnded(replace(one, notes={})))
        assert_same(opened().load("study"), study("study", pruned))

    def test_a_study_goes_on_in_another_store(self, opened: Open) -> None:
        """End in a second session what a first one has begun."""
        first = opened()
        reports = (Report(0, 1.0), Report(1, 0.5))
        running = [
            trial(0, TrialState.RUNNING, reports=reports[:1], z=50.0),
            trial(1, TrialState.RUNNING, reports=reports[:1]),
        ]
        write(first, "study", running, segments=[{"backend": "a"}])
        first.close()
        second = opened()
        loaded = second.load("study")
        second.claim("study")
        assert loaded is not None
        lost = replace(ended(running[0], TrialState.INTERRUPTED), notes={"told": "not told"})
        second.append(tb.TrialEnded(lost))
        second.append(tb.SegmentBegan({"backend": "b"}))
        second.append(tb.TrialReported(loaded.trials[1], reports[1]))
        second.append(tb.TrialEnded(replace(ended(running[1], TrialState.PRUNED), reports=reports, notes={})))
        new = [trial(0, TrialState.COMPLETE, attempt=1, values=(1.0,), z=-60.0)]
        append(second, new)
        expected = [
            replace(lost, notes={**running[0].notes, **lost.notes}),
            replace(ended(running[1], TrialState.PRUNED), reports=reports),
            *new,
        ]
        assert_same(
            opened().load("study"), study("study", expected, segments=[{"backend": "a"}, {"backend": "b"}])
        )

    def test_a_second_writer_is_refused_by_the_name_of_the_first(self, opened: Open) -> None:
        """Claim twice in one process, then close and claim again."""
        first, second = opened(), opened()
        write(first, "study", [trial(0, TrialState.COMPLETE, values=(1.0,))])
        before = opened().load("study")
        with pytest.raises(StoreError) as caught:
            second.claim("study")
        assert {str(os.getpid()), platform.node()} <= set(caught.value.message.replace(",", " ").split())
        with pytest.raises(StoreError):
            second.append(tb.SegmentBegan({}))
        assert_same(second.load("study"), before)
        first.close()
        second.claim("study")
        second.append(tb.SegmentBegan({}))

    def test_studies_in_one_store_have_writers_of_their_own(self, opened: Open) -> None:
        """Write to two studies in turns; names that differ little are two."""
        stores = {name: opened() for name in ("study", "study@2")}
        for name, store in stores.items():
            write(store, name, [])
        expected = []
        for number in range(3):
            expected.append(trial(number, TrialState.COMPLETE, values=(1.0,)))
            for store in stores.values():
                append(store, expected[-1:])
        for name in stores:
            assert_same(opened().load(name), study(name, expected))
        assert opened().studies() == list(stores)

    def test_the_death_of_a_writer_frees_the_study_and_loses_nothing(self, url: str, opened: Open) -> None:
        """Kill a process that writes, and go on."""
        with held(url, "study") as process:
            store = opened()
            with pytest.raises(StoreError) as caught:
                store.claim("study")
            assert str(process.pid) in caught.value.message
            before = store.load("study")
            process.kill()
            process.wait()
        fresh = opened()
        fresh.claim("study")
        running = trial(0, TrialState.RUNNING, reports=(Report(0, 1.0), Report(1, 1 / 3)))
        assert_same(fresh.load("study"), study("study", [running]))
        assert_same(before, study("study", [running]))
        fresh.append(tb.TrialEnded(replace(ended(running, TrialState.INTERRUPTED), notes={})))

    def test_processes_that_make_a_store_at_one_instant_all_succeed(self, url: str, opened: Open) -> None:
        """Make three studies in three processes, beside a reader."""
        names = [f"study {number}" for number in range(3)]
        reader = opened()
        with racers(url, names) as processes:
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            while any(process.poll() is None for process in processes):
                assert set(reader.studies()) <= set(names)
                time.sleep(0.05)
            said = [process.communicate()[1] for process in processes]
            assert [process.returncode for process in processes] == [0] * 3, said
        assert sorted(reader.studies()) == names
        for name in names:
            loaded = reader.load(name)
            assert loaded is not None
            assert [one.number for one in loaded.trials] == [0, 1, 2]

    def test_threads_that_make_a_store_at_one_instant_all_succeed(self, url: str, opened: Open) -> None:
        """Make four studies in four threads, beside a reader."""
        names, reader = [f"study {number}" for number in range(4)], opened()
        with ThreadPoolExecutor(4) as pool:
            made = [pool.submit(make, url, name) for name in names]
            while not all(one.done() for one in made):
                assert set(reader.studies()) <= set(names)
                time.sleep(0.01)
        for name, written in zip(names, made, strict=True):
            assert_same(reader.load(name), written.result())

    def test_looking_makes_nothing(self, url: str, opened: Open) -> None:
        """Read a store that is not there."""
        spec = registry().stores[scheme(url)]
        before = spec.exists(url)
        store = opened()
        assert store.studies() == []
        assert store.load("study") is None
        store.close()
        assert spec.exists(url) == before

    def test_a_claim_alone_makes_no_study(self, opened: Open) -> None:
        """Claim what is not there, and let it be."""
        store = opened()
        store.claim("study")
        assert store.load("study") is None
        store.close()
        assert opened().studies() == []

    def test_nothing_is_written_without_a_claim(self, opened: Open) -> None:
        """Append to a store that was only opened, and to one that was closed."""
        store = opened()
        event = tb.StudyCreated(study("study"), SPACE)
        with pytest.raises(StoreError):
            store.append(event)
        store.claim("study")
        store.close()
        with pytest.raises(StoreError):
            store.append(event)
        assert opened().studies() == []

    def test_after_its_close_nothing_is_left_and_nothing_that_others_share_has_changed(
        self, url: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Write and load a second study; `tunebridge.testing.leftovers` says what is exempt."""

        def use(name: str) -> None:
            store = open_store(url)
            write(store, name, trials_of_all_states())
            assert store.load(name) is not None
            store.close()

        use("first")
        with nothing_left(tmp_path_factory.mktemp("temporary")):
            use("second")

    def test_closing_twice_does_nothing(self, opened: Open) -> None:
        """Close with and without a claim."""
        for claims in (False, True):
            store = opened()
            if claims:
                store.claim("study")
            store.close()
            store.close()
