"""
The clients of an api as the classes of a stub: what stands in `class _Client:`, `_Call` and `_AsyncCall`.

Neighbours: methods.py has the types, module.py puts the classes into that of their api.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from pymacaron.stubs.classes import INDENT, Module, argument, docstring, signature
from pymacaron.stubs.methods import ASTREAM, STREAM, Method
from pymacaron.stubs.signatures import Argument
from pymacaron.stubs.types import ANY, TEXT, Type, union

__all__ = ["OPTIONS", "client_classes", "options_class", "stream_classes"]

#: The class of what every namespace has
OPTIONS = "_Options"

#: dict: namespace -> the class that has its methods
_FACES = {"client": "_Client", "call": "_Call", "acall": "_AsyncCall"}

_FLOAT, _INT = Type("builtins.float"), Type("builtins.int")
_TEXTS = Type("collections.abc.Mapping", (TEXT, TEXT))
#: dict: what with_options takes -> its type
_OPTIONS = {
    "url": TEXT,
    "variables": _TEXTS,
    "timeout": _FLOAT,
    "connect_timeout": _FLOAT,
    "read_timeout": _FLOAT,
    "max_attempts": _INT,
    "headers": _TEXTS,
    "auth": ANY,
    "validation": Type("typing.Literal", values=("strict", "report", "off")),
    "max_reply_bytes": _INT,
    "sample": _FLOAT,
    "ca_file": union((TEXT, Type("os.PathLike", (TEXT,)))),
    "proxy": TEXT,
    "max_connections": _INT,
    "policy": Type("pymacaron.client.policy.Policy"),
    "observers": Type("builtins.list", (ANY,)),
    **dict.fromkeys(("transport", "atransport", "credentials", "observe", "loop"), ANY),
}

#: One argument of classes.signature
_Listed = tuple[str, Type | None, str]


def client_classes(methods: Mapping[str, Method], module: Module, api: str) -> list[str]:
    """What stands in the class of an api: the three namespaces, *methods* by name."""
    lines: list[str] = []
    options = module.name(OPTIONS, methods.keys())
    for face, cls in _FACES.items():
        lines += ["", f"{INDENT}class {cls}({options}):"]
        for name, method in methods.items():
            lines += _method(name, method, face, module, api, methods.keys())
    return [*lines, "", *(f"{INDENT}{face}: {cls}" for face, cls in _FACES.items())]


def stream_classes(module: Module) -> list[str]:
    """What gives the items of a reply, where any does; over `_Item`."""
    lines: list[str] = []
    name, anything = module.name, ""
    if {STREAM, ASTREAM} & module.used:
        anything = f"*_: {name('builtins.object')}"
    if STREAM in module.used:
        lines += [
            f"class {STREAM}({name('collections.abc.Iterator')}[_Item], {name('typing.Protocol')}[_Item]):",
            f"{INDENT}def close(self) -> None: ...",
            f"{INDENT}def __enter__(self) -> {name('typing.Self')}: ...",
            f"{INDENT}def __exit__(self, {anything}) -> None: ...",
            "",
        ]
    if ASTREAM in module.used:
        lines += [
            f"class {ASTREAM}({name('collections.abc.AsyncIterator')}[_Item], {name('typing.Protocol')}[_Item]):",
            f"{INDENT}async def aclose(self) -> None: ...",
            f"{INDENT}async def __aenter__(self) -> {name('typing.Self')}: ...",
            f"{INDENT}async def __aexit__(self, {anything}) -> None: ...",
            "",
        ]
    return lines


def options_class(module: Module) -> list[str]:
    """What every namespace has besides, where there is one."""
    if OPTIONS not in module.used:
        return []
    none, result = Type("None"), module.name("typing.Self")
    listed: list[_Listed] = [("self", None, ""), ("*", None, "")]
    listed += [argument(name, union((one, none)), True) for name, one in _OPTIONS.items()]
    return [f"class {OPTIONS}:", *signature(module, "def with_options", listed, (result, result), INDENT, "")]


def _method(name: str, method: Method, face: str, module: Module, api: str, own: Set[str]) -> list[str]:
    indent = INDENT * 2
    said = _docstring(method, indent + INDENT)
    result = {"client": union((method.result, method.error)), "call": method.result, "acall": method.awaited}[face]
    word = "async def" if face == "acall" else "def"
    if method.item is None:
        return [*_function(f"{word} {name}", method, result, module, api, indent, own), *said]
    cls = f"_{name}"
    while cls in own:
        cls = f"_{cls}"
    inner, hidden = indent + INDENT, frozenset(("pages", "items"))
    several = "collections.abc.AsyncIterator" if face == "acall" else "collections.abc.Iterator"
    most = Argument("max_pages", union((_INT, Type("None"))), False)
    lines = [f"{indent}class {cls}({module.name('typing.Protocol', own)}):", *said]
    lines += _function(f"{word} __call__", method, result, module, api, inner, hidden, is_open=True)
    for attribute, one in (("pages", result), ("items", method.item)):
        given = Type(several, (one,))
        lines += _function(f"def {attribute}", method, given, module, api, inner, hidden, (most,), is_open=True)
    return [*lines, f"{indent}{name}: {cls}"]


def _function(
    head: str,
    method: Method,
    result: Type,
    module: Module,
    api: str,
    indent: str,
    own: Set[str],
    more: Sequence[Argument] = (),
    *,
    is_open: bool = False,
) -> list[str]:
    """A function of a stub; unless it *is_open*, its docstring is to follow where there is one."""
    names = {one.name for one in method.keywords}
    receiver, none = "self", Type("None")
    while receiver in names:
        receiver = f"_{receiver}"
    listed: list[_Listed] = [(receiver, None, "")]
    body = method.body
    if body is not None:
        one = body.type if body.passed else union((body.type, none))
        listed += [argument(body.name, one, not body.passed), ("/", None, "")]
    keywords = [
        *(one for one in method.keywords if one.passed),
        *(Argument(one.name, union((one.type, none)), False) for one in method.keywords if not one.passed),
        *(one for one in more if one.name not in names),
        *(Argument(name, one, False) for name, one in method.extra.items()),
    ]
    listed += [("*", None, "")] if keywords else []
    listed += [argument(one.name, one.type, not one.passed) for one in keywords]
    text = module.text(result, api, own)
    closed = "\n".join(module.lines("", result, "", indent, api, own)).removeprefix(indent)
    lines = signature(module, head, listed, (text, closed), indent, api, own)
    if not is_open and _docstring(method, ""):
        lines[-1] = lines[-1].removesuffix(" ...")
    return lines


def _docstring(method: Method, indent: str) -> list[str]:
    operation = method.operation
    summary = operation.node.value.get("summary") if isinstance(operation.node.value, dict) else None
    return docstring(
        f"{operation.method} {operation.path}" + (f": {summary}" if isinstance(summary, str) else ""), indent
    )
