"""Trials as hyperopt keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperopt import Trials
from hyperopt.base import Domain

Document = dict[str, Any]


def new_document(tid: int, vals: Mapping[str, Any], domain: Domain, trials: Trials) -> Document:
    """Return the document of a new trial; every label needs its key, an inactive one has nothing there.

    Args:
        tid: The trial's id, one of `trials.new_trial_ids`.
        vals: The native value of every active label.
        domain: Whose labels they are.
        trials: Where it is to be inserted.
    """
    misc = {
        "tid": tid,
        "cmd": domain.cmd,
        "workdir": domain.workdir,
        "idxs": {label: [tid] if label in vals else [] for label in domain.params},
        "vals": {label: [vals[label]] if label in vals else [] for label in domain.params},
    }
    made: Document = trials.new_trial_docs([tid], [None], [domain.new_result()], [misc])[0]
    return made
