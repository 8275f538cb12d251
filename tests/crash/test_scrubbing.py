"""Secrets are masked in every value and every text."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymacaron import config
from pymacaron.crash.scrubbing import Scrubbing

NOW = datetime(2026, 3, 4, 12, 0, 0, 500, tzinfo=UTC)


class ModelLike:
    def to_json(self) -> dict[str, Any]:
        return {"name": "x", "api_key": "k"}


class Failing:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def to_json(self) -> dict[str, Any]:
        raise RuntimeError("no json")


class Plain:
    def __repr__(self) -> str:
        return "Plain(token='abc')"


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (float("nan"), "nan"),
        pytest.param(10**5000, "<int of 16610 bits>", id="huge"),
        ("text", "text"),
        (b"\x00\x01", "<2 bytes>"),
        (NOW, "2026-03-04T12:00:00.000500+00:00"),
        (date(2026, 3, 4), "2026-03-04"),
        (UUID(int=1), "UUID('00000000-0000-0000-0000-000000000001')"),
        ((1, {"a": 2}), [1, {"a": 2}]),
        ({1: "x", None: "y"}, {"1": "x", "None": "y"}),
        (OrderedDict(a=[OrderedDict(b=1)]), {"a": [{"b": 1}]}),
        (list(range(102)), [*range(100), "<2 more>"]),
        ("x" * 5000, "x" * 4000 + "... <1000 more characters>"),
        (ModelLike(), {"name": "x", "api_key": "********"}),
        (Failing(), "<Failing whose repr() raises RuntimeError>"),
        (Plain(), "Plain(token=********)"),
        (ModelLike, f"<class '{__name__}.ModelLike'>"),
    ],
)
def test_every_value_becomes_json(value: Any, clean: Any):
    assert Scrubbing().value(value) == clean
    json.dumps(Scrubbing().value(value), allow_nan=False)


def test_what_contains_itself_ends():
    loop: list[Any] = []
    loop.append({"loop": loop})
    assert Scrubbing().value(loop) == [{"loop": [{"loop": [{"loop": [{"loop": "<list>"}]}]}]}]


@pytest.mark.parametrize(
    "name",
    ["password", "Password", "user_password", "secret", "clientSecret", "token", "access-token", "Authorization",
     "apiKey", "api_key", "cookie", "Set-Cookie", "passphrase", "credentials"],
)  # fmt: skip
def test_values_that_are_named_like_secrets_are_masked(name: str):
    assert Scrubbing().value({"a": [{name: "hunter2"}]}) == {"a": [{name: "********"}]}
    assert Scrubbing().value({name: {"inner": "hunter2"}}) == {name: "********"}
    assert Scrubbing().value({name: None}) == {name: None}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: ********"),
        ("Authorization: Basic Ym9iOmh1bnRlcjI=", "Authorization: ********"),
        ("sent Bearer abcdefghijklmnopqrst to x", "sent Bearer ******** to x"),
        ("the bearer of news", "the bearer of news"),
        ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.abc_-123 there", "got ******** there"),
        ("{'password': 'hunter2', 'a': 1}", "{'password': ********, 'a': 1}"),
        ('{"client_secret":"hunter2"}', '{"client_secret":********}'),
        ("postgres?password=hunter2&a=1", "postgres?password=********&a=1"),
        ("token = hunter2\nnext", "token = ********\nnext"),
        ("UID=sa;PWD=hunter2;a=1", "UID=sa;PWD=********;a=1"),
        ("postgres://ann:hunter2@db:5432/shop", "postgres://ann:********@db:5432/shop"),
        ("redis://:hunter2@db", "redis://:********@db"),
        ("'amqp://ann:hunt@er2@db/'", "'amqp://ann:********@db/'"),
        ("http://localhost:8080/users/bob@example.com", "http://localhost:8080/users/bob@example.com"),
        ("http://localhost:8080, then bob@example.com", "http://localhost:8080, then bob@example.com"),
        ("tokens are fine", "tokens are fine"),
    ],
)
def test_texts_that_look_like_secrets_are_masked(text: str, clean: str):
    assert Scrubbing().text(text) == clean


def test_the_secrets_of_the_config_are_masked_wherever_they_are():
    config.load(start_dir="/", settings={"jwt_secret": "zxcvbnm-asdfghjkl", "my_password": "qwerty1"}, environ={})
    assert Scrubbing().text("key zxcvbnm-asdfghjkl, qwerty1") == "key ********, ********"


@pytest.mark.parametrize("text", ["a", "token", "password ", "password" + " " * 40, "eyJ", "bearer ", "'token': '"])
def test_a_long_text_ends(text: str):
    assert len(Scrubbing().text(text * (200_000 // len(text)))) < 4_100


# --- by lot: no secret comes through, wherever it stands

#: No part of these looks like what the texts around them say
letters = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=40)
#: What people may choose: quotes, backslashes, spaces within, other scripts; no name of a secret
chosen = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=8, max_size=40
).map(lambda text: f"q{text.strip()}q")
names = st.sampled_from(
    ["password", "Passwd", "user_pwd", "apiKey", "api-key", "X-Api-Key", "client_secret", "AWS_SECRET_ACCESS_KEY",
     "accessToken", "Authorization", "Cookie", "set-cookie", "jwt", "private_key", "X-Amz-Signature", "sessionId",
     "csrf_token", "passphrase", "credentials", "connectionString"]
)  # fmt: skip
around = st.text("abc {}[](),.:;=/\n\t'\"", max_size=20)


def nested(secret: str, name: str) -> st.SearchStrategy[Any]:
    leaf = st.just({name: secret}) | st.just({"deep": {name: [secret, {"a": secret}]}})
    return st.recursive(
        leaf, lambda inner: st.lists(inner, min_size=1, max_size=3) | inner.map(lambda one: {"x": one}), max_leaves=4
    )


@given(st.data(), chosen, names)
def test_a_member_that_is_named_like_a_secret_is_masked_at_any_depth(data: st.DataObject, secret: str, name: str):
    value = data.draw(nested(secret, name))
    assert secret not in json.dumps(Scrubbing().value(value), ensure_ascii=False)


@given(letters, names.filter(lambda name: name != "Cookie"), st.sampled_from(["=", ": ", " = ", ":"]), around)
def test_a_name_and_a_value_in_a_text_are_masked(secret: str, name: str, sign: str, text: str):
    assert secret not in Scrubbing().text(f"{text}\n{name}{sign}{secret} {text}")
    assert secret not in Scrubbing().text(f"{text} {{'{name}': '{secret}'}} {text}")
    assert secret not in Scrubbing().text(json.dumps({name: secret}))


@given(
    st.from_regex(r"[a-z]{3,8}(\+[a-z]{2,6})?", fullmatch=True),
    chosen.filter(lambda text: not set(text) & set(" \u00a0'\"")),
)
def test_a_password_in_a_url_is_masked(scheme: str, secret: str):
    password = "".join(secret.split()) + "Zz"
    for user in ("", "ann", "ann@corp"):
        assert password not in Scrubbing().text(
            f"cannot reach {scheme}://{user}:{password}@db.example.com:5432/shop?a=1"
        )


@given(
    st.sampled_from(["AKIA", "ASIA"]),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16),
    st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", min_size=37, max_size=37),
    st.sampled_from([" ", "'", '"', "\n", ", ", "(", ")"]),
)
def test_keys_of_aws_are_masked(prefix: str, key_id: str, key: str, mark: str):
    secret = f"aZ7{key}"
    clean = Scrubbing().text(f"with{mark}{prefix}{key_id}{mark}and{mark}{secret}{mark}.")
    assert (key_id in clean, secret in clean) == (False, False)


@given(st.text("abcdefABCDEF0123456789-._~+/", min_size=16, max_size=200), around)
def test_a_bearer_token_is_masked(token: str, text: str):
    clean = Scrubbing().text(f"{text}\nsent Bearer {token}\n{text}")
    assert f"Bearer {token}" not in clean
    assert "sent Bearer ********" in clean


@given(chosen, around)
def test_what_is_known_to_be_secret_is_masked_as_it_is_and_as_it_is_written(secret: str, text: str):
    scrubbing = Scrubbing([secret])
    forms = (secret, repr(secret), json.dumps(secret), quote(secret), quote(secret, safe=""), quote_plus(secret))
    for form in forms:
        clean = scrubbing.text(f"{text}{form}{text}")
        assert form.strip("'\"") not in clean
        assert "********" in clean


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner)))  # fmt: skip
def test_everything_becomes_json(value: Any):
    json.dumps(Scrubbing(["a secret"]).value(value), allow_nan=False)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Basic YW5uOmh1bnRlcjI= was sent", "Basic ******** was sent"),
        ("Basic authentication is off", "Basic authentication is off"),
        ("https://0123456789abcdef0123@sentry.io/1", "https://********@sentry.io/1"),
        ("git@github.com and https://bob@example.com/x", "git@github.com and https://bob@example.com/x"),
        ("https://hunter2x@github.com/a", "https://********@github.com/a"),
        ("https://hunterxx@github.com/a", "https://********@github.com/a"),
        ("ssh://deploy@example.com/a, https://ann@b.c", "ssh://deploy@example.com/a, https://ann@b.c"),
        ("jdbc:oracle:thin:scott/tiger@//h:1521/s x", "jdbc:oracle:thin:scott/********@//h:1521/s x"),
        ("jdbc:oracle:thin:scott/ti/g@er@h:1521:s x", "jdbc:oracle:thin:scott/********@h:1521:s x"),
        ("sqlplus scott/tiger@//h/s", "sqlplus scott/********@//h/s"),
        (
            "Port could not be cast to integer value as 'hunter2'",
            "Port could not be cast to integer value as ********",
        ),
        ("nonnumeric port: 'hunter2'", "nonnumeric port: ********"),
        (
            "netloc 'ann:hunter2℀@db' contains invalid characters under NFKC normalization",
            "netloc ******** contains invalid characters under NFKC normalization",
        ),
        ("port: 80, the port is '80'", "port: 80, the port is '80'"),
        ("postgres://ann:a/b?c#d@db/shop", "postgres://ann:********@db/shop"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----********-----END RSA PRIVATE KEY-----",
        ),
        ("commit 0123456789abcdef0123456789abcdef01234567", "commit 0123456789abcdef0123456789abcdef01234567"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "********"),
        ("hooks.slack.com/services/T000/B000/abcdef", "hooks.slack.com/********"),
        ('{"password": "a\\"b c", "x": 1}', '{"password": ********, "x": 1}'),
    ],
)  # fmt: skip
def test_other_secrets_in_texts_are_masked_and_nothing_else_is(text: str, clean: str):
    assert Scrubbing().text(text) == clean


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        (
            'return {"token": generate_token(body["user"], data={"role": "hunter2"}), "n": 1}',
            'return {"token": generate_token(body["user"], data={********: ********}), ********: ********}',
        ),
        ("token = await self.auth.sign(user)", "token = await self.auth.sign(user)"),
        ("password=request.form['password']", "password=request.form['password']"),
        ('password = os.environ.get("X", "hunter2")', "password = os.environ.get(********, ********)"),
        ("""token = sign(f"{d["hunter2"]}")""", "token = sign(********"),
        ("token = sign(b'hunter2', 4711, x", "token = sign(********, ********, x"),
        ("token = sign('hunter2", "token = sign(********"),
        ("connect(password='hunter2', host='db')", "connect(password=********, host='db')"),
        ("password = hunter2", "password = ********"),
        ("pin = 4711", "pin = ********"),
        ("f(x)  # password = hunter2(1)", "f(x)  # password = ********)"),
        ("login(x, password=hunter2(1)) # it's", "login(x, password=********)) # it's"),
    ],
)
def test_of_a_line_of_code_the_literals_are_masked_and_not_the_calls(line: str, clean: str):
    assert Scrubbing().code(f"    {line}\n    ok()") == f"    {clean}\n    ok()"


def test_a_key_that_is_a_secret_itself_is_masked_before_it_is_cut():
    long = "k" * 190 + "-known-to-be-secret"
    assert list(Scrubbing(["-known-to-be-secret"]).value({long: 1})) == ["k" * 190 + "********"]
