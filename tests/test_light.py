"""Importing tunebridge, its help, and its translations load no heavy library."""

import json
import subprocess
import sys

import pytest

LIBRARIES = {"ConfigSpace", "cmaes", "hyperopt", "nevergrad", "optuna", "ray", "sklearn", "smac", "torch"}
HEAVY = LIBRARIES | {"jinja2", "matplotlib", "numpy", "pandas", "pyarrow", "scipy"}

REPORT = """
import json
roots = sorted({name.partition(".")[0] for name in sys.modules})
print("\\n" + json.dumps(roots))
"""

IMPORT = "import sys, tunebridge"

HELP = """
import sys
from tunebridge.cli.main import main
sys.argv = ["tunebridge", *ARGUMENTS]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""

EXPLAIN = """
import sys
import tunebridge as tb
from tunebridge.registry import plugins
space = tb.Space(
    x=tb.Float(0, 1, step=0.5), rate=tb.Float(1e-3, 1, log=True), n=tb.Int(1, 8, log=True),
    size=tb.Ordinal([16, 32]), z=tb.Normal(0, 1), c=tb.Categorical(["a", "b"], weights=[1, 3]),
    o=tb.Categorical({"sgd": tb.Space(m=tb.Float(0, 1)), "adam": tb.Space()}), k=tb.Constant(1),
)
for name in plugins.registry().backends:
    assert str(tb.explain(space, name))
assert space.contains(space.sample(0))
assert plugins.registry().failures == []
"""


def loaded(script: str) -> set[str]:
    """Return the top-level modules that are loaded after a script, in a fresh interpreter."""
    command = [sys.executable, "-c", script + REPORT]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(json.loads(output.splitlines()[-1]))


def test_what_starts_the_slots_of_a_study_loads_nothing_that_only_the_study_needs() -> None:
    modules = loaded("import sys, tunebridge.executors.supervisor")
    assert modules >= {"tunebridge", "cloudpickle"}
    unneeded = {"concurrent", "csv", "difflib", "email", "hashlib", "statistics", "sysconfig", "tarfile"}
    assert modules & (unneeded | HEAVY) == set()


def test_importing_tunebridge_loads_no_heavy_library_and_no_plugin() -> None:
    modules = loaded(IMPORT)
    assert "tunebridge" in modules
    assert modules & HEAVY == set()
    assert {name for name in modules if name.startswith("tunebridge_")} == set()
    assert modules & {"rich", "click"} == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *(
            [word, "--help"]
            for word in ("backends", "run", "compare", "report", "explain", "studies", "show", "dashboard")
        ),
    ],
)
def test_the_help_of_the_command_line_loads_no_heavy_library(arguments: list[str]) -> None:
    assert loaded(HELP.replace("ARGUMENTS", repr(arguments))) & HEAVY == set()


def test_listing_the_backends_loads_no_heavy_library() -> None:
    modules = loaded(HELP.replace("ARGUMENTS", "['backends']"))
    assert modules & HEAVY == set()
    assert {"tunebridge_optuna", "tunebridge_hyperopt", "tunebridge_sklearn"} <= modules


def test_explaining_a_space_on_every_backend_loads_no_heavy_library() -> None:
    assert loaded(EXPLAIN) & HEAVY == set()


def test_importing_the_facade_of_hyperopt_loads_no_heavy_library() -> None:
    assert loaded("import sys, tunebridge_hyperopt") & HEAVY == set()


def test_the_check_would_see_a_heavy_library() -> None:
    assert "numpy" in loaded("import sys, numpy")
