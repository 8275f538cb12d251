"""`check` says of a pym-config.yaml what a start would: keys that cannot be used, and who enforces what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron.check import check
from pymacaron.finding import text

Files = Callable[[dict[str, str]], None]

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key}
paths:
  /a: {get: {security: [{key: []}], responses: {'200': {description: ok}}}}
"""
KEYS = """\
name: shop
jwt_issuer: us
jwt_audience: shop
jwt_algorithm: ES256
jwt_key_files: [keys/one.pem]
jwt_issuers: [{issuer: partner, jwks: keys/jwks.json}]
"""


def told(*paths: str) -> str:
    return text(check(paths).findings)


def test_keys_that_cannot_be_used_are_told_where_they_are_named(files: Files):
    files({"apis/shop.yaml": SHOP, "pym-config.yaml": KEYS})
    found = told()
    assert (
        "pym-config.yaml:5:16: error[unusable-key]: jwt_key_files: keys/one.pem: No such file or directory\n" in found
    )
    assert "pym-config.yaml:6:14: error[unusable-key]: jwt_issuers: keys/jwks.json: No such file" in found


def test_keys_are_found_beside_the_file_that_names_them(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files({"shop/apis/shop.yaml": SHOP, "shop/pym-config.yaml": KEYS, "shop/keys/jwks.json": "{}"})
    (tmp_path / "shop/keys/one.pem").write_bytes(b"no key")
    found = told("shop/apis")
    assert "keys/one.pem: it is not a private or public key in PEM\n" in found
    assert "keys/jwks.json: it is no JWKS: it has no list `keys`\n" in found


def test_a_function_that_is_not_there_is_told_and_what_was_imported_is_forgotten(files: Files):
    config = "security: {key: checked_guards.by_kee}\n"
    files({"apis/shop.yaml": SHOP, "pym-config.yaml": config, "checked_guards.py": "def by_key(a, b): ...\n"})
    assert told() == (
        "pym-config.yaml:1:17: error[unbound-authenticator]: security: key: 'checked_guards.by_kee' names no function\n"
        "     1 | security: {key: checked_guards.by_kee}\n"
        "                         ^^^^^^^^^^^^^^^^^^^^^ checked_guards.py has by_key. Did you mean "
        "'checked_guards.by_key'?"
    )
    assert "checked_guards" not in sys.modules


def test_a_module_that_raises_is_told_in_its_file(files: Files):
    config = "security: {key: raising_guards.f}\n"
    files({"apis/shop.yaml": SHOP, "pym-config.yaml": config, "raising_guards.py": "\n1 / 0\n"})
    assert told().startswith("raising_guards.py:2:0: error[module-import]: ") or "raising_guards.py:2" in told()


def test_a_scheme_that_no_description_has_is_told_where_all_are_looked_at(files: Files):
    files({"apis/shop.yaml": SHOP, "apis/other.yaml": SHOP, "pym-config.yaml": "security: {keyy: off, other: off}\n"})
    assert told() == (
        "pym-config.yaml:1:12: warning[unknown-security-scheme]: no api has a security scheme 'keyy'\n"
        "     1 | security: {keyy: off, other: off}\n"
        "                    ^^^^ Did you mean 'key'?"
    )
    assert told("apis/shop.yaml") == ""


def test_a_config_that_is_well_is_told_nothing_of(files: Files):
    files({"apis/shop.yaml": SHOP, "pym-config.yaml": "security: {key: off}\n"})
    assert told() == ""
    files({"pym-config.yaml": "security: off\n"})
    assert told() == ""


def test_a_path_of_the_settings_that_an_operation_has_is_told(files: Files):
    shop = SHOP.replace("get: {", "get: {x-bind-server: checked_paths.get, ").replace("security: [{key: []}], ", "")
    code = "def get():\n    return {}\n"
    files({"apis/shop.yaml": shop, "pym-config.yaml": "readiness_path: /a\n", "checked_paths.py": code})
    assert (
        "pym-config.yaml:1:17: warning[setting-clash]: readiness_path is '/a', where the service answers itself: "
        "that stays, and readiness_path is nowhere\n"
    ) in told()


def test_the_paths_of_services_that_are_called_are_theirs(files: Files):
    files({"apis/shop.yaml": SHOP, "pym-config.yaml": "readiness_path: /a\n"})
    assert "setting-clash" not in told()
