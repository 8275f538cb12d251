"""
A model <-> the Item that a store keeps of it, exact: what is read is what was saved.

An attribute is a property by its name on the wire, as its JSON value, but for base64 (`format: byte`, stored as bytes)
and what forms.py says of keys and of the ttl. Where the stored value does not say all, the attribute `_exact` has the
JSON text besides, which counts as long as the stored value is what that text would be stored as. What an item has that
the model cannot hold stays aside in it, and is written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

from pymacaron.schema.kept import Kept
from pymacaron.schema.members import put
from pymacaron.schema.models import Model, wrap
from pymacaron.schema.wire import json_encode, json_exact, precise, precisely, reread
from pymacaron.store.declared import format_of
from pymacaron.store.definition import Definition, Key
from pymacaron.store.forms import ENDING, KEY_TIME, KEY_UUID, Form
from pymacaron.store.images import as_set, given, same, stored
from pymacaron.store.keys import Keys
from pymacaron.store.places import Place, Places
from pymacaron.store.stores import Item, ItemError
from pymacaron.store.usual import UsualItem, is_usual

__all__ = ["EXACT", "Values", "unversioned"]

#: The attribute with what stored values leave out: a map of attribute -> JSON text
EXACT = "_exact"

#: What it has for an attribute of a key that is the default of a property that is not set
_UNSET = ""

#: What no model has
_NONE = object()

M = TypeVar("M", bound=Model)

#: What of an item a model cannot hold: attribute -> (whether the model got an image of it, the stored value)
Aside = Mapping[str, tuple[bool, Any]]


class Values(Generic[M]):
    """How the models of one class are stored in the table *definition*; `keys` knows where."""

    def __init__(self, cls: type[M], definition: Definition):
        self._cls = cls
        self._record = cls.__pym_record__
        self._definition = definition
        self.keys = Keys(self._record, definition)
        kept: Kept = cls.__pym_kept__  # type: ignore[attr-defined]
        places, schemas = Places(kept.shapes), kept.shapes.properties(kept.node)
        self._places: dict[str, Place] = {
            name: place for name, schema in schemas.items() if (place := places.of(schema)) is not None
        }
        whole = places.of(kept.node)
        self._others = None if whole is None else whole.others
        keyed = {one.name for key in (definition.key, *definition.indexes.values()) for one in key.attributes}
        #: The defaults of key attributes: they are stored, since an index has no item without them
        self._defaults: dict[str, Any] = {}
        for name in keyed & schemas.keys():
            default = kept.shapes.first(schemas[name], "default")
            if default is not None and self._record.properties[name].default is not None:
                self._defaults[name] = precise(default.value)
        self._forms: dict[str, Form] = {}
        for name in {*keyed, definition.ttl or ""} & schemas.keys():
            form = _form(format_of(kept.shapes, schemas[name]), name == definition.ttl)
            if form is not None:
                self._forms[name] = form

    # ---- a model -> an item

    def item(self, model: M) -> Item:
        """What is kept of *model*. ItemError where something in it has no JSON, or a key is not there."""
        try:
            text = json_exact(model.__pym_wire__)
        except UnicodeEncodeError:
            fact = "holds half of a surrogate pair, which is no text; give whole characters"
            raise ItemError(f"{self._record.name} {fact}") from None
        except (ValueError, TypeError) as error:
            raise ItemError(f"{self._record.name}: {error}") from None
        aside: Aside = getattr(model, "__pym_aside__", None) or {}
        if not aside and is_usual(text):
            wire = reread(text)
            if self._are_stored_as_they_are(wire):
                return self._with_forms(wire, text)
        wire = precisely(text)
        item: Item = {}
        exact: dict[str, str] = {}
        for name, value in wire.items():
            item[name], is_whole = (
                self._again(name, value, aside[name][1]) if name in aside else self._stored(name, value)
            )
            if not is_whole:
                exact[name] = json_encode(value).decode()
        item.update(
            {name: one for name, (was_given, one) in aside.items() if name and not was_given and name not in item}
        )
        if EXACT in wire:
            raise ItemError(f"{self._record.name}: {EXACT!r} is no name of a member of what is stored")
        return self._whole(item, exact)

    def _are_stored_as_they_are(self, wire: dict[str, Any]) -> bool:
        """Whether nothing in *wire*, whose numbers are usual, is stored otherwise, but for keys and ends."""
        known = self._record.properties.keys() >= wire.keys() and EXACT not in wire
        return known and not self._places and self._others is None

    def _with_forms(self, wire: dict[str, Any], text: bytes) -> Item:
        """The item of *wire*, in which nothing but keys and ends may change. *text* says the same."""
        exact: dict[str, str] = {}
        is_same = True
        for name in self._forms:
            if name in wire and not self._forms[name].stays(wire[name]):
                value = wire[name]
                wire[name], is_whole = self._stored(name, value)
                is_same = is_same and wire[name] == value
                if not is_whole:
                    exact[name] = json_encode(value).decode()
        count = len(wire)
        item = self._whole(wire, exact)
        return UsualItem(item, text) if is_same and len(item) == count else item

    def _whole(self, item: Item, exact: dict[str, str]) -> Item:
        """*item* with the defaults of key attributes that are not set, and with `_exact`."""
        for name in self._defaults:
            if name not in item:
                item[name], exact[name] = self._stored(name, self._defaults[name])[0], _UNSET
        if exact:
            item[EXACT] = exact
        self.keys.check(item)
        return item

    def _stored(self, name: str, value: Any) -> tuple[Any, bool]:
        """What *value*, a JSON value of the member *name*, is stored as, and whether it is given back of that."""
        form = self._forms.get(name)
        if form is not None:
            try:
                made = form.store(value)
            except ValueError as error:
                raise ItemError(f"{self._record.name}.{name}: {error}") from None
            again = form.give(made)
            return made, again.__class__ is value.__class__ and bool(again == value)
        lost: list[Any] = []
        made = stored(value, self._place(name), lost)
        return made, not lost and (name in self._record.properties or self._takes(name))

    def _again(self, name: str, value: Any, original: Any) -> tuple[Any, bool]:
        """As _stored(), but *original*, which was stored before, stays where *value* is still what it is given as."""
        if same(value, self._given(name, original)[0]):
            return original, True
        made = as_set(value, original) if original.__class__ in (set, frozenset) else None
        return self._stored(name, value) if made is None else (made, True)

    # ---- an item -> a model

    def model(self, item: Item) -> M:
        """The model that *item* was made of, or that it is read as where somebody else has written it."""
        data: dict[str, Any] = {}
        aside: dict[str, tuple[bool, Any]] = {}
        exact = _texts(item.get(EXACT))
        for name, value in item.items():
            if name == EXACT and exact is not None:
                continue
            if exact and name in exact:
                if exact[name] == _UNSET and self._is_default(name, value):
                    continue
                wire = self._remembered(name, exact[name], value)
                if wire is not _NONE:
                    data[name] = wire
                    continue
            if not self._takes(name):
                aside[name] = (False, value)
                continue
            wire, is_whole = self._given(name, value)
            if is_whole or name in self._record.properties:
                data[name] = wire
            if not is_whole:
                aside[name] = (name in self._record.properties, value)
        version = self._definition.version
        if version is not None and item.get(version) is None:
            aside[""] = (version in item, None)  # see unversioned
        if self._record.receive is not None:
            self._record.receive(data)
        model = wrap(self._cls, data)
        if aside:
            object.__setattr__(model, "__pym_aside__", aside)
        return model

    def _remembered(self, name: str, text: str, value: Any) -> Any:
        """The JSON value of *text*, which `_exact` has for *name*, where it is what *value* stands for; else _NONE."""
        try:
            wire = precisely(text)
            made, _ = self._stored(name, wire)
        except (ValueError, ItemError):
            return _NONE
        return wire if same(made, value) else _NONE

    def _is_default(self, name: str, value: Any) -> bool:
        return name in self._defaults and same(self._stored(name, self._defaults[name])[0], value)

    def _given(self, name: str, value: Any) -> tuple[Any, bool]:
        """The JSON value of *value*, which is stored as *name*, and whether *value* would be made of it again."""
        form = self._forms.get(name)
        if form is not None:
            wire = given(form.give(value), None, [])
            try:
                return wire, same(form.store(wire), value)
            except ValueError:
                return wire, False
        lost: list[Any] = []
        wire = given(value, self._place(name), lost)
        return wire, not lost

    # ---- names and single values

    def _place(self, name: str) -> Place | None:
        return self._places.get(name) if name in self._record.properties else self._others

    def _takes(self, name: str) -> bool:
        """Whether the models can have a member *name*."""
        record = self._record
        return (
            name in record.properties or record.open or any(matches(name) for matches, _ in record.patterns)
        ) and name != EXACT

    def name(self, given: str) -> str:
        """The attribute of the property *given*, its name on the wire or in Python. TypeError where there is none."""
        found = self._record.wire_name(given)
        if found is None and not self._record.open:
            raise TypeError(self._record.unknown(given))
        return given if found is None else found

    def declared(self, given: str) -> str:
        """As name(), but open members have to be declared by a pattern. TypeError for others."""
        found = self._record.wire_name(given)
        if found is not None:
            return found
        if any(matches(given) for matches, _ in self._record.patterns):
            return given
        raise TypeError(f"{self._record.unknown(given)} 'where' asks of what the schema declares alone")

    def one(self, name: str, value: Any) -> Any:
        """
        What *value*, as a model's property has it or as JSON does, is stored as. A time of a key that is none stays
        as it is: something may begin with it.
        """
        known = self._record.properties.get(name)
        if known is not None and value is not None and value.__class__ is not bool:
            data: dict[str, Any] = {}
            put(self._record, data, known, value)
            value = data[name]
        if value.__class__ not in _PLAIN:
            value = precise(wrap(self._cls, {name: value}).__pym_wire__)[name]
        form = self._forms.get(name)
        if form is None:
            return stored(value, self._place(name), [])
        try:
            return form.store(value)
        except ValueError:
            return value

    def key(self, values: Mapping[str, Any], of: Key | None = None) -> Item:
        """
        The key attributes of *values*, attribute -> value as of one(), as stored. ItemError where one is no value of
        the key.
        """
        key = of or self._definition.key
        return {one.name: self.keys.checked(one, self.one(one.name, values[one.name])) for one in key.attributes}


def unversioned(model: Model) -> Literal["absent", "null"] | None:
    """What the item that *model* was read from has as the version that its schema names; None where it has one."""
    aside: Aside = getattr(model, "__pym_aside__", None) or {}
    return None if "" not in aside else "null" if aside[""][0] else "absent"


def _form(name: str | None, is_ttl: bool) -> Form | None:
    if name == "date-time":
        return ENDING if is_ttl else KEY_TIME
    return KEY_UUID if name == "uuid" and not is_ttl else None


def _texts(value: Any) -> dict[str, str] | None:
    """*value* where it is what `_exact` is, else None."""
    if value.__class__ is dict and all(one.__class__ is str for one in value.values()):
        return value
    return None


_PLAIN = frozenset((type(None), bool, int, str))
