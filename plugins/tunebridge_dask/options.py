"""The options of the executor on a Dask cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distributed import Client

from tunebridge import OptionError
from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief

MAX_ATTEMPTS = 3
"""How often a trial is tried whose worker is lost, unless the option says otherwise."""

MAX_CHECKPOINT_BYTES = 64 * 2**20
"""How much a checkpoint may hold that a worker sends, unless the option says otherwise."""

MAX_WAIT_SECONDS = 30.0
"""How long there may be no worker, unless the option says otherwise."""


@dataclass(frozen=True, slots=True)
class DaskOptions:
    """The effective options, but for the cluster itself."""

    max_attempts: int
    """How often a trial is tried whose worker is lost."""
    max_checkpoint_bytes: int
    """How much a checkpoint may hold that a worker sends."""
    max_wait_seconds: float
    """How long there may be no worker."""
    resources: Mapping[str, float]
    """What Dask is to count for each trial, of those that its workers have."""


def check_options(options: Mapping[str, Any]) -> DaskOptions:
    """Return the effective options, but for the cluster itself.

    Raises:
        OptionError: An option is out of its bounds, or two exclude each other.
    """
    attempts = options.get("max_attempts", MAX_ATTEMPTS)
    most = options.get("max_checkpoint_bytes", MAX_CHECKPOINT_BYTES)
    seconds = options.get("max_wait_seconds", MAX_WAIT_SECONDS)
    address, client = options.get("address"), options.get("client")
    resources = options.get("resources", {})
    if not (is_int(attempts) and attempts >= 1):
        raise OptionError(f"max_attempts must be an integer >= 1, got {brief(attempts)}")
    if not (is_int(most) and most >= 0):
        raise OptionError(f"max_checkpoint_bytes must be an integer >= 0, got {brief(most)}")
    if not (is_finite(seconds) and seconds >= 0):
        raise OptionError(f"max_wait_seconds must be a number of seconds >= 0, got {brief(seconds)}")
    _check_resources(resources, is_local=address is None and client is None)
    if address is not None and client is not None:
        raise OptionError("dask takes an address or a client, not both", hint="leave one of them out")
    if client is not None and (not isinstance(client, Client) or client.asynchronous):
        hint = "make one with distributed.Client(address)"
        raise OptionError(
            f"client must be a distributed.Client that is not asynchronous, got {brief(client)}", hint
        )
    if address is not None and not isinstance(address, str):
        hint = "the scheduler prints it when it starts: tcp://host:8786"
        raise OptionError(f"address must be a string, got {brief(address)}", hint)
    return DaskOptions(attempts, most, float(seconds), dict(resources))


def _check_resources(given: Any, *, is_local: bool) -> None:
    """Check that what Dask is to count is named, and that there are workers which may have it."""
    named = isinstance(given, Mapping) and all(isinstance(name, str) and name for name in given)
    if not (named and all(is_finite(amount) and amount > 0 for amount in given.values())):
        hint = 'write resources={"GPU": 1}, with the name that `dask worker --resources "GPU=2"` has'
        raise OptionError(f"resources must map names to numbers > 0, got {brief(given)}", hint)
    if given and is_local:
        hint = "give its address or a client; on this machine alone devices=[...] is enough"
        raise OptionError("resources are those of the workers of a cluster, and none is named", hint)
