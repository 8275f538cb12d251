"""AWS on this machine, empty for each test, and a service in a folder with the command as people call it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from upstreams.aws import Aws

CONFIG = """\
name: shop
live_host: https://shop.example.com
aws_region: eu-west-1
store_url: dynamodb://
broker_url: sqs://
docker_bucket: shop-releases
env_secrets: [SHOP_KEY, SHOP_TOKEN]
deploy:
  account: "123456789012"
  alarm_email: ops@example.com
"""
DESCRIPTION = """\
openapi: 3.1.0
info: {title: shop, version: "1"}
paths: {}
components:
  schemas:
    Order:
      type: object
      required: [id]
      properties: {id: {type: string}, customer: {type: string}, ends: {type: integer}}
      x-persist:
        table: orders
        key: {hash: id}
        ttl: ends
        indexes:
          by-customer: {hash: customer}
"""


@pytest.fixture(scope="session")
def own_moto() -> Iterator[Aws]:
    with moto() as running:
        yield running


@pytest.fixture
def aws(own_moto: Aws, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(tmp_path, own_moto, scale=1) as made:
        yield made


@dataclass
class Service:
    """A service in a folder. `run`: pymacaron with these words, and these variables besides."""

    folder: Path
    aws: Cloud

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in self.aws.environ.items() if not name.startswith(("PYM_", "SHOP_"))}
        return subprocess.run(
            [sys.executable, "-m", "pymacaron", *words],
            cwd=self.folder,
            env={**kept, "NO_COLOR": "1", **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def configure(self, before: str, after: str) -> None:
        """Another pym-config.yaml."""
        text = (self.folder / "pym-config.yaml").read_text()
        assert before in text
        (self.folder / "pym-config.yaml").write_text(text.replace(before, after))


@pytest.fixture
def shop(aws: Cloud, tmp_path: Path) -> Service:
    folder = tmp_path / "shop"
    os.makedirs(folder / "apis")
    (folder / "pym-config.yaml").write_text(CONFIG)
    (folder / "apis" / "shop.yaml").write_text(DESCRIPTION)
    return Service(folder, aws)
