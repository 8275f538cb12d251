"""What a client may be told, what is refused of it before a call is made, and what messages say of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from upstreams.server import Server

from pymacaron import ApiPool, load_clients
from pymacaron.exceptions import ConfigError, ValidationError

NO_URL = "no URL such as https://login.example.com"
NO_SECONDS = "no number of seconds above 0"
NO_COUNT = "no whole number above 0"


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("url", "127.0.0.1:8080", NO_URL),
        ("url", "https://shop.example?x=1", NO_URL),
        ("url", "https://shop.example:99999", NO_URL),
        ("url", 5, NO_URL),
        ("url", "https://ada:hush-hush@shop.example", "a URL with a password in it: those belong to auth"),
        ("timeout", "3", NO_SECONDS),
        ("timeout", 0, NO_SECONDS),
        ("connect_timeout", -1, NO_SECONDS),
        ("max_attempts", 0, NO_COUNT),
        ("max_attempts", "3", NO_COUNT),
        ("max_connections", 0, NO_COUNT),
        ("max_reply_bytes", -1, NO_COUNT),
        ("validation", "stritc", "not one of strict, report, off"),
        ("headers", [("X-A", "1")], "no map of names to texts"),
        ("headers", {"X-A": 1}, "no map of names to texts"),
        ("variables", {"port": 80}, "no map of names to texts"),
        ("proxy", "hush-hush", "neither a URL nor false"),
        ("sample", 4, "no number from 0 to 1"),
        ("policy", {"timeout": 3}, "no pymacaron.client.policy.Policy"),
        ("transport", "fake", "nothing that can be called"),
        ("observers", print, "no list of what has begin and end"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_and_named_without_its_value(
    shop: Any, option: str, value: Any, told: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        shop.call.with_options(**{option: value})
    assert str(raised.value) == f"{option} of shop is {told}"


@pytest.mark.parametrize("options", [{"url": ""}, {"proxy": ""}, {"proxy": False}, {"timeout": None}, {"sample": 1}])
def test_an_option_may_say_that_it_is_as_by_default(shop: Any, options: dict[str, Any]) -> None:
    assert shop.call.with_options(**options)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(shop: Any, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=r"^the ca_file .*ca\.pem cannot be used: .*Name a PEM file of certificates$"):
        shop.call.with_options(ca_file=file).book()


def test_a_variable_that_no_server_has_is_refused(tmp_path: Path, server: Server) -> None:
    ok = "responses: {'200': {description: ''}}"
    own = f"servers: [{{url: 'http://127.0.0.1:{server.port}/{{own}}', variables: {{own: {{default: o}}}}}}]"
    paths = f"paths: {{/x: {{get: {{operationId: x, {ok}}}}}, /y: {{{own}, get: {{operationId: y, {ok}}}}}}}"
    head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'http://127.0.0.1:{port}'}]"
    (tmp_path / "far.yaml").write_text(f"{head}\n{paths}")
    load_clients(tmp_path)
    known = {"port": str(server.port), "own": "v2"}
    both = ApiPool.far.call.with_options(variables=known)
    both.x()
    both.y()
    assert [asked.line.split()[1] for asked in server.asked] == ["/x", "/v2/y"]
    with pytest.raises(ConfigError, match=r"the servers of far have no variable 'prot'\. Did you mean 'port'\?"):
        ApiPool.far.call.with_options(variables={"prot": "1"}).x()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("timeout", "is no argument of shop.api.get_pet, but an option of its client: with_options(timeout=...)"),
        ("auth", "is no argument of shop.api.get_pet, but an option of its client: with_options(auth=...)"),
        ("max_attempt", "is no argument of shop.api.get_pet; did you mean 'max_attempts'?"),
    ],
)
def test_an_argument_that_is_an_option_says_so(shop: Any, server: Server, name: str, told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        shop.call.get_pet(number=1, **{name: 3})
    assert raised.value.errors == [{"in": "arguments", "pointer": f"/{name}", "code": "unknown", "detail": told}]
    assert server.asked == []


def test_headers_of_a_call_that_are_no_map_are_refused(shop: Any, server: Server) -> None:
    with pytest.raises(ValidationError, match="arguments /request_headers is no map of names to texts"):
        shop.client.get_pet(number=1, request_headers=[("X-A", "1")])
    assert server.asked == []
