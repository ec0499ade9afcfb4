#!/usr/bin/env bash
# Ray Tune 2.60.0: a sample_from that reads a value that is computed further down gets a tuple of two texts in its place, and computes with it.
# Guess: the order in the dict does not matter, as for all other domains: sample_from functions are run until all can be resolved, and a circle is an
# error (RecursiveDependencyError; the passes are in variant_generator.py).
# What happens: before that, the tuner replaces each function by a placeholder, the tuple ("__fn_ph", <hash>), and puts values in again in the order of
# the dict. config["steps"] * 2 of a sample_from that stands later is a tuple of four texts; len(), str(), bool(), `in` and == work as well. No error, no warning:
# the trial runs with it. Two functions that read one another in a circle run, too.
# Why it matters: {"warmup": sample_from(lambda c: c["steps"] // 10), "steps": sample_from(...)} raises by luck, as tuples have no //. With * or a
# comparison for equality the run trains something else, and dicts are sorted by many loaders of YAML and JSON, so that the order is not one's own.
# What to do: put functions after all that they read; check the type in the trainable.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ray[tune]==2.60.0" numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1

export RAY_USAGE_STATS_ENABLED=0
FOLDER="$folder" "$folder/venv/bin/python" - <<'PYTHON'
import os

import ray
from ray import tune

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR", object_store_memory=80 * 2**20)


def objective(config):
    tune.report({"score": 1.0})


def config_of(space):
    run = tune.RunConfig(storage_path=os.environ["FOLDER"], verbose=0)
    result = tune.Tuner(objective, param_space=space, run_config=run).fit()[0]
    assert result.error is None, result.error
    return result.config


steps = tune.sample_from(lambda config: 100)
doubled = tune.sample_from(lambda config: config["steps"] * 2)
is_long = tune.sample_from(lambda config: config["steps"] != 100)

right = config_of({"steps": steps, "doubled": doubled, "is_long": is_long})
wrong = config_of({"doubled": doubled, "is_long": is_long, "steps": steps})
ray.shutdown()
print("computed before:", {name: right[name] for name in ("steps", "doubled", "is_long")})
print("computed after: ", {name: wrong[name] for name in ("steps", "doubled", "is_long")})
assert (right["doubled"], right["is_long"]) == (200, False), "the right order computes something else"
assert wrong["steps"] == 100, "the value itself is another one"
assert wrong["is_long"] is True and len(wrong["doubled"]) == 4 and wrong["doubled"][0] == "__fn_ph", "the order does not matter any more"
print("Seen: the trial ran with a tuple of texts for an integer, and with True for False; nothing was said.")
PYTHON
