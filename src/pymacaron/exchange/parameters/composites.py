"""
Arrays and objects out of a request, by style and explode.

Neighbours: reading.py calls it, sent.py finds the texts, texts.py makes values of them.
Source: OpenAPI 3.0.4, 3.1.1, 3.2.0, "Style Values" and appendices C to E; RFC 6570; Swagger 2.0, "collectionFormat".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pymacaron.exchange.parameters.sent import as_it_is, decoder, one_text, path_text
from pymacaron.exchange.parameters.speaking import members_of, speaking
from pymacaron.exchange.parameters.texts import ABSENT, Members, Read, Refused, holds_json, item, items, takes_text
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.spec.model import Parameter

__all__ = ["BARE", "is_free", "is_spread", "read_array", "read_object"]

#: dict: style -> what stands between the items of an array without explode
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
#: Objects in objects of deepObject: more of them are a way to burn stack
_DEPTH = 16

# Arrays and objects


def read_array(parameter: Parameter, codec: Codec, schemas: Schemas) -> Read:
    make, empty = item(codec, schemas), _empty_array(parameter, codec, schemas)
    name = parameter.name

    def value(texts: list[str]) -> Any:
        if texts == _NOTHING and empty is not _NOTHING:
            return None if empty is None else []
        return items(make, texts)

    if _is_repeated(parameter):
        decode, in_cookie = decoder(parameter), _is_form_cookie(parameter)

        is_deep = parameter.style == "deepObject"

        def read_all(found: dict[str, list[str]]) -> Any:
            texts = (_ampersands(found) if in_cookie else found).get(name)
            if texts is None and is_deep:
                texts = _indexed(found, name)
            if texts is None:
                return ABSENT
            return value(texts if decode is None else [decode(text) for text in texts])

        return read_all

    one = one_text(parameter)
    split, decode_each = _taken_apart(parameter, codec, schemas)
    if parameter.location == "header" and parameter.style not in _SEPARATORS:
        split = _without_empty(split)
    named = parameter.style == "matrix" and parameter.explode

    def read(source: Any) -> Any:
        text = one(source)
        if text is None:
            return ABSENT
        parts = split(text)
        if named:
            parts = [_bare_matrix(f";{part}", name) for part in parts]
        return value(parts if decode_each is None else [decode_each(part) for part in parts])

    return read


def _indexed(found: dict[str, list[str]], name: str) -> list[str] | None:
    """The items of an array by their index, `ids[0]`, `ids[1]`, or all as `ids[]`; None where there is none."""
    texts = found.get(f"{name}[]")
    if texts is not None:
        return texts
    texts = []
    while (more := found.get(f"{name}[{len(texts)}]")) is not None:
        texts += more[:1]
    return texts or None


#: What is left of an empty text that was taken apart; as the value of an array: an item that is an empty text
_NOTHING = [""]


def _without_empty(split: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """*split* without the empty elements of a list, which a recipient must ignore: RFC 9110, section 5.6.1.2."""
    return lambda text: [part for part in split(text) if part] or _NOTHING


def _empty_array(parameter: Parameter, codec: Codec, schemas: Schemas) -> list[str] | None:
    """
    What an array is whose text is empty: one empty text where an item may be that, for an array without items is not
    sent at all; else null where that is allowed, else no item. An empty header is an empty list, and so is what
    Swagger 2.0 joins of no items.

    Source: RFC 6570, sections 2.3 and 3.2.1; RFC 9110, section 5.6.1.
    """
    joined = schemas.api.dialect == "2.0" and not _is_repeated(parameter)
    if parameter.location != "header" and not joined and takes_text(codec, schemas):
        return _NOTHING
    return None if "null" in codec.types else []


def read_object(parameter: Parameter, codec: Codec, schemas: Schemas, others: frozenset[str]) -> Read:
    if parameter.style == "deepObject":
        return _read_deep(parameter, Members(codec, schemas), others)
    members = Members(codec, schemas, json=True)
    if is_spread(parameter):
        return _read_spread(parameter, None if is_free(codec, schemas) else members_of(codec, schemas), members, others)
    one = one_text(parameter)
    split, decode = _taken_apart(parameter, codec, schemas)
    pairs = _listed_pairs
    if parameter.explode:
        pairs = _named_pairs if parameter.style == "matrix" else _written_pairs
    nullable = "null" in codec.types

    def read(source: Any) -> Any:
        text = one(source)
        if text is None:
            return ABSENT
        parts = split(text)
        if parts == _NOTHING:
            return None if nullable else {}
        return members(pairs(parts, decode or as_it_is))

    return read


def _is_repeated(parameter: Parameter) -> bool:
    """Whether each item of an array is a pair of its own; undefined for deepObject, of which it is the obvious form."""
    paired = parameter.location in ("query", "form", "cookie")
    return paired and (parameter.explode or parameter.style == "deepObject")


def is_spread(parameter: Parameter) -> bool:
    """Whether each member of an object is a pair of its own, without the name of the parameter."""
    return parameter.explode and parameter.location in ("query", "form", "cookie")


def _is_form_cookie(parameter: Parameter) -> bool:
    return parameter.location == "cookie" and parameter.style == "form"


def is_free(codec: Codec, schemas: Schemas) -> bool:
    """Whether an object takes members that it does not declare: where it says so, or declares none."""
    told = speaking(codec, schemas)
    if told is not None and told.is_free:
        return True
    more = schemas.shapes.first(codec.schema, "additionalProperties")
    return not codec.properties if more is None else more.value is not False


def _ampersands(source: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Cookies with `&` between the items or members of a value, as OpenAPI's tables have it for style form."""
    found: dict[str, list[str]] = {}
    for name, texts in source.items():
        for text in texts:
            for pair in f"{name}={text}".split("&"):
                one, _, value = pair.partition("=")
                found.setdefault(path_text(one), []).append(value)
    return found


# One text taken apart


def _bare_label(text: str, name: str) -> str:
    if text[:1] != ".":
        raise Refused("style", "does not begin with '.', as style label does")
    return text[1:]


def _bare_matrix(text: str, name: str) -> str:
    given, _, value = text[1:].partition("=")
    if text[:1] != ";" or (given != name and path_text(given) != name):
        raise Refused("style", f"is not written ';{name}=', as style matrix is")
    return value


def _bare_exploded_matrix(text: str, name: str) -> str:
    if text[:1] != ";":
        raise Refused("style", "does not begin with ';', as style matrix does")
    return text[1:]


#: dict: style -> what takes the value of a parameter of the path out of what surrounds it
BARE: Mapping[str, Callable[[str, str], str]] = {"label": _bare_label, "matrix": _bare_matrix}


def _taken_apart(
    parameter: Parameter, codec: Codec, schemas: Schemas
) -> tuple[Callable[[str], list[str]], Callable[[str], str] | None]:
    """
    What takes the text of an array or object apart that stands in one text ([''] of an empty one), and what decodes
    each part of it; None where nothing is left to be decoded.
    """
    name, style, decode = parameter.name, parameter.style, decoder(parameter)
    separator = _SEPARATORS.get(style, ",")
    if parameter.location == "header":
        return lambda text: [part.strip(" \t") for part in text.strip(" \t").split(separator)], None
    bare = BARE.get(style, _as_it_stands)
    if parameter.explode and style in _EXPLODED:
        bare, separator = _EXPLODED[style]
    if decode is None:
        return lambda text: bare(text, name).split(separator), None
    if (
        schemas.api.dialect == "2.0"
        or separator in _ENCODED
        or not (takes_text(codec, schemas) or holds_json(codec, schemas))
    ):
        # The separator comes percent-encoded, too: so do clients of Swagger 2.0, and many where no item can have it
        return lambda text: decode(bare(text, name)).split(separator), None
    return lambda text: bare(text, name).split(separator), decode


def _as_it_stands(text: str, name: str) -> str:
    return text


#: dict: style -> the same, and the separator, where it is exploded
_EXPLODED: Mapping[str, tuple[Callable[[str, str], str], str]] = {
    "label": (_bare_label, "."),
    "matrix": (_bare_exploded_matrix, ";"),
}
#: Separators that may not stand in a URL as they are. Source: OpenAPI 3.2.0, appendix E.6
_ENCODED = frozenset(" |\t")


def _listed_pairs(parts: list[str], decode: Callable[[str], str]) -> dict[str, list[str]]:
    """`R,100,G,200`"""
    if len(parts) % 2:
        raise Refused("style", "is not a list of names and values")
    return _by_name(zip(parts[::2], parts[1::2], strict=True), decode)


def _written_pairs(parts: list[str], decode: Callable[[str], str]) -> dict[str, list[str]]:
    """`R=100,G=200`"""
    if not all("=" in part for part in parts):
        raise Refused("style", "is not a list of pairs name=value")
    return _named_pairs(parts, decode)


def _named_pairs(parts: list[str], decode: Callable[[str], str]) -> dict[str, list[str]]:
    """`R=100;G=200`, where an empty value may be left out with its `=`."""
    pairs = [part.partition("=") for part in parts]
    return _by_name(((name, value) for name, _, value in pairs), decode)


def _by_name(pairs: Iterable[tuple[str, str]], decode: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(decode(name), []).append(decode(text))
    return found


# Objects that are spread over several pairs


def _read_spread(
    parameter: Parameter, declared: frozenset[str] | None, members: Members, others: frozenset[str]
) -> Read:
    """`R=100&G=200`: the members that are *declared*; None: every name that is no other parameter's."""
    decode, in_cookie = decoder(parameter), _is_form_cookie(parameter)

    def read(source: Mapping[str, list[str]]) -> Any:
        found = {
            name: texts if decode is None else [decode(text) for text in texts]
            for name, texts in (_ampersands(source) if in_cookie else source).items()
            if (name not in others if declared is None else name in declared)
        }
        return members(found) if found else ABSENT

    return read


def _read_deep(parameter: Parameter, members: Members, others: frozenset[str]) -> Read:
    """`color[R]=100&color[G]=200`; `color[space][name]=x` for an object in it, which OpenAPI leaves open."""
    opening, decode = f"{parameter.name}[", decoder(parameter) or as_it_is
    start = len(opening)

    def read(source: Mapping[str, list[str]]) -> Any:
        if parameter.name in source and parameter.name not in others:
            raise Refused("style", f"is asked as {opening}name]=value")
        tree: dict[str, Any] = {}
        for key, texts in source.items():
            if key.startswith(opening) and key.endswith("]") and key not in others:
                _put(tree, key[start:-1].split("]["), [decode(text) for text in texts])
        return members(tree) if tree else ABSENT

    return read


def _put(tree: dict[str, Any], names: list[str], texts: list[str]) -> None:
    if len(names) > _DEPTH:
        raise Refused("style", f"has more than {_DEPTH} names in brackets")
    *above, last = names
    for name in above:
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            raise Refused("style", f"has {name!r} both with a value and with members")
    if last in tree:
        raise Refused("style", f"has {last!r} both with a value and with members")
    tree[last] = texts
