"""
`$ref` -> the Node that it names: in the same file, in other files, and at URLs where somebody gives a `retrieve`.

One References belongs to one description and keeps every document that it read. No network of its own. A pointer into a
document is followed through the references on its way, as writers of descriptions expect.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from pymacaron.finding import Finding, FindingsError, did_you_mean
from pymacaron.source import Document, Node, parse, read
from pymacaron.spec.drafts import has_drafts, is_metaschema
from pymacaron.spec.identifiers import Identifiers, joined

__all__ = ["DanglingReference", "References", "RemoteReference"]

#: How many references may follow one another.
_HOPS = 50


class DanglingReference(Exception):
    """A `$ref` that names nothing: `fact` and `mend` as a finding has, `findings` of a file that cannot be read."""

    def __init__(self, fact: str, mend: str = "", findings: tuple[Finding, ...] = ()):
        super().__init__(fact)
        self.fact = fact
        self.mend = mend
        self.findings = findings


class RemoteReference(DanglingReference):
    """
    A `$ref` to the network, to `uri`, where nothing is fetched from there: whether it names something is not known.
    """

    def __init__(self, uri: str, fact: str, mend: str):
        super().__init__(fact, mend)
        self.uri = uri


class References:
    """
    The references of the description *root*.

    *retrieve* gives the bytes at an http(s) URL, and may raise OSError; without it, such a reference is dangling, but
    for a relative one in a description with `$self`, where the file beside the description stands for it.
    `documents`: dict of absolute path or URL -> every Document that was read so far, *root* included. `findings`: what
    was read over in the others (see `source.parse`).
    Source: RFC 6901 (pointers), RFC 3986 section 5 (relative references), JSON Schema 2020-12, 8.2 ($id, $anchor).
    """

    def __init__(self, root: Document, *, retrieve: Callable[[str], bytes] | None = None, max_bytes: int = 50_000_000):
        self.documents: dict[str, Document] = {root.uri: root}
        self.findings: list[Finding] = []
        self._retrieve = retrieve
        self._max_bytes = max_bytes
        self._resolved: dict[tuple[str, str], Node] = {}
        self._refused: dict[str, DanglingReference] = {}
        self._drafts = has_drafts(root.value)
        self._identified: dict[str, Identifiers] = {}  # by document

    def resolve(self, ref: str, base: Node) -> Node:
        """
        What *ref*, written at or below *base*, names: one step. Raises DanglingReference.

        The value that is found may have a `$ref` of its own.
        """
        uri = self.base(base)
        key = (uri, ref)
        if key not in self._resolved:
            self._resolved[key] = self._find(ref, uri, base.document, 0)
        return self._resolved[key]

    def follow(self, node: Node) -> Node:
        """*node*, or what it names where it is a reference, to the end. Raises DanglingReference, for circles too."""
        return self._follow(node, 0)

    def leads_back(self, node: Node) -> bool:
        """Whether the reference *node* leads to itself, by way of others or at once."""
        found = node
        for _ in range(_HOPS):
            ref = found.value.get("$ref") if isinstance(found.value, dict) else None
            if not isinstance(ref, str):
                return False
            try:
                found = self.resolve(ref, found)
            except DanglingReference:
                return False
            if found.value is node.value:
                return True
        return False

    def _follow(self, node: Node, hops: int) -> Node:
        while isinstance(node.value, dict) and isinstance(ref := node.value.get("$ref"), str):
            hops += 1
            if hops > _HOPS:
                raise DanglingReference(
                    f"{ref!r} leads in a circle, to itself", "Write what is meant in place of one of the references"
                )
            uri = self.base(node)
            key = (uri, ref)
            if key not in self._resolved:
                self._resolved[key] = self._find(ref, uri, node.document, hops)
            node = self._resolved[key]
        return node

    def base(self, node: Node) -> str:
        """The URI that references at *node* are relative to: that of the schema resource that it is in."""
        return self._identifiers(node.document).base(node.pointer)

    def is_scoped(self, document: Document) -> bool:
        """Whether the same `$ref` may name different things at different places of *document*."""
        return self._identifiers(document).scoped

    def has_dynamic_anchors(self, document: Document) -> bool:
        """Whether there is any `$dynamicAnchor` in *document*."""
        return bool(self._identifiers(document).dynamic)

    def dynamic_anchors(self, node: Node) -> dict[str, Node]:
        """dict: name -> schema, of the `$dynamicAnchor`s in the schema resource that *node* is in."""
        return self._identifiers(node.document).dynamic.get(self.base(node), {})

    def surrounding_anchors(self, node: Node) -> dict[str, Node]:
        """The same, where those of the schema resources around that one come first, the outermost before all."""
        identified, root = self._identifiers(node.document), node.document.value
        around = identified.around(node.pointer)
        if len(around) > 1 and not (isinstance(root, dict) and isinstance(root.get("$id"), str)):
            del around[0]  # the document is no schema
        found: dict[str, Node] = {}
        for uri in around:
            for name, anchor in identified.dynamic.get(uri, {}).items():
                found.setdefault(name, anchor)
        return found

    def anchors_named(self, name: str) -> list[Node]:
        """The schemas of every `$dynamicAnchor` *name* in all documents that were read."""
        tables = [
            table for known in list(self.documents.values()) for table in self._identifiers(known).dynamic.values()
        ]
        return [table[name] for table in tables if name in table]

    def add(self, document: Document) -> None:
        """Know *document* from here on, for references to its URI."""
        self.documents.setdefault(document.uri, document)

    def _find(self, ref: str, base: str, document: Document, hops: int) -> Node:
        target, _, fragment = ref.partition("#")
        start = self._resource(joined(base, target) if target else base, ref, document, here=not target)
        try:
            return self._inside(start, fragment, ref, hops)
        except DanglingReference:
            # Below an `$id`, many write pointers from the top of the file all the same.
            if target or not start.pointer or hops > 3:
                raise
            return self._inside(Node(document.value, document), fragment, ref, hops)

    def _resource(self, uri: str, ref: str, document: Document, *, here: bool) -> Node:
        """The document at *uri*, or the part of one whose `$id` it is."""
        uri = uri.removesuffix("#")
        if uri in self.documents:
            return Node(self.documents[uri].value, self.documents[uri])
        for known in list(self.documents.values()):
            found = self._identifiers(known).named.get(uri)
            if found is not None:
                return found
        if here:
            return Node(document.value, document)
        uri = self._copy(uri, ref, document) or uri
        read = self.documents.get(uri) or self._read(uri, ref)
        return Node(read.value, read)

    def _copy(self, uri: str, ref: str, document: Document) -> str | None:
        """
        The file that stands for *uri*, to which *ref* comes by the `$self` of *document*: the one that *ref* names as
        seen from the file of *document*. None where *ref* needs none. Raises RemoteReference where it is not there.

        Source: RFC 3986, section 5.1: `$self` is what the file is called, wherever it was read from, and its neighbour.
        """
        own = document.value.get("$self") if isinstance(document.value, dict) else None
        target = ref.partition("#")[0]
        if self._retrieve is not None or not isinstance(own, str) or "://" not in uri or "://" in document.uri:
            return None
        if "://" in target or target.startswith("/") or uri != joined(joined(document.uri, own), target):
            return None
        path = joined(document.uri, target)
        if os.path.isfile(path):
            return path
        fact = f"{ref!r} is {uri} by the description's $self, on the network, and nothing is fetched from there"
        raise RemoteReference(uri, fact, f"Put a copy beside the description, as {unquote(target)}")

    def _read(self, uri: str, ref: str) -> Document:
        if uri in self._refused:
            raise self._refused[uri]
        try:
            document = self._load(uri, ref)
        except DanglingReference as error:
            self._refused[uri] = error
            raise
        self.documents[uri] = document
        return document

    def _load(self, uri: str, ref: str) -> Document:
        if "://" not in uri:
            try:
                return read(uri, max_bytes=self._max_bytes, findings=self.findings)
            except FindingsError as error:
                first = error.findings[0]
                raise DanglingReference(
                    f"{ref!r}: {first.where}: {first.fact}", first.mend, tuple(error.findings)
                ) from None
        if self._retrieve is None or not uri.startswith(("http://", "https://")) or is_metaschema(uri):
            fact = f"{ref!r} is on the network, and nothing is fetched from there"
            raise RemoteReference(uri, fact, "Put a copy beside the description")
        try:
            return parse(self._retrieve(uri), uri, uri, max_bytes=self._max_bytes, findings=self.findings)
        except OSError as error:
            raise DanglingReference(f"{ref!r} cannot be fetched: {error}") from None
        except FindingsError as error:
            first = error.findings[0]
            raise DanglingReference(
                f"{ref!r}: {first.where}: {first.fact}", first.mend, tuple(error.findings)
            ) from None

    def _inside(self, start: Node, fragment: str, ref: str, hops: int) -> Node:
        if not fragment:
            return start
        if not fragment.startswith("/"):
            return self._anchor(start, unquote(fragment), ref)
        node = start
        for raw in fragment[1:].split("/"):
            if not _has(node.value, raw):  # what stands beside a `$ref` can be pointed at too
                node = self._follow(node, hops + 1)
            node = self._step(node, raw, ref)
        return node

    def _step(self, node: Node, raw: str, ref: str) -> Node:
        value = node.value
        for token in (_unescaped(unquote(raw)), _unescaped(raw), raw):
            if isinstance(value, dict) and token in value:
                return node.child(token)
            if isinstance(value, list) and _index(token) < len(value):
                return Node(value[_index(token)], node.document, (*node.pointer, token))
        token = _unescaped(unquote(raw))
        names = list(value) if isinstance(value, dict) else []
        parent = "/".join(("#", *(part.replace("~", "~0").replace("/", "~1") for part in node.pointer)))
        raise DanglingReference(f"{ref!r} names nothing: {parent!r} has no {token!r}", did_you_mean(token, names))

    def _anchor(self, start: Node, name: str, ref: str) -> Node:
        identified = self._identifiers(start.document).named
        for prefix in (self.base(start), start.document.uri):
            found = identified.get(f"{prefix}#{name}")
            if found is not None:
                return found
        anchors = [uri.partition("#")[2] for uri in identified if "#" in uri]
        raise DanglingReference(f"{ref!r} names nothing: there is no $anchor {name!r}", did_you_mean(name, anchors))

    def _identifiers(self, document: Document) -> Identifiers:
        if document.uri not in self._identified:
            self._identified[document.uri] = Identifiers(document, self._drafts)
        return self._identified[document.uri]


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _has(value: Any, raw: str) -> bool:
    """Whether *value* has the member that the pointer token *raw* names, unescaped in one of the ways."""
    return isinstance(value, dict) and any(token in value for token in (_unescaped(unquote(raw)), _unescaped(raw), raw))


def _member(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and _index(token) < len(value):
        return value[_index(token)]
    return None


def _index(token: str) -> int:
    """The item that *token* names; one that no list has where it is no index. Source: RFC 6901 section 4."""
    good = token.isascii() and token.isdecimal() and len(token) < 10 and (token == "0" or token[0] != "0")
    return int(token) if good else sys.maxsize
