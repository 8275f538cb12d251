"""
The image of examples/helloworld, really built, run, stopped, pushed and fetched: this wants docker and docker-registry.

It is built once for all of them, of wheels that are fetched once: nothing in a build asks an index.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harbour.bases import base
from harbour.daemon import dock, docker
from harbour.registries import registry
from harbour.wheels import kept_beside, wheels
from lots import whole

ROOT = Path(__file__).resolve().parents[3]
BASE = "pymacaron-tests-base:slim"
SECRET = secrets.token_hex(32)
WITHIN_S = 60
#: The digest of a layer without a file: an archive that is 1024 zeros
EMPTY = f"sha256:{hashlib.sha256(bytes(1024)).hexdigest()}"
#: As an orchestrator that trusts nobody runs it
STRICT = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
SLOW = """
@app.route("/slow")
def slow():
    import time

    print("a call is under way", flush=True)
    time.sleep(2)
    return "answered"
"""


@dataclass(frozen=True)
class Dock:
    """A daemon, a folder of wheels, and the service whose image was built: what was told of it."""

    host: str
    folder: Path
    told: dict[str, Any]
    notes: str


#: helloworld has a task, and no queue for an instance
TASKS = "tasks wait in a file of the container, which is gone with it, and cannot be written: set broker_url"


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main")
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-02T03:04:05+00:00")
    command = ["git", *names, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **dates}).stdout


def image(host: str, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "JWT_"))}
    return subprocess.run(
        [sys.executable, "-m", "pymacaron", "image", *arguments],
        cwd=folder,
        env={**kept, "DOCKER_HOST": host, "JWT_SECRET": SECRET, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def service(folder: Path, content: Path) -> Path:
    """A clone of the example, as somebody has it whose PyMacaron is on no index, and its first commit."""
    shutil.copytree(
        ROOT / "examples" / "helloworld", folder, ignore=shutil.ignore_patterns("*.sqlite3*", "__pycache__")
    )
    kept_beside(folder, content)
    config = folder / "pym-config.yaml"
    config.write_text(
        config.read_text() + f'broker_url: "memory://"\ndeploy:\n  base_image: {BASE}\n', encoding="utf-8"
    )
    server = folder / "server.py"
    server.write_text(server.read_text().replace("\ndef start(", f"{SLOW}\n\ndef start("))
    (folder / ".gitignore").write_text("wheels/\n.env\n")
    (folder / ".env").write_text(f"JWT_SECRET={SECRET}\n")
    (folder / "helloworld" / "stale.pyc").write_bytes(b"stale")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "one")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dock]:
    with dock() as host:
        base(host, BASE)
        content = wheels(tmp_path_factory)
        folder = service(tmp_path_factory.mktemp("service") / "helloworld", content)
        first = image(host, folder, "--json")
        assert told(first)["label"].split("-")[1] == "dirty", "a lock is made, which is in no commit yet"
        git(folder, "add", ".")
        git(folder, "commit", "--message", "two")
        try:
            yield Dock(host, folder, told(image(host, folder, "--json")), first.stderr)
        finally:
            names = docker(
                host, "image", "ls", "--quiet", "--filter", "label=org.opencontainers.image.title=helloworld"
            )
            docker(host, "image", "rm", "--force", *dict.fromkeys(names.split()), BASE)


def layers(host: str, name: str) -> list[str]:
    found: list[str] = json.loads(docker(host, "image", "inspect", name))[0]["RootFS"]["Layers"]
    return found


@contextmanager
def running(host: str, name: str, *options: str) -> Iterator[tuple[str, int]]:
    """A container of *name*, once it is healthy: its id, and the port at 127.0.0.1."""
    given = ("--env", f"JWT_SECRET={SECRET}", "--env", "WEB_CONCURRENCY=2", "--health-interval", "1s")
    container = docker(host, "run", "--detach", "--publish", "127.0.0.1::8080", *given, *options, name)
    try:
        until(lambda: is_healthy(host, container), lambda: log(host, container))
        ports = json.loads(docker(host, "container", "inspect", container))[0]["NetworkSettings"]["Ports"]
        yield container, int(ports["8080/tcp"][0]["HostPort"])
    finally:
        docker(host, "rm", "--force", "--volumes", container)


def is_healthy(host: str, container: str) -> bool:
    state = json.loads(docker(host, "container", "inspect", container))[0]["State"]
    assert state["Running"], log(host, container)
    return bool(state["Health"]["Status"] == "healthy")


def until(is_so: Callable[[], bool], said: Callable[[], str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, said()
        time.sleep(0.1)


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def log(host: str, container: str) -> str:
    done = subprocess.run(
        ["docker", "logs", container], env={**os.environ, "DOCKER_HOST": host}, capture_output=True, check=True
    )
    return (done.stdout + done.stderr).decode()


def test_what_is_told_of_an_image(built: Dock) -> None:
    commit = git(built.folder, "rev-parse", "HEAD").strip()
    label = built.told["label"]
    assert re.fullmatch(rf"{commit[:12]}-[0-9a-f]{{8}}", label)
    local = f"{BASE} is on this machine only, so there is no digest to pin it by: others cannot make this image"
    assert built.told == {
        "image": f"helloworld:{label}",
        "label": label,
        "id": built.told["id"],
        "size": built.told["size"],
        "digest": None,
        "pushed": False,
        "commit": commit,
        "dirty": [],
        "base": BASE,
        "base_digest": None,
        "lock": "requirements.lock",
        "notes": [TASKS, local],
    }
    assert built.notes == (
        f"note: {TASKS}\n"
        f"note: {local}\n"
        "note: requirements.lock was made of requirements.txt: commit it, and the next image has the same in it\n"
        "note: requirements.lock is not as the commit has it: the label says dirty\n"
    )


def test_it_adds_less_than_80_mb_to_its_base(built: Dock, record_property: Callable[[str, str], None]) -> None:
    added = built.told["size"] - json.loads(docker(built.host, "image", "inspect", BASE))[0]["Size"]
    record_property("told", f"the image of helloworld, with granian: {added / 1e6:.1f} MB over its base")
    assert added < 80_000_000


def test_the_image_says_what_it_is(built: Dock) -> None:
    config = json.loads(docker(built.host, "image", "inspect", built.told["image"]))[0]["Config"]
    assert config["Labels"] == {
        "org.opencontainers.image.base.name": BASE,
        "org.opencontainers.image.created": "2026-01-02T03:04:05+00:00",
        "org.opencontainers.image.revision": built.told["commit"],
        "org.opencontainers.image.title": "helloworld",
        "org.opencontainers.image.version": built.told["label"],
    }
    assert (config["User"], config["StopSignal"], list(config["ExposedPorts"])) == (
        "10001:10001",
        "SIGTERM",
        ["8080/tcp"],
    )
    assert f"PYM_CONTAINER_VERSION={built.told['label']}" in config["Env"]


def test_no_layer_has_a_secret_nor_what_no_running_service_needs(built: Dock, tmp_path: Path) -> None:
    saved = tmp_path / "image.tar"
    docker(built.host, "save", "--output", str(saved), built.told["image"])
    assert SECRET.encode() not in saved.read_bytes()
    found: set[str] = set()
    with tarfile.open(saved) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and file.read(300)[257:262] == b"ustar":
                file.seek(0)
                with tarfile.open(fileobj=file) as layer:
                    found.update(layer.getnames())
    content = {name for name in found if name.startswith("app/")}
    assert {name.split("/")[1] for name in content} == {
        *("LICENSE", "README.md", "apis", "helloworld", "pym-config.yaml", "requirements.txt", "server.py"),
    }
    assert [name for name in content if name.endswith(".pyc") or "test" in name] == []
    assert [name for name in found if name.endswith(".whl") or name.startswith("lock")] == []


def test_it_runs_read_only_without_any_capability(built: Dock) -> None:
    with running(built.host, built.told["image"], *STRICT) as (container, port):
        status, body = get(port, "/version")
        assert (status, json.loads(body)["container"]) == (200, built.told["label"])
        assert docker(built.host, "exec", container, "python", "-c", "import os; print(os.getuid())") == "10001"


def test_its_acceptance_tests_pass(built: Dock) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pymacaron", "test", "--image", built.told["image"], "--", "-p", "no:cacheprovider"],
        cwd=built.folder,
        env={**os.environ, "DOCKER_HOST": built.host, "JWT_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"=+ 20 passed in .*=+", done.stdout.splitlines()[-1])


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_a_call_under_way_is_answered_when_docker_stops_it(built: Dock, server: str) -> None:
    config = built.folder / "pym-config.yaml"
    before = config.read_text()
    config.write_text(f"{before}  server: {server}\n")
    try:
        name = told(image(built.host, built.folder, "--json"))["image"]
    finally:
        config.write_text(before)
    assert layers(built.host, name)[:-1] == layers(built.host, built.told["image"])[:-1]
    with running(built.host, name, *STRICT) as (container, port), ThreadPoolExecutor() as pool:
        call = pool.submit(get, port, "/slow")
        until(lambda: "a call is under way" in log(built.host, container), lambda: log(built.host, container))
        docker(built.host, "stop", "--time", "30", container)
        assert call.result() == (200, b"answered")
        state = json.loads(docker(built.host, "container", "inspect", container))[0]["State"]
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False)


def test_after_a_change_of_source_every_layer_but_the_last_is_as_before(built: Dock) -> None:
    (built.folder / "helloworld" / "more.py").write_text("MORE = 1\n")
    try:
        done = told(image(built.host, built.folder, "--json"))
    finally:
        (built.folder / "helloworld" / "more.py").unlink()
    assert done["dirty"] == ["helloworld/more.py"]
    before, after = layers(built.host, built.told["image"]), layers(built.host, done["image"])
    assert (after[:-1], len(after)) == (before[:-1], len(before))
    assert after[-1] != before[-1]


def test_the_same_commit_in_another_folder_has_the_same_layers_without_any_cache(built: Dock, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    git(built.folder, "clone", "--quiet", str(built.folder), str(other))
    shutil.copytree(built.folder / "wheels", other / "wheels")
    shim = tmp_path / "bin" / "docker"
    shim.parent.mkdir()
    real = shutil.which("docker")
    shim.write_text(f'#!/bin/sh\ntest "$1" != build || {{ shift; set -- build --no-cache "$@"; }}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    done = told(image(built.host, other, "--json", "--tag", "again", PATH=path))
    assert (done["label"], done["image"]) == (built.told["label"], "helloworld:again")
    assert layers(built.host, "helloworld:again") == layers(built.host, built.told["image"])


@whole
@pytest.mark.parametrize("builder", ["0", "1"], ids=["the builder of old", "BuildKit"])
def test_either_builder_makes_the_same_layers_but_for_an_empty_one(built: Dock, tmp_path: Path, builder: str) -> None:
    other = tmp_path / "elsewhere"
    git(built.folder, "clone", "--quiet", str(built.folder), str(other))
    shutil.copytree(built.folder / "wheels", other / "wheels")
    path = f"{with_buildkit()}{os.pathsep}{os.environ['PATH']}"
    done = image(built.host, other, "--json", "--tag", f"builder-{builder}", PATH=path, DOCKER_BUILDKIT=builder)
    assert told(done)["label"] == built.told["label"]
    made = layers(built.host, f"helloworld:builder-{builder}")
    assert full(made) == full(layers(built.host, built.told["image"]))
    assert made.count(EMPTY) == int(builder)  # of WORKDIR, though the folder is there


def full(found: list[str]) -> list[str]:
    return [one for one in found if one != EMPTY]


def with_buildkit() -> str:
    """The first folder of PATH whose docker has BuildKit: in itself, before version 23, or by buildx."""
    for folder in os.environ["PATH"].split(os.pathsep):
        command = Path(folder, "docker")
        if command.is_file() and ("docker/buildx" in said(command, "buildx", "version") or is_old(command)):
            return folder
    reason = "no docker here has BuildKit: apt-get install docker.io"
    assert not os.environ.get("CI"), reason
    pytest.skip(reason)


def is_old(command: Path) -> bool:
    version = said(command, "version", "--format", "{{.Client.Version}}")
    return version.partition(".")[0].isdigit() and int(version.partition(".")[0]) < 23


def said(command: Path, *words: str) -> str:
    return subprocess.run([command, *words], capture_output=True, text=True, check=False).stdout


def test_an_image_is_pushed_once_and_fetched_by_its_digest(built: Dock) -> None:
    config = built.folder / "pym-config.yaml"
    with registry() as place:
        config.write_text(f"docker_repo: {place}/shops\n{config.read_text()}")
        git(built.folder, "commit", "--all", "--message", "a registry")
        try:
            pushed = told(image(built.host, built.folder, "--push", "--json"))
            again = image(built.host, built.folder, "--push")
        finally:
            git(built.folder, "reset", "--hard", "HEAD~1")
        name, digest = pushed["image"], pushed["digest"]
        assert (name, pushed["pushed"]) == (f"{place}/shops/helloworld:{pushed['label']}", True)
        assert (again.returncode, again.stdout) == (0, f"{name} is in the registry already: {digest}\n")
        docker(built.host, "image", "rm", "--force", name)
        docker(built.host, "pull", "--quiet", f"{place}/shops/helloworld@{digest}")
        fetched = json.loads(docker(built.host, "image", "inspect", f"{place}/shops/helloworld@{digest}"))[0]
        assert fetched["Id"] == pushed["id"]


def test_a_dockerfile_of_the_users_own_wins(built: Dock) -> None:
    own = built.folder / "Dockerfile"
    own.write_text(
        f"FROM {BASE}\nARG PYM_CONTAINER_VERSION\nENV PYM_CONTAINER_VERSION=$PYM_CONTAINER_VERSION\nCOPY . /x\n"
    )
    try:
        done = told(image(built.host, built.folder, "--json"))
        shown = image(built.host, built.folder, "--show").stdout
    finally:
        own.unlink()
    assert shown.splitlines()[-1] == "COPY . /x"
    assert done["notes"] == [
        TASKS,
        "the Dockerfile of this folder is used: base, dependencies and user are what it says",
        "Dockerfile is not as the commit has it: the label says dirty",
    ]
    (config,) = json.loads(docker(built.host, "image", "inspect", done["image"]))
    assert f"PYM_CONTAINER_VERSION={done['label']}" in config["Config"]["Env"]


def test_a_step_that_fails_is_told_with_its_last_lines(built: Dock) -> None:
    lock = built.folder / "requirements.lock"
    before = lock.read_text()
    lock.write_text(re.sub(r"(gunicorn==\S+ \\\n    --hash=sha256:)[0-9a-f]{64}", rf"\g<1>{'0' * 64}", before))
    try:
        done = image(built.host, built.folder)
    finally:
        lock.write_text(before)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[-1].startswith("error: this step of the image failed: ")
    assert "python -m venv --without-pip /venv" in lines[-1]
    assert lines[-1].endswith("Look what has changed. Where it was to change, make the lock anew")
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    assert len(lines) < 30


def test_a_lock_is_made_anew_once_what_it_is_made_of_has_changed_and_pip_says_what_it_does_not_find(
    built: Dock,
) -> None:
    wanted = built.folder / "requirements.txt"
    before = wanted.read_text()
    wanted.write_text(f"{before}no-such-thing==1\n")
    try:
        done = image(built.host, built.folder)
    finally:
        wanted.write_text(before)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No matching distribution found for no-such-thing==1" in done.stderr
    last = f"error: pip finds no distributions that do for requirements.txt in {BASE}. Look at what it says"
    assert done.stderr.splitlines()[-1] == last
