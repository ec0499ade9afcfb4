"""Conditions of a space that was never declared are found from what trials have shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna
import pytest

from tests.plugins.tunebridge_optuna.facade import objectives
from tests.plugins.tunebridge_optuna.facade.objectives import CONDITIONS, Objective
from tunebridge import Between, Categorical, Float, Int, Space, SpaceError
from tunebridge_optuna.facade.growth import Growth, Range, Shown
from tunebridge_optuna.facade.inference import Examples, condition_of, holds, ranges_apart
from tunebridge_optuna.natural import parameter_of

PARENTS: dict[str, Range] = {
    "kind": Categorical(["a", "b", "c"]),
    "n": Int(1, 5),
    "x": Float(0.0, 1.0),
    "wide": Int(1, 1000),
}


def shown(values: dict[str, Any], ranges: dict[str, Any] | None = None, *, is_whole: bool = True) -> Shown:
    known = {name: PARENTS.get(name, Float(0.0, 1.0)) for name in values}
    natural = {name: known[name].to_natural(value) for name, value in values.items()}
    return Shown(natural, {**known, **(ranges or {})}, is_whole)


def walked(objective: Objective, seed: int, n_trials: int) -> list[Shown]:
    """Return what random trials of an objective show."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    found = []
    for _ in range(n_trials):
        trial = study.ask()
        study.tell(trial, objective(trial))
        ranges = {name: parameter_of(wanted) for name, wanted in trial.distributions.items()}
        values = {name: ranges[name].to_natural(value) for name, value in trial.params.items()}
        found.append(Shown(values, ranges, is_whole=True))
    return found


def grown(trials: Sequence[Shown]) -> Growth:
    growth = Growth()
    for trial in trials:
        growth.take(trial)
    return growth


def conditions(space: Space) -> dict[str, Any]:
    """Return the conditions of a space as they would be written."""
    found: dict[str, Any] = {}
    for name, entry in space.entries:
        if entry.when is not None:
            found[name] = [
                {parent: wanted if isinstance(wanted, Between) else list(wanted) for parent, wanted in all_of}
                for all_of in entry.when.any_of  # type: ignore[union-attr]
            ]
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("objective", CONDITIONS, ids=lambda objective: objective.__name__)
def test_conditions_are_found(objective: Objective, seed: int) -> None:
    found = conditions(grown(walked(objective, seed, 20)).space())
    wanted = CONDITIONS[objective]
    assert sorted(found) == sorted(wanted)
    assert sorted(map(str, found.values())) == sorted(map(str, wanted.values()))


def test_a_parameter_that_is_new_has_the_widest_condition() -> None:
    growth = grown([shown({"kind": "a", "n": 2}), shown({"kind": "b", "n": 4, "extra": 0.5})])
    assert conditions(growth.space()) == {"extra": [{"kind": ["b", "c"]}]}
    growth.take(shown({"kind": "a", "n": 5, "extra": 0.5}))
    assert conditions(growth.space()) == {"extra": [{"n": Between(3, None)}]}
    growth.take(shown({"kind": "a", "n": 3}))
    assert conditions(growth.space()) == {"extra": [{"n": Between(4, None)}]}


def test_a_space_without_conditions_stays_flat() -> None:
    growth = grown([shown({"kind": "a", "n": 2}), shown({"kind": "b", "n": 4})])
    assert growth.space() == Space(kind=Categorical(["a", "b", "c"]), n=Int(1, 5))
    assert not growth.take(shown({"kind": "c", "n": 1}))


def test_a_trial_that_was_stopped_does_not_show_what_is_inactive() -> None:
    growth = grown([shown({"n": 2, "extra": 0.1}), shown({"n": 3}, is_whole=False)])
    assert conditions(growth.space()) == {}
    assert growth.take(shown({"n": 3}))
    assert conditions(growth.space()) == {"extra": [{"n": Between(None, 2)}]}


def test_a_threshold_of_a_float_is_narrowed_down() -> None:
    growth = grown([shown({"x": 0.2}), shown({"x": 0.9, "extra": 0.0}), shown({"x": 0.6, "extra": 0.0})])
    growth.take(shown({"x": 0.45}))
    ((name, wanted),) = conditions(growth.space())["extra"][0].items()
    assert name == "x"
    assert 0.45 < wanted.low <= 0.6
    assert wanted.high is None


def test_any_of_two_is_found() -> None:
    growth = grown(walked(objectives.either_of_two, 0, 30))
    trials = walked(objectives.either_of_two, 7, 40)
    assert not any(growth.take(trial) for trial in trials)


def test_what_no_suggestion_decides_is_named() -> None:
    trials = [shown({"kind": "a", "n": 2}), shown({"kind": "a", "n": 2, "extra": 0.5})]
    with pytest.raises(
        SpaceError, match=r"^extra: .* no suggestion decides which\n  hint: .*space="
    ) as caught:
        grown(trials)
    assert len(caught.value.faults) == 1


def test_two_ranges_of_one_name_are_told_apart_or_named() -> None:
    first = shown({"kind": "a", "x": 0.1, "extra": 0.5})
    other = shown({"kind": "b", "x": 0.2, "extra": 3.0}, {"extra": Float(0.0, 9.0)})
    growth = grown([first, other])
    assert len(growth.space().nodes) == 4
    same = shown({"kind": "b", "x": 0.3, "extra": 3.0}, {"extra": Float(0.0, 7.0)}, is_whole=False)
    with pytest.raises(
        SpaceError, match=r"^extra: is suggested from Float\(0.0, 1.0\) and .*Float\(0.0, 7.0\)"
    ):
        growth.admit("extra", Float(0.0, 7.0), same)


def test_a_clause_lists_the_values_of_a_count_with_a_hole() -> None:
    seen, missing = [{"n": 1}, {"n": 5}], [{"n": 3}]
    assert condition_of(Examples(seen, missing), {"n": Int(1, 5)}) == [{"n": (1, 2, 4, 5)}]


def test_a_choice_or_a_count_decides_before_a_number_of_many_values() -> None:
    seen, missing = [{"wide": 900, "n": 4}], [{"wide": 10, "n": 1}]
    assert condition_of(Examples(seen, missing), PARENTS) == [{"n": Between(2, None)}]
    assert condition_of(Examples(seen, missing), {"wide": PARENTS["wide"]}) == [{"wide": Between(11, None)}]


def test_what_a_parent_lacks_does_not_hold() -> None:
    assert not holds([{"n": Between(2, None)}], {"kind": "'a'"})
    assert holds([], {})
    assert ranges_apart([Examples([{"x": 0.1}], []), Examples([{"x": 0.2}], [])], PARENTS) is None
