"""Rules that plugins register are found by name, and so are pruners."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry import hookspecs, plugins, registry


def two_reports(trial: tb.Trial) -> Any:
    """Report twice; a plain `yield from` a list would choke on the answers."""
    yield 1.0
    yield 1.0


class Decay:
    """Multiplies a param after each report."""

    def __init__(self, param: str, rate: float = 0.5) -> None:
        self.param, self.rate = param, rate

    def __call__(self, training: tb.Training) -> dict[str, Any]:
        return {self.param: training.params[self.param] * self.rate}


Fake = Callable[..., registry.Registry]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Return a function that loads one plugin per list of rules, and makes them the registry."""
    installed = plugins.registry()

    def make(*kits: list[tb.RuleSpec]) -> registry.Registry:
        points = [add(f"rules{place}", specs) for place, specs in enumerate(kits)]
        loaded = plugins.load(points, strict=True)
        loaded.backends.update(installed.backends)
        loaded.executors.update(installed.executors)
        monkeypatch.setattr(plugins, "registry", lambda: loaded)
        return loaded

    def add(name: str, specs: list[tb.RuleSpec]) -> EntryPoint:
        @tb.hookimpl
        def tunebridge_register_rules(register: Callable[[tb.RuleSpec], None]) -> None:
            for spec in specs:
                register(spec)

        module = ModuleType(f"fake_plugin_{name}")
        vars(module).update(tunebridge_register_rules=tunebridge_register_rules)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return EntryPoint(name, module.__name__, hookspecs.NAMESPACE)

    return make


DECAY = tb.RuleSpec(name="decay", summary="a constant rate", options=("param", "rate"), make=Decay)


def test_a_rule_of_a_plugin_is_found_by_name_and_takes_its_options(load: Fake) -> None:
    assert load([DECAY]).rules == {"decay": DECAY}
    problem = tb.Problem(two_reports, tb.Space(lr=tb.Float(1e-3, 1.0)))
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "initial": [{"lr": 0.5}]}
    (trial,) = tb.tune(problem, adjust=[tb.rule("decay", param="lr", rate=0.25)], **settings).trials
    assert [change.value for change in trial.changes] == [0.125, 0.03125]


def test_an_option_of_a_rule_may_be_called_name_as_that_of_plateau_is(load: Fake) -> None:
    load([tb.RuleSpec(name="plateau", summary="PyTorch's", options=("name", "patience"), make=tb.Plateau)])
    make: Any = tb.rule
    assert make("plateau", name="lr", patience=2) == tb.Plateau("lr", patience=2)


def test_an_unknown_rule_is_refused_and_the_closest_shown(load: Fake) -> None:
    load([DECAY])
    with pytest.raises(tb.UnknownNameError, match=r"no rule is called 'decey'[\s\S]*Did you mean 'decay'"):
        tb.rule("decey")


def test_an_unknown_option_of_a_rule_is_refused_and_the_closest_shown(load: Fake) -> None:
    load([DECAY])
    with pytest.raises(tb.OptionError, match=r"decay has no option 'rat'[\s\S]*Did you mean 'rate'"):
        tb.rule("decay", param="lr", rat=0.25)


@pytest.mark.parametrize("kits", [[[DECAY], [DECAY]], [[DECAY, DECAY]]], ids=["two plugins", "one plugin"])
def test_two_rules_of_one_name_are_refused(load: Fake, kits: list[list[tb.RuleSpec]]) -> None:
    with pytest.raises(tb.PluginError, match=r"the rule 'decay' of .* is taken by"):
        load(*kits)


class Third:
    """Prunes at the third report."""

    def report(self, trial: tb.Trial, step: int, value: float) -> tb.Decision:
        return tb.Decision.PRUNE if step == 2 else tb.Decision.CONTINUE

    def finish(self, record: tb.TrialRecord) -> None:
        pass


def test_a_pruner_of_a_plugin_is_found_by_name_and_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    @tb.hookimpl
    def tunebridge_register_pruners(register: Callable[[tb.PrunerSpec], None]) -> None:
        register(tb.PrunerSpec(name="third", summary="at the third report", open=lambda request: Third()))

    def objective(trial: tb.Trial) -> Any:
        yield from range(5)

    module = ModuleType("fake_pruners")
    vars(module).update(tunebridge_register_pruners=tunebridge_register_pruners)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    plugins.registry().pruners.update(
        plugins.load([EntryPoint("third", module.__name__, hookspecs.NAMESPACE)], strict=True).pruners
    )
    try:
        problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
        result = tb.tune(problem, backend="sklearn:random", pruner="third", n_trials=2, seed=0)
    finally:
        del plugins.registry().pruners["third"]
    assert [(trial.state.name, len(trial.reports)) for trial in result.trials] == [("PRUNED", 3)] * 2
