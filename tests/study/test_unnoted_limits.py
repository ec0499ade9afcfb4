"""A problem's limit whose name the objective does not note: which trial ends the study, and what it says."""

from typing import Any

import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1))


def tune(problem: tb.Problem, **settings: Any) -> tb.Result:
    """Run a short study."""
    return tb.tune(problem, **{"backend": "sklearn:random", "n_trials": 12, "seed": 0, **settings})


def misnaming(*names: str) -> tb.Problem:
    """Return a problem that limits `sv`, whose objective notes other names."""

    def objective(trial: tb.Trial) -> float:
        for name in names:
            trial.note(name, 1.0)
        return float(trial["x"])

    return tb.Problem(objective, SPACE, limits={"sv": tb.Limit(at_most=1)})


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_a_limit_whose_name_is_misspelt_ends_the_study_in_its_first_trial(executor: str) -> None:
    with pytest.raises(
        tb.StudyFailedError, match="every trial would fail as trial 0: the problem limits 'sv'"
    ) as caught:
        tune(misnaming("loss", "svs"), executor=executor)
    assert len(caught.value.result.trials) == 1
    assert caught.value.hint == (
        "Did you mean 'svs', which it has noted? Or write trial.note('sv', number) before it returns"
    )


def test_a_limit_that_a_later_trial_may_note_ends_the_study_after_ten_and_says_what_to_write() -> None:
    with pytest.raises(
        tb.StudyFailedError, match=r"10 trials in a row failed, .*'sv', and the objective"
    ) as caught:
        tune(misnaming("loss"))
    assert caught.value.hint.startswith("write trial.note('sv', number) before it returns; or allow more")


def test_a_limit_that_one_branch_notes_does_not_end_the_study() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("svs" if trial["kind"] == "a" else "sv", 1.0)
        return float(trial["x"])

    space = tb.Space(kind=tb.Categorical(["a", "b"]), x=tb.Float(0, 1))
    problem = tb.Problem(objective, space, limits={"sv": tb.Limit(at_most=1)})
    initial = [{"kind": "a", "x": 0.1}, {"kind": "a", "x": 0.2}, {"kind": "b", "x": 0.3}]
    states = [trial.state.name for trial in tune(problem, n_trials=3, initial=initial).trials]
    assert states == ["FAILED", "FAILED", "COMPLETE"]


@pytest.mark.parametrize("flag", [tb.Int(0, 1), tb.Float(0, 1, step=1), tb.Ordinal([0, 1])], ids=repr)
def test_a_limit_that_only_one_value_of_a_flag_notes_does_not_end_the_study(flag: tb.AnyParameter) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("sv" if trial["flag"] else "svs", 1.0)
        return float(trial["x"])

    problem = tb.Problem(objective, tb.Space(flag=flag, x=tb.Float(0, 1)), limits={"sv": tb.Limit(at_most=1)})
    initial = [{"flag": 0, "x": 0.1}, {"flag": 0, "x": 0.2}, {"flag": 1, "x": 0.3}]
    states = [trial.state.name for trial in tune(problem, n_trials=3, initial=initial).trials]
    assert states == ["FAILED", "FAILED", "COMPLETE"]


def test_a_misspelt_limit_ends_the_study_once_both_values_of_a_flag_have_met_it() -> None:
    problem = misnaming("svs")
    flagged = tb.Space(flag=tb.Int(0, 1), n=tb.Int(1, 9), x=tb.Float(0, 1))
    initial = [{"flag": 1, "n": 3, "x": 0.1}, {"flag": 1, "n": 3, "x": 0.2}, {"flag": 0, "n": 3, "x": 0.3}]
    with pytest.raises(tb.StudyFailedError, match="every trial would fail as trial 2") as caught:
        tune(tb.Problem(problem.objective, flagged, limits=problem.limits), initial=initial)
    assert len(caught.value.result.trials) == 3


def test_a_name_that_is_limited_itself_is_not_meant_for_another() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("svs", 1.0)
        return float(trial["x"])

    both = {"sv": tb.Limit(at_most=1), "svs": tb.Limit(at_most=1)}
    result = tune(tb.Problem(objective, SPACE, limits=both), n_trials=2)
    assert [trial.state.name for trial in result.trials] == ["FAILED"] * 2
