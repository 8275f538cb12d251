"""Which values written in a description, examples and defaults, do not fit the schema that they stand at."""

from __future__ import annotations

from typing import Any

from pymacaron.finding import Finding
from pymacaron.schema.codec import Schemas, json_decode
from pymacaron.schema.pointers import names_of
from pymacaron.schema.violations import Violation, Violations
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["examples"]


def examples(api: Api, schemas: Schemas) -> list[Finding]:
    """Every example and default of *api* that violates its own schema. Builds the validators of those schemas."""
    look = _Examples(api, schemas)
    met = objects(api.root, api.dialect, api.references, ["Schema", "Parameter", "Header", "MediaType", "Response"])
    for schema in met["Schema"]:
        look.schema(schema)
    if api.dialect == "2.0":
        for operation in api.operations:
            for parameter in (*operation.parameters, *(operation.body.fields if operation.body else ())):
                if parameter.schema is not None:
                    look.schema(parameter.schema)
        for response in met["Response"]:
            look.response(response)
    else:
        for holder in (*met["Parameter"], *met["Header"]):
            look.beside(holder, holder.get("schema"))
        for media_type in met["MediaType"]:
            look.media_type(media_type)
    return look.findings


class _Examples:
    def __init__(self, api: Api, schemas: Schemas):
        self.findings: list[Finding] = []
        self._references = api.references
        self._schemas = schemas
        self._lists = api.dialect in ("3.1", "3.2")

    def schema(self, node: Node) -> None:
        """The example, examples and default of a schema."""
        if not isinstance(node.value, dict):
            return
        if "default" in node.value:
            self._look("default-mismatch", "default", node.child("default"), node)
        if "example" in node.value:
            self._look("example-mismatch", "example", node.child("example"), node)
        listed = node.get("examples")
        if self._lists and listed is not None:
            for example in listed.items():
                self._look("example-mismatch", "example", example, node)

    def media_type(self, node: Node) -> None:
        name = "".join(node.pointer[-1:]).partition(";")[0].strip().lower()
        schema, items = node.get("schema"), node.get("itemSchema") or node.get("x-item-schema")
        self.beside(node, schema, json=name.endswith(("/json", "+json")))
        if schema is None and items is not None:
            self.beside(node, items, each=True)

    def response(self, node: Node) -> None:
        """The examples of a Swagger 2.0 response, by media type."""
        schema, listed = node.get("schema"), node.get("examples")
        if schema is None or listed is None:
            return
        for name, example in listed.members():
            if name.partition(";")[0].strip().lower().endswith(("/json", "+json")):
                self._look("example-mismatch", "example", example, schema, json=True)

    def beside(self, node: Node, schema: Node | None, *, json: bool = False, each: bool = False) -> None:
        """The example or examples that stand beside *schema* in *node*; *each*: of a list, each item is one."""
        if schema is None:
            return
        example, several = node.get("example"), node.get("examples")
        if example is not None:
            self._looks("example", example, schema, json, each)
        for name, one in several.members() if several is not None else []:
            try:
                found = self._references.follow(one)
            except DanglingReference:
                continue
            value = found.get("value") or found.get("dataValue")
            if value is not None:
                self._looks(f"example {name!r}", value, schema, json, each)

    def _looks(self, what: str, value: Node, schema: Node, json: bool, each: bool) -> None:
        if each and isinstance(value.value, str):
            return  # the text of a whole stream
        for one in value.items() if each and isinstance(value.value, list) else [value]:
            self._look("example-mismatch", what, one, schema, json=json)

    def _look(self, code: str, what: str, value: Node, schema: Node, *, json: bool = False) -> None:
        """Report *value* unless it fits *schema* in requests or in responses."""
        if not isinstance(schema.value, dict) or not schema.value:
            return
        wrong: list[Violation] = []
        for direction in ("response", "request"):
            codec = self._schemas.codec(schema, direction)
            wrong = codec.violations(value.value, "response" if direction == "response" else "body")
            if not wrong:
                return
            if json and isinstance(value.value, str) and self._fits_as_text(codec, value.value):
                return
        first = next((one for one in wrong if one.code != "required"), wrong[0])
        place = _below(value, first.pointer)
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        at = f"{first.pointer} " if first.pointer else ""
        fact = f"the {what} does not fit its schema: {at}{first.detail}{more}"
        self.findings.append(place.finding(code, fact, f"Correct the {what.partition(' ')[0]}, or the schema"))

    def _fits_as_text(self, codec: Any, value: str) -> bool:
        """Whether an example is JSON that somebody wrote as a string."""
        try:
            return not codec.violations(json_decode(value.encode()), "body")
        except Violations:
            return False


def _below(node: Node, pointer: str) -> Node:
    """The Node at the JSON pointer *pointer* below *node*, or the last one on the way that is there."""
    for token in names_of(pointer):
        if isinstance(node.value, dict) and token in node.value:
            node = node.child(token)
        elif isinstance(node.value, list) and token.isdecimal() and int(token) < len(node.value):
            node = node.child(int(token))
        else:
            break
    return node
