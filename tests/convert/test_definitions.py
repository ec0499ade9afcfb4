"""The statements of a script that a piece of code needs."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tunebridge.convert.definitions import definitions, free_names, without_idle_imports
from tunebridge.convert.source import Source

SCRIPT = """
    import math
    import numpy as np
    from os import path, remove

    UNUSED = 1
    DATA = np.zeros(3)
    DATA[0] = 2.0
    rows = []
    rows.append(DATA)
    RATE = 0.5


    def scaled(x):
        return x * RATE


    @staticmethod
    def objective(x):
        return scaled(x) + rows[0][0] + math.pi


    def main(n):
        local = n + 1
        other = 3
        search(lambda x: objective(x) + local)  # the search
        late = 4


    if __name__ == "__main__":
        remove("x")
        main(3)
    RATE = 0.7
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Return a script."""
    path = tmp_path / "train.py"
    path.write_text(dedent(SCRIPT), encoding="utf-8")
    return Source.read(path)


def first_line(source: Source, text: str) -> int:
    return next(n for n, line in enumerate(source.text.splitlines(), 1) if text in line)


def test_what_a_name_needs_is_taken_and_nothing_else(source: Source) -> None:
    code, left_out = definitions(source, {"objective"}, {0: first_line(source, "main(3)")})
    assert left_out == set()
    lines = [line for line in code.splitlines() if line.strip()]
    assert lines == [
        "import math",
        "import numpy as np",
        "DATA = np.zeros(3)",
        "DATA[0] = 2.0",
        "rows = []",
        "rows.append(DATA)",
        "RATE = 0.5",
        "def scaled(x):",
        "    return x * RATE",
        "@staticmethod",
        "def objective(x):",
        "    return scaled(x) + rows[0][0] + math.pi",
    ]
    compile(code, "code", "exec")


def test_names_of_running_functions_are_taken_and_what_came_later_is_not(
    source: Source,
) -> None:
    lines = {first_line(source, "def main"): first_line(source, "# the search"), 0: 33}
    code, left_out = definitions(source, {"local", "late", "n"}, lines)
    assert code.split("\n") == ["local = n + 1"]
    assert left_out == {"n", "late"}


def test_statements_that_share_a_line_stand_once_each(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(
        "import math; ä = math.e; n = [\n    1,\n]; n = n + [2]  # two\nunused = 1; m = n;\n",
        encoding="utf-8",
    )
    code, _ = definitions(Source.read(path), {"m", "ä"}, {0: 9})
    assert code.split("\n") == [
        "import math",
        "",
        "ä = math.e",
        "n = [",
        "    1,",
        "]",
        "n = n + [2]",
        "m = n",
    ]


def test_free_names_leave_out_what_a_lambda_or_a_comprehension_names() -> None:
    import ast

    code = ast.parse("lambda x, *a: f(x, y, [z for z in w if z])", mode="eval")
    assert free_names(code) == {"f", "y", "w"}


def test_imports_of_which_nothing_is_used_are_left_out() -> None:
    code = "import os\nimport os.path as p\nfrom math import (\n    pi,\n    tau,\n)\nx = pi + later\n"
    assert without_idle_imports(code, {"q"}) == "from math import pi\nx = pi + later\n"
    assert without_idle_imports(code, {"p", "os"}).startswith("import os\nimport os.path as p\nfrom math")
