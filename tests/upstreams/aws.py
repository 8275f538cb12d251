"""AWS on this machine: moto's server in a process of its own, as much of DynamoDB and SQS as it has."""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from upstreams.process import free_port, listening

__all__ = ["Aws", "aws"]

STARTS_WITHIN_S = 60


@dataclass(frozen=True)
class Aws:
    """`endpoint`: the URL of every service. Whoever asks needs a region and keys, whichever they are."""

    port: int
    region: str = "eu-west-1"
    key_id: str = "AKIAIOSFODNN7EXAMPLE"
    secret: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service whose tables are there."""
        return {
            "store_url": f"dynamodb://127.0.0.1:{self.port}",
            "aws_region": self.region,
            "aws_access_key_id": self.key_id,
            "aws_secret_access_key": self.secret,
        }


@contextmanager
def aws(fail: Callable[[str], NoReturn] = pytest.fail, **environment: str) -> Iterator[Aws]:
    """While it runs, with more *environment*. Skips the test where moto is not installed, except in CI."""
    if find_spec("moto") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("moto is not installed: pip install 'moto[server]'")
    _remember_files()
    port = free_port()
    server = str(Path(__file__).with_name("moto.py"))
    command = [sys.executable, "-W", "ignore", server, "-H", "127.0.0.1", "-p", str(port)]
    with ExitStack() as stack:
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"
        stack.enter_context(listening(command, port, log, STARTS_WITHIN_S, fail, env={**os.environ, **environment}))
        yield Aws(port)


@lru_cache(1)
def _remember_files() -> None:
    """
    Each new client reads what botocore knows of a service, which takes longer than most tests: here, it is kept, as
    bytes, since clients change what they have read.
    """
    from botocore.loaders import JSONFileLoader

    read = JSONFileLoader().load_file
    packed = lru_cache(64)(lambda path: pickle.dumps(read(path), pickle.HIGHEST_PROTOCOL))
    JSONFileLoader.load_file = staticmethod(lambda path: pickle.loads(packed(path)))
