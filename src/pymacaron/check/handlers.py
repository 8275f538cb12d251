"""
Whether the handlers that a description names are there and take what they are given: of the apis that are served.

Modules are imported from the folder of pym-config.yaml, as a start would, and forgotten afterwards.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, redirect_stdout

from pymacaron.check.classes import class_paths, parents
from pymacaron.finding import Finding
from pymacaron.schema.codec import Schemas
from pymacaron.server import binding, infofunctions
from pymacaron.server.dotted import Importer, Problem, no_callable
from pymacaron.spec.model import Api, Operation

__all__ = ["bound", "code_findings", "importable", "names_code"]


def code_findings(
    api: Api, schemas: Schemas, serve: Sequence[str], config_file: str | None, known: Set[str]
) -> list[Finding]:
    """
    What is wrong with the handlers, parents and stores that *api* names, where it is one that is served; with handlers
    of its webhooks where their module exists. *known*: the names of apis that a handler may speak of. Imports them.
    """
    if not serve and config_file is None:
        return []
    with importable(os.path.dirname(config_file) if config_file else os.getcwd()):
        requests = _unbound_requests(api) if config_file else []
        hooks = [one for one in api.webhooks if any(map(_exists, _paths([one])))]
        is_ours = api.name in serve if serve else any(map(_exists, (*_paths(api.operations), *class_paths(api))))
        if not is_ours and not hooks:
            return requests
        bounds, findings = binding.bind(api, operations=hooks)
        if is_ours:
            ours, found = binding.bind(api, only=None if serve else names_code)
            bounds, findings = [*bounds, *ours], [*findings, *found]
            findings += infofunctions.described(api, (one.operation for one in ours), {})[1]
        from pymacaron.server.contradictions import Contradictions
        from pymacaron.stubs.signatures import Signatures  # not to be loaded by each start, which does not compare

        compared = Contradictions(Signatures(schemas), api.name, known)
        for bound in bounds:
            place = binding.place_of(bound.operation)
            findings += compared.findings(bound.operation, bound.handler, place, plain=bound.plain_body)
        return [*findings, *requests, *parents(api, schemas)]


def _unbound_requests(api: Api) -> list[Finding]:
    """The decorators of clients' calls that are not there: nobody else would look for them before the first call."""
    importer, findings = Importer(), list[Finding]()
    for operation in api.operations:
        node = operation.node.get("x-decorate-request")
        for one in () if node is None else node.items() if isinstance(node.value, list) else [node]:
            what = f"x-decorate-request {one.value!r}"
            try:
                found = importer.named(str(one.value).strip(), what, code="unbound-decorator", kind="decorator")
                if not callable(found):
                    raise no_callable(found, what, "unbound-decorator", "decorator")
            except Problem as problem:
                findings += problem.findings(one)
    return findings


def bound(api: Api, config_file: str | None) -> tuple[list[binding.Bound], list[Finding]]:
    """
    The operations of *api* that name their handler, bound, and what is wrong with those; nothing where there is no
    *config_file*, or no module that they name. Imports them.
    """
    if config_file is None:
        return [], []
    with importable(os.path.dirname(config_file)):
        if not any(map(_exists, (path for one in api.operations if (path := binding.path_of(one)) is not None))):
            return [], []
        return binding.bind(api, only=lambda operation: binding.path_of(operation) is not None)


def names_code(operation: Operation) -> bool:
    """Whether *operation* itself names its handler."""
    return "x-bind-server" in operation.extensions or (operation.named and "." in operation.id)


def _paths(operations: Iterable[Operation]) -> set[str]:
    """The handlers that *operations* themselves name."""
    named = [operation for operation in operations if binding.is_served(operation) and names_code(operation)]
    return {path for operation in named if (path := binding.path_of(operation)) is not None}


def _exists(path: str) -> bool:
    """Whether the first module of a dotted path is there, without importing it. The interpreter's own do not count."""
    from importlib.machinery import PathFinder

    top, _, rest = path.partition(".")
    if not top or not rest or top in sys.stdlib_module_names:
        return False
    return PathFinder.find_spec(top) is not None


@contextmanager
def importable(folder: str) -> Iterator[None]:
    """
    Modules in *folder* can be imported meanwhile; afterwards they are forgotten: another folder may have others.

    What they print goes to stderr, since stdout is for what `check` prints.
    """
    before = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if (
                not name.startswith("pymacaron")
                and file.startswith(os.path.join(folder, ""))
                and "site-packages" not in file
            ):
                del sys.modules[name]
