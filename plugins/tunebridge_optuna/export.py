"""A result as an `optuna.Study`, in natural units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, create_trial
from optuna.trial import TrialState as NativeState

from tunebridge import (
    AnyParameter,
    Categorical,
    Constant,
    Float,
    Int,
    Node,
    Normal,
    Ordinal,
    Result,
    TrialRecord,
    TrialState,
)
from tunebridge_optuna.quiet import quiet

NORMAL_SDS = 8.0
"""How many sd around the mean the bounds of a Normal span: Optuna has no unbounded distribution."""


STATES = {TrialState.COMPLETE: NativeState.COMPLETE, TrialState.PRUNED: NativeState.PRUNED}
"""Optuna's state of trials that did not fail; the exact one is the user attribute `state`."""


def to_study(result: Result) -> optuna.Study:
    """Return an in-memory study that holds every finished trial of a result, in order.

    A stepped Float is exported without its step, which Optuna would hold against values that differ from its
    own sums by a hair. What Optuna has no field for is in each trial's user attributes: `state`, `backend`,
    `told`, `error` and `seed`.
    """
    with quiet():
        study = optuna.create_study(
            study_name=result.study, directions=[way.value for way in result.problem.directions]
        )
    study.set_user_attr("backend", result.backend)
    study.set_user_attr("seed", result.seed)
    finished = [trial for trial in result.trials if trial.state.is_finished]
    pathed = [_pathed(result, trial) for trial in finished]
    distributions = _distributions(result, pathed)
    study.add_trials(
        [_trial(record, params, distributions) for record, params in zip(finished, pathed, strict=True)]
    )
    return study


def _pathed(result: Result, record: TrialRecord) -> dict[str, Any]:
    """Return the natural values of a trial's params by full path, constants included."""
    pathed = {}

    def keep(node: Node) -> Any:
        pathed[node.path] = _natural(node.parameter, record.params[node.name])
        return record.params[node.name]

    result.problem.space.walk(keep)
    return pathed


def _natural(parameter: AnyParameter, value: Any) -> Any:
    match parameter:
        case Float() | Int() | Normal():
            return value
        case Ordinal() | Categorical():
            return parameter.labels[parameter.index(value)]
        case Constant():
            return repr(parameter.value)
        case _:
            assert_never(parameter)


def _distributions(result: Result, pathed: list[dict[str, Any]]) -> dict[str, BaseDistribution]:
    seen = {
        node.path: [params[node.path] for params in pathed if node.path in params]
        for node in result.problem.space.nodes
    }
    return {node.path: _distribution(node.parameter, seen[node.path]) for node in result.problem.space.nodes}


def _distribution(parameter: AnyParameter, seen: list[Any]) -> BaseDistribution:
    match parameter:
        case Float():
            top = max([parameter.high, *seen])
            return FloatDistribution(parameter.low, top, log=parameter.log)
        case Int():
            return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step or 1)
        case Ordinal() | Categorical():
            return CategoricalDistribution(parameter.labels)
        case Constant():
            return CategoricalDistribution([repr(parameter.value)])
        case Normal():
            ends = [parameter.mean + sign * NORMAL_SDS * parameter.sd for sign in (-1, 1)]
            bounds = [*(map(math.exp, ends) if parameter.log else ends), *seen]
            return FloatDistribution(min(bounds), max(bounds), log=parameter.log)
        case _:
            assert_never(parameter)


def _trial(
    record: TrialRecord, params: dict[str, Any], distributions: Mapping[str, BaseDistribution]
) -> FrozenTrial:
    pruned = record.state is TrialState.PRUNED and bool(record.reports)
    trial = create_trial(
        state=STATES.get(record.state, NativeState.FAIL),
        values=[record.reports[-1].value] if pruned else record.values,
        intermediate_values={report.step: report.value for report in record.reports},
        params=params,
        distributions={path: distributions[path] for path in params},
        user_attrs={
            "state": record.state.name,
            "backend": record.backend,
            "told": record.told,
            "error": record.error,
            "seed": record.seed,
        },
    )
    trial.datetime_start = _local(record.started)
    trial.datetime_complete = _local(record.finished)
    return trial


def _local(moment: datetime | None) -> datetime | None:
    """Return a moment as Optuna keeps them: local time without a zone."""
    return moment and moment.astimezone().replace(tzinfo=None)
