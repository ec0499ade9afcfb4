"""Stored studies are asked for by name: what is no name, and what nobody has, ends in the next step."""

from collections.abc import Callable
from typing import Any

import pytest

import tunebridge as tb

PROBLEM = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0, 1)))

ASKED: dict[str, Callable[[str, Any], object]] = {
    "load_study": tb.load_study,
    "load_confirmation": tb.load_confirmation,
    "exclude": lambda url, name: tb.exclude(url, name, trials=[0], reason="a"),
    "include": lambda url, name: tb.include(url, name, trials=[0]),
    "delete_study": tb.delete_study,
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_what_is_no_name_of_a_study_is_said_to_be_none(
    ask: Callable[[str, Any], object], new_store: Callable[[str], str]
) -> None:
    url = new_store("sqlite")
    result = tb.tune(PROBLEM, backend="sklearn:random", n_trials=1, seed=0, storage=url, study="net")
    for name in (5, None, ["net"]):
        with pytest.raises(tb.ProblemError, match="a stored study is named by a string") as caught:
            ask(url, name)
        assert caught.value.hint == "tunebridge studies URL lists the names"
    with pytest.raises(tb.ProblemError, match="got Result") as caught:
        ask(url, result)
    assert caught.value.hint == "write 'net'"
    assert len(tb.load_study(url, "net").eligible_trials) == 1


@pytest.mark.parametrize("ask", [*ASKED.values(), tb.load_comparison], ids=[*ASKED, "load_comparison"])
def test_a_name_that_stands_where_the_store_belongs_is_answered_with_the_order(
    ask: Callable[[Any, Any], object],
) -> None:
    with pytest.raises(tb.ProblemError, match="the store and the study have changed places") as caught:
        ask("net", "postgresql://me:secret@host/tuning")
    assert caught.value.hint == "the store comes first: 'postgresql://me:***@host/tuning', 'net'"


def test_a_confirmation_of_a_study_that_is_not_there_names_those_that_are(
    new_store: Callable[[str], str],
) -> None:
    url = new_store("sqlite")
    tb.tune(PROBLEM, backend="sklearn:random", n_trials=1, seed=0, storage=url, study="net")
    with pytest.raises(tb.StoreError, match="there is no confirmation of 'nett'") as caught:
        tb.load_confirmation(url, "nett")
    assert "Did you mean 'net'?" in caught.value.hint
    with pytest.raises(tb.StoreError, match="there is no confirmation of 'net'") as caught:
        tb.load_confirmation(url, "net")
    assert caught.value.hint == "tunebridge.confirm(result, storage=...) makes it"


def test_a_study_that_is_read_with_another_problem_says_which_to_give(
    new_store: Callable[[str], str],
) -> None:
    url = new_store("sqlite")
    tb.tune(PROBLEM, backend="sklearn:random", n_trials=1, seed=0, storage=url, study="net")
    others = [tb.Problem(PROBLEM.objective, tb.Space(y=tb.Float(0, 1))), tb.Problem(abs, PROBLEM.space)]
    for other in others:
        with pytest.raises(tb.StoreError, match="made for another problem") as caught:
            tb.load_study(url, "net", problem=other)
        assert caught.value.hint.startswith("give the problem with which the study was run last")
