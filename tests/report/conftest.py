"""Runs to look at, and a browser to look with."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

# Chromium answers in a fraction of a second; a busy machine may take a while to start it.
SECONDS = 60
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
# What must be shown, and must do nothing.
HOSTILE = (
    "</script><script>window.stolen = 1</script>",
    '<img src=x onerror="window.stolen = 2">',
    "\"'><svg onload=window.stolen=3>",
    "{{ 7 * 7 }}{% raw %}",
    "<!--<script>",
    "&lt;b&gt;&amp;",
    "\u202egpj.exe",
    "مصر <b>القديمة</b>",
    "日本 </title>",
    "`${window.stolen = 4}`",
)
SCRIPT_IRI = "javascript:window.stolen=5"


Serve = Callable[..., AbstractContextManager[tuple[str, "subprocess.Popen[str]"]]]


def dump(graph: str) -> str:
    """A small graph whose labels, values and IRIs would like to be markup."""
    lines = []
    for number, label in enumerate(HOSTILE):
        text = label.replace("\\", "\\\\").replace('"', '\\"')
        entity = f"<http://{graph}/{number}>"
        lines += [
            f'{entity} {LABEL} "{text}"@{"ar" if "مصر" in label else "ja" if "日本" in label else "en"} .',
            f'{entity} {LABEL} "number {number}"@fr .',
            f'{entity} <http://{graph}/note> "{text} {number}" .',
            f"{entity} <http://{graph}/next> <http://{graph}/{(number + 1) % len(HOSTILE)}> .",
        ]
    lines += [
        f'<{SCRIPT_IRI}{graph}> {LABEL} "a script for an IRI" .',
        f"<{SCRIPT_IRI}{graph}> <http://{graph}/next> <http://{graph}/0> .",
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on two graphs full of markup."""
    folder = tmp_path_factory.mktemp("hostile")
    for graph in ("one", "two"):
        (folder / f"{graph}.nt").write_text(dump(graph), "utf-8")
    return aligned(folder / "run", folder / "one.nt", folder / "two.nt")


@pytest.fixture(scope="session")
def world_run(graph_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on the sample graphs, made in a hurry."""
    graphs = (graph_data / "world_ja_ru_ar.nt.gz", graph_data / "world_en_fr_hi.ttl")
    hurry = ("--rounds", "1", "--candidates", "5", "--structure", "none", "--no-lexicon")
    return aligned(tmp_path_factory.mktemp("world") / "run", *graphs, *hurry)


def aligned(output: Path, *arguments: str | Path) -> Path:
    subprocess.run(
        [
            *(sys.executable, "-m", "kgalign", "align", *map(str, arguments)),
            *("--encoder", "characters", "-o", str(output)),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "KGALIGN_CACHE": str(output.parent / "cache")},
    )
    return output


class Window:
    """A browser's window, asked with CSS selectors."""

    def __init__(self, driver) -> None:
        self.driver = driver

    def open(self, address: str, width: int = 1280, height: int = 900) -> None:
        """Load a page afresh and wait until its viewer is there."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get(address)
        self.until("return document.documentElement.dataset.ready")

    def run(self, script: str, *arguments: object):
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, *arguments: object):
        """What *script* returns, once that is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, SECONDS).until(lambda _: self.run(script, *arguments))

    def text(self, selector: str) -> str:
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def texts(self, selector: str) -> list[str]:
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector
        )

    def type(self, selector: str, *keys: str) -> None:
        self.driver.find_element("css selector", selector).send_keys(*keys)

    def click(self, selector: str) -> None:
        self.driver.find_element("css selector", selector).click()

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def complaints(self) -> list[str]:
        """What the browser has complained about since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Headless Chromium, driven by selenium; skips where there is none."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no browser: chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
        "force-prefers-reduced-motion",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # A driver named outright keeps selenium from looking for one to download.
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    chrome.set_page_load_timeout(SECONDS)
    yield Window(chrome)
    chrome.quit()


@pytest.fixture(scope="session")
def hostile_labels() -> tuple[str, ...]:
    return HOSTILE


@pytest.fixture(scope="session")
def serve() -> Serve:
    """``with serve(run, *arguments) as (address, process)`` reviews a run on a free port."""
    return serving


@contextmanager
def serving(run: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``kgalign review`` on a free port: its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kgalign", "review", str(run), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", line)
        assert found, line + (process.communicate(timeout=SECONDS)[1] if process.poll() is not None else "")
        yield found[0], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=SECONDS)
