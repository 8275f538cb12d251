"""
What a description says to no effect, since its version has it ignored: keywords of schemas, header parameters, the
encoding of a property that is not there, the style of a value that it cannot write.
"""

from __future__ import annotations

from pymacaron.finding import Finding, nearest
from pymacaron.schema.codec import Schemas
from pymacaron.schema.words import types_text
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api
from pymacaron.spec.objects import OBJECTS
from pymacaron.spec.openapi3 import NOT_PARAMETERS
from pymacaron.spec.references import DanglingReference

__all__ = ["ignored"]

#: The keywords that only people read, or that mean a schema of their own
_TOLD = frozenset(("", "title", "description", "example", "examples", "externalDocs", "deprecated", "xml", "$comment"))
_EFFECTIVE = frozenset(OBJECTS["Schema"]) - _TOLD
#: dict: header -> where OpenAPI 3 has it described
_INSTEAD = {
    "accept": "Write the media types under 'content' of the responses",
    "content-type": "Write the media types under 'content' of the request body",
    "authorization": "Describe it under components/securitySchemes, and ask for that with 'security'",
}
#: dict: style -> the types that it can write. Source: OpenAPI 3.1.1, "Style Examples"
_STYLES = {
    "deepObject": frozenset(("object",)),
    "spaceDelimited": frozenset(("array", "object")),
    "pipeDelimited": frozenset(("array", "object")),
}
_FORMS = ("application/x-www-form-urlencoded", "multipart/")


def ignored(api: Api, schemas: Schemas) -> list[Finding]:
    """All of it in *api*."""
    look = _Ignored(api, schemas)
    met = objects(api.root, api.dialect, api.references, ["Reference", "Schema", "Parameter", "MediaType"])
    if api.dialect in ("2.0", "3.0"):
        for reference in met["Reference"]:
            look.beside(reference)
    if api.dialect == "3.0":
        for schema in met["Schema"]:
            look.nullable(schema)
    if api.dialect != "2.0":
        for parameter in met["Parameter"]:
            look.header(parameter)
            look.style(parameter)
        for media_type in met["MediaType"]:
            look.encoding(media_type)
    return look.findings


class _Ignored:
    def __init__(self, api: Api, schemas: Schemas):
        self.findings: list[Finding] = []
        self._api = api
        self._schemas = schemas

    def beside(self, node: Node) -> None:
        """What stands beside a `$ref`. Source: Swagger 2.0 and OpenAPI 3.0.4, "Reference Object"."""
        keys = [key for key in node.value if key in _EFFECTIVE and not self._repeats(node, key)]
        if not keys:
            return
        title = "Swagger 2.0" if self._api.dialect == "2.0" else "OpenAPI 3.0"
        names = " and ".join([", ".join(map(repr, keys[:-1])), repr(keys[-1])] if len(keys) > 1 else [repr(keys[0])])
        fact = f"{names} beside '$ref' {'are' if len(keys) > 1 else 'is'} ignored in {title}"
        mend = "Write the reference as 'allOf: [{$ref: ...}]'"
        if keys == ["nullable"]:
            mend = "Write it beside the type of what is referred to"
        self.findings.append(node.child(keys[0]).finding("ignored-keyword", fact, mend, key=True))

    def _repeats(self, node: Node, key: str) -> bool:
        """Whether *key* beside a reference says nothing else than what is referred to, or only that it is an object."""
        try:
            target = self._api.references.follow(node).value
        except DanglingReference:
            return True
        if key == "type" and node.value[key] == "object":  # generators write it beside every reference
            return True
        return isinstance(target, dict) and key in target and bool(target[key] == node.value[key])

    def nullable(self, node: Node) -> None:
        """`nullable` where null is refused all the same. Source: OpenAPI 3.0.4, "Schema Object", nullable."""
        value = node.value
        if value.get("nullable") is not True:
            return
        fact, mend = "", "Write it beside the type in each schema that applies here"
        if isinstance(value.get("enum"), list) and None not in value["enum"]:
            fact, mend = "'nullable' has no effect, since 'enum' does not list null", "Add null to 'enum'"
        elif "null" not in self._schemas.shapes.types(node):
            why = ", since another schema that applies here refuses null"
            fact = f"'nullable' has no effect{why if 'type' in value else ' without a type beside it'}"
        if fact:
            self.findings.append(node.child("nullable").finding("ignored-keyword", fact, mend, key=True))

    def header(self, node: Node) -> None:
        """Source: OpenAPI 3.0.4 and 3.1.1, "Parameter Object", name."""
        name = node.value.get("name")
        if node.value.get("in") == "header" and isinstance(name, str) and name.lower() in NOT_PARAMETERS:
            fact = f"OpenAPI 3 has a header parameter {name!r} ignored, so no handler gets it"
            self.findings.append(node.child("name").finding("ignored-parameter", fact, _INSTEAD[name.lower()]))

    def style(self, node: Node) -> None:
        style, schema = node.get("style"), node.get("schema")
        if style is None or not isinstance(style.value, str) or schema is None or style.value not in _STYLES:
            return
        types = self._schemas.shapes.types(schema) - {"null"}
        wanted = _STYLES[style.value]
        if types and types.isdisjoint(wanted):
            plain = [one for one in ("string", "number", "integer", "boolean", "array", "object") if one in types]
            fact = f"style {style.value!r} is for {' and '.join(f'{one}s' for one in sorted(wanted))}, and this is "
            self.findings.append(
                style.finding("unfit-style", fact + types_text(plain), "Remove it, or correct the schema")
            )

    def encoding(self, node: Node) -> None:
        """Source: OpenAPI 3.0.4 and 3.1.1, "Media Type Object", encoding."""
        name = "".join(node.pointer[-1:]).strip().lower()
        schema, encoding = node.get("schema"), node.get("encoding")
        if schema is None or encoding is None or not name.startswith(_FORMS):
            return
        shapes = self._schemas.shapes
        declared = shapes.properties(schema)
        if not declared or shapes.patterned(schema) or any(map(shapes.conditional, shapes.parts(schema))):
            return
        for key, entry in encoding.members():
            if key not in declared:
                meant = nearest(key, declared)
                mend = f"Did you mean {meant!r}?" if meant else "Declare it in the schema, or remove it"
                fact = f"{key!r} is no property of the schema, so its encoding is ignored"
                self.findings.append(entry.finding("unknown-property", fact, mend, key=True))
