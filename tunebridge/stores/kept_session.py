"""The last state of a study's session: what a store keeps of it, and what is read of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tunebridge.contract.events import StoredStudy
from tunebridge.stores.format import SESSION
from tunebridge.stores.seals import SEAL, Seals
from tunebridge.trial.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A state, and when it was."""

    segment: int
    """Whose session it is of."""
    asked: int
    """Place of the ask before which it was, among the study's events."""
    calls: int
    """How often the session was asked and told before."""
    state: Mapping[str, Any]
    """It, as JSON."""

    @classmethod
    def read(cls, study: StoredStudy) -> Self | None:
        """Return that of a stored study; None if there is none, or not as it was written."""
        notes, seals = study.session, Seals(study.notes)
        if notes is None or next(iter(SESSION.faults(notes)), None) or not seals.fits_session(notes):
            return None
        return cls(**{name: note for name, note in notes.items() if name != SEAL})


def kept_notes(origin: Origin, seals: Seals) -> Mapping[str, Any] | None:
    """Return what is to be kept with the begin of a trial; None for nothing."""
    if origin.state is None or not seals.are_there:
        return None
    state = {"calls": origin.state.calls, "state": dict(origin.state.state)}
    return seals.session({"segment": origin.segment, "asked": origin.asked, **state})
