"""What TensorBoard's page of hyperparameters shows of a trial: its params, and how it has ended.

`tensorboard.plugins.hparams.summary` would make both, and cannot be imported without TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams.api_pb2 import Status
from tensorboard.plugins.hparams.metadata import PLUGIN_DATA_VERSION, PLUGIN_NAME, SESSION_END_INFO_TAG
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from torch.utils.tensorboard.summary import hparams

from tunebridge import TrialState
from tunebridge_trackers.values import Plain

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

SHOWN = {
    TrialState.COMPLETE: "STATUS_SUCCESS",
    TrialState.FAILED: "STATUS_FAILURE",
    TrialState.TIMED_OUT: "STATUS_FAILURE",
    TrialState.PRUNED: "STATUS_UNKNOWN",
    TrialState.INTERRUPTED: "STATUS_UNKNOWN",
}
"""How the page shows each state; the state itself is a text, `tunebridge/state`."""


def write_begin(writer: SummaryWriter, params: Mapping[str, Plain]) -> None:
    """Write the params of a trial; its columns are made of those of all trials."""
    _write(writer, hparams(dict(params), {})[1])  # type: ignore[no-untyped-call]


def write_end(writer: SummaryWriter, state: TrialState) -> None:
    """Write how a trial has ended."""
    info = SessionEndInfo(status=Status.Value(SHOWN[state]))
    content = HParamsPluginData(session_end_info=info, version=PLUGIN_DATA_VERSION).SerializeToString()
    plugin = SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME, content=content)
    value = Summary.Value(tag=SESSION_END_INFO_TAG, metadata=SummaryMetadata(plugin_data=plugin))
    _write(writer, Summary(value=[value]))


def _write(writer: SummaryWriter, summary: Any) -> None:
    if writer.file_writer is not None:
        writer.file_writer.add_summary(summary)
    writer.flush()
