"""optuna-dashboard over a store."""

from __future__ import annotations

import importlib.util

from tunebridge import MissingLibraryError, StoreError
from tunebridge_optuna.faults import explained, shown
from tunebridge_optuna.journal import JournalPlace
from tunebridge_optuna.rdb import RdbPlace


def serve(url: str, host: str, port: int) -> None:
    """Serve optuna-dashboard until it is interrupted.

    Args:
        url: The store's.
        host: The address to listen at.
        port: Its port.

    Raises:
        MissingLibraryError: optuna-dashboard is not installed.
        StoreError: The store cannot be opened, or the port is taken.
    """
    if importlib.util.find_spec("optuna_dashboard") is None:
        raise MissingLibraryError(
            "the dashboard needs optuna-dashboard, which is not installed",
            hint='run: pip install "tunebridge[dashboard]"',
        )
    from optuna_dashboard import run_server

    with explained(url, "cannot be shown"):
        place: JournalPlace | RdbPlace = JournalPlace(url) if url.startswith("journal:") else RdbPlace(url)
        try:
            storage = place.sharing()
            if storage is None:
                raise StoreError(
                    f"{shown(url)} holds no study", hint="check the URL; the first study makes it"
                )
            run_server(storage, host=host, port=port)
        finally:
            place.close()
