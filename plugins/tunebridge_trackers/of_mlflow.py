"""MLflow: one run per trial, nested in the study's, written by run id.

The fluent interface (`mlflow.start_run`, `mlflow.log_metric`) is not used, nor is anything set that it reads:
the user's own active run, URI and experiment stay as they are.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING, Any

from tunebridge import Report, StudyView, Trial, TrialRecord, TrialState
from tunebridge_trackers.ends import Ended, ended, ended_study
from tunebridge_trackers.names import FINAL, NOTE, PARAM, RESERVED, Names
from tunebridge_trackers.options import tags_of, text_of, uri_of
from tunebridge_trackers.reachable import check_reachable
from tunebridge_trackers.said import Said
from tunebridge_trackers.tracker import Run
from tunebridge_trackers.values import cut, params_of, told

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as Known

STATUS = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAILED: "FAILED",
    TrialState.TIMED_OUT: "FAILED",
    TrialState.INTERRUPTED: "KILLED",
}
"""How MLflow shows each state; the state itself is in the tag `tunebridge.state`."""

STUDY, KIND, NUMBER, ATTEMPT = (f"tunebridge.{name}" for name in ("study", "kind", "number", "attempt"))
"""The tags by which a run is found again."""

MAX_TAGS, MAX_METRICS = 100, 1000
"""How many params or tags, and how many metrics MLflow takes in one call."""


class MlflowTracker:
    """Keeps runs in an MLflow store.

    Args:
        options: Of the observer.
    """

    name = "mlflow"

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Check the options."""
        self._uri = uri_of(self.name, options)
        self._experiment_name = text_of(self.name, options, "experiment", "tunebridge")
        self._tags = tags_of(self.name, options)
        self._said = Said(self.name)
        self._params, self._metrics = Names(), Names(RESERVED)
        self._drawn: dict[str, dict[str, dict[int, float]]] = {}

    def open(self, study: StudyView) -> list[Run]:
        """Open the store, which is made if there is none: nobody else has to do that then."""
        self._problem = study.problem
        self._curve = study.problem.metric or "value"
        with _quiet():
            from mlflow import MlflowClient, get_tracking_uri

            check_reachable(self.name, self._uri or get_tracking_uri())
            self._client: MlflowClient = MlflowClient(tracking_uri=self._uri)
            self._experiment = self._experiment_id()
            known = [*self._search(study, "study")]
        self._of_study = {STUDY: study.identity, **self._tags}
        tags = {"tunebridge.name": study.name, "tunebridge.seed": str(study.seed)}
        if known:
            self._parent = known[0].info.run_id
            self._client.update_run(self._parent, status="RUNNING")
        else:
            tags |= {KIND: "study", **self._of_study}
            self._parent = self._client.create_run(
                self._experiment, tags=tags, run_name=study.name
            ).info.run_id
        self._set_tags(self._parent, {"tunebridge.backend": study.backend})
        return [_read(run) for run in self._search(study, "trial")]

    def begin(self, trial: Trial) -> str:
        """Create a run with its params: MLflow changes none of them later."""
        from mlflow.entities import Param

        found = [*params_of(self._problem, trial)]
        params = [Param(self._params.form(one.name), str(one.value)) for one in found]
        tags = {
            KIND: "trial",
            NUMBER: str(trial.number),
            ATTEMPT: str(trial.attempt),
            "tunebridge.seed": str(trial.seed),
            "mlflow.parentRunId": self._parent,
            **self._of_study,
        }
        name = f"trial {trial.number}" + (f", attempt {trial.attempt}" if trial.attempt else "")
        run: str = self._client.create_run(self._experiment, tags=tags, run_name=name).info.run_id
        self._drawn[run] = {}
        for start in range(0, len(params), MAX_TAGS):
            self._client.log_batch(run, params=params[start : start + MAX_TAGS])
        self._say_cut(run, [one.name for one in found if one.is_cut])
        return run

    def go_on(self, run: Run, trial: Trial) -> None:
        """Let a run be running again."""
        self._client.update_run(run.id, status="RUNNING")
        self._set_tags(run.id, {ATTEMPT: str(trial.attempt)})

    def report(self, run: Run, report: Report) -> None:
        """Log the value and the other metrics in one call."""
        self._draw(run, self._points(report))

    def change(self, run: Run, step: int, params: Mapping[str, object]) -> None:
        """Log changed params as metrics; text as a tag, which names the step."""
        parts = [part for name, value in params.items() for part in told(name, value)]
        numbers = [(one.name, float(one.value)) for one in parts if not isinstance(one.value, str)]
        self._draw(run, [(f"{PARAM}/{self._params.form(name)}", step, value) for name, value in numbers])
        texts = [one for one in parts if isinstance(one.value, str)]
        self._set_tags(
            run.id,
            {f"{PARAM}.{self._params.form(one.name)}": f"{one.value}, after step {step}" for one in texts},
        )

    def end(self, run: Run, record: TrialRecord | None) -> None:
        """Log what the run lacks, and terminate it."""
        if record is None:
            self._set_tags(run.id, {"tunebridge.state": TrialState.INTERRUPTED.name})
            self._client.set_terminated(run.id, STATUS[TrialState.INTERRUPTED])
            return
        end = ended(record)
        self._draw(run, [point for report in record.reports for point in self._points(report)])
        for change in record.changes:
            self.change(run, change.step, {change.name: change.value})
        numbers = {f"{FINAL}/{name}": value for name, value in end.values.items()}
        numbers |= {f"{NOTE}/{self._params.form(name)}": value for name, value in end.numbers.items()}
        self._draw(run, [(name, end.step, value) for name, value in numbers.items()], at=end.finished)
        self._set_tags(run.id, self._tags_of(end))
        self._say_cut(run.id, end.cut)
        self._client.set_terminated(run.id, STATUS[record.state], end_time=end.finished)
        self._drawn.pop(run.id, None)

    def close(self, study: StudyView) -> None:
        """Terminate the study's run, with its best value and the names that were changed."""
        end = ended_study(study.result)
        self._set_tags(self._parent, {f"tunebridge.{name}": text for name, text in end.texts.items()})
        renamed = {**self._params.changed, **self._metrics.changed}
        if renamed:
            text = json.dumps(renamed, ensure_ascii=False)
            self._set_tags(self._parent, {"tunebridge.renamed": cut(text)})
            self._said.once("names", f"names that it refuses have other forms: {text}")
        for name, value in end.values.items():
            self._client.log_metric(self._parent, f"{FINAL}/{name}", value, step=end.n_trials)
        self._client.set_terminated(self._parent, STATUS[end.state])
        self.abandon()

    def abandon(self) -> None:
        """Forget what was drawn; there is nothing to close."""
        self._drawn.clear()

    def _points(self, report: Report) -> list[tuple[str, int, float]]:
        """Return what a report draws: name, step, value."""
        values = [(self._curve, report.value), *report.metrics.items()]
        return [(self._metrics.form(name), report.step, value) for name, value in values]

    def _draw(self, run: Run, points: Sequence[tuple[str, int, float]], at: int | None = None) -> None:
        """Log points that the run has not got: name, step, value."""
        from mlflow.entities import Metric

        now = round(time() * 1000) if at is None else at
        fresh = []
        for name, step, value in points:
            drawn = self._known(run.id, name)
            if drawn.get(step) != value:
                fresh.append(Metric(name, float(value), now, int(step)))
                drawn[step] = value
        for start in range(0, len(fresh), MAX_METRICS):
            self._client.log_batch(run.id, metrics=fresh[start : start + MAX_METRICS])

    def _known(self, run: str, name: str) -> dict[int, float]:
        """Return the points of a curve by step; those of a run of an earlier time are read once."""
        if run not in self._drawn:
            metrics = self._client.get_run(run).data.metrics
            self._drawn[run] = {
                one: {point.step: point.value for point in self._client.get_metric_history(run, one)}
                for one in metrics
            }
        return self._drawn[run].setdefault(name, {})

    def _tags_of(self, end: Ended) -> dict[str, str]:
        notes = {f"{NOTE}.{self._params.form(name)}": text for name, text in end.notes.items()}
        return {**{f"tunebridge.{name}": text for name, text in end.texts.items()}, **notes}

    def _set_tags(self, run: str, tags: Mapping[str, str]) -> None:
        from mlflow.entities import RunTag

        listed = [RunTag(name, text) for name, text in tags.items()]
        for start in range(0, len(listed), MAX_TAGS):
            self._client.log_batch(run, tags=listed[start : start + MAX_TAGS])

    def _say_cut(self, run: str, names: Sequence[str]) -> None:
        if names:
            self._set_tags(run, {"tunebridge.cut": cut(", ".join(names))})
            self._said.once("cut", f"long texts are cut, and the tag tunebridge.cut names them: {names[0]}")

    def _experiment_id(self) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(self._experiment_name)
        if found is not None:
            return str(found.experiment_id)
        try:
            return str(self._client.create_experiment(self._experiment_name))
        except MlflowException:
            found = self._client.get_experiment_by_name(self._experiment_name)
            if found is None:
                raise
            return str(found.experiment_id)

    def _search(self, study: StudyView, kind: str) -> Iterator[Known]:
        """Yield all runs of one kind that belong to a study, in the order in which they began."""
        wanted = f"tags.`{STUDY}` = '{study.identity}' and tags.`{KIND}` = '{kind}'"
        token: str | None = ""
        while token is not None:
            page = self._client.search_runs(
                [self._experiment], wanted, order_by=["attribute.start_time ASC"], page_token=token or None
            )
            yield from page
            token = page.token or None


def _read(run: Known) -> Run:
    tags, info = run.data.tags, run.info
    number, attempt = int(tags[NUMBER]), int(tags[ATTEMPT])
    return Run(id=info.run_id, number=number, attempt=attempt, is_open=info.status == "RUNNING")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings to themselves that MLflow's own use of SQLAlchemy causes as it is loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
