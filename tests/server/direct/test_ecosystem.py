"""Extensions of Flask and monitoring agents work with direct dispatch, or have Flask's own answer, as with stock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import session
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def test_flask_login_keeps_who_is_logged_in(compare: Any):
    class User(UserMixin):
        id = "jo"

    def setup(kit: Any) -> None:
        kit.app.secret_key = "a key for sessions"
        manager = LoginManager(kit.app)
        manager.user_loader(lambda id: User() if id == "jo" else None)
        kit.app.get("/login", endpoint="login")(lambda: str(login_user(User())))
        kit.app.get("/logout", endpoint="logout")(lambda: str(logout_user()))

        @login_required
        def pet(id: str) -> Any:
            return {"id": id, "user": current_user.id}

        kit.handlers["pet"] = pet

    kit = compare(setup, ["GET /pets/1", "GET /login", "GET /pets/1", "GET /pets/2", "GET /logout", "GET /pets/1"])
    assert kit.ways == ["direct"] * 4
    replies = [kit.client.get(path) for path in ("/pets/1", "/login", "/pets/1")]
    assert [(reply.status_code, reply.json and reply.json.get("user")) for reply in replies[::2]] == [
        (401, None),
        (200, "jo"),
    ]


def test_flask_limiter_refuses_what_is_too_much(compare: Any):
    def setup(kit: Any) -> None:
        Limiter(
            get_remote_address,
            app=kit.app,
            default_limits=["3 per day"],
            storage_uri="memory://",
            headers_enabled=False,
        )

    kit = compare(setup, ["GET /pets/1", "GET /pets/2", "GET /pets", "GET /pets/3", "GET /pets/4", "GET /missing"])
    assert kit.ways == ["direct"] * 4
    assert kit.client.get("/pets/5").status_code == 429


def test_flask_sqlalchemys_session_ends_with_the_call(compare: Any, tmp_path: Path):
    def setup(kit: Any) -> None:
        kit.app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / kit.mode}.db"
        db = SQLAlchemy(kit.app)

        class Pet(db.Model):  # type: ignore[name-defined]
            id = db.Column(db.String, primary_key=True)

        with kit.app.app_context():
            db.create_all()

        def pet(id: str) -> Any:
            db.session.add(Pet(id=id))
            if id == "rolled-back":
                raise ValueError(id)
            if id != "lost":
                db.session.commit()
            kit.see("open", len(db.session.registry.registry))
            return {"id": id, "all": sorted(one.id for one in db.session.query(Pet))}

        kit.handlers["pet"] = pet
        kit.held.append(db)

    def left(kit: Any) -> Any:
        return len(kit.held[-1].session.registry.registry)

    calls = ["GET /pets/1", left, "GET /pets/lost", left, "GET /pets/rolled-back", left, "GET /pets/2"]
    kit = compare(setup, calls)
    assert set(kit.ways) == {"direct"}
    assert (left(kit), kit.client.get("/pets/3").json["all"]) == (0, ["1", "2", "3"])
    with kit.app.app_context():
        kit.held[-1].engine.dispose()


def test_flask_session_keeps_sessions_on_the_server(kit_of: Callable[..., Any], tmp_path: Path):
    from cachelib.file import FileSystemCache

    found = []
    for mode in ("stock", "direct"):

        def setup(kit: Any, mode: str = mode) -> None:
            kit.app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path / mode)))
            Session(kit.app)

            def pet(id: str) -> Any:
                session["seen"] = [*session.get("seen", []), id]
                return {"seen": session["seen"]}

            kit.handlers["pet"] = pet

        kit = kit_of(mode, setup)
        found.append([kit.client.get(f"/pets/{one}").json for one in "abc"])
    assert found == [[{"seen": [*"abc"[:end]]} for end in (1, 2, 3)]] * 2


@pytest.mark.parametrize("ours", [False, True])
def test_flask_compress_compresses(compare: Any, ours: bool):
    def setup(kit: Any) -> None:
        kit.settings["compress"] = ours
        kit.app.config["COMPRESS_MIN_SIZE"] = 100
        Compress(kit.app)

    calls = [
        {"path": path, "headers": {"Accept-Encoding": accepted}}
        for path in ("/big", "/pets/1", "/missing", "/stream", "/doc/shop.json")
        for accepted in ("gzip", "br", "zstd, gzip;q=0.5", "identity", "*;q=0", "gzip;q=0, br;q=0")
    ]
    kit = compare(setup, calls)
    assert "direct" in kit.ways
    assert kit.client.get("/big", headers={"Accept-Encoding": "gzip"}).headers.getlist("Content-Encoding") == ["gzip"]


@pytest.mark.parametrize("setting", ["direct", "stock"])
def test_our_compression_is_that_of_flask_compress(kit_of: Callable[..., Any], setting: str):
    """Whether something is compressed, with what it varies, and that it says the same when it was decoded."""
    import gzip

    def theirs(kit: Any) -> None:
        kit.settings["compress"] = False
        kit.app.config.update(COMPRESS_MIN_SIZE=1024, COMPRESS_ALGORITHM=["gzip"])
        Compress(kit.app)

    for accepted in ("gzip", "identity", "*", ""):  # "gzip;q=0" is gzip to Flask-Compress, against RFC 9110, 12.4.2
        found = []
        for mode, setup in ((setting, None), ("stock", theirs)):
            reply = kit_of(mode, setup).client.get("/big", headers={"Accept-Encoding": accepted})
            coding = reply.headers.get("Content-Encoding")
            body = gzip.decompress(reply.data) if coding == "gzip" else None if coding else reply.data
            found.append(
                (
                    reply.status_code,
                    coding if coding in (None, "gzip") else "other",
                    body,
                    ", ".join(reply.headers.getlist("Vary")),
                )
            )
        if accepted != "*":  # where anything will do, ours has better ones than gzip
            assert found[0] == found[1], accepted


@pytest.mark.parametrize("when", ["before", "after"])
def test_opentelemetry_exports_the_same_spans(compare: Any, when: str):
    exporters = []

    def setup(kit: Any) -> None:
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))

        def instrument() -> None:
            FlaskInstrumentor().instrument_app(kit.app, tracer_provider=provider)

        instrument() if when == "before" else kit.later.append(instrument)
        kit.handlers["fails"] = lambda how: 1 / 0
        exporters.append(exporter)

    kit = compare(setup, ["GET /pets/1", "GET /pets?limit=x", "GET /fails/x", "GET /missing"])
    spans = [
        [(one.name, one.status.status_code.name, dict(one.attributes or {})) for one in exporter.get_finished_spans()]
        for exporter in exporters
    ]
    assert spans[0] == spans[1]
    assert [name for name, _, _ in spans[1]] == ["GET /pets/<id>", "GET /pets", "GET /fails/<how>", "GET /missing"]
    assert set(kit.ways) == {"direct"}


# ---- agents that change Flask for the whole process: each in one of its own

SERVICE = """
import json, logging, sys
from pathlib import Path
from flask import Flask
from pymacaron import API

said = []
handler = logging.Handler()
handler.emit = lambda record: said.append(record.getMessage())
logging.getLogger("pymacaron.server").addHandler(handler)

def pet(id):
    {within}
    return {"id": 1 / int(id)}

app = Flask("shop")
api = API(app, settings={"dispatch": sys.argv[1]}, resolver=lambda one: {"pet": pet}.get(one.id))
api.load_apis(sys.argv[2]).start(serve="shop")
found = []
for path in ("/pets/1", "/pets/0", "/missing"):
    with app.test_client().get(path) as reply:
        found.append([reply.status_code, reply.json.get("error")])
print(json.dumps({"replies": found, "seen": seen, "said": [line for line in said if "answers by" in line]}))
"""
SENTRY = """
import sentry_sdk
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

seen = []

class Kept(Transport):
    def capture_envelope(self, envelope):
        event = envelope.get_event() or envelope.get_transaction_event()
        error = event["exception"]["values"][-1]["type"] if "exception" in event else None
        told = [event.get("type"), event["transaction"], error, event["request"]["url"]]
        seen.append([*told, event["contexts"]["trace"]["op"]])

sentry_sdk.init("https://key@localhost/1", transport=Kept, traces_sample_rate=1.0, default_integrations=False,
                integrations=[FlaskIntegration()])
"""
DDTRACE = """
from ddtrace.trace import TraceFilter, tracer

seen = []

class Kept(TraceFilter):
    def process_trace(self, trace):
        tags = ("http.status_code", "flask.url_rule")
        seen.extend([one.name, one.resource, one.error, *map(one.get_tag, tags)] for one in trace)

tracer.configure(trace_processors=[Kept()])
"""
NEWRELIC = """
import newrelic.agent

newrelic.agent.initialize()
seen = []
"""


def run(tmp_path: Path, first: str, within: str, *before: str, **environment: str) -> dict[str, dict[str, Any]]:
    """dict: dispatch -> what the service prints, with *first* done first and *within* done in its handler."""
    (tmp_path / "shop.yaml").write_text(
        """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /pets/{id}:
    get:
      operationId: pet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""
    )
    script = tmp_path / "service.py"
    script.write_text(first + SERVICE.replace("{within}", within))
    found = {}
    for mode in ("stock", "direct"):
        done = subprocess.run(
            [*before, sys.executable, str(script), mode, str(tmp_path / "shop.yaml")],
            env={**os.environ, "JWT_SECRET": "a secret of at least 32 characters", **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found[mode] = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
    return found


REPLIES = [[200, None], [500, "UNHANDLED_SERVER_ERROR"], [404, "NOT_FOUND"]]


def test_sentry_gets_the_same_events(tmp_path: Path):
    found = run(tmp_path, SENTRY, "pass")
    assert found["direct"] == found["stock"]
    assert found["direct"]["said"] == []
    assert [event[2] for event in found["direct"]["seen"]] == [None, "ZeroDivisionError", None, None]


def test_ddtrace_run_makes_flasks_own_dispatch_answer_and_has_its_spans(tmp_path: Path):
    ddtrace_run = Path(sys.executable).with_name("ddtrace-run")
    quiet = {"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false", "DD_REMOTE_CONFIGURATION_ENABLED": "false"}
    found = run(tmp_path, DDTRACE, "pass", str(ddtrace_run), **quiet)
    [said] = found["direct"].pop("said")
    assert said.startswith("shop answers by Flask's own dispatch: Flask.")
    assert found["stock"].pop("said") == []
    assert found["direct"] == found["stock"]
    assert found["direct"]["replies"] == REPLIES
    requests = [one for one in found["direct"]["seen"] if one[0] == "flask.request"]
    assert requests == [
        ["flask.request", "GET /pets/<id>", 0, "200", "/pets/<id>"],
        ["flask.request", "GET /pets/<id>", 1, "500", "/pets/<id>"],
        ["flask.request", "GET 404", 0, "404", None],
    ]


def test_new_relic_makes_flasks_own_dispatch_answer_and_has_its_transactions(tmp_path: Path):
    quiet = {"NEW_RELIC_DEVELOPER_MODE": "true", "NEW_RELIC_LICENSE_KEY": "0" * 40, "NEW_RELIC_APP_NAME": "shop"}
    within = "seen.append(newrelic.agent.current_transaction() is not None)"
    found = run(tmp_path, NEWRELIC, within, **quiet)
    [said] = found["direct"].pop("said")
    assert said.startswith("shop answers by Flask's own dispatch: Flask.")
    assert found["stock"].pop("said") == []
    assert found["direct"] == found["stock"]
    assert found["direct"]["replies"] == REPLIES
