"""The values that cross the border to a plugin: calls, translations, specs, outcomes."""

import copy
import dataclasses
import pickle
from collections import namedtuple
from typing import Any

import pytest
from rich.console import Console

import tunebridge as tb

Pair = namedtuple("Pair", ["low", "high"])

CALL = tb.Call("hp.choice", ("x", [tb.Call("hp.uniform", ("x.y", 0, 1)), {"k": tb.Call("f")}]), {"p": (1, 2)})
SPACE = tb.Space(
    x=tb.Float(0, 1),
    size=tb.Ordinal([16, 32]),
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0, 0.99)), "adam": tb.Space()}),
    fixed=tb.Constant("c"),
)


def rows() -> tuple[tb.TranslatedParameter, ...]:
    """Return one row per fidelity."""
    return tuple(
        tb.TranslatedParameter(
            path=f"p{place}", declared="Float(0, 1)", native="f(0)", fidelity=fidelity, reason="why"
        )
        for place, fidelity in enumerate(tb.Fidelity)
    )


def translation(parameters: tuple[tb.TranslatedParameter, ...] = ()) -> tb.Translation:
    """Return a translation that has rows only."""
    return tb.Translation(backend="a:b", parameters=parameters, build=dict, decode=dict, encode=dict)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (tb.Call("f"), "f()"),
        (tb.Call("f", (1, "a", None, 0.5)), "f(1, 'a', None, 0.5)"),
        (tb.Call("f", (), {"low": 0, "log": True}), "f(low=0, log=True)"),
        (tb.Call("f", ((),)), "f(())"),
        (tb.Call("f", ((1,),)), "f((1,))"),
        (tb.Call("f", ((1, tb.Call("g")),)), "f((1, g()))"),
        (tb.Call("f", ({"a": tb.Call("g", (1,))},)), "f({'a': g(1)})"),
        (tb.Call("f", (), {"of": tb.Call("g")}), "f(of=g())"),
        (CALL, "hp.choice('x', [hp.uniform('x.y', 0, 1), {'k': f()}], p=(1, 2))"),
    ],
    ids=str,
)
def test_a_call_reads_as_it_would_be_written_by_hand(call: tb.Call, text: str) -> None:
    assert str(call) == text


def test_the_text_of_a_call_evaluates_to_what_the_call_builds() -> None:
    functions: dict[str, Any] = {"f": lambda *args, **kwargs: (args, kwargs), "g": lambda *args: ("g", *args)}
    call = tb.Call(
        "f", ([tb.Call("g", (1,))], (tb.Call("g"),), {"k": (1, tb.Call("g", ("a",)))}), {"of": tb.Call("g")}
    )
    assert eval(str(call), dict(functions)) == call.build(functions)


def test_building_makes_the_inner_calls_first() -> None:
    made: list[str] = []

    def function(name: str) -> Any:
        return lambda *args: (made.append(name), (name, args))[1]  # type: ignore[func-returns-value]

    functions = {name: function(name) for name in "fgh"}
    call = tb.Call("f", ([tb.Call("g"), {"k": tb.Call("h", (1,))}],))
    assert call.build(functions) == ("f", ([("g", ()), {"k": ("h", (1,))}],))
    assert made == ["g", "h", "f"]


@pytest.mark.parametrize(
    "value",
    [[1, [2]], (1, 2), {"a": [1]}, Pair(1, 2), pytest.param(object(), id="object"), tb.Space()],
    ids=repr,
)
def test_what_holds_no_call_is_handed_over_as_the_same_object(value: Any) -> None:
    assert tb.Call("f", (value,), {"k": value}).build({"f": lambda arg, k: (arg, k)}) == (value, value)
    assert tb.Call("f", (value,)).build({"f": lambda arg: arg is value}) is True


def test_translation_rows_are_picked_by_fidelity() -> None:
    for fidelity, row in zip(tb.Fidelity, rows(), strict=True):
        assert translation(rows()).rows(fidelity) == (row,)


def test_a_translation_prints_as_a_table_with_every_row_and_reason() -> None:
    text = str(translation(rows()))
    assert [word for word in ("a:b", "p0", "p3", "f(0)", *tb.Fidelity, "why") if word not in text] == []


def test_markup_in_names_is_shown_not_interpreted() -> None:
    row = tb.TranslatedParameter(
        path="[red]x[/red]", declared="[b]", native="[/]", fidelity=tb.Fidelity.EXACT
    )
    text = str(translation((row,)))
    assert [word for word in ("[red]x[/red]", "[b]", "[/]") if word not in text] == []


def test_no_text_of_a_translation_is_cut_off_in_a_narrow_terminal() -> None:
    long = "abcdefghij" * 12
    row = tb.TranslatedParameter(
        path=long, declared=long, native=long, fidelity=tb.Fidelity.LOSSY, reason=long
    )
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(translation((row,)))
    assert "…" not in capture.get()
    assert sum(map(capture.get().count, "abcdefghij")) >= 4 * len(long)


def test_by_value_decodes_and_encodes_under_full_paths_and_leaves_fixed_ones_out() -> None:
    made = tb.Translation.by_value(
        SPACE,
        backend="a:b",
        parameters=[],
        build=dict,
        from_native=lambda parameter, native: parameter.read(native),
        to_native=lambda parameter, value: value,
    )
    params = {"x": 0.5, "size": 32, "optimizer": "sgd", "momentum": 0.9, "fixed": "c"}
    native = {"x": 0.5, "size": 32, "optimizer": "sgd", "optimizer.sgd.momentum": 0.9}
    assert made.encode(params) == native
    assert made.decode(native) == params
    assert list(made.decode(dict(reversed(native.items())))) == list(params)


def test_the_row_of_a_parameter_with_one_value_is_exact_whatever_the_backend_says() -> None:
    fixed = next(node for node in SPACE.nodes if node.fixed)
    row = tb.TranslatedParameter.of(fixed, "f()", tb.Fidelity.REFUSED, "no")
    assert (row.fidelity, row.native, row.path) == (tb.Fidelity.EXACT, "", "fixed")


@pytest.mark.parametrize(
    "value",
    [
        CALL,
        rows()[0],
        tb.Suggestion(3, {"x": 1}),
        tb.Outcome(suggestion_id=None, params={"x": 1}, state=tb.OutcomeState.COMPLETE, values=(1.0,)),
        tb.Capabilities(conditional=True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_the_contract_are_frozen_and_survive_pickling_and_copying(value: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert twin == value
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, None)


def test_a_backend_can_do_nothing_until_it_says_so() -> None:
    assert set(dataclasses.asdict(tb.Capabilities()).values()) == {False}


def test_the_library_of_a_backend_is_the_part_before_the_colon() -> None:
    spec: Any = tb.BackendSpec(name="lib:sampler", summary="", translate=dict, open=dict)  # type: ignore[arg-type]
    assert spec.library == "lib"
