"""A container is removed by its name, which is known before it is there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from pymacaron.testing import containers


def test_a_ctrl_c_while_docker_makes_a_container_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[list[str]] = []

    def docker(arguments: list[str], environ: Any, *, fails: bool = True) -> str:
        said.append(arguments)
        if arguments[0] == "run":
            raise KeyboardInterrupt
        return '[{"Config": {}, "State": {"Running": true, "ExitCode": 0}}]'

    monkeypatch.setattr(containers, "_docker", docker)
    watched: list[Sequence[str]] = []
    monkeypatch.setattr(containers, "watched", lambda *what: watched.append(what[:2]) or nullcontext())
    with pytest.raises(KeyboardInterrupt), containers.contained("shop", (), os.environ):
        pass
    [run] = [one for one in said if one[0] == "run"]
    name = run[run.index("--name") + 1]
    assert watched == [("container", name)]
    assert said[-1] == ["rm", "--force", "--volumes", name]
