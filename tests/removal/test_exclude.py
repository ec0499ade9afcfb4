"""Trials that are excluded: who is told of them no more, where they stay, and what a user hears of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import optuna
import pytest

import tunebridge as tb
import tunebridge_optuna
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.store_events import stored_study

SPACE = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 9))
WRONG = 3
"""The trial whose value is wrong."""


def valley(trial: tb.Trial) -> float:
    """Return a distance, but for one trial, which is by far the best."""
    return -100.0 if trial.number == WRONG else abs(trial["x"] - 0.25) + trial["n"] / 10


def straight(trial: tb.Trial) -> float:
    return float(abs(trial["x"] - 0.25) + trial["n"] / 10)


PROBLEM = tb.Problem(valley, SPACE)
NewStore = Callable[[str], str]


@pytest.fixture
def url(new_store: NewStore) -> str:
    return new_store("sqlite")


def tune(url: str, n_trials: int = 10, backend: str = "optuna:tpe", **settings: Any) -> tb.Result:
    return tb.tune(PROBLEM, backend=backend, n_trials=n_trials, seed=1, storage=url, study="s", **settings)


def asked(study: tb.Study) -> tb.Trial:
    trial = study.ask()
    assert trial is not None
    return trial


@pytest.mark.parametrize("scheme", sorted(set(registry().stores)))
def test_an_excluded_trial_is_never_best_and_stays_with_its_reason_in_every_store(
    scheme: str, new_store: NewStore
) -> None:
    url = new_store(scheme)
    assert tune(url).best_trial.number == WRONG
    assert tb.exclude(url, "s", trials=[WRONG], reason="wrong split") == (WRONG,)
    found = tb.load_study(url, "s")
    record = found.trials[WRONG]
    assert (record.excluded, record.value, record.is_eligible) == ("wrong split", -100.0, False)
    assert found.best_trial.number != WRONG
    assert WRONG not in [one.number for one in found.eligible_trials + found.best_trials]
    assert "1 excluded" in repr(found)
    row = found.to_frame().iloc[WRONG]
    assert (row["excluded"], row["value"]) == ("wrong split", -100.0)
    assert tb.include(url, "s", trials=[WRONG]) == (WRONG,)
    again = tb.load_study(url, "s")
    assert again.best_trial.number == WRONG
    assert again.trials[WRONG].excluded is None


def test_the_next_opening_tells_a_learning_backend_of_all_others_and_says_that_it_repeats_nothing(
    url: str,
) -> None:
    tune(url)
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    went_on = tune(url, 14).carried
    assert went_on is not None
    assert not went_on.exact
    assert went_on.reason == f"trial {WRONG} was excluded"
    assert went_on.n_told == 9
    assert "not told: excluded" in str(went_on)


def test_what_is_proposed_after_that_does_not_depend_on_the_value_that_was_wrong(
    url: str, new_store: NewStore
) -> None:
    """Give the trial two values: without the exclusion the proposals differ, with it they do not."""
    after: dict[bool, list[list[Any]]] = {True: [], False: []}
    for place, excluded, value in (
        (place, excluded, value)
        for place, (excluded, value) in enumerate(product((True, False), (-100.0, 100.0)))
    ):
        store = f"{url}{place}"
        with tb.open_study(PROBLEM, seed=1, storage=store, study="s", backend="optuna:tpe") as study:
            for number in range(10):
                trial = asked(study)
                study.tell(trial, value if number == WRONG else straight(trial))
        if excluded:
            tb.exclude(store, "s", trials=[WRONG], reason="wrong split")
        after[excluded].append([one.params for one in tune(store, 16).trials[10:]])
    assert after[True][0] == after[True][1]
    assert after[False][0] != after[False][1]


def test_after_that_opening_the_study_goes_on_exactly_again(url: str, new_store: NewStore) -> None:
    """Cut one study into two openings after the exclusion, and the other not."""
    other = new_store("journal")
    for place in (url, other):
        tune(place)
        tb.exclude(place, "s", trials=[WRONG], reason="wrong split")
    whole = tune(other, 20)
    tune(url, 13)
    cut = tune(url, 20)
    assert cut.carried is not None
    assert cut.carried.exact
    assert [one.params for one in cut.trials] == [one.params for one in whole.trials]


def test_an_exclusion_that_is_taken_back_before_the_next_opening_changes_nothing(
    url: str, new_store: NewStore
) -> None:
    tune(url)
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    tb.include(url, "s", trials=[WRONG])
    went_on = tune(url, 15)
    assert went_on.carried is not None
    assert went_on.carried.exact
    assert [one.params for one in went_on.trials] == [
        one.params for one in tune(new_store("journal"), 15).trials
    ]


@pytest.mark.parametrize("backend", ["optuna:random", "optuna:grid", "sklearn:random"])
def test_a_backend_that_draws_whatever_it_is_told_goes_on_exactly(backend: str, new_store: NewStore) -> None:
    space = tb.Space(a=tb.Int(0, 4), b=tb.Int(0, 3))
    problem = tb.Problem(lambda trial: float(trial["a"] * trial["b"]), space)
    params = {}
    for excluded in (True, False):
        place = new_store("sqlite" if excluded else "journal")
        settings: dict[str, Any] = {"backend": backend, "seed": 2, "storage": place, "study": "s"}
        tb.tune(problem, n_trials=8, **settings)
        if excluded:
            tb.exclude(place, "s", trials=[2, 5], reason="node 7")
        found = tb.tune(problem, n_trials=20, **settings)
        assert found.carried is not None
        assert found.carried.exact
        params[excluded] = [one.params for one in found.trials]
    assert params[True] == params[False]


def test_its_number_counts_toward_the_budget_and_its_value_is_not_reused(url: str) -> None:
    ran: list[int] = []

    def counting(trial: tb.Trial) -> float:
        ran.append(trial.number)
        return float(trial["n"])

    problem = tb.Problem(counting, tb.Space(n=tb.Int(1, 2)))
    settings: dict[str, Any] = {"seed": 1, "storage": url, "study": "s", "on_duplicate": "reuse"}
    tb.tune(problem, n_trials=2, initial=[{"n": 1}] * 2, **settings)
    assert ran == [0]
    tb.exclude(url, "s", trials=[0, 1], reason="wrong data")
    found = tb.tune(problem, n_trials=4, initial=[{"n": 1}] * 4, **settings)
    assert ran == [0, 2]
    assert [one.excluded for one in found.trials] == ["wrong data", "wrong data", None, None]


def test_trials_that_have_got_its_value_are_named(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    problem = tb.Problem(lambda trial: float(trial["n"]), tb.Space(n=tb.Int(1, 3)))
    settings: dict[str, Any] = {"seed": 1, "storage": store, "study": "s", "on_duplicate": "reuse"}
    points = [{"n": one} for one in (1, 2, 1, 1)]
    tb.tune(problem, n_trials=4, initial=points, **settings)
    assert tb.exclude(store, "s", trials=[2, 0], reason="wrong data") == (2, 0)
    assert (
        "trial 3 went on from checkpoints of what is excluded, or got its value, and still counts"
        in caplog.text
    )
    assert "in one call: copies=True (--copies)" in caplog.text
    caplog.clear()
    assert tb.exclude(store, "s", trials=0, reason="wrong data", copies=True) == (3,)
    assert [one.number for one in tb.load_study(store, "s").trials if one.excluded] == [0, 2, 3]
    assert "got its value" not in caplog.text
    assert tb.include(store, "s", trials=0, copies=True) == (0, 2, 3)
    assert tb.exclude(store, "s", trials=0, reason="wrong data", copies=True) == (0, 2, 3)
    assert "got its value" not in caplog.text
    assert tb.include(store, "s", trials=3) == (3,)
    tb.exclude(store, "s", trials=3, reason="that of trial 0")
    tb.exclude(store, "s", trials=1, reason="wrong, too")
    assert "got its value" not in caplog.text


def test_it_counts_for_no_pruner_and_no_stopper(url: str) -> None:
    """A curve that beats all others would have the median end every trial after it."""

    def curve(trial: tb.Trial) -> Any:
        for step in range(4):
            yield -100.0 if trial.number < 2 else trial["x"] + step / 100

    settings: dict[str, Any] = {
        "backend": "optuna:random",
        "seed": 1,
        "pruner": tb.pruner("median", n_startup_trials=1, n_warmup_steps=0),
        "stop": [tb.Target(-50.0)],
        "storage": url,
        "study": "s",
    }
    problem = tb.Problem(curve, SPACE)
    assert tb.tune(problem, n_trials=2, **{**settings, "stop": []}).best_value == -100.0
    tb.exclude(url, "s", trials=[0, 1], reason="a bug")
    found = tb.tune(problem, n_trials=8, **settings)
    assert len(found.trials) == 8
    assert found.trials[2].state is tb.TrialState.COMPLETE


def test_it_matters_to_no_importances(url: str) -> None:
    found = tune(url, 24, backend="optuna:random")
    before = tb.importances(found)
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    after = tb.importances(tb.load_study(url, "s"))
    assert (before.n_trials, after.n_trials) == (24, 23)
    assert before.shares != after.shares


@pytest.mark.parametrize("form", ["result", "stored", "optuna study", "export", "frame", "csv"])
def test_no_other_study_is_told_of_it(form: str, url: str, tmp_path: Path) -> None:
    tune(url)
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    result = tb.load_study(url, "s")
    result.to_frame().to_csv(tmp_path / "trials.csv")
    sources: dict[str, Any] = {
        "result": result,
        "stored": stored_study(url, "s"),
        "optuna study": optuna.load_study(study_name="s", storage=url),
        "export": tunebridge_optuna.to_study(result),
        "frame": result.to_frame(),
        "csv": str(tmp_path / "trials.csv"),
    }
    found = tb.tune(tb.Problem(straight, SPACE), n_trials=1, seed=3, history=sources[form])
    assert found.carried is not None
    (left,) = found.carried.left_out
    assert (left.number, left.reason) == (WRONG, "excluded: wrong split")
    assert found.carried.n_told == 9


def test_an_export_to_optuna_has_another_best_trial(url: str) -> None:
    tune(url)
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    exported = tunebridge_optuna.to_study(tb.load_study(url, "s"))
    assert exported.best_trial.number != WRONG
    assert exported.trials[WRONG].user_attrs["excluded"] == "wrong split"
    assert exported.trials[WRONG].user_attrs["values"] == [-100.0]


def test_what_is_excluded_already_stays_as_it_is(url: str, caplog: pytest.LogCaptureFixture) -> None:
    tune(url)
    tb.exclude(url, "s", trials=[1, 2], reason="the first")
    with caplog.at_level(logging.WARNING, "tunebridge"):
        assert tb.exclude(url, "s", trials=[2, 4, 4], reason="another") == (4,)
    assert "trial 2 stays as it is: excluded, the first" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, "tunebridge"):
        assert tb.include(url, "s", trials=[5]) == ()
    assert "trial 5 stays as it is" in caplog.text
    reasons = {one.number: one.excluded for one in tb.load_study(url, "s").trials if one.excluded}
    assert reasons == {1: "the first", 2: "the first", 4: "another"}


def test_numbers_may_come_out_of_a_frame(url: str) -> None:
    frame = tune(url).to_frame()
    some: Any = frame.number[frame.value < -50]
    assert tb.exclude(url, "s", trials=some, reason="negative") == (WRONG,)
    assert tb.include(url, "s", trials=list(frame.number)[:5]) == (WRONG,)
    assert tb.exclude(url, "s", trials=frame.number[2], reason="negative") == (2,)


MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no reason": ({"trials": [1], "reason": " "}, "for a reason", "reason="),
    "records in place of numbers": ({"trials": ["7"], "reason": "a"}, "numbers of trials", "trials=[7]"),
    "none": ({"trials": [], "reason": "a"}, "numbers of trials", "trials=[7]"),
    "a flag": ({"trials": True, "reason": "a"}, "numbers of trials", "trials=[7]"),
    "an unknown number": ({"trials": [1, 99], "reason": "a"}, "trial 99 is not there", "record.number"),
    "a negative one": ({"trials": [-1], "reason": "a"}, "trial -1 is not there", "record.number"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_ends_in_an_error_with_the_next_step_and_changes_nothing(mistake: str, url: str) -> None:
    tune(url)
    arguments, message, hint = MISTAKES[mistake]
    with pytest.raises(tb.ProblemError) as caught:
        tb.exclude(url, "s", **arguments)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert not any(one.excluded for one in tb.load_study(url, "s").trials)


def test_a_result_in_place_of_a_store_and_an_unknown_study_are_refused_with_the_next_step(url: str) -> None:
    found: Any = tune(url)
    with pytest.raises(tb.StoreError, match=r"named by a URL(.|\n)*sqlite:///"):
        tb.exclude(found, "s", trials=[1], reason="a")
    with pytest.raises(tb.StoreError, match=r"no study 'S'(.|\n)*'s'"):
        tb.exclude(url, "S", trials=[1], reason="a")
    assert open_store(url).studies() == ["s"]


def test_a_trial_that_has_not_ended_is_not_excluded(url: str) -> None:
    with tb.open_study(PROBLEM, seed=1, storage=url, study="s") as study:
        study.tell(asked(study), 1.0)
        asked(study)
    with pytest.raises(tb.ProblemError, match="trial 1 has not ended: it is interrupted"):
        tb.exclude(url, "s", trials=[0, 1], reason="a")
    assert tb.exclude(url, "s", trials=[0], reason="a") == (0,)


@pytest.mark.parametrize("join", [False, True])
def test_nothing_is_excluded_while_somebody_writes(url: str, join: bool) -> None:
    with tb.open_study(PROBLEM, seed=1, storage=url, study="s", join=join) as study:
        study.tell(asked(study), 1.0)
        with pytest.raises(tb.StoreError, match="live writer"):
            tb.exclude(url, "s", trials=[0], reason="a")
        with pytest.raises(tb.StoreError, match="live writer"):
            tb.include(url, "s", trials=[0])
    assert tb.exclude(url, "s", trials=[0], reason="a") == (0,)


def test_processes_that_share_the_study_hear_of_it_at_the_next_opening(url: str) -> None:
    tune(url, join=True)
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    found = tune(url, 14, join=True)
    assert found.carried is not None
    assert found.carried.n_told == 9
    assert len(found.trials) == 14
    assert found.best_trial.number != WRONG


def test_a_store_without_the_power_says_what_to_do() -> None:
    class Plain:
        """Has all that a store must have."""

        def __init__(self) -> None:
            self._store = tb_memory()
            for name in ("studies", "load", "claim", "append", "close"):
                setattr(self, name, getattr(self._store, name))

    store: Any = Plain()
    tb.tune(PROBLEM, n_trials=2, seed=1, storage=store, study="s")
    with pytest.raises(tb.UnsupportedError, match=r"can be excluded(.|\n)*sqlite:///"):
        tb.exclude(store, "s", trials=[0], reason="a")


def tb_memory() -> Any:
    from tunebridge.testing import MemoryStore

    return MemoryStore()


def test_without_any_trial_left_there_is_no_best_one_and_the_error_says_why(url: str) -> None:
    tune(url, 2)
    tb.exclude(url, "s", trials=[0, 1], reason="both wrong")
    with pytest.raises(tb.NoCompleteTrialError, match=r"both wrong(.|\n)*include"):
        tb.load_study(url, "s").best_trial  # noqa: B018 - it is the look that raises


def test_the_state_of_a_session_that_was_told_of_it_is_not_used(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunebridge.study.keepsakes.MIN_SECONDS", 0.0)
    monkeypatch.setattr("tunebridge.study.keepsakes.SHARE", 0.0)
    tune(url, 20)
    assert stored_study(url, "s").session is not None
    tb.exclude(url, "s", trials=[WRONG], reason="wrong split")
    went_on = tune(url, 25)
    assert went_on.carried is not None
    assert not went_on.carried.exact
    assert went_on.carried.n_told == 19
