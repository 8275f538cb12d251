"""What descriptions say beside which calls and values are right: each rule there and back. And the names of schemes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from .test_calls import document, told_by
from .test_rules import ADD, OPERATION, SHOP, Edit, edited, found

HOOK = {"post": {"responses": {"200": {"description": "ok"}}}}
FORM = {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/In"}}}
CSV = {"text/csv": {"schema": {"type": "string"}}}
JSON = OPERATION["responses"]["200"]["content"]
RESPONSE = (*ADD, "responses", "200")
IN = ("components", "schemas", "In")
OUT = ("components", "schemas", "Out")


def issued(name: str, kind: str = "oauth2", host: str = "login", scopes: tuple[str, ...] = ("read",)) -> Edit:
    """Tokens of the scheme *name* are asked for, with *scopes*."""
    if kind == "oauth2":
        flow = {"tokenUrl": f"https://{host}.example.com/token", "scopes": {one: one for one in ("read", "write")}}
        scheme: dict[str, Any] = {"type": kind, "flows": {"clientCredentials": flow}}
    else:
        scheme = {"type": kind, "openIdConnectUrl": f"https://{host}.example.com/.well-known/openid-configuration"}

    def edit(made: dict[str, Any]) -> None:
        made["components"]["securitySchemes"][name] = scheme
        edited(*ADD, security=[{name: list(scopes)}])(made)

    return edit


#: What is done to SHOP first, and then; what is told of that, and of its way back
REMARKS: dict[str, tuple[Edit | None, Edit, list[str], list[str]]] = {
    "deprecated operation": (
        None,
        edited(*ADD, deprecated=True),
        ["compatible operation-deprecated"],
        ["compatible operation-undeprecated"],
    ),
    "deprecated schema": (
        edited(*OUT, "properties", it={"type": "string"}),
        edited(*OUT, "properties", it={"type": "string", "deprecated": True}),
        *(["compatible deprecated"], []),
    ),
    "sunset": (
        edited(*ADD, x__sunset="2030-01-01"),
        edited(*ADD, x__sunset="2031-01-01"),
        *(["compatible sunset-changed"], ["risky sunset-changed"]),
    ),
    "an end that was announced": (
        edited(*ADD, deprecated=True, x__sunset="2030-01-01"),
        edited("paths", "/pets/{id}", post=None),
        *(["risky operation-removed"], ["compatible operation-added"]),
    ),
    "webhook": (
        None,
        edited(webhooks={"sold": HOOK}),
        *(["compatible webhook-added"], ["risky webhook-removed"]),
    ),
    "encoding": (
        lambda made: (
            edited(*IN, "properties", it={"type": "object"})(made),
            edited(*ADD, "requestBody", content=copy.deepcopy(FORM))(made),
        )[0],
        edited(
            *(*ADD, "requestBody", "content", "multipart/form-data"),
            encoding={"it": {"contentType": "application/json"}},
        ),
        *(["risky encoding-changed"], ["risky encoding-changed"]),
    ),
    "the first media type": (
        edited(*RESPONSE, content={**JSON, **CSV}),
        edited(*RESPONSE, content={**CSV, **JSON}),
        *(["risky response-media-type-preferred"], ["risky response-media-type-preferred"]),
    ),
    "header": (
        edited(*RESPONSE, "headers", "X-Left", required=False),
        edited(*RESPONSE, "headers", "X-Left", required=True),
        *(["compatible response-header-required"], ["breaking response-header-optional"]),
    ),
    "header that need not be there": (
        edited(*RESPONSE, "headers", "X-Left", required=False),
        edited(*RESPONSE, headers=None),
        *(["risky response-header-removed"], ["compatible response-header-added"]),
    ),
    "failure": (
        None,
        edited(*ADD, "responses", **{"404": {"description": "not here"}}),
        *(["compatible response-added"], ["compatible response-removed"]),
    ),
    "optional body": (
        edited(*ADD, requestBody=None),
        edited(*ADD, requestBody=OPERATION["requestBody"]),
        *(["compatible request-body-added"], ["risky request-body-removed"]),
    ),
    "what is only sent": (
        edited(*IN, "properties", it={"type": "string"}),
        edited(*IN, "properties", it={"type": "string", "writeOnly": True}),
        *(["risky write-only-changed"], ["risky write-only-changed"]),
    ),
    "member that tells alternatives apart": (
        told_by("kind", cat="Cat", dog="Dog"),
        edited(*IN, "properties", "it", "discriminator", propertyName="sort"),
        *(["breaking discriminator-changed"], ["breaking discriminator-changed"]),
    ),
    "rate limit": (
        edited(*ADD, x__rate__limit="5 per minute"),
        edited(*ADD, x__rate__limit="9 per minute"),
        *(["compatible rate-limit-raised"], ["risky rate-limit-lowered"]),
    ),
    "keys": (
        None,
        edited(*ADD, x__idempotency="required"),
        *(["breaking idempotency-required"], ["risky idempotency-removed"]),
    ),
    "keys that may be left out": (
        edited(*ADD, x__idempotency="required"),
        edited(*ADD, x__idempotency="optional"),
        *(["compatible idempotency-changed"], ["breaking idempotency-required"]),
    ),
    # ---- schemes that issue tokens
    "the name of oauth2": (issued("login"), issued("sso"), [], []),
    "the name of openIdConnect": (issued("login", "openIdConnect"), issued("sso", "openIdConnect"), [], []),
    "where tokens come from": (
        issued("login"),
        issued("login", host="sso"),
        *(["risky security-address-changed"], ["risky security-address-changed"]),
    ),
    "tokens of somebody else": (
        issued("login"),
        issued("sso", host="sso"),
        *(["breaking security-tightened"], ["breaking security-tightened"]),
    ),
    "a scope": (
        issued("login"),
        issued("login", scopes=("read", "write")),
        *(["breaking security-tightened"], ["compatible security-loosened"]),
    ),
    "a scope and the name": (
        issued("login"),
        issued("sso", scopes=("read", "write")),
        *(["breaking security-tightened"], ["compatible security-loosened"]),
    ),
    "the name, beside another that stays": (
        lambda made: (issued("other", host="other")(made), issued("login")(made))[0],
        lambda made: (made["components"]["securitySchemes"].pop("login"), issued("sso")(made))[1],
        *([], []),
    ),
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_is_told_there_and_back(name: str, tmp_path: Path) -> None:
    first, then, forth, back = REMARKS[name]
    old, new = document(first), document(first, then)
    for folder, pair, expected in (("a", (old, new), forth), ("b", (new, old), back)):
        (tmp_path / folder).mkdir()
        told = [f"{one.severity} {one.code}" for one in found(tmp_path / folder, *pair)]
        assert told == expected


def test_pages_that_are_turned_otherwise_are_told(tmp_path: Path) -> None:
    old = copy.deepcopy(SHOP)
    edited(*OUT, "properties", items={"type": "array", "items": {"type": "string"}}, next={"type": "string"})(old)
    old["paths"]["/pets/{id}"]["get"] = {
        "operationId": "list_pets",
        "parameters": [
            OPERATION["parameters"][0],
            {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            OPERATION["parameters"][1],
        ],
        "responses": OPERATION["responses"],
        "x-pagination": {"kind": "cursor", "parameter": "cursor", "items": "items", "next": "next"},
    }
    new = copy.deepcopy(old)
    del new["paths"]["/pets/{id}"]["get"]["x-pagination"]
    assert [f"{one.severity} {one.code}" for one in found(tmp_path, old, new)] == ["risky pagination-changed"]
