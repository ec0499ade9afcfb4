"""Where a model trains."""

from __future__ import annotations

import torch

from tunebridge import ProblemError, Trial


def device_of(trial: Trial, name: str) -> torch.device:
    """Return where the model of a trial trains: its own param wins, and `auto` is the device it was given.

    Args:
        trial: Its param `device`, if there is one, wins.
        name: What the objective was told.

    Raises:
        ProblemError: Torch knows no such device, or it is not there.
    """
    wanted = trial.get("device", name)
    return find_device(trial.device if wanted == "auto" and trial.device is not None else wanted)


def find_device(name: str) -> torch.device:
    """Return a device that is there; `auto` is the GPU of CUDA where there is one, else the CPU.

    Raises:
        ProblemError: Torch knows no such device, or it is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (AssertionError, NotImplementedError, RuntimeError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise ProblemError(
            f"the device {name!r} is not there: {reason}", hint=f"here are: auto, {', '.join(_present())}"
        ) from error
    return device


def _present() -> list[str]:
    return ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
