"""
Real descriptions, served whole: the app is built, the published document fetched, one operation called.

PYMACARON_CORPUS points at the folder that holds `specs/` and `features/`; without it they are looked for beside the
checkout.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API, ApiPool
from pymacaron.spec.load import load
from pymacaron.spec.model import Operation

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")


def descriptions() -> list[Path]:
    found = [path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*.*")]
    return sorted(path for path in found if path.suffix in (".json", ".yaml", ".yml"))


def test_the_descriptions_are_here():
    if descriptions():
        return
    if os.environ.get("CI"):
        pytest.fail(f"no descriptions below {CORPUS}: set PYMACARON_CORPUS")
    pytest.skip(f"no descriptions below {CORPUS}")


@pytest.mark.parametrize("path", descriptions(), ids=lambda path: path.name)
def test_a_real_description_is_served_whole(path: Path):
    checked = load(path)
    errors = [finding for finding in checked.findings if finding.severity == "error"]
    if path.parent.name == "specs":
        assert errors == []
    elif errors:
        assert all(finding.fact and finding.line for finding in errors)
        return
    calls: list[str] = []

    def resolver(operation: Operation) -> Any:
        def handler(*args: Any, **kwargs: Any) -> Any:
            calls.append(operation.id)
            return "", 299

        return handler

    names = [name for operation in checked.operations for alternative in operation.security for name in alternative]
    app = Flask("corpus")
    api = API(
        app,
        resolver=resolver,
        authenticators={name: lambda credential, scopes: {"sub": "somebody"} for name in names},
        settings={"response_validation": "off"},
    )
    api._load(path)
    api.start(serve=checked.name)
    client = app.test_client()
    document = client.get(f"/doc/{checked.name}.json")
    assert document.status_code == 200
    assert set(document.json["paths"] if "paths" in checked.root.value else ()) == set(
        checked.root.value.get("paths", ())
    )
    assert getattr(ApiPool, checked.name).get_version() == checked.version
    for operation in checked.operations:
        if not operation.extensions.get("x-no-bind-server"):
            url = checked.base_path + re.sub(r"\{[^}]*\}", "1", operation.path).partition("#")[0]
            reply = client.open(url, method=operation.method, headers={"Authorization": "Bearer x"})
            assert reply.status_code not in (404, 405, 500), (operation.id, reply.text)
            break
