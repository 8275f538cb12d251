"""The server.py that PyMacaron's users have been writing for years, word for word, in a service of its own."""

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


# WARNING: you must declare the Flask app as shown below, keeping the variable
# name 'app' and the file name 'server.py', since gunicorn is configured to
# lookup the variable 'app' inside the code generated from 'server.py'.

app = Flask(__name__)
CORS(app)
# Here you could add custom routes, etc.


def start(port=80, debug=False):

    # Your swagger api files are under ./apis, but you could have them anywhere
    # else really.

    here = os.path.dirname(os.path.realpath(__file__))
    path_apis = os.path.join(here, "apis")

    # Tell pymacaron to spawn apis inside this Flask app.  Set the
    # server's listening port, whether Flask debug mode is on or not. Other
    # configuration parameters, such as JWT issuer, audience and secret, are
    # fetched from 'pym-config.yaml' or the environment variables it refers to.

    api = API(
        app,
        port=port,
        debug=debug,
    )

    # Find all swagger files and load them into pymacaron-core

    api.load_apis(path_apis)

    # Optionally, publish the apis' specifications under the /doc/<api-name>
    # endpoints, so you may open them in Swagger-UI:
    # api.publish_apis()

    # Start the Flask app and serve all endpoints defined in
    # apis/myservice.yaml

    api.start(serve="myservice")


# Entrypoint
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
