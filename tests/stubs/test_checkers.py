"""
mypy --strict and pyright, by the stubs of a service: what is right is accepted, what is wrong refused where it stands.

A line of code that ends in `# wrong` must have an error by either; no other line may.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymacaron.spec.load import load
from pymacaron.stubs.module import module_text, stub_text

SHOP = """\
openapi: 3.2.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders/{id}:
    put:
      operationId: shop.api.put_order
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
        - {name: dry-run, in: query, schema: {type: boolean}}
        - {name: page, in: query, schema: {type: integer, default: 1}}
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses:
        "200": {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        "409": {description: A text, content: {text/plain: {schema: {type: string}}}}
    delete:
      operationId: shop.api.delete_order
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
      responses:
        "204": {description: Gone}
        default: {description: Error, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  /pets:
    get:
      operationId: shop.api.list_pets
      x-pagination: {kind: page, parameter: page}
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses:
        "200":
          description: All
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
  /photos:
    post:
      operationId: shop.api.add_photo
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [photo]
              properties: {photo: {type: string, contentMediaType: image/png}, title: {type: string}}
      responses:
        "200": {description: It, content: {image/png: {schema: {type: string, contentMediaType: image/png}}}}
  /readings:
    post:
      operationId: shop.api.readings
      requestBody: {required: true, content: {application/jsonl: {itemSchema: {$ref: '#/components/schemas/Line'}}}}
      responses:
        "200": {description: The same, content: {application/jsonl: {itemSchema: {$ref: '#/components/schemas/Line'}}}}
  /news:
    get:
      operationId: shop.api.news
      responses:
        "200": {description: Events, content: {text/event-stream: {itemSchema: {$ref: '#/components/schemas/News'}}}}
  /old:
    get:
      operationId: shop.api.old
      responses:
        "303": {description: Elsewhere}
webhooks:
  sent:
    post:
      operationId: order_sent
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {"204": {description: Thanks}}
components:
  schemas:
    Order:
      type: object
      required: [lines]
      properties:
        id: {type: string, format: uuid}
        at: {type: string, format: date-time}
        status: {enum: [new, sent]}
        note: {type: [string, 'null']}
        lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
        tags: {type: object, additionalProperties: {type: integer}}
        pet: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
        shop: {type: string}
        list: {type: array, items: {type: string}}
    Line:
      type: object
      required: [item]
      properties:
        item: {type: string}
        count: {type: integer, default: 1}
    Lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
    Status: {enum: [new, sent]}
    News: {type: object, properties: {event: {const: news}, data: {$ref: '#/components/schemas/Line'}}}
    Pet:
      type: object
      required: [kind]
      discriminator: {propertyName: kind}
      properties: {kind: {type: string}}
    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
    Dog: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {barks: {type: boolean}}}]}
    Error:
      type: object
      required: [status, error, error_description]
      properties: {status: {type: integer}, error: {type: string}, error_description: {type: string}}
"""

MODELS = """\
from datetime import UTC, datetime
from typing import Any, assert_type
from uuid import UUID, uuid4

from pymacaron.models import is_set, to_json
from shop import apis

model = apis.shop.model


def right(order: apis.shop.model.Order, lines: list[apis.shop.model.Line] | None = None) -> str:
    made = apis.shop.model.Order(id=uuid4(), at=datetime.now(UTC), status="new", note=None, lines=lines or [])
    assert_type(made.id, UUID | None)
    assert_type(made.lines, list[apis.shop.model.Line])
    assert_type(made.lines[0].count, int)
    assert_type(made.tags, dict[str, int] | None)
    assert_type(made["gift"], object)  # wrong: Any
    assert_type(model.Order.from_json({}), apis.shop.model.Order)
    assert_type(made.clone(), apis.shop.model.Order)
    assert_type(made.list, list[str] | None)
    made.lines[0].count = None
    made.at = None
    made.status = "sent"
    del made.note
    made["gift"] = True
    if isinstance(made.pet, apis.shop.model.Cat):
        assert_type(made.pet.lives, int | None)
    elif made.pet is not None:
        assert_type(made.pet.barks, bool | None)
    status: apis.shop.model.Status = "new"
    found: apis.shop.model.Lines = [*made.lines]
    assert_type(found[0].item, str)
    made.status = status
    made.update_from_dict({"shop": "here"}, ignore_none=True)
    assert is_set(made, "note") and to_json(made) == made.to_json()
    assert_type(made | {"state": "new"} | order, dict[str, Any])
    assert apis.shop.get_version()
    return order.lines[0].item + order.get_model_name()


def wrong(order: apis.shop.model.Order) -> None:
    order.nmae  # wrong
    order.nmae = 1  # wrong
    order.status = "lost"  # wrong
    order.id = "no uuid"  # wrong
    order.at.year  # wrong
    order.lines = None  # wrong
    order.lines[0].item = 1  # wrong
    order.pet.lives  # wrong
    apis.shop.model.Order(itme="book")  # wrong
    apis.shop.model.Order(at="2026-01-31")  # wrong
    apis.shop.model.Order(lines=[apis.shop.model.Order()])  # wrong
    apis.shop.model.Ordr()  # wrong
    status: apis.shop.model.Status = "lost"  # wrong
    apis.shpo.model.Order()  # wrong
    put: apis.shop.handler.put_ordr  # wrong
"""

HANDLERS = """\
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from flask import Response
from pymacaron import Upload
from pymacaron.exceptions import PyMacaronException
from shop import apis

handler = apis.shop.handler
Order = apis.shop.model.Order
Line = apis.shop.model.Line


class Row(TypedDict):
    kind: str


def put_1(order: Order, *, id: UUID, dry_run: bool = False, page: int) -> Order: ...
def put_2(order: Order, id: UUID, dry_run: bool | None = None, page: int = 2) -> tuple[Order, int, dict[str, str]]: ...
async def put_3(order: Order, **keywords: Any) -> Order | tuple[str, int] | Response | PyMacaronException: ...
def put_4(order: dict[str, Any], *, id: UUID, dry_run: bool = False, page: int) -> dict[str, Any]: ...
def delete_1(*, id: UUID) -> None: ...
def delete_2(*, id: UUID) -> apis.shop.model.Error | None: ...
def pets_1(page: int | None = None) -> list[apis.shop.model.Cat | apis.shop.model.Dog | apis.shop.model.Pet]: ...
def pets_2(page: int | None = None) -> list[dict[str, Any]]: ...
def pets_3(page: int | None = None) -> list[Row] | tuple[list[Row], int]: ...
def pets_4(page: int | None = None) -> list[apis.shop.model.Cat]: ...
def put_5(order: Order, *, id: UUID, dry_run: bool = False, page: int) -> Row: ...
def news_1() -> Iterator[apis.shop.model.News]: ...
def news_2() -> AsyncIterator[Line] | list[Row]: ...
def old_1() -> tuple[None, int, dict[str, str]]: ...
async def old_2() -> Response: ...
def photo_1(form: apis.shop.model.AddPhotoBody) -> bytes:
    return form.photo.read()
def photo_2(form: apis.shop.model.AddPhotoBody) -> Path | Upload: ...
def readings_1(items: Iterator[Line]) -> Iterator[Line]:
    yield from items
async def readings_2(items: AsyncIterator[Line]) -> AsyncIterator[Line]:
    async for item in items:
        yield item
def readings_3(items: Iterator[dict[str, Any]]) -> list[Line]: ...
def sent(order: Order) -> None: ...


p1: apis.shop.handler.put_order = put_1
p2: apis.shop.handler.put_order = put_2
p3: apis.shop.handler.put_order = put_3
p4: apis.shop.plain_handler.put_order = put_4
d1: apis.shop.handler.delete_order = delete_1
d2: apis.shop.handler.delete_order = delete_2
l1: apis.shop.handler.list_pets = pets_1
p5: apis.shop.handler.put_order = put_5
l2: apis.shop.handler.list_pets = pets_2
l3: apis.shop.handler.list_pets = pets_3
l4: apis.shop.handler.list_pets = pets_4
n1: apis.shop.handler.news = news_1
n2: apis.shop.handler.news = news_2
o1: apis.shop.handler.old = old_1
o2: apis.shop.handler.old = old_2
f1: apis.shop.handler.add_photo = photo_1
f2: apis.shop.handler.add_photo = photo_2
r1: apis.shop.handler.readings = readings_1
r2: apis.shop.handler.readings = readings_2
r3: apis.shop.plain_handler.readings = readings_3
w1: apis.shop.handler.order_sent = sent


def no_page(order: Order, *, id: UUID, dry_run: bool = False) -> Order: ...
def no_default(order: Order, *, id: UUID, dry_run: bool, page: int) -> Order: ...
def one_more(order: Order, *, id: UUID, dry_run: bool = False, page: int, size: int) -> Order: ...
def text_id(order: Order, *, id: str, dry_run: bool = False, page: int) -> Order: ...
def other_body(order: Line, *, id: UUID, dry_run: bool = False, page: int) -> Order: ...
def other_result(order: Order, *, id: UUID, dry_run: bool = False, page: int) -> Line: ...
def text_alone(order: Order, *, id: UUID, dry_run: bool = False, page: int) -> str: ...
def something(*, id: UUID) -> int: ...
def other_items(items: Iterator[Order]) -> list[Line]: ...
def other_pets() -> list[Order]: ...
def several_pets() -> tuple[Row, Row]: ...
def other_news() -> Iterator[Order]: ...
def no_status() -> dict[str, str]: ...


e1: apis.shop.handler.put_order = no_page  # wrong
e2: apis.shop.handler.put_order = no_default  # wrong
e3: apis.shop.handler.put_order = one_more  # wrong
e4: apis.shop.handler.put_order = text_id  # wrong
e5: apis.shop.handler.put_order = other_body  # wrong
e6: apis.shop.handler.put_order = other_result  # wrong
e7: apis.shop.handler.put_order = text_alone  # wrong
e8: apis.shop.handler.put_order = put_4  # wrong
e9: apis.shop.handler.delete_order = something  # wrong
e0: apis.shop.handler.readings = other_items  # wrong
f3: apis.shop.handler.list_pets = other_pets  # wrong
f4: apis.shop.handler.list_pets = several_pets  # wrong
f5: apis.shop.handler.news = other_news  # wrong
f6: apis.shop.handler.old = no_status  # wrong
"""


CLIENTS = """\
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type
from uuid import UUID, uuid4

from pymacaron.exchange.inflow import AsyncReceived, Received
from shop import apis

Order = apis.shop.model.Order
Error = apis.shop.model.Error
client, call, acall = apis.shop.client, apis.shop.call, apis.shop.acall


def right(order: apis.shop.model.Order, id: UUID, pieces: Iterator[bytes]) -> str:
    found = call.put_order(order, id=id)
    assert_type(found, apis.shop.model.Order)
    assert_type(found.lines[0].count, int)
    assert_type(call.put_order({"lines": []}, id=id, dry_run=True, page=None), apis.shop.model.Order)
    either = client.put_order(order, id=id, max_attempts=1, read_timeout=0.5, request_headers={"X-A": "b"})
    assert_type(either, apis.shop.model.Order | apis.shop.model.Error)
    if isinstance(either, Error):
        return either.error
    assert_type(call.delete_order(id=id), None)
    assert_type(client.delete_order(id=id), apis.shop.model.Error | None)
    pets = call.list_pets.items(max_pages=3)
    for pet in pets:
        assert_type(pet, apis.shop.model.Pet | apis.shop.model.Cat | apis.shop.model.Dog)
    for page in client.list_pets.pages(page=2, connect_timeout=1):
        if not isinstance(page, Error):
            page[0].kind
    photo = call.add_photo({"photo": Path("rex.png"), "title": "Rex"})
    assert_type(photo, Received)
    call.add_photo(apis.shop.model.AddPhotoBody(title="Rex"))
    with call.readings([apis.shop.model.Line(item="a"), {"item": "b"}]) as lines:
        for line in lines:
            assert_type(line, apis.shop.model.Line)
    call.with_options(timeout=3, headers={"X-A": "b"}).put_order(order, id=id)
    call.with_options(ca_file=Path("ca.pem"), sample=0.5, observers=[object()])
    return found.lines[0].item


async def awaited(order: apis.shop.model.Order, lines: AsyncIterator[apis.shop.model.Line]) -> None:
    assert_type(await acall.put_order(order, id=uuid4()), apis.shop.model.Order)
    assert_type(await acall.add_photo({}), AsyncReceived)
    async with await acall.readings(lines) as found:
        async for line in found:
            assert_type(line.count, int)
    async for pet in acall.list_pets.items():
        pet.kind
    async for page in acall.list_pets.pages():
        page[0].kind
    (await acall.with_options(max_attempts=1).list_pets())[0].kind


async def wrong(order: apis.shop.model.Order, id: UUID) -> Any:
    call.put_order(order)  # wrong
    call.put_order(id=id)  # wrong
    call.put_order(order, id="no uuid")  # wrong
    call.put_order(order, identity=id, id=id)  # wrong
    call.put_order(apis.shop.model.Line(item="a"), id=id)  # wrong
    call.put_order(order, id=id, page="1")  # wrong
    call.put_order(order, id=id, max_attempts="1")  # wrong
    call.put_order(order, id=id).nmae  # wrong
    client.put_order(order, id=id).lines  # wrong
    call.put_ordr(order, id=id)  # wrong
    call.list_pets.items(max_page=3)  # wrong
    call.list_pets.items(page="x")  # wrong
    call.put_order.items()  # wrong
    call.with_options(timout=3)  # wrong
    acall.put_order(order, id=id).lines  # wrong
    number: int = await acall.put_order(order, id=id)  # wrong
    client.readings([order])  # wrong
    return number
"""

FILES = ("clients.py", "handlers.py", "models.py")
#: Where an error must be: (file, line)
WRONG = {
    (name, number)
    for name, text in zip(FILES, (CLIENTS, HANDLERS, MODELS), strict=True)
    for number, line in enumerate(text.splitlines(), 1)
    if "# wrong" in line
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a service, its stubs and the code above."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "shop").mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    api = load(folder / "shop.yaml")
    texts = {
        "shop/__init__.py": "",
        "shop/apis.py": module_text([api], "shop.yaml"),
        "shop/apis.pyi": stub_text([api], "shop.yaml"),
        "models.py": MODELS,
        "handlers.py": HANDLERS,
        "clients.py": CLIENTS,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_mypy_refuses_what_is_wrong_and_nothing_else(service: Path) -> None:
    done = run(service, "mypy", "--strict", "--disable-error-code=empty-body", "--output=json", "shop", *FILES)
    errors = [json.loads(line) for line in done.stdout.splitlines()]
    found = {(one["file"], one["line"]): one["message"] for one in errors if one["severity"] == "error"}
    assert not done.stderr
    assert {where: found.get(where) for where in {*found, *WRONG}} == {where: found.get(where, "") for where in WRONG}


def test_pyright_refuses_what_is_wrong_and_nothing_else(service: Path) -> None:
    # functions without a body return None: what is declared of them is all that is looked at here
    ignored = ("reportReturnType", "reportUnusedExpression")
    settings = {"typeCheckingMode": "standard", "include": ["shop", *FILES], **dict.fromkeys(ignored, False)}
    (service / "pyrightconfig.json").write_text(json.dumps(settings))
    done = run(service, "pyright", "--outputjson", "--pythonpath", sys.executable)
    errors = [one for one in json.loads(done.stdout)["generalDiagnostics"] if one["severity"] == "error"]
    found = {(Path(one["file"]).name, one["range"]["start"]["line"] + 1): one["message"] for one in errors}
    assert not done.stderr
    assert {where: found.get(where) for where in {*found, *WRONG}} == {where: found.get(where, "") for where in WRONG}


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
