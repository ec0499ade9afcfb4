"""explain, to_native, decode, and the checks before the first trial."""

import dataclasses
import logging
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import translate

SPACE = tb.Space(
    x=tb.Float(0, 1),
    lr=tb.Float(1e-4, 1e-1, log=True),
    n=tb.Int(1, 5),
    size=tb.Ordinal([16, 32, 64]),
    kind=tb.Categorical({"relu": int, "tanh": float}),
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0, 0.99)), "adam": tb.Space()}),
    fixed=tb.Constant("c"),
)
BACKENDS = ["sklearn:random", "hyperopt:random"]
SWAPPED = tb.Space(
    x=tb.Categorical({"a": "b", "b": "a"}),
    y=tb.Categorical(["a", "'a'"]),
    z=tb.Categorical({"1": "0", "0": "1"}),
    t=tb.Categorical([1, True, 1.0]),
)
"""Labels that are other choices' values."""


@pytest.mark.parametrize("backend", BACKENDS)
def test_explain_has_one_row_per_parameter_in_declaration_order(backend: str) -> None:
    translation = tb.explain(SPACE, backend)
    assert translation.backend == backend
    assert [row.path for row in translation.parameters] == [node.path for node in SPACE.nodes]
    assert all(row.declared for row in translation.parameters)
    assert {row.fidelity for row in translation.parameters} <= {tb.Fidelity.EXACT, tb.Fidelity.EMULATED}


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_row_that_is_not_exact_gives_its_reason(backend: str) -> None:
    rows = tb.explain(SPACE, backend).parameters
    assert [row.path for row in rows if row.fidelity is not tb.Fidelity.EXACT and not row.reason] == []


def test_explain_takes_a_chosen_backend_with_its_options() -> None:
    space = tb.Space(x=tb.Float(0, 1))
    assert tb.explain(space, "sklearn:grid").rows(tb.Fidelity.REFUSED)
    assert not tb.explain(space, tb.backend("sklearn:grid", points=3)).rows(tb.Fidelity.REFUSED)


def test_explain_needs_no_library_and_to_native_does() -> None:
    spec = dataclasses.replace(tb.backend("sklearn:random").spec, requires=("no-such-library",))
    chosen = tb.Backend(spec, {})
    assert tb.explain(SPACE, chosen).parameters
    with pytest.raises(tb.MissingLibraryError, match="no-such-library"):
        tb.to_native(SPACE, chosen)


def test_to_native_is_what_one_would_hand_to_the_library() -> None:
    space = tb.Space(x=tb.Float(2, 5), n=tb.Int(1, 3), size=tb.Ordinal([16, 32]), fixed=tb.Constant(1))
    native = tb.to_native(space, "sklearn:random")
    assert list(native) == ["x", "n", "size"]
    assert native["x"].support() == (2, 5)
    assert native["n"].support() == (1, 3)
    assert native["size"] == [16, 32]


def test_to_native_of_a_grid_is_a_list_of_values_per_parameter() -> None:
    space = tb.Space(n=tb.Int(1, 3), flag=tb.Categorical([True, None]))
    assert tb.to_native(space, "sklearn:grid") == {"n": [1, 2, 3], "flag": [True, None]}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("space", [SPACE, SWAPPED], ids=["space", "swapped labels"])
def test_decode_undoes_encode(space: tb.Space, backend: str, seed: int) -> None:
    params = space.sample(seed)
    decoded = tb.decode(space, backend, tb.explain(space, backend).encode(params))
    assert decoded == pytest.approx(params)
    assert [type(value) for value in decoded.values()] == [type(value) for value in params.values()]
    assert list(decoded) == list(params)


def test_decode_drops_names_that_are_inactive() -> None:
    space = tb.Space(o=tb.Categorical({"sgd": tb.Space(m=tb.Float(0, 1)), "adam": tb.Space()}))
    assert tb.decode(space, "sklearn:random", {"o": "adam", "o.sgd.m": 0.5}) == {"o": "adam"}


@pytest.mark.parametrize("function", [tb.explain, tb.to_native])
@pytest.mark.parametrize(
    "space", [{"x": tb.Float(0, 1)}, tb.Problem(len, SPACE), None], ids=["dict", "problem", "None"]
)
def test_something_that_is_no_space_is_refused(function: Any, space: Any) -> None:
    with pytest.raises(tb.SpaceError, match=r"expected a tunebridge\.Space"):
        function(space, "sklearn:random")


def test_a_refused_parameter_stops_to_native_and_decode_with_its_path_and_reason() -> None:
    space = tb.Space(x=tb.Float(0, 1), y=tb.Normal(0, 1), n=tb.Int(1, 2))
    for attempt in (
        lambda: tb.to_native(space, "sklearn:grid"),
        lambda: tb.decode(space, "sklearn:grid", {}),
    ):
        with pytest.raises(tb.TranslationError) as caught:
            attempt()
        lines = str(caught.value).splitlines()
        assert [line.split(":")[0].strip() for line in lines[1:3]] == ["x", "y"]
        assert "sklearn:grid" in lines[0]


def lossy() -> tb.Translation:
    """Return a translation that loses something."""
    row = tb.TranslatedParameter(
        path="o.sgd.m", declared="Float(0.0, 1.0)", native="f()", fidelity=tb.Fidelity.LOSSY, reason="rounds"
    )
    return tb.Translation(backend="fake:a", parameters=(row,), build=dict, decode=dict, encode=dict)


def test_a_lossy_translation_stops_with_the_path_the_reason_and_the_way_to_allow_it() -> None:
    with pytest.raises(
        tb.TranslationError, match=r"fake:a is lossy:\n  o\.sgd\.m: Float.*rounds[\s\S]*on_lossy='warn'"
    ):
        translate.check_lossy(lossy(), "error")


def test_a_lossy_translation_that_is_allowed_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    translate.check_lossy(lossy(), "warn")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "o.sgd.m" in record.getMessage()


def test_an_exact_translation_passes_both_checks_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    translation = tb.explain(tb.Space(x=tb.Float(0, 1)), "sklearn:random")
    translate.check_refused(translation)
    translate.check_lossy(translation, "error")
    translate.check_lossy(translation, "warn")
    assert caplog.records == []


def test_a_missing_capability_names_the_parameter_the_capability_and_who_has_it() -> None:
    spec = dataclasses.replace(tb.backend("sklearn:random").spec, capabilities=tb.Capabilities())
    chosen = tb.Backend(spec, {})
    with pytest.raises(
        tb.UnsupportedError, match=r"optimizer.*'conditional'.*sklearn:random[\s\S]*hyperopt:tpe"
    ):
        translate.check_capabilities(SPACE, (tb.Direction.MINIMIZE,), chosen)
    with pytest.raises(tb.UnsupportedError, match=r"maximize.*'multi_objective'"):
        translate.check_capabilities(tb.Space(), (tb.Direction.MINIMIZE, tb.Direction.MAXIMIZE), chosen)
    translate.check_capabilities(tb.Space(), (tb.Direction.MINIMIZE,), chosen)


# Spaces at the edge.


@pytest.mark.parametrize("backend", ["sklearn:random", "sklearn:grid", "hyperopt:random", "hyperopt:tpe"])
@pytest.mark.parametrize(
    "space",
    [
        tb.Space(),
        tb.Space(a=tb.Constant([1]), b=tb.Categorical(["x"]), c=tb.Int(4, 4), d=tb.Float(1, 1)),
        tb.Space(o=tb.Categorical({"only": tb.Space(a=tb.Constant(1))})),
    ],
    ids=["empty", "constants", "one branch of constants"],
)
def test_a_space_of_one_point_can_be_tuned(backend: str, space: tb.Space) -> None:
    result = tb.tune(tb.Problem(lambda trial: 1.0, space), backend=backend, n_trials=1, seed=0)
    assert [trial.params for trial in result.trials] == [space.sample(0)]


@pytest.mark.parametrize("backend", ["sklearn:random", "sklearn:grid", "hyperopt:random"])
def test_every_branch_is_proposed_even_if_all_branches_are_empty(backend: str) -> None:
    space = tb.Space(o=tb.Categorical({"a": tb.Space(), "b": tb.Space(), "c": tb.Space()}))
    result = tb.tune(tb.Problem(lambda trial: 1.0, space), backend=backend, n_trials=40, seed=0)
    assert {trial.params["o"] for trial in result.trials} == {"a", "b", "c"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_and_labels_with_dots_and_spaces_can_be_tuned(backend: str) -> None:
    space = tb.Space(
        {
            "a.b": tb.Int(0, 3),
            "x y": tb.Ordinal([1, 2]),
            "o": tb.Categorical({"s.g": tb.Space(m=tb.Int(1, 3)), "": 1}),
        }
    )
    result = tb.tune(tb.Problem(lambda trial: 1.0, space), backend=backend, n_trials=5, seed=0)
    assert all(space.contains(trial.params) for trial in result.trials)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_range_wider_than_a_machine_integer_is_proposed_or_refused(backend: str) -> None:
    try:
        space = tb.Space(n=tb.Int(0, 2**70))
        result = tb.tune(tb.Problem(lambda trial: 1.0, space), backend=backend, n_trials=3, seed=0)
    except (tb.TranslationError, tb.SpaceError):
        return
    assert all(space.contains(trial.params) for trial in result.trials)
