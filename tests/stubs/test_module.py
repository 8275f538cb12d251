"""The text of a service's apis.py and apis.pyi; those of real descriptions too, read by Python and by mypy."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lots import each_version

from pymacaron.spec.load import load
from pymacaron.spec.model import Api
from pymacaron.stubs.module import HEAD, module_text, stub_text

CORPUS = Path(os.environ.get("PYMACARON_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
FILES = sorted(path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*"))

Make = Callable[..., Api]

#: The classes of clients
CLIENTS = r"    class _Client\(.*?    acall: \w+\n\n"


@pytest.fixture
def api_of(tmp_path: Path) -> Make:
    """make(schemas, paths={}, name='shop', **other members) -> Api."""

    def make(schemas: dict[str, Any], paths: dict[str, Any] | None = None, name: str = "shop", **more: Any) -> Api:
        document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths or {}, **more}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**document, "components": {"schemas": schemas}}))
        return load(path)

    return make


def body(text: str) -> str:
    """What stands below the imports and the aliases for results, without clients."""
    below = text[text.index("\nclass _Options") :] if "\nclass _Options" in text else text
    found = re.sub(r"\nclass _Options:.*?\n(?=class )", "\n", below, count=1, flags=re.DOTALL)
    return "class " + re.sub(CLIENTS, "", found, flags=re.DOTALL).partition("\nclass ")[2]


def model(text: str, name: str) -> str:
    """The class of a model, from the margin."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"        class {name}("))
    end = next((n for n, line in enumerate(lines[start + 1 :], start + 1) if len(line) - len(line.lstrip()) <= 8), None)
    return "\n".join(line[8:] for line in lines[start:end]).rstrip()


def test_a_stub_has_the_methods_of_clients(api_of: Make) -> None:
    operation = {
        "operationId": "shop.api.find",
        "parameters": [
            {"name": "list", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
            {"name": "read_timeout", "in": "query", "required": True, "schema": {"type": "integer"}},
        ],
        "responses": {"200": {"description": "", "content": {"text/plain": {}}}, "202": {"description": ""}},
    }
    text = stub_text([api_of({}, {"/": {"get": operation}})], "shop.json")
    found = re.search(CLIENTS, text, re.DOTALL)
    assert found is not None
    client, call, acall = found[0].rstrip().split("\n\n")[:3]
    assert call == (
        "    class _Call(_Options):\n"
        "        def find(\n"
        "            self,\n"
        "            *,\n"
        "            read_timeout: int,\n"
        "            list: _List[str] | None = ...,\n"
        "            max_attempts: int | None = ...,\n"
        "            connect_timeout: float | None = ...,\n"
        "            request_headers: Mapping[str, str | None] | None = ...,\n"
        "        ) -> str | None:\n"
        '            """GET /"""'
    )
    assert client == call.replace("_Call", "_Client").replace("-> str | None", "-> str | ErrorReply | None")
    assert acall == call.replace("_Call", "_AsyncCall").replace("        def", "        async def")


def test_a_module_names_each_api(api_of: Make) -> None:
    apis = [api_of({}, name=name) for name in ("shop", "my-shop", "class", "my_shop")]
    assert module_text(apis, "4 descriptions") == (
        f"{HEAD} of 4 descriptions: not to be edited.\n"
        "# fmt: off\n"
        "# ruff: noqa\n"
        "\n"
        "from pymacaron import ApiPool\n"
        "\n"
        "class_ = ApiPool.class_\n"
        "my_shop = ApiPool.my_shop\n"
        'my_shop_2 = getattr(ApiPool, "my-shop")\n'
        "shop = ApiPool.shop\n"
    )


def test_a_stub_has_a_class_for_each_model_and_a_protocol_for_each_handler(api_of: Make) -> None:
    order = {
        "type": "object",
        "title": "What somebody buys",
        "required": ["item"],
        "properties": {"item": {"type": "string"}, "count": {"type": "integer", "default": 1}},
    }
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    operation = {
        "operationId": "shop.api.add_order",
        "summary": "Order something",
        "parameters": [
            {"name": "dry-run", "in": "query", "schema": {"type": "boolean"}},
            {"name": "shop", "in": "query", "required": True, "schema": {"type": "integer"}},
        ],
        "requestBody": content,
        "responses": {"201": {"description": "", **content}, "409": {"description": "", "content": {"text/plain": {}}}},
    }
    text = stub_text([api_of({"Order": order}, {"/orders": {"post": operation}})], "shop.json")
    assert body(text) == (
        "class shop:\n"
        '    """Shop 1"""\n'
        "    class model:\n"
        "        class Order(Model):\n"
        '            """What somebody buys"""\n'
        "            item: str\n"
        "            @property\n"
        "            def count(self) -> int: ...\n"
        "            @count.setter\n"
        "            def count(self, value: int | None) -> None: ...\n"
        "            @count.deleter\n"
        "            def count(self) -> None: ...\n"
        "            def __init__(self, *, item: str = ..., count: int | None = ...) -> None: ...\n"
        "\n"
        "    class handler:\n"
        "        class add_order(Protocol):\n"
        '            """POST /orders: Order something"""\n'
        "            def __call__(\n"
        "                self,\n"
        "                body: shop.model.Order = ...,\n"
        "                /,\n"
        "                *,\n"
        "                dry_run: bool = ...,\n"
        "                shop: int,\n"
        "            ) -> _ReturnedOr[shop.model.Order | Mapping[str, Any], str | bytes]: ...\n"
        "\n"
        "    class plain_handler:\n"
        "        class add_order(Protocol):\n"
        '            """POST /orders: Order something"""\n'
        "            def __call__(\n"
        "                self,\n"
        "                body: dict[str, Any] = ...,\n"
        "                /,\n"
        "                *,\n"
        "                dry_run: bool = ...,\n"
        "                shop: int,\n"
        "            ) -> _ReturnedOr[shop.model.Order | Mapping[str, Any], str | bytes]: ...\n"
        "\n"
        "    @staticmethod\n"
        "    def json_to_model(name: str, j: dict[str, Any], validate: bool = ...) -> Any: ...\n"
        "    @staticmethod\n"
        "    def model_to_json(obj: Any) -> Any: ...\n"
        "    @staticmethod\n"
        "    def get_version() -> str: ...\n"
    )


def test_names_that_a_class_hides_are_written_by_another_name(api_of: Make) -> None:
    strings = {name: {"type": "string"} for name in ("int", "str", "shop", "clone", "self", "property")}
    hiding = {"type": "object", "properties": {**strings, "next": {"$ref": "#/components/schemas/Model"}}}
    hiding["properties"]["size"] = {"type": "integer", "default": 0}
    text = stub_text([api_of({"Model": hiding})], "shop.json")
    assert model(text, "Model") == (
        "class Model(_Model):\n"
        "    int: _str | None\n"
        "    str: _str | None\n"
        "    shop: _str | None\n"
        "    clone: _str | None  # type: ignore[assignment]\n"
        "    self: _str | None\n"
        "    property: _str | None\n"
        "    next: _shop.model.Model | None\n"
        "    @_property\n"
        "    def size(self) -> _int: ...\n"
        "    @size.setter\n"
        "    def size(self, value: _int | None) -> None: ...\n"
        "    @size.deleter\n"
        "    def size(self) -> None: ...\n"
        "    def __init__(\n"
        "        _self,\n"
        "        *,\n"
        "        int: _str | None = ...,\n"
        "        str: _str | None = ...,\n"
        "        shop: _str | None = ...,\n"
        "        clone: _str | None = ...,\n"
        "        self: _str | None = ...,\n"
        "        property: _str | None = ...,\n"
        "        next: _shop.model.Model | None = ...,\n"
        "        size: _int | None = ...,\n"
        "    ) -> None: ..."
    )
    assert text.endswith("\n\n_shop = shop\n")
    assert "from pymacaron.models import Model as _Model\n" in text


def test_long_types_are_broken_into_lines(api_of: Make) -> None:
    codes = [f"a-code-of-length-{number}" for number in range(8)]
    schema = {"type": "object", "properties": {"code": {"enum": codes}}}
    text = stub_text([api_of({"It": schema})], "shop.json")
    lines = model(text, "It").splitlines()
    assert lines[:6] == [
        "class It(Model):",
        "    code: (",
        "        Literal[",
        '            "a-code-of-length-0", "a-code-of-length-1", "a-code-of-length-2", "a-code-of-length-3",',
        '            "a-code-of-length-4", "a-code-of-length-5", "a-code-of-length-6", "a-code-of-length-7",',
        "        ]",
    ]


def test_a_schema_without_a_class_is_the_type_of_its_values(api_of: Make) -> None:
    schemas = {
        "Pet": {"type": "object"},
        "str": {"enum": ["new", "sent"]},
        "Any": {},
        "Payment": {"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "string"}]},
    }
    text = stub_text([api_of(schemas)], "shop.json")
    assert (
        "        class Pet(Model):\n"
        "            def __init__(self) -> None: ...\n"
        "\n"
        '        str: TypeAlias = Literal["new", "sent"]\n'
        "\n"
        "        Any: TypeAlias = _Any\n"
        "\n"
        "        Payment: TypeAlias = shop.model.Pet | _str\n"
    ) in text


def test_extensions_that_add_to_a_model_are_in_its_stub(api_of: Make) -> None:
    schema = {"type": "object", "x-parent": "shop.base.Stored", "x-persist": "shop.base.Table"}
    text = stub_text([api_of({"It": schema})], "shop.json")
    assert "from shop.base import Stored\n" in text
    assert model(text, "It") == (
        "class It(Stored, Model):\n"
        "    def __init__(self) -> None: ...\n"
        "    @staticmethod\n"
        "    def load_from_db(*args: Any, **kwargs: Any) -> Any: ...\n"
        "    @staticmethod\n"
        "    def save_to_db(obj: Any, *args: Any, **kwargs: Any) -> Any: ..."
    )


def test_a_table_gives_a_model_functions_of_the_types_of_its_key(api_of: Make) -> None:
    properties = {
        "customer-id": {"type": "string"},
        "created_at": {"type": ["string", "null"], "format": "date-time"},
        "__init__": {"type": "integer"},
    }
    stored = {"type": "object", "properties": properties, "x-persist": {"table": "orders", "key": {"hash": "__init__"}}}
    order = {**stored, "x-persist": {"table": "orders", "key": {"hash": "customer-id", "range": "created_at"}}}
    text = stub_text([api_of({"Order": order, "Odd": stored})], "shop.json")
    assert (
        "    @staticmethod\n"
        "    def load_from_db(customer_id: str, created_at: datetime) -> shop.model.Order | None: ...\n"
        "    @staticmethod\n"
        "    def save_to_db(obj: shop.model.Order) -> None: ..."
    ) in model(text, "Order")
    assert "def load_from_db(__key0: int) -> shop.model.Odd | None: ...\n" in model(text, "Odd")


def test_webhooks_have_models_and_handlers(api_of: Make) -> None:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    hook = {
        "operationId": "order_sent",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"204": {"description": "Thanks"}},
    }
    text = stub_text([api_of({}, webhooks={"sent": {"post": hook}})], "shop.json")
    assert model(text, "OrderSentBody").splitlines()[1] == "    id: int"
    assert "def __call__(self, body: shop.model.OrderSentBody, /) -> _Returned[None]: ...\n" in text


def test_odd_descriptions_give_valid_python(api_of: Make) -> None:
    odd = '"""\\ \n\u2028'
    names = ["a-b", "a_b", "a b", "2nd", "None", "é", "", "__init__", "list", "Any", "Model", "Never", "_Body", odd]
    schema = {"type": "object", "title": odd, "properties": {name: {"enum": [name, 1]} for name in names}}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in [*names, "self", "body"]]
    operation = {
        "operationId": odd,
        "summary": odd,
        "parameters": parameters,
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/list"}}}},
        "responses": {"default": {"description": "", "content": {"application/json": {"schema": schema}}}},
    }
    paths = {"/": dict.fromkeys(("get", "put", "post"), operation)}
    texts = [stub_text([api_of(dict.fromkeys(names, schema), paths, name)], "odd") for name in ("list", "Any")]
    for text in texts:
        ast.parse(text)
        assert max(map(len, text.splitlines())) <= 120


def test_the_text_is_always_the_same(api_of: Make) -> None:
    schemas = {f"S{number}": {"type": "object", "properties": {"a": {"enum": list("cba")}}} for number in range(20)}
    assert stub_text([api_of(schemas)], "x") == stub_text([api_of(dict(schemas))], "x")


def test_the_stubs_of_the_features_are_those_of_their_descriptions() -> None:
    folder = Path(__file__).resolve().parents[2] / "examples" / "features"
    command = "from pymacaron.cli import main; main(['stubs', '--check'])"
    done = subprocess.run([sys.executable, "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_corpus_is_there() -> None:
    if not FILES:
        message = f"no descriptions below {CORPUS}: PYMACARON_CORPUS says where the material is"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def test_the_stubs_of_real_descriptions_are_right(tmp_path: Path) -> None:
    """In one run of mypy."""
    some = each_version(FILES[::4], 4)
    for number, path in enumerate(some):
        text = stub_text([load(path)], path.name)
        ast.parse(text)
        (tmp_path / f"a{number}.pyi").write_text(text, encoding="utf-8")
    if some:
        done = mypy(tmp_path, ".")
        assert done.stdout == f"Success: no issues found in {len(some)} source files\n", done.stderr


def mypy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
