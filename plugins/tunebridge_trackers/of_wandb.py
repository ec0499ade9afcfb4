"""Weights & Biases, offline: the run of a trial is written when the trial has ended, whole or not at all.

A run whose process is gone before `finish` keeps nothing of what was logged. So all of it is kept here until
the end, and a process of its own writes it: `wandb`'s service, threads and settings are in that one alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tunebridge import Report, StudyView, Trial, TrialRecord, TrialState
from tunebridge_trackers import cards
from tunebridge_trackers.ends import ended
from tunebridge_trackers.names import FINAL, NOTE, PARAM, RESERVED, Names
from tunebridge_trackers.options import folder_of, project_of, text_of
from tunebridge_trackers.said import Said
from tunebridge_trackers.tracker import Run
from tunebridge_trackers.values import params_of, told

EXIT_CODES = {
    TrialState.COMPLETE: 0,
    TrialState.PRUNED: 0,
    TrialState.FAILED: 1,
    TrialState.TIMED_OUT: 1,
    TrialState.INTERRUPTED: 255,
}
"""How a run is finished in each state, which is a tag of the run besides; 255 is what Ctrl-C leaves."""

STEP = "step"
"""The key of the step that was reported; W&B's own counts rows, and takes none that goes back."""

STARTING_SECONDS, RUN_SECONDS = 120.0, 10.0
"""How long the process that writes may take for nothing, and for each run."""


class WandbTracker:
    """Keeps runs as W&B's offline folders.

    Args:
        options: Of the observer.
    """

    name = "wandb"

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Check the options."""
        self._project = project_of(self.name, options)
        self._entity = text_of(self.name, options, "entity", "") if "entity" in options else None
        self._dir = Path(folder_of(self.name, options, "dir", "."))
        self._said = Said(self.name)
        self._params, self._metrics = Names(), Names({*RESERVED, STEP})
        self._writer: subprocess.Popen[bytes] | None = None
        self._n_sent = 0

    def open(self, study: StudyView) -> list[Run]:
        """Start the process that writes, and find the cards of earlier runs."""
        self._problem, self._study = study.problem, study.name
        self._curve = study.problem.metric or "value"
        self._identity = re.sub(r"[^A-Za-z0-9_-]", "_", study.identity)
        self._folder = self._dir / "wandb" / "tunebridge" / self._identity
        self._folder.mkdir(parents=True, exist_ok=True)
        self._log = self._folder / "writer.log"
        kept = [card for card in map(cards.read, sorted(self._folder.glob("*.json"))) if card is not None]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("WANDB_")}
        with self._log.open("wb") as log:
            self._writer = subprocess.Popen(
                [sys.executable, "-m", "tunebridge_trackers.wandb_writer", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        return [cards.run_of(card) for card in kept]

    def begin(self, trial: Trial) -> str:
        """Note that the run is to be written."""
        run = Run(
            id=f"{self._identity}-{trial.number}-{trial.attempt}", number=trial.number, attempt=trial.attempt
        )
        self._note(run)
        return run.id

    def go_on(self, run: Run, trial: Trial) -> None:
        """Note that the run is to be written anew."""
        self._note(run)

    def report(self, run: Run, report: Report) -> None:
        """Do nothing: the record has all reports."""

    def change(self, run: Run, step: int, params: Mapping[str, object]) -> None:
        """Do nothing: the record has all changes."""

    def end(self, run: Run, record: TrialRecord | None) -> None:
        """Have the run written."""
        state = TrialState.INTERRUPTED if record is None else record.state
        words = {
            "id": run.id,
            "name": f"trial {run.number}" + (f", attempt {run.attempt}" if run.attempt else ""),
            "group": self._study,
            "project": self._project,
            "entity": self._entity,
            "tags": [state.name],
            "exit_code": EXIT_CODES[state],
            "card": cards.card_of(run, state.name),
            "config": {"tunebridge": {"number": run.number, "attempt": run.attempt, "study": self._identity}},
            "started": None,
            "stamp": f"{datetime.now():%Y%m%d_%H%M%S}",
            "rows": [],
            "summary": {},
        }
        self._send(words if record is None else words | self._of_record(run, record, words["config"]))

    def close(self, study: StudyView) -> None:
        """Wait until all runs are written."""
        renamed = {**self._params.changed, **self._metrics.changed}
        if renamed:
            text = json.dumps(renamed, ensure_ascii=False)
            self._said.once("names", f"names that other trackers refuse have other forms: {text}")
        writer, self._writer = self._writer, None
        if writer is not None:
            self._wait(writer, STARTING_SECONDS + RUN_SECONDS * self._n_sent)

    def abandon(self) -> None:
        """Let the process end with what it has got."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                self._wait(writer, RUN_SECONDS)
            except RuntimeError:
                return

    def _note(self, run: Run) -> None:
        cards.write(self._folder / f"{run.id}.json", cards.card_of(run, cards.RUNNING))

    def _of_record(self, run: Run, record: TrialRecord, config: Any) -> dict[str, Any]:
        end = ended(record)
        params = [*params_of(self._problem, record.params)]
        long = [one.name for one in params if one.is_cut] + end.cut
        if long:
            self._said.once("cut", f"long texts are cut, and say how long they were: {long[0]}")
        notes = (end.numbers | end.notes).items()
        return {
            "config": {**config, **{self._params.form(one.name): one.value for one in params}},
            "started": record.started.timestamp(),
            "rows": self._rows(record),
            "summary": {
                **{f"{FINAL}/{name}": value for name, value in end.values.items()},
                **{f"tunebridge/{name}": text for name, text in end.texts.items()},
                **{f"{NOTE}/{self._params.form(name)}": note for name, note in notes},
            },
        }

    def _rows(self, record: TrialRecord) -> list[dict[str, Any]]:
        """Return what is drawn at each step: the report, and what changed after it."""
        rows: dict[int, dict[str, Any]] = {}
        for report in record.reports:
            row = rows.setdefault(
                report.step, {STEP: report.step, self._metrics.form(self._curve): report.value}
            )
            row |= {self._metrics.form(name): value for name, value in report.metrics.items()}
        for change in record.changes:
            row = rows.setdefault(change.step, {STEP: change.step})
            row |= {
                f"{PARAM}/{self._params.form(one.name)}": one.value for one in told(change.name, change.value)
            }
        return [*rows.values()]

    def _send(self, words: Mapping[str, Any]) -> None:
        """Hand a run to the process that writes.

        Raises:
            RuntimeError: It has ended.
        """
        writer = self._writer
        if writer is None or writer.stdin is None:
            raise RuntimeError("the process that writes W&B's files is not there")
        try:
            writer.stdin.write(json.dumps(words).encode() + b"\n")
            writer.stdin.flush()
        except OSError as error:
            raise RuntimeError(f"the process that writes W&B's files has ended: {self._last()}") from error
        self._n_sent += 1

    def _wait(self, writer: subprocess.Popen[bytes], seconds: float) -> None:
        """Let the process come to its end.

        Raises:
            RuntimeError: It has failed, or takes too long.
        """
        try:
            writer.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            writer.kill()
            writer.communicate()
            raise RuntimeError(f"writing W&B's files takes over {seconds:g} s") from error
        if writer.returncode:
            raise RuntimeError(f"writing W&B's files has failed: {self._last()}")

    def _last(self) -> str:
        """Return what the process has said last."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it has said nothing"
