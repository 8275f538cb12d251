"""Clients of a script: what is loaded, from where, and with which app; what is loaded when."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from upstreams.server import Server, reply

import pymacaron
from pymacaron import API, ApiPool, load_clients
from pymacaron.config import load as load_config
from pymacaron.exceptions import is_error
from pymacaron.finding import FindingsError

LOGIN = """
swagger: "2.0"
info: {title: Login, version: "1"}
host: nowhere.invalid
paths:
  /login:
    post:
      operationId: do_login
      consumes: [application/json]
      produces: [application/json]
      parameters:
        - {name: body, in: body, required: true, schema: {$ref: "#/definitions/LoginData"}}
      responses: {"200": {description: "", schema: {$ref: "#/definitions/Token"}}}
definitions:
  LoginData: {type: object, properties: {name: {type: string}, password: {type: string}}}
  Token: {type: object, properties: {token: {type: string}}}
"""

#: As the README of old has it, word for word; it forgets to import API and to make `log`
SCRIPT = """
import flask
from pymacaron_core.swagger.apipool import ApiPool
from pymacaron.exceptions import is_error
from pymacaron import load_clients

# Declare a Flask app and mock its context
app = flask.Flask(__name__)
with app.test_request_context(''):

    # Then load client libraries against a given set of libraries
    api = API(app)
    api.load_clients(apis=['login', 'search'])

    # And you can now call those apis seamlessly!
    result = ApiPool.login.client.do_login(
        ApiPool.login.model.LoginData(
            name='foobar',
            password='youdontwanttoknow'
        )
    )

    if is_error(result):
        log.error("Oops. Failed to login used")
"""


@pytest.fixture
def project(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with apis/login.yaml, apis/search.json and a pym-config.yaml that says where they are."""
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "login.yaml").write_text(LOGIN)
    search = {"openapi": "3.1.0", "info": {"title": "Search", "version": "1"}, "paths": {}}
    (tmp_path / "apis" / "search.json").write_text(json.dumps(search))
    (tmp_path / "apis" / "notes.yaml").write_text("- no description\n")
    (tmp_path / "pym-config.yaml").write_text(f"name: script\nclients: {{login: {{url: '{server.url}'}}}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_script_of_the_readme_works_word_for_word(project: Path, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"token": "t"})
    names: dict[str, Any] = {"__name__": "script", "API": API, "log": logging.getLogger("script")}
    exec(SCRIPT, names)
    assert not is_error(names["result"])
    assert names["result"].token == "t"
    assert json.loads(server.asked[0].body) == {"name": "foobar", "password": "youdontwanttoknow"}


def test_its_error_is_an_error(project: Path, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda asked: reply(401, {"status": 401, "error": "NO", "error_description": "no"})
    names: dict[str, Any] = {"__name__": "script", "API": API, "log": logging.getLogger("script")}
    exec(SCRIPT, names)
    assert (names["result"].error, names["result"].status) == ("NO", 401)
    assert "Oops" in caplog.text


def test_no_flask_is_needed_and_httpx2_comes_with_the_first_call(project: Path, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"token": "t"})
    code = (
        "import sys; from pymacaron import load_clients, ApiPool; load_clients(apis=['login'])\n"
        "assert not {'httpx2', 'asyncio', 'flask'} & sys.modules.keys(), sys.modules.keys()\n"
        "print(ApiPool.login.call.do_login({'name': 'x'}).token)\n"
        "assert 'httpx2' in sys.modules and 'flask' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "t\n", "")


def test_all_descriptions_are_loaded_where_none_is_named(project: Path) -> None:
    load_clients()
    assert (ApiPool.login.name, ApiPool.search.name) == ("login", "search")
    assert "notes" not in ApiPool._apis


def test_an_api_that_is_not_there_is_told_with_those_that_are(project: Path) -> None:
    with pytest.raises(FindingsError) as raised:
        load_clients(apis=["logon", "search"])
    assert "there is no description of the api 'logon'" in str(raised.value)
    assert "login, notes, search" in str(raised.value)
    assert "Did you mean 'login'" in str(raised.value)
    assert "search" not in ApiPool._apis


@pytest.mark.parametrize("apis", [None, ["login"]])
def test_a_folder_that_is_not_there_is_told(project: Path, apis: list[str] | None) -> None:
    with pytest.raises(FindingsError, match="there is no folder or file nowhere"):
        load_clients("nowhere", apis)


def test_a_file_that_is_no_description_is_told_where_it_is_named(project: Path) -> None:
    with pytest.raises(FindingsError, match="not-a-description"):
        load_clients(project / "apis" / "notes.yaml")


def test_what_is_loaded_already_stays(project: Path) -> None:
    load_clients(apis=["login"])
    model = ApiPool.login.model.LoginData
    load_clients(project / "apis" / "login.yaml")
    load_clients(apis=["login", "search"])
    assert ApiPool.login.model.LoginData is model


def test_apis_beside_the_one_that_is_served_are_clients(project: Path, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"token": "t"})
    (project / "apis" / "notes.yaml").unlink()
    load_config(project / "pym-config.yaml")
    app = Flask("service")
    api = API(app, timeout=7).load_apis(project / "apis")
    api.start()
    assert ApiPool.login.client.do_login(ApiPool.login.model.LoginData(name="x")).token == "t"
    assert ApiPool.login.clients.options.policy.timeout == 7
    assert ApiPool.ping.clients.options.policy.attempts == 3


def test_awaited_calls_belong_to_the_one_loop_of_a_service(project: Path, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"token": str(asked.connection)})
    (project / "apis" / "notes.yaml").unlink()
    API(Flask("service")).load_apis(project / "apis").start()

    async def twice() -> list[str]:
        return [(await ApiPool.login.acall.do_login({"name": "x"})).token for _ in range(2)]

    assert [*asyncio.run(twice()), *asyncio.run(twice())] == ["1"] * 4
    assert "pymacaron-asyncio" in {thread.name for thread in threading.enumerate()}


def test_a_loop_that_ends_closes_its_connections(project: Path, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"token": str(asked.connection)})
    load_clients(apis=["login"])
    tokens = [asyncio.run(ApiPool.login.acall.do_login({"name": "x"})).token for _ in range(2)]
    assert tokens == ["1", "2"]


def test_the_public_name_is_the_function() -> None:
    assert pymacaron.load_clients is load_clients
