"""What the tests of `tunebridge_torch` share: three blobs of points that are easy to tell apart."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

import tunebridge as tb

pytest.register_assert_rewrite("tests.plugins.tunebridge_torch.resumed_studies")

Points = tuple[Tensor, Tensor]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def points() -> Points:
    generator = torch.Generator().manual_seed(0)
    targets = torch.arange(60) % 3
    centres = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
    return centres[targets] + torch.randn(60, 2, generator=generator), targets


class Network(nn.Module):
    """A small network with dropout."""

    def __init__(self, trial: tb.Trial) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layers(inputs)
        return outputs


@pytest.fixture
def network() -> type[Network]:
    return Network
