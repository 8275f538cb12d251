"""
The schemas of description.py as msgspec's Structs, for the apps that use them. An open Struct passes over what it does
not know and cannot keep it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from apps import answers

__all__ = ["Bulk", "BulkReply", "Done", "Id", "Item", "Order", "OrderReply", "accepted", "counted", "item"]

Time = Annotated[datetime, Meta(tz=True)]


class Address(Struct, forbid_unknown_fields=True):
    street: Annotated[str, Meta(min_length=1, max_length=200)]
    city: Annotated[str, Meta(min_length=1, max_length=100)]
    zip: Annotated[str, Meta(pattern="^[0-9A-Z -]{3,10}$")]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class Customer(Struct, forbid_unknown_fields=True):
    id: Annotated[int, Meta(ge=1)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    email: Annotated[str, Meta(pattern=r"^[^@ ]+@[^@ ]+\.[a-z]{2,}$")]
    address: Address
    phone: Annotated[str, Meta(pattern=r"^\+?[0-9]{6,15}$")] | UnsetType = UNSET


class LineItem(Struct, forbid_unknown_fields=True):
    sku: Annotated[str, Meta(pattern="^[A-Z]{3}-[0-9]{4}$")]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    quantity: Annotated[int, Meta(ge=1, le=1000)]
    unit_price: Annotated[float, Meta(ge=0, le=100000)]
    currency: Literal["EUR", "USD", "SEK", "GBP"]
    created_at: Time
    status: Literal["new", "packed", "shipped"] | UnsetType = UNSET


Lines = Annotated[list[LineItem], Meta(min_length=1, max_length=1000)]


class Order(Struct, kw_only=True):
    reference: Annotated[str, Meta(pattern="^ORD-[0-9]{6}$")]
    customer: Customer
    items: Lines
    placed_at: Time
    notes: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0, le=9)] | UnsetType = UNSET
    discount: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET


class OrderReply(Order, kw_only=True):
    order_id: int
    state: Literal["accepted", "rejected"]
    total: float


class Item(Struct):
    id: int
    name: str
    price: float
    active: bool
    tags: list[str]
    verbose: bool


class Bulk(Struct, forbid_unknown_fields=True):
    items: Lines


class BulkReply(Struct):
    count: int
    total: float


class Id(Struct):
    id: int


class Done(Struct):
    ok: bool


def item(id: int, verbose: bool) -> Item:
    return Item(id, "thing", 9.5, True, ["a", "b"], verbose)


def amount(order: Order) -> float:
    total = answers.total(order)
    if order.discount is not UNSET:
        total *= 1 - order.discount / 100
    return total


def accepted(order: Order) -> OrderReply:
    members = {name: getattr(order, name) for name in order.__struct_fields__}
    return OrderReply(**members, order_id=1, state="accepted", total=amount(order))


def counted(bulk: Bulk) -> BulkReply:
    return BulkReply(len(bulk.items), answers.total(bulk))
