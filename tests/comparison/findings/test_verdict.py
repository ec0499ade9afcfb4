"""What a comparison says: its summary, tests, verdict, tables and frame, on results with a known answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

import tunebridge as tb
from tunebridge.budget import Budget
from tunebridge.comparison.cell import Cell
from tunebridge.comparison.comparison import Comparison
from tunebridge.comparison.plan.line import Line
from tunebridge.comparison.report.rows import rows_of
from tunebridge.comparison.statistics.paired import Verdict
from tunebridge.problem.problem import Direction

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SPACE = tb.Space(x=tb.Float(0.0, 1.0))
WEIGHTED = tb.Space(x=tb.Categorical(["a", "b"], weights=[1, 3]))
RANDOM, TPE, ANNEAL = "optuna:random", "optuna:tpe", "hyperopt:anneal"

Found = Mapping[str, Sequence[Sequence[float | None] | None]]
"""By line, for each seed the values of its trials; None for a cell that has not begun."""


def record(number: int, value: float | None, seconds: float = 1.0) -> tb.TrialRecord:
    """Return a trial of which a quarter of the time is the sampler's."""
    return tb.TrialRecord(
        number=number,
        state=tb.TrialState.FAILED if value is None else tb.TrialState.COMPLETE,
        params={"x": 0.5},
        values=None if value is None else (value,),
        backend="optuna:tpe",
        told="",
        error=None if value is None else "no luck",
        seed=0,
        started=NOON,
        finished=NOON,
        sampler_seconds=seconds / 4,
        objective_seconds=seconds * 3 / 4,
    )


def cell_of(
    problem: str, line: str, seed: int, values: Sequence[float | None] | None, direction: str
) -> Cell:
    has_value = values is not None and any(value is not None for value in values)
    state = None if values is None else tb.TrialState.COMPLETE if has_value else tb.TrialState.FAILED
    return Cell(
        problem=problem,
        line=line,
        seed=seed,
        study=f"comparison/{problem}/{line}/{seed}",
        direction=Direction(direction),
        state=state,
        error="10 trials in a row failed" if state is tb.TrialState.FAILED else "",
        records=tuple(record(number, value) for number, value in enumerate(values or ())),
    )


def comparison_of(
    found: Mapping[str, Found], *, direction: str = "minimize", space: tb.Space = SPACE, n_trials: int = 3
) -> Comparison:
    """Return a comparison that has found the given values."""
    labels = list(next(iter(found.values())))
    n_seeds = len(next(iter(next(iter(found.values())).values())))
    return Comparison(
        study="comparison",
        problems={name: tb.Problem(lambda trial: 0.0, space, direction) for name in found},
        lines=tuple(Line(label=label, backend=label) for label in labels),
        seeds=tuple(range(n_seeds)),
        budget=Budget(n_trials=n_trials, max_seconds=None),
        shared_start=0,
        reference=RANDOM,
        targets={},
        cells=tuple(
            cell_of(name, label, seed, values, direction)
            for name, lines in found.items()
            for label, rows in lines.items()
            for seed, values in enumerate(rows)
        ),
        versions={},
        machine="",
        command="",
    )


def shifted(n_seeds: int, shift: float, *, sign: float = 1.0) -> list[list[float | None]]:
    """Return cells whose best values are all different, and apart from those of another shift."""
    return [[sign * (shift + seed / 100 + step) for step in (2, 1, 0)] for seed in range(n_seeds)]


def one(shifts: Mapping[str, float], *, n_seeds: int = 10, sign: float = 1.0) -> dict[str, Found]:
    """Return what random search and other lines find on one problem."""
    shifts = {RANDOM: 5.0, **shifts}
    return {"p": {label: shifted(n_seeds, shift, sign=sign) for label, shift in shifts.items()}}


def printed(comparison: Comparison) -> str:
    """Return the tables, one line per row."""
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(comparison)
    return captured.get()


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_values_and_differences_have_the_sign_of_the_user(direction: str, sign: float) -> None:
    comparison = comparison_of(one({TPE: 4.0, ANNEAL: 7.0}, sign=sign), direction=direction)
    summary = comparison.summary()
    best, worst = summary.line(TPE), summary.line(ANNEAL)
    assert best.median == pytest.approx(sign * 4.045)
    assert best.quartiles == pytest.approx(sorted([sign * 4.0225, sign * 4.0675]))
    assert best.test is not None
    assert worst.test is not None
    assert (best.test.verdict, worst.test.verdict) == (Verdict.BETTER, Verdict.WORSE)
    assert best.test.estimate == pytest.approx(sign * -1.0)
    assert worst.test.estimate == pytest.approx(sign * 2.0)
    assert best.test.low <= best.test.estimate <= best.test.high
    assert summary.line(RANDOM).test is None


def test_the_family_is_each_line_against_the_reference_and_all_pairs_on_request() -> None:
    comparison = comparison_of(one({TPE: 4.0, ANNEAL: 7.0}))
    tests = [line.test for line in comparison.summary().lines if line.test is not None]
    assert [test.p_adjusted for test in tests] == pytest.approx([2 * 2 / 2**10] * 2)
    pairs = comparison.pairs()
    assert [(test.first, test.second) for test in pairs] == [(RANDOM, TPE), (RANDOM, ANNEAL), (TPE, ANNEAL)]
    assert [test.p_adjusted for test in pairs] == pytest.approx([3 * 2 / 2**10] * 3)


def test_the_verdict_says_what_is_better_and_what_is_worse() -> None:
    found = comparison_of(one({TPE: 4.0, ANNEAL: 7.0})).verdict
    first, second = found.split(". Every")
    assert first.startswith(
        f"{TPE} finds better values than {RANDOM} by 1 (97.5 % interval of the difference [-1, -1]"
    )
    assert f"{ANNEAL} finds worse values by 2 " in first
    assert first.endswith("adjusted p = 0.0039); with 3 trials and 10 seeds")
    assert second == f" line could be told apart from {RANDOM}."


def test_the_verdict_admits_that_there_is_no_detectable_difference_and_asks_for_seeds() -> None:
    noisy: list[list[float | None]] = [[5 + seed / 100 + (0.5 if seed % 3 else -0.9)] for seed in range(10)]
    comparison = comparison_of({"p": {RANDOM: shifted(10, 5), TPE: noisy}})
    test = comparison.summary().line(TPE).test
    assert test is not None
    assert test.needed_seeds is not None
    assert comparison.verdict == (
        f"No detectable difference: {TPE} cannot be told apart from {RANDOM} with 3 trials and 10 seeds. "
        f"To show one of the size found would take about {test.needed_seeds} seeds."
    )
    assert f"no detectable difference; needs {test.needed_seeds} seeds" in printed(comparison)


def test_the_verdict_does_not_ask_for_seeds_where_nothing_differs() -> None:
    verdict = comparison_of(one({TPE: 5.0})).verdict
    assert verdict.startswith("No detectable difference: ")
    assert verdict.endswith("What was found is no difference at all, which more seeds would not show.")


def test_with_one_seed_no_test_is_possible() -> None:
    comparison = comparison_of(one({TPE: 4.0, ANNEAL: 7.0}, n_seeds=1))
    assert comparison.verdict == (
        "No test is possible: with one seed no difference can be significant, it needs 7 seeds. "
        f"The best median is that of {TPE}, 4, which may be luck."
    )
    assert "cannot be significant; needs 7 seeds" in printed(comparison)


def test_seeds_that_not_all_lines_have_ended_do_not_count() -> None:
    found = one({TPE: 4.0})
    cut = {"p": {RANDOM: found["p"][RANDOM], TPE: [*found["p"][TPE][:8], None, None]}}
    comparison = comparison_of(cut)
    assert not comparison.is_complete
    assert comparison.common_seeds("p") == list(range(8))
    assert {label: len(losses) for label, losses in comparison.losses("p").items()} == {RANDOM: 8, TPE: 8}
    assert comparison.verdict.startswith("So far, with 18 of 20 cells: ")
    assert "8 seeds" in str(comparison)


def test_before_a_seed_is_complete_nothing_can_be_said() -> None:
    comparison = comparison_of({"p": {RANDOM: [[1.0], None], TPE: [None, [1.0]]}})
    assert comparison.verdict.startswith("Nothing can be said yet: 2 of 4 cells have ended.")
    assert comparison.summary().line(TPE).test is None
    assert math.isnan(comparison.summary().line(TPE).median)
    assert comparison.pairs() == []
    assert comparison.ranking is None
    assert str(comparison)


def test_a_cell_without_a_value_is_worse_than_all_and_is_named() -> None:
    nothing: list[list[float | None]] = [[None, None] for _ in range(10)]
    comparison = comparison_of({"p": {RANDOM: shifted(10, 5), TPE: nothing}})
    line = comparison.summary().line(TPE)
    assert comparison.losses("p")[TPE] == [math.inf] * 10
    assert line.test is not None
    assert line.test.verdict is Verdict.WORSE
    assert (line.n_failed_cells, line.n_failed_trials) == (10, 20)
    assert comparison.verdict.startswith(
        f"{TPE} finds worse values than {RANDOM} ({TPE} found none in 10 of 10 cells, adjusted p = 0.002); "
    )
    assert comparison.verdict.endswith(f"; {TPE} failed in 10 of 10 cells.")
    shown = printed(comparison)
    assert shown.count("failed: comparison/p/optuna:tpe/") == 5
    assert "5 more cells failed" in shown


def test_the_target_is_what_random_search_finds_in_the_whole_budget() -> None:
    comparison = comparison_of(one({TPE: 3.5}))
    summary = comparison.summary()
    assert summary.target == pytest.approx(5.045)
    tpe, random = summary.line(TPE), summary.line(RANDOM)
    assert (tpe.trials_to_target.share, tpe.trials_to_target.median) == (1.0, 2.0)
    assert (tpe.seconds_to_target.share, tpe.seconds_to_target.median) == (1.0, 2.0)
    assert (random.trials_to_target.n_reached, random.trials_to_target.median) == (5, 3.0)
    assert tpe.sampler_share == pytest.approx(0.25)


def test_the_target_may_be_the_users() -> None:
    comparison = replace(comparison_of(one({TPE: 3.5})), targets={"p": 3.505})
    summary = comparison.summary()
    assert summary.target == 3.505
    assert summary.line(TPE).trials_to_target.n_reached == 1
    assert summary.line(RANDOM).trials_to_target.median is None


def test_a_cell_that_broke_off_counts_as_one_that_had_the_whole_budget() -> None:
    rows: list[list[float | None]] = [[9.0] for _ in range(10)]
    comparison = comparison_of({"p": {RANDOM: shifted(10, 5), TPE: rows}})
    assert comparison.summary().line(TPE).trials_to_target.n_reached == 0
    assert comparison.summary().line(TPE).trials_to_target.median is None


def test_a_lossy_translation_is_marked_in_every_output() -> None:
    comparison = comparison_of(one({TPE: 4.0}), space=WEIGHTED)
    assert set(comparison.lossy) == {("p", RANDOM), ("p", TPE)}
    assert f"{TPE} (lossy) finds better values than {RANDOM} (lossy)" in comparison.verdict
    shown = printed(comparison)
    assert f"lossy: {TPE} cannot propose x of p as declared" in shown
    assert set(comparison.to_frame()["fidelity"]) == {"lossy"}
    assert comparison.summary().line(TPE).lossy


def test_over_six_problems_ranks_are_tested() -> None:
    lines = {RANDOM: shifted(10, 5), TPE: shifted(10, 4), ANNEAL: shifted(10, 4.5)}
    comparison = comparison_of({f"p{index}": lines for index in range(6)})
    ranking = comparison.ranking
    assert ranking is not None
    assert ranking.mean_ranks == {TPE: 1.0, ANNEAL: 2.0, RANDOM: 3.0}
    assert comparison.verdict == (
        f"The lines differ over 6 problems (p < 0.0001): {TPE} ranks best, apart from {RANDOM} by more than "
        f"the critical difference 1.35 (mean ranks {TPE} 1.00, {ANNEAL} 2.00 and {RANDOM} 3.00). "
        f"Problem by problem against {RANDOM}, corrected for all 12 tests, {TPE} is better on 6 and worse on "
        f"0 and {ANNEAL} is better on 6 and worse on 0 of 6 problems; elsewhere there is no detectable "
        "difference."
    )
    assert comparison.scores[TPE] == pytest.approx(100, abs=4)
    assert "critical difference of ranks (Nemenyi) 1.35" in printed(comparison)


def test_what_is_found_on_one_of_many_problems_is_corrected_for_all_of_them() -> None:
    better, equal = {RANDOM: shifted(7, 5), TPE: shifted(7, 4)}, {RANDOM: shifted(7, 5), TPE: shifted(7, 5)}
    few = comparison_of({"a": better, "b": equal})
    assert "corrected for all 2 tests, optuna:tpe is better on 1 and worse on 0 of 2 problems" in few.verdict
    many = comparison_of({"a": better, **dict.fromkeys("bcde", equal)})
    assert many.summary("a").line(TPE).test.verdict is Verdict.BETTER  # type: ignore[union-attr]
    assert many.verdict.endswith("no difference can be significant: 5 tests need 8 seeds.")


def test_a_problem_short_of_a_seed_hides_nothing_of_the_others() -> None:
    lines = {RANDOM: shifted(7, 5), TPE: shifted(7, 4)}
    whole = comparison_of({"a": lines, "b": lines})
    cells = tuple(cell for cell in whole.cells if cell.problem == "a" or cell.seed < 5)
    assert replace(whole, cells=cells).verdict.endswith(
        "optuna:tpe is better on 1 and worse on 0 of 2 problems; elsewhere there is no detectable "
        "difference; on b none can be significant with so few seeds."
    )


def test_medians_that_tie_are_all_named_and_none_is_made_up() -> None:
    found = {RANDOM: shifted(2, 4), TPE: shifted(2, 4), ANNEAL: shifted(2, 5)}
    tied = comparison_of({"p": found}).verdict
    assert tied.endswith("The best median is that of optuna:random and optuna:tpe, 4.005, which may be luck.")
    equal = comparison_of({"p": {RANDOM: shifted(2, 4), TPE: shifted(2, 4)}}).verdict
    assert equal.endswith("All lines have the same median, 4.005.")
    nothing: list[list[float | None]] = [[None], [None]]
    empty = comparison_of({"p": {RANDOM: nothing, TPE: nothing}}).verdict
    assert "No line has found a value in more than half of its cells; " in empty


def test_only_the_reference_is_called_so_before_there_is_a_replicate() -> None:
    whole = comparison_of(one({TPE: 4.0}))
    begun = replace(whole, cells=tuple(cell for cell in whole.cells if cell.line == TPE))
    shown = printed(begun)
    assert shown.count("│ reference") == 1
    assert [row.kind for row in rows_of(begun.summary(), {RANDOM: RANDOM, TPE: TPE})] == [
        "reference",
        "untested",
    ]


def test_studies_that_were_quick_to_miss_the_target_do_not_make_the_others_a_majority() -> None:
    missing: list[list[float | None]] = [[9.0, 9.0, 9.0] for _ in range(9)]
    rows: list[list[float | None]] = [[9.0, 9.0, 1.0], *missing]
    comparison = comparison_of({"p": {RANDOM: shifted(10, 5), TPE: rows}})
    slow = tuple(
        replace(cell, records=tuple(replace(one, objective_seconds=9.0) for one in cell.records))
        if (cell.line, cell.seed) == (TPE, 0)
        else cell
        for cell in comparison.cells
    )
    reached = replace(comparison, cells=slow).summary().line(TPE).seconds_to_target
    assert (reached.n_reached, reached.median) == (1, None)


def test_over_few_problems_no_test_is_possible_and_equal_lines_are_said_to_be_equal() -> None:
    lines = {RANDOM: shifted(10, 5), TPE: shifted(10, 5)}
    comparison = comparison_of({"a": lines, "b": lines})
    assert comparison.verdict == (
        "No test over the problems is possible: tests over problems need at least 6 problems, not 2, and 3 "
        f"backends, not 2; mean ranks are {RANDOM} 1.50 and {TPE} 1.50. Problem by problem against "
        f"{RANDOM}, corrected for all 2 tests, there is no detectable difference on any of 2 problems."
    )
    with pytest.raises(tb.UnknownNameError, match="several problems") as caught:
        comparison.summary()
    assert caught.value.hint == "name one: 'a', 'b'"
    assert comparison.summary("b").problem == "b"


def test_the_frame_has_a_row_for_each_trial() -> None:
    found = {"p": {RANDOM: [[3.0, None, 2.0]], TPE: [[None, 4.0, 5.0]]}}
    frame = comparison_of(found, direction="maximize").to_frame()
    assert list(frame.columns) == [
        "problem", "line", "backend", "pruner", "fidelity", "seed", "number", "state", "value", "best",
        "seconds", "sampler_seconds", "objective_seconds",
    ]  # fmt: skip
    assert list(frame["line"]) == [RANDOM] * 3 + [TPE] * 3
    assert list(frame["number"]) == [0, 1, 2] * 2
    assert list(frame["state"]) == ["COMPLETE", "FAILED", "COMPLETE", "FAILED", "COMPLETE", "COMPLETE"]
    assert list(frame["best"].fillna(-1)) == [3.0, 3.0, 3.0, -1.0, 4.0, 5.0]
    assert list(frame["value"].fillna(-1)) == [3.0, -1.0, 2.0, -1.0, 4.0, 5.0]
    assert list(frame["seconds"]) == [1.0, 2.0, 3.0] * 2


def test_an_incumbent_is_never_minus_zero() -> None:
    comparison = comparison_of({"p": {RANDOM: [[-1.0, 0.0]], TPE: [[0.0]]}}, direction="maximize")
    assert [math.copysign(1, value) for cell in comparison.cells for value in cell.incumbents] == [-1, 1, 1]


def test_names_that_look_like_markup_are_shown_as_they_are() -> None:
    comparison = comparison_of({"[bold]p[/]": {RANDOM: shifted(3, 5), TPE: shifted(3, 4)}})
    assert "[bold]p[/]: minimize, 3 seeds" in str(comparison)


def test_the_tables_fit_a_narrow_terminal() -> None:
    comparison = comparison_of(one({TPE: 4.0, ANNEAL: 7.0}))
    console = Console(width=70, color_system=None)
    with console.capture() as captured:
        console.print(comparison)
    assert max(map(len, captured.get().splitlines())) <= 70
    assert captured.get().count("adjusted p") == 4


def test_what_is_not_in_a_comparison_is_named() -> None:
    comparison = comparison_of(one({TPE: 4.0}))
    with pytest.raises(tb.UnknownNameError, match="has no line 'optuna:tep'") as caught:
        comparison.cells_of("p", "optuna:tep")
    assert "Did you mean 'optuna:tpe'?" in caught.value.hint
    with pytest.raises(tb.UnknownNameError, match="no replicate has the seed 10"):
        comparison.cell("p", TPE, 10)
    with pytest.raises(tb.UnknownNameError, match="has no problem 'q'"):
        comparison.translation("q", TPE)
    assert repr(comparison) == (
        "Comparison('comparison': 1 problems x 2 lines x 10 seeds, 20 of 20 cells have ended)"
    )
