"""A registry of images on this machine: Debian's docker-registry, in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from upstreams.process import free_port, listening

__all__ = ["registry"]

_STARTS_WITHIN_S = 30


@contextmanager
def registry(htpasswd: str = "") -> Iterator[str]:
    """
    Its host and port, while it runs. *htpasswd*: a line of who is let in, by bcrypt; '' for everybody. Skips where it
    is not installed; in CI it must be.
    """
    program = shutil.which("docker-registry")
    if program is None:
        reason = "docker-registry is not installed: apt-get install docker-registry"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pym-registry-") as folder:
        config = Path(folder, "config.yml")
        storage = {"filesystem": {"rootdirectory": f"{folder}/data"}, "delete": {"enabled": True}}
        said: dict[str, Any] = {"version": 0.1, "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}}
        if htpasswd:
            passwords = Path(folder, "htpasswd")
            passwords.write_text(f"{htpasswd}\n", encoding="utf-8")
            said["auth"] = {"htpasswd": {"realm": "tests", "path": str(passwords)}}
        config.write_text(json.dumps(said), encoding="utf-8")
        with listening([program, "serve", str(config)], port, Path(folder, "log"), _STARTS_WITHIN_S, pytest.fail):
            yield f"127.0.0.1:{port}"
