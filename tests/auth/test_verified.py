"""Tokens that were verified: seen again they cost a lookup, and time and revocation are looked at all the same."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from pymacaron.auth import tokens
from pymacaron.auth.algorithms import Key, secret_key
from pymacaron.auth.tokens import Fixed, Issuer, Signer
from pymacaron.auth.verified import Verifier, set_is_revoked
from pymacaron.exceptions import AuthInvalidTokenError, AuthTokenExpiredError, HTTPError

NOW = 1_800_000_000.0
KEY = secret_key("0123456789abcdef0123456789abcdef")
SIGNER = Signer("us", "shop", KEY)


class Counting(Fixed):
    """Keys that count how often they were asked for."""

    def __init__(self, keys: Iterable[Key], keeps_s: float = float("inf")):
        super().__init__(keys)
        self.keeps_s = keeps_s
        self.asked = 0

    def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        self.asked += 1
        return super().find(kid, algorithm)


def made(source: Counting, **options: Any) -> Verifier:
    return Verifier({"us": Issuer("us", "shop", source)}, **options)


def token(user: str = "bob", **options: Any) -> str:
    return tokens.issue(user, signer=SIGNER, **{"now": NOW, **options})


def test_a_token_is_verified_once():
    source = Counting([KEY])
    verifier = made(source)
    one = token()
    assert [verifier.verify(one, NOW + passed)["sub"] for passed in range(5)] == ["bob"] * 5
    assert (source.asked, len(verifier)) == (1, 1)


def test_a_refused_token_is_looked_at_each_time():
    source = Counting([secret_key("another secret of thirty-two bytes")])
    verifier = made(source)
    for _ in range(3):
        with pytest.raises(AuthInvalidTokenError):
            verifier.verify(token(), NOW)
    assert (source.asked, len(verifier)) == (3, 0)


def test_a_token_that_was_seen_expires_when_its_leeway_is_over():
    verifier = made(Counting([KEY]), leeway_s=10)
    one = token(expire_in=60)
    assert verifier.verify(one, NOW)["sub"] == "bob"
    assert verifier.verify(one, NOW + 69.9)["sub"] == "bob"
    with pytest.raises(AuthTokenExpiredError):
        verifier.verify(one, NOW + 70)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_that_was_seen_is_of_the_future_where_the_clock_went_back(claim: str):
    verifier = made(Counting([KEY]), leeway_s=10)
    one = token(data={"nbf": NOW}) if claim == "nbf" else token()
    assert verifier.verify(one, NOW)["sub"] == "bob"
    with pytest.raises(AuthInvalidTokenError):
        verifier.verify(one, NOW - 12)


def test_what_keys_that_may_change_verified_is_verified_again():
    source = Counting([KEY], keeps_s=300)
    verifier = made(source)
    one = token()
    for passed, asked in ((0, 1), (299, 1), (300, 2), (599, 2), (600, 3)):
        verifier.verify(one, NOW + passed)
        assert source.asked == asked


@pytest.mark.parametrize("data", [{"name": "Bob"}, {"roles": ["a", {"b": ["c"]}], "address": {"city": "Oslo"}}])
def test_claims_are_the_callers_own(data: dict[str, Any]):
    verifier = made(Counting([KEY]))
    one = token(data=data)
    first, second = verifier.verify(one, NOW), verifier.verify(one, NOW)
    assert first == second
    second["sub"] = "root"
    for value in second.values():
        value.clear() if isinstance(value, (list, dict)) else None
    assert verifier.verify(one, NOW) == first


def test_a_revoked_token_is_refused_though_it_was_seen():
    verifier = made(Counting([KEY]))
    revoked: set[str] = set()
    set_is_revoked(lambda claims: claims["sub"] in revoked)
    one = token()
    assert verifier.verify(one, NOW)["sub"] == "bob"
    revoked.add("bob")
    with pytest.raises(AuthInvalidTokenError, match=r"^the token was revoked$"):
        verifier.verify(one, NOW)
    revoked.clear()
    assert verifier.verify(one, NOW)["sub"] == "bob"


def test_revocation_is_asked_for_every_call_and_only_of_good_tokens():
    asked: list[str] = []
    set_is_revoked(lambda claims: asked.append(claims["sub"]))
    verifier = made(Counting([KEY]))
    for one in (token(), token(), "x.y.z"):
        try:
            verifier.verify(one, NOW)
        except AuthInvalidTokenError:
            continue
    assert asked == ["bob", "bob"]


def test_where_revocation_cannot_be_told_nobody_passes():
    def fails(claims: dict[str, Any]) -> bool:
        raise ConnectionError("the database is away")

    set_is_revoked(fails)
    with pytest.raises(HTTPError, match=r"^it cannot be told now whether the token was revoked$") as caught:
        made(Counting([KEY])).verify(token(), NOW)
    assert caught.value.status == 503
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_an_error_that_revocation_raises_for_the_caller_is_the_answer():
    def refuses(claims: dict[str, Any]) -> bool:
        raise HTTPError(429, "not so often")

    set_is_revoked(refuses)
    with pytest.raises(HTTPError, match=r"^not so often$"):
        made(Counting([KEY])).verify(token(), NOW)


def test_what_is_revoked_is_told_by_a_plain_function():
    async def later(claims: dict[str, Any]) -> bool:
        return False

    class Later:
        async def __call__(self, claims: dict[str, Any]) -> bool:
            return False

    for wrong in (later, Later(), "shop.revoked"):
        with pytest.raises(TypeError, match=r"^is_revoked is a function"):
            set_is_revoked(wrong)  # type: ignore[arg-type]


def test_what_is_kept_is_bounded_and_the_oldest_goes_first():
    size = len(token("user-00"))
    source = Counting([KEY])
    verifier = made(source, most=10 * size)
    many = [token(f"user-{number:02}") for number in range(30)]
    for one in many:
        verifier.verify(one, NOW)
    assert len(verifier) == 10
    for one in many[-10:]:
        verifier.verify(one, NOW)
    assert source.asked == 30
    verifier.verify(many[0], NOW)
    assert (source.asked, len(verifier)) == (31, 10)


def test_a_huge_token_is_not_kept():
    source = Counting([KEY])
    verifier = made(source)
    huge = token(data={"x": "y" * 6000})
    verifier.verify(huge, NOW)
    verifier.verify(huge, NOW)
    assert (source.asked, len(verifier)) == (2, 0)


def test_threads_at_once_get_the_claims_of_their_own_tokens():
    size = len(token("user-000"))
    verifier = made(Counting([KEY]), most=20 * size)
    wrong: list[Any] = []

    def work(first: int) -> None:
        mine = [(f"user-{number:03}", token(f"user-{number:03}")) for number in range(first, first + 40)]
        for _ in range(10):
            for user, one in mine:
                try:
                    claims = verifier.verify(one, NOW)
                    if claims["sub"] != user:
                        wrong.append(claims)
                except Exception as error:
                    wrong.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 160, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(verifier)) == ([], 20)


# --- by the header alone


def test_a_header_is_known_by_a_token_that_was_seen_and_is_good():
    verifier = made(Counting([KEY]), leeway_s=10)
    one = token(expire_in=60)
    assert verifier.seen(f"Bearer {one}", NOW) is None
    claims = verifier.verify(one, NOW)
    assert verifier.seen(f"Bearer {one}", NOW) == (claims, one)
    assert verifier.seen(f"Bearer {one}", NOW + 69.9) == (claims, one)
    assert verifier.seen(f"Bearer {one}", NOW + 70) is None
    assert verifier.seen(f"Bearer {one}", NOW - 10.1) is None


@pytest.mark.parametrize(
    "header", ["{}", "bearer {}", "Bearer  {}", "Bearer {} ", "Bearer{}", "Basic: {}", "xxxxxxx{}"]
)
def test_a_header_that_is_spelt_otherwise_is_looked_at_closely(header: str):
    verifier = made(Counting([KEY]))
    one = token()
    verifier.verify(one, NOW)
    assert verifier.seen(header.format(one), NOW) is None


def test_a_header_is_looked_at_closely_where_tokens_may_be_revoked():
    verifier = made(Counting([KEY]))
    one = token()
    verifier.verify(one, NOW)
    set_is_revoked(lambda claims: False)
    assert verifier.seen(f"Bearer {one}", NOW) is None


def test_claims_of_a_header_are_the_callers_own():
    verifier = made(Counting([KEY]))
    one = token(data={"roles": ["a"]})
    first = verifier.verify(one, NOW)
    for _ in range(2):
        found = verifier.seen(f"Bearer {one}", NOW)
        assert found is not None
        assert found[0] == first
        found[0]["roles"].append("root")
        found[0]["sub"] = "root"


# --- the edges


def test_a_seen_token_is_good_from_its_first_moment_until_before_its_last():
    verifier, one = made(Counting([KEY])), token(expire_in=60)
    begin, end = NOW - tokens.LEEWAY_S, NOW + 60 + tokens.LEEWAY_S
    assert verifier.seen(f"Bearer {one}", NOW) is None
    verifier.verify(one, NOW)
    found = [verifier.seen(f"Bearer {one}", now) is not None for now in (begin - 0.5, begin, NOW, end - 0.5, end)]
    assert found == [False, True, True, True, False]
    source = Counting([KEY])
    verifier = made(source)
    for now in (NOW, begin, end - 0.5):
        assert verifier.verify(one, now)["sub"] == "bob"
    assert source.asked == 1
    with pytest.raises(AuthTokenExpiredError):
        verifier.verify(one, end)


def test_what_a_caller_does_with_the_claims_is_not_seen_by_the_next():
    verifier = made(Counting([KEY]))
    flat, deep = token(), token(data={"roles": ["a", {"of": ["b"]}]})
    for one in (flat, deep, flat, deep):
        for claims in (verifier.verify(one, NOW), (verifier.seen(f"Bearer {one}", NOW) or ({},))[0]):
            assert claims["sub"] == "bob"
            assert claims.get("roles", ["a", {"of": ["b"]}]) == ["a", {"of": ["b"]}]
            claims["sub"] = "root"
            if "roles" in claims:
                claims["roles"][1]["of"].append("root")
                claims["roles"].append("root")


def test_a_seen_token_is_not_good_before_its_nbf():
    verifier = made(Counting([KEY]))
    one = token(data={"nbf": NOW + 1000})
    assert verifier.verify(one, NOW + 1000)["sub"] == "bob"
    begin = NOW + 1000 - tokens.LEEWAY_S
    found = [verifier.seen(f"Bearer {one}", now) is not None for now in (begin - 0.5, begin, NOW + 1000)]
    assert found == [False, True, True]
    with pytest.raises(AuthInvalidTokenError, match=r"^Token is not valid yet$"):
        verifier.verify(one, begin - 0.5)


def test_the_longest_token_that_is_kept_has_4096_characters():
    for length in (4095, 4096, 4097, 4098):
        name, one = of_length(length)
        verifier = Verifier({name: Issuer(name, "shop", Counting([KEY]))})
        assert verifier.verify(one, NOW)["sub"] == "bob"
        assert len(verifier) == (1 if length <= 4096 else 0)


def of_length(wanted: int) -> tuple[str, str]:
    """An issuer, and a token of its own that has *wanted* characters."""
    for name in ("us", "use", "used"):
        short = token(issuer=name, data={"fill": ""})
        size = (wanted - len(short)) * 3 // 4
        for more in range(-3, 3):
            one = token(issuer=name, data={"fill": "x" * (size + more)})
            if len(one) == wanted:
                return name, one
    raise AssertionError(wanted)
