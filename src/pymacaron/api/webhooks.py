"""Webhooks that this service receives: described by an api that is loaded, mounted where the service says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pymacaron import check
from pymacaron.api.served import WEBHOOKS, enforced
from pymacaron.finding import Finding, did_you_mean
from pymacaron.pool import LoadedApi
from pymacaron.server import binding
from pymacaron.server.answering import Served
from pymacaron.server.guards import Guards
from pymacaron.server.routes import rule
from pymacaron.spec.model import Operation

__all__ = ["received"]


def received(
    wanted: Mapping[str, str],
    apis: Iterable[LoadedApi],
    resolver: Callable[[Operation], Callable[..., Any] | str | None] | None,
    guards: Guards,
) -> tuple[list[Served], list[Finding]]:
    """What receives the webhooks *wanted*, name -> path, of *apis*, all that are loaded; and what is wrong there."""
    by_name = _by_name(apis)
    served: list[Served] = []
    findings: list[Finding] = []
    for name, path in wanted.items():
        describing = by_name.get(name, [])
        if len(describing) != 1:
            findings.append(_unknown_webhook(name, describing, by_name))
            continue
        if not isinstance(path, str) or not path.startswith("/"):
            fact = f"webhook {name!r} is mounted at {path!r}, which is no path"
            findings.append(Finding(WEBHOOKS, 0, 0, "webhook-path", fact, "Write one such as '/hooks/new-pet'"))
            continue
        [loaded] = describing
        own = name if any(one.path == name for one in loaded.api.webhooks) else name.removeprefix(f"{loaded.name}.")
        operations = [replace(one, path=path) for one in loaded.api.webhooks if one.path == own]
        findings += [problem for one in operations for problem in _misplaced(name, one)]
        bounds, found = binding.bind(loaded.api, resolver=resolver, operations=operations)
        mounted, more = enforced(loaded, bounds, "", guards)
        served += [replace(one, is_webhook=True) for one in mounted]
        kept = [*check.parents(loaded.api, loaded.schemas), *check.tables(loaded.api, loaded.schemas)]
        findings += [*found, *more, *kept]
    return served, findings


def _by_name(apis: Iterable[LoadedApi]) -> dict[str, list[LoadedApi]]:
    """The apis that have a webhook, by its name, and by that behind the api's name."""
    by_name: dict[str, list[LoadedApi]] = {}
    for loaded in apis:
        for name in dict.fromkeys(operation.path for operation in loaded.api.webhooks):
            by_name.setdefault(name, []).append(loaded)
            by_name.setdefault(f"{loaded.name}.{name}", [loaded])
    return by_name


def _unknown_webhook(name: str, describing: Sequence[LoadedApi], names: Mapping[str, Any]) -> Finding:
    """*describing*: the apis that have a webhook of that name: none, or several; *names*: all webhooks there are."""
    if describing:
        fact = f"webhook {name!r} is described by the apis {' and '.join(repr(one.name) for one in describing)}"
        mend = f"Write {' or '.join(repr(f'{one.name}.{name}') for one in describing)}"
    else:
        known = sorted(name for name, apis in names.items() if not any(name.startswith(f"{one.name}.") for one in apis))
        fact = f"no api that is loaded has a webhook {name!r} (there are: {', '.join(known[:8]) or 'none'})"
        mend = did_you_mean(name, names)
    return Finding(WEBHOOKS, 0, 0, "unknown-webhook", fact, mend)


def _misplaced(name: str, operation: Operation) -> Iterator[Finding]:
    """Where the path that the webhook *name* is mounted at and its path parameters are not the same."""
    mounted = dict.fromkeys(rule(operation.path).names)
    described = dict.fromkeys(one.name for one in operation.parameters if one.location == "path")
    at = f"webhook {name!r} is mounted at {operation.path!r}"
    for one in mounted.keys() - described.keys():
        fact = f"{at}, and its {operation.method} has no path parameter {one!r}"
        yield Finding(WEBHOOKS, 0, 0, "webhook-path", fact, f"Mount it at a path without {{{one}}}, or describe that")
    for one in described.keys() - mounted.keys():
        fact = f"{at}, which has no place for the path parameter {one!r} of its {operation.method}"
        yield Finding(WEBHOOKS, 0, 0, "webhook-path", fact, f"Write {{{one}}} into the path")
