"""Each row of the table in `docs/stored-studies.md`, in two processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fingerprint import fingerprinted
from tests.fingerprint.fingerprinted import ROWS
from tunebridge.fingerprint.changes import changed_items, same_code

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "stored-studies.md"

Described = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def there() -> Described:
    """Return what another process says, whose sets are in another order."""
    command = (
        f"import json; from {fingerprinted.__name__} import described as d; print('\\n' + json.dumps(d()))"
    )
    seed = "7" if os.environ.get("PYTHONHASHSEED") != "7" else "8"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: Described = json.loads(done.stdout.splitlines()[-1])
    return read


@pytest.fixture(scope="module")
def here() -> Described:
    return fingerprinted.described()


@pytest.mark.parametrize("title", ROWS)
def test_the_same_is_the_same_in_another_process(title: str, here: Described, there: Described) -> None:
    assert json.loads(json.dumps(here[title])) == there[title]


@pytest.mark.parametrize("title", ROWS)
def test_what_counts_is_named_when_it_has_changed_and_what_does_not_is_not(
    title: str, here: Described
) -> None:
    row, (before, after) = ROWS[title], here[title]
    changed = changed_items(before, after)
    assert not [why for why in before["not_compared"].values() if row.counts and "cannot be described" in why]
    if not row.counts:
        assert changed == []
        assert same_code(before, after)
        assert row.name in {*before["not_compared"], ""}
    elif row.name:
        assert any(line.startswith(f"{row.name} is not what it was") for line in changed)
    else:
        assert not same_code(before, after)


def test_the_page_has_these_rows_and_no_others() -> None:
    lines = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    found = {f"{library}: {what}": said for library, what, said in lines if f"{library}: {what}" in ROWS}
    assert [title for title in ROWS if title not in found] == []
    assert {title: said.startswith("compared") for title, said in found.items()} == {
        title: row.counts for title, row in ROWS.items()
    }
