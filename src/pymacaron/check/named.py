"""Whether what a description names is there: the schemas of discriminators, the operations of links."""

from __future__ import annotations

from collections.abc import Collection

from pymacaron.finding import Finding, nearest
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["unknown_names"]


def unknown_names(api: Api) -> list[Finding]:
    """Every `mapping` and `defaultMapping` of *api* whose schema is not there, every operationId of a link likewise."""
    if api.dialect == "2.0":
        return []
    met = objects(api.root, api.dialect, api.references, ["Discriminator", "Link", "Operation"])
    found: list[Finding] = []
    for discriminator in met["Discriminator"]:
        mapping, default = discriminator.get("mapping"), discriminator.get("defaultMapping")
        named = [node for _, node in mapping.members()] if mapping is not None else []
        for node in [*named, default] if default is not None and api.dialect == "3.2" else named:
            found += _schema(api, node)
    if met["Link"]:
        ids = {one.value["operationId"] for one in met["Operation"] if isinstance(one.value.get("operationId"), str)}
        for link in met["Link"]:
            found += _operation(link.get("operationId"), ids)
    return found


def _schema(api: Api, node: Node) -> list[Finding]:
    """What is wrong with the name of a schema, or the reference to one, at *node*."""
    named = node.value
    if not isinstance(named, str) or named in api.schemas:
        return []
    try:
        api.references.resolve(named, node)
    except DanglingReference as error:
        if "/" in named or "#" in named or "." in named:
            return [node.finding("unknown-schema", error.fact, error.mend)]
        meant = nearest(named, api.schemas)
        mend = f"Did you mean {meant!r}?" if meant else "Define it under components/schemas"
        return [node.finding("unknown-schema", f"there is no schema {named!r}", mend)]
    return []


def _operation(node: Node | None, ids: Collection[str]) -> list[Finding]:
    if node is None or not isinstance(node.value, str) or node.value in ids:
        return []
    meant = nearest(node.value, ids)
    mend = (
        f"Did you mean {meant!r}?" if meant else "Name an operationId of this description, or write an 'operationRef'"
    )
    return [node.finding("unknown-operation", f"there is no operation {node.value!r}", mend)]
