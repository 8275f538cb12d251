"""Where the description says what a reply does not keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymacaron.exchange.responses import response_of
from pymacaron.source import Node
from pymacaron.spec.model import Api, Operation, Response
from pymacaron.spec.references import DanglingReference

__all__ = ["place"]


def place(api: Api, operation: Operation | None, code: str, said: Mapping[str, Any]) -> tuple[Node, bool]:
    """The Node, and whether the key that names it is meant, for what the driver *said* of *operation*."""
    if operation is None:
        return api.root, False
    response = response_of(operation.responses, said["status"]) if said["status"] else None
    if code == "undeclared-status":
        return _member(operation.node, "responses")
    if code == "ignored-auth":
        return _member(operation.node, "security")
    if code in ("missing-header", "unfit-header") and response is not None:
        return _header(response, said), True
    if "schema_path" in said["details"] and response is not None:
        return _schema(api, response, said)
    if code in ("undeclared-media-type", "missing-media-type", "unreadable-body") and response is not None:
        return _member(response.node, "content" if response.node.get("content") else "schema")
    return operation.node, True


def _member(node: Node, key: str) -> tuple[Node, bool]:
    return node.get(key) or node, True


def _header(response: Response, said: Mapping[str, Any]) -> Node:
    names = said["details"].get("missing_headers") or []
    found = [header.node for name, header in response.headers.items() if name in names]
    return found[0] if found else _member(response.node, "headers")[0]


def _schema(api: Api, response: Response, said: Mapping[str, Any]) -> tuple[Node, bool]:
    """The keyword that is not kept, as near as the path to it leads in the user's own files."""
    name = said["media_type"].partition(";")[0].strip().lower()
    media = next((one for key, one in response.content.items() if key.partition(";")[0].lower() == name), None)
    media = media or next(iter(response.content.values()), None)
    if media is None or (media.schema is None and media.item_schema is None):
        return response.node, True
    node = media.schema or media.item_schema
    assert node is not None
    try:
        for token in said["details"]["schema_path"]:
            node = api.references.follow(node)
            if token == "$ref":
                continue
            below = _below(node, token)
            if below is None:
                break
            node = below
    except DanglingReference:
        return response.node, True
    return node, True


def _below(node: Node, token: Any) -> Node | None:
    if isinstance(node.value, dict):
        return node.get(str(token))
    if isinstance(node.value, list) and str(token).isdecimal() and int(token) < len(node.value):
        return node.child(int(token))
    return None
