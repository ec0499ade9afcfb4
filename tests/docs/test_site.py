"""The site made of the pages: its links lead somewhere, and a browser shows it without a network."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from tests.docs.pages import PAGES, PUBLIC, ROOT, own_names

if TYPE_CHECKING:
    from tests.conftest import Browser

WIDTHS = {"phone": 390, "desktop": 1300}
"""Of a screen, in pixels."""

KINDS = ["/", "/spaces/", "/stored-studies/", "/reference/plugins/"]
"""A page of each kind: links, code, a wide table, docstrings."""


class Page(HTMLParser):
    """What a page links to, and what a link to it may name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src") and value is not None:
                self.links.append(value)
            elif name == "id" and value:
                self.anchors.add(value)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built as `.ci/run` does."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """Return all pages by their addresses within the site."""
    found = {
        path.relative_to(site).as_posix(): path for path in site.rglob("*.html") if path.name != "404.html"
    }
    return {
        f"/{name.removesuffix('index.html')}": Page(path.read_text("utf-8")) for name, path in found.items()
    }


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Return where the site is served."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_page_is_built(pages: dict[str, Page]) -> None:
    expected = {
        f"/{page.removeprefix('docs/').removesuffix('.md').removesuffix('index')}".rstrip("/") + "/"
        for page in PAGES
        if page.startswith("docs/")
    }
    assert pages.keys() == expected


def test_every_link_and_every_anchor_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    broken = []
    for place, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(urljoin(place, link))
            if not target.startswith(("http:", "https:", "data:")):
                led = pages.get(target)
                there = led is not None or (site / unquote(target).lstrip("/")).is_file()
                if not there or (anchor and led is not None and unquote(anchor) not in led.anchors):
                    broken.append((place, link))
    assert broken == []


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_the_reference_shows_what_public_names_are_and_the_texts_of_their_fields(
    module: ModuleType, pages: dict[str, Page]
) -> None:
    shown = " ".join(page.text for place, page in pages.items() if place.startswith("/reference/"))
    missing = []
    for name in own_names(module):
        documented = getattr(module, name)
        is_documented = inspect.isclass(documented) or inspect.isfunction(documented)
        text = (inspect.getdoc(documented) or "") if is_documented else ""
        whole, _, fields = text.partition("\n\nAttributes:\n")
        texts = [whole.partition("\n\n")[0], *re.findall(r"^    \w+: (.+)$", fields, re.MULTILINE)]
        missing += [(name, one) for one in texts if " ".join(one.replace("`", "").split()) not in shown]
    assert missing == []


@pytest.mark.parametrize("text", ["README.md", "CONTRIBUTING.md"])
def test_texts_beside_the_site_link_to_files_and_to_headings_that_exist(
    text: str, pages: dict[str, Page]
) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / text).read_text("utf-8")):
        file, anchor = urldefrag(link)
        assert (ROOT / file).exists(), link
        place = "/" + file.removeprefix("docs/").removesuffix("md").rstrip(".") + "/"
        assert not anchor or anchor in pages[place].anchors, link


def test_pages_link_to_nothing_elsewhere_but_what_is_cited(pages: dict[str, Page]) -> None:
    elsewhere = {link for page in pages.values() for link in page.links if link.startswith(("http", "//"))}
    assert elsewhere <= {"https://squidfunk.github.io/mkdocs-material/"}


def show_as(browser: Browser, screen: str, scheme: str = "light") -> None:
    """Let the browser be that of a phone or a desktop, whose user likes light or dark pages."""
    size = {"width": WIDTHS[screen], "height": 900, "deviceScaleFactor": 1}
    browser.call("Emulation.setDeviceMetricsOverride", **size, mobile=False)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


@pytest.mark.parametrize("screen", WIDTHS)
def test_a_browser_shows_every_page_within_its_width(
    browser: Browser, address: str, pages: dict[str, Page], screen: str
) -> None:
    show_as(browser, screen)
    browser.call("Emulation.setScriptExecutionDisabled", value=True)  # the search would take most of the time
    for place in pages:
        browser.open(address + place)
        assert browser.evaluate("document.documentElement.scrollWidth") <= WIDTHS[screen], place


@pytest.mark.parametrize("place", KINDS)
def test_a_page_asks_for_nothing_elsewhere_and_raises_nothing(
    browser: Browser, address: str, place: str
) -> None:
    browser.call("Network.enable")
    browser.open(address + place)
    requests = [event["params"] for event in browser.events if event["method"] == "Network.requestWillBeSent"]
    urls = [request["request"]["url"] for request in requests]
    assert len(urls) > 3
    assert [url for url in urls if not url.startswith((address, "data:"))] == []
    assert browser.errors == []


@pytest.mark.parametrize(("scheme", "named"), [("light", "default"), ("dark", "slate")])
def test_pages_are_light_or_dark_as_their_reader_likes(
    browser: Browser, address: str, scheme: str, named: str
) -> None:
    show_as(browser, "desktop", scheme)
    browser.open(address + "/stores/")
    assert browser.evaluate("document.body.dataset.mdColorScheme") == named
