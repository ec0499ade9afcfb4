"""Options of real optimizers that change in mid-training take effect, or are refused by name."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

import tunebridge as tb
from tunebridge_torch import apply

Kind = Callable[..., optim.Optimizer]


class Run:
    """An optimizer of one tensor."""

    def __init__(self, kind: Kind, **options: Any) -> None:
        self.weight = nn.Parameter(torch.ones(2, 2, dtype=torch.float64))
        self.optimizer = kind([self.weight], **options)

    @property
    def place(self) -> float:
        return float(self.weight.detach()[0, 0])

    def step(self, gradient: float = 1.0) -> float:
        """Take a step, and return its length."""
        before = self.place
        dense = torch.full_like(self.weight, gradient)
        self.weight.grad = dense.to_sparse() if isinstance(self.optimizer, optim.SparseAdam) else dense
        self.optimizer.step()
        return self.place - before

    def steps(self, *gradients: float) -> list[float]:
        return [self.step(gradient) for gradient in gradients]


def refusal(run: Run, scheduler: Any = None, **changed: Any) -> str:
    """Return the error of a change, which leaves the optimizer as it was."""
    before = deepcopy(run.optimizer.state_dict())
    with pytest.raises(tb.LiveParamError) as caught:
        apply(run.optimizer, changed, scheduler)
    assert str(run.optimizer.state_dict()) == str(before)
    return str(caught.value)


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW, optim.Adamax, optim.SparseAdam])
@pytest.mark.parametrize("beta1", [0.99, 0.5])
def test_the_step_after_a_changed_beta1_is_as_long_as_the_one_before(kind: Kind, beta1: float) -> None:
    run = Run(kind, lr=0.01)
    lengths = run.steps(*[1.0] * 5)
    apply(run.optimizer, {"beta1": beta1})
    assert run.step() == pytest.approx(lengths[-1], rel=0.01)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, {"amsgrad": maxima}) for kind in (optim.Adam, optim.AdamW) for maxima in (False, True)),
        (optim.NAdam, {"momentum_decay": 0.0}),
    ],
)
@pytest.mark.parametrize("beta2", [0.999999, 0.6])
def test_the_step_after_a_changed_beta2_is_as_long_as_the_one_before(
    kind: Kind, options: dict[str, Any], beta2: float
) -> None:
    run, untouched = Run(kind, lr=0.01, **options), Run(kind, lr=0.01, **options)
    for one in (run, untouched):
        one.steps(*[1.0] * 5)
    apply(run.optimizer, {"beta2": beta2})
    assert run.step() == pytest.approx(untouched.step(), rel=0.01)


@pytest.mark.parametrize(("betas", "factor"), [((0.99, 0.999), 7.1), ((0.9, 0.999999), 0.03)])
def test_without_rescaling_it_would_be_seven_times_as_long_or_a_thirtieth(
    betas: tuple[float, float], factor: float
) -> None:
    run = Run(optim.Adam, lr=0.01)
    lengths = run.steps(*[1.0] * 5)
    run.optimizer.param_groups[0]["betas"] = betas
    assert run.step() / lengths[-1] == pytest.approx(factor, rel=0.2)


@pytest.mark.parametrize(
    ("kind", "option"), [(optim.RMSprop, "momentum"), (optim.RMSprop, "centered"), (optim.Adam, "amsgrad")]
)
def test_set_by_hand_after_the_first_step_they_would_end_in_a_key_error(kind: Kind, option: str) -> None:
    run = Run(kind, lr=0.01)
    run.step()
    run.optimizer.param_groups[0][option] = 0.9 if option == "momentum" else True
    with pytest.raises(KeyError):
        run.step()


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW, optim.NAdam])
def test_after_a_change_averages_are_those_of_an_optimizer_that_always_had_the_new_betas(kind: Kind) -> None:
    run, always = Run(kind, lr=0.01), Run(kind, lr=0.01, betas=(0.99, 0.9999))
    run.steps(*[1.0] * 7)
    always.steps(*[1.0] * 7)
    apply(run.optimizer, {"betas": (0.99, 0.9999)})
    state, expected = run.optimizer.state[run.weight], always.optimizer.state[always.weight]
    for name in expected:
        torch.testing.assert_close(state[name], expected[name])


@pytest.mark.parametrize("kind", [optim.SGD, optim.RMSprop])
def test_momentum_is_switched_on_and_is_as_if_it_began_there(kind: Kind) -> None:
    run = Run(kind, lr=0.01)
    run.steps(0.5, -0.3, 0.8)
    apply(run.optimizer, {"momentum": 0.9})
    first, second = run.steps(0.4, 0.4)
    assert second / first > 1.5


@pytest.mark.parametrize("kind", [optim.SGD, optim.RMSprop])
def test_velocity_from_before_momentum_was_off_drives_no_weights_again(kind: Kind) -> None:
    run = Run(kind, lr=0.01, momentum=0.9)
    run.steps(*[10.0] * 5)
    apply(run.optimizer, {"momentum": 0.0})
    run.steps(*[0.0] * 3)
    apply(run.optimizer, {"momentum": 0.9})
    assert run.step(0.0) == 0.0


@pytest.mark.parametrize(
    ("kind", "options", "changed", "reason"),
    [
        (optim.Adam, {}, {"amsgrad": True}, "amsgrad: its maxima begin with the first step"),
        (optim.RMSprop, {}, {"centered": True}, "centered: its averages begin"),
        (optim.Adam, {}, {"decoupled_weight_decay": True}, "another optimizer"),
        (optim.Rprop, {}, {"lr": 0.5}, "lr: Rprop does not read it any more"),
        (optim.Adagrad, {}, {"lr_decay": 0.5}, "lr_decay: it counts for all steps up to now"),
        (optim.Adagrad, {}, {"initial_accumulator_value": 0.5}, "does not read it any more"),
        (optim.RAdam, {}, {"beta2": 0.9}, "beta2: RAdam corrects its averages"),
        (optim.SGD, {}, {"lr": -1.0}, "Invalid learning rate"),
        (optim.SGD, {}, {"nesterov": True}, "nesterov: Nesterov momentum requires a momentum"),
        (optim.SGD, {}, {"dampening": 0.5}, "dampening: SGD does not read it any more"),
        (optim.SGD, {}, {"hidden": 3}, "hidden: it has no such option"),
        (optim.SGD, {}, {"maximize": True}, "maximize: it turns the direction"),
        (optim.LBFGS, {}, {"lr": 0.5}, "lr: it takes several steps at once"),
    ],
)
def test_what_would_be_ignored_or_jump_is_refused_by_name(
    kind: Kind, options: dict[str, Any], changed: dict[str, Any], reason: str
) -> None:
    run = Run(kind, **options)
    if kind is not optim.LBFGS:
        run.steps(0.5, -0.3, 0.8)
    assert reason in refusal(run, **changed)


def test_one_fault_leaves_all_options_as_they_were_and_names_what_can_change() -> None:
    run = Run(optim.SGD, lr=0.1)
    message = refusal(run, lr=0.5, hidden=3)
    assert "let the rule change others (momentum, weight_decay), or leave lr, hidden" in message


def test_options_that_need_one_another_change_together() -> None:
    run = Run(optim.SGD, lr=0.1)
    run.step()
    apply(run.optimizer, {"momentum": 0.9, "nesterov": True})
    assert run.optimizer.param_groups[0]["nesterov"] is True


def test_groups_keep_their_proportion_to_the_first_or_to_what_was_before() -> None:
    weights = [nn.Parameter(torch.ones(2)) for _ in range(2)]
    optimizer = optim.SGD([{"params": [weights[0]], "lr": 0.1}, {"params": [weights[1]], "lr": 1.0}])
    apply(optimizer, {"lr": 0.05})
    assert [group["lr"] for group in optimizer.param_groups] == [0.05, 0.5]
    apply(optimizer, {"lr": 0.2}, before={"lr": 0.5})
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.02, 0.2])


def test_a_rate_in_a_tensor_stays_in_its_tensor() -> None:
    run = Run(optim.Adam, lr=torch.tensor(0.1))
    rate = run.optimizer.param_groups[0]["lr"]
    apply(run.optimizer, {"lr": 0.5})
    assert run.optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 0.5


@pytest.mark.parametrize(
    ("kind", "options", "new"),
    [
        (optim.Adam, {"lr": 0.3, "betas": (0.8, 0.99)}, {"lr": 0.05, "beta1": 0.95, "beta2": 0.999}),
        (optim.SGD, {"lr": 0.3, "momentum": 0.9}, {"lr": 0.05, "momentum": 0.5}),
        (optim.RMSprop, {"lr": 0.3, "momentum": 0.9, "weight_decay": 0.1}, {"lr": 0.05, "momentum": 0.5}),
    ],
)
def test_a_donor_brings_its_options_and_apply_after_the_load_wins(
    kind: Kind, options: dict[str, Any], new: dict[str, Any]
) -> None:
    donor, member = Run(kind, **options), Run(kind, lr=0.1)
    donor.steps(1.0, 1.0)
    stale = member.optimizer.param_groups[0]
    member.optimizer.load_state_dict(deepcopy(donor.optimizer.state_dict()))
    group = member.optimizer.param_groups[0]
    assert {name: group[name] for name in options} == options
    apply(member.optimizer, new)
    found = {**group, **dict(zip(("beta1", "beta2"), group.get("betas", ()), strict=False))}
    assert {name: found[name] for name in new} == new
    assert stale is not group
    assert stale["lr"] == 0.1, "whoever holds the group of before the load holds a dead one"


@pytest.mark.parametrize("is_deep", [True, False])
def test_a_load_shares_what_it_remembers_with_its_donor_and_a_deep_copy_does_not(
    is_deep: bool,
) -> None:
    donor, member = Run(optim.Adam, lr=0.1), Run(optim.Adam, lr=0.1)
    donor.steps(1.0, 1.0)
    before = donor.optimizer.state[donor.weight]["exp_avg"].clone()
    state = donor.optimizer.state_dict()
    member.optimizer.load_state_dict(deepcopy(state) if is_deep else state)
    apply(member.optimizer, {"beta1": 0.5})
    member.step(-3.0)
    assert torch.equal(donor.optimizer.state[donor.weight]["exp_avg"], before) is is_deep


def test_an_adam_that_became_adamw_by_a_load_is_refused() -> None:
    donor, member = Run(optim.AdamW, lr=0.1, weight_decay=0.1), Run(optim.Adam, lr=0.1)
    donor.step()
    member.optimizer.load_state_dict(deepcopy(donor.optimizer.state_dict()))
    assert "Adam has gone on with another optimizer's state" in refusal(member, lr=0.5)
    apply(Run(optim.Adam, lr=0.1, decoupled_weight_decay=True).optimizer, {"lr": 0.5})


def test_an_adamw_that_loads_the_state_of_adam_stays_what_it_is() -> None:
    donor, member = Run(optim.Adam, lr=0.1), Run(optim.AdamW, lr=0.1)
    donor.step()
    member.optimizer.load_state_dict(deepcopy(donor.optimizer.state_dict()))
    apply(member.optimizer, {"lr": 0.5})
    assert member.optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_a_donors_peak_of_one_cycle_gives_way_to_the_new_one() -> None:
    runs = [Run(optim.SGD, lr=0.1) for _ in range(3)]
    schedulers = [
        lr_scheduler.OneCycleLR(run.optimizer, max_lr=peak, total_steps=14, cycle_momentum=False)
        for run, peak in zip(runs, (0.5, 0.1, 0.02), strict=True)
    ]
    donor, member, always = runs
    for run, scheduler in zip(runs, schedulers, strict=True):
        rates(run, scheduler, 4)
    member.optimizer.load_state_dict(deepcopy(donor.optimizer.state_dict()))
    schedulers[1].load_state_dict(deepcopy(schedulers[0].state_dict()))
    assert member.optimizer.param_groups[0]["max_lr"] == 0.5
    apply(member.optimizer, {"lr": 0.02}, schedulers[1])
    assert rates(member, schedulers[1], 9) == pytest.approx(rates(always, schedulers[2], 9))


def test_a_new_scheduler_begins_with_the_rate_that_was_set_and_not_with_the_one_of_before() -> None:
    run, always = Run(optim.SGD, lr=0.1), Run(optim.SGD, lr=0.02)
    for one in (run, always):
        rates(one, lr_scheduler.ConstantLR(one.optimizer, 0.5, 2), 3)
    scheduler = lr_scheduler.ConstantLR(run.optimizer, 1.0, 1)
    apply(run.optimizer, {"lr": 0.02}, scheduler)
    new = [lr_scheduler.ExponentialLR(one.optimizer, 0.9) for one in (run, always)]
    assert rates(run, new[0], 3) == pytest.approx(rates(always, new[1], 3))


@pytest.mark.parametrize("rate", [-0.1, -1e-9, float("nan"), float("inf")])
def test_a_rate_below_zero_is_refused_with_a_scheduler_and_without(rate: float) -> None:
    run, scheduled = Run(optim.SGD, lr=0.1), Run(optim.SGD, lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(scheduled.optimizer, 0.9)
    assert "lr" in refusal(run, lr=rate)
    assert "lr" in refusal(scheduled, scheduler, lr=rate)


@pytest.mark.parametrize("name", ["ConstantLR", "LinearLR", "SequentialLR"])
def test_a_rate_set_by_hand_in_a_warm_up_would_be_another_one_after_it(name: str) -> None:
    by_hand, applied = Run(optim.SGD, lr=0.1), Run(optim.SGD, lr=0.1)
    ends = []
    for run in (by_hand, applied):
        scheduler = SCHEDULES[name](run.optimizer, 0.1)
        rates(run, scheduler, 1)
        if run is applied:
            apply(run.optimizer, {"lr": 0.05}, scheduler)
        else:
            run.optimizer.param_groups[0]["lr"] = 0.05
        ends.append(rates(run, scheduler, 5)[-1])
    assert ends[1] == pytest.approx(0.05)
    assert ends[0] != pytest.approx(0.05, rel=0.1)


SCHEDULES: dict[str, Callable[[optim.Optimizer, float], lr_scheduler.LRScheduler]] = {
    "LambdaLR": lambda opt, lr: lr_scheduler.LambdaLR(opt, lambda epoch: 0.9**epoch),
    "MultiplicativeLR": lambda opt, lr: lr_scheduler.MultiplicativeLR(opt, lambda epoch: 0.9),
    "StepLR": lambda opt, lr: lr_scheduler.StepLR(opt, 3),
    "MultiStepLR": lambda opt, lr: lr_scheduler.MultiStepLR(opt, [2, 6]),
    "ConstantLR": lambda opt, lr: lr_scheduler.ConstantLR(opt, 0.5, 6),
    "LinearLR": lambda opt, lr: lr_scheduler.LinearLR(opt, 0.1, total_iters=6),
    "ExponentialLR": lambda opt, lr: lr_scheduler.ExponentialLR(opt, 0.9),
    "PolynomialLR": lambda opt, lr: lr_scheduler.PolynomialLR(opt, 12, 2.0),
    "CosineAnnealingLR": lambda opt, lr: lr_scheduler.CosineAnnealingLR(opt, 8, eta_min=0.001),
    "CosineAnnealingWarmRestarts": lambda opt, lr: lr_scheduler.CosineAnnealingWarmRestarts(
        opt, 3, eta_min=0.001
    ),
    "OneCycleLR": lambda opt, lr: lr_scheduler.OneCycleLR(
        opt, max_lr=lr, total_steps=14, cycle_momentum=False
    ),
    "CyclicLR": lambda opt, lr: lr_scheduler.CyclicLR(opt, lr / 10, lr, 3, cycle_momentum=False),
    "SequentialLR": lambda opt, lr: lr_scheduler.SequentialLR(
        opt,
        [
            lr_scheduler.ConstantLR(opt, 0.5, 6),
            lr_scheduler.CosineAnnealingLR(opt, 8, eta_min=0.001),
        ],
        [6],
    ),
    "ChainedScheduler": lambda opt, lr: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(opt, 0.5, 6), lr_scheduler.ExponentialLR(opt, 0.9)]
    ),
}
"""A scheduler of each kind, for an optimizer with a rate."""


def rates(run: Run, scheduler: lr_scheduler.LRScheduler, n: int) -> list[float]:
    found = []
    for _ in range(n):
        run.step()
        scheduler.step()
        found.append(run.optimizer.param_groups[0]["lr"])
    return found


def test_every_scheduler_of_torch_is_looked_at() -> None:
    kinds = {
        name
        for name, kind in vars(lr_scheduler).items()
        if isinstance(kind, type) and issubclass(kind, lr_scheduler.LRScheduler) and not name.startswith("_")
    }
    assert kinds - {"LRScheduler", "ReduceLROnPlateau"} == SCHEDULES.keys()


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("after", [1, 4, 7])
def test_a_schedule_goes_on_as_if_it_had_begun_with_the_new_rate(name: str, after: int) -> None:
    run, always = Run(optim.SGD, lr=0.1), Run(optim.SGD, lr=0.02)
    scheduler, expected = SCHEDULES[name](run.optimizer, 0.1), SCHEDULES[name](always.optimizer, 0.02)
    rates(run, scheduler, after)
    rates(always, expected, after)
    apply(run.optimizer, {"lr": 0.02}, scheduler)
    now = [one.optimizer.param_groups[0]["lr"] for one in (run, always)]
    assert now[0] == pytest.approx(now[1])
    assert scheduler.get_last_lr() == pytest.approx(expected.get_last_lr())
    assert rates(run, scheduler, 13 - after) == pytest.approx(rates(always, expected, 13 - after))


def test_a_schedule_may_be_changed_twice() -> None:
    run = Run(optim.SGD, lr=0.1)
    scheduler = lr_scheduler.LinearLR(run.optimizer, 0.1, total_iters=4)
    for rate in (0.02, 0.06):
        rates(run, scheduler, 1)
        apply(run.optimizer, {"lr": rate}, scheduler)
    assert rates(run, scheduler, 4)[-1] == pytest.approx(0.06)


def test_plateaus_reduce_what_there_is_and_keep_their_lowest_rate() -> None:
    run = Run(optim.SGD, lr=0.1)
    scheduler = lr_scheduler.ReduceLROnPlateau(run.optimizer, patience=0, min_lr=0.01)
    apply(run.optimizer, {"lr": 0.2}, scheduler)
    for _ in range(3):
        run.step()
        scheduler.step(1.0)
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(0.01)
    assert "below the lowest rate of ReduceLROnPlateau" in refusal(run, scheduler, lr=0.001)


def test_a_rate_that_a_scheduler_writes_is_refused_without_the_scheduler() -> None:
    run = Run(optim.SGD, lr=0.1)
    lr_scheduler.ExponentialLR(run.optimizer, 0.9)
    assert "a scheduler writes it; give it, too" in refusal(run, lr=0.5)
    apply(run.optimizer, {"weight_decay": 0.1})


@pytest.mark.parametrize(("kind", "name"), [(optim.SGD, "momentum"), (optim.Adam, "beta1")])
@pytest.mark.parametrize("schedule", ["OneCycleLR", "CyclicLR"])
def test_momentum_that_a_scheduler_writes_is_refused(kind: Kind, name: str, schedule: str) -> None:
    run = Run(kind, lr=0.1, **({"momentum": 0.9} if kind is optim.SGD else {}))
    one_cycle = schedule == "OneCycleLR"
    scheduler = (
        lr_scheduler.OneCycleLR(run.optimizer, max_lr=0.1, total_steps=10)
        if one_cycle
        else lr_scheduler.CyclicLR(run.optimizer, 0.01, 0.1, 3)
    )
    assert f"{name}: {schedule} writes it at each step" in refusal(run, scheduler, **{name: 0.5})


def test_an_optimizer_of_ones_own_is_asked_what_it_makes_of_a_change() -> None:
    class Fixed(optim.SGD):
        """Keeps the rate of its beginning, as an optimizer with a schedule of its own may."""

        def __init__(self, params: Any, lr: float = 0.1) -> None:
            super().__init__(params, lr=lr)
            self.rate = lr

        def step(self, closure: Any = None) -> Any:
            self.param_groups[0]["lr"] = self.rate
            return super().step(closure)

    run = Run(Fixed, lr=0.1)
    assert "lr: Fixed does not read it any more" in refusal(run, lr=0.5)


@pytest.mark.parametrize(
    ("given", "rule", "step"),
    [
        (
            (nn.Linear(1, 1), {"lr": 0.1}),
            "apply takes an optimizer of torch's, got Linear",
            "for each optimizer",
        ),
        ((optim.Adam, {"lr": 0.1}), "apply takes an optimizer", "for each optimizer"),
        ((Run(optim.SGD).optimizer, None), "changed must be new values by name, got None", "changed or {}"),
        ((Run(optim.SGD).optimizer, 0.1), "changed must be new values by name, got 0.1", '{"lr": 0.1}'),
        ((Run(optim.SGD).optimizer, {"lr": 0.1}, nn.Linear(1, 1)), "scheduler must be one", "leave it out"),
    ],
)
def test_an_argument_that_is_something_else_is_named(given: Any, rule: str, step: str) -> None:
    with pytest.raises(tb.LiveParamError) as error:
        apply(*given)
    assert rule in error.value.message
    assert step in (error.value.hint or "")
