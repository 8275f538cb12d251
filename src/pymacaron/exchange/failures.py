"""
A reply that is an error, of whatever shape -> one that is_error() knows: `status`, `error`, `error_description`.

Ours is taken as it is; RFC 9457's problem details, OAuth's errors, the usual JSON of others, texts and pages of HTML
say what they can. Neighbours: problem.py makes those that we send.
Source: RFC 9457, section 3.1; RFC 6749, section 5.2.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pymacaron.exceptions import http_code, http_phrase, is_error
from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import Model, to_json

__all__ = ["ErrorReply", "error_model", "failure"]

#: Characters of a text that is a description
_LONGEST = 500

#: Where others say what happened, and by which code: the first that is a text
_DESCRIPTIONS = (
    *("error_description", "detail", "message", "error_message", "errorMessage", "title", "description", "msg"),
    *("reason", "Message", "fault", "faultstring"),
)
#: Where others have several things that happened, or one that has members
_LISTS = ("errors", "Errors", "detail")
_CODES = ("error", "code", "error_code", "errorCode", "type", "title", "Code")

_HIDDEN = re.compile(r"<(script|style|head)\b|<!--", re.IGNORECASE)
_TITLE = re.compile(r"<(title|h1)\b[^<>]*>", re.IGNORECASE)
#: dict: an element, '' for a comment -> where it ends
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "head", "title", "h1")}
_ENDS[""] = re.compile("-->")
_TAG = re.compile(r"<[^<>]*>")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


class ErrorReply(dict[str, Any]):
    """
    An error whose description declares none: a dict, whose members are attributes, too. One that it does not have is
    None, as of models.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)


def failure(status: int, headers: Iterable[tuple[str, str]], value: Any, schemas: Schemas) -> Any:
    """
    The error that a reply of *status* is. *value*: what was read of its body. See error_model; a model that is one
    stays what it is. Fails never.
    """
    if not isinstance(value, (str, bytes)) and is_error(value):
        return value if isinstance(value, Model) else error_model(value, schemas)
    said: dict[str, Any] = {"status": status, "error": http_code(status), "error_description": ""}
    told = _plain(value)
    if isinstance(told, Mapping):
        said.update(_of_object(told))
    elif isinstance(told, list):
        said["error_description"] = _listed(told)
    elif isinstance(told, str):
        kind = next((text for name, text in headers if name.lower() == "content-type"), "")
        is_page = "html" in kind.lower() or told.lstrip()[:1] == "<"
        said["error_description"] = _of_page(told) if is_page else _short(told)
    if not said["error_description"]:
        said["error_description"] = http_phrase(status)
    declared = _declared(schemas)
    return error_model({name: one for name, one in said.items() if not declared or name in declared}, schemas)


def _plain(value: Any) -> Any:
    try:
        return to_json(value) if isinstance(value, Model) else value
    except (TypeError, ValueError):
        return None


def _of_object(told: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON of another shape says. `{"error": {...}}` and `{"fault": {...}}` are what stands inside."""
    for name in ("error", "Error", "fault"):
        inner = told.get(name)
        if isinstance(inner, Mapping):
            return {**_of_object(inner), **_kept(told)}
    found: dict[str, Any] = {}
    texts = [one for name in _DESCRIPTIONS if isinstance(one := told.get(name), str) and one.strip()]
    listed = next((one for name in _LISTS if (one := told.get(name)) and not isinstance(one, str)), None)
    if texts:
        found["error_description"] = _short(texts[0])
    elif listed is not None:
        found["error_description"] = _listed(listed)
    elif isinstance(told.get("error"), str):
        found["error_description"] = _short(told["error"])
    code = next((one for name in _CODES if isinstance(one := told.get(name), str) and _CODE.fullmatch(one)), None)
    if code is not None:
        found["error"] = code
    return {**found, **_kept(told)}


def _kept(told: Mapping[str, Any]) -> dict[str, Any]:
    """What our own errors have besides, where it is of the kind that it is to be."""
    found: dict[str, Any] = {}
    for name in ("error_id", "user_message"):
        if isinstance(told.get(name), str):
            found[name] = told[name]
    if isinstance(told.get("errors"), list):
        found["errors"] = told["errors"]
    instance = told.get("instance")  # of problem details that we sent
    if "error_id" not in found and isinstance(instance, str) and instance.startswith("urn:uuid:"):
        found["error_id"] = instance.removeprefix("urn:uuid:")
    return found


def _listed(told: Any) -> str:
    said = []
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, str):
            said.append(one)
        elif isinstance(one, Mapping):
            text = _of_object(one).get("error_description", "")
            place = one.get("loc")  # of FastAPI
            where = f"{'.'.join(map(str, place))}: " if isinstance(place, list) and place else ""
            said += [f"{where}{text}"] if text else []
    return _short("; ".join(said[:5]))


def _of_page(page: str) -> str:
    """What a page of HTML says: its title or heading, else its text."""
    page = page[:50_000]
    title = next(_elements(page, _TITLE), None)
    if title is not None:
        text = page[title[1] : title[2]]
    else:
        shown, at = [], 0
        for start, _, _, end in _elements(page, _HIDDEN):
            shown.append(page[at:start])
            at = end
        text = " ".join([*shown, page[at:]])
    return _short(html.unescape(_TAG.sub(" ", text)))


def _elements(page: str, opening: re.Pattern[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where each element that begins so, and ends, starts; where its text starts and ends; and where it ends."""
    at, endless = 0, set[str]()
    for found in opening.finditer(page):
        name = (found[1] or "").lower()
        if found.start() < at or name in endless:
            continue
        end = _ENDS[name].search(page, found.end())
        if end is None:
            endless.add(name)
            continue
        yield found.start(), found.end(), end.start(), end.end()
        at = end.end()


def _short(text: str) -> str:
    text = " ".join(text[: 4 * _LONGEST].split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def error_model(fields: Mapping[str, Any], schemas: Schemas) -> Any:
    """
    The error of these *fields*: a model of the api's own schema `Error` where that declares `status`, `error` and
    `error_description`, else an ErrorReply. Fails never.
    """
    if _declared(schemas):
        cls: Any = schemas.models.Error
        try:
            made = cls.from_json(fields)
            if is_error(made):
                return made
        except (TypeError, ValueError):
            pass
    return ErrorReply(fields)


def _declared(schemas: Schemas) -> Collection[str]:
    """The members of the api's own Error; none where it has none, or none that is one."""
    cls: Any = getattr(schemas.models, "Error", None)
    if not isinstance(cls, type) or not issubclass(cls, Model):
        return ()
    declared: Collection[str] = cls.__pym_record__.properties.keys()
    return declared if {"status", "error", "error_description"} <= set(declared) else ()
