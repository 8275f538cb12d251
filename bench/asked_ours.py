"""The service of asked.yaml on PyMacaron, as installed, with replies validated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask

from pymacaron import API

__all__ = ["add_item", "app", "crash", "list_items", "misfit", "undeclared"]


def list_items(**given: Any) -> Any:
    where, spread = given.get("where"), given.get("spread")
    return {
        "header": given.get("x_count"),
        "deep": where and where.age,
        "spread": spread and spread.blue,
    }


def add_item(item: Any) -> Any:
    kept = item.to_json()
    return {"kept": kept, "born": type(item.born).__name__}


def misfit() -> Any:
    return {"number": "seven"}


def undeclared() -> Any:
    return {}, 418


def crash() -> Any:
    raise RuntimeError("the password is swordfish")


def app() -> Any:
    made = Flask("asked")
    api = API(made, settings={"response_validation": "strict", "docs": "public", "report_errors": False})
    api.load_apis(str(Path(__file__).with_name("asked.yaml"))).start(serve="asked")
    return made
