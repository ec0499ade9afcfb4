"""The devices of an executor, which what runs at a time shares as evenly as that goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from threading import Lock

from tunebridge.executors.device import Device


class Devices:
    """Gives out the device that is busy least, for its part of the slots; may be used by several threads.

    Args:
        devices: They; one that stands there twice gets twice as much. None are none at all.
    """

    def __init__(self, devices: Sequence[Device]) -> None:
        """Begin with none of them busy."""
        self._by_name = {device.name: device for device in devices}
        self._parts = Counter(device.name for device in devices)
        self._busy: Counter[str] = Counter()
        self._lock = Lock()

    def take(self) -> Device | None:
        """Return the device of what begins now; None if there are none."""
        with self._lock:
            if not self._parts:
                return None
            name = min(self._parts, key=lambda name: self._busy[name] / self._parts[name])
            self._busy[name] += 1
            return self._by_name[name]

    def give(self, device: Device | None) -> None:
        """Take in that what has run on a device has ended."""
        with self._lock:
            if device is not None:
                self._busy[device.name] -= 1


def spread(devices: Sequence[Device], n_slots: int) -> list[Device | None]:
    """Return the device of each slot, if all are busy."""
    whole = Devices(devices)
    return [whole.take() for _ in range(n_slots)]
