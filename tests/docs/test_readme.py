"""The README is run: every Python block in order, and its commands against the files they name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, run
from tests.docs.pages import blocks as blocks_of

README = PAGES["README.md"]

MAX_LINES = 180


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [block.text for block in blocks_of("README.md", language)]


def test_it_is_short_as_the_pages_say_the_rest() -> None:
    assert len(README.splitlines()) <= MAX_LINES


def test_it_leads_to_every_page() -> None:
    tasks = {page for page in PAGES if re.fullmatch(r"docs/[\w-]+\.md", page)} - {"docs/index.md"}
    assert set(re.findall(r"\]\((docs/[\w-]+\.md)", README)) == tasks


def test_its_examples_run_and_print_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all(example.printed is not None for example in blocks_of("README.md", "python"))
    namespace, _ = run("README.md")
    assert namespace["result"].best_value > 0.8
    assert namespace["space"].contains(namespace["result"].best_params)


def test_its_example_has_about_twenty_lines_of_code() -> None:
    lines = [line for line in blocks("python")[0].splitlines() if line.strip()]
    assert len(lines) <= 22


def test_commands_name_files_that_exist() -> None:
    words = [word for block in blocks("sh") for word in shlex.split(block)]
    files = [word.partition(":")[0] for word in words if re.fullmatch(r"[\w./]+\.(py|txt)(:\w+)?", word)]
    assert len(files) >= 3
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = next(block for block in blocks("sh") if "pytest" in block).split("&&")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    install = command[1].strip().removeprefix(".venv/bin/pip install ")
    assert install in script
    assert command[2].strip().replace(".venv/bin/", "") in script
