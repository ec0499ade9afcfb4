"""The family tree of a population: who copied whom, and what the best member has come along."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from tunebridge.display.counted import counted
from tunebridge.pages.document import Picture, Section, Table
from tunebridge.pages.pictures.tree import Arrow, Life, draw
from tunebridge.pages.text import left_out
from tunebridge.result.report.kinds import LOOKS
from tunebridge.result.report.reported import Reported
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord

MOST_MEMBERS = 60
"""That a picture shows; the best one and those that it comes from are among them."""

MOST_ROWS = 300
"""Copies that are listed."""


def family_section(result: Reported, best: frozenset[int]) -> Section | None:
    """Return what is said of copies; None if there were none.

    Args:
        result: Of the study.
        best: Numbers of the best trials, of which the first is followed to where it comes from.
    """
    arrows = copies(result.trials)
    if not arrows:
        return None
    first = next((trial for trial in result.trials if trial.number in best), None)
    way = [] if first is None else ancestry(first)
    lives = _lives(result.trials, arrows, way)
    among = {life.member for life in lives}
    drawn = [part for part in way if part.member in among]  # a damaged record may be left out
    kept = [arrow for arrow in arrows if {arrow.member, arrow.donor} <= among]
    words = [f"Copies: {len(arrows):,}."]
    if len(kept) < len(arrows):
        words.append(f"Those among {counted(len(lives), 'member')} are drawn.")
    if first is not None and way:
        words.append(f"The model of the best, trial {first.number}, was trained by {_told(way)}.")
    return Section(
        key="family",
        title="Family tree",
        words=words,
        pictures=[
            Picture(
                label="Members along their steps, with an arrow from each donor to who copied it",
                caption="A line for each member; an arrow leads from a donor to who copied its checkpoint. "
                "Bold: what the best member's model has been through.",
                draw=partial(
                    draw, lives, kept, drawn, -1 if first is None else first.number, LOOKS[0], place=0
                ),
            )
        ],
        tables=[_table(arrows)],
    )


def copies(trials: Sequence[TrialRecord]) -> list[Arrow]:
    """Return all copies, by step."""
    found = [
        Arrow(member=trial.number, step=entry.step, donor=entry.donor, donor_step=entry.donor_step)
        for trial in trials
        for entry in trial.schedule
        if isinstance(entry, Copy)
    ]
    return sorted(found, key=lambda arrow: (arrow.step, arrow.member))


def ancestry(trial: TrialRecord) -> list[Life]:
    """Return who has trained a trial's model, from which step to which."""
    found: list[Life] = []
    for member, stretches in groupby(trial.lineage, key=lambda stretch: stretch.member):
        own = [stretch for stretch in stretches if stretch.last >= stretch.first]
        if own:
            found.append(Life(member=member, first=own[0].first, last=own[-1].last))
    return found


def _lives(trials: Sequence[TrialRecord], arrows: Sequence[Arrow], way: Sequence[Life]) -> list[Life]:
    """Return the members by number, the best one's way and those of copies first where there are too many."""
    steps = {trial.number: [report.step for report in trial.reports] for trial in trials}
    found = [Life(member=number, first=min(own), last=max(own)) for number, own in steps.items() if own]
    if len(found) <= MOST_MEMBERS:
        return found
    wanted = dict.fromkeys(
        [*(part.member for part in way), *(one for arrow in arrows for one in (arrow.member, arrow.donor))]
    )
    kept = set(list(wanted)[:MOST_MEMBERS])
    return [life for life in found if life.member in kept]


def _told(way: Sequence[Life]) -> str:
    parts = [f"trial {part.member} (steps {part.first} to {part.last})" for part in way]
    return ", then ".join(parts)


def _table(arrows: Sequence[Arrow]) -> Table:
    left = len(arrows) - MOST_ROWS
    return Table(
        caption=f"Who copied whom, by step.{left_out(left)}",
        heads=("Member", "After step", "Donor", "Donor's step"),
        rows=[
            [str(arrow.member), str(arrow.step), str(arrow.donor), str(arrow.donor_step)]
            for arrow in arrows[:MOST_ROWS]
        ],
        figures=(0, 1, 2, 3),
    )
