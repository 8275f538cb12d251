"""
Security that nobody can meet, as a start would find it or a caller: an issuer that no setting knows, a misspelt name in
the setting `security`, and two credentials of one Authorization header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymacaron.auth import keys
from pymacaron.auth.schemes import is_ours, strange
from pymacaron.check.handlers import names_code
from pymacaron.config import FILE, Place, Resolved
from pymacaron.finding import Finding, nearest
from pymacaron.server import binding
from pymacaron.server.guards import wanted
from pymacaron.server.infofunctions import extension_of
from pymacaron.source import Node
from pymacaron.spec.model import Api, SecurityScheme

__all__ = ["required", "unsatisfiable"]


def required(resolved: Resolved, apis: Sequence[Api], complete: bool) -> list[Finding]:
    """
    Of the schemes that operations of *apis* with handlers ask for: those whose issuer the config *resolved* does not
    know, and those that it names by a misspelt name. *complete*: whether there are no other apis with such a name.
    """
    setting = resolved.values.get("security", True)
    known = keys.issuers(resolved)
    found: list[Finding] = []
    for api in apis:
        said = wanted(setting, api.name)
        for name in _asked(api) if said is not None else ():
            scheme = api.security_schemes.get(name)
            if said is None or name in said:
                continue
            if scheme is not None and extension_of(scheme) in scheme.node.value:
                continue
            if scheme is not None and is_ours(scheme):
                found += strange(scheme, known)
            elif complete:
                found += _misspelt(name, resolved, apis)
    return found


def _asked(api: Api) -> dict[str, None]:
    """The schemes that operations of *api* with handlers ask for."""
    return dict.fromkeys(
        name
        for operation in api.operations
        if binding.is_served(operation) and names_code(operation)
        for requirement in operation.security
        for name in requirement
    )


def _misspelt(name: str, resolved: Resolved, apis: Sequence[Api]) -> list[Finding]:
    """A Finding where the setting says something of a scheme that is none, and means *name*."""
    setting = resolved.values.get("security")
    there = {one for api in apis for one in (api.name, *api.security_schemes)}
    others = [key for key in setting if key not in there] if isinstance(setting, Mapping) else []
    meant = nearest(name, others)
    if meant is None:
        return []
    at = (resolved.places.get("security") or Place("security", FILE)).at(meant)
    fact = f"nothing enforces the security scheme {name!r}"
    return [at.finding("unenforced-security", fact, f"Write {name!r}, not {meant!r}", key=True)]


def unsatisfiable(api: Api, setting: Any = True) -> list[Finding]:
    """
    A Finding for each requirement of *api* of which one Authorization header would have to be Bearer and Basic: nobody
    can send two. *setting*: what the config says as `security`.
    """
    said = wanted(setting, api.name)
    if said is None:
        return []
    kinds = {
        name: kind
        for name, scheme in api.security_schemes.items()
        if said.get(name) is not False and (kind := _kind(scheme, said))
    }
    found = []
    for node in _requirements(api):
        names = {kinds[name]: name for name in reversed(node.value) if name in kinds}
        if len(names) > 1:
            fact = f"{names['Bearer']!r} and {names['Basic']!r} both want the one Authorization header of a call"
            mend = "Write them as two requirements, of which one is enough, or have one sent in a header of its own"
            found.append(node.finding("impossible-security", fact, mend))
    return found


def _kind(scheme: SecurityScheme, said: Mapping[str, Any]) -> str:
    """How the Authorization header begins that *scheme* wants; "" where it wants none, or its authenticator knows."""
    if scheme.type == "http":
        return {"bearer": "Bearer", "basic": "Basic"}.get(scheme.scheme, "")
    return "Bearer" if is_ours(scheme) and (scheme.type != "apiKey" or scheme.name not in said) else ""


def _requirements(api: Api) -> Iterator[Node]:
    """Each requirement that *api* and its operations write."""
    places = [api.root.get("security"), *(one.node.get("security") for one in (*api.operations, *api.webhooks))]
    for place in places:
        if place is not None and isinstance(place.value, list):
            yield from (node for node in place.items() if isinstance(node.value, dict))
