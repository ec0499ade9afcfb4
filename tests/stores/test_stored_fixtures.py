"""What 0.1.0 stored loads, and goes on exactly, in this version and in every later one.

`stored/studies.py` has the studies; what that version stored, and would have gone on to find, lies beside it.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import re
import sqlite3
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tunebridge as tb

HERE = Path(__file__).parent / "stored"
EXPECTED: dict[str, Any] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
SCHEMES = ("sqlite", "journal")
ROUNDED = {
    "tree optuna:tpe",
    "tree hyperopt:tpe",
    "colliding hyperopt:tpe",
    "two values",
    "taught",
    "network",
}
"""Where samplers or training take logarithms and sums, whose last bits hang on the processor."""

ON_THIS_PROCESSOR = "its last bits are those of the processor that stored it"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stored_studies", HERE / "studies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


studies = _loaded()


@pytest.fixture(scope="module")
def contents() -> dict[str, str]:
    """Return what was stored, as if this version of Python had: exactness is not promised across those."""
    stamp = re.compile(r'("python": ?)"' + re.escape(EXPECTED["python"]) + '"')
    now = rf'\1"{platform.python_version()}"'
    names = {"sqlite": "studies.sql", "journal": "journal.log"}
    return {
        scheme: stamp.sub(now, (HERE / name).read_text(encoding="utf-8")) for scheme, name in names.items()
    }


@pytest.fixture(params=SCHEMES)
def url(request: pytest.FixtureRequest, contents: dict[str, str], tmp_path: Path) -> str:
    """Return the URL of a store of this test's own that holds all that was stored."""
    path = tmp_path / "stored"
    if request.param == "sqlite":
        connection = sqlite3.connect(path)
        connection.executescript(contents["sqlite"])
        connection.close()
    else:
        path.write_text(contents["journal"], encoding="utf-8")
    return f"{request.param}:///{path}"


def same_processor() -> bool:
    """Return whether this processor rounds as the one that stored the studies did."""
    return bool(studies.arithmetic() == EXPECTED["arithmetic"])


def expected(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = EXPECTED["studies"].get(name) or EXPECTED[name]
    return rows


@pytest.mark.parametrize("name", [*studies.STUDIES, "network", "validated"])
def test_a_stored_study_loads_as_it_was(url: str, name: str) -> None:
    loaded = tb.load_study(url, f"{name}@2" if name == "changed" else name)

    found = [row for row in studies.rows(loaded) if row["state"] != "RUNNING"]

    assert len(found) >= studies.STORED - 1
    for row, was in zip(found, expected(name), strict=False):
        assert {**row, "told": was["told"]} == was


@pytest.mark.parametrize("name", studies.STUDIES)
def test_a_stored_study_goes_on_exactly(url: str, name: str) -> None:
    if name in ROUNDED and not same_processor():
        pytest.skip(ON_THIS_PROCESSOR)

    result = studies.GOES_ON[name](studies.TOTAL, storage=url, study=name)

    assert result.carried.exact, str(result.carried)
    assert studies.rows(result) == expected(name)


@pytest.mark.parametrize("name", ["network", "validated"])
def test_a_stored_study_of_our_own_objectives_goes_on_exactly(url: str, name: str) -> None:
    if name in ROUNDED and not same_processor():
        pytest.skip(ON_THIS_PROCESSOR)

    result = getattr(studies, name)(studies.TOTAL, storage=url, study=name)

    assert result.carried.exact, str(result.carried)
    assert studies.rows(result) == expected(name)


@pytest.mark.parametrize("kind", ["epochs", "unshuffled", "folds"])
def test_a_stored_search_goes_on_exactly(url: str, kind: str) -> None:
    fitted = studies.search(kind, studies.TOTAL, storage=url, study=kind)

    assert studies.found(fitted) == EXPECTED["searches"][kind]
    assert len(tb.load_study(url, kind).trials) == studies.TOTAL


def test_a_stored_comparison_goes_on_with_more_seeds_and_runs_no_cell_twice(url: str) -> None:
    before = tb.load_comparison(url, "cmp", problems=studies.PROBLEMS)

    compared = studies.compared(3, url)

    assert studies.cells(compared) == EXPECTED["comparison"]
    assert _begins(before).items() <= _begins(compared).items()


def test_a_stored_comparison_is_not_another_one_now(url: str) -> None:
    compared = studies.compared(2, url)

    assert _begins(compared) == _begins(tb.load_comparison(url, "cmp", problems=studies.PROBLEMS))
    with pytest.raises(tb.StoreError, match="there is no"):
        tb.load_study(url, "cmp@2")


def _begins(comparison: tb.Comparison) -> dict[tuple[str, str, int], list[Any]]:
    return {
        (cell.problem, cell.line, cell.seed): [record.started for record in cell.records]
        for cell in comparison.cells
    }
