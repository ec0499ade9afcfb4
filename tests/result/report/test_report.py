"""The page of a study: what stands in it is what the result has; read in a real browser without a network."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import unescape
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

import tunebridge as tb
from tests.looking import LOW_CONTRAST, SCHEMES, WIDTHS, requested, seen, show
from tests.population.training import copies
from tests.population.training import tune as populate
from tests.result.report.parsed import Page
from tests.result.report.studies import (
    HOSTILE,
    IMAGE,
    front,
    population,
    record,
    slope,
    study,
    trained,
    training,
)
from tunebridge.result.report.content import document_of

if TYPE_CHECKING:
    from tests.conftest import Browser

STUDIES: dict[str, Callable[[], tb.Result]] = {"trained": trained, "front": front, "population": population}


@pytest.fixture(scope="module")
def result() -> Callable[[str], tb.Result]:
    """Return a function that gives a study, which it runs once."""
    found: dict[str, tb.Result] = {}

    def give(name: str) -> tb.Result:
        if name not in found:
            found[name] = STUDIES[name]()
        return found[name]

    return give


@pytest.fixture(scope="module")
def path(
    result: Callable[[str], tb.Result], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Return a function that gives the page of a study, which it writes once."""
    found: dict[str, Path] = {}

    def give(name: str) -> Path:
        if name not in found:
            found[name] = result(name).report(tmp_path_factory.mktemp("page") / "study.html")
        return found[name]

    return give


def six(value: float | None) -> str:
    return f"{value:.6g}"


def test_the_best_value_so_far_has_the_steps_of_the_trials(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    known = result("trained")
    so_far = list(accumulate((trial.value or 0.0 for trial in known.complete_trials), max))
    better = [
        (str(trial.number), six(value))
        for trial, value, before in zip(known.complete_trials, so_far, [0.0, *so_far], strict=False)
        if value > before
    ]
    part = Page(path("trained")).parts["best"]
    assert part.n_pictures == 2
    assert [(row[0], row[1]) for row in part.tables[0][1:]] == better
    assert part.tables[0][-1][1] == six(known.best_value)


def test_every_curve_stands_in_the_table_with_how_it_ended(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    known, page = result("trained"), Page(path("trained"))
    part = page.parts["curves"]
    assert [row[:8] for row in part.tables[0][1:]] == [
        [
            str(trial.number),
            trial.state.value,
            "1",
            str(len(trial.reports)),
            str(trial.reports[-1].step),
            six(trial.reports[0].value),
            six(max(report.value for report in trial.reports)),
            six(trial.reports[-1].value),
        ]
        for trial in known.trials
        if trial.reports
    ]
    drawn = Counter(line for where, line in page.lines if where == "curves")
    states = Counter(trial.state for trial in known.trials if trial.reports)
    assert states[tb.TrialState.PRUNED] > 3
    assert drawn == {
        "0": 1, "1": states[tb.TrialState.COMPLETE] - 1, "2": states[tb.TrialState.PRUNED],
    }  # fmt: skip


def test_every_change_of_a_param_stands_in_the_table(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    known, part = result("trained"), Page(path("trained")).parts["schedules"]
    rows = []
    for trial in known.trials:
        now = trial.params["rate"]
        for change in trial.changes:
            rows.append(
                [str(trial.number), str(change.step), "rate", six(now), six(change.value), change.note or "–"]  # noqa: RUF001
            )
            now = change.value
    assert len(rows) > 10
    assert part.tables[0][1:] == rows[:300]
    assert part.n_pictures == 1


def test_the_best_trials_stand_with_their_params(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    known, table = result("trained"), Page(path("trained")).parts["trials"].tables[0]
    heads = ["Trial", "Value", "Proposed by", "Took", "rate", "width", "kind", f"kind.deep {IMAGE}.depth"]
    assert table[0] == heads
    ordered = sorted(known.complete_trials, key=lambda trial: -(trial.value or 0.0))[:30]
    assert [row[0] for row in table[1:]] == [str(trial.number) for trial in ordered]
    for row, trial in zip(table[1:], ordered, strict=True):
        assert row[1] == six(trial.value)
        assert row[4:6] == [six(trial.params["rate"]), str(trial.params["width"])]
        assert row[6] == trial.params["kind"]
        assert row[7] == str(trial.params.get("depth", "–"))  # noqa: RUF001


def test_importances_are_those_of_the_result_and_where_there_are_none_the_page_says_why(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    found = tb.importances(result("front"))
    table = Page(path("front")).parts["importances"].tables[0]
    assert table[1:] == [[name, f"{share * 100:.1f} %"] for name, share in found.shares.items()]
    assert len(table) == 3
    few = Page(path("population")).parts["importances"]
    assert (few.tables, "3 complete trials: they take 20." in few.words) == ([], True)


def test_failures_are_one_for_each_kind_of_error_with_the_first_traceback(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    failed = [trial for trial in result("trained").trials if trial.state is tb.TrialState.FAILED]
    assert len({trial.error for trial in failed}) == len(failed) > 1
    words = Page(path("trained")).parts["failures"].words
    assert words.count("Traceback (most recent call last)") == 1
    assert f"{len(failed)} trials, first in trial {failed[0].number}" in words
    assert f"diverged at {failed[0].params['rate']}: {HOSTILE} & <b>bold</b>" in words


def test_a_front_has_its_trials_and_no_single_best(
    result: Callable[[str], tb.Result], path: Callable[[str], Path]
) -> None:
    known, page = result("front"), Page(path("front"))
    part = page.parts["best"]
    assert [row[:3] for row in part.tables[0][1:]] == [
        [str(trial.number), *(six(value) for value in trial.values or ())] for trial in known.best_trials
    ]
    assert part.n_pictures == 1
    assert "trials" not in page.parts


def test_the_family_tree_says_who_copied_whom_and_where_the_best_comes_from(
    path: Callable[[str], Path],
) -> None:
    page = Page(path("population"))
    part = page.parts["family"]
    assert part.tables[0][1:] == [["1", "4", "0", "4"], ["2", "9", "1", "9"]]
    assert (
        "The model of the best, trial 2, was trained by trial 0 (steps 0 to 4), then trial 1 (steps 5 to 9), "
        "then trial 2 (steps 10 to 14)." in part.words
    )
    assert part.n_pictures == 1
    changes = [row[:6] for row in page.parts["schedules"].tables[0][1:]]
    assert changes == [
        ["1", "4", "x", "0.9", "0.1", "from trial 0"],
        ["1", "4", "x", "0.1", "0.12", "explored"],
        ["2", "9", "x", "0.8", "0.12", "from trial 1"],
        ["2", "9", "x", "0.12", "0.15", "–"],  # noqa: RUF001
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", STUDIES)
def test_the_page_opens_from_a_file_without_a_network_at_every_width(
    name: str,
    result: Callable[[str], tb.Result],
    path: Callable[[str], Path],
    browser: Browser,
    width: int,
    scheme: str,
) -> None:
    page = path(name)
    assert page.stat().st_size <= 400_000
    show(browser, page, width, scheme)
    shown = " ".join(seen(browser).split())
    assert document_of(result(name), tb.importances(result(name))).verdict in shown
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate(LOW_CONTRAST) == []
    assert browser.evaluate("document.querySelectorAll('img, b').length") == 0
    assert browser.evaluate("document.querySelectorAll('script, style').length") == 2
    assert [event for event in browser.events if event["method"] == "Page.javascriptDialogOpening"] == []
    assert browser.errors == []
    assert requested(browser) == {page.as_uri()}


def test_a_kind_of_line_can_be_hidden_in_all_pictures(path: Callable[[str], Path], browser: Browser) -> None:
    show(browser, path("trained"))
    count = """[...document.querySelectorAll('[data-line="2"]')]
        .filter(part => part.getClientRects().length).length"""
    assert browser.evaluate(count) > 3
    browser.evaluate("document.querySelector('#show-2').click()")
    assert browser.evaluate(count) == 0


def test_every_section_is_linked_and_ids_are_unique(path: Callable[[str], Path], browser: Browser) -> None:
    show(browser, path("trained"))
    ids = browser.evaluate("[...document.querySelectorAll('[id]')].map(part => part.id)")
    assert len(ids) == len(set(ids)) > 7
    links = browser.evaluate("[...document.querySelectorAll('nav a')].map(link => link.hash.slice(1))")
    assert links == browser.evaluate("[...document.querySelectorAll('section')].map(part => part.id)")


def test_markdown_has_the_same_tables(
    result: Callable[[str], tb.Result], path: Callable[[str], Path], tmp_path: Path
) -> None:
    for name in STUDIES:
        written = result(name).report(tmp_path / "study.md").read_text("utf-8")
        rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(written)
        assert not re.search("<(script|img|svg|style)", rendered)
        cells = [unescape(cell).strip() for cell in re.findall("<t[hd]>(.*?)</t[hd]>", rendered, re.DOTALL)]
        page = Page(path(name))
        assert cells == [
            cell for part in page.parts.values() for table in part.tables for row in table for cell in row
        ]


def strange() -> dict[str, tuple[Sequence[tb.TrialRecord], str]]:
    """Return trials of studies with little to show, and what their pages say."""
    running = record(0, None, state=tb.TrialState.RUNNING, error=None, finished=None)
    reports = tuple(tb.Report(step, value) for step, value in enumerate((1e300, -1e300, 1e-320)))
    late = record(0, None, state=tb.TrialState.TIMED_OUT, error=None)
    return {
        "none": ([], "The study has no trial yet."),
        "one": (
            [record(0, 0.25)],
            "0.25 (minimize), found by trial 0 of 1 trial, with x=0.5.",
        ),
        "one that runs": ([running], "1 trial had not ended when this page was written."),
        "all failed": ([record(n, None) for n in range(3)], "The first failure: ValueError: broken"),
        "timed out": ([late], "None of the 1 trial is complete: 1 timed out."),
        "equal": ([record(n, 0.0) for n in range(5)], "The best value is 0 (minimize), found by trial 0"),
        "negative": ([record(n, -(10.0**n)) for n in range(9)], "The best value is -1e+08"),
        "huge": ([record(0, 1e308), record(1, -1e308)], "The best value is -1e+308"),
        "tiny": ([record(0, 1e-320), record(1, 5e-324)], "The best value is 4.94066e-324"),
        "strange reports": ([record(0, 1.0, reports=reports)], "The best value is 1 (minimize)"),
        "one report": ([record(0, 1.0, reports=reports[:1])], "The best value is 1 (minimize)"),
    }


@pytest.mark.parametrize("name", strange())
def test_studies_with_little_to_show_have_pages_that_say_so(name: str, tmp_path: Path) -> None:
    trials, said = strange()[name]
    known = study(trials)
    page = Page(known.report(tmp_path / "study.html"))
    assert said in page.parts["head"].words
    assert {"best", "failures", "space"} <= page.parts.keys()
    assert said in " ".join(
        unescape(known.report(tmp_path / "study.md").read_text("utf-8").replace("\\", "")).split()
    )


def test_ten_thousand_trials_make_a_small_page_within_seconds_that_says_what_it_leaves_out(
    tmp_path: Path,
) -> None:
    def made(number: int) -> tb.TrialRecord:
        value = 1 / (1 + number % 977)
        reports = tuple(tb.Report(step, value + 1 / (step + 1)) for step in range(30))
        return record(number, value, reports=reports, schedule=(tb.Change(9, "x", 0.25),))

    known = study([made(number) for number in range(10_000)])
    began = time.perf_counter()
    path = known.report(tmp_path / "study.html")
    assert time.perf_counter() - began < 30  # a machine may be busy; alone it takes three
    assert path.stat().st_size < 1_000_000
    page = Page(path)
    assert "150 curves of 10,000 are shown" in page.parts["curves"].words
    assert "Of 10,000 values every 25th is drawn as a dot" in page.parts["best"].words
    assert "x: 60 schedules of 10,000 are drawn." in page.parts["schedules"].words
    assert "9,700 more are left out." in page.parts["schedules"].words


def test_ten_thousand_trials_of_two_objectives_each_better_in_both_than_the_one_before(
    tmp_path: Path,
) -> None:
    problem = tb.Problem(slope, tb.Space(x=tb.Float(0, 1)), direction=["minimize", "maximize"])
    made = [record(number, 1.0, values=(-float(number), float(number))) for number in range(10_000)]
    began = time.perf_counter()
    path = study(made, problem=problem).report(tmp_path / "study.html")
    assert time.perf_counter() - began < 30
    assert path.stat().st_size < 200_000
    assert Page(path).parts["best"].tables[0][1:] == [["9999", "-9999", "9999", "x=0.5"]]


def test_ten_thousand_kinds_of_errors_are_counted(tmp_path: Path) -> None:
    words = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(10_000)]
    known = study([record(number, None, error=f"ValueError: {word}") for number, word in enumerate(words)])
    path = known.report(tmp_path / "study.html")
    assert path.stat().st_size < 100_000
    assert "9980 more kinds of failures" in Page(path).parts["failures"].words


@pytest.mark.parametrize("name", ["study.pdf", "nowhere/study.html"])
def test_a_page_that_cannot_be_written_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(tb.ProblemError, match=r"a \.html or \.md file|no folder"):
        study([record(0, 1.0)]).report(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_pauses_between_calls_count_for_nothing(tmp_path: Path) -> None:
    known = study([record(0, 0.9), record(1, 0.5), record(90_000, 0.1)])
    rows = Page(known.report(tmp_path / "study.html")).parts["best"].tables[0][1:]
    assert [row[2] for row in rows] == ["1 s", "2 s", "3 s"]


def test_what_one_has_to_know_of_a_study_stands_on_top(tmp_path: Path) -> None:
    carried = tb.Carried(backend="optuna:tpe", exact=True, reason="")
    known = study([record(0, 1.0)], damaged=("trial 1: its seal is broken",), carried=carried)
    head = Page(known.report(tmp_path / "study.html")).parts["head"].words
    assert "Not as it was written, and left out: trial 1: its seal is broken" in head
    assert str(carried) in head


def test_rules_that_raised_are_failures_of_their_own(tmp_path: Path) -> None:
    def broken(training: tb.Training) -> dict[str, float]:
        raise ZeroDivisionError(f"after {len(training.reports)} reports")

    problem = tb.Problem(training, tb.Space(rate=tb.Float(0.1, 0.5)))
    known = tb.tune(problem, backend="optuna:random", adjust=[broken], n_trials=3, seed=0)
    words = Page(known.report(tmp_path / "study.html")).parts["failures"].words
    assert "a feedback rule, in 3 trials, first in trial 0 : step 0: " in words
    assert words.count("in 3 trials") == 1  # each trial counts once, as often as the rule raised
    assert "raised ZeroDivisionError('after 1 reports')" in words


def test_a_trial_that_was_interrupted_says_how_many_attempts_it_took(tmp_path: Path) -> None:
    known = study([record(0, 1.0, attempt=2, reports=(tb.Report(0, 1.0),))])
    table = Page(known.report(tmp_path / "study.html")).parts["curves"].tables[0]
    assert table[1][:3] == ["0", "complete", "3"]


def test_the_family_tree_of_a_real_population_is_that_of_its_records(tmp_path: Path) -> None:
    known = populate(population=tb.Population(size=4, every=3))
    page = Page(known.report(tmp_path / "study.html"))
    rows = [
        [str(trial.number), str(copy.step), str(copy.donor), str(copy.donor_step)]
        for trial in known.trials
        for copy in copies(trial)
    ]
    assert len(rows) > 2
    assert sorted(page.parts["family"].tables[0][1:]) == sorted(rows)
    way = [
        f"trial {stretch.member} (steps {stretch.first} to "
        for stretch in known.best_trial.lineage
        if stretch.last >= stretch.first
    ]
    told = page.parts["family"].words
    assert f"The model of the best, trial {known.best_trial.number}, was trained by {way[0]}" in told


def test_a_copy_at_the_very_end_belongs_to_the_best_although_it_trained_nothing_more(tmp_path: Path) -> None:
    root, child, _ = population().trials
    taken = replace(
        child, schedule=(replace(copies(child)[0], step=14, donor_step=14, lineage=root.lineage),)
    )
    known = study([root, taken])
    words = Page(known.report(tmp_path / "study.html")).parts["family"].words
    assert "The model of the best, trial 1, was trained by trial 0 (steps 0 to 14)." in words


def test_params_that_changed_are_not_said_to_be_those_of_the_best(path: Callable[[str], Path]) -> None:
    head = Page(path("population")).parts["head"].words
    assert "of 3 trials, which changed while it trained and began with x=0.8." in head


def test_a_donor_whose_record_is_lost_is_named_and_not_drawn(tmp_path: Path) -> None:
    known = study(population().trials[1:])
    part = Page(known.report(tmp_path / "study.html")).parts["family"]
    assert part.tables[0][1] == ["1", "4", "0", "4"]
    assert "trained by trial 0 (steps 0 to 4), then trial 1" in part.words


def test_a_click_on_a_head_sorts_the_rows_and_another_one_turns_them_round(
    path: Callable[[str], Path], browser: Browser
) -> None:
    show(browser, path("trained"))
    column = "[...document.querySelectorAll('#trials tbody tr')].map(row => row.cells[%d].textContent)"
    click = "document.querySelectorAll('#trials thead button')[%d].click()"
    before = browser.evaluate(column % 0)
    browser.evaluate(click % 0)
    assert browser.evaluate(column % 0) == sorted(before, key=int)
    browser.evaluate(click % 0)
    assert browser.evaluate(column % 0) == sorted(before, key=int, reverse=True)
    rates = browser.evaluate(column % 4)
    browser.evaluate(click % 4)
    assert browser.evaluate(column % 4) == sorted(rates, key=float)
    sorts = "[...document.querySelectorAll('#trials thead th')].map(head => head.ariaSort)"
    assert browser.evaluate(sorts) == [None, None, None, None, "ascending", None, None, None]
    assert browser.errors == []


def test_times_are_sorted_by_their_length_and_words_stand_behind_numbers(
    browser: Browser, tmp_path: Path
) -> None:
    times = [0.5, 59.0, 61.0, 7_000.0, 3.0, 600.0]
    trials = [record(number, 1.0, objective_seconds=seconds) for number, seconds in enumerate(times)]
    show(browser, study(trials).report(tmp_path / "study.html"))
    browser.evaluate("document.querySelectorAll('#trials thead button')[3].click()")
    column = "[...document.querySelectorAll('#trials tbody tr')].map(row => row.cells[%d].textContent)"
    took = browser.evaluate(column % 3)
    assert took == ["0.5 s", "3 s", "59 s", "1 min 1 s", "10 min 0 s", "1 h 56 min"]
    browser.evaluate("document.querySelector('#trials tbody tr').cells[1].textContent = '–'")  # noqa: RUF001
    browser.evaluate("document.querySelectorAll('#trials thead button')[1].click()")
    assert browser.evaluate(column % 1) == ["1"] * 5 + ["–"]  # noqa: RUF001
