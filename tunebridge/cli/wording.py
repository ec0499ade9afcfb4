"""What an error advises in Python, in the words of the command that has met it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from copy import copy
from shlex import quote

import click

from tunebridge.calls import OF_THE_STUDY
from tunebridge.errors import TunebridgeError
from tunebridge.registry.belonging import belongs

BY_PLACE = {"storage": "url", "store": "url", "problem": "target", "trial": "trials", "report": "page"}
"""What else an argument may be called that a command takes without a name."""

VALUE = r"""'[^']*'|"[^"]*"|\.\.\.|True|-?\d[\w.]*|\[[^\[\]]*\]|\{[^{}]*\}"""
"""How a value is written."""

BOTH = re.compile(rf"\w+=(?:{VALUE}) \((--[^)]*)\)")
"""An argument with the option beside it that is the same."""

CHOSEN = re.compile(
    r"(?:(?:backend|executor|pruner)=|observers=\[)?\b(?:tb|tunebridge)\.(backend|executor|pruner|observer)"
    r"""\(['"]?([\w:.-]+)['"]?(?:, ([^()]*))?\)\]?"""
)
"""What is chosen by name."""

SAID = re.compile(r"\b(?:(?:tb|tunebridge)\.)?tune\(\.\.\., ([^()]*)\)")
"""What is said to the study."""

ARGUMENT = re.compile(rf"""(\w\([^()]*\))|(?<![\w.'"])(\w+)=({VALUE})""")
"""A call, which is Python's alone, or an argument with its value."""

NAME = re.compile(r"""(?<![\w.'"-])([a-z]+_[a-z_]+)(?![\w.'"(=])""")
"""A name that is no word."""


def worded(error: TunebridgeError, parameters: Iterable[click.Parameter]) -> TunebridgeError:
    """Return an error whose next step is one at the command line, where the command has an option for it."""
    options = {str(one.name): one for one in parameters if isinstance(one, click.Option)}
    message, hint = _reworded(error.message, options), _reworded(error.hint, options)
    hint = NAME.sub(lambda found: _flag(options, found[1]) or found[0], hint)
    again = copy(error)
    TunebridgeError.__init__(again, message, hint, in_every_trial=error.in_every_trial)
    return again


def placed(error: click.NoSuchOption, parameters: Iterable[click.Parameter]) -> click.NoSuchOption:
    """Return the error of an unknown option, which says where it belongs if something else takes it."""
    name = error.option_name.lstrip("-").replace("-", "_")
    there = [one for one in parameters if isinstance(one, click.Argument)]
    options = {str(one.name): one for one in parameters if isinstance(one, click.Option)}
    if BY_PLACE.get(name, name) in {one.name for one in there}:
        where = f"it is given by its place: {' '.join(str(one.metavar) for one in there)}"
    else:
        where = "" if name in OF_THE_STUDY else _reworded(belongs(name, {name: ...}), options)
    if not where:
        return error
    return click.NoSuchOption(error.option_name, f"{error.message}\n  hint: {where}", ctx=error.ctx)


def named(error: click.UsageError, parameters: Iterable[click.Parameter]) -> click.UsageError:
    """Return the error of a word too many; it says how a study is named, where the command takes one."""
    if "study" not in {one.name for one in parameters} or "unexpected extra argument" not in error.message:
        return error
    return click.UsageError(f"{error.message}\n  hint: a study is named by --study NAME", ctx=error.ctx)


def quoted(text: str) -> str:
    """Return a word for a shell; what holds single quotes stands in double ones, if they change nothing."""
    return f'"{text}"' if "'" in text and not set('"$`\\!') & set(text) else quote(text)


def _reworded(text: str, options: Mapping[str, click.Option]) -> str:
    text = BOTH.sub(r"\1", text)
    text = CHOSEN.sub(lambda found: _named(options, found), text)
    text = SAID.sub(r"\1", text)
    return ARGUMENT.sub(lambda found: found[1] or _option(options, found[2], found[3]) or found[0], text)


def _flag(options: Mapping[str, click.Option], name: str) -> str:
    """Return the option that an argument is; an empty text if the command has none."""
    found = options.get(name)
    return "" if found is None else max(found.opts, key=len)


def _named(options: Mapping[str, click.Option], found: re.Match[str]) -> str:
    """Return the option that chooses something by name, with options in brackets."""
    kind, name, inside = found.groups()
    flag = _flag(options, kind) or _flag(options, f"{kind}s")
    return f"{flag} {quoted(f'{name}({inside})' if inside else name)}" if flag else found[0]


def _option(options: Mapping[str, click.Option], name: str, value: str) -> str:
    """Return the option that is an argument with its value; an empty text if the command has none."""
    flag = _flag(options, name)
    if not flag:
        return ""
    if options[name].is_flag:
        return flag if value == "True" else ""
    written = _written(value)
    return f"{flag} {options[name].metavar or written if written == '...' else quoted(written)}"


def _written(value: str) -> str:
    """Return a value of Python as a command line has it: lists with commas, texts without quotes."""
    try:
        read = ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return value
    return ",".join(map(str, read)) if isinstance(read, list) else str(read)
