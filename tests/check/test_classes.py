"""The classes that schemas name: parents of models, and stores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron.check import parents
from pymacaron.finding import sorted_findings
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

Files = Callable[[dict[str, str]], None]
EMPTY = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths: {}\n"


def test_a_parent_is_imported_and_mixed_in(files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files(
        {
            "animals.py": """
                from abc import ABC, abstractmethod

                class Animal(ABC):
                    @abstractmethod
                    def speak(self): ...

                class Made:
                    def __new__(cls): return object.__new__(cls)

                def function(): ...

                COUNT = 1
            """,
            "shop.yaml": EMPTY
            + "components:\n  schemas:\n"
            + "".join(
                f"    {name}: {{type: object, x-parent: {parent}}}\n"
                for name, parent in (
                    ("Good", "animals.Animal"),
                    ("Made", "animals.Made"),
                    ("Function", "animals.function"),
                    ("Missing", "animals.Animl"),
                    ("Nowhere", "anmals.Animal"),
                    ("Count", "animals.COUNT"),
                    ("Number", "5"),
                )
            ),
        }
    )
    monkeypatch.syspath_prepend(tmp_path)
    api = load("shop.yaml")
    assert [(one.code, one.line, one.fact) for one in sorted_findings(parents(api, Schemas(api)))] == [
        ("x-parent", 7, "x-parent 'animals.Made' cannot be mixed into a model: it has a __new__"),
        ("x-parent", 8, "x-parent 'animals.function' cannot be mixed into a model: it is a function, not a class"),
        ("x-parent", 9, "x-parent 'animals.Animl' names no class"),
        ("x-parent", 10, "x-parent 'anmals.Animal' names no class: there is no module 'anmals'"),
        ("x-parent", 11, "x-parent 'animals.COUNT' cannot be mixed into a model: it is an int, not a class"),
        ("x-parent", 12, "x-parent 5 is no dotted path"),
    ]


def test_a_store_is_imported_and_has_its_two_functions(
    files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files(
        {
            "tables.py": """
                class Table:
                    @staticmethod
                    def load_from_db(name): ...

                    @classmethod
                    def save_to_db(cls, pet): ...

                class Plain:
                    def load_from_db(name): ...
                    def save_to_db(pet): ...

                class Half:
                    load_from_db = Table.load_from_db

                class Methods:
                    def load_from_db(self, name): ...
                    def save_to_db(self): ...
            """,
            "shop.yaml": EMPTY
            + "components:\n  schemas:\n"
            + "".join(
                f"    {name}: {{type: object, x-persist: {store}}}\n"
                for name, store in (
                    ("Good", "tables.Table"),
                    ("Plain", "tables.Plain"),
                    ("Half", "tables.Half"),
                    ("Methods", "tables.Methods"),
                    ("Missing", "tables.Tabel"),
                    ("Nowhere", "nope.Z"),
                    ("Number", "5"),
                )
            )
            + "    Hides: {type: object, x-persist: tables.Table, properties: {load_from_db: {type: string}}}\n",
        }
    )
    monkeypatch.syspath_prepend(tmp_path)
    api = load("shop.yaml")
    assert [(one.code, one.line, one.fact, one.mend) for one in sorted_findings(parents(api, Schemas(api)))] == [
        (
            "x-persist",
            8,
            "x-persist 'tables.Half' has no static save_to_db",
            "Add save_to_db to it, as a @staticmethod",
        ),
        (
            "x-persist",
            9,
            "x-persist 'tables.Methods' has no static load_from_db and no static save_to_db",
            "Add load_from_db and save_to_db to it, each as a @staticmethod",
        ),
        (
            "x-persist",
            10,
            "x-persist 'tables.Tabel' names no class",
            "tables.py has Half, Methods, Plain, Table. Did you mean 'tables.Table'?",
        ),
        (
            "x-persist",
            11,
            "x-persist 'nope.Z' names no class: there is no module 'nope'",
            "Is nope.py, or the folder nope, in the folder of pym-config.yaml?",
        ),
        ("x-persist", 12, "x-persist 5 is no dotted path", "Write it as package.module.Class"),
        (
            "x-persist",
            13,
            "the property 'load_from_db' hides load_from_db(), which models have by x-persist",
            "Give the property another name",
        ),
    ]
