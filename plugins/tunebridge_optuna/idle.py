"""Connections of a pool that are looked at before they are used again, if nobody has used them for a while.

A server, or what stands between, may have closed such a one. To look each time, as SQLAlchemy's own option
does it, costs a way to the server and back for every transaction.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.exc import DisconnectionError

MOST_IDLE_SECONDS = 10.0
"""How long a connection may have been idle that is used again without a look whether it still is one."""

USED = "tunebridge:used"
"""Under which a connection's last use is noted with it."""


def look_at_idle(engine: Engine) -> None:
    """Have the connections of an engine looked at before they are used, if they have been idle."""
    dialect, errors = engine.dialect, engine.dialect.loaded_dbapi.Error

    def look(connection: Any, record: Any, proxy: object) -> None:
        if monotonic() - record.info.get(USED, monotonic()) <= MOST_IDLE_SECONDS:
            return
        try:
            dialect.do_ping(connection)
        except errors as error:
            raise DisconnectionError("the connection was closed while it was idle") from error

    def note(connection: Any, record: Any) -> None:
        record.info[USED] = monotonic()

    sqlalchemy.event.listen(engine, "checkout", look)
    sqlalchemy.event.listen(engine, "checkin", note)
