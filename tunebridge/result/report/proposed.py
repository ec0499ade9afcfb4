"""Who of a backend's members proposed what."""

from __future__ import annotations

from tunebridge.pages.document import Section, Table
from tunebridge.pages.text import duration
from tunebridge.result.proposers import proposers, remarks
from tunebridge.result.report.reported import Reported


def proposer_section(result: Reported) -> Section | None:
    """Return how many trials each member proposed, and what came of it; None where there are no members."""
    if not any(trial.member for trial in result.trials):
        return None
    rows = [
        [one.name, f"{one.n_trials:,}", f"{one.n_best:,}", duration(one.seconds / one.n_trials)]
        for one in proposers(result.trials, result.problem.directions)
    ]
    return Section(
        key="proposers",
        title="Who proposed",
        words=[f"{said}." for said in remarks(result.trials, result.members, result.not_asked)],
        tables=[
            Table(
                caption=f"The members of {result.backend}.",
                heads=("Proposed by", "Trials", "Among the best tenth as they ended", "Sampler, a trial"),
                rows=rows,
                figures=(1, 2, 3),
            )
        ],
    )
