"""
AWS' query protocol, by botocore's model of a service: a form -> arguments, a result -> XML. No I/O here.

Real AWS lets a member that it does not know pass; here it is refused, since it is a fault of the client's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import OperationModel
from botocore.utils import parse_timestamp

from cloud.refusal import Refusal

__all__ = ["answer", "arguments", "failure"]

_COMMON = {"Action", "Version"}


def arguments(operation: OperationModel, form: dict[str, str]) -> dict[str, Any]:
    """The arguments of a call of *operation*. Raises Refusal, with AWS' texts, where they break the model."""
    left = {name: value for name, value in form.items() if name not in _COMMON}
    read = {} if operation.input_shape is None else _structure(operation.input_shape, "", left)
    if left:
        raise Refusal("ValidationError", f"Unknown parameter: {', '.join(sorted(left))}")
    faults = [] if operation.input_shape is None else list(_faults(operation.input_shape, read, ""))
    if faults:
        many = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected"
        raise Refusal("ValidationError", f"{many}: {'; '.join(faults)}")
    return read


def _structure(shape: Any, prefix: str, left: dict[str, str]) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        at = f"{prefix}.{member.serialization.get('name', name)}".lstrip(".")
        if any(key == at or key.startswith(f"{at}.") for key in left):
            found[name] = _value(member, at, left)
    return found


def _value(shape: Any, at: str, left: dict[str, str]) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, at, left)
    if shape.type_name == "list":
        return _list(shape, at, left)
    text = left.pop(at)
    try:
        match shape.type_name:
            case "boolean":
                return {"true": True, "false": False}[text]
            case "integer" | "long":
                return int(text)
            case "timestamp":
                moment = parse_timestamp(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (KeyError, ValueError):
        raise Refusal("MalformedInput", f"{at} is no {shape.type_name}: {text!r}") from None
    return text


def _list(shape: Any, at: str, left: dict[str, str]) -> list[Any]:
    if left.get(at) == "":  # an empty one
        left.pop(at)
    found: list[Any] = []
    while any(key == (one := f"{at}.member.{len(found) + 1}") or key.startswith(f"{one}.") for key in left):
        found.append(_value(shape.member, one, left))
    return found


def _faults(shape: Any, value: Any, at: str) -> Any:
    """What is wrong, each in AWS' words."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                where = _place(at, name)
                yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if name in value:
                yield from _faults(member, value[name], _place(at, name))
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _faults(shape.member, item, f"{at}.{number}.member")
    else:
        text = _constraint(shape, value)
        if text:
            yield f"Value '{value}' at '{at}' failed to satisfy constraint: Member must {text}"


def _place(at: str, name: str) -> str:
    return f"{at}.{name[0].lower()}{name[1:]}".lstrip(".")


def _constraint(shape: Any, value: Any) -> str:
    size = len(value) if isinstance(value, str) else value if isinstance(value, int) else None
    kind = "have length" if isinstance(value, str) else "have value"
    known = shape.metadata
    if size is not None and size < known.get("min", size):
        return f"{kind} greater than or equal to {known['min']}"
    if size is not None and size > known.get("max", size):
        return f"{kind} less than or equal to {known['max']}"
    if known.get("enum") and value not in known["enum"]:
        return f"satisfy enum value set: [{', '.join(known['enum'])}]"
    return ""


def answer(operation: OperationModel, namespace: str, result: dict[str, Any], request: str) -> bytes:
    """The XML of *result*; *request*: the id of the call."""
    shape, content = operation.output_shape, ""
    if shape is not None:
        wrapper = shape.serialization["resultWrapper"]
        content = f"<{wrapper}>{_xml(shape, result)}</{wrapper}>"
    told = f"<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata>"
    return f'<{operation.name}Response xmlns="{namespace}">{content}{told}</{operation.name}Response>'.encode()


def _xml(shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        strange = set(value) - set(shape.members)
        assert not strange, f"{shape.name} has no {sorted(strange)}"
        told = ((name, member) for name, member in shape.members.items() if value.get(name) is not None)
        return "".join(f"<{name}>{_xml(member, value[name])}</{name}>" for name, member in told)
    if shape.type_name == "list":
        return "".join(f"<member>{_xml(shape.member, one)}</member>" for one in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))


def failure(refusal: Refusal, namespace: str, request: str) -> bytes:
    """The XML of *refusal*."""
    side = "Sender" if refusal.status < 500 else "Receiver"
    error = f"<Error><Type>{side}</Type><Code>{refusal.code}</Code><Message>{escape(refusal.text)}</Message></Error>"
    content = f"{error}<RequestId>{request}</RequestId>"
    return f'<ErrorResponse xmlns="{namespace}">{content}</ErrorResponse>'.encode()
