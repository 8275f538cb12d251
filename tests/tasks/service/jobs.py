"""Tasks, which note in the folder that JOBS_FOLDER names that they ran, whichever process runs them."""

import asyncio
import json
import os
import time
from pathlib import Path

from pymacaron import API, ApiPool, context
from pymacaron.auth import get_user_token, get_user_token_data, get_userid
from pymacaron.tasks import asynctask


def serve(app, folder):
    """The service, whose crash reports are noted."""
    API(app, error_reporter=report).load_apis(os.path.join(folder, "apis")).start(serve="jobs")


def report(title, message):
    _note("reports", json.loads(message))


def ran():
    """What ran so far, in order: list of [name of the task, its note]."""
    return _notes("ran")


def reports(call_id):
    """What was reported of a call: that of a task that nobody called has the id of the task."""
    return [report for report in _notes("reports") if report["call_id"] == call_id]


def _note(file, what):
    with open(os.path.join(os.environ["JOBS_FOLDER"], file), "ab", buffering=0) as stream:
        stream.write(json.dumps(what).encode() + b"\n")


def _notes(file):
    path = Path(os.environ["JOBS_FOLDER"], file)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@asynctask
def note(what, more=None):
    _note("ran", ["note", what])
    return what


@asynctask
async def echo(value):
    return value


@asynctask
def who():
    call = context.current()
    return {
        "user": get_userid(),
        "claims": get_user_token_data(),
        "token": get_user_token(),
        "call_id": call.call_id,
        "call_path": call.call_path,
        "version": call.api_version,
        "trace": call.trace.id,
        "parent": call.trace.parent,
        "state": call.trace.state,
        "left_s": call.deadline - time.monotonic() if call.deadline is not None else None,
    }


@asynctask
def chain(depth):
    """Fires itself so often; the ids of the calls are noted."""
    _note("ran", ["chain", context.current().call_id])
    if depth:
        chain.fire(depth - 1)


@asynctask(retries=2, backoff=0.05)
def fail(text):
    _note("ran", ["fail", text])
    raise ValueError(text)


@asynctask(retries=3, backoff=0.05)
def fail_twice():
    _note("ran", ["fail_twice", len(ran()) + 1])
    if len(ran()) < 3:
        raise ConnectionError("not yet")
    return len(ran())


@asynctask
def need(name):
    """Fails until there is a file of that name."""
    _note("ran", ["need", name])
    if not Path(os.environ["JOBS_FOLDER"], name).exists():
        raise FileNotFoundError(name)
    return name


@asynctask
def give_error():
    return ApiPool.jobs.model.Error(status=404, error="NO_ORDER", error_description="there is none")


@asynctask(timeout=0.2)
def hang():
    time.sleep(60)


@asynctask(timeout=0.2)
async def hang_async():
    await asyncio.sleep(60)


@asynctask(timeout=5)
async def time_out():
    """Of its own: it is not the task's timeout."""
    raise TimeoutError("the other side does not answer")


@asynctask(unique=True)
def only(what, more="m"):
    """Gives the id of the task that the same arguments fire while it runs."""
    _note("ran", ["only", what])
    return only.fire(what).id


@asynctask(unique=["order"], unique_for=600, queue="mail")
def mail(order, text):
    _note("ran", ["mail", [order, text]])


@asynctask(unique=lambda order, **_: order, delay=0.3)
def index(order, **more):
    _note("ran", ["index", order])


@asynctask(unique=True, retries=1, backoff=0.05)
def fail_once(what):
    _note("ran", ["fail_once", what])
    if len(ran()) < 2:
        raise ValueError(what)


@asynctask(delay=0.5)
def delayed(what):
    _note("ran", ["delayed", what])
    return what
