"""
A bundle of dialect.py -> the validator that runs it: jsonschema-rs, with checks of formats that it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pymacaron.schema.formats import FORMATS, Format
from pymacaron.schema.keywords import HOSTNAME, is_hostname

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["OWN_FORMAT", "validator"]

#: The keyword that stands for `format` where the format is one of the user's own
OWN_FORMAT = "x-own-format"


def validator(bundle: dict[str, Any], formats: Mapping[str, Format]) -> Validator:
    """
    The validator of *bundle*, with our own checks of *formats*.

    Should it still refuse a part of the schema, that part is left out: a service is not to fail over it, `check`
    reports it.
    """
    import jsonschema_rs

    own = {name: known.check for name, known in formats.items() if known.check is not None}
    checks = {HOSTNAME: is_hostname, **own}
    keywords: dict[str, Any] = {OWN_FORMAT: _own_format(checks)} if formats.keys() != FORMATS.keys() else {}
    for _ in range(100):
        try:
            return jsonschema_rs.Draft202012Validator(
                bundle, formats=checks, keywords=keywords, validate_formats=True, offline=True
            )
        except jsonschema_rs.ValidationError as error:
            bundle = _without(
                bundle, [str(token) if not isinstance(token, int) else token for token in error.instance_path]
            )
    return jsonschema_rs.Draft202012Validator({})


def _own_format(checks: Mapping[str, Callable[[Any], Any]]) -> type:
    """The keyword class of formats of one's own: unlike `format`, it is asked about numbers too."""

    class OwnFormat:
        def __init__(self, parent: dict[str, Any], name: str, path: list[str | int]):
            self._name = name
            self._check = checks.get(name)

        def validate(self, instance: Any) -> None:
            checked = isinstance(instance, (str, int, float)) and not isinstance(instance, bool)
            if checked and self._check is not None and not self._check(instance):
                raise ValueError(self._name)

    return OwnFormat


def _without(value: Any, path: list[str | int]) -> Any:
    """A copy of *value* without what stands at *path*."""
    if not path:
        return {}
    token, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {k: _without(v, rest) if k == token and rest else v for k, v in value.items() if k != token or rest}
    if isinstance(value, list):
        return [_without(v, rest) if i == token and rest else v for i, v in enumerate(value) if i != token or rest]
    return value
