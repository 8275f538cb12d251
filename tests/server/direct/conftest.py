"""
The same app twice, once for each dispatch, and what callers, hooks and signals see of both.

A setup gets a Kit: it registers what it likes with `kit.app`, replaces handlers, and has what is to be compared noted
by `kit.see(...)`. What it puts into `kit.later` is done when the service was started.
"""

from __future__ import annotations

import copy
import functools
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from flask import Flask, Response, current_app, g, has_request_context, request, session, signals, url_for
from flask.globals import _cv_request, request_ctx
from itsdangerous import TimestampSigner

from pymacaron import API, config, context, exceptions
from pymacaron.server.direct.contexts import LazyContext

SHOP = yaml.safe_load("""
openapi: 3.2.0
info: {title: Shop, version: "1"}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string, minLength: 1}, age: {type: integer}}
    Any: {}
  parameters:
    id: {name: id, in: path, required: true, schema: {type: string}}
    how: {name: how, in: path, required: true, schema: {type: string}}
paths:
  /pets:
    get:
      operationId: pets
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 100}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
        - {name: X-Tenant, in: header, schema: {type: string}}
        - {name: basket, in: cookie, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
    post:
      operationId: add_pet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"201": {description: made, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
  /pets/{id}:
    parameters: [{$ref: "#/components/parameters/id"}]
    get:
      operationId: pet
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
    put:
      operationId: put_pet
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
    delete:
      operationId: delete_pet
      responses: {"204": {description: gone}}
  /pets/newest:
    get:
      operationId: newest
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /pets/{id}/toys/{toy-id}:
    get:
      operationId: toy
      parameters:
        - {$ref: "#/components/parameters/id"}
        - {name: toy-id, in: path, required: true, schema: {type: integer}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /slash/:
    get:
      operationId: slash
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /slash/{id}/:
    get:
      operationId: slash_id
      parameters: [{$ref: "#/components/parameters/id"}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /text:
    get:
      operationId: text
      responses: {"200": {description: ok, content: {text/plain: {schema: {type: string}}}}}
  /big:
    get:
      operationId: big
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object}}, text/plain: {schema: {type: string}}}
  /stream:
    get:
      operationId: stream
      responses: {"200": {description: ok, content: {application/jsonl: {itemSchema: {type: object}}}}}
  /events:
    get:
      operationId: events
      responses: {"200": {description: ok, content: {text/event-stream: {itemSchema: {type: object}}}}}
  /made/{how}:
    get:
      operationId: made
      parameters: [{$ref: "#/components/parameters/how"}]
      responses: {default: {description: anything, content: {"*/*": {}}}}
  /fails/{how}:
    get:
      operationId: fails
      parameters: [{$ref: "#/components/parameters/how"}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /raw:
    post:
      operationId: raw
      requestBody: {content: {application/octet-stream: {}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /form:
    post:
      operationId: form
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {name: {type: string}, age: {type: integer}}}
          multipart/form-data:
            schema: {type: object, properties: {name: {type: string}, photo: {type: string, format: binary}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /lines:
    post:
      operationId: lines
      requestBody: {content: {application/jsonl: {itemSchema: {type: object}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /headers:
    get:
      operationId: headers
      responses:
        "200":
          description: ok
          headers: {X-Made: {schema: {type: string}}}
          content: {application/json: {schema: {type: object}}}
""")

_EXPIRES = re.compile(" Expires=[^;]*;")

_SIGNALS = (
    *("appcontext_pushed", "request_started", "request_finished", "request_tearing_down"),
    *("appcontext_tearing_down", "appcontext_popped", "got_request_exception"),
)


class NotFoundHere(Exception):
    """What a service may raise and have a handler of its own for."""


def _handlers() -> dict[str, Callable[..., Any]]:
    return {
        "pets": lambda **given: {"pets": [], **{name: value for name, value in given.items() if value is not None}},
        "add_pet": lambda body: body,
        "pet": lambda id: {"id": id},
        "put_pet": lambda body=None, *, id: {"id": id, "body": body and dict(body)},
        "delete_pet": lambda id: None,
        "newest": lambda: {"id": "newest"},
        "toy": lambda id, toy_id: {"id": id, "toy": toy_id},
        "slash": lambda: {"slash": True},
        "slash_id": lambda id: {"slash": id},
        "text": lambda: "plain text",
        "big": lambda: {"text": "many words " * 500},
        "stream": lambda: ({"n": n} for n in range(3)),
        "events": lambda: ({"data": {"n": n}} for n in range(3)),
        "made": lambda how: {"how": how},
        "fails": lambda how: {"how": how},
        "raw": lambda body=None: {"bytes": len(body.read() if hasattr(body, "read") else body or b"")},
        "form": lambda body=None: {name: type(value).__name__ for name, value in dict(body or {}).items()},
        "lines": lambda body=(): {"lines": [dict(one) for one in body]},
        "headers": lambda: ({"ok": True}, 200, {"X-Made": "yes"}),
    }


def _noting(kit: Kit, handler: Callable[..., Any]) -> Callable[..., Any]:
    """*handler*, which notes by which dispatch it was called."""
    if iscoroutinefunction(handler):
        return handler

    @functools.wraps(handler)
    def noting(*args: Any, **kwargs: Any) -> Any:
        kit.ways.append("direct" if isinstance(_cv_request.get(None), LazyContext) else "stock")
        return handler(*args, **kwargs)

    return noting


@dataclass
class Kit:
    """What a setup works with. `options` are those of API, `settings` its settings, `ways`: how calls were answered."""

    app: Flask
    mode: str
    handlers: dict[str, Callable[..., Any]] = field(default_factory=_handlers)
    settings: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    later: list[Callable[[], Any]] = field(default_factory=list)
    log: list[Any] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    client: Any = None
    held: list[Any] = field(default_factory=list)  # of receivers signals keep weak references only

    def see(self, *facts: Any) -> None:
        self.log.append(facts)

    def look(self, name: str) -> None:
        """Note all that Flask and the Call tell of the request."""
        self.see(name, seen())

    def watch_signals(self, *, looking: bool) -> None:
        for name in _SIGNALS:
            self._watch(name, looking)

    def _watch(self, name: str, looking: bool) -> None:
        def receive(sender: Any, **given: Any) -> None:
            what = {key: _told(value) for key, value in given.items() if key != "_async_wrapper"}
            self.see(name, what, seen() if looking and has_request_context() else None)

        self.held.append(receive)
        getattr(signals, name).connect(receive, self.app)

    def hook(self, *, looking: bool = False, name: str = "") -> None:
        """Register one hook of every kind."""

        def note(what: str) -> None:
            self.see(what + name, seen() if looking and has_request_context() else None)

        def after(response: Any) -> Any:
            note("after")
            self.see(response.status, headers_of(response), response.is_sequence and response.get_data())
            response.headers["X-After" + name] = "yes"
            return response

        self.app.before_request(lambda: note("before"))
        self.app.after_request(after)

        def teardown(error: BaseException | None) -> None:
            note("teardown")
            self.see(_told(error))

        self.app.teardown_request(teardown)
        self.app.teardown_appcontext(lambda error: self.see("teardown app" + name, _told(error), dict(vars(g))))


def _told(value: Any) -> Any:
    """*value*, which a signal or a teardown was given, as it can be compared."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, Response):
        return value.status, headers_of(value), value.is_sequence and value.get_data()
    return value


def headers_of(response: Any) -> list[tuple[str, str]]:
    """Its headers, sorted by their names, those of one name in their order; without the time of day."""
    headers = sorted(response.headers, key=lambda pair: pair[0].lower())
    return [(name, "now" if name == "Date" else _EXPIRES.sub("", value)) for name, value in headers]


def seen() -> dict[str, Any]:
    """What Flask and the Call tell where it is called."""
    call = context.current()
    rule = request.url_rule
    return {
        "method": request.method,
        "path": request.full_path,
        "url": request.url,
        "rule": rule and (rule.rule, rule.endpoint),
        "endpoint": request.endpoint,
        "view_args": request.view_args,
        "args": request.args.to_dict(False),
        "cookies": dict(request.cookies),
        "headers": sorted(request.headers),
        "blueprints": request.blueprints,
        "remote": (request.remote_addr, request.host, request.scheme, request.script_root),
        "is_json": request.is_json,
        "routing_exception": request.routing_exception and str(request.routing_exception),
        "g": dict(vars(g)),
        "app": current_app.name,
        "session": dict(session),
        "url_for": url_for("GET /pets"),
        "call": call and (call.method, call.path, call.url, call.endpoint_id, call.handler_name, call.path_template),
        "adapter": request_ctx.url_adapter is not None and request_ctx.url_adapter.path_info,
    }


@dataclass(frozen=True)
class Outcome:
    """What a caller sees of one call."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def of(cls, response: Any) -> Outcome:
        body = response.get_data()
        response.close()
        return cls(response.status, headers_of(response), body)


Call = str | Mapping[str, Any] | Callable[[Kit], Any]
Setup = Callable[[Kit], None]


def outcome(kit: Kit, call: Call) -> Any:
    """
    *call*: `"GET /pets"`, the arguments of a test client's open(), or a function that gets the Kit; an exception that
    comes out of it is its outcome, too.
    """
    try:
        if callable(call):
            found = call(kit)
            return Outcome.of(found) if hasattr(found, "get_data") else found
        if isinstance(call, str):
            method, _, path = call.partition(" ")
            call = {"method": method, "path": path}
        return Outcome.of(kit.client.open(**call))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """What a service leaves behind that fails as it ends a request, on either dispatch, is not there in other tests."""
    yield
    context.enter(None)


@pytest.fixture
def shop() -> Any:
    """The description, to be changed."""
    return copy.deepcopy(SHOP)


@pytest.fixture
def kit_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kit]:
    """make(mode, setup=None, app=None, description=SHOP) -> Kit of a service that was started."""
    monkeypatch.setenv("JWT_SECRET", "a secret of at least 32 characters")
    # Ids in errors and reports, and the time in sessions, are the same in all
    monkeypatch.setattr(exceptions, "urandom", bytes)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: 1_800_000_000)
    monkeypatch.setattr(gzip, "time", SimpleNamespace(time=lambda: 1_800_000_000))

    def make(mode: str, setup: Setup | None = None, app: Flask | None = None, description: Any = SHOP) -> Kit:
        folder = tmp_path / "apis"
        folder.mkdir(exist_ok=True)
        (folder / "shop.json").write_text(json.dumps(description))
        config.reset()
        kit = Kit(app or Flask("shop"), mode)
        if setup is not None:
            setup(kit)
        settings = {"dispatch": mode, "docs": "public", **kit.settings}
        handlers = {name: _noting(kit, handler) for name, handler in kit.handlers.items()}
        api = API(kit.app, resolver=lambda one: handlers.get(one.id), settings=settings, **kit.options)
        api.load_apis(folder)
        api.start(serve="shop")
        for do in kit.later:
            do()
        kit.client = kit.app.test_client()
        return kit

    return make


@pytest.fixture
def limited_shop() -> dict[str, Any]:
    """SHOP, some of whose operations take an Idempotency-Key, and some a limited number of calls."""
    shop: dict[str, Any] = deepcopy(SHOP)
    shop["paths"]["/pets"]["post"] |= {"x-idempotency": "optional", "x-rate-limit": "9/day"}
    for path in ("/made/{how}", "/fails/{how}", "/stream"):  # a GET takes no key
        item = shop["paths"][path]
        item["post"] = item.pop("get") | {"x-idempotency": "optional" if path == "/stream" else "required"}
    shop["paths"]["/fails/{how}"]["post"] |= {"x-rate-limit": ["100/hour", "6/day"]}
    shop["paths"]["/text"]["get"] |= {"x-rate-limit": "3/day"}
    return shop


def _told_of(kit: Kit, calls: Iterable[Call]) -> list[tuple[Any, list[Any]]]:
    """The outcome of each call, and what was noted meanwhile."""
    found = []
    for call in calls:
        kit.log.clear()
        found.append((outcome(kit, call), [*kit.log]))
    return found


@pytest.fixture
def told() -> Callable[..., list[tuple[Any, list[Any]]]]:
    """told(kit, calls): the outcome of each call, and what was noted meanwhile."""
    return _told_of


def _difference(found: Any, known: Any, at: str = "") -> str:
    """Where *found* begins to be another than *known*."""
    if isinstance(found, Outcome) and isinstance(known, Outcome):
        found, known = vars(found), vars(known)
    if isinstance(found, dict) and isinstance(known, dict):
        found, known = sorted(found.items(), key=str), sorted(known.items(), key=str)
    if isinstance(found, (list, tuple)) and isinstance(known, (list, tuple)):
        for number, (one, other) in enumerate(zip(found, known, strict=False)):
            if one != other:
                return _difference(one, other, f"{at}/{number}")
        longer = found[len(known) :] or known[len(found) :]
        return f"at {at}: {'more' if len(found) > len(known) else 'less'}: {longer!r}"
    return f"at {at}: {found!r} instead of {known!r}"


@pytest.fixture
def compare(kit_of: Callable[..., Kit]) -> Callable[..., Kit]:
    """compare(setup, calls): what both do is the same, outcome by outcome and note by note. Gives the direct Kit."""

    def check(setup: Setup | None, calls: Sequence[Call], **more: Any) -> Kit:
        wanted = _told_of(kit_of("stock", setup, **more), calls)
        kit = kit_of("direct", setup, **more)
        for call, found, known in zip(calls, _told_of(kit, calls), wanted, strict=True):
            assert found == known, f"{call}: {_difference(found, known)}"
        return kit

    return check
