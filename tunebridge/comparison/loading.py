"""Reads comparisons from stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import product
from typing import Any

from tunebridge.budget import Budget
from tunebridge.calls import checked
from tunebridge.comparison.cell import Cell, within
from tunebridge.comparison.comparison import Comparison
from tunebridge.comparison.plan.line import Line
from tunebridge.comparison.plan.plan import cell_study
from tunebridge.comparison.run.run_cells import NAME
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.display.passwords import without_passwords
from tunebridge.errors import StoreError
from tunebridge.problem.problem import Problem
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.natural import point_of
from tunebridge.space.schema import stored_space
from tunebridge.space.space import Space
from tunebridge.stores.damage import HINT
from tunebridge.stores.format import COMPARISON
from tunebridge.stores.loading import check_name, find, load, opened
from tunebridge.stores.only import only
from tunebridge.stores.recorder import read_past
from tunebridge.stores.stored_problem import check_same, problem_of
from tunebridge.stores.timeline import Timeline
from tunebridge.study.loaded_study import line_of


@checked
def load_comparison(
    storage: str | Store, study: str | None = None, *, problems: Mapping[str, Problem] | None = None
) -> Comparison:
    """Return what a stored comparison has found up to now; it may be running elsewhere.

    Args:
        storage: URL of its store, or an open one.
        study: Its name; may be left out if the store has only one.
        problems: What it compares on, by name, for params that are your own objects; without them, these
            show their labels.

    Raises:
        StoreError: The store cannot be read, has no comparison of this name, or several if none is named, or
            one of other problems.
        ProblemError: The name is no text, or stands where the store belongs.
    """
    if study is not None:
        check_name(study, storage)
    with opened(storage) as store:
        found = study or only(
            comparison_names(store),
            "comparison",
            "comparisons",
            nothing="tunebridge studies URL lists what it holds",
        )
        name = line_of(store, found)[0]
        return Reader(store, name, problems=problems or {}, kept={}).comparison()


class Reader:
    """Puts a comparison together from its own study and those of its cells.

    Args:
        store: Where it lies.
        name: Of its own study.
        problems: The problems that are known, by name. One that is not is read from its cells; if it has
            none yet, it is left out.
        kept: Studies of cells that are in no store, by name.

    Raises:
        StoreError: It is no comparison, or cannot be read.
    """

    def __init__(
        self, store: Store, name: str, *, problems: Mapping[str, Problem], kept: Mapping[str, StoredStudy]
    ) -> None:
        """Read all that there is."""
        known = find(store, name)
        if not _is_comparison(known):
            raise StoreError(f"the study {name!r} is no comparison", hint=f"tunebridge show URL -s {name!r}")
        self._name = name
        self._session: Mapping[str, Any] = known.segments[-1]
        self._notes: Mapping[str, Any] = self._session["options"]
        self._space = stored_space(known.notes["space"])
        _check_head(known, self._space)
        past = read_past(known, self._space)
        ends = [one.record for one in (*past.imported, *past.attempts)]
        self._ends = {point_of(self._space, record.params): record for record in ends}
        self._studies = {
            place: kept.get(name) or load(store, name)
            for place in product(self._list("problem"), self._list("line"), self._list("seed"))
            for name in [self._cell_study(*place)]
        }
        self._problems = self._read_problems(problems, kept)

    def comparison(self) -> Comparison:
        """Return the comparison."""
        return Comparison(
            study=self._name,
            problems=self._problems,
            lines=tuple(_line(notes) for notes in self._notes["lines"]),
            seeds=tuple(self._list("seed")),
            budget=self._budget,
            shared_start=self._fixed("shared_start"),
            reference=self._notes["reference"],
            targets=self._notes["targets"],
            cells=tuple(self._cell(*place) for place in self._studies if place[0] in self._problems),
            versions=self._session["versions"],
            machine=self._notes["machine"],
            # Those that were kept by an earlier version may have one.
            command=without_passwords(self._notes["command"]),
        )

    def _list(self, name: str) -> list[Any]:
        parameter: Any = self._space[name]
        return list(parameter.values)

    def _fixed(self, name: str) -> Any:
        parameter: Any = self._space[name]
        return parameter.value

    def _read_problems(
        self, given: Mapping[str, Problem], kept: Mapping[str, StoredStudy]
    ) -> dict[str, Problem]:
        """Return the problems by name, those that were given checked against the cells of the store.

        The others have just been made of them, some perhaps while another cell changed what they share.
        """
        found: dict[str, Problem] = {}
        for (name, _, _), study in self._studies.items():
            if name in found:
                continue
            if name in given:
                found[name] = given[name]
            elif study is not None:
                found[name] = problem_of(study)
            if name in given and study is not None and study.name not in kept:
                check_same(study, given[name])
        return found

    def _cell(self, problem: str, line: str, seed: int) -> Cell:
        study, known = self._studies[problem, line, seed], self._problems[problem]
        params = {"problem": problem, "line": line, "seed": seed}
        end = self._ends.get(point_of(self._space, self._space.read(params)))
        past = Timeline() if study is None else read_past(study, known.space)
        last = past.segments[-1] if past.segments else None
        return Cell(
            problem=problem,
            line=line,
            seed=seed,
            study=self._cell_study(problem, line, seed),
            direction=known.directions[0],
            state=None if end is None else end.state,
            error="" if end is None else end.error or "",
            records=tuple(within((past.records[number] for number in sorted(past.records)), self._budget)),
            settings={} if last is None else last.settings,
            versions={} if last is None else last.versions,
            n_sessions=len(past.segments),
        )

    @property
    def _budget(self) -> Budget:
        return Budget(n_trials=self._fixed("n_trials"), max_seconds=self._fixed("max_seconds"))

    def _cell_study(self, problem: str, line: str, seed: int) -> str:
        return cell_study(self._notes["study"], problem, line, seed, self._fixed("shared_start"))


def comparison_names(store: Store) -> list[str]:
    """Return the names of the comparisons of a store that can be read, those without a cell left out."""
    return _comparisons(store, store.studies())


def cell_names(store: Store) -> set[str]:
    """Return the names of those studies of a store that are cells of its comparisons."""
    names = store.studies()
    starts = tuple(f"{name}/" for name in _comparisons(store, names))
    return {name for name in names if name.startswith(starts)}


def _comparisons(store: Store, names: list[str]) -> list[str]:
    """Return the names of the comparisons that have cells, as far as they can be read."""
    parts = [name.split("/") for name in names]
    heads = {"/".join(part[:length]) for part in parts for length in range(1, len(part))}
    return [name for name in sorted(heads.intersection(names)) if is_comparison(store, name)]


def is_comparison(store: Store, name: str) -> bool:
    """Return whether a study is a comparison; one that says nothing any more is none."""
    try:
        known = load(store, name, partly=True)
    except StoreError:
        return False
    return known is not None and _is_comparison(known)


def _line(notes: Mapping[str, Any]) -> Line:
    return Line(**{field.name: notes[field.name] for field in fields(Line)})


def _check_head(known: StoredStudy, space: Space) -> None:
    """Check that a comparison says what it compares.

    Raises:
        StoreError: It does not.
    """
    faults = [*COMPARISON.faults(known.segments[-1]["options"], "options")]
    damage = [f"{fault.path}: found {fault.found}, expected {fault.expected}" for fault in faults]
    kinds = {name: type(parameter) for name, parameter in space.entries}
    listed = dict.fromkeys(("n_trials", "max_seconds", "shared_start"), Constant)
    wanted = {"problem": Categorical, "line": Categorical, "seed": Ordinal, **listed}
    damage += [f"space: found no {name}" for name, kind in wanted.items() if kinds.get(name) is not kind]
    if damage:
        raise StoreError("\n".join([f"the comparison {known.name!r} is damaged:", *damage]), hint=HINT)


def _is_comparison(known: StoredStudy) -> bool:
    return bool(known.segments) and known.segments[-1]["backend"] == NAME
