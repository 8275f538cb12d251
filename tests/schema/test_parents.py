"""x-parent and x-persist: classes of the user's own behind models."""

from __future__ import annotations

import abc
import copy
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import ParentError, parent_problem


class Greeter:
    greeting = "Hello"
    sku = "of the class"

    def greet(self) -> str:
        return f"{self.greeting}, {self.name}"  # type: ignore[attr-defined]

    def title(self) -> str:
        return "of the parent"

    def remember(self, value: str) -> None:
        self._memory = value


class Slotted:
    __slots__ = ("cache",)

    def cached(self) -> Any:
        if not hasattr(self, "cache"):
            self.cache = self["name"].upper()  # type: ignore[index]
        return self.cache


class Described(abc.ABC):
    __slots__ = ()

    @property
    @abc.abstractmethod
    def name(self) -> str: ...

    @abc.abstractmethod
    def area(self) -> float: ...

    def describe(self) -> str:
        return f"<{self.name}>"


class Meta(type):
    pass


class Metaclassed(metaclass=Meta):
    def shout(self) -> str:
        return str(self.name).upper()  # type: ignore[attr-defined]


class WithInit:
    def __init__(self) -> None:
        self.x = 1


class Inheriting(WithInit):
    pass


class WithNew:
    def __new__(cls) -> WithNew:
        return object.__new__(cls)


class Choosy:
    def __init_subclass__(cls, *, colour: str) -> None: ...


class Picky:
    def __init_subclass__(cls) -> None:
        raise RuntimeError("not today")


class PickyMeta(type):
    def __new__(cls, name: str, bases: Any, namespace: Any) -> Any:
        if bases:
            raise LookupError
        return super().__new__(cls, name, bases, namespace)


class PickyMade(metaclass=PickyMeta):
    pass


class NamePicky:
    def __init_subclass__(cls) -> None:
        if cls.__name__ == "User":
            raise ValueError("no User")


class Outer:
    class Inner(Greeter):
        pass


class Stored:
    saved: list[Any] = []  # noqa: RUF012

    @staticmethod
    def load_from_db(key: str) -> str:
        return f"loaded {key}"

    @staticmethod
    def save_to_db(obj: Any, *, quickly: bool = False) -> tuple[Any, bool]:
        return obj, quickly


@pytest.fixture(autouse=True)
def shopkit(monkeypatch: pytest.MonkeyPatch) -> None:
    """This file's classes, importable as `shopkit.<name>`."""
    module = types.ModuleType("shopkit")
    module.__dict__.update({name: cls for name, cls in globals().items() if isinstance(cls, type)})
    monkeypatch.setitem(sys.modules, "shopkit", module)


Make = Callable[..., Schemas]


def user(schemas_of: Make, parent: str, **more: Any) -> Any:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "title": {"type": "string"}},
        "x-parent": parent,
    }
    return schemas_of({"User": {**schema, **more}}).models.User


def test_a_parents_methods_see_the_model(schemas_of: Make) -> None:
    User = user(schemas_of, "shopkit.Greeter")
    model = User(name="Ada")
    assert issubclass(User, Greeter)
    assert (model.greet(), model.greeting, model.sku, model.to_json()) == (
        "Hello, Ada",
        "Hello",
        "of the class",
        {"name": "Ada"},
    )


def test_a_declared_property_wins_over_the_parents_method(schemas_of: Make) -> None:
    assert user(schemas_of, "shopkit.Greeter")(title="Dr").title == "Dr"


def test_what_a_parent_keeps_in_the_instance_is_kept_in_copies_and_not_sent(schemas_of: Make) -> None:
    model = user(schemas_of, "shopkit.Greeter")(name="Ada")
    model.remember("x")
    assert (copy.copy(model)._memory, model.clone()._memory, model.to_json()) == ("x", "x", {"name": "Ada"})
    with pytest.raises(AttributeError, match="User has no property 'nam'"):
        model.nam = "Bob"


def test_a_parent_may_have_slots(schemas_of: Make) -> None:
    model = user(schemas_of, "shopkit.Slotted")(name="Ada")
    assert (model.cached(), model.clone().cache) == ("ADA", "ADA")
    assert copy.copy(user(schemas_of, "shopkit.Slotted")(name="Bob")).cached() == "BOB"


def test_a_parent_may_stand_inside_of_a_class(schemas_of: Make) -> None:
    assert user(schemas_of, "shopkit.Outer.Inner")(name="Ada").greet() == "Hello, Ada"


def test_a_parent_may_be_an_abc(schemas_of: Make) -> None:
    model = user(schemas_of, "shopkit.Described")(name="Ada")
    assert (model.describe(), isinstance(model, Described)) == ("<Ada>", True)


def test_a_parent_may_have_a_metaclass(schemas_of: Make) -> None:
    User = user(schemas_of, "shopkit.Metaclassed")
    assert (User(name="Ada").shout(), type(User)) == ("ADA", Meta)


def test_decoded_models_have_the_parent_too(schemas_of: Make) -> None:
    shop = schemas_of({"User": {"properties": {"name": {"type": "string"}}, "x-parent": "shopkit.Greeter"}})
    assert shop.codec(shop.api.schemas["User"], "request").decode(b'{"name":"Ada"}').greet() == "Hello, Ada"


@pytest.mark.parametrize(
    ("cls", "problem"),
    [
        (Greeter, None),
        (Slotted, None),
        (Described, None),
        (Metaclassed, None),
        (WithInit, "it has an __init__"),
        (Inheriting, "it has an __init__ (inherited from WithInit)"),
        (WithNew, "it has a __new__"),
        (dict, "it has an __init__"),
        (print, "it is a builtin_function_or_method, not a class"),
        (int, "it has a __new__"),
        (
            Choosy,
            "Python refuses to mix it in: "
            "Choosy.__init_subclass__() missing 1 required keyword-only argument: 'colour'",
        ),
        (Picky, "it refuses to be mixed in: RuntimeError: not today"),
        (PickyMade, "it refuses to be mixed in: LookupError"),
    ],
)
def test_what_keeps_a_class_from_being_a_parent(cls: Any, problem: str | None) -> None:
    assert parent_problem(cls) == problem


@pytest.mark.parametrize(
    ("parent", "text"),
    [
        ("shopkit.WithInit", "User: x-parent 'shopkit.WithInit' cannot be mixed into a model: it has an __init__"),
        ("shopkit.Nobody", "User: x-parent 'shopkit.Nobody' cannot be imported: "),
        ("nowhere.Nobody", "User: x-parent 'nowhere.Nobody' cannot be imported: No module named 'nowhere'"),
        ("Nobody", "User: x-parent 'Nobody' cannot be imported: "),
        (
            "shopkit.Picky",
            "User: x-parent 'shopkit.Picky' cannot be mixed into a model: it refuses to be mixed in: Runt",
        ),
        ("shopkit.NamePicky", "User: x-parent 'shopkit.NamePicky' cannot be mixed into a model: ValueError('no User')"),
    ],
)
def test_a_parent_that_cannot_be_mixed_in_is_refused(schemas_of: Make, parent: str, text: str) -> None:
    with pytest.raises(ParentError) as caught:
        user(schemas_of, parent)
    assert str(caught.value).startswith(text)


def test_persistence_is_handed_to_the_class_that_x_persist_names(schemas_of: Make) -> None:
    User: Any = schemas_of({"User": {"properties": {"name": {}}, "x-persist": "shopkit.Stored"}}).models.User
    model = User(name="Ada")
    assert User.load_from_db("k") == "loaded k"
    assert User.save_to_db(model, quickly=True) == (model, True)


def test_x_persist_is_imported_when_it_is_used(schemas_of: Make) -> None:
    User: Any = schemas_of({"User": {"properties": {"name": {}}, "x-persist": "nowhere.Stored"}}).models.User
    assert User(name="Ada").name == "Ada"
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        User.load_from_db("k")


def test_models_without_x_persist_have_no_persistence(schemas_of: Make) -> None:
    assert not hasattr(schemas_of({"User": {"properties": {"name": {}}}}).models.User, "load_from_db")
