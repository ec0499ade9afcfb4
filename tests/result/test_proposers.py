"""Who proposed how many trials, how many of them were good, and who was not asked."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.result.proposers import Proposer, proposers
from tunebridge.stores.loading import opened

SPACE = tb.Space(x=tb.Float(0.0, 1.0))
PROBLEM = tb.Problem(lambda trial: float(trial["x"]), SPACE)
AUTO = tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"], share=None)


def tune(**settings: Any) -> tb.Result:
    return tb.tune(PROBLEM, **{"backend": AUTO, "n_trials": 31, "seed": 0, **settings})


def test_a_result_says_who_proposed_how_many_at_which_cost_and_who_was_not_asked() -> None:
    first, second, *others = tune().why.splitlines()
    assert first.startswith("optuna:tpe proposed 28 trials, ")
    assert second.startswith("hyperopt:tpe proposed 3 trials, ")
    assert "of them among the best tenth as they ended, at " in second
    assert "optuna:cmaes was not asked: does not learn from trials of others" in others
    assert any(line.startswith("hyperopt:anneal was not asked: ") for line in others)


def test_a_member_that_was_named_and_proposed_nothing_is_named(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    found = tune(n_trials=5, storage=store, study="s")
    lines = found.why.splitlines()
    assert lines[1] == "hyperopt:tpe is a member, and proposed no trial"
    assert "optuna:gp was not asked: not among the members that were named or stored" in lines
    assert tb.load_study(store, "s").why == found.why


def test_it_is_said_how_often_a_member_stepped_back_for_its_cost(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    costly = tb.backend("auto", members=["optuna:gp", "optuna:tpe"])
    found = tune(backend=costly, n_trials=4, storage=store, study="s")
    assert {trial.decided for trial in found.trials} == {"without optuna:gp"}
    for result in (found, tb.load_study(store, "s")):
        assert result.why.splitlines()[1:3] == [
            "optuna:gp is a member, and proposed no trial",
            "4 trials began without optuna:gp, to save time",
        ]
    assert "4 trials began without optuna:gp" in found.report(tmp_path / "study.md").read_text("utf-8")


def test_a_member_that_learns_from_its_own_trials_alone_is_stated() -> None:
    chosen = tb.backend("auto", members=["optuna:cmaes", "optuna:tpe"], share=None)
    said = "optuna:cmaes learns from its own trials alone"
    found = tune(backend=chosen)
    assert said in tb.explain(SPACE, chosen).notes
    assert said in found.why.splitlines()
    told = {trial.told for trial in found.trials if trial.proposer == "optuna:tpe"}
    assert not any("optuna:cmaes" in one for one in told)
    assert "alone" not in tune(n_trials=2).why
    assert tb.explain(SPACE, AUTO).notes == ()


def test_a_member_that_learns_from_nothing_is_not_said_to_learn_from_its_own_trials() -> None:
    chosen = tb.backend("auto", members=["optuna:random", "optuna:tpe"], share=None)
    said = "optuna:random learns from no trial"
    assert said in tb.explain(SPACE, chosen).notes
    assert said in tune(backend=chosen, n_trials=2).why.splitlines()


def test_a_stored_result_says_who_proposed_too(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    found = tune(storage=store, study="s")
    loaded = tb.load_study(store, "s")
    assert loaded.not_asked == found.not_asked
    assert "optuna:cmaes" in loaded.not_asked
    assert loaded.why == found.why


def test_a_study_that_goes_on_with_others_says_who_was_not_asked_last(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    tune(n_trials=2, storage=store, study="s")
    others = tb.backend("auto", members=["optuna:tpe", "hyperopt:anneal"], share=None)
    found = tune(backend=others, n_trials=4, storage=store, study="s")
    loaded = tb.load_study(store, "s")
    assert "hyperopt:tpe" in loaded.not_asked
    assert loaded.why == found.why


def test_a_study_of_one_backend_stores_nothing_of_others(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    found = tune(backend="sklearn:random", n_trials=2, storage=store, study="s")
    assert tb.load_study(store, "s").why == found.why
    with opened(store) as there:
        stored = there.load("s")
    assert stored is not None
    assert "not_asked" not in stored.segments[0]


def test_a_trial_is_good_if_few_before_it_were_better() -> None:
    given: list[dict[str, Any]] = [{"x": x} for x in (0.5, 0.6, 0.4, 0.45, 0.4)]
    (one,) = proposers(tune(initial=given, n_trials=5).trials, PROBLEM.directions)
    assert (one.name, one.n_trials, one.n_best) == ("initial", 5, 3)


def test_a_frame_says_who_proposed_where_the_backend_asks_others() -> None:
    frame = tune().to_frame()
    assert list(frame["proposer"].value_counts().items()) == [("optuna:tpe", 28), ("hyperopt:tpe", 3)]
    assert set(frame["backend"]) == {"auto:credit"}
    plain = tb.tune(PROBLEM, backend="sklearn:random", n_trials=2, seed=0)
    assert "proposer" not in plain.to_frame().columns


def test_trials_are_good_in_the_order_in_which_they_ended() -> None:
    study = tb.open_study(PROBLEM, backend=AUTO, n_trials=2, seed=0)
    first, second = study.ask(), study.ask()
    assert first is not None
    assert second is not None
    for trial, value in ((second, 2.0), (first, 1.0)):
        study.tell(trial, value)
    study.close()
    (one,) = proposers(study.result.trials, PROBLEM.directions)
    assert one.n_best == 2


@pytest.mark.parametrize(("seconds", "said"), [(0.0123, "12.3 ms"), (3.86, "3.86 s"), (125.0, "2 min 5 s")])
def test_what_asking_cost_is_said_in_a_unit_that_can_be_read(seconds: float, said: str) -> None:
    one = Proposer(name="optuna:gp", n_trials=4, n_best=1, seconds=4 * seconds)
    assert str(one).endswith(f", at {said} each")


def test_of_several_objectives_those_are_good_that_nothing_was_better_than() -> None:
    problem = tb.Problem(lambda trial: (trial["x"], trial["x"]), SPACE, ["minimize", "maximize"])
    found = tb.tune(problem, backend="sklearn:random", n_trials=8, seed=0)
    (one,) = proposers(found.trials, problem.directions)
    assert one.n_best == 8


def test_the_page_of_a_study_has_a_table_of_the_members(tmp_path: Path) -> None:
    page = tune().report(tmp_path / "study.md").read_text("utf-8")
    assert "Who proposed" in page
    assert "optuna:cmaes was not asked: does not learn from trials of others." in page
    plain = tb.tune(PROBLEM, backend="sklearn:random", n_trials=3, seed=0)
    assert "Who proposed" not in plain.report(tmp_path / "plain.md").read_text("utf-8")
