"""
A schema -> its codec: JSON text to models and back, exact, with everything that is wrong as Violations.

`Schemas` holds all of one api; a validator is built when the first value asks for it, of what its schema reaches and
nothing else. dialect.py writes the validator's document, jsonschema-rs runs it, plans.py converts
what it lets through, classes.py and models.py are what that becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pymacaron.schema.classes import Classes, Models
from pymacaron.schema.descent import Descent, Nodes
from pymacaron.schema.dialect import Bundles, Direction
from pymacaron.schema.formats import FORMATS, Format
from pymacaron.schema.models import Model, own, shown
from pymacaron.schema.once import LOCK, once
from pymacaron.schema.outgoing import Walk
from pymacaron.schema.ownformats import Own, own_formats
from pymacaron.schema.pieces import Pieces
from pymacaron.schema.pointers import names_of
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.schema.typed import MISSED, Typed, typed
from pymacaron.schema.validators import validator
from pymacaron.schema.violations import Violation, Violations, explain, told
from pymacaron.schema.wire import exact_reply, json_decode, json_encode, json_exact, plain, reread
from pymacaron.source import Node
from pymacaron.spec.model import Api

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Codec", "Common", "Schemas", "exact_reply", "json_decode", "json_encode", "json_exact"]


#: A schema that reaches more schemas than this shares one validator with all others: a description whose schemas all
#: reach one another needs 2 GB for a validator each, and 12 MB for one of them all
_OWN = 32


@dataclass(frozen=True, slots=True)
class Common:
    """One validator of many schemas: it takes `{name: value}`, and validates the value with the schema of that name."""

    names: frozenset[str]
    validator: Validator


class Schemas:
    """
    Every schema of one api, compiled when first used. Thread-safe.

    *formats* is dict: format name -> (check, convert, unconvert), or Format, of formats of one's own, which come before
    the known ones: see ownformats.py. Raises TypeError where it is something else.
    """

    def __init__(self, api: Api, formats: Mapping[str, Any] | None = None):
        self.api = api
        self.formats: Mapping[str, Format] = MappingProxyType({**FORMATS, **own_formats(formats)})
        self.shapes = Shapes(api)
        self.classes = Classes(api, self.shapes, self.formats, self._fits)
        self._bundles: dict[Direction, Bundles] = {}
        self._commons: dict[Direction, Common] = {}
        self._codecs: dict[tuple[Identity, Direction], Codec] = {}
        self._nodes: dict[Direction, Nodes] = {}
        self._telling: Bundles | None = None

    @once
    def models(self) -> Models:
        """The namespace of the api's models: `models.Order`."""
        return Models(self.classes)

    def codec(self, schema: Node, direction: Direction) -> Codec:
        """The codec of *schema* in requests or in responses, always the same one for the same place."""
        key = (schema.identity, direction)
        found = self._codecs.get(key)
        return found if found is not None else self._codecs.setdefault(key, Codec(self, schema, direction))

    def _fits(self, schema: Node, value: Any) -> bool:
        """
        Whether *value* is valid, in a response or in a request: what a plan asks where it could be one of several.
        """
        response, request = self.codec(schema, "response"), self.codec(schema, "request")
        return response.fits(value) or request.fits(value)

    def bundle(self, schema: Node, direction: Direction) -> dict[str, Any]:
        """*schema* as one JSON Schema 2020-12 document, which is shared: not to be changed."""
        with LOCK:
            return self._bundles_of(direction).bundle(schema)

    def telling(self, schema: Node) -> dict[str, Any]:
        """The same for responses, with what says nothing of validity: for who makes values."""
        with LOCK:
            if self._telling is None:
                self._telling = Bundles(self.shapes, "response", self.formats, telling=True)
            return self._telling.bundle(schema)

    def whole(self, codec: Codec) -> Codec:
        """The codec of what the schema of *codec* refers to, where it adds nothing to that; else *codec* itself."""
        with LOCK:
            referred_to = self._bundles_of(codec.direction).referred_to
            node = referred_to(codec.schema)
            is_last = referred_to(node).identity == node.identity  # or they go round in a circle
        return self.codec(node, codec.direction) if is_last and node.identity != codec.schema.identity else codec

    def _bundles_of(self, direction: Direction) -> Bundles:
        bundles = self._bundles.get(direction)
        if bundles is None:
            bundles = self._bundles[direction] = Bundles(self.shapes, direction, self.formats)
        return bundles

    def nodes(self, direction: Direction) -> Nodes:
        """What is known of the schemas of that direction one by one."""
        found = self._nodes.get(direction)
        if found is None:
            found = self._nodes.setdefault(direction, Nodes(lambda schema: validator(schema, self.formats)))
        return found

    def has_passwords(self, bundle: dict[str, Any], direction: Direction) -> bool:
        """Whether anything in *bundle* is of format password."""
        return not self._bundles_of(direction).passwords.isdisjoint(bundle["$defs"])

    def common(self, direction: Direction) -> Common:
        """
        The one validator of all named schemas and bodies of the api in that direction; built when first asked for.
        """
        with LOCK:
            common = self._commons.get(direction)
            if common is None:
                bundle = self._bundles_of(direction).common([*self.api.schemas.values(), *_bodies(self.api, direction)])
                common = self._commons[direction] = Common(
                    frozenset(bundle["properties"]), validator(bundle, self.formats)
                )
            return common


class Codec:
    """
    One schema in one direction. Attributes: `schema`; see also `types`, `items`, `properties`, `default`,
    `has_default`.

    Making one costs nothing; its validator is built at the first value.
    """

    def __init__(self, schemas: Schemas, schema: Node, direction: Direction):
        self.schema = schema
        self.direction = direction
        self._is_reply = direction == "response"
        self._schemas = schemas
        self._shapes = schemas.shapes

    # ---- what the schema says

    @once
    def types(self) -> frozenset[str]:
        """
        The JSON types that it can accept: of null, boolean, integer, number, string, array, object. A number may be
        an integer.
        """
        return self._shapes.types(self.schema)

    @property
    def allows_null(self) -> bool:
        return "null" in self.types

    @once
    def items(self) -> Node | None:
        """The schema of an array's items."""
        items = self._shapes.first(self.schema, "items")
        return items if items is not None and isinstance(items.value, (dict, bool)) else None

    @once
    def properties(self) -> Mapping[str, Node]:
        """dict: declared property -> its schema, references, allOf and alternatives followed."""
        return MappingProxyType(self._shapes.properties(self.schema))

    @once
    def _default(self) -> Node | None:
        return self._shapes.first(self.schema, "default")

    @property
    def has_default(self) -> bool:
        return self._default is not None

    @property
    def default(self) -> Any:
        """The schema's own default, a plain JSON value of which each call gets a copy; None where it has none."""
        return json_decode(json_encode(self._default.value)) if self._default is not None else None

    # ---- validation

    @once
    def _whole(self) -> Codec:
        """What validates as this one does: many places refer to one schema, for which all of it is there once."""
        return self._schemas.whole(self)

    @once
    def _bundle(self) -> dict[str, Any]:
        whole = self._whole
        return self._schemas.bundle(self.schema, self.direction) if whole is self else whole._bundle

    @once
    def _name(self) -> str | None:
        """
        The member of Common's values that this schema validates; None where the schema has a validator of its own.
        """
        if len(self._bundle["$defs"]) <= _OWN:
            return None
        name = str(self._bundle["$ref"]).removeprefix("#/$defs/")
        return name if name in self._schemas.common(self.direction).names else None

    @once
    def _validator(self) -> Validator:
        if self._whole is not self:
            return self._whole._validator
        with LOCK:
            if self._name is not None:
                return self._schemas.common(self.direction).validator
            return validator(self._bundle, self._schemas.formats)

    @once
    def _accepts(self) -> Callable[[Any], bool]:
        if self._whole is not self:
            return self._whole._accepts
        is_valid, name = self._validator.is_valid, self._name
        return is_valid if name is None else lambda value: is_valid({name: value})

    @once
    def _typed(self) -> Typed | None:
        """What decodes and checks at once; None where the schema is not made for that, or shares its validator."""
        if self._whole is not self:
            return self._whole._typed
        return None if self._name is not None else typed(self._bundle, self._schemas.formats)

    @once
    def _passwords(self) -> bool:
        return self._schemas.has_passwords(self._bundle, self.direction)

    @once
    def _pieces(self) -> Pieces:
        if self._whole is not self:
            return self._whole._pieces
        formats = self._schemas.formats
        return Pieces(self._bundle, lambda bundle: validator(bundle, formats), self._passwords)

    @once
    def _descent(self) -> Descent:
        if self._whole is not self:
            return self._whole._descent
        return Descent(self._bundle, self._schemas.nodes(self.direction), self._passwords)

    def fits(self, value: Any) -> bool:
        """Whether *value* is valid, also where it holds models."""
        try:
            return self._accepts(value)
        except (ValueError, RecursionError):
            pass
        try:
            return self._accepts(plain(value))
        except (ValueError, TypeError, RecursionError):
            return False

    def violations(self, value: Any, location: str, pointer: str = "") -> list[Violation]:
        """
        Everything that is wrong with *value*, a plain JSON value, in its order; [] when it is valid. *pointer* is
        where it stands. Where it is more than MOST, so many and one that says that there are more, see violations.py.
        """
        try:
            if self._accepts(value):
                return []
            quickly = self._descent.violations(value, location, pointer)
            if quickly is not None:
                return quickly
            if self._pieces.is_costly(value):
                return told(self._pieces.faults(value, names_of(pointer)), value, location, pointer) or [
                    Violation(location, pointer, "schema", "does not fit its schema")
                ]
            name = self._name
            errors = self._validator.iter_errors(value if name is None else {name: value})
            skip, passwords = 0 if name is None else 1, self._passwords
            found = explain(errors, value, self._bundle, location, pointer, skip=skip, passwords=passwords)
        except (ValueError, RecursionError) as error:
            if isinstance(error, RecursionError) or "Recursion limit" in str(error):
                # The validator copies what an error is about, and no copy has more than 255 levels
                detail = "is nested too deep to tell what in it does not fit"
                return [Violation(location, pointer, "json", detail)]
            return [Violation(location, pointer, "json", f"is no JSON value: {error}")]
        return found or [Violation(location, pointer, "schema", "does not fit its schema")]

    # ---- conversion

    def convert(self, value: Any) -> Any:
        """
        A valid plain JSON value as Python has it: a model, a list of models, a datetime, ...

        The result is made around *value*, which changes as models in it are read.
        """
        converter = self._by_class.get(value.__class__)
        return value if converter is None else converter(value)

    @once
    def _by_class(self) -> Mapping[type, Callable[[Any], Any]]:
        plan = self._schemas.classes.plan(self.schema)
        return plan.by_class if plan is not None else {}

    def shown(self, value: Any) -> Any:
        """*value*, plain or converted, as reports show it: see `models.shown`. It is not changed. Fails never."""
        try:
            return shown(self.convert(own(value)))
        except RecursionError:
            return shown(value)

    def decode(self, data: bytes, location: str = "body") -> Any:
        """The JSON text *data*, validated and converted. Raises Violations, with all of them."""
        value = self.decode_plain(data, location)
        converter = self._by_class.get(value.__class__)
        if converter is None:
            return value
        try:
            return converter(value)
        except RecursionError:  # formats of one's own are looked for as deep as there may be any
            raise Violations([Violation(location, "", "json", "is nested too deep")]) from None

    def decode_plain(self, data: bytes, location: str = "body") -> Any:
        """The JSON text *data*, validated, as a plain JSON value. Raises Violations, with all of them."""
        typed = self._typed
        if typed is not None:
            value = typed(data)
            if value is not MISSED:
                return value
        value = json_decode(data, location)
        if self._accepts(value):
            if typed is not None:
                typed.learn(value)
            return value
        raise Violations(self.violations(value, location))

    def encode(self, value: Any) -> bytes:
        """
        *value* as compact JSON: models, dicts, lists, scalars; datetimes, UUIDs, bytes and Decimals among them, and
        values of formats of one's own where the schema has them. In responses without what is writeOnly. Not validated.

        Raises ValueError or TypeError where it has no JSON: NaN and a datetime without a time zone have none either.
        """
        return json_exact(self.outgoing(value) if self._changes else value, self._is_reply)

    @once
    def encoder(self) -> Callable[[Any], bytes]:
        """What does as `encode` does, in as few steps as there can be."""
        return self.encode if self._changes else exact_reply if self._is_reply else json_exact

    @once
    def sender(self) -> Callable[[Any], bytes]:
        """What writes a value that a client sends: as `encode`, without what is readOnly."""
        walk = self._withheld
        return self.encoder if walk is None else lambda value: json_exact(walk(self.outgoing(value)))

    def sent(self, value: Any) -> Any:
        """*value* as the plain JSON value that `sender` would write. Fails as `encode` does."""
        value = self.outgoing(value)
        return plain(value if self._withheld is None else self._withheld(value))

    @once
    def _withheld(self) -> Walk | None:
        return self._schemas.classes.withheld.of(self.schema)

    @property
    def has_own_formats(self) -> bool:
        """Whether values of formats of one's own may stand in it, whose JSON is another value."""
        return bool(self._walks)

    def takes(self, data: bytes) -> bool:
        """Whether *data*, which `encode` gave, is valid."""
        try:
            return self._accepts(reread(data))
        except (ValueError, RecursionError):
            return False

    @once
    def _changes(self) -> bool:
        """Whether values of the schema change on their way to JSON in a way that wire.py does not know."""
        return bool(self._walks) or self._form is not None

    def plain(self, value: Any) -> Any:
        """*value* as the plain JSON value that `encode` would write. Fails as `encode` does."""
        return plain(self.outgoing(value), self._is_reply)

    def checked(self, value: Any, location: str = "response") -> tuple[bytes, list[Violation]]:
        """What `encode` gives, and what is wrong with it: [] when it is valid. Cheaper than both on their own."""
        data = self.encode(value)
        return data, self.violations(reread(data), location)

    def outgoing(self, value: Any) -> Any:
        """
        *value* as JSON is made of it: in responses without what is writeOnly, a value of the schema's format as its
        text, a model as its dict; all other values as they are.
        """
        for walk in self._walks:
            value = walk(value)
        if isinstance(value, Model):
            return value.__pym_reply__ if self._is_reply else value.__pym_wire__
        form = self._form
        if form is not None and form.type is not None and form.unconvert is not None and isinstance(value, form.type):
            return form.unconvert(value)
        return value

    @once
    def _walks(self) -> tuple[Walk, ...]:
        """What changes values on their way to JSON: almost always nothing."""
        classes = self._schemas.classes
        found = (classes.formats.of(self.schema), classes.concealed.of(self.schema) if self._is_reply else None)
        return tuple(walk for walk in found if walk is not None)

    @once
    def _form(self) -> Format | None:
        name = self._shapes.first(self.schema, "format")
        form = self._schemas.formats.get(name.value) if name is not None and isinstance(name.value, str) else None
        return None if isinstance(form, Own) else form


def _bodies(api: Api, direction: Direction) -> list[Node]:
    """The schemas of all bodies that the api's operations receive (request) or answer with (response)."""
    found: list[Node | None] = []
    for operation in (*api.operations, *api.webhooks):
        contents = [operation.body.content] if operation.body is not None and direction == "request" else []
        contents += [response.content for response in operation.responses.values()] if direction == "response" else []
        media_types = [media for content in contents for media in content.values()]
        found += [schema for media in media_types for schema in (media.schema, media.item_schema)]
    return [schema for schema in found if schema is not None]
