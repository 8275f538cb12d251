"""
A class per object schema, and what can be done with its instances.

A model is a plain Python object around one dict, wire name -> JSON value, so that members which the schema leaves
open, the three states (unset, null, value) and the original text of values survive by themselves. Nested objects
become models when they are first read, in place; texts of a format (date-time, uuid, ...) are converted at each read.
Nothing here validates. Neighbours: shape.py says what a schema is, wire.py writes JSON, codec.py decodes bodies into
models.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pymacaron.finding import did_you_mean
from pymacaron.schema.formats import FORMATS, Format
from pymacaron.schema.shape import Discriminator, Identity, Shapes
from pymacaron.schema.violations import is_secret
from pymacaron.schema.wire import plain
from pymacaron.source import Node
from pymacaron.spec.names import attribute, camel

if TYPE_CHECKING:
    from pymacaron.schema.codec import Schemas
    from pymacaron.spec.model import Api, MediaType, Operation

__all__ = [
    "Classes",
    "Model",
    "Models",
    "ParentError",
    "Plan",
    "Property",
    "Record",
    "UndeclaredError",
    "clone",
    "from_json",
    "get_model_name",
    "is_set",
    "parent_problem",
    "to_json",
    "update_from_dict",
]

_M = TypeVar("_M", bound="Model")
_Convert = Callable[[Any], Any]


class ParentError(TypeError):
    """The class that a schema's `x-parent` names cannot be mixed into a model; the text says why."""


class UndeclaredError(AttributeError):
    """A model has no property of that name. Its text is made when it is asked for, since hasattr() asks for none."""

    def __init__(self, record: Record, name: str):
        super().__init__(record, name)

    def __str__(self) -> str:
        record, name = self.args
        return str(record.unknown(name))


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """
    One declared property: `name` on the wire, `attribute` in Python ('' where it has none), whether it may be null,
    whether its value is never shown, the format of its text, and `convert` from what the dict holds (None where
    nothing changes).
    """

    name: str
    attribute: str
    nullable: bool
    secret: bool
    format: Format | None
    convert: Plan | None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """
    What a model's class knows: the model's name, its api's, its properties by wire name, wire names by attribute,
    whether it is open to other members, and how those are converted.
    """

    name: str
    api: str
    properties: Mapping[str, Property]
    attributes: Mapping[str, str]
    open: bool
    extra: Plan | None

    def wire_name(self, name: str) -> str | None:
        """The wire name of the property that *name*, attribute or wire name, stands for; None where there is none."""
        found = self.attributes.get(name)
        return found if found is not None else name if name in self.properties else None

    def unknown(self, name: str) -> str:
        """The sentence that refuses *name*."""
        return (
            f"{self.name} has no property {name!r}. {did_you_mean(name, [*self.attributes, *self.properties])}".rstrip()
        )


class Plan:
    """
    How a JSON value becomes a Python value: by its class, a function for dicts, lists, text, floats. Others stay.

    Lists and dicts are converted in place, so that what is changed in them is changed in the model.
    """

    __slots__ = ("by_class",)

    def __init__(
        self,
        members: _Convert | None = None,
        items: _Convert | None = None,
        text: _Convert | None = None,
        number: _Convert | None = None,
    ):
        functions = ((dict, members), (list, items), (str, text), (float, number))
        self.by_class: dict[type, _Convert] = {cls: function for cls, function in functions if function is not None}

    def __call__(self, value: Any) -> Any:
        convert = self.by_class.get(value.__class__)
        return value if convert is None else convert(value)


class Model:
    """
    Base of all models. `Order(customer=..., items=[...])` takes every property by keyword, none is demanded.

    Attributes are the declared properties; `m[name]`, `name in m` and `del m[name]` take wire names, open members among
    them; iterating gives the wire names that are set. An unset property reads as None. Equal by value, not hashable.

    The accents in the names of what belongs to the class keep them apart from every property: attributes are ASCII.
    """

    __slots__ = ()
    _dáta: dict[str, Any]
    _récord: ClassVar[Record]

    def __init__(self, /, **members: Any):
        data: dict[str, Any] = {}
        object.__setattr__(self, "_dáta", data)
        record = self._récord
        for name, value in members.items():
            wire = record.wire_name(name)
            if wire is not None:
                _put(record, data, record.properties[wire], value)
            elif record.open:
                data[name] = value
            else:
                raise TypeError(record.unknown(name))

    def __getattr__(self, name: str) -> Any:
        raise UndeclaredError(self._récord, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(self.__class__, name) and not (name[:1] == "_" and hasattr(self, "__dict__")):
            raise UndeclaredError(self._récord, name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if not hasattr(self.__class__, name) and name not in getattr(self, "__dict__", ()):
            raise UndeclaredError(self._récord, name)
        object.__delattr__(self, name)

    def __getitem__(self, name: str) -> Any:
        record, data = self._récord, self._dáta
        known = record.properties.get(name)
        if known is None:
            if name not in data:
                raise KeyError(name if record.open else record.unknown(name))
            return _read(data, name, record.extra)
        return _read(data, name, known.convert)

    def __setitem__(self, name: str, value: Any) -> None:
        record = self._récord
        known = record.properties.get(name)
        if known is not None:
            _put(record, self._dáta, known, value)
        elif record.open:
            self._dáta[name] = value
        else:
            raise KeyError(record.unknown(name))

    def __delitem__(self, name: str) -> None:
        if name in self._récord.properties:
            self._dáta.pop(name, None)
        else:
            del self._dáta[name]

    def __contains__(self, name: object) -> bool:
        return name in self._dáta

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._dáta))

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or self._récord.name != other._récord.name:
            return NotImplemented
        return self is other or _equal(self._dáta, other._dáta)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return _shown(self)

    def __copy__(self: _M) -> _M:
        return _copied(self, dict(self._dáta))

    def __deepcopy__(self: _M, memo: dict[int, Any]) -> _M:
        from copy import deepcopy

        copied = memo[id(self)] = _copied(self, {})
        copied._dáta.update(deepcopy(self._dáta, memo))
        return copied

    def to_json(self) -> dict[str, Any]:
        """What is set, as a dict of plain JSON values by wire name: a copy."""
        return to_json(self)

    @classmethod
    def from_json(cls: type[_M], j: Mapping[str, Any]) -> _M:
        """A model of the JSON object *j*, which is copied and not validated."""
        return from_json(cls, j)

    def update_from_dict(self, d: Mapping[str, Any], ignore_none: bool = False) -> None:
        """Set every member of *d*, by wire name or attribute; with *ignore_none*, not those that are None."""
        update_from_dict(self, d, ignore_none)

    def clone(self: _M) -> _M:
        """A deep copy."""
        return clone(self)

    @classmethod
    def get_model_name(cls) -> str:
        """The schema's name in the description."""
        return cls._récord.name


# ---- what can be done with a model, also where a property has taken the method's name


def to_json(model: Model) -> dict[str, Any]:
    """
    What is set in *model*, as a dict of plain JSON values by wire name: a copy. ValueError or TypeError as for
    json_encode.
    """
    result: dict[str, Any] = plain(model._dáta)
    return result


def from_json(cls: type[_M], j: Mapping[str, Any]) -> _M:
    """
    A model of class *cls* from the JSON object *j*: a dict, or a model. It is copied and not validated.

    None is absent for a property that is not nullable, in nested objects too. Raises TypeError where *j* is no object.
    """
    data = plain(j)
    if not isinstance(data, dict):
        raise TypeError(f"{cls._récord.name}.from_json takes a dict, not {type(j).__name__}")
    model = _wrap(cls, data)
    _drop_nulls(model)
    return model


def is_set(model: Model, name: str) -> bool:
    """
    Whether the property *name* (attribute or wire name) of *model* was set, to null or a value. False for unknown
    names.
    """
    record, data = model._récord, model._dáta
    return record.attributes.get(name, name) in data or name in data


def clone(model: _M) -> _M:
    """A deep copy of *model*."""
    return model.__deepcopy__({})


def update_from_dict(model: Model, d: Mapping[str, Any], ignore_none: bool = False) -> None:
    """
    Set every member of *d* in *model*, by wire name or attribute, as assigning it would; dicts and lists are copied.

    With *ignore_none*, members that are None change nothing. Raises TypeError for a name that *model* does not take.
    """
    record, data = model._récord, model._dáta
    for name in d:
        wire = record.wire_name(name)
        if wire is None and not record.open:
            raise TypeError(record.unknown(name))
    for name, value in d.items() if isinstance(d, Mapping) else to_json(d).items():
        if value is None and ignore_none:
            continue
        wire = record.wire_name(name)
        value = _own(value)
        if wire is not None:
            _put(record, data, record.properties[wire], value)
        else:
            data[name] = value


def get_model_name(model: Model | type[Model]) -> str:
    """The name, in the description, of the schema of *model* (an instance or a class)."""
    return model._récord.name


def _wrap(cls: type[_M], data: dict[str, Any]) -> _M:
    model = object.__new__(cls)
    object.__setattr__(model, "_dáta", data)
    return model


def _copied(model: _M, data: dict[str, Any]) -> _M:
    """A model of *model*'s class around *data*, with what an x-parent keeps in the instance."""
    copied = _wrap(model.__class__, data)
    for name, value in getattr(model, "__dict__", {}).items():
        object.__setattr__(copied, name, value)
    for cls in model.__class__.__mro__[1:]:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            slot = cls.__dict__.get(name)
            if slot is not None and hasattr(slot, "__set__"):
                try:
                    slot.__set__(copied, slot.__get__(model))
                except AttributeError:  # never set
                    continue
    return copied


def _equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """
    Whether two models' members are the same JSON; where they hold what is no JSON, whether they are equal as they
    are.
    """
    try:
        return bool(plain(one) == plain(other))
    except (TypeError, ValueError):
        return one == other


def _own(value: Any) -> Any:
    """*value* with its dicts and lists copied; models and other objects stay the same."""
    if isinstance(value, dict):
        return {name: _own(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_own(item) for item in value]
    return value


def _put(record: Record, data: dict[str, Any], known: Property, value: Any) -> None:
    """Set one property: None unsets what cannot be null, values of a format become their text."""
    if value is None and not known.nullable:
        data.pop(known.name, None)
        return
    form = known.format
    if form is not None and form.type is not None and form.unconvert is not None and isinstance(value, form.type):
        try:
            value = form.unconvert(value)
        except ValueError as error:
            raise ValueError(f"{record.name}.{known.attribute or known.name}: {error}") from None
    data[known.name] = value


def _read(data: dict[str, Any], name: str, convert: Plan | None) -> Any:
    """The value of the member *name* for Python. Objects are kept as the models that they become."""
    value = data.get(name)
    if convert is None:
        return value
    cls = value.__class__
    function = convert.by_class.get(cls)
    if function is None:
        return value
    converted = function(value)
    if cls is dict:
        data[name] = converted
    return converted


def _drop_nulls(value: Any) -> None:
    """Unset, in models at any depth, what is null and cannot be."""
    if isinstance(value, Model):
        data = value._dáta
        for name, known in value._récord.properties.items():
            if name in data:
                if data[name] is None and not known.nullable:
                    del data[name]
                else:
                    _drop_nulls(_read(data, name, known.convert))
    elif isinstance(value, list):
        for item in value:
            _drop_nulls(item)
    elif isinstance(value, dict):
        for member in value.values():
            _drop_nulls(member)


def _shown(model: Model) -> str:
    record, data = model._récord, model._dáta
    parts = []
    for name, value in data.items():
        known = record.properties.get(name)
        label = known.attribute if known is not None and known.attribute else repr(name)
        secret = known.secret if known is not None else is_secret(name)
        parts.append(f"{label}={'***' if secret and value is not None else _short(value)}")
    text = ", ".join(parts[:12])
    return f"{record.name}({text}{', ...' if len(parts) > 12 else ''})"


def _short(value: Any) -> str:
    if isinstance(value, (dict, Model)):
        return "{...}" if isinstance(value, dict) else f"{value._récord.name}(...)"
    if isinstance(value, (list, tuple)):
        return f"[{len(value)} item{'' if len(value) == 1 else 's'}]"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


# ---- properties


def _property(record: Callable[[], Record], known: Property) -> property:
    """The descriptor of one declared property. Plain ones are the shortest function that reads a dict."""
    name = known.name

    def plain_value(self: Any) -> Any:
        return self._dáta.get(name)

    def put(self: Any, value: Any) -> None:
        _put(record(), self._dáta, known, value)

    def unset(self: Any) -> None:
        self._dáta.pop(name, None)

    if known.convert is None:
        return property(plain_value, put, unset)
    by_class = known.convert.by_class

    def integer(self: Any) -> Any:
        value = self._dáta.get(name)
        return _whole(value) if value.__class__ is float else value

    if by_class == {float: _whole}:
        return property(integer, put, unset)

    def converted(self: Any) -> Any:
        data = self._dáta
        value = data.get(name)
        cls = value.__class__
        if cls in by_class:
            value = by_class[cls](value)
            if cls is dict:
                data[name] = value
        return value

    return property(converted, put, unset)


def _whole(value: float) -> int | float:
    """The integer that 1.0 is: JSON Schema takes it for one, Python's range and slices do not."""
    return int(value) if value.is_integer() else value


def _text_converter(form: Format) -> _Convert:
    convert = form.convert
    assert convert is not None

    def text(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, ArithmeticError):  # the validator has its say; what cannot be converted stays as it came
            return value

    return text


def _items_converter(plan: Plan, uniform: bool) -> _Convert:
    """
    Convert a list in place. What was converted before costs a look at the class of each item.

    With *uniform*, all items that the schema takes are of one class: a long list was converted if its ends were.
    """

    def items(value: list[Any]) -> list[Any]:
        by_class = plan.by_class
        if uniform and len(value) > 32 and value[0].__class__ not in by_class and value[-1].__class__ not in by_class:
            return value
        if not by_class.keys().isdisjoint(map(type, value)):
            for index, entry in enumerate(value):
                if entry.__class__ in by_class:
                    value[index] = by_class[entry.__class__](entry)
        return value

    return items


def _tuple_converter(prefix: list[Plan | None], rest: Plan | None) -> _Convert:
    def items(value: list[Any]) -> list[Any]:
        for index, entry in enumerate(value):
            plan = prefix[index] if index < len(prefix) else rest
            if plan is not None:
                value[index] = plan(entry)
        return value

    return items


def _values_converter(plan: Plan) -> _Convert:
    def members(value: dict[str, Any]) -> dict[str, Any]:
        for name, entry in value.items():
            value[name] = plan(entry)
        return value

    return members


# ---- parents


def parent_problem(cls: Any) -> str | None:
    """Why *cls*, which an `x-parent` names, cannot be mixed into a model, as a sentence; None where it can."""
    if not isinstance(cls, type):
        return f"it is a {type(cls).__name__}, not a class"
    for ancestor in cls.__mro__[:-1]:
        for method in ("__init__", "__new__"):
            if method in ancestor.__dict__:
                where = "" if ancestor is cls else f" (inherited from {ancestor.__name__})"
                return f"it has an {method}{where}" if method == "__init__" else f"it has a {method}{where}"
    try:
        type(cls)(cls.__name__, (cls, Model), {"__slots__": ("_dáta",)})
    except TypeError as error:
        return f"Python refuses to mix it in: {error}"
    return None


def _load_class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


# ---- the namespace


class Models:
    """
    The models of one api: `models.Order`, `getattr(models, 'a-name')`, `models.names()`.

    A schema whose name is that of a method here wins; the framework itself asks `Classes`.
    """

    def __init__(self, api: Api, schemas: Schemas):
        self._clásses = schemas.classes
        for name in ("names", "of"):
            if name in api.schemas:
                self.__dict__[name] = self._clásses.named(name)

    def __getattr__(self, name: str) -> type[Model]:
        if name.startswith("__"):
            raise AttributeError(name)
        cls = self.__dict__[name] = self._clásses.named(name)
        return cls

    def __dir__(self) -> list[str]:
        return sorted({attribute(name) for name in self._clásses.names()})

    def __repr__(self) -> str:
        return f"<models of {self._clásses.api.name}>"

    def names(self) -> dict[str, Node]:
        """dict: model name -> its schema, of every schema that has a class: named ones first, then inline ones."""
        return self._clásses.names()

    def of(self, schema: Node) -> type[Model] | None:
        """
        The class of *schema*, references followed; None where its values are not objects with declared properties.
        """
        return self._clásses.of(schema)


class Classes:
    """
    The classes of one api's object schemas, and the plans of all its schemas. Each is made when first asked for.
    Thread-safe.
    """

    def __init__(self, api: Api, schemas: Schemas):
        self.api = api
        self._schemas = schemas
        self._shapes: Shapes = schemas.shapes
        self._lock = threading.RLock()
        self._made: dict[Identity, type[Model]] = {}
        self._plans: dict[Identity, Plan | None] = {}
        self._growing: dict[Identity, Plan | None] = {}
        self._depth = 0
        self._table: _Names | None = None

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
        node = self.api.schemas.get(name)
        if node is None:
            node = self._names().by_attribute.get(name)
        if node is None:
            hint = did_you_mean(name, self._names().by_attribute)
            raise AttributeError(f"{self.api.name} has no model {name!r}. {hint}".rstrip())
        cls = self.of(node)
        if cls is None:
            raise AttributeError(f"{name} is {self._kind(node)}: there is no class for it")
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
        with self._lock:
            if node.identity not in self._made:
                self._made[node.identity] = self._class(node)
            return self._made[node.identity]

    def plan(self, schema: Node) -> Plan | None:
        """How a valid JSON value of *schema* becomes a Python value; None where it stays as it is."""
        identity = schema.identity
        if identity not in self._plans:
            with self._lock:
                plan = self._grown(schema)
                if not self._depth:  # nobody may see a plan that contains one which is not done
                    self._plans.update(self._growing)
                    self._plans[identity] = plan
                    self._growing.clear()
                return plan
        return self._plans[identity]

    def _grown(self, schema: Node) -> Plan | None:
        node = self._shapes.target(schema)
        for known in (self._plans, self._growing):
            if node.identity in known:
                return known[node.identity]
        placeholder = self._growing[node.identity] = Plan()  # what a schema that contains itself finds
        self._depth += 1
        try:
            plan = self._planned(node)
        finally:
            self._depth -= 1
        if plan is None:
            self._growing[node.identity] = None
        else:
            placeholder.by_class.update(plan.by_class)
        return self._growing[node.identity]

    def _names(self) -> _Names:
        if self._table is None:
            with self._lock:
                if self._table is None:
                    self._table = _Names(self.api, self._shapes)
        return self._table

    def _kind(self, node: Node) -> str:
        branches = self._shapes.branches(node)
        if branches:
            named = [cls._récord.name for cls in map(self.of, branches) if cls is not None]
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
        name = self._shapes.named.get(node.identity)
        if name is None:
            name = self._names().by_identity.get(node.identity)
        return name if name is not None else camel(_place_name(node))

    # ---- classes

    def _class(self, node: Node) -> type[Model]:
        """The class of an object schema. Its properties' own classes are made when they are read."""
        name = self._name_of(node)
        schemas = self._shapes.properties(node)
        attributes = _attributes(schemas)
        by_wire = {wire: given for given, wire in attributes.items()}
        properties = {wire: self._described(wire, by_wire.get(wire, ""), schema) for wire, schema in schemas.items()}
        extra = self._shapes.first(node, "additionalProperties")
        record = Record(
            name, self.api.name, properties, attributes, self._shapes.is_open(node), self.plan(extra) if extra else None
        )
        title = self._shapes.first(node, "description") or self._shapes.first(node, "title")
        namespace: dict[str, Any] = {
            "__slots__": ("_dáta",),
            "__module__": f"ApiPool.{self.api.name}.model",
            "__qualname__": name,
            "__doc__": title.value if title is not None and isinstance(title.value, str) else None,
            "_récord": record,
        }
        namespace.update(self._persistence(node))
        for given, wire in attributes.items():
            namespace[given] = _property(lambda: record, properties[wire])
        return self._mixed(name, node, namespace)

    def _described(self, name: str, given: str, schema: Node) -> Property:
        shapes = self._shapes
        form, convert = self._format(schema), self.plan(schema)
        secret = is_secret(name) or any(value.get("format") == "password" for value in shapes.spoken(schema))
        return Property(name, given, "null" in shapes.types(schema), secret, form, convert)

    def _mixed(self, name: str, node: Node, namespace: dict[str, Any]) -> type[Model]:
        path = self._own_extension(node, "x-parent")
        if path is None:
            return type(name, (Model,), namespace)
        try:
            parent = _load_class(path)
        except (ImportError, AttributeError, ValueError) as error:
            raise ParentError(f"{name}: x-parent {path!r} cannot be imported: {error}") from error
        problem = parent_problem(parent)
        if problem is not None:
            raise ParentError(f"{name}: x-parent {path!r} cannot be mixed into a model: {problem}")
        cls: type[Model] = type(parent)(name, (parent, Model), namespace)
        if getattr(cls, "__abstractmethods__", None):  # a body makes a model, whatever the parent leaves undone
            cls.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
        return cls

    def _persistence(self, node: Node) -> dict[str, Any]:
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

    def _own_extension(self, node: Node, key: str) -> str | None:
        value = node.value.get(key) if isinstance(node.value, dict) else None
        return value if isinstance(value, str) else None

    # ---- plans

    def _planned(self, node: Node) -> Plan | None:
        shapes = self._shapes
        types = shapes.types(node)
        number = _whole if "integer" in types and "number" not in types else None
        if shapes.is_plain(node):
            return Plan(number=number) if number is not None else None
        members = self._members(node) if "object" in types else None
        items = self._items(node) if "array" in types else None
        form = self._format(node) if "string" in types else None
        text = _text_converter(form) if form is not None and form.convert is not None else None
        branches = shapes.branches(node)
        if branches and items is None and "array" in types:
            items = self._alternative(node, branches, "array", list)
        if branches and text is None and len(branches) == 1:
            text = self._branch_function(branches[0], str)
        plan = Plan(members, items, text, number)
        return plan if plan.by_class else None

    def _members(self, node: Node) -> _Convert | None:
        """What makes something of a dict: the schema's model, that of an alternative, or a dict of converted values."""
        shapes = self._shapes
        if shapes.is_union(node):
            return self._alternative(node, shapes.branches(node), "object", dict)
        if shapes.is_object(node):
            return self._maker(node)
        values = shapes.first(node, "additionalProperties")
        if values is None or not isinstance(values.value, dict):
            return None
        plan = self._held(values)
        return _values_converter(plan) if plan is not None else None

    def _maker(self, node: Node) -> _Convert:
        """dict -> model of *node*, or of the schema extending it that the dict's discriminator names."""
        made: list[type[Model]] = []
        rule = self._shapes.discriminator(node) if self._shapes.is_ancestor(node) else None

        def make(data: dict[str, Any]) -> Any:
            if not made:
                cls = self.of(node)
                assert cls is not None
                made.append(cls)
            model = _new(made[0])
            _fill(model, "_dáta", data)
            return model

        if rule is None:
            return make

        def choose(data: dict[str, Any]) -> Any:
            heir = _named(rule, data)
            if heir is None or heir.identity == node.identity:
                return make(data)
            cls = self.of(heir)
            return make(data) if cls is None else _wrap(cls, data)

        return choose

    def _items(self, node: Node) -> _Convert | None:
        shapes = self._shapes
        items = shapes.first(node, "items")
        prefix = shapes.first(node, "prefixItems") if shapes.siblings else None
        if items is not None and isinstance(items.value, list):
            prefix, items = items, shapes.first(node, "additionalItems")
        rest = self._held(items) if items is not None and isinstance(items.value, dict) else None
        if prefix is not None:
            plans = [self._held(item) for item in prefix.items()]
            return (
                _tuple_converter(plans, rest) if rest is not None or any(plan is not None for plan in plans) else None
            )
        if rest is None or items is None:
            return None
        return _items_converter(rest, uniform=len(shapes.types(items)) == 1)

    def _held(self, node: Node) -> Plan | None:
        """
        The plan of what an array or a map holds: of objects, arrays and text of known formats.

        Text of a format of one's own stays, since nothing would turn it back; and numbers do, for the sake of long
        arrays.
        """
        plan, form = self.plan(node), self._format(self._shapes.target(node))
        if plan is None or plan.by_class.keys() == {float}:
            return None
        if form is None or any(form is known for known in FORMATS.values()):
            return plan
        return Plan(plan.by_class.get(dict), plan.by_class.get(list))

    def _format(self, node: Node) -> Format | None:
        """The format of the text of *node*, where values of it are converted."""
        if self._shapes.is_plain(node):
            return None
        name = self._shapes.first(node, "format")
        if name is None or not isinstance(name.value, str):
            branches = self._shapes.branches(node)
            return self._format(self._shapes.target(branches[0])) if len(branches) == 1 else None
        form = self._schemas.formats.get(name.value)
        return form if form is not None and form.convert is not None else None

    def _alternative(self, node: Node, branches: list[Node], kind: str, cls: type) -> _Convert | None:
        """
        The function of the alternative that a value fits: the only one of its kind, the discriminator's, the first
        valid.
        """
        fitting = [branch for branch in branches if kind in self._shapes.types(branch)]
        if not any(self._branch_function(branch, cls) for branch in fitting):
            return None
        if len(fitting) == 1:
            return self._branch_function(fitting[0], cls)
        rule = self._shapes.discriminator(node) if cls is dict else None

        def convert(value: Any) -> Any:
            chosen = _named(rule, value) if rule is not None else None
            if chosen is None:
                chosen = next(
                    (b for b in fitting if not self._schemas.codec(b, "response").violations(value, "body")), None
                )
            function = self._branch_function(chosen, cls) if chosen is not None else None
            return value if function is None else function(value)

        return convert

    def _branch_function(self, branch: Node, cls: type) -> _Convert | None:
        plan = self.plan(branch)
        if plan is None:
            return None
        # a schema that contains itself is not filled in yet
        return plan.by_class.get(cls) or (None if plan.by_class else plan)


_new = object.__new__
_fill = object.__setattr__


def _named(rule: Discriminator, data: dict[str, Any]) -> Node | None:
    """The schema that *data*'s discriminator names; None where it names none."""
    value = data.get(rule.property)
    return rule.mapping.get(value, rule.default) if isinstance(value, str) else rule.default


def _attributes(schemas: Mapping[str, Node]) -> dict[str, str]:
    """
    dict: Python name -> wire name. A name that is the same in both comes first; names that Python itself uses have
    none.
    """
    found = {name: name for name in schemas if attribute(name) == name}
    for name in schemas:
        found.setdefault(attribute(name), name)
    return {given: wire for given, wire in found.items() if not (given.startswith("__") and given.endswith("__"))}


class _Names:
    """The name of every object schema of an api: named ones by their name, inline ones by where they stand."""

    def __init__(self, api: Api, shapes: Shapes):
        self._shapes = shapes
        self.by_name: dict[str, Node] = {}
        self.by_identity: dict[Identity, str] = {}
        self._seen: set[Identity] = set()
        self._todo: list[tuple[Node, str, str]] = []
        for name, node in api.schemas.items():
            self.by_name[name] = node
            self.by_identity[node.identity] = name
        for name, node in api.schemas.items():  # a name for what stands in another file
            target = shapes.target(node)
            if target.identity not in self.by_identity:
                self.by_identity[target.identity] = name
        self._taken = {attribute(name) for name in self.by_name} | set(self.by_name)
        for name, node in api.schemas.items():
            target = shapes.target(node)
            if target.identity == node.identity or target.identity not in shapes.named:
                self._inside(target, camel(name))
                self._walk()
        for operation in (*api.operations, *api.webhooks):
            self._operation(operation)
        self.by_attribute = {attribute(name): node for name, node in self.by_name.items()} | self.by_name

    def _operation(self, operation: Operation) -> None:
        base = camel(operation.id.rpartition(".")[2] if operation.named else operation.id)
        bodies: list[tuple[str, Mapping[str, MediaType]]] = []
        if operation.body is not None:
            bodies.append((f"{base}Body", operation.body.content))
        for status, response in operation.responses.items():
            bodies.append((camel(f"{base}Response {status}"), response.content))
        for name, content in bodies:
            for media in content.values():
                if media.schema is not None:
                    self._named(media.schema, name, f"{name}Item")
                if media.item_schema is not None:
                    self._named(media.item_schema, f"{name}Item", f"{name}Item")
        for parameter in operation.parameters:
            if parameter.schema is not None:
                name = camel(f"{base} {parameter.name}")
                self._named(parameter.schema, name, name)
        self._walk()

    def _named(self, node: Node, name: str, item: str) -> None:
        """
        Name *node*, where it stands in the description itself; *item* is for what it holds, if it is an array or a
        map.
        """
        target = self._shapes.target(node)
        if target.identity in self._seen or not isinstance(target.value, dict):
            return
        if target.identity in self._shapes.named:
            return
        if target.identity != node.identity and node.value.get("$ref") is not None:
            name = item = camel(_place_name(target)) or name
        if self._shapes.is_object(target):
            self._take(target, name)
        self._inside(target, self.by_identity.get(target.identity, name), item)

    def _take(self, node: Node, name: str) -> None:
        if node.identity in self.by_identity:
            return
        unique, number = name, 1
        while unique in self._taken:
            number += 1
            unique = f"{name}{number}"
        self._taken.add(unique)
        self.by_identity[node.identity] = unique
        self.by_name[unique] = node

    def _inside(self, node: Node, name: str, item: str = "") -> None:
        """Remember the schemas inside of *node* for later."""
        if node.identity not in self._seen and isinstance(node.value, dict):
            self._seen.add(node.identity)
            self._todo.append((node, name, item or f"{name}Item"))

    def _walk(self) -> None:
        while self._todo:
            node, name, item = self._todo.pop(0)
            for keyword in ("properties", "patternProperties"):
                for key, schema in node.child(keyword).members() if keyword in node.value else []:
                    inner = camel(f"{name} {key}")
                    self._named(schema, inner, inner)
            for keyword in ("items", "additionalProperties", "additionalItems"):
                if isinstance(node.value.get(keyword), dict):
                    self._named(node.child(keyword), item, item)
            for keyword in ("prefixItems", "items"):
                for schema in node.child(keyword).items() if keyword in node.value else []:
                    self._named(schema, item, item)
            for keyword in ("oneOf", "anyOf"):
                for schema in node.child(keyword).items() if keyword in node.value else []:
                    self._named(schema, name, item)
            for schema in node.child("allOf").items() if "allOf" in node.value else []:
                if self._shapes.referred(schema) is None:
                    self._inside(schema, name, item)
                else:
                    self._named(schema, name, item)


def _place_name(node: Node) -> str:
    """What names a schema that stands elsewhere: the last telling token of its pointer, else its file."""
    telling = [token for token in node.pointer if token not in ("schema", "items") and not token.isdigit()]
    if telling:
        return telling[-1]
    return node.document.uri.rpartition("/")[2].partition(".")[0]
