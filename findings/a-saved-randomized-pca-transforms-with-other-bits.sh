#!/usr/bin/env bash
# scikit-learn 1.9.1, numpy 2.4.6, joblib 1.6.0: a PCA with the randomized solver changes as it is saved.
# Guess: a fitted model that is pickled, or dumped by joblib, and loaded again is the same model: floats are kept to the last bit.
# What happens: its components are a view of the first columns of a larger array. Pickles keep the order of an array that is
# contiguous in either way; one with gaps comes back in C order. The numbers are equal, but they are read in another order, so that
# transform adds up in another order: most outputs differ by some 1e-15. The full solver's model does not change, nor does TruncatedSVD's
# output here; copy.deepcopy makes a third layout. A model fitted in a worker process comes back as a pickle, too.
# Why it matters: a pipeline that goes on training after a checkpoint, or was fitted with n_jobs, is not bit for bit the one that
# went on in its own process; an MLP behind it diverges, and whoever compares runs exactly looks for a random seed that was forgotten.
# What to do: keep the layout beside the array, or set model.components_ = numpy.ascontiguousarray(model.components_) right after fit.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6 joblib==1.6.0

"$folder/venv/bin/python" - <<'PYTHON'
import io
import pickle

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

images, _ = load_digits(return_X_y=True)


def by_joblib(model):
    with io.BytesIO() as file:
        joblib.dump(model, file)
        file.seek(0)
        return joblib.load(file)


def by_pickle(model):
    return pickle.loads(pickle.dumps(model))


randomized = PCA(16, svd_solver="randomized", random_state=0).fit(images)
whole = PCA(16, svd_solver="full").fit(images)
flags = randomized.components_.flags
assert not flags.c_contiguous and not flags.f_contiguous, "the components have no gaps now"
for save in (by_pickle, by_joblib):
    saved = save(randomized)
    assert np.array_equal(saved.components_, randomized.components_)
    assert saved.components_.flags.c_contiguous, "a saved model keeps its layout now"
    assert save(whole).components_.strides == whole.components_.strides
    moved = saved.transform(images) != randomized.transform(images)
    print(f"{save.__name__}: strides {randomized.components_.strides} became {saved.components_.strides}, "
          f"{moved.mean():.0%} of the outputs differ (how many depends on the processor)")
    randomized_copy = PCA(16, svd_solver="randomized", random_state=0).fit(images)
    randomized_copy.components_ = np.ascontiguousarray(randomized_copy.components_)
    assert save(randomized_copy).components_.strides == randomized_copy.components_.strides
PYTHON
