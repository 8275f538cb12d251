"""An issuer of OAuth2 tokens, and an api that wants them, as tests need them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from upstreams.server import Asked, Server, reply


@dataclass
class Issuer:
    """
    Gives `token-1`, `token-2` and so on. `fault(asked)` gives other bytes, or None. `rotates`: each refresh token
    counts once. `good`: the tokens that the api takes.
    """

    fault: Callable[[Asked], Any] = lambda asked: None
    more: dict[str, Any] = field(default_factory=lambda: {"expires_in": 3600, "token_type": "Bearer"})
    rotates: bool = False
    refresh_token: str = "first-refresh"
    good: set[str] = field(default_factory=set)
    forms: list[dict[str, str]] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.server = Server(answer=self.answer)
        self.api = Server(answer=self.served)
        self.url = f"{self.server.url}/token"

    @property
    def asked(self) -> list[Asked]:
        """What came for tokens."""
        return [one for one in self.server.asked if one.line.startswith("POST")]

    def answer(self, asked: Asked) -> Any:
        found = self.fault(asked)
        if found is not None:
            return found
        if asked.line.startswith("GET"):
            return reply(200, {"token_endpoint": self.url})
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        with self._lock:
            self.forms.append(form)
            token = f"token-{len(self.forms)}"
            body = {"access_token": token, **self.more}
            if form["grant_type"] == "refresh_token" and self.rotates:
                if form["refresh_token"] != self.refresh_token:
                    return reply(400, {"error": "invalid_grant"})
                self.refresh_token = body["refresh_token"] = f"refresh-{token}"
            self.good.add(token)
        return reply(200, body)

    def served(self, asked: Asked) -> bytes:
        """What the api says: who calls, where it knows the token."""
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return reply(200, {"token": token}) if token in self.good else reply(401, {"error": "UNAUTHORIZED"})

    def close(self) -> None:
        self.server.close()
        self.api.close()


def document(schemes: dict[str, Any], security: dict[str, Any]) -> str:
    """A description: for each of *security* `GET /<name>` with that; and `POST /<name>` that takes bytes."""
    who = {"application/json": {"schema": {"$ref": "#/components/schemas/Who"}}}
    responses = {"200": {"description": "", "content": who}}
    operations = {
        f"/{name}": {
            "get": {"operationId": name, "security": one, "responses": responses},
            "post": {
                "operationId": f"post_{name}",
                "security": one,
                "requestBody": {"content": {"application/octet-stream": {}}},
                "responses": responses,
            },
        }
        for name, one in security.items()
    }
    info = {"title": "Bank", "version": "1"}
    model = {"type": "object", "properties": {"token": {"type": "string"}}}
    components = {"securitySchemes": schemes, "schemas": {"Who": model}}
    return json.dumps({"openapi": "3.1.0", "info": info, "paths": operations, "components": components})
