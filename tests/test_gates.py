"""The gates see every file, and the lists that must agree with one another do."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path
from typing import Any

import grimp
import pytest
from mypy.main import process_options
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT: dict[str, Any] = CONFIG["project"]
TOOL: dict[str, Any] = CONFIG["tool"]
CODE_FOLDERS = set[str](TOOL["mypy"]["files"])
WHEEL_FOLDERS: list[str] = TOOL["hatch"]["build"]["targets"]["wheel"]["packages"]
PLUGINS = sorted(name.removeprefix("plugins/") for name in WHEEL_FOLDERS if name.startswith("plugins/"))
REGISTERING = sorted((*ROOT.glob("tunebridge/*/plugin.py"), *ROOT.glob("plugins/*/plugin.py")))
"""The modules that register something; a package without one is imported by name."""
ADAPTERS = [path.parent.name for path in REGISTERING if path.parent.name in PLUGINS]
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["type"]: contract for contract in TOOL["importlinter"]["contracts"]
}

LEFT_BEHIND = re.compile(r"__pycache__|(?:^|/)\.(?!ci/|gitignore)|\.egg-info/|^(?:build|dist|venv)/")

EARLY_MODULES = {"__init__", "plugin", "space"}
"""What is imported with a plugin; its other modules are imported when they are used."""

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 30
SHARE_OF_SHORT_FUNCTIONS = 0.9

MACHINE_NAMES = re.compile(
    r"pypi\.org|pythonhosted\.org|download\.pytorch\.org|npmjs\.org|deb\.debian\.org|anaconda\.org"
    r"|(?<![\w.])/(?:work|root|home|opt)/|/tmp/(?:dev|gates)\b"
)


def project_files() -> list[Path]:
    """List the files of the project, relative to its root: what git tracks or would, else what is there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")
    files = [Path(name) for name in listed if name]
    if not files:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        files = [path for path in found if not LEFT_BEHIND.search(path.as_posix())]
    return sorted(path for path in files if (ROOT / path).is_file())


def pins(name: str) -> dict[str, str]:
    """Read the versions in a file of pins, by normalised name."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pinned = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(package): version for package, version in pinned}


def python_files() -> list[Path]:
    """List the Python files of the project, relative to its root."""
    return [path for path in project_files() if path.suffix in {".py", ".pyi"}]


def runs_of_pytest(script: str) -> list[str]:
    """Take the lines of a shell script that run pytest."""
    return [line for line in script.splitlines() if " -m pytest " in line]


def code_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function, from its `def` to its end, without its docstring."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def shipped_functions() -> Iterator[tuple[str, int]]:
    """Yield the place and the length of every function of the core and of the plugins."""
    for path in python_files():
        if path.parts[0] in {"tunebridge", "plugins"}:
            for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{path}:{node.lineno} {node.name}", code_length(node)


def requirements() -> Iterator[Requirement]:
    """Yield what the project and its extras need from others."""
    extras: dict[str, list[str]] = PROJECT["optional-dependencies"]
    for line in [*PROJECT["dependencies"], *(line for extra in extras.values() for line in extra)]:
        requirement = Requirement(line)
        if requirement.name != PROJECT["name"]:
            yield requirement


def test_every_python_file_lies_in_a_folder_the_gates_know() -> None:
    strays = [str(path) for path in python_files() if path.parts[0] not in CODE_FOLDERS]
    assert strays == []


def test_ruff_sees_every_python_file() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    seen = {Path(line).resolve() for line in shown}
    assert [str(path) for path in python_files() if ROOT / path not in seen] == []


def test_mypy_sees_every_python_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    sources, _ = process_options([])
    seen = {Path(source.path).resolve() for source in sources if source.path is not None}
    stubbed = {path.with_suffix(".py") for path in python_files() if path.suffix == ".pyi"}
    assert [str(path) for path in python_files() if ROOT / path not in seen and path not in stubbed] == []


def test_mypy_is_strict_and_no_override_silences_our_own_code() -> None:
    assert TOOL["mypy"]["strict"] is True
    overridden = {name.split(".")[0] for entry in TOOL["mypy"]["overrides"] for name in entry["module"]}
    assert overridden.isdisjoint({*PLUGINS, *CODE_FOLDERS})


def test_the_wheel_holds_the_core_and_every_folder_under_plugins() -> None:
    folders = {path.parts[1] for path in project_files() if path.parts[0] == "plugins"}
    assert sorted(WHEEL_FOLDERS) == sorted(["tunebridge", *(f"plugins/{folder}" for folder in folders)])


def test_every_plugin_has_an_entry_point_and_an_extra_of_its_library() -> None:
    folders = [path.parent.relative_to(ROOT) for path in REGISTERING]
    places = [".".join(folder.parts).removeprefix("plugins.") for folder in folders]
    expected = {re.split("[._]", place, maxsplit=1)[1]: f"{place}.plugin" for place in places}
    assert PROJECT["entry-points"]["tunebridge"] == expected
    libraries = {plugin.removeprefix("tunebridge_") for plugin in PLUGINS}
    assert libraries <= PROJECT["optional-dependencies"].keys()


def test_import_linter_analyses_every_shipped_package() -> None:
    assert sorted(TOOL["importlinter"]["root_packages"]) == sorted(["tunebridge", *PLUGINS])
    assert CONTRACTS["layers"]["exhaustive"] is True


@pytest.mark.parametrize("package", ["tunebridge", *PLUGINS])
def test_no_import_goes_in_a_circle_annotations_included(package: str) -> None:
    graph = grimp.build_graph(package, exclude_type_checking_imports=False)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # raises CycleError, with the circle


def test_every_plugin_stands_in_every_ban() -> None:
    imports = TOOL["ruff"]["lint"]["flake8-tidy-imports"]
    assert sorted(CONTRACTS["independence"]["modules"]) == PLUGINS
    assert set(PLUGINS) <= set(CONTRACTS["forbidden"]["forbidden_modules"])
    banned = {name for name, ban in imports["banned-api"].items() if ban["msg"].startswith("The core ")}
    assert set(CONTRACTS["forbidden"]["forbidden_modules"]) == banned


@pytest.mark.parametrize("module", sorted(EARLY_MODULES))
def test_ruff_bites_when_an_early_module_imports_a_library(module: str) -> None:
    place = f"plugins/{PLUGINS[0]}/{module}.py"
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--stdin-filename", place, "-"]
    done = subprocess.run(
        command, input="import sklearn\n", cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "TID253" in done.stdout


@pytest.mark.parametrize("plugin", ADAPTERS)
def test_every_adapter_has_the_same_core_files(plugin: str) -> None:
    folder = ROOT / "plugins" / plugin
    expected = {"__init__.py", "plugin.py", "py.typed"}
    if "tunebridge_register_backends" in (folder / "plugin.py").read_text("utf-8"):
        expected |= {"space.py", "session.py"}
    assert expected - {path.name for path in folder.iterdir()} == set()


def test_tests_have_the_rooms_of_the_house() -> None:
    packages = {path.parent.as_posix() for path in project_files() if path.name == "__init__.py"}
    rooms = {package.removeprefix("tunebridge/") for package in packages}
    besides = {"docs", "examples", "plugins", "stores/stored", "third_party_plugin"}
    used = {
        path.parent.as_posix().removeprefix("tests/") for path in python_files() if path.parts[0] == "tests"
    }
    assert used - rooms - besides == {"tests"}


def test_an_install_makes_only_the_shipped_packages_importable(tmp_path: Path) -> None:
    script = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    command = [sys.executable, "-I", "-c", script, *sorted(CODE_FOLDERS | set(PLUGINS))]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    again = "install again: pip install --no-deps -e ."
    assert ast.literal_eval(found) == sorted(["tunebridge", *PLUGINS]), again


def test_every_requirement_is_pinned_by_version_alone_within_its_own_bounds() -> None:
    versions = pins("constraints.txt")
    assert [pin for pin in versions.values() if not re.fullmatch(r"[0-9][0-9a-z.]*", pin)] == []
    for requirement in requirements():
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_lowest_versions_of_the_core_and_of_the_main_libraries_are_those_that_ci_installs() -> None:
    extras = PROJECT["optional-dependencies"]
    stated = [PROJECT["dependencies"], *(extras[name] for name in ("hyperopt", "optuna", "sklearn"))]
    floors = {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix(">=")
        for requirement in map(Requirement, chain.from_iterable(stated))
    }
    tested = pins(".ci/lowest.txt")
    assert sorted(floors) == sorted(tested)
    assert [name for name, floor in floors.items() if Version(floor) != Version(tested[name])] == []


def test_ci_runs_the_gates_of_contributing_one_by_one() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8").splitlines()
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("One by one:")[2]
    gates = text.split("```")[1].splitlines()[1:]
    assert {"ruff check .", "mypy", "lint-imports"} <= set(gates)
    assert [gate for gate in gates if gate not in (line.removeprefix("step ") for line in script)] == []


def test_ci_installs_and_tests_as_the_readme_says() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8").replace(".venv/bin/", "")
    installs = re.findall(r"^step python -m pip install --quiet (.+)$", script, re.MULTILINE)
    assert f"pip install {installs[0]}" in readme
    assert installs[1:] == ["--requirement .ci/lowest.txt"]
    test, *_ = runs_of_pytest(script)
    assert re.search(rf"&& {re.escape(test)}$", readme, re.MULTILINE)


def test_ci_runs_what_the_readmes_command_leaves_out() -> None:
    options = TOOL["pytest"]["ini_options"]["addopts"]
    assert options[options.index("-m") :] == ["-m", "not slow"]
    test, slow, lowest = runs_of_pytest((ROOT / ".ci/run").read_text("utf-8"))
    assert slow == f"{test} -m slow"
    assert lowest.startswith(f"{test} tests/plugins/")


def test_no_file_is_longer_than_the_cap() -> None:
    lengths = {str(path): len((ROOT / path).read_text("utf-8").splitlines()) for path in python_files()}
    assert {path: length for path, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_nine_functions_in_ten_are_short() -> None:
    lengths = dict(shipped_functions())
    long = [f"{place}: {length} lines" for place, length in lengths.items() if length > MAX_FUNCTION_LINES]
    assert len(long) <= (1 - SHARE_OF_SHORT_FUNCTIONS) * len(lengths), "\n".join(long)


def test_no_text_names_a_registry_or_a_path_of_one_machine() -> None:
    contents = {str(path): (ROOT / path).read_bytes() for path in project_files()}
    texts = {path: data.decode("utf-8", "replace") for path, data in contents.items() if b"\0" not in data}
    found = {path: MACHINE_NAMES.findall(text) for path, text in texts.items()}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "text", ["https://" + "pypi" + ".org/simple", "cd " + "/work" + "/main", "PATH=" + "/tmp" + "/dev/bin"]
)
def test_the_pattern_for_machine_names_matches(text: str) -> None:
    assert MACHINE_NAMES.search(text)
