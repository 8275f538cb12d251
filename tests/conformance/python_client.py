"""
What a user of the generated package `shop_client` writes: every call has to succeed, with typed results.

Run in the folder where the package lies: python use_python_client.py http://127.0.0.1:8080 TOKEN
"""

import datetime
import sys
from io import BytesIO
from uuid import UUID

from shop_client import AuthenticatedClient, Client
from shop_client.api.default import features_shop_get_me
from shop_client.api.media import features_shop_login, features_shop_upload_photo
from shop_client.api.orders import (
    features_shop_change_order,
    features_shop_create_order,
    features_shop_delete_order,
    features_shop_get_lines,
    features_shop_get_order,
    features_shop_list_orders,
)
from shop_client.models import (
    About,
    CardPayment,
    Customer,
    Error,
    FeaturesShopListOrdersFieldsItem,
    FeaturesShopLoginLoginForm,
    FeaturesShopUploadPhotoPhotoForm,
    Line,
    NewOrder,
    Order,
    OrderBaseNotes,
    OrderChange,
    Status,
)
from shop_client.types import File

url, token = sys.argv[1:]
client = Client(base_url=f"{url}/shop/v1", raise_on_unexpected_status=True)
due = datetime.datetime(2026, 3, 4, 10, 11, 12, tzinfo=datetime.UTC)
notes = OrderBaseNotes()
notes["floor"] = "2nd"
new = NewOrder(
    customer=Customer(name="Zoë", email=None),
    lines=[Line(article="AB-123", quantity=2, price=9.5), Line(article="CD-456", quantity=1)],
    payment=CardPayment(kind="card", last_digits="1234", code="999"),
    due=due,
    notes=notes,
    place=[52.1, 5.1],
)

order = features_shop_create_order.sync(client=client, body=new, x_trace=7)
assert isinstance(order, Order), order
assert isinstance(order.id, UUID)
assert order.status is Status.OPEN
assert (order.customer.name, order.customer.email) == ("Zoë", None)
assert [(line.article, line.quantity) for line in order.lines] == [("AB-123", 2), ("CD-456", 1)]
assert isinstance(order.payment, CardPayment)
assert "code" not in order.payment.to_dict()
assert (order.due, order.notes["floor"], order.place) == (due, "2nd", [52.1, 5.1])

assert features_shop_get_order.sync(order.id, client=client) == order

changed = features_shop_change_order.sync(order.id, client=client, body=OrderChange(status=Status.PAID))
assert isinstance(changed, Order), changed
assert changed.status is Status.PAID

lines = features_shop_get_lines.sync(order.id, 1, 1, client=client)
assert lines == order.lines[1:], lines

listed = features_shop_list_orders.sync_detailed(
    client=client,
    limit=50,
    status=Status.PAID,
    tag=["red", "blue"],
    fields=[FeaturesShopListOrdersFieldsItem.ID],
)
assert listed.status_code == 200, listed
assert changed in listed.parsed
assert int(listed.headers["X-Total"]) >= 1

photo = FeaturesShopUploadPhotoPhotoForm(
    photo=File(payload=BytesIO(b"12345"), file_name="a.png", mime_type="image/png"),
    about=About(title="Mine"),
    tags=["t-a", "t-b"],
)
sent = features_shop_upload_photo.sync(client=client, body=photo)
assert sent.to_dict() == {"bytes": 5, "title": "Mine", "tags": ["t-a", "t-b"]}, sent

login = features_shop_login.sync(client=client, body=FeaturesShopLoginLoginForm(name="zoe", password="x"))
assert login == "Welcome, zoe", login

me = features_shop_get_me.sync(client=AuthenticatedClient(base_url=f"{url}/shop/v1", token=token))
assert me.to_dict() == {"user": "u1"}, me

assert features_shop_delete_order.sync_detailed(order.id, client=client).status_code == 204
gone = features_shop_get_order.sync(order.id, client=client)
assert isinstance(gone, Error), gone
assert gone.error == "ORDER_NOT_FOUND"
print("all calls succeeded")
