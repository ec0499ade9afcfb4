"""Trials of `training` that are interrupted go on from their checkpoint, by themselves, to the last bit."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

import tunebridge as tb
from tests.plugins.tunebridge_torch.conftest import Network
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge_torch import load, saved, training
from tunebridge_torch.progress import Progress

Points = tuple[Tensor, Tensor]
SPACE = tb.Space(
    lr=tb.Float(1e-3, 1e-1, log=True), optimizer=tb.Categorical(["sgd-momentum", "adam", "rmsprop"])
)
RULES = [tb.Schedule("lr", at={1: 0.05, 4: 0.01})]
STOPS_AT = "TUNEBRIDGE_TEST_STOPS_AT"
"""The score in which the process is interrupted: no global, as a study is refused if one changes."""

N_SCORES = "TUNEBRIDGE_TEST_N_SCORES"
"""How many scores there were."""


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Score, or be interrupted."""
    os.environ[N_SCORES] = str(int(os.environ[N_SCORES]) + 1)
    if os.environ[N_SCORES] == os.environ.get(STOPS_AT):
        raise KeyboardInterrupt
    return float((outputs.argmax(1) == targets).float().mean())


@pytest.fixture(autouse=True)
def from_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(N_SCORES, "0")


def problem_of(points: Points, space: tb.Space = SPACE, **more: Any) -> tb.Problem:
    settings = {"valid": points, "epochs": 6, "batch_size": 16, "keep_best": "maximize", **more}
    objective = training(Network, train=settings.pop("train", points), metric=accuracy, **settings)
    return tb.Problem(objective, space, direction="maximize", metric="accuracy")


def tuned(problem: tb.Problem, **more: Any) -> tb.Result:
    settings: dict[str, Any] = {"backend": "optuna:random", "n_trials": 3, "seed": 0, "adjust": RULES, **more}
    return tb.tune(problem, **settings)


def loader_of(points: Points) -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(3)
    return DataLoader(TensorDataset(*points), batch_size=16, shuffle=True, generator=generator)


def comparable(result: tb.Result) -> list[Any]:
    return [(one.number, one.params, one.values, one.reports, one.schedule) for one in result.trials]


def interrupted(problem: tb.Problem, url: str, stops_at: int, monkeypatch: pytest.MonkeyPatch) -> tb.Result:
    """Return a study that was interrupted in a score, and went on."""
    monkeypatch.setenv(STOPS_AT, str(stops_at))
    assert tuned(problem, storage=url, study="s").stop_reason == "interrupted"
    return tuned(problem, storage=url, study="s")


@pytest.mark.parametrize("stops_at", [1, 9, 18])
def test_a_study_that_was_interrupted_is_equal_to_one_that_was_not(
    stops_at: int, points: Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = problem_of(points)
    result = interrupted(problem, f"sqlite:///{tmp_path}/tune.db", stops_at, monkeypatch)
    n_scores = int(os.environ[N_SCORES])
    assert comparable(result) == comparable(tuned(problem))
    # The epoch that was interrupted is the only one that was trained twice.
    assert n_scores == 3 * 6 + 1


def test_so_is_one_with_a_loader_that_shuffles_by_a_generator_of_its_own(
    points: Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = problem_of(points, train=loader_of(points))
    result = interrupted(problem, f"sqlite:///{tmp_path}/tune.db", 11, monkeypatch)
    assert comparable(result) == comparable(tuned(problem_of(points, train=loader_of(points))))


def test_the_best_weights_are_those_of_the_best_epoch_before_or_after(
    points: Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = problem_of(points, SPACE)
    result = interrupted(problem, f"sqlite:///{tmp_path}/tune.db", 18, monkeypatch)
    weights = tuned(problem).trials[-1].artifact("model")
    found = result.trials[-1].artifact("model")
    assert all(torch.equal(found[name], weight) for name, weight in weights.items())


def test_the_best_model_of_a_stored_study_is_loaded_from_its_checkpoint(
    points: Points, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    tuned(problem_of(points), storage=url, study="s", adjust=[])
    record = tb.load_study(url, "s").best_trial
    checkpoint = record.checkpoint("best")
    assert checkpoint is not None
    model = Network(tb.Trial(record.params, number=0, seed=0))
    load(checkpoint, model=model, partial=True)
    model.eval()
    assert accuracy(model(points[0]), points[1]) == record.value


def test_checkpoints_every_third_epoch_are_equal_too_and_fewer(
    points: Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = saved.write

    def counted(*arguments: Any, **more: Any) -> None:
        written.append(1)
        write(*arguments, **more)

    monkeypatch.setattr(saved, "write", counted)
    problem = problem_of(points, checkpoint_every=4)
    result = interrupted(problem, f"sqlite:///{tmp_path}/tune.db", 6, monkeypatch)
    assert len(written) == 3 * 2
    assert comparable(result) == comparable(tuned(problem))


def test_a_search_in_memory_writes_none(points: Points, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a checkpoint was written")

    monkeypatch.setattr(saved, "write", refuse)
    tuned(problem_of(points))


@pytest.mark.parametrize("every", [0, -1, 1.5, True, None])
def test_checkpoint_every_is_a_whole_number(every: Any, points: Points) -> None:
    with pytest.raises(tb.ProblemError, match="checkpoint_every must be an integer >= 1"):
        problem_of(points, checkpoint_every=every)


class Turns:
    """Runs an objective in turns: it is paused at each checkpoint, and goes on from it in a new trial."""

    def __init__(self, problem: tb.Problem, folder: Path, params: dict[str, Any]) -> None:
        self.problem = problem
        self.folder = CheckpointFolder(folder, 0, is_useful=True)
        self.trial = tb.Trial(params, number=0, seed=7, folder=self.folder)
        self.scores: list[Any] = []
        self.is_over = False

    def turn(self) -> None:
        self.trial.begin(self.hear)
        try:
            training: Any = self.problem.objective(self.trial)
            changes = None
            while True:
                changes = self.trial.report(training.send(changes))
        except StopIteration:
            self.is_over = True
        except tb.TrialPaused:
            pass

    def hear(self, said: tb.Said) -> tb.Reply:
        if isinstance(said, tb.Told):
            self.scores.append(said.value)
            return tb.Reply(tb.Decision.CONTINUE)
        self.written = said.step
        return tb.Reply(tb.Decision.PAUSE)

    def go_on(self, **changed: Any) -> None:
        checkpoint = tb.Checkpoint(
            path=self.folder.at(self.written), number=0, step=self.written, changed=changed
        )
        self.trial = self.trial.again(checkpoint, {**self.trial.params, **changed})

    def run(self, changes: dict[int, dict[str, Any]] | None = None) -> list[Any]:
        self.turn()
        while not self.is_over:
            self.go_on(**(changes or {}).get(self.written, {}))
            self.turn()
        return self.scores


PARAMS = {"lr": 0.05, "optimizer": "adam", "beta1": 0.8}


@pytest.mark.parametrize("train", [None, loader_of])
def test_a_trial_in_turns_is_equal_to_one_at_a_stretch(train: Any, points: Points, tmp_path: Path) -> None:
    given = {} if train is None else {"train": train(points)}
    stretch = list(problem_of(points, **given).objective(tb.Trial(PARAMS, number=0, seed=7)))
    assert Turns(problem_of(points, **given), tmp_path, PARAMS).run() == stretch


@pytest.mark.parametrize(
    "changed", [{"lr": 0.01}, {"lr": 0.02, "beta1": 0.95}, {"batch_size": 10}, {"epochs": 4}]
)
def test_what_changes_at_a_checkpoint_is_applied_as_at_a_report(
    changed: dict[str, Any], points: Points, tmp_path: Path
) -> None:
    params = {**PARAMS, "batch_size": 16, "epochs": 6}
    trial = tb.Trial(params, number=0, seed=7)
    training: Any = problem_of(points).objective(trial)
    stretch = [next(training), next(training)]
    trial.update(changed)
    stretch += [training.send(changed), *training]
    assert Turns(problem_of(points), tmp_path, params).run({1: changed}) == stretch


def test_a_group_keeps_its_proportion_to_the_rate_over_a_checkpoint(points: Points, tmp_path: Path) -> None:
    def groups(parameters: Any, trial: tb.Trial) -> torch.optim.Optimizer:
        first, *others = parameters
        slow = {"params": others, "lr": trial["lr"] / 10}
        made.append(torch.optim.SGD([{"params": [first]}, slow], lr=trial["lr"]))
        return made[-1]

    made: list[torch.optim.Optimizer] = []
    turns = Turns(problem_of(points, optimizer=groups), tmp_path, {"lr": 0.1})
    turns.run({0: {"lr": 0.05}, 2: {"lr": 0.02}})
    assert [group["lr"] for group in made[-1].param_groups] == pytest.approx([0.02, 0.002])


def test_a_change_that_would_be_ignored_is_refused_at_a_checkpoint(points: Points, tmp_path: Path) -> None:
    turns = Turns(problem_of(points), tmp_path, {**PARAMS, "width": 8})
    with pytest.raises(tb.LiveParamError, match="Adam cannot take width: it has no such option"):
        turns.run({1: {"width": 9}})


def test_a_pruner_that_resumes_promotes_trials_that_go_on_to_the_last_bit(
    points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints are written where trials are paused, and nowhere else."""
    written: list[object] = []
    write = saved.write

    def counted(folder: Any, *arguments: Any, **more: Any) -> None:
        written.append(folder)
        write(folder, *arguments, **more)

    monkeypatch.setattr(saved, "write", counted)
    problem = problem_of(points, tb.Space(lr=tb.Float(1e-5, 10.0, log=True)))
    asha = tb.pruner("asha", min_resource=1, reduction_factor=2, bootstrap_count=1, resume=True)
    found, whole = (tuned(problem, pruner=pruner, n_trials=9, adjust=[]) for pruner in (asha, None))
    for one, other in zip(found.trials, whole.trials, strict=True):
        assert one.reports == other.reports[: len(one.reports)]
        if one.state is tb.TrialState.COMPLETE:
            assert one.values == other.values
    assert {one.state for one in found.trials} == {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}
    paused = sum(one.state is tb.TrialState.PRUNED for one in found.trials)
    assert paused < len(written) < sum(len(one.reports) for one in found.trials)


@pytest.mark.parametrize("every", [1, 3])
def test_a_population_of_networks_trains_and_saves_at_its_intervals_alone(
    every: int, points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    save = Progress.save

    def noted(progress: Progress) -> None:
        steps.append(progress.epoch - 1)
        save(progress)

    monkeypatch.setattr(Progress, "save", noted)
    problem = problem_of(points, tb.Space(lr=tb.Float(1e-5, 10.0, log=True), beta1=tb.Float(0.5, 0.99)))
    population = tb.Population(size=4, every=every)
    found = tuned(problem, population=population, n_trials=4, adjust=[])
    assert {one.state for one in found.trials} == {tb.TrialState.COMPLETE}
    copies = [entry for one in found.trials for entry in one.schedule if isinstance(entry, tb.Copy)]
    assert copies
    assert set(steps) == set(range(every - 1, 6, every))
    for one in found.trials:
        own = [stretch for stretch in one.lineage if stretch.member == one.number][-1]
        steps_of_its_own = range(own.first, own.last + 1)
        trained = along(problem, one.lineage)
        assert [trained[step]["accuracy"] for step in steps_of_its_own] == [
            report.value for report in one.reports if report.step in steps_of_its_own
        ]


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_replay_of_a_member_that_copied_is_equal_to_the_last_bit(
    is_stored: bool, points: Points, tmp_path: Path
) -> None:
    problem = problem_of(points, tb.Space(lr=tb.Float(1e-5, 10.0, log=True), beta1=tb.Float(0.5, 0.99)))
    stored = {"storage": f"sqlite:///{tmp_path}/tune.db"} if is_stored else {}
    found = tuned(problem, population=tb.Population(size=4, every=2), n_trials=4, **stored)
    assert any(len(one.lineage) > 1 for one in found.trials)
    for one in found.trials:
        again = tb.replay(problem, one)
        assert again.value == one.value
        first = one.lineage[-1].first
        assert again.reports[first:] == tuple(report for report in one.reports if report.step >= first)


def along(problem: tb.Problem, lineage: Sequence[tb.Stretch]) -> list[dict[str, float]]:
    """Return what a model reports that goes through all that a member's has, at a stretch."""
    trial = tb.Trial(lineage[0].params, number=0, seed=lineage[0].seed)
    training: Any = problem.objective(trial)
    found, changes = [], None
    for before, after in zip(lineage, [*lineage[1:], lineage[-1]], strict=True):
        for step in range(before.first, before.last + 1):
            found.append(training.send(changes))
            is_over = step == before.last
            changes = (
                {name: one for name, one in after.params.items() if one != trial[name]} if is_over else None
            )
            trial.update(changes or {})
    return found
