"""
A table in which the tasks that were begun have a line each, unique keys a claim, and those that failed for good are
listed: `Ledger`, over a Store of DynamoDB. Lines are changed by comparing their revision, so that no change is lost.

Keys: `of` is the id of a task, `unique:KEY` or `dead`; `id` says which item of that.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.stores import (
    ConditionFailedError,
    Item,
    ItemError,
    MissingTableError,
    Query,
    Rows,
    Store,
    StoreError,
)
from pymacaron.tasks.message import MessageError, read, unread
from pymacaron.tasks.queues import ENDED, Dead, QueueError, QueueSettingError, State

__all__ = ["Ledger", "Line", "definition"]

log = logging.getLogger("pymacaron.tasks")

#: Seconds after which a claim whose task was never sent, as its sender has died, holds no more
_UNSURE_S = 60.0
#: Seconds that the line of a task is kept which never ends, and a key is held for one that nobody begins: longer than
#: SQS keeps a message, two weeks
_KEPT_S = 15 * 86_400


def definition(table: str) -> Definition:
    """The table: `pymacaron tables create` makes it."""
    return Definition(table, Key(Attribute("of", "S"), Attribute("id", "S")), ttl="ends")


@dataclass(frozen=True, slots=True)
class Line:
    """
    A task that was begun: who holds it as `owner`, and `until` when; `due`, before which it is not run again; `ends`,
    when it is forgotten, 0 while it has not ended. Times are seconds since the epoch. `text`: of its message.
    """

    state: State
    owner: str = ""
    until: float = 0.0
    due: float = 0.0
    deliveries: int = 0
    failures: int = 0
    result: bytes | None = None
    error: str | None = None
    text: bytes = b""
    ends: float = 0.0
    revision: int = 0


class Ledger:
    """Lines in *table* of *store*. Every method raises QueueError where that cannot be asked."""

    def __init__(self, store: Store, table: str):
        self._store, self._table = store, definition(table)

    def look(self) -> None:
        """Read something, to see whether that can be done. Raises QueueSettingError where the table is not there."""
        self._get("dead", "none")

    def line(self, task_id: str) -> Line | None:
        """The line of a task; None where nobody has begun it, or it ended too long ago."""
        return _line(self._get(task_id, "task"))

    def change(self, task_id: str, change: Callable[[Line | None], Line | None]) -> Line | None:
        """Have the line be what *change* makes of it; None: it stays as it is. Gives what *change* gave."""
        while True:
            before = _line(self._get(task_id, "task"))
            after = change(before)
            if after is None:
                return None
            revision = before.revision if before is not None else 0
            item = _item(task_id, after, revision + 1)
            where = Comparison("revision", "=", (revision,)) if before is not None else Comparison("of", "absent")
            try:
                self._put(item, [where] if revision or before is None else [])
            except ConditionFailedError:
                continue
            return after

    def claim(self, key: str, task_id: str) -> str:
        """Have *task_id* hold the unique *key*, if no other does. Gives the id of who holds it."""
        of = f"unique:{key}"
        item = _claim(of, task_id, is_sure=False)
        while True:
            held = self._get(of, "key")
            if held is not None and self._holds(held):
                return str(held["holder"])
            where = [Comparison("of", "absent")]
            if held is not None:  # as it was seen: whoever ends meanwhile may hold it for a while
                where = [Comparison(name, "=", (held[name],)) for name in ("holder", "since")]
            try:
                self._put(item, where)
            except ConditionFailedError:
                continue
            return task_id

    def confirm(self, key: str, task_id: str) -> None:
        """The task that holds *key* was sent."""
        item = _claim(f"unique:{key}", task_id, is_sure=True)
        try:
            self._put(item, [Comparison("holder", "=", (task_id,)), Comparison("is_sure", "=", (False,))])
        except ConditionFailedError:
            return  # it has ended already, and may hold the key for a while: what says so stays

    def yield_key(self, key: str, task_id: str, for_s: float) -> None:
        """The task that holds *key* has ended, which holds it for *for_s* seconds more."""
        of, where = f"unique:{key}", [Comparison("holder", "=", (task_id,))]
        try:
            if for_s > 0:
                ends = time.time() + for_s
                item = {"of": of, "id": "key", "holder": task_id, "since": 0, "is_sure": True, "until": ends}
                self._put({**item, "ends": math.ceil(ends)}, where)
            else:
                self._ask(lambda: self._store.delete(self._table, {"of": of, "id": "key"}, where))
        except ConditionFailedError:
            return

    def bury(self, task_id: str, text: bytes, error: str) -> None:
        """List a task that has failed for good."""
        self._put({"of": "dead", "id": task_id, "text": text, "error": error, "failed": time.time()}, [])

    def dead(self) -> list[Dead]:
        """Those that have failed for good."""
        found: list[Dead] = []
        rows = self._page(None)
        while True:
            found += [_dead(item) for item in rows.items]
            if rows.last is None:
                return found
            rows = self._page(rows.last)

    def dead_text(self, task_id: str) -> bytes | None:
        """The text of one that has failed for good, as it was delivered; None: it is not listed."""
        item = self._get("dead", task_id)
        return None if item is None else bytes(item.get("text") or b"")

    def drop(self, task_id: str) -> bool:
        """Have it be listed no more. False: it is not."""
        key = {"of": "dead", "id": task_id}
        try:
            self._ask(lambda: self._store.delete(self._table, key, [Comparison("of", "present")]))
        except ConditionFailedError:
            return False
        return True

    def _holds(self, held: Item) -> bool:
        if held.get("until"):
            return float(held["until"]) > time.time()
        line = self.line(str(held["holder"]))
        if line is not None:
            return line.state not in ENDED
        return float(held["since"]) > time.time() - (_KEPT_S if held.get("is_sure") else _UNSURE_S)

    def _page(self, start: Item | None) -> Rows:
        rows: Rows = self._ask(lambda: self._store.query(self._table, Query("dead", start=start)))
        return rows

    def _get(self, of: str, item_id: str) -> Item | None:
        found: Item | None = self._ask(lambda: self._store.get(self._table, {"of": of, "id": item_id}))
        return found

    def _put(self, item: Item, where: list[Comparison]) -> None:
        try:
            self._ask(lambda: self._store.put(self._table, item, where))
        except ItemError as error:
            if not item.get("result"):
                raise QueueError(f"the task cannot be written down: {error}") from None
            log.warning("the task %s succeeded; its result is not kept: %s", item["of"], error)
            self._put({**item, "result": None}, where)

    def _ask(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except MissingTableError as error:
            raise QueueSettingError(f"the states of tasks cannot be read or written: {error}") from None
        except StoreError as error:
            raise QueueError(f"the states of tasks cannot be read or written: {error}") from None


def _line(item: Item | None) -> Line | None:
    if item is None:
        return None
    known = {field.name: item[field.name] for field in fields(Line) if item.get(field.name) is not None}
    line = Line(**known)
    return None if line.state in ENDED and line.ends < time.time() else line


def _claim(of: str, task_id: str, *, is_sure: bool) -> Item:
    """That *task_id* holds the key *of*, as long as its message may wait."""
    now = time.time()
    ends = math.ceil(now + _KEPT_S)
    return {"of": of, "id": "key", "holder": task_id, "since": now, "is_sure": is_sure, "ends": ends}


def _item(task_id: str, line: Line, revision: int) -> Item:
    item = {name: value for name, value in asdict(line).items() if value not in (None, b"", "")}
    ends = math.ceil(line.ends or time.time() + _KEPT_S)
    return {**item, "of": task_id, "id": "task", "revision": revision, "ends": ends}


def _dead(item: Item) -> Dead:
    try:
        message = read(item.get("text", b""))
    except MessageError:
        message = replace(unread(item.get("text", b"")), id=str(item["id"]))
    return Dead(message, str(item["error"]), float(item["failed"]))
