"""Members of a stored study whose space becomes another: who can take it stays, with the options for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry import plugins
from tunebridge.study.settled_backend import settled_backend

SMALL: Mapping[str, Any] = {"x": tb.Float(0, 1), "n": tb.Int(1, 3)}
BRANCHES: Mapping[str, Any] = {**SMALL, "k": tb.Categorical({"a": tb.Space(q=tb.Float(0, 1)), "b": None})}
WEIGHTS: Mapping[str, Any] = {**SMALL, "w": tb.Categorical(["a", "b"], weights=[1, 3])}
OWN = {
    "hyperopt:anneal": {},
    "hyperopt:tpe": {"remember": 500},
    "optuna:gp": {"remember": 500, "lookahead": 1},
    "optuna:tpe": {"remember": 500},
}


def height(trial: Mapping[str, Any]) -> float:
    return float(trial["x"])


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/studies.db"


def tune(url: str, space: Mapping[str, Any], n_trials: int, backend: Any = "auto", **more: Any) -> tb.Result:
    problem = tb.Problem(height, tb.Space(space))
    return tb.tune(problem, backend=backend, n_trials=n_trials, seed=0, storage=url, study="s", **more)


def members(url: str, study: str = "s") -> Any:
    return tb.default_backend(url, study).options["members"]


def assert_goes_on_exactly(url: str, space: Mapping[str, Any], n_trials: int) -> None:
    for backend in ("auto", None):
        carried = tune(url, space, n_trials, backend).carried
        assert carried is not None
        assert carried.exact, carried.reason
        n_trials += 1


def test_a_space_that_grows_conditions_is_laid_flat_for_who_does_not_model_them(url: str) -> None:
    tune(url, SMALL, 2)
    assert members(url) == OWN
    tune(url, BRANCHES, 4, grow={"k": "b"})
    assert members(url) == {**OWN, "optuna:gp": {"flat": True, **OWN["optuna:gp"]}}
    assert_goes_on_exactly(url, BRANCHES, 5)


def test_who_cannot_take_what_the_space_has_grown_is_a_member_no_more_and_the_page_says_why(url: str) -> None:
    tune(url, SMALL, 2)
    lines = tune(url, WEIGHTS, 4, grow={"w": "b"}).why.splitlines()
    assert members(url) == {name: own for name, own in OWN.items() if name.startswith("hyperopt")}
    assert any(line.startswith("optuna:gp was not asked: w is lossy") for line in lines)
    assert not any(line.startswith(("optuna:gp is a member", "optuna:gp proposes")) for line in lines)
    assert_goes_on_exactly(url, WEIGHTS, 5)


def test_options_that_somebody_gave_stay_as_they_are(url: str) -> None:
    given = {"optuna:gp": {"remember": 90}, "optuna:tpe": {}}
    tune(url, SMALL, 2, tb.backend("auto", members=given))
    tune(url, BRANCHES, 4, grow={"k": "b"})
    assert members(url) == given


def test_a_study_that_is_carried_into_another_space_has_the_members_of_that_space(url: str) -> None:
    tune(url, SMALL, 2)
    tune(url, BRANCHES, 2, on_space_change="carry")
    assert members(url, "s@2")["optuna:gp"]["flat"] is True


def test_members_that_are_named_in_another_order_are_those_of_the_study_in_their_order(url: str) -> None:
    names = ["optuna:tpe", "hyperopt:tpe", "hyperopt:anneal"]
    tune(url, SMALL, 2, tb.backend("auto", members=names))
    problem = tb.Problem(height, tb.Space(SMALL))
    ways: list[Any] = [
        names[::-1],
        {name: {} for name in names[::-1]},
        ["hyperopt:anneal", "hyperopt", "optuna"],
    ]
    for again in ways:
        chosen = tb.backend("auto", members=again)
        settled = settled_backend(chosen, problem, url, "s", seed=0, newest=False)
        assert list(settled.options["members"]) == names


def test_members_with_options_that_are_not_stored_are_to_be_named_again(url: str) -> None:
    named = tb.backend("auto", members={"optuna:tpe": {}, "scipy:halton": {"scramble": object()}})
    tune(url, SMALL, 2, named)
    assert len(tune(url, SMALL, 3, named).trials) == 3
    for backend in ("auto", None):
        with pytest.raises(tb.StoreError, match=r"members of auto:credit, .* is not stored"):
            tune(url, SMALL, 4, backend)


@pytest.mark.parametrize("backend", ["auto", None])
def test_a_member_whose_plugin_is_not_here_is_named_with_the_study_and_what_to_do(
    backend: str | None, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune(url, SMALL, 2)
    monkeypatch.delitem(plugins.registry().backends, "hyperopt:anneal")
    said = "no backend is called 'hyperopt:anneal' here, which is a member in the study 's'"
    with pytest.raises(tb.UnknownNameError, match=said) as caught:
        tune(url, SMALL, 3, backend)
    assert caught.value.hint.startswith("install the plugin that brings it, or name members: ")
    assert "members=['hyperopt:tpe', 'optuna:gp', 'optuna:tpe']" in caught.value.hint


def test_a_proposer_whose_plugin_is_not_here_is_named_with_the_study(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune(url, SMALL, 2)
    monkeypatch.delitem(plugins.registry().backends, "auto:credit")
    with pytest.raises(tb.UnknownNameError, match=r"'auto:credit' here, .* last in the study 's'") as caught:
        tune(url, SMALL, 3, None)
    assert "backend=..." in caught.value.hint
