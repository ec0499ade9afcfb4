#!/usr/bin/env bash
# numpy 2.4.6: default_rng([seed, trial]) for trial 0 is the very stream of default_rng(seed).
# Guess: a list of two numbers is another seed than the one number, so [seed, trial] gives every trial a stream of its own, apart
# from that of the sampler that was made with the bare seed.
# What happens: the list is written into a pool of four 32-bit words and padded with zeros. So a zero at the end changes nothing:
# 5, [5, 0] and [5, 0, 0, 0] are one stream, [3, 0] and [3] too, and large integers are split into words: 2**32 + 5 is [5, 1].
# From the fifth word on zeros do count. SeedSequence.spawn inherits it: children of 5 and of [5, 0] are the same.
# Why it matters: sampler with default_rng(seed), noise, folds or initial weights of trial 0 with default_rng([seed, 0]): the proposals
# and the "independent" noise are the same numbers; replicate 0 of [seed, trial, replicate] is the trial's own stream.
# What to do: take children, SeedSequence(seed, spawn_key=(trial,)): it fills the pool before it adds the key, so no child is its parent.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from numpy.random import SeedSequence, default_rng


def stream(seed):
    return tuple(default_rng(seed).random(4).tolist())


for seed in (0, 5, 2**31, 123_456_789):
    same = [stream(seed) == stream(other) for other in ([seed], [seed, 0], [seed, 0, 0], [seed, 0, 0, 0])]
    print(f"seed {seed}: equal to [seed], [seed, 0], [seed, 0, 0], [seed, 0, 0, 0]: {same}")
    assert all(same), "a zero at the end counts now"
    assert stream(seed) != stream([seed, 0, 0, 0, 0]), "five words are padded as four are"
    assert stream(seed) != stream([0, seed]) or seed == 0, "a zero in front is dropped, too"
assert stream([5, 1]) == stream(2**32 + 5), "integers are not split into words any more"
assert stream([7, 3]) == stream([7, 3, 0]), "replicate 0 of a trial is apart from the trial now"

first, second = SeedSequence(5).spawn(1)[0], SeedSequence([5, 0]).spawn(1)[0]
assert (first.generate_state(4) == second.generate_state(4)).all(), "children differ now"

proposals = default_rng(42).normal(size=1000)
noise = [default_rng([42, trial]).normal(size=1000) for trial in range(3)]
correlations = [float(np.corrcoef(proposals, sample)[0, 1].round(2)) for sample in noise]
print("correlation of the sampler's draws with the noise of trials 0, 1, 2:", correlations)
assert correlations[0] == 1.0 and max(abs(value) for value in correlations[1:]) < 0.2

for seed in (0, 5):
    keyed = [default_rng(SeedSequence(seed, spawn_key=(trial,))).random() for trial in range(3)]
    assert len({default_rng(seed).random(), *keyed}) == 4, "children collide with their parent"
print("Seen: trial 0 repeats the sampler's stream; spawn keys do not.")
PYTHON
