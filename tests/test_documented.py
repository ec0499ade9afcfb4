"""`help` shows the fields of every public record, with the texts that stand under them."""

import dataclasses
import enum
import inspect
import pydoc
import subprocess
import sys

import pytest

import tunebridge as tb
import tunebridge.testing
from tunebridge.documented import document

CLASSES = [value for name in tb.__all__ if inspect.isclass(value := getattr(tb, name))]

TEXTS = {
    tb.OpenRequest: ("seed", "The study's seed, 0 <= seed < 2**32, to hand to the library unchanged."),
    tb.BackendSpec: ("name", "The name users choose it by."),
    tb.Capabilities: ("conditional", "Proposes spaces with branches."),
    tb.Outcome: ("values", "In the user's sign, one per direction; None unless COMPLETE."),
    tb.OutcomeState: ("INFEASIBLE", "The params violate a constraint; they were never evaluated."),
    tb.Fidelity: ("REFUSED", "The backend cannot propose it."),
    tunebridge.testing.BackendContract: ("n_trials", "Trials of each trajectory that is compared"),
}
"""A field of a class, its own or of a base, and its text."""


@pytest.mark.parametrize("documented", TEXTS, ids=lambda cls: cls.__name__)
def test_help_shows_the_text_under_a_field(documented: type) -> None:
    name, text = TEXTS[documented]
    is_enum = issubclass(documented, enum.Enum)  # pydoc asks their metaclass, and shows no docstring
    shown = inspect.getdoc(documented) or "" if is_enum else pydoc.render_doc(documented)
    assert f"{name}: {text}" in " ".join(pydoc.plain(shown).replace("|", " ").split())


def test_help_of_an_enum_still_says_what_it_is() -> None:
    shown = pydoc.plain(pydoc.render_doc(tb.Fidelity))
    assert "How faithfully a backend can propose a parameter." in shown


@pytest.mark.parametrize("documented", CLASSES, ids=lambda cls: cls.__name__)
def test_every_field_of_a_public_record_has_a_text(documented: type) -> None:
    names = []
    if dataclasses.is_dataclass(documented) and documented.__dataclass_params__.init:  # type: ignore[attr-defined]
        names = [field.name for field in dataclasses.fields(documented) if field.init and field.repr]
    doc = inspect.getdoc(documented) or ""
    assert [name for name in names if f"    {name}: " not in doc] == []


def test_only_fields_begin_where_fields_begin() -> None:
    for documented in CLASSES:
        listed = (inspect.getdoc(documented) or "").partition("\nAttributes:\n")[2].splitlines()
        begun = [line.split()[0] for line in listed if line.startswith("    ") and line[4:5] not in ("", " ")]
        assert [word for word in begun if not word.endswith(":")] == [], documented


def test_a_text_may_have_several_lines_and_stand_in_a_base() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Base:
        """A base."""

        one: int
        """First line,
        and a second.
        """
        two: int = 0
        three: int = 0
        """Of three."""

    class Kind(Base):
        """A kind."""

        four = 4
        """Of four."""

    class Colour(enum.Enum):
        """A colour."""

        RED = 1
        """As blood."""

    class Silent:
        pass

    document([Base, Kind, Colour, Silent, "no class"])
    assert Base.__doc__ == (
        "A base.\n\nAttributes:\n    one: First line,\n        and a second.\n    three: Of three."
    )
    assert (Kind.__doc__ or "").endswith("    three: Of three.\n    four: Of four.")
    assert Colour.__doc__ == "A colour.\n\nAttributes:\n    RED: As blood."
    assert Silent.__doc__ is None


def test_importing_reads_no_source() -> None:
    script = "import sys, linecache; before = set(linecache.cache); import tunebridge as tb; " \
        "tb.open_study; assert not set(linecache.cache) - before; tb.OpenRequest.__doc__; " \
        "assert set(linecache.cache) - before"  # fmt: skip
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_source_or_docstrings_help_shows_what_there_is() -> None:
    made = type("Made", (), {"__doc__": "Made by hand.", "__module__": "nowhere"})
    document([made])
    assert made.__doc__ == "Made by hand."
    script = "import tunebridge as tb; assert tb.OpenRequest.__doc__ is None"
    subprocess.run([sys.executable, "-OO", "-c", script], check=True)
