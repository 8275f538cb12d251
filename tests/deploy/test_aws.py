"""The calls of AWS, against a server that answers as it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from pymacaron.deploy.aws import Account, Called, Identity
from pymacaron.deploy.failures import (
    DeniedError,
    DeployError,
    ExpiredError,
    RefusedError,
    UnknownOutcomeError,
)

IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/releaser</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
SWAPPED = "<SwapEnvironmentCNAMEsResponse></SwapEnvironmentCNAMEsResponse>"


def error(code: str, told: str = "told") -> str:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{told}</Message></Error></ErrorResponse>"
    )


def page(names: list[str], token: str = "") -> str:
    members = "".join(f"<member><EnvironmentName>{name}</EnvironmentName></member>" for name in names)
    more = f"<NextToken>{token}</NextToken>" if token else ""
    result = f"<Environments>{members}</Environments>{more}"
    return (
        '<DescribeEnvironmentsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/">'
        f"<DescribeEnvironmentsResult>{result}</DescribeEnvironmentsResult></DescribeEnvironmentsResponse>"
    )


@dataclass
class Script:
    """What is answered, one after the other: (status, body), or None for a connection that is cut."""

    answers: list[tuple[int, str] | None] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    account: Account = None  # type: ignore[assignment]
    told: list[Called] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(one.operation, one.outcome) for one in self.told]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    made = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            made.asked.append({name: values[0] for name, values in sent.items()})
            answer = made.answers.pop(0)
            if answer is None:
                self.close_connection = True
                return
            body = answer[1].encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sesame-sesame-sesame")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    made.account = Account("eu-west-1", told=made.told.append, sleep=made.slept.append, share=lambda: 1.0)
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def swap(account: Account) -> dict[str, Any]:
    return account.call(
        "elasticbeanstalk",
        "SwapEnvironmentCNAMEs",
        SourceEnvironmentName="shop-1",
        DestinationEnvironmentName="shop-2",
    )


def test_who_asks(script: Script) -> None:
    script.answers = [(200, IDENTITY)]
    assert script.account.identity() == Identity("123456789012", "arn:aws:iam::123456789012:user/releaser")
    assert script.outcomes == [("GetCallerIdentity", "ok")]


def test_a_call_that_aws_is_too_busy_for_is_made_again_until_it_is_not(script: Script) -> None:
    script.answers = [(400, error("Throttling", "Rate exceeded"))] * 8 + [(200, SWAPPED)]
    swap(script.account)
    assert script.outcomes == [("SwapEnvironmentCNAMEs", "Throttling")] * 8 + [("SwapEnvironmentCNAMEs", "ok")]
    assert script.slept == [0.5, 1, 2, 4, 8, 16, 20, 20]


def test_a_call_that_aws_is_always_too_busy_for_ends(script: Script) -> None:
    script.answers = [(400, error("Throttling", "Rate exceeded"))] * 20
    with pytest.raises(RefusedError) as caught:
        swap(script.account)
    assert str(caught.value) == "AWS refused elasticbeanstalk:SwapEnvironmentCNAMEs (Throttling): Rate exceeded"
    assert len(script.asked) == 12


def test_a_write_whose_answer_is_lost_is_made_once(script: Script) -> None:
    script.answers = [None, (200, SWAPPED)]
    with pytest.raises(UnknownOutcomeError) as caught:
        swap(script.account)
    assert str(caught.value) == ("elasticbeanstalk:SwapEnvironmentCNAMEs got no answer: it may have been carried out")
    assert len(script.asked) == 1


def test_a_write_that_breaks_is_made_once(script: Script) -> None:
    script.answers = [(503, error("ServiceUnavailable")), (200, SWAPPED)]
    with pytest.raises(UnknownOutcomeError):
        swap(script.account)
    assert len(script.asked) == 1


def test_a_look_whose_answer_is_lost_is_taken_again(script: Script) -> None:
    script.answers = [None, (500, "no xml"), (200, IDENTITY)]
    assert script.account.identity().account == "123456789012"
    assert len(script.asked) == 3


def test_what_is_not_allowed_is_named_as_policies_name_it(script: Script) -> None:
    script.answers = [(403, error("AccessDenied", "User: me is not authorized"))]
    with pytest.raises(DeniedError) as caught:
        swap(script.account)
    assert caught.value.action == "elasticbeanstalk:SwapEnvironmentCNAMEs"
    assert str(caught.value) == (
        "AWS does not allow elasticbeanstalk:SwapEnvironmentCNAMEs: User: me is not authorized. Allow it: "
        "`pymacaron infra write` has the policy of the deployer, with elasticbeanstalk:SwapEnvironmentCNAMEs in it"
    )


def test_credentials_that_are_over(script: Script) -> None:
    script.answers = [(403, error("ExpiredToken"))]
    with pytest.raises(ExpiredError) as caught:
        swap(script.account)
    assert str(caught.value) == (
        "AWS does not take these credentials for elasticbeanstalk:SwapEnvironmentCNAMEs (ExpiredToken). Log in again, "
        "and run the same command: it goes on where this one has stopped"
    )


def test_all_pages_are_read(script: Script) -> None:
    script.answers = [(200, page(["a", "b"], "more")), (200, page(["c"]))]
    found = script.account.pages("elasticbeanstalk", "DescribeEnvironments", "Environments", ApplicationName="shop")
    assert [one["EnvironmentName"] for one in found] == ["a", "b", "c"]
    assert [one.get("NextToken") for one in script.asked] == [None, "more"]


def test_without_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(DeployError) as caught:
        Account().call("elasticbeanstalk", "DescribeEnvironments")
    assert str(caught.value) == "no AWS region is set. Write aws_region: eu-west-1 into pym-config.yaml, or such"


def test_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(DeployError) as caught:
        Account("eu-west-1", "releaser")
    assert str(caught.value) == (
        "AWS cannot be asked: The config profile (releaser) could not be found. "
        "Look at ~/.aws/config, or run: aws configure"
    )
