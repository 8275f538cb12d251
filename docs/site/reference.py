"""
The reference of the site: of every module that docs/reference.md lists, a page with its public names, their signatures
and their docstrings, as they are. It imports our modules, and nothing else but the standard library.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["linked", "page", "pages", "public", "toctree"]

PAGE = Path(__file__).resolve().parents[1] / "reference.md"
#: A row of the table of docs/reference.md: module, what it is for, its public names, `all` for those of `__all__`
ROW = re.compile(r"^\| `(pymacaron[\w.]*)` \| (.*) \| (.*) \|$", re.M)
NAME = re.compile(r"`(\w+)`")


def public() -> dict[str, list[str]]:
    """Of docs/reference.md: module -> the names in it that are public."""
    found = {}
    for module, _, names in ROW.findall(PAGE.read_text(encoding="utf-8")):
        found[module] = sorted(import_module(module).__all__) if names == "all" else NAME.findall(names)
    return found


def pages() -> dict[str, str]:
    """Name of each page, below docs/ -> its text."""
    return {f"reference/{module}.md": page(module, names) for module, names in public().items()}


def linked(text: str) -> str:
    """docs/reference.md, in whose table each module leads to its page."""
    return re.sub(r"^\| `(pymacaron[\w.]*)` \|", r"| [`\1`](reference/\1.md) |", text, flags=re.M)


def toctree(made: dict[str, str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", "", *(name[:-3] for name in made), "```", ""])


def page(module: str, names: list[str]) -> str:
    """*names* of *module*, with all that is public of classes among them."""
    loaded = import_module(module)
    parts = [f"# {module}", "", f"```{{py:module}} {module}", "```", "", _text(loaded.__doc__), ""]
    for name in names:
        parts += [*_entry(module, name, getattr(loaded, name)), ""]
    return "\n".join(parts)


def _entry(module: str, name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        yield f"``````{{py:{kind}}} {name}{_signature(value)}"
        bases = [base.__name__ for base in value.__bases__ if base is not object and base.__name__ != "Protocol"]
        yield f"\n{_text(value.__doc__ if '__doc__' in vars(value) else '')}\n"
        if bases:
            yield f"Of {', '.join(f'`{base}`' for base in bases)}.\n"
        for member, what in _members(value):
            yield from _member(member, what)
        yield "``````"
    elif not _is_of_a_call(value) and callable(value) and hasattr(value, "__name__"):
        yield from _directive("function", name + _signature(value), value.__doc__)
    else:
        yield from _directive("data", name, _said(module, name) or (value.__doc__ if _is_own(type(value)) else ""))


def _member(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, property):
        yield from _directive("property", name, value.__doc__)
    else:
        function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
        kind = {staticmethod: "staticmethod", classmethod: "classmethod"}.get(type(value), "method")
        yield from _directive(kind, name + _signature(function, drop=kind != "staticmethod"), function.__doc__)


def _directive(kind: str, signature: str, doc: str | None) -> Iterator[str]:
    yield f"`````{{py:{kind}}} {signature}"
    yield f"\n{_text(doc)}\n"
    yield "`````"


def _members(owner: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties of *owner* and of our classes that it inherits, the nearest of each name."""
    seen = set()
    for level in owner.__mro__:
        if not _is_own(level):
            continue
        for name, value in vars(level).items():
            shown = isinstance(value, (property, staticmethod, classmethod)) or inspect.isfunction(value)
            if shown and not name.startswith("_") and name not in seen:
                seen.add(name)
                yield name, value


def _is_own(owner: type) -> bool:
    return owner.__module__.partition(".")[0].startswith("pymacaron")


def _is_of_a_call(value: Any) -> bool:
    """Whether *value* stands for one that is there during a call alone, as flask.request does."""
    return hasattr(type(value), "_get_current_object")


def _said(module: str, name: str) -> str:
    """What stands as `#:` above the constant *name* of *module*."""
    found = re.search(rf"((?:^#: .*\n)+){name}\b", inspect.getsource(import_module(module)), re.M)
    return found[1].replace("#: ", "") if found else ""


class _Raw:
    """What stands in a signature as it is."""

    def __init__(self, text: str):
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _raw(annotation: Any) -> Any:
    if annotation is inspect.Parameter.empty or not isinstance(annotation, str):
        return annotation
    return _Raw(annotation.strip("\"'"))


def _default(value: Any) -> Any:
    """One whose repr says nothing, such as an object at an address or a module's own function, is three points."""
    return _Raw("...") if value is not inspect.Parameter.empty and re.search(r"<|\n", repr(value)) else value


def _signature(value: Any, drop: bool = False) -> str:
    """Of a function or a class; '' where it has none of its own. *drop* the first parameter: `self`."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    parameters = [
        one.replace(annotation=_raw(one.annotation), default=_default(one.default)) for one in found.parameters.values()
    ]
    if inspect.isclass(value) and [one.kind for one in parameters] == [one.VAR_POSITIONAL for one in parameters]:
        return ""
    shown = found.replace(
        parameters=parameters[1:] if drop else parameters, return_annotation=_raw(found.return_annotation)
    )
    return str(shown).replace("\n", " ")


def _text(doc: str | None) -> str:
    """A docstring as Markdown: what HTML would take for a tag stays text."""
    lines = inspect.cleandoc(doc or "").splitlines()
    return "\n".join(line if line.startswith("    ") else _escaped(line) for line in lines)


def _escaped(line: str) -> str:
    line = re.sub(r"(?<!`)\bdocs/([\w-]+)\.md\b(?!`)", r"[\1](../\1.md)", line)
    parts = re.split(r"(`[^`]*`)", line)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;").replace("{", "&#123;") for part in parts)
