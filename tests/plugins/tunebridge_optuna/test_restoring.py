"""Sessions of Optuna's samplers go on from a state: with all options that change what a sampler remembers."""

import json
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing import example_spaces
from tunebridge.testing.backend_restoring import Past
from tunebridge.testing.dialogue import Dialogue

FLAT, TREE, GATED = example_spaces.FLAT[0], example_spaces.TREE[0], example_spaces.GATED[0]
NUMBERS = tb.Space(x=tb.Float(0, 1), y=tb.Float(1e-3, 1, log=True), n=tb.Int(1, 8), z=tb.Normal(0, 1))
SMALL = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
SMALL_RULED = tb.Space(dict(SMALL), constraints=[tb.Constraint(lambda p: p["x"] < 0.9, "x is below")])
RULED = example_spaces.CONSTRAINED[0]
TWO = (tb.Direction.MINIMIZE, tb.Direction.MAXIMIZE)

CASES: dict[str, tuple[str, dict[str, Any], tb.Space, int]] = {
    "tpe": ("optuna:tpe", {}, TREE, 40),
    "tpe, multivariate": ("optuna:tpe", {"multivariate": True, "constant_liar": True}, GATED, 40),
    "tpe, in groups": ("optuna:tpe", {"multivariate": True, "group": True}, TREE, 40),
    "tpe, two ways": ("optuna:tpe", {}, RULED, 30),
    "tpe, bounded": ("optuna:tpe", {"n_startup_trials": 2, "remember": 12}, RULED, 40),
    "gp": ("optuna:gp", {"n_startup_trials": 3}, SMALL, 8),
    "gp, constrained": ("optuna:gp", {"n_startup_trials": 3}, SMALL_RULED, 10),
    "gp, two ways": ("optuna:gp", {"n_startup_trials": 3}, SMALL, 6),
    "cmaes": ("optuna:cmaes", {}, NUMBERS, 60),
    "cmaes, separable": ("optuna:cmaes", {"use_separable_cma": True, "popsize": 5}, NUMBERS, 60),
    "cmaes, with margin": ("optuna:cmaes", {"with_margin": True}, NUMBERS, 60),
    "cmaes, rates": ("optuna:cmaes", {"lr_adapt": True}, GATED, 60),
    "nsga2": ("optuna:nsga2", {"population_size": 5}, TREE, 40),
    "nsga2, two ways": ("optuna:nsga2", {"population_size": 5}, RULED, 40),
    "nsga3, two ways": ("optuna:nsga3", {"population_size": 5}, FLAT, 40),
    "qmc": ("optuna:qmc", {"qmc_type": "sobol", "scramble": True}, NUMBERS, 20),
    "random": ("optuna:random", {"tell_failures": "native"}, TREE, 20),
}


@pytest.mark.parametrize("case", CASES)
def test_a_session_goes_on_from_its_state_bit_for_bit(case: str) -> None:
    name, options, space, n_asked = CASES[case]
    chosen = tb.backend(name, **options)
    ways = TWO if case.endswith("two ways") else TWO[:1]

    def dialogue() -> Dialogue:
        return Dialogue(chosen, space, seed=3, directions=ways)

    with dialogue() as whole, dialogue() as late:
        past = Past(whole)
        for _ in range(n_asked):
            past.go_on()
        past.repeat(late, kept(whole.session))
        for _ in range(n_asked // 2):
            mine = past.go_on()
            assert past.go_on_with(late) == mine


def kept(session: tb.Session) -> Any:
    assert isinstance(session, tb.Restorable)
    return json.loads(json.dumps(session.state()))


def test_nothing_that_is_kept_is_a_pickle() -> None:
    with Dialogue(tb.backend("optuna:cmaes", popsize=4), NUMBERS) as dialogue:
        past = Past(dialogue)
        for _ in range(40):
            past.go_on()
        state = kept(dialogue.session)
        assert {part["kind"] for part in state["distributions"].values()} == {"CMA"}
        assert "optimizer" not in json.dumps(past.marks)
        assert '"cma:generation"' in json.dumps(past.marks)


@pytest.mark.parametrize("words", ["", "AAAA", 7, None])
def test_a_state_that_is_none_is_refused(words: Any) -> None:
    with Dialogue(tb.backend("optuna:tpe"), FLAT) as dialogue:
        state = kept(dialogue.session)
        state["random"]["_rng"]["state"]["key"]["bytes"] = words
        assert isinstance(dialogue.session, tb.Restorable)
        with pytest.raises((ValueError, TypeError)):
            dialogue.session.restore(state)
