"""
The six requests that every app of the benchmark answers, and what it must answer them.

W1 GET that says `{}`; W2 GET with a typed value in the path and in the query; W3 POST of an order of 1 KB, with one
member that its schema does not name, which the reply has as well; W4 the same with four mistakes: a 400; W5 POST of
500 lines, 100 KB; W6 GET of one of 500 operations. Only the standard library: the processes of all peers read this.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["LEFT_OPEN", "WORKLOADS", "Workload"]

#: the member of W3 that the schema does not name
LEFT_OPEN = "gift"

_LINES_OF_W3, _LINES_OF_W5 = 5, 500


@dataclass(frozen=True)
class Workload:
    """`reply`: the JSON value of a reply; None where each app has its own, for a mistake."""

    name: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    status: int = 200
    reply: Any = None

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def problem(self, status: int, body: bytes, keeps_open: bool = True) -> str:
        """
        What is wrong with a reply; empty where nothing is. *keeps_open*: whether the app can keep members that its
        schema does not name.
        """
        if status != self.status:
            return f"{self.name}: status {status}, not {self.status}: {body[:300]!r}"
        if self.reply is None:
            return ""
        wanted = self.reply
        if not keeps_open:
            wanted = {name: value for name, value in wanted.items() if name != LEFT_OPEN}
        found = json.loads(body)
        return "" if found == wanted else f"{self.name}: {body[:2000]!r}, not {json.dumps(wanted)[:2000]}"


def _line(number: int, name: str) -> dict[str, Any]:
    return {
        "sku": f"ABC-{number:04d}",
        "name": name,
        "quantity": 1 + number % 900,
        "unit_price": 9.5 + number,
        "currency": ("EUR", "USD", "SEK", "GBP")[number % 4],
        "status": ("new", "packed", "shipped")[number % 3],
        "created_at": f"2026-03-{1 + number % 28:02d}T12:{number % 60:02d}:00Z",
    }


def _order() -> dict[str, Any]:
    return {
        "reference": "ORD-000123",
        "customer": {
            "id": 42,
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "+46701234567",
            "address": {"street": "12 Analytical Lane", "city": "Stockholm", "zip": "11122", "country": "SE"},
        },
        "items": [_line(number, f"Blue widget, size {number}") for number in range(_LINES_OF_W3)],
        "placed_at": "2026-03-04T10:11:12Z",
        "notes": "leave at the door",
        "priority": 3,
        LEFT_OPEN: {"wrapped": True, "card": "Happy birthday"},
    }


def _mistaken() -> dict[str, Any]:
    order = _order()
    order["items"][2]["quantity"] = -1
    order["items"][4]["currency"] = "DKK"  # one that the shop does not take
    order["customer"]["email"] = "nope"
    del order["placed_at"]
    return order


def _bulk() -> dict[str, Any]:
    named = (f"Blue widget, size {number}, second batch of the cold season, in oak" for number in range(_LINES_OF_W5))
    return {"items": [_line(number, name) for number, name in enumerate(named)]}


def _total(items: list[dict[str, Any]]) -> float:
    return float(sum(item["quantity"] * item["unit_price"] for item in items))


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


_ACCEPTED = {"order_id": 1, "state": "accepted", "total": _total(_order()["items"])}
_ITEM = {"id": 42, "name": "thing", "price": 9.5, "active": True, "tags": ["a", "b"], "verbose": True}
_COUNTED = {"count": _LINES_OF_W5, "total": _total(_bulk()["items"])}

#: dict: name -> Workload
WORKLOADS = {
    one.name: one
    for one in (
        Workload("W1", "GET", "/ping", reply={}),
        Workload("W2", "GET", "/items/42", "verbose=true", reply=_ITEM),
        Workload("W3", "POST", "/orders", body=_json(_order()), reply={**_order(), **_ACCEPTED}),
        Workload("W4", "POST", "/orders", body=_json(_mistaken()), status=400),
        Workload("W5", "POST", "/bulk", body=_json(_bulk()), reply=_COUNTED),
        Workload("W6", "GET", "/v1/res77/12", reply={"id": 12}),
    )
}
