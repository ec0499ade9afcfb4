#!/usr/bin/env bash
# nevergrad 1.0.12 with cma 4.5.0: CMA that is asked and told four trials at a time learns nothing from half of them.
# Guess: fewer open trials than a generation has (here six) are safe; each result counts, whenever it comes.
# What happens: a generation is handed to the evolution strategy when its last trial is told. Two in a row without a new
# sample between them are one too many for it, and nevergrad drops the second without a word. Asked in batches of four, every
# second generation of six ends before the next is sampled: of 240 trials 120 count. num_tell says 240. Told one by one, or in
# batches of three, all count.
# Why it matters: four workers are the usual case; the search stands still for half of its budget, and looks healthy.
# num_workers=4 changes nothing, since six are more than four.
# What to do: batches that divide the generation: ParametrizedCMA(popsize=8) for batches of four.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    nevergrad==1.0.12 cma==4.5.0 numpy==2.4.6 scikit-learn==1.9.1

"$folder/venv/bin/python" - <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import nevergrad as ng  # noqa: E402
import numpy as np  # noqa: E402


def generations(batch, popsize=None, num_workers=1):
    """Return the trials told, the size of a generation, and how many generations counted."""
    space = ng.p.Dict(x=ng.p.Scalar(lower=0, upper=1), y=ng.p.Scalar(lower=0, upper=1))
    space.random_state = np.random.RandomState(0)
    optimizer = ng.families.ParametrizedCMA(popsize=popsize)(space, budget=240, num_workers=num_workers)
    for _ in range(240 // batch):
        asked = [optimizer.ask() for _ in range(batch)]
        for one in asked:
            optimizer.tell(one, (one.value["x"] - 0.3) ** 2 + (one.value["y"] - 0.6) ** 2)
    assert optimizer.num_tell_not_asked == 0
    return optimizer.num_tell, optimizer.es.popsize, optimizer.es.countiter


found = {batch: generations(batch) for batch in (1, 3, 4)}
print("told, size of a generation, generations that counted:", found)
assert found[1] == found[3] == (240, 6, 40)
assert found[4] == (240, 6, 20), "batches of four are no longer lost"
told_of, divided = generations(4, num_workers=4), generations(4, popsize=8)
print("batches of four, with num_workers=4:", told_of, "with popsize=8:", divided)
assert told_of == (240, 6, 20)
assert divided == (240, 8, 30)
PYTHON
