"""Keeps a file of JSON lines per trial: a whole tracker as an observer, on the public names."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tunebridge as tb


@tb.hookimpl
def tunebridge_register_observers(register: Callable[[tb.ObserverSpec], None]) -> None:
    """Describe the observer."""
    register(
        tb.ObserverSpec(
            name="lines", summary="a file of JSON lines per trial", open=Lines, options=("folder",)
        )
    )


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a run."""
    for line in file.read_text("utf-8").splitlines():
        yield json.loads(line)


class Lines:
    """Writes down what happens to each trial, and what it lacks when it ends."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Take the folder; nothing is made before the study has begun."""
        self._folder = Path(options.get("folder", "runs"))
        self._params: dict[int, dict[str, Any]] = {}
        self._steps: dict[int, int] = {}

    @tb.hookimpl
    def tunebridge_study_started(self, study: tb.StudyView) -> None:
        """Find the runs of earlier calls, and end those that were cut short."""
        self._study, self._space = study.identity, study.problem.space
        self._folder.mkdir(parents=True, exist_ok=True)
        for record in study.result.trials:
            last = self._last(record.number)
            if last is not None and not _ended(last) and record.state is not tb.TrialState.RUNNING:
                self._end(last, record)

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: tb.Trial) -> dict[str, str]:
        """Begin a file, or go on in the last one from a checkpoint."""
        file = self._last(trial.number) if trial.resumed_step is not None else None
        if file is None:
            file = self._folder / f"{self._study}-{trial.number}-{trial.attempt}"
            natural = tb.to_natural(self._space, trial)
            _write(file, params={name: _plain(name, trial[name], natural) for name in trial})
        _write(file, attempt=trial.attempt)
        self._params[trial.number] = dict(trial)
        return {"lines": file.name}

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
        """Write a report, and the params that had changed before it."""
        file, known = self._last(trial.number), self._params[trial.number]
        for name in [name for name in trial if trial[name] is not known[name]]:
            _write(file, step=self._steps[trial.number], changed=name, to=trial[name])
        _write(file, step=report.step, value=report.value)
        self._params[trial.number], self._steps[trial.number] = dict(trial), report.step

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        """End the file."""
        self._end(self._last(trial.number), trial)

    def _end(self, file: Path | None, record: tb.TrialRecord) -> None:
        """Write what a file lacks, and how the trial has ended."""
        if file is None:
            return
        if [one["attempt"] for one in read(file) if "attempt" in one][-1] != record.attempt:
            _write(file, state="INTERRUPTED")
            return
        for report in record.reports:
            _write(file, step=report.step, value=report.value)
        for one in record.changes:
            _write(file, step=one.step, changed=one.name, to=one.value)
        _write(file, state=record.state.name, final=record.value)

    def _last(self, number: int) -> Path | None:
        """Return the file of the last attempt at a trial that began anew."""
        files = self._folder.glob(f"{self._study}-{number}-*")
        return max(files, key=lambda file: int(file.name.rpartition("-")[2]), default=None)


def _ended(file: Path) -> bool:
    events = [*read(file)]
    return "state" in events[-1]


def _plain(name: str, value: Any, natural: Mapping[str, Any]) -> Any:
    """Return a param as JSON has it, or the label of its choice."""
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return natural.get(name, repr(value))


def _write(file: Path | None, **event: Any) -> None:
    """Write an event, unless it is there: what comes after a checkpoint may come again."""
    if file is not None and not (file.exists() and event in [*read(file)]):
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(event) + "\n")
