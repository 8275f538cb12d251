"""A service with every kind of credential that a description can ask for, which callers try to get past."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from pathlib import Path
from typing import Any

from flask import Flask

from pymacaron import API, context
from pymacaron.auth import get_user_token, get_userid

__all__ = [
    "API_KEY",
    "AUTHENTICATORS",
    "DESCRIPTION",
    "HANDLERS",
    "PASSWORD",
    "PROTECTED",
    "SECRET",
    "SETTINGS",
    "app_in",
    "token",
]

SECRET = "0123456789abcdef0123456789abcdef"
SETTINGS: dict[str, Any] = {"name": "vault", "jwt_secret": SECRET, "jwt_issuer": "us", "jwt_audience": "vault"}
API_KEY = "sesame-8f14e45f"
PASSWORD = "hunter2-c9f0f895"
#: Of tokens, so that each is always the same: from 2023 to 2096
BEGIN, END = 1_700_000_000, 4_000_000_000

#: dict: path -> its security requirement
_SECURITY = {
    "/jwt": "[{jwt: []}]",
    "/scoped": "[{oauth: [read]}]",
    "/header-key": "[{header: []}]",
    "/query-key": "[{query: []}]",
    "/cookie-key": "[{cookie: []}]",
    "/basic": "[{basic: []}]",
    "/both": "[{jwt: [], header: []}]",
    "/either": "[{jwt: []}, {header: []}, {basic: []}]",
    "/optional": "[{jwt: []}, {}]",
    "/optional-both": "[{header: [], jwt: []}, {}]",
    "/open": "[]",
    "/crash": "[]",
}
#: Those where nobody may pass who is not known
PROTECTED = tuple(_SECURITY)[:8]

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Vault, version: '1'}
servers: [{url: /v1}]
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://login.example/t, scopes: {read: r, write: w}}}}
    basic: {type: http, scheme: basic}
    header: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: session}
  schemas:
    Seen:
      type: object
      required: [id, token]
      additionalProperties: false
      properties: {id: {type: string}, token: {type: string}}
    Note:
      type: object
      additionalProperties: false
      required: [text]
      properties: {text: {type: string, maxLength: 40}, count: {type: integer}}
  responses:
    Seen: {description: Who calls, content: {application/json: {schema: {$ref: '#/components/schemas/Seen'}}}}
paths:
  /notes:
    post:
      operationId: add_note
      security: [{jwt: []}]
      x-idempotency: optional
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Note'}}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Note'}}
          multipart/form-data: {schema: {$ref: '#/components/schemas/Note'}}
      responses: {'200': {$ref: '#/components/responses/Seen'}}
  /notes/{name}:
    get:
      operationId: get_note
      security: [{jwt: []}]
      x-rate-limit: 100000/second
      parameters:
        - {name: name, in: path, required: true, schema: {type: string, maxLength: 20}}
        - {name: X-Count, in: header, schema: {type: integer}}
        - {name: since, in: query, schema: {type: string, format: date-time}}
        - {name: seen, in: cookie, schema: {type: array, items: {type: integer}}}
      responses: {'200': {$ref: '#/components/responses/Seen'}}
  /pick?kind=a:
    get: {operationId: pick_a, security: [{jwt: []}], responses: {'200': {$ref: '#/components/responses/Seen'}}}
  /pick?kind=b:
    get: {operationId: pick_b, security: [{jwt: []}], responses: {'200': {$ref: '#/components/responses/Seen'}}}
  /slash/:
    get: {operationId: slash, security: [{jwt: []}], responses: {'200': {$ref: '#/components/responses/Seen'}}}
""" + "".join(
    f"  {path}:\n"
    f"    get:\n      operationId: get_{path[1:].replace('-', '_')}\n      security: {security}\n"
    "      responses: {'200': {$ref: '#/components/responses/Seen'}}\n"
    f"    post:\n      operationId: post_{path[1:].replace('-', '_')}\n      security: {security}\n"
    "      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}\n"
    "      responses: {'200': {$ref: '#/components/responses/Seen'}}\n"
    for path, security in _SECURITY.items()
)

log = logging.getLogger("vault")


def seen(*_: Any, **__: Any) -> dict[str, Any]:
    """Who calls; what callers send goes into the log and to others, as in a real service."""
    call = context.current()
    assert call is not None
    log.info("%s calls %s by %s", get_userid(), call.path, call.headers.get("User-Agent"))
    assert all(value.isascii() and value.isprintable() for value in call.outgoing.values())
    return {"id": get_userid(), "token": get_user_token()}


def crash(*_: Any, **__: Any) -> Any:
    raise RuntimeError(f"postgres://vault:{PASSWORD}@db")


HANDLERS = {
    **dict.fromkeys(("add_note", "get_note", "pick_a", "pick_b", "slash"), seen),
    **{f"{verb}_{path[1:].replace('-', '_')}": seen for path in _SECURITY for verb in ("get", "post")},
    "get_crash": crash,
    "post_crash": crash,
}
AUTHENTICATORS = {
    **dict.fromkeys(("header", "query", "cookie"), lambda key, _: {"sub": "ali"} if key == API_KEY else None),
    "basic": lambda login, _: {"sub": "ali"} if login == ("ali", PASSWORD) else None,
}


def app_in(folder: Path, **options: Any) -> Flask:
    """The service, of a description that is written to *folder*; *options* of API."""
    (folder / "vault.yaml").write_text(DESCRIPTION, encoding="utf-8")
    app = Flask("vault")
    settings = {**SETTINGS, **options.pop("settings", {})}
    api = API(
        app,
        resolver=lambda operation: HANDLERS.get(operation.id),
        authenticators=AUTHENTICATORS,
        settings=settings,
        **options,
    )
    api.load_apis(folder)
    api.start(serve="vault")
    return app


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(claims: Any = None, header: Any = None, secret: str = SECRET) -> str:
    """A token, made without any library; *claims* and *header*: values, or the bytes to be written."""
    good = {"iss": "us", "sub": "bob", "aud": "vault", "iat": BEGIN, "exp": END, "scope": "read"}
    parts = ({"alg": "HS256", "typ": "JWT"} if header is None else header, good if claims is None else claims)
    text = ".".join(b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in parts)
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"
