"""A Redis that keeps what it was told, and what stands for SQS and DynamoDB: processes on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest
import upstreams
from upstreams.process import accepts, free_port
from upstreams.redis import Redis

from pymacaron.store.definition import Definition

__all__ = ["Aws", "Redis", "demand", "free_port", "until"]

STARTS_WITHIN_S = 60


def until(is_so: Callable[[], object], within_s: float = STARTS_WITHIN_S, told: Callable[[], object] = str) -> None:
    """Wait until *is_so* gives something true, *within_s* seconds at most; then *told* says what is instead."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {told()}"
        time.sleep(0.02)


def demand(name: str, is_there: bool) -> None:
    """Skip the test where what it needs is not there, unless CI is set."""
    if not is_there:
        assert not os.environ.get("CI"), f"{name} is not installed"
        pytest.skip(f"{name} is not installed")


@dataclass
class Aws:
    """moto's server, which stands for SQS and DynamoDB."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> Aws:
        demand("moto[server]", find_spec("moto") is not None)
        log = self.folder / "moto.log"
        with log.open("ab") as output:
            script = str(Path(upstreams.__file__).with_name("moto.py"))
            command = [sys.executable, "-W", "ignore", script, "-H", "127.0.0.1", "-p", str(self.port)]
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        until(self._answers, told=log.read_text)
        return self

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self, service: str) -> Any:
        session = boto3.session.Session("key", "secret", region_name="eu-west-1")
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self.port}")

    def create(self, table: Definition) -> None:
        """Make *table*, which has no indexes, in DynamoDB."""
        client = self.client("dynamodb")
        kinds = zip(table.key.attributes, ("HASH", "RANGE"), strict=False)
        client.create_table(
            TableName=table.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": one.name, "AttributeType": one.type} for one in table.key.attributes
            ],
            KeySchema=[{"AttributeName": one.name, "KeyType": kind} for one, kind in kinds],
        )

    def _answers(self) -> bool:
        return accepts(self.port, 1)
