"""Which room may import which library: read from the source, functions included, so that nothing needs to be run."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
OURS = {"pymacaron", "pymacaron_async", "pymacaron_core", "pymacaron_unit"}

#: dict: library -> the files and folders of src/pymacaron that may import it
DOORS: dict[str, tuple[str, ...]] = {
    "billiard": ("tasks/celery/",),
    "boto3": ("store/calls.py", "tasks/celery/", "deploy/aws.py"),
    "botocore": ("store/calls.py", "tasks/celery/", "deploy/aws.py"),
    "brotli": ("server/compression.py",),
    "celery": ("tasks/celery/",),
    "click": ("cli/",),
    "cryptography": ("auth/", "testing/keypairs.py"),
    "flask": ("server/", "api/", "connexion/"),
    "granian": ("granian.py",),
    "httpx2": ("client/",),
    "jinja2": ("connexion/app.py",),
    "jsonschema_rs": ("schema/",),
    "jwt": ("auth/", "testing/keypairs.py"),
    "kombu": ("tasks/celery/",),
    "limits": ("server/limits/",),
    "msgspec": ("schema/", "source/"),
    "opentelemetry": ("server/observing/",),
    "prometheus_client": ("server/observing/",),
    "pytest": ("testing/plugin.py",),
    "redis": ("tasks/celery/", "server/redis.py", "server/idempotency/redis.py", "server/limits/redis.py"),
    "requests": ("testing/contract/",),
    "schemathesis": ("testing/contract/",),
    "sentry_sdk": ("crash/sentry.py",),
    "werkzeug": ("server/", "api/", "connexion/"),
    "yaml": ("source/",),
    "zstandard": ("server/compression.py",),
}

#: what reaches the network or another process, and the rooms that must not
NETWORK = {
    "asyncio",
    "ftplib",
    "http.client",
    "multiprocessing",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "urllib.request",
}
PURE = (
    "exchange/",
    "schema/",
    "source/",
    "spec/",
    "config/",
    "context.py",
    "exceptions.py",
    "finding.py",
    "traces.py",
    "utils.py",
)


#: dict: what ARCHITECTURE.md calls a library, by its distribution -> the name that is imported
NAMES = {"PyJWT": "jwt", "PyYAML": "yaml", "sentry-sdk": "sentry_sdk"}


def modules() -> Iterator[Path]:
    return SOURCE.rglob("*.py")


def imported(text: str) -> Iterator[str]:
    """The modules that *text* imports at any place, also by import_module with a name written out."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module


def may(place: str, doors: tuple[str, ...]) -> bool:
    return any(place == door or (door.endswith("/") and place.startswith(door)) for door in doors)


def trespasses(place: str, text: str) -> list[str]:
    """What the file *place*, below src/pymacaron or the name of another package of ours, imports though it may not."""
    found = []
    for module in sorted(set(imported(text))):
        library = module.partition(".")[0]
        if library not in OURS and library not in sys.stdlib_module_names and not may(place, DOORS.get(library, ())):
            found.append(f"{place} imports {library}")
        if module in NETWORK and may(place, PURE):
            found.append(f"{place} imports {module}")
    return sorted(set(found))


def place(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix().removeprefix("pymacaron/")


@pytest.mark.parametrize("path", sorted(modules()), ids=place)
def test_a_library_is_imported_behind_its_door_only(path: Path) -> None:
    assert trespasses(place(path), path.read_text(encoding="utf-8")) == []


def test_the_map_has_the_same_doors_and_they_are_there() -> None:
    page = (SOURCE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([\w, -]+) \| (.*) \|$", page.partition("## Doors\n")[2].partition("\n## ")[0], re.MULTILINE
    )
    told = {
        NAMES.get(name, name): {door.removesuffix(".py") for door in re.findall(r"`([^`]+)`", doors)}
        for names, doors in rows
        if names != "library"
        for name in names.split(", ")
    }
    assert told == {library: {door.removesuffix(".py") for door in doors} for library, doors in DOORS.items()}
    assert [door for doors in DOORS.values() for door in doors if not (SOURCE / "pymacaron" / door).exists()] == []


@pytest.mark.parametrize(
    ("where", "text", "expected"),
    [
        ("exchange/media.py", "def f():\n    from werkzeug import http", ["exchange/media.py imports werkzeug"]),
        ("server/dispatch.py", "import flask.globals", []),
        ("server_more.py", "import flask", ["server_more.py imports flask"]),
        ("api/launch.py", "from importlib import import_module\nimport_module('yaml')", ["api/launch.py imports yaml"]),
        ("source/yaml.py", "import requests", ["source/yaml.py imports requests"]),
        ("spec/load.py", "from urllib import request", ["spec/load.py imports urllib.request"]),
        ("auth/keys.py", "import urllib.request", []),
    ],
)
def test_a_trespass_is_seen_wherever_it_stands(where: str, text: str, expected: list[str]) -> None:
    assert trespasses(where, text) == expected
