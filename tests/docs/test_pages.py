"""Pages are run: their Python as one script, their commands as far as the command line reads them."""

from __future__ import annotations

import inspect
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, PUBLIC, ROOT, blocks, own_names, run
from tunebridge.cli.main import app
from tunebridge.registry import hookspecs

RUN_ELSEWHERE = {"README.md": "test_readme.py", "docs/stopping-boosters.md": "test_stopping_boosters.py"}
"""Pages whose blocks are run by the tests that look at what they find."""

SCRIPTS = [page for page in PAGES if page not in RUN_ELSEWHERE and blocks(page, "python")]
NOT_RUN = {
    "docs/devices.md": ["the address of a cluster"],
    "docs/joining.md": ["it needs a server"],
    "docs/parallel.md": ["the address of a cluster"],
}
"""Why blocks of Python are not run, by page: all there are."""


# What Lightning warns of in each fit.
@pytest.mark.filterwarnings("ignore:.*LeafSpec", "ignore:The '.*_dataloader' does not have many workers")
@pytest.mark.parametrize("page", SCRIPTS)
def test_the_python_of_a_page_runs_as_one_script(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(page)


def test_blocks_that_are_not_run_are_these() -> None:
    found = {page: [block.why_not_run for block in blocks(page, "python")] for page in PAGES}
    assert {page: [why for why in whys if why] for page, whys in found.items() if any(whys)} == NOT_RUN


def test_the_plugin_that_is_shown_is_the_one_that_is_installed_and_tested() -> None:
    page, folder = "docs/writing-a-plugin.md", ROOT / "tests/third_party_plugin"
    module, *_ = blocks(page, "python")
    assert module.text == (folder / "tunebridge_halton.py").read_text(encoding="utf-8")
    (entry_point,) = blocks(page, "toml")
    assert entry_point.text in (folder / "pyproject.toml").read_text(encoding="utf-8")


def commands() -> list[tuple[str, list[str]]]:
    """Return every command of tunebridge that a page shows, with its page."""
    lines = [
        (page, line) for page in PAGES for block in blocks(page, "sh") for line in block.text.splitlines()
    ]
    words = [(page, shlex.split(part, comments=True)) for page, line in lines for part in line.split("&&")]
    return [(page, part[1:]) for page, part in words if part and part[0].split("/")[-1] == "tunebridge"]


@pytest.mark.parametrize(
    ("page", "words"), commands(), ids=[f"{page}: {' '.join(words)}" for page, words in commands()]
)
def test_a_command_of_a_page_is_one_that_the_command_line_reads(page: str, words: list[str]) -> None:
    with app.make_context("tunebridge", list(words)) as context:
        name, command, rest = app.resolve_command(context, words)
        assert command is not None, page
        command.make_context(name, rest, parent=context)


def test_pages_name_files_that_exist() -> None:
    named = [
        (page, name)
        for page, text in PAGES.items()
        for name in re.findall(r"(?:examples|tests|docs|benchmarks|findings)/[\w/]+\.(?:py|md)", text)
    ]
    assert len(named) >= 4
    assert [(page, name) for page, name in named if not (ROOT / name).exists()] == []


def test_pages_name_extras_that_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {name for text in PAGES.values() for names in re.findall(r"(?:tunebridge|\.)\[([\w,]+)\]", text)
             for name in names.split(",")}  # fmt: skip
    assert named
    assert named <= extras.keys()


def test_the_table_of_extras_has_all_that_users_take_and_says_what_all_of_them_is() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    rows = re.findall(r"^\| (`[^|]+) \| (.+) \|$", PAGES["docs/first-study.md"], re.MULTILINE)
    told = {name: text for names, text in rows for name in re.findall(r"`([^`]+)`", names)}
    assert told.keys() == extras.keys() - {"docs", "test"}
    (joined,) = extras["all"]
    assert set(re.findall(r"`([^`]+)`", told["all"])) == set(
        joined.removeprefix("tunebridge[").removesuffix("]").split(",")
    )


def test_the_reference_shows_every_public_name_once() -> None:
    shown = [name for page, text in PAGES.items() if page.startswith("docs/reference/")
             for name in re.findall(r"^::: (\S+)$", text, re.MULTILINE)]  # fmt: skip
    public = [f"{module.__name__}.{name}" for module in PUBLIC for name in own_names(module)]
    assert sorted(shown) == sorted([*public, hookspecs.__name__])


def test_every_hook_has_a_docstring() -> None:
    hooks = [function for name, function in inspect.getmembers(hookspecs) if name.startswith("tunebridge_")]
    assert len(hooks) > 8
    assert [hook.__name__ for hook in hooks if not hook.__doc__] == []
