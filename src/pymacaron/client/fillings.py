"""
What fills one security scheme: a fixed secret, the token of the user who calls, or one that an issuer gives.

Each knows where it belongs in a call, whether something is there already, and puts itself there.
Source: RFC 6750, section 2.1; RFC 7617; OpenAPI 3.1.1, "Security Scheme Object".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus, urljoin

from pymacaron.client.attempts import Send
from pymacaron.client.options import Options
from pymacaron.client.servers import base_url
from pymacaron.config import USER
from pymacaron.source import Node
from pymacaron.spec.model import Api, Operation, SecurityScheme

if TYPE_CHECKING:
    from pymacaron.client.issuers import Grant

__all__ = ["Fixed", "Issued", "User", "filling", "misfit"]

_AUTHORIZATION = "Authorization"
_BEARER = "Bearer "
#: What a header can hold; httpx2 would quote another in its message
_SENDABLE = re.compile(r"[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?")
#: What a cookie may hold unquoted. Source: RFC 6265, section 4.1.1
_IN_COOKIE = "!#$&'()*+-./:<=>?@[]^_`{|}~"
_TAKES_TOKEN = frozenset(("oauth2", "openIdConnect"))


@dataclass(frozen=True, slots=True)
class Fixed:
    """*secret*, at the place *where* that is called *name*."""

    where: str
    name: str
    secret: str = field(repr=False)

    def text(self) -> str:
        return self.secret

    def is_there(self, send: Send) -> bool:
        return _is_there(self.where, self.name, send)

    def put(self, send: Send, text: str) -> None:
        _put(self.where, self.name, text, send)


@dataclass(frozen=True, slots=True)
class User:
    """The token of backend_token(), else of the user who calls, behind *prefix*."""

    where: str
    name: str
    prefix: str

    @property
    def is_known(self) -> bool:
        return bool(_token())

    def text(self) -> str:
        return f"{self.prefix}{_token()}"

    def is_there(self, send: Send) -> bool:
        return _is_there(self.where, self.name, send)

    def put(self, send: Send, text: str) -> None:
        _put(self.where, self.name, text, send)


@dataclass(frozen=True, slots=True)
class Issued:
    """The bearer token that *grant* gives, of those that the process has."""

    grant: Grant

    def text(self, send: Send, options: Options) -> str:
        from pymacaron.client.tokens import TOKENS

        return f"{_BEARER}{TOKENS.token(self.grant, options.network, _left(send, options))}"

    async def atext(self, send: Send, options: Options) -> str:
        from pymacaron.client.tokens import TOKENS

        return f"{_BEARER}{await TOKENS.atoken(self.grant, options.network, _left(send, options))}"

    def refused(self, sent: str) -> bool:
        """Whether another token may do better than that in *sent*, an Authorization header."""
        from pymacaron.client.tokens import TOKENS

        return sent.startswith(_BEARER) and TOKENS.refused(self.grant, sent.removeprefix(_BEARER))

    def is_there(self, send: Send) -> bool:
        return _is_there("header", _AUTHORIZATION, send)

    def put(self, send: Send, text: str) -> None:
        _put("header", _AUTHORIZATION, text, send)


def filling(
    api: Api, operation: Operation, options: Options, name: str, value: Any, scopes: tuple[str, ...]
) -> Fixed | User | Issued:
    """What fills the scheme *name* of *api* for *operation*, by *value*, of which misfit() has nothing to say."""
    scheme = api.security_schemes[name]
    if scheme.type == "apiKey":
        is_bearer = scheme.location == "header" and scheme.key.lower() == "authorization"
        if value == USER:
            return User(scheme.location, scheme.key, _BEARER if is_bearer else "")
        return Fixed(scheme.location, scheme.key, value)
    if value == USER:
        return User("header", _AUTHORIZATION, _BEARER)
    if isinstance(value, str):
        return Fixed("header", _AUTHORIZATION, f"{_BEARER}{value}")
    if "username" in value:
        pair = f"{value['username']}:{value['password']}".encode()
        return Fixed("header", _AUTHORIZATION, f"Basic {base64.b64encode(pair).decode()}")
    base = f"{base_url(api, operation, options.url, options.variables)}/"
    return Issued(_grant(scheme, value, scopes, base))


def _grant(scheme: SecurityScheme, value: Mapping[str, Any], scopes: tuple[str, ...], base: str) -> Grant:
    """
    With the scopes of the requirement, where *value* says none. A refresh token gives what was granted with it: all
    operations share that, since an issuer may give a new one each time.
    """
    from pymacaron.client.issuers import Grant

    refresh_token = value.get("refresh_token", "")
    token_url, discovery = _urls(scheme, value)
    said = value.get("scopes", () if refresh_token else sorted(scopes))
    return Grant(
        urljoin(base, token_url) if token_url else "",
        urljoin(base, discovery) if discovery else "",
        value["client_id"],
        value.get("client_secret", ""),
        refresh_token,
        said if isinstance(said, str) else " ".join(said),
        value.get("audience", ""),
        value.get("client_auth") == "client_secret_post",
    )


def misfit(api: Api, scheme: SecurityScheme, value: Any) -> tuple[str, str] | None:
    """Fact and mend of a *value* that *scheme* cannot be filled with; None where it can. Shows no secret."""
    name = scheme.name
    if scheme.type == "apiKey":
        fits, wanted = isinstance(value, str), "a text: the key"
        if scheme.location not in ("header", "query", "cookie") or not scheme.key:
            return (
                f"the apiKey {name!r} of {api.name!r} says no place to fill",
                "Say its `in` and `name`",
            )
    elif scheme.type == "http" and scheme.scheme == "basic":
        fits, wanted = isinstance(value, Mapping) and "username" in value, "{username: ..., password: ...}"
    elif scheme.type == "http" and scheme.scheme == "bearer":
        fits, wanted = isinstance(value, str), "a text: the token"
    elif scheme.type in _TAKES_TOKEN:
        fits = isinstance(value, str) or "client_id" in value
        wanted = "{client_id: ..., client_secret: ...}, or a text: the token"
    else:
        fact = f"{name!r} of {api.name!r} is of the type {scheme.type} {scheme.scheme}".rstrip()
        return f"{fact}, which a client cannot fill from the config", "Use x-decorate-request, or a transport"
    if not fits:
        return f"{name!r} of {api.name!r} is not filled by this", f"Write {name}: {wanted}"
    return _unsendable(scheme, value) or (_unreachable(scheme, value) if isinstance(value, Mapping) else None)


def _unsendable(scheme: SecurityScheme, value: Any) -> tuple[str, str] | None:
    if isinstance(value, str) and scheme.type == "apiKey" and scheme.location != "header":
        return None
    if isinstance(value, str) and not _SENDABLE.fullmatch(value):
        fact = f"what fills {scheme.name!r} begins or ends with a blank, or has a line break: no header can hold it"
        return fact, "Look at the variable: a file that it was read from may end in a line break"
    if isinstance(value, Mapping) and ":" in value.get("username", ""):
        return f"the username for {scheme.name!r} has a colon, which http basic has no way to send", "Use another"
    return None


def _unreachable(scheme: SecurityScheme, value: Mapping[str, Any]) -> tuple[str, str] | None:
    if "client_id" not in value:
        return None
    from pymacaron.auth.fetching import is_safe

    where = "".join(_urls(scheme, value))
    if not where:
        return f"nothing says where tokens for {scheme.name!r} are asked for", "Add token_url: https://..."
    if "://" in where and not is_safe(where):
        fact = f"tokens for {scheme.name!r} would not come by https: {where.partition('?')[0]!r:.80}"
        return fact, "Give a token_url that begins with https://"
    return None


def _urls(scheme: SecurityScheme, value: Mapping[str, Any]) -> tuple[str, str]:
    """The token endpoint, else the document that names it, by what is told and by the description; '' where none is."""
    told = value.get("token_url")
    if told:
        return told, ""
    if scheme.type == "openIdConnect":
        return "", _member(scheme.node, "openIdConnectUrl")
    flows = scheme.node.get("flows")
    found = dict(flows.members()) if flows is not None else {}
    ordered = [scheme.node, *(found[one] for one in ("clientCredentials",) if one in found), *found.values()]
    if value.get("refresh_token"):
        ordered = [scheme.node, *found.values()]
        refresh = next((url for one in ordered if (url := _member(one, "refreshUrl"))), "")
        if refresh:
            return refresh, ""
    token_url = next((url for one in ordered if (url := _member(one, "tokenUrl"))), "")
    return token_url, "" if token_url else _member(scheme.node, "oauth2MetadataUrl")


def _member(node: Node, name: str) -> str:
    found = node.get(name)
    return found.value if found is not None and isinstance(found.value, str) else ""


def _token() -> str:
    from pymacaron.auth.identity import outgoing_token

    return outgoing_token()


def _left(send: Send, options: Options) -> float | None:
    """The seconds that the call has for its token."""
    return None if send.deadline is None else send.deadline - options.policy.clock()


def _is_there(where: str, name: str, send: Send) -> bool:
    if where == "header":
        lower = name.lower()
        return any(one.lower() == lower for one, _ in send.headers)
    if where == "query":
        query = send.url.partition("?")[2]
        return any(unquote_plus(one.partition("=")[0]) == name for one in query.split("&"))
    sent = (value for one, value in send.headers if one.lower() == "cookie")
    return any(pair.strip().partition("=")[0] == name for value in sent for pair in value.split(";"))


def _put(where: str, name: str, text: str, send: Send) -> None:
    """Add *text* to *send*; its headers are a list of its own."""
    if where == "header":
        send.headers.append((name, text))
    elif where == "query":
        send.url += f"{'&' if '?' in send.url else '?'}{quote(name, safe='')}={quote(text, safe='')}"
    else:
        pair = f"{name}={quote(text, safe=_IN_COOKIE)}"
        at = next((index for index, one in enumerate(send.headers) if one[0].lower() == "cookie"), None)
        if at is None:
            send.headers.append(("Cookie", pair))
        else:
            send.headers[at] = send.headers[at][0], f"{send.headers[at][1]}; {pair}"
