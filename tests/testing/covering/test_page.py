"""The page of coverage in Chromium, over its pipe of the DevTools protocol: what it shows, and that it asks nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymacaron.testing.covering import Report, page
from pymacaron.testing.covering.points import Owner, Point
from pymacaron.testing.covering.report import Stray

GET, PET = Owner("pets", "GET /pets/<script>alert(1)</script>", True), Owner("pets", "Pet", False)
REPORT = Report(
    apis=[("pets", "Pets & <b>more</b>", "apis/pets.yaml")],
    calls=7,
    unread=0,
    points=[
        Point("1", "operation", GET, "called", "apis/pets.yaml", 5, 3),
        Point("2", "status", GET, "200", "apis/pets.yaml", 7, 3),
        Point("3", "error", GET, "404", "apis/pets.yaml", 9, 0),
        Point("4", "enum", PET, 'request: kind is "<img src=http://elsewhere.example/x>"', "apis/pets.yaml", 20, 0),
    ],
    strays=[Stray("", "GET /" + "long" * 100, 404, 2)],
    codes={"NOT_FOUND": 2},
)


class Browser:
    """Chromium with one page, over the pipe: a message is JSON and a zero byte."""

    def __init__(self, executable: str, profile: Path):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self.events: list[dict[str, Any]] = []
        self._read, self._write, self._rest, self._id = ours_in, ours_out, b"", 0
        flags = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-pipe"
        os.set_inheritable(theirs_in, True)
        os.set_inheritable(theirs_out, True)
        self.process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}',
                executable,
                *flags.split(),
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable", self.session)

    def ask(self, method: str, session: str = "", **params: Any) -> Any:
        self._id += 1
        message = {"id": self._id, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._id:
                assert "error" not in found, found
                return found["result"]
            self.events.append(found)

    def wait(self, method: str) -> None:
        while not any(one.get("method") == method for one in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._read, 65_536)
            assert piece, "Chromium has ended"
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found

    def value(self, expression: str) -> Any:
        return self.ask("Runtime.evaluate", self.session, expression=expression, returnByValue=True)["result"]["value"]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not here")
        pytest.skip("chromium is not here")
    found = Browser(executable, tmp_path / "profile")
    yield found
    found.end()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_shows_the_numbers_and_asks_nobody(browser: Browser, tmp_path: Path, width: int) -> None:
    file = tmp_path / "coverage.html"
    file.write_text(page(REPORT))
    browser.ask(
        "Emulation.setDeviceMetricsOverride",
        browser.session,
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=width < 500,
    )
    browser.ask("Page.navigate", browser.session, url=file.as_uri())
    browser.wait("Page.loadEventFired")
    assert browser.value("document.title") == "Coverage of Pets & <b>more</b>"
    assert browser.value("document.getElementById('total').textContent") == "50.0 %"
    rows = browser.value(
        "[...document.querySelectorAll('#kinds tr')].map(r => r.innerText.trim().split(/\\s*\\t\\s*/).join('|'))"
    )
    told = [row.replace("||", "|") for row in rows]
    assert told == [
        "operations|1 of 1 · 100.0 %",
        "statuses|1 of 1 · 100.0 %",
        "errors|0 of 1 · 0.0 %",
        "enum values|0 of 1 · 0.0 %",
    ]
    assert browser.value("document.querySelector('#operations .name').textContent") == GET.name
    missed = browser.value("[...document.querySelectorAll('.missed')].map(one => one.textContent)")
    assert missed == [
        "not reached: error 404 apis/pets.yaml:9",
        'not reached: request: kind is "<img src=http://elsewhere.example/x>" apis/pets.yaml:20',
    ]
    assert browser.value("document.documentElement.scrollWidth <= innerWidth") is True
    # By the keyboard: the first operation is opened
    for kind in ("keyDown", "keyUp"):
        browser.ask(
            "Input.dispatchKeyEvent", browser.session, type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
        )
    for kind in ("keyDown", "keyUp"):
        browser.ask(
            "Input.dispatchKeyEvent",
            browser.session,
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r" if kind == "keyDown" else "",
        )
    assert browser.value("document.querySelector('#operations details').open") is True
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.ask("Emulation.setEmulatedMedia", browser.session, features=dark)
    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    asked = [one["params"]["request"]["url"] for one in browser.events if one["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    told_wrong = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    assert [one for one in browser.events if one["method"] in told_wrong] == []
