"""Candidates that are interrupted go on from their checkpoint, by themselves, to the last bit."""

import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import tunebridge as tb
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge_sklearn import TuneSearchCV, cross_validation, resumption, saved

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:90] / 16.0, Y[:90]
CV = StratifiedKFold(2, shuffle=True, random_state=0)
SGD = SGDClassifier(max_iter=5, tol=None, random_state=0)
ALPHA = tb.Float(1e-5, 1e-1, log=True)
NEVER = tb.pruner("threshold", lower=-1e9)
"""Hears all reports, and ends no trial."""

STOPS_AT = "TUNEBRIDGE_TEST_STOPS_AT"
"""The score in which the process is interrupted: no global, as a study is refused if one changes."""

N_SCORES = "TUNEBRIDGE_TEST_N_SCORES"
"""How many scores there were."""

CASES: dict[str, tuple[BaseEstimator, str, str, int]] = {
    "sgd": (SGD, "alpha", "epochs", 5),
    "mlp": (MLPClassifier((4,), max_iter=5, random_state=0), "alpha", "epochs", 5),
    "pipeline": (make_pipeline(StandardScaler(), SGD), "sgdclassifier__alpha", "epochs", 5),
    "boosting": (
        GradientBoostingClassifier(n_estimators=8, max_depth=2, subsample=0.5, random_state=0),
        "min_impurity_decrease",
        "stages",
        4,
    ),
    "forest": (RandomForestClassifier(n_estimators=8, random_state=0), "min_impurity_decrease", "stages", 4),
}
"""Estimators, a param of each, what they are trained by, and how many steps that are."""


def accuracy(truth: Any, predicted: Any) -> float:
    """Score, or be interrupted."""
    os.environ[N_SCORES] = str(int(os.environ[N_SCORES]) + 1)
    if os.environ[N_SCORES] == os.environ.get(STOPS_AT):
        raise KeyboardInterrupt
    return float(accuracy_score(truth, predicted))


@pytest.fixture(autouse=True)
def from_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(N_SCORES, "0")


def search(case: str, **more: Any) -> TuneSearchCV:
    estimator, name, feedback, _ = CASES[case]
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 3, "random_state": 0, **more}
    return TuneSearchCV(
        estimator,
        tb.Space({name: ALPHA}),
        feedback=feedback,
        cv=CV,
        scoring=make_scorer(accuracy),
        **settings,
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/search.db"


def results(found: TuneSearchCV) -> dict[str, Any]:
    """Return `cv_results_` but for the times, in a form that is equal if all of it is."""
    columns = found.cv_results_.items()
    return {name: repr(list(column)) for name, column in columns if not name.endswith("_time")}


@pytest.mark.parametrize(
    ("case", "pruner"),
    [("sgd", None), ("mlp", NEVER), ("pipeline", None), ("boosting", None), ("forest", NEVER)],
)
def test_a_search_that_was_interrupted_goes_on_within_its_candidate_to_the_last_bit(
    case: str, pruner: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_steps = CASES[case][3]
    stops_at = 2 * n_steps + 2 * (n_steps - 1) + 1
    monkeypatch.setenv(STOPS_AT, str(stops_at))
    with pytest.raises(KeyboardInterrupt):
        search(case, pruner=pruner, storage=url, study="s").fit(X, Y)
    found = search(case, pruner=pruner, storage=url, study="s").fit(X, Y)
    n_scores = int(os.environ[N_SCORES])
    assert results(found) == results(search(case, pruner=pruner).fit(X, Y))
    # The step that was interrupted is the only one that was trained twice.
    assert n_scores == 2 * n_steps * 3 + 1
    assert [one.attempt for one in tb.load_study(url, "s").trials] == [0, 1, 0]


@pytest.mark.parametrize("case", ["mlp", "boosting"])
def test_a_cross_validated_problem_goes_on_with_what_rules_have_changed(
    case: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator, name, feedback, n_steps = CASES[case]
    problem = cross_validation(
        estimator, X, Y, {name: [1e-3, 1e-2]}, cv=CV, scoring=make_scorer(accuracy), feedback=feedback
    )
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 2, "seed": 0}
    settings["adjust"] = [tb.Schedule(name, {1: 1e-2, 4: 1e-3})]
    monkeypatch.setenv(STOPS_AT, str(2 * n_steps - 1))
    assert tb.tune(problem, storage=url, study="s", **settings).stop_reason == "interrupted"
    found = tb.tune(problem, storage=url, study="s", **settings)
    assert int(os.environ[N_SCORES]) == 2 * n_steps * 2 + 1
    whole = tb.tune(problem, **settings)
    for one, other in zip(found.trials, whole.trials, strict=True):
        assert (one.values, one.reports, one.schedule) == (other.values, other.reports, other.schedule)
        assert one.schedule


@pytest.mark.slow
def test_jobs_change_nothing_about_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STOPS_AT, "19")
    with pytest.raises(KeyboardInterrupt):
        search("pipeline", storage=url, study="s").fit(X, Y)
    found = search("pipeline", storage=url, study="s", n_jobs=2).fit(X, Y)
    assert results(found) == results(search("pipeline").fit(X, Y))


def test_models_that_cannot_be_pickled_have_none_and_the_search_says_so_once(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    lambdas = make_pipeline(FunctionTransformer(lambda X: X), SGD)
    space = {"sgdclassifier__alpha": [1e-4, 1e-3]}
    settings: dict[str, Any] = {"backend": "sklearn:grid", "n_trials": None, "feedback": "epochs", "cv": CV}
    with caplog.at_level(logging.WARNING):
        TuneSearchCV(lambdas, space, storage=url, study="s", **settings).fit(X, Y)
    said = [one.message for one in caplog.records if "no checkpoints are written" in one.message]
    assert len(said) == 1
    assert "lambda" in said[0]
    for record in tb.load_study(url, "s").trials:
        assert record.state is tb.TrialState.COMPLETE
        assert record.checkpoint("last") is None
        assert record.notes["checkpoint"].startswith("none: ")


class Turns:
    """Runs a cross-validated trial in turns: it is paused at each checkpoint, and goes on in a new trial."""

    def __init__(self, problem: tb.Problem, folder: Path, params: dict[str, Any]) -> None:
        self.problem = problem
        self.folder = CheckpointFolder(folder, 0, is_useful=True)
        self.trial = tb.Trial(params, number=0, seed=7, folder=self.folder)
        self.reported: list[tuple[int | None, float]] = []
        self.written = 0

    def hear(self, said: tb.Said) -> tb.Reply:
        if isinstance(said, tb.Told):
            self.reported.append((said.step, said.value))
            return tb.Reply(tb.Decision.CONTINUE)
        self.written = said.step
        return tb.Reply(tb.Decision.PAUSE)

    def run(self, changes: dict[int, dict[str, Any]]) -> list[tuple[int | None, float]]:
        while True:
            self.trial.begin(self.hear)
            try:
                self.problem.objective(self.trial)
            except tb.TrialPaused:
                changed = changes.get(self.written, {})
                checkpoint = tb.Checkpoint(
                    path=self.folder.at(self.written), number=0, step=self.written, changed=changed
                )
                self.trial = self.trial.again(checkpoint, {**self.trial.params, **changed})
            else:
                return self.reported


@pytest.mark.parametrize("case", CASES)
def test_a_candidate_in_turns_is_equal_to_one_at_a_stretch_changes_included(
    case: str, tmp_path: Path
) -> None:
    estimator, name, feedback, n_steps = CASES[case]
    problem = cross_validation(estimator, X, Y, {name: [1e-3, 1e-2]}, cv=CV, feedback=feedback)
    changes = {2: {name: 1e-2}}
    stretch: list[tuple[int | None, float]] = []

    def hear(said: tb.Said) -> tb.Reply:
        assert isinstance(said, tb.Told)
        stretch.append((said.step, said.value))
        return tb.Reply(tb.Decision.CONTINUE, changes.get(said.step or 0, {}))

    problem.objective(tb.Trial({name: 1e-3}, number=0, seed=7, reporter=hear))
    assert Turns(problem, tmp_path, {name: 1e-3}).run(changes) == stretch
    assert len(stretch) == n_steps


def test_a_change_that_would_be_ignored_is_refused_at_a_checkpoint(tmp_path: Path) -> None:
    problem = cross_validation(CASES["mlp"][0], X, Y, {"momentum": [0.5, 0.9]}, cv=CV, feedback="epochs")
    with pytest.raises(tb.LiveParamError, match="momentum: its training does not read it any more"):
        Turns(problem, tmp_path, {"momentum": 0.5}).run({2: {"momentum": 0.9}})


def test_a_search_in_memory_writes_none_and_reports_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a checkpoint or a report was made")

    monkeypatch.setattr(resumption, "write", refuse)
    monkeypatch.setattr(tb.Trial, "report", refuse)
    search("sgd").fit(X, Y)


@pytest.mark.parametrize("case", ["sgd", "boosting"])
def test_a_pruner_that_resumes_promotes_candidates_that_go_on_to_the_last_bit(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def noted(checkpoint: tb.Checkpoint, *arguments: Any) -> Any:
        begun.append(checkpoint.number)
        return saved.read(checkpoint, *arguments)

    monkeypatch.setattr("tunebridge_sklearn.resumption.read", noted)
    asha = tb.pruner("asha", min_resource=1, reduction_factor=2, bootstrap_count=1, resume=True)
    found, whole = (search(case, n_trials=8, pruner=pruner).fit(X, Y).cv_results_ for pruner in (asha, None))
    ended = ~np.array(found["pruned"])
    assert found["params"] == whole["params"]
    for name in ("split0_test_score", "split1_test_score", "mean_test_score"):
        assert list(found[name][ended]) == list(whole[name][ended])
    assert 0 < sum(ended) < 8
    assert begun


@pytest.mark.parametrize("is_stored", [False, True])
@pytest.mark.parametrize(
    ("name", "others"), [("sgd", []), ("mlp", ["learning_rate_init"]), ("boosting", ["learning_rate"])]
)
def test_a_replay_of_a_member_that_copied_is_equal_to_the_last_bit(
    name: str, others: list[str], is_stored: bool, tmp_path: Path
) -> None:
    estimator, param, feedback, _ = CASES[name]
    space = tb.Space({name: tb.Float(1e-5, 0.5, log=True) for name in [param, *others]})
    problem = cross_validation(estimator, X, Y, space, cv=CV, feedback=feedback)
    storage = f"sqlite:///{tmp_path}/tune.db" if is_stored else None
    population = tb.Population(size=4, every=2)
    found = tb.tune(
        problem, backend="optuna:random", population=population, n_trials=4, seed=0, storage=storage
    )
    assert any(len(one.lineage) > 1 for one in found.trials)
    for one in found.trials:
        again = tb.replay(problem, one)
        assert again.value == one.value
        first = one.lineage[-1].first
        own = [[report for report in run.reports if report.step >= first] for run in (again, one)]
        assert own[0] == own[1]
