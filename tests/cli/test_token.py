"""`pymacaron token`: what is in it, whose secret signs it, and when there is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.auth.algorithms import secret_key
from pymacaron.auth.tokens import Fixed, Issuer, verify

from .conftest import Command

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SECRET = "a secret of this test, of 32 bytes or more"
CONFIG = """\
name: shop
live_host: https://shop.example.com
jwt_issuer: shop.example.com
jwt_audience: shop
jwt_secret: SHOP_SECRET
env_secrets: [SHOP_SECRET, SHOP_OTHER]
"""


@pytest.fixture(autouse=True)
def service(tmp_path: Path) -> None:
    (tmp_path / "pym-config.yaml").write_text(CONFIG)
    (tmp_path / ".env").write_text(f"PYM_ENV=dev\nSHOP_SECRET='{SECRET}'\n")


def claims(printed: str) -> dict[str, Any]:
    """Those of the one token that is *printed*."""
    (token,) = printed.splitlines()
    issuers = {"shop.example.com": Issuer("shop.example.com", "shop", Fixed([secret_key(SECRET)]))}
    return verify(token, issuers=issuers, now=time.time())


def test_nothing_but_a_token_is_printed_signed_with_the_secret_of_dot_env(pymacaron: Command) -> None:
    done = pymacaron("token", "--user", "u1")
    assert (done.returncode, done.stderr) == (0, "")
    found = claims(done.stdout)
    assert (found["sub"], found["exp"] - found["iat"]) == ("u1", 86400)


def test_a_service_takes_the_token(tmp_path: Path, run_service: Callable[..., Any]) -> None:
    settings = {"PYM_WITH_ASYNC": "false"}  # which would leave a file there
    with run_service("werkzeug", EXAMPLES / "helloworld", tmp_path / "log", **settings) as service:
        token = service.run("-m", "pymacaron", "token", "--user", "u1", PYM_ENV="dev")
        assert service.get("/me", {"Authorization": f"Bearer {token}"}).json == {"user_id": "u1"}


def test_claims_are_json_or_else_texts_and_a_time_has_a_unit(pymacaron: Command) -> None:
    given = ["--claims", 'a=[1,{"b":null}]', "admin=true", "scope=orders:read x=y", "n=NaN", "e="]
    found = claims(pymacaron("token", "--user", "u1", "--expires", "15m", *given, "--claims", "f=1.5").stdout)
    own = {name: value for name, value in found.items() if name not in ("iss", "sub", "aud", "iat", "exp")}
    assert own == {"a": [1, {"b": None}], "admin": True, "scope": "orders:read x=y", "n": "NaN", "e": "", "f": 1.5}
    assert found["exp"] - found["iat"] == 900


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--user", ""], "Say whose token it is: --user u1, or default_user_id in pym-config.yaml."),
        (["--expires", "1w"], "Invalid value for '--expires': '1w' is no time. Write it as 30s, 15m, 1h or 7d."),
        (["--claims", "admin"], "Invalid value for '--claims': 'admin' is no claim. Write it as role=admin."),
        (["--claims", "sub=u2"], "Invalid value for '--claims': 'sub' is no claim of your own: --user says it."),
        (["--claims", "a=1", "a=2"], "Invalid value for '--claims': 'a' is given twice."),
        (["u1"], "'u1' belongs to no option. Did you mean --user or --claims?"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], told: str, pymacaron: Command) -> None:
    done = pymacaron("token", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"Error: {told}\n")


def test_outside_of_development_it_is_refused_unless_forced(tmp_path: Path, pymacaron: Command) -> None:
    refused = pymacaron("token", "--user", "u1", PYM_ENV="production")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("error: this is not development: PYM_ENV is 'production'. Set PYM_ENV=dev, ")
    assert claims(pymacaron("token", "--user", "u1", "--force", PYM_ENV="production").stdout)["sub"] == "u1"
    (tmp_path / ".env").write_text(f"SHOP_SECRET='{SECRET}'\n")
    assert "PYM_ENV is not set" in pymacaron("token", "--user", "u1").stderr


def test_a_secret_that_is_not_set_is_named(tmp_path: Path, pymacaron: Command) -> None:
    (tmp_path / ".env").unlink()
    done = pymacaron("token", "--user", "u1", PYM_ENV="dev")
    assert (done.returncode, done.stdout) == (1, "")
    assert "SHOP_SECRET is not set; env_secrets asks for it, and so does jwt_secret (line 5)" in done.stderr
    assert "Set it with: export SHOP_SECRET=..." in done.stderr


def test_a_secret_that_is_too_short_is_told_and_never_shown(pymacaron: Command) -> None:
    warned = pymacaron("token", "--user", "u1", SHOP_SECRET="shortone")
    assert warned.returncode == 0
    assert "warning[weak-development-secret]: jwt_secret has 8 bytes" in warned.stderr
    refused = pymacaron("token", "--user", "u1", "--force", SHOP_SECRET="shortone", PYM_ENV="production")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "error[weak-secret]: jwt_secret has 8 bytes" in refused.stderr
    assert "shortone" not in warned.stdout + warned.stderr + refused.stderr


def test_without_a_config_or_with_one_that_cannot_be_read_it_says_so(tmp_path: Path, pymacaron: Command) -> None:
    (tmp_path / "pym-config.yaml").write_text("name: [\n")
    broken = pymacaron("token", "--user", "u1")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "pym-config.yaml" in broken.stderr
    assert "error[yaml-syntax]" in broken.stderr
    (tmp_path / "pym-config.yaml").unlink()
    missing = pymacaron("token", "--user", "u1")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("error: jwt_secret is not set: there is no ")
    (tmp_path / ".env").write_text(f"it is {SECRET}\n")
    unread = pymacaron("token", "--user", "u1")
    assert unread.returncode == 1
    assert SECRET not in unread.stderr
