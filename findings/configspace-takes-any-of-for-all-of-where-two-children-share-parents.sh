#!/usr/bin/env bash
# ConfigSpace 1.2.2: of two children with the same parents and values, one under AND and one under OR, both get the rule of the first.
# Guess: `c` is active where a and b are "yes", `d` where either is; each child has its own conjunction.
# What happens: the space keeps one condition for all that are alike, and compares conjunctions by their parts, not by their kind.
# Added as AND for c, then OR for d, both are active only where a and b are "yes"; the other way round, both wherever one is. `space.conditions`
# still lists an AndConjunction and an OrConjunction, samples leave a child out (or put it in) without a word, and a valid
# configuration of the user's raises that a parameter is inactive, or not set.
# Why it matters: a whole branch of the space is never tried, or a parameter is tuned where it means nothing. Which, depends on
# the order of two lines.
# What to do: once the conditions are added, build a Configuration of each branch by hand and see that it is taken.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ConfigSpace==1.2.2 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" - <<'PYTHON'
from itertools import product

from ConfigSpace import AndConjunction, Categorical, Configuration, ConfigurationSpace, EqualsCondition, OrConjunction
from ConfigSpace.exceptions import ActiveHyperparameterNotSetError, InactiveHyperparameterSetError


def space_of(kinds):
    a, b, *children = (Categorical(name, ["no", "yes"]) for name in ("a", "b", *kinds))
    space = ConfigurationSpace(seed=0)
    space.add(a, b, *children)
    for child in children:
        space.add(kinds[child.name](EqualsCondition(child, a, "yes"), EqualsCondition(child, b, "yes")))
    return space


def active(space, child):
    """Return where the child was drawn, by the values of a and b."""
    drawn = [dict(one) for one in space.sample_configuration(400)]
    return {(one["a"], one["b"]) for one in drawn if child in one}


every = set(product(["no", "yes"], repeat=2))
expected = {AndConjunction: {("yes", "yes")}, OrConjunction: every - {("no", "no")}}

for kind, where in expected.items():
    assert active(space_of({"c": kind}), "c") == where, "a conjunction alone is not what it says"

refused = {AndConjunction: InactiveHyperparameterSetError, OrConjunction: ActiveHyperparameterNotSetError}
for first, second in ((AndConjunction, OrConjunction), (OrConjunction, AndConjunction)):
    space = space_of({"c": first, "d": second})
    listed = {condition.child.name: type(condition) for condition in space.conditions}
    print(first.__name__, "for c, then", second.__name__, "for d")
    print("  d is drawn where (a, b) is", sorted(map(tuple, active(space, "d"))), "and should be where", sorted(expected[second]))
    assert listed == {"c": first, "d": second}, "the list of conditions shows it now"
    assert active(space, "c") == active(space, "d") == expected[first] != expected[second]
    valid = {"a": "yes", "b": "no", ("c" if first is OrConjunction else "d"): "yes"}
    try:
        Configuration(space, valid)
    except refused[first] as error:
        print("  the valid", valid, "raises", type(error).__name__)
    else:
        raise SystemExit("the valid configuration is taken now")
print("Seen: the second of two conjunctions over the same parts has the rule of the first.")
PYTHON
