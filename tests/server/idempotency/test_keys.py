"""What is a key, and whose it is."""

from __future__ import annotations

import pytest

from pymacaron.context import Call
from pymacaron.server.idempotency.keys import caller, place, sent
from pymacaron.server.idempotency.refusals import KeyInvalidError

UUID = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        (f'"{UUID}"', UUID),
        (UUID, UUID),
        (f'  "{UUID}"  ', UUID),
        (f'"{UUID}";v=1', UUID),
        ('"a key, with blanks"', "a key, with blanks"),
        (r'"a \"quoted\" \\ one"', r'a "quoted" \ one'),
        ("k" * 255, "k" * 255),
    ],
)
def test_a_key_is_a_string_with_or_without_quotes(header: str | None, key: str | None) -> None:
    assert sent(header) == key


@pytest.mark.parametrize(
    "header", ["", '""', " ", '"open', "two, keys", '"a","b"', "caf\xe9", '"caf\xe9"', "a\x00b", "k" * 256]
)
def test_all_else_is_refused(header: str) -> None:
    with pytest.raises(KeyInvalidError):
        sent(header)


def test_a_refusal_does_not_show_what_was_sent() -> None:
    with pytest.raises(KeyInvalidError) as raised:
        sent("top secret")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ({"sub": "u1", "exp": 1, "jti": "a"}, {"sub": "u1", "exp": 2, "jti": "b"}, True),
        ({"sub": "u1"}, {"sub": "u2"}, False),
        ({"iss": "a", "sub": "u1", "exp": 1}, {"iss": "a", "sub": "u1", "exp": 2}, True),
        ({"iss": "a", "sub": "u1"}, {"iss": "b", "sub": "u1"}, False),
        ({"sub": "u1"}, None, False),
        (None, None, True),
        ({"client": "a", "exp": 1}, {"client": "a", "exp": 2}, True),
        ({"client": "a"}, {"client": "b"}, False),
        ({"sub": 1}, {"sub": "1"}, False),
        ({}, None, False),
        ({}, {"sub": None}, True),
    ],
)
def test_a_caller_is_who_the_claims_name(
    one: dict[str, object] | None, other: dict[str, object] | None, are_one: bool
) -> None:
    callers = caller(Call(claims=one)), caller(Call(claims=other))
    assert (callers[0] == callers[1]) is are_one


def test_callers_without_a_name_are_told_apart_by_their_addresses() -> None:
    one, other = (Call(claims={"sub": None}, remote_addr=f"192.0.2.{number}") for number in (1, 2))
    assert caller(one) != caller(other)
    assert caller(one) == caller(Call(claims={}, remote_addr="192.0.2.1"))


def test_a_place_tells_apart_services_operations_callers_and_keys() -> None:
    u1, u2 = Call(claims={"sub": "u1"}), Call(claims={"sub": "u2"})
    places = {
        place("shop", "shop POST /orders", u1, "k"),
        place("bank", "shop POST /orders", u1, "k"),
        place("shop", "shop PUT /orders", u1, "k"),
        place("shop", "shop POST /orders", u2, "k"),
        place("shop", "shop POST /orders", u1, "l"),
    }
    assert len(places) == 5
    assert all("u1" not in one and len(one) < 100 for one in places)
