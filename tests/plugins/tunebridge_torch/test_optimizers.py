"""Optimizers are chosen by the trial, and feedback moves their options while the model trains."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from torch import Tensor, nn, optim
from torch.optim.optimizer import register_optimizer_step_pre_hook

import tunebridge as tb
from tunebridge_torch import optimizer_space, training

Points = tuple[Tensor, Tensor]
CLASSES = {
    "sgd": optim.SGD,
    "sgd-momentum": optim.SGD,
    "adagrad": optim.Adagrad,
    "rmsprop": optim.RMSprop,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
}


@pytest.fixture
def steps() -> Iterator[list[tuple[type, list[dict[str, Any]]]]]:
    """Return the class and the options of the optimizer at each step that it takes."""
    seen: list[tuple[type, list[dict[str, Any]]]] = []

    def note(optimizer: optim.Optimizer, *_: object) -> None:
        groups = [
            {name: value for name, value in group.items() if name != "params"}
            for group in optimizer.param_groups
        ]
        seen.append((type(optimizer), groups))

    handle = register_optimizer_step_pre_hook(note)
    yield seen
    handle.remove()


def linear(trial: tb.Trial) -> nn.Module:
    return nn.Linear(2, 3)


def run(
    points: Points,
    space: tb.Space,
    params: Mapping[str, Any],
    *rules: Callable[[tb.Training], Mapping[str, Any] | None],
    **settings: Any,
) -> tb.TrialRecord:
    """Run one trial of two epochs, one batch each, with given params."""
    settings = {"epochs": 2, "batch_size": 60} | settings
    objective = training(linear, train=points, valid=points, metric="loss", **settings)
    problem = tb.Problem(objective, space, metric="loss")
    result = tb.tune(
        problem,
        backend="sklearn:random",
        n_trials=1,
        seed=0,
        initial=[params],
        adjust=rules,
        on_error="record",
    )
    return result.trials[0]


def change(**changes: Any) -> Callable[[tb.Training], Mapping[str, Any]]:
    return lambda training: changes


def test_the_space_has_a_branch_per_optimizer_with_its_own_hyperparameters() -> None:
    branches = {name: set(branch) for name, branch in optimizer_space().branches.items()}
    assert branches == {
        "sgd": {"lr", "weight_decay"},
        "sgd-momentum": {"lr", "momentum", "nesterov", "weight_decay"},
        "adagrad": {"lr"},
        "rmsprop": {"lr", "alpha", "momentum"},
        "adam": {"lr", "beta1", "beta2"},
        "adamw": {"lr", "beta1", "beta2", "weight_decay"},
    }


def test_the_space_may_be_narrowed() -> None:
    assert optimizer_space("adam", "sgd").labels == ("adam", "sgd")
    with pytest.raises(tb.UnknownNameError, match="Did you mean 'adam'"):
        optimizer_space("adamm")


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "optuna:tpe", "sklearn:random"])
def test_every_backend_takes_the_space_without_loss(backend: str) -> None:
    explained = tb.explain(tb.Space(optimizer=optimizer_space()), backend)
    assert {parameter.fidelity for parameter in explained.parameters} <= {
        tb.Fidelity.EXACT,
        tb.Fidelity.EMULATED,
    }


@pytest.mark.parametrize("label", sorted(CLASSES))
def test_a_branch_makes_its_optimizer_with_all_its_options(points: Points, steps: Any, label: str) -> None:
    space = tb.Space(optimizer=optimizer_space(label))
    params = space.sample(1)
    assert run(points, space, params).error is None
    kind, (options,) = steps[0]
    assert kind is CLASSES[label]
    found = options | dict(zip(("beta1", "beta2"), options.get("betas", ()), strict=False))
    given = {name: value for name, value in params.items() if name != "optimizer"}
    assert {name: found[name] for name in given} == given


def test_lr_alone_goes_to_adam(points: Points, steps: Any) -> None:
    run(points, tb.Space(lr=tb.Float(0, 1)), {"lr": 0.25})
    assert steps[0][0] is optim.Adam
    assert steps[0][1][0]["lr"] == 0.25


def test_momentum_is_there_by_name_even_without_a_param(points: Points, steps: Any) -> None:
    run(points, tb.Space(lr=tb.Float(0, 1)), {"lr": 0.25}, optimizer="sgd-momentum")
    assert steps[0][1][0]["momentum"] == 0.9


def test_a_class_of_torch_takes_the_params_it_knows(points: Points, steps: Any) -> None:
    space = tb.Space(lr=tb.Float(0, 1), beta1=tb.Float(0, 1), hidden=tb.Int(1, 2))
    run(points, space, {"lr": 0.25, "beta1": 0.5, "hidden": 2}, optimizer=optim.NAdam)
    assert steps[0][0] is optim.NAdam
    assert steps[0][1][0]["betas"] == (0.5, 0.999)


def test_feedback_reaches_the_optimizer_at_the_next_batch(points: Points, steps: Any) -> None:
    space = tb.Space(
        lr=tb.Float(0, 1),
        momentum=tb.Float(0, 1),
        weight_decay=tb.Float(0, 1),
        nesterov=tb.Categorical([False, True]),
    )
    before = {"lr": 0.5, "momentum": 0.1, "weight_decay": 0.0, "nesterov": False}
    after = {"lr": 0.25, "momentum": 0.75, "weight_decay": 0.125, "nesterov": True}
    record = run(points, space, before, change(**after), optimizer="sgd")
    assert record.error is None
    assert [{name: options[name] for name in before} for _, (options,) in steps] == [before, after]
    assert record.params == before


@pytest.mark.parametrize(
    ("optimizer", "name"), [("rmsprop", "alpha"), ("adam", "beta1"), ("adamw", "beta2"), ("adamw", "eps")]
)
def test_options_of_other_optimizers_follow_too(
    points: Points, steps: Any, optimizer: str, name: str
) -> None:
    run(
        points,
        tb.Space({name: tb.Float(0.1, 0.9)}),
        {name: 0.75},
        change(**{name: 0.25}),
        optimizer=optimizer,
    )
    at = {"beta1": 0, "beta2": 1}.get(name)
    found = [options[name] if at is None else options["betas"][at] for _, (options,) in steps]
    assert found == [0.75, 0.25]


def test_a_group_that_was_set_apart_keeps_its_proportion(points: Points, steps: Any) -> None:
    def apart(parameters: Iterator[nn.Parameter], trial: tb.Trial) -> optim.Optimizer:
        weight, bias = parameters
        groups = [{"params": [weight], "lr": trial["lr"]}, {"params": [bias], "lr": 10 * trial["lr"]}]
        return optim.SGD(groups)

    run(points, tb.Space(lr=tb.Float(0, 1)), {"lr": 0.5}, change(lr=0.25), optimizer=apart)
    assert [[group["lr"] for group in groups] for _, groups in steps] == [[0.5, 5.0], [0.25, 2.5]]


def test_a_changed_batch_size_makes_a_new_loader_and_changed_epochs_move_the_end(
    points: Points, steps: Any
) -> None:
    space = tb.Space(batch_size=tb.Ordinal([20, 30, 60]), epochs=tb.Int(1, 5))
    record = run(points, space, {"batch_size": 60, "epochs": 2}, change(batch_size=20, epochs=3))
    assert len(record.reports) == 3
    assert len(steps) == 1 + 3 + 3


@pytest.mark.parametrize("name", ["hidden", "device"])
def test_a_change_that_cannot_be_applied_fails_the_trial(points: Points, name: str) -> None:
    space = tb.Space({name: tb.Ordinal(["cpu", "auto"]), "lr": tb.Float(0, 1)})
    record = run(points, space, {name: "cpu", "lr": 0.5}, change(**{name: "auto"}))
    assert record.state is tb.TrialState.FAILED
    assert f"while it trains, Adam cannot take {name}: it has no such option" in str(record.error)
    assert "let the rule change others (lr, eps, weight_decay, beta1, beta2)" in str(record.error)


def test_a_rule_for_a_param_that_can_change_nowhere_is_refused_before_the_first_trial(points: Points) -> None:
    hidden = tb.Space(hidden=tb.Int(1, 9), lr=tb.Float(0, 1))
    with pytest.raises(tb.LiveParamError, match="hidden: the model and its data are made before"):
        run(points, hidden, {"hidden": 3, "lr": 0.5}, tb.Plateau("hidden"))
    rprop = tb.Space(lr=tb.Float(0, 1))
    with pytest.raises(tb.LiveParamError, match="lr: Rprop does not read it any more"):
        run(points, rprop, {"lr": 0.5}, tb.Plateau("lr"), optimizer=optim.Rprop)


def test_a_rule_for_a_param_that_can_change_somewhere_is_taken(points: Points) -> None:
    branches = tb.Categorical(
        {"sgd": tb.Space(lr=tb.Float(0, 1)), "sgd-momentum": tb.Space(lr=tb.Float(0, 1))}
    )
    params = {"optimizer": "sgd", "lr": 0.5}
    record = run(points, tb.Space(optimizer=branches), params, tb.Schedule("lr", {0: 0.25}))
    assert [change.value for change in record.changes] == [0.25]


def test_an_optimizer_that_is_none_is_refused(points: Points) -> None:
    with pytest.raises(tb.UnknownNameError, match="Did you mean 'adam'"):
        training(linear, train=points, valid=points, optimizer="adem")
    bad: Any = 3
    with pytest.raises(tb.ProblemError, match="a name, a class of torch"):
        training(linear, train=points, valid=points, optimizer=bad)
    record = run(points, tb.Space(optimizer=tb.Constant("lion")), {})
    assert "no optimizer is called 'lion'" in str(record.error)
    wrong: Any = lambda parameters, trial: "sgd"  # noqa: E731
    assert "must return one, got 'sgd'" in str(
        run(points, tb.Space(lr=tb.Constant(1)), {}, optimizer=wrong).error
    )


def test_momentum_state_survives_a_change(points: Points) -> None:
    """A change sets options only: the buffers of the optimizer are what they were."""
    space = tb.Space(lr=tb.Float(0, 1))
    same = run(points, space, {"lr": 0.5}, optimizer="sgd-momentum")
    moved = run(points, space, {"lr": 0.5}, change(lr=0.5), optimizer="sgd-momentum")
    assert [report.value for report in same.reports] == [report.value for report in moved.reports]
