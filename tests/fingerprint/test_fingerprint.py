"""Fingerprints: the same for the same code in any process, another one when the code changes."""

import functools
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent, indent
from typing import Any

import numpy as np
import pytest
import torch
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline

from tunebridge.fingerprint.changes import changed_items, same_code
from tunebridge.fingerprint.objective import Fingerprinted, describe, fingerprint

SCRIPT = """
import json
from tunebridge.fingerprint.objective import fingerprint

def objective(trial):
    def inner(x):
        return x in {"sgd", "adam", "rmsprop", ("a", 1)} or {"one", "two", "three", "four"}
    return [inner(x) for x in trial if x not in ("a", frozenset())]

print(json.dumps(fingerprint(objective)))
"""

LOOP = """
def objective(trial):
    total = 0
    for step in range(30):
        total += step
    return total
"""


class Model:
    def __init__(self, width: int = 1) -> None:
        self.width = width

    def __call__(self, trial: dict[str, Any]) -> float:
        return self.width * float(trial["x"])

    def fit(self, trial: dict[str, Any]) -> float:
        return self.width / float(trial["x"])


class Same(Model):
    pass


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call


def written(source: str, name: str = "objective") -> Any:
    """Return what a source defines."""
    names: dict[str, Any] = {}
    exec(compile(dedent(source), "<source>", "exec"), names)
    return names[name]


def digest(source: str) -> str:
    return fingerprint(written(source))["code"]


def body(text: str) -> str:
    return digest("def objective(trial, seed=0):\n" + indent(dedent(text), "    "))


def in_process(seed: str) -> dict[str, str]:
    """Return the fingerprint of the script's objective from a fresh interpreter."""
    command = [sys.executable, "-c", SCRIPT]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    read: dict[str, str] = json.loads(done.stdout)
    return read


def test_a_fingerprint_names_the_function_the_kind_of_bytecode_and_a_digest() -> None:
    found = fingerprint(written(LOOP))
    tag, _, code = found["code"].partition(":")
    assert found["name"] == "objective"
    assert tag == sys.implementation.cache_tag
    assert len(bytes.fromhex(code)) == 32
    assert json.loads(json.dumps(found)) == found


def test_it_is_the_same_in_every_process() -> None:
    found = [in_process(seed) for seed in ("0", "1", "2", "random")]
    assert found[0]["code"]
    assert found == [found[0]] * 4


@pytest.mark.parametrize(
    "source",
    [
        "\n\n\n" + LOOP,
        LOOP.replace("    total = 0", "    # a comment\n\n    total = 0  # another"),
        LOOP.replace("    total = 0", "    '''A docstring.'''\n    total = 0"),
        LOOP.replace("    total = 0", "    '''Another docstring.'''\n\n    total = 0"),
        LOOP.replace("    total = 0", "    'total'\n    total = 0"),
        LOOP.replace("(trial)", "(trial: dict) -> float"),
    ],
)
def test_it_keeps_when_only_comments_docstrings_blank_lines_or_annotations_change(source: str) -> None:
    assert digest(source) == digest(LOOP)


@pytest.mark.parametrize(
    ("plain", "documented"),
    [
        ("return 'a'", "'a'\nreturn 'a'"),
        ("return None", "'''Doc.'''\nreturn None"),
        ("def inner(): return 1\nreturn inner", "def inner():\n    '''Doc.'''\n    return 1\nreturn inner"),
        ("return trial(n=1, m='a')", "'''Doc.'''\nreturn trial(n=1, m='a')"),
        (
            "class Net:\n    depth = 1\nreturn Net",
            "\nclass Net:\n    '''Doc.'''\n\n    depth = 1\nreturn Net",
        ),
    ],
)  # fmt: skip
def test_a_docstring_does_not_count_wherever_it_is_added(plain: str, documented: str) -> None:
    assert body(plain) == body(documented)


def test_a_docstring_does_not_count_in_a_function_of_hundreds_of_constants() -> None:
    lines = "\n".join(f"total += {number}.5" for number in range(300))
    assert body(f"total = 0\n{lines}") == body(f"'''Doc.'''\ntotal = 0\n{lines}")


def test_a_lambda_keeps_its_fingerprint_when_other_arguments_of_the_call_change() -> None:
    short = "objective = dict(f=lambda trial: trial['x'] ** 2, n=1)['f']"
    long = "objective = dict(\n    n=[2, 3], name='other',\n    f=lambda trial: trial['x'] ** 2,\n)['f']"
    assert fingerprint(written(short)) == fingerprint(written(long))
    assert fingerprint(written(short))["name"] == "<lambda>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("range(30)", "range(300)"),
        ("range(30)", "range(30.0)"),
        ("range(30)", "range(True)"),
        ("range", "list"),
        ("total += step", "total -= step"),
        ("return total", "return step"),
        ("return total", "return -total"),
        ("(trial)", "(trial, *more)"),
        ("(trial)", "(trial, **more)"),
        ("(trial)", "(*trial)"),
        ("(trial)", "(trial, /)"),
        ("(trial)", "(*, trial)"),
        ("return total", "return lambda: total"),
    ],
)
def test_it_differs_when_the_code_does(old: str, new: str) -> None:
    assert digest(LOOP.replace(old, new)) != digest(LOOP)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return lambda x: x + 1", "return lambda x: x + 2"),
        ("return [x + 1 for x in trial]", "return [x + 2 for x in trial]"),
        ("return lambda: [lambda: 1]", "return lambda: [lambda: 2]"),
        ("return trial in {1, 2, 3}", "return trial in {1, 2, 4}"),
        ("return trial in {1, 2, 3}", "return trial in (1, 2, 3)"),
        ("return trial in (1, (2, 3))", "return trial in (1, (2, 4))"),
        ("return trial.fit(n=1)", "return trial.fit(m=1)"),
        ("return trial.fit", "return trial.score"),
        ("return 0.0", "return -0.0"),
        ("return '1'", "return 1"),
        ("return 'a'", "return b'a'"),
        ("try:\n    a()\n    b()\nexcept OSError:\n    c()", "a()\ntry:\n    b()\nexcept OSError:\n    c()"),
        ("class Net:\n    depth = 1\nreturn Net", "class Net:\n    depth = 2\nreturn Net"),
        ("class Net:\n    __doc__ = trial()", "class Net:\n    __doc__ = seed()"),
    ],
)
def test_it_differs_when_a_constant_a_name_or_an_inner_function_does(old: str, new: str) -> None:
    assert body(old) != body(new)


@given(st.sets(st.integers(-9, 9), min_size=3))
def test_a_set_counts_by_its_members(members: set[int]) -> None:
    shown = [", ".join(map(str, order)) for order in (sorted(members), sorted(members, reverse=True))]
    assert body(f"return trial in {{{shown[0]}}}") == body(f"return trial in {{{shown[1]}}}")


@given(st.text(), st.text())
def test_constants_of_any_text_differ_when_the_texts_do(first: str, second: str) -> None:
    same = body(f"return ({first!r}, {second!r})") == body(f"return ({second!r}, {first!r})")
    assert same == (first == second)


def test_a_partial_stands_for_the_function_inside() -> None:
    function = written(LOOP)
    nested = functools.partial(functools.partial(function, 1), n=2)
    assert fingerprint(nested) == fingerprint(function)


def test_a_decorated_function_stands_for_the_one_inside() -> None:
    function = written(LOOP)
    assert fingerprint(logged(function)) == fingerprint(function)
    assert fingerprint(functools.lru_cache(logged(function))) == fingerprint(function)


def test_an_object_shows_its_type_and_the_code_of_its_call() -> None:
    assert fingerprint(Model()) == {"name": "Model", "code": fingerprint(Model.__call__)["code"]}
    assert fingerprint(Model(1)) == fingerprint(Model(2))
    assert fingerprint(functools.partial(Model(1))) == fingerprint(Model(1))
    assert fingerprint(Same()) == {**fingerprint(Model()), "name": "Same"}


def test_a_class_shows_its_name_and_the_code_of_its_init() -> None:
    assert fingerprint(Model) == {"name": "Model", "code": fingerprint(Model.__init__)["code"]}
    assert fingerprint(Model)["code"] != fingerprint(Model())["code"]


def test_a_bound_method_shows_its_function() -> None:
    assert fingerprint(Model().fit) == fingerprint(Model.fit)
    assert fingerprint(Model().fit)["name"] == "Model.fit"
    assert fingerprint(Model().fit)["code"] != fingerprint(Model())["code"]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (len, "len"),
        ("a".join, "str.join"),
        (dict, "dict"),
        (functools.partial(max, 1), "max"),
        (np.random.default_rng(0).normal, "Generator.normal"),
    ],
)
def test_what_is_not_written_in_python_has_no_code(function: Callable[..., Any], name: str) -> None:
    assert fingerprint(function) == {"name": name, "code": ""}


def test_the_same_code_needs_the_same_name() -> None:
    mine = fingerprint(written(LOOP))
    assert same_code(mine, dict(mine))
    assert not same_code(mine, {**mine, "name": "other"})
    assert not same_code({"name": "a", "code": ""}, {"name": "b", "code": ""})


def test_digests_of_one_kind_of_bytecode_are_compared() -> None:
    mine, other = fingerprint(written(LOOP)), fingerprint(written(LOOP.replace("30", "300")))
    assert not same_code(mine, other)
    assert not same_code(other, mine)


@pytest.mark.parametrize("code", ["", "cpython-399:", "pypy39:"])
def test_code_that_cannot_be_compared_may_be_the_same(code: str) -> None:
    mine = fingerprint(written(LOOP))
    digest = "0" * 64 if code else ""
    assert same_code(mine, {**mine, "code": code + digest})
    assert same_code({**mine, "code": code + digest}, mine)


def versioned(**attributes: Any) -> Any:
    """Return an object of a class `Model` with these attributes."""
    return type("Model", (Model,), {"__qualname__": "Model", **attributes})()


def test_a_class_that_states_a_version_is_known_by_it_and_not_by_its_code() -> None:
    edited = versioned(fingerprint_version=1, __call__=lambda self, trial: 2.0)
    assert fingerprint(versioned(fingerprint_version=1)) == {"name": "Model", "code": "", "version": "1"}
    assert fingerprint(edited) == fingerprint(versioned(fingerprint_version=1))
    assert same_code(fingerprint(Model()), fingerprint(edited)), "stored before it stated one"
    assert not same_code(fingerprint(edited), fingerprint(versioned(fingerprint_version=2)))


def test_a_subclass_does_not_inherit_the_version() -> None:
    class Sub(type(versioned(fingerprint_version=1))):  # type: ignore[misc]
        pass

    assert "version" not in fingerprint(Sub())


class Dependent(Model):
    def fingerprint(self) -> dict[str, str]:
        return {"width": str(self.width)}


def test_an_object_with_a_fingerprint_of_its_own_is_told_from_others() -> None:
    assert isinstance(Dependent(), Fingerprinted)
    assert not isinstance(Model(), Fingerprinted)
    assert not isinstance(fingerprint, Fingerprinted)
    assert fingerprint(Dependent(1)) == fingerprint(Dependent(2)), "its own says what differs"


class Drawing:
    """An object that draws when it is read, from a generator of its own."""

    def __init__(self, moving: Any, draw: Callable[[Any], Any]) -> None:
        self.moving = moving
        self.draw = draw

    def __call__(self, trial: dict[str, Any]) -> float:
        return 0.0

    def __getstate__(self) -> dict[str, Any]:
        return {"drawn": self.draw(self.moving)}


def reading(estimator: Any) -> Callable[[dict[str, Any]], float]:
    """Return an objective that reads an estimator which lies in other things."""
    nested = [{"model": make_pipeline(estimator)}]
    return lambda trial: float(len(nested))


@pytest.mark.parametrize(
    ("make", "draw"),
    [
        (lambda: np.random.default_rng(0), lambda rng: rng.random()),
        (lambda: np.random.RandomState(0), lambda rng: rng.randint(9)),
        (lambda: np.random.RandomState(np.random.PCG64(0)), lambda rng: rng.randint(9)),
        (lambda: random.Random(0), lambda rng: rng.random()),
        (torch.Generator, lambda rng: float(torch.rand(1, generator=rng))),
        (random.SystemRandom, lambda rng: 1.0),
    ],
    ids=["Generator", "RandomState", "RandomState of PCG64", "Random", "torch", "SystemRandom"],
)
def test_reading_an_object_leaves_its_generator_where_it_was(
    make: Callable[[], Any], draw: Callable[[Any], Any]
) -> None:
    moving = make()
    held = Drawing(moving, draw)
    first, again = describe(held), describe(held)
    assert first == again
    assert "drawn" in first["items"]
    assert draw(moving) == draw(make())


@pytest.mark.parametrize("kind", [xgboost.XGBClassifier, xgboost.XGBRFRegressor, xgboost.XGBRanker])
@pytest.mark.parametrize("seeded", [np.random.RandomState, np.random.default_rng])
def test_the_random_state_of_xgboost_is_not_drawn_from(
    kind: Callable[..., Any], seeded: Callable[[int], Any]
) -> None:
    moving = seeded(0)
    nested = reading(kind(random_state=moving))
    first, again = describe(nested), describe(nested)
    assert first == again
    assert first["items"] != describe(reading(kind(random_state=seeded(1))))["items"]
    assert moving.normal() == seeded(0).normal()


def rated(rate: float | None) -> Callable[..., Any]:
    """Return an objective that reads two attributes of its own, and changes one of them."""

    def objective(trial: Any) -> Any:
        objective.calls += 1  # type: ignore[attr-defined]
        return objective.rate, objective.calls  # type: ignore[attr-defined]

    objective.calls = 0  # type: ignore[attr-defined]
    if rate is not None:
        objective.rate = rate  # type: ignore[attr-defined]
    return objective


def test_an_attribute_that_a_function_reads_of_itself_counts_and_one_that_it_changes_does_not() -> None:
    first, second, without = describe(rated(1.0)), describe(rated(2.0)), describe(rated(None))
    assert first["attributes"] == ["objective.rate"]
    assert changed_items(first, second) == ["objective.rate is not what it was: was 1.0, is 2.0"]
    assert changed_items(without, first) == ["objective.rate is not what it was"]
    assert first["not_compared"] == {"objective.calls": "rated.<locals>.objective changes it"}
    used = rated(1.0)
    used(None)
    assert changed_items(first, describe(used)) == []


def test_a_document_that_knows_no_attributes_of_functions_is_not_compared_by_them() -> None:
    old = describe(rated(1.0))
    del old["attributes"], old["items"]["objective.rate"]
    assert changed_items(old, describe(rated(2.0))) == []
