"""
The service under test in a container: examples/helloworld under gunicorn, and its acceptance tests.

The image is made once for all of them, and a daemon is started where none runs: this wants docker.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harbour.daemon import dock, docker
from harbour.images import ROOT, helloworld

TAG = "pymacaron-tests-helloworld"


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The DOCKER_HOST of a daemon that has the image TAG:well; TAG:ill, whose container ends at once; and TAG:odd."""
    with dock() as found:
        helloworld(found, f"{TAG}:well")
        try:
            docker(found, "build", "--tag", f"{TAG}:ill", "-", stdin=ILL)
            docker(found, "build", "--tag", f"{TAG}:odd", "-", stdin=ODD)
            yield found
        finally:
            docker(found, "image", "rm", "--force", f"{TAG}:well", f"{TAG}:ill", f"{TAG}:odd")


PYTHON = str(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
ILL = f"""\
FROM {TAG}:well
CMD ["{PYTHON}", "-c", "import os; print('no database, though', os.environ['JWT_SECRET'])"]
""".encode()
#: A service that answers, and ends with 3 when it is stopped
ODD = f"""\
FROM {TAG}:well
CMD ["{PYTHON}", "-c", "\
import signal, sys, http.server as h\\n\
def stop(*_): print('the till is closed', flush=True); sys.exit(3)\\n\
signal.signal(signal.SIGTERM, stop)\\n\
class Handler(h.BaseHTTPRequestHandler):\\n\
    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'{{}}')\\n\
h.HTTPServer(('0.0.0.0', 8080), Handler).serve_forever()"]
""".encode()


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A copy of the example: what a project has beside its image."""
    return Path(shutil.copytree(ROOT / "examples" / "helloworld", tmp_path / "helloworld"))


def run(host: str, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "JWT_"))}
    return subprocess.run(
        [sys.executable, "-m", "pymacaron", "test", *arguments],
        cwd=folder,
        env={**kept, "DOCKER_HOST": host, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def left(host: str) -> str:
    return docker(
        host,
        "ps",
        "--all",
        "--quiet",
        "--filter",
        f"ancestor={TAG}:well",
        "--filter",
        f"ancestor={TAG}:ill",
        "--filter",
        f"ancestor={TAG}:odd",
    )


def test_acceptance_tests_pass_against_a_container_which_is_gone_after_them(
    host: str, service: Path, tmp_path: Path
) -> None:
    shim = tmp_path / "bin" / "docker"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/commands\nexec {shutil.which("docker")} "$@"\n')
    shim.chmod(0o755)
    secret = secrets.token_hex(32)
    done = run(
        *(
            host,
            service,
            "--image",
            f"{TAG}:well",
            "--json",
            str(tmp_path / "out.json"),
            "--",
            "-p",
            "no:cacheprovider",
        ),
        JWT_SECRET=secret,
        PATH=f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"=+ 20 passed in .*=+", done.stdout.splitlines()[-1])
    assert re.fullmatch(rf"Testing a container of {TAG}:well, started at http://127\.0\.0\.1:\d+\n", done.stderr), (
        done.stderr
    )
    assert json.loads((tmp_path / "out.json").read_text())["counts"]["passed"] == 20
    commands = (tmp_path / "commands").read_text()
    assert f"--publish 127.0.0.1::8080 --env JWT_SECRET --env PYM_STORE_URL {TAG}:well" in commands
    assert secret not in commands
    assert left(host) == ""


def test_a_container_that_ends_is_told_with_its_log_and_is_gone(host: str, service: Path) -> None:
    secret = secrets.token_hex(32)
    done = run(host, service, "--image", f"{TAG}:ill", JWT_SECRET=secret)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"error: the container of {TAG}:ill ended before it answered\n" in done.stderr
    assert "no database, though ********" in done.stderr
    assert secret not in done.stderr
    assert left(host) == ""


def test_a_container_keeps_its_contract(host: str, service: Path) -> None:
    done = run(
        *(host, service, "--image", f"{TAG}:well", "--contract", "--budget", "2", "--seed", "1"),
        JWT_SECRET=secrets.token_hex(32),
    )
    assert (done.returncode, done.stdout[-27:]) == (0, "\nno breach of the contract\n"), done.stdout + done.stderr
    assert re.search(r"^\d+ calls of 9 operations of http://127\.0\.0\.1:\d+ in .* seed 1$", done.stdout, re.MULTILINE)
    assert left(host) == ""


def trivial(service: Path, body: str) -> None:
    """The one test of the service."""
    shutil.rmtree(service / "testaccept")
    (service / "testaccept").mkdir()
    (service / "testaccept" / "test_one.py").write_text(f"def test_it(server):\n    {body}\n")


def test_a_container_is_stopped_as_in_production_and_one_that_ends_otherwise_is_told(host: str, service: Path) -> None:
    trivial(service, "pass")
    done = run(host, service, "--image", f"{TAG}:odd", JWT_SECRET=secrets.token_hex(32))
    assert done.returncode == 0, done.stdout + done.stderr
    *_, last, dashes, end = done.stderr.splitlines()
    assert (last, dashes, end) == ("the till is closed", "---", f"the container of {TAG}:odd ended with exit code 3")
    assert left(host) == ""


def test_whoever_kills_the_command_ends_the_container_too(host: str, service: Path) -> None:
    trivial(service, "open('reached', 'w'); __import__('time').sleep(600)")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "JWT_"))}
    command = [sys.executable, "-m", "pymacaron", "test", "--image", f"{TAG}:odd"]
    process = subprocess.Popen(
        command, cwd=service, env={**kept, "DOCKER_HOST": host, "JWT_SECRET": secrets.token_hex(32)}
    )
    awaited(lambda: (service / "reached").exists() or process.poll() is not None)
    assert left(host)
    process.kill()
    process.wait()
    awaited(lambda: not left(host))


def awaited(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_image_that_is_not_here_is_not_fetched(host: str, service: Path) -> None:
    done = run(host, service, "--image", f"{TAG}:none")
    assert done.returncode == 3
    mend = f"Build it, or fetch it: docker pull {TAG}:none"
    assert done.stderr.splitlines()[-1] == f"error: there is no image '{TAG}:none' here. {mend}"


def test_without_a_daemon_it_says_so(service: Path) -> None:
    if shutil.which("docker") is None:
        assert not os.environ.get("CI")
        pytest.skip("docker is not installed: apt-get install docker.io")
    done = run("unix:///nowhere/docker.sock", service, "--image", "shop")
    assert done.returncode == 3
    assert "error: docker image failed: " in done.stderr
    assert "unix:///nowhere/docker.sock" in done.stderr


def test_without_docker_it_says_so(service: Path, tmp_path: Path) -> None:
    done = run("", service, "--image", "shop", PATH=str(tmp_path))
    assert done.returncode == 3
    assert "error: docker is not installed, and --image needs it: https://" in done.stderr


def test_a_secret_that_the_service_wants_and_nobody_has_is_a_finding(service: Path) -> None:
    config = service / "pym-config.yaml"
    config.write_text(config.read_text().replace("  - JWT_SECRET\n", "  - JWT_SECRET\n  - SHOP_PASSWORD\n"))
    done = run("", service, "--image", "shop")
    assert done.returncode == 2
    assert "error[missing-secret]: SHOP_PASSWORD is not set" in done.stderr
