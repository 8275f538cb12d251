"""issuer(): tokens of somebody else, whose keys services read over HTTP."""

from __future__ import annotations

import json
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pymacaron import auth
from pymacaron.auth.algorithms import ASYMMETRIC, jwk_key
from pymacaron.exceptions import AuthInvalidTokenError, ConfigError
from pymacaron.testing import Issuer, clock, issuer

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {login: {type: openIdConnect, openIdConnectUrl: URL/.well-known/openid-configuration}}}
paths:
  /me: {get: {operationId: me, security: [{login: [read]}], responses: {"200": {description: ok}}}}
"""
GOOD = (200, "ada")


def me() -> dict[str, Any]:
    return {"id": auth.get_userid(), "claims": auth.get_user_token_data()}


@pytest.fixture
def asked(own_config: None, service: Callable[..., Any]) -> Callable[[Issuer], Callable[[str], tuple[int, str]]]:
    """asked(login)(token): the status, and the user or the error, of a service that takes the tokens of *login*."""

    def of(login: Issuer) -> Callable[[str], tuple[int, str]]:
        description = SHOP.replace("URL", login.url)
        client = service(description, {"me": me}, settings={"name": "shop", **login.settings()}).test_client()

        def get(token: str) -> tuple[int, str]:
            reply = client.get("/me", headers={"Authorization": f"Bearer {token}"})
            return reply.status_code, reply.json.get("id") or reply.json["error"]

        return get

    return of


def got(url: str) -> Any:
    with urllib.request.urlopen(url) as reply:
        return json.load(reply)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_service_takes_its_tokens(asked: Any, algorithm: str) -> None:
    with issuer(algorithm=algorithm) as login:
        get = asked(login)
        assert get(login.token("ada", scope="read")) == GOOD
        assert get(login.forged("ada", scope="read")) == (401, "TOKEN_INVALID")
        assert login.asked == ["/.well-known/openid-configuration", "/keys"]


def test_it_publishes_what_openid_connect_wants() -> None:
    with issuer() as login:
        about = got(f"{login.url}/.well-known/openid-configuration")
        assert about == {"issuer": login.url, "jwks_uri": f"{login.url}/keys"}
        [key] = got(about["jwks_uri"])["keys"]
        assert key == login.keys["key-1"]
        assert "d" not in key  # what signs
        assert (jwk_key(key).kid, jwk_key(key).algorithms) == ("key-1", ("ES256",))
        with pytest.raises(urllib.error.HTTPError, match="404"):
            got(f"{login.url}/else")


def test_tokens_that_are_not_good_are_refused(asked: Any) -> None:
    with clock() as now, issuer(audience="shop") as login:
        get = asked(login)
        assert get(login.token("ada", scope="read")) == GOOD
        refused = [
            get(login.token("ada", scope="read", expire_in=-300)),
            get(login.token("ada", scope="read", aud="other")),
            get(login.token("ada", scope="read", aud=None)),
            get(login.token("ada", scope="read", iss="https://other")),
            get(login.token("ada", scope="read", header={"alg": "none"})),
            get(login.token("ada", scope="read", header={"kid": "other"})),
            get(login.token("ada", scope="write")),
        ]
        assert refused == [(401, "TOKEN_EXPIRED"), *[(401, "TOKEN_INVALID")] * 5, (403, refused[-1][1])]
        token = login.token("ada", scope="read", expire_in=60, role="admin")
        assert get(token) == GOOD
        assert auth.load_auth_token(token)["role"] == "admin"
        now.advance(360)
        assert get(token) == (401, "TOKEN_EXPIRED")


def test_a_new_key_is_read_and_the_old_one_forgotten_when_the_clock_says(asked: Any) -> None:
    with clock() as now, issuer() as login:
        get, old = asked(login), login.token("ada", scope="read")
        assert get(old) == GOOD
        assert login.rotate() == "key-2"
        new = login.token("ada", scope="read")
        assert list(login.keys) == ["key-2"]
        assert get(new) == (401, "TOKEN_INVALID")  # keys are read once a minute at most
        now.advance(60)
        assert get(new) == GOOD
        assert get(old) == GOOD  # and are good for five minutes more
        now.advance(300)
        assert get(old) == (401, "TOKEN_INVALID")
        assert login.rotate(keep=True) == "key-3"
        assert list(login.keys) == ["key-2", "key-3"]
        now.advance(60)
        assert [get(new), get(login.token("ada", scope="read"))] == [GOOD, GOOD]


def test_another_algorithm_has_a_key_of_its_own(asked: Any) -> None:
    with clock() as now, issuer() as login:
        get = asked(login)
        assert get(login.token("ada", scope="read")) == GOOD
        tokens = [login.token("ada", scope="read", algorithm=name) for name in ("EdDSA", "ES384", "EdDSA")]
        assert list(login.keys) == ["key-1", "key-2", "key-3"]
        now.advance(60)
        assert [get(token) for token in tokens] == [GOOD] * 3


def test_it_can_be_down_and_hang(asked: Any) -> None:
    with clock() as now, issuer() as login:
        get = asked(login)
        login.status = 503
        assert get(login.token("ada", scope="read")) == (401, "TOKEN_INVALID")
        login.status = 200
        now.advance(10)
        assert get(login.token("ada", scope="read")) == GOOD
        login.rotate()
        now.advance(60)
        with login.hanging():
            assert get(login.token("ada", scope="read")) == (401, "TOKEN_INVALID")


def test_an_algorithm_that_is_none_of_key_pairs_is_told() -> None:
    with (
        pytest.raises(ValueError, match=r"^'RS265' is no algorithm of key pairs\. Did you mean 'RS256'\?"),
        issuer(algorithm="RS265"),
    ):
        pass


def test_it_ends_with_the_block_whatever_happens_and_whoever_waits() -> None:
    def fail(login: Issuer) -> None:
        threads.append(threading.Thread(target=ask, args=(f"{login.url}/keys",)))
        threads[0].start()
        raise KeyError

    def ask(url: str) -> None:
        with suppress(OSError):  # whatever becomes of the connection
            got(url)

    threads: list[threading.Thread] = []
    with pytest.raises(KeyError), issuer() as login, login.hanging():
        fail(login)
    threads[0].join()
    with socket.socket() as connection:
        port = int(login.url.rpartition(":")[2])
        assert connection.connect_ex(("127.0.0.1", port)) != 0
    with issuer(port=port) as again:
        assert again.url == login.url
    assert not [one for one in threading.enumerate() if one.name == "pymacaron-issuer"]


def test_issuers_in_issuers_are_others(asked: Any) -> None:
    with issuer() as one, issuer() as other:
        assert one.url != other.url
        get = asked(one)
        assert [get(login.token("ada", scope="read"))[0] for login in (one, other)] == [200, 401]
        with pytest.raises(AuthInvalidTokenError):
            auth.load_auth_token(other.token())


def test_nothing_of_its_keys_is_shown() -> None:
    with issuer() as login:
        assert repr(login) == f"<Issuer {login.url}>"


def test_tokens_are_made_in_threads_with_one_key() -> None:
    with issuer() as login:
        made: list[str] = []
        threads = [threading.Thread(target=lambda: made.append(login.token(algorithm="EdDSA"))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(made), list(login.keys)) == (20, ["key-1", "key-2"])


def test_without_cryptography_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    told = r"^an issuer of tokens needs cryptography: pip install 'pymacaron\[crypto\]'$"
    with pytest.raises(ConfigError, match=told), issuer():
        pass
