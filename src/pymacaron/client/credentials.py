"""
What the security requirements of a description ask for, filled: by the setting `clients: {<api>: {auth: ...}}` or
`with_options(auth=...)`.

What fills each operation is worked out at its first call. What a call has already, of its caller or a decorator, stays.
A requirement that nothing fills adds nothing: the service says what it wants. Neighbours: fillings.py has what each
scheme becomes, tokens.py the tokens of OAuth2.
Source: OpenAPI 3.1.1, "Security Requirement Object".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pymacaron import config
from pymacaron.client.attempts import Received, Send
from pymacaron.client.fillings import Fixed, Issued, User, filling, misfit
from pymacaron.client.options import Options
from pymacaron.config import USER, Place, Resolved
from pymacaron.exceptions import ConfigError
from pymacaron.finding import Finding, FindingsError, did_you_mean
from pymacaron.spec.model import Api, Operation

__all__ = ["Filled", "demanded", "faults", "told"]

_Filling = Fixed | User | Issued
#: What a text given for the whole api fills, the first of these that the description has
_OF_TEXT = (("http", "oauth2", "openIdConnect"), ("apiKey",))


class Filled:
    """
    Credentials, see attempts.Credentials, of the *api* by *auth*, dict of security scheme -> what fills it, for clients
    with *options*. *always*: fills calls whatever they ask for. Its repr shows no secret.
    """

    def __init__(self, api: Api, auth: Mapping[str, Any], options: Options, always: _Filling | None = None):
        self.api = api
        self.auth = auth
        self._always = always
        self._options = replace(options, credentials=None)
        #: dict: id of an operation -> it, and its alternatives, each a list of what fills its schemes
        self._plans: dict[int, tuple[Operation, list[list[_Filling]]]] = {}

    def with_options(self, options: Options) -> Filled:
        """The same, for clients that have other options."""
        return Filled(self.api, self.auth, options, self._always)

    def add(self, operation: Operation, send: Send) -> None:
        for one in self._missing(operation, send):
            text = one.text(send, self._options) if isinstance(one, Issued) else one.text()
            one.put(send, text)

    async def aadd(self, operation: Operation, send: Send) -> None:
        for one in self._missing(operation, send):
            text = await one.atext(send, self._options) if isinstance(one, Issued) else one.text()
            one.put(send, text)

    def refused(self, operation: Operation, send: Send, received: Received) -> bool:
        sent = next((value for name, value in send.headers if name.lower() == "authorization"), "")
        tried = (one for plan in self._plan(operation) for one in plan if isinstance(one, Issued))
        return any(one.refused(sent) for one in tried)

    def _missing(self, operation: Operation, send: Send) -> Iterable[_Filling]:
        """What is to be added to *send*: of the first alternative that can be filled, what is not there yet."""
        for alternative in self._plan(operation):
            if all(not isinstance(one, User) or one.is_known for one in alternative):
                return [one for one in alternative if not one.is_there(send)]
        return ()

    def _plan(self, operation: Operation) -> list[list[_Filling]]:
        known = self._plans.get(id(operation))
        if known is None or known[0] is not operation:
            known = self._plans[id(operation)] = operation, list(self._alternatives(operation))
        return known[1]

    def _alternatives(self, operation: Operation) -> Iterable[list[_Filling]]:
        """Those that this can fill, in the order of the description, but what asks for nothing."""
        if self._always is not None:
            yield [self._always]
        for requirement in operation.security:
            if requirement and all(name in self.auth and name in self.api.security_schemes for name in requirement):
                yield [
                    filling(self.api, operation, self._options, name, self.auth[name], scopes)
                    for name, scopes in requirement.items()
                ]

    def __repr__(self) -> str:
        return f"<credentials of {self.api.name} for {', '.join(sorted(self.auth)) or 'every call'}>"


def told(api: Api, auth: Any, options: Options) -> Options:
    """
    *options* with credentials by *auth*: a dict as `auth` in the config has it, whose texts are the secrets themselves;
    or a text that fills each scheme that takes a token, else each that takes a key, else is the bearer token of every
    call, where the description knows no scheme. An empty dict: none. None: those that are there.

    Raises ConfigError for what the description has no use for.
    """
    if auth is None:
        own = options.credentials
        return replace(options, credentials=own.with_options(options)) if isinstance(own, Filled) else options
    if not auth:
        return replace(options, credentials=None)
    if isinstance(auth, str):
        return replace(options, credentials=_of_text(api, auth, options))
    found = config.client_fault("auth", auth)
    misfits = _misfits(api, auth) if not found else ()
    problems = [f"is {found}"] if found else [f"{' '.join(path)}: {fact}. {mend}" for path, fact, mend in misfits]
    if problems:
        raise ConfigError(f"auth of {api.name}: {'; '.join(problems)}")
    return replace(options, credentials=Filled(api, auth, options))


def _of_text(api: Api, text: str, options: Options) -> Filled:
    schemes = api.security_schemes.values()
    for types in _OF_TEXT:
        auth = {one.name: text for one in schemes if one.type in types and not misfit(api, one, text)}
        if auth:
            return Filled(api, auth, options)
    if schemes:
        raise ConfigError(f"auth of {api.name}: no security scheme of its description takes a text")
    always = User("header", "Authorization", "Bearer ") if text == USER else Fixed("header", "Authorization", text)
    if isinstance(always, Fixed):
        always = Fixed("header", "Authorization", f"Bearer {text}")
    return Filled(api, {}, options, always)


def _misfits(api: Api, auth: Mapping[str, Any]) -> Iterable[tuple[tuple[str, ...], str, str]]:
    """Path, fact and mend of what in *auth* the description of *api* has no use for."""
    for name, value in auth.items():
        scheme = api.security_schemes.get(name)
        if scheme is None:
            mend = did_you_mean(name, api.security_schemes) or "Name one that its description declares"
            yield (name,), f"the api {api.name!r} has no security scheme {name!r}", mend
            continue
        wrong = misfit(api, scheme, value)
        if wrong:
            yield (name,), *wrong


def faults(resolved: Resolved, apis: Iterable[Api]) -> list[Finding]:
    """What of `auth` in the setting `clients` the descriptions of *apis* have no use for. Shows no secret."""
    clients = resolved.values.get("clients") or {}
    place = resolved.places.get("clients") or Place("clients", "clients")
    found = []
    for api in apis:
        auth = clients.get(api.name, {}).get("auth") or {}
        for path, fact, mend in _misfits(api, auth):
            is_name = path[-1] not in api.security_schemes
            at = place.at(api.name, "auth", *path).finding("client-auth", fact, mend, key=is_name)
            found.append(config.guarded(at, clients))
    return found


def demanded(api: Api) -> None:
    """Raises FindingsError where what the config says of the client of *api* cannot be used, or is not there."""
    resolved = config.resolved()
    owner = f"clients.{api.name}.auth."
    missing = [one for one in resolved.findings if one.code == "missing-secret" and owner in one.fact]
    found = [*missing, *faults(resolved, [api])]
    if found:
        raise FindingsError(found)
