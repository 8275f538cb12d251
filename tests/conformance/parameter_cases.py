"""
The cases of OpenAPI's style tables (3.0.4, 3.1.2, 3.2.0) and of the suite of RFC 6570, each in its directions.

A case has style, explode, schema, value and the text on the wire. What the tables call n/a is to be refused by the
writer, but where it is in use, and read as the obvious: as style form has it.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from conformance.material import CORPUS

from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.parameters.templates import expand
from pymacaron.exchange.parameters.writing import Unwritable, writer
from pymacaron.exchange.request import Parts
from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import Model
from pymacaron.schema.violations import Violations
from pymacaron.spec.load import load

__all__ = ["CASES", "CONTRADICTED", "Outcome", "only_written", "rows"]

CASES = CORPUS / "parameters" / "cases.json"

_NO_EFFECT = "3.2.0 says that explode has no effect on deepObject, so it is written whatever explode says"
_IN_USE = "undefined, and in use: descriptions give this style to texts and lists, whose services read them so"
_ROWS = ("3.0.4", False), ("3.0.4", True), ("3.1.2", False), ("3.1.2", True), ("3.2.0", None)
#: dict: (id of a case, direction) -> why we do otherwise: a later table contradicts it, or those who use the style
CONTRADICTED: dict[tuple[str, str], str] = {
    ("OAS 3.0.4 deepObject explode=False object", "write"): _NO_EFFECT,
    ("OAS 3.1.2 deepObject explode=False object", "write"): _NO_EFFECT,
    **{
        (f"OAS {version} deepObject explode={explode} {kind}", "write"): _IN_USE
        for version, explode in _ROWS
        for kind in ("string", "array")
    },
}

_RESERVED = {"reserved": "+", "fragment": "#", "path-segment": "/", "form-continuation": "&"}
_OPERATORS = {"simple": "", "label": ".", "matrix": ";", "form": "?", **_RESERVED}
_PLACES = {"simple": "path", "label": "path", "matrix": "path", "form": "query"}


@dataclass(frozen=True)
class Outcome:
    """One case in one direction, `read` or `write`: what was to come out and what did; `reason` of one contradicted."""

    case: str
    direction: str
    passed: bool
    wanted: Any
    found: Any
    reason: str


def rows() -> Iterator[Outcome]:
    """Every case in each of its directions, and in every location that the table has it for."""
    for case in _cases():
        name = _name(case)
        reason = CONTRADICTED.get((name, "write"), "")
        wanted, found = _write(case)
        yield Outcome(name, "write", wanted == found, wanted, found, reason)
        if _why_only_written(case) is None:
            reason = CONTRADICTED.get((name, "read"), "")
            wanted, found = _read(case)
            yield Outcome(name, "read", wanted == found, wanted, found, reason)


def only_written() -> Counter[str]:
    """How many cases are written and not read, by the reason."""
    return Counter(reason for case in _cases() if (reason := _why_only_written(case)) is not None)


def _cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    return found


def _why_only_written(case: dict[str, Any]) -> str | None:
    """Why nothing is to be read of *case*; None where it is: OpenAPI has the style, and the text holds a value."""
    if case["value"] is None or case.get("undefined"):
        return "the value is undefined, and what is written for it, if anything, means an empty string, too"
    if "template" in case and case["oas_style"] is None:
        return "OpenAPI has no style for this operator of RFC 6570"
    return None


def _name(case: dict[str, Any]) -> str:
    if "template" in case:
        section = case["source"].rpartition("/ ")[2]
        return f"RFC 6570 {section}: {case['template']} of {json.dumps(case['value'], ensure_ascii=True)}"
    version = case["source"].split(" Style")[0]
    return f"{version} {case['style']} explode={case['explode']} {case['kind']}"


# ---- writing


def _write(case: dict[str, Any]) -> tuple[Any, Any]:
    """What was to be written, and what was: lists, one text for each location."""
    if "template" in case:
        return _expand(case)
    places = case["styles_in"]
    # In 3.0.4 with the `?` of the URL
    wanted = case["wire"].removeprefix("?") if case["defined"] else "refused"
    return [wanted] * len(places), [_written(case, place) for place in places]


def _written(case: dict[str, Any], place: str) -> str:
    schemas, parameter = _declared(case, place)
    try:
        return writer(parameter, schemas)(case["value"])
    except Unwritable:
        return "refused"


def _expand(case: dict[str, Any]) -> tuple[Any, Any]:
    """An expansion; and the same by the style of OpenAPI, where there is one for it."""
    right = case["wire_any_of"] or [case["wire"]]
    found = [expand(_OPERATORS[case["style"]], case["name"], case["value"], explode=case["explode"])]
    if case["oas_style"] is not None:
        begin = "?" if case["oas_style"] == "form" else ""
        text = _written(case, _PLACES[case["oas_style"]])
        found.append(begin + text if text else text)
    # The members of an object come in any order
    return [case["wire"]] * len(found), [case["wire"] if text in right else text for text in found]


# ---- reading


def _read(case: dict[str, Any]) -> tuple[Any, Any]:
    places = case["styles_in"] if "styles_in" in case else [_PLACES[case["oas_style"]]]
    texts = [_text(case, place) for place in places]
    found = [_value(case, place, text) for place, text in zip(places, texts, strict=True)]
    # Of an empty list or object nothing is written: it is read as absent
    return [case["value"] if texts[0] else None] * len(places), found


def _text(case: dict[str, Any], place: str) -> str:
    if case["defined"]:
        return str(case["wire"]).removeprefix("?") if place in ("query", "cookie") else str(case["wire"])
    # n/a: as style form has it, or deepObject the other row of its table
    name, value = case["name"], case["value"]
    if isinstance(value, dict):
        deep = case["style"] == "deepObject"
        return "&".join(f"{name}[{key}]={one}" if deep else f"{key}={one}" for key, one in value.items())
    return "&".join(f"{name}={one}" for one in (value if isinstance(value, list) else [value]))


def _value(case: dict[str, Any], place: str, text: str) -> Any:
    schemas, _ = _declared(case, place)
    headers = {"cookie": text if place == "cookie" else None, case["name"]: text if place == "header" else None}
    in_path = place == "path"
    request = Parts(
        path={case["name"]: unquote(text)} if in_path else {},
        query=text if place == "query" else "",
        header=lambda name: headers.get(name.lower()),
        content_type=None,
        read=lambda: b"",
        form=lambda in_memory: [],
        raw_path={case["name"]: text} if in_path else {},
    )
    try:
        _, keywords = Inbound(schemas.api.operations[0], schemas).arguments(request)
    except Violations as error:
        return [violation.as_dict() for violation in error.violations]
    [value] = keywords.values()
    return value.to_json() if isinstance(value, Model) else value


# ---- descriptions


def _declared(case: dict[str, Any], place: str) -> tuple[Schemas, Any]:
    parameter = {
        "name": case["name"],
        "in": place,
        "required": place == "path",
        "style": case["oas_style"] if "template" in case else case["style"],
        "schema": case["schema"],
    }
    if case["explode"] is not None:
        parameter["explode"] = case["explode"]
    version = case["source"].split()[1] if case["source"].startswith("OAS") else "3.2.0"
    schemas = _schemas(version, json.dumps(parameter))
    return schemas, schemas.api.operations[0].parameters[0]


@cache
def _schemas(version: str, parameter: str) -> Schemas:
    declared = json.loads(parameter)
    path = f"/it/{{{declared['name']}}}" if declared["in"] == "path" else "/it"
    operation = {"parameters": [declared], "responses": {"200": {"description": "ok"}}}
    document = {"openapi": version, "info": {"title": "It", "version": "1"}, "paths": {path: {"get": operation}}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "it.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return Schemas(load(file))


if __name__ == "__main__":
    every = list(rows())
    print(f"{sum(one.passed for one in every)} of {len(every)}")
    for one in every:
        if not one.passed:
            print(f"{one.case}, {one.direction}: {one.found!r}, not {one.wanted!r} {one.reason}")
