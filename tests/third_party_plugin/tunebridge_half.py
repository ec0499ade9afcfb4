"""Pauses trials at one step, and lets the better half go on: a whole pruner on the public names."""

from collections.abc import Callable

import tunebridge as tb


@tb.hookimpl
def tunebridge_register_pruners(register: Callable[[tb.PrunerSpec], None]) -> None:
    """Describe the pruner."""
    register(
        tb.PrunerSpec(
            name="upper-half",
            summary="not in the better half at one step",
            open=Half,
            options=("step",),
            pauses=lambda options: True,
        )
    )


class Half:
    """Trials wait at one step; of those that came there, the better half goes on."""

    def __init__(self, request: tb.PrunerRequest) -> None:
        """Begin with nobody there."""
        self._step, self._sign = request.options.get("step", 3), request.direction.sign
        self._there: dict[int, float] = {}

    def report(self, trial: tb.Trial, step: int, value: float) -> tb.Decision:
        """Decide at the step; asked again about a trial that waits, decide by all that have come since."""
        if step != self._step:
            return tb.Decision.CONTINUE
        mine = self._there[trial.number] = self._sign * value
        n_better = sum(other < mine for other in self._there.values())
        return tb.Decision.CONTINUE if n_better < len(self._there) // 2 else tb.Decision.PAUSE

    def finish(self, record: tb.TrialRecord) -> None:
        """Forget a trial that was interrupted; it is told again, as far as it is kept."""
        if record.state is tb.TrialState.INTERRUPTED:
            self._there.pop(record.number, None)
