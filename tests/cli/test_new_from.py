"""`pymacaron new NAME --from FILE`: the service of a description that is there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Command, environment

PETS = """\
# Ours, since 2019
openapi: 3.0.3
info: {title: "Pets & friends", version: 2.1.0}
paths:
  /pets/{petId}:
    get:
      operationId: getPet
      summary: One pet
      security: [{key: []}, {login: []}, {token: []}]
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: The pet
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
    delete:
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: It is gone}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: http, scheme: basic}
    token: {type: http, scheme: bearer}
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string, example: Rex}
        born: {type: string, format: date, example: no date}
"""


#: A body that may be left out, so that an argument has a default
OPTIONAL = "requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: OK}}"


def checked(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / words[0]), *words[1:]],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_it_prints_and_what_it_makes(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(PETS)
    done = pymacaron("new", "pets", "--from", "old.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "apis/pets.yaml  pets/api.py  pets/apis.py  pets/apis.pyi  server.py  test/  testaccept/\n"
        "2 operations, 2 typed handlers, 1 warning (pets/apis/pets.yaml:31)\n"
        "next: pymacaron run\n"
    )
    assert done.stderr.startswith("pets/apis/pets.yaml:31:53: warning[example-mismatch]: ")
    assert (tmp_path / "old.yaml").read_text() == PETS
    assert (tmp_path / "pets/apis/pets.yaml").read_text() == PETS.replace(
        "      operationId: getPet", "      x-bind-server: pets.api.getPet\n      operationId: getPet"
    ).replace("    delete:\n", "    delete:\n      x-bind-server: pets.api.delete_pets_petId\n")
    assert (
        (tmp_path / "pets/pets/api.py")
        .read_text()
        .endswith(
            "from pymacaron import example\n\nfrom pets.apis import pets as api\n\n\n"
            "def getPet(*, petId: int) -> api.model.Pet:\n"
            '    """GET /pets/{petId}: One pet"""\n    return example()\n\n\n'
            "def delete_pets_petId(*, petId: int) -> None:\n"
            '    """DELETE /pets/{petId}"""\n    example()\n'
        )
    )
    assert '"Pets & friends"' in (tmp_path / "pets/pyproject.toml").read_text()


def test_it_passes_its_own_checks_and_answers(
    pymacaron: Command, tmp_path: Path, run_service: Callable[..., Any]
) -> None:
    text = PETS.replace("example: no date", 'example: "2019-01-31"')
    operation = "operationId: test_deletion, description: Not a test of pytest, parameters: []"
    text = text.replace("components:\n", f"  /test:\n    post: {{{operation}, {OPTIONAL}}}\ncomponents:\n")
    (tmp_path / "old.yaml").write_text(text)
    assert pymacaron("new", "pets", "--from", "old.yaml").returncode == 0
    pets = tmp_path / "pets"
    for words in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pymacaron", "check"),
        ("pymacaron", "stubs", "--check"),
        ("pymacaron", "sync", "--check"),
        ("pytest", "-q"),
    ):
        checked(pets, *words)
    with run_service("werkzeug", pets, tmp_path / "log", PYM_ENV="dev") as service:
        assert service.get("/pets/7").status == 401
        assert service.get("/pets/7", {"X-Key": "any"}).json == {"name": "Rex", "born": "2019-01-31"}
        assert service.call("DELETE", "/pets/7").json["error"] == "NOT_IMPLEMENTED"
    with run_service("werkzeug", pets, tmp_path / "log", PYM_ENV="prod") as service:
        assert service.get("/pets/7", {"X-Key": "any"}).status == 401


def test_files_that_the_description_refers_to_come_along(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "old/parts").mkdir(parents=True)
    (tmp_path / "common").mkdir()
    root = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"$ref": "parts/paths.json#/pets"}},
    }
    schema = {"$ref": "../../common/models.yaml#/Pet"}
    parts = {
        "pets": {
            "get": {
                "responses": {"200": {"description": "All", "content": {"application/json": {"schema": schema}}}},
            }
        }
    }
    (tmp_path / "old/openapi.json").write_text(json.dumps(root, indent=2))
    (tmp_path / "old/parts/paths.json").write_text(json.dumps(parts, indent=2))
    (tmp_path / "common/models.yaml").write_text("Pet: {type: object, properties: {name: {type: string}}}\n")
    (tmp_path / "common/others.yaml").write_text("Dog: {}\n")
    done = pymacaron("new", "pets", "--from", "old/openapi.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("apis/old/openapi.json  pets/api.py  ")
    copied = {path.relative_to(tmp_path / "pets/apis").as_posix() for path in (tmp_path / "pets/apis").rglob("*.*")}
    assert copied == {"old/openapi.json", "old/parts/paths.json", "common/models.yaml"}
    assert '"x-bind-server": "pets.api.get_pets"' in (tmp_path / "pets/apis/old/parts/paths.json").read_text()
    checked(tmp_path / "pets", "mypy")
    checked(tmp_path / "pets", "pytest", "-q")


def test_a_part_that_is_a_description_itself_is_in_the_stubs_too(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/common.yaml").write_text(PETS)
    (tmp_path / "old.yaml").write_text(
        PETS.replace('"#/components/schemas/Pet"', '"parts/common.yaml#/components/schemas/Pet"')
    )
    assert pymacaron("new", "pets", "--from", "old.yaml").returncode == 0
    for words in (("pymacaron", "stubs", "--check"), ("mypy",), ("pymacaron", "sync", "--check")):
        checked(tmp_path / "pets", *words)
    assert "common = ApiPool.common\n" in (tmp_path / "pets/pets/apis.py").read_text()


def test_functions_of_the_package_that_the_description_names_keep_their_names(
    pymacaron: Command, tmp_path: Path
) -> None:
    text = PETS.replace("operationId: getPet", "operationId: pets.reading.get")
    (tmp_path / "old.yml").write_text(text)
    assert pymacaron("new", "pets", "--from", "old.yml").returncode == 0
    assert "operationId: pets.reading.get\n" in (tmp_path / "pets/apis/pets.yml").read_text()
    assert "\ndef get(" in (tmp_path / "pets/pets/reading.py").read_text()


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (None, 1, "old.yaml: error[missing-file]: "),
        ("openapi: 3.1.0\npaths: [\n", 1, "old.yaml:2:9: error[yaml-syntax]: "),
        ("hello\n", 1, "old.yaml:1:1: error["),
        ("openapi: 4.0.0\n", 1, "old.yaml:1:10: error["),
        (PETS.replace("type: integer", "type: intger"), 1, "Did you mean 'integer'?"),
    ],
)
def test_a_description_that_cannot_be_used_is_told_and_nothing_is_written(
    pymacaron: Command, tmp_path: Path, text: str | None, code: int, told: str
) -> None:
    if text is not None:
        (tmp_path / "old.yaml").write_text(text)
    done = pymacaron("new", "pets", "--from", "old.yaml")
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "pets").exists()


def test_a_file_that_is_there_is_not_touched(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(PETS)
    (tmp_path / "pets/pets").mkdir(parents=True)
    (tmp_path / "pets/pets/api.py").write_text("mine\n")
    done = pymacaron("new", "pets", "--from", "old.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pets/pets/api.py" in done.stderr
    assert [path.name for path in (tmp_path / "pets").rglob("*") if path.is_file()] == ["api.py"]


@pytest.mark.parametrize(
    ("name", "other", "told"),
    [
        ("v1/pets.yaml", "v2/pets.yaml", "../v2/pets.yaml, which it refers to, would be an api of the same name"),
        ("ping.yaml", "other.yaml", "'ping' is the name of an api that every service has"),
        ("pets", "other.yaml", "its name ends in none of .yaml, .yml, .json"),
    ],
)
def test_one_of_several_files_that_cannot_keep_its_name_is_refused(
    name: str, other: str, told: str, pymacaron: Command, tmp_path: Path
) -> None:
    head = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\n"
    for file in (name, other):
        (tmp_path / file).parent.mkdir(exist_ok=True)
    up = "../" * name.count("/")
    (tmp_path / name).write_text(f"{head}paths: {{/a: {{$ref: '{up}{other}#/paths/~1a'}}}}\n")
    (tmp_path / other).write_text(f"{head}paths: {{/a: {{get: {{responses: {{default: {{description: A}}}}}}}}}}\n")
    done = pymacaron("new", "shop", "--from", name)
    assert done.returncode == 1
    assert done.stderr == f"{name}: error[reserved-name]: {told}\n    Rename the file, and what refers to it\n"
    assert not (tmp_path / "shop").exists()
