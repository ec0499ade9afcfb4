"""A trial: what an objective receives."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NoReturn

from tunebridge.calls import checked
from tunebridge.checks import plain
from tunebridge.display.brief import brief
from tunebridge.display.printable import printable
from tunebridge.errors import TrialError, TrialPaused, TrialPruned, did_you_mean
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge.trial.elsewhere import point_elsewhere
from tunebridge.trial.hearing import Hearing, Reporter
from tunebridge.trial.limit import Limited, read_limited
from tunebridge.trial.reply import Decision
from tunebridge.trial.said import Told

if TYPE_CHECKING:
    from pathlib import Path

    from tunebridge.trial.checkpoint import Checkpoint
    from tunebridge.trial.parcel import ParcelFolder


class Trial(dict[str, Any]):
    """The params of one evaluation, as a dict of the trial's own, with a handle.

    Changing the dict changes nothing but this trial's copy. Feedback changes it in place. A copy has params
    of its own, and is the same trial to its study: what it reports, notes and keeps, the trial does.
    """

    __slots__ = (
        "_hearing",
        "_resumed",
        "attempt",
        "device",
        "folder",
        "kept",
        "limits",
        "links",
        "noted",
        "number",
        "seed",
    )

    number: int
    """Place in the study, from 0."""
    seed: int
    """Seed of this trial, 0 <= seed < 2**32: the same for the same study seed and number."""
    attempt: int
    """Which attempt at this number it is, from 0: more than that after an interruption."""
    kept: dict[str, Any]
    """What the objective has kept, by name; see `keep`."""
    noted: dict[str, Any]
    """What the objective has noted, by name; see `note`."""
    limits: dict[str, Limited]
    """The numbers that it has limited, by name; see `limit`."""
    links: dict[str, str]
    """What observers say of it as it begins, such as the id of its run in a tracker, by name."""
    device: str | None
    """What it is to compute on, as its process names it: "cuda:0" where its own GPU is the only one that is
    visible; None where trials are given no devices."""
    folder: CheckpointFolder | ParcelFolder | None
    """Where its checkpoints go; None for a trial that can write none."""

    def __init__(
        self,
        params: Mapping[str, Any],
        *,
        number: int,
        seed: int,
        attempt: int = 0,
        reporter: Reporter | None = None,
        resumed: Checkpoint | None = None,
        folder: CheckpointFolder | ParcelFolder | None = None,
    ) -> None:
        """Hold a copy of the params.

        Args:
            params: Flat params.
            number: Place in the study.
            seed: The trial's own seed.
            attempt: Which attempt it is, from 0.
            reporter: Takes what the trial says, and answers; None for a trial that cannot report.
            resumed: What to start from; None for the beginning.
            folder: Where its checkpoints go; None for a trial that can write none.
        """
        super().__init__(params)
        self.number = number
        self.seed = seed
        self.attempt = attempt
        self._resumed = resumed
        self.folder = folder
        self._hearing = Hearing()
        self.kept = {}
        self.noted = {}
        self.limits = {}
        self.links = {}
        self.device = None
        if reporter is not None:
            self.begin(reporter)

    def __missing__(self, name: Any) -> NoReturn:
        """Raise the error of a param that the trial does not have, with the reason and the next step."""
        if name in self.known:
            raise KeyError(
                f"{name!r} is inactive in this trial, and absent: trial.get({name!r}) is None then"
            )
        raise KeyError(f"no param is called {name!r}: {did_you_mean(str(name), self.known)}")

    @property
    def params(self) -> dict[str, Any]:
        """The params as they are now, feedback included."""
        return dict(self)

    @property
    def known(self) -> frozenset[str]:
        """The names of its params, and of those that other trials of its study have, as far as it knows."""
        return self._hearing.known.union(self)

    @property
    def resumed(self) -> Checkpoint | None:
        """What to start from, its own checkpoint or another trial's; None to begin at the beginning."""
        self._hearing.is_asked = True
        return self._resumed

    @property
    def resumed_value(self) -> float | None:
        """The value of the report before the checkpoint that it goes on from; None if there is none."""
        return None if self._resumed is None else self._resumed.value

    @property
    def resumed_step(self) -> int | None:
        """The step of the checkpoint that it goes on from; None if it begins at the beginning."""
        return None if self._resumed is None else self._resumed.step

    @checked
    def report(self, value: Any, step: int | None = None, *, raises: bool = True) -> dict[str, Any] | None:
        """Report an intermediate value to the study, and take its answer.

        Args:
            value: A finite number, or a mapping of metrics that holds the problem's `metric`.
            step: The resource used so far, from 0; the one after the highest, or after `resumed.step`, when
                left out. Steps may come in any order, unless rules change params or checkpoints are written;
                a step that was told before is dropped, so that its first value stands, and a warning says so
                once in a study.
            raises: Whether to raise if the trial is to end here. With False `should_prune` says so instead,
                for a callback that ends a training in the way of its library; the trial is PRUNED whatever
                its objective returns then, and notes that value as "returned".

        Returns:
            The params that feedback has changed, now in this dict too; None when there are none.

        Raises:
            TrialPruned: The trial is to end here; let it through, or raise what you like.
            ReportError: The value or the step breaks a rule.
            TrialError: The trial has ended, goes on from a checkpoint that nobody has asked for, or this is
                another process than that of its objective.
        """
        reporter = self._reporter("takes no reports", "report")
        if self._resumed is not None and not self._hearing.is_asked:
            from tunebridge.trial.writing import unasked

            raise unasked(self.number, self._resumed.step)
        if self._hearing.is_writing:
            raise TrialError(
                f"trial {self.number} has reported while a checkpoint is open",
                hint="report first: the checkpoint is that of the last report",
            )
        reply = self._hearing.tell(reporter, Told(value, step), raises=raises)
        self.update(reply.changes)
        if raises and reply.decision is Decision.PRUNE:
            raise TrialPruned(f"trial {self.number} is pruned")
        return dict(reply.changes) or None

    def checkpoint(self) -> AbstractContextManager[Path]:
        """Open a folder to write into: `with trial.checkpoint() as folder: ...`.

        At a clean exit it becomes the checkpoint of the last report, all of it at once; an exception leaves
        nothing. Train, report, checkpoint, in this order: a report may end the trial, and as the checkpoint
        closes the trial may be paused, to go on later with `resumed`.

        Raises:
            TrialPaused: The trial's turn is over; let it through.
            TrialPruned: The trial is to end here.
            TrialError: There was no report since the last checkpoint, one is open, the trial has ended, or
                this is another process than that of its objective.
        """
        from tunebridge.trial.writing import writing

        reporter = self._reporter("writes no checkpoints", "write them")
        return writing(self.number, self._hearing, reporter, self.folder, self.noted, self.limits)

    def should_prune(self) -> bool:
        """Return whether the study has told this trial to stop.

        `report` raises `TrialPruned` then, so code written for Optuna needs no change.
        """
        return self._hearing.is_stopped

    @property
    def is_running(self) -> bool:
        """Whether it takes reports: while its objective runs, and in its own process."""
        return self._hearing.reporter is not None

    @property
    def last_step(self) -> int:
        """The step of its last report, or of the checkpoint that it goes on from; -1 before the first."""
        return self._hearing.last

    @property
    def may_return(self) -> bool:
        """Whether it was told to stop by `report(..., raises=False)`: its objective returns a value then."""
        return self._hearing.may_return

    @property
    def may_resume(self) -> bool:
        """Whether it may go on from a checkpoint if it is interrupted, as in a stored study.

        Where it may not, a checkpoint costs time for nothing, unless one is wanted.
        """
        return self.folder is not None and self.folder.is_useful

    @property
    def wants_checkpoint(self) -> bool:
        """Whether its study waits for the checkpoint of the last report, to pause the trial or to copy it."""
        return self._hearing.is_wanted

    @property
    def is_paused(self) -> bool:
        """Whether its turn is over: whatever its objective does then, the trial goes on later."""
        return self._hearing.is_paused

    @checked
    def keep(self, name: str, value: Any) -> None:
        """Keep an object of this trial, such as its best weights, for `record.artifact(name)`.

        Args:
            name: Its name; what was kept under it before is replaced.
            value: Any object; it stays in memory with the trial's record, and no store keeps it.
        """
        self.kept[name] = value

    @checked
    def note(self, name: str, value: Any) -> None:
        """Note data about this trial, such as the scores of its folds, for `record.notes`.

        A store keeps it with the trial, as Optuna keeps user attributes.

        Args:
            name: Its name; what was noted under it before is replaced.
            value: Plain data that JSON gives back unchanged: strings, booleans, None, numbers (NaN and
                infinities, too), lists, and dicts with strings as keys. A numpy scalar is the number that it
                stands for.

        Raises:
            TrialError: JSON does not give it back unchanged.
        """
        import json

        try:
            given = _without_numpy(value)
            copied = json.loads(json.dumps(given))
        except (RecursionError, TypeError, ValueError):
            given, copied = value, None
        # Texts are compared, because NaN is not equal to itself.
        if not isinstance(name, str) or repr(copied) != repr(given):
            hint = "note plain lists, dicts and numbers: float(x), array.tolist(); keep() takes any object"
            raise TrialError(f"a note must be plain data, got {brief(name)}: {brief(value)}", hint=hint)
        self.noted[name] = copied

    @checked
    def limit(
        self, name: str, value: Any, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """Limit a number that this trial has come to, such as the size of its model.

        A trial beyond a limit is never best. Its value stays, its backend learns to stay away, and it goes
        on: nothing is raised here for a number beyond its bound, and no pruner looks at it.

        Args:
            name: Its name, once in a trial.
            value: A finite number.
            at_most: The highest number that is allowed.
            at_least: The lowest number that is allowed, in place of `at_most`.

        Raises:
            TrialError: The number or its bound is no finite number, there is no bound, or there are two, or
                the trial has limited something under this name before.
        """
        given = read_limited(name, value, at_most=at_most, at_least=at_least)
        if name in self._hearing.limited:
            raise TrialError(
                f"trial {self.number} has limited {name!r} before, to {self.limits[name]}",
                hint="call limit() once for each name, with the last number",
            )
        self._hearing.limited.add(name)
        self.limits[name] = given

    def begin(self, reporter: Reporter, known: frozenset[str] = frozenset()) -> None:
        """Take reports from now on; who evaluates the trial calls it, with the names of all params."""
        self._hearing.begin(reporter, -1 if self._resumed is None else self._resumed.step, known)

    def end(self) -> None:
        """Take no more reports; the study calls it."""
        self._hearing.reporter = None

    def again(self, resumed: Checkpoint, params: Mapping[str, Any]) -> Trial:
        """Return this trial for another turn: to its study another one than that of the turn before.

        Args:
            resumed: What it is to start from.
            params: Flat params that it has now.
        """
        twin = Trial(
            params,
            number=self.number,
            seed=self.seed,
            attempt=self.attempt,
            resumed=resumed,
            folder=self.folder,
        )
        twin.kept, twin.noted, twin.limits, twin.links = self.kept, self.noted, self.limits, self.links
        return twin

    def sent(self, max_bytes: int, hint: str) -> Trial:
        """Return this trial for where the study's folder cannot be seen: checkpoints come and go as bytes.

        Args:
            max_bytes: The most that a checkpoint may hold.
            hint: What to do about one that holds more.
        """
        from tunebridge.trial.parcel import ParcelFolder, parcel

        twin = self.__copy__()
        twin._resumed = None if self._resumed is None else parcel(self._resumed)  # noqa: SLF001 - its own class
        if self.folder is not None:
            twin.folder = ParcelFolder(max_bytes, hint, is_useful=self.folder.is_useful)
        return twin

    def is_same(self, other: Trial) -> bool:
        """Return whether another one is this trial to its study: itself, or a copy in this process."""
        return self._hearing is other._hearing

    def _reporter(self, fault: str, verb: str) -> Reporter:
        reporter = self._hearing.reporter
        if reporter is None:
            hint = f"{verb} while the objective runs, and in its own process"
            raise TrialError(f"trial {self.number} {fault}", hint=hint)
        if self._hearing.is_paused:
            raise TrialPaused(f"trial {self.number} is paused", hint="let the first TrialPaused through")
        return reporter

    def __copy__(self) -> Trial:
        """Return the same trial with a dict of its own."""
        twin = type(self).__new__(type(self))
        dict.update(twin, self)
        twin.number, twin.seed, twin.attempt = self.number, self.seed, self.attempt
        twin.device = self.device
        twin.kept, twin.noted, twin.links, twin.folder = self.kept, self.noted, self.links, self.folder
        twin.limits = self.limits
        twin._resumed, twin._hearing = self._resumed, self._hearing  # noqa: SLF001 - its own class
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Trial:
        """Copy the params alone."""
        twin = self.__copy__()
        twin.update(deepcopy(dict(self), memo))
        return twin

    def __repr__(self) -> str:
        """Show the number beside the params."""
        return printable(f"Trial({self.number}, {dict(self)!r})")


point_elsewhere(Trial)


def _without_numpy(value: Any) -> Any:
    """Return data with builtin numbers in place of numpy's scalars."""
    if type(value) is list:
        return [_without_numpy(one) for one in value]
    if type(value) is dict:
        return {name: _without_numpy(one) for name, one in value.items()}
    return plain(value)
