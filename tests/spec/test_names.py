"""Names in Python for what a description calls otherwise."""

from pathlib import Path

import pytest

from pymacaron.spec.load import load
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments, attribute, camel, clashes, client_names, handler_names, operation_id


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("limit", "limit"),
        ("x-count", "x_count"),
        ("filter[name]", "filter_name_"),
        ("2nd", "_2nd"),
        ("class", "class_"),
        ("None", "None_"),
        ("match", "match"),
        ("größe", "gr__e"),
        ("$top", "_top"),
        ("a.b", "a_b"),
        ("", "_"),
    ],
)
def test_attribute_is_a_python_name(name, expected):
    assert attribute(name) == expected
    assert attribute(name).isidentifier()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get_pets-by id", "GetPetsById"),
        ("getPets", "GetPets"),
        ("HTTPError", "HTTPError"),
        ("shop.api.get_pets", "ShopApiGetPets"),
        ("2nd", "_2nd"),
        ("", "_"),
    ],
)
def test_camel_raises_first_letters_and_keeps_the_rest(text, expected):
    assert camel(text) == expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pets/{id}", "get_pets_id"),
        ("post", "/", "post"),
        ("DELETE", "/a-b/{c.d}/e_f", "delete_a_b_c_d_e_f"),
    ],
)
def test_operation_id_where_none_is_written(method, path, expected):
    assert operation_id(method, path) == expected


def operation(tmp_path: Path, parameters: str, version: str = "openapi: 3.1.0") -> Operation:
    path = tmp_path / "shop.yaml"
    path.write_text(
        f"{version}\ninfo: {{title: Shop, version: '1'}}\npaths:\n  /pets/{{id}}:\n    post:\n"
        f"      responses: {{200: {{description: ok}}}}\n      parameters:\n{parameters}"
    )
    return load(path).operations[0]


def test_arguments_are_named_after_the_parameters(tmp_path):
    found = operation(
        tmp_path,
        """
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: page-size, in: query, schema: {type: string}}
        - {name: X-Count, in: header, schema: {type: string}}
        - {name: from, in: cookie, schema: {type: string}}
""",
    )
    assert {name: (parameter.name, parameter.location) for name, parameter in arguments(found).items()} == {
        "id": ("id", "path"),
        "page_size": ("page-size", "query"),
        "x_count": ("X-Count", "header"),
        "from_": ("from", "cookie"),
    }
    assert clashes(found) == []


def test_names_that_clash_get_their_place(tmp_path):
    found = operation(
        tmp_path,
        """
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: id, in: query, schema: {type: string}}
        - {name: ID, in: header, schema: {type: string}}
        - {name: a-b, in: query, schema: {type: string}}
        - {name: a_b, in: query, schema: {type: string}}
        - {name: a.b, in: query, schema: {type: string}}
        - {name: a_b_query, in: query, schema: {type: string}}
""",
    )
    assert {name: (parameter.name, parameter.location) for name, parameter in arguments(found).items()} == {
        "id_path": ("id", "path"),
        "id_query": ("id", "query"),
        "id_header": ("ID", "header"),
        "a_b_query_2": ("a-b", "query"),
        "a_b_query_3": ("a_b", "query"),
        "a_b_query_4": ("a.b", "query"),
        "a_b_query": ("a_b_query", "query"),
    }
    assert clashes(found) == ["id", "a_b"]


def test_handlers_are_called_by_the_last_word_of_the_operation_id(tmp_path):
    ids = ["shop.api.get_order", "get-orders", "old.api.get_order", "get_order", "class", "get_order_2"]
    paths = "".join(
        f"  /{number}: {{get: {{operationId: {one}, responses: {{}}}}}}\n" for number, one in enumerate(ids)
    )
    unnamed = "  /pets/{id}: {get: {responses: {}}}\n"
    (tmp_path / "shop.yaml").write_text(f"openapi: 3.1.0\ninfo: {{title: a, version: '1'}}\npaths:\n{paths}{unnamed}")
    found = handler_names(load(tmp_path / "shop.yaml").operations)
    assert {name: operation.id for name, operation in found.items()} == {
        "get_order": "shop.api.get_order",
        "get_orders": "get-orders",
        "old_api_get_order": "old.api.get_order",
        "get_order_2": "get_order",
        "class_": "class",
        "get_order_2_2": "get_order_2",
        "get_pets_id": "get_pets_id",
    }


def test_form_fields_of_swagger_2_are_arguments(tmp_path):
    found = operation(
        tmp_path,
        """
        - {name: id, in: path, required: true, type: string}
        - {name: id, in: formData, type: string}
        - {name: the file, in: formData, type: file}
""",
        version='swagger: "2.0"',
    )
    assert {name: parameter.location for name, parameter in arguments(found).items()} == {
        "id_path": "path",
        "id_form": "form",
        "the_file": "form",
    }


def test_methods_of_clients_are_named_by_x_bind_client_first(tmp_path: Path) -> None:
    operations = {
        "a": "get: {operationId: shop.api.get_order",
        "b": "get: {operationId: other, x-bind-client: get_order",
        "c": "get: {operationId: with_options",
        "d": "get: {operationId: x, x-bind-client: get_order",
        "e": "get: {operationId: y, x-bind-client: 3",
        "f": "get: {x-bind-client: import",
    }
    paths = "".join(
        f"  /{path}: {{{text}, responses: {{'200': {{description: ''}}}}}}}}\n" for path, text in operations.items()
    )
    (tmp_path / "shop.yaml").write_text(f"openapi: 3.1.0\ninfo: {{title: S, version: '1'}}\npaths:\n{paths}")
    found = client_names(load(tmp_path / "shop.yaml").operations)
    assert {name: operation.path for name, operation in found.items()} == {
        "get_order": "/b",
        "import_": "/f",
        "get_order_2": "/a",
        "with_options_": "/c",
        "x": "/d",
        "y": "/e",
    }
