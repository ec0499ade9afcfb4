"""The README is run: every Python block in order, and its commands against the files they name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.pages import PAGES, ROOT, run
from tests.pages import blocks as blocks_of

README = PAGES["README.md"]


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [block.text for block in blocks_of("README.md", language)]


def test_python_blocks_run_in_order_as_one_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace, printed = run("README.md")
    assert all(name in printed for name in ("optuna:tpe 0.", "hyperopt:tpe 0.", "sklearn:random 0."))
    assert "optuna:tpe goes on exactly where it stopped, after 10 trials" in printed
    assert "hyperopt:tpe goes on with 15 of 15 earlier trials" in printed
    assert namespace["result"].best_value > 0.8
    assert namespace["space"].contains(namespace["result"].best_params)


def test_first_example_has_about_twenty_lines_of_code() -> None:
    lines = [line for line in blocks("python")[0].splitlines() if line.strip()]
    assert len(lines) <= 22


def test_plugin_shown_is_the_plugin_that_is_installed_and_tested() -> None:
    module = (ROOT / "tests/third_party_plugin/tunebridge_halton.py").read_text(encoding="utf-8")
    assert module in blocks("python")
    assert blocks("toml")[0] in (ROOT / "tests/third_party_plugin/pyproject.toml").read_text(encoding="utf-8")


def test_commands_name_files_that_exist() -> None:
    words = [word for block in blocks("sh") for word in shlex.split(block)]
    files = [word.partition(":")[0] for word in words if re.fullmatch(r"[\w./]+\.(py|txt)(:\w+)?", word)]
    assert len(files) >= 4
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = next(block for block in blocks("sh") if "pytest" in block).split("&&")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    install = command[1].strip().removeprefix(".venv/bin/pip install ")
    assert install in script
    assert command[2].strip().replace(".venv/bin/", "") in script
