"""
What is sent to a worker: `Message`, and its text.

The text is JSON with a `version`, which goes up when an older worker could not do what a text asks. A worker passes
over members that it does not know, and takes the default for those that are not there, so that what was sent before
a release is run after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pymacaron.schema.wire import MALFORMED, json_encode, reread

__all__ = ["VERSION", "Message", "MessageError", "read", "unread", "written"]

VERSION = 1


class MessageError(ValueError):
    """A text that is no message, or one of a later version than this one can read."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    One task to be run: `id` (a uuid4 as text), `task`, its name, and `module`, where that stands; `arguments`, JSON of
    `[args, kwargs]` (see arguments.py); `queue`; `call`, what is known of the call that has sent it (see origin.py).

    Times are seconds since the epoch: `sent`; `due`, before which it does not run; `expires`, after which it is not
    begun. `failures`: attempts that have failed. `unique`: the key of which only one waits or runs, and `unique_for`,
    for how many seconds after success.
    """

    id: str
    task: str
    module: str
    arguments: bytes
    queue: str = "default"
    call: Mapping[str, Any] = field(default_factory=dict)
    sent: float = 0.0
    due: float = 0.0
    expires: float | None = None
    failures: int = 0
    unique: str | None = None
    unique_for: float = 0.0

    def again(self, due: float) -> Message:
        """The same after an attempt that has failed, to be run at *due*. It was begun, so it expires no more."""
        return replace(self, due=due, failures=self.failures + 1, expires=None)


#: dict: member of the text -> what its value has to be
_MEMBERS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "task": (str,),
    "module": (str,),
    "queue": (str,),
    "call": (dict,),
    "sent": (int, float),
    "due": (int, float),
    "expires": (int, float, type(None)),
    "failures": (int,),
    "unique": (str, type(None)),
    "unique_for": (int, float),
}
_DEMANDED = ("id", "task", "arguments")


def written(message: Message) -> bytes:
    """The text of *message*."""
    members = json_encode({"version": VERSION, **{name: getattr(message, name) for name in _MEMBERS}})
    return b'%b,"arguments":%b}' % (members[:-1], message.arguments)


def read(text: bytes) -> Message:
    """The message of *text*. Raises MessageError."""
    try:
        members = reread(text)
    except MALFORMED:
        raise MessageError("it is no JSON") from None
    if not isinstance(members, dict):
        raise MessageError("it is no JSON object")
    version = members.get("version", VERSION)
    if type(version) is not int or version > VERSION:
        raise MessageError(f"it is of version {version!r:.40}, and this one reads {VERSION} at most: update the worker")
    missing = [name for name in _DEMANDED if name not in members]
    if missing:
        raise MessageError(f"it has no {' and no '.join(missing)}")
    for name, kinds in _MEMBERS.items():
        if name in members and type(members[name]) not in kinds:
            raise MessageError(f"its member {name} is {members[name]!r:.40}")
    known = {name: members[name] for name in _MEMBERS if name in members}
    known.setdefault("module", known["task"].rpartition(".")[0])
    return Message(arguments=json_encode(members["arguments"]), **known)


def unread(text: bytes) -> Message:
    """What a list of dead ones shows of *text*, which read() refuses: always with the same id. It is not to be run."""
    try:
        found = reread(text)
    except MALFORMED:
        found = None
    members = found if isinstance(found, dict) else {}
    task_id, task = members.get("id"), members.get("task")
    return Message(
        id=task_id if isinstance(task_id, str) and task_id else hashlib.sha256(text).hexdigest()[:32],
        task=task if isinstance(task, str) and task else "?",
        module="",
        arguments=b"[[],{}]",
    )
