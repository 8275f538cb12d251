"""Bare Flask: as many routes as the description has operations, and the first call of one. Nothing is validated."""

from __future__ import annotations

import json
from typing import Any

import werkzeug.test
from flask import Flask, request
from measure import measure
from thing import PATH, THING


def add() -> Any:
    return request.get_json()


def load(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        paths = list(json.load(file)["paths"])
    app = Flask("bench")
    for number, one in enumerate(paths):
        app.add_url_rule(one, f"add_{number}", add, methods=["POST"])
    response = werkzeug.test.Client(app).post(PATH, json=THING)
    assert (response.status_code, response.json) == (200, THING), response.text


if __name__ == "__main__":
    measure(load)
