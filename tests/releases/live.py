"""
A shop that is really live: made by `pymacaron new`, in a clone with a remote, its image in a registry of this machine,
its environments containers of that, and names that lead to them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cloud.here import Cloud
from cloud.standing import make
from harbour.wheels import kept_beside

from releases.served import commit, remote

__all__ = ["CNAME", "Live", "shop"]

CNAME = "shop-live.eu-west-1.elasticbeanstalk.com"
_SOURCE = Path(__file__).resolve().parents[2] / "src"
_PIPELINE = ("-c", "from pymacaron.cli.pipeline import main; main()")
#: What the README of a new service says, and what this machine has in other places than people have
_CONFIG = """
aws_region: eu-west-1

docker_repo: {registry}/shops
deploy:
  base_image: {base}
  soak: 1
  options:
    aws:elasticbeanstalk:application:environment: {{WEB_CONCURRENCY: "2", PYM_SHUTDOWN_DELAY: "0"}}
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
    made = folder / "shop"
    assert aws.balancer is not None
    environ = {
        **{name: value for name, value in aws.environ.items() if not name.startswith(("PYM_", "JWT_", "CI"))},
        "DOCKER_HOST": host,
        "PYMACARON_DEPLOY_PAUSE_S": "0.2",
        "PYTHONPATH": str(_SOURCE),
    }
    command = [sys.executable, "-m", "pymacaron", "new", "shop"]
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    config = made / "pym-config.yaml"
    written = config.read_text().replace("live_host: https://shop.example.com", f"live_host: http://{CNAME}")
    config.write_text(written + _CONFIG.format(registry=registry, base=base))
    kept_beside(made, wheels, "dynamodb")
    with (made / ".gitignore").open("a") as ignored:
        ignored.write("wheels/\n")
    live = Live(aws, made, host, environ)
    told = live.run("infra", "write", "--json")
    assert told.returncode == 0, told.stderr
    make(aws, json.loads(told.stdout))
    assert live.run("secrets", "push").stdout == "shop/JWT_SECRET created\n"
    remote(made, folder / "origin.git")
    commit(made)
    return live
