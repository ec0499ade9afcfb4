"""Confirming a winner: which finalists run with which seeds, what is said of them, and how it goes on."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

import tunebridge as tb
from tests.confirmation.noisy import MAXIMIZED, PROBLEM, SPACE, noisy, tuned
from tests.waiting import until

RESULT = tuned()


def repeats(storage: str, name: str = "tunebridge-0/confirmed") -> list[tuple[str, int]]:
    trials = tb.load_study(storage, name).trials
    return [(one.params["finalist"], one.params["seed"]) for one in trials if one.state.counts]


def test_finalists_are_the_best_trials_and_all_meet_the_same_seeds() -> None:
    met: list[tuple[float, int]] = []

    def watched(trial: tb.Trial) -> float:
        met.append((trial["x"], trial.seed))
        return noisy(trial)

    result = replace(RESULT, problem=tb.Problem(watched, SPACE))
    found = tb.confirm(result, top=3, seeds=[7, 3, 5])
    best = sorted(RESULT.trials, key=lambda one: one.value or 0.0)[:3]
    assert [one.number for one in found.finalists] == [one.number for one in best]
    assert [dict(one.params) for one in found.finalists] == [dict(one.params) for one in best]
    assert met == [(one.params["x"], seed) for seed in (7, 3, 5) for one in best]
    for one in found.finalists:
        assert one.values == tuple(noisy(tb.Trial(one.params, number=0, seed=seed)) for seed in (7, 3, 5))


def test_a_point_that_was_evaluated_twice_is_one_finalist() -> None:
    space = tb.Space(n=tb.Int(1, 2))
    result = tb.tune(
        tb.Problem(lambda trial: trial["n"] + trial.seed / 2**32, space),
        backend="sklearn:random",
        n_trials=9,
        seed=0,
        initial=[{"n": 1}, {"n": 1}, {"n": 2}],
    )
    assert sorted(one.params["n"] for one in tb.confirm(result, seeds=[1, 2]).finalists) == [1, 2]


@pytest.mark.parametrize("problem", [PROBLEM, MAXIMIZED])
def test_the_winner_has_the_best_mean_and_optimism_has_the_sign_of_what_was_lost(problem: tb.Problem) -> None:
    result = tuned(problem)
    found = tb.confirm(result, top=4, seeds=range(8))
    whole = [one for one in found.finalists if len(one.values) == 8]
    sign = problem.directions[0].sign
    assert found.winner == min(whole, key=lambda one: sign * fmean(one.values))
    assert found.value == fmean(found.winner.values)
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]
    assert found.best_value == result.best_value
    assert found.optimism == pytest.approx(sign * (found.value - result.best_value))
    assert found.optimism > 0
    assert found.optimism_interval is not None
    assert found.optimism_interval[1] - found.optimism == pytest.approx(found.interval[1] - found.value)
    assert "was too good by" in found.verdict


def test_both_directions_find_the_same() -> None:
    found, mirrored = (tb.confirm(tuned(one), seeds=range(9)) for one in (PROBLEM, MAXIMIZED))
    assert mirrored.winner.number == found.winner.number
    assert mirrored.value == -found.value
    assert found.interval is not None
    assert mirrored.interval == (-found.interval[1], -found.interval[0])
    assert mirrored.optimism == pytest.approx(found.optimism)
    assert [one.number for one in mirrored.tied] == [one.number for one in found.tied]
    assert [test.estimate for test in mirrored.tests] == [-test.estimate for test in found.tests]


def test_finalists_that_cannot_win_are_stopped_and_the_winner_meets_all_seeds() -> None:
    points = [{"x": 0.3, "kind": "a"}, *({"x": x, "kind": "b"} for x in (0.2, 0.3, 0.4, 0.5))]
    result = tuned(n_trials=5, initial=points)
    found = tb.confirm(result, seeds=range(20))
    assert found.winner.number == 0
    assert [one.stopped for one in found.finalists] == [False, True, True, True, True]
    assert len(found.winner.values) == 20
    assert found.n_evaluated == sum(len(one.values) for one in found.finalists) < found.budget == 100
    assert found.n_saved == 100 - found.n_evaluated
    assert f"{found.n_evaluated} of 100 repeats, {found.n_saved} saved" in found.verdict
    assert found.tied == ()


def test_finalists_that_are_equal_cannot_be_told_apart() -> None:
    result = tuned(
        n_trials=3, initial=[{"x": 0.3, "kind": "a"}, {"x": 0.29, "kind": "a"}, {"x": 0.31, "kind": "a"}]
    )
    found = tb.confirm(result, seeds=range(12))
    assert len(found.tied) == 2
    assert found.n_saved == 0
    assert "cannot be told apart from it" in found.verdict


def test_too_few_seeds_tell_nothing_apart_and_it_is_said_how_many_would() -> None:
    found = tb.confirm(RESULT, seeds=range(5))
    assert len(found.tied) == 4
    assert "with 5 seeds nothing can be, it needs 9" in found.verdict


def test_an_objective_that_does_not_use_its_seed_is_not_confirmed() -> None:
    result = tb.tune(
        tb.Problem(lambda trial: trial["x"] ** 2, SPACE), backend="sklearn:random", n_trials=9, seed=0
    )
    found = tb.confirm(result)
    assert found.is_deterministic
    assert found.winner.number == result.best_trial.number
    assert (found.value, found.optimism, found.interval) == (result.best_value, 0.0, None)
    assert found.n_evaluated == 15
    assert "All repeats are equal: nothing to confirm" in repr(found)
    assert "does not use trial.seed" in repr(found)


def test_a_finalist_that_fails_in_a_repeat_is_out_and_the_error_is_told() -> None:
    best = RESULT.best_trial.number

    def fragile(trial: tb.Trial) -> float:
        if trial["x"] == RESULT.best_params["x"] and trial.seed == 2:
            raise RuntimeError("out of memory")
        return noisy(trial)

    found = tb.confirm(replace(RESULT, problem=tb.Problem(fragile, SPACE)), top=3, seeds=range(6))
    assert found.finalists[0].number == best != found.winner.number
    assert found.finalists[0].failure == "RuntimeError: out of memory"
    assert len(found.finalists[0].values) == 2
    assert f"Trial {best} failed in repeat 3: RuntimeError: out of memory." in found.verdict


def test_where_all_finalists_fail_there_is_no_winner() -> None:
    def broken(trial: tb.Trial) -> float:
        raise RuntimeError("no GPU")

    found = tb.confirm(replace(RESULT, problem=tb.Problem(broken, SPACE)), seeds=range(6))
    assert found.n_evaluated == 5
    with pytest.raises(tb.NoCompleteTrialError, match="each of the 5 finalists has failed") as caught:
        _ = found.winner
    assert "no GPU" in caught.value.hint
    assert "has failed" in repr(found)
    for one in found.finalists:
        assert f"Trial {one.number} failed in repeat 1: RuntimeError: no GPU." in found.verdict


def test_nothing_is_pruned_and_reports_notes_and_generators_are_those_of_the_repeat(tmp_path: Path) -> None:
    def training(trial: tb.Trial) -> Any:
        trial.note("seed", trial.seed)
        for step in range(3):
            yield noisy(trial) + (2 - step)

    problem, url = tb.Problem(training, SPACE), f"sqlite:///{tmp_path}/c.db"
    result = tb.tune(problem, backend="sklearn:random", pruner="median", n_trials=20, seed=0)
    found = tb.confirm(result, top=2, seeds=[4, 5], storage=url)
    trials = tb.load_study(url, "tunebridge-0/confirmed").trials
    assert [one.state.name for one in trials] == ["COMPLETE"] * 4
    assert [one.notes["seed"] for one in trials] == [4, 4, 5, 5]
    assert {len(one.reports) for one in trials} == {3}
    assert found.finalists[0].values[0] == trials[0].value == trials[0].reports[-1].value


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_executors_and_jobs_change_nothing_that_is_found(executor: str) -> None:
    alone = tb.confirm(RESULT, seeds=range(9))
    found = tb.confirm(RESULT, seeds=range(9), executor=executor, n_jobs=3)
    assert [one.values for one in found.finalists] == [one.values for one in alone.finalists]
    assert found.verdict.partition("It took")[0] == alone.verdict.partition("It took")[0]


def test_the_same_call_goes_on_and_runs_nothing_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    calls: Counter[tuple[float, int]] = Counter()

    class Interrupting:
        def __call__(self, trial: tb.Trial) -> float:
            if len(calls) == 7 and (trial["x"], trial.seed) not in calls:
                calls[trial["x"], trial.seed] = 0
                raise KeyboardInterrupt
            calls[trial["x"], trial.seed] += 1
            return noisy(trial)

        def fingerprint(self) -> dict[str, str]:
            return {}

    result = replace(RESULT, problem=tb.Problem(Interrupting(), SPACE))
    cut = tb.confirm(result, top=3, seeds=range(6), storage=url)
    assert not cut.is_over
    with pytest.raises(tb.NoCompleteTrialError, match="is not over: 7 repeats are run"):
        _ = cut.winner
    found = tb.confirm(result, top=3, seeds=range(6), storage=url)
    assert found.is_over
    assert set(calls.values()) == {1}
    assert [one.values for one in found.finalists] == [
        one.values for one in tb.confirm(RESULT, top=3, seeds=range(6)).finalists
    ]
    assert tb.load_confirmation(url, "tunebridge-0", problem=PROBLEM) == found
    assert len(set(repeats(url))) == len(repeats(url)) == found.n_evaluated


def test_more_seeds_and_other_finalists_run_only_what_is_new(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    tb.confirm(RESULT, top=3, seeds=range(4), storage=url)
    more = tb.confirm(RESULT, top=4, seeds=range(6), storage=url)
    assert more.name == "tunebridge-0/confirmed@2"
    assert len(repeats(url, more.name)) == 4 * 6 - 3 * 4
    assert [one.values for one in more.finalists] == [
        one.values for one in tb.confirm(RESULT, top=4, seeds=range(6)).finalists
    ]
    assert tb.load_confirmation(url, "tunebridge-0", problem=PROBLEM) == more


KILLED = """
import sys, time
import tunebridge as tb
from tests.confirmation.noisy import SPACE, noisy

def slow(trial):
    time.sleep(0.05)
    return noisy(trial)

if __name__ == "__main__":
    result = tb.tune(tb.Problem(slow, SPACE), backend="sklearn:random", n_trials=6, seed=0)
    print(tb.confirm(result, top=3, seeds=range(7), storage=sys.argv[1]).verdict)
"""


def test_a_kill_loses_nothing_but_the_repeat_that_ran(tmp_path: Path) -> None:
    url, script = f"sqlite:///{tmp_path}/c.db", tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)

    def has_some() -> bool:
        try:
            return len(repeats(url)) >= 5
        except tb.StoreError:
            return False

    until(has_some)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout and process.stdout.close()
    before = repeats(url)
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    after = repeats(url)
    assert after[: len(before)] == before
    assert len(after) == len(set(after)) == 21
    assert "wins" in said


def test_another_objective_is_refused_under_the_same_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    tb.confirm(RESULT, top=2, seeds=[1, 2], storage=url)
    other = replace(RESULT, problem=tb.Problem(lambda trial: noisy(trial) + 1, SPACE))
    with pytest.raises(tb.StoreError, match="was made for another problem") as caught:
        tb.confirm(other, top=2, seeds=[1, 2, 3], storage=url)
    assert "study=..." in caught.value.hint
    assert tb.confirm(other, top=2, seeds=[1, 2, 3], storage=url, on_objective_change="accept").is_over


def test_a_name_that_is_no_confirmation_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    tuned(storage=url, study="other", n_trials=2)
    with pytest.raises(tb.StoreError, match="is no confirmation"):
        tb.confirm(RESULT, storage=url, study="other")
    with pytest.raises(tb.StoreError, match="there is no confirmation of 'other'"):
        tb.load_confirmation(url, "other")


def test_a_study_that_was_loaded_with_its_problem_can_be_confirmed_and_keeps_its_objects(
    tmp_path: Path,
) -> None:
    url, space = f"sqlite:///{tmp_path}/c.db", tb.Space(kind=tb.Categorical({"low": (1, 2), "high": (3, 4)}))
    problem = tb.Problem(lambda trial: trial["kind"][0] + trial.seed % 7, space)
    tb.tune(problem, backend="sklearn:random", n_trials=2, seed=0, storage=url, study="mine")
    found = tb.confirm(tb.load_study(url, "mine", problem=problem), storage=url, seeds=range(4))
    assert sorted(one.params["kind"] for one in found.finalists) == [(1, 2), (3, 4)]
    assert tb.load_confirmation(url, "mine", problem=problem) == found
    labels = {repr(one.params["kind"]) for one in tb.load_confirmation(url, "mine").finalists}
    assert labels == {"low", "high"}
    assert pickle.loads(pickle.dumps(found)) == found


def test_params_of_plain_values_are_those_values_without_the_problem(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    result = tuned(storage=url, study="mine", n_trials=3)
    assert tb.load_study(url, "mine").best_params["kind"] in ("a", "b")
    found = tb.confirm(result, storage=url, seeds=range(2))
    assert tb.load_confirmation(url, "mine") == found


def test_a_frame_has_a_row_for_each_finalist() -> None:
    found = tb.confirm(RESULT, top=3, seeds=[5, 6])
    frame = found.to_frame()
    assert list(frame["number"]) == [one.number for one in found.finalists]
    assert list(frame["seed_5"]) == [one.values[0] for one in found.finalists]
    assert list(frame["params_x"]) == [one.params["x"] for one in found.finalists]
    assert Counter(frame["standing"]) == {"wins": 1, "cannot be told apart": 2}


@pytest.mark.parametrize(
    ("result", "settings", "message", "hint"),
    [
        (RESULT, {"seeds": 5}, "seeds must be a list of integers, got the number 5", "range(5)"),
        (RESULT, {"seeds": [3]}, "needs at least two", "range(10)"),
        (RESULT, {"seeds": [1, 1]}, "seeds come twice", "each is one replicate"),
        (RESULT, {"seeds": [1, -1]}, "seed must be an integer", ""),
        (RESULT, {"seeds": [0, RESULT.best_trial.seed]}, "is not fresh", "leave it out"),
        (RESULT, {"top": 0}, "top must be an integer >= 1, got 0", "top=5"),
        (RESULT, {"top": True}, "top must be an integer >= 1, got True", "top=5"),
        (RESULT, {"study": RESULT.study}, "is the name of the study that is confirmed", "study=..."),
        (RESULT, {"study": ""}, "must be a string that is not empty", ""),
        ("tunebridge-0", {}, "takes the result of a study, got 'tunebridge-0'", "load_study"),
        (PROBLEM, {}, "takes the result of a study", "load_study"),
    ],
)
def test_what_cannot_be_confirmed_is_refused_with_the_next_step(
    result: Any, settings: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(tb.ProblemError, match=message.replace("(", "\\(")) as caught:
        tb.confirm(result, **settings)
    assert hint in caught.value.hint


def test_the_problem_is_the_results_own_and_is_not_given_beside_it() -> None:
    with pytest.raises(tb.ProblemError, match="takes one result, and all else by name, got 2") as caught:
        tb.confirm(PROBLEM, RESULT)  # type: ignore[arg-type]
    assert "the problem is that of the result" in caught.value.hint
    with pytest.raises(tb.ProblemError, match="got 3 without a name"):
        tb.confirm(RESULT, 5, range(10))  # type: ignore[arg-type]


def test_several_objectives_and_changed_params_are_refused_with_the_next_step() -> None:
    both = tb.Problem(lambda trial: (trial["x"], trial.seed), SPACE, direction=["minimize", "minimize"])
    with pytest.raises(tb.UnsupportedError, match="needs one objective") as caught:
        tb.confirm(tb.tune(both, backend="sklearn:random", n_trials=3, seed=0))
    assert "one of them alone" in caught.value.hint

    def training(trial: tb.Trial) -> Any:
        for _ in range(4):
            yield trial["x"]

    adjusted = tb.tune(
        tb.Problem(training, SPACE),
        backend="sklearn:random",
        n_trials=2,
        seed=0,
        adjust=[tb.Schedule("x", {1: 0.5})],
    )
    with pytest.raises(tb.UnsupportedError, match="changed while it trained") as caught:
        tb.confirm(adjusted)
    assert "replay" in caught.value.hint


def test_a_study_without_trials_or_objective_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(tb.NoCompleteTrialError, match="is complete, so there is no best one"):
        tb.confirm(replace(RESULT, trials=[]))
    url = f"sqlite:///{tmp_path}/c.db"
    tuned(storage=url, study="mine", n_trials=3)
    with pytest.raises(tb.ProblemError, match="without its objective") as caught:
        tb.confirm(tb.load_study(url, "mine"))
    assert "problem=problem" in caught.value.hint
    with tb.open_study(PROBLEM, backend="sklearn:random", n_trials=2, seed=0) as study:
        with pytest.raises(tb.ProblemError, match="got the study") as caught:
            tb.confirm(study)  # type: ignore[arg-type]
        assert caught.value.hint == "study.result"


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_the_page_of_the_study_says_first_what_was_confirmed(tmp_path: Path, suffix: str) -> None:
    found = tb.confirm(RESULT, top=3, seeds=range(4))
    page = found.report(RESULT, tmp_path / f"page{suffix}").read_text()
    assert "Confirmed" in page
    assert found.verdict.split(":")[0] in page
    assert page.index("Confirmed") < page.index("Best trials")
    with pytest.raises(tb.ProblemError, match="is of the study 'tunebridge-0', not of 'tunebridge-1'"):
        found.report(tuned(seed=1, n_trials=2), tmp_path / f"other{suffix}")


def test_a_confirmation_of_another_study_is_not_hidden_by_one_of_its_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    first, second = (tuned(storage=url, study=name, n_trials=4) for name in ("a", "b"))
    found = tb.confirm(first, top=2, seeds=range(2), storage=url)
    named = tb.confirm(first, top=2, seeds=range(2), storage=url, study="mine")
    for name in ("a/confirmed", "mine"):
        with pytest.raises(
            tb.StoreError, match=f"'{name}' is that of the study 'a', and would be hidden"
        ) as it:
            tb.confirm(second, top=2, seeds=range(2), storage=url, study=name)
        assert "its own name is 'b/confirmed'" in it.value.hint
    assert tb.load_confirmation(url, "a").finalists == found.finalists
    assert tb.load_confirmation(url, "mine").finalists == named.finalists
    assert tb.confirm(second, top=2, seeds=range(2), storage=url).name == "b/confirmed"
    assert tb.confirm(first, top=3, seeds=range(2), storage=url, study="mine").name == "mine@2"
