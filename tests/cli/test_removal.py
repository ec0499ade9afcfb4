"""The command line that takes something out of stored studies: exclude, include, delete, clean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look
from tests.removal.trained import place_of, trained

PROBLEM = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0.0, 1.0)), direction="maximize")


@pytest.fixture
def url(new_store: Callable[[str], str]) -> str:
    url = new_store("sqlite")
    tb.tune(PROBLEM, backend="optuna:random", n_trials=6, seed=0, storage=url, study="heights")
    return url


@pytest.fixture
def look(tmp_path: Path, look: Look, monkeypatch: pytest.MonkeyPatch) -> Look:
    monkeypatch.chdir(tmp_path)
    return partial(look, columns=160)


def test_a_trial_is_excluded_shown_with_its_reason_and_included_again(url: str, look: Look) -> None:
    best = tb.load_study(url, "heights").best_trial.number
    status, out, _ = look("exclude", url, str(best), "--reason", "sensor [red]off")
    assert (status, f"excluded trial {best} of heights" in out) == (0, True)
    status, out, _ = look("show", url)
    assert "sensor [red]off" in out
    assert "6 complete, 1 excluded" in out
    assert "1 excluded" in look("studies", url)[1]
    assert tb.load_study(url, "heights").best_trial.number != best
    status, out, _ = look("include", url, str(best), "--study", "heights")
    assert (status, f"included trial {best} of heights again" in out) == (0, True)
    assert "excluded" not in look("show", url)[1]


def test_mistakes_end_with_the_next_step(url: str, look: Look) -> None:
    status, _, said = look("exclude", url, "2")
    assert (status, "--reason" in said) == (2, True)
    status, _, said = look("exclude", url, "two", "--reason", "a")
    assert (status, "TRIAL" in said) == (2, True)
    assert "one after another: 7 12; a study is named by --study NAME" in said
    status, _, said = look("exclude", url, "2,4", "--reason", "a")
    assert (status, "one after another: 2 4" in said) == (2, True)
    status, _, said = look("exclude", url, "99", "--reason", "a")
    assert (status, "trial 99 is not there" in said, "tunebridge show" in said) == (1, True, True)


def test_a_study_beside_its_own_confirmation_needs_no_name(url: str, look: Look) -> None:
    tb.confirm(tb.load_study(url, "heights", problem=PROBLEM), top=2, seeds=[1, 2], storage=url)
    status, out, _ = look("exclude", url, "2", "4", "--reason", "a")
    assert (status, "of heights: told to no sampler" in out) == (0, True)
    assert [one.number for one in tb.load_study(url, "heights").trials if one.excluded] == [2, 4]


def test_the_page_of_a_study_has_a_section_of_what_is_excluded(url: str, look: Look, tmp_path: Path) -> None:
    assert "Excluded" not in tb.load_study(url, "heights").report(tmp_path / "a.md").read_text()
    tb.exclude(url, "heights", trials=[1, 4], reason="the sensor was off")
    page = tb.load_study(url, "heights").report(tmp_path / "b.md").read_text()
    assert "Excluded trials" in page
    assert page.count("the sensor was off") == 2
    assert "2 of them excluded" in page


def test_a_study_is_deleted_once_the_user_agrees_and_what_will_go_is_said_before(
    url: str, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(url)
    place = place_of(url)
    status, out, said = look("delete", url, "--study", "net")
    assert (status, "no terminal" in said, "--yes" in said) == (1, True, True)
    assert "net: 3 trials, 6 kB of checkpoints in" in out
    assert place.exists()
    monkeypatch.setattr("tunebridge.cli.removal._is_asked", lambda: True)
    monkeypatch.setattr("click.confirm", lambda question: False)
    assert "nothing was removed" in look("delete", url, "--study", "net")[1]
    assert place.exists()
    status, out, _ = look("delete", url, "--study", "net", "--yes")
    assert (status, "deleted 1 study with 3 trials, 6 kB of checkpoints" in out) == (0, True)
    assert not place.exists()
    assert "net" not in look("studies", url)[1]
    status, _, said = look("delete", url, "--study", "net", "--yes")
    assert (status, "no study 'net'" in said) == (1, True)
    status, _, said = look("delete", url)
    assert (status, "--study" in said) == (2, True)


def test_what_nothing_can_need_is_listed_with_its_size_and_removed_once_the_user_agrees(
    url: str, look: Look
) -> None:
    trained(url)
    left = place_of(url) / "0" / "0"
    assert "no checkpoint that nothing can need" in look("clean", url)[1]
    left.mkdir()
    (left / "model").write_bytes(b"x" * 2500)
    status, out, said = look("clean", url)
    assert (status, "--yes" in said, left.exists()) == (1, True, True)
    assert "2.5 kB" in out
    assert "of trial 0 of 'net', which keeps its last and its best" in out
    status, out, _ = look("clean", url, "--yes")
    assert (status, "removed 1 folder, 2.5 kB" in out, left.exists()) == (0, True, False)
