"""A training that was saved goes on elsewhere as it would have, and shares nothing with who saved it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

import tunebridge as tb
from tests.plugins.tunebridge_torch import resumed_training as loops
from tunebridge_torch import apply, load, save, saved

SCRIPT = Path(__file__).with_name("resumed_training.py")


def test_ten_epochs_are_four_and_six_in_another_process_to_the_last_bit(tmp_path: Path) -> None:
    for case in loops.CASES:
        loops.first_half(case, tmp_path / case)
    found = tmp_path / "found.pt"
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path), str(found)], check=True)
    resumed = torch.load(found, weights_only=True)
    assert [case for case in loops.CASES if not loops.equal(resumed[case], loops.whole(case))] == []


def test_without_the_random_state_they_would_not_be(tmp_path: Path) -> None:
    """So the comparison above sees it."""
    loops.first_half("sgd", tmp_path / "sgd")
    loop = loops.Loop("sgd")
    loop.losses = load(tmp_path / "sgd", **loop.parts, partial=True)["losses"]
    loop.run(loops.CUT, loops.N_EPOCHS)
    assert not loops.equal(loop.outcome(), loops.whole("sgd"))


class Pair:
    """A model, and an optimizer that has taken some steps."""

    def __init__(
        self, kind: Callable[..., optim.Optimizer] = optim.Adam, width: int = 2, **options: Any
    ) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(width, 1)
        self.optimizer = kind(self.model.parameters(), **options)

    @property
    def parts(self) -> dict[str, Any]:
        return {"model": self.model, "optimizer": self.optimizer}

    def step(self) -> None:
        self.optimizer.zero_grad()
        self.model(torch.ones(4, self.model.in_features)).sum().backward()
        self.optimizer.step()

    def numbers(self) -> str:
        return repr((self.model.state_dict(), self.optimizer.state_dict()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    donor = Pair(lr=0.1)
    donor.step()
    save(tmp_path, **donor.parts, best=0.5)
    return tmp_path


def test_a_copy_that_trains_leaves_its_donor_and_other_copies_alone(folder: Path) -> None:
    """`load_state_dict` by itself shares the donor's moments."""
    donor, one, other = (Pair(lr=0.1) for _ in range(3))
    donor.step()
    save(folder, **donor.parts)
    for copy in (one, other):
        load(folder, **copy.parts)
    assert donor.numbers() == one.numbers() == other.numbers()
    one.step()
    assert donor.numbers() == other.numbers() != one.numbers()


def test_what_a_copy_explores_is_applied_after_the_load_and_stays(folder: Path) -> None:
    copy = Pair(lr=0.01)
    load(folder, **copy.parts)
    assert copy.optimizer.param_groups[0]["lr"] == 0.1
    apply(copy.optimizer, {"lr": 0.03, "beta1": 0.5})
    copy.step()
    group = copy.optimizer.param_groups[0]
    assert (group["lr"], group["betas"][0]) == (0.03, 0.5)


def test_plain_data_comes_back_equal_and_numbers_of_numpy_as_those_of_python(tmp_path: Path) -> None:
    data: dict[str, Any] = {
        "best": float("inf"),
        "seen": [1, (2, None)],
        "rate": np.float32(0.5),
        "mean": torch.ones(2),
    }
    save(tmp_path, **data)
    loaded = load(tmp_path)
    assert torch.equal(loaded.pop("mean"), data.pop("mean"))
    assert loaded == data
    assert type(loaded["rate"]) is float


@pytest.mark.parametrize("value", [1, 1.5, 1j, "a", b"a", None, torch.float32, torch.device("cpu"), {1, 2}])
def test_what_save_takes_is_what_torch_loads_without_running_code(value: Any, tmp_path: Path) -> None:
    save(tmp_path, value=value)
    assert load(tmp_path) == {"value": value}


@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_generators_of_numpy_go_on(kind: str, tmp_path: Path) -> None:
    one, other = (np.random.Generator(getattr(np.random, kind)(seed)) for seed in (1, 2))
    one.normal(size=3)
    save(tmp_path, drawn=one)
    load(tmp_path, drawn=other)
    assert list(other.normal(size=5)) == list(one.normal(size=5))


def test_a_random_state_of_numpy_goes_on(tmp_path: Path) -> None:
    one, other = (np.random.RandomState(seed) for seed in (1, 2))
    one.normal()
    save(tmp_path, drawn=one)
    load(tmp_path, drawn=other)
    assert list(other.normal(size=5)) == list(one.normal(size=5))


def test_a_model_alone_is_loaded_with_partial_and_the_process_draws_on(folder: Path) -> None:
    copy = Pair(lr=0.1)
    torch.manual_seed(9)
    drawn = torch.rand(1)
    torch.manual_seed(9)
    assert load(folder, model=copy.model, partial=True) == {"best": 0.5}
    assert torch.equal(torch.rand(1), drawn)
    assert not copy.optimizer.state


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(tb.ObjectiveError) as caught:
        call()
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        (lambda: Pair(optim.AdamW), "optimizer was Adam, and is AdamW"),
        (lambda: Pair(optim.SGD), "optimizer was Adam, and is SGD"),
        (lambda: Pair(width=3), "does not fit model: Error(s) in loading state_dict"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused_by_name(
    folder: Path, copy: Callable[[], Pair], said: str
) -> None:
    """AdamW's state would make an AdamW of an Adam, and SGD's state an Adam that knows nothing."""
    assert said in refusal(lambda: load(folder, **copy().parts))


def test_a_part_that_was_forgotten_is_said_before_anything_is_loaded(folder: Path) -> None:
    copy = Pair()
    before = copy.numbers()
    schedule = lr_scheduler.StepLR(copy.optimizer, 3)
    said = refusal(lambda: load(folder, model=copy.model, scheduler=schedule))
    assert "scheduler is not in it (it holds: model, optimizer)" in said
    assert "optimizer is in it, and was not given" in said
    assert "partial=True" in said
    assert copy.numbers().replace(", 'initial_lr': 0.001", "") == before


def test_a_folder_without_a_training_and_a_damaged_one_say_so(tmp_path: Path) -> None:
    assert "there is no training.pt" in refusal(lambda: load(tmp_path))
    file = tmp_path / saved.FILE
    for content in (b"", b"anything", b"PK\x03\x04"):
        file.write_bytes(content)
        assert "is damaged" in refusal(lambda: load(tmp_path))
    torch.save([1, 2], file)
    assert "something else has written it" in refusal(lambda: load(tmp_path))


class Payload:
    """Runs code when it is unpickled."""

    ran: list[str] = []  # noqa: RUF012  # the one list of all

    def __reduce__(self) -> Any:
        return self.ran.append, ("it ran",)


def test_no_code_of_a_file_is_run(tmp_path: Path) -> None:
    torch.save({"states": {"x": Payload()}, "kinds": {"x": ""}, "process": None}, tmp_path / saved.FILE)
    assert "is damaged" in refusal(lambda: load(tmp_path))
    assert Payload.ran == []


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (DataLoader(TensorDataset(torch.ones(2))), "save the generator that the loader was given"),
        (np.ones(2), "torch.from_numpy"),
        ({"deep": [object()]}, "part.deep[0] cannot be saved"),
        (nn.Linear, "part cannot be saved"),
    ],
)
def test_what_cannot_be_loaded_is_refused_when_it_is_saved(part: Any, said: str, tmp_path: Path) -> None:
    assert said in refusal(lambda: save(tmp_path, part=part))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_what_a_gpu_has_trained_goes_on_there_and_on_a_cpu(tmp_path: Path) -> None:
    donor, there, here = Pair(lr=0.1), Pair(lr=0.1), Pair(lr=0.1)
    for pair in (donor, there):
        pair.model.cuda()
        pair.optimizer = optim.Adam(pair.model.parameters(), lr=0.1)
    donor.optimizer.zero_grad()
    donor.model(torch.rand(4, 2, device="cuda")).sum().backward()
    donor.optimizer.step()
    save(tmp_path, **donor.parts)
    drawn = torch.rand(3, device="cuda")
    load(tmp_path, **there.parts)
    assert torch.equal(torch.rand(3, device="cuda"), drawn)
    assert there.numbers() == donor.numbers()
    load(tmp_path, **here.parts)
    assert {weight.device.type for weight in here.model.parameters()} == {"cpu"}
    here.step()
