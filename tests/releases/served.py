"""A service in a clone that is pushed, and the live URL, which answers /version as whoever is live would."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloud.here import PROFILE, ROLE, Cloud
from cloud.quiet import QuietHandler, QuietServer

__all__ = ["CONFIG", "clone", "commit", "live", "remote"]

CONFIG = """
name: shop
live_host: {url}
aws_region: eu-west-1
deploy:
  cname: shop-live
  soak: 0
  instance_profile: {profile}
  service_role: {role}
"""


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def clone(folder: Path, url: str, more: str = "") -> Path:
    """A clone with a service in it, whose commit is pushed; *more*: lines of its pym-config.yaml."""
    origin, made = folder / "origin.git", folder / "shop"
    made.mkdir()
    remote(made, origin)
    (made / "pym-config.yaml").write_text(CONFIG.format(url=url, profile=PROFILE, role=ROLE) + more)
    (made / "server.py").write_text("# the service\n")
    commit(made)
    return made


def remote(folder: Path, origin: Path) -> None:
    """*folder* is a clone without a commit, whose remote is *origin*, which is made."""
    _git(folder, "init", "--bare", str(origin))
    _git(folder, "init")
    _git(folder, "remote", "add", "origin", str(origin))


def commit(folder: Path) -> None:
    """What there is, committed and pushed."""
    _git(folder, "add", ".")
    _git(folder, "commit", "--allow-empty", "-m", "A change")
    _git(folder, "push", "origin", "HEAD:main")


@contextmanager
def live(aws: Cloud, broken: frozenset[str] = frozenset()) -> Iterator[str]:
    """The URL that callers reach: /version has the label of the environment that has the live CNAME."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            there = aws.beanstalk.environments.values()
            label = next((one["VersionLabel"] for one in there if one["CNAME"].startswith("shop-live.")), None)
            content = json.dumps({"container": label}).encode()
            self.send_response(503 if label in broken else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = QuietServer(Handler)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()
