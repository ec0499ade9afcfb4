"""A file of JSON lines as a store: a whole plugin, written on the public names of tunebridge."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import tunebridge as tb


@tb.hookimpl
def tunebridge_register_stores(register: Callable[[tb.StoreSpec], None]) -> None:
    """Describe the store; it needs nothing but Python."""
    spec = tb.StoreSpec(
        name="jsonlines", summary="JSON lines", open=JsonLines, example="jsonlines:a", exists=_exists
    )
    register(spec)


class JsonLines:
    """One line per event, with the name of its study; a file per study that its writer locks."""

    def __init__(self, url: str) -> None:
        """Name the file; the first claim makes it."""
        self._path, self._study = Path(url.partition(":")[2]).absolute(), ""
        self._lock: IO[str] | None = None
        if not self._path.parent.is_dir():
            raise tb.StoreError(f"there is no folder {self._path.parent}", hint="check the path")

    def studies(self) -> list[str]:
        return [line["name"] for line in self._lines() if line["event"] == "StudyCreated"]

    def load(self, name: str) -> tb.StoredStudy | None:
        study, segments, amendments = None, [], []
        trials: dict[tuple[int | None, int], tb.StoredTrial] = {}
        for line in (line for line in self._lines() if line["study"] == name):
            if line["event"] == "StudyCreated":
                ways = tuple(map(tb.Direction, line["directions"]))
                study = tb.StoredStudy(name=name, directions=ways, notes=line["notes"])
            elif line["event"] == "SegmentBegan":
                segments.append(line["notes"])
            elif line["event"] == "Upgraded" and study is not None:
                number = max(study.notes["format"], line["number"])
                study = replace(study, notes={**study.notes, "format": number})
            elif line["event"] == "Amended":
                amendments.append(line["notes"])
            else:
                new = _trial(line["trial"])
                old = trials.setdefault(new.key, new)
                if line["event"] == "TrialReported":
                    trials[new.key] = replace(old, reports=(*old.reports, tb.Report(**line["report"])))
                elif line["event"] == "TrialCheckpointed":
                    noted = {**old.checkpoints, line["step"]: line["notes"]}
                    trials[new.key] = replace(old, checkpoints=noted)
                elif line["event"] == "TrialEnded":
                    notes, kept = {**old.notes, **new.notes}, old.checkpoints
                    trials[new.key] = replace(new, reports=old.reports, checkpoints=kept, notes=notes)
        tried, said = tuple(trials.values()), tuple(amendments)
        return study and replace(study, segments=tuple(segments), trials=tried, amendments=said)

    def claim(self, name: str) -> None:
        """Lock the study, and cut off an unfinished line that a killed writer may have left."""
        lock = self._path.with_suffix("." + hashlib.sha256(name.encode()).hexdigest())
        self._study, self._lock = name, lock.open("a+", buffering=1)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise tb.StoreError(f"study {name!r} is written to by {lock.read_text()}") from error
        self._lock.truncate(0)
        self._lock.write(f"process {os.getpid()} on {os.uname().nodename} since {datetime.now(UTC)}\n")
        with self._alone():
            os.truncate(self._path, self._path.read_bytes().rfind(b"\n") + 1)

    def append(self, event: tb.Event) -> None:
        if isinstance(event, tb.SegmentBegan):
            event = tb.SegmentBegan(event.notes)  # of the space, notes have all that is needed here
        self._append(
            type(event).__name__, asdict(event.study if isinstance(event, tb.StudyCreated) else event)
        )

    def amend(self, notes: Mapping[str, Any]) -> None:
        self._append("Amended", {"notes": notes})

    def upgrade(self, number: int) -> None:
        self._append("Upgraded", {"number": number})

    def delete(self, name: str) -> None:
        if self.load(name) is None:
            raise tb.StoreError(f"there is no study {name!r}")
        self.claim(name)
        try:
            self._append("Deleted", {})
        finally:
            self.close()

    def _append(self, event: str, fields: Mapping[str, Any]) -> None:
        if self._lock is None:
            raise tb.StoreError("no study is claimed", hint="call claim(name)")
        line = {"study": self._study, "event": event, **fields}
        with self._alone() as file:
            file.write(json.dumps(line, default=lambda value: getattr(value, "name", str(value))) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextmanager
    def _alone(self) -> Iterator[IO[str]]:
        """Wait until no other writer changes the file; it is made if there is none."""
        with self._path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        lines = [json.loads(line) for line in self._path.read_bytes().split(b"\n")[:-1]]
        gone = {line["study"]: place for place, line in enumerate(lines) if line["event"] == "Deleted"}
        return [line for place, line in enumerate(lines) if place > gone.get(line["study"], -1)]


def _exists(url: str) -> bool:
    return Path(url.partition(":")[2]).exists()


def _trial(fields: Mapping[str, Any]) -> tb.StoredTrial:
    times = {key: fields[key] and datetime.fromisoformat(fields[key]) for key in ("started", "finished")}
    reports = tuple(tb.Report(**report) for report in fields["reports"])
    state, values = tb.TrialState[fields["state"]], fields["values"] and tuple(fields["values"])
    return tb.StoredTrial(**{**fields, **times, "state": state, "values": values, "reports": reports})
