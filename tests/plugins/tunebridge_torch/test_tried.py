"""One try answers for all numbers that are alike, and for no other configuration."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from time import perf_counter
from typing import Any

import pytest
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from tunebridge_torch import apply
from tunebridge_torch.live import faults
from tunebridge_torch.tried import HOW, TRIES, effect_faults, try_out

RATES = {"lr": 0.003, "weight_decay": 0.02}
CHANGES: tuple[dict[str, Any], ...] = (
    {"lr": 0.7},
    {"lr": 0.0},
    {"weight_decay": 0.3},
    {"weight_decay": 0.0},
    {"lr": 0.02, "weight_decay": 0.5},
)
MOMENTUM: tuple[dict[str, Any], ...] = (
    {"momentum": 0.0},
    {"momentum": 0.8},
    {"dampening": 0.3},
    {"momentum": 0.6, "dampening": 0.2},
    {"momentum": 0.6, "nesterov": True},
    {"nesterov": True},
)
BETAS: tuple[dict[str, Any], ...] = (
    {"betas": (0.99, 0.999)},
    {"betas": (0.3, 0.999)},
    {"betas": (0.9, 0.6)},
    {"betas": (0.9, 0.999999)},
    {"betas": (0.0, 0.999)},
    {"eps": 1e-4},
)
ADAMS = (optim.Adam, optim.AdamW, optim.Adamax, optim.NAdam, optim.RAdam)

CASES: list[tuple[Any, dict[str, Any], tuple[dict[str, Any], ...]]] = [
    *((optim.SGD, {**RATES, "momentum": one}, MOMENTUM) for one in (0.0, 0.4)),
    (optim.SGD, {**RATES, "momentum": 0.4, "nesterov": True}, MOMENTUM),
    *(
        (optim.RMSprop, {**RATES, "momentum": one}, (*MOMENTUM[:2], {"alpha": 0.5}, {"centered": True}))
        for one in (0.0, 0.4)
    ),
    *((kind, {**RATES, "betas": (0.9, 0.999), "eps": 1e-8}, BETAS) for kind in ADAMS),
    (optim.Adam, {**RATES, "betas": (0.8, 0.99), "amsgrad": True}, BETAS[:4]),
    (optim.Adagrad, {**RATES, "lr_decay": 0.1}, ({"initial_accumulator_value": 0.5}, {"eps": 0.1})),
    (optim.Rprop, {"lr": 0.01}, ({"etas": (0.3, 1.4)},)),
    (optim.Adadelta, {**RATES, "rho": 0.8}, ({"rho": 0.5},)),
]
"""Optimizers, their options, and changes of them beside those that all have."""


def questions() -> Iterator[tuple[Any, dict[str, Any], dict[str, Any]]]:
    """Yield each optimizer and its options in full, with a change."""
    for kind, options, changes in CASES:
        own = kind([nn.Parameter(torch.ones(2, 2))], **options).param_groups[0]
        own = {name: own[name] for name in own.keys() & signature(kind).parameters.keys() - {*HOW, "params"}}
        for change in (*changes, *CHANGES):
            new = {name: value for name, value in change.items() if own.get(name) != value}
            if new and new.keys() <= own.keys():
                yield kind, own, new


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_remembered_is_what_a_try_of_the_very_values_finds(backwards: bool) -> None:
    TRIES.forget()
    asked = list(questions())
    assert len(asked) > 80
    for kind, own, change in reversed(asked) if backwards else asked:
        remembered = effect_faults(kind, own, change).keys()
        assert remembered == try_out(kind, own, change).keys(), (kind, own, change)


@pytest.mark.parametrize(
    ("options", "change", "is_live"),
    [
        ({"momentum": 0.9}, {"dampening": 0.5}, True),
        ({"momentum": 0.0}, {"dampening": 0.5}, False),
        ({"momentum": 0.9}, {"nesterov": True}, True),
        ({"momentum": 0.0}, {"nesterov": True}, False),
    ],
)
def test_one_configuration_does_not_answer_for_another(
    options: dict[str, Any], change: dict[str, Any], is_live: bool
) -> None:
    own = {"lr": 0.1, "dampening": 0.0, "nesterov": False}
    found = [
        effect_faults(optim.SGD, own | others, change)
        for others in ({"momentum": 0.9}, {"momentum": 0.0}, options)
    ]
    assert (not found[-1]) is is_live


def test_values_out_of_bounds_are_refused_after_others_of_the_option_were_taken() -> None:
    own = {"lr": 0.1, "betas": (0.9, 0.999)}
    assert effect_faults(optim.Adam, own, {"betas": (0.5, 0.999)}) == {}
    assert "Invalid beta" in effect_faults(optim.Adam, own, {"betas": (1.5, 0.999)})["betas"]
    assert "Invalid learning rate" in effect_faults(optim.Adam, own, {"lr": -0.1})["lr"]


def test_each_value_of_a_foreign_optimizer_is_tried_for_itself() -> None:
    class Late(optim.SGD):
        """Reads its rate only if that is above a half, so that one value says nothing of another."""

        def step(self, closure: Any = None) -> Any:
            group = self.param_groups[0]
            given, group["lr"] = group["lr"], max(group["lr"], 0.5)
            super().step(closure)
            group["lr"] = given

    assert effect_faults(Late, {"lr": 0.1}, {"lr": 0.9}) == {}
    assert "does not read it" in effect_faults(Late, {"lr": 0.1}, {"lr": 0.2})["lr"]


def test_a_rate_too_small_to_be_seen_in_one_step_is_read_all_the_same() -> None:
    optimizer = optim.AdamW([nn.Parameter(torch.ones(2))], lr=1e-9)
    apply(optimizer, {"eps": 1e-10})
    assert optimizer.param_groups[0]["eps"] == 1e-10


def test_a_change_that_was_tried_before_costs_no_steps() -> None:
    """By hand: 50 to 60 us, beside 870 to 1,700 us for a try."""
    optimizer = optim.Adam([nn.Parameter(torch.ones(2))])
    apply(optimizer, {"lr": 0.1})
    begun = perf_counter()
    for number in range(400):
        apply(optimizer, {"lr": 0.1 + number / 1000})
    assert perf_counter() - begun < 400 * 0.0008


def test_one_scheduler_does_not_answer_for_another_nor_for_none() -> None:
    def optimizer() -> optim.SGD:
        return optim.SGD([nn.Parameter(torch.ones(2))], lr=0.1, momentum=0.9)

    plain, decaying, cyclic, reduced = (optimizer() for _ in range(4))
    schedulers = {
        decaying: lr_scheduler.ExponentialLR(decaying, 0.9),
        cyclic: lr_scheduler.CyclicLR(cyclic, 0.01, 0.1, 3),
        reduced: lr_scheduler.ReduceLROnPlateau(reduced, min_lr=0.05),
    }
    for _ in range(2):
        assert faults(plain, {"lr": 0.02, "momentum": 0.5}) == {}
        assert faults(decaying, {"lr": 0.02}).keys() == {"lr"}
        assert faults(decaying, {"lr": 0.02, "momentum": 0.5}, schedulers[decaying]) == {}
        assert faults(cyclic, {"lr": 0.02, "momentum": 0.5}, schedulers[cyclic]).keys() == {"momentum"}
        assert faults(reduced, {"lr": 0.02, "momentum": 0.5}, schedulers[reduced]).keys() == {"lr"}
