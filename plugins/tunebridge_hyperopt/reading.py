"""A search space of hyperopt's, read: its labels are the parameters, and the graph itself is the way back.

- Labels are flat names. A label in an option of a choice is in a branch; one that several options share has a
  condition.
- Options that nothing is drawn in are what they are; others have a name that stands in them, or their place.
- All that is computed (casts, arithmetic, functions of `scope`) stays with the graph, which is evaluated with
  the values of a trial.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hyperopt import Trials
from hyperopt.pyll import Apply, as_apply, dfs
from hyperopt.pyll.base import Literal

from tunebridge import Fidelity, Node, Parameter, Reading, Space, SpaceError, TranslatedParameter
from tunebridge.display.brief import brief
from tunebridge.space.foreign.advice import in_place_of, library_of
from tunebridge_hyperopt.choosing import Choice, choice
from tunebridge_hyperopt.declared import Declared
from tunebridge_hyperopt.drawn import Drawn, Unreadable, as_written, drawn
from tunebridge_hyperopt.graph import Graph
from tunebridge_hyperopt.standing import Standing, Walk

SOURCE = "a search space of hyperopt's"


def read(source: Any) -> Reading:
    """Return the reading of a graph, or of a dict, list or tuple that holds some.

    Raises:
        SpaceError: Nothing in it is drawn, and it is no graph: one that draws nothing is an empty space.
    """
    if isinstance(source, Trials):
        hint = "give the space that fmin was given; trials are for history="
        raise SpaceError([f"{brief(source)}: hyperopt's Trials keep no space"], hint=hint)
    root = as_apply(source)
    walk = Walk(root)
    refused = [*_misplaced(root), *_unlabelled(walk)]
    read: dict[str, Drawn | Choice] = {}
    for label, standing in walk.labels.items():
        try:
            read[label] = _read(walk, label, standing)
        except Unreadable as error:
            refused.append(_refused(label, as_written(label, standing.node.arg["obj"]), str(error)))
    if refused:
        return Reading(source=SOURCE, space=Space(), parameters=tuple(refused), back=dict)
    if not read and not isinstance(source, Apply):
        hint = "write hp.uniform('x', 0, 1) or its like"
        raise SpaceError([f"nothing is drawn in {brief(source)}"], hint=hint)
    declared = Declared(walk.labels, read)
    space = declared.space
    rows = [_row(node, read[node.name], walk.labels[node.name]) for node in space.nodes]
    graph = Graph(root, {label: one.node for label, one in walk.labels.items()}, declared.ways)
    return Reading(source=SOURCE, space=space, parameters=tuple(rows), back=graph)


def _read(walk: Walk, label: str, standing: Standing) -> Drawn | Choice:
    drawn_by = standing.node.arg["obj"]
    if label in walk.twice:
        raise Unreadable(
            "two different things are drawn under this label, which hyperopt refuses, too: rename one; or "
            "keep the expression in a variable, and write that in both places"
        )
    if not isinstance(label, str):
        raise Unreadable(f"the label must be a text, got {label!r}")
    if standing.options or drawn_by.name == "categorical":
        return choice(drawn_by, standing.options)
    return drawn(drawn_by)


def _misplaced(root: Apply) -> Iterator[TranslatedParameter]:
    """Yield what stands in a dict and was to be drawn, but hyperopt hands it over as it is."""
    entries = [entry for node in dfs(root) if node.name == "dict" for entry in node.named_args]
    for name, one in entries:
        value = one.obj if isinstance(one, Literal) else None
        if isinstance(value, Parameter):
            yield _refused(name, repr(value), "is of tunebridge: declare all of it as tunebridge.Space(...)")
        elif library_of(value):
            yield _refused(name, brief(value), f"hyperopt does not draw from it; {in_place_of(value)}")


def _unlabelled(walk: Walk) -> Iterator[TranslatedParameter]:
    for node in walk.unlabelled:
        reason = (
            f"is drawn without a label, by which hyperopt would know it: write hp.{node.name}(label, ...)"
        )
        yield _refused(f"scope.{node.name}", f"scope.{node.name}(...)", reason)


def _refused(path: str, native: str, reason: str) -> TranslatedParameter:
    return TranslatedParameter(
        path=path, declared="", native=native, fidelity=Fidelity.REFUSED, reason=reason
    )


def _row(node: Node, read: Drawn | Choice, standing: Standing) -> TranslatedParameter:
    if isinstance(read, Drawn):
        native = as_written(node.name, standing.node.arg["obj"])
        fidelity, reason = read.fidelity, read.reason
    else:
        drawn_by = "pchoice" if read.weights else "choice"
        native = f"hp.{drawn_by}({node.name!r}, [{', '.join(read.names)}])"
        fidelity, reason = Fidelity.EXACT, read.reason
    return TranslatedParameter(
        path=node.path, declared=node.declared, native=native, fidelity=fidelity, reason=reason
    )
