"""The text of a handler that is not written yet: its name, its types, and that formatters have nothing to change."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron.scaffold.growth import Growth

Grow = Callable[..., Growth]

HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths:\n"
ORDER = """\
components:
  schemas:
    Order: {type: object, properties: {id: {type: string, format: uuid}}}
"""


def operation(text: str, path: str = "/orders", method: str = "get", responses: str = "{description: All}") -> str:
    members = text if text.endswith(", ") or not text else f"{text}, "
    return f'{HEAD}  {path}:\n    {method}: {{{members}responses: {{"200": {responses}}}}}\n{ORDER}'


def function(grow: Grow, tmp_path: Path, description: str) -> str:
    """The last function of shop/api.py."""
    text = grow(description).texts[tmp_path / "shop/api.py"]
    return "def " + text.split("\n\n\ndef ")[-1]


JSON = "{description: All, content: {application/json: {schema: %s}}}"


@pytest.mark.parametrize(
    ("description", "wanted"),
    [
        (
            operation("operationId: listOrders"),
            'def listOrders() -> Any:\n    """GET /orders"""\n    return example()\n',
        ),
        (
            operation(
                "summary: All of them", responses=JSON % '{type: array, items: {$ref: "#/components/schemas/Order"}}'
            ),
            'def get_orders() -> list[api.model.Order]:\n    """GET /orders: All of them"""\n    return example()\n',
        ),
        (
            operation(
                "operationId: a, parameters: [{name: from, in: query, schema: {type: string, format: date}}, "
                "{name: X-Kind, in: header, required: true, schema: {enum: [a, b]}}, "
                "{name: size, in: query, schema: {type: integer, default: 3}}]",
                responses=JSON % "{type: integer}",
            ),
            'def a(*, from_: date | None = None, x_kind: Literal["a", "b"], size: int) -> int:\n'
            '    """GET /orders"""\n    return example()\n',
        ),
        (
            operation(
                "operationId: a, requestBody: {content: {application/json: "
                '{schema: {$ref: "#/components/schemas/Order"}}}}',
                method="post",
                responses=JSON % '{$ref: "#/components/schemas/Order"}',
            ),
            "def a(body: api.model.Order | None = None) -> api.model.Order:\n"
            '    """POST /orders"""\n    return example()\n',
        ),
        (
            f'{HEAD}  /orders: {{delete: {{operationId: wipe, responses: {{"204": {{description: None}}}}}}}}\n',
            'def wipe() -> None:\n    """DELETE /orders"""\n    example()\n',
        ),
        (
            operation("operationId: a, parameters: [{name: example, in: query, schema: {type: string}}]"),
            'def a(*, example: str | None = None) -> Any:\n    """GET /orders"""\n    return _example()\n',
        ),
        (
            operation("operationId: list", responses=JSON % "{type: array, items: {type: string}}"),
            'def list() -> _list[str]:\n    """GET /orders"""\n    return example()\n',
        ),
    ],
)
def test_a_handler_has_the_types_of_its_operation(grow: Grow, tmp_path: Path, description: str, wanted: str) -> None:
    assert function(grow, tmp_path, description) == wanted


def test_a_type_that_is_too_long_for_a_line_is_said_wider(grow: Grow, tmp_path: Path) -> None:
    values = ", ".join(f"a_rather_long_value_{number}" for number in range(10))
    text = operation(f"operationId: a, parameters: [{{name: kind, in: query, schema: {{enum: [{values}]}}}}]")
    assert function(grow, tmp_path, text).startswith("def a(*, kind: str | None = None) -> Any:\n")


def test_formatters_and_linters_have_nothing_to_say(grow: Grow, tmp_path: Path) -> None:
    names = [f"argument_{number}" for number in range(12)]
    operations = ""
    for count in (0, 1, 3, 5, 12):
        for length in (3, 60, 90):
            listed = ", ".join(f"{{name: {name}, in: query, schema: {{type: string}}}}" for name in names[:count])
            operations += (
                f"  /{count}/{length}:\n    post:\n      operationId: {'n' * length}_{count}\n"
                f"      parameters: [{listed}]\n"
                '      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}\n'
                f'      responses: {{"200": {JSON % "{type: string, format: date-time}"}}}\n'
            )
    operations += f"  /long:\n    get: {{operationId: {'n' * 100}, responses: {{'200': {JSON % '{type: string}'}}}}}\n"
    growth = grow(f"{HEAD}{operations}{ORDER}")
    (tmp_path / "shop").mkdir()
    for path, text in growth.texts.items():
        path.write_text(text)
    for arguments in (("format", "--check"), ("check", "--select", "E,F,W,I,UP,B,C4,SIM,RUF,PT")):
        command = [
            sys.executable,
            "-m",
            "ruff",
            arguments[0],
            "--isolated",
            "--line-length",
            "120",
            *arguments[1:],
            "shop",
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
