#!/usr/bin/env bash
# ConfigSpace 1.2.2: of Categorical("max_features", [1, 0.5]) the option 1 is proposed as 1.0.
# Guess: a categorical proposes its options as they were given; its .choices show (1, 0.5), its default_value is the int 1, and the
# file written by to_json holds 1.
# What happens: the options that are sampled come from a numpy array of them all, so ints beside a float become floats. Only what is shown and
# stored keeps the int. With None or a text among the options the array is one of objects, and 1 stays 1: adding
# a third option changes the type of the first. Booleans come as numpy's bool, texts as numpy's str.
# Why it matters: scikit-learn reads max_features=1 as one feature and 1.0 as all of them (min_samples_leaf, max_samples, n_iter alike: number
# or share). The search optimises another space than the one written down, and its winner, typed in by hand as 1, is another model.
# What to do: after sampling map the value back: parameter.choices[parameter.choices.index(value)] (or numbers as texts); check the type in a test.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ConfigSpace==1.2.2 scikit-learn==1.9.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from ConfigSpace import Categorical, ConfigurationSpace
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

rows, labels = make_classification(200, n_features=12, random_state=0)


def proposed(options):
    parameter = Categorical("max_features", options)
    space = ConfigurationSpace(seed=0)
    space.add(parameter)
    return parameter, [configuration["max_features"] for configuration in space.sample_configuration(40)]


parameter, values = proposed([1, 0.5])
one = next(value for value in values if value == 1)
print(f"choices {parameter.choices}, default {parameter.default_value!r}, proposed {sorted({repr(value) for value in values})}")
assert parameter.choices == (1, 0.5) and isinstance(parameter.default_value, int), "the int is not shown any more"
assert isinstance(one, float) and not isinstance(one, (int, np.integer)), "the int is proposed as an int now"

used = {repr(value): DecisionTreeClassifier(max_features=value).fit(rows, labels).max_features_ for value in (1, one)}
print("features per split, of 12:", used)
assert used["1"] == 1 and used[repr(one)] == 12, "scikit-learn reads 1 and 1.0 alike"

for third in (None, "sqrt"):
    _, values = proposed([1, 0.5, third])
    one = next(value for value in values if value == 1 and value is not None)
    print(f"with {third!r} as a third option: {one!r}")
    assert type(one) is int, "a third option does not keep the int any more"

parameter, values = proposed([1, 0.5])
restored = [parameter.choices[parameter.choices.index(value)] for value in values]
assert {type(value) for value in restored} == {int, float}, "looking the value up does not give the int back"
print("Seen: one feature is written down, all twelve are used; a third option None or 'sqrt' changes that.")
PYTHON
