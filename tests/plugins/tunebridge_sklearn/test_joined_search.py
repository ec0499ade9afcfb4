import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import tunebridge as tb
from tests.plugins.tunebridge_sklearn.joined_search import HIGHEST, N_POINTS
from tunebridge.testing.store_events import stored_study
from tunebridge_sklearn import TuneSearchCV


def test_processes_share_a_search_and_all_find_the_same(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_store("sqlite")
    (tmp_path / "meeting").mkdir()
    environment = {**os.environ, "TUNEBRIDGE_TEST_MEETING": str(tmp_path / "meeting")}
    command = [sys.executable, "-m", "tests.plugins.tunebridge_sklearn.joined_search", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    one, other = map(json.loads, done.stdout.splitlines())
    assert one == other
    assert len(set(one["tried"])) == len(one["tried"]) == N_POINTS
    within = [score for score in one["scores"] if score <= HIGHEST]
    assert [not said for said in one["beyond"]] == [score in within for score in one["scores"]]
    assert 0 < len(within) < N_POINTS
    assert one["scores"][one["tried"].index(one["best"])] == max(within)
    writers = {trial.notes["writer"] for trial in stored_study(url, "shared").trials}
    assert len(writers) == 2


def test_a_search_that_nothing_stores_is_not_shared() -> None:
    X, y = make_classification(n_samples=30, random_state=0)
    search = TuneSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, backend="sklearn:grid", join=True)
    with pytest.raises(tb.ProblemError, match="no storage"):
        search.fit(X, y)
