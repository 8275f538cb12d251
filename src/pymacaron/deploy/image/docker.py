"""
The docker command line: which builder it has, what it writes while it works, and what went wrong in one sentence.

No password is ever an argument. Engines that are asked elsewhere (DOCKER_HOST, contexts) do as well as one that is
here: nothing is mounted, and what is sent goes over stdin.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, BinaryIO

from pymacaron.deploy.failures import DockerError
from pymacaron.deploy.image.steps import Steps

__all__ = ["Docker"]

_KEPT = 20
#: From this version on BuildKit is a program of its own
_WITHOUT_BUILDKIT = 23

#: What docker says whose disk is full, and pip of what is not as the lock says
_FULL, _MISMATCH = "no space left on device", "DO NOT MATCH THE HASHES"
_RELOCK = "Look what has changed. Where it was to change, make the lock anew"

#: (what docker says, the fact, the mend); the first that fits counts
_KNOWN = (
    (
        r"Cannot connect to the Docker daemon|error during connect|docker daemon is not running",
        "docker does not answer",
        "Start its daemon: systemctl start docker, or Docker Desktop; DOCKER_HOST names another one",
    ),
    (
        r"permission denied while trying to connect|dial unix [^:]*: connect: permission denied",
        "you may not ask docker",
        "Have yourself put into the group docker: sudo usermod -aG docker $USER, and log in again",
    ),
    (_FULL, "the disk of docker is full", "Make room: docker system prune"),
    (
        r"error parsing HTTP 403 response body",  # to a HEAD, which has no words
        "the registry does not allow it, and does not say what",
        "At ECR it is ecr:BatchCheckLayerAvailability: `pymacaron infra write` has the policy of the deployer",
    ),
    (
        r"unauthorized|authentication required|no basic auth credentials|insufficient_scope|denied: requested access",
        "the registry does not let you",
        "Log in to it: docker login",
    ),
    (
        r"server gave HTTP response to HTTPS client",
        "the registry speaks plain http",
        "Name it in insecure-registries of /etc/docker/daemon.json; that of 127.0.0.1 needs nothing",
    ),
    (
        r"no such host|i/o timeout|connection refused|network is unreachable|TLS handshake timeout|lookup .* on",
        "the registry cannot be reached",
        "Look at the network, and run the same command again",
    ),
    (r"x509: ", "the certificate of the registry is not trusted", "Put its issuer into /etc/docker/certs.d"),
    (r"toomanyrequests|429 Too Many", "the registry takes no more calls for now", "Log in, or wait"),
    (
        r"manifest unknown|manifest for .* not found|repository .* not found|does not exist",
        "there is no such image",
        "",
    ),
)


class Docker:
    """
    docker, as *environ* (variables) has it. *told* hears which step of a build is at hand, and how far a push is.
    """

    def __init__(self, environ: Mapping[str, str], told: Callable[[str], None] = lambda step: None):
        self._environ = dict(environ)
        self._told = told
        self._builder: tuple[tuple[str, ...], dict[str, str]] | None = None

    def ask(self, *arguments: str, stdin: bytes | None = None) -> str:
        """What docker prints. Raises DockerError."""
        try:
            done = subprocess.run(
                ["docker", *arguments],
                env=self._environ,
                input=stdin or b"",
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise _missing() from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace")
            raise _failure(arguments[0], [line for line in said.splitlines() if line.strip()])
        return done.stdout.decode("utf-8", "replace")

    def image(self, name: str) -> dict[str, Any] | None:
        """What docker knows of the image *name*; None where it is not here."""
        try:
            found: list[dict[str, Any]] = json.loads(self.ask("image", "inspect", name))
        except DockerError as error:
            if any("No such image" in line for line in error.lines):
                return None
            raise
        return found[0]

    def build(self, arguments: Sequence[str], context: Callable[[BinaryIO], None]) -> None:
        """Build what *context* writes, a tar. Raises DockerError with the last lines of the step that has failed."""
        words, more = self._found_builder()
        steps = Steps()

        def take(line: str) -> None:
            steps.take(line)
            self._told(steps.name)

        lines, code = self._stream(["build", *words, *arguments, "-"], more, take, context)
        if not code:
            return
        if "RUN " not in steps.failed or any(_FULL in line for line in lines):
            raise _failure("build", lines)
        mend = _RELOCK if any(_MISMATCH in line for line in steps.last) else ""
        raise DockerError(f"this step of the image failed: {steps.failed:.200}", mend, steps.last or lines)

    def push(self, name: str) -> str:
        """The digest, sha256:..., of the image *name* in its registry, where it is afterwards. Raises DockerError."""
        lines, code = self._stream(["push", name], {}, lambda line: self._told(line[:80]))
        if code:
            raise _failure("push", lines)
        for line in reversed(lines):
            if match := re.search(r"digest: (sha256:[0-9a-f]{64})", line):
                return match[1]
        raise DockerError(f"docker push has not said which digest {name} has", "", lines)

    def _found_builder(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """
        Arguments and variables for the builder that is there: buildx, that of the client, or the one of old, which
        DOCKER_BUILDKIT=0 asks for. All put the same into layers, so that =1 is no demand.
        """
        if self._builder is None:
            more = {"BUILDKIT_PROGRESS": "plain", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
            if self._environ.get("DOCKER_BUILDKIT") == "0":
                self._builder = ((), {**more, "DOCKER_BUILDKIT": "0"})
            elif "docker/buildx" in self._quietly("buildx", "version"):
                self._builder = (("--load",), {**more, "DOCKER_BUILDKIT": "1"})
            else:
                version = re.match(r"\d+", self._quietly("version", "--format", "{{.Client.Version}}"))
                is_in_it = version is not None and int(version[0]) < _WITHOUT_BUILDKIT
                self._builder = ((), {**more, "DOCKER_BUILDKIT": "1" if is_in_it else "0"})
        return self._builder

    def _quietly(self, *arguments: str) -> str:
        """What docker prints of itself, though no daemon may answer."""
        try:
            done = subprocess.run(
                ["docker", *arguments], env=self._environ, capture_output=True, stdin=subprocess.DEVNULL, check=False
            )
        except FileNotFoundError:
            raise _missing() from None
        return done.stdout.decode("utf-8", "replace")

    def _stream(
        self,
        arguments: list[str],
        more: Mapping[str, str],
        take: Callable[[str], None],
        context: Callable[[BinaryIO], None] | None = None,
    ) -> tuple[list[str], int]:
        """The last lines that docker writes, each of which *take* gets, and its exit code."""
        try:
            process = subprocess.Popen(
                ["docker", *arguments],
                env={**self._environ, **more},
                stdin=subprocess.PIPE if context else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except FileNotFoundError:
            raise _missing() from None
        broken: list[OSError] = []
        with process:
            writer = Thread(target=_send, args=(process.stdin, context, broken), daemon=True)
            writer.start()
            lines: deque[str] = deque(maxlen=_KEPT)
            assert process.stdout is not None
            try:
                for raw in process.stdout:
                    line = raw.decode("utf-8", "replace").rstrip()
                    if line:
                        lines.append(line)
                        take(line)
            except BaseException:
                process.terminate()
                raise
            writer.join()
        if broken:
            raise DockerError(f"{broken[0].filename or 'a file'} cannot be read: {broken[0].strerror or broken[0]}")
        return list(lines), process.returncode


def _send(into: BinaryIO | None, context: Callable[[BinaryIO], None] | None, broken: list[OSError]) -> None:
    """Write what *context* does; what keeps it from that is put into *broken*, and docker gets an end."""
    if into is None or context is None:
        return
    try:
        context(into)
    except BrokenPipeError:
        pass  # docker has ended, and says why
    except OSError as error:
        broken.append(error)
    with suppress(BrokenPipeError):
        into.close()


def _missing() -> DockerError:
    return DockerError(
        "docker is not installed, and an image needs it", "Look at https://docs.docker.com/engine/install"
    )


def _failure(action: str, lines: Sequence[str]) -> DockerError:
    said = "\n".join(lines)
    for pattern, fact, mend in _KNOWN:
        if re.search(pattern, said, re.IGNORECASE):
            return DockerError(f"docker {action} failed: {fact}", mend, lines)
    first = next((line.strip() for line in lines if "rror" in line or "annot" in line), lines[-1] if lines else "")
    return DockerError(f"docker {action} failed: {first[:300] or 'no reason given'}", "", lines)
