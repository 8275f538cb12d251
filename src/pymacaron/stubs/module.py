"""
Apis -> the text of a module that names them, and of the stub beside it, which tells type checkers all about them.

Pure: cli/stubs.py writes the files. Neighbours: signatures.py has the types of handlers, classes.py the models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pymacaron.schema.codec import Schemas
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.names import attribute, client_names, handler_names
from pymacaron.stubs.classes import INDENT, Module, argument, docstring, model_classes, signature
from pymacaron.stubs.clients import OPTIONS, client_classes, options_class, stream_classes
from pymacaron.stubs.methods import ASTREAM, STREAM, Methods
from pymacaron.stubs.signatures import ITEMS, LIST, Argument, Result, Signature, Signatures, returned
from pymacaron.stubs.types import ANY, Type

__all__ = ["HEAD", "module_text", "stub_text"]

#: How both files begin, by which they are known
HEAD = "# Written by `pymacaron stubs`"

#: What the module defines besides
_OWN = (
    ITEMS,
    LIST,
    STREAM,
    ASTREAM,
    OPTIONS,
    "_Item",
    "_Body",
    "_Else",
    "_Headers",
    "_Reply",
    "_ReplyOr",
    "_Returned",
    "_ReturnedOr",
)
#: What every handler may return
_ALWAYS = ("werkzeug.wrappers.Response", "pymacaron.exceptions.PyMacaronException")


def module_text(apis: Sequence[Api], source: str) -> str:
    """
    The module that names *apis*, which were read from *source*. It may be imported before they are loaded.
    """
    names = _named(apis)
    pool = "_pool" if "ApiPool" in names else "ApiPool"
    lines = [*_head(source), "", f"from pymacaron import ApiPool{' as _pool' if pool != 'ApiPool' else ''}", ""]
    for name, api in names.items():
        is_found = attribute(api.name) == name
        lines.append(f"{name} = {pool}.{name}" if is_found else f'{name} = getattr({pool}, "{api.name}")')
    return "\n".join(lines) + "\n"


def stub_text(apis: Sequence[Api], source: str) -> str:
    """The stub of the same module: a class for each of *apis*, with its models, handlers and clients."""
    names = _named(apis)
    module = Module(names, _OWN)
    results = _Results(module)
    classes = [line for name, api in names.items() for line in ["", *_api_class(api, name, module, results)]]
    own = [*_items(module), *results.lines()]
    options = options_class(module)
    blocks = [[*module.imports()], own, options, classes[1:], module.aliases()]
    return "\n".join([*_head(source), *(line for block in blocks if block for line in ["", *block])]) + "\n"


def _head(source: str) -> list[str]:
    return [f"{HEAD} of {source}: not to be edited.", "# fmt: off", "# ruff: noqa"]


def _named(apis: Sequence[Api]) -> dict[str, Api]:
    """dict: name in the module -> api: as ApiPool has it, with a number where two are called the same there."""
    found: dict[str, Api] = {}
    latest = {api.name: api for api in apis}.values()
    for api in sorted(latest, key=lambda api: (attribute(api.name), attribute(api.name) != api.name, api.name)):
        number, name = 2, attribute(api.name)
        while name in found:
            number, name = number + 1, f"{attribute(api.name)}_{number}"
        found[name] = api
    return found


def _items(module: Module) -> list[str]:
    """What a handler gets of a stream, and the lists that it returns, where any does."""
    name, lines = module.name, list[str]()
    if ITEMS in module.used:
        bases = [f"{name(f'collections.abc.{one}')}[_Item]" for one in ("Iterator", "AsyncIterator")]
        lines += [f"class {ITEMS}({', '.join(bases)}, {name('typing.Protocol')}[_Item]): ...", ""]
    if LIST in module.used:
        lines += [
            f"class {LIST}({name('typing.Protocol')}[_Item]):",
            f"{INDENT}def __iter__(self) -> {name('collections.abc.Iterator')}[_Item]: ...",
            f"{INDENT}def reverse(self) -> None: ...",
            "",
        ]
    lines += stream_classes(module)
    return [f'_Item = {name("typing.TypeVar")}("_Item", covariant=True)', "", *lines] if lines else []


class _Results:
    """The aliases by which the module says what handlers return, those that are needed."""

    def __init__(self, module: Module):
        self._module = module
        self._used: set[str] = set()

    def lines_of(self, result: Result, api: str, indent: str) -> list[str]:
        """The type of a result, in a line and (where that is too long) in several."""
        if result.alone == ANY:
            return [self._module.name("typing.Any")]
        parts = [returned(part) for part in (result.alone, result.elsewhere) if part is not None]
        suffix = "" if result.elsewhere is None else "Or"
        self._used.add(suffix)
        whole = f"_Returned{suffix}[{', '.join(self._module.text(part, api) for part in parts)}]"
        lines = [f"_Returned{suffix}["]
        for part in parts:
            lines += self._module.lines("", part, ",", indent + INDENT, api)
        return [whole, "\n".join([*lines, f"{indent}]"])]

    def lines(self) -> list[str]:
        name = self._module.name
        text, anything = name("builtins.str") if self._used else "", name("typing.Any") if self._used else ""
        variables = ["_Body", *(["_Else"] if "Or" in self._used else [])] if self._used else []
        lines = [f'{one} = {name("typing.TypeVar")}("{one}")' for one in variables]
        if self._used:
            pairs = f"{name('builtins.list')}[{name('builtins.tuple')}[{text}, {anything}]]"
            headers = f"{name('collections.abc.Mapping')}[{text}, {anything}] | {pairs}"
            lines.append(f"_Headers: {name('typing.TypeAlias')} = {headers}")
        if "" in self._used:
            lines += self._alias("", "_Body", "_Body")
        if "Or" in self._used:
            lines += self._alias("Or", "_Body | _Else", "_Body, _Else")
        return lines

    def _alias(self, suffix: str, either: str, variables: str) -> list[str]:
        """A reply and what a handler returns, which may come later: *either* is the body in a tuple with a status."""
        name = self._module.name
        alias, pair, anything = name("typing.TypeAlias"), name("builtins.tuple"), name("typing.Any")
        reply, later = f"_Reply{suffix}[{variables}]", name("collections.abc.Coroutine")
        return [
            f"_Reply{suffix}: {alias} = (",
            f"{INDENT}_Body",
            f"{INDENT}| {pair}[{either}, {name('builtins.int')}]",
            f"{INDENT}| {pair}[{either}, {name('builtins.int')}, _Headers]",
            f"{INDENT}| {pair}[{either}, _Headers]",
            *(f"{INDENT}| {name(one)}" for one in _ALWAYS),
            ")",
            f"_Returned{suffix}: {alias} = {reply} | {later}[{anything}, {anything}, {reply}]",
        ]


# ---- one api


def _api_class(api: Api, name: str, module: Module, results: _Results) -> list[str]:
    schemas = Schemas(api)
    signatures = Signatures(schemas)
    inner = INDENT * 2
    handlers = handler_names((*api.operations, *api.webhooks))
    told = {given: signatures.of(operation) for given, operation in handlers.items()}
    lines = [f"class {name}:", *docstring(f"{api.title} {api.version}".strip(), INDENT)]
    lines += [f"{INDENT}class model:", *model_classes(signatures.types, module, name, inner)]
    if told:
        lines += ["", f"{INDENT}class handler:"]
        lines += _protocols(told, handlers, module, results, name, plain=False)
    plain = {given: one for given, one in told.items() if one.plain_body is not None}
    if plain:
        lines += ["", f"{INDENT}class plain_handler:"]
        lines += _protocols(plain, handlers, module, results, name, plain=True)
    methods = Methods(schemas, signatures)
    called = {given: methods.of(operation) for given, operation in client_names(api.operations).items()}
    if called:
        lines += client_classes(called, module, name)
    return [*lines, "", *_methods(module)]


def _methods(module: Module) -> list[str]:
    """What a loaded api has besides."""
    static, text, truth, json = (module.name(f"builtins.{one}") for one in ("staticmethod", "str", "bool", "dict"))
    unknown = module.name("typing.Any")
    loads = f"name: {text}, j: {json}[{text}, {unknown}], validate: {truth} = ..."
    return [
        f"{INDENT}@{static}",
        f"{INDENT}def json_to_model({loads}) -> {unknown}: ...",
        f"{INDENT}@{static}",
        f"{INDENT}def model_to_json(obj: {unknown}) -> {unknown}: ...",
        f"{INDENT}@{static}",
        f"{INDENT}def get_version() -> {text}: ...",
    ]


def _protocols(
    told: Mapping[str, Signature],
    handlers: Mapping[str, Operation],
    module: Module,
    results: _Results,
    api: str,
    *,
    plain: bool,
) -> list[str]:
    indent = INDENT * 2
    lines: list[str] = []
    for name, one in told.items():
        operation = handlers[name]
        summary = operation.node.value.get("summary") if isinstance(operation.node.value, dict) else None
        title = f"{operation.method} {operation.path}" + (f": {summary}" if isinstance(summary, str) else "")
        lines.append(f"{indent}class {name}({module.name('typing.Protocol', told.keys())}):")
        lines += docstring(title, indent + INDENT)
        lines += _call(one.plain_body if plain else one.body, one, module, results, api)
        lines.append("")
    return lines[:-1]


def _call(body: Argument | None, one: Signature, module: Module, results: _Results, api: str) -> list[str]:
    receiver = "self"
    while receiver in {keyword.name for keyword in one.keywords}:
        receiver = f"_{receiver}"
    listed: list[tuple[str, Type | None, str]] = [(receiver, None, "")]
    listed += [argument(body.name, body.type, not body.passed), ("/", None, "")] if body is not None else []
    listed += [("*", None, "")] if one.keywords else []
    listed += [argument(keyword.name, keyword.type, not keyword.passed) for keyword in one.keywords]
    lines = results.lines_of(one.result, api, INDENT * 3)
    head = "def __call__"
    return signature(module, head, listed, (lines[0], lines[-1]), INDENT * 3, api)
