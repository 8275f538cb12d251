"""
`make conformance-clients`: descriptions that nobody here wrote, answered by a server that nobody here wrote, called by
our clients.

Of each class of size it takes the first description, by name, that Prism starts with and whose author no smaller class
has. Every operation with a 2xx response is called twice: by `.call` with what it demands, by `.acall` with all that it
takes. Where that fails, plain httpx2 asks Prism the same, and python-jsonschema says who is right.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import inspect
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from conformance import table
from conformance.callings import Calling, Callings, credentials_of, plain
from conformance.material import CORPUS, descriptions
from conformance.table import Row
from upstreams.prism import NotServed, prism, why_no_prism

from pymacaron import ApiPool, config, load_clients
from pymacaron.client import connections
from pymacaron.client.errors import ClientError, HTTPStatusError, ResponseMismatch
from pymacaron.exceptions import ValidationError
from pymacaron.schema.models import Model, to_json
from pymacaron.spec.model import MediaType, Operation, Response

__all__ = ["BOUNDS", "Mocked", "called", "chosen"]

#: Bytes that the descriptions of a class have less than; the last class has the others
BOUNDS = (10_000, 30_000, 100_000, 300_000)


_WRONG = "a reply that is wrong by python-jsonschema, too"


@dataclass
class Mocked:
    """
    What came of the calls of one description, of the class `size`. `ours` and `theirs`: what failed, by whose fault;
    `passed_over`: why each of those before it did not start.
    """

    size: str
    operations: int = 0
    calls: int = 0
    fine: int = 0
    ours: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def chosen(paths: list[Path], log: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """Of each class: a description, the URL of its Prism, which ends when the next is asked for, what did not start."""
    taken = set[str]()
    for index in range(len(BOUNDS) + 1):
        least, most = (0, *BOUNDS)[index], (*BOUNDS, 10**12)[index]
        passed_over = []
        for path in sorted(one for one in paths if least <= one.stat().st_size < most):
            if (author := path.name.partition("__")[0]) in taken:
                continue
            try:
                with prism(path, log) as url:
                    taken.add(author)
                    yield path, url, passed_over
                break
            except NotServed as error:
                passed_over.append(str(error))


def _size(path: Path) -> str:
    """The class of the description at *path*; its name is nobody's business here."""
    kilobytes = [bound // 1000 for bound in BOUNDS]
    place = sum(path.stat().st_size >= bound for bound in BOUNDS)
    if place == 0:
        return f"less than {kilobytes[0]} kB"
    return f"{kilobytes[place - 1]} to {kilobytes[place]} kB" if place < len(BOUNDS) else f"{kilobytes[-1]} kB and more"


def called(path: Path, url: str) -> Mocked:
    """What comes of the calls of the description at *path*, which is served at *url*."""
    name = path.stem
    load_clients(path, [name])
    clients = next(one for one in ApiPool._apis.values() if one.name == name).clients
    api, schemas = clients.loaded.api, clients.loaded.schemas
    clients = clients.with_options(
        url=url, validation="strict", max_attempts=1, timeout=60, auth=credentials_of(api.security_schemes) or None
    )
    callings, found = Callings(api, schemas), Mocked(_size(path))
    with httpx2.Client(base_url=url, timeout=60, follow_redirects=False) as http:
        for method, one in clients.operations.items():
            operation = one.operation
            if not any(status.startswith("2") for status in operation.responses):
                continue
            found.operations += 1
            for everything in (False, True):
                found.calls += 1
                where = f"{method}, {'all' if everything else 'required'}"
                calling = callings.of(operation, everything=everything)
                if isinstance(calling, str):
                    found.ours.append(f"{where}: {calling}")
                    continue
                face = clients.acall if everything else clients.call
                try:
                    value = _value(getattr(face, method), calling)
                    fault = _other(http, callings, operation, calling, value)
                    if fault is None:
                        found.fine += 1
                    else:
                        found.ours.append(f"{where}: {fault}")
                except (ClientError, ValidationError) as error:
                    is_ours, fault = _judged(http, callings, operation, calling, error)
                    if not is_ours and isinstance(error, ResponseMismatch):
                        try:  # who wants such a reply all the same gets it
                            _value(getattr(face.with_options(validation="off"), method), calling)
                        except ClientError as again:
                            is_ours, fault = not isinstance(again, ResponseMismatch), f"{fault}; not read: {again}"
                    (found.ours if is_ours else found.theirs).append(f"{where}: {fault}")
                except Exception as error:
                    found.ours.append(f"{where}: {type(error).__name__}: {error}")
    connections.close()
    return found


def _value(method: Any, calling: Calling) -> Any:
    """What *method*, of `.call` or `.acall`, gives: of a file its bytes, of a stream its items."""
    value = method(*calling.args, **calling.kwargs)
    if inspect.isawaitable(value):
        return asyncio.run(_awaited(value))
    if hasattr(value, "read"):
        with value:
            return value.read()
    return list(value) if isinstance(value, Iterator) else value


async def _awaited(reply: Awaitable[Any]) -> Any:
    value = await reply
    if hasattr(value, "read"):
        async with value:
            return await value.read()
    return [item async for item in value] if hasattr(value, "__aiter__") else value


def _other(http: httpx2.Client, callings: Callings, operation: Operation, calling: Calling, value: Any) -> str | None:
    """How *value* is another than what httpx2 alone gets; None where it is not."""
    told = plain(callings.api, operation, calling)
    if told is None:
        return None
    reply = http.request(**told)
    if not reply.is_success:
        return None  # of a form that httpx2 writes otherwise
    content = _declared(operation, reply)
    if isinstance(value, bytes):
        return None if value == reply.content else f"{len(value)} bytes, httpx2 gets {len(reply.content)}"
    if content is None or content.schema is None or "json" not in reply.headers.get("content-type", ""):
        return None
    ours, theirs = callings.schemas.codec(content.schema, "request").plain(value), reply.json()
    return next(_differences(ours, theirs, ""), None)


def _differences(ours: Any, theirs: Any, where: str) -> Iterator[str]:
    """Where they are not the same, but for other spellings of a moment."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        for name in ours:
            yield from _differences(ours[name], theirs[name], f"{where}/{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(one, other, f"{where}/{index}")
    elif ours != theirs and (_moment(ours) is None or _moment(ours) != _moment(theirs)):
        yield f"{json.dumps(ours)[:150]} at {where or 'the whole'}, httpx2 gets {json.dumps(theirs)[:150]}"


def _moment(value: Any) -> datetime.datetime | None:
    with suppress(ValueError):
        return datetime.datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
    return None


def _declared(operation: Operation, reply: httpx2.Response) -> MediaType | None:
    """What the description says of the body of *reply*."""
    response = _response(operation, reply)
    if response is None:
        return None
    kind = reply.headers.get("content-type", "").partition(";")[0]
    return response.content.get(kind) or next(iter(response.content.values()), None)


def _response(operation: Operation, reply: httpx2.Response) -> Response | None:
    status = str(reply.status_code)
    names = (status, f"{status[0]}XX", "default")
    return next((operation.responses[name] for name in names if name in operation.responses), None)


def _judged(
    http: httpx2.Client, callings: Callings, operation: Operation, calling: Calling, error: Exception
) -> tuple[bool, str]:
    """Whether what was raised is our fault, and what it is."""
    said = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, ValidationError):
        return True, f"we refuse what python-jsonschema accepts: {said}"
    told = plain(callings.api, operation, calling)
    if told is None:
        return True, f"{said} (httpx2 alone cannot say it)"
    try:
        reply = http.request(**told)
    except httpx2.HTTPError as fault:  # Prism may have ended: nothing that comes then says anything
        return True, f"no reply to httpx2 either: {type(fault).__name__}"
    if isinstance(error, ResponseMismatch):
        if not reply.is_success:  # of a form that httpx2 writes otherwise: what came to us is looked at
            status = next(int(one) for one in operation.responses if one.startswith("2") and one.isdigit())
            reply = httpx2.Response(status, json=_as_json(error.body), request=reply.request)
        return _mismatch(callings, operation, reply, error, said)
    if isinstance(error, HTTPStatusError) and reply.status_code == error.status:
        return False, f"{error.status} to httpx2, too: {_title(reply)}"
    return True, f"{said}; httpx2 gets {reply.status_code}"


def _mismatch(
    callings: Callings, operation: Operation, reply: httpx2.Response, error: ResponseMismatch, said: str
) -> tuple[bool, str]:
    declared, content = _response(operation, reply), _declared(operation, reply)
    if declared is None:
        return False, f"a reply of {reply.status_code}, which is not declared"
    if not reply.content and content is not None:
        return False, "a reply without the body that is declared"
    if content is not None and content.schema is not None:
        try:
            value = json.loads(reply.content)
        except ValueError:
            value = reply.text
        faults = callings.judged(content.schema, value, request=False)
        if faults:
            theirs = {one.partition(" ")[0] for one in faults.split(", ")}
            # Of alternatives, we may say what is wrong within the one that is meant
            is_other = theirs.isdisjoint({one["code"] for one in error.errors} | {"oneOf", "anyOf"})
            return is_other, f"{said}; python-jsonschema has {faults}" if is_other else f"{_WRONG}: {faults}"
    for name, header in declared.headers.items():
        if name not in reply.headers and header.required:
            return False, f"a reply without the header {name}, which is required"
        if name in reply.headers and header.schema is not None:
            text = reply.headers[name]
            faults = callings.judged(header.schema, _read(text), request=False)
            if faults and callings.judged(header.schema, text, request=False):
                return False, f"a reply whose header {name} is wrong by python-jsonschema, too: {faults}"
    return True, said


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _as_json(value: Any) -> Any:
    return to_json(value) if isinstance(value, Model) else value


def _title(reply: httpx2.Response) -> str:
    """Why Prism refuses a request: a header says so where an error is declared, else the body."""
    told = _read(reply.text)
    faults = _read(reply.headers.get("sl-violations", "[]"))
    faults = faults or (told.get("validation") if isinstance(told, dict) else None)
    if not faults:
        return reply.text[:200]
    return "; ".join(f"{'.'.join(map(str, one.get('location', ())))} {one.get('message')}" for one in faults[:3])[:250]


def _rows(found: list[Mocked]) -> list[Row]:
    rows = []
    for one in found:
        rest = (
            [f"{len(one.ours)} by our fault, {len(one.theirs)} by Prism's or the description's"]
            if one.ours or one.theirs
            else []
        )
        reasons = Counter(one.passed_over)
        rest += [f"passed over, since Prism does not start: {count}, {reason}" for reason, count in reasons.items()]
        rest += [f"ours: {line}" for line in one.ours]
        reasons = Counter(line.partition(": ")[2] for line in one.theirs)
        first = {line.partition(": ")[2]: line.partition(",")[0] for line in reversed(one.theirs)}
        rest += [f"Prism's, {count}: {reason} (such as {first[reason]})" for reason, count in reasons.most_common()]
        rows.append(
            Row(
                f"Prism, a description of {one.size}: calls of {one.operations} operations",
                one.calls,
                one.fine,
                tuple(rest),
            )
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="conformance.mocked", description="Our clients, called against Prism")
    parser.add_argument("--write", action="store_true", help="put the table into docs/conformance.md")
    parser.add_argument("--only", help="of the names that hold this text alone, whatever the rule says")
    options = parser.parse_args()
    paths = [path for path in descriptions() if path.parent == CORPUS / "specs"]
    if options.only:
        paths = [path for path in paths if options.only in path.name]
    if not paths:
        sys.exit("No descriptions. Set PYMACARON_CORPUS to the folder that holds specs/.")
    if (reason := why_no_prism()) is not None:
        sys.exit(reason)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pym-config.yaml").write_text("name: mocked\n", encoding="utf-8")
        config.reset()
        for path, url, passed_over in chosen(paths, Path(folder) / "log"):
            one = called(path, url)
            one.passed_over = passed_over
            found.append(one)
            print(f"{path.name}: {one.fine} of {one.calls}, ours {len(one.ours)}", file=sys.stderr, flush=True)
    written = table.text(_rows(found))
    print(written)
    if options.write:
        table.write(written, marks="clients")
    sys.exit(1 if any(one.ours for one in found) else 0)


if __name__ == "__main__":
    main()
