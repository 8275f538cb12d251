"""
Python types as the text of a stub, and the classes of an api's models as one: what stands in `class model:`.

A class body hides the names of its own attributes: where a property is called `date` or `list`, that class writes the
type by another name, which the module imports. Neighbours: types.py makes the types; module.py writes the rest
of the module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence, Set

from pymacaron.schema.models import Model
from pymacaron.source import Node
from pymacaron.stubs.types import ANY, MODEL, NONE, Attribute, Type, Types, flat, union

__all__ = ["INDENT", "WIDTH", "Module", "argument", "docstring", "model_classes", "quoted", "signature"]

#: Characters of a line
WIDTH = 120
INDENT = "    "

#: What every model has, so that a property of the same name hides it
_METHODS = frozenset(name for name in dir(Model) if not name.startswith("_"))


class Module:
    """
    The names of one stub module: of the apis that it declares, and of what it imports. `apis` are the names of the
    former; `imports` and `aliases` give the lines for the latter, once everything else was written. *taken*: names that
    the module defines besides; `used` are those that were named.
    """

    def __init__(self, apis: Iterable[str], taken: Iterable[str] = ()):
        self.apis = frozenset(apis)
        self.used: set[str] = set()
        #: dict: name in this module -> what it stands for
        self._names: dict[str, str] = {name: name for name in (*taken, *self.apis)}

    def name(self, dotted: str, own: Set[str] = frozenset()) -> str:
        """What *dotted*, an api or `package.name`, is called where the names *own* are hidden."""
        short = dotted.rpartition(".")[2]
        name = short
        while name in own or self._names.get(name, dotted) != dotted:
            name = f"_{name}" if name == short else f"{name}_"
        self._names[name] = dotted
        self.used.add(dotted)
        return name

    def imports(self) -> list[str]:
        """Of everything that was named: lines of import, sorted, those of the standard library first."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name, dotted in self._names.items():
            module, _, short = dotted.rpartition(".")
            if module and not (module == "builtins" and name == short):
                found.setdefault(module, []).append((short, name))
        blocks: list[list[str]] = [[], []]
        for module in sorted(found):
            names = [short if short == name else f"{short} as {name}" for short, name in sorted(found[module])]
            line = f"from {module} import {', '.join(names)}"
            blocks[module.partition(".")[0] not in sys.stdlib_module_names].append(line)
        return [*blocks[0], *([""] if all(blocks) else []), *blocks[1]]

    def aliases(self) -> list[str]:
        """The apis that had to be named otherwise: lines."""
        return [f"{name} = {dotted}" for name, dotted in self._names.items() if dotted in self.apis and name != dotted]

    def model(self, name: str, api: str, own: Set[str] = frozenset()) -> str:
        """The model *name* of *api*."""
        return f"{self.name(api, own)}.model.{name}"

    def text(self, one: Type, api: str, own: Set[str] = frozenset()) -> str:
        """*one* in a line, where *own* are hidden; models are those of *api*."""
        if one.model:
            return self.model(one.model, api, own)
        if one.name == "typing.Union":
            return " | ".join(self.text(part, api, own) for part in one.of)
        name = "None" if one.name == "None" else self.name(one.name, own)
        inner = [_literal(value) for value in one.values] or [self.text(part, api, own) for part in one.of]
        return f"{name}[{', '.join(inner)}]" if inner else name

    def lines(
        self, before: str, one: Type, after: str, indent: str, api: str, own: Set[str] = frozenset()
    ) -> list[str]:
        """*before*, the type and *after*, as one line where it fits, else as several."""
        line = f"{indent}{before}{self.text(one, api, own)}{after}"
        if len(line) <= WIDTH:
            return [line]
        deeper = indent + INDENT
        parts = list(flat(one))
        if len(parts) > 1:
            lines = [f"{indent}{before}("]
            for number, part in enumerate(parts):
                lines += self.lines("| " if number else "", part, "", deeper, api, own)
            return [*lines, f"{indent}){after}"]
        if not one.values and not one.of:
            return [line]
        lines = [f"{indent}{before}{self.name(one.name, own)}["]
        lines += _filled([_literal(value) for value in one.values], deeper)
        for part in one.of:
            lines += self.lines("", part, ",", deeper, api, own)
        return [*lines, f"{indent}]{after}"]


def _literal(value: object) -> str:
    """A text, an integer or a truth value in Python."""
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """*text* as Python writes it, in double quotes."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return "".join(
        f"\\{char}" if char in '"\\' else char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def docstring(text: object, indent: str) -> list[str]:
    """The first line of *text*, as a docstring; nothing where there is none."""
    first = " ".join(str(text).strip().partition("\n")[0].split()) if isinstance(text, str) else ""
    if not first:
        return []
    room = WIDTH - len(indent) - 6
    if len(_escaped(first)) > room:
        first = first[: room - 3].rpartition(" ")[0] or first[: room // 2]
        while len(_escaped(first)) > room - 3:
            first = first[:-8]
        first += "..."
    return [f'{indent}"""{_escaped(first)}"""']


def _filled(values: Sequence[str], indent: str) -> Iterator[str]:
    """*values* with commas between and behind, as many to a line as fit."""
    line = indent
    for value in values:
        if len(line) + len(value) + 2 > WIDTH and line.strip():
            yield line.rstrip()
            line = indent
        line += f"{value}, "
    if line.strip():
        yield line.rstrip()


# ---- functions


def argument(name: str, one: Type, default: bool) -> tuple[str, Type, str]:
    """One argument of `signature`."""
    return f"{name}: ", one, " = ..." if default else ""


def signature(
    module: Module,
    head: str,
    arguments: Sequence[tuple[str, Type | None, str]],
    result: tuple[str, str],
    indent: str,
    api: str,
    own: Set[str] = frozenset(),
) -> list[str]:
    """
    A function of a stub: *head*, `def f`, its arguments (text before, type, text behind; no type for `*` and `/`), and
    the *result*: of these two texts the second is for several lines.
    """
    parts = [f"{before}{module.text(one, api, own) if one else ''}{after}" for before, one, after in arguments]
    line = f"{indent}{head}({', '.join(parts)}) -> {result[0]}: ..."
    if len(line) <= WIDTH:
        return [line]
    lines = [f"{indent}{head}("]
    for before, one, after in arguments:
        deeper = indent + INDENT
        lines += module.lines(before, one, f"{after},", deeper, api, own) if one else [f"{deeper}{before}{after},"]
    line = f"{indent}) -> {result[0]}: ..."
    return [*lines, line if len(line) <= WIDTH else f"{indent}) -> {result[1]}: ..."]


# ---- models


def model_classes(types: Types, module: Module, api: str, indent: str) -> list[str]:
    """
    A class for each model of the api that the module calls *api*; a name that stands for another's class is one, one
    that stands for other values is their type.
    """
    lines: list[str] = []
    beside = _beside(types)
    for name, node in types.models.items():
        owner = types.model_of(node)
        if owner is not None and owner != name:
            alias = f"{module.name('typing.TypeAlias', beside)} = {module.name(api, beside)}.model.{owner}"
            lines += [f"{indent}{name}: {alias}", ""]
        else:
            lines += [*_model_class(types, module, api, name, node, indent), ""]
    for name, node in types.aliases.items():
        before = f"{name}: {module.name('typing.TypeAlias', beside)} = "
        lines += [*module.lines(before, types.of(node), "", indent, api, beside), ""]
    return lines[:-1] or [f"{indent}..."]


def _beside(types: Types) -> Set[str]:
    """The names that stand beside one another in `class model:`."""
    return types.models.keys() | types.aliases.keys()


def _model_class(types: Types, module: Module, api: str, name: str, node: Node, indent: str) -> list[str]:
    attributes = list(types.attributes(node))
    own = frozenset(one.name for one in attributes)
    inner = indent + INDENT
    bases = [module.name(path, _beside(types)) for path in (*types.parents(node), MODEL.name)]
    lines = [f"{indent}class {name}({', '.join(bases)}):"]
    lines += docstring(types.title(node), inner)
    for one in attributes:
        lines += _attribute(one, module, api, inner, own)
    receiver = _receiver(own)
    keywords = [argument(one.name, one.given, True) for one in attributes]
    arguments = [(receiver, None, ""), *([("*", None, "")] if keywords else []), *keywords]
    lines += signature(module, "def __init__", arguments, ("None", "None"), inner, api, own)
    return [*lines, *_persistence(types, module, api, name, node, inner, own)]


def _receiver(own: Set[str]) -> str:
    name = "self"
    while name in own:
        name = f"_{name}"
    return name


def _attribute(one: Attribute, module: Module, api: str, indent: str, own: Set[str]) -> list[str]:
    if one.name in _METHODS:  # the property hides the method, as it does at run time
        return [f"{indent}{one.name}: {module.text(one.read, api, own)}  # type: ignore[assignment]"]
    if one.read == one.written:
        return module.lines(f"{one.name}: ", one.read, "", indent, api, own)
    getter, head, nothing = module.name("builtins.property", own), f"def {one.name}", ("None", "None")
    read = (module.text(one.read, api, own), _closed(module, one.read, api, indent, own))
    this: list[tuple[str, Type | None, str]] = [("self", None, "")]
    return [
        f"{indent}@{getter}",
        *signature(module, head, this, read, indent, api, own),
        f"{indent}@{one.name}.setter",
        *signature(module, head, [*this, argument("value", one.written, False)], nothing, indent, api, own),
        f"{indent}@{one.name}.deleter",
        *signature(module, head, this, nothing, indent, api, own),
    ]


def _closed(module: Module, one: Type, api: str, indent: str, own: Set[str]) -> str:
    """A result behind `) -> `, in several lines where it is long."""
    return "\n".join(module.lines("", one, "", indent, api, own)).removeprefix(indent)


def _persistence(
    types: Types, module: Module, api: str, name: str, node: Node, indent: str, own: Set[str]
) -> list[str]:
    """What x-persist gives to a model."""
    key = types.key(node)
    if key is None and not types.is_persistent(node):
        return []
    varying: list[tuple[str, Type | None, str]] = [("*args: ", ANY, ""), ("**kwargs: ", ANY, "")]
    arguments = {"load_from_db": varying, "save_to_db": [("obj: ", ANY, ""), *varying]}
    results = {"load_from_db": ANY, "save_to_db": ANY}
    if key is not None:
        cls = Type("", model=name)
        arguments = {
            "load_from_db": [argument(given, one, False) for given, one in key],
            "save_to_db": [("obj: ", cls, "")],
        }
        results = {"load_from_db": union((cls, NONE)), "save_to_db": NONE}
    static, lines = module.name("builtins.staticmethod", own), list[str]()
    for function, result in results.items():
        if function not in own:
            told = (module.text(result, api, own), _closed(module, result, api, indent, own))
            lines += [f"{indent}@{static}"]
            lines += signature(module, f"def {function}", arguments[function], told, indent, api, own)
    return lines
