"""Lets what others print appear above a live view."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any, TextIO, cast

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.file_proxy import FileProxy

from tunebridge.display.text import Text


class Above:
    """Stands in for a terminal stream: prints whole lines to a console, which draws its live view anew below.

    Half a line waits for its end, flushed or not; of a line with carriage returns, such as a progress
    bar's, the last state is printed.
    """

    def __init__(self, console: Console, stream: IO[str]) -> None:
        """Hold both."""
        self._console = console
        self._stream = stream
        self._decoder = AnsiDecoder()
        self._half = ""

    def __getattr__(self, name: str) -> Any:
        """Return what else a stream has."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Print the lines that are complete."""
        whole, ended, half = (self._half + text).rpartition("\n")
        self._half = half if half.endswith("\r") else _last_state(half)
        if ended:
            lines = (self._decoder.decode_line(_last_state(line)) for line in whole.split("\n"))
            self._console.print(Text("\n").join(lines), soft_wrap=True)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of the strings."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing: there is no place for half a line."""

    def finish(self) -> None:
        """Print the half line that is left."""
        if self._half:
            self.write("\n")


def occupied() -> bool:
    """Return whether a live view, ours or another of rich, has taken stdout already."""
    return isinstance(sys.stdout, Above | FileProxy)


class Redirection:
    """Puts an `Above` in place of stdout, stderr and the streams of log handlers that are terminals."""

    def __init__(self, console: Console) -> None:
        """Hold the console."""
        self._console = console
        self._standins: dict[str, tuple[TextIO, Above]] = {}
        self._handlers: list[tuple[logging.StreamHandler[Any], Above]] = []

    def start(self) -> None:
        """Redirect."""
        for name in ("stdout", "stderr"):
            stream: TextIO | None = getattr(sys, name)
            if stream is not None and stream.isatty():
                standin = Above(self._console, stream)
                self._standins[name] = (stream, standin)
                setattr(sys, name, cast("TextIO", standin))
        for handler in _stream_handlers():
            for stream, standin in self._standins.values():
                if handler.stream is stream:
                    handler.setStream(standin)
                    self._handlers.append((handler, standin))

    def stop(self) -> None:
        """Put the streams back, where nobody else has replaced them since."""
        for name, (stream, standin) in self._standins.items():
            standin.finish()
            if getattr(sys, name) is standin:
                setattr(sys, name, stream)
            for handler, taken in self._handlers:
                if taken is standin and handler.stream is standin:
                    handler.setStream(stream)
        self._standins.clear()
        self._handlers.clear()


def _last_state(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def _stream_handlers() -> Iterator[logging.StreamHandler[Any]]:
    root = logging.getLogger()  # noqa: TID251  # that of the user
    for logger in (root, *root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield from (handler for handler in logger.handlers if isinstance(handler, logging.StreamHandler))
