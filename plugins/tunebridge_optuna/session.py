"""Optuna's ask and tell.

How an outcome is told:

- COMPLETE: its value(s).
- PRUNED: its reports, then PRUNED, whose value is the last report. The native study has the study's own
  pruner, as a study written by hand has, because Optuna shows samplers Hyperband's brackets through it.
- FAILED: PRUNED without a value, so that samplers learn to stay away; FAIL with `tell_failures="native"`.
- INFEASIBLE: a violated constraint with the worst value so far, where the sampler has constraints (tpe, gp,
  nsga2, nsga3); else as FAILED.
- Limits: a constraint each, by how far the trial is beyond it, where the sampler has constraints.
- Foreign trials are added to the study where the sampler learns from them (tpe, gp).
- Of trials that `remember=` forgets the study is told, and its storage shows them to the sampler no more.
- Pending trials steer tpe away from their neighbourhood (its constant liar); the other samplers ignore them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.pruners import NopPruner
from optuna.samplers import (
    BaseSampler,
    BruteForceSampler,
    CmaEsSampler,
    GPSampler,
    GridSampler,
    NSGAIIISampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.trial import TrialState

from tunebridge import (
    Ahead,
    OpenRequest,
    OptionError,
    Outcome,
    OutcomeState,
    Penalty,
    Remembered,
    Space,
    Suggestion,
)
from tunebridge_optuna.direct import Direct
from tunebridge_optuna.flat import is_flat
from tunebridge_optuna.limits import LimitsTold
from tunebridge_optuna.memory import SessionStorage
from tunebridge_optuna.quiet import quiet

SAMPLERS: dict[str, type[BaseSampler]] = {
    "tpe": TPESampler,
    "random": RandomSampler,
    "gp": GPSampler,
    "cmaes": CmaEsSampler,
    "nsga2": NSGAIISampler,
    "nsga3": NSGAIIISampler,
    "qmc": QMCSampler,
    "grid": GridSampler,
    "brute-force": BruteForceSampler,
}

QUIET = {"gp", "cmaes", "qmc"}
"""Samplers that log a warning per independently drawn parameter unless told not to; their summary says it."""

CONSTRAINED = {"tpe", "gp", "nsga2", "nsga3"}
"""Samplers with constraints of their own."""

STATES = {OutcomeState.COMPLETE: TrialState.COMPLETE, OutcomeState.PRUNED: TrialState.PRUNED}
"""Optuna's state of foreign trials that did not fail."""

FAILURES = {"avoid": TrialState.PRUNED, "native": TrialState.FAIL}
"""Optuna's state of trials that failed, by `tell_failures`."""

CONSTRAINT = "tunebridge"
"""Name of the one constraint that Optuna sees: below 0 when all of the space's constraints hold."""


class OptunaSession:
    """One study's conversation with an Optuna sampler.

    Args:
        request: What the study needs.
        sampler: The name after the colon.
        learns_from_foreign: Whether trials proposed by others are added to the native study.
    """

    def __init__(self, request: OpenRequest, sampler: str, *, learns_from_foreign: bool) -> None:
        """Make the native study in memory."""
        self._space = request.space
        self._decode = request.translation.decode
        self._encode = request.translation.encode
        self._native = request.translation.build()
        self._constrained = sampler in CONSTRAINED and request.space.constrained
        self._learns_from_foreign = learns_from_foreign
        options = dict(request.options)
        self._failure = FAILURES[options.pop("tell_failures", "avoid")]
        options.pop("points", None)
        self._is_flat = is_flat(request.space, options)
        for own in ("remember", "lookahead", "flat"):
            options.pop(own, None)
        self._ahead = Ahead.of(request)
        self._remembered = Remembered.of(
            request, n_start=effective(sampler, options).get("n_startup_trials", 0)
        )
        self._storage = SessionStorage()
        with quiet():
            self._study = optuna.create_study(
                storage=self._storage,
                study_name=request.study_name,
                directions=[direction.value for direction in request.directions],
                sampler=_sampler(sampler, self._native, request.seed, options),
                pruner=getattr(request.pruner, "native", None) or NopPruner(),
            )
        if sampler == "grid":
            self._native = {path: CategoricalDistribution(values) for path, values in self._native.items()}
        self._direct: Direct | None = None
        if not callable(self._native) and Direct.is_enough(self._study, self._native):
            self._direct = Direct(self._study, self._storage, self._native)
            self._native = self._direct.distributions
        self._trials: dict[int, optuna.Trial] = {}
        self._penalty = Penalty(request.directions)
        self._limits = LimitsTold(self._storage, are_even=sampler == "gp") if sampler in CONSTRAINED else None
        self._left = _n_points(sampler, self._native, request.space)

    def ask(self) -> Suggestion | None:
        """Return the sampler's next suggestion; None when all points of its grid were asked for."""
        return self._ahead.take(self._propose)

    def prepare(self) -> bool:
        """Ask the sampler ahead, if that is wanted; what it proposes is a pending trial from then on."""
        return self._ahead.prepare(self._propose)

    def _propose(self) -> Suggestion | None:
        """Ask the sampler."""
        if self._left == 0:
            return None
        self._left -= 1
        if callable(self._native):
            trial = self._study.ask()
            native = self._native(trial)
        else:
            trial = self._study.ask(self._native) if self._direct is None else self._direct.ask()
            native = self._storage.params(trial.number)
        if self._is_flat:
            native = self._laid_flat(trial.number, native)
        self._trials[trial.number] = trial
        return Suggestion(trial.number, self._decode(native))

    def _laid_flat(self, number: int, native: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put what is inactive in a trial that runs at the middle of its range."""
        shown: Mapping[str, Any] = self._encode(self._decode(native))
        for path, one in self._native.items():
            if shown[path] != native[path]:
                self._storage.set_trial_param(number, path, one.to_internal_repr(shown[path]), one)
        return shown

    def tell(self, outcome: Outcome) -> str:
        """Tell the native study; the text says in which form."""
        if self._constrained:
            self._penalty.note(outcome)
        if outcome.suggestion_id is not None:
            how = self._tell_own(self._trials.pop(outcome.suggestion_id), outcome)
            number = outcome.suggestion_id
        elif self._learns_from_foreign:
            how = self._add(outcome)
            number = self._storage.n_begun - 1
        else:
            return "not told: the sampler does not learn from trials of others"
        self._storage.forget(self._remembered.take(number, outcome))
        return how

    def close(self) -> None:
        """Forget the trials that were never told."""
        self._trials.clear()

    def _constraints(self, outcome: Outcome) -> dict[str, float]:
        """Return the constraints that Optuna is to see: that of the space, and one for each limit."""
        found = {} if self._limits is None else self._limits.constraints(outcome)
        if self._constrained:
            found = {CONSTRAINT: 1.0 if outcome.state is OutcomeState.INFEASIBLE else -1.0, **found}
        return found

    def _tell_own(self, trial: optuna.Trial, outcome: Outcome) -> str:
        for name, excess in self._constraints(outcome).items():
            trial.set_constraint(name, excess)
        if outcome.state is OutcomeState.COMPLETE:
            self._finish(trial, TrialState.COMPLETE, outcome.values)
            return f"COMPLETE{self._beyond(outcome)}"
        if outcome.state is OutcomeState.INFEASIBLE and self._constrained and self._penalty.worst is not None:
            self._finish(trial, TrialState.COMPLETE, self._penalty.worst)
            return "COMPLETE with a violated constraint and the worst value so far"
        if outcome.state is OutcomeState.PRUNED:
            for report in outcome.reports:
                trial.report(report.value, report.step)
            self._finish(trial, TrialState.PRUNED)
            return f"PRUNED with {len(outcome.reports)} reports{self._beyond(outcome)}"
        self._finish(trial, self._failure)
        return f"{self._failure.name} without a value"

    def _finish(self, trial: optuna.Trial, state: TrialState, values: Any = None) -> None:
        """Tell the study; grids call `Study.stop` on their last trial, which raises outside `optimize`."""
        try:
            if self._direct is None:
                self._study.tell(trial, values, state)
            else:
                self._direct.tell(trial, values, state)
        except RuntimeError:
            if not self._storage.get_trial(trial.number).state.is_finished():
                raise

    def _add(self, outcome: Outcome) -> str:
        native = self._encode(outcome.params)
        state = STATES.get(outcome.state, self._failure)
        with quiet():
            self._study.add_trial(
                optuna.trial.create_trial(
                    state=state,
                    values=outcome.values,
                    intermediate_values={report.step: report.value for report in outcome.reports},
                    params=native,
                    distributions=self._distributions(native),
                    constraints=self._constraints(outcome),
                )
            )
        return f"{state.name}, added{self._beyond(outcome)}"

    def _beyond(self, outcome: Outcome) -> str:
        """Return what is added to how a trial was told that is beyond its limits."""
        return " with a violated constraint" if self._limits is not None and outcome.is_beyond else ""

    def _distributions(self, native: Mapping[str, Any]) -> dict[str, BaseDistribution]:
        """Return the distributions of one point; a define-by-run space is asked by a trial fixed to it."""
        if not callable(self._native):
            return dict(self._native)
        fixed = optuna.trial.FixedTrial(dict(native))
        self._native(fixed)
        return fixed.distributions


def _n_points(sampler: str, native: Any, space: Space) -> float:
    """Return how many points there are to ask for: infinity for samplers that may repeat themselves."""
    if sampler == "grid":
        return math.prod(len(distribution.choices) for distribution in native.values())
    return space.size or math.inf if sampler == "brute-force" else math.inf


def effective(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a sampler, the library's defaults included."""
    return {"tell_failures": "avoid", **_defaults(name), **_quiet(name), **options}


@cache
def _defaults(name: str) -> Mapping[str, Any]:
    """Return the library's own settings of a sampler."""
    parameters = inspect.signature(SAMPLERS[name]).parameters
    defaults = {key: one.default for key, one in parameters.items() if one.default is not one.empty}
    del defaults["seed"]
    return defaults


def _quiet(name: str) -> dict[str, Any]:
    return {"warn_independent_sampling": False} if name in QUIET else {}


def _sampler(name: str, native: Any, seed: int, options: Mapping[str, Any]) -> BaseSampler:
    """Make the sampler as one would by hand, with the study's seed unchanged."""
    arguments = (native,) if name == "grid" else ()
    try:
        return SAMPLERS[name](*arguments, seed=seed, **(_quiet(name) | dict(options)))  # type: ignore[call-arg]
    except (TypeError, ValueError) as error:
        raise OptionError(f"optuna:{name} refuses its options {dict(options)!r}: {error}") from error
