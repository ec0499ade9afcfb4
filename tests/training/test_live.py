"""Rules are checked against what an objective says of its params, before the first trial."""

from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb


class Learner:
    """Knows that one param is read at each epoch, and another is not."""

    def __init__(self) -> None:
        self.calls = 0
        self.looks = 0

    def __call__(self, trial: tb.Trial) -> float:
        self.calls += 1
        trial.report(1.0, 0)
        return float(trial["rate"])

    def live(self, params: Mapping[str, Any]) -> dict[str, str]:
        self.looks += 1
        deep = params["depth"] > 2
        return {
            "rate": "next unit",
            "depth": "the tree is grown",
            "share": "next step" if deep else "one row",
        }


SPACE = tb.Space(rate=tb.Float(0, 1), depth=tb.Int(1, 3), share=tb.Float(0, 1), width=tb.Int(1, 3))


def run(learner: Learner, *rules: Any) -> tb.Result:
    return tb.tune(tb.Problem(learner, SPACE), backend="sklearn:random", n_trials=1, seed=0, adjust=rules)


def test_a_rule_for_a_param_that_cannot_change_is_refused_before_the_first_trial() -> None:
    learner = Learner()
    with pytest.raises(tb.LiveParamError, match="depth: the tree is grown") as caught:
        run(learner, tb.Plateau("rate"), tb.Schedule("depth", {0: 2}))
    assert learner.calls == 0
    assert "rate" not in caught.value.message
    assert "let the rule change another param" in caught.value.hint


@pytest.mark.parametrize("name", ["rate", "share", "width"])
def test_a_rule_for_a_param_that_can_change_somewhere_or_is_not_known_is_taken(name: str) -> None:
    assert len(run(Learner(), tb.Plateau(name)).trials) == 1


def test_rules_without_a_name_and_objectives_that_say_nothing_are_taken() -> None:
    assert len(run(Learner(), lambda training: None).trials) == 1
    problem = tb.Problem(lambda trial: trial["rate"], SPACE)
    result = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, adjust=[tb.Plateau("depth")])
    assert len(result.trials) == 1


def test_a_param_that_can_change_is_looked_at_until_it_is_seen_to() -> None:
    learner = Learner()
    run(learner, tb.Plateau("rate"))
    assert learner.looks == 1
