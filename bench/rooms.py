"""
The house in figures, between two marks in ARCHITECTURE.md: lines of code of each room, the longest functions and
files, and which functions stand on the way of a start and of a call of examples/helloworld.
`python bench/rooms.py [--write]`

A line of code is one that holds more than a comment, a docstring or nothing. What is on the way is what Python's own
profiler hears of (sys.setprofile), in a process of its own; what modules do while they are imported is left out.
"""

from __future__ import annotations

import ast
import datetime
import importlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import FrameType
from typing import Any

import page

__all__ = ["MARKS", "PAGE", "Source", "Step", "by_room", "main", "sources", "table", "ways"]

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "pymacaron"
PAGE, MARKS = ROOT / "ARCHITECTURE.md", "house"
#: The row of the files that are no room's
ALONE = "files of no room"
_EXAMPLE = ROOT / "examples" / "helloworld"
_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
_MOST = 10
_BODY = b'{"to":["Ada"],"lines":[{"text":"Congratulations","times":1}]}'
#: The calls: what the page says of them -> method, path, body
_CALLS = {
    "`POST /greetings`, with a body": ("POST", "/greetings", _BODY),
    "`GET /hello/Ada`, with parameters": ("GET", "/hello/Ada", b""),
}
#: file, below src/pymacaron, and the function; "" for both where the service's own code is
Step = tuple[str, str]


# ---- what stands there


@dataclass(frozen=True)
class Source:
    """One file: `name` is its path below src/pymacaron."""

    name: str
    text: str

    @property
    def room(self) -> str:
        room, slash, _ = self.name.partition("/")
        return f"`{room}/`" if slash else ALONE

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> set[int]:
        """The numbers of the lines that are code."""
        found: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in _SILENT:
                found.update(range(token.start[0], token.end[0] + 1))
        for node in ast.walk(self._tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
                first = node.body[0]
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    found.difference_update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        return found

    def functions(self) -> Iterator[tuple[str, int]]:
        """The name of each function and method, with its class or function before it, and its lines of code."""
        yield from self._below(self._tree, "")

    def _below(self, node: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                name = f"{prefix}{child.name}."
                if not isinstance(child, ast.ClassDef):
                    span = range(child.lineno, (child.end_lineno or child.lineno) + 1)
                    yield name[:-1], len(self.lines.intersection(span))
            yield from self._below(child, name)


def sources() -> list[Source]:
    return [
        Source(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


def by_room(files: Iterable[Source]) -> dict[str, list[Source]]:
    """The files of each room, by name; those of none stand last."""
    found: dict[str, list[Source]] = {}
    for file in sorted(files, key=lambda one: (one.room == ALONE, one.name)):
        found.setdefault(file.room, []).append(file)
    return found


def _sizes(files: list[Source]) -> Iterator[str]:
    yield from ("| room | files | lines of code | its longest file |", "|---|---:|---:|---|")
    for room, own in by_room(files).items():
        longest = max(own, key=lambda one: len(one.lines))
        said = f"`{longest.name}`, {len(longest.lines):,}"
        yield f"| {room} | {len(own):,} | {sum(len(one.lines) for one in own):,} | {said} |"
    yield f"| all | {len(files):,} | {sum(len(one.lines) for one in files):,} | |"


def _longest(files: list[Source]) -> Iterator[str]:
    yield from ("| function | file | lines of code |", "|---|---|---:|")
    found = [(lines, file.name, name) for file in files for name, lines in file.functions()]
    for lines, file, name in sorted(found, key=lambda one: (-one[0], one[1:]))[:_MOST]:
        yield f"| `{name}` | `{file}` | {lines} |"


def _largest(files: list[Source]) -> Iterator[str]:
    yield from ("| file | lines of code |", "|---|---:|")
    for file in sorted(files, key=lambda one: (-len(one.lines), one.name))[:_MOST]:
        yield f"| `{file.name}` | {len(file.lines)} |"


# ---- what is on the way


def ways() -> dict[str, list[Step]]:
    """`start` and each of the calls -> every function that is called, as often as it is, in order."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYM_")}
    environment["JWT_SECRET"] = "of no worth, and as long as a secret has to be"
    environment["PYTHONPATH"] = os.pathsep.join([str(PACKAGE.parent), environment.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve() / "helloworld"
        shutil.copytree(_EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*", "marker.txt"))
        command = [sys.executable, __file__, "--heard"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    said = json.loads(done.stdout.splitlines()[-1])
    return {name: [(file, function) for file, function in steps] for name, steps in said.items()}


def _hear() -> None:
    """In the folder of the service: start it, call it, and print what was heard."""
    sys.path.insert(0, os.getcwd())
    sys.dont_write_bytecode = True
    found: dict[str, list[Step]] = {}
    start, module = _heard(lambda: importlib.import_module("server"))
    found["start"] = start
    for name, call in _CALLS.items():
        for _ in range(3):  # what is made once, for all calls, is made by the first
            found[name], status = _heard(partial(_call, module.app, *call))
            assert status.startswith("2"), (name, status)
    print(json.dumps(found))


def _heard(action: Callable[[], Any]) -> tuple[list[Step], Any]:
    """What *action* calls, and what it returns."""
    ours, service, steps = f"{PACKAGE}{os.sep}", f"{os.getcwd()}{os.sep}", []

    def heard(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event != "call" or code.co_name.startswith("<"):
            return
        if code.co_filename.startswith(service):
            steps.append(("", ""))
        elif code.co_filename.startswith(ours) and not _is_imported(frame):
            steps.append((code.co_filename.removeprefix(ours).replace(os.sep, "/"), code.co_qualname))

    sys.setprofile(heard)
    try:
        result = action()
    finally:
        sys.setprofile(None)
    return [(file, function.replace(".<locals>", "")) for file, function in steps], result


def _is_imported(frame: FrameType | None) -> bool:
    """Whether a module that is being imported calls it; server.py starts the service while it is imported itself."""
    service = os.path.join(os.getcwd(), "server.py")
    while frame is not None and frame.f_code is not _heard.__code__ and frame.f_code.co_filename != service:
        if frame.f_code.co_name == "<module>":
            return True
        frame = frame.f_back
    return False


def _call(app: Any, method: str, path: str, body: bytes) -> str:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "HTTP_HOST": "here"}
    environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))} if body else {}
    wsgi = {"version": (1, 0), "url_scheme": "http", "input": io.BytesIO(body), "errors": sys.stderr}
    wsgi |= {"multithread": True, "multiprocess": False, "run_once": False}
    told: list[str] = []
    told_of = {**environ, **{f"wsgi.{name}": one for name, one in wsgi.items()}}
    sent = app(told_of, lambda status, *_: told.append(status))
    b"".join(sent)
    if hasattr(sent, "close"):
        sent.close()
    return told[0]


def _start(steps: list[Step]) -> Iterator[str]:
    """The first function of each file, by room, both in the order in which they are first entered."""
    firsts: dict[str, str] = {}
    for file, function in steps:
        firsts.setdefault(file, function)
    entered: dict[str, list[str]] = {}
    for file, function in firsts.items():
        if file:
            entered.setdefault(Source(file, "").room, []).append(f"`{file.partition('/')[2] or file}` `{function}`")
    yield from ("| room | the first function of each file that is entered |", "|---|---|")
    yield from (f"| {room} | {', '.join(said)} |" for room, said in entered.items())


def _way(steps: list[Step]) -> Iterator[str]:
    """Each function once, where it is first entered; those of one file that follow each other in one row."""
    rows: list[tuple[str, list[str]]] = []
    for file, function in dict.fromkeys(steps):
        if not rows or rows[-1][0] != file:
            rows.append((file, []))
        rows[-1][1].append(f"`{function}`")
    yield from ("| file | functions |", "|---|---|")
    for file, functions in rows:
        yield f"| `{file}` | {', '.join(functions)} |" if file else "| | *the handler* |"


def _before(steps: list[Step]) -> int:
    """How many files stand before the handler."""
    return len({file for file, _ in steps[: steps.index(("", ""))]})


# ---- the page


def table(files: list[Source], found: dict[str, list[Step]]) -> str:
    calls = {name: steps for name, steps in found.items() if name != "start"}
    first, way = next(iter(calls.items()))
    before = ", ".join(f"{name}: {_before(steps)}" for name, steps in calls.items())
    when = f"{datetime.date.today().isoformat()}, CPython {platform.python_version()}."
    lines = [when, "", *_sizes(files), "", "The longest functions:", "", *_longest(files)]
    lines += ["", "The largest files:", "", *_largest(files), ""]
    lines += ["From the import of server.py until it is ready, by room, in the order in which they are entered:", ""]
    lines += [*_start(found["start"]), ""]
    lines += [f"From a request's arrival to its reply, {first}, in the order in which functions are first entered:"]
    lines += ["", *_way(way), "", f"Files of ours before the handler: {before}."]
    return "\n".join(lines)


def main() -> None:
    if "--heard" in sys.argv:
        _hear()
        return
    text = table(sources(), ways())
    print(text)
    if "--write" in sys.argv:
        page.write(MARKS, text, PAGE)


if __name__ == "__main__":
    main()
