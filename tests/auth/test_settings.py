"""The edges of the jwt_* settings: when they are looked at again, what of them is said, and by which name."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pymacaron import auth, config
from pymacaron.auth import keys
from pymacaron.exceptions import AuthInvalidTokenError, ConfigError

SECRET = "a secret of at least 32 bytes, and so long"
OURS = {"jwt_secret": SECRET, "jwt_issuer": "us", "jwt_audience": "shop"}


def configure(**settings: Any) -> None:
    config.load(start_dir="/", settings={**OURS, **settings}, environ={})


def looked_up() -> Any:
    """What keys.configured() gives while nobody may work the settings out."""
    found: list[Any] = []
    with keys._LOCK:
        thread = threading.Thread(target=lambda: found.append(keys.configured()), daemon=True)
        thread.start()
        thread.join(20)
        return found[0]


def test_settings_that_stay_are_worked_out_once():
    configure()
    verifier = keys.configured()
    assert verifier is not None
    assert looked_up() is verifier
    for user in ("nobody", "somebody"):
        config.get_config().default_user_id = user
        assert keys.configured() is verifier
        assert looked_up() is verifier


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwt_secret", "another secret of at least 32 bytes, too"),
        ("jwt_algorithm", "RS256"),
        ("jwt_key_files", ["/nowhere.pem"]),
        ("jwt_issuer", "them"),
        ("jwt_audience", "warehouse"),
        ("jwt_issuers", ["https://login.example.com"]),
        ("jwt_token_timeout", 7),
        ("jwt_leeway", 7),
    ],
)
def test_a_change_of_any_of_them_counts_at_once(name: str, value: Any):
    configure()
    before = keys.configured()
    setattr(config.get_config(), name, value)
    assert keys.configured() is not before


def test_a_list_that_changes_in_one_entry_counts():
    entry = {"issuer": "https://them", "audience": "a", "algorithms": ["RS256"]}
    configure(jwt_issuers=[entry])
    before = keys.configured()
    configure(jwt_issuers=[dict(entry)])
    assert keys.configured() is before
    configure(jwt_issuers=[{**entry, "algorithms": ["RS512"]}])
    assert keys.configured() is not before


def test_a_token_may_be_made_that_is_good_for_the_leeway_only():
    configure(jwt_token_timeout=0)
    claims = auth.load_auth_token(auth.generate_token("bob"))
    assert claims["exp"] == claims["iat"]


@pytest.mark.parametrize("missing", ["jwt_secret", "jwt_issuer", "jwt_audience"])
def test_without_one_of_three_settings_no_token_is_made_though_an_issuer_cannot_be_asked(missing: str):
    settings = {name: value for name, value in OURS.items() if name != missing}
    config.load(start_dir="/", settings={**settings, "jwt_issuers": ["them"]}, environ={})
    with pytest.raises(ConfigError, match=rf"^{missing} is not set"):
        auth.generate_token("bob")


def test_a_fault_is_told_under_the_name_of_its_setting():
    configure(jwt_algorithm="RS256", jwt_issuers=["them"])
    assert [(one.code, one.fact.partition(":")[0], one.mend.partition(",")[0]) for one in keys.faults()] == [
        ("unusable-key", "jwt_algorithm", "Name PEM files"),
        ("unusable-key", "jwt_issuers", "Give each an audience"),
    ]
    for entry in ("https://them", "https://us/x"):
        config.load(start_dir="/", settings={"jwt_issuers": [entry]}, environ={})
        assert [one.fact for one in keys.faults()] == [
            f"jwt_issuers: the issuer {entry!r} has no audience, and jwt_audience is not set"
        ]
        assert keys.configured() is None


def test_of_a_long_address_the_beginning_is_shown():
    place = "http://example.com/" + "k" * 100
    configure(jwt_issuers=[{"issuer": "them", "jwks": place}])
    assert [one.fact for one in keys.faults()] == [
        f"jwt_issuers: keys are fetched by https only, not from {place[:80]!r}"
    ]


def test_issuers_are_those_of_the_list_and_we_ourselves():
    configure(jwt_issuers=["https://one", {"issuer": "two", "jwks": "https://two/keys"}])
    assert keys.issuers() == ("https://one", "two", "us")
    config.load(start_dir="/", settings={"jwt_issuers": ["https://one"]}, environ={})
    assert keys.issuers() == ("https://one",)
    configure()
    assert keys.issuers() == ()


@pytest.mark.parametrize("place", ["", "/keys", "keys.json"])
def test_the_algorithms_of_an_issuer_bind_its_keys_and_the_log_names_it(
    place: str, provider: Any, jwk: Any, sign: Any, pairs: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """By discovery, from an address, and from a file."""
    provider.keys = [jwk(pairs["rsa"], "RS256", kid="good"), jwk(pairs["rsa-other"], "RS512", kid="other")]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": provider.keys}))
    jwks = provider.url + place if place == "/keys" else str(tmp_path / place) if place else None
    entry = {"issuer": provider.url, "algorithms": ["RS256"], **({"jwks": jwks} if jwks else {})}
    configure(jwt_issuers=[entry])
    claims = {"iss": provider.url, "sub": "ann", "aud": "shop", "exp": time.time() + 60}
    assert auth.load_auth_token(sign(pairs["rsa"], "RS256", claims, kid="good"))["sub"] == "ann"
    with pytest.raises(AuthInvalidTokenError, match=r"^token signature is invalid$"):
        auth.load_auth_token(sign(pairs["rsa-other"], "RS512", claims, kid="other"))
    source: Any = keys.configured().issuers[provider.url].source  # type: ignore[union-attr]
    source._next_try = 0.0  # a minute passes
    provider.status = 500
    (tmp_path / "keys.json").write_text("{}")
    with caplog.at_level(logging.WARNING):
        source.find("unheard", "RS256")
    (said,) = caplog.messages
    assert said.startswith(f"the keys of the issuer {provider.url} cannot be read: ")
