#!/usr/bin/env bash
# ConfigSpace 1.2.2: a normal prior on a log scale gets narrower as sigma grows, until it is a single point, and wider again after that.
# Guess: Float("lr", (0.1, 10), distribution=Normal(mu=1, sigma=0.9), log=True) draws around 1, the wider the larger sigma is, whether sigma is
# meant in natural units or in those of the logarithm.
# What happens: the spread on the log scale is |ln(lower + sigma)| / ln(upper / lower): sigma is added to the LOWER bound before the logarithm
# is taken. So it is nothing near the mean, it depends on the bound, and at lower + sigma = 1 it is zero. Within 0.1 to 10, sigma=0.01 draws
# almost log-uniformly, sigma=0.5 spreads by a factor of 1.7, sigma=0.89 by a factor of 1.01; sigma=0.9 warns of a division by zero and draws
# nothing but the mean. sigma=1.5 is as wide as sigma=0.5. NormalInteger with log is built in the same way.
# Why it matters: priors of experts on learning rates and weight decays are what these are for, and sigma is what one widens to be careful: here
# a careful prior pins the parameter. SMAC draws its first configurations and its random ones from it.
# What to do: on a log scale set sigma = exp(s) - lower, where s is the standard deviation of ln(x) that is wanted (s > 0 keeps lower + sigma above 1);
# or draw with scipy.stats.truncnorm on ln(x). Look at std(ln(x)) of a sample in a test.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ConfigSpace==1.2.2 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" - <<'PYTHON'
import math
import warnings

import numpy as np
from ConfigSpace import ConfigurationSpace, Float, Normal

LOWER, UPPER = 0.1, 10.0


def spread(sigma, lower=LOWER):
    space = ConfigurationSpace(seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        space.add(Float("lr", (lower, UPPER), default=1.0, distribution=Normal(mu=1.0, sigma=sigma), log=True))
        drawn = space["lr"].sample_value(4000, seed=np.random.RandomState(0))
    return float(np.std(np.log(drawn)))


found = {sigma: spread(sigma) for sigma in (0.01, 0.1, 0.5, 0.8, 0.89, 0.95, 1.5, 5.0)}
for sigma, one in found.items():
    print(f"sigma {sigma:<5} std of ln(x) {one:6.3f}   |ln(lower + sigma)| {abs(math.log(LOWER + sigma)):6.3f}")
falling = [found[sigma] for sigma in (0.01, 0.1, 0.5, 0.8, 0.89)]
assert falling == sorted(falling, reverse=True), "a larger sigma is wider now"
assert falling[0] > 1.0 and falling[-1] < 0.02, "the spread is another one now"
assert found[1.5] > 0.4 and abs(found[1.5] - found[0.5]) < 0.1, "beyond the point it is not symmetric any more"
for sigma in (0.5, 0.8, 0.89, 0.95, 1.5):
    assert math.isclose(found[sigma], abs(math.log(LOWER + sigma)), rel_tol=0.05), "the formula is another one now"

assert spread(0.9) == 0.0, "lower + sigma = 1 draws more than the mean now"

print(f"lower 0.001 in the place of 0.1, sigma 0.5: {spread(0.5, 0.001):.3f} in the place of {found[0.5]:.3f}")
wanted = 0.7
assert math.isclose(spread(math.exp(wanted) - LOWER), wanted, rel_tol=0.05), "exp(s) - lower does not give s any more"
print("Seen: sigma 0.89 pins the parameter to 1% around its mean, sigma 0.01 draws from all of the range.")
PYTHON
