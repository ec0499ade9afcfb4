"""A search that a script began, as code of tunebridge."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise
from typing import Any

from tunebridge.contract.capture import CapturedSearch, CaptureSpec
from tunebridge.contract.reading import Reading
from tunebridge.contract.translation import Call, Fidelity
from tunebridge.convert.definitions import definitions, free_names, without_idle_imports
from tunebridge.convert.layout import Group, Item, Piece, call, flat, laid_out
from tunebridge.convert.source import Source
from tunebridge.convert.spaces import written_space
from tunebridge.convert.values import Values
from tunebridge.convert.watch import Watched

KEPT = "# The space stays as the script has it: some params are computed of what is drawn."
"""What stands in the place of a space that has to be read anew."""

SAMPLES = 20
"""How many points of a space are compared with the structure of the original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that ran up to its search."""

    source: Source
    """Its text."""
    watched: Watched
    """What it did."""
    search: CapturedSearch
    """What it searched."""
    spec: CaptureSpec
    """The library that it did this with."""

    def expressions(self) -> dict[str, Any]:
        """Return what the names of the script stand for, and the arguments in the call of the search."""
        found = {name: one for name, one in self.watched.names.items() if not name.startswith("__")}
        made = self._call()
        if self.watched.search is not None and made is not None:
            given = [*self.watched.search.arguments.items()]
            given = given[1:] if "." in self.watched.search.entry.name else given
            nodes = dict(zip((name for name, _ in given), made.args, strict=False))
            nodes |= {keyword.arg: keyword.value for keyword in made.keywords if keyword.arg}
            for name, value in given:
                if name in nodes:
                    found.setdefault(self._text(nodes[name]), value)
        return found

    def _call(self) -> ast.Call | None:
        """Return the call that began the search."""
        entry = self.watched.search.entry.name if self.watched.search else ""
        name = entry.removesuffix(".__init__").rpartition(".")[2]
        calls = [one for one in ast.walk(self.source.tree) if isinstance(one, ast.Call)]
        here = [one for one in calls if one.lineno <= self.watched.line <= (one.end_lineno or one.lineno)]
        named = [one for one in here if getattr(one.func, "attr", getattr(one.func, "id", "")) == name]
        return named[-1] if named else None

    def _text(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.source.text, node) or ast.unparse(node)

    def defined(self, expressions: Iterable[str]) -> tuple[str, set[str]]:
        """Return the code that defines the names in some expressions, and those that it leaves out."""
        names = _names_in(expressions)
        return definitions(self.source, names, self.watched.lines)


def said_space(script: Script) -> Any:
    """Return the space that the code of the objective says literally; None if it does not."""
    values = Values(script.expressions())
    values.write(script.search.objective)
    return script.spec.said(script.defined(values.own)[0])


def written_script(script: Script, reading: Reading | None) -> str:
    """Return a whole script: definitions, space, problem, and the call that tunes."""
    search, values = script.search, Values(script.expressions())
    objective = _objective(search, values)
    space = None if reading is None else written_space(reading.space, values)
    evaluate, helper = _evaluate(script, reading, values, objective)
    given, remarks = _settings(search, reading)
    settings = {key: _piece(one, values, key) for key, one in given.items()}
    kept = _kept_space(search, reading, values)
    _problem(search, values, objective, kept)  # which shows what it needs
    defined, undefined = script.defined(values.own)
    defined = without_idle_imports(script.spec.rewrite(defined), _names_in(values.own))
    above, defined = _parted(defined)
    taken = {one.id for one in ast.walk(ast.parse(defined)) if isinstance(one, ast.Name)} | values.own
    name = {one: _free(one, taken) for one in ("space", "problem", "result")}
    problem = _problem(search, values, "evaluate" if evaluate else objective, kept or name["space"])
    tuning = call("tb.tune", name["problem"], *(Item(piece, f"{key}=") for key, piece in settings.items()))
    blocks = [
        _heading(script),
        "\n".join(_imports(values.modules, above)),
        defined,
        "\n".join(_missing(values, undefined)),
        helper,
        "\n".join(_rows(reading)),
        KEPT if kept else _no_space(script) if space is None else laid_out(space, f"{name['space']} = "),
        evaluate,
        "\n".join(f"# {line}" for line in remarks),
        laid_out(problem, f"{name['problem']} = "),
        f"{laid_out(tuning, name['result'] + ' = ')}\n{_ending(search, name['result'])}",
    ]
    return _joined([block.strip("\n") for block in blocks if block.strip()])


def written_reading(reading: Reading, what: str) -> str:
    """Return the code of a space that was read, and nothing else; `what` says in words what it was."""
    values = Values()
    space = laid_out(written_space(reading.space, values), "space = ")
    lines = [f"# {what}", *_imports(values.modules), "", *_missing(values, set()), *_rows(reading)]
    if not _as_it_was(reading):
        lines.append("# What the original hands over is tb.read_space(...).params(trial), not the trial.")
    lines.append(space)
    return "\n".join(lines) + "\n"


def _objective(search: CapturedSearch, values: Values) -> str:
    if search.objective is None:
        values.missing["objective"] = "a function of a trial, which returns the value"
        return "objective"
    written = values.write(search.objective, "objective")
    return written if isinstance(written, str) else laid_out(written)


def _evaluate(script: Script, reading: Reading | None, values: Values, objective: str) -> tuple[str, str]:
    """Return the function that hands params to the objective, and what that needs: the reading."""
    if not script.search.evaluate:
        return "", ""
    objective = objective if objective.replace(".", "_").isidentifier() else f"({objective})"
    if reading is None or _as_it_was(reading):
        return script.search.evaluate.format(objective=objective, params="dict(trial)"), ""
    original = values.write(script.search.space, "native_space")
    helper = laid_out(call("tb.read_space", original), "reading = ")
    return script.search.evaluate.format(objective=objective, params="reading.params(trial)"), helper


def _as_it_was(reading: Reading) -> bool:
    """Return whether flat params are what the original hands to an objective."""
    points = [reading.space.sample(seed) for seed in range(SAMPLES)]
    try:
        return all(bool(reading.params(point) == point) for point in points)
    except (TypeError, ValueError):  # arrays have no one truth
        return False


def _kept_space(search: CapturedSearch, reading: Reading | None, values: Values) -> str:
    """Return the space as the script has it, where only that says what the model gets; else nothing."""
    if search.problem is None or reading is None or _as_it_was(reading):
        return ""
    return flat(values.write(search.space, "native_space"))


def _problem(search: CapturedSearch, values: Values, objective: str, space: str) -> Piece:
    if search.problem is not None:
        return _call(search.problem, values, space)
    one = search.directions[0] if len(search.directions) == 1 else list(search.directions)
    direction = [] if one == "minimize" else [Item(values.write(one), "direction=")]
    return call("tb.Problem", objective, space, *direction)


def _piece(value: Any, values: Values, name: str) -> Piece:
    return _call(value, values) if isinstance(value, Call) else values.write(value, name)


def _call(made: Call, values: Values, space: str = "") -> Group:
    """Return the code of a call; the text `space` stands for the space."""
    module, _, name = made.function.rpartition(".")
    if module != "tb":
        values.modules.add(module)
    args = [space if space and isinstance(one, str) and one == "space" else _piece(one, values, "argument")
            for one in made.args]  # fmt: skip
    named = [Item(_piece(one, values, key), f"{key}=") for key, one in made.kwargs.items()]
    return call(f"{module}.{name}", *args, *named)


def _joined(blocks: Sequence[str]) -> str:
    """Return blocks as one text, with one empty line more around definitions."""
    begins = [block.startswith(("def ", "class ", "@")) for block in blocks]
    ends = [block.splitlines()[-1].startswith(" ") for block in blocks]
    text = blocks[0]
    for before, after in pairwise(range(len(blocks))):
        text += ("\n\n\n" if ends[before] or begins[after] else "\n\n") + blocks[after]
    return f"{text}\n"


def _names_in(expressions: Iterable[str]) -> set[str]:
    trees = [ast.parse(one.strip(), mode="eval") for one in expressions]
    return set(chain.from_iterable(map(free_names, trees)))


def _heading(script: Script) -> str:
    return f"# {script.source.path.name}, line {script.watched.line}, as tunebridge convert writes it."


def _parted(defined: str) -> tuple[list[str], str]:
    """Return the imports at the top of some code, and the rest."""
    body = ast.parse(defined).body
    first = next((node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)), None)
    decorators = getattr(first, "decorator_list", [])
    line = 0 if first is None else min([first.lineno, *(one.lineno for one in decorators)])
    lines = defined.splitlines()
    cut = len(lines) if first is None else line - 1
    return [text for text in lines[:cut] if text], "\n".join(lines[cut:])


def _imports(modules: Iterable[str], above: Sequence[str] = ()) -> Iterator[str]:
    others = [*above, *(f"import {module}" for module in sorted(modules) if module != "tunebridge")]
    yield from [*dict.fromkeys(others), ""] if others else []
    yield "import tunebridge as tb"


def _settings(search: CapturedSearch, reading: Reading | None) -> tuple[dict[str, Any], list[str]]:
    """Return what a study is tuned with, and all remarks: a point that is not whole is named, not given."""
    given, remarks = dict(search.settings), list(search.remarks)
    points = given.pop("initial", [])
    whole = [point for point in points if reading is None or reading.space.contains(point)]
    left_out = [point for point in points if point not in whole]
    remarks += [f"initial={[point]!r} is no whole point of the space: complete it" for point in left_out]
    return given | ({"initial": whole} if whole else {}), remarks


def _missing(values: Values, undefined: Iterable[str]) -> Iterator[str]:
    """Yield what has to be written by hand, as comments: the code does not run without it."""
    for name, what in values.missing.items():
        yield f"# {name} = ...  # write it here: {what}"
    known = set(dir(__import__("builtins")))
    for name in sorted(set(undefined) - known):
        yield f"# {name} = ...  # write it here: the script has it, but not at its top"


def _rows(reading: Reading | None) -> Iterator[str]:
    """Yield what is not exactly what it was, as comments."""
    for row in () if reading is None else reading.parameters:
        if row.fidelity is not Fidelity.EXACT:
            yield f"# {row.path}: {row.fidelity}: {row.reason}"


def _no_space(script: Script) -> str:
    file = script.source.path.name
    return (
        "# What the objective suggests is not all literal, so its space is seen only by calling it:\n"
        f"# tunebridge convert {file} --walks 20\n"
        "# space = tb.Space(...)"
    )


def _ending(search: CapturedSearch, result: str) -> str:
    if len(search.directions) == 1:
        return f"print({result}.best_value, {result}.best_params)"
    return f"for trial in {result}.best_trials:\n    print(trial.values, trial.params)"


def _free(name: str, taken: set[str]) -> str:
    return next(one for n in count() if (one := f"tuned_{name}" + "_" * (n - 1) if n else name) not in taken)
