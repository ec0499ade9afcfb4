"""A session that proposes the trials of `fmin`.

How the end of a trial is told, which hyperopt keeps in the trial's document:

- Status ok with a finite loss: COMPLETE with it.
- Any other status, and a loss that is no finite number: FAILED.
- An exception that `catch_eval_exceptions=True` caught: FAILED; hyperopt takes the document out.
- Trials that this session did not propose, `points_to_evaluate` and those of earlier calls: the same, as
  trials of others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hyperopt import STATUS_OK, Trials
from hyperopt.base import JOB_STATE_DONE, Domain

from tunebridge import Outcome, OutcomeState, Session, Suggestion, logger_of
from tunebridge.display.brief import brief
from tunebridge_hyperopt.documents import Document, new_document
from tunebridge_hyperopt.labels import Labels

logger = logger_of(__name__)


class Conversation:
    """What `fmin` and a backend's session have to say to each other.

    Args:
        session: The session.
        labels: Its space, as the labels of the graph.
        domain: The graph, and what is minimised.
        trials: What `fmin` fills.
        mark: What the documents of this session say of it.
    """

    def __init__(
        self, session: Session, labels: Labels, domain: Domain, trials: Trials, mark: dict[str, Any]
    ) -> None:
        """Begin with nothing told."""
        self._session = session
        self._labels = labels
        self._domain = domain
        self._trials = trials
        self._mark = mark
        self._told: set[int] = set()
        self._asked: dict[int, Suggestion] = {}

    def is_about(self, domain: Domain, trials: Trials) -> bool:
        """Return whether this is the same call of `fmin`."""
        return self._domain is domain and self._trials is trials

    def tell(self) -> None:
        """Tell the session of all that has ended since."""
        here = {one["tid"]: one for one in self._trials.trials}
        unread = []
        for tid, one in here.items():
            if one["state"] == JOB_STATE_DONE and tid not in self._told:
                self._told.add(tid)
                unread += self._tell_one(one)
        for tid in self._asked.keys() - here.keys():
            suggestion = self._asked.pop(tid)
            self._end(suggestion.id, suggestion.params, None)
        if unread:
            n_trials = f"{len(unread)} of {len(here)} trials"
            logger.warning("%s are not told to %s: %s", n_trials, self._mark["backend"], unread[0])

    def ask(self, ids: Sequence[int]) -> list[Document]:
        """Return documents of new trials: one an id, or fewer once the space is exhausted."""
        documents = []
        for tid in ids:
            suggestion = self._session.ask()
            if suggestion is None:
                logger.info("%s has no more points", self._mark["backend"])
                break
            self._asked[tid] = suggestion
            made = new_document(tid, self._labels.vals(suggestion.params), self._domain, self._trials)
            made["misc"]["tunebridge"] = dict(self._mark)
            documents.append(made)
        return documents

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _tell_one(self, ended: Document) -> list[str]:
        """Tell of a trial that has ended; return why it cannot be told, if it cannot."""
        loss = ended["result"].get("loss")
        is_ok = ended["result"].get("status") == STATUS_OK and loss is not None and math.isfinite(loss)
        value = float(loss) if is_ok else None
        suggestion = self._asked.pop(ended["tid"], None)
        if suggestion is not None:
            self._end(suggestion.id, suggestion.params, value)
            return []
        vals = {label: drawn[0] for label, drawn in ended["misc"]["vals"].items() if len(drawn)}
        try:
            params = self._labels.space.read(self._labels.params(vals))
        except (LookupError, TypeError, ValueError) as error:
            return [brief(error)]
        self._end(None, params, value)
        return []

    def _end(self, suggestion_id: int | None, params: Mapping[str, Any], value: float | None) -> None:
        self._session.tell(
            Outcome(
                suggestion_id=suggestion_id,
                params=params,
                state=OutcomeState.FAILED if value is None else OutcomeState.COMPLETE,
                values=None if value is None else (value,),
            )
        )
