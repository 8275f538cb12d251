"""
What is wrong with a value: where, by which keyword of the schema, and in words that a caller can mend it by.

The texts are ours: short, about the value, never showing one whose name or format says that it is a secret.
jsonschema-rs finds the errors, `explain` makes Violations of them. Codecs and the exchange room raise Violations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pymacaron.finding import did_you_mean
from pymacaron.schema.keywords import HOSTNAME

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = [
    "MORE",
    "MOST",
    "SECRET_NAMES",
    "Fault",
    "Texts",
    "Violation",
    "Violations",
    "definition_of",
    "explain",
    "faults_of",
    "inner_schemas",
    "is_secret",
    "label_of",
    "names_of",
    "pointer_text",
    "quoted",
    "reason_of",
    "sendable",
    "told",
]

#: A name that has one of these in it, whatever its case and punctuation, names a secret
SECRET_NAMES = ("password", "passwd", "passphrase", "secret", "token", "authorization", "apikey")

#: The number of violations of one value after which no more are looked for, so that a body of a million mistakes
#: costs little more than these
MOST = 1_000

#: The code of a last Violation that says that there are more than the MOST before it
MORE = "more"

#: The characters of all violations of one value, or of one call, after which there are no more either: places can be
#: as long as a caller likes
_ROOM = 250_000

_WIDTH = 80

#: The length of why an alternative does not fit, which may have those of alternatives in it
_REASON = 400

#: The characters of a token of a pointer, and of a pointer, after which an ellipsis stands for the rest
_TOKEN, _POINTER = 200, 2_000

#: The number of undeclared properties of one object for which a declared one is looked for that may be meant
_HINTED = 50
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One thing wrong with a value of a call.

    `location`: body, path, query, header, cookie, form or response. `pointer`: a JSON pointer into the value, '' for
    the whole; for a parameter '/<name>' and on. `code`: the keyword of JSON Schema that it breaks, or json, type,
    required. `detail` says what is so, to be read after the name of the place: `0 is below 1`, `is missing`.
    """

    location: str
    pointer: str
    code: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        """The entry of the `errors` array of a 400: in, pointer, code, detail."""
        return {"in": self.location, "pointer": self.pointer, "code": self.code, "detail": self.detail}

    def __str__(self) -> str:
        return f"{self.location} {self.pointer} {self.detail}" if self.pointer else f"{self.location} {self.detail}"


class Violations(Exception):
    """
    A value does not fit its schema, or cannot be read at all; `violations` lists everything that is wrong with it.
    """

    def __init__(self, violations: Iterable[Violation]):
        self.violations = list(violations)
        super().__init__("; ".join(str(violation) for violation in self.violations))

    def __reduce__(self) -> tuple[type[Violations], tuple[list[Violation]]]:
        return type(self), (self.violations,)


def is_secret(name: str) -> bool:
    """Whether *name*, of a property, a parameter or a header, says that its value is not to be shown."""
    # A name may be as long as a caller likes: those of descriptions are short, and looked at often
    return _known_secret(name) if len(name) <= _WIDTH else _says_secret(name)


def _says_secret(name: str) -> bool:
    letters = "".join(character for character in name.lower() if character.isalnum())
    return any(secret in letters for secret in SECRET_NAMES)


def quoted(value: Any) -> str:
    """*value* as messages show it: scalars cut at 80 characters, never the content of objects and arrays."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "an array"
    if isinstance(value, str):
        return repr(value) if len(value) <= _WIDTH else f"{value[:_WIDTH]!r}..."
    text = str(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def pointer_text(path: Iterable[str | int]) -> str:
    """
    The JSON pointer (RFC 6901) whose unescaped tokens are *path*; '' for none. A token of more than 200 characters is
    cut there, and the pointer after 2,000: an ellipsis stands for the rest.
    """
    text = ""
    for token in path:
        if len(text) > _POINTER:
            return f"{text}/…"
        name = str(token)
        shown = name if len(name) <= _TOKEN else f"{name[:_TOKEN]}…"
        text += f"/{shown.replace('~', '~0').replace('/', '~1')}"
    return text


def explain(
    errors: Iterable[ValidationError],
    value: Any,
    schema: Mapping[str, Any],
    location: str,
    pointer: str = "",
    *,
    skip: int = 0,
    passwords: bool = True,
) -> list[Violation]:
    """
    The violations that the validator of *schema* (a bundle of dialect.py) found in *value*, in the order of *value*.

    *pointer* is where *value* stands in `location`; its names count for secrets too. *skip* is the number of tokens
    that the errors' paths have before those of *value*. *passwords*: whether *schema* has any of format password. At
    most MOST are told, see `told`.
    """
    faults = faults_of(errors, value, schema, lambda path: path[skip:], names=names_of(pointer), passwords=passwords)
    return told(faults, value, location, pointer)


def names_of(pointer: str) -> tuple[str, ...]:
    """The unescaped tokens of a JSON pointer."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def faults_of(
    errors: Iterable[ValidationError],
    value: Any,
    schema: Mapping[str, Any],
    place: Callable[[_Path], _Path],
    *,
    names: Sequence[str] = (),
    passwords: bool = True,
    document: Mapping[str, Any] | None = None,
) -> Iterator[Fault]:
    """
    What *errors* mean, one after the other: the path in *value*, the code and the detail of a Violation.

    *place* makes the path in *value* of that of an error; *names* are those of the places around *value*. *document* is
    the bundle that the errors come from, where it is not *schema*, the one of all of *value*.
    """
    texts = Texts(value, schema, place, names, passwords, document)
    return (fault for error in errors for fault in texts.faults(error))


def told(faults: Iterable[Fault], value: Any, location: str, pointer: str = "") -> list[Violation]:
    """
    *faults* of *value* as Violations, in its order, each once; at most MOST, fewer where their texts are long, and then
    one of code MORE.
    """
    found: dict[Fault, None] = {}
    more = False
    left = _ROOM
    for count, fault in enumerate(faults):
        if left < 0 or (len(found) == MOST and fault not in found) or count == 4 * MOST:
            more = True
            break
        found[fault] = None
        path, _, detail = fault
        left -= len(detail) + sum([len(token) if token.__class__ is str else 1 for token in path])
    order = _Order(value)
    ranked = sorted(found, key=lambda fault: order.key(fault[0])) if len(found) > 1 else found
    result = [Violation(location, pointer + pointer_text(path), code, detail) for path, code, detail in ranked]
    if more:
        result.append(Violation(location, pointer, MORE, f"has more violations than these {len(result)}"))
    return result


def sendable(violations: Iterable[Violation]) -> list[Violation]:
    """
    *violations* of all values of a call as far as a reply has room for them: at most MOST, fewer where their texts are
    long, and then one of code MORE.
    """
    kept: list[Violation] = []
    count, left = 0, _ROOM
    for violation in violations:
        if violation.code != MORE:
            if count == MOST or left < 0:
                return [*kept, Violation(violation.location, "", MORE, f"has more violations than these {count}")]
            count += 1
        left -= len(violation.pointer) + len(violation.detail)
        kept.append(violation)
    return kept


_known_secret = lru_cache(2048)(_says_secret)

#: The path of a fault in its value, and the code and the detail of its Violation
Fault = tuple[_Path, str, str]


class _Order:
    """Where paths stand in the text of a value: members in the order of their object, missing ones after them."""

    def __init__(self, value: Any):
        self._value = value
        self._ranks: dict[int, dict[str, int]] = {}

    def key(self, path: _Path) -> tuple[int, ...]:
        ranks: list[int] = []
        at = self._value
        for token in path:
            if isinstance(at, dict):
                rank = self._ranks.setdefault(id(at), {}) or self._fill(at)
                ranks.append(rank.get(str(token), len(at)))
            else:
                ranks.append(token if isinstance(token, int) else 0)
            at = _step(at, token)
        return tuple(ranks)

    def _fill(self, value: dict[str, Any]) -> dict[str, int]:
        self._ranks[id(value)] = {name: index for index, name in enumerate(value)}
        return self._ranks[id(value)]


class Texts:
    """The faults that errors of the validator mean, for one value and the bundle that it was validated with."""

    def __init__(
        self,
        value: Any,
        schema: Mapping[str, Any],
        place: Callable[[_Path], _Path],
        names: Sequence[str],
        passwords: bool,
        document: Mapping[str, Any] | None,
    ):
        self._value = value
        self._order = _Order(value)
        self._place = place
        self._schema = schema
        self._document = schema if document is None else document
        self._passwords = passwords
        self._masked = any(is_secret(name) for name in names)
        #: The places of the discriminators that have chosen around what is told
        self._followed: set[_Path] = set()

    def faults(self, error: ValidationError) -> Iterator[Fault]:
        kind = error.kind.name
        path = self._path(error)
        if kind in ("additionalProperties", "unevaluatedProperties"):
            declared = self._declared(path)
            for index, name in enumerate(error.kind.unexpected):  # type: ignore[attr-defined]
                hint = did_you_mean(name, declared) if index < _HINTED and name not in declared else ""
                yield (
                    (*path, name),
                    kind,
                    f"is not a declared property. {hint}" if hint else "is not a declared property",
                )
        elif kind == "unevaluatedItems":
            count = len(error.kind.unexpected)  # type: ignore[attr-defined]
            yield path, kind, f"has {_counted(count, 'item', 'items')} too many"
        elif kind == "required":
            yield (*path, error.kind.property), kind, "is missing"  # type: ignore[attr-defined]
        elif kind == "propertyNames":
            inner = error.kind.error  # type: ignore[attr-defined]
            name = inner.instance
            yield (*path, str(name)), kind, f"is no name for a property here: {self._detail(inner, name, False)}"
        elif kind in ("oneOf", "anyOf"):
            yield from self._union(error, path, kind)
        else:
            yield path, _CODES.get(kind, kind), self._detail(error, _at(self._value, path), self._secret(path))

    def rank(self, fault: Fault) -> tuple[int, ...]:
        """What sorts faults in the order of the value's text."""
        return self._order.key(fault[0])

    def _path(self, error: ValidationError) -> _Path:
        return self._place(tuple(error.instance_path))

    def _types(self, errors: list[ValidationError], path: _Path) -> list[str]:
        """The types that *errors* ask of the value at *path* itself; empty where they complain about something else."""
        return [
            name
            for error in errors
            if error.kind.name == "type" and self._path(error) == path
            for name in error.kind.types  # type: ignore[attr-defined]
        ]

    def _detail(self, error: ValidationError, value: Any, secret: bool) -> str:
        text = _DETAILS.get(_STOPPED.get(error.kind.__class__.__name__, error.kind.name))
        shown = "a value" if secret and not isinstance(value, (dict, list)) else quoted(value)
        if secret and error.kind.name in ("enum", "const"):  # which name what is accepted
            return f"{shown} is not what its schema accepts"
        try:
            return text(error, value, shown) if text else f"{shown} does not fit its schema"
        except (AttributeError, TypeError):  # a kind of error that tells less than its name lets expect
            return f"{shown} does not fit its schema"

    def _secret(self, path: _Path) -> bool:
        if self._masked or any(isinstance(token, str) and is_secret(token) for token in path):
            return True
        return self._passwords and any(
            schema.get("format") == "password"
            for end in range(len(path) + 1)
            for schema in self._applicable(path[:end])
        )

    def _declared(self, path: _Path) -> list[str]:
        names: dict[str, None] = {}
        for schema in self._applicable(path):
            names.update(dict.fromkeys(schema.get("properties", ())))
        return list(names)

    def _applicable(self, path: _Path) -> list[Mapping[str, Any]]:
        """Every schema of the bundle that speaks about the value at *path*, alternatives included."""
        found = self._unfolded([self._schema])
        for token in path:
            found = self._unfolded([inner for schema in found for inner in inner_schemas(schema, token)])
        return found

    def _unfolded(self, schemas: Iterable[Any]) -> list[Mapping[str, Any]]:
        """*schemas* and all that they apply to the same value: `$ref`, allOf, alternatives, on conditions."""
        found: dict[int, Mapping[str, Any]] = {}
        todo = list(schemas)
        while todo:
            schema = todo.pop()
            if not isinstance(schema, dict) or id(schema) in found:
                continue
            found[id(schema)] = schema
            name = definition_of(schema)
            if name:
                todo.append(self._schema["$defs"][name])
            for keyword in ("allOf", "anyOf", "oneOf"):
                todo.extend(schema.get(keyword, ()))
            todo.extend(schema[keyword] for keyword in ("if", "then", "else") if keyword in schema)
            todo.extend(schema.get("dependentSchemas", {}).values())
        return list(found.values())

    def _union(self, error: ValidationError, path: _Path, kind: str) -> Iterator[Fault]:
        owner = self._owner(error)
        branches = owner.get(kind, []) if isinstance(owner, dict) else []
        context: list[list[ValidationError]] = error.kind.context  # type: ignore[attr-defined]
        if error.kind.__class__.__name__.endswith("MultipleValid") or any(not errors for errors in context):
            fitting = [label_of(branches, index) for index, errors in enumerate(context) if not errors]
            yield path, kind, f"fits more than one of the alternatives: {' and '.join(fitting)}"
            return
        chosen = self.chosen(owner, kind, path)
        if isinstance(chosen, tuple):
            yield chosen
            return
        if chosen is not None and chosen < len(context):
            followed = {(*path, owner["discriminator"]["propertyName"])} - self._followed
            self._followed |= followed
            yield from self._flat(context[chosen])
            self._followed -= followed
            return
        kept = [index for index, errors in enumerate(context) if self._types(errors, path) != ["null"]]
        near = [index for index in kept if not self._types(context[index], path)]
        if len(kept) == 1 or len(near) == 1:
            yield from self._flat(context[(near if len(near) == 1 else kept)[0]])
            return
        if not near:
            types = dict.fromkeys(name for errors in context for name in self._types(errors, path))
            shown = "a value" if self._secret(path) else quoted(_at(self._value, path))
            yield path, "type", f"{shown} is not {_list([_TYPES.get(name, name) for name in types], 'or')}"
            return
        reasons = [self._reason(label_of(branches, index), context[index], path) for index in near]
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        yield path, kind, f"fits none of the {len(kept)} alternatives: {'; '.join(reasons[:5])}{more}"

    def _owner(self, error: ValidationError) -> Any:
        """The schema that has the keyword that *error* is of."""
        path = error.schema_path[:-1]
        resource, _, _ = (error.absolute_keyword_location or "").partition("#")
        name = resource.rpartition("/")[2]  # where each definition is a resource, the path begins there
        return _at(self._document["$defs"][name], path) if name else _at(self._document, path)

    def _reason(self, label: str, errors: list[ValidationError], path: _Path) -> str:
        return reason_of(label, min(self._flat(errors), key=self.rank), path)

    def _flat(self, errors: Iterable[ValidationError]) -> Iterator[Fault]:
        for error in errors:
            yield from self.faults(error)

    def chosen(self, owner: Any, kind: str, path: _Path) -> int | Fault | None:
        """
        The alternative that the discriminator names, or the fault that it has, or None where there is no
        discriminator.
        """
        rule = owner.get("discriminator") if isinstance(owner, dict) else None
        value = _at(self._value, path)
        if not rule or not rule.get(kind) or not isinstance(value, dict):
            return None
        name, mapping = rule["propertyName"], rule[kind]
        if name in value and isinstance(value[name], str) and value[name] in mapping:
            return int(mapping[value[name]])
        if "default" in rule:
            return int(rule["default"])
        if name not in value:
            return (*path, name), "required", "is missing"
        where = (*path, name)
        if where in self._followed:  # another discriminator knows it
            return None
        shown = "a value" if self._secret(where) else quoted(value[name])
        return where, "enum", f"{shown} is none of {_options(list(mapping))}"


def label_of(branches: Sequence[Any], index: int) -> str:
    """The name of an alternative: that of the schema it refers to, else its number."""
    branch = branches[index] if index < len(branches) else None
    return (definition_of(branch) if isinstance(branch, dict) else "") or f"number {index + 1}"


def reason_of(label: str, fault: Fault, path: _Path) -> str:
    """Why a value at *path* does not fit the alternative *label*: the first fault that it has by it, cut."""
    where, _, detail = fault
    text = " ".join(part for part in (pointer_text(where[len(path) :]), detail) if part)
    return f"{label} ({text if len(text) <= _REASON else f'{text[:_REASON]}...'})"


def definition_of(schema: Mapping[str, Any]) -> str:
    """The name of the definition of its bundle that *schema* refers to; '' where it refers to none."""
    reference = schema.get("$ref") or schema.get("$dynamicRef")
    if not isinstance(reference, str):
        return ""
    return reference.removeprefix("#/$defs/").removeprefix("/").partition("#")[0]


def inner_schemas(schema: Mapping[str, Any], token: str | int) -> Iterator[Any]:
    """The schemas that *schema* has for its member or item *token*."""
    if isinstance(token, int):
        prefix = schema.get("prefixItems", ())
        yield prefix[token] if token < len(prefix) else schema.get("items")
        yield schema.get("contains")
        yield schema.get("unevaluatedItems")
        return
    properties = schema.get("properties", {})
    if token in properties:
        yield properties[token]
        return
    yield schema.get("additionalProperties")
    yield schema.get("unevaluatedProperties")
    yield from schema.get("patternProperties", {}).values()


def _step(value: Any, token: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and isinstance(token, int) and token < len(value):
        return value[token]
    return None


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for token in path:
        value = _step(value, token)
    return value


def _list(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "anything"


def _options(options: Sequence[Any], most: int = 12) -> str:
    text = ", ".join(quoted(option) for option in options[:most])
    return f"{text} and {len(options) - most} more" if len(options) > most else text


def _counted(number: int, noun: str, nouns: str) -> str:
    return f"{number} {noun if number == 1 else nouns}"


_TYPES = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}

#: dict: format -> what a value of it is called
_FORMATS = {
    "byte": "base64 text",
    "date": "a date as in 2026-03-04",
    "date-time": "a date-time as in 2026-03-04T10:11:12Z",
    "email": "an e-mail address",
    "hostname": "a host name",
    HOSTNAME: "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uri": "a URI",
    "uri-reference": "a URI reference",
    "uuid": "a UUID",
}

#: dict: the validator's name of a kind of error -> the keyword, where they differ
_CODES = {
    "falseSchema": "not",
    "x-own-format": "format",
}

#: dict: the class of an error -> what it is called here, where its name is that of another
_STOPPED = {"BacktrackLimitExceeded": "backtrackLimitExceeded", "RegexEngineFailure": "regexEngineFailure"}

#: dict: the validator's name of a kind of error -> its text, from the error, the value and how the value is shown
_DETAILS: Mapping[str, Callable[[Any, Any, str], str]] = {
    "type": lambda e, v, q: f"{q} is not {_list([_TYPES.get(name, name) for name in e.kind.types], 'or')}",
    "enum": lambda e, v, q: f"{q} is none of {_options(e.kind.options)}",
    "const": lambda e, v, q: f"{q} is not {quoted(e.kind.expected_value)}",
    "minimum": lambda e, v, q: f"{q} is below {quoted(e.kind.limit)}",
    "maximum": lambda e, v, q: f"{q} is above {quoted(e.kind.limit)}",
    "exclusiveMinimum": lambda e, v, q: f"{q} is not above {quoted(e.kind.limit)}",
    "exclusiveMaximum": lambda e, v, q: f"{q} is not below {quoted(e.kind.limit)}",
    "multipleOf": lambda e, v, q: f"{q} is not a multiple of {quoted(e.kind.multiple_of)}",
    "minLength": lambda e, v, q: f"{q} is shorter than {_counted(e.kind.limit, 'character', 'characters')}",
    "maxLength": lambda e, v, q: f"{q} is longer than {_counted(e.kind.limit, 'character', 'characters')}",
    "pattern": lambda e, v, q: f"{q} does not match {_cut(e.kind.pattern)}",
    "format": lambda e, v, q: f"{q} is not {_FORMATS.get(e.kind.format, f'of format {e.kind.format}')}",
    "x-own-format": lambda e, v, q: f"{q} is not of format {e.kind.message}",
    "minItems": lambda e, v, q: f"has {_counted(len(v), 'item', 'items')}, fewer than {e.kind.limit}",
    "maxItems": lambda e, v, q: f"has {_counted(len(v), 'item', 'items')}, more than {e.kind.limit}",
    "uniqueItems": lambda e, v, q: "has items that are equal",
    "contains": lambda e, v, q: "lacks an item that it has to contain",
    "minProperties": lambda e, v, q: f"has {_counted(len(v), 'member', 'members')}, fewer than {e.kind.limit}",
    "maxProperties": lambda e, v, q: f"has {_counted(len(v), 'member', 'members')}, more than {e.kind.limit}",
    "not": lambda e, v, q: f"{q} is what its schema excludes",
    "falseSchema": lambda e, v, q: "is not allowed here",
    "backtrackLimitExceeded": lambda e, v, q: f"{q} takes too long to match with the pattern",
    "regexEngineFailure": lambda e, v, q: f"{q} cannot be matched with the pattern",
}


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
