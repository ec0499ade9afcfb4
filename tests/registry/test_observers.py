"""Observers are told what happens, in order; one that raises is reported once and dropped."""

import dataclasses
import inspect
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, ClassVar

import pluggy
import pytest

import tunebridge as tb
from tests.population.training import copies
from tests.population.training import tune as populate
from tunebridge.registry import hookspecs, plugins

SPECS = {name: value for name, value in vars(hookspecs).items() if name.startswith("tunebridge_")}
COPIED, HEARD = "tunebridge_trial_copied", "tunebridge_trial_heard"
OBSERVING = [name for name in SPECS if not name.startswith("tunebridge_register_")]
ARGUMENTS = {name: next(iter(inspect.signature(spec).parameters)) for name, spec in SPECS.items()}


def objective(trial: tb.Trial) -> Any:
    """Report once, so that every hook has its turn."""
    yield trial["x"]


PROBLEM = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))


class Recorder:
    """Implements every observing hook, and keeps what it was told."""

    def __init__(self, raise_at: str = "", error: type[BaseException] = RuntimeError) -> None:
        self.seen: list[tuple[str, Any]] = []
        self.raise_at = raise_at
        self.error = error

    def note(self, hook: str, argument: Any) -> None:
        self.seen.append((hook.removeprefix("tunebridge_"), argument))
        if hook == self.raise_at:
            raise self.error("from the observer")

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]

    @tb.hookimpl
    def tunebridge_study_started(self, study: tb.Study) -> None:
        self.note("tunebridge_study_started", study)

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: tb.Trial) -> None:
        self.note("tunebridge_trial_started", trial)

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
        self.note("tunebridge_trial_reported", trial)

    @tb.hookimpl
    def tunebridge_trial_copied(self, trial: tb.Trial, copied: tb.Copy) -> None:
        self.note("tunebridge_trial_copied", trial)

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        self.note("tunebridge_trial_finished", trial)

    @tb.hookimpl
    def tunebridge_trial_heard(self, trial: tb.TrialRecord) -> None:
        self.note("tunebridge_trial_heard", trial)

    @tb.hookimpl
    def tunebridge_study_finished(self, study: tb.Study) -> None:
        self.note("tunebridge_study_finished", study)


def tune(problem: tb.Problem = PROBLEM, **settings: Any) -> tb.Result:
    """Run a study of two trials."""
    settings = {"backend": "sklearn:random", "n_trials": 2, "seed": 0, **settings}
    return tb.tune(problem, **settings)


def share(observers: Sequence[object] = ()) -> list[tb.TrialRecord]:
    """Run a study of four trials in turns, as two processes would that share it; one of them is observed.

    Returns the trials of the other one: two of them ended before it joined, and one was begun.
    """
    with TemporaryDirectory() as folder, ExitStack() as last:
        where: dict[str, Any] = {"storage": f"journal:///{folder}/j.log", "study": "s", "join": True}
        where |= {"backend": "optuna:random", "n_trials": 4, "seed": 0}
        other = last.enter_context(tb.open_study(PROBLEM, **where))
        first, second = other.ask(), other.ask()
        assert first is not None
        assert second is not None
        told = [other.tell(first, 1.0)]
        observed = last.enter_context(tb.open_study(PROBLEM, observers=observers, **where))
        told.append(other.tell(second, 2.0))
        while (trial := observed.ask()) is not None:
            observed.tell(trial, 0.5)
        assert observed.result.stop_reason == "n_trials"
        return told


def test_that_another_process_has_ended_a_trial_is_heard_once_and_not_told_as_the_end_of_an_own_one() -> None:
    recorder = Recorder()
    _, second = share(observers=[recorder])
    assert recorder.names == [
        *("study_started", "trial_heard"),
        *(2 * ["trial_started", "trial_finished"]),
        "study_finished",
    ]
    (heard,) = [argument for name, argument in recorder.seen if name == "trial_heard"]
    assert (heard.number, heard.value, heard.state) == (second.number, 2.0, tb.TrialState.COMPLETE)


ONE_TRIAL = ["trial_started", "trial_reported", "trial_finished"]
TWO_TRIALS = ["study_started", *ONE_TRIAL, *ONE_TRIAL, "study_finished"]


def test_a_report_is_told_as_it_was_made() -> None:
    told: list[tuple[float, int, float]] = []

    class Listener:
        @tb.hookimpl
        def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
            told.append((trial["x"], report.step, report.value))

    result = tune(observers=[Listener()])
    assert told == [(trial.params["x"], 0, trial.value) for trial in result.trials]


def test_hooks_come_in_order() -> None:
    recorder = Recorder()
    tune(observers=[recorder])
    assert recorder.names == TWO_TRIALS


@pytest.mark.parametrize("hook", [hook for hook in OBSERVING if hook not in {COPIED, HEARD}])
def test_every_observing_hook_is_called_with_what_its_specification_names(hook: str) -> None:
    told: list[Any] = []
    argument = ARGUMENTS[hook]
    source = f"def {hook}(self, {argument}): told.append({argument})"
    scope: dict[str, Any] = {"told": told}
    exec(source, scope)
    observer = type("Observer", (), {hook: tb.hookimpl(scope[hook])})()
    result = tune(observers=[observer])
    expected = {"study": tb.Study, "trial": tb.TrialRecord if hook.endswith("finished") else tb.Trial}
    assert told
    assert all(isinstance(one, expected[argument]) for one in told)
    assert len(told) == (1 if "_study_" in hook else len(result.trials))


def test_who_copied_whom_is_told_with_the_params_that_the_copy_goes_on_with() -> None:
    told: list[tuple[int, dict[str, Any], tb.Copy]] = []

    class Genealogist:
        @tb.hookimpl
        def tunebridge_trial_copied(self, trial: tb.Trial, copied: tb.Copy) -> None:
            told.append((trial.number, dict(trial), copied))

    result = populate(observers=[Genealogist()])
    assert len(told) > 2
    for trial in result.trials:
        mine = [(params, copied) for number, params, copied in told if number == trial.number]
        assert [copied for _, copied in mine] == copies(trial)
        for params, copied in mine:
            explored = {change.name: change.value for change in trial.changes if change.step == copied.step}
            assert params == {**copied.params, **explored}


@pytest.mark.parametrize("hook", OBSERVING)
def test_a_hook_of_an_installed_plugin_is_called_too(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = pluggy.PluginManager(hookspecs.NAMESPACE)
    manager.add_hookspecs(hookspecs)
    recorder = Recorder()
    manager.register(recorder)
    monkeypatch.setattr(plugins.registry(), "manager", manager)
    runs: dict[str, Callable[[], object]] = {COPIED: populate, HEARD: share}
    runs.get(hook, tune)()
    assert hook.removeprefix("tunebridge_") in recorder.names


@pytest.mark.parametrize("hook", SPECS)
def test_every_hook_has_a_docstring_that_says_when_it_is_called(hook: str) -> None:
    assert (SPECS[hook].__doc__ or "").startswith("Called ")


def test_the_recorder_knows_every_observing_hook() -> None:
    assert [name for name in vars(Recorder) if name.startswith("tunebridge_")] == OBSERVING


def test_study_started_comes_before_the_first_trial_and_study_finished_after_the_last() -> None:
    counts: list[int] = []

    class Counter:
        @tb.hookimpl
        def tunebridge_study_started(self, study: tb.Study) -> None:
            counts.append(len(study.result.trials))

        @tb.hookimpl
        def tunebridge_study_finished(self, study: tb.Study) -> None:
            counts.append(len(study.result.trials))
            assert study.result.stop_reason == "n_trials"

    tune(observers=[Counter()])
    assert counts == [0, 2]


def test_a_finished_trial_has_its_value_and_what_the_backend_was_told() -> None:
    recorder = Recorder()
    result = tune(observers=[recorder])
    finished = [argument for name, argument in recorder.seen if name == "trial_finished"]
    assert finished == result.trials
    assert all(trial.told and trial.state is tb.TrialState.COMPLETE for trial in finished)


@pytest.mark.parametrize("hook", [hook for hook in OBSERVING if hook not in {COPIED, HEARD}])
def test_an_observer_that_raises_is_reported_once_and_dropped_and_the_study_goes_on(
    hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Recorder(raise_at=hook), Recorder()
    with caplog.at_level(logging.INFO):
        result = tune(observers=[broken, sound])
    short = hook.removeprefix("tunebridge_")
    assert broken.names == TWO_TRIALS[: TWO_TRIALS.index(short) + 1]
    assert sound.names == TWO_TRIALS
    assert len(result.complete_trials) == 2
    (report,) = caplog.records
    assert "the observer Recorder raised and is dropped" in report.getMessage()
    assert "from the observer" in (report.exc_text or "")


def test_a_dropped_observer_is_asked_again_in_the_next_study(caplog: pytest.LogCaptureFixture) -> None:
    broken = Recorder(raise_at="tunebridge_study_started")
    tune(observers=[broken])
    tune(observers=[broken])
    assert broken.names == ["study_started", "study_started"]
    assert len(caplog.records) == 2


def test_hooks_are_told_of_failed_and_interrupted_trials_and_of_the_end() -> None:
    def interrupt(trial: Any) -> float:
        if trial.number == 1:
            raise KeyboardInterrupt
        raise ValueError

    recorder = Recorder()
    tune(tb.Problem(interrupt, PROBLEM.space), observers=[recorder])
    assert recorder.names == [name for name in TWO_TRIALS if name != "trial_reported"]
    states = [argument.state.name for name, argument in recorder.seen if name == "trial_finished"]
    assert states == ["FAILED", "INTERRUPTED"]


def test_the_study_is_finished_for_observers_when_it_fails() -> None:
    def fail(trial: Any) -> float:
        raise ValueError

    recorder = Recorder()
    with pytest.raises(tb.StudyFailedError):
        tune(tb.Problem(fail, PROBLEM.space), observers=[recorder], n_trials=20)
    assert (recorder.names[-1], recorder.names.count("study_finished")) == ("study_finished", 1)


def test_a_keyboard_interrupt_in_an_observer_ends_the_study_not_the_observer() -> None:
    recorder = Recorder(raise_at="tunebridge_trial_started", error=KeyboardInterrupt)
    result = tune(observers=[recorder])
    assert result.stop_reason == "interrupted"
    assert recorder.names == ["study_started", "trial_started", "trial_finished", "study_finished"]


def test_two_observers_that_compare_equal_are_both_told() -> None:
    @dataclasses.dataclass
    class Tracker:
        told: list[int] = dataclasses.field(default_factory=list)

        @tb.hookimpl
        def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
            self.told.append(trial.number)

    one, other = Tracker(), Tracker()
    tune(observers=[one, other])
    assert one.told == other.told == [0, 1]


def hooks(**functions: Any) -> Any:
    """Return an observer with the given functions as hooks."""
    return type("Observer", (), functions)()


@pytest.mark.parametrize(
    ("observer", "words"),
    [
        (hooks(tunebridge_trial_stated=tb.hookimpl(lambda self, trial: None)), "tunebridge_trial_stated"),
        (hooks(tunebridge_trial_started=tb.hookimpl(lambda self, trail: None)), "trail"),
        (hooks(tunebridge_trial_started=lambda self, trial: None), "hookimpl"),
        (5, "hookimpl"),
    ],
    ids=["misspelt hook", "misspelt argument", "not marked", "no observer"],
)
def test_an_observer_that_could_never_be_told_is_refused_before_the_first_trial(
    observer: Any, words: str
) -> None:
    with pytest.raises(tb.TunebridgeError, match=words):
        tune(observers=[observer])


def test_the_same_observer_given_twice_is_told_once_or_refused_clearly() -> None:
    recorder = Recorder()
    try:
        tune(observers=[recorder, recorder])
    except tb.TunebridgeError:
        return
    assert recorder.names == TWO_TRIALS


def test_a_wrapper_around_a_hook_runs_or_is_refused() -> None:
    ran: list[str] = []

    def wrapper(self: Any, trial: Any) -> Any:
        ran.append("before")
        yield
        ran.append("after")

    try:
        tune(n_trials=1, observers=[hooks(tunebridge_trial_started=tb.hookimpl(wrapper=True)(wrapper))])
    except tb.TunebridgeError:
        return
    assert ran == ["before", "after"]


def said(*links: Any) -> list[Any]:
    """Return observers that say something of each trial."""
    return [hooks(tunebridge_trial_started=tb.hookimpl(lambda self, trial, one=one: one)) for one in links]


def linked(*observers: Any) -> list[dict[str, str]]:
    """Return the links that two trials have seen."""
    seen: list[dict[str, str]] = []

    def look(trial: tb.Trial) -> float:
        seen.append(dict(trial.links))
        return 0.0

    tune(tb.Problem(look, PROBLEM.space), observers=observers)
    return seen


def test_what_observers_say_of_a_trial_is_with_it_and_one_name_twice_is_two_names() -> None:
    assert (
        linked(*said(None, {"run": "a"}, {"run": "b", "page": "c"}, {"run": "d"}))
        == [{"run": "a", "run@2": "b", "page": "c", "run@3": "d"}] * 2
    )


@pytest.mark.parametrize("links", [{"run": 5}, {5: "run"}, ["run"], "run"], ids=repr)
def test_what_is_no_text_by_name_drops_its_observer_and_no_trial(
    links: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert linked(*said(links, {"run": "a"})) == [{"run": "a"}] * 2
    (report,) = caplog.records
    assert "must return text by name" in report.getMessage()


class Opened:
    """An observer that plugins register; it keeps what it was opened with."""

    made: ClassVar[list["Opened"]] = []

    def __init__(self, options: Mapping[str, Any]) -> None:
        if options.get("level", 1) < 1:
            raise tb.OptionError("level must be >= 1")
        self.level = options.get("level", 1)
        self.told: list[int] = []
        self.made.append(self)

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        self.told.append(trial.number)


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> type[Opened]:
    """Register an observer called `watcher`, as a plugin does."""

    @tb.hookimpl
    def tunebridge_register_observers(register: Callable[[tb.ObserverSpec], None]) -> None:
        register(tb.ObserverSpec(name="watcher", summary="watches", open=Opened, options=("level",)))

    module = ModuleType("fake_observers")
    vars(module).update(tunebridge_register_observers=tunebridge_register_observers)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    point = EntryPoint("watcher", module.__name__, hookspecs.NAMESPACE)
    monkeypatch.setattr(plugins.registry(), "observers", plugins.load([point], strict=True).observers)
    monkeypatch.setattr(Opened, "made", [])
    return Opened


def test_an_observer_of_a_plugin_is_found_by_name_and_opened_for_each_study(watcher: type[Opened]) -> None:
    chosen = tb.observer("watcher", level=2)
    assert repr(chosen) == "observer('watcher', level=2)"
    for _ in range(2):
        tune(observers=[chosen, "watcher"])
    assert [(one.level, one.told) for one in watcher.made] == [(2, [0, 1]), (1, [0, 1])] * 2


def test_an_observer_that_is_chosen_twice_with_the_same_options_is_opened_once(watcher: type[Opened]) -> None:
    names: list[Any] = ["watcher", tb.observer("watcher"), tb.observer("watcher", level=2)]
    tune(observers=[*names, tb.observer("watcher", level=2)])
    assert [(one.level, one.told) for one in watcher.made] == [(1, [0, 1]), (2, [0, 1])]


def test_what_cannot_be_opened_is_refused_before_there_is_a_study(
    watcher: type[Opened], tmp_path: Path
) -> None:
    given: list[tuple[Any, str]] = [
        ("watchr", r"no observer is called 'watchr'[\s\S]*Did you mean 'watcher'"),
        (tb.observer("watcher", level=0), "level must be >= 1"),
    ]
    for observer, words in given:
        with pytest.raises(tb.TunebridgeError, match=words):
            tune(observers=[observer], storage=f"sqlite:///{tmp_path}/s.db", study="s")
    with pytest.raises(tb.OptionError, match=r"watcher has no option 'levl'[\s\S]*Did you mean 'level'"):
        tb.observer("watcher", levl=1)
    with pytest.raises(tb.ProblemError, match="observers must be a list of names such as 'mlflow'"):
        tune(observers="watcher")
    assert not [*tmp_path.iterdir()]


def test_an_observer_whose_library_is_missing_is_refused_with_what_brings_it(
    watcher: type[Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = dataclasses.replace(plugins.registry().observers["watcher"], requires=("no-such-lib",), extra="w")
    monkeypatch.setitem(plugins.registry().observers, "watcher", spec)
    with pytest.raises(tb.MissingLibraryError, match=r'pip install "tunebridge\[w\]"'):
        tune(observers=["watcher"])


def test_the_name_of_an_observer_that_fails_is_the_one_that_users_know(
    watcher: type[Opened], caplog: pytest.LogCaptureFixture
) -> None:
    spec = plugins.registry().observers["watcher"]
    plugins.registry().observers["watcher"] = dataclasses.replace(
        spec, open=lambda options: Recorder(raise_at="tunebridge_trial_started")
    )
    tune(observers=["watcher"])
    assert "the observer watcher raised and is dropped" in caplog.text


def test_an_observer_sees_where_a_trial_goes_on_and_does_not_ask_in_its_place(tmp_path: Path) -> None:
    steps: list[int | None] = []

    class Looker:
        @tb.hookimpl
        def tunebridge_trial_started(self, trial: tb.Trial) -> None:
            steps.append(trial.resumed_step)

    def train(trial: tb.Trial) -> Any:
        for step in range(trial.resumed.step + 1 if trial.resumed else 0, 3):
            yield trial["x"]
            with trial.checkpoint():
                pass
            if step == 1 and trial.attempt == 0:
                raise KeyboardInterrupt

    settings: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s", "n_trials": 1}
    for _ in range(2):
        tune(tb.Problem(train, PROBLEM.space), observers=[Looker()], **settings)
    assert steps == [None, 1]


def test_a_stored_study_keeps_its_identity_and_two_in_memory_have_their_own(tmp_path: Path) -> None:
    seen: list[str] = []

    class Reader:
        @tb.hookimpl
        def tunebridge_study_started(self, study: tb.StudyView) -> None:
            seen.append(study.identity)

    for name in ("a", "a", "b", None, None):
        url = f"sqlite:///{tmp_path}/s.db" if name else None
        tune(observers=[Reader()], storage=url, study=name)
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4
