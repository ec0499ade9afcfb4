"""Hypothesis profiles, one of which `HYPOTHESIS_PROFILE` may name; one thread, as all matrices are small.

Stores of every kind: files, and new databases on real servers. `.ci/databases` starts the servers and names
them in two environment variables. Without them the tests that need one skip, but under CI they fail.

A clock for studies that moves only when a test moves it: no load of the machine changes what a test sees.

A real browser for the tests of pages. Chromium is driven by its own protocol over a pipe, which takes no
package of Python's. Without Chromium these tests skip, but under CI they fail.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import pytest
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from tests.cli.command_line import Look

SERVERS = {"postgresql": "TUNEBRIDGE_TEST_POSTGRESQL", "mysql": "TUNEBRIDGE_TEST_MYSQL"}
"""Environment variable with the URL of a database on a server whose user may create others, by scheme."""

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)

SIZE = {"width": 1400, "height": 2600}
"""Of a page, in pixels."""

SECONDS = 90.0
"""How long a page may take on a machine that does other things besides."""

# Its assertions show what they compare, as those of test files do.
pytest.register_assert_rewrite("tests.misfits")

# What a shell runs in the background ignores Ctrl-C, and so would all that a test starts to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What rich, click and those that a test starts would take for a wish about colours or the terminal.
for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(name, None)
os.environ["TERM"] = "xterm"

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before a test imports torch or numpy
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before a test imports mlflow; no test calls home

settings.register_profile("local", deadline=None, max_examples=20)
settings.register_profile("gates", deadline=None, max_examples=20, derandomize=True, database=None)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.register_profile("unshrunk", settings.get_profile("gates"), phases=[Phase.generate])

strict = os.environ.get("TUNEBRIDGE_STRICT_PLUGINS") == "1" or "CI" in os.environ
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gates" if strict else "local"))


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return a function that takes a scheme and gives the URL of a store that holds nothing."""
    with ExitStack() as dropping:

        def give(scheme: str) -> str:
            name = f"tunebridge_{uuid4().hex}"
            if scheme not in SERVERS:
                slashes = "" if scheme == "jsonlines" else "///"
                return f"{scheme}:{slashes}{tmp_path}/{name}"
            server = _server(scheme)
            is_mysql = scheme == "mysql"
            _execute(server, f"CREATE DATABASE {name}{' CHARACTER SET utf8mb4' * is_mysql}")
            dropping.callback(_execute, server, f"DROP DATABASE {name}{' WITH (FORCE)' * (not is_mysql)}")
            return server.rpartition("/")[0] + f"/{name}"

        yield give


def _server(scheme: str) -> str:
    """Return the URL of a server; skip the test, or under CI fail it, where there is none."""
    found = os.environ.get(SERVERS[scheme])
    if found is not None:
        return found
    lacks = f"{SERVERS[scheme]} is not set: `source .ci/databases; start_databases` starts servers"
    if os.environ.get("CI") == "true":
        pytest.fail(lacks)
    pytest.skip(lacks)


def _execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    import sqlalchemy

    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[url.partition(":")[0]]
    engine = sqlalchemy.create_engine(
        sqlalchemy.make_url(url).set(drivername=driver),
        poolclass=sqlalchemy.NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()


@pytest.fixture
def forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget in the end what a test has imported from its folder, and that this was importable."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Look:
    """Return a function that runs `tunebridge WORDS` in this process."""
    from tunebridge.cli.main import main

    def run(*words: str, columns: int = 200) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "argv", ["tunebridge", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), *capfd.readouterr()

    return run


@pytest.fixture
def quiet_libraries(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Silence Optuna and hyperopt, and keep torch to one thread, as studies do."""
    import optuna
    import torch

    verbosity, threads = optuna.logging.get_verbosity(), torch.get_num_threads()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    torch.set_num_threads(1)
    with caplog.at_level("CRITICAL", "hyperopt"):
        yield
    optuna.logging.set_verbosity(verbosity)
    torch.set_num_threads(threads)


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        """Seconds since some moment."""

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return what the studies of this process take for the time, their budgets and stoppers included."""
    clock = Clock()
    for place in (
        "study.trials.monotonic",
        "study.trials.perf_counter",
        "executors.attempt.perf_counter",
        "study.stoppers.monotonic",
    ):
        monkeypatch.setattr(f"tunebridge.{place}", clock)
    return clock


class Browser:
    """A headless Chromium with one page at a time.

    Args:
        program: Its path.
        profile: An empty folder.
    """

    def __init__(self, program: str, profile: Path) -> None:
        (command, self._write), (self._read, answer) = os.pipe(), os.pipe()
        # The protocol's pipe is 3 and 4; ours are moved above, where a shell that sets these cannot lose one.
        inner = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (command, answer)]
        shell = f'exec "$0" "$@" 3<&{inner[0]} 4>&{inner[1]}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, program, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=inner,
            stderr=subprocess.DEVNULL,
        )
        for end in (command, answer, *inner):
            os.close(end)
        self._half, self._calls = b"", 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._session: dict[str, str] = {}
        self._context: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        """What the page has told of itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=SECONDS)
        os.close(self._write)
        os.close(self._read)

    def renew(self) -> None:
        """Go on with an empty page that shares nothing with the one before."""
        self._session = {}
        if self._context:
            self.call("Target.disposeBrowserContext", **self._context)
        self._context = {"browserContextId": self.call("Target.createBrowserContext")["browserContextId"]}
        page = self.call("Target.createTarget", url="about:blank", **SIZE, **self._context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self._session, self.events = {"sessionId": session}, []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol, and return its result."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": params, **self._session}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while self._calls not in self._answers:
            self._take_in()
        answer = self._answers.pop(self._calls)
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + SECONDS
        while not self.evaluate(expression):
            text = self.evaluate("document.body.innerText")
            assert time.monotonic() < end, f"never true: {expression}; the page says:\n{text}"
            time.sleep(0.2)

    def open(self, url: str) -> None:
        """Go to a page, and take in all that it tells until it is loaded."""
        loader = self.call("Page.navigate", url=url)["loaderId"]
        while not any(_is_loaded(event, loader) for event in self.events):
            self._take_in()
        self.wait(f"location.href === {url!r} && document.readyState === 'complete'")

    def screenshot(self, path: Path) -> None:
        """Save what the page shows."""
        path.write_bytes(b64decode(self.call("Page.captureScreenshot")["data"]))

    @property
    def errors(self) -> list[str]:
        """What the page has logged as an error, or raised."""
        self.evaluate("0")  # takes in what has come up to now
        found = []
        for event in self.events:
            params = event.get("params", {})
            wrong = (
                event["method"] == "Runtime.exceptionThrown"
                or params.get("entry", {}).get("level") == "error"
                or (event["method"] == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"))
            )
            found += [json.dumps(params)] if wrong else []
        return found

    def _take_in(self) -> None:
        """Wait for messages, and keep answers, and events of the page."""
        assert select.select([self._read], [], [], SECONDS)[0], "the browser does not answer"
        received = os.read(self._read, 1 << 20)
        assert received, "the browser has ended"
        *whole, self._half = (self._half + received).split(b"\0")
        for message in map(json.loads, whole):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") == self._session.get("sessionId"):
                self.events.append(message)


def _is_loaded(event: dict[str, Any], loader: str) -> bool:
    told = event.get("params", {})
    return (event["method"], told.get("name"), told.get("loaderId")) == (
        "Page.lifecycleEvent",
        "load",
        loader,
    )


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return the browser of a module's tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        lacks = "there is no Chromium: apt-get install --no-install-recommends chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(lacks)
        pytest.skip(lacks)
    with Browser(program, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """Return a browser with an empty page of its own."""
    chromium.renew()
    return chromium
