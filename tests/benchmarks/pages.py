"""How soon a page is ready for its reader in Chromium.

    python tests/benchmarks/pages.py report/index.html paper.html... [--repetitions 7]

Each page is opened from disk in a new context, with nothing kept from before. Prints per page: its size; the
milliseconds from the navigation until it was interactive, that is until its scripts had run, its first frame was drawn
and a task of its own had its turn; the CPU time of its main thread, which the load of the machine changes less; for a
page with a search field, the milliseconds from a typed letter to the next frame; and, as the floor, the same for a page
of one word. Median, and least to most, over the repetitions. It asserts nothing; the aims are 1000 ms for the index of
10,000 papers and 300 ms for a paper, on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), "chromium", "google-chrome"))), None)
# performance.now() counts from the start of the navigation.
READY = """
window.interactive = new Promise(done => document.addEventListener("DOMContentLoaded", () =>
  requestAnimationFrame(() => setTimeout(() => done(performance.now())))));
"""
TYPE = """() => new Promise(done => {
  const field = document.querySelector('input[type="search"]');
  const started = performance.now();
  field.value = "7";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)));
})"""


def measure(browser: Any, path: Path) -> tuple[float, float, float | None]:
    """Milliseconds until the page is interactive, its main thread's CPU time, and from a letter to the next frame."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.add_init_script(READY)
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(path.resolve().as_uri())
        ready = page.evaluate("window.interactive")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        typed = page.evaluate(TYPE) if page.locator('input[type="search"]').count() else None
        return ready, metrics["TaskDuration"] * 1000, typed
    finally:
        context.close()


def told(values: list[float]) -> str:
    """The median, and least to most."""
    return f"{statistics.median(values):6.0f} ({min(values):.0f}-{max(values):.0f})"


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("pages", nargs="+", type=Path)
    ask.add_argument("--repetitions", type=int, default=7)
    said = ask.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        print(f"Chromium {browser.version}, {said.repetitions} repetitions, load {os.getloadavg()[0]:.1f}")
        medians = []
        with tempfile.NamedTemporaryFile("w", suffix=".html") as empty:
            empty.write("<!DOCTYPE html><html lang=en><title>Empty</title><p>Nothing.</p></html>")
            empty.flush()
            floor = [measure(browser, Path(empty.name))[0] for _ in range(said.repetitions + 1)][1:]
        print(f"{'a page of one word, for the floor':40} {'':10}  interactive {told(floor)} ms")
        for path in said.pages:
            measure(browser, path)  # the first page of a browser pays for the browser's own start
            taken = [measure(browser, path) for _ in range(said.repetitions)]
            ready, busy = [one[0] for one in taken], [one[1] for one in taken]
            typed = [one[2] for one in taken if one[2] is not None]
            medians.append(statistics.median(ready))
            size = path.stat().st_size / 1024
            search = f", typed letter {told(typed)} ms" if typed else ""
            print(f"{path.name:40} {size:7.0f} KB  interactive {told(ready)} ms, CPU {told(busy)} ms{search}")
        if len(medians) > 1:
            print(f"{len(medians)} pages, medians {told(medians)} ms")
        browser.close()


if __name__ == "__main__":
    main()
