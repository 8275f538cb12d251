"""A Connexion app of the description beside it: what it was given, it gives back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import connexion
import uvicorn
from connexion.exceptions import ProblemException


def simple(**given: Any) -> dict[str, Any]:
    headers, cookies = connexion.request.headers, connexion.request.cookies
    return {**given, "x_word": headers.get("X-Word"), "kept": cookies.get("kept")}


def add_pet(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    return {**body, "number": 7}, 201, {"Content-Type": "application/json"}


def get_pet(name: str) -> Any:
    if name == "none":
        raise ProblemException(status=404, title="None", detail="There is no such pet")
    if name == "crash":
        raise RuntimeError("crashed")
    return {"name": name}, 200, {"Content-Type": "application/json"}


def drop_pet(name: str) -> tuple[None, int]:
    return None, 204


def form(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body)


def upload(photo: Any, more: Any = None, body: Any = None) -> dict[str, Any]:
    names = [[one.filename, one.read().decode()] for one in more or []]
    return {"photo": [photo.filename, photo.content_type, len(photo.read())], "more": names, "body": body}


def length(body: bytes) -> dict[str, Any]:
    return {"length": len(body)}


def photo() -> Any:
    headers = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="a.png"'}
    return b"\x89PNG" * 50_000, 200, headers


def known(token: str) -> dict[str, Any] | None:
    return {"sub": token} if token != "unknown" else None


def known_basic(username: str, password: str) -> dict[str, Any] | None:
    return {"sub": username} if password == "x:y" else None


def me(user: str) -> dict[str, Any]:
    return {"user": user}


basic = key = me


def main() -> None:
    sys.modules["con"] = sys.modules["__main__"]
    app = connexion.FlaskApp("con", specification_dir=str(Path(__file__).parent))
    app.add_api("con.yaml", strict_validation=True)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
