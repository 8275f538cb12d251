"""
schemathesis, in a process of its own: a Plan, as JSON on stdin -> what it finds, as lines of JSON on stdout.

Run as `python -m pymacaron.testing.contract.driver`. It knows no description but the plan's; words are made by whoever
reads it (breaches.py), and secrets are hidden there. Only here, in media.py and in checks.py is schemathesis imported.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import IgnoredAuth, JsonSchemaError, MissingHeaderNotRejected, UseAfterFree

from pymacaron.parent import when_gone
from pymacaron.testing.contract import checks, media

__all__ = ["main"]

#: Headers that say how it is sent, not what
_OF_TRANSPORT = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "user-agent", "x-schemathesis-testcaseid"}
)
_SAFE = ("GET", "HEAD", "OPTIONS")
_BYTES = 2_000
Tell = Callable[[Mapping[str, Any]], None]


def main() -> None:
    """Read the plan, test, tell."""
    warnings.simplefilter("ignore")
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever is printed is none of ours
    plan = json.load(sys.stdin)
    when_gone(plan["parent"], lambda: os._exit(1))  # nobody reads what is found, and calls change things

    def tell(said: Mapping[str, Any]) -> None:
        out.write(json.dumps(said) + "\n")
        out.flush()

    checks.register(plan)
    media.register()
    _test(plan, tell)


def _test(plan: Mapping[str, Any], tell: Tell) -> None:
    config = schemathesis.Config.from_dict(_config(plan))
    schema = schemathesis.openapi.from_dict(plan["document"], config=config)
    schema = schema.exclude(lambda one: not _is_wanted(plan, one.operation))  # type: ignore[assignment]
    stream = from_schema(schema).execute()
    signal.signal(signal.SIGINT, lambda number, frame: stream.stop())  # what was found until then is told
    best: dict[Any, tuple[int, dict[str, Any]]] = {}
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            tell({"kind": "calls", "operations": _calls(event.recorder)})
            for key, said in _failures(event.recorder):
                size = _size(said)
                if key not in best or size < best[key][0]:
                    best[key] = (size, said)
        elif isinstance(event, events.NonFatalError):
            _tell_error(event, tell)
        elif isinstance(event, events.PhaseFinished) and _is_over(plan, event):
            stream.stop()
        elif isinstance(event, events.EngineFinished):
            for _, said in sorted(best.values(), key=lambda one: one[0]):
                tell(said)
            tell({"kind": "end", "reason": str(event.stop_reason)})


def _config(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Its own settings. Nothing is kept from one run to the next, so that a seed says all."""
    generation: dict[str, Any] = {"max-examples": plan["examples"], "no-shrink": True, "database": "none"}
    unexpected = [] if plan["allowed"] is None else [name for name in _SAFE if name != "HEAD"]
    found: dict[str, Any] = {
        "seed": plan["seed"],
        "base-url": plan["url"],
        "tls-verify": plan["verify"],
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "cache": {"enabled": False},
        "workers": 1,
        "request-timeout": 15,
        "max-redirects": 0,
        "output": {"sanitization": {"enabled": False}},
        "generation": generation,
        "checks": {"allow_header_conformance": {"enabled": False}},
        "operations": [
            {"include-name": label, "generation": {"max-examples": most}} for label, most in plan["fewer"].items()
        ],
    }
    if unexpected:
        found["phases"] = {"coverage": {"unexpected-methods": unexpected}}
    if plan["seconds"]:
        found["max-time"] = plan["seconds"]
    found["auth"] = {"auto-signup": False}
    if plan["credentials"]:
        found["auth"]["openapi"] = plan["credentials"]
    return found


def _is_wanted(plan: Mapping[str, Any], operation: Any) -> bool:
    method = operation.method.upper()
    label = f"{method} {operation.path}"
    if label in plan["skipped"]:
        return False
    return plan["allowed"] is None or method in _SAFE or label in plan["allowed"]


def _is_over(plan: Mapping[str, Any], event: events.PhaseFinished) -> bool:
    """Whether as much was called as `examples` says, where `seconds` is only the most that it may take."""
    return bool(plan["seconds"]) and plan["once"] and event.phase.name.value == "stateful"


def _calls(recorder: Any) -> dict[str, dict[str, int]]:
    """dict: operation -> dict of status -> how many calls."""
    found: dict[str, dict[str, int]] = {}
    for case_id, sent in recorder.interactions.items():
        node = recorder.cases.get(case_id)
        if node is None or sent.response is None:
            continue
        case = node.value
        of = found.setdefault(case.operation.label if case.method == case.operation.method.upper() else "", {})
        status = str(sent.response.status_code)
        of[status] = of.get(status, 0) + 1
    return found


def _failures(recorder: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    for case_id, made in recorder.checks.items():
        for check in made:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                said = _told(check.name, failure, case_id, recorder)
                status = 0 if isinstance(failure, checks.WrongAllow) else said["status"]
                yield (said["type"], said["operation"], failure._unique_key, status), said


def _told(name: str, failure: Failure, case_id: str, recorder: Any) -> dict[str, Any]:
    at = failure.case_id or case_id
    node = recorder.cases.get(at) or recorder.cases[case_id]
    chain = [case.id for case in recorder.iter_chain_cases(case_id=at, related_case_ids=failure.related_case_ids())]
    sent = [recorder.interactions[one] for one in chain if one in recorder.interactions]
    if at in chain:  # what is wrong comes last
        sent = [*(recorder.interactions[one] for one in chain if one != at and one in recorder.interactions)]
        sent.append(recorder.interactions[at])
    steps = [
        _request(one.request.method, one.request.uri, _flat(one.request.headers), one.request.body) for one in sent
    ]
    response = sent[-1].response if sent else None
    if isinstance(failure, checks.StillThere):
        response = failure.response
        request = response.request
        steps = [*steps[-1:], _request(request.method, request.url, dict(request.headers), request.body)]
    kind, details, operation = type(failure).__name__, _details(failure), node.value.operation.label
    if isinstance(failure, UseAfterFree):
        details["used"], operation = operation, failure.operation
    elif isinstance(failure, (AcceptedNegativeData, MissingHeaderNotRejected)) and _is_of_security(node.value):
        kind = IgnoredAuth.__name__
    return {
        "kind": "failure",
        "check": name,
        "type": kind,
        "operation": operation,
        "method": steps[-1]["method"] if steps else "",
        "title": failure.title,
        "message": failure.message,
        "status": response.status_code if response is not None else 0,
        "media_type": (response.headers.get("content-type") or [""])[0] if response is not None else "",
        "steps": steps,
        "details": details,
    }


def _is_of_security(case: Any) -> bool:
    """Whether all that is wrong with *case* are credentials that it lacks, or has wrong."""
    data = case.meta.phase.data if case.meta is not None else None
    named = {data.parameter, *(one.parameter for one in data.mutations)} - {None} if data is not None else set()
    return bool(named) and named <= {one.name for one in case.operation.security.iter_parameters()}


def _details(failure: Failure) -> dict[str, Any]:
    """What its kind of failure knows, as JSON."""
    found: dict[str, Any] = {}
    for kind in type(failure).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if not name.startswith("_"):
                found[name] = getattr(failure, name, None)
    found = {name: value for name, value in found.items() if name not in ("response", "exception", "origin")}
    if isinstance(failure, JsonSchemaError):
        found["reason"] = failure.validation_message
        found["instance"] = _brief(failure.instance)
    return {name: value for name, value in found.items() if _is_json(value)}


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _brief(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _request(method: str, url: str, headers: Mapping[str, Any], body: Any) -> dict[str, Any]:
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body if isinstance(body, bytes) else b""
    return {
        "method": method,
        "url": url,
        "headers": {name: _text(value) for name, value in headers.items() if name.lower() not in _OF_TRANSPORT},
        "body": base64.b64encode(content[:_BYTES]).decode("ascii"),
        "cut": len(content) > _BYTES,
    }


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _flat(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name: one[0] if isinstance(one, list) else one for name, one in headers.items()}


def _size(said: Mapping[str, Any]) -> int:
    """How much there is to read of a failure; the least is told."""
    return sum(len(one["url"]) + len(one["body"]) + sum(map(len, one["headers"].values())) for one in said["steps"])


def _tell_error(event: events.NonFatalError, tell: Tell) -> None:
    error = event.value
    is_network = isinstance(error, (requests.RequestException, OSError)) and not isinstance(error, PermissionError)
    sent = getattr(error, "request", None)
    steps = []
    if isinstance(sent, requests.PreparedRequest):
        steps.append(_request(sent.method or "", sent.url or "", sent.headers, sent.body))
    tell(
        {
            "kind": "error",
            "steps": steps,
            "operation": event.label if event.related_to_operation else "",
            "network": is_network,
            "title": event.info.title,
            "message": str(event.info.message or error),
        }
    )


if __name__ == "__main__":
    main()
