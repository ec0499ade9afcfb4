"""A population: who copies whom, what a copy goes on with, and what is kept of it."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

import tunebridge as tb
from tests.population.training import SPACE, Walk, copies, path_of, tune

PLACES: list[dict[str, Any]] = [
    {},
    {"deterministic": True},
    {"n_jobs": 2, "executor": "threads"},
    {"n_jobs": 2, "executor": "threads", "deterministic": True},
    {"n_jobs": 3, "deterministic": True},
    {"n_jobs": 4, "executor": "threads"},
    {"n_jobs": 4, "executor": "threads", "deterministic": True},
]
SETTINGS = pytest.mark.parametrize("where", PLACES, ids=str)


@SETTINGS
def test_the_model_that_a_member_ends_with_has_been_through_its_lineage(where: dict[str, Any]) -> None:
    result = tune(**where)
    assert [trial.state for trial in result.trials] == [tb.TrialState.COMPLETE] * 4
    for trial in result.trials:
        path = trial.notes["path"]
        assert [tuple(one) for one in path] == path_of(trial)
        assert [step for _, step, _ in path] == list(range(12))
        assert trial.value == pytest.approx(sum(rate for _, _, rate in path))


@SETTINGS
def test_steps_rise_and_no_step_is_told_twice(where: dict[str, Any]) -> None:
    for trial in tune(**where).trials:
        steps = [report.step for report in trial.reports]
        assert steps == sorted(set(steps))
        assert steps[-1] == 11


class AtItsEnd(Walk):
    """Trial 1 comes to the end of its first interval once trial 0 has written its last checkpoint."""

    def __init__(self) -> None:
        super().__init__(n_steps=6, every=3)
        self.at_end, self.trains_on = Event(), Event()

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        for step, value in enumerate(super().__call__(trial)):
            if trial.number == 1 and step == 2:
                assert self.at_end.wait(5)
            if trial.number == 1 and step == 3:
                self.trains_on.set()
            yield value
        if trial.number == 0:
            self.at_end.set()
            assert self.trains_on.wait(5)


def test_nobody_skips_to_the_end_of_a_donor_that_may_have_nothing_left_to_train() -> None:
    result = tune(
        AtItsEnd(),
        population=tb.Population(size=2, every=3),
        n_trials=2,
        initial=[{"rate": 0.9, "size": 1}, {"rate": 0.1, "size": 1}],
        n_jobs=2,
        executor="threads",
    )
    late = result.trials[1]
    assert [report.step for report in late.reports] == list(range(6))
    assert all(copy.step == 5 for copy in copies(late))


@pytest.mark.parametrize("where", [place for place in PLACES if place.get("deterministic")], ids=str)
def test_in_a_fixed_order_any_number_of_slots_gives_the_same(where: dict[str, Any]) -> None:
    alone, other = tune(), tune(**where)
    for one, two in zip(alone.trials, other.trials, strict=True):
        assert (one.params, one.reports, one.schedule, one.told) == (
            two.params,
            two.reports,
            two.schedule,
            two.told,
        )
    assert any(map(copies, alone.trials))


def test_the_last_copies_the_first_with_its_params_and_moves_those_that_can() -> None:
    result = tune()
    by_value = sorted(result.trials, key=lambda trial: trial.reports[2].value)
    (copy, *_), donor = copies(by_value[0]), by_value[-1]
    assert (copy.step, copy.donor, copy.donor_step) == (2, donor.number, 2)
    assert copy.params == donor.params
    changes = [change for change in by_value[0].changes if change.step == 2]
    assert changes
    for change in changes:
        assert change.note == "explored"
        assert change.value != donor.params[change.name]
    assert not [copied for copied in copies(donor) if copied.step == 2]


def test_params_stay_what_the_member_began_with_and_only_they_are_told() -> None:
    asked = tb.tune(tb.Problem(lambda trial: 0.0, SPACE), backend="optuna:random", n_trials=4, seed=0)
    result = tune()
    assert [trial.params for trial in result.trials] == [trial.params for trial in asked.trials]
    for trial in result.trials:
        if copies(trial):
            n = copies(trial)[0].step + 1
            assert trial.told.startswith(
                f"PRUNED with {n} reports, as it was at step {n - 1}, before it copied"
            )
        else:
            assert "copied" not in trial.told


def test_members_that_are_all_the_same_copy_nobody() -> None:
    result = tune(initial=[{"rate": 0.5, "size": 1}] * 4)
    assert not any(map(copies, result.trials))


def test_each_multiple_of_the_size_is_another_population() -> None:
    result = tune(n_trials=8)
    assert len(result.trials) == 8
    for trial in result.trials:
        assert all(copy.donor // 4 == trial.number // 4 for copy in copies(trial))
    assert result.trials[4].started >= max(trial.finished for trial in result.trials[:4] if trial.finished)


@SETTINGS
def test_the_others_go_on_without_a_member_that_fails(where: dict[str, Any]) -> None:
    result = tune(Walk(fails=1), **where)
    failed = result.trials[1]
    assert failed.state is tb.TrialState.FAILED
    assert "lost" in str(failed.error)
    others = [trial for trial in result.trials if trial is not failed]
    assert [trial.state for trial in others] == [tb.TrialState.COMPLETE] * 3
    assert all(copy.donor != 1 or copy.step < 6 for trial in others for copy in copies(trial))


def test_a_backend_that_proposes_fewer_points_makes_a_smaller_population() -> None:
    result = tune(backend="sklearn:grid", space=tb.Space(rate=tb.Ordinal([0.1, 0.2, 0.4])))
    assert [trial.state.name for trial in result.trials] == ["COMPLETE"] * 3
    assert any(map(copies, result.trials))


def test_a_grid_with_points_that_break_a_constraint_makes_a_smaller_population() -> None:
    small = tb.Constraint(lambda params: params["rate"] < 0.3, "small")
    space = tb.Space(rate=tb.Ordinal([0.1, 0.2, 0.4, 0.8]), constraints=[small])
    assert len(tune(backend="sklearn:grid", space=space).trials) == 2


def test_a_member_without_a_checkpoint_at_its_first_interval_is_refused_with_the_loop() -> None:
    with pytest.raises(
        tb.ProblemError, match="trial 0 reports on after step 2, and has written no"
    ) as caught:
        tune(Walk(every=4))
    assert "with trial.checkpoint() as folder" in caught.value.hint


@pytest.mark.parametrize(
    ("objective", "when"), [(lambda trial: 1.0, "without a report"), (Walk(n_steps=2), "after step 1")]
)
def test_a_member_that_ends_before_its_first_interval_is_refused(objective: Any, when: str) -> None:
    with pytest.raises(tb.ProblemError, match=f"trial 0 has ended {when}, and has written no"):
        tune(objective)


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"n_trials": 6}, tb.ProblemError, "must be a multiple of the population's size, 4, got 6"),
        (
            {"n_trials": None, "max_seconds": 1},
            tb.ProblemError,
            "must be a multiple of the population's size",
        ),
        ({"population": 8}, tb.ProblemError, "expected a tunebridge.Population, got 8"),
        ({"pruner": "asha"}, tb.UnsupportedError, "a pruner and a population exclude each other"),
        ({"on_duplicate": "reuse"}, tb.UnsupportedError, "means nothing in a population"),
        (
            {"population": tb.Population(size=4, every=3, params=["no"])},
            tb.ProblemError,
            "no param is called",
        ),
    ],
)
def test_what_means_nothing_is_refused_by_name(
    settings: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        tune(**settings)


def test_asking_by_hand_is_refused() -> None:
    population = tb.Population(size=4, every=3)
    problem = tb.Problem(Walk(), SPACE, direction="maximize")
    with tb.open_study(problem, backend="optuna:random", n_trials=4, seed=0, population=population) as study:
        with pytest.raises(tb.UnsupportedError, match="take turns"):
            study.ask()
        assert len(study.run().trials) == 4


def test_rules_change_members_beside_their_population() -> None:
    result = tune(adjust=[tb.Schedule("size", {4: 4})])
    for trial in result.trials:
        assert [tuple(one) for one in trial.notes["path"]] == path_of(trial)
        assert any(change.name == "size" and change.step == 4 for change in trial.changes)


class Early(Walk):
    """Has members that fail before their first interval is over."""

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        if trial.number % 4 == 0:
            raise RuntimeError("too early")
        yield from super().__call__(trial)


def test_what_is_proposed_for_a_population_does_not_depend_on_ends_or_slots() -> None:
    startup = tb.backend("optuna:tpe", n_startup_trials=2)
    alone = tune(Early(), backend=startup, n_trials=12)
    threads = {"n_jobs": 3, "executor": "threads", "deterministic": True}
    beside = tune(Early(), backend=startup, n_trials=12, **threads)
    whole = tune(backend=startup)
    assert [trial.params for trial in alone.trials] == [trial.params for trial in beside.trials]
    assert [trial.params for trial in alone.trials[:4]] == [trial.params for trial in whole.trials]
