"""`pymacaron secrets`: what becomes of values, and that nobody is ever told one."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator

import pytest
from cloud.here import moto
from upstreams.aws import Aws

from pymacaron.deploy.aws import Account
from pymacaron.deploy.failures import DeployError, RefusedError
from pymacaron.deploy.secrets import arns, pushed, secrets
from pymacaron.deploy.settings import Wanted

from .conftest import Service

#: With what a shell, JSON and a repr would change
KEY, TOKEN = "k3y-0f-sh0p-\"'\\-never-told", "t0ken-never-told"
VALUES = {"SHOP_KEY": KEY, "SHOP_TOKEN": TOKEN}
PLACES = {"secretsmanager": "shop/", "ssm": "/shop/"}


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    """Without the policies that AWS manages, which take long to empty, and which nobody asks for here."""
    with moto(policies=False) as running:
        yield running


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, shop: Service) -> str:
    """Where secrets lie."""
    shop.configure("  alarm_email", f"  secrets: {request.param}\n  alarm_email")
    return str(request.param)


def kept(shop: Service, place: str, variable: str) -> str:
    if place == "ssm":
        told = shop.aws.client("ssm").get_parameter(Name=f"/shop/{variable}", WithDecryption=True)["Parameter"]
        assert told["Type"] == "SecureString"
        return str(told["Value"])
    return str(shop.aws.client("secretsmanager").get_secret_value(SecretId=f"shop/{variable}")["SecretString"])


def account(shop: Service, monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in shop.aws.environ.items():
        monkeypatch.setenv(name, value)
    return Account("eu-west-1", sleep=lambda seconds: None)


def wanted(place: str) -> Wanted:
    return Wanted("shop", "shop", "shop", "https://x", secrets=place, env_secrets=("SHOP_KEY", "SHOP_TOKEN"))


def test_what_is_pushed_is_there_and_the_same_again_writes_nothing(shop: Service, place: str) -> None:
    where = PLACES[place]
    dry = shop.run("secrets", "push", "--dry-run", **VALUES)
    assert dry.stdout == f"{where}SHOP_KEY would be created\n{where}SHOP_TOKEN would be created\n"
    assert shop.aws.writes == []
    first = shop.run("secrets", "push", **VALUES)
    assert first.stdout == f"{where}SHOP_KEY created\n{where}SHOP_TOKEN created\n"
    assert (kept(shop, place, "SHOP_KEY"), kept(shop, place, "SHOP_TOKEN")) == (KEY, TOKEN)
    shop.aws.forget()
    again = shop.run("secrets", "push", **VALUES)
    assert again.stdout == f"{where}SHOP_KEY unchanged\n{where}SHOP_TOKEN unchanged\n"
    assert shop.aws.writes == []
    other = shop.run("secrets", "push", "SHOP_KEY", "--json", SHOP_KEY="another-never-told")
    assert json.loads(other.stdout) == [
        {"variable": "SHOP_KEY", "name": f"{where}SHOP_KEY", "state": "updated", "done": True}
    ]
    assert kept(shop, place, "SHOP_KEY") == "another-never-told"
    told = "".join(done.stdout + done.stderr for done in (dry, first, again, other))
    assert "never-told" not in told


def test_check_tells_what_is_missing_and_what_differs(shop: Service, place: str) -> None:
    where = PLACES[place]
    (shop.folder / ".env").write_text(f"SHOP_TOKEN='{TOKEN}'\n")
    shop.run("secrets", "push", "SHOP_TOKEN")
    done = shop.run("secrets", "check", SHOP_KEY=KEY)
    assert (done.returncode, done.stdout) == (
        1,
        f"{where}SHOP_KEY is missing\n{where}SHOP_TOKEN is the same here and there\n",
    )
    done = shop.run("secrets", "check", "SHOP_TOKEN", SHOP_TOKEN="x-never-told")
    assert (done.returncode, done.stdout) == (1, f"{where}SHOP_TOKEN differs from what is set here\n")
    (shop.folder / ".env").unlink()
    done = shop.run("secrets", "check", "SHOP_TOKEN")
    assert (done.returncode, done.stdout) == (0, f"{where}SHOP_TOKEN is there; not set here, so not compared\n")


def test_list_tells_names_arns_and_when_they_were_changed(shop: Service, place: str) -> None:
    shop.run("secrets", "push", "SHOP_KEY", **VALUES)
    first, second = json.loads(shop.run("secrets", "list", "--json").stdout)
    kind = "parameter" if place == "ssm" else "secret:shop"
    assert re.fullmatch(rf"arn:aws:{place}:eu-west-1:123456789012:{kind}/(shop/)?SHOP_KEY(-\w{{6}})?", first["arn"])
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["changed"])
    assert second == {"variable": "SHOP_TOKEN", "name": f"{PLACES[place]}SHOP_TOKEN", "arn": None, "changed": None}


def test_nothing_is_pushed_where_a_variable_is_not_set(shop: Service) -> None:
    done = shop.run("secrets", "push", SHOP_KEY=KEY)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "error: SHOP_TOKEN is not set, and nothing was pushed. Set them, here or in .env, or name those to push: "
        "secrets push VARIABLE\n",
    )
    assert shop.aws.writes == []


def test_a_word_that_is_no_variable_is_not_shown_since_it_may_be_a_value(shop: Service) -> None:
    done = shop.run("secrets", "push", "typed-never-told")
    assert done.returncode == 2
    assert done.stderr.endswith("Error: 1 of these are not in env_secrets, which has: SHOP_KEY, SHOP_TOKEN\n")
    assert "never-told" not in done.stderr


def test_all_that_is_missing_is_named_at_once(shop: Service, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = account(shop, monkeypatch)
    where = PLACES[place]
    with pytest.raises(DeployError) as caught:
        arns(wanted(place), asked)
    names = f"SHOP_KEY (as {where}SHOP_KEY), SHOP_TOKEN (as {where}SHOP_TOKEN)"
    assert str(caught.value).endswith(f": {names}. Run: pymacaron secrets push")
    shop.run("secrets", "push", **VALUES)
    found = arns(wanted(place), asked)
    assert list(found) == ["SHOP_KEY", "SHOP_TOKEN"]
    assert all(arn.startswith(f"arn:aws:{place}:eu-west-1:123456789012:") for arn in found.values())


def test_a_secret_that_is_to_be_deleted_is_missing_and_a_push_keeps_it(
    shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("secrets", "push", **VALUES)
    shop.aws.client("secretsmanager").delete_secret(SecretId="shop/SHOP_KEY")
    with pytest.raises(DeployError, match="not in Secrets Manager: SHOP_KEY "):
        arns(wanted("secretsmanager"), account(shop, monkeypatch))
    done = shop.run("secrets", "check", **VALUES)
    assert done.stdout.splitlines()[0] == "shop/SHOP_KEY is going to be deleted"
    done = shop.run("secrets", "push", **VALUES)
    assert done.stdout == "shop/SHOP_KEY updated\nshop/SHOP_TOKEN unchanged\n"
    assert kept(shop, "secretsmanager", "SHOP_KEY") == KEY


def test_plain_text_is_never_taken_for_a_secret(shop: Service) -> None:
    shop.configure("  alarm_email", "  secrets: ssm\n  alarm_email")
    shop.aws.client("ssm").put_parameter(Name="/shop/SHOP_KEY", Value=KEY, Type="String")
    done = shop.run("secrets", "check", "SHOP_KEY", **VALUES)
    assert (done.returncode, done.stdout) == (1, "/shop/SHOP_KEY is plain text, not encrypted\n")
    done = shop.run("secrets", "push", "SHOP_KEY", **VALUES)
    assert (done.returncode, done.stderr) == (
        1,
        "error: /shop/SHOP_KEY is there as plain text, and cannot be made a secret. Delete it, and run this again: "
        "aws ssm delete-parameter --name /shop/SHOP_KEY\n",
    )


def test_a_value_that_is_too_long_is_refused_before_anything_is_sent(shop: Service) -> None:
    shop.configure("  alarm_email", "  secrets: ssm\n  alarm_email")
    done = shop.run("secrets", "push", SHOP_KEY="k" * 4097, SHOP_TOKEN=TOKEN)
    assert (done.returncode, done.stderr) == (
        1,
        "error: SHOP_KEY: longer than the 4096 bytes that Parameter Store takes. Secrets Manager takes more: "
        "deploy: {secrets: secretsmanager}\n",
    )
    assert shop.aws.writes == []


@pytest.mark.parametrize("fault", ["timeout", "error", "cut"])
def test_a_write_whose_answer_is_lost_is_looked_for(
    shop: Service, place: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = secrets(wanted(place), account(shop, monkeypatch))
    action = "ssm:PutParameter" if place == "ssm" else "secretsmanager:CreateSecret"
    shop.aws.fail(fault, action)
    if fault == "timeout":
        assert pushed(at, "SHOP_KEY", KEY) == "created"
        assert kept(shop, place, "SHOP_KEY") == KEY
    else:
        with pytest.raises(DeployError, match="may have been carried out"):
            pushed(at, "SHOP_KEY", KEY)
        shop.aws.heal()
        assert pushed(at, "SHOP_KEY", KEY) == "created"


class Quoting:
    """An AWS that tells the value in what it refuses, as some of its validations do."""

    def call(self, service: str, operation: str, /, **arguments: str) -> dict[str, str]:
        value = arguments.get("SecretString")
        if value is None:
            raise RefusedError("none", code="ResourceNotFoundException")
        told = f"1 validation error detected: Value '{json.dumps(value)[1:-1]}' at 'secretString' is wrong"
        raise RefusedError(f"AWS refused it: {told}", code="ValidationException", told=told)


def test_no_error_tells_a_value_that_aws_tells(caplog: pytest.LogCaptureFixture) -> None:
    at = secrets(wanted("secretsmanager"), Quoting())  # type: ignore[arg-type]
    with caplog.at_level(logging.DEBUG), pytest.raises(DeployError) as caught:
        pushed(at, "SHOP_KEY", KEY)
    assert str(caught.value) == (
        "AWS did not take the value of SHOP_KEY (ValidationException). What it said is not shown, since it has the "
        "value in it. Look at the value"
    )
    said = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(vars(caught.value))
    assert "never-told" not in said
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
