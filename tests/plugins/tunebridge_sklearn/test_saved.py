"""The models of a candidate that were saved go on elsewhere as they would have."""

import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

import tunebridge as tb
from tests.plugins.tunebridge_sklearn import resumed_folds
from tunebridge_sklearn.fold import Fold
from tunebridge_sklearn.saved import FILE, UnpicklableError, read, write
from tunebridge_sklearn.training import Feedback, Procedure, Training

SCRIPT = Path(__file__).with_name("resumed_folds.py")


def test_ten_epochs_are_four_and_six_in_another_process_to_the_last_bit(tmp_path: Path) -> None:
    for case in resumed_folds.MODELS:
        resumed_folds.first_half(case, tmp_path / case)
    found = tmp_path / "found"
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path), str(found)], check=True)
    resumed = pickle.loads(found.read_bytes())
    cases = resumed_folds.MODELS
    assert [case for case in cases if resumed[case] != resumed_folds.whole(case)] == []


def test_models_that_begin_anew_in_the_middle_would_not_be_equal() -> None:
    """So the comparison above sees it."""
    candidate = resumed_folds.Candidate("mlp adam")
    candidate.run(resumed_folds.CUT, resumed_folds.N_STEPS)
    assert candidate.outcome() != resumed_folds.whole("mlp adam")


@pytest.fixture
def candidate(tmp_path: Path) -> Any:
    made = resumed_folds.Candidate("sgd constant")
    made.run(0, 1)
    write(tmp_path, made.folds, made.procedure)
    return made


def weights_of(folds: Sequence[Fold]) -> bytes:
    """Return the weights of the first fold."""
    training = folds[0].training
    assert training is not None
    return bytes(training.model.coef_.tobytes())


def test_two_copies_of_a_candidate_share_nothing(candidate: Any, tmp_path: Path) -> None:
    one, other = (read(tmp_path, candidate.models, candidate.procedure) for _ in range(2))
    before = weights_of(other)
    one[0].advance(candidate.setting, 2, last=False)
    assert weights_of(one) != before
    assert weights_of(other) == weights_of(candidate.folds) == before


VIEWS = [np.eye(4)[:, :3], np.eye(4).T[:3, 1:], np.eye(4), np.eye(4).T, np.eye(4)[::-1], np.eye(0)]


@pytest.mark.parametrize("inputs", VIEWS)
def test_inputs_come_back_as_they_lay_in_memory(inputs: Any, tmp_path: Path) -> None:
    """The last bits of sums depend on it."""
    write(tmp_path, [Fold(0, Training(SVC(), inputs))], Procedure())
    training = read(tmp_path, [SVC()], Procedure())[0].training
    assert training is not None
    assert np.array_equal(training.inputs, inputs)
    if min(inputs.strides) > 0:
        assert training.inputs.strides == inputs.strides


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(tb.ObjectiveError) as caught:
        call()
    assert caught.value.hint
    return str(caught.value)


def test_folds_of_another_candidate_are_refused_by_what_differs(candidate: Any, tmp_path: Path) -> None:
    forest = [clone(resumed_folds.MODELS["forest"])] * 3
    stages = Procedure(Feedback.STAGES, "n_estimators")
    said = refusal(lambda: read(tmp_path, forest, stages))
    assert "trained by 'epochs max_iter by rule 2', not by 'stages n_estimators'" in said
    assert "of 2 folds, not of 3" in said
    assert "of SGDClassifier, not of RandomForestClassifier" in said


@pytest.mark.parametrize("content", [None, b"", b"anything", pickle.dumps({"folds": 3}), pickle.dumps([])])
def test_what_cannot_be_read_says_so(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    assert f"{FILE} cannot be read" in refusal(lambda: read(tmp_path, [], Procedure()))


def test_a_model_that_cannot_be_pickled_is_said_to_be_so(candidate: Any, tmp_path: Path) -> None:
    lambdas = make_pipeline(FunctionTransformer(lambda X: X), candidate.folds[0].training.model)
    candidate.folds[0].training.model = lambdas
    with pytest.raises(UnpicklableError, match="lambda"):
        write(tmp_path, candidate.folds, candidate.procedure)
