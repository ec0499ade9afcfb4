"""Arguments that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Target = Annotated[
    str, typer.Argument(metavar="FILE.py:problem", help="A Python file, and the name of its Problem.")
]
BackendName = Annotated[
    str | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="library or library:sampler; when left out, the one that proposed last, or optuna:tpe.",
    ),
]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", "-o", metavar="NAME=VALUE", help="An option of the backend; repeatable."),
]

Url = Annotated[str, typer.Argument(metavar="URL", help="A store: sqlite:///tune.db, journal:///tune.log")]

StudyName = Annotated[
    str | None, typer.Option("--study", "-s", metavar="NAME", help="May be left out if there is one.")
]
