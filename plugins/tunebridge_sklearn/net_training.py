"""Trains nets of skorch's epoch by epoch, so that they are what one `fit` of as many epochs makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tunebridge.checks import is_int
from tunebridge_sklearn.nets import is_net

RESOURCE = "max_epochs"
"""The param of a net that says how much training there is."""

CLASSES = frozenset({"NeuralNet", "NeuralNetBinaryClassifier", "NeuralNetClassifier", "NeuralNetRegressor"})
"""skorch's own classes, each tried by a test."""

RULED = {
    "Checkpoint": "its file would be that of all folds",
    "EarlyStopping": "it ends a training by a rule of its own",
    "LoadInitState": "it loads a file, in place of what the folds have learned",
    "TrainEndCheckpoint": "its file would be that of all folds",
}
"""Callbacks of skorch's with which epochs do not add up, and why."""


def obstacles(net: Any) -> dict[str, str]:
    """Return why epochs of a net, one by one, are not what one `fit` is, by param; nothing if they are."""
    found = {}
    given = net.callbacks if isinstance(net.callbacks, list | tuple) else ()
    for one in given:
        callback = one[-1] if isinstance(one, tuple) else one
        kind = callback if isinstance(callback, type) else type(callback)
        for base in kind.__mro__:
            if base.__module__.partition(".")[0] == "skorch" and base.__name__ in RULED:
                found[f"callbacks ({kind.__name__})"] = RULED[base.__name__]
    if _draws(net.train_split):
        found["train_split"] = "other rows are held out in each epoch; give it a random_state, or a whole cv"
    return found


def is_known(net: Any) -> bool:
    """Return whether a net is of one of skorch's own classes, and so are its callbacks."""
    callbacks = net.callbacks if isinstance(net.callbacks, list | tuple) else ()
    parts = [one[-1] if isinstance(one, tuple) else one for one in callbacks]
    kinds = [one if isinstance(one, type) else type(one) for one in parts]
    return type(net).__name__ in CLASSES and all(
        kind.__module__.partition(".")[0] == "skorch" for kind in (type(net), *kinds)
    )


def random_state(model: object) -> Any:
    """Return what a net that begins now draws from; None for what is no net."""
    if not is_net(model):
        return None
    import torch

    return torch.get_rng_state()


@contextmanager
def apart(model: object) -> Iterator[None]:
    """Leave what torch draws from as it is: to go through data, even to predict, a net draws a number."""
    if not is_net(model):
        yield
        return
    import torch

    with torch.random.fork_rng(devices=[]):
        yield


def train_epoch(net: Any, X: Any, y: Any, params: Mapping[str, Any], state: Any, *, is_last: bool) -> Any:
    """Train one epoch, as the epochs of one `fit` follow each other.

    Args:
        net: It is initialized before its first epoch.
        X: Training rows, as the net takes them.
        y: Targets, or None.
        params: Of `fit`.
        state: What torch draws from, on the CPU; the process's own is left as it is.
        is_last: Whether the training ends with it.

    Returns:
        What the next epoch draws from.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        if state is not None:
            torch.set_rng_state(state)
        if not net.initialized_:
            net.initialize()
            net.notify("on_train_begin", X=X, y=y)
        _join(net)
        net.fit_loop(X, y, epochs=1, **params)
        if is_last:
            net.notify("on_train_end", X=X, y=y)
        return torch.get_rng_state()


def _join(net: Any) -> None:
    """Let schedulers move the rate of the net's optimizer: pickled with it, they come back with another."""
    for _, callback in net.callbacks_:
        scheduler = getattr(callback, "lr_scheduler_", None)
        if scheduler is not None:
            scheduler.optimizer = net.optimizer_


def _draws(train_split: Any) -> bool:
    """Return whether a split of rows draws others each time."""
    splitter = getattr(train_split, "cv", None)
    is_share = isinstance(splitter, float)
    shuffles = is_share or getattr(splitter, "shuffle", hasattr(splitter, "test_size"))
    seed = getattr(train_split if is_share else splitter, "random_state", None)
    return bool(shuffles) and not is_int(seed)
