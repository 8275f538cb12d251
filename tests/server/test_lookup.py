"""Which operation a call is of: what the lookup says is what a service with these operations does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from pymacaron import API
from pymacaron.server.lookup import Lookup
from pymacaron.spec.load import load
from pymacaron.spec.model import Operation

#: Each is an operation, by its name; `style` of its `id`
PATHS: list[tuple[str, str, str]] = [
    ("get", "/", ""),
    ("get", "/a", ""),
    ("post", "/a", ""),
    ("get", "/a/", ""),
    ("head", "/h", ""),
    ("get", "/h", ""),
    ("options", "/a/{id}", "simple"),
    ("get", "/a/{id}", "simple"),
    ("delete", "/a/b", ""),
    ("get", "/a/{id}/c", "matrix"),
    ("get", "/a/b/{id}", "label"),
    ("get", "/s/{id}/", "simple"),
    ("get", "/{id}.{ending}", "simple"),
    ("get", "/m/{id},{ending}", "simple"),
    ("get", "/%C3%A4/{id}", "simple"),
    ("get", "/q?x=1", ""),
    ("get", "/q?x=1&y=2", ""),
    ("get", "/q", ""),
    ("get", "/p?x=1", ""),
    ("get", "/p/{id}?x=%20", "simple"),
    ("get", "/f#one", ""),
    ("get", "/f#two", ""),
    ("get", "/<b>/{id}", "simple"),
    ("get", "/d/{id}/{ending}", "simple"),
]


def _description() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for method, path, style in PATHS:
        names = [name for name in ("id", "ending") if f"{{{name}}}" in path]
        parameters = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "style": style if name == "id" else "simple",
                "schema": {"type": "string"},
            }
            for name in names
        ]
        operation = {
            "operationId": f"{method} {path}",
            "parameters": parameters,
            "responses": {"200": {"description": "It"}},
        }
        paths.setdefault(path, {})[method] = operation
    return {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "servers": [{"url": "/v1"}], "paths": paths}


class Service:
    """A service of the description. `calls`: (method and path of the operation, values) of the one that was called."""

    def __init__(self) -> None:
        app, self.calls = Flask("lookup"), list[tuple[str, dict[str, str]]]()
        with TemporaryDirectory() as folder:
            file = Path(folder) / "t.json"
            file.write_text(json.dumps(_description()))
            api = API(app, resolver=self._handler, settings={"response_validation": "off"})
            api.load_apis(file)
            api.start(serve="t")
            self.lookup = Lookup((one.method, f"/v1{one.path}", one) for one in load(file).operations)
        self._app = app

    def _handler(self, operation: Operation) -> Any:
        def handle(**values: str) -> tuple[str, int]:
            self.calls.append((f"{operation.method} {operation.path}", values))
            return "", 299

        return handle

    def ask(self, method: str, path: str, query: str) -> int:
        """As gunicorn hands it over."""
        self.calls.clear()
        decoded = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
        environ = EnvironBuilder(method=method, base_url="http://localhost/").get_environ()
        environ |= {"PATH_INFO": decoded, "QUERY_STRING": query, "RAW_URI": f"{path}?{query}"}
        return int(run_wsgi_app(self._app, environ)[1][:3])


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


SEGMENTS = st.sampled_from(
    (
        "a b c d h s m p q f v1 %61 x.y .. . x. %2E %2F x%2Fy x%2fy %C3%A4 \xc3\xa4 %FF % %4 ;id=1 ;id=a%3Bb .x x,y "
        "x%2Cy <b> %3Cb%3E %20 + %EF%B7%90 %EF%B7%90%2F a%0Ab |"
    )
    .replace("|", "")
    .split(" ")
)
TARGETS = st.builds(
    lambda base, parts: base + "".join(f"/{part}" for part in parts),
    st.sampled_from(["/v1", "/v1", "/v1", "/v1", "/v%31", "", "/", "//v1"]),
    st.lists(SEGMENTS, max_size=4) | st.lists(st.text("ab%2F41;=.,/", max_size=4), max_size=3),
)
METHODS = st.sampled_from(["GET", "GET", "GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"])
QUERIES = st.sampled_from(["", "x=1", "x=2", "y=2&x=1", "x=%31", "x=+", "x", "z=%FF&x=1", "x=1&x=2"])


@settings(max_examples=int(os.environ.get("LOOKUP_EXAMPLES", "600")), deadline=None)
@given(METHODS, TARGETS, QUERIES)
def test_what_is_looked_up_is_what_a_service_does(service: Service, method: str, path: str, query: str) -> None:
    path = path or "/"
    status = service.ask(method, path, query)
    found = service.lookup.find(method, path, query)
    if service.calls and service.calls[0][0].startswith(f"{method} "):
        [(name, values)] = service.calls
        assert found is not None
        assert f"{found[0].method} {found[0].path}" == name
        if all(one.style == "simple" for one in found[0].parameters):
            assert {name: unquote(text) for name, text in found[1].items()} == values
    elif status == 400:  # an operation that says what does not fit
        assert found is not None
    else:
        assert found is None, (status, found)
