"""
Who may call: a call that was let in has to be let in.

Schemes are the same where they ask for the same thing, whatever they are called: a name is a key of the description,
and nothing on the wire. Of OAuth2 and OpenID Connect there may be several, whose tokens differ: those are the same that
have the same name, or else the same addresses. Scopes count.
Source: OpenAPI 3.1.1, "Security Requirement Object", "Security Scheme Object", "Components Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.spec.model import Api, Operation, SecurityRequirement, SecurityScheme

__all__ = ["Security"]

#: The types of which there may be several that no header tells apart
_ISSUED = frozenset(("oauth2", "openIdConnect"))
_ADDRESSES = frozenset(("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl", "openIdConnectUrl"))

#: What each of several schemes asks for, with its scopes
_Needs = dict[Any, frozenset[str]]


class Security:
    """Compares what two descriptions ask for."""

    def __init__(self, old: Api, new: Api):
        self._old, self._new = old, new
        self._names = _issued(old, new)

    def compare(self, notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
        """What has changed for who calls *old*."""
        before = [(one, _needs(one, self._old, self._names[0])) for one in old.security or ({},)]
        after = [(one, _needs(one, self._new, self._names[1])) for one in new.security or ({},)]
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


def _issued(old: Api, new: Api) -> tuple[dict[str, str], dict[str, str]]:
    """dict: name of a scheme that tokens are issued for -> a name that it shares with those that are the same."""
    known: dict[Any, str] = {}
    before = {name: known.setdefault(key, name) for name, key in _issuers(old)}
    after = {name: known.setdefault(key, before.get(name, name)) for name, key in _issuers(new)}
    return before, after


def _issuers(api: Api) -> Iterator[tuple[str, Any]]:
    for name, scheme in api.security_schemes.items():
        if scheme.type in _ISSUED:
            yield name, (scheme.type, frozenset(_urls(scheme)))


def _needs(requirement: SecurityRequirement, api: Api, names: Mapping[str, str]) -> _Needs:
    """What *requirement* of *api* asks for; *names*: by what other names schemes are known."""
    found: _Needs = {}
    for name, scopes in requirement.items():
        scheme = api.security_schemes.get(name)
        identity = _identity(scheme, names.get(name, name)) if scheme is not None else ("unknown", name)
        found[identity] = found.get(identity, frozenset()) | frozenset(scopes)
    return found


def _identity(scheme: SecurityScheme, known_as: str) -> Any:
    key = scheme.key.lower() if scheme.location == "header" else scheme.key
    name = known_as if scheme.type in _ISSUED else ""
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
