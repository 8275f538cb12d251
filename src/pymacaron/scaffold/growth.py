"""
A service whose description has operations that nothing answers -> the files that change, with their new texts.

Nothing is written here. Neighbours: missing.py finds what is wanted, handlers.py and modules.py make the texts of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pymacaron.scaffold.bindings import with_handlers
from pymacaron.scaffold.handlers import Names, handler_text
from pymacaron.scaffold.missing import Modules, Wanted, wanted
from pymacaron.scaffold.modules import Source
from pymacaron.schema.codec import Schemas
from pymacaron.spec.model import Api
from pymacaron.spec.names import attribute
from pymacaron.stubs.signatures import Signatures

__all__ = ["Growth", "grown"]


@dataclass
class Growth:
    """
    `texts`: dict of file -> its new text, what is not there yet among them. `documents`: dict of URI -> new text of a
    description. `before`: dict of file -> the text, of those that change, that was read. `added`: the handlers that are
    new; `bound`: those that were there, and the description did not say so.
    """

    texts: dict[Path, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    before: dict[Path, str] = field(default_factory=dict)
    added: list[Wanted] = field(default_factory=list)
    bound: list[Wanted] = field(default_factory=list)


def grown(apis: Sequence[Api], root: Path, homes: Mapping[str, str], home: str) -> Growth:
    """
    What lets every operation of *apis* have a handler, in the service in the folder *root*.

    *homes*: dict of an api's name -> the dotted module of handlers that the description does not name; *home*:
    the one of models, which `pymacaron stubs` writes. Raises FindingsError for a module that is no Python.
    """
    modules, growth = Modules(root), Growth()
    functions: dict[str, list[tuple[Wanted, Signatures, str]]] = {}
    seen: set[str] = set()
    unnamed: list[Wanted] = []
    for api in apis:
        signatures = Signatures(Schemas(api))
        for one in wanted(api, modules, homes[api.name], [*seen]):
            if not one.is_named:
                unnamed.append(one)
            if not one.is_there and one.path not in seen:
                functions.setdefault(one.module, []).append((one, signatures, attribute(api.name)))
                growth.added.append(one)
            seen.add(one.path)
    growth.bound = [one for one in unnamed if one.is_there]
    growth.documents = with_handlers((one.operation, one.path) for one in unnamed)
    documents = {uri: one for api in apis for uri, one in api.references.documents.items()}
    growth.before = {Path(uri): documents[uri].lines.text for uri in growth.documents}
    for name, listed in functions.items():
        growth.before[modules.file(name)] = modules.source(name).original
        growth.texts |= _module(name, listed, modules, root, home, [api.name for api in apis])
    return growth


def _module(
    name: str,
    listed: Sequence[tuple[Wanted, Signatures, str]],
    modules: Modules,
    root: Path,
    home: str,
    apis: Sequence[str],
) -> dict[Path, str]:
    """The text of the module *name* with the handlers that are *listed*, and of the packages that it needs."""
    source = modules.source(name)
    used = {api for _, _, api in listed}
    taken = {*source.names, *(one.name for one, _, _ in listed)}
    names = Names(home, taken, source.imported, used.pop() if len(used) == 1 else None)
    functions = [handler_text(one.operation, one.name, signatures, names, api) for one, signatures, api in listed]
    texts = {}
    for folder in modules.file(name).parents:
        if folder == root or not folder.is_relative_to(root):
            break
        if not (folder / "__init__.py").exists() and not folder.is_dir():
            texts[folder / "__init__.py"] = ""
    if not source.text:
        about = f"the api {apis[0]}" if len(apis) == 1 else "several apis"
        head = f'"""What answers the operations of {about}."""\n\nfrom __future__ import annotations\n'
        source = Source(head, str(modules.file(name)))
    texts[modules.file(name)] = source.with_added(names.imports(), functions, home.partition(".")[0])
    return texts
