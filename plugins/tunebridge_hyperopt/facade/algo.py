"""A backend as `algo=` of hyperopt's own `fmin`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hyperopt import Trials
from hyperopt.base import Domain

from tunebridge import Backend, OptionError, Space, backend, open_session
from tunebridge.budget import Budget
from tunebridge_hyperopt.documents import Document
from tunebridge_hyperopt.facade.conversation import Conversation
from tunebridge_hyperopt.labels import Labels
from tunebridge_hyperopt.session import SUGGEST, Suggest


def algo(
    backend_name: str | Backend,
    space: Any = None,
    *,
    seed: int | None = None,
    n_trials: int | None = None,
    on_lossy: Any = "warn",
    **options: Any,
) -> Suggest:
    """Return a backend as `algo=` for hyperopt's own `fmin`.

    With `hyperopt:*` it is hyperopt's own suggest function. With any other backend a session proposes: before
    it is asked it is told of every trial that has ended, of those too that it did not propose.

    Args:
        backend_name: A backend's name, or what `tunebridge.backend` returns.
        space: The space that `fmin` is given, or the `tunebridge.Space` that it was made of by
            `tunebridge.to_native`; read from what `fmin` hands over if None.
        seed: Fixes what is proposed. If None, `fmin`'s `rstate` does: the session's seed is the first number
            that is drawn of it. Where `trials` already hold some of a session with that seed, their number
            is mixed in, so that a run that goes on does not propose its first points again.
        n_trials: Trials of the whole run, for backends that plan their search over it.
        on_lossy: What to do where the backend proposes other values or weights: "warn", or "error".
        **options: The backend's options.

    Raises:
        UnknownNameError: No backend has this name.
        OptionError: The backend has no such option.
    """
    chosen = backend(backend_name, **options)
    if chosen.spec.library == "hyperopt":
        return OwnAlgo(chosen, seed)
    return BackendAlgo(chosen, space, seed=seed, n_trials=n_trials, on_lossy=on_lossy)


class OwnAlgo:
    """An algorithm of hyperopt's by its name here.

    Args:
        chosen: The backend.
        seed: Of which a seed is drawn for each call, as `fmin` does; None to take those of `fmin`.

    Raises:
        OptionError: An option is no number, or is for another loop than `fmin`'s.
    """

    def __init__(self, chosen: Backend, seed: int | None) -> None:
        """Check the options."""
        for own in {"remember", "lookahead"} & chosen.options.keys():
            raise OptionError(
                f"{own} is for tunebridge's own loop: fmin asks when it wants to, of all `trials`",
                hint="call tunebridge.tune(...), or leave it out",
            )
        if "tell_failures" in chosen.options:
            raise OptionError(
                "tell_failures is for tunebridge's own loop: in fmin an objective says how it failed",
                hint='return {"status": STATUS_FAIL}, or raise and let catch_eval_exceptions=True',
            )
        sampler = chosen.spec.name.partition(":")[2]
        self._chosen = chosen
        self._suggest = SUGGEST[sampler](**chosen.options)
        self._seeds = None if seed is None else np.random.default_rng(seed)

    def __repr__(self) -> str:
        """Show the backend."""
        return f"tunebridge_hyperopt.algo({self._chosen.spec.name!r})"

    def __call__(self, new_ids: Sequence[int], domain: Domain, trials: Trials, seed: int) -> list[Document]:
        """Return the documents of new trials."""
        drawn = seed if self._seeds is None else int(self._seeds.integers(2**31 - 1))
        return self._suggest(new_ids, domain, trials, drawn)


class BackendAlgo:
    """What `fmin` calls for new trials: opens a session in each call of `fmin`, and asks it.

    Args:
        chosen: The backend.
        space: Its space; None to read it from the graph.
        seed: The session's seed; None to take that of `fmin`.
        n_trials: Trials of the whole run, if limited.
        on_lossy: What to do about a lossy translation.
    """

    def __init__(
        self, chosen: Backend, space: Any, *, seed: int | None, n_trials: int | None, on_lossy: Any
    ) -> None:
        """Begin without a session."""
        self._chosen = chosen
        self._space = space
        self._seed = seed
        self._n_trials = Budget(n_trials=n_trials, max_seconds=None).n_trials
        self._on_lossy = on_lossy
        self._conversation: Conversation | None = None

    def __repr__(self) -> str:
        """Show the backend."""
        return f"tunebridge_hyperopt.algo({self._chosen.spec.name!r})"

    def __call__(self, new_ids: Sequence[int], domain: Domain, trials: Trials, seed: int) -> list[Document]:
        """Tell what has ended, and return the documents of new trials; none once the space is exhausted."""
        if self._conversation is None or not self._conversation.is_about(domain, trials):
            self.close()
            self._conversation = self._open(domain, trials, seed)
        self._conversation.tell()
        return self._conversation.ask(new_ids)

    def close(self) -> None:
        """Close the session, if one is open."""
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None

    def _open(self, domain: Domain, trials: Trials, drawn: int) -> Conversation:
        labels = (
            Labels.of_space(self._space)
            if isinstance(self._space, Space)
            else Labels.of_graph(domain.expr if self._space is None else self._space, self._on_lossy)
        )
        seed = int(drawn if self._seed is None else self._seed)
        session = open_session(
            labels.space,
            self._chosen,
            seed=_session_seed(seed, trials),
            n_trials=self._n_trials,
            on_lossy=self._on_lossy,
        )
        mark = {"backend": self._chosen.spec.name, "seed": seed}
        return Conversation(session, labels, domain, trials, mark)


def _session_seed(seed: int, trials: Trials) -> int:
    """Return the seed of a session: the given one, or another if a session with that has proposed before."""
    marks = [misc.get("tunebridge") for misc in trials.miscs]
    before = sum(mark is not None and mark["seed"] == seed for mark in marks)
    if not before:
        return seed
    return int(np.random.SeedSequence(seed, spawn_key=(before,)).generate_state(1)[0])
