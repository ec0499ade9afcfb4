"""Hides passwords: those of URLs within a text, and those of one URL however a text spells them.

What cannot be told apart from a password counts as one: of two readings of a URL, the one that hides more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"
"""Stands where a password was."""

SECRET = re.compile(
    r"pas(?!sfile)|pwd|secret|token|credential|(api|private|access|auth|scram.*)_?key|^sig$|odbc_connect",
    re.IGNORECASE,
)
"""Names of parameters of a URL whose values are shown to nobody: those of drivers, and the like."""

SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*:"

USER = re.compile(rf"(?P<user>{SCHEME}/{{0,2}}[^:/]*):(?P<password>.*)(?P<rest>@.*)", re.DOTALL)
"""A URL with a password before its host: the last `@` ends it, as an unescaped one belongs to it."""

PLACE = re.compile(rf"{SCHEME}/*[^:/]*@[^:/]*:\d+(?:[/?]|$)")
"""A URL whose first colon stands before a port."""

QUERY = re.compile(r"[?#](?=[^?#=@/]+=)|;(?=[^?#;=@/]+=[^@]*$)")
"""What the parameters of a URL stand behind."""

BARE = rf"(?<![A-Za-z0-9+.\-])(?:{SCHEME}){{1,2}}//"

IN_TEXT = re.compile(
    rf"(?<=')(?:{BARE})(?:\\.|[^\n])*?(?='(?:[\s,;:)\]}}.]|$))"  # in quotes: to the quote that ends it
    rf'|(?<=")(?:{BARE})(?:\\.|[^\n])*?(?="(?:[\s,;:)\]}}.]|$))'
    rf"|{BARE}[^\s:/@]*:(?!//)(?!\d*(?:[\s/?#'\",;)\]]|$))[^@\n]*@(?:(?!{BARE})\S)*"  # a blank in a password
    rf"|{BARE}(?:(?!{BARE})\S)*"
)
"""A URL within a text."""

SHORT = 6
"""Characters below which a password is hidden only where it stands as a word."""


def without_passwords(text: str, url: str = "") -> str:
    """Return a text without passwords, so that it can be shown to others.

    Args:
        text: Any; passwords of the URLs in it are hidden, before the host and among the parameters.
        url: A URL that the text is about, such as that of a store: its passwords are hidden in all
            spellings, wherever they stand. A word that the URL shows anyway, such as the user's name, stays.
    """
    if url:
        shown = _hidden(url)
        for spelling in _spellings(url):
            text = text.replace(spelling, shown)
        for part in sorted(_parts(url), key=len, reverse=True):
            text = _without(part, text, shown)
    return IN_TEXT.sub(lambda found: _hidden(found[0]), text) if "://" in text else text


def _hidden(url: str) -> str:
    """Return a whole URL without its passwords."""
    before, query = _split(url)
    found = USER.fullmatch(before)
    if found is not None:
        before = f"{found['user']}:{HIDDEN}{found['rest']}"
    elif USER.fullmatch(url) and not PLACE.match(url):
        return USER.sub(rf"\g<user>:{HIDDEN}\g<rest>", url)  # the password has what looks like parameters
    return before + "&".join(map(_shown_pair, query.split("&")))


def _split(url: str) -> tuple[str, str]:
    """Return what stands before the parameters of a URL, and these."""
    found = QUERY.search(url)
    return (url, "") if found is None else (url[: found.start()], url[found.start() :])


def _shown_pair(pair: str) -> str:
    """Return one parameter of a URL, or several with semicolons between them, up to a secret one."""
    kept: list[str] = []
    for part in re.split(r"(?<=[?#;])", pair):
        name, equals, _ = part.partition("=")
        if equals and SECRET.search(unquote_plus(unquote(name))):
            return f"{''.join(kept)}{name}={HIDDEN}"
        kept.append(part)
    return pair


def _parts(url: str) -> set[str]:
    """Return all that may be a password of a URL, or a part of one, in all spellings."""
    before, query = _split(url)
    found = USER.fullmatch(before) or (None if PLACE.match(url) else USER.fullmatch(url))
    secrets = set() if found is None else {found["password"], *re.split(r"[@:/?#&]", found["password"])}
    for pair in re.split(r"[&;?#]", query):
        name, _, value = pair.partition("=")
        if SECRET.search(unquote_plus(unquote(name))):
            secrets.add(value)
    return {spelling for secret in secrets for spelling in _spellings(secret)} - {"", HIDDEN}


def _spellings(text: str) -> Iterator[str]:
    """Yield how a library may write a text that it was given in a URL."""
    for plain in dict.fromkeys([text, unquote(text), unquote_plus(text)]):
        encoded = plain.encode("utf-8", "surrogatepass")
        yield from (plain, quote(encoded, safe=""), quote_plus(encoded), encoded.decode("latin-1"))
        yield from (repr(plain)[1:-1], ascii(plain)[1:-1], repr(encoded)[2:-1], json.dumps(plain)[1:-1])


def _without(part: str, text: str, shown: str) -> str:
    """Return a text without one spelling of a password.

    Args:
        part: The spelling.
        text: The text.
        shown: The URL as it is shown.
    """
    written = re.escape(part)
    if part.lower() in shown.lower():
        # Hiding what stands there anyway would tell it; but before a host it is the end of a password.
        return re.sub(rf"(?<![\w/]){written}(?=@)", HIDDEN, text, flags=re.IGNORECASE)
    whole = rf"(?<!\w){written}(?!\w)" if len(part) < SHORT else written
    return re.sub(whole, HIDDEN, text, flags=re.IGNORECASE)
