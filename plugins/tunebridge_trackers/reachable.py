"""Whether a server is there: its own client asks it again and again for minutes before it says so."""

from __future__ import annotations

from socket import create_connection
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tunebridge import StoreError, without_passwords

PORTS = {"http": 80, "https": 443}
"""Where servers listen that name no port."""

MAX_SECONDS = 3.0
"""How long one may take to answer a connection."""


def check_reachable(tracker: str, uri: str) -> None:
    """Check that something listens at a URI, if it is a server's; what is asked by a proxy is left to it.

    Raises:
        StoreError: Nothing does.
    """
    parts = urlsplit(uri)
    host = parts.hostname
    if parts.scheme not in PORTS or host is None or (parts.scheme in getproxies() and not proxy_bypass(host)):
        return
    try:
        create_connection((host, parts.port or PORTS[parts.scheme]), timeout=MAX_SECONDS).close()
    except OSError as error:
        raise StoreError(
            f"{tracker}: no server answers at {without_passwords(uri)}: {error}",
            hint="start it, or keep the runs in a file: uri='sqlite:///mlflow.db'",
        ) from error
