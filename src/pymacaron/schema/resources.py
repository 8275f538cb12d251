"""
What a schema refers to, and by which rules it is written: those of its `$schema`, of its description, of the version.

Neighbours: keywords.py has the rules; shape.py asks here, and so does dialect.py.
"""

from __future__ import annotations

import json
from typing import Any

from pymacaron.schema.keywords import RULES, Rules, without_vocabularies
from pymacaron.source import Document, Node
from pymacaron.spec.drafts import METASCHEMAS, draft_of
from pymacaron.spec.identifiers import RECURSIVE
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference, RemoteReference

__all__ = ["Identity", "Resources", "metaschema"]

Identity = tuple[str, tuple[str, ...]]

_REFERENCES = frozenset(("$ref", "$dynamicRef", "$recursiveRef"))

#: How many metaschemas may be written by one another
_HOPS = 5


class Resources:
    """The schemas of one api, in whichever document they stand. Answers are kept."""

    def __init__(self, api: Api):
        self._api = api
        self._default = RULES[api.dialect]
        self._rules: dict[Identity, Rules] = {}
        self._dialects: dict[str, tuple[Rules, bool]] = {}  # by document: its rules, and whether a schema has others

    def rules(self, node: Node) -> Rules:
        """
        The rules that *node* is written by: those of the nearest `$schema` around it, of the `jsonSchemaDialect` of its
        description, of the version of the format.

        Source: OpenAPI 3.1.1, "Specifying Schema Dialects". One that is not known counts as if it were not there.
        """
        if self._api.dialect in ("2.0", "3.0"):
            return self._default
        document = node.document
        known = self._dialects.get(document.uri)
        if known is None:
            known = self._dialects[document.uri] = self._dialect(document), b"$schema" in document.text
        default, several = known
        if not several:
            return default
        found = self._rules.get(node.identity)
        if found is None:
            found = self._rules[node.identity] = self._ruled(node, default)
        return found

    def _dialect(self, document: Document) -> Rules:
        value = document.value
        uri = value.get("jsonSchemaDialect") if isinstance(value, dict) and "openapi" in value else None
        return self._named_rules(uri, Node(value, document), 0) or self._default

    def _ruled(self, node: Node, rules: Rules) -> Rules:
        at = Node(node.document.value, node.document)
        for token in (None, *node.pointer):
            if token is not None:
                at = at.child(int(token) if isinstance(at.value, list) else token)
            if isinstance(at.value, dict) and "$schema" in at.value:
                rules = self._named_rules(at.value["$schema"], at, 0) or rules
        return rules

    def _named_rules(self, uri: Any, node: Node, hops: int) -> Rules | None:
        """The rules that *uri*, the `$schema` of *node*, stands for; of a metaschema of one's own, what it says."""
        draft = draft_of(uri)
        if draft is not None:
            return RULES[draft]
        meta = self._resolve(uri, node) if isinstance(uri, str) and "://" in uri and hops < _HOPS else None
        if meta is None or not isinstance(meta.value, dict):
            return None
        rules = self._named_rules(meta.value.get("$schema"), meta, hops + 1)
        vocabularies = meta.value.get("$vocabulary")
        return without_vocabularies(rules, vocabularies) if rules and isinstance(vocabularies, dict) else rules

    def referred(self, node: Node) -> Node | None:
        """What the `$ref` (or `$dynamicRef`) of *node* stands for, one step; None where it has none or it dangles."""
        if not isinstance(node.value, dict) or _REFERENCES.isdisjoint(node.value):
            return None
        for keyword in ("$ref", *self.rules(node).references):
            reference = node.value.get(keyword)
            if isinstance(reference, str):
                return self._resolve(reference, node)
        return None

    def dynamic(self, node: Node) -> list[tuple[Node, str]]:
        """
        What the `$dynamicRef` (or 2019-09's `$recursiveRef`) of *node* refers to: the schema, and the anchor that is
        looked for in the schemas on the way; the anchor is '' where none is.
        """
        found: list[tuple[Node, str]] = []
        if _REFERENCES.isdisjoint(node.value):
            return found
        for keyword in self.rules(node).references:
            reference = node.value.get(keyword)
            target = self._resolve(reference, node) if isinstance(reference, str) else None
            if target is not None:
                name = RECURSIVE if keyword == "$recursiveRef" else str(reference).partition("#")[2]
                anchor = self._api.references.dynamic_anchors(target).get(name)
                found.append((target, name if anchor is not None and anchor.identity == target.identity else ""))
        return found

    def _resolve(self, reference: str, node: Node) -> Node | None:
        references = self._api.references
        try:
            return references.resolve(reference, node)
        except RemoteReference as error:
            document = metaschema(error.uri)
            if document is None:
                return None
            references.add(document)
        except DanglingReference:
            return None
        try:
            return references.resolve(reference, node)
        except DanglingReference:
            return None


def metaschema(uri: str) -> Document | None:
    """The metaschema, or the part of one, at *uri*; None where it is no known one."""
    uri = uri.removesuffix("#")
    draft = next((draft for known, draft in METASCHEMAS.items() if uri.startswith(known)), None)
    if draft is None:
        return None
    import jsonschema_rs

    drafts = {
        "draft-04": jsonschema_rs.Draft4,
        "draft-06": jsonschema_rs.Draft6,
        "draft-07": jsonschema_rs.Draft7,
        "2019-09": jsonschema_rs.Draft201909,
        "2020-12": jsonschema_rs.Draft202012,
    }
    try:
        registry = jsonschema_rs.Registry([("urn:it", {"$ref": uri})], draft=drafts[draft])
        value = registry.resolver("urn:it").lookup(uri).contents
    except jsonschema_rs.ReferencingError:
        return None
    return Document(uri, uri, json.dumps(value).encode(), value)
