"""Who takes part, by what a problem needs and what is installed; and why others do not."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge_auto.options import settings
from tunebridge_auto.space import members, taken

FLAT = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 9))
WEIGHTED = tb.Space(k=tb.Categorical(["a", "b"], weights=[1, 3]))
ALL = ["hyperopt:anneal", "hyperopt:tpe", "optuna:gp", "optuna:tpe"]
ONE, TWO = (tb.Direction.MINIMIZE,), (tb.Direction.MINIMIZE,) * 2


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    monkeypatch.setattr(
        "tunebridge.dependencies.installed_version", lambda name: None if name in missing else "1"
    )


def test_whoever_is_installed_and_learns_from_trials_of_others_takes_part() -> None:
    assert set(ALL) <= set(members(FLAT, ONE, {}))
    left_out = taken(FLAT, None).left_out
    assert left_out["optuna:cmaes"] == "does not learn from trials of others"
    assert not {"optuna:random", "sklearn:grid", "turns:two", "auto:credit"} & (left_out.keys() | set(ALL))


def test_who_plans_over_the_whole_study_is_a_member_only_where_it_is_named_and_the_study_has_a_length() -> (
    None
):
    left_out = taken(FLAT, None).left_out
    for name in ("nevergrad:cma", "smac:rf"):
        assert left_out[name] == "plans its search over the whole study"
    assert left_out["nevergrad:de"] == "moves step by step from trials of its own"
    problem = tb.Problem(lambda trial: trial["x"], FLAT)
    named = tb.backend("auto", members=["nevergrad:cma", "optuna:tpe"], share=None)
    with pytest.raises(tb.ProblemError, match="nevergrad:cma plans its search over the whole study"):
        tb.tune(problem, backend=named, max_seconds=5, seed=0)
    result = tb.tune(problem, backend=named, n_trials=28, seed=0)
    assert {trial.proposer for trial in result.trials} == {"optuna:tpe", "nevergrad:cma"}


def test_several_objectives_are_for_those_who_can() -> None:
    assert list(members(FLAT, TWO, {"members": ALL})) == ["optuna:gp", "optuna:tpe"]
    reason = taken(FLAT, None, n_directions=2).left_out["hyperopt:tpe"]
    assert reason == "optimises one objective only"


def test_explain_of_several_objectives_shows_those_who_can_and_why_others_stay_out() -> None:
    translation = tb.explain(FLAT, "auto", directions=["minimize", "maximize"])
    assert list(translation.members) == ["optuna:gp", "optuna:tpe"]
    assert all("hyperopt" not in row.native for row in translation.parameters)
    assert translation.left_out["hyperopt:tpe"] == "optimises one objective only"
    assert set(ALL) <= tb.explain(FLAT, "auto", directions=["maximize"]).members.keys()
    assert str(tb.explain(FLAT, "auto", directions="maximize")) == str(tb.explain(FLAT, "auto"))
    alone = tb.explain(FLAT, "hyperopt:tpe", directions=["minimize"] * 3)
    assert alone.notes[-1] == "optimises one objective only: a study with 3 is refused"


def test_nobody_takes_part_who_would_lose_something_unless_all_would() -> None:
    assert list(members(WEIGHTED, ONE, {"members": ALL})) == ["hyperopt:anneal", "hyperopt:tpe"]
    assert "k is lossy" in taken(WEIGHTED, None).left_out["optuna:tpe"]
    assert list(members(WEIGHTED, ONE, {"members": ["optuna:tpe"]})) == ["optuna:tpe"]
    losing = tb.backend("auto", members=["optuna:tpe", "optuna:gp"])
    with pytest.raises(tb.TranslationError, match="lossy"):
        tb.open_study(tb.Problem(lambda trial: 0.0, WEIGHTED), backend=losing)


def test_what_is_not_installed_stays_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "torch")
    found = taken(FLAT, None)
    assert "optuna:gp" not in found.translations
    assert found.left_out["optuna:gp"] == "needs optuna, scipy, cmaes, torch, not all of which is installed"


def test_nothing_installed_is_an_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "optuna", "hyperopt")
    with pytest.raises(tb.MissingLibraryError, match="none is installed") as caught:
        members(FLAT, ONE, {})
    assert "pip install" in caught.value.hint


def test_a_member_that_is_named_and_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "hyperopt")
    chosen = tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"])
    with pytest.raises(tb.MissingLibraryError, match="'auto:credit' needs hyperopt") as caught:
        tb.open_study(tb.Problem(lambda trial: 0.0, FLAT), backend=chosen)
    assert caught.value.hint.endswith("; or choose optuna:tpe itself")


def test_nobody_who_can_is_an_error_that_says_why_of_each() -> None:
    chosen = tb.backend("auto", members=["hyperopt:tpe", "hyperopt:anneal"])
    problem = tb.Problem(lambda trial: (0.0, 0.0), FLAT, ["minimize", "minimize"])
    with pytest.raises(tb.TranslationError, match="hyperopt:tpe: optimises one objective only"):
        tb.open_study(problem, backend=chosen)


def test_explain_shows_what_becomes_of_a_parameter_on_each_member_and_why_others_stay_out() -> None:
    translation = tb.explain(FLAT, "auto")
    assert set(ALL) <= translation.members.keys()
    assert all(f"{name}: " in row.native for name in ALL for row in translation.parameters)
    assert "without optuna:cmaes: does not learn" in " ".join(str(translation).split())


def test_members_that_it_chooses_itself_forget_and_those_named_are_as_they_are_named() -> None:
    kept = {"remember": 500}
    found = members(FLAT, ONE, {})
    assert found["optuna:tpe"] == found["hyperopt:tpe"] == kept
    assert found["optuna:gp"] == {**kept, "lookahead": 1}
    assert found["hyperopt:anneal"] == {}
    assert members(FLAT, ONE, {"members": ALL})["optuna:tpe"] == {}
    said = "told of 500 trials at most"
    note, ahead = tb.explain(FLAT, "auto").notes
    assert ahead == (
        "optuna:gp: its proposals are made while trials run side by side (n_jobs > 1, not under "
        "deterministic=True), and know one outcome fewer"
    )
    for chosen in (tb.backend("auto", lookahead=0), tb.backend("auto", members=ALL)):
        assert "know one outcome fewer" not in " ".join(tb.explain(FLAT, chosen).notes)
    assert note.startswith("hyperopt:tpe, optuna:gp, optuna:tpe: ")
    assert said in note
    assert tb.explain(FLAT, tb.backend("auto", members=ALL)).notes == ()
    few = {"optuna:tpe": {"remember": 60}, "hyperopt:tpe": {}}
    named = tb.explain(FLAT, tb.backend("auto", members=few)).notes
    assert named[0].startswith("optuna:tpe: its sampler is told of 60 trials")


def test_what_a_study_that_goes_on_carried_says_what_its_members_are_told(tmp_path: Path) -> None:
    problem = tb.Problem(lambda trial: trial["x"], FLAT)
    way: dict[str, Any] = {
        "backend": "auto",
        "storage": f"sqlite:///{tmp_path}/a.db",
        "study": "s",
        "seed": 0,
    }
    tb.tune(problem, n_trials=2, **way)
    carried = tb.tune(problem, n_trials=3, **way).carried
    assert carried is not None
    assert carried.exact
    assert "optuna:tpe: its sampler is told of 500 trials at most" in carried.bound


def test_members_take_options_of_their_own() -> None:
    given = {"optuna:tpe": {"multivariate": True}, "hyperopt": {"n_EI_candidates": 12}}
    found = members(FLAT, ONE, {"members": given})
    assert found == {"optuna:tpe": {"multivariate": True}, "hyperopt:tpe": {"n_EI_candidates": 12}}
    recorded = settings({"members": found})
    assert recorded["optuna:tpe"]["multivariate"] is True
    assert (recorded["share"], recorded["floor"]) == (0.1, 1.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": 0}, "share of auto:credit must be a number > 0, or None, got 0"),
        ({"share": "much"}, "share of auto:credit must be a number > 0, or None"),
        ({"floor": 0}, "floor of auto:credit must be a number > 0 and <= 1, got 0"),
        ({"floor": 1.5}, "floor of auto:credit must be a number > 0 and <= 1"),
        ({"members": []}, "must be two backends or more"),
        ({"members": "optuna:tpe"}, "must be two backends or more"),
        ({"members": [1, 2]}, "must be two backends or more"),
        ({"members": {"optuna:tpe": 3, "optuna:gp": {}}}, "must be two backends or more"),
        ({"members": ["optuna:tpe"]}, "must be two backends or more"),
        ({"members": {"hyperopt:tpe": {}}}, "must be two backends or more"),
        ({"members": ["optuna:tpe", "hyperopt:tpe", "optuna:tpe"]}, "each of them once"),
        ({"members": {"optuna": {}, "optuna:tpe": {"gamma": 0.2}}}, "each of them once"),
        ({"members": ["auto", "optuna:tpe"]}, "cannot be a member"),
        ({"members": ["optuna:tpee", "optuna:gp"]}, "no backend is called"),
        ({"members": {"optuna:tpe": {"gama": 1}, "optuna:gp": {}}}, "no option 'gama'"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused_with_the_rule(options: dict[str, Any], words: str) -> None:
    with pytest.raises(tb.TunebridgeError, match=words):
        tb.open_study(tb.Problem(lambda trial: 0.0, FLAT), backend=tb.backend("auto", **options))
