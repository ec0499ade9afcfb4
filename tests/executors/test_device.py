"""Devices of slots: what hides the others, and how they are shared."""

import pytest

import tunebridge as tb
from tunebridge.executors.device import Device, settle, unhidden
from tunebridge.executors.devices import Devices, spread

CUDA, HIP = "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"

ROWS: list[tuple[str, dict[str, str], str, dict[str, str]]] = [
    ("cuda:1", {}, "cuda:0", {CUDA: "1", HIP: "1"}),
    ("cuda:1", {CUDA: "5,7"}, "cuda:0", {CUDA: "7", HIP: "7"}),
    ("cuda:0", {CUDA: "GPU-8f, GPU-2c"}, "cuda:0", {CUDA: "GPU-8f", HIP: "GPU-8f"}),
    ("cuda:1", {HIP: "4,6"}, "cuda:0", {CUDA: "1", HIP: "6"}),
    ("cuda:1", {HIP: ""}, "cuda:0", {CUDA: "1", HIP: "1"}),
    ("cuda:1", {"ROCR_VISIBLE_DEVICES": "2,3"}, "cuda:0", {CUDA: "1", HIP: "1"}),
    ("GPU-8932f937", {}, "cuda:0", {CUDA: "GPU-8932f937", HIP: "GPU-8932f937"}),
    ("MIG-41b1", {CUDA: "0"}, "cuda:0", {CUDA: "MIG-41b1", HIP: "MIG-41b1"}),
    ("cpu", {CUDA: "0,1"}, "cpu", {CUDA: "-1", HIP: "-1"}),
    ("cuda", {}, "cuda", {}),
    ("mps", {}, "mps", {}),
    ("xpu:1", {}, "xpu:1", {}),
    ("whatever", {CUDA: ""}, "whatever", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "environment", "inside", "hides"), ROWS, ids=lambda one: str(one)[:20])
def test_a_gpu_alone_is_number_0_and_what_is_no_gpu_keeps_its_name(
    name: str, environment: dict[str, str], inside: str, hides: dict[str, str]
) -> None:
    (device,) = settle([name], environment)
    assert (device.name, device.inside, dict(device.environment)) == (name, inside, hides)


@pytest.mark.parametrize(
    ("environment", "here"),
    [
        ({CUDA: "3"}, "cuda:0"),
        ({CUDA: ""}, "none"),
        ({CUDA: "NoDevFiles"}, "none"),
        ({CUDA: "4,-1,5"}, "cuda:0"),
        ({CUDA: "1,2", HIP: "1"}, "cuda:0"),
    ],
    ids=str,
)
def test_a_gpu_that_the_environment_does_not_show_is_refused_with_those_that_it_shows(
    environment: dict[str, str], here: str
) -> None:
    with pytest.raises(
        tb.ExecutorError, match=r"^cuda:1: no such GPU, as (CUDA|HIP)_VISIBLE_DEVICES="
    ) as caught:
        settle(["cpu", "cuda:1", "mps"], environment)
    assert caught.value.hint.endswith(f"here are: {here}")


def test_the_gpu_that_is_current_is_refused_where_none_is_visible() -> None:
    with pytest.raises(tb.ExecutorError, match="cuda: no such GPU"):
        settle(["cuda"], {CUDA: "-1"})


def test_from_those_that_share_a_process_nothing_is_hidden() -> None:
    assert unhidden(["cuda:1"]) == [Device(name="cuda:1", inside="cuda:1")]


@pytest.mark.parametrize(
    ("names", "n_slots", "slots"),
    [
        ("", 2, [None, None]),
        ("ab", 2, ["a", "b"]),
        ("ab", 5, ["a", "b", "a", "b", "a"]),
        ("aab", 3, ["a", "b", "a"]),
        ("aab", 6, ["a", "b", "a", "a", "b", "a"]),
    ],
)
def test_slots_are_spread_over_devices_by_how_often_each_is_named(
    names: str, n_slots: int, slots: list[str | None]
) -> None:
    found = spread(unhidden(list(names)), n_slots)
    assert [None if device is None else device.name for device in found] == slots


def test_what_begins_gets_the_device_that_is_busy_least() -> None:
    devices = Devices(unhidden(["a", "b"]))
    first, second, third = (devices.take() for _ in range(3))
    names = [device and device.name for device in (first, second, third)]
    assert names == ["a", "b", "a"]
    devices.give(first)
    devices.give(third)
    again = [devices.take() for _ in range(2)]
    assert [device and device.name for device in again] == ["a", "a"]
