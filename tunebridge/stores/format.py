"""What is written of a study, field by field: the one statement of the format.

All documents are JSON. What the fields mean is said where they are written: `Segment` and `Origin` in
`timeline`, `write_space` in `space.schema`, `describe` in `fingerprint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tunebridge.checks import is_finite, is_int
from tunebridge.problem.problem import Direction
from tunebridge.stores.kinds import Kind, Later, Listed, Maybe, Named, OneOf, Record, Row, Value
from tunebridge.trial.state import TrialState

FORMAT = 3
"""Highest version of the notes; a study with a higher one was written by a newer tunebridge.

In 1, nothing is sealed. In 3 there may be what earlier versions would not see: trials that are excluded,
limits, or a space that has grown. A study gets the number before the first of these; earlier versions have
written them into studies of 2.
"""

PLAIN = 2
"""The version of a new study, without any of these."""

UNSEEN = ("grown", "limits")
"""The notes of a study, a segment, a checkpoint or an end for which it is raised."""


def is_moment(value: Any) -> bool:
    """Return whether a text is a moment in ISO format."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


ANY = Value("anything", lambda value: True)
TEXT = Value("a text", lambda value: isinstance(value, str))
FLAG = Value("true or false", lambda value: isinstance(value, bool))
COUNT = Value("an integer >= 0", lambda value: is_int(value) and value >= 0)
SEED = Value("an integer with 0 <= seed < 2**32", lambda value: is_int(value) and 0 <= value < 2**32)
FINITE = Value("a finite number", is_finite)
NUMBER = Value("a number", lambda value: isinstance(value, float) or is_finite(value))
NATURAL = Value("a number or a label", lambda value: isinstance(value, str) or NUMBER.holds(value))
SIMPLE = Value(
    "a text, a number, true, false or null",
    lambda value: value is None or isinstance(value, bool | str) or NUMBER.holds(value),
)
MOMENT = Value(
    "a moment with its time zone", lambda value: isinstance(value, datetime) and value.tzinfo is not None
)
MOMENT_TEXT = Value("a moment in ISO format", is_moment)
STATE = Value("a state of a trial", lambda value: isinstance(value, TrialState))
DIRECTION = Value("minimize or maximize", lambda value: isinstance(value, Direction))

VERSIONS = Named(Maybe(TEXT))
CALLABLE = Record(
    {"name": TEXT, "code": TEXT},
    {"version": TEXT, "scheme": COUNT, "items": Named(TEXT), "not_compared": Named(TEXT)},
)
CHOICES = Listed(
    Record({"label": TEXT}, {"value": SIMPLE, "object": TEXT, "space": Later(lambda: SPACE)}), key="label"
)


VALUES = Listed(Record({}, {"label": TEXT, "value": SIMPLE, "object": TEXT}))
WHEN = Listed(Named(Record({}, {"low": Maybe(FINITE), "high": Maybe(FINITE), "values": VALUES})))


def _parameter(**fields: Kind) -> Record:
    return Record({"name": TEXT, "kind": TEXT, **fields}, {"when": WHEN})


PARAMETER = OneOf(
    "kind",
    {
        "Float": _parameter(low=FINITE, high=FINITE, log=FLAG, step=Maybe(FINITE)),
        "Int": _parameter(low=FINITE, high=FINITE, log=FLAG, step=Maybe(FINITE)),
        "Normal": _parameter(mean=FINITE, sd=FINITE, log=FLAG),
        "Ordinal": _parameter(choices=CHOICES),
        "Constant": _parameter(choices=CHOICES),
        "Categorical": _parameter(choices=CHOICES, weights=Maybe(Listed(FINITE))),
        "Space": Record({"name": TEXT, "kind": TEXT, "space": Later(lambda: SPACE)}),
    },
)
SPACE: Record = Record(
    {
        "parameters": Listed(PARAMETER, key="name"),
        "constraints": Listed(Record({"reason": TEXT, "rule": CALLABLE})),
    },
    {"when": WHEN},
)

DIRECTIONS = Listed(DIRECTION)

SIDE = Value("at_most or at_least", lambda value: value in ("at_most", "at_least"))
DECLARED = Named(Row((SIDE, FINITE)))
"""Limits of a problem by name: the side, and the bound."""
LIMITS = Named(Row((FINITE, SIDE, FINITE)))
"""Numbers of a trial with their limits, by name."""

STUDY = Record(
    {
        "format": COUNT,
        "seed": SEED,
        "space": SPACE,
        "objective": CALLABLE,
        "metric": Maybe(TEXT),
        "parent": Maybe(TEXT),
        "versions": VERSIONS,
    },
    {"id": TEXT, "limits": DECLARED, "seal": TEXT},
)
"""The notes of a study."""

GROWN = Record({"space": SPACE, "filled": Named(NATURAL), "trial": COUNT})
"""A space that a study has grown to: what its new params were in trials before, by full path, as far as any
had them; and the number of the first trial that may be anywhere in it."""

SEGMENT = Record(
    {
        "backend": TEXT,
        "options": Named(ANY),
        "settings": Named(ANY),
        "versions": VERSIONS,
        "pruner": TEXT,
        "seed": SEED,
        "n_trials": Maybe(COUNT),
        "start": COUNT,
    },
    {"restorable": FLAG, "shared": FLAG, "not_asked": Named(TEXT), "grown": GROWN, "seal": TEXT},
)
"""A segment."""

TRIAL = Record(
    {
        "number": Maybe(COUNT),
        "attempt": COUNT,
        "state": STATE,
        "params": Named(NATURAL),
        "values": Maybe(Listed(NUMBER)),
        "reports": Listed(Record({"step": COUNT, "value": FINITE}), key="step"),
        "started": MOMENT,
        "finished": Maybe(MOMENT),
        "notes": Named(ANY),
    }
)
"""The fields of an attempt at a trial, but for what is in its notes, and those of its checkpoints."""

DESCRIBED = Record(
    {
        "problem": Record({}, {"objective": CALLABLE, "space": SPACE}),
        "accepted": Listed(TEXT),
        "unseen": Listed(TEXT),
        "when": TEXT,
    }
)

POPULATION = Record(
    {
        "size": COUNT,
        "every": COUNT,
        "quantile": FINITE,
        "explore": TEXT,
        "params": Maybe(Listed(TEXT)),
        "factors": Listed(FINITE),
        "resample": FINITE,
    }
)
"""The note of the first member: what holds for all of them."""
TRACK = Record({}, {"rejected": Listed(Row((Named(NATURAL), Named(ANY)))), "mark": Named(ANY)})
"""How a suggestion is taken up: natural params and mark of each one rejected, and its own mark."""

LAST = Value("an integer >= -1", lambda value: is_int(value) and value >= -1)
TURN = Row((COUNT, LAST))

BEGIN = Record(
    {
        "backend": TEXT,
        "segment": Maybe(COUNT),
        "asked": Maybe(COUNT),
        "rejected": COUNT,
        "seed": SEED,
    },
    {
        "by": TEXT,
        "decided": TEXT,
        "described": DESCRIBED,
        "population": POPULATION,
        "track": TRACK,
        "turn": TURN,
        "writer": TEXT,
        "seal": TEXT,
    },
)
"""The notes of an attempt's begin."""

SESSION = Record(
    {"segment": COUNT, "asked": COUNT, "calls": COUNT, "state": Named(ANY)},
    {"seal": TEXT},
)
"""The last state of a session."""

AMENDMENT = Record(
    {"trials": Listed(COUNT), "excluded": Maybe(TEXT), "segments": COUNT, "when": MOMENT_TEXT},
    {"seal": TEXT},
)
"""What was said of trials later: why they are excluded, or null if they are included again."""

STRETCH = Row((COUNT, SEED, COUNT, LAST, Named(NATURAL)))
COPY = Record(
    {
        "at": COUNT,
        "step": COUNT,
        "donor": COUNT,
        "donor_step": COUNT,
        "params": Named(NATURAL),
        "lineage": Listed(STRETCH),
    }
)

SCHEDULE = Listed(Row((COUNT, TEXT, SIMPLE, TEXT)))

CHECKPOINT = Record(
    {},
    {
        "schedule": SCHEDULE,
        "copies": Listed(COPY),
        "faults": Listed(TEXT),
        "metrics": Named(Named(NUMBER)),
        "notes": Named(ANY),
        "limits": LIMITS,
        "paused": COUNT,
        "turn": TURN,
        "seal": TEXT,
    },
)
"""The notes of a checkpoint: what is new since the one before.

Those that it has at last also say which report has paused the trial, or which turn has begun there since.
"""

END = Record(
    {
        "place": Maybe(COUNT),
        "told": TEXT,
        "error": Maybe(TEXT),
        "schedule": SCHEDULE,
        "faults": Listed(TEXT),
        "metrics": Named(Named(NUMBER)),
        "notes": Named(ANY),
        "sampler_seconds": NUMBER,
        "objective_seconds": NUMBER,
    },
    {
        "finished": Maybe(MOMENT_TEXT),
        "end_seal": TEXT,
        "copied": COUNT,
        "copies": Listed(COPY),
        "device": TEXT,
        "limits": LIMITS,
    },
)
"""The notes of its end."""

LINE = Record({"label": TEXT, "backend": TEXT, "options": Named(ANY), "pruner": TEXT})

COMPARISON = Record(
    {
        "study": TEXT,
        "lines": Listed(LINE, key="label"),
        "reference": Maybe(TEXT),
        "targets": Named(Maybe(NUMBER)),
        "command": TEXT,
        "machine": TEXT,
    }
)
"""The options of a comparison's own segments: what it is beside its cells."""

ENTRANT = Record({"key": TEXT, "number": COUNT, "value": NUMBER, "params": Named(ANY)})

CONFIRMATION = Record({"study": TEXT, "finalists": Listed(ENTRANT, key="key"), "seeds": Listed(COUNT)})
"""The options of a confirmation's own segments: what it is beside its repeats."""

UNKNOWN: Mapping[str, Any] = {
    "format": PLAIN,
    "seed": 0,
    "objective": {"name": "(damaged)", "code": ""},
    "metric": None,
    "parent": None,
    "versions": {},
}
"""What stands for the notes of a study that are damaged, where only the rest is shown."""

UNKNOWN_SEGMENT: Mapping[str, Any] = {
    "backend": "(damaged)",
    "options": {},
    "settings": {},
    "versions": {},
    "pruner": "",
    "seed": 0,
    "n_trials": None,
    "start": 0,
}
"""What stands for a segment that is damaged."""
