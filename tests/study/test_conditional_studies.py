"""Studies over spaces with conditions: what is inactive is absent everywhere, as in branches."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb

SPACE = tb.Space(
    kind=tb.Categorical(["a", "b", "c"]),
    n=tb.Int(1, 4),
    x=tb.Float(0, 1, when={"kind": ["a", "b"]}),
    deep=tb.Space(
        y=tb.Float(0, 1),
        z=tb.Float(0, 1, when={"y": tb.Between(0.5, None)}),
        constraints=[tb.Constraint(lambda params: params["y"] < 0.9 or params["n"] == 4, "y < 0.9 or n = 4")],
        when={"n": tb.Between(2, None)},
    ),
)  # fmt: skip
NAMES = {"kind", "n", "x", "y", "z"}


def objective(params: Any) -> float:
    expected = (
        {"kind", "n"} | ({"x"} if params["kind"] in "ab" else set()) | ({"y"} if params["n"] >= 2 else set())
    )
    assert set(params) == expected | ({"z"} if params.get("y", 0) >= 0.5 else set())
    return float(params["n"] + params.get("x", 2.0) + params.get("z", 0.0))


PROBLEM = tb.Problem(objective, SPACE)


@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:random", "optuna:gp", "optuna:nsga2"])
def test_trials_have_what_is_active_and_keep_the_constraints_of_active_groups(backend: str) -> None:
    result = tb.tune(PROBLEM, backend=backend, n_trials=30, seed=0, on_error="raise")
    assert all(SPACE.contains(trial.params) for trial in result.trials)
    assert {name for trial in result.trials for name in trial.params} == NAMES


def test_a_stored_study_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tune.db'}"
    tb.tune(PROBLEM, backend="optuna:tpe", n_trials=12, seed=1, storage=url, study="s")
    resumed = tb.tune(PROBLEM, backend="optuna:tpe", n_trials=24, seed=1, storage=url, study="s")
    whole = tb.tune(PROBLEM, backend="optuna:tpe", n_trials=24, seed=1)
    assert [trial.params for trial in resumed.trials] == [trial.params for trial in whole.trials]
    loaded = tb.load_study(url, "s")
    assert [trial.params for trial in loaded.trials] == [trial.params for trial in whole.trials]


def test_a_changed_condition_is_a_change_of_the_space_which_carry_takes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tune.db'}"
    old = tb.Space(n=tb.Int(1, 3), x=tb.Float(0, 1, when={"n": tb.Between(2, None)}))
    new = tb.Space(n=tb.Int(1, 3), x=tb.Float(0, 1, when={"n": 3}))
    settings: dict[str, Any] = {"backend": "optuna:random", "seed": 0, "storage": url, "study": "s"}
    ran = tb.tune(tb.Problem(lambda params: 1.0, old), n_trials=20, **settings)
    with pytest.raises(tb.TunebridgeError, match=r"x: was Float.*Between.2, None.*is Float.*when=.'n': 3"):
        tb.tune(tb.Problem(lambda params: 1.0, new), n_trials=25, **settings)
    carried = tb.tune(tb.Problem(lambda params: 1.0, new), n_trials=25, on_space_change="carry", **settings)
    left_out = [one.reason for one in carried.carried.left_out] if carried.carried else []
    assert len(left_out) == sum(trial.params["n"] == 2 for trial in ran.trials)
    assert all("x: is inactive here, it needs n is 3" in reason for reason in left_out)


def test_initial_points_lack_what_is_inactive() -> None:
    result = tb.tune(PROBLEM, backend="optuna:random", n_trials=1, seed=0, initial=[{"kind": "c", "n": 1}])
    assert result.trials[0].params == {"kind": "c", "n": 1}
    with pytest.raises(tb.SpaceError, match=r"deep.y: is inactive here, it needs n >= 2; leave it out"):
        tb.tune(PROBLEM, backend="optuna:random", n_trials=1, initial=[{"kind": "c", "n": 1, "y": 0.5}])
    with pytest.raises(tb.SpaceError, match=r"deep.z: is inactive here, it needs n >= 2 and y >= 0.5"):
        tb.tune(PROBLEM, backend="optuna:random", n_trials=1,
                initial=[{"kind": "c", "n": 2, "y": 0.25, "z": 0.5}])  # fmt: skip


def test_a_sweep_over_what_is_active_runs_and_over_what_is_inactive_is_refused() -> None:
    swept = tb.sweep(PROBLEM, base={"kind": "a", "n": 1}, parameter="x", values=[0.0, 0.5])
    assert [trial.value for trial in swept.trials] == [1.0, 1.5]
    with pytest.raises(tb.SpaceError, match=r"x: is inactive here, it needs kind is 'a' or 'b'"):
        tb.sweep(PROBLEM, base={"kind": "c", "n": 1}, parameter="x", values=[0.0])


def test_rules_change_what_is_active_and_nothing_that_others_depend_on() -> None:
    def train(trial: tb.Trial) -> Any:
        for _ in range(3):
            yield float(trial["n"])

    def rule(training: tb.Training) -> dict[str, Any]:
        return {"x": 0.125, "n": 1}

    result = tb.tune(
        tb.Problem(train, SPACE), backend="optuna:random", n_trials=4, seed=0, adjust=[rule],
        initial=[{"kind": "a", "n": 1, "x": 0.5}, {"kind": "c", "n": 1}],
    )  # fmt: skip
    assert not any(trial.schedule for trial in result.trials)
    faults = [fault for trial in result.trials[:2] for fault in trial.faults]
    assert any("decides on others" in fault for fault in faults)
    assert any("x: is no active param of this trial" in fault for fault in faults)


def test_a_study_is_seen_in_a_frame_with_gaps_where_params_are_inactive() -> None:
    frame = tb.tune(PROBLEM, backend="optuna:random", n_trials=20, seed=0).to_frame()
    assert frame["params_x"].isna().equals(~frame["params_kind"].isin(["a", "b"]))
