"""Executors that plugins register are found by name, and are told where a study's trials are to run."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

import tunebridge as tb
from tunebridge.executors.inline import InlineExecutor
from tunebridge.registry import hookspecs, plugins

PROBLEM = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))


def test_an_executor_of_a_plugin_is_found_by_name_and_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests: list[tb.ExecutorRequest] = []

    def open_executor(request: tb.ExecutorRequest) -> tb.Executor:
        requests.append(request)
        return InlineExecutor(request)

    @tb.hookimpl
    def tunebridge_register_executors(register: Callable[[tb.ExecutorSpec], None]) -> None:
        spec = tb.ExecutorSpec(
            name="mine", summary="here", open=open_executor, options=("where",), parallel=True
        )
        register(spec)

    module = ModuleType("fake_plugin_executors")
    vars(module).update(tunebridge_register_executors=tunebridge_register_executors)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    loaded = plugins.load([EntryPoint("mine", module.__name__, hookspecs.NAMESPACE)], strict=True)
    loaded.backends.update(plugins.registry().backends)
    monkeypatch.setattr(plugins, "registry", lambda: loaded)
    executor = tb.executor("mine", where="here")
    result = tb.tune(PROBLEM, backend="sklearn:random", n_trials=4, executor=executor, n_jobs=2)
    assert len(result.complete_trials) == 4
    assert [(request.n_jobs, request.options) for request in requests] == [(2, {"where": "here"})]


def test_an_option_that_an_executor_does_not_have_is_refused() -> None:
    with pytest.raises(tb.OptionError, match="processes has no option 'addres'"):
        tb.executor("processes", addres="tcp://head:8786")


@pytest.mark.parametrize(
    "choose", [lambda: tb.executor("processes", n_jobs=2), lambda: tb.backend("optuna:tpe", n_jobs=2)]
)
def test_what_is_said_to_the_study_and_given_to_a_part_of_it_names_the_study(
    choose: Callable[[], object],
) -> None:
    with pytest.raises(tb.OptionError, match="has no option 'n_jobs'") as caught:
        choose()
    assert caught.value.hint == "it is said to the study itself: tune(..., n_jobs=2)"
