"""Confirms the best candidates of a search on other splits than those that chose them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.model_selection import check_cv

from tunebridge import Trial
from tunebridge.display.brief import brief
from tunebridge_sklearn.evaluation import Evaluation
from tunebridge_sklearn.fold import split

SPLITS = 10
"""How many times the data are split anew, unless another number is given."""

TOP = 5
"""How many candidates are confirmed, unless another number is given."""

SHUFFLE = "give a splitter that draws its splits, such as cv=StratifiedKFold(5, shuffle=True, random_state=0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `confirm` asks for."""

    top: int
    """How many candidates."""
    splits: int
    """How many times the data are split anew."""

    @property
    def seeds(self) -> list[int]:
        """The random states of the splits; none that anybody would have given to a splitter by hand."""
        return [int(seed) for seed in np.random.SeedSequence([20, 4]).generate_state(self.splits)]


def read_confirm(given: Any) -> Asked | None:
    """Return what `confirm` of a search asks for; None if it does not.

    Raises:
        ValueError: It is neither a number of candidates nor a dict of `top` and `splits`.
    """
    if given is None:
        return None
    wanted = given if isinstance(given, Mapping) else {"top": given}
    unknown = [name for name in wanted if name not in ("top", "splits")]
    numbers = {"top": TOP, "splits": SPLITS, **wanted}
    wrong = [
        one for one in numbers.values() if isinstance(one, bool) or not isinstance(one, int | np.integer)
    ]
    if unknown or wrong or numbers["top"] < 1 or numbers["splits"] < 2:
        raise ValueError(
            "confirm must be how many of the best candidates are confirmed, or a dict such as "
            f"{{'top': {TOP}, 'splits': {SPLITS}}} with top >= 1 and splits >= 2, got {given!r}"
        )
    return Asked(top=int(numbers["top"]), splits=int(numbers["splits"]))


def drawing(cv: Any, y: Any, estimator: BaseEstimator) -> Any:
    """Return a splitter that draws other splits by its `random_state`, of the kind that a search has.

    A number of folds, or none, stands for folds that are shuffled: those of the search are not.

    Raises:
        ValueError: It draws nothing, so that there are no other splits.
    """
    splitter = deepcopy(check_cv(cv, y, classifier=is_classifier(estimator)))
    if cv is None or isinstance(cv, int | np.integer):
        splitter.shuffle = True
    if not hasattr(splitter, "random_state") or not getattr(splitter, "shuffle", True):
        raise ValueError(
            f"confirm needs other splits than those that chose, and cv={brief(cv)} always gives the same; "
            f"{SHUFFLE}, or a number of folds, which are then shuffled"
        )
    return splitter


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshSplits:
    """The objective of a confirmation: a candidate, cross-validated on splits that its seed draws."""

    fingerprint_version: ClassVar[int] = 1
    """Raised when the same inputs get other scores."""
    evaluation: Evaluation
    """That of the search."""
    splitter: Any
    """Draws splits by its `random_state`."""
    params: Mapping[str, Any]
    """Of the splitter."""

    def __call__(self, trial: Trial) -> float:
        """Cross-validate a candidate; nobody judges it on the way."""
        splitter = deepcopy(self.splitter)
        splitter.random_state = trial.seed
        setting = self.evaluation.setting
        splits = split(splitter, self.evaluation.estimator, setting.X, setting.y, self.params)
        return replace(self.evaluation, setting=replace(setting, splits=splits), reports=False)(trial)

    def fingerprint(self) -> Mapping[str, Any]:
        """Return what the value depends on, by name."""
        return {**self.evaluation.fingerprint(), "cv": repr(self.splitter), "split params": self.params}

    @property
    def no_checkpoints(self) -> str:
        """Why a trial writes no checkpoint; empty if it does."""
        return self.evaluation.no_checkpoints
