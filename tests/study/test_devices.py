"""Devices of trials in a study: stored, shown, and free to change when it goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0.0, 1.0))
STORES = ["sqlite:///{}/tune.db", "journal:///{}/tune.log", "jsonlines:///{}/tune.jsonl"]


def on(*names: str, executor: str = "inline") -> tb.ChosenExecutor:
    return tb.executor(executor, devices=list(names))


def tune(executor: tb.ChosenExecutor | None, url: str | None, n_trials: int, **settings: object) -> tb.Result:
    problem = tb.Problem(lambda trial: trial["x"], SPACE)
    return tb.tune(
        problem,
        backend="sklearn:random",
        seed=0,
        n_trials=n_trials,
        executor=executor,
        storage=url,
        study="s",
        **settings,  # type: ignore[arg-type]
    )


def devices(result: tb.Result) -> list[str | None]:
    return [trial.device for trial in result.trials]


@pytest.mark.parametrize("store", STORES)
def test_a_study_that_goes_on_elsewhere_keeps_where_each_trial_ran(store: str, tmp_path: Path) -> None:
    url = store.format(tmp_path)
    tune(on("cuda:1"), url, 2)
    tune(None, url, 3)
    whole = tune(on("mps"), url, 4)
    assert devices(whole) == ["cuda:1", "cuda:1", None, "mps"]
    assert devices(tb.load_study(url, "s")) == devices(whole)
    params = [trial.params for trial in tune(None, None, 4).trials]
    assert [trial.params for trial in whole.trials] == params


def test_a_frame_has_the_devices_if_there_are_any() -> None:
    assert list(tune(on("cpu"), None, 2).to_frame()["device"]) == ["cpu", "cpu"]
    assert "device" not in tune(None, None, 2).to_frame()


def test_a_trial_that_waits_and_goes_on_has_the_device_of_its_last_turn() -> None:
    def train(trial: tb.Trial) -> Iterator[float]:
        first = trial.resumed.step + 1 if trial.resumed else 0
        for step in range(first, 9):
            trial.note(f"device at {step}", trial.device)
            yield trial["x"]
            with trial.checkpoint() as folder:
                (folder / "x").touch()

    pruner = tb.pruner("asha", min_resource=1, reduction_factor=3, resume=True)
    result = tb.tune(
        tb.Problem(train, SPACE),
        backend="sklearn:random",
        seed=0,
        n_trials=9,
        pruner=pruner,
        executor=on("cuda:0", "cuda:1", executor="threads"),
    )
    for trial in result.trials:
        assert trial.device == list(trial.notes.values())[-1]


def test_a_trial_that_an_objective_is_called_with_by_hand_has_none() -> None:
    with tb.open_study(tb.Problem(lambda trial: 0.0, SPACE), backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        assert trial.device is None
        assert study.tell(trial, 1.0).device is None


def test_trials_of_a_comparison_have_the_device_of_their_cell() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("inside", trial.device)
        return float(trial["x"])

    comparison = tb.compare(
        tb.Problem(objective, SPACE),
        backends=["sklearn:random", "optuna:random"],
        n_trials=3,
        seeds=range(2),
        executor=on("cuda:4", executor="processes"),
    )
    inside = {trial.notes["inside"] for cell in comparison.cells for trial in cell.records}
    assert inside == {"cuda:0"}


def test_the_page_of_a_study_says_how_many_trials_each_device_had(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    tune(on("mps"), url, 1)
    page = tune(on("cuda:1"), url, 4).report(tmp_path / "study.md").read_text("utf-8")
    assert "Devices: cuda:1: 3 trials, mps: 1 trial" in page
    assert "Devices" not in tune(None, None, 2).report(tmp_path / "none.md").read_text("utf-8")


def test_a_trial_that_waits_in_a_stored_study_keeps_its_device_while_the_program_is_gone(
    tmp_path: Path,
) -> None:
    class Ending:
        @tb.hookimpl
        def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
            if trial.number == 3:
                raise KeyboardInterrupt

    def train(trial: tb.Trial) -> Iterator[float]:
        first = trial.resumed.step + 1 if trial.resumed else 0
        for _ in range(first, 9):
            yield trial["x"]
            with trial.checkpoint() as folder:
                (folder / "x").touch()

    def go(executor: tb.ChosenExecutor | None, *observers: object) -> tb.Result:
        return tb.tune(
            tb.Problem(train, SPACE),
            backend="sklearn:random",
            seed=0,
            n_trials=6,
            pruner=tb.pruner("asha", min_resource=1, reduction_factor=3, resume=True),
            storage=f"sqlite:///{tmp_path}/tune.db",
            study="s",
            executor=executor,
            observers=observers,
        )

    go(on("cuda:7"), Ending())
    ended = [(trial.state.name, trial.device) for trial in go(None).trials]
    before = [("COMPLETE", "cuda:7"), *[("PRUNED", "cuda:7")] * 2, ("COMPLETE", "cuda:7")]
    assert ended == [*before, ("COMPLETE", None), ("PRUNED", None)]
