"""
Request bodies and responses: which media types and statuses there are, and what their schemas say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pymacaron.changes.change import Change, Severity
from pymacaron.changes.notes import Notes
from pymacaron.changes.parameters import Parameters
from pymacaron.changes.schemas import Flow, SchemaChanges
from pymacaron.schema.dialect import Direction
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Operation, RequestBody, Response

__all__ = ["Bodies"]


class Bodies:
    """Compares them."""

    def __init__(self, schemas: SchemaChanges):
        self._schemas = schemas
        self._parameters = Parameters(schemas)

    # ---- requests

    def requests(
        self,
        notes: Notes,
        old: RequestBody | None,
        new: RequestBody | None,
        old_node: Node,
        new_node: Node,
        *,
        is_sent: bool,
    ) -> Iterator[Change]:
        """What has changed of the request bodies of two operations."""
        if old is None and new is None:
            return
        if old is None or new is None:
            yield self._come_or_gone(notes, old, new, old_node, new_node, is_sent=is_sent)
            return
        if old.required != new.required:
            if new.required and not is_sent:
                fact, why = "the body is required now", "calls without one are refused"
                yield notes.change("breaking", "request-body-required", fact, why, old.node, new.node)
            else:
                fact = f"the body is {'required' if new.required else 'optional'} now"
                yield notes.change("compatible", "request-body-optional", fact, "", old.node, new.node)
        before, after = _content(old.content), _content(new.content)
        for name, media in before.items():
            other = _holding(after, name)
            if other is None:
                fact, why = f"the body may not be {media.name} any more", "calls that send it are refused"
                severity: Severity = "compatible" if is_sent else "breaking"
                code = "request-media-type-added" if is_sent else "request-media-type-removed"
                yield notes.change(severity, code, fact, "" if is_sent else why, media.node, new.node)
                continue
            if _encodings(media) != _encodings(other):
                fact, why = (
                    f"the parts of {media.name} are encoded otherwise",
                    "parts of the old encoding may be refused",
                )
                yield notes.change("risky", "encoding-changed", fact, why, media.node, other.node)
            yield from self._media(notes, "the body", media, other, "given" if is_sent else "taken", "request")
        for name, media in after.items():
            if _holding(before, name) is None:
                fact = f"the body may be {media.name}"
                yield notes.change("compatible", "request-media-type-added", fact, "", old.node, media.node)

    def _come_or_gone(
        self,
        notes: Notes,
        old: RequestBody | None,
        new: RequestBody | None,
        old_node: Node,
        new_node: Node,
        *,
        is_sent: bool,
    ) -> Change:
        if new is None:
            assert old is not None
            why = "what callers send is not looked at any more"
            return notes.change("risky", "request-body-removed", "the body is removed", why, old.node, new_node)
        if new.required and not is_sent:
            fact, why = "a required body is added", "calls without one are refused"
            return notes.change("breaking", "request-body-added", fact, why, old_node, new.node)
        return notes.change("compatible", "request-body-added", "a body is added", "", old_node, new.node)

    def _media(
        self, notes: Notes, where: str, old: MediaType, new: MediaType, flow: Flow, direction: Direction
    ) -> Iterator[Change]:
        yield from self._schemas.compare(notes, where, old.schema, new.schema, flow, direction)
        yield from self._schemas.compare(notes, f"items of {where}", old.item_schema, new.item_schema, flow, direction)

    # ---- responses

    def responses(self, notes: Notes, old: Operation, new: Operation, *, is_sent: bool) -> Iterator[Change]:
        """What has changed of the responses of two operations."""
        for status, response in old.responses.items():
            other = _covering(new.responses, status)
            if other is None:
                is_good = status.startswith("2")
                fact = f"response {status} is removed"
                severity: Severity = "breaking" if is_good and not is_sent else "compatible"
                why = "who waits for it waits in vain" if severity == "breaking" else ""
                yield notes.change(severity, "response-removed", fact, why, response.node, new.node, key=True)
            else:
                yield from self._response(notes, status, response, other, is_sent=is_sent)
        for status, response in new.responses.items():
            if status in old.responses:
                continue
            other = _covering(old.responses, status)
            if other is not None and other.status in new.responses:
                yield from self._response(notes, status, other, response, is_sent=is_sent)
            elif other is None:
                is_good = status.startswith(("1", "2", "3"))
                severity = "risky" if is_good and not is_sent else "compatible"
                why = "clients that know the others only take it for an error" if severity == "risky" else ""
                fact = f"response {status} is added"
                yield notes.change(severity, "response-added", fact, why, old.node, response.node, key=True)

    def _response(self, notes: Notes, status: str, old: Response, new: Response, *, is_sent: bool) -> Iterator[Change]:
        flow: Flow = "taken" if is_sent else "given"
        yield from self._headers(notes, status, old, new, flow)
        before, after = _content(old.content), _content(new.content)
        if bool(before) != bool(after):
            code, severity, fact = (
                ("response-body-added", "compatible", f"response {status} has a body now")
                if after
                else ("response-body-removed", "breaking", f"response {status} has no body any more")
            )
            why = "" if after else "who reads it finds nothing"
            yield notes.change(severity, code, fact, why, old.node, new.node)  # type: ignore[arg-type]
            return
        for name, media in before.items():
            other = _holding(after, name)
            if other is None:
                fact, why = f"response {status} is not {media.name} any more", "who asks for it gets 406, or another"
                yield notes.change("breaking", "response-media-type-removed", fact, why, media.node, new.node)
            else:
                yield from self._media(notes, f"the body of {status}", media, other, flow, "response")
        for name, media in after.items():
            if _holding(before, name) is None:
                fact = f"response {status} may be {media.name}"
                yield notes.change("compatible", "response-media-type-added", fact, "", old.node, media.node)
        first, now = next(iter(before), None), next(iter(after), None)
        if first != now and first in after and now is not None:
            fact = f"response {status} is {now} first, was {first}"
            why = "who does not say what to get may get another"
            yield notes.change("risky", "response-media-type-preferred", fact, why, old.node, new.node)

    def _headers(self, notes: Notes, status: str, old: Response, new: Response, flow: Flow) -> Iterator[Change]:
        before = {name.lower(): header for name, header in old.headers.items() if name.lower() != "content-type"}
        after = {name.lower(): header for name, header in new.headers.items() if name.lower() != "content-type"}
        for name, header in before.items():
            label = f"header {header.name!r} of {status}"
            other = after.get(name)
            if other is None:
                severity: Severity = "breaking" if header.required else "risky"
                why = "who reads it finds nothing"
                yield notes.change(
                    severity, "response-header-removed", f"{label} is removed", why, header.node, new.node
                )
                continue
            if header.required and not other.required:
                why = "who reads it may find nothing"
                code, fact = "response-header-optional", f"{label} is optional now"
                yield notes.change("breaking", code, fact, why, header.node, other.node)
            elif other.required and not header.required:
                code, fact = "response-header-required", f"{label} is always there now"
                yield notes.change("compatible", code, fact, "", header.node, other.node)
            yield from self._parameters.values(notes, label, header, other, flow)
        for name, header in after.items():
            if name not in before:
                fact = f"header {header.name!r} of {status} is added"
                yield notes.change("compatible", "response-header-added", fact, "", old.node, header.node)


def _content(content: Mapping[str, MediaType]) -> dict[str, MediaType]:
    """By names that do not differ in case and blanks."""
    found: dict[str, MediaType] = {}
    for name, media in content.items():
        found.setdefault(";".join(part.strip() for part in name.lower().split(";")), media)
    return found


def _holding(content: Mapping[str, MediaType], name: str) -> MediaType | None:
    """The media type that *name* is, or falls under."""
    essence = name.partition(";")[0]
    ranges = (name, essence, f"{essence.partition('/')[0]}/*", "*/*")
    return next((content[one] for one in ranges if one in content), None)


def _covering(responses: Mapping[str, Response], status: str) -> Response | None:
    """What is said of *status*: by its own name, by its range, by default."""
    return next((responses[one] for one in (status, f"{status[:1]}XX", "default") if one in responses), None)


def _encodings(media: MediaType) -> dict[str, dict[str, object]]:
    keys = ("contentType", "style", "explode", "allowReserved")
    return {
        name: {key: said[key] for key in keys if key in said}
        for name, said in media.encoding.items()
        if any(key in said for key in keys)
    }
