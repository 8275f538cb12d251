"""The JSON Schema of pym-config.yaml takes what the config takes, and refuses what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pymacaron.config import SETTINGS, kinds, resolve, schemas
from pymacaron.config.clients import CLIENT_KEYS
from pymacaron.config.deploying import DEPLOY_KEYS
from pymacaron.config.kinds import Unfit
from pymacaron.schema.formats import FORMATS
from pymacaron.schema.validators import validator
from pymacaron.source import read

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.config_schema()
#: Two readers of the same schema: jsonschema-rs, by our own room, and jsonschema
OURS = validator(SCHEMA, FORMATS)
PYTHONS = jsonschema.Draft202012Validator(SCHEMA)

TEXTS = (
    *("", " ", "x", "a b", "a,b", "a.b", "/", "/livez", "/a/b-c", "livez", "/a b", "/a?b", "token", "a;b", "1.5", "17"),
    *("off", "OFF", " off ", "on", "Yes", "true", "False", "no", "0", "1", "none", "memory", "HS256", "es512", "HS257"),
    *("strict", "Report", "auth", "public", "usual", "ignore", "pass", "direct", "json", "tls", "user", "SHOP_KEY"),
    *("s=a.b", "s=a.b, t=off", "s=", "=a.b", " =a.b", "s=x", "s=a.b,", "s=on", "s=a=b.c", "t=off,s=No", "s=a.b,,t=off"),
    *(
        "https://a.example.com",
        "HTTP://a:8080/v1",
        "ftp://a",
        "https://",
        "https://u:p@a",
        "https://a?b=c",
        "https://a/#b",
    ),
    *(
        "https://a/b?c",
        "https://a/b c@d",
        "//a",
        "socks5://a",
        "123456789012",
        "1234",
        "shop",
        "shop-",
        "sho",
        "t3.small",
    ),
    *("blue-green", "granian", "sidecar", "ssm", "client_secret_post", "ops@example.com"),
)
MAPS: tuple[Any, ...] = (
    {},
    *({"a": one} for one in (None, True, False, 1, "x", "", "b.c", "off", "On", [], ["b"], {})),
    *({"a": {"b": one}} for one in (None, False, 1, "x", "c.d", "no", {}, {"c": "d.e"})),
    *({"aws:autoscaling:asg": one} for one in (1, "x", [], {}, {"MinSize": 1}, {"MinSize": None}, {"Custom": True})),
    *({"issuer": one} for one in (None, "", "x", 1)),
    *({"issuer": "x", **more} for more in ({"audience": "a"}, {"audience": None}, {"jwks": "f"}, {"jwk": "f"})),
    *({"issuer": "x", "algorithms": one} for one in ([], ["RS256"], ["HS256"], "RS256", None)),
    *({"username": "u", **more} for more in ({}, {"password": "P"}, {"password": ""}, {"password": "P", "x": "y"})),
    *(
        {"client_id": "c", **more}
        for more in ({}, {"client_secret": "S"}, {"refresh_token": ""}, {"refresh_token": "R"})
    ),
    *(
        {"client_id": "c", "client_secret": "S", name: one}
        for name, one in (
            *(("scopes", one) for one in ("a b", ["a"], [""], [1], [], 1, "")),
            *(("client_auth", one) for one in ("client_secret_post", "basic", None)),
            *(("token_url", one) for one in ("https://a/token", "https://a?b", "a", "https://u:p@a/")),
            *(("audience", one) for one in ("a", "", None)),
            *(("password", one) for one in ("p",)),
        )
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 16, 17, 600, 601, 3601, 65_536, 86_401, 2**63, 0.5, 1.5, -0.5),
    *TEXTS,
    *MAPS,
    *([], [None], [1], *([one] for one in TEXTS), *([one] for one in MAPS), ["a", "b"], ["a", 1]),
)


def taken(value: Any) -> bool:
    """Whether both readers of the schema take *value*; they are of one mind."""
    of_ours, of_pythons = OURS.is_valid(value), PYTHONS.is_valid(value)
    assert of_ours == of_pythons, value
    return of_ours


def fits(name: str, value: Any) -> bool:
    """Whether the config takes *value* for the setting *name* in a file."""
    setting = SETTINGS[name]
    try:
        return value is None or kinds.KINDS[setting.kind](value, setting, False) is not ...
    except Unfit:
        return False


def test_it_is_a_schema_of_2020_12() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_it_has_every_setting_with_its_words_and_a_value_that_it_takes() -> None:
    properties = SCHEMA["properties"]
    assert {name: said["description"] for name, said in properties.items()} == {
        name: setting.doc for name, setting in SETTINGS.items()
    }
    assert [
        name for name, said in properties.items() if not taken({name: said.get("default")}) and name != "debug"
    ] == []


def test_there_is_a_schema_for_each_kind() -> None:
    assert schemas.KINDS.keys() == kinds.KINDS.keys()


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "debug"])
def test_it_takes_what_the_config_takes(name: str) -> None:
    assert [value for value in VALUES if taken({name: value}) != fits(name, value)] == []


@pytest.mark.parametrize("key", [*CLIENT_KEYS, "urll"])
def test_it_takes_of_a_client_what_the_config_takes(key: str) -> None:
    given = [{"login": {key: value}} for value in VALUES]
    assert [value for value in given if taken({"clients": value}) != fits("clients", value)] == []


def test_it_takes_of_credentials_what_the_config_takes() -> None:
    given = [{"login": {"auth": {"key": value}}} for value in VALUES]
    assert [value for value in given if taken({"clients": value}) != fits("clients", value)] == []


@pytest.mark.parametrize("key", [*DEPLOY_KEYS, "strategi"])
def test_it_takes_of_a_release_what_the_config_takes(key: str) -> None:
    given = [{key: value} for value in VALUES]
    assert [value for value in given if taken({"deploy": value}) != fits("deploy", value)] == []


def test_it_refuses_debug_which_does_nothing_in_a_file() -> None:
    assert not taken({"debug": True})


def test_keys_of_ones_own_are_welcome_and_a_file_may_be_empty() -> None:
    assert taken({"greeting": {"en": ["Welcome"]}})
    assert taken(None)
    assert not taken(["name"])


def configs() -> Iterator[tuple[str, str]]:
    """Of each config in the tests, the examples and the docs: where it stands, and its text."""
    for folder in ("examples", "tests"):
        for path in sorted((ROOT / folder).rglob("pym-config*.yaml")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r"^```yaml file=\S*pym-config\S*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield f"{page.name}:{text.count(chr(10), 0, block.start()) + 1}", block[1]


CONFIGS = dict(configs())
#: No YAML at all
BROKEN = {"tests/messages/start-broken-yaml/pym-config.yaml"}


@pytest.mark.parametrize("where", [where for where in CONFIGS if where not in BROKEN])
def test_what_it_says_of_a_config_is_what_the_config_says_of_values(where: str, tmp_path: Path) -> None:
    """What depends on variables, and misspelt keys, are for `pymacaron check`."""
    (tmp_path / "pym-config.yaml").write_text(CONFIGS[where], encoding="utf-8")
    document = read(tmp_path / "pym-config.yaml")
    told = {finding.fact.split()[0] for finding in resolve(document).findings if finding.code == "config-type"}
    assert {str(error.absolute_path[0]) for error in PYTHONS.iter_errors(document.value)} == told
    assert taken(document.value) == (not told)


def test_some_of_those_configs_are_wrong() -> None:
    assert len(CONFIGS) > 40
    assert "docs: maybe" in CONFIGS["tests/messages/config-mistakes/pym-config.yaml"]
