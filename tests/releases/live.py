"""
A shop that is really live: made by `pymacaron new`, in a clone with a remote, its image in a registry of this machine,
its environments containers of that, and names that lead to them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from cloud.here import PROFILE, ROLE, Cloud
from harbour.wheels import kept_beside

from releases.served import commit, remote

__all__ = ["CNAME", "Live", "shop"]

CNAME = "shop-live.eu-west-1.elasticbeanstalk.com"
_SOURCE = Path(__file__).resolve().parents[2] / "src"
_PIPELINE = ("-c", "from pymacaron.cli.pipeline import main; main()")
#: What DNS is elsewhere: all names of Beanstalk are the balancer's
_NAMES = """
import os, socket

_connect = socket.create_connection


def create_connection(address, *arguments, **named):
    host, port = address
    if str(host).endswith(".elasticbeanstalk.com"):
        address = ("127.0.0.1", int(os.environ["TESTS_BALANCER_PORT"]))
    return _connect(address, *arguments, **named)


socket.create_connection = create_connection
"""
_CONFIG = """
docker_repo: {registry}/shops
aws_region: eu-west-1
deploy:
  base_image: {base}
  soak: 1
  instance_profile: {profile}
  service_role: {role}
  options:
    aws:elasticbeanstalk:application:environment: {{WEB_CONCURRENCY: "1", PYM_SHUTDOWN_DELAY: "0"}}
"""


@dataclass
class Live:
    """*folder*: of the service; *host*: of the docker daemon."""

    aws: Cloud
    folder: Path
    host: str
    environ: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`pymacaron` in the folder."""
        return self._run(["-m", "pymacaron", *arguments])

    def pipeline(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`deploy_pipeline` in the folder."""
        return self._run([*_PIPELINE, *arguments])

    def commit(self) -> str:
        """What there is, committed and pushed: the first 12 digits."""
        commit(self.folder)
        command = ["git", "rev-parse", "HEAD"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout[:12]

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        self.aws.forget()
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )


def shop(aws: Cloud, folder: Path, host: str, registry: str, base: str, wheels: Path) -> Live:
    """The service, committed and pushed."""
    made, names, secret = folder / "shop", folder / "names", token_hex(32)
    names.mkdir()
    (names / "sitecustomize.py").write_text(_NAMES)
    assert aws.balancer is not None
    environ = {
        **{name: value for name, value in aws.environ.items() if not name.startswith(("PYM_", "JWT_", "CI"))},
        "DOCKER_HOST": host,
        "JWT_SECRET": secret,
        "PYMACARON_DEPLOY_PAUSE_S": "0.2",
        "PYTHONPATH": os.pathsep.join([str(names), str(_SOURCE)]),
        "TESTS_BALANCER_PORT": str(aws.balancer.port),
    }
    command = [sys.executable, "-m", "pymacaron", "new", "shop"]
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    (made / ".env").unlink()
    (made / "testaccept" / "test_orders.py").unlink()  # orders are in the memory of one process, and there are several
    config = made / "pym-config.yaml"
    written = config.read_text().replace("live_host: https://shop.example.com", f"live_host: http://{CNAME}")
    config.write_text(written + _CONFIG.format(registry=registry, base=base, profile=PROFILE, role=ROLE))
    kept_beside(made, wheels)
    (made / ".gitignore").write_text("wheels/\n")  # and nothing of what Python leaves
    aws.client("secretsmanager").create_secret(Name="shop/JWT_SECRET", SecretString=secret)
    remote(made, folder / "origin.git")
    commit(made)
    return Live(aws, made, host, environ)
