"""Passwords are hidden wherever a URL is shown, however it spells them."""

from __future__ import annotations

import json
import sqlite3
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import tunebridge as tb
from tests.cli.command_line import Look
from tunebridge import without_passwords
from tunebridge.comparison.plan.command import command_line

SECRET = "Kn0ck-kn0ck"

URLS = [
    ("postgresql://ann:{}@host/tune", "postgresql://ann:***@host/tune"),
    ("postgresql+psycopg://ann:{}@host:5432/tune", "postgresql+psycopg://ann:***@host:5432/tune"),
    ("postgresql://:{}@host/tune", "postgresql://:***@host/tune"),
    ("postgresql://ann:{}@[::1]:5432/tune", "postgresql://ann:***@[::1]:5432/tune"),
    ("postgresql://ann@azure:{}@host/tune", "postgresql://ann@azure:***@host/tune"),
    ("postgresql:ann:{}@host/tune", "postgresql:ann:***@host/tune"),
    ("postgresql:/ann:{}@host/tune", "postgresql:/ann:***@host/tune"),
    ("postgresql://host/tune?user=ann&password={}", "postgresql://host/tune?user=ann&password=***"),
    ("postgresql://host/tune?PassWord={}&user=ann", "postgresql://host/tune?PassWord=***&user=ann"),
    ("postgresql://host/tune?pass%77ord={}", "postgresql://host/tune?pass%77ord=***"),
    ("postgresql://host/tune?pass%2577ord={}", "postgresql://host/tune?pass%2577ord=***"),
    ("postgresql://host/tune?sslpassword={}&sslmode=require", "postgresql://host/tune?sslpassword=***&sslmode=require"),
    ("postgresql://host/tune?scram_client_key={}", "postgresql://host/tune?scram_client_key=***"),
    ("postgresql://host/tune?oauth_client_secret={}", "postgresql://host/tune?oauth_client_secret=***"),
    ("postgresql://ann:{}@host/tune?password={}", "postgresql://ann:***@host/tune?password=***"),
    ("mysql://host/tune?user=ann&passwd={}", "mysql://host/tune?user=ann&passwd=***"),
    ("mysql+pymysql://host/tune?ssl_key_password={}", "mysql+pymysql://host/tune?ssl_key_password=***"),
    ("mysql://host/tune?password1={};x=1&y=2", "mysql://host/tune?password1=***&y=2"),
    ("mssql+pyodbc:///?odbc_connect=UID%3Dann%3BPWD%3D{}", "mssql+pyodbc:///?odbc_connect=***"),
    ("jdbc:sqlserver://host:1433;user=ann;password={}", "jdbc:sqlserver://host:1433;user=ann;password=***"),
    ("jsonlines:///tune.jsonl?token={}", "jsonlines:///tune.jsonl?token=***"),
    ("redis://host/0#access_token={}", "redis://host/0#access_token=***"),
]  # fmt: skip
"""URLs with a place for a password, and how they are shown."""

PASSWORDS = [
    SECRET,
    "a",
    "p@ss",
    "p:a/s@s",
    "p?w#x",
    "p%40ss",
    "ann",
    "host",
    "***@x",
    "päß",
    quote("a b&c=d/ü", safe=""),
]
"""Passwords, some of which are parts of other parts, or end a URL too early."""

WITHOUT = [
    "sqlite:///a@b.db",
    "sqlite:////data/x:y@z.db",
    "sqlite:///C:/folder/x@y.db",
    "journal:///folder/study@2.log",
    "postgresql://ann@host:5432/tune?application_name=ann@home",
    "postgresql://host/tune?passfile=/etc/pgpass&sslmode=require",
    "see http://localhost:8080/ or write to ann@example.org",
    "tcp://10.0.0.1:8786",
    "params: passes=3, token_pattern=x, a: b@c",
]
"""What has no password in it."""


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize(("url", "shown"), URLS)
def test_a_url_is_shown_without_its_password(url: str, shown: str, password: str) -> None:
    if not ("@host" in url and "{}@" in url):
        password = quote(password, safe="%")
    written = url.format(password, password)
    assert without_passwords(written, written) == shown
    said = f"the store {written} cannot be opened: OperationalError: no route, as {written!r} says"
    assert without_passwords(said, written) == said.replace(repr(written), repr(shown)).replace(
        written, shown
    )
    if "://" in url:
        quoted = f"storage='{written}', n_trials=3"
        assert without_passwords(quoted) == f"storage='{shown}', n_trials=3"
        assert without_passwords(f"run {written}").startswith(f"run {shown.partition('***')[0]}***")


@pytest.mark.parametrize("text", WITHOUT)
def test_what_has_no_password_stays_as_it_is(text: str) -> None:
    assert without_passwords(text) == text
    if "//" in text:
        assert without_passwords(text, text) == text


@pytest.mark.parametrize("spelled", [
    'FATAL: bad password "pä+ß/x"', "host 'ß/x@host' is unknown", "got p%C3%A4%2B%C3%9F%2Fx",
    "got p%c3%a4%2b%c3%9f/x",
    "b'p\\xc3\\xa4+\\xc3\\x9f/x'", "'p\\xe4+\\xdf/x'", json.dumps("pä+ß/x"), "PÄ+ß/X", "pÃ¤+Ã\x9f/x",
])  # fmt: skip
def test_a_driver_that_spells_the_password_otherwise_does_not_tell_it(spelled: str) -> None:
    said = without_passwords(spelled, "postgresql://ann:pä+ß/x@host/tune")
    assert "***" in said
    assert not any(part in said.lower() for part in ("pä", "ß/x", "%c3", "\\xc3", "\\xe4", "\\u00e4", "ã"))


def test_a_short_password_is_no_reason_to_hide_its_letters() -> None:
    url = "postgresql://u:a@host/db"
    said = "cannot be opened: a fatal error at data; base a@host"
    assert without_passwords(said, url) == "cannot be opened: *** fatal error at data; base ***@host"


def test_two_urls_in_one_text_are_both_hidden() -> None:
    said = f"sqlite:///a.db,postgresql://u:{SECRET}@h/d and 'mysql://v:my {SECRET}@i/b' or redis://h?password={SECRET}"
    hidden = "sqlite:///a.db,postgresql://u:***@h/d and 'mysql://v:***@i/b' or redis://h?password=***"
    assert without_passwords(said) == hidden


@pytest.mark.parametrize(
    "word", ["postgresql://ann:my {}'s@host/tune", "--storage=postgresql://h/d?password=my {}'s"]
)
def test_a_command_line_ends_a_url_where_its_word_ends(word: str) -> None:
    line = command_line(["tunebridge", "compare", word.format(SECRET), "-b", "optuna:tpe,a:b:c@d"])
    assert SECRET not in line
    assert "'s" not in line
    assert "***" in line
    assert line.endswith("-b optuna:tpe,a:b:c@d")


def message(call: Any, *arguments: Any, **named: Any) -> str:
    """Return the whole traceback of an error of tunebridge, its causes included."""
    with pytest.raises(tb.TunebridgeError) as caught:
        call(*arguments, **named)
    return "".join(traceback.format_exception_only(caught.value)) + said_before(caught.value)


def said_before(error: BaseException | None) -> str:
    """Return what a traceback shows above an error."""
    before = error and (error.__cause__ or (None if error.__suppress_context__ else error.__context__))
    return "" if before is None else f"{before!r} {before}" + said_before(before)


@pytest.mark.parametrize("url", [
    f"postgresql://ann:{SECRET}@127.0.0.1:1/tune", f"postgresql://127.0.0.1:1/tune?password={SECRET}",
    f"postgresql://ann:x:{SECRET}@y:{SECRET}@127.0.0.1:1/tune", f"postgresql://127.0.0.1:1/tune?sslpassword={SECRET}",
    f"postgresql://127.0.0.1:1/tune?pasword={SECRET}&password={SECRET}&x=1",
    f"mysql://ann:{SECRET}@127.0.0.1:1/tune", f"mysql://127.0.0.1:1/tune?passwd={SECRET}",
    f"mysql://127.0.0.1:1/tune?ssl_key_password={SECRET}", f"mysql://ann:p@{SECRET}@127.0.0.1:1/tune",
    f"sqlite:////nowhere/at/all.db?password={SECRET}", f"nosuch://ann:{SECRET}@host/tune",
    f"journal:///nowhere/at/all.log?password={SECRET}", f"jsonlines:///nowhere/at/all?password={SECRET}",
    f"postgresql:/ann:{SECRET}@127.0.0.1/tune", f"postgresql://ann:{SECRET}@host:port/tune",
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:Query string argument", "ignore:'passwd' is deprecated")
def test_no_error_of_a_store_tells_the_password_nor_do_its_causes(url: str) -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Float(0, 1)))
    for said in (
        message(tb.load_study, url, "s"),
        message(tb.tune, problem, backend="optuna:random", n_trials=1, seed=0, storage=url, study="s"),
        message(tb.load_comparison, url),
    ):
        assert SECRET.lower() not in said.lower()


def test_a_comparison_that_was_kept_with_a_password_shows_none(tmp_path: Path) -> None:
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    url = f"sqlite:///{tmp_path}/c.db"
    command = f"python mine.py postgresql://host/tune?password={SECRET}"
    shown = tb.compare(
        problem, backends=["optuna:tpe"], n_trials=1, seeds=[0], storage=url, study="c", command=command
    )
    assert SECRET not in shown.command
    with sqlite3.connect(tmp_path / "c.db") as database:
        for table in ("study_user_attributes", "study_system_attributes"):
            database.execute(f"update {table} set value_json = replace(value_json, '=***', '={SECRET}')")
        for row, text in database.execute(
            "select rowid, value_json from study_user_attributes where key = 'tunebridge'"
        ).fetchall():
            notes = {name: note for name, note in json.loads(text).items() if name not in ("id", "seal")}
            unsealed = json.dumps({**notes, "format": 1}), row
            database.execute("update study_user_attributes set value_json = ? where rowid = ?", unsealed)
        kept = " ".join(text for (text,) in database.execute("select value_json from study_user_attributes"))
    assert SECRET in kept
    database.close()
    again = tb.load_comparison(url, "c")
    for suffix in (".html", ".md"):
        assert SECRET not in again.report(tmp_path / f"report{suffix}").read_text(encoding="utf-8")
    assert SECRET not in f"{again.command} {again!r} {again}"


def test_the_command_line_tells_no_password(
    look: Look,
) -> None:
    for words in (["studies"], ["show"], ["dashboard"], ["report"]):
        _, out, err = look(*words, f"postgresql://127.0.0.1:1/t?password={SECRET}")
        assert "cannot be opened" in err
        assert SECRET not in out + err
