from __future__ import annotations

import logging
from pathlib import Path

import pytest
from flask import Flask

from pymacaron import API

DESCRIPTION = """
openapi: 3.1.0
info: {title: NAME, version: "1"}
paths:
  /things/{PARAMETER}:
    get:
      operationId: get
      parameters: [{name: PARAMETER, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
  /NAME:
    get: {operationId: own, responses: {"200": {description: ok}}}
"""


def test_two_apis_that_answer_the_same_request_are_told_and_the_first_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    for name, parameter in (("one", "a"), ("two", "b")):
        text = DESCRIPTION.replace("NAME", name).replace("PARAMETER", parameter)
        (tmp_path / f"{name}.yaml").write_text(text)
    app = Flask("several")
    api = API(app, resolver=lambda operation: lambda **values: values or "own")
    api.load_apis(tmp_path)
    api.publish_apis()
    with caplog.at_level(logging.WARNING, "pymacaron"):
        api.start(serve=["one", "two"])
    assert "two.yaml:6:5: warning[same-path]: GET /things/{b} is answered by the api 'one' already" in caplog.text
    client = app.test_client()
    assert client.get("/things/1").json == {"a": "1"}
    assert (client.get("/one").text, client.get("/two").text) == ("own", "own")
    assert client.get("/doc/two.json").json["info"]["title"] == "two"
