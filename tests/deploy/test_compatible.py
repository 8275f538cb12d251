"""The gate of the API, in clones that have more than a service in them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from releases.served import commit, remote

from pymacaron.cli.compatible import compatible

if TYPE_CHECKING:
    from pymacaron.cli.deploying import Desk

_APIS = """
openapi: 3.1.0
info: {{title: Shop, version: 1.0.0}}
paths:
  /{path}:
    get: {{operationId: shop.get, responses: {{"200": {{description: It}}}}}}
"""


@pytest.mark.parametrize("place", [".", "services/shop"])
def test_what_is_live_is_compared_wherever_in_the_clone_the_service_stands(tmp_path: Path, place: str) -> None:
    top, folder = tmp_path / "clone", tmp_path / "clone" / place
    (folder / "apis").mkdir(parents=True)
    description = folder / "apis" / "shop.yaml"
    description.write_text(_APIS.format(path="tea"))
    remote(top, tmp_path / "origin.git")
    commit(top)
    command = ["git", "rev-parse", "HEAD"]
    live = subprocess.run(command, cwd=top, capture_output=True, text=True, check=True).stdout[:12] + "-01234567"
    desk = cast("Desk", SimpleNamespace(folder=folder, wanted=SimpleNamespace(allow_breaking=False)))
    assert compatible(desk, live)
    description.write_text(_APIS.format(path="pots"))
    assert not compatible(desk, live)
