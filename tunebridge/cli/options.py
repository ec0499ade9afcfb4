"""Words of a command, read."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

from tunebridge.cli.wording import quoted
from tunebridge.contract.device_names import DeviceNames
from tunebridge.errors import ProblemError
from tunebridge.population.population import PERTURB, Population
from tunebridge.registry.choice import (
    MEMBERS,
    Backend,
    ChosenExecutor,
    ChosenObserver,
    ChosenPruner,
    backend,
    executor,
    observer,
    pruner,
)
from tunebridge.registry.labels import label_of, members_of, read_labels

OBSERVERS = "mlflow(experiment='svm'),tensorboard"
"""How a list of observers is written."""

PROCESSES = "processes"
"""Where trials run that have devices, if nothing else is said."""


def read_options(given: Sequence[str], option: str = "-o") -> dict[str, Any]:
    """Return NAME=VALUE pairs as options; a value is a Python literal, or else a string."""
    options = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ProblemError(f"{option} takes NAME=VALUE, got {pair!r}", hint=f"{option} {pair}=VALUE")
        try:
            options[name] = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            options[name] = text
    return options


def read_grow(*, grow: bool, had: Sequence[str]) -> bool | dict[str, Any]:
    """Return what a command says of a space that has grown.

    Raises:
        ProblemError: It says what was before, and not that it has grown.
    """
    if had and not grow:
        raise ProblemError(
            "--had says what new params were before the space grew, and nothing says that it has",
            hint=f"--grow {' '.join(f'--had {one}' for one in had)}",
        )
    return read_options(had, "--had") if had else grow


def read_population(size: int | None, every: int | None, explore: str | None) -> Population | None:
    """Return the population of a command; None if it says nothing of one.

    Raises:
        ProblemError: It says only a part.
    """
    if size is None and every is None and explore is None:
        return None
    if size is None or every is None:
        raise ProblemError(
            "a population needs --population SIZE and --every STEPS", hint="--population 8 --every 5"
        )
    return Population(size=size, every=every, explore=_read_explorer(explore or PERTURB))


def read_backend(text: str, given: Sequence[str]) -> Backend:
    """Return the backend that `--backend` names, with the options in its brackets, or those of `--option`.

    Raises:
        ProblemError: It is not one name, or both say options.
    """
    name, options = _read_label("--backend", text)
    if options and given:
        raise ProblemError(
            f"options are given in {text!r} and by --option", hint="write all in one of the two places"
        )
    return backend(name, **(options or read_options(given)))


def read_pruner(text: str | None) -> ChosenPruner | None:
    """Return the pruner that `--pruner` names, with the options in its brackets; None if it names none.

    Raises:
        ProblemError: It is not one name.
    """
    if text is None:
        return None
    name, options = _read_label("--pruner", text, "asha(min_resource=3)")
    return pruner(name, **options)


def read_observers(given: Sequence[str]) -> list[ChosenObserver]:
    """Return the observers that `--observer` names, each with the options in its brackets.

    Raises:
        ProblemError: They cannot be read.
    """
    if not all(text.strip() for text in given):
        raise ProblemError("--observer names no observer", hint=f'--observer "{OBSERVERS}"')
    return [observer(name, **options) for text in given for name, options in read_labels(text, OBSERVERS)]


def read_executor(text: str | None, devices: str | None) -> ChosenExecutor | None:
    """Return the executor that `--executor` names, with the devices of `--devices`.

    Args:
        text: A name, with options in brackets; None for processes if there are devices, else for none.
        devices: A list of names: `cuda:0,cuda:1`.

    Raises:
        ProblemError: `text` is not one name, or `devices` has what is no name of a device.
    """
    if text is None and devices is None:
        return None
    name, options = _read_label(
        "--executor", PROCESSES if text is None else text, "dask(address='tcp://head:8786')"
    )
    if devices is not None:
        options["devices"] = _read_devices(devices)
    return executor(name, **options)


def _read_devices(text: str) -> list[str]:
    """Return the names that `--devices` lists.

    Raises:
        ProblemError: One of them is no name of a device.
    """
    rule = DeviceNames()
    names = [one.strip() for one in text.split(",")]
    if rule.fits(names):
        return names
    meant = rule.meant(names)
    raise ProblemError(
        f"--devices takes names of devices with commas between, got {text!r}",
        hint="name each as its library does: --devices cuda:0,cuda:1"
        if meant is None
        else f"write --devices {quote(','.join(meant))}",
    )


def _read_explorer(text: str) -> str | Backend:
    """Return what moves the params of copies: a name, or a backend with options."""
    name, options = _read_label("--explore", text)
    return backend(name, **options) if options else name


def _read_label(
    option: str, text: str, example: str = "optuna:gp(n_startup_trials=4)"
) -> tuple[str, dict[str, Any]]:
    """Return the one name that an option of the command line takes, and what is in its brackets."""
    labels = read_labels(text, example)
    if len(labels) != 1:
        hint = _several(labels) if option == "--backend" and labels else f'{option} "{example}"'
        raise ProblemError(f"{option} takes one name, got {text!r}", hint=hint)
    return labels[0]


def _several(labels: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Return what to do with several backends where one is to be named."""
    listed = quoted(",".join(label_of(name, options) for name, options in labels))
    members = quoted(label_of("auto", {MEMBERS: members_of(labels)}))
    return (
        f"compare them: tunebridge compare FILE.py:problem --backends {listed}; or let them take turns in "
        f"one study: --backend {members}"
    )


def read_seeds(text: str) -> Sequence[int]:
    """Return a number of seeds from 0 on, or those of a list.

    Raises:
        ProblemError: It is neither.
    """
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise ProblemError(
            f"--seeds takes a number or a list of them, got {text!r}", hint="10, or 3,5,8"
        ) from error
    if numbers[0] < 1 and len(numbers) == 1:
        raise ProblemError(f"--seeds takes at least one, got {text}", hint="10, or a list: 3,5,8")
    return range(numbers[0]) if len(numbers) == 1 else numbers
