"""Who steps back: those whose next proposal takes more than its share of the objective's time."""

import pytest

from tunebridge_auto.costs import CHEAP, EXPECTED, Costs, away

NAMES = ("optuna:gp", "optuna:tpe")


def opened(share: float | None = 0.1) -> Costs:
    """Return the costs of a study in which the quick members have proposed once."""
    costs = Costs(share)
    for name in ("optuna:tpe", "hyperopt:tpe"):
        costs.asked(name, 0.0)
    return costs


def test_a_costly_member_waits_until_the_objective_has_taken_its_time() -> None:
    costs = opened()
    assert away(costs.decide(NAMES)) == {"optuna:gp"}
    costs.evaluated(10 * EXPECTED["optuna:gp"] - 0.1)
    assert away(costs.decide(NAMES)) == {"optuna:gp"}
    costs.evaluated(0.2)
    assert costs.decide(NAMES) == ""


def test_the_first_proposal_of_a_costly_member_is_no_exception() -> None:
    costs = Costs(0.1)
    costs.evaluated(30.0)
    costs.asked("optuna:gp", 2.0)
    assert away(costs.decide(NAMES)) == {"optuna:gp"}


def test_the_first_proposal_of_a_quick_member_counts_as_spent_and_says_nothing_of_the_next() -> None:
    costs = Costs(0.1)
    costs.asked("hyperopt:tpe", 5.0)
    assert away(costs.decide(("optuna:tpe", "hyperopt:tpe"))) == frozenset()
    costs.evaluated(50.0)
    assert away(costs.decide(NAMES)) == {"optuna:gp"}, "nothing is left"
    costs.asked("hyperopt:tpe", 0.2)
    assert away(costs.decide(("optuna:tpe", "hyperopt:tpe"))) == {"hyperopt:tpe"}


def test_what_was_spent_is_spent_whoever_spent_it() -> None:
    costs = opened()
    costs.evaluated(10.0)
    costs.asked("hyperopt:tpe", 0.9)
    assert away(costs.decide(NAMES)) == {"optuna:gp"}
    costs.evaluated(2.0)
    assert costs.decide(NAMES) == ""


def test_the_next_proposal_is_expected_to_cost_what_the_last_ones_did() -> None:
    costs = opened()
    costs.evaluated(10.0)
    for _ in range(10):
        costs.asked("optuna:gp", 0.001)
    costs.asked("optuna:gp", 0.5)
    assert costs.decide(NAMES) == ""
    costs.asked("optuna:gp", 0.4)
    assert away(costs.decide(NAMES)) == {"optuna:gp"}


def test_what_is_cheap_never_steps_back() -> None:
    costs = opened()
    for _ in range(100):
        costs.asked("optuna:tpe", CHEAP * 0.9)
    assert "optuna:tpe" not in away(costs.decide(NAMES))


def test_where_all_cost_too_much_the_quickest_proposes_and_not_the_costliest() -> None:
    costs = opened()
    for name, seconds in (("optuna:gp", 3.0), ("optuna:tpe", 0.2), ("hyperopt:tpe", 0.3)):
        costs.asked(name, seconds)
    assert away(costs.decide((*NAMES, "hyperopt:tpe"))) == {"optuna:gp", "hyperopt:tpe"}
    assert costs.decide(("optuna:gp",)) == ""


def test_over_a_study_asking_takes_its_share_at_most() -> None:
    costs, asked, evaluated = opened(), 0.0, 0.0
    for _ in range(200):
        seconds = 0.003 if "optuna:gp" in away(costs.decide(NAMES)) else 0.4
        costs.asked("optuna:gp" if seconds > 0.1 else "optuna:tpe", seconds)
        costs.evaluated(1.0)
        asked, evaluated = asked + seconds, evaluated + 1.0
    assert 0.09 < asked / evaluated <= 0.1


@pytest.mark.parametrize("off", ["from the beginning", "later"])
def test_without_a_share_nobody_looks_at_a_clock(off: str) -> None:
    costs = opened(None if off == "from the beginning" else 0.1)
    costs.asked("optuna:gp", 100.0)
    if off == "later":
        costs.stop()
    assert costs.decide(NAMES) == ""


def test_a_decision_is_read_as_it_was_written() -> None:
    costs = opened()
    costs.asked("optuna:tpe", 9.0)
    assert costs.decide((*NAMES, "hyperopt:tpe")) == "without optuna:gp, optuna:tpe"
    assert away("without optuna:gp, optuna:tpe") == set(NAMES)
    assert away("") == frozenset()
