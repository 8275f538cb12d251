"""
`make bench-features`: what a call costs more where a feature is armed: tokens, limits, logs, metrics.

Every app has a process of its own, which answers without a server; their windows take turns, and the least of each
counts. The call is W2, a GET with a typed value in the path and in the query; with an Idempotency-Key it is a POST of
the same values. `python bench/features.py [--write] [NAME ...]`
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import description
import page
from child import least
from worker import Wsgi
from workloads import WORKLOADS

__all__ = ["FEATURES", "main"]

#: Microseconds that a token may cost that was seen before
_MOST_JWT_US = 3.0
_ROUNDS, _CALLS = 15, 1500
_SECRET = "a secret of the benchmark, and of nothing else"
_JWT = {"jwt_issuer": "https://bench.example.com", "jwt_audience": "bench", "jwt_secret": _SECRET}
_BEARER = {"components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}}
_POST = replace(WORKLOADS["W2"], method="POST")


@dataclass(frozen=True)
class Feature:
    """
    `what`: for the table. `settings` of the service, `said` of the operation. `headers` gives those of one call after
    the other, where each call has others. `beside`: the app that it is compared with.
    """

    what: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    headers: Callable[[], Iterator[dict[str, str]]] | None = None
    algorithm: str = "HS256"
    method: str = "get"
    beside: str = "plain"


def _seen() -> Iterator[dict[str, str]]:
    """One token, ever again."""
    token = _token()
    while True:
        yield {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def _new() -> Iterator[dict[str, str]]:
    for number in count():
        yield {"HTTP_AUTHORIZATION": f"Bearer {_token(f'user-{number}')}"}


def _keys() -> Iterator[dict[str, str]]:
    for number in count():
        yield {"HTTP_IDEMPOTENCY_KEY": f"key-{number}"}


def _one_key() -> Iterator[dict[str, str]]:
    while True:
        yield {"HTTP_IDEMPOTENCY_KEY": "key"}


def _unrecorded() -> Iterator[dict[str, str]]:
    while True:
        yield {"HTTP_TRACEPARENT": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}


def _token(user: str = "user-0") -> str:
    from pymacaron.auth import generate_token

    return generate_token(user)


_GUARDED: dict[str, Any] = {"security": [{"token": []}]}
#: What costs nothing by the call: it is worked out at start, or asked of other calls
_ARMED = {
    **_JWT,
    "jwt_leeway": 60,
    "report_email_to": ["ops@example.com"],
    "report_webhook": "http://127.0.0.1:9/hook",
    "security_headers": "strict",
    "hsts_max_age": 31_536_000,
    "log_format": "json",
    "shutdown_delay": 5,
}

#: The first is what most stand beside
FEATURES: Mapping[str, Feature] = {
    "plain": Feature("nothing: the service as installed"),
    "armed": Feature("JWT settings, reports by webhook and e-mail, strict headers, HSTS, JSON logs", _ARMED),
    "jwt": Feature("a bearer token that was seen before", _JWT, _GUARDED, _seen),
    "armed-jwt": Feature("the same, with all of the second line", _ARMED, _GUARDED, _seen),
    "jwt-new": Feature("a bearer token seen for the first time, HS256", _JWT, _GUARDED, _new),
    "jwt-new-es256": Feature("the same, ES256", _JWT, _GUARDED, _new, "ES256"),
    "jwt-new-rs256": Feature("the same, RS256", _JWT, _GUARDED, _new, "RS256"),
    "deprecation": Feature(
        "`deprecated` with `x-sunset`", {}, {"deprecated": True, "x-sunset": "2030-01-01T00:00:00Z"}
    ),
    "access-log": Feature("a line in the access log, into a file", {"access_log": True}),
    "metrics": Feature("metrics for Prometheus", {"metrics": "/metrics"}),
    "traces-off": Feature("traces, of a call whose caller records none", {"traces": True}, headers=_unrecorded),
    "traces": Feature("traces, each call recorded; no collector listens", {"traces": True}),
    "rate-limit": Feature("`x-rate-limit`, counted in memory", {}, {"x-rate-limit": "100000/minute"}),
    "post": Feature("POST, nothing else", method="post"),
    "key-new": Feature(
        "`x-idempotency`, a key for the first time, in memory",
        {},
        {"x-idempotency": "optional"},
        _keys,
        method="post",
        beside="post",
    ),
    "key-again": Feature(
        "the same key again: the reply that was kept",
        {},
        {"x-idempotency": "optional"},
        _one_key,
        method="post",
        beside="post",
    ),
}


def main() -> None:
    parser = page.options("what a call costs more where a feature is armed", rounds=_ROUNDS)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(FEATURES)}; default all")
    options = parser.parse_args()
    if options.serve:
        _serve(options.serve)
        return
    names = [name for name in FEATURES if not options.names or name in {"plain", "post", *options.names}]
    page.show("bench-features", _table(least(__file__, names, options.rounds, _CALLS)), writes=options.write)


def _table(spent_us: Mapping[str, float]) -> Iterator[str]:
    yield f"{page.when_and_where()} Microseconds of CPU."
    yield ""
    yield "| armed | a call | more than without |"
    yield "|---|---:|---:|"
    for name, spent in spent_us.items():
        feature = FEATURES[name]
        more = "" if name == feature.beside else f"{spent - spent_us[feature.beside]:+.1f}"
        yield f"| {feature.what} | {spent:.1f} | {more} |"
    if "jwt" in spent_us:
        more_us = spent_us["jwt"] - spent_us["plain"]
        verdict = "met" if more_us <= _MOST_JWT_US else "missed"
        yield ""
        yield f"A token that was seen before: {more_us:.1f}, at most {_MOST_JWT_US:g} wanted: {verdict}."


def _serve(name: str) -> None:
    feature = FEATURES[name]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as folder:
        calls = _Calls(_app(feature, Path(folder)), feature)
        for line in sys.stdin:
            print(calls.seconds(int(line)), file=answers)


class _Calls:
    def __init__(self, app: Any, feature: Feature):
        self._app = app
        workload = WORKLOADS["W2"] if feature.method == "get" else _POST
        self._ready = Wsgi(app)._environ(workload)
        self._reply = workload.reply
        self._headers = feature.headers() if feature.headers is not None else None

    def seconds(self, calls: int) -> float:
        """CPU of so many calls; what their headers are made of is not counted."""
        environs = [self._ready | (next(self._headers) if self._headers else {}) for _ in range(calls)]
        app, told = self._app, ""

        def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
            nonlocal told
            told = status

        parts: list[bytes] = []
        started = time.process_time()
        for environ in environs:
            environ["wsgi.input"] = BytesIO(b"")
            replied = app(environ, start_response)
            parts = list(replied)
            close = getattr(replied, "close", None)
            if close is not None:
                close()
        spent = time.process_time() - started
        if not told.startswith("200") or json.loads(b"".join(parts)) != self._reply:
            raise RuntimeError(f"{told}: {parts!r:.500}")
        return spent


def _app(feature: Feature, folder: Path) -> Any:
    from flask import Flask

    from pymacaron import API

    logging.basicConfig(level=logging.INFO, filename=os.devnull)
    document = description.document()
    if feature.settings.keys() & _JWT.keys():
        document["components"] |= _BEARER["components"]
    operation = document["paths"]["/items/{id}"].pop("get") | dict(feature.said)
    document["paths"] = {"/items/{id}": {feature.method: operation}}
    get_item = importlib.import_module("apps.pymacaron").get_item
    path = folder / "orders.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    app = Flask("bench")
    api = API(
        app,
        settings={"name": "bench", **_signed(feature, folder)},
        resolver=lambda operation: get_item,
    )
    api.load_apis(path).start(serve="orders")
    return app


def _signed(feature: Feature, folder: Path) -> dict[str, Any]:
    """The settings of *feature*, with a key pair where its tokens are not HS256."""
    settings = dict(feature.settings)
    if feature.algorithm == "HS256":
        return settings
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key: Any = ec.generate_private_key(ec.SECP256R1()) if feature.algorithm == "ES256" else None
    key = key or rsa.generate_private_key(65537, 2048)
    file = folder / "key.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    del settings["jwt_secret"]
    return {**settings, "jwt_algorithm": feature.algorithm, "jwt_key_files": [str(file)]}


if __name__ == "__main__":
    main()
