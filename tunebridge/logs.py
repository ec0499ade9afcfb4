"""Keeps single studies from saying what whoever runs many of them says once, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tunebridge.display.printable import logger_of


@contextmanager
def muted(*names: str) -> Iterator[None]:
    """Let loggers say nothing that is less than an error.

    Args:
        *names: Names of loggers.
    """
    # A filter of its own each time, not a level: what is muted in threads overlaps.
    filters = [(logger_of(name), _Errors()) for name in names]
    for logger, errors in filters:
        logger.addFilter(errors)
    try:
        yield
    finally:
        for logger, errors in filters:
            logger.removeFilter(errors)


class _Errors(logging.Filter):
    """Lets nothing through that is less than an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to let a record through."""
        return record.levelno >= logging.ERROR
