"""The report of a comparison: one page, read in a real browser without a network; the same as Markdown."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

import tunebridge as tb
from tests.looking import LOW_CONTRAST, MOST_BYTES, SCHEMES, WIDTHS, requested, seen, show
from tunebridge.comparison.findings.best import best_trials, how_many
from tunebridge.comparison.report.content import content_of

if TYPE_CHECKING:
    from tests.conftest import Browser

HOSTILE = "<script>alert('x')</script>"

IMAGE = "<img src=x onerror=alert(1)>"

BACKENDS = ["optuna:tpe", "hyperopt:anneal", "sklearn:random"]


def slope(trial: tb.Trial) -> float:
    return float(trial["x"] + 0.1 * trial["y"])


def hostile(trial: tb.Trial) -> float:
    if trial[HOSTILE] > 0.8:
        raise ValueError(f"too large: {HOSTILE} & <b>bold</b> $x$ | pipe `tick`\n```\n# {IMAGE}")
    return float(trial[HOSTILE] + 0.3 * (trial["choice"] == IMAGE))


def dead(trial: tb.Trial) -> float:
    raise RuntimeError(f"never {HOSTILE}")


PLAIN = tb.Problem(slope, tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1)))

HOSTILE_SPACE = tb.Space({
    HOSTILE: tb.Float(0, 1),
    "choice": tb.Categorical([IMAGE, "</svg></table></style>", "a|b\n# c"]),
    "branch": tb.Categorical({f"with {IMAGE}": tb.Space(depth=tb.Int(1, 3)), "without": tb.Space()}),
})  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> tb.Comparison:
    """Return one problem on three lines."""
    return tb.compare({"slope": PLAIN}, backends=BACKENDS, n_trials=20, seeds=range(8))


@pytest.fixture(scope="module")
def many() -> tb.Comparison:
    """Return seven problems, enough for a test of ranks; one has no weighted choices on Optuna."""
    problems = {f"slope {place}": PLAIN for place in range(6)}
    weighted = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1), kind=tb.Categorical(["a", "b"], weights=[1, 3]))
    problems["weighted"] = tb.Problem(slope, weighted, direction="maximize")
    return tb.compare(
        problems, backends=BACKENDS, n_trials=8, seeds=range(3), on_lossy="warn", shared_start=2
    )


@pytest.fixture(scope="module")
def nasty() -> tb.Comparison:
    """Return names that would be markup if they could, a problem that always fails, and one seed."""
    problems = {
        f"problem {HOSTILE}": tb.Problem(hostile, HOSTILE_SPACE),
        "$dead$ | _x_ `#": tb.Problem(dead, PLAIN.space),
    }
    return tb.compare(
        problems,
        backends=BACKENDS,
        n_trials=25,
        seeds=[7],
        study=f"study {HOSTILE}",
        command=f"tunebridge compare 'a{HOSTILE}.py:b' ``` {IMAGE}",
    )


COMPARISONS = ["plain", "many", "nasty"]


@pytest.fixture(params=COMPARISONS)
def comparison(request: pytest.FixtureRequest) -> tb.Comparison:
    found: tb.Comparison = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tb.Comparison], Path]:
    """Return a function that gives the page of a comparison, which it writes once."""
    written: dict[str, Path] = {}

    def give(comparison: tb.Comparison) -> Path:
        if comparison.verdict not in written:
            written[comparison.verdict] = comparison.report(tmp_path_factory.mktemp("page") / "report.html")
        return written[comparison.verdict]

    return give


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_opens_from_a_file_without_a_network_at_every_width(
    comparison: tb.Comparison,
    browser: Browser,
    page: Callable[[tb.Comparison], Path],
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    path = page(comparison)
    assert path.stat().st_size <= MOST_BYTES
    show(browser, path, width, scheme)
    shown = seen(browser)
    browser.screenshot(tmp_path / "report.png")
    assert comparison.verdict in " ".join(shown.split())
    for name in (*comparison.problems, *comparison.labels, comparison.study, comparison.command):
        assert " ".join(name.split()) in " ".join(shown.split())
    for name, version in comparison.versions.items():
        assert f"{name}\n{version}" in shown
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate(LOW_CONTRAST) == []
    assert browser.errors == []
    assert requested(browser) == {path.as_uri()}


def test_names_with_markup_in_them_are_shown_as_text(
    nasty: tb.Comparison, browser: Browser, page: Callable[[tb.Comparison], Path]
) -> None:
    show(browser, page(nasty))
    shown = seen(browser)
    assert [event for event in browser.events if event["method"] == "Page.javascriptDialogOpening"] == []
    assert browser.evaluate("document.querySelectorAll('script').length") == 1
    assert browser.evaluate("document.querySelectorAll('img, b').length") == 0
    assert browser.evaluate("document.querySelectorAll('style').length") == 1
    assert browser.evaluate("document.querySelector('#problem-0 h2').textContent") == f"problem {HOSTILE}"
    heads = browser.evaluate("[...document.querySelectorAll('.heads span')].map(head => head.textContent)")
    assert heads == [HOSTILE, "choice", "branch", f"branch.with {IMAGE}.depth", "value"]
    for part in (f"never {HOSTILE}", f"too large: {HOSTILE} & <b>bold</b> $x$ | pipe `tick`", repr(IMAGE)):
        assert part in shown
    assert browser.errors == []


def test_the_policy_of_the_page_stops_a_script_that_is_not_its_own(
    plain: tb.Comparison, browser: Browser, page: Callable[[tb.Comparison], Path]
) -> None:
    show(browser, page(plain))
    browser.evaluate("""(() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    })()""")
    assert browser.evaluate("window.ran") is None
    assert any("Content Security Policy" in error for error in browser.errors)


def test_ids_are_unique_and_every_reference_leads_somewhere(
    many: tb.Comparison, browser: Browser, page: Callable[[tb.Comparison], Path]
) -> None:
    show(browser, page(many))
    ids = browser.evaluate("[...document.querySelectorAll('[id]')].map(part => part.id)")
    assert len(ids) == len(set(ids)) > 7
    linked = browser.evaluate("""[...document.querySelectorAll('*')].flatMap(part => [...part.attributes])
        .flatMap(one => one.name === 'href' ? [one.value.slice(1)]
            : [...one.value.matchAll(/url\\(#([^)]+)\\)/g)].map(found => found[1]))""")
    assert linked
    assert set(linked) <= set(ids)


def test_a_line_can_be_hidden_in_all_pictures(
    plain: tb.Comparison, browser: Browser, page: Callable[[tb.Comparison], Path]
) -> None:
    show(browser, page(plain))
    seen(browser)
    count = """[...document.querySelectorAll('[data-line="%d"]')]
        .filter(part => part.getClientRects().length).length"""
    before = [browser.evaluate(count % place) for place in range(3)]
    # In two pictures a median and a band, and each trial in the picture and in the table.
    assert before == [4 + 2 * how_many(plain)] * 3
    browser.evaluate("document.querySelector('#show-1').click()")
    assert [browser.evaluate(count % place) for place in range(3)] == [before[0], 0, before[2]]
    browser.evaluate("document.querySelector('#show-1').click()")
    assert [browser.evaluate(count % place) for place in range(3)] == before


def test_a_row_of_a_trial_and_its_line_show_each_other(
    plain: tb.Comparison, browser: Browser, page: Callable[[tb.Comparison], Path]
) -> None:
    show(browser, page(plain))
    seen(browser)
    browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
    best = best_trials(plain, "slope")[4]
    browser.evaluate("document.querySelector('tr[data-trial=\"4\"]').focus()")
    lit = "[...document.querySelectorAll('.on')].map(part => part.tagName + part.dataset.trial)"
    assert browser.evaluate(lit) == ["polyline4", "TR4"]
    said = browser.evaluate("document.querySelector('.readout').textContent")
    assert f"Value {best.value}" in said
    assert f"Seed {best.seed}; Trial {best.number}; x {best.shown('x')}; y {best.shown('y')}" in said
    browser.evaluate("document.activeElement.blur()")
    assert browser.evaluate(lit) == []
    browser.evaluate("document.querySelector('[data-trial=\"2\"]').scrollIntoView({block: 'center'})")
    x, y = browser.evaluate("""(() => {
        const line = document.querySelector('polyline[data-trial="2"]');
        const {x, y} = line.points[0], box = line.ownerSVGElement.getBoundingClientRect();
        return [box.x + x / 100 * box.width, box.y + y / 100 * box.height];
    })()""")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    line, row = browser.evaluate(lit)  # another line may lie above it there
    trial = int(line.removeprefix("polyline"))
    assert row == f"TR{trial}"
    said = browser.evaluate("document.querySelector('.readout').textContent")
    assert f"Value {best_trials(plain, 'slope')[trial].value};" in said


def test_everything_that_is_folded_is_printed(
    plain: tb.Comparison, browser: Browser, page: Callable[[tb.Comparison], Path]
) -> None:
    show(browser, page(plain))
    browser.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    closed = "document.querySelectorAll('details:not([open])').length"
    assert browser.evaluate(closed) == 0
    browser.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert browser.evaluate(closed) > 0


def test_ranks_have_a_diagram_if_they_were_tested(
    plain: tb.Comparison, many: tb.Comparison, nasty: tb.Comparison, page: Callable[[tb.Comparison], Path]
) -> None:
    pages = [page(one).read_text("utf-8") for one in (plain, nasty, many)]
    assert ["Critical differences" in page for page in pages] == [False, False, True]
    assert ["Over all problems" in page for page in pages] == [False, True, True]
    assert many.ranking is not None
    shown = unescape(re.sub("<[^>]+>", " ", pages[2]))
    assert f"critical difference {many.ranking.critical_difference:.2f}" in shown


def test_a_lossy_translation_is_marked_and_explained(
    many: tb.Comparison, page: Callable[[tb.Comparison], Path], tmp_path: Path
) -> None:
    shown = unescape(page(many).read_text("utf-8"))
    markdown = many.report(tmp_path / "report.md").read_text("utf-8")
    note = "optuna:tpe (lossy) cannot propose kind of weighted as declared: Optuna has no weighted choices"
    for written in (shown, markdown):
        assert note in written
        assert "share their first 2 points" in written


def test_every_figure_of_the_page_is_in_the_markdown(comparison: tb.Comparison, tmp_path: Path) -> None:
    rendered = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(comparison.report(tmp_path / "report.md").read_text("utf-8"))
    )
    shown = " ".join(unescape(re.sub("<[^>]+>", " ", rendered)).split())
    content = content_of(comparison)
    said = [content.verdict, *content.notes, *content.rank_test, *(text for _, text in content.facts)]
    for part in content.problems:
        said += [part.name, part.target]
        said += [
            cell
            for row in part.rows
            for cell in (row.name, row.verdict, row.median, row.interval, row.reached)
        ]
        said += [trial.shown(path) for trial in part.best for path in part.paths]
        said += [one.path for one in part.importances] if part.best else []
    for one in content.translations:
        said += [
            one.in_short,
            *(cell for row in one.rows for cell in (row.path, row.declared, row.native, row.reason)),
        ]
    said += [failure.what for failure in (*content.failed_cells, *content.failed_trials)]
    said += [version for _, version in content.versions]
    missing = [one for one in said if " ".join(one.split()) not in shown]
    assert missing == []


def test_markup_in_names_is_text_in_markdown(nasty: tb.Comparison, tmp_path: Path) -> None:
    written = nasty.report(tmp_path / "report.md").read_text("utf-8")
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(written)
    assert not re.search("<(script|img|svg|style)", rendered)
    assert set(re.findall("</?([a-z0-9]+)", rendered)) == {
        "code", "h1", "h2", "h3", "li", "p", "pre", "strong",
        "table", "tbody", "td", "th", "thead", "tr", "ul",
    }  # fmt: skip
    for found in re.findall("<table>.*?</table>", rendered, re.DOTALL):
        rows = [len(re.findall("<t[hd]", row)) for row in re.findall("<tr>.*?</tr>", found, re.DOTALL)]
        assert len(set(rows)) == 1
    assert f'<code class="language-text">{nasty.command}' in unescape(rendered)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.pdf", "a .html or .md file"),
        ("report", "a .html or .md file"),
        ("nowhere/report.html", "no folder"),
        ("folder.html", "is a folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused(
    plain: tb.Comparison, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(tb.ProblemError, match=message):
        plain.report(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.html"]


def test_a_missing_library_is_named(
    plain: tb.Comparison,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(
        tb.MissingLibraryError, match=r"needs jinja2(.|\n)*pip install 'tunebridge\[compare\]'"
    ):
        plain.report(tmp_path / "report.html")
    assert plain.report(tmp_path / "report.md").exists()


def test_a_comparison_without_a_whole_seed_has_a_report(browser: Browser, tmp_path: Path) -> None:
    def stop(trial: tb.Trial) -> float:
        raise KeyboardInterrupt

    broken = tb.compare({"p": tb.Problem(stop, PLAIN.space)}, backends=BACKENDS, n_trials=2, seeds=[0])
    show(browser, broken.report(tmp_path / "report.html"))
    assert "No seed has ended on every line yet." in seen(browser)
    assert browser.errors == []
    assert broken.verdict in " ".join(broken.report(tmp_path / "report.md").read_text("utf-8").split())


def test_names_that_utf_8_has_no_form_for_are_written_all_the_same(tmp_path: Path) -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Float(0, 1)))
    found = tb.compare(
        {"half \ud83d": problem}, backends=["optuna:random", "sklearn:random"], n_trials=2, seeds=[0]
    )
    for suffix in ("html", "md"):
        assert "half \\ud83d" in found.report(tmp_path / f"report.{suffix}").read_text("utf-8")
