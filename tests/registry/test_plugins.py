"""Loading plugins, and choosing backends by name."""

import contextlib
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from importlib.metadata import EntryPoint, version
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

import tunebridge as tb
from tunebridge import dependencies
from tunebridge.registry import choice, hookspecs, plugins, registry

Add = Callable[..., EntryPoint]


def spec(name: str, **settings: Any) -> tb.BackendSpec:
    """Return a backend that could be opened, but is not."""

    def translate(space: tb.Space, options: Mapping[str, Any]) -> tb.Translation:
        return tb.explain(space, "sklearn:random")

    def start(request: tb.OpenRequest) -> tb.Session:
        raise NotImplementedError

    return tb.BackendSpec(name=name, summary="a fake", translate=translate, open=start, **settings)


def registers(*specs: Any) -> Any:
    """Return a hook implementation that registers backends."""

    @tb.hookimpl
    def tunebridge_register_backends(register: Callable[[Any], None]) -> None:
        for one in specs:
            register(one)

    return tunebridge_register_backends


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Add:
    """Return a function that makes a plugin module, and returns its entry point."""

    def make(name: str, distribution: str | None = None, *, entry: str = "", **hooks: Any) -> EntryPoint:
        module = ModuleType(f"fake_plugin_{name}")
        vars(module).update(hooks)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        point = EntryPoint(entry or name, module.__name__, hookspecs.NAMESPACE)
        if distribution:
            vars(point).update(dist=SimpleNamespace(name=distribution))
        return point

    return make


def missing_module(name: str, distribution: str) -> EntryPoint:
    """Return an entry point whose module is not there."""
    point = EntryPoint(name, "no_such_module_at_all", hookspecs.NAMESPACE)
    vars(point).update(dist=SimpleNamespace(name=distribution))
    return point


def good(add: Add) -> EntryPoint:
    """Return a plugin that works."""
    return add(
        "good", "good-dist", tunebridge_register_backends=registers(spec("good:one"), spec("good:two"))
    )


def load(*points: EntryPoint) -> tuple[list[str], list[registry.PluginFailure]]:
    """Return the names of the backends and the failures."""
    loaded = plugins.load(points, strict=False)
    return sorted(loaded.backends), loaded.failures


def test_a_plugin_that_works_registers_its_backends_under_its_distribution(add: Add) -> None:
    loaded = plugins.load([good(add)], strict=True)
    assert (sorted(loaded.backends), loaded.failures) == (["good:one", "good:two"], [])
    assert loaded.owners == {("backend", "good:one"): "good-dist", ("backend", "good:two"): "good-dist"}


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "raises": ({"tunebridge_register_backends": tb.hookimpl(lambda register: 1 / 0)}, "division by zero"),
    "registers nothing": ({"tunebridge_register_backends": registers()}, "registers nothing"),
    "marks nothing": ({"tunebridge_register_backends": lambda register: None}, "registers nothing"),
    "misspelt hook": ({"tunebridge_register_backend": registers(spec("b:a"))}, "tunebridge_register_backend"),
    "wrong argument": (
        {"tunebridge_register_backends": tb.hookimpl(lambda registre: None)}, "registre",
    ),
    "not a spec": ({"tunebridge_register_backends": registers("broken:a")}, "BackendSpec"),
    "name without colon": ({"tunebridge_register_backends": registers(spec("broken"))}, "'optuna:tpe'"),
    "name with capitals": ({"tunebridge_register_backends": registers(spec("Broken:a"))}, "optuna:tpe"),
    "name that is no string": (
        {"tunebridge_register_backends": registers(spec(cast("Any", 5)))}, "'optuna:tpe'",
    ),
    "one of two": ({"tunebridge_register_backends": registers(spec("broken:a"), 5)}, "BackendSpec"),
    "one name twice": (
        {"tunebridge_register_backends": registers(spec("broken:a"), spec("broken:a"))}, "broken:a",
    ),
    "exits": ({"tunebridge_register_backends": tb.hookimpl(lambda register: sys.exit(3))}, "3"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_set_aside_whole_and_the_good_ones_work(kind: str, add: Add) -> None:
    hooks, words = BROKEN[kind]
    names, failures = load(add("a_broken", "broken-dist", **hooks), good(add))
    assert names == ["good:one", "good:two"]
    (failure,) = failures
    assert (failure.plugin, failure.distribution) == ("a_broken", "broken-dist")
    assert words in failure.error


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_raises_when_strict_naming_plugin_and_distribution(kind: str, add: Add) -> None:
    hooks, words = BROKEN[kind]
    with pytest.raises(tb.PluginError, match="'a_broken' of broken-dist failed") as caught:
        plugins.load([good(add), add("a_broken", "broken-dist", **hooks)], strict=True)
    assert caught.value.__cause__ is not None
    assert words in str(caught.value)


def test_a_plugin_that_cannot_be_imported_is_set_aside(add: Add) -> None:
    names, (failure,) = load(missing_module("a_gone", "gone-dist"), good(add))
    assert names == ["good:one", "good:two"]
    assert (failure.plugin, failure.distribution) == ("a_gone", "gone-dist")
    assert "ModuleNotFoundError" in failure.error


def test_a_backend_name_taken_twice_names_both_distributions_and_keeps_the_first(add: Add) -> None:
    second = add(
        "second", "other-dist", tunebridge_register_backends=registers(spec("new:a"), spec("good:one"))
    )
    loaded = plugins.load([second, good(add)], strict=False)
    assert sorted(loaded.backends) == ["good:one", "good:two"]
    assert loaded.owners["backend", "good:one"] == "good-dist"
    (failure,) = loaded.failures
    assert [
        word for word in ("'good:one'", "good-dist", "other-dist", "uninstall") if word not in failure.error
    ] == []


def test_two_plugins_of_one_name_from_two_distributions_both_work(add: Add) -> None:
    twin = add("twin", "zzz-dist", entry="good", tunebridge_register_backends=registers(spec("other:a")))
    names, failures = load(good(add), twin)
    assert (names, failures) == (["good:one", "good:two", "other:a"], [])


def test_tunebridges_own_plugins_come_first_so_that_no_other_can_take_their_names(add: Add) -> None:
    own = add(
        "zzz",
        "tunebridge",
        tunebridge_register_backends=registers(spec("own:a")),
    )
    thief = add("aaa", "thief-dist", tunebridge_register_backends=registers(spec("own:a")))
    loaded = plugins.load([thief, own], strict=False)
    assert loaded.owners == {("backend", "own:a"): "tunebridge"}
    assert [failure.distribution for failure in loaded.failures] == ["thief-dist"]


def test_a_plugin_that_only_observes_is_no_failure(add: Add) -> None:
    names, failures = load(add("observer", "d", tunebridge_trial_started=tb.hookimpl(lambda trial: None)))
    assert (names, failures) == ([], [])


def test_a_plugin_without_a_distribution_still_loads(add: Add) -> None:
    names, failures = load(add("bare", tunebridge_register_backends=registers(spec("bare:a"))))
    assert (names, failures) == (["bare:a"], [])


@pytest.mark.parametrize("strict", ["1", "0"])
def test_the_environment_decides_whether_a_broken_plugin_raises(
    strict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group: [missing_module("a_gone", "gone-dist")])
    monkeypatch.setenv(plugins.STRICT, strict)
    if strict == "1":
        with pytest.raises(tb.PluginError, match="'a_gone' of gone-dist"):
            plugins.registry.__wrapped__()
    else:
        assert [failure.plugin for failure in plugins.registry.__wrapped__().failures] == ["a_gone"]


def test_an_unknown_backend_tells_of_the_plugins_that_failed(add: Add) -> None:
    loaded = plugins.load([missing_module("halton", "gone-dist"), good(add)], strict=False)
    with pytest.raises(tb.UnknownNameError, match=r"'halton:a'[\s\S]*'halton' failed: ModuleNotFoundError"):
        loaded.find("backend", "halton:a")


def test_nothing_is_loaded_until_a_backend_is_asked_for() -> None:
    assert not any(isinstance(value, registry.Registry) for value in vars(plugins).values())
    assert plugins.registry() is plugins.registry()


# Choosing.


def test_every_installed_plugin_works() -> None:
    assert plugins.registry().failures == []


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("sklearn", "sklearn:random"),
        ("hyperopt", "hyperopt:tpe"),
        ("optuna", "optuna:tpe"),
        ("sklearn:grid",) * 2,
    ],
)
def test_a_library_stands_for_its_default_sampler(name: str, full: str) -> None:
    assert tb.backend(name).spec.name == full


def test_every_library_of_tunebridge_has_exactly_one_default() -> None:
    registry = plugins.registry()
    own = [one for name, one in registry.backends.items() if registry.owners["backend", name] == "tunebridge"]
    assert sorted(one.library for one in own if one.default) == sorted({one.library for one in own})


def test_a_chosen_backend_passes_through_unchanged() -> None:
    chosen = tb.backend("sklearn:grid", points=3)
    assert tb.backend(chosen) is chosen
    assert dict(chosen.options) == {"points": 3}


def test_a_second_choice_of_options_is_not_dropped() -> None:
    chosen = tb.backend("sklearn:grid", points=3)
    with contextlib.suppress(tb.OptionError):
        assert dict(tb.backend(chosen, points=5).options) == {"points": 5}


@pytest.mark.parametrize(
    ("chosen", "call"),
    [
        (tb.backend("optuna:tpe", multivariate=True), "backend('optuna:tpe', multivariate=True)"),
        (tb.backend("manual"), "backend('manual')"),
        (tb.pruner("asha", min_resource=1), "pruner('asha', min_resource=1)"),
        (tb.executor("processes"), "executor('processes')"),
    ],
)
def test_what_is_chosen_shows_the_call_that_makes_it(chosen: Any, call: str) -> None:
    assert repr(chosen) == call
    assert eval(call, vars(tb)) == chosen


def test_require_names_only_what_is_missing() -> None:
    tb.backend("sklearn:random").require()
    with pytest.raises(tb.MissingLibraryError, match="needs no-such-library, which") as caught:
        tb.Backend(spec("fake:a", requires=("scikit-learn", "no-such-library"), extra="fake"), {}).require()
    assert caught.value.hint == 'run: pip install "tunebridge[fake]"'


def test_a_foreign_plugin_without_an_extra_is_installed_by_its_requirements() -> None:
    assert choice.install_command(spec("fake:a", requires=("one", "two"))) == "pip install one two"


def test_the_version_of_a_distribution_that_is_not_installed_is_none() -> None:
    assert dependencies.installed_version("tunebridge") == version("tunebridge")
    assert dependencies.installed_version("no-such-library") is None
