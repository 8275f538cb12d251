"""As whom AWS is asked: which key signs, where the config, ~/.aws and variables name several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pymacaron.deploy.credentials import account, is_profile
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.settings import Wanted

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/somebody</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
WANTED = Wanted("shop", "shop", "shop", "http://shop.example.com", region="eu-west-1")
KEYS = {"aws_access_key_id": "OFCONFIG", "aws_secret_access_key": "secret"}


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """The ids of the keys that calls were signed with. ~/.aws has a profile `releaser`, variables have a key."""
    found: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found.extend(re.findall(r"Credential=(\w+)/", self.headers["Authorization"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(IDENTITY)))
            self.end_headers()
            self.wfile.write(IDENTITY)

        def log_message(self, *arguments: object) -> None:
            pass

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text("[releaser]\naws_access_key_id = OFPROFILE\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OFVARIABLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield found
        server.shutdown()


@pytest.mark.parametrize(
    ("user", "values", "key", "is_known"),
    [
        (None, {}, "OFVARIABLE", False),
        ("releaser", {}, "OFPROFILE", True),
        ("somebody", {}, "OFVARIABLE", False),  # no such profile: the gate compares who that is
        ("releaser", KEYS, "OFCONFIG", False),
        (None, KEYS, "OFCONFIG", False),
        (None, {"aws_access_key_id": "HALF"}, "OFVARIABLE", False),
    ],
)
def test_who_asks(signed: list[str], user: str | None, values: dict[str, str], key: str, is_known: bool) -> None:
    wanted = replace(WANTED, user=user)
    account(wanted, values).identity()
    assert (signed, is_profile(wanted, values)) == ([key], is_known)


def test_a_variable_that_names_no_profile_is_told(signed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(DeployError, match=r"The config profile \(nobody\) could not be found"):
        account(replace(WANTED, user="releaser"), {})
    assert signed == []
