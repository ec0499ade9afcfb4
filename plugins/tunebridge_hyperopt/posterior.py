"""hyperopt's TPE, to the last bit, without what it does anew for each trial.

hyperopt builds the graph of the posterior, reads all documents and sorts all losses, the latter once per
parameter, each time that it is asked. Here the graph is built once, documents are read once, and losses are
sorted once per ask; the graph is hyperopt's own, and so is what evaluates it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from math import ceil, inf, isnan, sqrt
from typing import Any

import numpy as np
from hyperopt import Trials, tpe
from hyperopt.base import Domain, miscs_update_idxs_vals
from hyperopt.pyll import Apply, as_apply, dfs, rec_eval

from tunebridge_hyperopt.columns import Columns
from tunebridge_hyperopt.density import quicken
from tunebridge_hyperopt.documents import Document
from tunebridge_hyperopt.settings import defaults_of


class Tpe:
    """Stands in for `hyperopt.tpe.suggest`.

    Args:
        **settings: Those of `hyperopt.tpe.suggest`, but for `verbose`.
    """

    def __init__(self, **settings: Any) -> None:
        """Begin without a domain."""
        self._given = settings
        self._settings = {**defaults_of(tpe.suggest), **settings}
        self.posterior: Posterior | None = None
        """That of the last domain that it was asked for."""
        self.n_forgotten = 0
        """How many trials more there were than the histories have: as many count as good as if they had."""

    def __call__(self, new_ids: Sequence[int], domain: Domain, trials: Trials, seed: int) -> list[Document]:
        """Return the document of a new trial: the one that hyperopt would return."""
        n_trials = len(trials.trials)
        if n_trials < max(1, self._settings["n_startup_jobs"]):
            return self._anew(new_ids, domain, trials, seed)
        if self.posterior is None or self.posterior.domain is not domain:
            weight, gamma = self._settings["prior_weight"], self._settings["gamma"]
            self.posterior = Posterior(domain, prior_weight=weight, gamma=gamma)
        if not self.posterior.read(trials.trials):
            return self._anew(new_ids, domain, trials, seed)
        misc = self.posterior.draw(
            new_ids[0], seed, self._settings["n_EI_candidates"], n_forgotten=self.n_forgotten
        )
        made: list[Document] = trials.new_trial_docs([new_ids[0]], [None], [domain.new_result()], [misc])
        return made

    def _anew(self, new_ids: Sequence[int], domain: Domain, trials: Trials, seed: int) -> list[Document]:
        made: list[Document] = tpe.suggest(new_ids, domain, trials, seed, verbose=False, **self._given)
        return made


def quickened(algo: Any) -> Any:
    """Return what proposes the same at less cost in the place of `tpe.suggest`, bare or with settings.

    What it logs stays hyperopt's: where somebody listens to that, hyperopt's own function is kept.
    """
    given = {} if algo is tpe.suggest else _settings_of(algo)
    if given is None or tpe.logger.isEnabledFor(logging.INFO):
        return algo
    return Tpe(**{name: value for name, value in given.items() if name != "verbose"})


def _settings_of(algo: Any) -> dict[str, Any] | None:
    """Return the settings that a partial `tpe.suggest` is given; None for anything else."""
    if type(algo) is not partial or algo.func is not tpe.suggest or algo.args:
        return None
    return algo.keywords if algo.keywords.keys() <= defaults_of(tpe.suggest).keys() else None


class Posterior:
    """The posterior of one domain.

    Args:
        domain: Whose parameters they are.
        prior_weight: As of `hyperopt.tpe.suggest`.
        gamma: As of `hyperopt.tpe.suggest`.
    """

    def __init__(self, domain: Domain, *, prior_weight: float, gamma: float) -> None:
        """Build the graph, and find where it splits the trials into good ones and others."""
        self.domain = domain
        self._gamma = gamma
        *_, posterior = tpe.build_posterior_wrapper(domain, prior_weight, gamma)
        self._graph = as_apply(posterior)
        quicken(self._graph)
        splits = [node for node in dfs(self._graph) if node.name == "ap_split_trials"]
        self._splits = {node.pos_args[0].pos_args[1].obj: node for node in splits}
        self._columns = Columns(self._splits)
        self._losses: list[float] = []
        self._highest = 0

    @property
    def names(self) -> set[str]:
        """The names of the graph's nodes."""
        return {node.name for node in dfs(self._graph)}

    def read(self, documents: Sequence[Document]) -> bool:
        """Take a history in, and return whether that could be done; what has no loss yet has the worst.

        hyperopt leaves trials out whose loss is no number.
        """
        told = [document["result"].get("loss") for document in documents]
        self._losses = [inf if loss is None else float(loss) for loss in told]
        self._highest = documents[-1]["tid"]
        return not any(map(isnan, self._losses)) and self._columns.read(documents)

    def draw(self, new_id: int, seed: int, n_candidates: int, *, n_forgotten: int = 0) -> dict[str, Any]:
        """Return what a new trial's document says of its values.

        Args:
            new_id: The trial's id.
            seed: Of what is drawn.
            n_candidates: Of so many draws the best is taken.
            n_forgotten: How many trials more there were than the history has.
        """
        is_good = self._is_good(n_forgotten)
        # Candidates have ids of their own, above all that are taken.
        first = max(self._highest, new_id) + 2
        split = self._columns.split
        memo: dict[Apply, Any] = {node: split(label, is_good) for label, node in self._splits.items()}
        memo[self.domain.s_new_ids] = list(range(first, first + n_candidates))
        memo[self.domain.s_rng] = np.random.default_rng(seed)
        idxs, vals = rec_eval(self._graph, memo=memo, print_node_on_error=False, memo_gc=False)
        for label, node in self.domain.params.items():
            if node.name == "randint" and len(node.pos_args) == 2:
                vals[label] = [value + node.pos_args[0].obj for value in vals[label]]
        misc = {"tid": new_id, "cmd": self.domain.cmd, "workdir": self.domain.workdir}
        miscs_update_idxs_vals([misc], idxs, vals, idxs_map={first: new_id}, assert_all_vals_used=False)
        return misc

    def _is_good(self, n_forgotten: int) -> np.ndarray[Any, np.dtype[Any]]:
        """Return for each trial whether it is one of the best; the sort is hyperopt's, not a stable one."""
        losses = np.asarray(self._losses)
        n_good = min(ceil(self._gamma * sqrt(len(losses) + n_forgotten)), tpe.DEFAULT_LF)
        is_good = np.zeros(len(losses), dtype=bool)
        is_good[np.argsort(losses)[:n_good]] = True
        return is_good
