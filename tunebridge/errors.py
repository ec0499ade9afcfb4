"""Every error tunebridge raises: what was wrong and the rule, then what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Self

from tunebridge.display.printable import printable

GROUP_MARGIN = re.compile(r"^ +\| ")
"""What stands before each line in the traceback of an exception group."""


class TunebridgeError(Exception):
    """Base of all errors of tunebridge.

    Args:
        message: What was wrong, and the rule. It is kept as it may be printed, with escapes for control
            characters and without the passwords of URLs.
        hint: What to do next; shown on a line of its own.
        in_every_trial: Whether it lies in what all trials share, such as a misspelt name: raised by an
            objective of whose study no trial has worked, it ends the study, as soon as each choice of the
            space has met it: a choice may decide what a trial trains.
    """

    def __init__(self, message: str, hint: str = "", *, in_every_trial: bool = False) -> None:
        """Keep the message and the hint apart; `str()` shows both."""
        message, hint = printable(message), printable(hint)
        super().__init__(f"{message}\n  hint: {hint}" if hint else message)
        self.message = message
        self.hint = hint
        self.in_every_trial = in_every_trial

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by state, because subclasses take other arguments than they show."""
        return _rebuilt, (type(self), self.args, self.__dict__)


class SpaceError(TunebridgeError, ValueError):
    """A space, or params given for one, break a rule of the space.

    Args:
        faults: One line per fault, each starting with the path of the parameter.
    """

    def __init__(self, faults: Iterable[str], hint: str = "") -> None:
        """Join all faults into one message."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults), hint)


class ProblemError(TunebridgeError, ValueError):
    """A problem or a budget is described wrongly."""


class UnknownNameError(TunebridgeError, LookupError):
    """No backend, parameter or direction has this name."""


class OptionError(TunebridgeError, TypeError):
    """A function has no such argument, a backend no such option, or the value of one is out of its bounds."""


class TranslationError(TunebridgeError, ValueError):
    """A backend cannot propose the declared space faithfully."""


class UnsupportedError(TunebridgeError):
    """A backend lacks a capability that the problem needs."""


class MissingLibraryError(TunebridgeError, ImportError):
    """The library behind a backend is not installed."""


class PluginError(TunebridgeError):
    """A plugin is broken, or two plugins claim one name."""


class TrialError(TunebridgeError, ValueError):
    """A trial is told twice, or to a study that did not ask for it."""


class ObjectiveError(TunebridgeError, ValueError):
    """The objective returned something that is not its value."""


class ReportError(TunebridgeError, ValueError):
    """A report breaks a rule: not a finite number, a step below 0, several objectives."""


class LiveParamError(TunebridgeError, ValueError):
    """A hyperparameter cannot change while its model trains: it would be ignored, or be another thing."""

    @classmethod
    def of(cls, said: str, reasons: Mapping[str, str], hint: str, *, in_every_trial: bool = False) -> Self:
        """Return the error of params that cannot change.

        Args:
            said: What cannot be, up to the names.
            reasons: Why each of them cannot change, by name.
            hint: What to do next.
            in_every_trial: Whether a value decides nothing: the param itself cannot change.
        """
        listed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        return cls(f"{said} {listed}", hint, in_every_trial=in_every_trial)


class TrialPruned(TunebridgeError):  # the word of the field, and of Optuna
    """Raised inside an objective to end its trial as PRUNED; it needs no message."""

    def __init__(self, message: str = "the trial is pruned", hint: str = "") -> None:
        """Take a message, as all errors do, or none."""
        super().__init__(message, hint)


class TrialPaused(TunebridgeError):  # the word of the field, beside TrialPruned
    """Raised as a checkpoint closes, to end a trial's turn: let it through, the trial goes on later."""


class StoreError(TunebridgeError, OSError):
    """A store cannot be opened, read or written, or a study in it is not what was asked for."""


class ExecutorError(TunebridgeError, RuntimeError):
    """Trials cannot be run where they were to be, or one was stopped there."""


class NoCompleteTrialError(TunebridgeError, ValueError):
    """A best trial was asked for, and none is complete."""


class NoAllowedTrialError(NoCompleteTrialError):
    """A best trial was asked for, and all complete ones are beyond their limits."""


def _rebuilt(kind: type[TunebridgeError], args: tuple[Any, ...], state: dict[str, Any]) -> TunebridgeError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def last_line(error: str) -> str:
    """Return the line of a traceback that names the exception: the first one after the last frame."""
    lines = [GROUP_MARGIN.sub("", line) for line in error.strip().split("\n")]
    frames = [place for place, line in enumerate(lines) if line.startswith('  File "')]
    after = lines[frames[-1] + 1 :] if frames else lines
    return next((line for line in after if line and not line.startswith(" ")), lines[-1].strip())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest of the known names, in whichever case, then all of them."""
    names = sorted(map(str, known))
    close = closest(name, names)
    listing = f"known: {', '.join(names)}" if names else "there are none"
    return f"Did you mean {close!r}? ({listing})" if close else listing


def closest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the closest of the known names, in whichever case; an empty string if none is close."""
    from difflib import get_close_matches

    folded = {one.casefold(): one for one in sorted(known, reverse=True)}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else ""
