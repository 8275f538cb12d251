"""
The replies of errors that every operation can give, for the document that is published: people and generators of
clients see them, validation knows nothing of them.

What the description says itself, as `400`, `4XX` or `default`, stays as it is. Neighbours: publish.py makes the
document, catalogue.py knows what each operation can give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pymacaron.spec.catalogue import KNOWN, REQUIRES_AUTH, conditions
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.objects import METHODS

__all__ = ["statuses", "with_errors"]

_TEXT = {"type": "string"}

#: The JSON error of docs/errors.md. Open: an error class may have members of its own
_ERROR = {
    "type": "object",
    "required": ["status", "error", "error_description", "error_id"],
    "properties": {
        "status": {"type": "integer", "description": "The HTTP status"},
        "error": {**_TEXT, "description": "A code that programs may rely on"},
        "error_description": {**_TEXT, "description": "What happened, for developers"},
        "error_id": {**_TEXT, "description": "Names this one failure, here and in the service's reports"},
        "user_message": {**_TEXT, "description": "What happened, for people"},
        "errors": {
            "type": "array",
            "description": "Everything that does not fit the description",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "code", "detail"],
                "properties": {
                    "in": {**_TEXT, "description": "body, form, path, query, querystring, header or cookie"},
                    "pointer": {**_TEXT, "description": "JSON pointer to the value"},
                    "code": {**_TEXT, "description": "The keyword of the schema that it breaks"},
                    "detail": {**_TEXT, "description": "What is wrong with it"},
                },
            },
        },
    },
}

#: dict: status -> what it means
_MEANING = {
    "400": "The request does not fit the description: `errors` lists everything that is wrong with it",
    "401": "There are no valid credentials",
    "403": "The credentials are valid, and lack a scope",
    "409": "A request with this Idempotency-Key is being answered, or its reply was not kept",
    "413": "The body is larger than the service takes",
    "415": "The body's Content-Type is none that the operation reads",
    "422": "Another request was sent with this Idempotency-Key",
    "429": "There were too many calls; `Retry-After` says when to ask again",
    "500": "The service failed; the failure is reported under its `error_id`",
    "503": "A store that the operation needs does not answer; `Retry-After` says when to ask again",
}

#: dict: status -> an error of it
_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "400": {
        "status": 400,
        "error": "INVALID_PARAMETER",
        "error_description": "body /lines/0/quantity: 0 is below 1",
        "error_id": "6f0fd5c4-5d4b-4a3c-8a4c-0f5f6f1d6e8e",
        "errors": [
            {"in": "body", "pointer": "/lines/0/quantity", "code": "minimum", "detail": "0 is below 1"},
        ],
    },
    "401": {
        "status": 401,
        "error": "TOKEN_EXPIRED",
        "error_description": "Auth token is expired",
        "error_id": "a2c5f6f0-31b6-4a44-9d3b-7e0c53f1f2a9",
    },
    "403": {
        "status": 403,
        "error": "FORBIDDEN",
        "error_description": "the token lacks the scope 'orders:write'",
        "error_id": "5a0e7e3d-6c1e-4a51-9b0c-2f8f1d4f7c33",
    },
    "409": {
        "status": 409,
        "error": "IDEMPOTENCY_KEY_IN_USE",
        "error_description": "A request with this Idempotency-Key is being answered; ask again later",
        "error_id": "4b1f0a53-7d0e-4a8a-b5c5-3f0c0d9f6a11",
    },
    "413": {
        "status": 413,
        "error": "CONTENT_TOO_LARGE",
        "error_description": "The body has more than 1000000 bytes",
        "error_id": "e2b7c9a4-0d3f-4c8b-8f52-6a1d9e7b3c20",
    },
    "415": {
        "status": 415,
        "error": "UNSUPPORTED_MEDIA_TYPE",
        "error_description": "The body's Content-Type is 'text/plain'; this operation reads application/json",
        "error_id": "93d1f6b8-7e24-4d0a-a6c9-1b5e8f0a2d47",
    },
    "422": {
        "status": 422,
        "error": "IDEMPOTENCY_KEY_REUSED",
        "error_description": "Another request was sent with this Idempotency-Key: its path, query or body differs",
        "error_id": "c1d6a3b2-9a55-4f0a-8a34-7a5d1e2f9b60",
    },
    "429": {
        "status": 429,
        "error": "TOO_MANY_REQUESTS",
        "error_description": "This operation takes 10 per minute of each caller; ask again in 7 s",
        "error_id": "f7a9d1c4-22f3-4f44-8f0e-6b9a0c7d5e13",
    },
    "500": {
        "status": 500,
        "error": "UNHANDLED_SERVER_ERROR",
        "error_description": "The server met an error that it did not foresee; it is reported under this error_id",
        "error_id": "0d9b3c1e-52a7-4a0e-8d0f-1c2f3b4a5d6e",
    },
    "503": {
        "status": 503,
        "error": "SERVICE_UNAVAILABLE",
        "error_description": "The store of rate limits does not answer",
        "error_id": "7c4e2a90-b1d8-4f63-9e05-d3a86f1c5b72",
    },
}


def statuses(operation: Operation) -> list[str]:
    """
    The statuses of the errors that *operation* can give, in their order. Not 406, which any caller brings about that
    asks for another media type than the one that is described.
    """
    held = conditions(operation)
    return list(dict.fromkeys(str(one.status) for one in KNOWN if one.when in held and one.when != "output"))


def with_errors(api: Api, document: dict[str, Any], *, own_form: bool = False) -> dict[str, Any]:
    """
    *document*, which is that of *api* as published() gives it, with the error replies that its description leaves out:
    400 of operations that take anything, 401 of those that ask who calls, 403 of those that want a scope, 413 and 415
    of those that take a body, 409 and 422 of those that take an Idempotency-Key, which they are given as a parameter,
    429 of those with a rate limit, 503 of those that need a store, and 500. It shares values with *document*.

    An operation that only `x-decorate-server: pymacaron.auth.requires_auth` guards is given the security scheme that
    this means: one of bearer tokens, the document's own where it has one. *own_form*: the service says errors in a form
    of its own, so no schema is told.
    """
    paths = document.get("paths")
    if not isinstance(paths, dict):
        return document
    operations = {(operation.path, operation.method): operation for operation in api.operations}
    parts = _Parts(api.dialect == "2.0", document, own_form)
    made = {path: _item(path, _resolved(item, document), operations, parts) for path, item in paths.items()}
    return parts.added({**document, "paths": made}) if parts.is_used else document


class _Parts:
    """What the replies refer to, by names that the document does not have yet."""

    def __init__(self, is_20: bool, document: Mapping[str, Any], own_form: bool):
        self.is_used = False
        self._is_20 = is_20
        self._document = document
        self._own_form = own_form
        self._scheme: str | None = None
        self._schema = self._free("schemas", "Error", "definitions")

    def reply(self, status: str) -> dict[str, Any]:
        self.is_used = True
        if self._own_form:
            return {"description": _MEANING[status]}
        schema = {"$ref": f"#/{'definitions' if self._is_20 else 'components/schemas'}/{self._schema}"}
        example = _EXAMPLES[status]
        if self._is_20:
            return {"description": _MEANING[status], "schema": schema, "examples": {"application/json": example}}
        content = {"application/json": {"schema": schema, "example": example}}
        return {"description": _MEANING[status], "content": content}

    def requirement(self) -> dict[str, Any]:
        """The requirement of a token of the service: by the scheme that the document has for it, else by one more."""
        self.is_used = True
        if self._scheme is None:
            schemes = self._taken("securitySchemes", "securityDefinitions")
            known = (name for name, scheme in schemes.items() if self._asks_for_token(scheme))
            self._scheme = next(known, None) or self._free("securitySchemes", "token", "securityDefinitions")
        return {self._scheme: []}

    def idempotency_key(self, written: dict[str, Any], operation: Operation, *, is_required: bool) -> dict[str, Any]:
        """The `parameters` of *operation* with the header Idempotency-Key; nothing where it is declared."""
        declared = written.get("parameters", [])
        names = {one.name.lower() for one in operation.parameters if one.location == "header"}
        if "idempotency-key" in names or not isinstance(declared, list):
            return {}
        self.is_used = True
        limits = {"type": "string", "maxLength": 255}
        told = "Names this request: whatever is sent twice with one key, is carried out once"
        key = {"name": "Idempotency-Key", "in": "header", "required": is_required, "description": told}
        return {"parameters": [*declared, {**key, **(limits if self._is_20 else {"schema": limits})}]}

    def _asks_for_token(self, scheme: Any) -> bool:
        if not isinstance(scheme, dict):
            return False
        if self._is_20:
            wanted = ("apiKey", "header", "authorization")
            return (scheme.get("type"), scheme.get("in"), str(scheme.get("name")).lower()) == wanted
        return scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer"

    def added(self, document: dict[str, Any]) -> dict[str, Any]:
        if not self._own_form:
            document = self._with(document, "schemas", "definitions", self._schema, _ERROR)
        if self._scheme is not None and self._scheme not in self._taken("securitySchemes", "securityDefinitions"):
            scheme: dict[str, Any] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            if self._is_20:
                scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Bearer <token>`"}
            document = self._with(document, "securitySchemes", "securityDefinitions", self._scheme, scheme)
        return document

    def _free(self, section: str, name: str, section_20: str) -> str:
        taken = self._taken(section, section_20)
        names = (name, f"Service{name.capitalize()}", *(f"Service{name.capitalize()}{n}" for n in range(2, 1000)))
        return next(one for one in names if one not in taken)

    def _taken(self, section: str, section_20: str) -> dict[str, Any]:
        holder = self._document if self._is_20 else self._document.get("components")
        taken = holder.get(section_20 if self._is_20 else section) if isinstance(holder, dict) else None
        return taken if isinstance(taken, dict) else {}

    def _with(
        self, document: dict[str, Any], section: str, section_20: str, name: str, value: dict[str, Any]
    ) -> dict[str, Any]:
        if self._is_20:
            return {**document, section_20: {**(document.get(section_20) or {}), name: value}}
        components = document.get("components") or {}
        return {**document, "components": {**components, section: {**(components.get(section) or {}), name: value}}}


def _item(path: str, item: Any, operations: Mapping[tuple[str, str], Operation], parts: _Parts) -> Any:
    if not isinstance(item, dict):
        return item
    return {key: _operation(member, operations.get((path, str(key).upper())), parts) for key, member in item.items()}


def _operation(written: Any, operation: Operation | None, parts: _Parts) -> Any:
    """*written* with its error replies; as it is where it is no operation, or none that this service answers."""
    if operation is None or not isinstance(written, dict) or operation.method.lower() not in METHODS:
        return written
    if operation.extensions.get("x-no-bind-server") in (True, "true"):
        return written
    decorated = operation.extensions.get("x-decorate-server") == REQUIRES_AUTH
    key = operation.extensions.get("x-idempotency")
    said = written.get("responses")
    if said is None:
        said = {}
    if not isinstance(said, dict):
        return written
    known = {str(status).upper() for status in said}
    added = {
        status: parts.reply(status)
        for status in statuses(operation)
        if not known & {status, f"{status[0]}XX", "DEFAULT"}
    }
    guarded = {"security": [parts.requirement()]} if decorated and not operation.security else {}
    asked = {} if key is None else parts.idempotency_key(written, operation, is_required=key == "required")
    return {**written, **guarded, **asked, "responses": {**said, **added}}


def _resolved(item: Any, document: dict[str, Any]) -> Any:
    """A path item that only refers to another of the document: that one."""
    if not isinstance(item, dict) or item.keys() != {"$ref"} or not str(item["$ref"]).startswith("#/"):
        return item
    target: Any = document
    for token in unquote(str(item["$ref"])[2:]).split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, dict) or key not in target:
            return item
        target = target[key]
    return target
