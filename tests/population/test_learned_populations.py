"""Whole populations whose copies a backend explores."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge_auto.member import Member

SPACE = tb.Space(rate=tb.Float(0.0, 1.0), kind=tb.Categorical(["a", "b"]), size=tb.Ordinal([1, 2, 4]))
N_STEPS, EVERY, SIZE = 12, 2, 6


def train(trial: tb.Trial) -> Iterator[float]:
    """Gain the more the nearer the rate is to a place that moves while it trains."""
    height, first = 0.0, 0
    if trial.resumed:
        height = json.loads((trial.resumed / "height.json").read_text())
        first = trial.resumed.step + 1
    for step in range(first, N_STEPS):
        height += 1.0 - abs(trial["rate"] - step / N_STEPS) + 0.1 * (trial["kind"] == "b")
        yield height
        with trial.checkpoint() as folder:
            (folder / "height.json").write_text(json.dumps(height))


def tune(explore: str, **settings: Any) -> tb.Result:
    population = tb.Population(size=SIZE, every=EVERY, explore=explore, params=["rate", "kind"])
    given: dict[str, Any] = {"backend": "optuna:random", "n_trials": SIZE, "seed": 0, **settings}
    problem = tb.Problem(given.pop("objective", train), SPACE, direction="maximize")
    return tb.tune(problem, population=population, **given)


def schedules(result: tb.Result) -> list[Any]:
    return [
        (trial.number, trial.value, [(entry.step, entry) for entry in trial.schedule])
        for trial in result.trials
    ]


@pytest.mark.parametrize("explore", ["optuna:gp", "optuna:tpe", "hyperopt:tpe", "hyperopt:anneal", "auto"])
def test_a_backend_moves_the_params_of_copies(explore: str) -> None:
    result = tune(explore)
    moved = [change for trial in result.trials for change in trial.changes]
    assert {change.name for change in moved} == {"rate", "kind"}
    for trial in result.trials:
        assert all(SPACE.read(dict(stretch.params)) == dict(stretch.params) for stretch in trial.lineage)
    assert any(isinstance(entry, tb.Copy) for trial in result.trials for entry in trial.schedule)


@pytest.mark.parametrize(
    ("explore", "starter"),
    [(tb.backend("auto"), "optuna:tpe"), (tb.backend("auto", share=None), "optuna:gp")],
    ids=["with a share", "without"],
)
def test_of_auto_the_best_starter_is_asked_about_every_copy(
    explore: Any, starter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ask = [], Member.ask

    def noted(self: Member) -> Any:
        asked.append(self.spec.name)
        return ask(self)

    monkeypatch.setattr(Member, "ask", noted)
    tune(explore)
    assert {*asked} == {starter}


def test_a_seed_repeats_it_with_any_number_of_processes_in_a_fixed_order() -> None:
    assert schedules(tune("optuna:tpe", n_jobs=2, deterministic=True)) == schedules(tune("optuna:tpe"))


def test_a_backend_that_cannot_explore_is_refused_before_the_first_trial() -> None:
    begun = []

    def objective(trial: tb.Trial) -> float:
        begun.append(trial.number)
        return 0.0

    population = tb.Population(size=2, every=1, explore="sklearn:random")
    with pytest.raises(tb.UnsupportedError, match="sklearn:random"):
        tb.tune(
            tb.Problem(objective, SPACE), backend="optuna:random", population=population, n_trials=2, seed=0
        )
    assert begun == []


@pytest.mark.parametrize(
    ("explore", "meant"), [("pertub", "perturb"), ("Optuna:GP", "optuna:gp")], ids=["perturb", "a backend"]
)
def test_an_explorer_that_is_misspelt_is_refused_with_the_name_that_was_meant(
    explore: str, meant: str
) -> None:
    with pytest.raises(tb.UnknownNameError, match=f"no explorer is called '{explore}'") as caught:
        tune(explore)
    assert str(caught.value.hint).startswith(f"Did you mean '{meant}'?")


class Stopped:
    """The same training, stopped by the user after so many steps in all."""

    fingerprint_version = 1

    def __init__(self, left: int) -> None:
        self.left = left

    def fingerprint(self) -> dict[str, Any]:
        return {"training": train}

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        for value in train(trial):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            yield value


@pytest.mark.parametrize("steps", [21, 44, 61])
def test_a_population_that_was_stopped_is_explored_on_as_if_it_was_not(tmp_path: Path, steps: int) -> None:
    kept = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "s", "deterministic": True}
    stopped = tune("optuna:tpe", objective=Stopped(steps), **kept)
    assert {trial.state for trial in stopped.trials} == {tb.TrialState.INTERRUPTED}
    again = tune("optuna:tpe", objective=Stopped(10_000), **kept)
    assert schedules(again) == schedules(tune("optuna:tpe", objective=Stopped(10_000), deterministic=True))


def test_the_page_names_every_backend_that_can_explore() -> None:
    page = (Path(__file__).parents[2] / "docs" / "exploring-by-a-backend.md").read_text("utf-8")
    with pytest.raises(tb.UnsupportedError) as caught:
        tune("optuna:random")
    listed = str(caught.value.hint).partition(": ")[2].partition(";")[0].split(", ")
    own = [name for name in listed if not name.startswith("turns:")]
    assert len(own) == 5
    assert [name for name in own if f"`{name.removesuffix(':credit')}`" not in page] == []
