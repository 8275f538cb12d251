"""The schemas of description.py as pydantic's models, for the apps that use them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from apps import answers

__all__ = ["Bulk", "BulkReply", "Done", "Id", "Item", "Order", "OrderReply", "accepted", "counted"]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Address(Closed):
    street: Annotated[str, Field(min_length=1, max_length=200)]
    city: Annotated[str, Field(min_length=1, max_length=100)]
    zip: Annotated[str, Field(pattern="^[0-9A-Z -]{3,10}$")]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]


class Customer(Closed):
    id: Annotated[int, Field(ge=1)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(pattern=r"^[^@ ]+@[^@ ]+\.[a-z]{2,}$")]
    phone: Annotated[str | None, Field(pattern=r"^\+?[0-9]{6,15}$")] = None
    address: Address


class LineItem(Closed):
    sku: Annotated[str, Field(pattern="^[A-Z]{3}-[0-9]{4}$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    quantity: Annotated[int, Field(ge=1, le=1000)]
    unit_price: Annotated[float, Field(ge=0, le=100000)]
    currency: Literal["EUR", "USD", "SEK", "GBP"]
    status: Literal["new", "packed", "shipped"] | None = None
    created_at: AwareDatetime


Lines = Annotated[list[LineItem], Field(min_length=1, max_length=1000)]


class Order(BaseModel):
    model_config = ConfigDict(extra="allow")

    reference: Annotated[str, Field(pattern="^ORD-[0-9]{6}$")]
    customer: Customer
    items: Lines
    placed_at: AwareDatetime
    notes: Annotated[str | None, Field(max_length=500)] = None
    priority: Annotated[int | None, Field(ge=0, le=9)] = None
    discount: Annotated[int | None, Field(ge=0, le=100)] = None


class OrderReply(Order):
    order_id: int
    state: Literal["accepted", "rejected"]
    total: float


class Item(Closed):
    id: int
    name: str
    price: float
    active: bool
    tags: list[str]
    verbose: bool


class Bulk(Closed):
    items: Lines


class BulkReply(Closed):
    count: int
    total: float


class Id(Closed):
    id: int


class Done(Closed):
    ok: bool


def accepted(order: Order) -> OrderReply:
    total = answers.total(order)
    if order.discount is not None:
        total *= 1 - order.discount / 100
    members: dict[str, Any] = {**dict(order), **answers.ACCEPTED, "total": total}
    return OrderReply(**members)


def counted(bulk: Bulk) -> BulkReply:
    return BulkReply(count=len(bulk.items), total=answers.total(bulk))
