"""A document and an environment -> the values in force, and everything that is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pymacaron.config.faults import faults
from pymacaron.config.kinds import KINDS, SWITCH, Unfit, brief, example, kind_of, shown
from pymacaron.config.places import ENVIRONMENT, Place
from pymacaron.config.settings import SETTINGS, is_secret, is_slip, near
from pymacaron.config.variables import substitute
from pymacaron.finding import Finding, sorted_findings
from pymacaron.source import Document, Node

__all__ = ["Resolved", "resolve"]

_SETTINGS = "API(settings=...)"

#: Variables with the prefix of settings that are something else
_OTHER_VARIABLES = frozenset(
    (
        "PYM_CONTAINER_VERSION",
        "PYM_DEBUG",
        "PYM_ENV",
        "PYM_JWT_TOKEN",
        "PYM_NO_SSL_CHECK",
        "PYM_SERVER_HOST",
        "PYM_SERVER_SCHEME",
    )
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """
    A config as it is in force. `values`: dict of key -> value, settings with their defaults and the user's own keys.

    `broken`: dict of key -> what is wrong with it; such a key is not in `values`. `masked`: the keys not to be shown.
    """

    values: Mapping[str, Any]
    broken: Mapping[str, Finding]
    masked: frozenset[str]
    findings: tuple[Finding, ...]
    dev: bool
    #: Where each value that was given comes from
    places: Mapping[str, Place]


def resolve(
    document: Document | None,
    settings: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    assigned: Mapping[str, Any] | None = None,
) -> Resolved:
    """
    The config that *assigned* and *settings* (plain values), *environ* (dict of variables) and the pym-config.yaml in
    *document* give; the first of them that has a key wins.

    Raises nothing: what is wrong stands in `.findings`.
    """
    environ = {} if environ is None else environ
    found: list[Finding] = []
    given, places = _given(document, settings or {}, environ, assigned or {}, found)
    values: dict[str, Any] = {}
    broken: dict[str, Finding] = {}
    for key, value in given.items():
        setting = SETTINGS.get(key)
        if setting is None:
            values[key] = value
            continue
        if value is None:
            continue
        try:
            values[key] = KINDS[setting.kind](value, setting, places[key].label == ENVIRONMENT)
        except Unfit as unfit:
            begin = f"{places[key].key} is {shown(setting, value)}"
            usual = example(setting, value)
            in_environment = places[key].label == ENVIRONMENT
            written = f"Set it as in: export {places[key].key}=" if in_environment else f"Write {key}: "
            broken[key], *others = (
                places[key].at(*one.path).finding("config-type", f"{begin}, {one}", f"{written}{one.such or usual}")
                for one in (unfit, *unfit.others)
            )
            found += others
            if setting.kind == "clients":  # nothing tells what in its line is a secret
                broken[key] = replace(broken[key], source="", width=0)
    masked = {key for key in given if is_secret(key)}
    missing = substitute(values, places, environ, masked)
    for key, finding in missing:
        found.append(finding)
        if key:
            values.pop(key, None)
            broken[key] = finding
    found += [finding for finding in broken.values() if finding not in found]
    for setting in SETTINGS.values():
        if setting.name not in broken and values.get(setting.name) is None:
            values[setting.name] = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    if "live_host" in values and values.get("live_url", "") is None:
        values["live_url"] = values["live_host"]
    dev = values.get("debug") is True or environ.get("PYM_ENV") == "dev"
    values["debug"] = dev
    if values.get("response_validation", "") is None:
        values["response_validation"] = "strict" if dev else "report"
    found += faults(values, broken, places, dev)
    found += _file_findings(document)
    return Resolved(values, broken, frozenset(masked), tuple(sorted_findings(found)), dev, places)


def _given(
    document: Document | None,
    settings: Mapping[Any, Any],
    environ: Mapping[str, str],
    assigned: Mapping[str, Any],
    found: list[Finding],
) -> tuple[dict[str, Any], dict[str, Place]]:
    """Every key that somebody gave, with the value that wins and its place. An empty variable gives nothing."""
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    root = Node(document.value, document) if document is not None else None
    if root is not None and root.value is not None and not isinstance(root.value, dict):
        mend = "Write one key and value on each line, as in: name: myservice"
        fact = f"the config is {kind_of(root.value)}, not keys and values"
        # Without keys, nothing tells what of it is a secret
        found.append(replace(root.finding("config-type", fact, mend), source=""))
    for key, node in root.members() if root is not None else ():
        if key == "debug":
            fact = "debug in a file does nothing: a forgotten one would open a live service"
            found.append(node.finding("config-key", fact, "Start with --debug, or set PYM_ENV=dev", key=True))
            continue
        values[key] = node.value
        places[key] = Place(key, key, node, is_secret(key))
    by_variable = {f"PYM_{key.upper()}": key for key in (*values, *SETTINGS)}
    for variable, content in environ.items():
        if not variable.startswith("PYM_") or not content or variable in _OTHER_VARIABLES:
            continue
        known = by_variable.get(variable)
        if known is not None:
            place = Place(variable, ENVIRONMENT)
            values[known] = content if known in SETTINGS else _like(values[known], content, place, found)
            places[known] = place
        elif match := near(variable[4:].lower()):
            fact = f"no setting belongs to the variable {variable}"
            found.append(Finding(ENVIRONMENT, 0, 0, "config-key", fact, f"Did you mean PYM_{match.upper()}?"))
    for key, value in settings.items():
        if not isinstance(key, str):
            fact = f"the key {brief(key)} is {kind_of(key)}, not a text"
            found.append(Finding(_SETTINGS, 0, 0, "config-type", fact, 'Write settings={"debug": True}'))
            continue
        values[key] = value
        places[key] = Place(key, _SETTINGS)
        if key not in SETTINGS and (match := near(key)):
            found.append(places[key].finding("config-key", f"{key!r} is no setting", f"Did you mean {match!r}?"))
    for key, value in assigned.items():
        values[key] = value
        places[key] = Place(key, "get_config()")
    return values, places


def _like(value: Any, content: str, place: Place, found: list[Finding]) -> Any:
    """The *content* of a variable, of the type that the file's *value* of an own key has."""
    try:
        if isinstance(value, bool):
            return SWITCH[content.strip().lower()]
        if isinstance(value, (int, float)):
            return type(value)(content)
    except (KeyError, ValueError):
        found.append(
            place.finding(
                "config-type", f"{place.key} is not {kind_of(value)}, as the file has it", "Give one of that kind"
            )
        )
        return value
    return [part.strip() for part in content.split(",")] if isinstance(value, list) else content


def _file_findings(document: Document | None) -> Iterator[Finding]:
    if document is None or not isinstance(document.value, dict):
        return
    root = Node(document.value, document)
    for key, node in root.members():
        match = None if key in SETTINGS else near(key)
        if match is not None and (match not in document.value or is_slip(str(key), match)):
            mend = f"Did you mean {match!r}?"
            place = Place(key, key, node, is_secret(match))
            yield place.finding("config-key", f"{key!r} is a key of your own, not a setting", mend, key=True)
