"""The fit of a search that learns, prunes, adjusts, is stored or ends by the clock."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any, Literal, Self

from sklearn.base import clone
from sklearn.utils import indexable
from sklearn.utils.parallel import Parallel

from tunebridge import (
    Backend,
    ChosenPruner,
    Limit,
    NoAllowedTrialError,
    Problem,
    ProblemError,
    Reading,
    Result,
    Store,
    StoreError,
    TranslationError,
    TrialRecord,
    backend,
    confirm,
    default_backend,
    open_study,
    printable,
    pruner,
)
from tunebridge.display.printable import logger_of
from tunebridge.logs import muted
from tunebridge.stores.stored_problem import noting_changes_at_the_end
from tunebridge.training.rules import Rule
from tunebridge_sklearn.candidates import Plan
from tunebridge_sklearn.changes import check_steps
from tunebridge_sklearn.choosing import choose, stored
from tunebridge_sklearn.confirming import FreshSplits, drawing, read_confirm
from tunebridge_sklearn.early_stopping import needs_rounds
from tunebridge_sklearn.evaluation import Evaluation
from tunebridge_sklearn.fold import Setting, Task, candidate, split
from tunebridge_sklearn.known import Check
from tunebridge_sklearn.limits import check_limits, ranks
from tunebridge_sklearn.lockstep import Lockstep
from tunebridge_sklearn.private import (
    BaseSearchCV,
    check_method_params,
    insert_error_scores,
    metrics,
    scorers_by_name,
    warn_or_raise_about_fit_failures,
)
from tunebridge_sklearn.results import Rows, Schedule, collect
from tunebridge_sklearn.training import Procedure, Training

logger = logger_of(__name__)

HINTS = {
    "as history=": 'name both: storage="sqlite:///tune.db", study="svm"',
    "(--grow": "if candidates of before may stand beside those of a larger space: grow=True, or what new "
    'params were in them, grow={"model__C": 1.0}; else name another study',
    "on_lossy": "choose a backend that keeps the space as it is, such as hyperopt:tpe or sklearn:random; "
    "or declare it without what is lost, such as weights",
    "on_objective_change": "name another study; if the search is still the same, "
    'on_objective_change="accept" goes on with it',
    "on_space_change": "name another study",
}
"""By what a hint of `tunebridge.tune` names, what to say to those who have no such argument."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What `fit` was given, checked."""

    X: Any
    """Shape (n_samples, n_features)."""
    y: Any
    """Targets, or None."""
    routed: Any
    """Parameters of the estimator's `fit`, the scorer and the splitter."""
    metadata: Mapping[str, Any] | None
    """What scikit-learn's callbacks get."""

    @property
    def called(self) -> dict[str, Any]:
        """Arguments of a callback that is about all data."""
        return {"X": self.X, "y": self.y, "metadata": self.metadata}


class ToldSearch(BaseSearchCV):  # type: ignore[misc]  # scikit-learn has no annotations
    """A search whose candidates are asked for one after the other."""

    backend: Any
    pruner: str | ChosenPruner | None
    adjust: Sequence[Rule] | None
    storage: str | Store | None
    study: str | None
    join: bool
    max_seconds: float | None
    on_objective_change: Literal["error", "accept"]
    grow: bool | Mapping[str, Any]
    limits: Mapping[str, Limit] | None
    confirm: int | Mapping[str, int] | None = None

    def _fit_told(self, plan: Plan, X: Any, y: Any, params: dict[str, Any]) -> Self:
        """Search, and refit the best candidate on all data."""
        scorers, metric = self._get_scorers()
        inputs = self._inputs(X, y, params)
        context = self._init_callback_context(max_subtasks=1 + (self.refit is not False))
        context.call_on_fit_task_begin(estimator=self, **inputs.called)
        chosen = self._backend
        evaluation = self._evaluation(plan, chosen, inputs, scorers)
        fresh = self._fresh(evaluation, inputs)
        # The last fit, too, changes what callbacks have recorded: in the next call they are the same.
        with noting_changes_at_the_end():
            result = self._searched(plan, chosen, evaluation, context, inputs)
            self.why_ = result.why
            train, limited = self.return_train_score, evaluation.limited
            rows = collect(result.trials, evaluation.reading, train=train, limited=limited)
            metric = self._found(rows, metric)
            self._check_allowed(result)
            self._choose_best(metric, self._confirmed(result, rows, fresh))
            if self.refit:
                schedule = rows.schedules[self.best_index_]
                self._refit(evaluation.setting.procedure, schedule, inputs, context)
        self.scorer_ = scorers_by_name(scorers)
        context.call_on_fit_task_end(estimator=self, **inputs.called)
        return self

    def _inputs(self, X: Any, y: Any, params: dict[str, Any]) -> Inputs:
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        weights = params.get("sample_weight")
        metadata = None if weights is None else {"sample_weight": weights}
        return Inputs(X, y, self._get_routed_params_for_fit(params), metadata)

    @property
    def _backend(self) -> Backend:
        """Return the backend by which the search asks."""
        if self.backend is not None:
            return backend(self.backend)
        seed = getattr(self, "random_state", None)
        return default_backend(self.storage, self.study, seed=seed if isinstance(seed, int) else None)

    def _evaluation(self, plan: Plan, chosen: Backend, inputs: Inputs, scorers: Any) -> Evaluation:
        reading = plan.read(chosen, self.estimator)
        judge = None if self.pruner is None else pruner(self.pruner)
        names = {node.name for node in reading.space.nodes}
        procedure = self._procedure(plan, names, judge, inputs)
        if self.adjust:
            check_steps(self.estimator, procedure)
        setting = Setting(
            X=inputs.X,
            y=inputs.y,
            splits=self._splits(inputs),
            scorer=scorers,
            procedure=procedure,
            fit_params=inputs.routed.estimator.fit,
            score_params=inputs.routed.scorer.score,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
        )
        return Evaluation(
            estimator=clone(self.estimator),
            reading=reading,
            setting=setting,
            metric=self.refit if isinstance(self.refit, str) else None,
            reports=judge is not None or bool(self.adjust),
            paired=judge is not None and judge.spec.paired,
            limited=self._limited(scorers),
        )

    def _limited(self, scorers: Any) -> tuple[str, ...]:
        """Return the means that are limited.

        Raises:
            ValueError: One of them cannot be.
        """
        names = None if callable(self.scoring) else metrics(scorers) or ("score",)
        limits = {} if self.limits is None else self.limits
        check_limits(limits, names, train=self.return_train_score)
        return tuple(limits)

    def _procedure(
        self, plan: Plan, names: set[str], judge: ChosenPruner | None, inputs: Inputs
    ) -> Procedure:
        """Return how models are trained: as they were in a stored search that goes on."""
        # A pruner that tests in pairs wants folds: the scores of one model's epochs are no sample.
        by_folds = judge.spec.paired if judge is not None else not self.adjust
        by_rounds = needs_rounds(plan.feedback, self.estimator, inputs.routed.estimator.fit)
        if plan.feedback == "auto" and by_folds and not by_rounds:
            return Procedure()
        before = stored(self.storage, plan.name(self.study), plan.feedback, self.estimator)
        if before is not None:
            return before
        return choose(plan.feedback, self.estimator, names, Check(inputs.X, inputs.y))

    def _on_duplicate(self, chosen: Backend) -> Literal["allow", "resample"]:
        """Return what becomes of a candidate that was evaluated before; who shares a search asks nobody."""
        return "allow" if chosen.spec.capabilities.independent or self.join else "resample"

    def _splits(self, inputs: Inputs) -> list[tuple[Any, Any]]:
        """Split once for all candidates."""
        splits = split(self.cv, self.estimator, inputs.X, inputs.y, inputs.routed.splitter.split)
        self.n_splits_ = len(splits)
        return splits

    def _searched(
        self, plan: Plan, chosen: Backend, evaluation: Evaluation, context: Any, inputs: Inputs
    ) -> Result:
        """Run the study, and return what it has found."""
        plan.check_limited(chosen, self.max_seconds)
        around = context.subcontext(task_name="search", max_subtasks=None, sequential_subtasks=False)
        around.call_on_fit_task_begin(estimator=self)
        with (
            _own_hints(),
            nullcontext()
            if self.verbose
            else muted("tunebridge.study.loaded_study", "tunebridge.study.resuming"),
            Parallel(
                pre_dispatch=self.pre_dispatch, **evaluation.setting.procedure.jobs(self.n_jobs)
            ) as parallel,
            open_study(
                Problem(evaluation, evaluation.reading.space, direction="maximize", limits=self.limits or {}),
                backend=chosen,
                n_trials=plan.n_trials,
                max_seconds=self.max_seconds,
                seed=plan.seed,
                pruner=self.pruner,
                adjust=self.adjust or (),
                storage=self.storage,
                study=self.study,
                join=self.join,
                on_objective_change=self.on_objective_change,
                grow=self.grow,
                on_duplicate=self._on_duplicate(chosen),
            ) as study,
        ):
            Lockstep(
                study=study,
                evaluation=evaluation,
                parallel=parallel,
                tasks=self._tasks(around),
                ended=partial(self._announce, evaluation.reading),
            ).run()
        around.call_on_fit_task_end(estimator=self)
        self._warn_of_faults(study.result.trials)
        return study.result

    def _fresh(self, evaluation: Evaluation, inputs: Inputs) -> FreshSplits | None:
        """Return the objective on other splits, if the best candidates are to be confirmed.

        Raises:
            ValueError: They cannot be; it is said before anything is run.
        """
        if read_confirm(self.confirm) is None:
            return None
        if callable(self.refit):
            raise ValueError("confirm chooses the best candidate, and so does refit, which is a function")
        if self.adjust:
            raise ValueError("confirm has no meaning for candidates whose params rules change as they train")
        if self.join:
            raise ValueError(
                "confirm has no meaning for a search that is shared: when it is done, fit it once more with "
                "join=False and confirm, and it goes on with what all have found"
            )
        splitter = drawing(self.cv, inputs.y, self.estimator)
        alone = replace(evaluation, n_jobs=self.n_jobs)
        return FreshSplits(evaluation=alone, splitter=splitter, params=inputs.routed.splitter.split)

    def _confirmed(self, result: Result, rows: Rows, fresh: FreshSplits | None) -> int | None:
        """Confirm the best candidates, and return the row of the winner; None if nothing is to be confirmed.

        Raises:
            NoCompleteTrialError: All of them have failed, or it was interrupted.
        """
        asked = read_confirm(self.confirm)
        if fresh is None or asked is None:
            return None
        problem = replace(result.problem, objective=fresh)
        self.confirmation_ = confirm(
            replace(result, problem=problem),
            top=asked.top,
            seeds=asked.seeds,
            storage=self.storage,
            on_objective_change=self.on_objective_change,
        )
        if self.verbose:
            print(printable(f"[CV] {self.confirmation_.verdict}"))
        return rows.numbers.index(self.confirmation_.winner.number)

    def _warn_of_faults(self, trials: Sequence[TrialRecord]) -> None:
        """Say that rules have raised: their candidates went on without the change."""
        faults = [fault for one in trials for fault in one.faults]
        if faults:
            logger.warning(
                "rules raised %d times, and changed nothing then; first: %s", len(faults), faults[0]
            )

    def _tasks(self, context: Any) -> Iterator[Task]:
        """Yield a callback context for each step of each fold."""
        for number in count():
            yield Task(context.subcontext(task_name="candidate-split-evaluation", task_id=number), self)

    def _announce(self, reading: Reading, record: TrialRecord) -> None:
        """Say how a candidate has ended, if the search is verbose."""
        if self.verbose:
            params = ", ".join(f"{name}={one}" for name, one in sorted(reading.params(record.params).items()))
            value = "" if record.value is None else f", score={record.value:.3f}"
            seconds = f"total time={record.objective_seconds:.1f}s"
            print(
                printable(
                    f"[CV] candidate {record.number + 1}: {record.state.name} {params}{value}, {seconds}"
                )
            )

    def _found(self, rows: Rows, metric: Any) -> Any:
        """Keep `cv_results_`, and return the metric by which the best candidate is chosen.

        Raises:
            ValueError: There are no candidates, all fits failed, or all candidates were pruned or failed.
        """
        if not rows.params:
            raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
        rows.check_any_left()
        warn_or_raise_about_fit_failures(rows.splits, self.error_score)
        if self.pruner is not None:
            rows.check_any_ended(pruner(self.pruner).spec.name)
        if callable(self.scoring):
            insert_error_scores(rows.splits, self.error_score)
        first = rows.splits[0]["test_scores"]
        self.multimetric_ = isinstance(first, dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(first)
            metric = self.refit
        more = rows.columns(
            judged=self.pruner is not None, limited=bool(self.limits), adjusted=bool(self.adjust)
        )
        with warnings.catch_warnings():
            if any(rows.pruned) or any(rows.excluded):
                warnings.filterwarnings("ignore", message="One or more of the t", category=UserWarning)
            self.cv_results_ = self._format_results(rows.params, self.n_splits_, rows.splits, more)
        if any(rows.beyond):
            self.cv_results_ |= ranks(self.cv_results_, rows.beyond)
        return metric

    def _check_allowed(self, result: Result) -> None:
        """Check that a candidate is within its limits, where one of them is to be the best.

        Raises:
            NoAllowedTrialError: None is, or those that are were excluded.
        """
        if not self.limits or not (self.refit or not self.multimetric_) or result.eligible_trials:
            return
        try:
            _ = result.best_trial
        except NoAllowedTrialError as error:
            hint = "raise n_trials, loosen the limit, or widen the space; cv_results_ has all scores"
            raise NoAllowedTrialError(error.message, hint) from None

    def _choose_best(self, metric: Any, confirmed: int | None) -> None:
        """Keep which candidate is the best: the one that is confirmed, or that has the best mean score."""
        if not (self.refit or not self.multimetric_):
            return
        best = self._select_best_index(self.refit, metric, self.cv_results_)
        if self.limits and self.cv_results_["beyond"][best]:
            raise ValueError(
                f"refit has chosen candidate {best}, which is beyond its limits: "
                f"{self.cv_results_['beyond'][best]}; let it choose among those whose "
                "cv_results['beyond'] is empty"
            )
        self.best_index_ = best if confirmed is None else confirmed
        if not callable(self.refit):
            self.best_score_ = self.cv_results_[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        rounds = int(self.cv_results_["rounds"][self.best_index_]) if "rounds" in self.cv_results_ else 0
        if rounds:
            self.best_rounds_ = rounds
        elif hasattr(self, "best_rounds_"):
            del self.best_rounds_  # of a fit before
        if self.adjust:
            self.best_schedule_ = self.cv_results_["schedule"][self.best_index_]

    def _refit(self, procedure: Procedure, schedule: Schedule, inputs: Inputs, context: Any) -> None:
        """Train the best candidate on all data, as its folds were trained."""
        model = candidate(self.estimator, self.best_params_)
        if hasattr(self, "best_rounds_"):
            model.set_params(**{procedure.resource: self.best_rounds_})
        task = Task(context.subcontext(task_name="refit-with-best-params"), self)
        training, begun = Training(model), time.time()
        params = inputs.routed.estimator.fit
        with task.around(model, inputs.X, inputs.y, params):
            for step in procedure.stops(model, {change.step for change in schedule}):
                training.advance(procedure, inputs.X, inputs.y, step, params)
                for change in schedule:
                    if change.step == step:
                        training.change(procedure.prefix, {change.name: change.value})
        training.restore({change.name: self.best_params_[change.name] for change in schedule})
        self.refit_time_ = time.time() - begun
        self.best_estimator_ = model
        if hasattr(model, "feature_names_in_"):
            self.feature_names_in_ = model.feature_names_in_


@contextmanager
def _own_hints() -> Iterator[None]:
    """Give other hints than those that name arguments which a search does not have."""
    try:
        yield
    except (ProblemError, StoreError, TranslationError) as error:
        hints = [hint for argument, hint in HINTS.items() if argument in error.hint]
        if not hints:
            raise
        raise type(error)(error.message, hints[0]) from None
