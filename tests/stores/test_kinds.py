"""Whether a document is of a kind, and where it is not: both say the same of whatever is written into one."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import pytest

from tests.stores.damages import VALUES, path_of
from tunebridge.stores import format as documents
from tunebridge.stores.kinds import Kind, faults_of

CHOICES = [{"label": "a", "value": 1}, {"label": "b", "space": {"parameters": [], "constraints": []}}]
FLOAT = {"kind": "Float", "low": 0.0, "high": 1.0, "log": False, "step": None}
SPACE: dict[str, Any] = {
    "parameters": [
        {"name": "x", **FLOAT},
        {"name": "a", "kind": "Categorical", "choices": CHOICES, "weights": [1.0, 2.0]},
        {"name": "n", **FLOAT, "when": [{"a": {"values": [{"label": "a"}]}}, {"x": {"low": 0.5}}]},
    ],
    "constraints": [{"reason": "r", "rule": {"name": "f", "code": "c"}}],
}
DOCUMENTS: dict[str, tuple[Kind, dict[str, Any]]] = {
    "study": (
        documents.STUDY,
        {
            "format": 2,
            "seed": 7,
            "space": SPACE,
            "objective": {"name": "f", "code": "c", "scheme": 3, "items": {"y": "z"}, "not_compared": {}},
            "metric": None,
            "parent": "before",
            "versions": {"python": "3", "torch": None},
            "seal": "s",
        },
    ),
    "segment": (documents.SEGMENT, {**documents.UNKNOWN_SEGMENT, "options": {"a": [1]}, "restorable": True}),
    "begin": (
        documents.BEGIN,
        {
            "backend": "b",
            "segment": 0,
            "asked": None,
            "rejected": 1,
            "seed": 3,
            "track": {"rejected": [[{"x": 0.5}, {}]], "mark": {}},
            "turn": [1, -1],
        },
    ),
    "checkpoint": (
        documents.CHECKPOINT,
        {
            "schedule": [[1, "x", 0.5, "rule"]],
            "copies": [
                {
                    "at": 1,
                    "step": 2,
                    "donor": 3,
                    "donor_step": 2,
                    "params": {"x": 1},
                    "lineage": [[0, 1, 2, -1, {}]],
                }
            ],
            "faults": ["f"],
            "metrics": {"1": {"loss": 0.5}},
        },
    ),
    "end": (
        documents.END,
        {
            "place": 4,
            "told": "COMPLETE",
            "error": None,
            "schedule": [],
            "faults": [],
            "metrics": {},
            "notes": {},
            "sampler_seconds": 0.5,
            "objective_seconds": 1,
            "finished": "2026-01-01T00:00:00+00:00",
        },
    ),
    "trial's reports": (
        documents.TRIAL.fields["reports"],
        [{"step": 0, "value": 0.5}, {"step": 1, "value": 2}],  # type: ignore[dict-item]
    ),
}


def overwritten(rng: random.Random, document: Any) -> Any:
    """Return a copy in which something is something else, twice, or gone."""
    other = deepcopy(document)
    path = path_of(rng, other)
    if not path:
        return rng.choice(VALUES)
    part, (*way, last) = other, path
    for step in way:
        part = part[step]
    fate = rng.random()
    if fate < 0.15:
        del part[last]
    elif fate < 0.3 and isinstance(part, list):
        part.append(deepcopy(part[last]))
    else:
        part[last] = rng.choice(VALUES)
    return other


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_of_its_kind_exactly_if_nothing_is_wrong_with_it(name: str) -> None:
    kind, document = DOCUMENTS[name]
    assert kind.holds(document)
    assert faults_of(kind, document) == [*kind.faults(document)] == []
    rng, said = random.Random(name), set()
    for _ in range(600):
        other = overwritten(rng, document)
        faults = [*kind.faults(other, "here")]
        assert kind.holds(other) == (not faults), (other, faults)
        assert faults_of(kind, other, "here") == faults
        said.add(not faults)
    assert said == {True, False}
    for value in VALUES:
        assert kind.holds(value) == (not [*kind.faults(value)]), value
