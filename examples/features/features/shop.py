"""Orders, kept in memory."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

from pymacaron import ApiPool
from pymacaron.auth import get_userid
from pymacaron.exceptions import add_error

OrderNotFound = add_error("OrderNotFound", "ORDER_NOT_FOUND", 404)

_lock = threading.Lock()
_orders = {}


def _found(order_id):
    order = _orders.get(str(order_id))
    if order is None:
        raise OrderNotFound("There is no such order")
    return order


def list_orders(limit, status, tag, fields, between, where, x_trace):
    with _lock:
        orders = [order for order in _orders.values() if status in (None, order.status)]
    return orders[:limit], 200, {"X-Total": len(orders)}


def create_order(new, x_trace):
    if new.status is None:
        raise AssertionError("the default of status did not arrive")
    order = ApiPool.shop.model.Order(**new.to_json())
    order.id, order.created, order.status = uuid4(), datetime.now(UTC), new.status
    with _lock:
        _orders[str(order.id)] = order
    return order, 201, {"Location": f"/shop/v1/orders/{order.id}"}


def get_order(order_id):
    return _found(order_id)


def change_order(change, order_id):
    order = _found(order_id)
    order.update_from_dict(change.to_json(), ignore_none=True)
    return order


def delete_order(order_id):
    _found(order_id)
    with _lock:
        _orders.pop(str(order_id), None)


def get_lines(order_id, first, last):
    return _found(order_id).lines[first : last + 1]


def get_me():
    return {"user": get_userid()}


def get_styles(simple, label, matrix, pipes, range, link, brief, x_flags, session_id):
    return {
        "simple": simple,
        "label": label,
        "matrix": matrix,
        "pipes": pipes,
        "range": range,
        "link": link,
        "brief": brief,
        "flags": x_flags,
        "session": session_id,
    }


def upload_photo(form):
    size = len(form.photo.read())
    return {"bytes": size, "title": form.about.title, **({"tags": form.tags} if form.tags is not None else {})}


def login(form):
    return f"Welcome, {form.name}{' for long' if form.remember else ''}"


def echo(data):
    return data if isinstance(data, bytes) else data.encode()


def order_paid(paid):
    _found(paid.order_id)
