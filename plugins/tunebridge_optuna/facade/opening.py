"""How a backend's sessions are opened for a study of Optuna's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tunebridge import Backend, Direction, Session, Space, UnsupportedError, open_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What all sessions of a sampler have in common."""

    backend: Backend
    """Who proposes."""
    seed: int
    """The seed of the first session."""
    n_trials: int | None
    """Trials of the whole study, if limited."""
    on_lossy: Literal["error", "warn"]
    """What to do about a lossy translation."""

    @property
    def name(self) -> str:
        """The backend's name."""
        return self.backend.spec.name

    def session(self, space: Space, directions: Sequence[Direction], study: str, place: int) -> Session:
        """Open a session.

        Args:
            space: What it proposes from.
            directions: One per objective.
            study: The study's name.
            place: 0 for the first session of a study, or else the number of the trial for which it is opened.
        """
        return open_session(
            space,
            self.backend,
            directions=directions,
            seed=self._seed(place),
            n_trials=self.n_trials,
            study_name=study,
            on_lossy=self.on_lossy,
        )

    def check(self, space: Space | None, directions: Sequence[Direction]) -> None:
        """Check all that can be before the first trial.

        Raises:
            TunebridgeError: The backend cannot do what is asked for; the message says what.
        """
        if space is not None:
            self.session(space, directions, "tunebridge", 0).close()
            return
        if self.backend.spec.capabilities.finite:
            raise UnsupportedError(
                f"{self.name} visits the points of a space one by one, and there is none yet",
                hint="declare the space: space=tunebridge.Space(...)",
            )
        self.session(Space(), directions, "tunebridge", 0).close()

    def _seed(self, place: int) -> int:
        """Return the seed of a session: were it the same, a later one would begin with the same points."""
        if place == 0:
            return self.seed
        from numpy.random import SeedSequence

        return int(SeedSequence(self.seed, spawn_key=(0, place)).generate_state(1)[0])
