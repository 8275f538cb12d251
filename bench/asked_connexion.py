"""The service of asked.yaml on Connexion, with validation of replies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import connexion

__all__ = ["app"]


class Handlers:
    """What answers each operation, as Connexion calls it."""

    @staticmethod
    def list_items(**given: Any) -> Any:
        where, spread = given.get("where") or {}, given.get("spread") or {}
        header = given.get("x_count", given.get("X-Count"))
        return {"header": header, "deep": where.get("age"), "spread": spread.get("blue")}

    @staticmethod
    def add_item(body: Any) -> Any:
        return {"kept": body, "born": type(body.get("born")).__name__}

    @staticmethod
    def misfit() -> Any:
        return {"number": "seven"}

    @staticmethod
    def undeclared() -> Any:
        return {}, 418

    @staticmethod
    def crash() -> Any:
        raise RuntimeError("the password is swordfish")


def app() -> Any:
    made = connexion.FlaskApp("asked", specification_dir=str(Path(__file__).parent))
    made.add_api(
        "asked.yaml",
        validate_responses=True,
        resolver=connexion.Resolver(lambda name: getattr(Handlers, name.rpartition(".")[2])),
    )
    return made
