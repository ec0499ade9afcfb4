"""Pages in a real browser without a network: what they show, ask for, and hide by low contrast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Browser

MOST_BYTES = 3_000_000

WIDTHS = (1280, 400)

SCHEMES = ("light", "dark")


def show(browser: Browser, path: Path, width: int = 1280, scheme: str = "light") -> None:
    """Open a file without a network."""
    for domain in ("Network", "Page"):
        browser.call(f"{domain}.enable")
    browser.call(
        "Network.emulateNetworkConditions",
        offline=True,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
    )
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(path.as_uri())


def requested(browser: Browser) -> set[str]:
    """Return what a page has asked for, from wherever."""
    sent = [event["params"] for event in browser.events if event["method"] == "Network.requestWillBeSent"]
    return {params["request"]["url"] for params in sent}


def seen(browser: Browser) -> str:
    """Return the text of a page with everything unfolded."""
    browser.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    return str(browser.evaluate("document.body.innerText"))


LOW_CONTRAST = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((part) => {
      part /= 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (part) => {
    for (; part; part = part.parentElement) {
      const colour = getComputedStyle(part).backgroundColor;
      if (numbers(colour)[3] !== 0 && colour.startsWith("rgb(")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const part of document.querySelectorAll("body *:not(script)")) {
    const own = [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own) continue;
    const style = getComputedStyle(part);
    const [a, b] = [light(part instanceof SVGElement ? style.fill : style.color), light(ground(part))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < (part.closest(".mark") ? 3 : 4.5)) low.push([part.outerHTML.slice(0, 120), ratio]);
  }
  return low;
})()"""
