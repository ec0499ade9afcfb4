"""Where the checkpoints of a stored study lie: beside the file of its store, or where the user says."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError
from tunebridge.registry.store_url import store_spec

SUFFIX = ".checkpoints"
"""What stands in place of the ending of a store's file."""
LONGEST = 150
"""Characters of a study's name that its folder shows."""


def place_of(
    storage: str | Store | None, study: str, given: str | os.PathLike[str] | None, *, identity: str = ""
) -> Path | None:
    """Return the folder of a study's checkpoints.

    No other study has the same: neither one of this name in another store, nor one that was deleted.

    Args:
        storage: The store; None for memory.
        study: The study's name.
        given: The folder that the user names; None for the one beside the store's file.
        identity: What no other stored study has; empty for a study in memory.

    Returns:
        The folder, which need not exist; None if there is no place that stays.

    Raises:
        ProblemError: What is given names no folder.
    """
    name = f"{folder_name(study)}-{identity[:8]}" if identity else folder_name(study)
    if given is not None:
        check_folder(given)
        return Path(given).expanduser().absolute() / name
    if not isinstance(storage, str):
        return None
    file = store_spec(storage).file(storage)
    return None if file is None else file.with_suffix(SUFFIX).absolute() / name


def check_folder(given: object) -> None:
    """Check that checkpoints can go where the user says.

    Raises:
        ProblemError: It is no path, or names a file or a store.
    """
    is_path = isinstance(given, str | os.PathLike) and bool(os.fspath(given))
    if not is_path or "://" in str(given) or os.path.isfile(os.path.expanduser(str(given))):
        hint = "one that all machines see, which is made if it is not there: checkpoints='checkpoints'"
        raise ProblemError(f"checkpoints must be the path of a folder, got {brief(given)}", hint=hint)


def folder_name(study: str) -> str:
    """Return a study's name as that of a folder: no two studies have the same."""
    quoted = quote(study, safe=" ", errors="surrogatepass").replace(".", "%2E")
    if len(quoted) <= LONGEST:
        return quoted
    digest = blake2b(study.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{quoted[:LONGEST]}-{digest}"
