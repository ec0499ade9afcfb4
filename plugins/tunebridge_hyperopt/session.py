"""hyperopt's suggest functions, driven directly: `fmin`'s own trajectory without its loop.

How an outcome is told:

- COMPLETE: status ok with the loss, which is the value, or minus the value when maximising.
- PRUNED: status ok with its last report as the loss; as FAILED when it has no report.
- FAILED: `STATUS_FAIL`, which tpe and anneal take as the worst loss; with `tell_failures="native"` the
  document is marked as an error and vanishes from the history, as `fmin(catch_eval_exceptions=True)` does.
- INFEASIBLE: as FAILED; hyperopt has no constraints.
- Foreign trials are injected as finished documents (tpe, anneal).
- Pending trials count as the worst loss (a constant liar).
- What was drawn and is inactive is dropped before a document enters the history: tpe's posterior of a
  parameter, and anneal's neighbourhood, are made of the trials in which it was active.
- Trials that `remember=` forgets leave the history; the ids of the others stay, and as many count as good as
  before: a quarter of the square root of all, 25 at most.
- Random search keeps no history: it would not look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from hyperopt import STATUS_FAIL, STATUS_OK, Trials, anneal, rand, tpe
from hyperopt.base import JOB_STATE_DONE, JOB_STATE_ERROR, Domain

from tunebridge import Ahead, OpenRequest, Outcome, OutcomeState, Remembered, Suggestion
from tunebridge_hyperopt.documents import Document, new_document
from tunebridge_hyperopt.posterior import Tpe
from tunebridge_hyperopt.settings import defaults_of

Suggest = Callable[[Sequence[int], Domain, Trials, int], list[Document]]

SUGGEST: dict[str, Callable[..., Suggest]] = {
    "tpe": Tpe,
    "anneal": partial(partial, anneal.suggest),
    "random": partial(partial, rand.suggest),
}
"""What makes the function that proposes, of each sampler's settings."""

DEFAULTS: dict[str, Mapping[str, Any]] = {
    "tpe": {**defaults_of(tpe.suggest), "verbose": False},
    "anneal": defaults_of(anneal.AnnealingAlgo),
    "random": defaults_of(rand.suggest),
}
"""Each sampler's settings."""


class HyperoptSession:
    """One study's conversation with a suggest function of hyperopt.

    Args:
        request: What the study needs.
        sampler: The name after the colon.
        learns: Whether the sampler looks at the history.
    """

    def __init__(self, request: OpenRequest, sampler: str, *, learns: bool) -> None:
        """Prepare the domain, whose function is never called."""
        options = dict(request.options)
        self._drops_failures = options.pop("tell_failures", "avoid") == "native"
        for own in ("remember", "lookahead"):
            options.pop(own, None)
        self._ahead = Ahead.of(request)
        n_start = {**DEFAULTS[sampler], **options}.get("n_startup_jobs", 0)
        self._suggest = SUGGEST[sampler](**options)
        self._remembered = Remembered.of(request, n_start=n_start)
        self._decode = request.translation.decode
        self._encode = request.translation.encode
        self._sign = request.directions[0].sign
        self._space = request.space
        free = any(not node.fixed for node in request.space.nodes)
        self._domain: Any = Domain(None, request.translation.build()) if free else None
        self._trials = Trials()
        self._learns = learns and free
        self._seeds = np.random.default_rng(request.seed)
        self._pending: dict[int, Document] = {}

    def ask(self) -> Suggestion | None:
        """Return the next suggestion, with one seed drawn from the stream as `fmin` does."""
        return self._ahead.take(self._propose)

    def prepare(self) -> bool:
        """Propose ahead, if that is wanted; what is proposed is a pending trial from then on."""
        return self._ahead.prepare(self._propose)

    def _propose(self) -> Suggestion:
        ids = self._trials.new_trial_ids(1)
        seed = int(self._seeds.integers(2**31 - 1))
        if self._domain is None:
            return Suggestion(ids[0], self._decode({}))
        document = self._suggest(ids, self._domain, self._trials, seed)[0]
        drawn = document["misc"]["vals"]
        params = self._decode({label: values[0] for label, values in drawn.items() if len(values)})
        if self._learns:
            self._drop_inactive(document, params)
            self._pending[ids[0]] = self._insert(document)
        return Suggestion(ids[0], params)

    def recall(self, params: Mapping[str, Any]) -> Suggestion:
        """Draw one seed, as the ask did, and insert the document of params without asking the sampler."""
        self._seeds.integers(2**31 - 1)
        if not self._learns:
            return Suggestion(self._trials.new_trial_ids(1)[0], params)
        document = self._document(params)
        self._pending[document["tid"]] = document
        return Suggestion(document["tid"], params)

    def tell(self, outcome: Outcome) -> str:
        """Write the result into the trial's document."""
        if not self._learns:
            return "not told: random search does not learn"
        if outcome.suggestion_id is None:
            document, more = self._document(outcome.params), ", injected"
        else:
            document, more = self._pending.pop(outcome.suggestion_id), ""
        how = self._finish(document, outcome)
        self._forget(self._remembered.take(document["tid"], outcome))
        return f"{how}{more}"

    def close(self) -> None:
        """Forget the trials that were never told."""
        self._pending.clear()

    def _finish(self, document: Document, outcome: Outcome) -> str:
        document["state"] = JOB_STATE_DONE
        loss = self._loss(outcome)
        if loss is not None:
            document["result"] = {"status": STATUS_OK, "loss": loss}
            last = outcome.state is OutcomeState.PRUNED
            return "status ok with its last report as the loss" if last else "status ok with its loss"
        document["result"] = {"status": STATUS_FAIL}
        if self._drops_failures:
            document["state"] = JOB_STATE_ERROR
            self._trials.refresh()
            return "job state error, without a result"
        return "status fail, the worst loss"

    def _loss(self, outcome: Outcome) -> float | None:
        if outcome.state is OutcomeState.PRUNED and outcome.reports:
            return self._sign * max(outcome.reports, key=lambda report: report.step).value
        return None if outcome.values is None else self._sign * outcome.values[0]

    def _document(self, params: Mapping[str, Any]) -> Document:
        """Insert a document for params that the sampler was not asked for."""
        native = self._encode(params)
        (tid,) = self._trials.new_trial_ids(1)
        return self._insert(new_document(tid, native, self._domain, self._trials))

    def _drop_inactive(self, document: Document, params: Mapping[str, Any]) -> None:
        """Empty what was drawn and is no part of the params; every label keeps its key."""
        active = self._space.unflatten(params)
        for by_label in (document["misc"]["idxs"], document["misc"]["vals"]):
            by_label.update({label: [] for label in by_label if label not in active})

    def _forget(self, ids: Collection[int]) -> None:
        """Keep the other documents alone, under their ids; the history has copies of its own of them."""
        if not ids:
            return
        rest = [document for document in self._trials.trials if document["tid"] not in ids]
        self._trials.delete_all()
        self._trials.insert_trial_docs(rest)
        self._trials.refresh()
        self._pending = {one["tid"]: one for one in self._trials.trials if one["tid"] in self._pending}
        if isinstance(self._suggest, Tpe):
            self._suggest.n_forgotten += len(ids)

    def _insert(self, document: Document) -> Document:
        """Add a document to the history and return the history's own copy of it."""
        self._trials.insert_trial_docs([document])
        self._trials.refresh()
        inserted: Document = self._trials.trials[-1]
        return inserted


class HeedingSession(HyperoptSession):
    """A session of a sampler that takes trials which run for the worst ones; opened as any other."""

    def heed(self, params: Mapping[str, Any]) -> int:
        """Insert the document of a trial that runs elsewhere; no seed is drawn."""
        if not self._learns:  # no parameter is free
            (number,) = self._trials.new_trial_ids(1)
            return int(number)
        document = self._document(params)
        self._pending[document["tid"]] = document
        return int(document["tid"])


def effective(sampler: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a sampler, the library's defaults included."""
    return {"tell_failures": "avoid", **DEFAULTS[sampler], **options}
