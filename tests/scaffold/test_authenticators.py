"""The module of functions that say who may call."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from pymacaron.scaffold.authenticators import module_text
from pymacaron.spec.load import load

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths: {}
components:
  securitySchemes:
    api-key: {type: apiKey, in: cookie, name: "k\\"y"}
    login: {type: http, scheme: basic}
    os: {type: mutualTLS}
    digest: {type: http, scheme: digest}
"""


@pytest.fixture
def module(tmp_path: Path) -> dict[str, Any]:
    """The names of the module for all schemes of SHOP, and one that it does not declare."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    schemes = load(tmp_path / "shop.yaml").security_schemes
    text = module_text({**schemes, "lost": None, "api.key": None}, "apis/shop.yaml")
    ast.parse(text)
    names: dict[str, Any] = {}
    exec(text, names)
    return names


def test_each_scheme_has_a_function_of_its_own(module: dict[str, Any]) -> None:
    found = {name: function.__name__ for name, function in module["AUTHENTICATORS"].items()}
    assert found == {
        "api-key": "api_key",
        "login": "login",
        "os": "os_",
        "digest": "digest",
        "lost": "lost",
        "api.key": "api_key_",
    }
    assert module["api_key"].__doc__ == 'A key in the cookie k"y.'


def test_they_let_everybody_in_in_development_and_nobody_elsewhere(
    module: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for environment, claims in (("dev", {"sub": "developer"}), ("prod", None), (None, None)):
        monkeypatch.delenv("PYM_ENV", raising=False)
        if environment is not None:
            monkeypatch.setenv("PYM_ENV", environment)
        assert {name: f("x", ()) for name, f in module["AUTHENTICATORS"].items()} == dict.fromkeys(
            module["AUTHENTICATORS"], claims
        )
