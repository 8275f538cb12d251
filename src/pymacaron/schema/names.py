"""
The name of every object schema of an api: named ones by their name, inline ones by where they stand.

Pure of models: classes.py asks, once. How a name is written in Python is said in spec/names.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from pymacaron.schema.shape import Identity, Shapes
from pymacaron.source import Node
from pymacaron.spec.model import Api, MediaType, Operation
from pymacaron.spec.names import attribute, camel
from pymacaron.spec.openapi3 import callbacks

__all__ = ["Names", "place_name"]

#: How many callbacks may stand inside of one another
_CALLBACKS = 8


class Names:
    """
    The names of one api's object schemas. `by_name`: dict of model name -> schema; `by_attribute`: the same and by the
    name as Python writes it; `by_identity`: dict of a schema's identity -> its model name.
    """

    def __init__(self, api: Api, shapes: Shapes):
        self._api = api
        self._shapes = shapes
        self.by_name: dict[str, Node] = {}
        self.by_identity: dict[Identity, str] = {}
        self._seen: set[Identity] = set()
        self._todo: list[tuple[Node, str, str]] = []
        for name, node in api.schemas.items():
            self.by_name[name] = node
            self.by_identity[node.identity] = name
        for name, node in api.schemas.items():  # a name for what stands in another file
            target = shapes.target(node)
            if target.identity not in self.by_identity:
                self.by_identity[target.identity] = name
        self._taken = {attribute(name) for name in self.by_name} | set(self.by_name)
        for name, node in api.schemas.items():
            target = shapes.target(node)
            if target.identity == node.identity or target.scope or target.place not in shapes.named:
                self._inside(target, camel(name))
                self._walk()
        for operation in (*api.operations, *api.webhooks):
            self._operation(operation)
        self.by_attribute = {attribute(name): node for name, node in self.by_name.items()} | self.by_name

    def name(self, node: Node, wanted: str) -> str:
        """The name of an object schema that stands where none was looked for: *wanted*, or with a number."""
        self._take(node, wanted)
        name = self.by_identity[node.identity]
        self.by_attribute.setdefault(attribute(name), node)
        self.by_attribute.setdefault(name, node)
        return name

    def _operation(self, operation: Operation, base: str = "", depth: int = 0) -> None:
        if operation.named or not base:
            base = camel(operation.id.rpartition(".")[2] if operation.named else operation.id)
        bodies: list[tuple[str, Mapping[str, MediaType]]] = []
        if operation.body is not None:
            bodies.append((f"{base}Body", operation.body.content))
        for status, response in operation.responses.items():
            bodies.append((camel(f"{base}Response {status}"), response.content))
        for name, content in bodies:
            for media in content.values():
                if media.schema is not None:
                    self._named(media.schema, name, f"{name}Item")
                if media.item_schema is not None:
                    self._named(media.item_schema, f"{name}Item", f"{name}Item")
        for parameter in operation.parameters:
            schema = parameter.schema if parameter.content is None else parameter.content.schema
            if schema is not None:
                name = camel(f"{base} {parameter.name}")
                self._named(schema, name, name)
        self._walk()
        for name, called in callbacks(self._api, operation) if depth < _CALLBACKS else ():
            self._operation(called, camel(f"{base} {name}"), depth + 1)

    def _named(self, node: Node, name: str, item: str) -> None:
        """
        Name *node*, where it stands in the description itself; *item* is for what it holds, if it is an array or a
        map.
        """
        target = self._shapes.target(node)
        if target.identity in self._seen or not isinstance(target.value, dict):
            return
        if target.place in self._shapes.named and not target.scope:
            return
        if target.identity != node.identity and node.value.get("$ref") is not None:
            name = item = camel(place_name(target)) or name
        if self._shapes.is_object(target):
            self._take(target, name)
        self._inside(target, self.by_identity.get(target.identity, name), item)

    def _take(self, node: Node, name: str) -> None:
        if node.identity in self.by_identity:
            return
        unique, number = name, 1
        while unique in self._taken:
            number += 1
            unique = f"{name}_{number}" if name[-1].isdigit() else f"{name}{number}"  # Response200_2 is no status 2002
        self._taken.add(unique)
        self.by_identity[node.identity] = unique
        self.by_name[unique] = node

    def _inside(self, node: Node, name: str, item: str = "") -> None:
        """Remember the schemas inside of *node* for later."""
        if node.identity not in self._seen and isinstance(node.value, dict):
            self._seen.add(node.identity)
            self._todo.append((node, name, item or f"{name}Item"))

    def _walk(self) -> None:
        while self._todo:
            node, name, item = self._todo.pop(0)
            for keyword in ("properties", "patternProperties"):
                for key, schema in node.child(keyword).members() if keyword in node.value else []:
                    inner = camel(f"{name} {key}")
                    self._named(schema, inner, inner)
            for keyword in ("items", "additionalProperties", "additionalItems"):
                if isinstance(node.value.get(keyword), dict):
                    self._named(node.child(keyword), item, item)
            for keyword in ("prefixItems", "items"):
                for schema in node.child(keyword).items() if keyword in node.value else []:
                    self._named(schema, item, item)
            for keyword in ("oneOf", "anyOf"):
                for schema in node.child(keyword).items() if keyword in node.value else []:
                    self._named(schema, name, item)
            for schema in node.child("allOf").items() if "allOf" in node.value else []:
                said = self._shapes.referred(schema)
                if said is None or said.scope:
                    self._inside(schema if said is None else said, name, item)
                else:
                    self._named(schema, name, item)
            for said in self._shapes.resources.referred(node):
                if said.scope:  # what it says here, no other schema does
                    self._inside(said, name, item)


def place_name(node: Node) -> str:
    """What names a schema that stands elsewhere: the last telling token of its pointer, else its file."""
    telling = [token for token in node.pointer if token not in ("schema", "items") and not token.isdigit()]
    if telling:
        return telling[-1]
    return node.document.uri.rpartition("/")[2].partition(".")[0]
