"""What is asked to be compared is read before anything runs, and refused with what to do next."""

from __future__ import annotations

import re
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.comparison.plan import arguments
from tunebridge.registry import plugins
from tunebridge.registry.labels import label_of, read_labels
from tunebridge.registry.registry import Registry
from tunebridge.testing import MemoryStore

SPACE = tb.Space(x=tb.Float(-1.0, 1.0))

evaluated: list[Any] = []


def objective(trial: tb.Trial) -> float:
    evaluated.append(trial)
    return float(trial["x"])


PROBLEM = tb.Problem(objective, SPACE)
TWO = tb.Problem(lambda trial: (1.0, 2.0), SPACE, direction=["minimize", "minimize"])
WEIGHTED = tb.Problem(objective, tb.Space(x=tb.Categorical([1.0, 2.0], weights=[1, 3])))
BRANCHED = tb.Problem(objective, tb.Space(x=tb.Categorical({"a": tb.Space(), "b": tb.Space(y=tb.Int(1, 2))})))


class Unstable:
    """Has no repr of its own."""


AUTO = tb.backend("auto").spec
UNSTABLE = tb.Problem(objective, tb.Space(x=tb.Categorical([Unstable(), Unstable()])))


def compare(problems: Any = PROBLEM, **settings: Any) -> tb.Comparison:
    defaults: dict[str, Any] = {"backends": ["optuna:tpe", "optuna:random"], "n_trials": 3, "seeds": [0, 1]}
    return tb.compare(problems, **{**defaults, **settings})


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"backends": ["optuna:tep"]}, tb.UnknownNameError, "Did you mean 'optuna:tpe'?"),
        ({"backends": [tb.Backend(AUTO, {"members": "tpe"})]}, tb.OptionError, "members must name backends"),
        ({"backends": [tb.Backend(AUTO, {"members": [1]})]}, tb.OptionError, "members must name backends"),
        ({"backends": [tb.Backend(AUTO, {"members": {"optuna": 3}})]}, tb.OptionError, "members must name"),
        ({"backends": ["optuna:tpe", "optuna"]}, tb.ProblemError, "optuna:tpe: compared twice"),
        ({"backends": ["optuna:random"]}, tb.ProblemError, "a comparison needs two lines, and optuna:random"),
        ({"backends": []}, tb.ProblemError, "backends must be a list of names such as 'optuna:tpe', got"),
        ({"backends": "optuna:tpe"}, tb.ProblemError, "backends must be a list"),
        ({"backends": ["manual"]}, tb.ProblemError, "'manual' proposes nothing that could be compared"),
        ({"backends": [tb.Population(size=2, every=1)]}, tb.UnsupportedError, "no line of a comparison"),
        ({"pruners": [None, tb.Population(size=2, every=1)]}, tb.UnsupportedError, "population=Population"),
        ({"pruners": "asha"}, tb.ProblemError, "pruners must be a list"),
        ({"pruners": []}, tb.ProblemError, "pruners must be a list"),
        ({"pruners": ["asah"]}, tb.UnknownNameError, "Did you mean 'asha'?"),
        (
            {"pruners": ["asha", "asha"]},
            tb.ProblemError,
            r"optuna:random \+ asha, optuna:tpe \+ asha: compared",
        ),
        ({"n_trials": None}, tb.ProblemError, "nothing limits the studies"),
        ({"n_trials": 0}, tb.ProblemError, "n_trials must be an integer >= 1"),
        ({"max_seconds": -1}, tb.ProblemError, "max_seconds must be a number > 0"),
        ({"shared_start": 4}, tb.ProblemError, "shared_start=4 is more than n_trials=3"),
        ({"shared_start": -1}, tb.ProblemError, "shared_start must be an integer >= 0"),
        ({"shared_start": True}, tb.ProblemError, "shared_start must be an integer >= 0"),
        ({"seeds": []}, tb.ProblemError, "seeds is empty"),
        ({"seeds": [1, 2, 1]}, tb.ProblemError, "seeds come twice: 1"),
        ({"seeds": [2**32]}, tb.ProblemError, r"0 <= seed < 2\*\*32"),
        ({"seeds": [None]}, tb.ProblemError, "cannot be None"),
        ({"seeds": 10}, tb.ProblemError, r"a list of integers such as range\(10\), got 10"),
        ({"reference": "hyperopt:tpe"}, tb.UnknownNameError, "'hyperopt:tpe' is no line of the comparison"),
        ({"reference": "optuna:tep"}, tb.UnknownNameError, "Did you mean 'optuna:tpe'?"),
        ({"target": float("nan")}, tb.ProblemError, "target must be a finite number"),
        ({"target": {"objectve": 1.0}}, tb.ProblemError, "Did you mean 'objective'?"),
        ({"problems": TWO}, tb.UnsupportedError, "a comparison needs one objective, and this problem has 2"),
        ({"problems": {}}, tb.ProblemError, "expected a tunebridge.Problem, or several by name"),
        ({"problems": objective}, tb.ProblemError, "expected a tunebridge.Problem"),
        ({"problems": {"a": PROBLEM, "b": SPACE, "": PROBLEM}}, tb.ProblemError, "b: expected a tunebridge"),
        ({"problems": UNSTABLE}, tb.ProblemError, "objective: x: the label .* holds a memory address"),
        ({"problems": WEIGHTED}, tb.TranslationError, "objective: the translation to optuna:tpe is lossy"),
        ({"problems": WEIGHTED, "on_lossy": "wran"}, tb.ProblemError, "Did you mean 'warn'?"),
        ({"backends": ["sklearn:grid"]}, tb.TranslationError, "sklearn:grid cannot propose this space"),
        ({"storage": MemoryStore()}, tb.ProblemError, "needs the URL of its store"),
        ({"storage": "nowhere"}, tb.StoreError, "a store is named by a URL"),
        ({"study": ""}, tb.ProblemError, "a comparison's name must be a string that is not empty"),
        ({"n_jobs": 0}, tb.ProblemError, "n_jobs must be an integer >= 1"),
        ({"n_jobs": 2, "executor": "inline"}, tb.UnsupportedError, "needs an executor that can do it"),
        ({"executor": "proceses"}, tb.UnknownNameError, "Did you mean 'processes'?"),
    ],
)
def test_a_mistake_is_refused_before_anything_runs(
    settings: dict[str, Any], kind: type[tb.TunebridgeError], message: str
) -> None:
    evaluated.clear()
    with pytest.raises(kind, match=message):
        compare(**settings)
    assert evaluated == []


def test_all_translations_that_are_refused_or_lossy_are_listed() -> None:
    with pytest.raises(tb.TranslationError) as caught:
        compare(
            {"one": WEIGHTED, "two": WEIGHTED, "three": PROBLEM}, backends=["optuna:tpe", "optuna:random"]
        )
    found = re.findall(r"(\w+): the translation to ([\w:]+) is lossy", caught.value.message)
    assert found == [(name, line) for name in ("one", "two") for line in ("optuna:tpe", "optuna:random")]
    assert "on_lossy='warn'" in caught.value.hint


def test_a_capability_that_a_backend_lacks_is_named() -> None:
    with pytest.raises(tb.UnsupportedError, match="the capability 'conditional'"):
        compare(BRANCHED, backends=["optuna:grid", "optuna:random"])


def test_without_a_library_that_has_random_search_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    known = plugins.registry()
    backends = {name: spec for name, spec in known.backends.items() if not name.endswith(":random")}
    only = Registry(known.manager, backends=backends, pruners=known.pruners, executors=known.executors)
    monkeypatch.setattr(plugins, "registry", lambda: only)
    with pytest.raises(tb.MissingLibraryError, match="always has a line of random search"):
        compare(backends=["optuna:tpe"])


def test_without_scipy_the_way_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "installed_version", lambda name: None)
    with pytest.raises(tb.MissingLibraryError) as caught:
        compare()
    assert caught.value.hint == 'run: pip install "tunebridge[compare]"'


@pytest.mark.parametrize("reference", ["optuna:tpe", "optuna", tb.backend("optuna:tpe")], ids=repr)
def test_a_reference_may_be_a_label_or_a_backend(reference: Any) -> None:
    assert compare(reference=reference, seeds=[0]).reference == "optuna:tpe"


def test_random_search_is_the_reference_unless_named() -> None:
    assert compare(seeds=[0]).reference == "optuna:random"


def test_a_target_is_for_all_problems_or_for_each() -> None:
    problems = {"a": PROBLEM, "b": PROBLEM}
    assert compare(problems, seeds=[0], target=2).targets == {"a": 2.0, "b": 2.0}
    assert compare(problems, seeds=[0], target={"b": 0.5}).targets == {"b": 0.5}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("optuna:tpe", [("optuna:tpe", {})]),
        (" optuna:tpe , hyperopt:tpe,", [("optuna:tpe", {}), ("hyperopt:tpe", {})]),
        (
            "sklearn:grid(points={'x': 5}),optuna:tpe(group=True, multivariate=True),none",
            [
                ("sklearn:grid", {"points": {"x": 5}}),
                ("optuna:tpe", {"group": True, "multivariate": True}),
                ("none", {}),
            ],
        ),
    ],
)
def test_a_list_of_names_with_options_is_read(text: str, expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert read_labels(text) == expected
    assert read_labels(",".join(label_of(*one) for one in expected)) == expected


@pytest.mark.parametrize(
    "text", ["optuna:tpe hyperopt:tpe", "(x=1)", "a(1)", "a(x=f())", "a(**x)", "a(x", ",a"]
)
def test_a_list_of_names_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(tb.ProblemError, match=r"options are written|is no list of names"):
        read_labels(text)
