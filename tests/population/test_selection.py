"""Truncation selection: the last copy the first, and equal values are no reason to copy."""

import pytest

import tunebridge as tb
from tunebridge.population.selection import Standing, donors_of

MAXIMIZE, MINIMIZE = tb.Direction.MAXIMIZE, tb.Direction.MINIMIZE


def standings(*values: float, steps: dict[int, int] | None = None) -> list[Standing]:
    return [
        Standing(member=member, step=(steps or {}).get(member, 4), value=value)
        for member, value in enumerate(values)
    ]


def copies(found: list[Standing], direction: tb.Direction, n_copied: int) -> dict[int, list[int]]:
    chosen = {
        one.member: donors_of(one.member, found, n_copied=n_copied, direction=direction) for one in found
    }
    return {member: [donor.member for donor in donors] for member, donors in chosen.items() if donors}


def test_the_lower_quantile_copies_the_upper_one_by_the_direction() -> None:
    found = standings(0.1, 0.9, 0.5, 0.8, 0.2, 0.6, 0.7, 0.4)
    assert copies(found, MAXIMIZE, 2) == {0: [1, 3], 4: [1, 3]}
    assert copies(found, MINIMIZE, 2) == {1: [0, 4], 3: [0, 4]}


@pytest.mark.parametrize("direction", [MAXIMIZE, MINIMIZE])
def test_equal_values_are_no_reason_to_copy(direction: tb.Direction) -> None:
    assert copies(standings(0.5, 0.5, 0.5, 0.5), direction, 2) == {}
    better = 1.0 if direction is MAXIMIZE else 0.0
    assert copies(standings(0.5, 0.5, better, 0.5), direction, 2) == {1: [2], 3: [2]}


def test_nobody_copies_one_that_is_behind_in_its_training() -> None:
    found = standings(0.9, 0.8, 0.2, 0.1, steps={0: 4, 1: 14, 2: 9, 3: 9})
    assert copies(found, MAXIMIZE, 2) == {2: [1], 3: [1]}


def test_of_few_that_are_left_no_more_than_half_copy() -> None:
    assert copies(standings(0.1, 0.2, 0.3), MAXIMIZE, 2) == {0: [2]}
    assert copies(standings(0.1), MAXIMIZE, 2) == {}
