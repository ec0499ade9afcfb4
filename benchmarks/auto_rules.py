"""The rules among which that of `auto` was chosen, on Bayesmark's problems that were kept apart for it.

    python benchmarks/auto_rules.py rules.jsonl --baselines BASELINE-100-1.json --seeds 3
    python benchmarks/auto_rules.py rules.jsonl --baselines BASELINE-100-1.json --rules turns optuna:gp

All but `turns` and `optuna:gp` begin with 25 proposals of the best starter. Rows, scores and tables are those
of `portfolio.py`; none of its ten problems is among these.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from tunebridge_auto import rule, session

GP = "optuna:gp"

portfolio: Any = importlib.import_module("portfolio")
"""The file beside this one."""


class Shared(rule.Rule):
    """The starter keeps some of each round; the others take turns, or earn them by credit."""

    kept: frozenset[int]
    """The places in a round that are the starter's."""
    size: int
    """How many proposals a round has."""
    by_credit: bool = False
    """Whether the others earn their turns."""

    def order(self, away: frozenset[str]) -> list[str]:
        present = [name for name in self._able if name not in away] or list(self._able)
        starter = min(present, key=self._place)
        others = [name for name in present if name != starter]
        if self._n_begun + self._n_ended < rule.START or not others:
            return [starter, *others]
        self._n_turns += 1
        if self._n_turns % self.size in self.kept:
            return [starter, *self._by_due(others)]
        first = self._next_of(others)
        return [first, starter, *(name for name in others if name != first)]

    def _next_of(self, names: Sequence[str]) -> str:
        weights = {name: max(self.credit[name], 0.1) if self.by_credit else 1.0 for name in names}
        for name in names:
            self._due[name] += weights[name] / sum(weights.values())
        first = self._by_due(names)[0]
        self._due[first] -= 1.0
        return first


class OneOfThree(Shared):
    kept, size = frozenset({1}), 3


class OneOfTwo(Shared):
    kept, size = frozenset({1}), 2


class OneOfTwoCredit(OneOfTwo):
    by_credit = True


class TwoOfThree(Shared):
    kept, size = frozenset({1, 2}), 3


class TwoOfThreeCredit(TwoOfThree):
    by_credit = True


class CreditForAll(Shared):
    """After the start all members earn their turns, the starter, too."""

    by_credit = True

    def order(self, away: frozenset[str]) -> list[str]:
        present = [name for name in self._able if name not in away] or list(self._able)
        starter = min(present, key=self._place)
        if self._n_begun + self._n_ended < rule.START:
            return [starter, *(name for name in present if name != starter)]
        first = self._next_of(present)
        return [first, *(name for name in self._by_due(present) if name != first)]


class Turns(rule.Rule):
    """All members take turns from the first trial on."""

    def order(self, away: frozenset[str]) -> list[str]:
        present = [name for name in self._able if name not in away] or list(self._able)
        self._n_turns += 1
        place = self._n_turns % len(present)
        return present[place:] + present[:place]


RULES: Mapping[str, type[rule.Rule]] = {
    "one of three, others in turn": OneOfThree,
    "two of three, others in turn": TwoOfThree,
    "two of three, others by credit": TwoOfThreeCredit,
    "one of two, others in turn": OneOfTwo,
    "one of two, others by credit": OneOfTwoCredit,
    "credit for all": CreditForAll,
    "turns": Turns,
}


def run(problems: Mapping[str, Any], names: Sequence[str], seeds: int, file: Path) -> None:
    """Run each rule where the file does not have it yet, seed by seed."""
    done = {(row["problem"], row["seed"], row["line"]) for row in portfolio.read(file)}
    for seed in range(seeds):
        for problem, scored in problems.items():
            for name in names:
                if (problem, seed, name) in done:
                    continue
                vars(session)["Rule"] = RULES.get(name, rule.Rule)
                line = GP if name == GP else "auto"
                row = {"problem": problem, "seed": seed, "line": name}
                with file.open("a") as out:
                    out.write(json.dumps({**row, **portfolio.studied(scored.problem, line, seed)}) + "\n")


def main() -> None:
    """Run, and print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="rows of JSON, one a study, to go on from")
    parser.add_argument(
        "--baselines", required=True, help="Bayesmark's file of baselines: baseline-100-1.json"
    )
    parser.add_argument("--rules", nargs="+", default=[*RULES, GP], choices=[*RULES, GP])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--only-show", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    problems = portfolio.real_problems(arguments.baselines, portfolio.KEPT_APART)
    if not arguments.only_show:
        run(problems, arguments.rules, arguments.seeds, arguments.file)
    found = portfolio.Found(list(portfolio.read(arguments.file)), problems, arguments.rules)
    Console(width=160).print(portfolio.table_of(found), portfolio.pairs_of(found))


if __name__ == "__main__":
    main()
