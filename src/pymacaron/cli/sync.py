"""
`pymacaron sync`: a handler for every operation that has none yet; what is there stays as it is.

What is added is worked out in scaffold/growth.py; here is which apis and modules it is about, and what is said of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pymacaron.cli.described import Described, described, read, replace, shown
from pymacaron.cli.terminal import failed
from pymacaron.finding import Finding, FindingsError

if TYPE_CHECKING:
    from pymacaron.scaffold.growth import Growth
    from pymacaron.spec.model import Api

__all__ = ["sync", "write"]

_EXAMPLES = """\b
Examples:
  pymacaron sync
  pymacaron sync apis/shop.yaml --module shop.orders
  pymacaron sync --check

\b
Exits with 0 when every operation has its handler, 1 when a description or a module has errors, or with --check when
something is missing, 2 when it was called wrongly.
"""


@click.command(short_help="Add handlers for operations that have none.", epilog=_EXAMPLES)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option(
    "--module",
    metavar="MODULE",
    help="Where handlers go that the description does not name, as shop.api. Without it: where most others are.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where handlers are missing.")
def sync(paths: tuple[str, ...], module: str | None, check: bool) -> None:
    """
    Add a handler for every operation that has none: a function with the types of its arguments and of its result, which
    gives the description's example until it is written, or 501. It goes to the end of its module.

    PATH is a description that the service serves; without any: those that server.py names in serve=.

    Nothing else is touched, but what these need: an operation that names no handler gets x-bind-server, and apis.py and
    apis.pyi are written anew.
    """
    from pymacaron.scaffold.growth import grown

    service = described(paths)
    apis = service.apis if paths else _served(service)
    homes = _modules(apis, service.root) if module is None else dict.fromkeys(_names(apis), _checked(module))
    home = _home(service, homes[apis[0].name])
    growth = grown(apis, service.root, homes, ".".join(home.with_suffix("").parts))
    if not growth.added and not growth.bound:
        click.echo(f"every operation of {', '.join(api.name for api in apis)} has its handler")
        return
    if check:
        raise FindingsError(_missing(growth))
    write(service, growth, home)
    for line in _told(growth, service.root):
        click.echo(line)


# ---- which service


def _served(service: Described) -> Sequence[Api]:
    """The apis of the folder that are served. Raises UsageError where that is not clear."""
    from pymacaron.scaffold.serving import served

    names = served(service.root / "server.py")
    found = [api for api in service.apis if api.name in names]
    if found:
        return found
    if len(service.apis) == 1 and not names:
        return service.apis
    listed = " or ".join(f"pymacaron sync {shown(file)}" for file in service.files[:2])
    fact = "Which of these apis is served is not clear: server.py names none in serve="
    if names:
        fact = f"server.py serves {' and '.join(map(repr, names))}, and no description here is called so"
    raise click.UsageError(f"{fact}. Say it: {listed}")


def _names(apis: Iterable[Api]) -> list[str]:
    return [api.name for api in apis]


def _modules(apis: Sequence[Api], root: Path) -> dict[str, str]:
    """
    dict: name of an api -> where most of its handlers are, else most of all *apis*, else the only api.py in a package.

    Raises UsageError where that is not clear.
    """
    from collections import Counter

    from pymacaron.scaffold.missing import Modules
    from pymacaron.server.binding import path_of

    modules = Modules(root)
    known: dict[str, Counter[str]] = {}
    for api in apis:
        paths = (path_of(operation) for operation in api.operations)
        found = (path.rpartition(".")[0] for path in paths if path is not None and modules.has(path))
        known[api.name] = Counter(found)
    every = sum(known.values(), Counter[str]())
    return {name: (own or every).most_common(1)[0][0] if every else _only_module(root) for name, own in known.items()}


def _only_module(root: Path) -> str:
    """The api.py of the only package of the service. Raises UsageError."""
    packages = sorted({path.parent.name for name in ("api.py", "apis.py") for path in root.glob(f"*/{name}")})
    if len(packages) == 1:
        return f"{packages[0]}.api"
    raise click.UsageError("Which module handlers go to is not clear. Say it: --module shop.api")


def _checked(module: str) -> str:
    parts = module.split(".")
    if len(parts) > 1 and all(part.isidentifier() for part in parts):
        return module
    raise click.BadParameter(f"{module!r} is no module of a package, such as shop.api", param_hint="'--module'")


def _home(service: Described, module: str) -> Path:
    """The module that `pymacaron stubs` writes, in the folder of the service: the one that is there, else apis.py."""
    from pymacaron.stubs.module import HEAD

    package = service.root / module.partition(".")[0]
    written = (path for path in sorted(package.glob("*.py")) if (read(path) or "").startswith(HEAD))
    return next(written, package / "apis.py").relative_to(service.root)


# ---- what is done


def _missing(growth: Growth) -> list[Finding]:
    found = []
    for one in (*growth.added, *growth.bound):
        node = one.operation.node
        fact = f"{one.operation.method} {one.operation.path} does not name its handler {one.path!r}"
        if not one.is_there:
            fact = f"{one.operation.method} {one.operation.path} has no handler {one.path!r} yet"
        found.append(node.finding("no-handler", fact, "Run: pymacaron sync", key=True))
    return found


def write(service: Described, growth: Growth, home: Path) -> None:
    """
    Write *growth*, each file at once, and apis.py, which is *home*. What is cut short is done by the next call.

    Writes nothing where a file is not what it was when it was read.
    """
    service.stubs(service.root / home)  # is refused before anything is written
    for path, text in growth.before.items():
        if (read(path) or "") != text:
            failed(f"nothing was written: {shown(path)} was changed meanwhile. Run it again")
    for path, text in growth.texts.items():
        replace(path, text)
    for uri, text in growth.documents.items():
        replace(Path(uri), text)
    anew = described([os.fspath(file) for file in service.files])
    for path, text in anew.stubs(service.root / home).items():
        if read(path) != text:
            replace(path, text)


def _told(growth: Growth, root: Path) -> Iterable[str]:
    """A line for each handler."""
    from pymacaron.scaffold.missing import Modules

    modules = Modules(root)
    for done, listed in (("added", growth.added), ("bound", growth.bound)):
        for one in listed:
            operation = f"{one.operation.method} {one.operation.path}"
            yield f"{shown(modules.file(one.module))}: {done} {one.name}  {operation}"
