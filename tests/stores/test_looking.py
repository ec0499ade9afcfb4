"""Who only looks at a store makes nothing and changes nothing, and only has to be allowed to read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import optuna
import pytest
import sqlalchemy
from click.testing import CliRunner

import tunebridge as tb
from tunebridge.cli.main import app
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import held, stored_study, trial, write

NewStore = Callable[[str], str]

READ = """
import os, sys
from tunebridge.registry.store_url import open_store
warm, url = sys.argv[1:]
open_store(warm).load("study")
os.setgid(65534); os.setuid(65534)
store = open_store(url)
print(store.studies(), [(one.number, len(one.reports)) for one in store.load("study").trials])
try:
    store.claim("study")
except OSError as error:
    print(error.hint)
store.close()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that everybody may enter; skip where nobody can be somebody else, or under CI fail."""
    environment = Path(sys.prefix)
    lacks = "" if os.geteuid() == 0 else "to become another user takes root"
    if not all(place.stat().st_mode & 0o001 for place in (environment, *environment.parents)):
        lacks = "another user may not enter the folder of this environment: chmod 755"
    if lacks and os.environ.get("CI") == "true":
        pytest.fail(lacks)
    if lacks:
        pytest.skip(lacks)
    path = Path(mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def look(url: str) -> None:
    """Look in every way there is; of a store without studies, most of them say so."""
    store = open_store(url)
    assert store.studies() == []
    assert store.load("study") is None
    store.close()
    with pytest.raises(tb.StoreError, match="no study"):
        tb.load_study(url, "study")
    with pytest.raises(tb.StoreError, match="no comparison"):
        tb.load_comparison(url)
    for command in (["studies", url], ["show", url]):
        said = CliRunner().invoke(app, command)
        assert "no study" in f"{said.output} {said.exception}"


def test_a_foreign_sqlite_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.commit()
    connection.close()
    before = contents(tmp_path)
    look(f"sqlite:///{path}")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_an_empty_database_of_a_server_stays_empty(scheme: str, new_store: NewStore) -> None:
    url = new_store(scheme)
    look(url)
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[scheme]
    engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(drivername=driver))
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()


def test_tables_that_somebody_is_just_making_are_no_error_to_a_reader(tmp_path: Path) -> None:
    """Stop before the last row that Optuna writes as it makes its tables."""
    url = f"sqlite:///{tmp_path}/tune.db"
    optuna.storages.RDBStorage(url).engine.dispose()
    connection = sqlite3.connect(tmp_path / "tune.db")
    connection.execute("DELETE FROM alembic_version")
    connection.commit()
    connection.close()
    look(url)
    store = open_store(url)
    write(store, "study", [])
    store.close()
    assert open_store(url).studies() == ["study"]


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_reading_after_a_kill_changes_no_file(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}:///{tmp_path}/tune"
    with held(url, "study") as process:
        process.kill()
        process.wait()
    before = contents(tmp_path)
    loaded = stored_study(url)
    assert len(loaded.trials) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("without", ["", "-shm"], ids=["all files", "without the shared memory"])
@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_a_reader_without_write_permission_reads_all_after_a_kill_and_may_not_claim(
    scheme: str, without: str, folder: Path, tmp_path: Path
) -> None:
    url = f"{scheme}:///{folder}/tune"
    with held(url, "study") as process:
        process.kill()
        process.wait()
    if without:
        (folder / f"tune{without}").unlink(missing_ok=True)
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    warm = open_store(f"{scheme}:///{tmp_path}/warm")
    write(warm, "study", [])
    warm.close()
    before = contents(folder)
    read = subprocess.run(
        [sys.executable, "-c", READ, f"{scheme}:///{tmp_path}/warm", url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert read.stdout.splitlines()[:1] == ["['study'] [(0, 2)]"], read.stderr
    assert "may write" in read.stdout
    assert contents(folder) == before


def test_a_journal_of_rollbacks_that_a_killed_program_left_is_read_from_a_copy(tmp_path: Path) -> None:
    """Kill Optuna's own writer in SQLite's first mode, in the middle of a transaction."""
    path = tmp_path / "tune.db"
    store = open_store(f"sqlite:///{path}")
    write(store, "study", [trial(0, tb.TrialState.RUNNING)])
    store.close()
    script = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size=1'); c.execute('BEGIN IMMEDIATE')\n"
        "c.execute('UPDATE trials SET state = 2'); c.execute('CREATE TABLE big (x)')\n"
        "c.execute('INSERT INTO big VALUES (randomblob(1000000))'); os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert path.with_name("tune.db-journal").stat().st_size > 0
    before = contents(tmp_path)
    loaded = stored_study(f"sqlite:///{path}")
    assert [one.state for one in loaded.trials] == [tb.TrialState.RUNNING]
    assert contents(tmp_path) == before
