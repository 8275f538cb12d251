"""
Who is measured. `Peer` is an app in one variant; its name is what the figures say. What stands at each place:

| place | ours | beside |
|---|---|---|
| in-process | as installed | every peer |
| in-process-off | replies not looked at | bare Flask, Falcon |
| in-process-hooks | with three hooks | bare Flask with the same hooks |
| in-process-strict | replies validated, one that does not fit is a 500 | bare Flask, Falcon |
| gthread, granian | as installed, on that server | the WSGI peers on the same, all others on their own |
| granian-threads | the same with four threads | bare Flask, Falcon, the floor |
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OURS", "PEERS", "PLACES", "Peer", "Place"]


@dataclass(frozen=True)
class Peer:
    """
    `module`: below apps/, a file of bench/fastify for `node`. `environment`: see environments.py. `interface`: wsgi,
    asgi or node. `keeps_open`: whether it can keep members that a schema does not name.
    """

    name: str
    module: str
    environment: str
    interface: str = "wsgi"
    variant: str = ""
    keeps_open: bool = True
    is_on_wire: bool = True


@dataclass(frozen=True)
class Place:
    """In the process: `ours` beside `others`, names of peers. A peer `renamed` is printed as another."""

    name: str
    ours: str
    others: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()


OURS = "pymacaron"

PEERS = (
    Peer(OURS, "pymacaron", "pymacaron"),
    Peer("pymacaron-off", "pymacaron", "pymacaron", variant="off", is_on_wire=False),
    Peer("pymacaron-hooks", "pymacaron", "pymacaron", variant="hooks", is_on_wire=False),
    Peer("pymacaron-strict", "pymacaron", "pymacaron", variant="strict", is_on_wire=False),
    Peer("bare-flask", "flask", "flask"),
    Peer("bare-flask-hooks", "flask", "flask", variant="hooks", is_on_wire=False),
    Peer("flask-pydantic", "flask_pydantic", "flask-pydantic"),
    Peer("connexion-flask", "connexion", "connexion", "asgi", variant="flask"),
    Peer("connexion-async", "connexion", "connexion", "asgi", variant="async"),
    Peer("fastapi", "fastapi", "fastapi", "asgi"),
    Peer("litestar", "litestar", "litestar", "asgi", keeps_open=False),
    Peer("falcon-msgspec", "falcon", "falcon", keeps_open=False),
    Peer("falcon-msgspec-keeping", "falcon", "falcon", variant="keeping", is_on_wire=False),
    Peer("raw-wsgi", "raw", "falcon", keeps_open=False),
    Peer("fastify", "app.js", "", "node"),
)

_BESIDE = tuple(
    peer.name
    for peer in PEERS
    if peer.interface != "node" and not peer.name.startswith(OURS) and "hooks" not in peer.name
)
_FEW = ("bare-flask", "falcon-msgspec")

PLACES = (
    Place("in-process", OURS, _BESIDE),
    Place("in-process-off", "pymacaron-off", _FEW),
    Place("in-process-hooks", "pymacaron-hooks", ("bare-flask-hooks",), (("bare-flask-hooks", "bare-flask"),)),
    Place("in-process-strict", "pymacaron-strict", _FEW),
)
