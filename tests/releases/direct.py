"""
Our Beanstalk, and an S3 of a dict, called without HTTP and with a clock that a pause turns on: a release takes some
milliseconds, so that it can be killed everywhere.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

from cloud.beanstalk import MODEL, OPERATIONS
from cloud.beanstalk.world import ACCOUNT, World
from cloud.clock import Clock
from cloud.refusal import Refusal

from pymacaron.deploy.aws import is_read
from pymacaron.deploy.failures import RefusedError, UnknownOutcomeError

__all__ = ["ACCOUNT", "BUCKET", "REGION", "Direct", "Killed"]

REGION = "eu-west-1"
BUCKET = f"elasticbeanstalk-{REGION}-{ACCOUNT}"


class Killed(BaseException):
    """The process is gone: nothing that comes after is carried out."""


class Direct:
    """
    A Cloud. `happens(number, service, operation)`: before each call, "" or what becomes of it: "kill" (the effect, and
    the end of who calls), "unsent" (the end before it), "lost" (the effect, no answer), "cut" (neither), "expired".
    """

    region = REGION

    def __init__(self) -> None:
        self.world = World(clock=Clock(1.0), region=REGION)
        self.objects: dict[str, bytes] = {}
        self.buckets: set[str] = set()
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.happens: Callable[[int, str, str], str] = lambda number, service, operation: ""
        self.is_dead = False

    # ---- what a release is given

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        if self.is_dead:
            raise Killed
        self.calls.append((service, operation, arguments))
        fate = self.happens(len(self.calls), service, operation)
        action = f"{service}:{operation}"
        if fate == "unsent":
            self.is_dead = True
            raise Killed
        if fate == "cut":
            raise UnknownOutcomeError(f"{action} got no answer")
        if fate == "expired":
            raise RefusedError(f"AWS does not take these credentials for {action}", code="ExpiredToken")
        answer = self._s3(operation, arguments) if service == "s3" else self._beanstalk(operation, arguments)
        if fate == "kill":
            self.is_dead = True
            raise Killed
        if fate == "lost":
            raise UnknownOutcomeError(f"{action} got no answer: it may have been carried out")
        return answer

    def pages(self, service: str, operation: str, member: str, /, **arguments: Any) -> Iterator[Any]:
        token: dict[str, Any] = {}
        while True:
            answer = self.call(service, operation, **arguments, **token)
            yield from answer.get(member) or ()
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def clock(self) -> float:
        return self.world.clock.now().timestamp()

    def pause(self) -> None:
        if self.is_dead:
            raise Killed
        self.world.clock.advance(7.5)

    # ---- what a test is given

    def again(self) -> None:
        """Another process; nothing goes wrong any more."""
        self.is_dead = False
        self.calls = []
        self.happens = lambda number, service, operation: ""

    @property
    def writes(self) -> list[str]:
        """The calls that change something, without the lock's and the journal's."""
        return [
            f"{service}:{operation}"
            for service, operation, arguments in self.calls
            if not is_read(operation) and not str(arguments.get("Key", "")).endswith(".json")
        ]

    @property
    def all_writes(self) -> int:
        return sum(not is_read(operation) for _, operation, _ in self.calls)

    def states(self) -> list[tuple[str, str, str]]:
        """Of each environment that is there: its label, status, and first label of its CNAME."""
        self.world.clock.run()
        there = [one for one in self.world.environments.values() if one.there]
        return sorted((str(one.version), one.status, one.cname.partition(".")[0]) for one in there)

    # ---- AWS

    def _beanstalk(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.world.clock.run()
        if operation == "CreateStorageLocation":
            self.buckets.add(BUCKET)
            return {"S3Bucket": BUCKET}
        assert set(arguments) <= set(MODEL.operation_model(operation).input_shape.members), (operation, arguments)
        try:
            return OPERATIONS[operation](self.world, arguments) or {}
        except Refusal as refusal:
            raise RefusedError(f"{operation}: {refusal.text}", code=refusal.code, told=refusal.text) from None

    def _s3(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["Bucket"] not in self.buckets:
            raise _refused("404" if operation.startswith("Head") else "NoSuchBucket")
        key = arguments.get("Key", "")
        found = self.objects.get(key)
        etag = _etag(found) if found is not None else ""
        if (arguments.get("IfNoneMatch") == "*" and found is not None) or arguments.get("IfMatch", etag) != etag:
            raise _refused("PreconditionFailed" if found is not None else "NoSuchKey")
        match operation:
            case "HeadBucket":
                return {}
            case "PutObject":
                self.objects[key] = arguments["Body"]
                return {"ETag": _etag(arguments["Body"])}
            case "DeleteObject":
                self.objects.pop(key, None)
                return {}
            case "HeadObject" if found is None:
                raise _refused("404")
            case _ if found is None:
                raise _refused("NoSuchKey")
            case _:
                return {"Body": io.BytesIO(found), "ETag": etag}


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _refused(code: str) -> RefusedError:
    return RefusedError(f"AWS refused it ({code})", code=code, told=code)
