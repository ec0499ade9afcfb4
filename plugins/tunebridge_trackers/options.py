"""Options of the trackers, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from tunebridge import OptionError, without_passwords

SQLITE = "sqlite:///mlflow.db"
"""A store of MLflow's in a file."""

SCHEMES = (
    "sqlite",
    "postgresql",
    "mysql",
    "mssql",
    "http",
    "https",
    "file",
    "databricks",
    "databricks-uc",
    "uc",
)
"""How a store of MLflow's begins; plugins of MLflow's add others."""

NOT_IN_PROJECTS = "/\\#?%:"
"""What W&B takes in no name of a project."""


def text_of(tracker: str, options: Mapping[str, Any], name: str, default: str) -> str:
    """Return an option that is text, and not empty.

    Raises:
        OptionError: It is something else.
    """
    value = options.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise OptionError(
            f"{tracker}: {name} must be a string that is not empty, got {value!r}",
            hint=f'tunebridge.observer("{tracker}", {name}="{default}")',
        )
    return value


def uri_of(tracker: str, options: Mapping[str, Any]) -> str | None:
    """Return the option `uri`: the URI of a store, or None to leave it to MLflow.

    Raises:
        OptionError: It is something else, or nothing opens such a store.
    """
    if "uri" not in options:
        return None
    uri = text_of(tracker, options, "uri", SQLITE)
    scheme, colon, path = uri.partition(":")
    kind = scheme.partition("+")[0]
    if colon and kind == "sqlite" and not path.startswith("///"):
        rule = "must be sqlite:/// and the path of a file"
    elif path.startswith("//") and kind not in {*SCHEMES, *_schemes_of_plugins()}:
        rule = f"must begin with one of {', '.join(SCHEMES)}"
    else:
        return uri
    raise OptionError(
        f"{tracker}: uri {rule}, got {without_passwords(uri)!r}",
        hint=f'tunebridge.observer("{tracker}", uri="{SQLITE}")',
    )


def project_of(tracker: str, options: Mapping[str, Any]) -> str:
    """Return the option `project`: a name that W&B takes.

    Raises:
        OptionError: It is something else.
    """
    project = text_of(tracker, options, "project", "tunebridge")
    if len(project) > 128 or any(letter in NOT_IN_PROJECTS for letter in project):
        raise OptionError(
            f"{tracker}: project must be at most 128 characters, none of them {NOT_IN_PROJECTS}, "
            f"got {project!r}",
            hint="an entity stands by itself: entity='team', project='svm'",
        )
    return project


def _schemes_of_plugins() -> list[str]:
    return [point.name for point in entry_points(group="mlflow.tracking_store")]


def folder_of(tracker: str, options: Mapping[str, Any], name: str, default: str) -> str:
    """Return an option that is a folder, as an absolute path.

    Raises:
        OptionError: It is something else, or a file.
    """
    value = options.get(name, default)
    given = os.fspath(value) if isinstance(value, os.PathLike) else value
    path = os.path.abspath(text_of(tracker, {name: given}, name, default))
    if os.path.exists(path) and not os.path.isdir(path):
        raise OptionError(f"{tracker}: {name} must be a folder, and {path} is none", hint="name another one")
    return path


def tags_of(tracker: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the option `tags`: text by name.

    Raises:
        OptionError: It is something else.
    """
    tags = options.get("tags", {})
    if not isinstance(tags, Mapping) or not all(
        isinstance(one, str) for pair in tags.items() for one in pair
    ):
        raise OptionError(
            f"{tracker}: tags must be text by name, got {tags!r}", hint='tags={"team": "vision"}'
        )
    return dict(tags)
