"""The words of breaches: their codes, and the lines that repeat them."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pymacaron.testing.contract import CODES, Budget, budget
from pymacaron.testing.contract.credentials import variable
from pymacaron.testing.contract.hiding import Secrets
from pymacaron.testing.contract.repeating import repeated
from pymacaron.testing.contract.runs import is_loopback, share_of
from pymacaron.testing.contract.words import told

PAGE = Path(__file__).resolve().parents[3] / "docs" / "contract.md"
SECRETS = Secrets({"s3cr3t-token": "$PYM_JWT_TOKEN"})
NONE = Secrets({})


def request(**said: Any) -> dict[str, Any]:
    return {"method": "GET", "url": "http://h/p", "headers": {}, "body": "", "cut": False, **said}


def test_the_page_has_every_code_and_what_it_means() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {name: meaning for name, meaning in rows.items() if name in CODES} == CODES
    assert list(CODES) == sorted(CODES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25", Budget(25)),
        ("60s", Budget(25, 60, once=False)),
        ("2m", Budget(25, 120, once=False)),
        ("1h", Budget(25, 3600, once=False)),
        ("10, 60s", Budget(10, 60, once=True)),
        ("60s,10", Budget(10, 60, once=True)),
    ],
)
def test_a_budget_is_examples_or_a_time_or_both(text: str, expected: Budget) -> None:
    assert budget(text) == expected


@pytest.mark.parametrize("text", ["", "0", "many", "10,20", "1s,2s", "-1", "1d", "1.5m", "0s"])
def test_what_is_no_budget_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is no budget\. Write examples per operation, a time, or both: 25, 60s, 25,5m"
    ):
        budget(text)


def test_a_budget_says_itself_in_words() -> None:
    assert [str(budget(text)) for text in ("25", "60s", "25,60s")] == [
        "25 examples per operation",
        "60 s",
        "25 examples per operation, at most 60 s",
    ]


def test_a_secret_is_a_variable_of_the_shell() -> None:
    sent = request(headers={"Authorization": "Bearer s3cr3t-token", "Accept": "*/*"})
    assert repeated(sent, SECRETS) == 'curl -i http://h/p -H "Authorization: Bearer $PYM_JWT_TOKEN"'
    assert SECRETS.hidden("it said s3cr3t-token") == "it said $PYM_JWT_TOKEN"


def test_each_secret_is_hidden_wherever_it_stands_and_the_longest_first() -> None:
    secrets = Secrets({"abcd": "$A", "abcdef": "$B", "TOKEN": "$C"})
    assert secrets.hidden("abcd abcdef abcd TOKEN $TOKEN") == "$A $B $A $C $$C"
    sent = request(headers={"Cookie": "a=abcd; b=abcdef; c=`"})
    assert repeated(sent, secrets) == 'curl -i http://h/p -H "Cookie: a=$A; b=$B; c=\\`"'


def test_a_short_secret_is_hidden_where_it_is_shown_as_a_credential_and_nowhere_else() -> None:
    secrets = Secrets({"abc": "$KEY", "7": "$PIN"}, ("Authorization", "X-Key", "key"))
    sent = request(
        url="http://h/abc/7?page=7&key=7&q=abc",
        headers={"x-key": "abc", "Authorization": "Bearer abc", "Cookie": "key=abc; size=7", "X-Other": "abc"},
        body=base64.b64encode(b'{"abc": 7}').decode(),
        method="POST",
    )
    assert repeated(sent, secrets) == (
        'curl -i -X POST "http://h/abc/7?page=7&key=$PIN&q=abc" -H "x-key: $KEY" -H "Authorization: Bearer $KEY" '
        "-H \"Cookie: key=$KEY; size=7\" -H 'X-Other: abc' --data-raw '{\"abc\": 7}'"
    )
    assert secrets.hidden("GET /abc answers 7, and not key=abcd") == "GET /abc answers 7, and not key=abcd"


def test_what_a_shell_would_read_beside_a_secret_is_quoted() -> None:
    line = repeated(request(headers={"Cookie": 'a=`ls`; t="$HOME"; s=s3cr3t-token'}), SECRETS)
    done = subprocess.run(
        ["sh", "-c", line.replace("curl -i http://h/p -H", "printf %s")],
        env={"PYM_JWT_TOKEN": "s3cr3t-token", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == 'Cookie: a=`ls`; t="$HOME"; s=s3cr3t-token'


@pytest.mark.parametrize(
    "body", [b'{"a": "it\'s"}', b"\x00\xff'\\\n", "ä €".encode(), b"@file", b"a\r\nb", b"$HOME `ls`"]
)
def test_a_body_reaches_the_shell_as_it_was_sent(body: bytes) -> None:
    line = repeated(request(method="POST", body=base64.b64encode(body).decode()), NONE)
    option = "--data-raw" if "--data-raw" in line else "--data-binary"
    assert line.startswith(f"curl -i -X POST http://h/p {option} ")
    if b"\0" not in body:  # no shell takes one
        quoted = line.partition(f"{option} ")[2]
        assert subprocess.run(["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True).stdout == body


def test_what_was_cut_is_said_to_be() -> None:
    assert repeated(request(method="PUT", cut=True), NONE) == "curl -i -X PUT http://h/p  # the body is cut"
    assert repeated(request(method="HEAD"), NONE) == "curl -i --head http://h/p"
    assert repeated(request(url="http://h/p?a[b]=1"), NONE) == "curl -g -i 'http://h/p?a[b]=1'"


@pytest.mark.parametrize("text", ["25", "60s", "10,120s"])
def test_a_budget_is_written_as_an_option_says_it(text: str) -> None:
    assert budget(budget(text).written) == budget(text)


def test_a_kind_that_is_not_known_is_told_in_its_own_words() -> None:
    said = {"type": "New", "operation": "GET /p", "title": "Some check", "message": "a\n\n  b", "status": 200}
    assert told(None, said) == ("other", "GET /p: Some check: a b", "")


def test_several_descriptions_share_a_time_by_their_operations() -> None:
    assert share_of(60, 10, 40) == 15
    assert share_of(50, 30, 30) == 50  # what the one before has left is for the next
    assert share_of(-2, 1, 3) == 1
    assert share_of(60, 0, 0) == 1


def test_a_scheme_has_a_variable_of_its_own() -> None:
    assert variable("my-key.2") == "PYM_CREDENTIAL_MY_KEY_2"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("shop.localhost", True), ("127.1.2.3", True)]
    + [
        (host, False) for host in ("shop.example.com", "10.0.0.1", "0.0.0.0", "localhost.example.com", "::ffff:8.8.8.8")
    ],
)
def test_this_machine_is_known_by_its_addresses(host: str, expected: bool) -> None:
    assert is_loopback(host) == expected
