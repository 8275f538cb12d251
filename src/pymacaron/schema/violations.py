"""
What is wrong with a value: where, by which keyword of the schema, and in words that a caller can mend it by.

The texts are ours (words.py): short, about the value, never showing one whose name or format says that it is a secret.
jsonschema-rs finds the errors, faults.py tells what they mean, `explain` makes Violations of that. Codecs and the
exchange room raise Violations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pymacaron.exceptions import ValidationError
from pymacaron.schema.faults import Fault, faults_of
from pymacaron.schema.pointers import Order, names_of, pointer_text

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError as ValidatorError

__all__ = ["MORE", "MOST", "Violation", "Violations", "explain", "sendable", "told"]

#: The number of violations of one value after which no more are looked for, so that a body of a million mistakes
#: costs little more than these
MOST = 1_000

#: The code of a last Violation that says that there are more than the MOST before it
MORE = "more"

#: The characters of all violations of one value, or of one call, after which there are no more either: places can be
#: as long as a caller likes
_ROOM = 250_000


class Violation(NamedTuple):
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


class Violations(ValidationError):
    """
    A value does not fit its schema, or cannot be read at all; `violations` lists everything that is wrong with it. To
    users it is a ValidationError.
    """

    _is_told = False  # its text is that of its violations

    def __init__(self, violations: Iterable[Violation]):
        self.violations = list(violations)

    @property
    def args(self) -> tuple[str]:  # type: ignore[override]
        """The text of all of them, which is made for those who look at it alone."""
        return (str(self),)

    def __str__(self) -> str:
        return "; ".join([str(violation) for violation in self.violations])

    @property
    def errors(self) -> list[dict[str, str]]:  # type: ignore[override]
        """As a 400 lists them."""
        return [violation.as_dict() for violation in self.violations]

    def __reduce__(self) -> tuple[type[Violations], tuple[list[Violation]]]:
        return type(self), (self.violations,)


def explain(
    errors: Iterable[ValidatorError],
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
    order = Order(value)
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
    listed = list(violations)
    if len(listed) <= MOST and sum([len(pointer) + len(detail) for _, pointer, _, detail in listed]) <= _ROOM:
        return listed
    kept: list[Violation] = []
    count, left = 0, _ROOM
    for violation in listed:
        if violation.code != MORE:
            if count == MOST or left < 0:
                return [*kept, Violation(violation.location, "", MORE, f"has more violations than these {count}")]
            count += 1
        left -= len(violation.pointer) + len(violation.detail)
        kept.append(violation)
    return kept
