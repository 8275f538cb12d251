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
from lots import each_version

from pymacaron import API, ApiPool
from pymacaron.spec.load import load
from pymacaron.spec.model import Operation
from pymacaron.spec.references import References

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")


#: What a call that is not as it should be is answered with
REFUSALS = (
    "INVALID_PARAMETER",
    "UNAUTHORIZED",
    "TOKEN_INVALID",
    "AUTHORIZATION_HEADER_MISSING",
    "UNSUPPORTED_MEDIA_TYPE",
)


def descriptions() -> list[Path]:
    found = [path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*.*")]
    return each_version(sorted(path for path in found if path.suffix in (".json", ".yaml", ".yml")), 4)


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
        settings={"response_validation": "off", "docs": "public"},
    )
    api.load_apis(path)
    api.start(serve=checked.name)
    client = app.test_client()
    document = client.get(f"/doc/{checked.name}.json")
    assert document.status_code == 200
    assert set(document.json["paths"] if "paths" in checked.root.value else ()) == set(
        checked.root.value.get("paths", ())
    )
    assert getattr(ApiPool, checked.name).get_version() == checked.version
    bearer = {
        name
        for name, scheme in checked.security_schemes.items()
        if scheme.type in ("oauth2", "openIdConnect") or scheme.scheme == "bearer"
    }
    urls = [(one, url_of(one, checked.references, bearer)) for one in checked.operations]
    callable_ones = [(one, url) for one, url in urls if url is not None]
    for operation, path_below in callable_ones[:1]:
        url = checked.base_path + path_below
        anonymous = not operation.security or any(not alternative for alternative in operation.security)
        headers = {} if anonymous else {"Authorization": "Bearer x"}
        reply = client.open(url, method=operation.method, headers=headers)
        assert calls, (operation.id, reply.status_code, reply.text)
        assert reply.status_code == 299
    if checked.operations and not callable_ones:
        first = checked.operations[0]
        url = checked.base_path + re.sub(r"\{[^}]*\}", "1", first.path).partition("#")[0]
        reply = client.open(url, method=first.method, headers={"Authorization": "Bearer x"})
        assert reply.status_code == 299 or reply.json["error"] in REFUSALS, (first.id, reply.text)


def url_of(operation: Operation, references: References, open_schemes: set[str]) -> str | None:
    """A path that calls *operation* rightly; None where that takes more than values for its path."""
    others = [one for one in operation.parameters if one.location != "path"]
    if any(one.required for one in others) or (operation.body is not None and operation.body.required):
        return None
    if operation.body is not None and operation.body.fields:
        return None
    if operation.security and not any(set(alternative) <= open_schemes for alternative in operation.security):
        return None
    values: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.schema is not None:
            value = sample(references.follow(parameter.schema).value)
            if value is None:
                return None
            values[parameter.name] = value
    if set(re.findall(r"\{([^}]*)\}", operation.path)) - set(values):
        return None
    return re.sub(r"\{([^}]*)\}", lambda found: values[found[1]], operation.path).partition("#")[0]


def sample(schema: Any) -> str | None:
    if not isinstance(schema, dict) or {"pattern", "allOf", "oneOf", "anyOf", "minLength", "multipleOf"} & set(schema):
        return None
    if schema.get("enum"):
        return str(schema["enum"][0])
    formats = {
        "uuid": "6fa459ea-ee8a-4ca4-894e-db77e160355e",
        "date": "2026-01-02",
        "date-time": "2026-01-02T03:04:05Z",
        "byte": "YQ==",
        "email": "a@example.com",
    }
    if schema.get("type") == "string":
        return formats.get(str(schema.get("format")), "a" if "format" not in schema else None)
    if schema.get("type") in ("integer", "number"):
        return str(schema.get("minimum", 1))
    return None
