"""
An operation -> the text of the function that is to answer it, with the types of its arguments and of what it returns.

Formatted as ruff and Black do it, so that their checks pass at once. Neighbours: stubs/signatures.py has the types,
modules.py puts the functions into files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from copy import copy

from pymacaron.spec.model import Operation
from pymacaron.stubs.classes import INDENT, WIDTH, Module, docstring
from pymacaron.stubs.signatures import Argument, Signatures
from pymacaron.stubs.types import ANY, NONE, Type, union

__all__ = ["EXAMPLE", "Names", "handler_text"]

#: What answers in a handler that is not written yet
EXAMPLE = "pymacaron.example"


class Names(Module):
    """
    The names of a module of handlers: *taken*, what is defined there; *imported*, dict of name -> what it stands for.

    Models are those of the module *home*, a dotted path, which `pymacaron stubs` writes. *only*: the api in it that is
    called `api` here, where there is no other.
    """

    def __init__(
        self,
        home: str,
        taken: Iterable[str] = (),
        imported: Mapping[str, str] | None = None,
        only: str | None = None,
    ):
        super().__init__((), taken)
        self.home = home
        self._imported = dict(imported or {})
        self._names |= self._imported
        self._only = f"{home}.{only}" if only is not None and "api" not in self._names else None

    def name(self, dotted: str, own: Set[str] = frozenset()) -> str:
        """What *dotted* is called; a name that was imported already is taken before a new one."""
        known = next((name for name, one in self._imported.items() if one == dotted and name not in own), None)
        if known is None and dotted == self._only:
            known = "api"
            self._names[known] = dotted
        return known or super().name(dotted, own)

    @property
    def trial(self) -> Names:
        """The same, to be asked for names that are not used then."""
        found = copy(self)
        found._names = dict(self._names)
        found.used = set(self.used)
        return found

    def model(self, name: str, api: str, own: Set[str] = frozenset()) -> str:
        is_imported = self.home in self._imported.values()
        found = f"{self.name(self.home, own)}.{api}" if is_imported else self.name(f"{self.home}.{api}", own)
        return f"{found}.model.{name}"

    def imports(self) -> list[str]:
        """Lines, without those for what was imported already."""
        known = self._names
        self._names = {name: dotted for name, dotted in known.items() if name not in self._imported}
        try:
            return super().imports()
        finally:
            self._names = known


def handler_text(operation: Operation, name: str, signatures: Signatures, names: Names, api: str) -> list[str]:
    """
    The lines of the function *name*, which answers *operation* of the api that the module of apis calls *api*.
    """
    one = signatures.of(operation)
    example = names.name(EXAMPLE, frozenset(argument.name for argument in (one.body, *one.keywords) if argument))
    result = _shown(names, _result(operation, signatures), api, len(") -> :"))
    parts = [_argument(one.body, names, api)] if one.body is not None else []
    parts += [*(["*"] if one.keywords else []), *(_argument(keyword, names, api) for keyword in one.keywords)]
    summary = operation.node.value.get("summary") if isinstance(operation.node.value, dict) else None
    title = f"{operation.method} {operation.path}" + (f": {summary}" if isinstance(summary, str) else "")
    call = f"{example}()" if result == "None" else f"return {example}()"
    return [*_head(name, parts, result), *docstring(title, INDENT), f"{INDENT}{call}"]


def _head(name: str, parts: list[str], result: str) -> list[str]:
    """`def name(parts) -> result:`, in one line, three, or one for each argument, as Black has it."""
    line = f"def {name}({', '.join(parts)}) -> {result}:"
    if len(line) <= WIDTH:
        return [line]
    if not parts:
        return [f"def {name}() -> (", f"{INDENT}{result}", "):"]
    inner = f"{INDENT}{', '.join(parts)}"
    if len(parts) > 1 and len(inner) <= WIDTH:
        return [f"def {name}(", inner, f") -> {result}:"]
    return [f"def {name}(", *(f"{INDENT}{part}," for part in parts), f") -> {result}:"]


def _argument(argument: Argument, names: Names, api: str) -> str:
    one = argument.type if argument.passed else union((argument.type, NONE))
    behind = "" if argument.passed else " = None"
    return f"{argument.name}: {_shown(names, one, api, len(f'{INDENT}{argument.name}: {behind},'))}{behind}"


def _shown(names: Names, one: Type, api: str, room: int) -> str:
    """The type *one*, in a line with *room* other characters; a wider one where it is too long for that."""
    for wider in (one, _wider(one)):
        if len(names.trial.text(wider, api)) + room <= WIDTH:
            return names.text(wider, api)
    return names.text(ANY, api)


def _wider(one: Type) -> Type:
    """*one* with plain types in the place of values that are listed."""
    if one.values:
        return union(Type(f"builtins.{type(value).__name__}") for value in one.values)
    if one.name == "typing.Union":
        return union(map(_wider, one.of))
    return Type(one.name, tuple(map(_wider, one.of)), one.model)


def _result(operation: Operation, signatures: Signatures) -> Type:
    """What is sent when all is well: of the first 2XX, else of the default."""
    responses = operation.responses
    good = [response for status, response in responses.items() if status[:1] == "2"]
    good = good or [response for status, response in responses.items() if status == "default"]
    return signatures.sent(good[0]) if good else ANY
