"""
Images that go to Amazon's registry, for real as far as can be: docker, a registry that asks for a password, boto3 over
HTTP; moto answers for ECR, and what it answers leads docker to that registry.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from cloud.images import HTPASSWD
from harbour.daemon import dock
from harbour.registries import registry
from releases.served import clone, commit
from upstreams.aws import Aws

from pymacaron.deploy.infrastructure import policies
from pymacaron.deploy.infrastructure.actions import ACTIONS
from pymacaron.deploy.infrastructure.needs import Needs
from pymacaron.deploy.settings import Wanted

ROOT = Path(__file__).resolve().parents[3]
NEEDS = Needs(Wanted("shop", "shop", "shop-live", "https://x", instance_profile="i", service_role="s"))
PUSHES = {one.name for one in ACTIONS if one.command in ("image", "docker")}
#: Of those, what docker asks for when it pulls
PULLS = {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
OWN = "FROM scratch\nARG PYM_CONTAINER_VERSION\nENV PYM_CONTAINER_VERSION=$PYM_CONTAINER_VERSION\nCOPY server.py /\n"


@dataclass
class Shop:
    aws: Cloud
    host: str
    folder: Path
    logins: Path

    def environ(self, **variables: str) -> dict[str, str]:
        own = {"DOCKER_HOST": self.host, "DOCKER_CONFIG": str(self.logins), "PYTHONPATH": str(ROOT / "src")}
        return {**self.aws.environ, **own, **variables}

    def image(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pymacaron", "image", "--push", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environ(**variables), capture_output=True, text=True, check=False
        )

    def docker(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *words], env=self.environ(**variables), capture_output=True, text=True, check=False
        )

    def named(self, name: str) -> None:
        """The same under another name, which has no repository yet."""
        config = self.folder / "pym-config.yaml"
        lines = [line for line in config.read_text().splitlines() if "application:" not in line]
        config.write_text("\n".join(lines).replace("deploy:", f"deploy:\n  application: {name}", 1))
        commit(self.folder)


def new_name() -> str:
    """Of a repository: the registry keeps what other tests have pushed."""
    return f"shop-{os.urandom(4).hex()}"


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    """A docker daemon and a registry."""
    with dock() as host, registry(HTPASSWD) as place:
        yield host, place


@pytest.fixture
def shop(own_moto: Aws, places: tuple[str, str], tmp_path: Path) -> Iterator[Shop]:
    host, place = places
    with cloud(tmp_path, own_moto, registry=place) as aws:
        name = new_name()
        folder = clone(tmp_path, "https://x.example.com", "  tags: {team: web}\n")
        (folder / "Dockerfile").write_text(OWN)
        made = Shop(aws, host, folder, tmp_path / "logins")
        made.named(name)
        yield made
        names = made.docker("image", "ls", "--quiet", "--filter", f"label=org.opencontainers.image.title={name}")
        made.docker("image", "rm", "--force", *dict.fromkeys(names.stdout.split()))


def test_an_image_is_pushed_to_a_repository_that_is_made_and_pulled_by_its_digest(shop: Shop) -> None:
    done = shop.image("--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    repository, _, tag = told["image"].rpartition(":")
    assert (told["pushed"], tag) == (True, told["label"])
    assert repository.startswith(f"{shop.aws.images.host}/shop-")  # as AWS says, and not as its names are made up
    ecr = shop.aws.client("ecr")
    (made,) = ecr.describe_repositories()["repositories"]
    assert made["repositoryUri"] == repository
    assert (made["imageTagMutability"], made["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    found = ecr.describe_images(repositoryName=made["repositoryName"], imageIds=[{"imageTag": tag}])["imageDetails"]
    assert [one["imageDigest"] for one in found] == [told["digest"]]
    shop.docker("image", "rm", "--force", told["image"])
    pulled = shop.docker("pull", "--quiet", f"{repository}@{told['digest']}")
    assert pulled.returncode == 0, pulled.stderr
    fetched = json.loads(shop.docker("image", "inspect", f"{repository}@{told['digest']}").stdout)
    assert fetched[0]["Id"] == told["id"]


def test_the_registry_lets_nobody_in_who_was_not_logged_in(shop: Shop, tmp_path: Path) -> None:
    told = json.loads(shop.image("--json").stdout)
    name = f"{told['image'].rpartition(':')[0]}@{told['digest']}"
    pulled = shop.docker("pull", name, DOCKER_CONFIG=str(tmp_path / "nobody"))
    assert (pulled.returncode, "no basic auth credentials" in pulled.stderr) == (1, True), pulled.stderr


def test_the_password_goes_over_stdin(shop: Shop, tmp_path: Path) -> None:
    real = subprocess.run(["which", "docker"], capture_output=True, text=True, check=True).stdout.strip()
    said = shim(tmp_path, f'echo "$@" >> {tmp_path}/said; exec {real} "$@"')
    assert shop.image(PATH=said).returncode == 0
    lines = (tmp_path / "said").read_text().splitlines()
    assert [line for line in lines if line.startswith("login")] == [
        f"login --username AWS --password-stdin {shop.aws.images.host}"
    ]
    assert "auth-token" not in "".join(lines)


def test_the_same_again_builds_and_pushes_nothing(shop: Shop) -> None:
    first = json.loads(shop.image("--json").stdout)
    shop.docker("image", "rm", "--force", first["image"])
    shop.aws.forget()
    shop.aws.images.asked.clear()
    again = shop.image()
    assert (again.returncode, again.stdout) == (0, f"{first['image']} is in the registry already: {first['digest']}\n")
    assert [call.operation for call in shop.aws.calls] == ["DescribeRepositories", "DescribeImages"]
    assert (shop.aws.images.asked, shop.docker("image", "inspect", first["image"]).returncode) == ([], 1)


def test_a_run_that_was_killed_once_docker_had_pushed_goes_on(shop: Shop, tmp_path: Path) -> None:
    real = subprocess.run(["which", "docker"], capture_output=True, text=True, check=True).stdout.strip()
    killing = shim(tmp_path, f'test "$1" = push || exec {real} "$@"; {real} "$@" > /dev/null; kill -9 $PPID')
    killed = shop.image(PATH=killing)
    assert killed.returncode == -9
    assert "PutImage" in shop.aws.images.asked
    again = shop.image("--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["pushed"], told["digest"][:7]) == (0, False, "sha256:")


def test_a_tag_of_ones_own_that_is_there_is_not_moved(shop: Shop) -> None:
    assert shop.image("--tag", "mine").returncode == 0
    (shop.folder / "server.py").write_text("# another\n")
    done = shop.image("--tag", "mine")
    assert done.returncode == 1
    assert done.stderr.endswith(
        ":mine is there already, and its tags are not moved. Choose another --tag, or leave it out\n"
    )


def test_a_push_asks_for_what_the_policy_has_and_for_nothing_else(shop: Shop) -> None:
    policy = shop.aws.permit(policies.deployer(NEEDS))
    told = json.loads(shop.image("--json").stdout)
    shop.docker("image", "rm", "--force", told["image"])
    # as an acceptance test of an image does that somebody else has pushed
    assert shop.docker("pull", told["image"]).returncode == 0
    assert sorted(policy.used) == sorted(PUSHES)


@pytest.mark.parametrize("name", sorted(PUSHES - PULLS))
def test_a_push_that_lacks_an_action_tells_its_name(shop: Shop, name: str) -> None:
    shop.aws.permit(lacking(policies.deployer(NEEDS), name))
    done = shop.image()
    assert (done.returncode, name in done.stderr.splitlines()[-1]) == (1, True), done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(PULLS))
def test_a_pull_that_lacks_an_action_tells_its_name(shop: Shop, name: str) -> None:
    image = json.loads(shop.image("--json").stdout)["image"]
    shop.docker("image", "rm", "--force", image)
    shop.aws.permit(lacking(policies.deployer(NEEDS), name))
    done = shop.docker("pull", image)
    assert (done.returncode, name in done.stderr) == (1, True), done.stderr


def lacking(document: dict[str, object], name: str) -> dict[str, object]:
    """The policy *document*, of which one action is taken away."""
    statements = document["Statement"]
    assert isinstance(statements, list)
    left = [{**one, "Action": [other for other in one["Action"] if other != name]} for one in statements]
    return {**document, "Statement": left}


def shim(folder: Path, script: str) -> str:
    """A PATH whose docker does what *script* says."""
    program = folder / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"
