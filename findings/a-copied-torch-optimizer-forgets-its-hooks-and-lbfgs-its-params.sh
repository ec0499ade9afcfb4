#!/usr/bin/env bash
# torch 2.13.0: a deep copy, or a pickle, of an optimizer has only its defaults, state and param groups.
# Guess: copy.deepcopy((model, optimizer)) is a donor that trains on exactly as the original would.
# What happens: hooks that were registered for its steps (gradients clipped or noised there, steps counted) are gone without a
# word, and the copy takes other steps. A copied LBFGS cannot step at all: it looks for an attribute that was left out.
# Other attributes of an optimizer class of one's own are left out, too.
# Why it matters: population-based training, look-ahead and "keep the best so far" copy a model with its optimizer; the copy trains
# without clipping, so the lineages of a population differ by more than their hyperparameters.
# What to do: make a new optimizer over the copied model, load_state_dict into it, and register the hooks again.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import copy
import pickle
import warnings

warnings.simplefilter("ignore")
import torch  # noqa: E402
from torch import nn, optim  # noqa: E402


def clip(optimizer, args, kwargs):
    for group in optimizer.param_groups:
        nn.utils.clip_grad_norm_(group["params"], 1.0)


def train(model, optimizer, steps):
    inputs, targets = torch.eye(3) * 10, torch.arange(3.0)

    def loss():
        optimizer.zero_grad()
        value = ((model(inputs)[:, 0] - targets) ** 2).mean()
        value.backward()
        return value

    for _ in range(steps):
        optimizer.step(loss)
    return model.weight.detach().clone()


def begin(kind, **options):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    return model, kind(model.parameters(), **options)


for kind, options in ((optim.SGD, {"lr": 0.01}), (optim.Adam, {"lr": 0.1}), (optim.RMSprop, {"lr": 0.1})):
    model, optimizer = begin(kind, **options)
    calls = []
    optimizer.register_step_pre_hook(lambda *rest: calls.append(1))
    pair = copy.deepcopy((model, optimizer))
    train(model, optimizer, 2)
    assert len(calls) == 2
    train(*pair, 2)
    assert len(calls) == 2, "a copy keeps the hooks of its steps now"
    print(f"{kind.__name__}: 2 calls of a hook in 2 steps, none in 2 steps of the copy")

model, optimizer = begin(optim.SGD, lr=0.05)
optimizer.register_step_pre_hook(clip)
gradients = torch.tensor([[30.0, -20.0, 10.0]])
copied_model, copied = copy.deepcopy((model, optimizer))
moved = []
for one, its in ((model, optimizer), (copied_model, copied)):
    start = one.weight.detach().clone()
    one.weight.grad, one.bias.grad = gradients.clone(), torch.zeros(1)
    its.step()
    moved.append(float((one.weight.detach() - start).norm()))
print("length of one SGD step, clipped to a norm of 1: original", round(moved[0], 4), "copy", round(moved[1], 4))
assert abs(moved[0] - 0.05) < 1e-4 and moved[1] > 1.5, "a copy clips as the original does now"

for name, make in (("deepcopy", copy.deepcopy), ("pickle", lambda pair: pickle.loads(pickle.dumps(pair)))):
    pair = begin(optim.LBFGS)
    train(*pair, 1)
    try:
        train(*make(pair), 1)
    except AttributeError as error:
        print(f"LBFGS after {name}: AttributeError: {error}")
    else:
        raise SystemExit(f"LBFGS steps after {name} now")

source_model, source = begin(optim.LBFGS)
train(source_model, source, 1)
target_model = copy.deepcopy(source_model)
target = optim.LBFGS(target_model.parameters())
target.load_state_dict(copy.deepcopy(source.state_dict()))
assert torch.equal(train(source_model, source, 1), train(target_model, target, 1)), "a new optimizer with the loaded state differs"
print("Seen: copies without hooks, an LBFGS that cannot step; a new optimizer with the loaded state goes on as the original.")
PYTHON
