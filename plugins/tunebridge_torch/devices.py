"""Where a model trains."""

from __future__ import annotations

import torch

from tunebridge import ProblemError


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
