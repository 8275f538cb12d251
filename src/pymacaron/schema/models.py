"""
What every model is and can do: `Model`, the functions on models, and what may be mixed into one.

A model is a plain Python object around one dict, wire name -> JSON value, so that members which the schema leaves
open, the three states (unset, null, value) and the original text of values survive by themselves. Nothing here
validates, or knows a schema. Neighbours: members.py reads and sets one member, classes.py makes a class of a schema,
wire.py writes JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar

from pymacaron.config import MASK
from pymacaron.finding import with_article
from pymacaron.schema.members import put, read
from pymacaron.schema.quoting import is_secret
from pymacaron.schema.records import Record, UndeclaredError
from pymacaron.schema.wire import plain

__all__ = [
    "MASK",
    "Model",
    "ParentError",
    "clone",
    "from_json",
    "get_model_name",
    "is_set",
    "own",
    "parent_problem",
    "shown",
    "to_json",
    "update_from_dict",
    "wrap",
]

_M = TypeVar("_M", bound="Model")

#: How deep `shown` looks into a value
_DEEPEST = 32


class ParentError(TypeError):
    """The class that a schema's `x-parent` names cannot be mixed into a model; the text says why."""


class Model:
    """
    Base of all models. `Order(customer=..., items=[...])` takes every property by keyword, none is demanded.

    Attributes are the declared properties; `m[name]`, `name in m` and `del m[name]` take wire names, open members among
    them; iterating gives the wire names that are set. An unset property reads as None. Equal by value, not hashable.

    What belongs to the class has names with two underscores at both ends: no property has such an attribute.
    """

    __slots__ = ()
    __pym_data__: dict[str, Any]
    __pym_wire__: dict[str, Any]  # the same dict, or a copy in which values of formats of one's own are JSON
    __pym_reply__: dict[str, Any]  # the same, or a copy without what no response may hold
    __pym_lent__: dict[str, Any] | None  # defaults that were read and may be changed, see defaults.py
    __pym_record__: ClassVar[Record]

    def __init__(self, /, **members: Any):
        record = self.__pym_record__
        kept = record.kept
        if kept.issuperset(members) and None not in members.values():
            object.__setattr__(self, "__pym_data__", members)  # Python makes a dict of its own for each call
            return
        data: dict[str, Any] = {}
        object.__setattr__(self, "__pym_data__", data)
        for name, value in members.items():
            wire = record.wire_name(name)
            if wire is not None:
                put(record, data, record.properties[wire], value)
            elif record.open:
                data[name] = value
            else:
                raise TypeError(record.unknown(name))

    if not TYPE_CHECKING:  # for type checkers a model has what its stub declares, and nothing else

        def __getattr__(self, name: str) -> Any:
            raise UndeclaredError(self.__pym_record__, name)

        def __setattr__(self, name: str, value: Any) -> None:
            if not hasattr(self.__class__, name) and not (name[:1] == "_" and hasattr(self, "__dict__")):
                raise UndeclaredError(self.__pym_record__, name)
            object.__setattr__(self, name, value)

        def __delattr__(self, name: str) -> None:
            if not hasattr(self.__class__, name) and name not in getattr(self, "__dict__", ()):
                raise UndeclaredError(self.__pym_record__, name)
            object.__delattr__(self, name)

    def __getitem__(self, name: str) -> Any:
        record, data = self.__pym_record__, self.__pym_data__
        known = record.properties.get(name)
        if known is None:
            if name not in data:
                raise KeyError(name if record.open else record.unknown(name))
            return read(data, name, record.other(name))
        if known.default is not None and name not in data:
            return known.default.of(self, name)
        return read(data, name, known.convert)

    def __setitem__(self, name: str, value: Any) -> None:
        record = self.__pym_record__
        known = record.properties.get(name)
        if known is not None:
            put(record, self.__pym_data__, known, value)
        elif record.open:
            self.__pym_data__[name] = value
        else:
            raise KeyError(record.unknown(name))

    def __delitem__(self, name: str) -> None:
        if name in self.__pym_record__.properties:
            self.__pym_data__.pop(name, None)
        else:
            del self.__pym_data__[name]

    def __contains__(self, name: object) -> bool:
        return name in self.__pym_data__

    def __iter__(self) -> Iterator[str]:
        return iter(list(self.__pym_data__))

    def __bool__(self) -> bool:
        return True

    def __or__(self, other: Mapping[str, Any] | Model) -> dict[str, Any]:
        """
        A dict for a reply: what is set, by wire name, without what no response may hold, and then what *other* has.
        Models inside stay models: nothing is copied but the outermost dict.
        """
        added = other if other.__class__ is dict else _sent(other)
        return NotImplemented if added is None else {**self.__pym_reply__, **added}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        """The same the other way round: what *other* has, and then what is set."""
        start = other if other.__class__ is dict else _sent(other)
        return NotImplemented if start is None else {**start, **self.__pym_reply__}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or self.__pym_record__.name != other.__pym_record__.name:
            return NotImplemented
        return self is other or _equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return _shown(self)

    def __copy__(self: _M) -> _M:
        return _copied(self, dict(self.__pym_data__))

    def __deepcopy__(self: _M, memo: dict[int, Any]) -> _M:
        from copy import deepcopy

        copied = memo[id(self)] = _copied(self, {})
        copied.__pym_data__.update(deepcopy(self.__pym_data__, memo))
        return copied

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        record = self.__pym_record__
        finder = record.finder()
        if finder is None:
            raise PicklingError(
                f"{record.name} of the api {record.api} cannot be pickled: ApiPool does not know that api"
            )
        return _revived, (finder, record.api, record.name), (self.__pym_data__, _kept(self)), None, None, _refilled

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
        return cls.__pym_record__.name


# ---- what can be done with a model, also where a property has taken the method's name


def to_json(model: Model) -> dict[str, Any]:
    """
    What is set in *model*, as a dict of plain JSON values by wire name: a copy. ValueError or TypeError as for
    json_encode.
    """
    result: dict[str, Any] = plain(model.__pym_wire__)
    return result


def from_json(cls: type[_M], j: Mapping[str, Any]) -> _M:
    """
    A model of class *cls* from the JSON object *j*: a dict, or a model. It is copied and not validated.

    None is absent for a property that is not nullable, in nested objects too. Raises TypeError where *j* is no object.
    """
    data = plain(j)
    if not isinstance(data, dict):
        raise TypeError(f"{cls.__pym_record__.name}.from_json takes a dict, not {type(j).__name__}")
    model = wrap(cls, data)
    if cls.__pym_record__.receive is not None:
        cls.__pym_record__.receive(data)
    _drop_nulls(model)
    return model


def is_set(model: Model, name: str) -> bool:
    """
    Whether the property *name* (attribute or wire name) of *model* was set, to null or a value. False for unknown
    names.
    """
    record, data = model.__pym_record__, model.__pym_data__
    return record.attributes.get(name, name) in data or name in data


def clone(model: _M) -> _M:
    """A deep copy of *model*."""
    return model.__deepcopy__({})


def update_from_dict(model: Model, d: Mapping[str, Any], ignore_none: bool = False) -> None:
    """
    Set every member of *d* in *model*, by wire name or attribute, as assigning it would; dicts and lists are copied.

    With *ignore_none*, members that are None change nothing. Raises TypeError for a name that *model* does not take.
    """
    record, data = model.__pym_record__, model.__pym_data__
    for name in d:
        wire = record.wire_name(name)
        if wire is None and not record.open:
            raise TypeError(record.unknown(name))
    for name, value in d.items() if isinstance(d, Mapping) else to_json(d).items():
        if value is None and ignore_none:
            continue
        wire = record.wire_name(name)
        value = own(value)
        if wire is not None:
            put(record, data, record.properties[wire], value)
        else:
            data[name] = value


def shown(value: Any) -> Any:
    """
    *value*, a model or anything that holds models, as a plain JSON value for logs and reports.

    `********` stands for what a name says to be a secret, and for properties of format password, at any depth; None
    stays. What has no JSON gives the name of its class. Fails never, changes nothing that could be seen.
    """
    return _shown_at(value, _DEEPEST)


def _shown_at(value: Any, deepest: int) -> Any:
    if value is None or value.__class__ in (str, int, bool):
        return value
    if deepest == 0:
        return "..."
    if isinstance(value, Model):
        return {name: _shown_member(value, name, deepest - 1) for name in list(value.__pym_data__)}
    if isinstance(value, Mapping):
        return {
            str(name): MASK if member is not None and is_secret(str(name)) else _shown_at(member, deepest - 1)
            for name, member in list(value.items())
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown_at(item, deepest - 1) for item in value]
    try:
        return plain(value)
    except (ValueError, TypeError):
        return str(value) if isinstance(value, (float, datetime)) else f"<{type(value).__name__}>"


def _shown_member(model: Model, name: str, deepest: int) -> Any:
    record, data = model.__pym_record__, model.__pym_data__
    if data[name] is None:
        return None
    if record.hides(name):
        return MASK
    if isinstance(data[name], (dict, list, tuple)):  # as the models that they stand for
        known = record.properties.get(name)
        return _shown_at(read(data, name, known.convert if known is not None else record.other(name)), deepest)
    return _shown_at(data[name], deepest)


def get_model_name(model: Model | type[Model]) -> str:
    """The name, in the description, of the schema of *model* (an instance or a class)."""
    return model.__pym_record__.name


def wrap(cls: type[_M], data: dict[str, Any]) -> _M:
    """A model of class *cls* around *data* itself, which is not copied."""
    model = object.__new__(cls)
    object.__setattr__(model, "__pym_data__", data)
    return model


def _sent(value: Any) -> Mapping[str, Any] | None:
    """The members of *value* that a response may hold; None where it has no members."""
    if isinstance(value, Model):
        return value.__pym_reply__
    return value if isinstance(value, Mapping) else None


def _copied(model: _M, data: dict[str, Any]) -> _M:
    """A model of *model*'s class around *data*, with what an x-parent keeps in the instance."""
    copied = wrap(model.__class__, data)
    for name, value in _kept(model).items():
        object.__setattr__(copied, name, value)
    return copied


def _kept(model: Model) -> dict[str, Any]:
    """What an x-parent keeps in the instance, by name, and what a table does."""
    kept = dict(getattr(model, "__dict__", {}))
    aside = getattr(model, "__pym_aside__", None)
    if aside is not None:
        kept["__pym_aside__"] = aside
    for cls in model.__class__.__mro__[1:]:
        slots = cls.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            name = f"_{cls.__name__.lstrip('_')}{slot}" if slot[:2] == "__" and slot[-2:] != "__" else slot
            if hasattr(cls.__dict__.get(name), "__set__"):
                try:
                    kept[name] = cls.__dict__[name].__get__(model)
                except AttributeError:  # never set
                    continue
    return kept


def _revived(finder: Callable[[str, str], type[Model]], api: str, name: str) -> Model:
    """The empty model that unpickling fills."""
    return wrap(finder(api, name), {})


def _refilled(model: Model, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    model.__pym_data__.update(state[0])
    for name, value in state[1].items():
        object.__setattr__(model, name, value)


def _equal(one: Model, other: Model) -> bool:
    """
    Whether two models' members are the same JSON; where they hold what is no JSON, whether they are equal as they
    are.
    """
    try:
        return bool(plain(one.__pym_wire__) == plain(other.__pym_wire__))
    except (TypeError, ValueError):
        return one.__pym_data__ == other.__pym_data__


def own(value: Any) -> Any:
    """*value* with its dicts and lists copied; models and other objects stay the same."""
    if isinstance(value, dict):
        return {name: own(member) for name, member in value.items()}
    if isinstance(value, list):
        return [own(item) for item in value]
    return value


def _drop_nulls(value: Any) -> None:
    """Unset, in models at any depth, what is null and cannot be."""
    if isinstance(value, Model):
        data = value.__pym_data__
        for name, known in value.__pym_record__.properties.items():
            if name in data:
                if data[name] is None and not known.nullable:
                    del data[name]
                else:
                    _drop_nulls(read(data, name, known.convert))
    elif isinstance(value, list):
        for item in value:
            _drop_nulls(item)
    elif isinstance(value, dict):
        for member in value.values():
            _drop_nulls(member)


def _shown(model: Model) -> str:
    record, data = model.__pym_record__, model.__pym_data__
    parts = []
    for name, value in data.items():
        known = record.properties.get(name)
        label = known.attribute if known is not None and known.attribute else repr(name)
        parts.append(f"{label}={MASK if value is not None and record.hides(name) else _short(value)}")
    text = ", ".join(parts[:12])
    return f"{record.name}({text}{', ...' if len(parts) > 12 else ''})"


def _short(value: Any) -> str:
    if isinstance(value, (dict, Model)):
        return "{...}" if isinstance(value, dict) else f"{value.__pym_record__.name}(...)"
    if isinstance(value, (list, tuple)):
        return f"[{len(value)} item{'' if len(value) == 1 else 's'}]"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def parent_problem(cls: Any) -> str | None:
    """Why *cls*, which an `x-parent` names, cannot be mixed into a model, as a sentence; None where it can."""
    if not isinstance(cls, type):
        return f"it is {with_article(type(cls).__name__)}, not a class"
    for ancestor in cls.__mro__[:-1]:
        for method in ("__init__", "__new__"):
            if method in ancestor.__dict__:
                where = "" if ancestor is cls else f" (inherited from {ancestor.__name__})"
                return f"it has an {method}{where}" if method == "__init__" else f"it has a {method}{where}"
    try:
        type(cls)(cls.__name__, (cls, Model), {"__slots__": ("__pym_data__",)})
    except TypeError as error:
        return f"Python refuses to mix it in: {error}"
    except Exception as error:  # code of the user's: __init_subclass__, a metaclass, a descriptor's __set_name__
        return f"it refuses to be mixed in: {type(error).__name__}: {error}".removesuffix(": ")
    return None
