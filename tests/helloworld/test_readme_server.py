"""The server.py that services have had for years, line for line, in a service of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SERVER = """\
import os
import sys
import logging
from flask import Flask
from flask_cors import CORS
from pymacaron import API, letsgo


log = logging.getLogger(__name__)


app = Flask(__name__)
CORS(app)


def start(port=80, debug=False):

    here = os.path.dirname(os.path.realpath(__file__))
    path_apis = os.path.join(here, "apis")


    api = API(
        app,
        port=port,
        debug=debug,
    )


    api.load_apis(path_apis)


    api.start(serve="myservice")


letsgo(__name__, callback=start)
"""

DESCRIPTION = """\
swagger: '2.0'
info: {title: My service, version: 1.2.3}
basePath: /v1
produces: [application/json]
paths:
  /user/{name}:
    get:
      summary: A user
      x-bind-server: myservice.api.do_get_user
      parameters:
        - {in: path, name: name, type: string, required: true}
        - {in: query, name: age, type: integer}
      responses:
        200: {description: A user, schema: {$ref: '#/definitions/User'}}
definitions:
  User:
    type: object
    properties:
      name: {type: string}
      age: {type: integer}
"""

HANDLERS = """\
from pymacaron_core.swagger.apipool import ApiPool


def do_get_user(name, age=None):
    return ApiPool.myservice.model.User(name=name, age=age)
"""

CONFIG = """\
name: myservice
live_host: https://myservice.example.com
jwt_issuer: myservice.example.com
jwt_audience: myservice
jwt_secret: JWT_SECRET
env_secrets:
  - JWT_SECRET
"""


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn"])
def test_it_runs_unchanged(server: str, tmp_path: Path, start: Callable[[str, Path], Any]) -> None:
    folder = tmp_path / "project"
    files = {
        "server.py": SERVER,
        "pym-config.yaml": CONFIG,
        "apis/myservice.yaml": DESCRIPTION,
        "myservice/__init__.py": "",
        "myservice/api.py": HANDLERS,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with start(server, folder) as service:
        answers = [service.get(path) for path in ("/ping", "/v1/user/ada?age=36", "/v1/user/ada", "/v1/user/ada?age=x")]
        cors = service.get("/v1/user/ada", {"Origin": "https://example.org"}).header("Access-Control-Allow-Origin")
    assert [answer.status for answer in answers] == [200, 200, 200, 400]
    assert [answer.json for answer in answers[:3]] == [{}, {"name": "ada", "age": 36}, {"name": "ada"}]
    assert len(cors) == 1
