"""What a study has found up to now, and why it ends: its result, while it goes on and when it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tunebridge.errors import StoreError
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import Backend
from tunebridge.registry.hearing import hearing
from tunebridge.result.carried import Carried
from tunebridge.result.failure import StudyFailedError
from tunebridge.result.result import Result
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.trial.record import TrialRecord


class Findings:
    """Holds the records of a study, and makes results and errors of them.

    Args:
        problem: What is evaluated.
        chosen: The backend that proposes.
        loaded: The study.
        records: Of trials from before it was opened, by number.
        not_asked: Which backends are not asked that might be, and why.
    """

    def __init__(
        self,
        problem: Problem,
        chosen: Backend,
        loaded: LoadedStudy,
        *,
        records: dict[int, TrialRecord],
        not_asked: Mapping[str, str],
    ) -> None:
        """Begin with what was found before."""
        self.records = records
        """Of trials that have ended, by number; those from before the study was opened too."""
        self.carried: Carried | None = None
        """What the session was told of trials from before; None if there were none."""
        self.stop_reason = ""
        """What has ended the study; empty while it goes on."""
        self._result = partial(
            Result,
            problem=problem,
            study=loaded.name,
            backend=chosen.spec.name,
            seed=loaded.seed,
            not_asked=not_asked,
            members=hearing({one.spec.name: one.options for one in chosen.members}),
            grown=loaded.grown,
        )

    @property
    def result(self) -> Result:
        """What the study has found."""
        trials = [self.records[number] for number in sorted(self.records)]
        return self._result(trials=trials, stop_reason=self.stop_reason, carried=self.carried)

    def failed(
        self, message: str, hint: str, kind: type[StudyFailedError] = StudyFailedError
    ) -> StudyFailedError:
        """Note that the study has failed, and return the error that ends it."""
        self.stop_reason = "failed"
        return kind(message, hint=hint, result=self.result)

    def lost(self, what: str, error: StoreError) -> StudyFailedError:
        """Note that the store has lost something, and return the error that ends the study."""
        return self.failed(f"{what}: {error.message}", error.hint or "error.result has all trials")
