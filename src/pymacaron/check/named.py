"""Whether what a description names is there: schemas of discriminators, operations of links, scopes of OAuth 2."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pymacaron.finding import Finding, did_you_mean, nearest
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["unknown_names", "unknown_scopes"]


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


def unknown_scopes(api: Api) -> list[Finding]:
    """Every scope that a requirement of *api* asks for, of a scheme oauth2 that does not declare it."""
    declared = {name: _scopes(one.node) for name, one in api.security_schemes.items() if one.type == "oauth2"}
    if not declared:
        return []
    places = [api.root.get("security"), *(one.node.get("security") for one in (*api.operations, *api.webhooks))]
    found: list[Finding] = []
    for name, node in (pair for place in places if place is not None for pair in _asked(place)):
        if name in declared and isinstance(node.value, str) and node.value not in declared[name]:
            known = declared[name]
            mend = did_you_mean(node.value, known) or "Declare it under `scopes` of the scheme"
            found.append(node.finding("unknown-scope", f"{name!r} declares no scope {node.value!r}", mend))
    return list(dict.fromkeys(found))


def _asked(security: Node) -> Iterator[tuple[str, Node]]:
    """The name of a scheme and a scope, of each scope that the requirements *security* ask for."""
    for requirement in security.items() if isinstance(security.value, list) else ():
        for name, scopes in requirement.members() if isinstance(requirement.value, dict) else ():
            for scope in scopes.items() if isinstance(scopes.value, list) else ():
                yield name, scope


def _scopes(scheme: Node) -> set[str]:
    """The scopes that an oauth2 declares: of Swagger 2.0 itself, else in all its flows."""
    flows = scheme.get("flows")
    owners = [scheme, *(node for _, node in flows.members())] if flows is not None else [scheme]
    found: set[str] = set()
    for owner in owners:
        scopes = owner.get("scopes") if isinstance(owner.value, dict) else None
        if scopes is not None and isinstance(scopes.value, dict):
            found |= {str(name) for name in scopes.value}
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
