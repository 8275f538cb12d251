"""What keeps a release from being made, each by itself; tests/deploy/test_commands.py has how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pymacaron.config.files import read_file
from pymacaron.config.resolving import resolve
from pymacaron.deploy.aws import Identity
from pymacaron.deploy.failures import RefusedError
from pymacaron.deploy.gates import Uses, of_account, of_data, of_lock, urls, uses
from pymacaron.deploy.secrets import there
from pymacaron.deploy.settings import Wanted

WANTED = Wanted("shop", "shop", "shop", "http://shop.example.com", base_image="python:3.13-slim")
VARIABLES = "aws:elasticbeanstalk:application:environment"


def codes(tmp_path: Path, config: str, wanted: Wanted) -> list[str]:
    (tmp_path / "pym-config.yaml").write_text(config)
    bare = resolve(read_file(str(tmp_path / "pym-config.yaml")), environ={})
    return [one.code for one in of_data(urls(bare, wanted), Uses("work.py", "apis/shop.yaml"))]


@pytest.mark.parametrize(
    ("config", "secrets", "variables", "refused"),
    [
        ("name: shop", (), {}, ["embedded-queue", "embedded-store"]),
        ("broker_url: memory://\nstore_url: sqlite:///shop.sqlite3", (), {}, ["embedded-queue", "embedded-store"]),
        ("broker_url: sqs://\nstore_url: dynamodb://", (), {}, []),
        # A URL with a password is a secret, which this machine need not have
        ("broker_url: BROKER\nenv_secrets: [BROKER]\nstore_url: dynamodb://", ("BROKER",), {}, []),
        ("store_url: dynamodb://", ("PYM_BROKER_URL",), {}, []),
        ("store_url: dynamodb://", (), {"PYM_BROKER_URL": "sqs://"}, []),
        ("store_url: dynamodb://\nbroker_url: sqs://", (), {"PYM_BROKER_URL": "memory://"}, ["embedded-queue"]),
    ],
)
def test_a_queue_and_a_store_have_to_be_elsewhere_than_on_an_instance(
    tmp_path: Path, config: str, secrets: tuple[str, ...], variables: dict[str, str], refused: list[str]
) -> None:
    options = {(VARIABLES, name): value for name, value in variables.items()}
    assert codes(tmp_path, config, replace(WANTED, env_secrets=secrets, options=options)) == refused


def test_the_refusal_of_a_queue_names_the_setting() -> None:
    [refusal] = of_data({"broker_url": "", "store_url": ""}, Uses(tasks="helloworld/tasks.py"))
    assert str(refusal) == (
        "refused[embedded-queue]: tasks (helloworld/tasks.py) wait in a file of the instance: instances come and go, "
        "and it goes with them. Set broker_url: sqs://, or the variable of env_secrets that has rediss://..."
    )


@pytest.mark.parametrize(("is_profile", "refused"), [(True, []), (False, ["user"])])
def test_the_profile_that_aws_user_names_is_who_was_wanted(is_profile: bool, refused: list[str]) -> None:
    role = Identity("123456789012", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Release_1/kim")
    found = of_account(replace(WANTED, user="releaser"), role, is_profile)
    assert [one.code for one in found] == refused


def test_the_lock_that_an_image_would_make_has_to_be_there(tmp_path: Path) -> None:
    def told() -> list[str]:
        return [str(one) for one in of_lock(tmp_path, WANTED)]

    assert told() == [
        "refused[no-lock]: nothing says what the service needs: no requirements.txt, no dependencies in "
        "pyproject.toml. Write a requirements.txt with a line pymacaron, and one for whatever else the service imports"
    ]
    (tmp_path / "requirements.txt").write_text("pymacaron\n")
    assert told() == [
        "refused[no-lock]: requirements.txt has no hashes, and there is no requirements.lock of it for this base. "
        "Have it made, and commit requirements.lock: pymacaron image, or overrule it: --dirty"
    ]
    (tmp_path / "requirements.txt").write_text(f"pymacaron==3.0.0 --hash=sha256:{'a' * 64}\n")
    assert told() == []
    (tmp_path / "requirements.txt").unlink()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert told() == []


class Kept:
    """AWS, with secrets of which one is to be deleted, and a parameter."""

    region = "eu-west-1"

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        match operation, arguments:
            case "DescribeSecret", {"SecretId": "shop/A"}:
                return {"ARN": "arn:A"}
            case "DescribeSecret", {"SecretId": "shop/ENDING"}:
                return {"ARN": "arn:E", "DeletedDate": "2026-01-02"}
            case "GetParameters", {"Names": ["/shop/A"], "WithDecryption": False}:
                return {"Parameters": [{"ARN": "arn:P", "Type": "SecureString"}]}
            case "GetParameters", _:
                return {"Parameters": [], "InvalidParameters": arguments["Names"]}
        raise RefusedError(operation, code="ResourceNotFoundException", told="")

    def pages(self, service: str, operation: str, member: str, /, **arguments: Any) -> Iterator[Any]:
        raise AssertionError(operation)


@pytest.mark.parametrize(("place", "arn"), [("secretsmanager", "arn:A"), ("ssm", "arn:P")])
def test_secrets_that_are_there_have_an_arn_and_one_that_is_to_be_deleted_has_none(place: str, arn: str) -> None:
    wanted = replace(WANTED, secrets=place, env_secrets=("A", "ENDING", "MISSING"))
    assert there(wanted, Kept()) == {"A": arn}


@pytest.mark.parametrize(
    ("name", "text", "used"),
    [
        ("work.py", "@asynctask\ndef it(): ...\n", Uses(tasks="work.py")),
        ("work.py", "@tasks.asynctask(retries=3)\ndef it(): ...\n", Uses(tasks="work.py")),
        ("work.py", "# @asynctask\n", Uses()),
        ("apis/shop.yaml", "Order:\n  x-persist: {table: orders}\n", Uses(store="apis/shop.yaml")),
        ("apis/shop.yaml", "Order: {type: object, x-persist: {table: orders}}\n", Uses(store="apis/shop.yaml")),
        ("apis/shop.json", '{"Order":{"x-persist":{"table":"orders"}}}', Uses(store="apis/shop.json")),
        ("apis/shop.yaml", "# Order: {x-persist: {table: orders}}\n", Uses()),
    ],
)
def test_tasks_and_models_are_found_however_they_are_written(tmp_path: Path, name: str, text: str, used: Uses) -> None:
    (tmp_path / "apis").mkdir()
    (tmp_path / name).write_text(text)
    assert uses(tmp_path) == used
