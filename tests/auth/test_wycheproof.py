"""
Wycheproof's vectors of JWS: no invalid one is accepted, and of the valid ones all but those that are listed here.

The vectors are not copied: PYMACARON_CORPUS says where the corpus is. They are signatures of any bytes, so what is
asked here is whether a signature counts; that the bytes are claims is asked of every token besides.
"""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from pymacaron.auth import tokens
from pymacaron.auth.algorithms import HS256, Key, KeyFault, jwk_key
from pymacaron.auth.tokens import Fixed, Issuer
from pymacaron.exceptions import AuthInvalidTokenError

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")

#: Numbers of vectors that are called invalid, for a padding that is not there: letter by letter they are number 357,
#: which is called valid, with the same key
SAME_AS_357 = (367, 370)

#: dict: number of a valid vector that is refused -> why
REFUSED = {
    **dict.fromkeys((346, 350), "its header says PS384, its key is one for PS256"),
    **dict.fromkeys((347, 351), "its key is one for ES521, which is no algorithm of RFC 7518"),
    **dict.fromkeys((372, 373), "it has a character that is not one of base64url: RFC 7515, section 2"),
}


@pytest.fixture(scope="module")
def groups() -> list[dict[str, Any]]:
    file = CORPUS / "jwt" / "json_web_signature_test.json"
    if not file.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"{file} is missing")
        pytest.skip(f"{file} is not there; PYMACARON_CORPUS says where the corpus is")
    found: list[dict[str, Any]] = json.loads(file.read_bytes())["testGroups"]
    return found


def source_of(group: dict[str, Any]) -> Fixed | None:
    """The key of a group, as we would take it: None where we would not."""
    jwk = group.get("public") or group["private"]
    if jwk["kty"] == "oct":
        secret = base64.urlsafe_b64decode(jwk["k"] + "==")  # of any bytes; that of a config is a text
        return Fixed([Key((HS256,), secret, secret)])
    try:
        return Fixed([jwk_key(jwk)])
    except KeyFault:
        return None


def signed(token: Any, source: Fixed) -> bool:
    """Whether the signature of *token* counts, whatever it signs."""
    try:
        head, _, message, signature = tokens.unpacked(token)
    except AuthInvalidTokenError:
        return False
    algorithm = head["alg"]
    return any(key.verifies(algorithm, message, signature) for key in source.find(head.get("kid"), algorithm))


def test_no_invalid_signature_counts_and_every_valid_one_but_those_listed(groups: list[dict[str, Any]]):
    accepted, refused, texts = [], [], {}
    for group in groups:
        source = source_of(group)
        for test in group["tests"]:
            texts[test["tcId"]] = test["jws"]
            counts = source is not None and signed(test["jws"], source)
            if counts and test["result"] == "invalid":
                accepted.append(test["tcId"])
            if not counts and test["result"] == "valid":
                refused.append(test["tcId"])
    assert [number for number in accepted if texts[number] != texts[357]] == []
    assert tuple(accepted) == SAME_AS_357
    assert refused == sorted(REFUSED)
    assert len(texts) == 401


def test_two_that_are_called_invalid_are_one_that_is_called_valid(groups: list[dict[str, Any]]):
    found = {
        test["tcId"]: (test["jws"], group["private"], test["result"]) for group in groups for test in group["tests"]
    }
    assert found[357][2] == "valid"
    for number in SAME_AS_357:
        assert found[number] == (*found[357][:2], "invalid")


def test_the_documented_ones_are_these():
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    table = page.partition("## Signatures that others call valid")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)
    assert sorted(int(number) for row in listed for number in row.split(", ")) == sorted(REFUSED)


def test_none_of_them_is_a_token_of_ours(groups: list[dict[str, Any]]):
    for group in groups:
        source = source_of(group) or Fixed([])
        issuers = {"us": Issuer("us", "shop", source)}
        for test in group["tests"]:
            with pytest.raises(AuthInvalidTokenError):
                tokens.verify(test["jws"], issuers=issuers, now=0)
