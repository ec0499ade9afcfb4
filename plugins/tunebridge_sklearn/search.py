"""How a search is fitted: all candidates at once, one after the other, or as scikit-learn's own halving.

Backends that do not learn are one call of scikit-learn's own `evaluate_candidates`, so that scores, messages
and callbacks are its own. What learns, prunes, adjusts, is stored or ends by the clock asks a study for one
candidate after the other: in scikit-learn each further call would split again and format everything anew.
"""

from __future__ import annotations

import numbers
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from tunebridge import Backend, ChosenPruner, Limit, Store
from tunebridge.training.rules import Rule
from tunebridge_sklearn.candidates import Plan, candidates
from tunebridge_sklearn.early_stopping import needs_rounds
from tunebridge_sklearn.private import BASE_CONSTRAINTS, Interval, StrOptions, callbacks_of, fit_context
from tunebridge_sklearn.successive import Halving, read_halving
from tunebridge_sklearn.told import ToldSearch

CONSTRAINTS: dict[str, Any] = {
    **BASE_CONSTRAINTS,
    "backend": [str, Backend, Halving, None],
    "pruner": [str, ChosenPruner, None],
    "adjust": [list, tuple, None],
    "storage": [str, Store, None],
    "join": ["boolean"],
    "study": [str, None],
    "max_seconds": [Interval(numbers.Real, 0, None, closed="neither"), None],
    "on_objective_change": [StrOptions({"error", "accept"})],
    "grow": ["boolean", Mapping],
    "limits": "no_validation",
}
"""What scikit-learn checks of the parameters that all search estimators have."""

COMMON = ("scoring", "n_jobs", "refit", "cv", "verbose", "error_score", "return_train_score")
"""The parameters that successive halving has, too."""


class Search(ToldSearch):
    """What the search estimators have in common."""

    def __init__(
        self,
        *,
        backend: str | Backend | Halving | None,
        pruner: str | ChosenPruner | None,
        adjust: Sequence[Rule] | None,
        storage: str | Store | None,
        study: str | None,
        join: bool,
        max_seconds: float | None,
        on_objective_change: Literal["error", "accept"],
        grow: bool | Mapping[str, Any],
        limits: Mapping[str, Limit] | None,
        **common: Any,
    ) -> None:
        """Keep the arguments; scikit-learn's own base keeps the common ones."""
        super().__init__(**common)
        self.backend = backend
        self.pruner = pruner
        self.adjust = adjust
        self.storage = storage
        self.study = study
        self.join = join
        self.max_seconds = max_seconds
        self.on_objective_change = on_objective_change
        self.grow = grow
        self.limits = limits

    @abstractmethod
    def _plan(self) -> Plan:
        """Return what is searched."""

    @fit_context(prefer_skip_nested_validation=False)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search, and refit the best candidate on all data.

        Args:
            X: Shape (n_samples, n_features).
            y: Targets, shape (n_samples,) or (n_samples, n_outputs), or None.
            **params: For the estimator's `fit`, the scorer and the splitter, as in scikit-learn: `groups`,
                `sample_weight` and others.

        Raises:
            ValueError: All fits failed, all candidates were pruned, or an argument does not fit.
            StoreError: The stored study is of other data, splits, scoring or estimator: the message says
                which.
        """
        for of_before in ("confirmation_", "why_"):
            self.__dict__.pop(of_before, None)
        plan, halving = self._plan(), read_halving(self.backend)
        if halving is not None:
            return self._fit_halving(halving, plan, X, y, params)
        if needs_rounds(plan.feedback, self.estimator, params) or self._is_told(plan):
            return self._fit_told(plan, X, y, params)
        found: Self = super().fit(X, y, **params)
        return found

    def _is_told(self, plan: Plan) -> bool:
        """Return whether someone is told of each candidate before the next one, or it is trained by steps."""
        judged = (
            self.pruner,
            self.adjust or None,
            self.storage,
            self.join or None,
            self.max_seconds,
            self.grow or None,
            None if self.limits == {} else self.limits,
            self.confirm,
        )
        by_steps = plan.feedback not in ("auto", "folds")
        told = by_steps or any(one is not None for one in judged)
        return told or not self._backend.spec.capabilities.independent

    def _run_search(self, evaluate_candidates: Any, *, callback_ctx: Any = None) -> None:
        """Evaluate all candidates at once."""
        points = candidates(self._plan(), self._backend, self.estimator)
        context = callback_ctx.subcontext(
            task_name="search", max_subtasks=len(points) * self.n_splits_, sequential_subtasks=False
        ).call_on_fit_task_begin(estimator=self)
        evaluate_candidates(points, callback_ctx=context)
        context.call_on_fit_task_end(estimator=self)

    def _fit_halving(self, halving: Halving, plan: Plan, X: Any, y: Any, params: dict[str, Any]) -> Self:
        """Take over what scikit-learn's own search has found."""
        names = ("pruner", "adjust", "storage", "join", "max_seconds", "grow", "limits", "confirm")
        given = {name: getattr(self, name) for name in names}
        given["feedback"] = None if plan.feedback == "auto" else plan.feedback
        for name, value in given.items():
            if value not in (None, [], (), {}, False):
                raise ValueError(
                    f"{name} has no meaning for {halving.name}, which is scikit-learn's own search"
                )
        common = {name: getattr(self, name) for name in COMMON} | {"random_state": plan.random_state}
        search = halving.make(self.estimator, plan.given, plan.n_trials, common)
        search.set_callbacks(*callbacks_of(self))
        search.fit(X, y, **params)
        found = {name: value for name, value in vars(search).items() if name.endswith("_")}
        self.__dict__.update(found)
        return self
