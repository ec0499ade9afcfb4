"""`flat=True`: Optuna's Gaussian process models all of a space with conditions, be it active or not."""

from collections.abc import Iterator, Mapping
from typing import Any

import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.samplers import GPSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

import tunebridge as tb
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.dialogue import Dialogue

FLAT = tb.backend("optuna:gp", flat=True, n_startup_trials=4)
SPACE = tb.Space(
    kind=tb.Categorical({"a": tb.Space(m=tb.Normal(0.0, 1.0), k=tb.Int(1, 9)), "b": None}),
    n=tb.Int(1, 5),
    late=tb.Float(0.0, 1.0, when={"n": tb.Between(2, None)}),
    one=tb.Constant(7),
)
MIDDLE = {"kind": "a", "kind.a.m": 0.5, "kind.a.k": 5, "n": 3, "late": 0.5}


def value(trial: Mapping[str, Any]) -> float:
    return float(abs(trial.get("m", 2.0) - 0.3) + abs(trial.get("late", 0.0) - 0.7) + abs(trial["n"] - 3) / 9)


PROBLEM = tb.Problem(value, SPACE)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[FrozenTrial]:
    """Note the trials that the sampler is shown last."""
    trials: list[FrozenTrial] = []
    sample = GPSampler.sample_relative

    def noted(
        self: GPSampler, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        trials[:] = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
        return sample(self, study, trial, search_space)

    monkeypatch.setattr(GPSampler, "sample_relative", noted)
    return trials


def test_the_space_is_one_dict_and_what_depends_on_others_is_emulated() -> None:
    translation = tb.explain(SPACE, FLAT)
    assert list(translation.build()) == list(MIDDLE)
    rows = {row.path: row for row in translation.parameters}
    assert rows["kind"].fidelity is rows["n"].fidelity is tb.Fidelity.EXACT
    assert rows["late"].fidelity is tb.Fidelity.EMULATED
    assert rows["late"].reason == "drawn in any case, dropped unless n >= 2"
    assert "dropped unless kind='a'" in rows["kind.a.m"].reason
    assert callable(tb.explain(SPACE, "optuna:gp").build())


def test_what_is_inactive_is_at_the_middle_for_others_and_absent_for_the_user() -> None:
    translation = tb.explain(SPACE, FLAT)
    point = {"kind": "b", "n": 1, "one": 7}
    assert translation.encode(point) == {**MIDDLE, "kind": "b", "n": 1}
    assert translation.decode({**MIDDLE, "kind": "b", "kind.a.k": 2, "n": 1, "late": 0.1}) == point


def test_the_model_is_shown_the_middle_of_its_own_trials_and_of_those_of_others(
    shown: list[FrozenTrial],
) -> None:
    initial = [{"kind": "b", "n": 1}]
    result = tb.tune(PROBLEM, backend=FLAT, n_trials=14, seed=0, initial=initial)
    assert len(shown) == 13
    for trial, native in zip(result.trials, shown, strict=False):
        assert native.params.keys() == MIDDLE.keys()
        active = SPACE.unflatten(trial.params)
        assert {path: native.params[path] for path in MIDDLE if path not in active} == {
            path: middle for path, middle in MIDDLE.items() if path not in active
        }
    kinds = {trial.params["kind"] for trial in result.trials}
    assert kinds == {"a", "b"}


def test_a_stored_study_goes_on_exactly() -> None:
    whole, store = tb.tune(PROBLEM, backend=FLAT, n_trials=12, seed=1), MemoryStore()
    tb.tune(PROBLEM, backend=FLAT, n_trials=8, seed=1, storage=store, study="s")
    resumed = tb.tune(PROBLEM, backend=FLAT, n_trials=12, seed=1, storage=store, study="s")
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert [trial.params for trial in resumed.trials] == [trial.params for trial in whole.trials]


def test_a_space_without_conditions_is_as_it_was() -> None:
    plain = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 9))

    def proposals(**options: Any) -> Iterator[Mapping[str, Any]]:
        with Dialogue(tb.backend("optuna:gp", n_startup_trials=2, **options), plain) as dialogue:
            yield from dialogue.proposals([tb.OutcomeState.COMPLETE] * 5)

    assert list(proposals(flat=True)) == list(proposals())
    assert tb.explain(plain, FLAT).parameters == tb.explain(plain, "optuna:gp").parameters


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_anything_else_than_true_and_false_is_refused_before_the_first_trial(wrong: Any) -> None:
    with pytest.raises(tb.OptionError, match="flat of optuna:gp must be True or False"):
        tb.tune(PROBLEM, backend=tb.backend("optuna:gp", flat=wrong), n_trials=1)
