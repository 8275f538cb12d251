"""Requests by lot, on both dispatchers; and rules and paths by lot, for our matcher and Werkzeug's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import EnvironBuilder

from pymacaron.server import rules
from pymacaron.server.direct.matching import Matcher

BOUNDED = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _one_of(text: str) -> st.SearchStrategy[str]:
    """One of the words of *text*."""
    return st.sampled_from(text.split())


_words = _one_of("pets newest toys slash text big raw form lines made fails headers")
_odd = st.one_of(st.just(""), _one_of(". .. 1 x %2F %2f %20 %25 %C3%A9 %FF %00 %0A a|b ; + PETS"))
_paths = st.lists(st.one_of(_words, _words, _odd, st.text("ab1./%é", max_size=4)), max_size=5).map(
    lambda one: "/" + "/".join(one)
)
_described = _one_of(
    """
    GET:/pets POST:/pets GET:/pets/{} PUT:/pets/{} DELETE:/pets/{} GET:/pets/newest GET:/pets/{}/toys/{} GET:/slash/
    GET:/slash/{}/ GET:/text GET:/big GET:/stream GET:/events POST:/raw POST:/form POST:/lines GET:/headers GET:/made/{}
    """
).map(lambda one: one.split(":"))
_values = st.one_of(_one_of("1 x 7 newest"), _odd, st.text("ab1.%é|", max_size=4))
_methods = _one_of("GET GET GET POST POST PUT DELETE HEAD OPTIONS PATCH get TRACE X")
_queries = st.lists(
    st.tuples(_one_of("limit tag x how"), st.one_of(st.just(""), _one_of("1 1000 a %FF %2F é a,b &"))), max_size=3
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
_headers = st.dictionaries(
    _one_of(
        """
        Accept Accept-Encoding Origin X-Tenant Host Content-Encoding If-None-Match PymCallID X-Forwarded-For
        Transfer-Encoding Access-Control-Request-Method Upgrade Range
        """
    ),
    st.one_of(
        st.sampled_from(["text/plain;q=0.1, */*;q=0", "br, gzip", ""]),
        _one_of(
            """
            */* */* application/json gzip identity https://a.example localhost shop.example:8080 a..b * GET websocket
            bytes=0-1 chunked
            """
        ),
    ),
    max_size=2,
)
_types = st.one_of(
    st.sampled_from([None, "application/json; charset=latin-1", "multipart/form-data; boundary=b"]),
    _one_of(
        """
        application/json application/json text/plain application/octet-stream application/x-www-form-urlencoded
        multipart/form-data application/jsonl odd
        """
    ),
)
_JSON = [b"{}", b'{"name":"Rex"}', b'{"name":""}', b'{"name":"Rex","age":1e3}', b"[", b"null", b'"\\ud800"']
_FORMS = [b"name=Rex&age=3", b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nRex\r\n--b--\r\n']
_bodies = st.one_of(
    st.none(),
    st.sampled_from([*_JSON, *_FORMS, b"", b"\xff", b'{"a":1}\n{"b":2}\n', b"1" * 300]),
    st.binary(max_size=20),
)
_cookies = st.sampled_from(
    [None, None, None, "basket=a", "basket=a; basket=b", "session=x", "session=.e.f; basket=é", ";;=", "basket="]
)
_lengths = st.sampled_from([*[None] * 9, "0", "3", "1000", "x", "-1", ""])


@st.composite
def requests(draw: Callable[..., Any]) -> dict[str, Any]:
    """Environs near those of requests that are described."""
    body = draw(_bodies)
    method, path = draw(_described)
    path = path.format(draw(_values), draw(_values))
    if draw(st.integers(0, 3)) == 0:
        method, path = draw(st.one_of(st.tuples(_methods, st.just(path)), st.tuples(_methods, _paths)))
    query = draw(_queries)
    builder = EnvironBuilder("/", method=method, query_string=query, headers=draw(_headers))
    environ = builder.get_environ()
    builder.close()
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    environ["RAW_URI"] = environ["REQUEST_URI"] = quote(path, safe="/%|;+") + f"?{query}"
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = body
    if (content_type := draw(_types)) is not None:
        environ["CONTENT_TYPE"] = content_type
    if (cookie := draw(_cookies)) is not None:
        environ["HTTP_COOKIE"] = cookie
    if (length := draw(_lengths)) is not None:
        environ["CONTENT_LENGTH"] = length
    if draw(st.booleans()):
        del environ["RAW_URI"], environ["REQUEST_URI"]
    return environ


def bare(kit: Any) -> None:
    pass


def watched(kit: Any) -> None:
    kit.app.secret_key = "a key for sessions"
    kit.watch_signals(looking=True)
    kit.hook(looking=True)


def hooked(kit: Any) -> None:
    kit.hook()


def crowded(kit: Any) -> None:
    """Custom routes, handlers of errors and an origin that is allowed."""
    kit.settings["cors"] = ["https://a.example"]
    kit.settings["compress_min_bytes"] = 10
    for number, rule in enumerate(("/pets/<int:id>", "/<path:rest>", "/text/", "/<what>/x", "/pets/newest/toys/<toy>")):
        kit.app.add_url_rule(rule, f"own {number}", lambda **values: {"own": values}, methods=["GET", "PUT"])
    kit.app.errorhandler(404)(lambda error: ("nothing", 404))


def strict(kit: Any) -> None:
    kit.settings["response_validation"] = "strict"
    kit.settings["unknown_parameters"] = "refuse"
    kit.app.config["MAX_CONTENT_LENGTH"] = 20


@pytest.mark.parametrize("setup", [bare, hooked, watched, crowded, strict])
def test_requests_by_lot_are_answered_alike(kit_of: Callable[..., Any], told: Callable[..., Any], setup: Any):
    kits = kit_of("stock", setup), kit_of("direct", setup)

    @BOUNDED
    @given(requests())
    def same(environ: dict[str, Any]) -> None:
        stock, direct = (told(kit, [lambda kit: sent(kit.app, environ)]) for kit in kits)
        assert direct == stock

    same()
    assert kits[1].ways.count("direct") > 20


def sent(app: Flask, environ: dict[str, Any]) -> Any:
    """What a server gets of *app*: the status, the headers by name, and the body."""
    import io

    own = dict(environ)
    if isinstance(own.get("wsgi.input"), bytes):
        own["wsgi.input"] = io.BytesIO(own["wsgi.input"])
    else:
        own["wsgi.input"] = io.BytesIO()
    started: list[Any] = []
    reply = app(
        own,
        lambda status, headers, exc_info=None: started.append(
            (status, sorted(headers, key=lambda one: one[0].lower()))
        ),
    )
    try:
        body = b"".join(reply)
    finally:
        if hasattr(reply, "close"):
            reply.close()
    return started, body


# ---- matching

_segments = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        "a.b",
        "<x>",
        "<x>",
        "<y>",
        "<int:n>",
        "<path:p>",
        "<x>.b",
        "a<x>",
        "<any(a,b):w>",
        "<string(length=1):s>",
        "",
    ]
)
_shapes = st.lists(_segments, min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(part.replace(">", f"{place}>") for place, part in enumerate(parts))
)
_verbs = st.lists(st.sampled_from(["GET", "POST", "PUT"]), min_size=1, max_size=2, unique=True)
_options = st.fixed_dictionaries(
    {},
    optional={
        "strict_slashes": st.booleans(),
        "merge_slashes": st.booleans(),
        "websocket": st.just(True),
        "subdomain": st.just("api"),
        "build_only": st.just(True),
        "redirect_to": st.just("/a"),
        "alias": st.just(True),
    },
)
_tried = st.lists(
    st.sampled_from(["a", "b", "ab", "1", "c", "a.b", "", "x.b", "a\n", "|", " ", "<x>"]), max_size=5
).map("/".join)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(_shapes, _verbs, st.booleans(), _options), min_size=1, max_size=7),
    st.lists(
        st.tuples(
            st.one_of(_tried.map(lambda one: "/" + one), _tried), st.sampled_from(["GET", "POST", "PUT", "DELETE"])
        ),
        min_size=1,
        max_size=20,
    ),
    st.sets(st.integers(0, 6)),
)
def test_what_the_matcher_finds_is_what_werkzeug_finds(wanted: Any, tried: Any, closed: set[int]):
    """*wanted*: rules, those of operations and of the user's; what is found of a path is all that Werkzeug would."""
    app = Flask("rules", static_folder=None)
    known: dict[int, tuple[str, Any]] = {}
    for number, (shape, verbs, is_ours, options) in enumerate(wanted):
        try:
            if is_ours:
                is_fixed = "<" not in shape
                rule = rules.add(app, shape, verbs[0], lambda **values: "")
                known[id(rule)] = verbs[0], rule
                if is_fixed and number in closed:
                    rules.close(app, shape)
            else:
                app.add_url_rule(shape, f"own {number}", lambda **values: "", methods=verbs, **options)
        except (ValueError, AssertionError):
            continue  # one endpoint twice
    matcher = Matcher(app.url_map.iter_rules(), known)
    adapter = app.url_map.bind("localhost", subdomain="")
    for path, method in tried:
        ours = found(matcher, path, method)
        if ours is None:
            continue
        rule, values = ours
        try:
            theirs = adapter.match(path, method, return_rule=True)
        except (HTTPException, RequestRedirect) as error:
            raise AssertionError(f"{method} {path!r}: we found {rule.rule}, Werkzeug says {error}") from error
        names = [one.partition(">")[0] for one in rule.rule.split("<")[1:]]
        assert (rule.rule, dict(zip(names, values, strict=True))) == (theirs[0].rule, dict(theirs[1])), (method, path)


def found(matcher: Matcher[Any], path: str, method: str) -> tuple[Any, list[str]] | None:
    """What a request is for: as the passage asks, first for paths without variables, then for those that end in one."""
    methods, values = matcher.fixed.get(path), []
    if methods is None:
        before, _, last = path.rpartition("/")
        tail = matcher.tails.get(before)
        if tail is not None and last and last not in tail.fixed and last.isascii():
            methods, values = tail.methods, [last]
        elif not path.isascii() or (by_segments := matcher.find(path)) is None:
            return None
        else:
            methods, values = by_segments
    what = methods.get(method)
    return None if what is None else (what, list(values))
