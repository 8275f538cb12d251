"""The three hooks of the rows `in-process-hooks`: one before, one after, one when all is over."""

from __future__ import annotations

from flask import Flask, Response, g

__all__ = ["add"]


def add(app: Flask) -> None:
    @app.before_request
    def before() -> None:
        g.started = 1

    @app.after_request
    def after(response: Response) -> Response:
        response.headers["X-Hook"] = "1"
        return response

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        pass
