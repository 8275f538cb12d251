"""Where images go by docker_repo, and Amazon's registry, as moto has it."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from upstreams.aws import Aws

from pymacaron.deploy.aws import Account
from pymacaron.deploy.failures import DockerError
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.ecr import Repository
from pymacaron.deploy.image.registries import registry
from pymacaron.deploy.settings import Wanted

SHOP = Wanted(name="shop", application="Shop", cname="shop", live_url="https://shop.example.com", tags={"team": "web"})
DIGEST = f"sha256:{'a' * 64}"


def nobody() -> NoReturn:
    raise AssertionError("AWS is not asked")


@pytest.fixture
def account(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    return Account(aws.region, keys={"aws_access_key_id": aws.key_id, "aws_secret_access_key": aws.secret})


def docker(folder: Path, script: str) -> Docker:
    """A docker command that does what *script* says; its arguments and stdin are written to *folder*/said."""
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/said\n{script}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Docker({"PATH": f"{folder}:/usr/bin:/bin"})


@pytest.mark.parametrize(
    ("repo", "repository"),
    [
        ("example", "example/shop"),
        ("127.0.0.1:5000", "127.0.0.1:5000/shop"),
        ("registry.example.com/shops/", "registry.example.com/shops/shop"),
    ],
)
def test_what_docker_repo_means(repo: str, repository: str) -> None:
    assert registry(replace(SHOP, repo=repo), nobody).repository == repository


def test_without_docker_repo_it_is_made_at_amazon_once(account: Account) -> None:
    wanted = replace(SHOP, application="made-once")
    uri = registry(wanted, lambda: account).repository
    assert uri == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/made-once"
    (made,) = account.call("ecr", "DescribeRepositories", repositoryNames=["made-once"])["repositories"]
    assert (made["imageTagMutability"], made["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    tags = account.call("ecr", "ListTagsForResource", resourceArn=made["repositoryArn"])["tags"]
    assert tags == [{"Key": "team", "Value": "web"}]
    assert registry(wanted, lambda: account).repository == uri
    assert registry(replace(wanted, repo=uri.partition("/")[0]), lambda: account).repository == uri


def image(account: Account, name: str, tag: str) -> Any:
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": DIGEST},
        "layers": [],
    }
    told = account.call("ecr", "PutImage", repositoryName=name, imageManifest=json.dumps(manifest), imageTag=tag)
    return told["image"]["imageId"]["imageDigest"]


def test_amazon_tells_the_digest_of_a_tag_that_is_there(account: Account) -> None:
    found = Repository(account, "shop-digest", {})
    assert found.digest("one") is None
    found.made()
    assert found.digest("one") is None
    digest = image(account, "shop-digest", "one")
    assert found.digest("one") == digest


def test_docker_logs_in_to_amazon_without_a_password_on_its_command_line(account: Account, tmp_path: Path) -> None:
    found = Repository(account, "shop-login", {})
    found.made()
    found.log_in(docker(tmp_path, f"cat >> {tmp_path}/stdin"))
    said = (tmp_path / "said").read_text()
    assert said == "login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com\n"
    assert (tmp_path / "stdin").read_text() == "123456789012-auth-token"


REFUSED = """\
case $1 in login) cat > /dev/null;; push)
echo "tag invalid: The image tag 'one' already exists in the 'shop' repository and cannot be overwritten because the \
repository is immutable."; exit 1;; esac"""


def test_a_tag_that_is_not_moved_and_tells_its_content_is_there(account: Account, tmp_path: Path) -> None:
    wanted = replace(SHOP, application="shop-there")
    place = registry(wanted, lambda: account)
    command = docker(tmp_path, REFUSED)
    with pytest.raises(DockerError):
        place.push("one", command, is_content=True)
    digest = image(account, "shop-there", "one")
    assert place.push("one", command, is_content=True) == digest
    with pytest.raises(DockerError) as caught:
        place.push("one", command, is_content=False)
    assert str(caught.value) == (
        f"{place.repository}:one is there already, and its tags are not moved. Choose another --tag, or leave it out"
    )


def test_the_digest_of_a_push_is_what_docker_says(tmp_path: Path) -> None:
    place = registry(replace(SHOP, repo="example"), nobody)
    command = docker(tmp_path, f"echo The push refers to repository; echo one: digest: {DIGEST} size: 1159")
    assert place.push("one", command, is_content=True) == DIGEST
    assert (tmp_path / "said").read_text() == "push example/shop:one\n"


def test_an_image_of_a_commit_has_the_commit_as_a_tag_too(tmp_path: Path) -> None:
    place = registry(replace(SHOP, repo="example"), nobody)
    command = docker(tmp_path, f"echo one: digest: {DIGEST} size: 1159")
    for tag in ("0123456789ab-00000000", "0123456789ab-dirty-00000000", "unversioned-00000000"):
        assert place.push(tag, command, is_content=True) == DIGEST
    assert (tmp_path / "said").read_text().splitlines() == [
        "push example/shop:0123456789ab-00000000",
        "tag example/shop:0123456789ab-00000000 example/shop:0123456789ab",
        "push example/shop:0123456789ab",
        "push example/shop:0123456789ab-dirty-00000000",
        "push example/shop:unversioned-00000000",
    ]


def test_a_registry_that_moves_no_tag_keeps_that_of_the_commit(tmp_path: Path) -> None:
    place = registry(replace(SHOP, repo="example"), nobody)
    script = f'case "$2" in *:0123456789ab) exit 1;; esac; echo one: digest: {DIGEST} size: 1159'
    assert place.push("0123456789ab-00000000", docker(tmp_path, script), is_content=True) == DIGEST


def test_a_registry_that_lets_nobody_in_is_told_by_who_looks_for_a_commit(tmp_path: Path) -> None:
    place = registry(replace(SHOP, repo="example"), nobody)
    with pytest.raises(DockerError, match="the registry does not let you"):
        place.of_commit("0123456789ab", docker(tmp_path, "echo unauthorized: authentication required >&2; exit 1"))
    assert place.of_commit("0123456789ab", docker(tmp_path, "echo no such manifest: x >&2; exit 1")) is None


def test_a_registry_that_cannot_be_asked_has_no_image_yet(tmp_path: Path) -> None:
    place = registry(replace(SHOP, repo="127.0.0.1:5000"), nobody)
    command = docker(tmp_path, "echo no such manifest >&2; exit 1")
    assert place.digest("one", command) is None
    assert (tmp_path / "said").read_text() == "manifest inspect --verbose --insecure 127.0.0.1:5000/shop:one\n"
