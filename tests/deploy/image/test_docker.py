"""What is said where docker does not do it, and which builder is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.deploy.failures import DockerError
from pymacaron.deploy.image.bases import Base, base
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.steps import Steps

DIGEST = f"sha256:{'a' * 64}"


def docker(folder: Path, script: str, **variables: str) -> Docker:
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Docker({"PATH": f"{folder}:/usr/bin:/bin", **variables})


def failure(folder: Path, said: str) -> str:
    with pytest.raises(DockerError) as caught:
        docker(folder, f"echo '{said}' >&2; exit 1").ask("pull", "shop")
    return str(caught.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            "docker pull failed: docker does not answer. Start its daemon: systemctl start docker, or Docker Desktop; "
            "DOCKER_HOST names another one",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///x",
            "docker pull failed: you may not ask docker. Have yourself put into the group docker: "
            "sudo usermod -aG docker $USER, and log in again",
        ),
        (
            "write /var/lib/docker/tmp/x: no space left on device",
            "docker pull failed: the disk of docker is full. Make room: docker system prune",
        ),
        (
            "unauthorized: authentication required",
            "docker pull failed: the registry does not let you. Log in to it: docker login",
        ),
        (
            "Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io: no such host",
            "docker pull failed: the registry cannot be reached. Look at the network, and run the same command again",
        ),
        (
            'error parsing HTTP 403 response body: unexpected end of JSON input: ""',
            "docker pull failed: the registry does not allow it, and does not say what. At ECR it is "
            "ecr:BatchCheckLayerAvailability: `pymacaron infra write` has the policy of the deployer",
        ),
        ("one\nError: what nobody knows", "docker pull failed: Error: what nobody knows"),
    ],
)
def test_what_docker_says_becomes_a_fact_and_a_mend(tmp_path: Path, said: str, told: str) -> None:
    assert failure(tmp_path, said) == told


def test_docker_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DockerError) as caught:
        Docker({"PATH": str(tmp_path)}).ask("version")
    assert str(caught.value) == (
        "docker is not installed, and an image needs it. Look at https://docs.docker.com/engine/install"
    )


@pytest.mark.parametrize(
    ("buildx", "version", "asked", "told"),
    [
        ("echo github.com/docker/buildx v0.12.0", "28.2.2", "", "1 --load --tag shop -"),
        ("echo github.com/docker/buildx v0.12.0", "28.2.2", "0", "0 --tag shop -"),
        ("exit 1", "28.2.2", "", "0 --tag shop -"),
        ("exit 1", "28.2.2", "1", "0 --tag shop -"),
        ("exit 1", "20.10.24+dfsg1", "", "1 --tag shop -"),
        ("exit 1", "20.10.24+dfsg1", "0", "0 --tag shop -"),
    ],
)
def test_the_builder_is_the_best_that_is_there_unless_that_of_old_is_asked_for(
    tmp_path: Path, buildx: str, version: str, asked: str, told: str
) -> None:
    command = docker(
        tmp_path,
        f"case $1 in buildx) {buildx};; version) echo {version};; "
        f"build) shift; cat > {tmp_path}/context; echo $DOCKER_BUILDKIT $@ > {tmp_path}/said;; esac",
        DOCKER_BUILDKIT=asked,
    )
    command.build(["--tag", "shop"], lambda into: into.write(b"a tar") and None)
    assert (tmp_path / "said").read_text() == f"{told}\n"
    assert (tmp_path / "context").read_bytes() == b"a tar"


def test_a_file_that_is_gone_while_it_is_sent_is_told(tmp_path: Path) -> None:
    command = docker(tmp_path, "case $1 in version) echo 20.10;; build) cat > /dev/null; exit 1;; esac")
    with pytest.raises(DockerError) as caught:
        command.build([], lambda into: into.write((tmp_path / "gone").read_bytes()) and None)
    assert str(caught.value) == f"{tmp_path / 'gone'} cannot be read: No such file or directory"


def test_what_a_step_says_is_not_taken_for_what_docker_says(tmp_path: Path) -> None:
    script = "cat > /dev/null; echo Step 2/3 : RUN pip; echo 401 unauthorized; exit 1"
    command = docker(tmp_path, f"case $1 in version) echo 20.10;; build) {script};; esac")
    with pytest.raises(DockerError) as caught:
        command.build([], lambda into: None)
    assert (str(caught.value), caught.value.lines) == ("this step of the image failed: RUN pip", ("401 unauthorized",))


BUILDKIT = """\
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 2.1kB done
#1 DONE 0.0s
#7 [packages 4/4] RUN python -m pip install
#8 [source 2/3] COPY app/ /out/app/
#8 DONE 0.1s
#7 1.204 Collecting flask
#7 2.5 ERROR: no such thing
#7 ERROR: executor failed running [/bin/sh -c python -m pip install]: exit code: 1
------
 > [packages 4/4] RUN python -m pip install:
------
executor failed running [/bin/sh -c python -m pip install]: exit code: 1"""
LEGACY = """\
Sending build context to Docker daemon  30.2MB
Step 3/21 : COPY lock/ ./
 ---> 1a2b3c
Step 4/21 : RUN python -m pip install
 ---> Running in 4d5e6f
Collecting flask
ERROR: no such thing
The command '/bin/sh -c python -m pip install' returned a non-zero code: 1"""


@pytest.mark.parametrize(
    ("said", "failed", "last"),
    [
        (BUILDKIT, "[packages 4/4] RUN python -m pip install", ("Collecting flask", "ERROR: no such thing")),
        (
            LEGACY,
            "RUN python -m pip install",
            (
                "Collecting flask",
                "ERROR: no such thing",
                "The command '/bin/sh -c python -m pip install' returned a non-zero code: 1",
            ),
        ),
    ],
)
def test_the_step_that_has_failed_is_known_with_its_last_lines(said: str, failed: str, last: tuple[str, ...]) -> None:
    steps = Steps()
    for line in said.splitlines():
        steps.take(line)
    assert (steps.failed, steps.last) == (failed, last)


@pytest.mark.parametrize(
    ("name", "found", "reference", "digest"),
    [
        ("python:3.13", f'["python@{DIGEST}"]', f"python@{DIGEST}", DIGEST),
        ("127.0.0.1:5000/python", f'["127.0.0.1:5000/python@{DIGEST}"]', f"127.0.0.1:5000/python@{DIGEST}", DIGEST),
        (f"python:3.13@{DIGEST}", "[]", f"python@{DIGEST}", DIGEST),
        ("mine:1", "[]", "mine:1", ""),
    ],
)
def test_a_base_is_known_by_its_digest(tmp_path: Path, name: str, found: str, reference: str, digest: str) -> None:
    command = docker(tmp_path, f"""echo '[{{"Id": "sha256:1", "Architecture": "arm64", "RepoDigests": {found}}}]'""")
    assert base(name, command) == Base(name, digest, reference, f"{digest} arm64" if digest else "sha256:1")


def test_a_base_that_is_nowhere(tmp_path: Path) -> None:
    script = (
        "case $1 in image) echo 'Error: No such image: x' >&2;; *) echo 'lookup x: no such host' >&2;; esac; exit 1"
    )
    with pytest.raises(DockerError) as caught:
        base("python:9", docker(tmp_path, script))
    assert str(caught.value) == (
        "the base image python:9 is not here, and cannot be fetched: the registry cannot be reached. "
        "Look at the network, and run the same command again"
    )
