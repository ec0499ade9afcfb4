#!/usr/bin/env bash
# ConfigSpace 1.2.2: an integer from 1 to 10 with a normal or beta prior on a log scale is never 7 or 9, and 2 and 3 are drawn too often.
# Guess: a log prior over integers has a hump over the logarithm, and each integer of the range can be drawn, as with Integer(log=True) without a prior.
# What happens: a draw is first rounded to one of as many places as there are integers, at even distances ON THE LOG SCALE, and then to an integer:
# places crowd at the lower end, where several give the same integer, and lie more than 1 apart at the upper end, where integers fall between. The more integers, the more
# of them are missing: of 1 to 1,000 more than half are never drawn, 512 among them. The uniform prior takes another way (it rounds on the natural scale) and has no gaps.
# Legal values, neighbours and pdf_values know nothing of it: the missing ones are legal, have a density above zero, and can be set by hand.
# Why it matters: numbers of trees, units and layers with an expert's prior: powers of two such as 512 may be unreachable by sampling, and the weights
# at the lower end are not those of the prior. Comparisons of a prior with none compare two sets of values.
# What to do: declare a Float with the prior and round it in the objective; or draw many and look at set(range(lower, upper + 1)) - set(drawn).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ConfigSpace==1.2.2 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" - <<'PYTHON'
from collections import Counter

import numpy as np
from ConfigSpace import Beta, Integer, Normal


def drawn(parameter, n):
    return Counter(parameter.sample_value(n, seed=np.random.RandomState(0)).tolist())


def missing(parameter, n):
    return sorted(set(range(parameter.lower, parameter.upper + 1)) - set(drawn(parameter, n)))


normal = Integer("n", (1, 10), log=True, default=5, distribution=Normal(5, 2))
beta = Integer("n", (1, 10), log=True, default=5, distribution=Beta(2, 2))
uniform = Integer("n", (1, 10), log=True)
counts = drawn(normal, 100_000)
print("normal:", {value: counts[value] for value in range(1, 11)})
gaps = {name: missing(one, 100_000) for name, one in (("normal", normal), ("beta", beta), ("uniform", uniform))}
print("never drawn of 1 to 10 in 100,000:", gaps)
assert gaps == {"normal": [7, 9], "beta": [7, 9], "uniform": []}, "other integers are missing now"
assert normal.legal_value(7) and normal.pdf_values([7])[0] > 0, "7 is not legal, or has no density"
assert counts[2] > 1.4 * counts[1] and counts[2] > 1.4 * counts[3], "2 is not drawn too often any more"

wide = Integer("n", (1, 1000), log=True, default=30, distribution=Beta(1.01, 1.01))
lost = missing(wide, 1_000_000)
print(f"never drawn of 1 to 1,000 in a million: {len(lost)}, among them {[one for one in (128, 256, 512) if one in lost]} of the powers of two")
assert len(lost) > 500 and 512 in lost, "fewer are missing now"
assert not missing(Integer("n", (1, 1000), log=True), 1_000_000), "the uniform one has gaps, too"
print("Seen: with a prior on a log scale most integers of a wide range cannot be drawn; without one all can.")
PYTHON
