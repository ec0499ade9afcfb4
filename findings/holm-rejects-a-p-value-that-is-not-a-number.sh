#!/usr/bin/env bash
# statsmodels 0.15.0 (scipy 1.17.1): a p-value that is NaN is called significant by Holm's correction.
# Guess: NaN in, NaN out: such a test is never rejected, and the other tests are left as they are.
# What happens: with method="holm" or "holm-sidak" the test without a p-value is reported as rejected when all
# other tests are; with "fdr_bh" it stays unrejected, but every corrected p-value of the table becomes NaN.
# Holm's rule is written as "not rejected where p > limit"; no comparison with NaN is true, so NaN is never "not
# rejected". NaN is sorted last, and the running minimum of the step-up rules starts there and carries it to all.
# Why it matters: two tuners with the same scores on every problem give exactly this NaN (a paired t-test
# without variance), so two equal tuners are declared significantly different, by the very step that is
# there to be careful.
# What to do: take NaN out before the correction (or set it to 1.0 so that it still counts as a test).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check statsmodels==0.15.0 scipy==1.17.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
from scipy.stats import ttest_rel
from statsmodels.stats.multitest import multipletests

warnings.simplefilter("ignore")
draw = np.random.default_rng(0)
base = draw.normal(0.8, 0.01, size=12)
tuners = {"better": base + draw.normal(0.05, 0.01, size=12), "worse": base - draw.normal(0.05, 0.01, size=12), "same": base}
p_values = np.array([ttest_rel(scores, base).pvalue for scores in tuners.values()])
print("p-values against the reference:", dict(zip(tuners, p_values.tolist())))
assert np.isnan(p_values[2]) and (p_values[:2] < 1e-6).all(), "the paired t-test of equal scores is not NaN any more"

for method in ("holm", "holm-sidak"):
    rejected, corrected, _, _ = multipletests(p_values, method=method)
    print(f"{method}: rejected {dict(zip(tuners, rejected.tolist()))}, corrected {corrected.tolist()}")
    assert rejected.tolist() == [True, True, True], f"{method} does not reject NaN any more"
    assert np.isnan(corrected[2]), f"{method} gives the NaN a number"

for method in ("fdr_bh", "fdr_by", "simes-hochberg", "hommel"):
    rejected, corrected, _, _ = multipletests(p_values, method=method)
    print(f"{method}: rejected {rejected.tolist()}, corrected {corrected.tolist()}")
    assert np.isnan(corrected).all(), f"{method} keeps the good p-values now"
    assert not rejected[2], f"{method} rejects NaN"

rejected, corrected, _, _ = multipletests(np.nan_to_num(p_values, nan=1.0), method="holm")
print("holm with 1.0 for NaN:", rejected.tolist(), corrected.tolist())
assert rejected.tolist() == [True, True, False], "1.0 in place of NaN does not mend it"
print("Seen: two equal tuners are 'significantly different' after Holm, and one NaN empties the table of Benjamini and Hochberg.")
PYTHON
