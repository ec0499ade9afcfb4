"""What a tracker could not take as it was: said once in a study, whatever is to be said."""

from __future__ import annotations

from tunebridge import logger_of

logger = logger_of(__name__)


class Said:
    """Warns of each kind of thing once.

    Args:
        tracker: Whose study it is.
    """

    def __init__(self, tracker: str) -> None:
        """Begin with nothing said."""
        self._tracker = tracker
        self._kinds: set[str] = set()

    def once(self, kind: str, what: str) -> None:
        """Warn, if nothing of this kind was said before."""
        if kind not in self._kinds:
            self._kinds.add(kind)
            logger.warning("%s: %s", self._tracker, what)
