"""Cookies that a browser sends because the page of another site has it call: they count for nothing that may change."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron import auth, config
from pymacaron.auth import sites
from pymacaron.context import Call
from pymacaron.exceptions import AuthInvalidTokenError

HERE = {"Host": "shop.example.com"}


def call(method: str = "POST", **headers: str) -> Call:
    return Call(method=method, headers={**HERE, **{name.replace("_", "-"): value for name, value in headers.items()}})


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://shop.example.com"}, False),
        ({"Sec_Fetch_Site": "same-site", "Origin": "https://www.example.com"}, False),
        ({"Sec_Fetch_Site": "none"}, False),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"}, True),
        ({"Sec_Fetch_Site": "Cross-Site ", "Origin": "null"}, True),
        ({"Sec_Fetch_Site": "cross-site"}, True),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://shop.example.com"}, True),
        ({"Origin": "https://shop.example.com"}, False),
        ({"Origin": "HTTPS://SHOP.example.com"}, False),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "https://shop.example.com.evil.example"}, True),
        ({"Origin": "https://shop.example.com:8443"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, True),
        ({"Origin": "http://["}, True),
    ],
)
def test_whose_page_it_is_is_what_the_browser_says(headers: dict[str, str], foreign: bool):
    assert sites.is_foreign(call(**headers)) is foreign


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "QUERY", "TRACE"])
def test_a_call_that_changes_nothing_may_come_from_anywhere(method: str):
    assert not sites.is_foreign(call(method, Sec_Fetch_Site="cross-site", Origin="https://evil.example"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "COPY"])
def test_origins_that_the_setting_names_may_call(method: str):
    config.load(start_dir="/", settings={"cors": ["https://www.example.com"]}, environ={})
    asked: dict[str, Any] = {"Sec_Fetch_Site": "cross-site"}
    assert not sites.is_foreign(call(method, **asked, Origin="https://www.example.com"))
    assert not sites.is_foreign(call(method, Origin="https://www.example.com"))
    assert sites.is_foreign(call(method, **asked, Origin="https://evil.example"))
    assert sites.is_foreign(call(method, **asked))


def test_no_page_of_another_site_calls_with_the_token_of_a_cookie():
    token = auth.generate_token("bob")
    asked = {**HERE, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    with (
        Call(method="POST", headers=asked, cookies={"token": f"Bearer {token}"}),
        pytest.raises(AuthInvalidTokenError) as refused,
    ):
        auth.authenticate_http_request()
    assert refused.value.error_description == "a cookie does not count where a page of another site calls"
    with Call(method="GET", headers=asked, cookies={"token": f"Bearer {token}"}):
        assert auth.authenticate_http_request()["sub"] == "bob"
    with Call(method="POST", headers={**asked, "Authorization": f"Bearer {token}"}):
        assert auth.authenticate_http_request()["sub"] == "bob"
    with Call(method="POST", headers={**HERE, "Sec-Fetch-Site": "same-origin"}, cookies={"token": f"Bearer {token}"}):
        assert auth.authenticate_http_request()["sub"] == "bob"
