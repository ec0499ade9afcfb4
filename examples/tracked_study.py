"""One study in two trackers: in MLflow to be sorted and compared, in TensorBoard for its curves.

Run it with `python examples/tracked_study.py`, which says how to look at what it has written, or with
`tunebridge run examples/tracked_study.py:problem --n-trials 20 --observer mlflow --observer tensorboard`.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import rich
from mlflow import MlflowClient
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier

import tunebridge as tb

images, labels = load_digits(return_X_y=True)
X, y, X_valid, y_valid = images[:900] / 16, labels[:900], images[900:] / 16, labels[900:]

space = tb.Space(alpha=tb.Float(1e-6, 1e-1, log=True), eta0=tb.Float(1e-4, 1e1, log=True))


def accuracy(trial: tb.Trial) -> Iterator[float]:
    model = SGDClassifier(**trial, learning_rate="constant", random_state=trial.seed)
    for _ in range(15):
        model.partial_fit(X, y, np.unique(y))
        yield float(model.score(X_valid, y_valid))


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 20, folder: str | None = None) -> tb.Result:
    place = Path(folder or mkdtemp(prefix="tunebridge-tracked-"))
    uri, curves = f"sqlite:///{place}/mlflow.db", str(place / "curves")
    trackers = [
        tb.observer("mlflow", uri=uri, experiment="digits"),
        tb.observer("tensorboard", logdir=curves),
    ]
    result = tb.tune(problem, n_trials=n_trials, n_jobs=2, pruner="asha", seed=0, observers=trackers)
    client, table = MlflowClient(uri), Table("run", "status", "params", "accuracy")
    experiments = [one.experiment_id for one in client.search_experiments(filter_string="name = 'digits'")]
    wanted, order = "tags.`tunebridge.kind` = 'trial'", ["metrics.`final/value` DESC"]
    for run in client.search_runs(experiments, wanted, order_by=order):
        params, value = run.data.params, run.data.metrics.get("final/value", float("nan"))
        table.add_row(run.info.run_name, run.info.status, str(params), f"{value:.4f}")
    rich.print(table)
    rich.print(f"mlflow ui --backend-store-uri {uri}\ntensorboard --logdir {curves}")
    return result


if __name__ == "__main__":
    main()
