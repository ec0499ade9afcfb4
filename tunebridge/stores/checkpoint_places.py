"""Where the checkpoints of a stored study lie: beside the file of its store, or where the user says."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from tunebridge.contract.store import Store
from tunebridge.registry.store_url import store_spec

SUFFIX = ".checkpoints"
"""What stands in place of the ending of a store's file."""
LONGEST = 150
"""Characters of a study's name that its folder shows."""


def place_of(storage: str | Store | None, study: str, given: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder of a study's checkpoints.

    Args:
        storage: The store; None for memory.
        study: The study's name.
        given: The folder that the user names; None for the one beside the store's file.

    Returns:
        The folder, which need not exist; None if there is no place that stays.
    """
    if given is not None:
        return Path(given).absolute() / folder_name(study)
    if not isinstance(storage, str):
        return None
    file = store_spec(storage).file(storage)
    return None if file is None else file.with_suffix(SUFFIX).absolute() / folder_name(study)


def folder_name(study: str) -> str:
    """Return a study's name as that of a folder: no two studies have the same."""
    quoted = quote(study, safe=" ").replace(".", "%2E")
    if len(quoted) <= LONGEST:
        return quoted
    return f"{quoted[:LONGEST]}-{blake2b(study.encode(), digest_size=8).hexdigest()}"
