"""
What a client is told: where to call, how long to wait, what to send along. A frozen record, made of the config.

`with_options(...)` of a client makes another of it. Neighbours: policy.py has the figures of resilience, servers.py
looks for a URL where none is told.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pymacaron import config
from pymacaron.client.policy import Policy
from pymacaron.exceptions import ConfigError
from pymacaron.finding import did_you_mean

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from pymacaron.client.attempts import Attempted, Credentials, Received, Send
    from pymacaron.client.events import Observer

__all__ = ["OPTIONS", "Network", "Options", "changed", "demanded", "of_config", "timed"]

#: dict: what with_options() and the config call it -> what Policy does
_OF_POLICY = {
    "timeout": "timeout",
    "connect_timeout": "connect_timeout",
    "read_timeout": "read_timeout",
    "max_attempts": "attempts",
}


@dataclass(frozen=True, slots=True)
class Network:
    """
    How hosts are reached. `ca_file`: PEM file of the authorities that are trusted, in the place of the machine's.
    `proxy`: its URL; "": none; None: what the environment says. `max_connections` to one host. `is_verified`: whether
    certificates are looked at; no option and no config can say that they are not, but a tester's tool can.
    """

    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    max_connections: int = 100
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class Options:
    """
    `url`: the base URL; "": the description's. `variables` of the description's server: dict of name -> value.
    `headers`: sent with every call. `validation` of replies; `sample`: which share of them
    `report` looks at, None: the first 100 of an operation, and then 0.01. `max_reply_bytes`: of one that is read whole.

    Plugs: `transport(send) -> Received` and `atransport`, its awaited twin, in the place of a socket; `credentials`
    adds what says who calls; `observe` is told of each attempt, the `observers` of each call; `loop()` gives the event
    loop that awaited calls belong to, None where it is the one that runs.
    """

    url: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    validation: Literal["strict", "report", "off"] = "report"
    sample: float | None = None
    max_reply_bytes: int = 100_000_000
    policy: Policy = field(default_factory=Policy)
    network: Network = field(default_factory=Network)
    transport: Callable[[Send], Received] | None = None
    atransport: Callable[[Send], Awaitable[Received]] | None = None
    credentials: Credentials | None = None
    observe: Callable[[Attempted], Any] | None = None
    loop: Callable[[], AbstractEventLoop | None] | None = None
    observers: list[Observer] = field(default_factory=list)


_OWN = frozenset(one.name for one in fields(Options)) - {"network"}
_OF_NETWORK = frozenset(one.name for one in fields(Network)) - {"is_verified"}
_KNOWN = (*sorted(_OWN), *_OF_POLICY, *sorted(_OF_NETWORK))
#: What with_options() takes
OPTIONS = frozenset((*_KNOWN, "auth"))
_CALLED = ("transport", "atransport", "observe", "loop")


def demanded(api: str, changes: dict[str, Any]) -> dict[str, Any]:
    """
    Options for the client of *api* as they can be used: what the config may say of one, which with_options() may, too.

    Raises ConfigError for a value that does not fit; it shows none, since some are secrets. TypeError: see changed().
    """
    made = {name: value for name, value in changes.items() if value is not None}
    if made.get("proxy") is False:
        made["proxy"] = ""
    if isinstance(made.get("ca_file"), os.PathLike):
        made["ca_file"] = os.fspath(made["ca_file"])
    for name, value in made.items():
        told = _misfit(name, value)
        if told:
            raise ConfigError(f"{name} of {api} is {told}")
    return made


def _misfit(name: str, value: Any) -> str:
    """What is wrong with the option *name*, after "is"; '' where nothing is, or it is not known."""
    if name in _CALLED:
        return "" if callable(value) else "nothing that can be called"
    if name == "policy":
        return "" if isinstance(value, Policy) else "no pymacaron.client.policy.Policy"
    if name == "observers":
        fits = isinstance(value, (list, tuple)) and all(hasattr(one, "begin") and hasattr(one, "end") for one in value)
        return "" if fits else "no list of what has begin and end"
    if name == "sample":
        return "" if isinstance(value, (int, float)) and 0 <= value <= 1 else "no number from 0 to 1"
    if name in ("headers", "variables") and isinstance(value, Mapping):
        value = dict(value)
    is_default = name in ("url", "proxy") and value == ""
    return "" if is_default or name not in _TOLD else config.client_fault(name, value)


#: Options that the config may say, too
_TOLD = frozenset((*_OF_POLICY, *_OF_NETWORK, "url", "variables", "headers", "validation", "max_reply_bytes"))


def changed(options: Options, **changes: Any) -> Options:
    """
    *options* with the *changes*, those of the policy and the network among them by their own names; None leaves one as
    it is, `headers` are added to those that are there. Raises TypeError for an unknown name.

    A `read_timeout` above the `timeout` that was there raises that, too.
    """
    own: dict[str, Any] = {}
    policy: dict[str, Any] = {}
    network: dict[str, Any] = {}
    for name, value in changes.items():
        if value is None:
            continue
        if name in _OWN:
            own[name] = value
        elif name in _OF_POLICY:
            policy[_OF_POLICY[name]] = value
        elif name in _OF_NETWORK:
            network[name] = value
        else:
            raise TypeError(f"a client has no option {name!r}. {did_you_mean(name, _KNOWN)}".rstrip())
    if "headers" in own:
        own["headers"] = MappingProxyType({**options.headers, **own["headers"]})
    if policy:
        own["policy"] = timed(own.get("policy", options.policy), policy)
    if network:
        own["network"] = replace(options.network, **network)
    return replace(options, **own)


def timed(policy: Policy, changes: Mapping[str, Any]) -> Policy:
    """*policy* with those *changes*, whose times belong together."""
    made = dict(changes)
    if "timeout" in made:
        for name in ("read_timeout", "write_timeout", "pool_timeout"):
            made.setdefault(name, made["timeout"])
    longest = max((made[name] for name in ("read_timeout", "connect_timeout") if name in made), default=0.0)
    if "timeout" not in made and longest > policy.timeout:
        made["timeout"] = longest
    return replace(policy, **made)


def of_config(options: Options, given: Mapping[str, Any] | None) -> Options:
    """*options* with what the config says of the api in `clients`. `auth` is for whoever makes the credentials."""
    known = {name: value for name, value in (given or {}).items() if name != "auth"}
    if known.get("proxy") is False:
        known["proxy"] = ""
    if known.get("validation") is False:  # YAML's off
        known["validation"] = "off"
    return changed(options, **known) if known else options
