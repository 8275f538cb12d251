"""
Amazon's registry, where docker is to push for real: moto answers the API of it, and what it answers leads to a registry
of this machine. What docker asks there needs the deployer's policy, as it does at Amazon's, and no tag is moved.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from cloud.asked import Request
from cloud.policy import Policy
from cloud.quiet import QuietHandler, QuietServer

__all__ = ["HTPASSWD", "Images"]

Reply = tuple[int, dict[str, str], bytes]
#: Who is let in: the user and the password of the token that moto gives away
HTPASSWD = "AWS:$2b$04$pymacaronregistrytestefmBRMfo6tbtT5QfasMBJ5rSurpAIVum"
#: The same, as Basic has it
_BASIC = "QVdTOjEyMzQ1Njc4OTAxMi1hdXRoLXRva2Vu"
_AMAZON = re.compile(rb"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com")
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
#: (method, path, the action that Amazon's registry wants); the first that fits counts. Source: Amazon ECR User Guide,
#: "IAM permissions for pushing an image"; Service Authorization Reference
_ACTIONS = (
    ("POST", r"/v2/.+/blobs/uploads/.*", "InitiateLayerUpload"),
    ("PATCH", r"/v2/.+/blobs/uploads/.+", "UploadLayerPart"),
    ("PUT", r"/v2/.+/blobs/uploads/.+", "CompleteLayerUpload"),
    ("HEAD", r"/v2/.+/blobs/.+", "BatchCheckLayerAvailability"),
    ("GET", r"/v2/.+/blobs/.+", "GetDownloadUrlForLayer"),
    ("PUT", r"/v2/.+/manifests/.+", "PutImage"),
    ("HEAD|GET", r"/v2/.+/manifests/.+", "BatchGetImage"),
)
_OF_A_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Images:
    """
    *registry*: host and port of one that asks for HTPASSWD; *permitted*: the policy in force, if any. `host`: where
    docker is led; `asked`: the actions that it has asked for.
    """

    def __init__(self, registry: str, permitted: Callable[[], Policy | None]) -> None:
        self.registry, self.permitted = registry, permitted
        self.asked: list[str] = []
        self._server = _Server(self)
        self.host = f"127.0.0.1:{self._server.port}"

    def close(self) -> None:
        self._server.close()

    def told(self, request: Request, reply: Reply) -> Reply:
        """What the API answers in the place of moto's *reply*: this registry's name, and what is in it."""
        status, headers, content = reply
        if request.operation == "DescribeImages" and b"RepositoryNotFoundException" not in content:
            name, wanted = request.arguments["repositoryName"], request.arguments["imageIds"][0]["imageTag"]
            digest = self._digest(name, wanted)
            if digest is None:
                text = f"The image with imageId {{imageDigest:'null', imageTag:'{wanted}'}} does not exist within it"
                told: Any = {"__type": "ImageNotFoundException", "message": text}
                return 400, {"x-amzn-ErrorType": "ImageNotFoundException"}, json.dumps(told).encode()
            told = {"imageDetails": [{"repositoryName": name, "imageDigest": digest, "imageTags": [wanted]}]}
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(told).encode()
        return status, headers, _AMAZON.sub(self.host.encode(), content)

    def action(self, method: str, path: str) -> str:
        """What the policy has to allow; '' for what is of no image."""
        for methods, pattern, name in _ACTIONS:
            if re.fullmatch(methods, method) and re.fullmatch(pattern, path):
                return name
        return ""

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """To docker."""
        path = urlsplit(target).path
        operation = self.action(method, path)
        policy = self.permitted()
        if operation:
            self.asked.append(operation)
            asked = Request(method, target, headers, b"", "ecr", operation=operation)
            if policy is not None and (lacking := policy.lacking(asked)):
                text = f"User: arn:aws:iam::123456789012:user/deployer is not authorized to perform: {lacking}"
                return _refused(403, "DENIED", text)
        if operation == "PutImage" and "sha256:" not in path:
            name, _, tag = path.removeprefix("/v2/").partition("/manifests/")
            if self._digest(name, tag) is not None:
                text = f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten "
                return _refused(400, "TAG_INVALID", text + "because the repository is immutable.")
        return self._of_registry(method, target, headers, body)

    def _digest(self, name: str, tag: str) -> str | None:
        sent = {"Accept": _MANIFEST, "Authorization": f"Basic {_BASIC}", "Host": self.registry}
        status, headers, _ = self._of_registry("HEAD", f"/v2/{name}/manifests/{tag}", sent, b"")
        return headers["Docker-Content-Digest"] if status == 200 else None

    def _of_registry(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Host is passed on, so that where uploads go leads here."""
        connection = http.client.HTTPConnection(self.registry, timeout=60)
        try:
            sent = {name: value for name, value in headers.items() if name.lower() not in _OF_A_CONNECTION}
            connection.request(method, target, body or None, sent)
            response = connection.getresponse()
            content = response.read()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _OF_A_CONNECTION}
            if method == "HEAD" and (length := response.getheader("Content-Length")):
                kept["Content-Length"] = length
            return response.status, kept, content
        finally:
            connection.close()


def _refused(status: int, code: str, text: str) -> Reply:
    told = {"errors": [{"code": code, "message": text}]}
    return status, {"Content-Type": "application/json"}, json.dumps(told).encode()


class _Server(QuietServer):
    def __init__(self, images: Images) -> None:
        self.images = images
        super().__init__(_Handler)


class _Handler(QuietHandler):
    server: _Server

    def _answer(self) -> None:
        headers = dict(self.headers.items())
        status, told, content = self.server.images.answer(self.command, self.path, headers, self.body())
        self.send_response(status)
        for name, value in told.items():
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name in told):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _answer
