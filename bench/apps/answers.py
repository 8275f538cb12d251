"""What the handlers of several apps do: on plain JSON values, on objects with attributes, and for 500 operations."""

from __future__ import annotations

from typing import Any

__all__ = ["ACCEPTED", "accepted", "counted", "item", "total"]

ACCEPTED = {"order_id": 1, "state": "accepted"}


def item(id: int, verbose: bool) -> dict[str, Any]:
    return {"id": id, "name": "thing", "price": 9.5, "active": True, "tags": ["a", "b"], "verbose": verbose}


def accepted(order: dict[str, Any]) -> dict[str, Any]:
    """The reply to an order of plain values; one absent member is read."""
    amount = 0.0
    for line in order["items"]:
        amount += line["quantity"] * line["unit_price"]
    discount = order.get("discount")
    if discount is not None:
        amount *= 1 - discount / 100
    return {**order, **ACCEPTED, "total": amount}


def counted(bulk: dict[str, Any]) -> dict[str, Any]:
    amount = 0.0
    for line in bulk["items"]:
        amount += line["quantity"] * line["unit_price"]
    return {"count": len(bulk["items"]), "total": amount}


def total(order: Any) -> float:
    """The same of an order or a bulk with attributes; *order.discount* is asked for by whoever calls."""
    amount = 0.0
    for line in order.items:
        amount += line.quantity * line.unit_price
    return amount
