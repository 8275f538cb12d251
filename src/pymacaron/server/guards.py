"""
The setting `security`, and API(authenticators=) -> who enforces the security schemes of each api, or that nobody does.

What the setting leaves to others (`off`) goes before everything, then what the code gives, then the functions that the
setting names, those of an api before those of all. Makes findings of names that mean nothing and of functions that
cannot be called as authenticators are; scopes and credentials are those of auth/schemes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron.auth.schemes import Authenticator, Authenticators
from pymacaron.config import FILE, Place, Resolved
from pymacaron.finding import Finding, did_you_mean
from pymacaron.server.dotted import Importer, Problem, no_callable
from pymacaron.spec.model import Api

__all__ = ["Guards", "guards", "wanted"]

_GIVEN = "API(authenticators=...)"

#: What the setting says for one api: dict of scheme -> dotted path, or False for off
_Wanted = Mapping[str, Any]


def wanted(setting: Any, api: str) -> _Wanted | None:
    """What the *setting* `security` says for the api of that name; None where nothing of it is to be enforced."""
    if not isinstance(setting, Mapping):
        return None if setting is False else {}
    own = setting.get(api)
    if own is False:
        return None
    common = {name: one for name, one in setting.items() if not isinstance(one, Mapping)}
    return {**common, **own} if isinstance(own, Mapping) else common


@dataclass(frozen=True, slots=True)
class Guards:
    """`setting`: what `security` says; `named`: dict of dotted path in it -> function; `given`: those of the API."""

    setting: Any
    named: Mapping[str, Authenticator]
    given: Mapping[str, Authenticator]

    def of(self, api: str) -> Authenticators | None:
        """The authenticators of the api of that name; None where nothing of it is to be enforced."""
        said = wanted(self.setting, api)
        if said is None:
            return None
        named = {scheme: self.named[path] for scheme, path in said.items() if path in self.named}
        off: Authenticators = {scheme: False for scheme, path in said.items() if path is False}
        return {**named, **self.given, **off}


def guards(
    resolved: Resolved, given: Mapping[str, Any], apis: Iterable[Api], *, complete: bool = True
) -> tuple[Guards, list[Finding]]:
    """
    Who enforces what by the config *resolved* and the authenticators *given* in code, for *apis*, all that are known;
    and what is wrong with that. *complete*: whether there are no others that could have a name. Imports the functions.
    """
    setting = resolved.values.get("security", True)
    known = {api.name: _schemes(api) for api in apis}
    asked = {scheme for schemes in known.values() for scheme in schemes}
    findings: list[Finding] = []
    for scheme, function in given.items():
        problem = _misfit(function, f"authenticators[{scheme!r}]")
        if problem is not None:
            findings.append(Finding(_GIVEN, 0, 0, problem.code, problem.fact, problem.mend))
        elif complete and scheme not in asked:
            findings.append(Finding(_GIVEN, 0, 0, *_unknown(scheme, asked)))
    place, importer = resolved.places.get("security"), Importer()
    named: dict[str, Authenticator] = {}
    for path, value in _members(setting):
        at = (place or Place("security", FILE)).at(*path)
        if isinstance(value, str):
            try:
                named[value] = _function(importer, value, path[-1])
            except Problem as problem:
                if not problem.told:
                    findings.append(problem.where or at.finding(problem.code, problem.fact, problem.mend))
        fault = _misnamed(path, value, known) if complete else None
        if fault is not None:
            findings.append(at.finding(*fault, key=True))
    return Guards(setting, named, given), findings


def _schemes(api: Api) -> frozenset[str]:
    """The security schemes of *api*: those that it declares, and those that it asks for."""
    asked = (name for one in (*api.operations, *api.webhooks) for requirement in one.security for name in requirement)
    return frozenset((*api.security_schemes, *asked))


def _members(setting: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each member of the setting and of the maps in it, with the names that lead there; maps, too."""
    for name, one in setting.items() if isinstance(setting, Mapping) else ():
        yield (name,), one
        for scheme, value in one.items() if isinstance(one, Mapping) else ():
            yield (name, scheme), value


def _misnamed(path: tuple[str, ...], value: Any, known: Mapping[str, frozenset[str]]) -> tuple[str, str, str] | None:
    """Code, fact and mend of a name in the setting that means nothing, or two things."""
    first, schemes = path[0], {scheme for found in known.values() for scheme in found}
    if len(path) == 2:
        if first in known and path[1] not in known[first]:
            return _unknown(path[1], known[first], f"the api {first!r} has no security scheme")
    elif isinstance(value, Mapping):
        if first not in known:
            return "unknown-security-scheme", f"there is no api {first!r}", did_you_mean(first, known)
    elif value is False and first in known and first in schemes:
        fact = f"{first!r} is the name of an api and of a security scheme: it is not said which of them is off"
        return "ambiguous-security", fact, f"Name the schemes of the api {first!r}, as in {first}: {{{first}: off}}"
    elif first not in schemes and not (value is False and first in known):
        return _unknown(first, {*schemes, *(known if value is False else ())})
    return None


def _unknown(name: str, known: Iterable[str], fact: str = "no api has a security scheme") -> tuple[str, str, str]:
    mend = did_you_mean(name, known) or "Name one that a description declares"
    return "unknown-security-scheme", f"{fact} {name!r}", mend


def _function(importer: Importer, path: str, scheme: str) -> Callable[..., Any]:
    """The authenticator that *path* names. Raises Problem."""
    what = f"security: {scheme}: {path!r}"
    found = importer.named(path, what, code="unbound-authenticator")
    problem = _misfit(found, what)
    if problem is not None:
        raise problem
    function: Callable[..., Any] = found
    return function


def _misfit(found: Any, what: str) -> Problem | None:
    """Why *found* cannot be called as an authenticator is: with a credential and scopes, for a result at once."""
    if not callable(found):
        return no_callable(found, what, "unbound-authenticator", "function")
    call = getattr(found, "__call__", None)  # noqa: B004 - an instance's method, not whether there is one
    if inspect.iscoroutinefunction(found) or inspect.iscoroutinefunction(call):
        return Problem(
            "unbound-authenticator", f"{what} is an async function", "Name a plain one: what it gives counts"
        )
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):  # written in C, and says nothing of its arguments
        return None
    try:
        signature.bind("credential", ())
    except TypeError as error:
        fact = f"{what} does not take two arguments, a credential and the scopes: {error}"
        return Problem("unbound-authenticator", fact, "Write it as: def authenticator(credential, scopes)")
    return None
