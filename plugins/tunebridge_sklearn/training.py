"""How one model is trained: at once, by epochs of `partial_fit`, stages of `warm_start`, or rounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from typing import Any

from numpy.random import RandomState
from sklearn import get_config
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing
from sklearn.utils.multiclass import unique_labels

from tunebridge import Growth, GrowthRequest, Resumable, UnsupportedError, grower_of
from tunebridge.checks import is_int
from tunebridge.display.brief import brief
from tunebridge_sklearn import net_training
from tunebridge_sklearn.nets import is_net


class Feedback(StrEnum):
    """After what a candidate is judged while it is evaluated."""

    FOLDS = "folds"
    """Each fold, trained at once."""
    EPOCHS = "epochs"
    """The same epoch of `partial_fit` in all folds."""
    STAGES = "stages"
    """The same stage of `warm_start` in all folds."""
    ROUNDS = "rounds"
    """Every tenth round of a booster in all folds."""


RESOURCES = {
    Feedback.EPOCHS: ("max_iter", net_training.RESOURCE),
    Feedback.STAGES: ("n_estimators", "max_iter"),
}
"""The parameters that say how much training there is."""

EVERY = 10
"""How many rounds a booster grows from one score to the next."""

RULE = 2
"""How a model draws random numbers from step to step where it matters: as `Training` has it.

By the first rule, under which stored searches go on, an integer seed begins anew in each epoch, so that all
of them visit the rows in one order; and a RandomState goes on from stage to stage, so that these are not
those of one `fit`.
"""

WORDS = re.compile(r"(epochs|stages|rounds) (.+?)(?: by rule (\d+))?")
"""How a stored study names a procedure."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """How the models of a search are trained, and its best one, too."""

    feedback: Feedback = Feedback.FOLDS
    """What the training is cut into."""
    resource: str = ""
    """The parameter that holds their number: `max_iter`, `clf__n_estimators`; empty for folds."""
    rule: int = 1
    """How random numbers are drawn; 1 where all rules are the same."""

    @classmethod
    def of(cls, words: str) -> Procedure:
        """Return the procedure that a stored study names."""
        named = WORDS.fullmatch(words)
        if named is None:
            return cls()
        feedback, resource, rule = named.groups(default="1")
        return cls(Feedback(feedback), resource, int(rule))

    @property
    def words(self) -> str:
        """The name by which a stored study knows it again."""
        rule = f" by rule {self.rule}" if self.staged and self.rule > 1 else ""
        return f"{self.feedback} {self.resource}{rule}".strip()

    @property
    def staged(self) -> bool:
        """Whether a model is trained step by step."""
        return self.feedback is not Feedback.FOLDS

    def steps(self, model: BaseEstimator) -> list[int]:
        """Return the steps of a model's training, in epochs or stages; a single one if it is not staged.

        Every epoch is a step. Stages double: 1, 2, 4, ..., so that scoring costs little beside training; of
        rounds every tenth is a step.
        """
        last = last_step(model)
        if not self.fits(last):
            return [1]
        if self.feedback is Feedback.ROUNDS:
            most = _rounds(last)
            return [*range(EVERY, most, EVERY), most]
        most = last.get_params()[self.own_resource]
        if self.feedback is Feedback.EPOCHS:
            return list(range(1, most + 1))
        return [*takewhile(lambda stage: stage < most, (2**power for power in range(64))), most]

    def stops(self, model: BaseEstimator, changes: set[int]) -> list[int]:
        """Return the steps at which a training has to stop where nobody scores it.

        Args:
            model: What is trained.
            changes: The steps at which its params change.
        """
        steps = self.steps(model)
        if self.feedback is not Feedback.ROUNDS:
            return steps
        return [step for step in steps if step in changes or step == steps[-1]]

    def writes(self, model: BaseEstimator) -> bool:
        """Return whether a checkpoint holds what a model needs to go on; some boosters have to stay alive."""
        if self.feedback is Feedback.ROUNDS:
            last, grower = last_step(model), grower_of(last_step(model))
            return grower is not None and grower.keeps(last) and not grower.redraws(last)
        return self.feedback in RESOURCES

    def jobs(self, n_jobs: int | None) -> dict[str, Any]:
        """Return how joblib is to train folds side by side."""
        if self.feedback is Feedback.ROUNDS:
            # In threads: a booster that is copied to another process draws other random numbers there.
            return {"n_jobs": n_jobs, "require": "sharedmem"}
        # "c": a model's large arrays travel by file, and the next step of its training writes to them.
        return {"n_jobs": n_jobs, "mmap_mode": "c"}

    @property
    def prefix(self) -> str:
        """What stands before the names of the params of the model that has it: `clf__`."""
        return self.resource.removesuffix(self.own_resource)

    @property
    def own_resource(self) -> str:
        """The resource's name in the model that has it."""
        return self.resource.rpartition("__")[2]

    def fits(self, model: BaseEstimator) -> bool:
        """Return whether a model, with its params, can be trained step by step.

        One that cannot, such as one with another solver, is trained at once, and judged by nobody. So is one
        whose number of epochs or stages is none, which its own `fit` refuses.
        """
        if not (self.staged and self.suits(model)):
            return False
        if self.feedback is Feedback.ROUNDS:
            return _rounds(model) >= 1
        most = model.get_params(deep=False).get(self.own_resource)
        return is_int(most) and most >= 1

    def suits(self, model: BaseEstimator) -> bool:
        """Return whether a model has what it takes, however many steps there are.

        `partial_fit` raises for balanced classes, and for stopping early; a warm start for out-of-bag scores,
        or it warns at each stage.
        """
        params = model.get_params(deep=False)
        match self.feedback:
            case Feedback.EPOCHS if self.own_resource == net_training.RESOURCE:
                return is_net(model) and not net_training.obstacles(model)
            case Feedback.EPOCHS:
                balanced = params.get("class_weight") == "balanced"
                return hasattr(model, "partial_fit") and not (params.get("early_stopping") or balanced)
            case Feedback.STAGES:
                return "warm_start" in params and not params.get("oob_score")
            case Feedback.ROUNDS:
                grower = grower_of(model)
                return grower is not None and grower.suits(model)
            case _:
                return False


@dataclass(slots=True)
class Training:
    """One model in the course of its training."""

    model: BaseEstimator
    """With its params set."""
    inputs: Any = None
    """Training rows as the last step of a pipeline takes them; None before its first step."""
    begun: bool = False
    """Whether it has been trained at all."""
    random_state: RandomState | None = None
    """What each epoch goes on drawing from, or each stage begins to draw from."""
    state: Any = None
    """What a booster goes on from that was saved; None for one that begins, or is alive."""
    torch_state: Any = None
    """What the next epoch of a net draws from."""
    growth: Growth | None = None
    """What grows it by rounds; None before its first step, or where nothing does."""
    shown: Any = None
    """What predicts as the model of now, while it is no whole one; None for the model itself."""

    def __post_init__(self) -> None:
        """Let the net of a candidate draw what it would where the search runs."""
        if self.torch_state is None and not self.begun:
            self.torch_state = net_training.random_state(last_step(self.model))

    @property
    def scored(self) -> BaseEstimator:
        """What predicts as the model of now does."""
        return self.model if self.shown is None else self.shown

    @property
    def is_over(self) -> bool:
        """Whether a rule has stopped it early."""
        return self.growth is not None and self.growth.is_over

    @property
    def n_rounds(self) -> int | None:
        """How many rounds a rule to stop early has left, if there is one."""
        return None if self.growth is None else self.growth.n_rounds

    def change(self, prefix: str, changed: Mapping[str, Any]) -> None:
        """Give the model new params, which its training reads.

        Args:
            prefix: What stands before the names of the params of the last step.
            changed: New values by name.
        """
        if self.growth is None:
            self.model.set_params(**changed)
        else:
            self.growth.change({name.removeprefix(prefix): value for name, value in changed.items()})

    def restore(self, params: Mapping[str, Any]) -> None:
        """Give the model back the params that it began with: whoever copies it trains anew from these."""
        if self.growth is None and params:
            self.model.set_params(**params)

    def parts(self) -> tuple[Any, ...]:
        """Return what it is made of, as it is now, for another one that goes on."""
        state = self.growth.state() if isinstance(self.growth, Resumable) else self.state
        return self.model, self.inputs, self.begun, self.random_state, state, self.torch_state

    def close(self) -> None:
        """Let go of a model that grows no more."""
        if self.growth is not None:
            self.growth.close()

    def advance(
        self,
        procedure: Procedure,
        X: Any,
        y: Any,
        step: int,
        params: Mapping[str, Any],
        valid: tuple[Any, Any] | None = None,
    ) -> None:
        """Train the model to a step. The other steps of a pipeline are fitted once.

        Args:
            procedure: How it is trained.
            X: Training rows, shape (n_samples, n_features).
            y: Targets, or None.
            step: The step to reach; the one after that of the last call.
            params: Of `fit`.
            valid: Rows and targets by which a booster may stop early.
        """
        model = last_step(self.model)
        target = () if y is None else (y,)
        if not procedure.fits(model):
            self.model.fit(X, *target, **params)
            return
        if model is not self.model:
            others, params = _parted(self.model, params)
            X = self._inputs(X, y, others)
        if procedure.feedback is Feedback.ROUNDS:
            self._grow(GrowthRequest(model=model, X=X, y=y, params=params, valid=self._valid(valid)), step)
            return
        if is_net(model):
            is_last = step >= model.max_epochs
            self.torch_state = net_training.train_epoch(
                model, X, y, params, self.torch_state, is_last=is_last
            )
            self.begun = True
            return
        given = model.get_params(deep=False)
        own = self._random_state(procedure, given.get("random_state"))
        if procedure.feedback is Feedback.STAGES:
            model.set_params(warm_start=True, **{procedure.own_resource: step}, **own)
            model.fit(X, *target, **params)
            own["warm_start"] = True
        else:
            classes = {} if self.begun or not is_classifier(model) else {"classes": unique_labels(y)}
            model.set_params(**own).partial_fit(X, *target, **classes, **params)
        # Left on, a warm start would let the user's next `fit` of the best model do nothing.
        model.set_params(**{name: given[name] for name in own})
        self.begun = True

    def _grow(self, request: GrowthRequest, step: int) -> None:
        """Let a booster grow to a round."""
        if self.growth is None:
            grower = grower_of(request.model)
            if grower is None:
                raise UnsupportedError(f"nothing grows a {type(request.model).__name__} by rounds")
            self.growth = grower.begin(replace(request, state=self.state))
            self.state = None
        shown = self.growth.grow(step)
        if shown is request.model:
            self.shown = None
        elif request.model is self.model:
            self.shown = shown
        else:
            name, _ = self.model.steps[-1]
            self.shown = Pipeline([*self.model.steps[:-1], (name, shown)])

    def _valid(self, valid: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
        """Return validation rows as the last step of a pipeline takes them."""
        if valid is None or self.growth is not None or last_step(self.model) is self.model:
            return valid
        rows, targets = valid
        return self.model[:-1].transform(rows), targets

    def _random_state(self, procedure: Procedure, given: Any) -> dict[str, Any]:
        """Return the random state of the next step, where the model's own is not what one `fit` has there."""
        by_epochs = procedure.feedback is Feedback.EPOCHS
        if procedure.rule < RULE or not (is_int(given) if by_epochs else isinstance(given, RandomState)):
            return {}
        if self.random_state is None:
            self.random_state = RandomState(given) if by_epochs else deepcopy(given)
        return {"random_state": self.random_state if by_epochs else deepcopy(self.random_state)}

    def _inputs(self, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
        """Fit all steps of a pipeline but the last, once, and return what the last one takes."""
        if self.inputs is None:
            front = _front(self.model)
            self.inputs = front.fit_transform(X, y, **params)
            self.model.steps[:-1] = front.steps[:-1]
        return self.inputs


def _rounds(model: Any) -> int:
    """Return how many rounds one `fit` of a booster has at most."""
    grower = grower_of(model)
    return 0 if grower is None else grower.rounds(model)


def last_step(model: BaseEstimator) -> Any:
    """Return what is trained step by step: the last step of a pipeline, or the model itself."""
    return model.steps[-1][1] if isinstance(model, Pipeline) else model


def _front(pipeline: Pipeline) -> Pipeline:
    """Return a pipeline without its last step."""
    # Not `pipeline[:-1]`: a pipeline keeps nothing of its own last step in `memory`.
    *others, (name, _) = pipeline.steps
    return Pipeline([*others, (name, "passthrough")], memory=pipeline.memory)


def _parted(pipeline: Pipeline, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fit params of a pipeline's other steps, as it takes them, and those of its last step.

    With metadata routing, each step gets what it has requested; without, all belong to the last one.

    Raises:
        ValueError: Others were given without metadata routing.
    """
    name = pipeline.steps[-1][0]
    if params and get_config()["enable_metadata_routing"]:
        used = get_routing_for_object(_front(pipeline)).consumes("fit_transform", params)
        return {one: params[one] for one in used}, process_routing(pipeline, "fit", **params)[name]["fit"]
    foreign = [one for one in params if not one.startswith(f"{name}__")]
    if foreign:
        message = f"a pipeline that is trained step by step takes fit params of its last step {name!r} alone"
        raise ValueError(f"{message}, got {brief(foreign[0])}")
    return {}, {one.removeprefix(f"{name}__"): value for one, value in params.items()}
