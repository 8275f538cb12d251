"""What can be seen only with all operations of a description in hand."""

from pathlib import Path
from textwrap import dedent

import pytest

from pymacaron.finding import text as printed
from pymacaron.spec.load import load

CODES = {"path-parameter-missing", "path-parameter-unused", "duplicate-operation-id", "same-path", "argument-clash"}
OK = "responses: {200: {description: ok}}"


def findings(folder: Path, paths: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(folder)
    Path("shop.yaml").write_text(f"openapi: 3.1.0\ninfo: {{title: Shop, version: '1'}}\n{dedent(paths)}")
    return printed(finding for finding in load("shop.yaml").findings if finding.code in CODES)


def test_path_parameters_that_are_misspelt(tmp_path, monkeypatch):
    paths = f"""\
        paths:
          /pets/{{petId}}:
            get:
              {OK}
              parameters:
                - {{name: petID, in: path, required: true, schema: {{type: string}}}}
        """
    assert findings(tmp_path, paths, monkeypatch) == dedent(
        """\
        shop.yaml:5:5: warning[path-parameter-missing]: '/pets/{petId}' has {petId}, \
and GET declares no path parameter of that name
             5 |     get:
                     ^^^ Did you mean 'petID'?
        shop.yaml:8:18: warning[path-parameter-unused]: the path parameter 'petID' does not stand in '/pets/{petId}'
             8 |         - {name: petID, in: path, required: true, schema: {type: string}}
                                  ^^^^^ Did you mean 'petId'?"""
    )


def test_path_parameters_that_are_forgotten(tmp_path, monkeypatch):
    paths = f"""\
        paths:
          /pets/{{id}}/{{kind}}.{{ext}}:
            parameters:
              - {{name: id, in: path, required: true, schema: {{type: string}}}}
              - {{name: owner, in: path, required: true, schema: {{type: string}}}}
            get:
              {OK}
              parameters: [{{name: ext, in: path, required: true, schema: {{type: string}}}}]
        """
    assert findings(tmp_path, paths, monkeypatch) == dedent(
        """\
        shop.yaml:7:16: warning[path-parameter-unused]: the path parameter 'owner' does not stand \
in '/pets/{id}/{kind}.{ext}'
             7 |       - {name: owner, in: path, required: true, schema: {type: string}}
                                ^^^^^ Remove it, or write it into the path in braces
        shop.yaml:8:5: warning[path-parameter-missing]: '/pets/{id}/{kind}.{ext}' has {kind}, \
and GET declares no path parameter of that name
             8 |     get:
                     ^^^ Declare it, so that it is validated and the handler gets it"""
    )


def test_operation_ids_that_stand_twice(tmp_path, monkeypatch):
    paths = f"""\
        paths:
          /pets:
            get: {{operationId: pets, {OK}}}
          /dogs:
            get: {{operationId: pets, {OK}}}
          /cats:
            get: {{{OK}}}
          /cats/:
            get: {{{OK}}}
        """
    assert findings(tmp_path, paths, monkeypatch) == dedent(
        """\
        shop.yaml:7:24: warning[duplicate-operation-id]: operationId 'pets' is taken by GET /pets, line 5
             7 |     get: {operationId: pets, responses: {200: {description: ok}}}
                                        ^^^^ Give each operation one of its own"""
    )


def test_a_path_item_that_is_used_twice_has_no_duplicate_operation_ids(tmp_path, monkeypatch):
    paths = f"""\
        paths:
          /pets: {{get: {{operationId: pets, {OK}}}}}
          /dogs: {{$ref: '#/paths/~1pets'}}
        """
    assert findings(tmp_path, paths, monkeypatch) == ""


def test_operation_ids_in_other_files_are_named_with_their_file(tmp_path, monkeypatch):
    (tmp_path / "dogs.yaml").write_text(f"get:\n  operationId: pets\n  {OK}\n")
    paths = f"""\
        paths:
          /dogs: {{$ref: dogs.yaml}}
          /pets: {{get: {{operationId: pets, {OK}}}}}
        """
    assert "'pets' is taken by GET /dogs, dogs.yaml:2\n" in findings(tmp_path, paths, monkeypatch)


def test_paths_that_match_the_same_request(tmp_path, monkeypatch):
    parameter = "parameters: [{name: %s, in: path, required: true, schema: {type: string}}]"
    paths = f"""\
        paths:
          /pets/{{id}}:
            {parameter % "id"}
            get: {{{OK}}}
            put: {{{OK}}}
          /pets/{{name}}:
            {parameter % "name"}
            get: {{{OK}}}
          /pets/mine:
            get: {{{OK}}}
        """
    assert findings(tmp_path, paths, monkeypatch) == dedent(
        """\
        shop.yaml:10:5: warning[same-path]: GET /pets/{name} matches the same requests as GET /pets/{id}, line 6
            10 |     get: {responses: {200: {description: ok}}}
                     ^^^ Only the first is reached"""
    )


def test_parameters_that_have_one_name_in_python(tmp_path, monkeypatch):
    paths = f"""\
        paths:
          /pets/{{id}}:
            get:
              {OK}
              parameters:
                - {{name: id, in: path, required: true, schema: {{type: string}}}}
                - {{name: id, in: query, schema: {{type: string}}}}
        """
    assert findings(tmp_path, paths, monkeypatch) == dedent(
        """\
        shop.yaml:5:5: warning[argument-clash]: 2 parameters of GET /pets/{id} are called 'id' in Python
             5 |     get:
                     ^^^ The handler gets them as id_path, id_query"""
    )


def test_findings_of_other_files_are_findings_of_the_api(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pets.yaml").write_text(f"get:\n  {OK}\nget:\n  {OK}\n")
    Path("shop.yaml").write_text("openapi: 3.1.0\ninfo: {title: a, version: b}\npaths: {/pets: {$ref: pets.yaml}}\n")
    assert [(f.file, f.line, f.code) for f in load("shop.yaml").findings] == [("pets.yaml", 3, "duplicate-key")]
