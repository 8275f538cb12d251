"""What a service gets for operations without a handler: functions, modules, x-bind-server; and what stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron.finding import FindingsError
from pymacaron.scaffold.growth import Growth, grown
from pymacaron.server.binding import path_of
from pymacaron.spec.load import load

Grow = Callable[..., Growth]

YAML = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:  # all of them
    get:
      # ours
      summary: All
      operationId: listOrders
      responses: {"200": {description: All}}
    post: {operationId: shop.api.add, responses: {"200": {description: One}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      x-bind-server: shop.reading.get_order
      responses: {"200": {description: One}}
    delete:
      x-no-bind-server: true
      responses: {"200": {description: One}}
    put:
      operationId: google.orders.put
      responses: {"200": {description: One}}
"""


def paths(growth: Growth) -> list[str]:
    return [one.path for one in growth.added]


def test_every_operation_that_is_served_gets_its_function(grow: Grow, tmp_path: Path) -> None:
    growth = grow(YAML)
    assert paths(growth) == ["shop.api.listOrders", "shop.api.add", "shop.reading.get_order", "shop.api.put"]
    assert growth.bound == []
    assert sorted(path.relative_to(tmp_path).as_posix() for path in growth.texts) == [
        "shop/__init__.py",
        "shop/api.py",
        "shop/reading.py",
    ]


def test_the_description_changes_only_where_an_operation_names_no_function_of_the_service(
    grow: Grow, tmp_path: Path
) -> None:
    ((uri, text),) = grow(YAML).documents.items()
    assert uri == str(tmp_path / "apis/shop.yaml")
    assert text == YAML.replace(
        "      summary: All\n", "      x-bind-server: shop.api.listOrders\n      summary: All\n"
    ).replace("      operationId: google", "      x-bind-server: shop.api.put\n      operationId: google")
    (tmp_path / "apis/shop.yaml").write_text(text)
    read = load(tmp_path / "apis/shop.yaml")
    assert [path_of(operation) for operation in read.operations] == [
        "shop.api.listOrders",
        "shop.api.add",
        "shop.reading.get_order",
        None,
        "shop.api.put",
    ]


@pytest.mark.parametrize(
    ("ending", "operation", "wanted"),
    [
        (".json", '{"responses": {}}', '{"x-bind-server": "shop.api.get_a", "responses": {}}'),
        (".json", '{\n  "responses": {}\n}', '{\n  "x-bind-server": "shop.api.get_a",\n  "responses": {}\n}'),
        (".json", '{\r\n\t"responses": {}\r\n}', '{\r\n\t"x-bind-server": "shop.api.get_a",\r\n\t"responses": {}\r\n}'),
        (".yaml", "{responses: {}}", '{"x-bind-server": "shop.api.get_a", responses: {}}'),
        (".yaml", "\n      responses: {}", "\n      x-bind-server: shop.api.get_a\n      responses: {}"),
        (".yaml", "\r\n      responses: {}", "\r\n      x-bind-server: shop.api.get_a\r\n      responses: {}"),
        (
            ".yaml",
            "\n          'responses': {}",
            "\n          x-bind-server: shop.api.get_a\n          'responses': {}",
        ),
        (".yaml", "&a\n      responses: {}", "&a\n      x-bind-server: shop.api.get_a\n      responses: {}"),
        (
            ".yaml",
            "&a  # ours\n      responses: {}",
            "&a  # ours\n      x-bind-server: shop.api.get_a\n      responses: {}",
        ),
        (".yaml", "!!map {responses: {}}", '!!map {"x-bind-server": "shop.api.get_a", responses: {}}'),
        (
            ".yaml",
            "\n      <<: {responses: {}}",
            "\n      x-bind-server: shop.api.get_a\n      <<: {responses: {}}",
        ),
    ],
)
def test_it_is_written_as_the_text_around_it_is(
    grow: Grow, tmp_path: Path, ending: str, operation: str, wanted: str
) -> None:
    head = '{"openapi": "3.1.0", "info": {"title": "é 😀", "version": "1"}, "paths": {"/a": {"get": '
    start, end = (
        (head, "}}}\n")
        if ending == ".json"
        else ("openapi: 3.1.0\ninfo: {title: é 😀, version: '1'}\npaths:\n  /a:\n    get: ", "\n")
    )
    (text,) = grow(start + operation + end, ending).documents.values()
    assert text == start + wanted + end
    (tmp_path / f"apis/shop{ending}").write_text(text, newline="")
    assert [path_of(one) for one in load(tmp_path / f"apis/shop{ending}").operations] == ["shop.api.get_a"]


def test_an_operation_may_be_named_by_a_key_of_any_form(grow: Grow, tmp_path: Path) -> None:
    head = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths:\n  /a:\n    ? get\n"
    (text,) = grow(f"{head}    : summary: All\n      responses: {{}}\n").documents.values()
    assert text == f"{head}    : x-bind-server: shop.api.get_a\n      summary: All\n      responses: {{}}\n"


def test_what_is_read_of_files_that_change_is_kept_to_be_compared(grow: Grow, tmp_path: Path) -> None:
    growth = grow(YAML, files={"shop/api.py": "\ufeffold = 1\n"})
    assert growth.before == {
        tmp_path / "apis/shop.yaml": YAML,
        tmp_path / "shop/api.py": "\ufeffold = 1\n",
        tmp_path / "shop/reading.py": "",
    }


def test_what_is_there_is_not_added_again(grow: Grow, tmp_path: Path) -> None:
    api = "from other import listOrders\n\nadd = put = print\n"
    growth = grow(YAML, files={"shop/api.py": api, "shop/reading.py": "class get_order: ...\n"})
    assert paths(growth) == ["shop.api.listOrders_"]
    assert [one.path for one in growth.bound] == ["shop.api.put"]
    assert list(growth.texts) == [tmp_path / "shop/api.py"]
    assert growth.texts[tmp_path / "shop/api.py"].startswith("from typing import Any\n\nfrom other import listOrders\n")


def test_methods_and_names_of_packages_count_as_there(grow: Grow) -> None:
    text = YAML.replace("shop.api.add", "shop.orders.Orders.add").replace(
        "shop.reading.get_order", "shop.more.get_order"
    )
    growth = grow(
        text,
        files={
            "shop/orders.py": "class Orders:\n    def add(self): ...\n",
            "shop/more/__init__.py": "from .x import *\n",
        },
    )
    assert paths(growth) == ["shop.api.listOrders", "shop.api.put"]


def test_two_operations_of_one_function_get_one(grow: Grow, tmp_path: Path) -> None:
    growth = grow(YAML.replace("shop.reading.get_order", "shop.api.add"))
    assert paths(growth) == ["shop.api.listOrders", "shop.api.add", "shop.api.put"]
    assert growth.texts[tmp_path / "shop/api.py"].count("def add(") == 1


@pytest.mark.parametrize(
    ("line", "module", "has_wipe"),
    [
        ("from .old import *", "def wipe(): ...\n", True),
        ("from shop.old import *", "def wipe(): ...\n", True),
        ("from .old import *", "from .api import *\n", False),
        ("from os.path import *", "", False),
        ("from flask import *", "", True),
    ],
)
def test_what_a_module_has_by_a_star_is_looked_for_in_the_service(
    line: str, module: str, has_wipe: bool, grow: Grow
) -> None:
    text = YAML.replace("shop.api.add", "shop.api.wipe")
    growth = grow(text, files={"shop/api.py": f"{line}\n", "shop/old.py": module})
    assert ("shop.api.wipe" not in paths(growth)) == has_wipe
    assert "shop.api.listOrders" in paths(growth)  # which the description does not name: written, unless it is there


def test_a_function_of_the_service_that_the_module_imports_is_bound(grow: Grow) -> None:
    growth = grow(
        YAML, files={"shop/api.py": "from .old import listOrders\n", "shop/old.py": "def listOrders(): ...\n"}
    )
    assert [one.path for one in growth.bound] == ["shop.api.listOrders"]


def test_the_api_that_a_module_imports_from_beside_it_is_not_imported_again(grow: Grow, tmp_path: Path) -> None:
    text = YAML.replace(
        'responses: {"200": {description: All}}',
        'responses: {"200": {description: All, content: {text/json: {schema: {$ref: "#/components/schemas/A"}}}}}',
    )
    text += "components: {schemas: {A: {type: object, properties: {a: {}}}}}\n"
    growth = grow(text, files={"shop/api.py": "from .apis import shop as our\n"})
    api = growth.texts[tmp_path / "shop/api.py"]
    assert (api.count(".apis import"), "def listOrders() -> our.model.A:" in api) == (1, True)


@pytest.mark.parametrize(
    "paths_of_one",
    [
        "paths: {/a: {get: &one {responses: {default: {description: A}}}, post: *one}, /b: {get: *one}}",
        "paths: {/a: &one {get: {responses: {default: {description: A}}}}, /b: {<<: *one}, /c: *one}",
        "paths:\n  /a: {$ref: '#/paths/~1b'}\n  /b: {get: {responses: {default: {description: A}}}}",
    ],
)
def test_operations_that_are_written_at_one_place_get_one_function(paths_of_one: str, grow: Grow) -> None:
    growth = grow(f"openapi: 3.1.0\ninfo: {{title: Shop, version: 1.0.0}}\n{paths_of_one}\n")
    assert paths(growth) == ["shop.api.get_a"]
    assert [text.count("x-bind-server") for text in growth.documents.values()] == [1]


def test_a_function_is_not_called_as_what_a_new_module_imports(grow: Grow) -> None:
    assert paths(grow(YAML.replace("listOrders", "annotations")))[0] == "shop.api.annotations_"


def test_an_operation_behind_a_question_mark_keeps_its_indentation(grow: Grow) -> None:
    head = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths:\n  /a:\n    ? get\n"
    (text,) = grow(head + "    : operationId: a\n      responses: {default: {description: A}}\n").documents.values()
    assert text.removeprefix(head).startswith("    : x-bind-server: shop.api.a\n      operationId: a\n")


def test_operations_of_one_name_get_different_functions(grow: Grow) -> None:
    text = YAML.replace("google.orders.put", "x.orders.listOrders").replace("shop.api.add", "y.z.listOrders")
    assert paths(grow(text))[0:2] == ["shop.api.listOrders", "shop.api.y_z_listOrders"]


def test_operations_of_one_name_in_two_apis_get_different_functions(tmp_path: Path) -> None:
    text = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths: {/a: {get: {responses: {}}}}\n"
    for name in ("shop", "stock"):
        (tmp_path / f"{name}.yaml").write_text(text)
    apis = [load(tmp_path / f"{name}.yaml") for name in ("shop", "stock")]
    homes = dict.fromkeys(("shop", "stock"), "shop.api")
    assert paths(grown(apis, tmp_path, homes, "shop.apis")) == ["shop.api.get_a", "shop.api.get_a_"]


def test_a_module_that_is_no_python_is_a_finding_and_changes_nothing(grow: Grow, tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="it is no Python"):
        grow(YAML, files={"shop/api.py": "def f(:\n"})
    (tmp_path / "shop/api.py").write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n")
    with pytest.raises(FindingsError, match="it is not UTF-8"):
        grow(YAML)


def test_the_api_is_called_as_the_module_has_it_already(grow: Grow, tmp_path: Path) -> None:
    text = YAML.replace(
        'responses: {"200": {description: All}}',
        'responses: {"200": {description: All, content: '
        '{application/json: {schema: {$ref: "#/components/schemas/A"}}}}}',
    )
    text += "components: {schemas: {A: {type: object, properties: {a: {}}}}}\n"
    for line, name in (
        ("from shop import apis\n", "apis.shop"),
        ("from shop.apis import shop as api\n", "api"),
        ("from shop.apis import shop\n", "shop"),
        ("api = 1\n", "shop"),
        ("api = shop = 1\n", "_shop"),
    ):
        growth = grow(text, files={"shop/api.py": line})
        assert f"def listOrders() -> {name}.model.A:\n" in growth.texts[tmp_path / "shop/api.py"]
