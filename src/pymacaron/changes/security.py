"""
Who may call: a call that was let in has to be let in.

Schemes are the same where they ask for the same thing, whatever they are called.
Source: OpenAPI 3.1.1, "Security Requirement Object".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.spec.model import Api, Operation, SecurityRequirement, SecurityScheme

__all__ = ["Security"]

_ADDRESSES = frozenset(("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl", "openIdConnectUrl"))

#: What each of several schemes asks for, with its scopes
_Needs = dict[Any, frozenset[str]]


class Security:
    """Compares what two descriptions ask for."""

    def __init__(self, old: Api, new: Api):
        self._old, self._new = old, new

    def compare(self, notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
        """What has changed for who calls *old*."""
        before = [(one, _needs(one, self._old)) for one in old.security or ({},)]
        after = [(one, _needs(one, self._new)) for one in new.security or ({},)]
        places = old.node.get("security") or old.node, new.node.get("security") or new.node
        lost = [said for said, needs in before if not any(_meets(needs, other) for _, other in after)]
        gained = [said for said, needs in after if not any(_meets(needs, other) for _, other in before)]
        if lost:
            now = " or ".join(_shown(said) for said, _ in after)
            fact = f"calls with {' or '.join(map(_shown, lost))} are refused: asked for is {now}"
            yield notes.change("breaking", "security-tightened", fact, "", *places)
        elif gained or any(not any(_meets(other, needs) for _, other in after) for _, needs in before):
            fact = f"calls with {' or '.join(_shown(said) for said, _ in after)} are let in"
            yield notes.change("compatible", "security-loosened", fact, "", *places)
        yield from self._addresses(notes, old, new)

    def _addresses(self, notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
        before = {name: self._old.security_schemes.get(name) for one in old.security for name in one}
        after = {name: self._new.security_schemes.get(name) for one in new.security for name in one}
        for name in before.keys() & after.keys():
            one, other = before[name], after[name]
            if one is None or other is None or _urls(one) == _urls(other) or not _urls(one):
                continue
            fact = f"the addresses of {name!r} have changed"
            why = "clients that know the old ones get no tokens, or others"
            yield notes.change("risky", "security-address-changed", fact, why, one.node, other.node)


def _meets(needs: _Needs, asked: _Needs) -> bool:
    """Whether who brings *needs* brings what is *asked*."""
    return all(scheme in needs and scopes <= needs[scheme] for scheme, scopes in asked.items())


def _needs(requirement: SecurityRequirement, api: Api) -> _Needs:
    found: _Needs = {}
    for name, scopes in requirement.items():
        scheme = api.security_schemes.get(name)
        identity = _identity(scheme) if scheme is not None else ("unknown", name)
        found[identity] = found.get(identity, frozenset()) | frozenset(scopes)
    return found


def _identity(scheme: SecurityScheme) -> Any:
    key = scheme.key.lower() if scheme.location == "header" else scheme.key
    name = scheme.name if scheme.type in ("oauth2", "openIdConnect") else ""
    return scheme.type, scheme.location, key, scheme.scheme, name


def _shown(requirement: SecurityRequirement) -> str:
    parts = [f"{name}[{' '.join(scopes)}]" if scopes else name for name, scopes in requirement.items()]
    return " + ".join(parts) or "nothing"


def _urls(scheme: SecurityScheme) -> set[str]:
    """The addresses that a scheme names, whichever version of the format it is written in."""
    found, todo = set[str](), [scheme.node.value]
    while todo:
        at = todo.pop()
        if isinstance(at, dict):
            found |= {str(value) for key, value in at.items() if key in _ADDRESSES}
            todo += at.values()
    return found
