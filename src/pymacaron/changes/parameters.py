"""
The parameters of two operations: which are there, how they are written, which values they take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.changes.schemas import SchemaChanges
from pymacaron.spec.model import Operation, Parameter

__all__ = ["Parameters"]

#: The styles that say how a single value is written, too
_MARKED = frozenset(("label", "matrix"))


class Parameters:
    """Compares them."""

    def __init__(self, schemas: SchemaChanges):
        self._schemas = schemas

    def compare(
        self, notes: Notes, old: Operation, new: Operation, renamed: Mapping[str, str], *, is_sent: bool
    ) -> Iterator[Change]:
        """What has changed; *renamed*: old names of path parameters -> new ones."""
        before = {_key(one, renamed): one for one in old.parameters}
        after = {_key(one, {}): one for one in new.parameters}
        moved = {
            key[1]: key
            for key in after
            if key not in before and any(other[1] == key[1] and other not in after for other in before)
        }
        for key, one in before.items():
            if key in after:
                yield from self._one(notes, one, after[key], is_sent=is_sent)
            elif key[1] in moved:
                other = after[moved[key[1]]]
                fact = f"parameter {one.name!r} is in {other.location}, was in {one.location}"
                yield notes.change("breaking", "parameter-moved", fact, "it is not found there", one.node, other.node)
            else:
                fact = f"parameter {one.name!r} in {one.location} is removed"
                why = "it has no effect any more, or is refused"
                yield notes.change("risky", "parameter-removed", fact, why, one.node, None)
        for key, one in after.items():
            if key not in before and key[1] not in moved:
                fact = f"{'required ' if one.required else ''}parameter {one.name!r} in {one.location} is added"
                severity = "breaking" if one.required and not is_sent else "compatible"
                why = "calls without it are refused" if severity == "breaking" else ""
                yield notes.change(severity, "parameter-added", fact, why, None, one.node)  # type: ignore[arg-type]

    def _one(self, notes: Notes, old: Parameter, new: Parameter, *, is_sent: bool) -> Iterator[Change]:
        name = f"parameter {new.name!r} in {new.location}"
        if old.required != new.required:
            if new.required:
                why = "calls without it are refused"
                yield notes.change("breaking", "parameter-required", f"{name} is required now", why, old.node, new.node)
            else:
                yield notes.change(
                    "compatible", "parameter-optional", f"{name} is optional now", "", old.node, new.node
                )
        if old.allow_empty != new.allow_empty:
            code = "parameter-empty-accepted" if new.allow_empty else "parameter-empty-refused"
            fact = f"{name} {'may' if new.allow_empty else 'must not'} be empty now"
            severity = "compatible" if new.allow_empty else "breaking"
            yield notes.change(severity, code, fact, "", old.node, new.node)  # type: ignore[arg-type]
        if old.allow_reserved != new.allow_reserved:
            fact = f"{name}: allowReserved is {str(new.allow_reserved).lower()} now"
            why = "characters such as / and ? are written otherwise"
            yield notes.change("risky", "parameter-reserved-changed", fact, why, old.node, new.node)
        yield from self.values(notes, name, old, new, "given" if is_sent else "taken")

    def values(self, notes: Notes, name: str, old: Parameter, new: Parameter, flow: str) -> Iterator[Change]:
        """How they are written, and which there may be; of headers of responses, too."""
        is_content = old.content is not None, new.content is not None
        if is_content[0] != is_content[1] or (
            old.content is not None and new.content is not None and old.content.name != new.content.name
        ):
            fact = f"{name} is written as {_written(new)}, was {_written(old)}"
            yield notes.change("breaking", "parameter-content-changed", fact, "", old.node, new.node)
            return
        direction = "response" if name.startswith("header") else "request"
        before = old.content.schema if old.content is not None else old.schema
        after = new.content.schema if new.content is not None else new.schema
        if self._is_styled_otherwise(old, new):
            fact = f"{name} is written as {_style(new)}, was {_style(old)}"
            yield notes.change("breaking", "parameter-style-changed", fact, "", old.node, new.node)
        yield from self._schemas.compare(
            notes,
            name,
            before,
            after,
            flow,  # type: ignore[arg-type]
            direction,  # type: ignore[arg-type]
            is_text=old.content is None,
        )

    def _is_styled_otherwise(self, old: Parameter, new: Parameter) -> bool:
        """Whether values that both may have are written in two ways."""
        if old.content is not None or (old.style, old.explode) == (new.style, new.explode):
            return False
        types = self._schemas.common_types(old.schema, new.schema)
        if old.style != new.style and {old.style, new.style} & _MARKED:
            return True
        return bool(types & {"array", "object"})


def _key(parameter: Parameter, renamed: Mapping[str, str]) -> tuple[str, str]:
    name = parameter.name.lower() if parameter.location == "header" else parameter.name
    return parameter.location, renamed.get(name, name) if parameter.location == "path" else name


def _style(parameter: Parameter) -> str:
    return f"{parameter.style}{' exploded' if parameter.explode else ''}"


def _written(parameter: Parameter) -> str:
    return parameter.content.name if parameter.content is not None else "a plain value"
