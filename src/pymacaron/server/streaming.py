"""
A stream as a reply: each item is made when the server sends it, in the contexts of its call, and reported if it fails.

Neighbours: exchange/streams.py writes the items, replies.py decides that there is a stream, loop.py runs what is async.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any

from flask.globals import app_ctx, request_ctx

from pymacaron import context, crash, loop
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.problem import error_body
from pymacaron.exchange.sequences import COMMENT, event
from pymacaron.exchange.streams import Outflow
from pymacaron.schema.codec import json_encode
from pymacaron.schema.violations import Violation
from pymacaron.server import calls
from pymacaron.server.errors import Errors

__all__ = ["HEADERS", "CutError", "Streaming", "on_loop"]

log = logging.getLogger("pymacaron.server")

#: What keeps caches and proxies from holding events back: WHATWG HTML, "Authoring notes"; nginx
HEADERS = (("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))


class CutError(Exception):
    """
    A stream ended early, and why, or that it was reported; raised to the server, so that the caller sees that the reply
    is cut.
    """


class Streaming(Iterator[bytes]):
    """
    What Flask sends of *flow*, item by item.

    *complain(violations)* is told of the first item that does not fit; what it raises ends the stream. An error ends
    events with one of the name `error`, its data the JSON error; any other stream is cut. Both are reported.
    *name* is that of the operation, in reports.
    """

    def __init__(self, flow: Outflow, name: str, errors: Errors, complain: Callable[[list[Violation]], None]):
        self._held: _Held | None = None
        self._flow = flow
        self._name = name
        self._errors = errors
        self._complain = complain
        self._has_complained = False
        self._context = contextvars.copy_context()
        self._ready: list[bytes] = []
        self._sent = 0
        self._is_ended = False
        self._held = _Held()

    def begin(self) -> None:
        """
        Make the first item, so that an error in it is an ordinary reply: it is raised. Of events the headers go first.
        """
        if self._flow.is_events:
            self._ready.append(COMMENT)
            return
        try:
            self._ready.append(self._context.run(self._piece))
        except StopIteration:
            self.close()
        except BaseException:
            self.close()
            raise

    def __next__(self) -> bytes:
        if self._ready:
            return self._ready.pop()
        if self._is_ended:
            raise StopIteration
        try:
            return self._context.run(self._piece)
        except StopIteration:
            self.close()
            raise
        except Exception as error:
            self._is_ended = True
            try:
                return self._context.run(self._last, error)
            finally:
                self.close()

    def _piece(self) -> bytes:
        """The next item as it is sent. Raises StopIteration at the end, and whatever keeps it from being sent."""
        try:
            data = next(self._flow)
        except StopIteration:
            self._look_at_wrong()  # there may be too few items
            raise
        except Exception:
            raise
        except BaseException as error:
            if not loop.is_failure(error):
                raise
            raise loop.StoppedError(f"the stream raised {type(error).__name__}: {error}".removesuffix(": ")) from error
        self._look_at_wrong()
        self._sent += 1
        return data

    def _look_at_wrong(self) -> None:
        """Complain of what is wrong, once."""
        if self._flow.wrong and not self._has_complained:
            self._has_complained = True
            self._complain(self._flow.wrong)

    def _last(self, error: Exception) -> bytes:
        """What is sent when the stream fails. Raises CutError where its format has no way to say it."""
        reply = self._errors.reply(error)
        fact = f"the stream of {self._name} ended early, after {self._sent} items"
        why = "its report says why"
        if reply.status_code >= 500:
            call = context.current()
            if call is not None and call.error is not None and not isinstance(error, PyMacaronException):
                error.error_id = call.error["error_id"]  # type: ignore[attr-defined]  # the report tells the same one
            crash.report_error(fact, caught=error, is_fatal=True)
        elif not self._flow.is_events:  # the caller cannot be told
            why = crash.one_line(error_body(error)["error_description"])
            log.warning("%s: %s", fact, why)
        if not self._flow.is_events:
            raise CutError(f"{fact}: {why}") from None
        is_json = not reply.is_streamed and "json" in (reply.mimetype or "")
        data = reply.get_data() if is_json else json_encode(error_body(error))
        return event({"event": "error", "data": data.decode()})

    def close(self) -> None:
        """The reply was sent, or nobody is there to read it: what makes the items ends, and then the call."""
        held, self._held = self._held, None
        if held is None:
            return
        self._is_ended = True
        try:
            self._context.run(self._end)
        finally:
            held.release(self._context)

    def _end(self) -> None:
        try:
            self._flow.close()
        except Exception as error:  # where a call ends
            log.error("%s failed when its stream was closed\n%s", self._name, crash.scrubbed_traceback(error))
            crash.report_error(f"the stream of {self._name} failed when it was closed", caught=error, is_fatal=True)

    def __del__(self) -> None:
        # A hook of the app has put another reply in its place
        self.close()


class _Held:
    """
    Flask's contexts of the current request, held: their teardown functions run at `release`, not when the view returns.

    Flask keeps a list of who uses a context, and this is one more; a version of it that has none runs them early.
    """

    def __init__(self) -> None:
        self._request = request_ctx._get_current_object()  # type: ignore[attr-defined]
        self._app = app_ctx._get_current_object()  # type: ignore[attr-defined]
        self._lists = [getattr(one, "_cv_tokens", None) for one in (self._request, self._app)]
        for users in self._lists:
            if users is not None:
                users.insert(0, (self, None))

    def release(self, within: contextvars.Context) -> None:
        """Let go of them; what nobody else uses is torn down, *within* a context."""
        of_request, of_app = self._lists
        if of_request is not None:
            of_request.remove((self, None))
            if not of_request:
                calls.leave(self._request.request.environ)  # of the thread that serves, where the call was entered
                within.run(self._teardown_request)
        if of_app is not None:
            of_app.remove((self, None))
            if not of_app:
                within.run(self._app.app.do_teardown_appcontext, None)

    def _teardown_request(self) -> None:
        self._request.app.do_teardown_request(None)
        self._request.request.close()


# ---- what is async


def on_loop(items: AsyncIterable[Any]) -> Iterator[Any]:
    """The items of an async iterator, each awaited on the loop of the process."""
    return _OnLoop(items.__aiter__())


class _OnLoop(Iterator[Any]):
    """All steps run in one context, so that what one sets the next one finds."""

    def __init__(self, items: AsyncIterator[Any]):
        self._items = items
        self._context = contextvars.copy_context()

    def __next__(self) -> Any:
        try:
            return loop.run(self._step(), self._context)
        except StopAsyncIteration:
            raise StopIteration from None

    async def _step(self) -> Any:
        return await self._items.__anext__()

    def close(self) -> None:
        aclose = getattr(self._items, "aclose", None)
        if aclose is not None:
            loop.run(self._closing(aclose), self._context)

    async def _closing(self, aclose: Callable[[], Any]) -> None:
        await aclose()
