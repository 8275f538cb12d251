"""
What Beanstalk is given: a zip that says which image to run. The same input makes the same bytes, so its key in S3 is
its digest, and nobody ever changes what lies under one.

One container: Dockerrun v1, which keeps Beanstalk's nginx, and its metrics. With a worker beside it: compose, where the
container has port 80, and writes the log that health is worked out of. Workers of an environment of their own: another
Dockerrun, of the same image.
Source: Elastic Beanstalk Developer Guide, "Preparing your Docker image for deployment", "Authenticating with image
repositories", "Configuring Elastic Beanstalk Docker environments", "Enhanced health log format".
"""

from __future__ import annotations

import hashlib
import io
import json
import shlex
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymacaron.deploy.failures import DeployError
from pymacaron.source.writing import dump_yaml

__all__ = ["Bundle", "bundle", "extensions", "worker_bundle"]

#: The first moment that a zip can tell
_TIME = (1980, 1, 1, 0, 0, 0)
_FILE = 0o100644 << 16
_HOOK = 0o100755 << 16
_LARGEST = 512 * 1024 * 1024
#: What of a project Beanstalk reads besides
_FOLDERS = (".ebextensions", ".platform")
#: Where Beanstalk's agent reads what nginx would have written; whoever the container runs as may write there
_HEALTHD = "/var/log/nginx/healthd"
_HEALTHD_HOOK = ".platform/hooks/prebuild/00_pymacaron_healthd.sh"
_HEALTHD_SCRIPT = f"#!/bin/sh\nset -e\nmkdir -p {_HEALTHD}\nchmod 1777 {_HEALTHD}\n"
#: Of AWS's own names for what it makes of an environment. Source: awsdocs/elastic-beanstalk-samples,
#: alb-http-to-https-redirection.config; API Reference of Elastic Load Balancing, RedirectActionConfig
_REDIRECT = {
    "Resources": {
        "AWSEBV2LoadBalancerListener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "AWSEBV2LoadBalancer"},
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [
                    {
                        "Type": "redirect",
                        "RedirectConfig": {
                            "Protocol": "HTTPS",
                            "Port": "443",
                            "Host": "#{host}",
                            "Path": "/#{path}",
                            "Query": "#{query}",
                            "StatusCode": "HTTP_301",
                        },
                    }
                ],
            },
        }
    }
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """`content`: the zip."""

    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def key(self, prefix: str) -> str:
        """Where it lies in S3, under *prefix*."""
        return f"{prefix}/bundles/{self.digest}.zip"


def bundle(
    image: str,
    *,
    port: int = 8080,
    workers: str = "none",
    live_url: str = "",
    is_secure: bool = False,
    login: tuple[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Bundle:
    """
    The bundle of *image*, a reference by digest, whose server is at *port*. *workers*: "sidecar" for one beside it,
    which works while its release answers at *live_url*. *is_secure*: port 80 leads to 443. *login*: bucket and key of
    what `docker login` writes, for a registry that asks for it. *files*: dict of name -> content, of the project.
    Raises DeployError.
    """
    found: dict[str, bytes] = dict(files or {})
    if is_secure:
        found[".ebextensions/pymacaron-redirect.config"] = _json(_REDIRECT)
    if workers == "sidecar":
        if login is not None:
            found["Dockerrun.aws.json"] = _json(_login(login))
        found["docker-compose.yml"] = dump_yaml(_compose(_pinned(image), port, live_url)).encode()
        found[_HEALTHD_HOOK] = found[_HEALTHD_HOOK.replace("hooks", "confighooks")] = _HEALTHD_SCRIPT.encode()
    else:
        found["Dockerrun.aws.json"] = _json(_dockerrun(image, port, login))
    return _packed(found)


def worker_bundle(
    image: str,
    *,
    live_url: str,
    port: int = 8080,
    login: tuple[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Bundle:
    """
    The bundle of what runs the tasks of *image*, and nothing else, while its release answers at *live_url*. It says at
    *port* that it is well; the others are those of bundle(). Raises DeployError.
    """
    run = _dockerrun(image, port, login)
    run["Command"] = shlex.join([*_worker(live_url), "--probe", str(port)])
    return _packed({**(files or {}), "Dockerrun.aws.json": _json(run)})


def extensions(folder: Path) -> dict[str, bytes]:
    """dict: name -> content, of the files of *folder*'s project that Beanstalk reads."""
    found = (path for name in _FOLDERS for path in sorted((folder / name).rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _packed(files: Mapping[str, bytes]) -> Bundle:
    content = _zip(files)
    if len(content) > _LARGEST:
        raise DeployError(f"the bundle has {len(content)} bytes, and Beanstalk takes {_LARGEST}", "Leave files out")
    return Bundle(content)


def _pinned(image: str) -> str:
    if "@sha256:" not in image:
        raise DeployError(f"image {image!r:.200} is not named by its digest", "Name it as in: repo/shop@sha256:...")
    return image


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


def _worker(live_url: str) -> list[str]:
    """The command of a worker of a release, which waits for the swap, and stops at the next one."""
    return ["pymacaron", "worker", "--when-live", live_url]


def _dockerrun(image: str, port: int, login: tuple[str, str] | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "AWSEBDockerrunVersion": "1",
        "Image": {"Name": _pinned(image), "Update": "true"},
        "Ports": [{"ContainerPort": port}],
    }
    if login is not None:
        made["Authentication"] = {"Bucket": login[0], "Key": login[1]}
    return made


def _login(login: tuple[str, str]) -> dict[str, Any]:
    """What is beside a compose file: version 3, which has a login alone, and whose names are in lower case."""
    return {"AWSEBDockerrunVersion": "3", "Authentication": {"bucket": login[0], "key": login[1]}}


def _compose(image: str, port: int, live_url: str) -> dict[str, Any]:
    """Beanstalk writes `.env`, which has its variables and the secrets; none may be in a bundle."""
    common = {
        "image": image,
        "env_file": [".env"],
        "restart": "always",
        "read_only": True,
        "tmpfs": ["/tmp"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "stop_grace_period": "60s",
    }
    return {
        "services": {
            "web": {
                **common,
                "ports": [f"80:{port}"],
                "environment": {"PYM_HEALTHD_LOG": _HEALTHD},
                "volumes": [f"{_HEALTHD}:{_HEALTHD}"],
            },
            "worker": {**common, "command": _worker(live_url.replace("$", "$$")), "healthcheck": {"disable": True}},
        }
    }


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Not packed: another zlib packs otherwise, and there is little to pack."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            if name == ".env":
                raise DeployError("a bundle must have no .env: Beanstalk writes its own", "Leave it out")
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3
            entry.external_attr = _HOOK if "hooks/" in name else _FILE
            archive.writestr(entry, files[name])
    return into.getvalue()
