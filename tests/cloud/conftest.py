"""One moto for all tests of a process here: each cloud empties it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from upstreams.aws import Aws

from cloud.here import Cloud, cloud, moto


@pytest.fixture(scope="session")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def aws(own_moto: Aws, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(tmp_path, own_moto, scale=1) as made:
        yield made
