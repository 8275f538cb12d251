"""PyMacaron: 1,000 operations of a description, and the first call of one."""

from __future__ import annotations

import werkzeug.test
from flask import Flask
from measure import measure
from thing import PATH, THING

from pymacaron import API


def load(path: str) -> None:
    app = Flask("bench")
    API(app, resolver=lambda operation: lambda body: body, settings={"name": "bench"}).load_apis(path).start(
        serve="things"
    )
    response = werkzeug.test.Client(app).post(PATH, json=THING)
    assert (response.status_code, response.json) == (200, THING), response.text


if __name__ == "__main__":
    measure(load)
