"""A trial repeats by its seed on a CPU, and leaves the random state of others alone."""

from collections.abc import Generator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import tunebridge as tb
from tunebridge_torch import training

Points = tuple[Tensor, Tensor]
SPACE = tb.Space(lr=tb.Float(1e-3, 1e-1, log=True))


@pytest.fixture
def objective(network: Any, points: Points) -> Any:
    return training(network, train=points, valid=points, epochs=4, batch_size=16)


def trial(seed: int) -> tb.Trial:
    return tb.Trial({"lr": 0.05}, number=0, seed=seed)


def losses(training: Generator[dict[str, float], Any, Any]) -> list[float]:
    return [scores["loss"] for scores in training]


def test_the_same_seed_gives_the_same_reports_and_another_does_not(objective: Any) -> None:
    assert losses(objective(trial(7))) == losses(objective(trial(7)))
    assert losses(objective(trial(7))) != losses(objective(trial(8)))


def test_it_is_the_loop_that_one_would_write_by_hand(network: Any, points: Points) -> None:
    """The same draws, the same steps, the same modes of the model."""
    loader = DataLoader(TensorDataset(*points), batch_size=16, shuffle=True)
    objective = training(network, train=loader, valid=points, epochs=4, optimizer="sgd-momentum")
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = network(trial(7))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        by_hand = []
        for _ in range(4):
            model.train()
            for inputs, targets in loader:
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(inputs), targets).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            model.eval()
            with torch.no_grad():
                rows = list(DataLoader(TensorDataset(*points), batch_size=60))
                by_hand.append(nn.functional.cross_entropy(model(rows[0][0]), rows[0][1]).item())
    assert losses(objective(trial(7))) == pytest.approx(by_hand, rel=1e-6)


def test_trials_that_take_turns_do_not_disturb_each_other(objective: Any) -> None:
    alone = [losses(objective(trial(seed))) for seed in (1, 2)]
    first, second = objective(trial(1)), objective(trial(2))
    turns = [[scores["loss"] for scores in pair] for pair in zip(first, second, strict=True)]
    assert [list(course) for course in zip(*turns, strict=True)] == alone


def test_what_the_process_draws_between_reports_changes_nothing(objective: Any) -> None:
    alone = losses(objective(trial(3)))
    disturbed = []
    for scores in objective(trial(3)):
        disturbed.append(scores["loss"])
        torch.manual_seed(0)
        torch.rand(5)
    assert disturbed == alone


def test_the_random_state_of_the_process_is_left_as_it_was(objective: Any) -> None:
    before = torch.get_rng_state()
    for _ in objective(trial(3)):
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(torch.get_rng_state(), before)


def test_it_is_left_so_by_a_trial_that_fails_and_by_one_that_is_pruned(network: Any, points: Points) -> None:
    def fail(outputs: Tensor, targets: Tensor) -> Tensor:
        raise ValueError("on purpose")

    before = torch.get_rng_state()
    broken = training(network, train=points, valid=points, loss=fail)
    with pytest.raises(tb.ObjectiveError, match="on purpose"):
        next(broken(trial(0)))
    pruned = training(network, train=points, valid=points)(trial(0))
    next(pruned)
    pruned.close()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_loader_with_a_generator_of_its_own_repeats_too_and_keeps_its_state(
    network: Any, points: Points
) -> None:
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(TensorDataset(*points), batch_size=16, shuffle=True, generator=generator)
    objective = training(network, train=loader, valid=points, epochs=3)
    before = generator.get_state()
    assert losses(objective(trial(1))) == losses(objective(trial(1)))
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "optuna:tpe", "sklearn:random"])
def test_a_study_repeats_and_its_trials_replay(objective: Any, backend: str) -> None:
    problem = tb.Problem(objective, SPACE, direction="maximize", metric="accuracy")
    rules = [tb.Schedule("lr", at={1: 0.05, 2: 0.01})]
    one, two = (tb.tune(problem, backend=backend, n_trials=3, seed=4, adjust=rules) for _ in range(2))
    assert [record.reports for record in one.trials] == [record.reports for record in two.trials]
    for record in one.trials:
        again = tb.replay(problem, record)
        assert (again.values, again.reports, again.schedule) == (
            record.values,
            record.reports,
            record.schedule,
        )
        assert len(record.schedule) == 2
