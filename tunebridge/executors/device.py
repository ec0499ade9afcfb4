"""A device of a slot, and what hides the others from what runs there.

The drivers of CUDA and ROCm read once, when they are first used, which GPUs a process is to see. So a slot is
told before it loads any code of the user's, and what is visible there is number 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from tunebridge.contract.device_names import NUMBERED
from tunebridge.errors import ExecutorError

CUDA, HIP = "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"
"""What says which GPUs a process sees. HIP's wins over CUDA's on ROCm, and counts what ROCR_VISIBLE_DEVICES
leaves, which is not touched."""

FIRST = "cuda:0"
"""The name of a GPU where no other one is visible."""

NONE_VISIBLE = "-1"
"""What both variables take for no GPU; ROCm ignores an empty one."""

UNIQUE = ("GPU-", "MIG-")
"""How the unique names of a GPU, and of a part of one, begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device as its slot gets it."""

    name: str
    """As the user says it; what records show."""
    inside: str
    """Its name in the slot, where the others are hidden: `trial.device`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What hides the others; empty where nothing does."""


def settle(names: Sequence[str], environment: Mapping[str, str]) -> list[Device]:
    """Return devices for slots that are started in an environment.

    Args:
        names: As the user says them, checked. The numbers of GPUs are those that a process in this
            environment sees.
        environment: Where the slots are started.

    Raises:
        ExecutorError: A number is that of no GPU which the environment shows.
    """
    for variable in (CUDA, HIP):
        _check(names, variable, environment)
    return [_settled(name, environment) for name in names]


def unhidden(names: Sequence[str]) -> list[Device]:
    """Return devices for trials that share a process, from which none can be hidden."""
    return [Device(name=name, inside=name) for name in names]


def _check(names: Sequence[str], variable: str, environment: Mapping[str, str]) -> None:
    """Check that a variable, if it is set, shows the GPUs that are named by numbers."""
    shown = _shown(variable, environment)
    if shown is None:
        return
    lacking = [name for name in names if NUMBERED.fullmatch(name) and (_number(name) or 0) >= len(shown)]
    if lacking:
        here = ", ".join(f"cuda:{number}" for number in range(len(shown))) or "none"
        raise ExecutorError(
            f"{', '.join(dict.fromkeys(lacking))}: no such GPU, as {variable}={environment[variable]!r} says",
            hint=f"numbers count the GPUs that are visible; here are: {here}",
        )


def _settled(name: str, environment: Mapping[str, str]) -> Device:
    number = _number(name)
    if number is not None:
        cuda, hip = (_shown(variable, environment) for variable in (CUDA, HIP))
        own = str(number) if cuda is None else cuda[number]
        hidden = {CUDA: own, HIP: own if hip is None else hip[number]}
        return Device(name=name, inside=FIRST, environment=hidden)
    if name.startswith(UNIQUE):
        return Device(name=name, inside=FIRST, environment=dict.fromkeys((CUDA, HIP), name))
    if name == "cpu":
        return Device(name=name, inside=name, environment=dict.fromkeys((CUDA, HIP), NONE_VISIBLE))
    return Device(name=name, inside=name)


def _number(name: str) -> int | None:
    """Return the number of a GPU that is named by one."""
    found = NUMBERED.fullmatch(name)
    return None if found is None or found[2] is None else int(found[2])


def _shown(variable: str, environment: Mapping[str, str]) -> list[str] | None:
    """Return the GPUs in a variable, up to the first that is none, as its reader takes it.

    None if it is not set, so that all are visible; ROCm does not look at one that is empty.
    """
    text = environment.get(variable)
    if text is None or (variable == HIP and not text):
        return None
    return list(takewhile(_is_there, map(str.strip, text.split(","))))


def _is_there(name: str) -> bool:
    return name not in ("", "NoDevFiles") and not name.startswith("-")
