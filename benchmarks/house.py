"""How a checkout is built: files at the root, circles, the longest file and function, lists kept by hand.

    python benchmarks/house.py
    python benchmarks/house.py . OTHER_CHECKOUT

Each checkout is a column. Nothing of it is imported.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

OWN_MODULE = re.compile(r"tunebridge\w*[./]\w")
"""What a line of `pyproject.toml` holds that names a module of ours, or a file of one."""

Trees = Mapping[str, ast.Module]


def shipped(checkout: Path) -> Iterator[tuple[str, Path]]:
    """Yield the modules of the core and of the plugins, with their files."""
    for root in (checkout, checkout / "plugins"):
        for path in sorted(root.glob("tunebridge*/**/*.py")):
            yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path


def imported(module: str, trees: Trees) -> set[str]:
    """Return the modules of ours that a module imports, annotations and functions included."""
    named = set[str]()
    for node in ast.walk(trees[module]):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            named |= {name if name in trees else node.module for name in inside}
    return named & trees.keys() - {module}


def circling(trees: Trees) -> list[str]:
    """Return the modules that import themselves by way of others."""
    imports = {module: imported(module, trees) for module in trees}
    found = []
    for module in imports:
        reached, waiting = set[str](), [module]
        while waiting:
            new = imports[waiting.pop()] - reached
            reached |= new
            waiting += new
        found += [module] if module in reached else []
    return found


def lengths(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield how long the functions of a file are, docstrings apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first, said = node.body[0], ast.get_docstring(node) is not None
            docstring = (first.end_lineno or 0) - first.lineno + 1 if said else 0
            yield (node.end_lineno or 0) - node.lineno + 1 - docstring, f"{path.name}: {node.name}"


def figures(checkout: Path) -> dict[str, str]:
    """Return what is to be said of a checkout."""
    files = dict(shipped(checkout))
    texts = {module: path.read_text("utf-8") for module, path in files.items()}
    trees = {module: ast.parse(text) for module, text in texts.items()}
    longest, name = max((text.count("\n"), files[module].name) for module, text in texts.items())
    function, place = max(one for module in files for one in lengths(files[module], trees[module]))
    config = (checkout / "pyproject.toml").read_text("utf-8").partition("[tool.ruff]")[2]
    return {
        "files at the root of tunebridge/": str(len(list((checkout / "tunebridge").glob("*.py")))),
        "files that import each other in a circle": str(len(circling(trees))),
        "lines of the longest file": f"{longest} ({name})",
        "lines of the longest function": f"{function} ({place})",
        "lines of pyproject.toml that name our modules": str(len(OWN_MODULE.findall(config))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkouts", nargs="*", type=Path, default=[Path(__file__).parents[1]])
    checkouts = [path.resolve() for path in parser.parse_args().checkouts]
    columns = [figures(checkout) for checkout in checkouts]
    table = Table("what", *(checkout.name for checkout in checkouts))
    for what in columns[0]:
        table.add_row(what, *(column[what] for column in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
