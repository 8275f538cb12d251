"""What is a secret in a config is one in its parts, too, as a parser of URLs tells them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from pymacaron import config
from pymacaron.crash.scrubbing import Scrubbing

URLS = [
    ("redis://:hunter2secret/x@127.0.0.1:9379/0", {"hunter2secret/x", "hunter2secret"}),
    ("redis://:hunter2secret#x@127.0.0.1:9379/0", {"hunter2secret#x", "hunter2secret"}),
    ("redis://:hunter2secret?abcdef@127.0.0.1:9379/0", {"hunter2secret?abcdef", "hunter2secret", "abcdef"}),
    ("redis://default:hunter2secret@127.0.0.1:9379/0", {"hunter2secret"}),
    ("redis://:hunter2%2Fsecret@h/0", {"hunter2%2Fsecret", "hunter2/secret"}),
    ("redis://:hunter@2secret@h/0", {"hunter@2secret", "hunter", "2secret"}),
    ("https://0123456789abcdef@sentry.io/1", {"0123456789abcdef"}),
    ("https://hooks.example.com:8080/services/ops@example.com", set()),
    ("https://hooks.example.com/services/ops?to=ops@example.com", set()),
]


@pytest.mark.parametrize(("url", "parts"), URLS)
def test_the_credentials_in_a_secret_url_are_secrets_themselves(url: str, parts: set[str]):
    config.load(start_dir="/", settings={"my_secret_url": url}, environ={})
    assert set(config.secret_values()) == {url, *parts}


def test_of_a_url_that_is_no_secret_the_password_is_one_and_the_user_is_not():
    settings = {"stores": ["redis://default:hunter2secret/x@h/0", "https://bob-of-here@example.com", "http://h:80/a@b"]}
    config.load(start_dir="/", settings=settings, environ={})
    assert set(config.secret_values()) == {"hunter2secret/x", "hunter2secret"}
    assert "hunter2secret" not in repr(config.get_config())


@pytest.mark.parametrize("password", ["hunter2secret/x", "hunter2secret#x", "hunter2secret?x", "pw1/x", "pw1#x"])
def test_what_an_exception_says_of_a_url_does_not_show_its_password(password: str):
    url = f"redis://:{password}@127.0.0.1:9379/0"
    config.load(start_dir="/", settings={"rate_limit_store": url}, environ={})
    with pytest.raises(ValueError, match="Port could not be cast") as raised:
        urlsplit(url).port  # noqa: B018  # it raises
    clean = Scrubbing().text(str(raised.value))
    assert clean == "Port could not be cast to integer value as ********"
