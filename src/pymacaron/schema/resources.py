"""
What a schema refers to, and by which rules it is written: those of its `$schema`, of its description, of the version.

Neighbours: keywords.py has the rules, scopes.py what `$dynamicRef` means; shape.py asks here, and so does dialect.py.
"""

from __future__ import annotations

import json
from typing import Any

from pymacaron.schema.keywords import RULES, Rules, without_vocabularies
from pymacaron.schema.scopes import Scopes
from pymacaron.source import Document, Node
from pymacaron.spec.drafts import METASCHEMAS, draft_of
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference, RemoteReference

__all__ = ["Identity", "Place", "Resources", "metaschema"]

Place = tuple[str, tuple[str, ...]]
Identity = tuple[str, tuple[str, ...], tuple[tuple[str, Place], ...]]

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
        self._scopes = Scopes(api, self._resolve)

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

    def referred(self, node: Node) -> list[Node]:
        """
        What *node* refers to, one step: by `$ref`, then by `$dynamicRef` (or 2019-09's `$recursiveRef`), which means
        the outermost schema of its name among those that led to *node*. Without those that dangle.
        """
        found: list[Node] = []
        value = node.value
        if not isinstance(value, dict) or _REFERENCES.isdisjoint(value):
            return found
        for keyword in ("$ref", *self.rules(node).references):
            reference = value.get(keyword)
            if not isinstance(reference, str) or (target := self._resolve(reference, node)) is None:
                continue
            if keyword == "$ref":
                found.append(self.entered(target, node))
            else:
                found.append(self._scopes.dynamic(keyword, reference, target, node))
        return found

    def entered(self, target: Node, node: Node) -> Node:
        """*target*, to which something at *node* refers, with what `$dynamicRef`s in there mean on that way."""
        return self._scopes.entered(target, node)

    def settled(self, node: Node) -> Node:
        """*node*, without what makes no difference to it of the way that led there."""
        return self._scopes.settled(node) if node.scope else node

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
