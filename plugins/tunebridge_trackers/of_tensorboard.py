"""TensorBoard: a folder per trial in that of the study, each written by one writer at a time.

A reader takes the first parameters and the first end of a folder for good. So the folder of a trial that goes
on from a checkpoint is written anew, with the points up to there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebridge import Report, StudyView, Trial, TrialRecord, TrialState
from tunebridge_trackers import cards
from tunebridge_trackers.ends import ended
from tunebridge_trackers.names import FINAL, NOTE, PARAM, RESERVED, Names, clean
from tunebridge_trackers.options import folder_of
from tunebridge_trackers.said import Said
from tunebridge_trackers.tracker import Run
from tunebridge_trackers.values import params_of, told

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

CARD = "tunebridge.json"
"""The card in the folder of a study, and of a trial."""

EVENTS = "events.out.tfevents.*"
"""The files that TensorBoard reads."""


class TensorboardTracker:
    """Keeps runs as folders of event files.

    Args:
        options: Of the observer.
    """

    name = "tensorboard"

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Check the options."""
        self._logdir = Path(folder_of(self.name, options, "logdir", "runs"))
        self._said = Said(self.name)
        self._params, self._metrics = Names(), Names(RESERVED)
        self._writers: dict[str, SummaryWriter] = {}
        self._drawn: dict[str, set[tuple[str, int]]] = {}

    def open(self, study: StudyView) -> list[Run]:
        """Find the folder of the study, or make it."""
        import torch.utils.tensorboard  # noqa: F401  # what cannot be loaded is to be known now

        self._problem = study.problem
        self._curve = study.problem.metric or "value"
        self._logdir.mkdir(parents=True, exist_ok=True)
        found = [path.parent for path in self._logdir.glob(f"*/{CARD}") if _is_of(path, study.identity)]
        self._folder = found[0] if found else self._made(clean(study.name).replace("/", "_"))
        card = {"study": study.identity, "name": study.name, "seed": study.seed, "backend": study.backend}
        cards.write(self._folder / CARD, {**card, "state": cards.RUNNING})
        kept = sorted(self._folder.glob(f"*/{CARD}"))
        return [cards.run_of(card) for card in map(cards.read, kept) if card is not None]

    def begin(self, trial: Trial) -> str:
        """Make a folder, and write the params for the page of hyperparameters."""
        again = f"-attempt-{trial.attempt}" if trial.attempt else ""
        folder = self._folder / f"trial-{trial.number:04}{again}"
        folder.mkdir()
        run = Run(id=str(folder), number=trial.number, attempt=trial.attempt)
        cards.write(folder / CARD, cards.card_of(run, cards.RUNNING))
        self._drawn[run.id] = set()
        self._write_params(run, trial)
        return run.id

    def go_on(self, run: Run, trial: Trial) -> None:
        """Write a folder anew, with the points up to the checkpoint that its trial goes on from."""
        folder, last = Path(run.id), trial.resumed_step or 0
        cards.write(folder / CARD, cards.card_of(run, cards.RUNNING))
        old = [*folder.glob(EVENTS)]
        points = [one for one in points_of(folder) if one[1] <= last and not _is_of_end(one[0])]
        self._drawn[run.id] = set()
        self._write_params(run, trial)
        for name, step, value, when in points:
            if self._is_new(run, name, step):
                self._writer(run).add_scalar(name, value, step, when)
        self._writer(run).flush()
        for file in old:
            file.unlink()

    def report(self, run: Run, report: Report) -> None:
        """Draw the value and the other metrics."""
        writer = self._writer(run)
        for given, value in [(self._curve, report.value), *report.metrics.items()]:
            name = self._metrics.form(given)
            if self._is_new(run, name, report.step):
                writer.add_scalar(name, value, report.step)
        writer.flush()

    def change(self, run: Run, step: int, params: Mapping[str, object]) -> None:
        """Draw changed params; text is shown as text."""
        writer = self._writer(run)
        for one in (part for name, value in params.items() for part in told(name, value)):
            name = f"{PARAM}/{self._params.form(one.name)}"
            if self._is_new(run, name, step):
                if isinstance(one.value, str):
                    writer.add_text(name, one.value, step)
                else:
                    writer.add_scalar(name, float(one.value), step)

    def end(self, run: Run, record: TrialRecord | None) -> None:
        """Write what the folder lacks and how its trial has ended, and close it."""
        from tunebridge_trackers.hyperparameters import write_end

        state = TrialState.INTERRUPTED if record is None else record.state
        if record is not None:
            for report in record.reports:
                self.report(run, report)
            for change in record.changes:
                self.change(run, change.step, {change.name: change.value})
            self._write_end(run, record)
        write_end(self._writer(run), state)
        self._writers.pop(run.id).close()
        self._drawn.pop(run.id, None)
        cards.write(Path(run.id) / CARD, cards.card_of(run, state.name))

    def close(self, study: StudyView) -> None:
        """Note how the study has ended, and the names that were changed."""
        renamed = {**self._params.changed, **self._metrics.changed}
        if renamed:
            text = json.dumps(renamed, ensure_ascii=False)
            self._said.once("names", f"names that it shows badly have other forms: {text}")
        card = cards.read(self._folder / CARD) or {}
        reason = study.result.stop_reason or "closed"
        cards.write(self._folder / CARD, {**card, "state": reason, "renamed": renamed})
        self.abandon()

    def abandon(self) -> None:
        """Close all writers."""
        while self._writers:
            self._writers.popitem()[1].close()
        self._drawn.clear()

    def _made(self, name: str) -> Path:
        """Make a folder for a study; one of its name that has another study stays that one's."""
        number, folder = 2, self._logdir / name
        while True:
            try:
                folder.mkdir()
            except FileExistsError:
                folder, number = self._logdir / f"{name}@{number}", number + 1
            else:
                return folder

    def _writer(self, run: Run) -> SummaryWriter:
        from torch.utils.tensorboard import SummaryWriter

        if run.id not in self._writers:
            self._writers[run.id] = SummaryWriter(run.id)
        return self._writers[run.id]

    def _is_new(self, run: Run, name: str, step: int) -> bool:
        """Return whether a point is not drawn yet, and take in that it is from now on."""
        if run.id not in self._drawn:
            self._drawn[run.id] = {(one, at) for one, at, _, _ in points_of(Path(run.id))}
        drawn = self._drawn[run.id]
        is_new = (name, step) not in drawn
        drawn.add((name, step))
        return is_new

    def _write_params(self, run: Run, trial: Trial) -> None:
        from tunebridge_trackers.hyperparameters import write_begin

        found = [*params_of(self._problem, trial)]
        params = {self._params.form(one.name): one.value for one in found}
        write_begin(self._writer(run), params)
        self._say_cut([one.name for one in found if one.is_cut])

    def _write_end(self, run: Run, record: TrialRecord) -> None:
        end, writer = ended(record), self._writer(run)
        numbers = {f"{FINAL}/{name}": value for name, value in end.values.items()}
        numbers |= {f"{NOTE}/{self._params.form(name)}": value for name, value in end.numbers.items()}
        for name, value in numbers.items():
            writer.add_scalar(name, value, end.step)
        texts = {f"tunebridge/{name}": text for name, text in end.texts.items()}
        texts |= {f"{NOTE}/{self._params.form(name)}": text for name, text in end.notes.items()}
        for name, text in texts.items():
            writer.add_text(name, f"```\n{text}\n```" if "\n" in text else text, end.step)
        self._say_cut(end.cut)

    def _say_cut(self, names: list[str]) -> None:
        if names:
            self._said.once("cut", f"long texts are cut, and say how long they were: {names[0]}")


def points_of(folder: Path) -> Iterator[tuple[str, int, float, float]]:
    """Yield all points of a folder: name, step, value and time, curve by curve."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    for name in reader.Tags()["scalars"]:
        for one in reader.Scalars(name):
            yield name, one.step, one.value, one.wall_time


def _is_of(card: Path, identity: str) -> bool:
    return (cards.read(card) or {}).get("study") == identity


def _is_of_end(name: str) -> bool:
    return name.partition("/")[0] in {FINAL, NOTE}
