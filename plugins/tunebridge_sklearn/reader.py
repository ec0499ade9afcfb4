"""`cv_results_` of a fitted search as a history to learn from.

Scores are maximised. Candidates of successive halving that were scored with less than the most resources have
reports and no value: their scores are no scores of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tunebridge import Direction, Limit, ProblemError, Report, StoredStudy, StoredTrial, TrialState

MEAN = "mean_test_"


def read_search(search: Any) -> StoredStudy:
    """Return the candidates of a fitted search, with the scores that it was refitted by.

    Raises:
        ProblemError: It is not fitted, or it has several scores and none that it was refitted by.
    """
    if not hasattr(search, "cv_results_"):
        raise ProblemError(f"{search!r} is not fitted", hint="call fit first")
    refit, limits = getattr(search, "refit", None), getattr(search, "limits", None)
    name = f"{type(search).__name__} of {type(search.estimator).__name__}"
    return _study(name, search.cv_results_, refit if isinstance(refit, str) else None, limits or {})


def read_results(results: Mapping[str, Any]) -> StoredStudy:
    """Return the candidates of `cv_results_`.

    Raises:
        ProblemError: It has no scores, or several.
    """
    return _study("cv_results_", results, None, {})


def _study(
    name: str, results: Mapping[str, Any], metric: str | None, limits: Mapping[str, Limit]
) -> StoredStudy:
    column = _column(name, results, metric)
    candidates, scores = list(results["params"]), [float(score) for score in results[column]]
    used = [int(number) for number in results.get("n_resources", [1] * len(candidates))]
    pruned = results.get("pruned", [False] * len(candidates))
    excluded = results.get("excluded", [""] * len(candidates))
    most = max(used, default=1)
    trials = []
    for place, (params, score, resources) in enumerate(zip(candidates, scores, used, strict=True)):
        is_whole = resources == most and not pruned[place]
        is_number = math.isfinite(score)
        ended = TrialState.COMPLETE if is_whole else TrialState.PRUNED
        reports = () if is_whole or not is_number or resources == most else (Report(resources, score),)
        now = datetime.now(UTC)
        trials.append(
            StoredTrial(
                number=None,
                attempt=place,
                state=ended if is_number or pruned[place] else TrialState.FAILED,
                params=dict(params),
                values=(score,) if is_whole and is_number else None,
                reports=reports,
                started=now,
                finished=now,
                notes={
                    "backend": name,
                    **({"excluded": reason} if (reason := excluded[place]) else {}),
                    **(_measured(results, place, limits) if is_whole and is_number else {}),
                },
            )
        )
    return StoredStudy(name=name, directions=(Direction.MAXIMIZE,), notes={}, trials=tuple(trials))


def _measured(results: Mapping[str, Any], place: int, limits: Mapping[str, Limit]) -> dict[str, Any]:
    """Return the means of a candidate as what it has noted, and those that its search has limited."""
    columns = {name: float(results[name][place]) for name in results if name.startswith("mean_")}
    means = {name: mean for name, mean in columns.items() if math.isfinite(mean)}
    limited = {name: [means[name], one.side, one.bound] for name, one in limits.items() if name in means}
    return {"notes": means, **({"limits": limited} if limited else {})}


def _column(name: str, results: Mapping[str, Any], metric: str | None) -> str:
    """Return the column of the scores that count."""
    known: Sequence[str] = [column for column in results if column.startswith(MEAN)]
    for column in (f"{MEAN}{metric}", f"{MEAN}score", *(known if len(known) == 1 else ())):
        if column in known:
            return column
    raise ProblemError(
        f"{name} has {len(known)} scores, and none that counts: {', '.join(map(repr, known))}",
        hint="give one: {'params': results['params'], 'mean_test_score': results['mean_test_f1']}",
    )
