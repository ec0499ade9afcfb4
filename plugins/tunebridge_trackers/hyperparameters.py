"""What TensorBoard's page of hyperparameters shows of a trial: its params, and how it has ended.

`tensorboard.plugins.hparams.summary` would make both, and cannot be imported without TensorFlow; what PyTorch
has for it makes 1 of True.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams.api_pb2 import Status
from tensorboard.plugins.hparams.metadata import (
    PLUGIN_DATA_VERSION,
    PLUGIN_NAME,
    SESSION_END_INFO_TAG,
    SESSION_START_INFO_TAG,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

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
    """Write the params of a trial; the page makes its columns of those of all trials."""
    info = SessionStartInfo()
    for name, value in params.items():
        kind = "bool" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
        setattr(info.hparams[name], f"{kind}_value", value)
    _write(writer, SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=info))


def write_end(writer: SummaryWriter, state: TrialState) -> None:
    """Write how a trial has ended."""
    info = SessionEndInfo(status=Status.Value(SHOWN[state]))
    _write(writer, SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=info))


def _write(writer: SummaryWriter, tag: str, told: Any) -> None:
    told.version = PLUGIN_DATA_VERSION
    plugin = SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME, content=told.SerializeToString())
    value = Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))
    if writer.file_writer is not None:
        writer.file_writer.add_summary(Summary(value=[value]))
    writer.flush()
