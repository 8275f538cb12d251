"""
Every example of README.md and docs/ runs: files are written, Python is executed, servers are started and called.

A fenced block says what it is for behind its language: `file=NAME` is written to an empty folder, `run` is executed
there, page by page and from top to bottom: Python as one program, a console line by line, with what it should print
below each line (`...` stands for anything); `write=NAME` is written when those above it have run. A curl is made by
this file, and its reply compared as JSON. What is not run is looked at by test_blocks.py.

A page that moves a service has `before=NAME`, a file as it is before, and `diff change=NAME`, what is changed in it:
lines with -, + or a space, a line `...` between places that are apart. Such a page is followed in the order in which it
is written, consoles included, so that it can show what is said before and after.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from upstreams.process import accepts

ROOT = Path(__file__).resolve().parents[2]
#: docs/findings.md is not here: tests/check runs its examples through `check`
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "findings.md")]
#: Languages of blocks that test_blocks.py looks at where they say no purpose
NOT_RUN = {"bash", "text", "json", "yaml", "python"}
FENCE = re.compile(r"^```([a-z]+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTS_WITHIN_S = 60


@dataclass(frozen=True)
class Block:
    language: str
    purpose: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2].strip(), m[3], text.count("\n", 0, m.start()) + 1) for m in FENCE.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_is_run_or_of_a_kind_that_is_not(page: Path) -> None:
    unknown = [
        f"{page.name}:{block.line}: {block.language} {block.purpose}"
        for block in blocks(page)
        if not (block.purpose == "run" or block.purpose.startswith(("file=", "write=", "before=")))
        and not (block.language == "diff" and block.purpose.startswith("change="))
        and (block.purpose or block.language not in NOT_RUN)
    ]
    assert unknown == []


#: Those that move a service
MOVING = [page for page in PAGES if page.name.startswith("migrate-from-")]


@pytest.mark.parametrize("page", MOVING, ids=lambda page: page.name)
def test_a_service_is_moved_by_what_a_page_says(page: Path, tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    try:
        for block in blocks(page):
            purpose, _, name = block.purpose.partition("=")
            path = tmp_path / name
            if purpose in ("before", "file"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif purpose == "change":
                path.write_text(changed(f"{page.name}:{block.line}", path.read_text("utf-8"), block.text), "utf-8")
            elif purpose == "run":
                assert block.language == "console", f"{page.name}:{block.line}"
                for line, command, expected in steps(block):
                    runner.step(f"{page.name}:{line}", command, expected)
    finally:
        runner.stop()


def changed(where: str, text: str, diff: str) -> str:
    """*text* with what *diff* says; each place of it stands there once, word for word."""
    for place in re.split(r"^\.\.\.\n", diff, flags=re.MULTILINE):
        lines = place.splitlines(keepends=True)
        assert all(line[0] in "-+ \n" for line in lines), where
        old = "".join(line[1:] or line for line in lines if line[0] != "+")
        new = "".join(line[1:] or line for line in lines if line[0] != "-")
        assert text.count(old) == 1, f"{where}: {old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if "run\n" in page.read_text("utf-8") and page not in MOVING],
    ids=lambda page: page.name,
)
def test_the_examples_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    found = blocks(page)
    for block in found:
        if block.purpose.startswith("file="):
            write(tmp_path / block.purpose.removeprefix("file="), block)
    runner = Runner(tmp_path)
    try:
        program = [block for block in found if block.language == "python" and block.purpose == "run"]
        if program:
            runner.python(page, program)
        for block in found:
            if block.purpose.startswith("write="):
                write(runner.folder / block.purpose.removeprefix("write="), block)
            elif block.language == "console" and block.purpose == "run":
                for line, command, expected in steps(block):
                    runner.step(f"{page.name}:{line}", command, expected)
    finally:
        runner.stop()


def write(path: Path, block: Block) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def steps(block: Block) -> Iterator[tuple[int, str, str]]:
    """Of a console: line, command, and what stands below it."""
    parts = re.split(r"^\$ (.*)$", block.text, flags=re.MULTILINE)
    for number, (command, expected) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
        yield block.line + 1 + number, command, expected.strip()


class Runner:
    """The folder in which a page is, and the server that it started, if any."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PYM_")}
        self.environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.server: subprocess.Popen[bytes] | None = None
        self.port = 0

    def python(self, page: Path, program: list[Block]) -> None:
        """The blocks one after the other, at the lines where they stand on the page."""
        lines: list[str] = []
        for block in program:
            lines += [""] * (block.line - len(lines))
            lines += block.text.splitlines()
        file = self.folder / f"{page.stem}_examples.py"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = self._run([sys.executable, "-W", "error", str(file)])
        assert done.returncode == 0, f"{page.name}:\n{done.stdout}{done.stderr}"

    def step(self, where: str, command: str, expected: str) -> None:
        words = shlex.split(command)
        if words[0] == "curl":
            same(where, json.loads(expected), json.loads(self.curl(words[1:])))
        elif words[:2] in (["python", "server.py"], ["pymacaron", "run"]):
            self.start(words)
        elif words[0] == "cd":
            self.folder /= words[1]
        elif words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value
        else:
            done = self._run(words)
            pattern = ".*".join(re.escape(part) for part in expected.split("..."))
            printed = (done.stdout + done.stderr).strip()
            assert re.fullmatch(pattern, printed, re.DOTALL), f"{where}: {command} printed\n{printed}"

    def start(self, words: list[str]) -> None:
        """The server on a port that is free here, whatever the page says."""
        assert self.server is None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        program = [sys.executable] if words[0] == "python" else [sys.executable, "-m", words[0]]
        words = [*program, *words[1 : words.index("--port") + 1], str(self.port)]
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self.server = subprocess.Popen(words, cwd=self.folder, env=self.environment, stdout=output, stderr=output)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not accepts(self.port):
            assert time.monotonic() < deadline, log.read_text()
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(0.05)
                pytest.fail(f"the server ended:\n{log.read_text()}")

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait()

    def curl(self, words: list[str]) -> bytes:
        """What a server on this machine answers to `curl [-X METHOD] [-H HEADER]... [-d DATA] URL`."""
        method, headers, data, url = None, {}, None, ""
        while words:
            word = words.pop(0)
            if word == "-X":
                method = words.pop(0)
            elif word == "-H":
                name, _, value = words.pop(0).partition(":")
                headers[name] = value.strip()
            elif word == "-d":
                data = words.pop(0)
            else:
                url = word
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method or ("GET" if data is None else "POST"), target, data, headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def _run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )


def same(where: str, expected: Any, found: Any) -> None:
    """Equal, but that the text "..." on the page stands for any value."""
    assert blanked(expected, expected) == blanked(expected, found), where


def blanked(pattern: Any, value: Any) -> Any:
    """*value* with "..." wherever *pattern* has it."""
    if pattern == "...":
        return "..."
    if isinstance(pattern, dict) and isinstance(value, dict):
        return {key: blanked(pattern.get(key), one) for key, one in value.items()}
    if isinstance(pattern, list) and isinstance(value, list) and len(pattern) == len(value):
        return [blanked(*pair) for pair in zip(pattern, value, strict=True)]
    return value
