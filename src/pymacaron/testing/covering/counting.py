"""
Descriptions and the calls that were seen -> the Report of what these reached.

server/lookup.py finds the operation of a call. Neighbours: reading.py says what one call has reached.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from pymacaron.schema.codec import Schemas, json_decode
from pymacaron.server.lookup import Lookup
from pymacaron.spec.catalogue import KNOWN, conditions
from pymacaron.spec.model import Api
from pymacaron.testing.covering.exchanges import Exchange, Exchanges, masked
from pymacaron.testing.covering.looks import Looks
from pymacaron.testing.covering.points import Points
from pymacaron.testing.covering.reading import UNREADABLE, Reached
from pymacaron.testing.covering.report import Report, Stray
from pymacaron.testing.covering.surface import Surface

__all__ = ["Coverage", "counted", "counting"]

#: A code of an error, as ours and OAuth's; a text for people may say what somebody sent
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,30}(?:[_-][A-Za-z0-9]{1,30}){0,7}")
#: So many calls of no operation are told apart
_STRAYS = 1000


def counted(apis: Iterable[Api], calls: Iterable[Exchange], failures: Sequence[str] = ()) -> Report:
    """What *calls* reached of *apis*."""
    coverage = Coverage(list(apis))
    for call in calls:
        coverage.add(call)
    return coverage.report(failures)


@contextmanager
def counting(apis: Sequence[Api], exchanges: Exchanges) -> Iterator[Coverage]:
    """Calls that are counted as they come; all of them once the block and *exchanges* have ended."""
    coverage = Coverage(apis)
    failed: list[Exception] = []

    def count() -> None:
        for call in exchanges.taken():
            try:
                if not failed:
                    coverage.add(call)
            except Exception as error:  # is raised where somebody hears of it
                failed.append(error)

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield coverage
    finally:
        exchanges.close()
        thread.join()
    if failed:
        raise failed[0]


class Coverage:
    """What calls have reached of *apis* so far."""

    def __init__(self, apis: Sequence[Api]):
        self._apis = apis
        self._points = {api.name: Points() for api in apis}
        surfaces: list[Surface] = []
        for api in apis:
            schemas, points = Schemas(api), self._points[api.name]
            looks = Looks(api.name, schemas, points)
            surfaces += [Surface(api, one, schemas, points, looks) for one in api.operations]
        self._surfaces = surfaces
        base = {api.name: api.base_path for api in apis}
        self._lookup = Lookup((one.operation.method, base[one.owner.api] + one.operation.path, one) for one in surfaces)
        self._strays: Counter[tuple[str, str, int]] = Counter()
        self._undeclared: Counter[tuple[str, str, int]] = Counter()
        self._codes: Counter[str] = Counter()
        self._calls = self._unread = 0

    def add(self, call: Exchange) -> None:
        self._calls += 1
        self._code(call)
        found = self._lookup.find(call.method, call.path, call.query)
        if found is None:
            self._stray(call)
            return
        surface, texts = found
        reached = Reached(call, surface, texts)
        self._unread += reached.is_unread
        if not reached.is_declared:
            self._undeclared[surface.owner.api, surface.owner.name, call.status] += 1
        for point in reached.points:
            point.count += 1

    def _stray(self, call: Exchange) -> None:
        key = call.method, masked(call.path), call.status
        self._strays[key if len(self._strays) < _STRAYS or key in self._strays else ("", "others", 0)] += 1

    def _code(self, call: Exchange) -> None:
        """Count the code of an error."""
        if call.status < 400 or not call.answer.is_whole or not call.answer.content.startswith(b"{"):
            return
        try:
            value = json_decode(call.answer.content)
        except UNREADABLE:
            return
        code = value.get("error") if isinstance(value, dict) else None
        if isinstance(code, str) and _CODE.fullmatch(code):
            self._codes[code] += 1

    def report(self, failures: Sequence[str]) -> Report:
        possible = {
            known.code
            for one in self._surfaces
            for known in KNOWN
            if known.when in conditions(one.operation) and known.status < 500 and known.when
        }
        return Report(
            apis=tuple((api.name, api.title, api.root.document.name) for api in self._apis),
            calls=self._calls,
            unread=self._unread,
            points=[point for points in self._points.values() for point in points.placed()],
            strays=[
                Stray("", f"{method} {path}".strip(), status, count)
                for (method, path, status), count in sorted(self._strays.items())
            ],
            undeclared=[Stray(api, name, status, n) for (api, name, status), n in sorted(self._undeclared.items())],
            codes=dict(sorted(self._codes.items())),
            unseen=sorted(possible - self._codes.keys()),
            failures=list(failures),
        )
