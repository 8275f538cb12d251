"""
A schema -> its model's class: the properties that it declares, its name, and what `x-parent` and `x-persist` add.

A class is made when it is first asked for; the classes of its properties, when those are read. Neighbours: models.py
has what all models share, names.py names the inline ones, plans.py converts what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pkgutil import resolve_name
from typing import Any, Union

from pymacaron.finding import did_you_mean
from pymacaron.schema.concealed import Concealed, Withheld
from pymacaron.schema.defaults import Default, settled
from pymacaron.schema.formats import Format
from pymacaron.schema.kept import Keeper, Kept
from pymacaron.schema.marks import is_marked
from pymacaron.schema.members import descriptor
from pymacaron.schema.models import Model, ParentError, parent_problem
from pymacaron.schema.names import Names, place_name
from pymacaron.schema.once import LOCK
from pymacaron.schema.outgoing import Formats, Walk
from pymacaron.schema.ownformats import Own
from pymacaron.schema.plans import Plans
from pymacaron.schema.quoting import is_secret
from pymacaron.schema.records import Plan, Property, Record, named_plan
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.schema.wire import json_decode, json_encode, json_exact
from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.names import attribute, camel

__all__ = ["Alias", "Classes", "Models", "attributes_of"]

#: dict: whether defaults are lent -> the slots of a model's class
_SLOTS = {False: ("__pym_data__",), True: ("__pym_raw__", "__pym_lent__")}

#: Stands for the model that save_to_db() was called without
_NOT_GIVEN: Any = object()


class Models:
    """
    The models of one api: `models.Order`, `getattr(models, 'a-name')`, `models.names()`.

    A schema whose name is that of a method here wins; the framework itself asks `Classes`.
    """

    def __init__(self, classes: Classes):
        self.__pym_classes__ = classes
        for name in ("names", "of"):
            if name in classes.api.schemas:
                self.__dict__[name] = self.__pym_classes__.named(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = self.__pym_classes__.meant(name)
        return found

    def __dir__(self) -> list[str]:
        return sorted({attribute(name) for name in self.__pym_classes__.names()})

    def __repr__(self) -> str:
        return f"<models of {self.__pym_classes__.api.name}>"

    def names(self) -> dict[str, Node]:
        """dict: model name -> its schema, of every schema that has a class: named ones first, then inline ones."""
        return self.__pym_classes__.names()

    def of(self, schema: Node) -> type[Model] | None:
        """
        The class of *schema*, references followed; None where its values are not objects with declared properties.
        """
        return self.__pym_classes__.of(schema)


class Alias:
    """
    What stands for a named schema without a class: it can be written in annotations, alone or in others. Whatever else
    is done with it raises AttributeError, which says what the schema is.
    """

    __slots__ = ("__pym_title__", "__pym_why__")

    def __init__(self, title: str, why: str):
        self.__pym_title__ = title
        self.__pym_why__ = why

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007 - `|` is what is made here

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007

    def __repr__(self) -> str:
        return self.__pym_title__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise AttributeError(self.__pym_why__)

    def __instancecheck__(self, instance: Any) -> bool:
        raise AttributeError(self.__pym_why__)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name if name.startswith("__") else self.__pym_why__)


class Classes:
    """
    The classes of one api's object schemas, and the plans of all its schemas. Each is made when first asked for.
    Thread-safe.

    *formats* and *fits* are for the plans, see there.
    """

    def __init__(self, api: Api, shapes: Shapes, formats: Mapping[str, Format], fits: Callable[[Node, Any], bool]):
        self.api = api
        self._shapes = shapes
        self._fits = fits
        #: How JSON that was just read becomes Python values
        self._plans = Plans(shapes, formats, self.of, fits)
        has_own = any(isinstance(form, Own) and form.converts for form in formats.values())
        #: How what models hold does, where formats of one's own are Python values already
        self._held = Plans(shapes, formats, self.of, self._held_fits, held=True) if has_own else self._plans
        self.formats = Formats(shapes, formats, fits)
        self.concealed = Concealed(shapes, fits)
        self.withheld = Withheld(shapes, fits)
        #: What finds a class by the names of its api and itself, for models that were pickled; None: nobody does
        self.finder: Callable[[str, str], type[Model]] | None = None
        #: What gives the table of a class whose x-persist is a map; None: nobody does
        self.keeper: Keeper | None = None
        self._made: dict[Identity, type[Model]] = {}
        self._table: Names | None = None

    def names(self) -> dict[str, Node]:
        """dict: model name -> its schema, of every schema that has a class: named ones first, then inline ones."""
        return {
            name: node
            for name, node in self._names().by_name.items()
            if self._shapes.is_object(self._shapes.target(node))
        }

    def named(self, name: str) -> type[Model]:
        """
        The class called *name*, or whose name is written so in Python. AttributeError says what the name stands for
        instead.
        """
        found = self.meant(name)
        if isinstance(found, Alias):
            found()
        return found  # type: ignore[no-any-return]

    def meant(self, name: str) -> Any:
        """The same, or an Alias where that is a named schema without a class."""
        node = self.api.schemas.get(name)
        if node is None:
            node = self._names().by_attribute.get(name)
        if node is None:
            hint = did_you_mean(name, self._names().by_attribute)
            raise AttributeError(f"{self.api.name} has no model {name!r}. {hint}".rstrip())
        cls = self.of(node)
        if cls is None:
            title = f"ApiPool.{attribute(self.api.name)}.model.{attribute(name)}"
            return Alias(title, f"{name} is {self._kind(node)}: there is no class for it")
        return cls

    def of(self, schema: Node) -> type[Model] | None:
        """
        The class of *schema*, references followed; None where its values are not objects with declared properties.
        """
        node = self._shapes.target(schema)
        cls = self._made.get(node.identity)
        if cls is not None:
            return cls
        if not self._shapes.is_object(node):
            return None
        with LOCK:
            if node.identity not in self._made:
                self._made[node.identity] = self._class(node)
            return self._made[node.identity]

    def plan(self, schema: Node) -> Plan | None:
        """How a valid JSON value of *schema* becomes a Python value; None where it stays as it is."""
        return self._plans.of(schema)

    def _held_fits(self, schema: Node, value: Any) -> bool:
        """Whether *value*, in which values of formats of one's own may be Python's, is valid."""
        walk = self.formats.of(schema)
        try:
            return self._fits(schema, value if walk is None else walk(value))
        except (ValueError, TypeError):
            return False

    def _names(self) -> Names:
        if self._table is None:
            with LOCK:
                if self._table is None:
                    self._table = Names(self.api, self._shapes)
        return self._table

    def _kind(self, node: Node) -> str:
        branches = self._shapes.branches(node)
        if branches:
            named = [cls.__pym_record__.name for cls in map(self.of, branches) if cls is not None]
            return f"a choice of {', '.join(named)}" if named else "a choice of values"
        if self._shapes.first(node, "enum") is not None:
            return "an enumeration"
        types = self._shapes.types(node) - {"null"}
        if "number" in types:
            types -= {"integer"}
        if len(types) != 1:
            return "any value"
        name = next(iter(types))
        return f"an {name}" if name[0] in "aio" else f"a {name}"

    def _name_of(self, node: Node) -> str:
        name = self._shapes.named.get(node.place) if not node.scope else None
        if name is None:
            with LOCK:
                name = self._names().name(node, camel(place_name(node)))
        return name

    def _class(self, node: Node) -> type[Model]:
        """The class of an object schema. Its properties' own classes are made when they are read."""
        name = self._name_of(node)
        schemas = self._shapes.properties(node)
        attributes = attributes_of(schemas)
        by_wire = {wire: given for given, wire in attributes.items()}
        own = self._shapes.own_properties(node)
        properties = {
            wire: self._described(wire, by_wire.get(wire, ""), schema, wire in own) for wire, schema in schemas.items()
        }
        secrets = self._secrets(node)
        for wire in secrets & properties.keys():
            properties[wire] = replace(properties[wire], secret=True)
        closing = ("additionalProperties", "unevaluatedProperties")
        extra = [one for keyword in closing if (one := self._shapes.first(node, keyword)) is not None]
        rest, patterns = self._held.others(node)
        conceal = self.concealed.of(node)
        record = Record(
            name,
            self.api.name,
            properties,
            attributes,
            self._shapes.is_open(node),
            rest,
            any(map(self._shapes.is_password, [*extra, *self._shapes.patterned(node)])),
            patterns,
            self._receiver(node, schemas),
            conceal,
            lambda: self.finder,
            secrets,
        )
        lent = {wire: known.default for wire, known in properties.items() if known.default and known.default.lent}
        title = self._shapes.first(node, "description") or self._shapes.first(node, "title")
        namespace: dict[str, Any] = {
            "__slots__": (*_SLOTS[bool(lent)], *(("__pym_aside__",) if self._is_kept(node) else ())),
            "__module__": f"ApiPool.{self.api.name}.model",
            "__qualname__": name,
            "__doc__": title.value if title is not None and isinstance(title.value, str) else None,
            "__pym_record__": record,
        }
        namespace.update(self._persistence(node))
        for given, wire in attributes.items():
            namespace[given] = descriptor(lambda: record, properties[wire])
        if lent:
            namespace["__pym_data__"] = settled(lent)
        cls = self._mixed(name, node, namespace)
        _outgoing(cls, self.formats.of(node), conceal)
        return cls

    def _secrets(self, node: Node) -> frozenset[str]:
        """
        The passwords of all schemas that its objects may have to fit, and of those that a discriminator names: an
        object that does not fit one may have them still.
        """
        rule = self._shapes.choice(node)
        heirs = rule.mapping.values() if rule is not None else ()
        return frozenset().union(*map(self._shapes.passwords, [node, *heirs]))

    def _described(self, name: str, given: str, schema: Node, own: bool) -> Property:
        """*own*: whether the schema itself declares it, and not one of its alternatives alone."""
        shapes = self._shapes
        form, convert = self._plans.format(schema), self._held.of(schema)
        secret = is_secret(name) or shapes.is_password(schema) or is_marked(shapes, schema, "writeOnly")
        known = None if isinstance(form, Own) else form
        default = self._default(schema) if own else None
        return Property(name, given, "null" in shapes.types(schema), secret, known, convert, default)

    def _default(self, schema: Node) -> Default | None:
        """What an unset property of *schema* reads as; None for None, as all others."""
        found = self._shapes.first(schema, "default")
        if found is None or found.value is None:
            return None
        walk, plan = self.formats.of(schema), self._plans.of(schema)
        return Default(
            json_decode(json_encode(found.value)),
            lambda value: value if plan is None else plan(value),
            lambda value: json_exact(value if walk is None else walk(value)),
            json_decode,
            lambda value: self._fits(schema, value),
            isinstance(found.value, (dict, list)) or isinstance(self._plans.format(schema), Own),
        )

    def _receiver(self, node: Node, schemas: Mapping[str, Node]) -> Callable[[dict[str, Any]], None] | None:
        """What converts, in place, the values of formats of one's own in a dict of JSON; None where there are none."""
        if not self.formats.reaches(node):
            return None
        plans = {
            wire: plan
            for wire, schema in schemas.items()
            if self.formats.reaches(schema) and (plan := self._plans.of(schema)) is not None
        }
        rest, patterns = self._plans.others(node)

        def receive(data: dict[str, Any]) -> None:
            for name, plan in plans.items():
                if name in data:
                    data[name] = plan(data[name])
            if rest is not None or patterns:
                for name in data.keys() - schemas.keys():
                    other = named_plan(name, patterns, rest)
                    if other is not None:
                        data[name] = other(data[name])

        return receive

    def _mixed(self, name: str, node: Node, namespace: dict[str, Any]) -> type[Model]:
        path = self._own_extension(node, "x-parent")
        if path is None:
            return type(name, (Model,), namespace)
        try:
            parent = _load_class(path)
        except Exception as error:  # a module of the user's, which may fail in any way while it is imported
            said = str(error) if isinstance(error, (ImportError, AttributeError, ValueError)) else repr(error)
            raise ParentError(f"{name}: x-parent {path!r} cannot be imported: {said}") from error
        problem = parent_problem(parent)
        if problem is not None:
            raise ParentError(f"{name}: x-parent {path!r} cannot be mixed into a model: {problem}")
        try:
            cls: type[Model] = type(parent)(name, (parent, Model), namespace)
        except Exception as error:  # what lets a class of another name and other members be made may refuse this one
            raise ParentError(f"{name}: x-parent {path!r} cannot be mixed into a model: {error!r}") from error
        if getattr(cls, "__abstractmethods__", None):  # a body makes a model, whatever the parent leaves undone
            cls.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
        return cls

    def _persistence(self, node: Node) -> dict[str, Any]:
        if self._is_kept(node):
            return self._table_functions(node)
        path = self._own_extension(node, "x-persist")
        if path is None:
            return {}

        def load_from_db(*args: Any, **kwargs: Any) -> Any:
            """What the class that x-persist names loads."""
            return _load_class(path).load_from_db(*args, **kwargs)

        def save_to_db(obj: Any, *args: Any, **kwargs: Any) -> Any:
            """Hand *obj* to the class that x-persist names."""
            return _load_class(path).save_to_db(obj, *args, **kwargs)

        return {"load_from_db": staticmethod(load_from_db), "save_to_db": staticmethod(save_to_db)}

    def _is_kept(self, node: Node) -> bool:
        return isinstance(node.value, dict) and isinstance(node.value.get("x-persist"), dict)

    def _table_functions(self, node: Node) -> dict[str, Any]:
        """What a class gets whose `x-persist` is a map; `__pym_kept__` is its schema, for the table."""

        def table() -> Any:
            cls = self._made[node.identity]
            if self.keeper is None:
                raise RuntimeError(f"{cls.__name__} of the api {self.api.name} has no table: ApiPool has not loaded it")
            return self.keeper(cls)

        def load_from_db(*key: Any, **named: Any) -> Any:
            """The object of that key, in the order of x-persist or by the names of properties; else None."""
            return table().get(*key, **named)

        def save_to_db(obj: Any = _NOT_GIVEN) -> None:
            """Put *obj* into its table, under its key."""
            if obj is _NOT_GIVEN:
                name = self._made[node.identity].__name__
                raise TypeError(f"{name}.save_to_db() is static, on a model too: call {name}.save_to_db(model)")
            table().put(obj)

        return {
            "load_from_db": staticmethod(load_from_db),
            "save_to_db": staticmethod(save_to_db),
            "__pym_kept__": Kept(node, self._shapes),
        }

    def _own_extension(self, node: Node, key: str) -> str | None:
        value = node.value.get(key) if isinstance(node.value, dict) else None
        return value if isinstance(value, str) else None


def _outgoing(cls: type[Model], formats: Walk | None, conceal: Walk | None) -> None:
    """
    Give *cls* the attributes by which its members are written: `__pym_wire__`, and `__pym_reply__` in responses. Both
    are the slot of its dict itself, unless something in there changes on its way.
    """
    held: Any = cls.__dict__["__pym_data__"]
    wire = held if formats is None else property(lambda self: formats(held.__get__(self)))
    reply = wire if conceal is None else property(lambda self: conceal(wire.__get__(self)))
    type.__setattr__(cls, "__pym_wire__", wire)
    type.__setattr__(cls, "__pym_reply__", reply)


def attributes_of(schemas: Mapping[str, Node]) -> dict[str, str]:
    """
    dict: Python name -> wire name. A name that is the same in both comes first; names that Python itself uses have
    none.
    """
    found = {name: name for name in schemas if attribute(name) == name}
    for name in schemas:
        found.setdefault(attribute(name), name)
    return {given: wire for given, wire in found.items() if not (given.startswith("__") and given.endswith("__"))}


def _load_class(path: str) -> Any:
    return resolve_name(path)
