"""What each tracker shows, read with its own client: for the contract of observers, and for their tests."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from shutil import copyfile
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import tunebridge_lines

from tunebridge import TrialState
from tunebridge.testing import Tracked

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "svm"


def of_lines(options: Mapping[str, Any]) -> Iterator[Tracked]:
    for file in Path(options["folder"]).iterdir():
        events = [*tunebridge_lines.read(file)]
        ends = [one for one in events if "state" in one]
        is_open = "state" not in events[-1]
        yield Tracked(
            id=file.name,
            number=int(file.name.split("-")[1]),
            attempt=[one["attempt"] for one in events if "attempt" in one][-1],
            state=None if is_open else TrialState[ends[-1]["state"]],
            params={name: str(text) for name, text in _flat(events[0]["params"])},
            curve=tuple((one["step"], one["value"]) for one in events if "value" in one),
            value=ends[-1].get("final") if ends else None,
            changes=tuple((one["step"], one["changed"], one["to"]) for one in events if "changed" in one),
        )


def _flat(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in params.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def mlflow_runs(uri: str, experiment: str = EXPERIMENT) -> tuple[MlflowClient, list[Run]]:
    """Return a client, and all runs of an experiment."""
    client = _client(uri)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    return client, [*client.search_runs([found.experiment_id], max_results=1000)]


def of_mlflow(options: Mapping[str, Any]) -> Iterator[Tracked]:
    client, runs = mlflow_runs(options["uri"])
    studies = {run.info.run_id for run in runs if run.data.tags["tunebridge.kind"] == "study"}
    statuses = {
        "FINISHED": {"COMPLETE"},
        "KILLED": {"PRUNED", "INTERRUPTED"},
        "FAILED": {"FAILED", "TIMED_OUT"},
    }
    for run in runs:
        tags, metrics = run.data.tags, run.data.metrics
        if run.info.run_id in studies:
            assert run.info.status != "RUNNING"
            continue
        assert tags["mlflow.parentRunId"] in studies
        is_open = run.info.status == "RUNNING"
        assert is_open or tags["tunebridge.state"] in statuses[run.info.status]
        curves = {name: client.get_metric_history(run.info.run_id, name) for name in metrics}
        main = curves.get("loss") or curves.get("value") or []
        yield Tracked(
            id=run.info.run_id,
            number=int(tags["tunebridge.number"]),
            attempt=int(tags["tunebridge.attempt"]),
            state=None if is_open else TrialState[tags["tunebridge.state"]],
            params=run.data.params,
            curve=tuple((point.step, point.value) for point in main),
            value=metrics.get("final/value"),
            changes=tuple(
                (point.step, name.removeprefix("param/"), point.value)
                for name, points in curves.items()
                if name.startswith("param/")
                for point in points
            ),
        )


def of_tensorboard(options: Mapping[str, Any]) -> Iterator[Tracked]:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    for card in Path(options["logdir"]).glob("*/*/tunebridge.json"):
        told, reader = json.loads(card.read_text("utf-8")), _events(card.parent)
        data = [HParamsPluginData.FromString(one) for _, one in sorted(_hparams(reader), reverse=True)]
        params = {name: _hparam(value) for name, value in data[0].session_start_info.hparams.items()}
        curves = {name: reader.Scalars(name) for name in reader.Tags()["scalars"]}
        status = data[1].session_end_info.status if len(data) > 1 else 3
        state = TrialState[told["state"]] if told["state"] != "RUNNING" else None
        assert status == STATUSES.get(state, 0)
        final = curves.get("final/value")
        yield Tracked(
            id=str(card.parent),
            number=told["number"],
            attempt=told["attempt"],
            state=state,
            params=params,
            curve=tuple((one.step, one.value) for one in curves.get("loss") or curves.get("value") or []),
            value=final[-1].value if final else None,
            changes=tuple(
                (one.step, name.removeprefix("param/"), one.value)
                for name, points in curves.items()
                if name.startswith("param/")
                for one in points
            ),
        )


STATUSES = {TrialState.COMPLETE: 1, TrialState.FAILED: 2, TrialState.TIMED_OUT: 2, None: 3}
"""What TensorBoard's page of hyperparameters has for each state: success, failure, running; 0 for unknown."""


def _events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader: Any = EventAccumulator
    opened = reader(str(folder), size_guidance={"scalars": 0})
    opened.Reload()
    return opened


def _hparams(reader: Any) -> list[tuple[str, bytes]]:
    """Return what the page of hyperparameters reads of a folder, by tag."""
    return [*reader.PluginTagToContent("hparams").items()]


def _hparam(value: Any) -> str:
    kind = value.WhichOneof("kind")
    found = getattr(value, kind)
    return str(int(found)) if kind == "number_value" and float(found).is_integer() else str(found)


def wandb_records(file: Path) -> list[Any]:
    """Return what W&B's file of a run holds: records in blocks, as LevelDB has them in its logs."""
    from wandb.proto import wandb_internal_pb2

    protocol: Any = wandb_internal_pb2

    data, place, parts, records = file.read_bytes(), 7, b"", []
    while place + 7 <= len(data):
        left = 32768 - place % 32768
        if left < 7:
            place += left
            continue
        length, kind = int.from_bytes(data[place + 4 : place + 6], "little"), data[place + 6]
        parts += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):
            records.append(protocol.Record.FromString(parts))
            parts = b""
    return records


def of_wandb(options: Mapping[str, Any]) -> Iterator[Tracked]:
    place = Path(options["dir"], "wandb")
    told = {card.stem: json.loads(card.read_text()) for card in place.glob("tunebridge/*/*.json")}
    files = {file.stem.removeprefix("run-"): file for file in place.glob("offline-run-*/*.wandb")}
    assert len(files) == len([*place.glob("offline-run-*")])
    assert files.keys() <= told.keys()
    for run, card in told.items():
        records = wandb_records(files[run]) if run in files else []
        rows = [_items(one.history.item) for one in records if one.HasField("history")]
        config, summary = _merged(records, "config"), _merged(records, "summary")
        codes = [one.exit.exit_code for one in records if one.HasField("exit")]
        tags = [tag for one in records if one.HasField("run") for tag in one.run.tags]
        yield Tracked(
            id=run,
            number=card["number"],
            attempt=config["tunebridge"]["attempt"] if config else card["attempt"],
            state=TrialState[tags[0]] if codes and card["state"] == tags[0] else None,
            params={name: str(value) for name, value in config.items() if name not in OWN},
            curve=tuple(
                (row["step"], row[name]) for row in rows for name in ("loss", "value") if name in row
            ),
            value=summary.get("final/value"),
            changes=tuple(
                (row["step"], name.removeprefix("param/"), value)
                for row in rows
                for name, value in row.items()
                if name.startswith("param/")
            ),
        )


OWN = ("tunebridge", "_wandb")
"""Entries of a config that are no params."""


def _items(items: Any) -> dict[str, Any]:
    return {one.key or "/".join(one.nested_key): json.loads(one.value_json) for one in items}


def _merged(records: list[Any], kind: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for one in records:
        if one.HasField("run") and kind == "config":
            merged |= _items(one.run.config.update)
        elif one.HasField(kind):
            merged |= _items(getattr(one, kind).update)
    return merged


def _client(uri: str) -> MlflowClient:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient

        return MlflowClient(uri)


@cache
def _migrated() -> Path:
    """Return an empty store of MLflow's, which takes seconds to make."""
    path = Path(mkdtemp(prefix="tunebridge-tests-")) / "empty.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _client(f"sqlite:///{path}").search_experiments(max_results=1)
    return path


def _mlflow_options(folder: Path) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    copyfile(_migrated(), folder / "mlflow.db")
    return {"uri": f"sqlite:///{folder}/mlflow.db", "experiment": EXPERIMENT}


def _file(folder: Path) -> Path:
    """Return a file, where a tracker would make a folder."""
    path = folder / "a-file"
    path.write_text("", encoding="utf-8")
    return path


Options = Callable[[Path], dict[str, Any]]

OPTIONS: dict[str, Options] = {
    "lines": lambda folder: {"folder": str(folder)},
    "mlflow": _mlflow_options,
    "tensorboard": lambda folder: {"logdir": str(folder)},
    "wandb": lambda folder: {"dir": str(folder)},
}
"""The options with which each tracker has a store of its own in a folder."""

BROKEN: dict[str, Options] = {
    "lines": lambda folder: {"folder": f"{_file(folder)}/runs"},
    "mlflow": lambda folder: {"uri": f"sqlite:///{_file(folder)}/mlflow.db"},
    "tensorboard": lambda folder: {"logdir": f"{_file(folder)}/runs"},
    "wandb": lambda folder: {"dir": f"{_file(folder)}/runs"},
}
"""The options of a store that cannot be opened."""

READERS: dict[str, Callable[[Mapping[str, Any]], Iterator[Tracked]]] = {
    "lines": of_lines,
    "mlflow": of_mlflow,
    "tensorboard": of_tensorboard,
    "wandb": of_wandb,
}
"""What reads the store of each."""
