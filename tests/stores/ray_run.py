"""A real run of Ray Tune's: writes its frame to a pickle and to a CSV, and its configs beside them."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import ray
from ray import tune

SPACE: dict[str, Any] = {
    "lr": tune.loguniform(1e-4, 1e-1),
    "optimizer": {"name": tune.choice(["adam", None]), "momentum": tune.quniform(0, 1, 0.25)},
    "layers": [tune.randint(1, 4), 8],
    "widths": tune.choice([[64, 64], [32]]),
    "model": tune.choice(
        [{"kind": "cnn", "width": tune.randint(1, 9)}, {"kind": "rnn", "x": tune.uniform(0, 1)}]
    ),
    "batch": tune.grid_search([16, 32]),
    "epochs": 3,
    "seed": None,
}


def objective(config: dict[str, Any]) -> None:
    for step in range(2):
        tune.report({"loss": config["lr"] * config["batch"] + step, "accuracy": 1 - config["lr"]})


def main(folder: Path) -> None:
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=80 * 1024 * 1024)
    tuner = tune.Tuner(
        objective,
        param_space=SPACE,
        tune_config=tune.TuneConfig(num_samples=3, metric="loss", mode="min", reuse_actors=True),
        run_config=tune.RunConfig(storage_path=str(folder / "results"), verbose=0),
    )
    results = tuner.fit()
    frame = results.get_dataframe()
    frame.to_csv(folder / "frame.csv", index=False)
    configs = {result.metrics["trial_id"]: result.config for result in results}
    (folder / "run.pkl").write_bytes(pickle.dumps((frame, [configs[one] for one in frame["trial_id"]])))
    ray.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
