#!/usr/bin/env bash
# torch 2.13.0: going through a validation DataLoader without shuffling changes the training that follows.
# Guess: with a fixed seed, a pass over validation data under no_grad only reads; whether and how often one
# validates has no effect on the weights (no dropout, no batch norm, no workers).
# What happens: each time a DataLoader begins a pass it draws a seed for its workers from the global generator, also with no workers
# and without shuffle. The next epoch of the training loader is shuffled from that generator, and so gets another order.
# Why it matters: a trial that reports every epoch, every second epoch or only at the end trains different models from one
# seed; turning a pruner on (which asks for reports) changes scores that it has not pruned; a winner, trained again without validation, is not the winner.
# What to do: give each DataLoader a generator of its own (generator=torch.Generator().manual_seed(seed)), the validation loader first of all.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import torch  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

torch.set_num_threads(1)


def weights(seed, validates, own_generator):
    generator = (lambda: torch.Generator().manual_seed(seed)) if own_generator else (lambda: None)
    torch.manual_seed(seed)
    rows = torch.randn(64, 3)
    targets = rows.sum(1) + torch.randn(64)
    training = DataLoader(TensorDataset(rows, targets), batch_size=8, shuffle=True, generator=generator())
    validation = DataLoader(TensorDataset(rows, targets), batch_size=64, shuffle=False, generator=generator())
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(4):
        for batch, wanted in training:
            optimizer.zero_grad()
            ((model(batch)[:, 0] - wanted) ** 2).mean().backward()
            optimizer.step()
        if validates(epoch):
            with torch.no_grad():
                for batch, _ in validation:
                    model(batch)
    return model.weight.detach().clone()


habits = {"never": lambda epoch: False, "every epoch": lambda epoch: True, "every second epoch": lambda epoch: epoch % 2 == 0}
for seed in range(3):
    found = {name: weights(seed, habit, False) for name, habit in habits.items()}
    print(f"seed {seed}:", {name: [round(w, 4) for w in value[0].tolist()] for name, value in found.items()})
    assert torch.equal(found["never"], weights(seed, habits["never"], False)), "the seed does not fix the training"
    assert not torch.equal(found["never"], found["every epoch"]), "validation leaves the training alone now"
    assert not torch.equal(found["every epoch"], found["every second epoch"]), "how often one validates does not matter now"
    apart = [weights(seed, habit, True) for habit in habits.values()]
    assert all(torch.equal(apart[0], other) for other in apart), "a generator for each loader does not help"
print("Seen: three habits of validation, three models from one seed; with a generator for each loader, one model.")
PYTHON
