"""
Requests by lot, for hypothesis: WSGI environs whose headers, cookies and tokens are nearly right or any bytes, and what
must be true of the answer to each.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from security.vault import API_KEY, PASSWORD, PROTECTED, SECRET, token

__all__ = ["GOOD", "answer", "environs", "faults", "mutated"]

#: A token that counts; all others that are made here do not, but for other letters around them
GOOD = token()

LATIN = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=60)
LINE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@st.composite
def mutated(draw: Callable[..., Any], text: str = GOOD) -> str:
    """*text* with a letter, a piece or a segment that is another, missing, doubled or in another place."""
    kind = draw(st.sampled_from(("letter", "cut", "doubled", "segments", "put in", "none")))
    place = draw(st.integers(0, max(len(text) - 1, 0)))
    if kind == "letter":
        return text[:place] + draw(st.sampled_from(B64 + ".=+/ \t\x00\xe9%")) + text[place + 1 :]
    if kind == "cut":
        return text[:place]
    if kind == "doubled":
        return text + draw(st.sampled_from(("", ".", " ", ",", ", Bearer "))) + text
    if kind == "segments":
        pieces = text.split(".")
        return ".".join(draw(st.lists(st.sampled_from([*pieces, "", "e30", "bnVsbA"]), max_size=6)))
    return text[:place] + draw(LATIN) + text[place:] if kind == "put in" else text


SCHEME = st.sampled_from(
    ("Bearer ", "bearer ", "Bearer", "BEARER\t", "Basic ", "Digest ", "", " Bearer  ", "Bearer\x0b")
)
BASIC = st.sampled_from((f"ali:{PASSWORD}", "ali:", ":", "ali", f"ali:{PASSWORD}x", f"x:{GOOD}", "\xff:\xff"))
AUTHORIZATION = st.one_of(
    LATIN,
    st.builds(lambda scheme, text: scheme + text, SCHEME, mutated()),
    st.builds(lambda text: "Basic " + base64.b64encode(text.encode("latin-1")).decode(), BASIC),
    st.builds(lambda text, more: f"Basic {text}{more}", mutated(base64.b64encode(b"ali:x").decode()), LATIN),
)
COOKIE = st.one_of(
    LATIN,
    st.builds(lambda name, text: f"{name}={text}", st.sampled_from(("token", "session", "seen", "")), LATIN),
    st.builds(
        lambda mark, text: f"token={mark}{text}", st.sampled_from(("Bearer%20", '"Bearer ', "Bearer ")), mutated()
    ),
    st.lists(st.builds("{}={}".format, st.sampled_from(("token", "session", "seen")), LINE), max_size=5).map("; ".join),
)
TRACE = st.one_of(
    LATIN,
    st.from_regex(r"[0-9a-fA-F]{2}-[0-9a-f]{30,33}-[0-9a-f]{15,17}-[0-9a-f]{2}(-.{0,5})?", fullmatch=True),
)
MEDIA = st.one_of(
    LATIN,
    st.builds(
        "{}/{};{}".format,
        st.sampled_from(("application", "*", "text", "multipart", "", "image")),
        st.sampled_from(("json", "*", "form-data", "x-www-form-urlencoded", "problem+json", "", "mixed")),
        st.one_of(
            LATIN, st.sampled_from(("q=0", "q=2", "q=x", "charset=utf-16", "charset=\xff", "boundary=x", "boundary="))
        ),
    ),
)
RANGE = st.one_of(LATIN, st.from_regex(r"bytes=-?\d{0,30}-?\d{0,30}(,\d*-)?", fullmatch=True))
TAGS = st.one_of(LATIN, st.sampled_from(("*", 'W/"x"', '"', '"x", *', "W/")))
ADDRESS = st.one_of(LATIN, st.sampled_from(("127.0.0.1", "::1, x", "unknown", "1.2.3.4:x", "[", ",,,")))
HOST = st.one_of(
    LATIN, st.sampled_from(("evil.example", "a:b:c", "[::1]:x", "", "a/b?c#d", "@", "xn--a.example:99999"))
)
NUMBER = st.one_of(LATIN, st.sampled_from(("0", "-1", "5", "1e3", "+5", "\xb2", "0x5", "9" * 30, "", " 5 ", "5,5")))
WORD = st.one_of(LATIN, st.text(st.sampled_from('"abc-_.0\\ ;='), max_size=300))

#: dict: variable of the environ -> what it may be
HEADERS: dict[str, st.SearchStrategy[str]] = {
    "HTTP_AUTHORIZATION": AUTHORIZATION,
    "HTTP_COOKIE": COOKIE,
    "HTTP_X_KEY": st.one_of(LATIN, mutated(API_KEY)),
    "HTTP_TRACEPARENT": TRACE,
    "HTTP_TRACESTATE": WORD,
    "HTTP_PYMCALLID": WORD,
    "HTTP_PYMCALLPATH": WORD,
    "HTTP_IDEMPOTENCY_KEY": WORD,
    "HTTP_ACCEPT": MEDIA,
    "HTTP_ACCEPT_ENCODING": WORD,
    "CONTENT_TYPE": MEDIA,
    "HTTP_CONTENT_ENCODING": WORD,
    "HTTP_ORIGIN": HOST,
    "HTTP_SEC_FETCH_SITE": st.one_of(LATIN, st.sampled_from(("cross-site", "same-origin", "none"))),
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": WORD,
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": LATIN,
    "HTTP_X_FORWARDED_FOR": ADDRESS,
    "HTTP_X_FORWARDED_HOST": HOST,
    "HTTP_FORWARDED": WORD,
    "HTTP_X_HTTP_METHOD_OVERRIDE": st.sampled_from(("GET", "POST", "DELETE")),
    "HTTP_X_ORIGINAL_URL": st.sampled_from(("/v1/open", "/v1/jwt")),
    "HTTP_RANGE": RANGE,
    "HTTP_IF_RANGE": TAGS,
    "HTTP_IF_NONE_MATCH": TAGS,
    "HTTP_IF_MODIFIED_SINCE": WORD,
    "HTTP_HOST": HOST,
    "HTTP_USER_AGENT": LATIN,
    "HTTP_REFERER": LATIN,
    "HTTP_X_COUNT": NUMBER,
    "HTTP_CONNECTION": st.sampled_from(("upgrade", "close", "keep-alive, Upgrade")),
    "HTTP_UPGRADE": st.sampled_from(("websocket", "h2c", "x")),
    "HTTP_EXPECT": LATIN,
    "HTTP_TRANSFER_ENCODING": st.sampled_from(("chunked", "gzip, chunked", "x")),
    "CONTENT_LENGTH": NUMBER,
    "REMOTE_ADDR": ADDRESS,
    "SERVER_PORT": NUMBER,
    "SCRIPT_NAME": st.sampled_from(("", "/v1", "/x\xff")),
    "wsgi.url_scheme": st.sampled_from(("http", "https", "x")),
}
PATHS = st.one_of(
    st.sampled_from(
        [f"/v1{path}" for path in (*PROTECTED, "/pick", "/optional", "/optional-both", "/open", "/crash", "/slash")]
    ),
    st.sampled_from(
        ("/v1/notes", "/v1/notes/a", "/doc/vault.json", "/doc/", "/ping", "/auth/version", "/livez", "/readyz")
    ),
    st.builds("/v1/notes/{}".format, LATIN),
    st.builds("{}/{}".format, st.sampled_from(("", "/v1", "//v1", "/doc")), LATIN),
)
QUERIES = st.one_of(
    st.just(""),
    # A line ends where a request says so: no server hands one on that has such a character
    LATIN.filter(lambda text: not set("\r\n") & set(text)),
    st.builds("key={}".format, st.one_of(LINE, mutated(API_KEY))),
    st.just("kind=a"),
    st.just("since=2027-01-01T00%3A00%00Z"),
)
BODIES = st.one_of(
    st.just(b""),
    st.just(b'{"text": "x"}'),
    st.binary(max_size=80),
    st.integers(1, 100_000).map(lambda depth: b"[" * depth),
    st.integers(1, 5000).map(lambda depth: b'{"text":' * depth),
    st.just(b'{"text": "x", "count": ' + b"9" * 10_000 + b"}"),
    st.just(b"text=x&count=1"),
    st.just(b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--x--\r\n'),
)
ODD_METHODS = st.sampled_from(("HEAD", "OPTIONS", "TRACE", "DELETE", "get", "X-Y", "\xe9"))
METHODS = st.sampled_from(("GET", "POST") * 4 + ("",)).flatmap(
    lambda method: st.just(method) if method else ODD_METHODS
)


@st.composite
def environs(draw: Callable[..., Any]) -> dict[str, Any]:
    """The environ of a request, with a handful of odd headers; `body` is what comes with it."""
    body = draw(BODIES)
    path = draw(PATHS)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": draw(METHODS),
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": draw(QUERIES),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "vault.example",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "body": body,
    }
    if draw(st.booleans()):
        environ["RAW_URI"] = draw(
            st.one_of(st.just(path), LATIN, st.just(path.replace("/", "%2F").replace("%2F", "/", 1)))
        )
    if draw(st.booleans()):
        environ["HTTP_AUTHORIZATION"] = f"Bearer {GOOD}"
    for name in draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=6, unique=True)):
        environ[name] = draw(HEADERS[name])
    if draw(st.booleans()):
        environ["wsgi.input_terminated"] = True
    return environ


def answer(app: Flask, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of what *app* answers; raises what it raises."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    sent = {**environ, "wsgi.input": io.BytesIO(environ["body"])}
    del sent["body"]
    parts = app(sent, lambda status, headers, *_: started.append((status, headers)))
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    ((status, headers),) = started
    return int(status[:3]), headers, body


def faults(environ: dict[str, Any], status: int, headers: list[tuple[str, str]], body: bytes) -> list[str]:
    """What is wrong with the answer to *environ*; empty when all is well."""
    found = []
    # Where a crash is asked for there is one
    is_crash = b"UNHANDLED_SERVER_ERROR" in body and b"foresee" in body and "/crash" in environ["PATH_INFO"]
    is_crash = is_crash or (environ["REQUEST_METHOD"] == "HEAD" and "/crash" in environ["PATH_INFO"])
    if status >= 500 and not is_crash:
        found.append(f"a {status}")
    for name, value in headers:
        if any(character in "\r\n\x00" for character in name + value):
            found.append(f"a header of two lines: {name}")
    if SECRET.encode() in body or PASSWORD.encode() in body:
        found.append("it says a secret")
    if 200 <= status < 300 and b'"id"' in body and not _may_pass(environ, body):
        found.append("somebody passed who may not")
    return found


def _may_pass(environ: dict[str, Any], body: bytes) -> bool:
    """Whether who is said to call has shown the very credential that makes them that."""
    auth, cookie = environ.get("HTTP_AUTHORIZATION", ""), environ.get("HTTP_COOKIE", "")
    if b'"id":"bob"' in body:
        return GOOD in auth or GOOD in cookie
    if b'"id":"ali"' in body:
        basic = base64.b64encode(f"ali:{PASSWORD}".encode()).decode()
        key = environ.get("HTTP_X_KEY", "") == API_KEY or API_KEY in cookie or API_KEY in environ["QUERY_STRING"]
        return key or basic in auth
    # Nobody: where no credential is demanded, or at paths that ask for none, and none was shown that is bad
    path = environ["PATH_INFO"]
    return not any(path.endswith(one) for one in (*PROTECTED, "/notes", "/pick", "/slash/")) and "/notes/" not in path
