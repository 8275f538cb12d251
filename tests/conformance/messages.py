"""
A schema -> values that fit it, or nearly: made by what its keywords say, then changed in one place or two.

Nothing here decides whether a value is valid: that is what the voters are for. A Maker always makes the same of the
same random numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

__all__ = ["Maker", "changed", "text_like"]

_DEEPEST = 6
_MOST = 2_000

#: dict: format -> texts of it, the first ones valid, then such as are nearly so
FORMATS: dict[str, tuple[str, ...]] = {
    "date-time": (
        "2026-03-04T10:11:12Z",
        "2026-03-04T10:11:12.123+05:30",
        "2026-03-04 10:11:12Z",
        "2026-03-04T10:11:12",
    ),
    "date": ("2026-03-04", "2024-02-29", "2023-02-29", "2026-3-4"),
    "time": ("10:11:12Z", "10:11:12+01:00", "10:11", "25:00:00Z"),
    "duration": ("P3D", "PT5M", "3 days", "P"),
    "email": ("a@example.com", "a.b+c@example.org", "a", "a@@b.c"),
    "hostname": ("example.com", "localhost", "-a.example", "a_b"),
    "ipv4": ("127.0.0.1", "10.1.2.3", "256.1.1.1", "1.2.3"),
    "ipv6": ("::1", "2001:db8::1", "1:2:3", ":::"),
    "uri": ("http://example.com/a?b#c", "urn:a:b", "/a/b", "not a uri"),
    "uri-reference": ("/a/b", "http://example.com", "a b", "\\\\x"),
    "uuid": ("6fa459ea-ee8a-4ca4-894e-db77e160355e", "6FA459EA-EE8A-4CA4-894E-DB77E160355E", "6fa459ea", "x"),
    "byte": ("YQ==", "", "YQ", "*"),
    "json-pointer": ("/a/b", "", "a", "/~2"),
    "regex": ("^a+$", "[a-z]", "(", "a{1,"),
}
_WORDS = ("", "a", "b", "abc", "x y", "\u00e9", "0", "true", "null", "A-1")
_ODD: tuple[Any, ...] = (None, True, 0, -1, 1.5, 2, 10**10, "", "a", "2026-03-04", [], [None], {}, {"a": 1})


class Maker:
    """Makes values for schemas of *document*, a Translation's."""

    def __init__(self, document: dict[str, Any], random: Random):
        self._document = document
        self._random = random
        self._left = 0  # of the values that one message may have

    def value(self, reference: str) -> Any:
        """A value for the schema at *reference*."""
        self._left = _MOST
        return self._value([{"$ref": reference}], 0)

    def _value(self, schemas: list[Any], depth: int) -> Any:
        """A value that all of *schemas* may accept."""
        self._left -= 1
        if self._left < 0:
            return None
        parts = self._parts(schemas, depth)
        for part in parts:
            if "const" in part:
                return _copy(part["const"])
            if part.get("enum"):
                return _copy(self._random.choice(part["enum"]))
        kind = self._kind(parts)
        if kind == "object":
            return self._object(parts, depth)
        if kind == "array":
            return self._array(parts, depth)
        if kind in ("integer", "number"):
            return self._number(parts, kind)
        if kind == "string":
            return self._text(parts)
        return self._random.random() < 0.5 if kind == "boolean" else None

    def _parts(self, schemas: list[Any], depth: int) -> list[dict[str, Any]]:
        """*schemas* and what they apply to the same value, of alternatives one by lot."""
        found: list[dict[str, Any]] = []
        todo, seen = list(schemas), set[int]()
        while todo and len(found) < 200:
            part = todo.pop(0)
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            found.append(part)
            if "$ref" in part:
                todo.append(self._document["definitions"][part["$ref"].rpartition("/")[2]])
            todo += part.get("allOf", ())
            for keyword in ("oneOf", "anyOf"):
                branches = part.get(keyword, ())
                if branches and depth >= _DEEPEST:
                    branches = [min(branches, key=lambda branch: len(json.dumps(branch)))]
                todo += [self._random.choice(branches)] if branches else []
            if "then" in part and "if" in part and self._random.random() < 0.5:
                todo += [part["if"], part["then"]]
        return found

    def _kind(self, parts: list[dict[str, Any]]) -> str:
        kinds: list[str] | None = None
        for part in parts:
            if "type" in part:
                named = part["type"] if isinstance(part["type"], list) else [part["type"]]
                both = [
                    one for one in named if kinds is None or one in kinds or (one == "integer" and "number" in kinds)
                ]
                kinds = both or kinds or list(named)
        if kinds is None:
            if any({"properties", "required", "additionalProperties"} & part.keys() for part in parts):
                return "object"
            if any({"items", "prefixItems"} & part.keys() for part in parts):
                return "array"
            return self._random.choice(("string", "integer", "object", "null", "boolean"))
        likely = [one for one in kinds if one != "null"]
        return self._random.choice(likely) if likely and self._random.random() < 0.9 else self._random.choice(kinds)

    def _object(self, parts: list[dict[str, Any]], depth: int) -> dict[str, Any]:
        declared: dict[str, list[Any]] = {}
        for part in parts:
            for name, schema in part.get("properties", {}).items():
                declared.setdefault(name, []).append(schema)
        demanded = [name for part in parts for name in part.get("required", ())]
        likely = 0.6 if depth < 2 else 0.2 if depth < _DEEPEST else 0.0
        names = [name for name in declared if name in demanded or self._random.random() < likely]
        names = [name for name in names if name in demanded or len(names) <= 40 or self._random.random() < 0.3]
        names += [name for name in demanded if name not in names]
        if depth > 3 * _DEEPEST:
            return {}
        result = {name: self._value(declared.get(name, []), depth + 1) for name in names}
        extra = [part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict)]
        least = max((part.get("minProperties", 0) for part in parts), default=0)
        for index in range(
            int(min(5, max(self._random.randint(0, 2) if extra and depth < _DEEPEST else 0, least - len(result))))
        ):
            result[f"key{index}"] = self._value(extra, depth + 1)
        return result

    def _array(self, parts: list[dict[str, Any]], depth: int) -> list[Any]:
        least = int(max((part.get("minItems", 0) for part in parts), default=0))
        most = int(min((part.get("maxItems", 3) for part in parts), default=3))
        firsts = [part[key] for part in parts for key in ("prefixItems", "items") if isinstance(part.get(key), list)]
        count = self._random.randint(least, max(least, min(most, least + 2))) if depth < _DEEPEST else least
        items = [part["items"] for part in parts if isinstance(part.get("items"), dict)]
        items += [part["contains"] for part in parts if isinstance(part.get("contains"), dict)]
        result = []
        for index in range(min(count, 20)):
            places = [first[index] for first in firsts if index < len(first)]
            result.append(self._value(places or items, depth + 1) if depth < 3 * _DEEPEST else None)
        return result

    def _number(self, parts: list[dict[str, Any]], kind: str) -> Any:
        low = max((part["minimum"] for part in parts if "minimum" in part), default=None)
        high = min((part["maximum"] for part in parts if "maximum" in part), default=None)
        steps = [part["multipleOf"] for part in parts if "multipleOf" in part]
        start = low if low is not None and abs(low) < 2**53 else min(high, 0) if high is not None else 0
        if steps:
            quotient = int(start // steps[0]) + self._random.randint(0, 4)
            return quotient * steps[0]
        value = self._random.choice(
            [start, start + 1, start + self._random.randint(0, 100), high if high is not None else 7]
        )
        if abs(value) > 2**52:
            value = start + 7
        if kind == "number" and self._random.random() < 0.5:
            value += self._random.choice((0.5, 0.25, 0))
        return int(value) if kind == "integer" else value

    def _text(self, parts: list[dict[str, Any]]) -> str:
        forms = [part["format"] for part in parts if part.get("format") in FORMATS]
        patterns = [part["pattern"] for part in parts if "pattern" in part]
        if forms and self._random.random() < 0.9:
            samples = FORMATS[forms[0]]
            return self._random.choice(samples[:2] if self._random.random() < 0.7 else samples)
        result = text_like(patterns[0], self._random) if patterns else self._random.choice(_WORDS)
        least = int(max((part.get("minLength", 0) for part in parts), default=0))
        most = int(min((part.get("maxLength", 10**6) for part in parts), default=10**6))
        if not patterns:
            result = (result + "abcdefghij" * (min(least, 5000) // 10 + 1))[: max(least, len(result))]
        return result[:most]


def changed(value: Any, random: Random) -> Any:
    """A copy of *value* that differs from it in one place, chosen by lot."""
    value = _copy(value)
    places = list(_places(value, None, None))
    holder, key = random.choice(places[:300])
    if holder is None:
        return _other(value, random)
    if isinstance(holder, dict) and random.random() < 0.35:
        if random.random() < 0.6:
            del holder[key]
        else:
            holder[random.choice(("zz", "a", "", f"{key}x"))] = _copy(random.choice(_ODD))
    elif isinstance(holder, list) and random.random() < 0.3:
        holder[key:key] = [_copy(holder[key])] * random.choice((1, 3))
    else:
        holder[key] = _other(holder[key], random)
    return value


def _places(value: Any, holder: Any, key: Any) -> Iterator[tuple[Any, Any]]:
    yield holder, key
    for inner, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(one, value, inner)


def _other(value: Any, random: Random) -> Any:
    """Something near *value*, or anything else."""
    if random.random() < 0.4:
        return _copy(random.choice(_ODD))
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        if abs(value) > 2**40:  # beyond 2 ** 53, a float is not the integer that it was made of
            return random.choice((value + 1, value - 1, -value, str(value)))
        return random.choice((value + 1, value - 1, value + 0.5, -value, value * 1000, str(value), float(value)))
    if isinstance(value, str):
        samples = [sample for texts in FORMATS.values() if value in texts for sample in texts]
        return random.choice([value + "x", value[:-1], value.upper(), f" {value}", value * 40, *samples, *_WORDS])
    if isinstance(value, list):
        return random.choice(([], value[:1], value + value, {}))
    return random.choice(({}, [value], dict(list(value.items())[:1])))


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


# ---- texts for patterns


def text_like(pattern: str, random: Random) -> str:
    """A text that *pattern* is likely to match; anything where Python cannot read the pattern."""
    try:
        return "".join(_matching(sre.parse(pattern), random))
    except (re.error, OverflowError, RecursionError):
        return random.choice(_WORDS)


def _matching(tokens: Any, random: Random) -> Iterator[str]:
    for name, given in tokens:
        match str(name):
            case "LITERAL":
                yield chr(given)
            case "NOT_LITERAL":
                yield "x" if chr(given) != "x" else "y"
            case "ANY":
                yield random.choice("ab0 .")
            case "IN":
                yield _member(given, random)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = given
                for _ in range(random.randint(least, min(most, least + 3))):
                    yield from _matching(inner, random)
            case "SUBPATTERN":
                yield from _matching(given[-1], random)
            case "BRANCH":
                yield from _matching(random.choice(given[1]), random)
            case "CATEGORY":
                yield _member([(name, given)], random)


_CLASSES = {
    "DIGIT": "0123456789",
    "WORD": "abcXYZ_019",
    "SPACE": " \t",
    "NOT_DIGIT": "a-",
    "NOT_WORD": "- ",
    "NOT_SPACE": "a1",
}


def _member(given: Any, random: Random) -> str:
    """A character of a class."""
    chosen: list[str] = []
    excluded = bool(given) and str(given[0][0]) == "NEGATE"
    for name, what in given:
        match str(name):
            case "LITERAL":
                chosen.append(chr(what))
            case "RANGE":
                chosen += [chr(what[0]), chr(what[1]), chr(random.randint(*what))]
            case "CATEGORY":
                chosen += _CLASSES.get(str(what).removeprefix("CATEGORY_"), "a")
    if excluded:
        rest = [character for character in "abcxyz019 -_.~" if character not in chosen]
        return random.choice(rest or ["\u00e9"])
    return random.choice(chosen)
