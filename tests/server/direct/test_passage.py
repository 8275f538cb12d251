"""Which requests go the short way: those that differ only in what no dispatch looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.globals import request_ctx

from pymacaron.server.direct.contexts import LazyContext

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /pets:
    get:
      operationId: pets
      responses: {'200': {description: Whether the way was short, content: {application/json: {schema: {}}}}}
"""


@pytest.mark.parametrize(
    ("host", "is_short"),
    [
        ("localhost", True),
        ("localhost:80", True),
        ("127.0.0.1:8080", True),
        ("127.0.0.1:40123", True),
        ("shop.example.com:65535", True),
        ("shop.example.com:65536", False),
    ],
)
def test_any_port_may_be_served(service: Callable[..., Any], host: str, is_short: bool):
    def pets() -> dict[str, bool]:
        return {"short": type(request_ctx._get_current_object()) is LazyContext}  # type: ignore[attr-defined]

    client = service(SHOP, {"pets": pets}).test_client()
    assert client.get("/pets", headers={"Host": host}).json == {"short": is_short}
