"""A result as an `optuna.Study`, in natural units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, create_trial

from tunebridge import Result, TrialRecord, TrialState, to_natural
from tunebridge.result.given import check_result
from tunebridge_optuna import records, reports
from tunebridge_optuna.natural import distributions, fitted
from tunebridge_optuna.quiet import quiet


def to_study(result: Result) -> optuna.Study:
    """Return an in-memory study that holds every finished trial of a result, in order.

    What Optuna has no field for is in each trial's user attributes: `state`, `backend`, `told`, `error` and
    `seed`, and every note under its own name, or as `note:state` if it has one of these. A trial that is
    excluded has failed to Optuna, so that it is best nowhere; `excluded` says why, and `values` what it had.
    Limits are constraints: by how much a trial is beyond each.
    """
    check_result("to_study", result)
    with quiet():
        study = optuna.create_study(
            study_name=result.study, directions=[way.value for way in result.problem.directions]
        )
    study.set_user_attr("backend", result.backend)
    study.set_user_attr("seed", result.seed)
    space = result.problem.space
    finished = [trial for trial in result.trials if trial.state.is_finished]
    pathed = [to_natural(space, trial.params) for trial in finished]
    ranges = {
        path: fitted(native, [params[path] for params in pathed if path in params])
        for path, native in distributions(space).items()
    }
    study.add_trials(
        [_trial(record, params, ranges) for record, params in zip(finished, pathed, strict=True)]
    )
    return study


def _trial(
    record: TrialRecord, params: dict[str, Any], ranges: Mapping[str, BaseDistribution]
) -> FrozenTrial:
    ours: dict[str, Any] = {
        "state": record.state.name,
        "backend": record.backend,
        "told": record.told,
        "error": record.error,
        "seed": record.seed,
    }
    if record.excluded is not None:
        ours |= {records.EXCLUDED: record.excluded, "values": record.values and [*record.values]}
        record = replace(record, state=TrialState.FAILED, values=None)
    taken = {*ours, records.EXCLUDED}
    notes = {f"note:{name}" if name in taken else name: note for name, note in record.notes.items()}
    trial = create_trial(
        state=records.native_state(record.state),
        values=records.native_values(record),
        intermediate_values={report.step: report.value for report in record.reports},
        params=params,
        distributions={path: ranges[path] for path in params},
        user_attrs={**ours, **notes, **reports.attributes_of(record.reports), records.NATURAL: True},
        constraints={name: one.excess for name, one in record.limits.items()},
    )
    trial.datetime_start = records.local_time(record.started)
    trial.datetime_complete = record.finished and records.local_time(record.finished)
    return trial
