"""What a trial hears from its study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tunebridge.trial.reply import Decision, Reply
from tunebridge.trial.said import Said, Told, Written

Reporter = Callable[[Said], Reply]
"""Takes what a trial says, and answers."""


@dataclass(slots=True)
class Hearing:
    """A trial's way to its study, and what came by it; all copies of the trial share it.

    It does not leave its process: what is unpickled elsewhere hears nothing.
    """

    reporter: Reporter | None = None
    """Takes what the trial says, and answers; None where there is nobody to answer."""
    is_stopped: bool = False
    """Whether the study has told the trial to stop."""
    may_return: bool = False
    """Whether it was told so by an answer, so that its objective ends by returning a value."""
    is_paused: bool = False
    """Whether the study has ended the trial's turn."""
    is_wanted: bool = False
    """Whether the study waits for the checkpoint of the last report."""
    is_writing: bool = False
    """Whether a checkpoint is open."""
    is_asked: bool = False
    """Whether the objective has asked what to start from."""
    last: int = -1
    """The step of the last report, that of a checkpoint to go on from included; -1 before the first."""
    highest: int = -1
    """The highest step of a report."""
    written: int = -1
    """The step of the last checkpoint, that to go on from included; -1 before the first."""
    limited: set[str] = field(default_factory=set)
    """What the objective has limited in this turn, by name."""
    known: frozenset[str] = frozenset()
    """The names of all params of the study; empty where nobody has said."""

    def begin(self, reporter: Reporter, after: int, known: frozenset[str]) -> None:
        """Hear from now on.

        Args:
            reporter: Takes what the trial says.
            after: The step of the checkpoint to go on from; -1 for none.
            known: The names of all params of the study.
        """
        self.reporter, self.is_asked, self.known = reporter, False, known
        self.last = self.highest = self.written = after
        self.limited.clear()

    def tell(self, reporter: Reporter, told: Told, *, raises: bool) -> Reply:
        """Report, and note what is answered.

        Args:
            reporter: Takes the report.
            told: The report.
            raises: Whether the trial raises when it is told to stop.
        """
        reply = self._ask(reporter, told)
        self.is_wanted = reply.checkpoint
        if reply.decision is Decision.PRUNE:
            self.may_return = self.may_return or not raises
        self.last = self.highest + 1 if told.step is None else int(told.step)
        self.highest = max(self.highest, self.last)
        return reply

    def write(self, reporter: Reporter, written: Written) -> Reply:
        """Say that a checkpoint has closed, and note what is answered."""
        reply = self._ask(reporter, written)
        self.written, self.is_wanted = written.step, False
        self.is_paused = reply.decision is Decision.PAUSE
        return reply

    def _ask(self, reporter: Reporter, said: Said) -> Reply:
        reply = reporter(said)
        if reply.decision is Decision.PRUNE:
            self.is_stopped = True
        return reply

    def __reduce__(self) -> tuple[type[Hearing], tuple[()]]:
        """Leave the way to the study, and what came by it, in this process."""
        return Hearing, ()
