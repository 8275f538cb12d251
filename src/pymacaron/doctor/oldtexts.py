"""
What is no Python of an old service: descriptions, pym-config.yaml, requirements, scripts. By their lines, as people
wrote them: a Makefile or a Dockerfile has no tree to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch

from pymacaron.doctor.change import Legacy

__all__ = ["kind_of", "of_text"]

_Rule = tuple[re.Pattern[str], bool, Callable[[re.Match[str]], str], Callable[[re.Match[str]], str]]

_SCRIPTS = ("*.sh", "*.cfg", "*.ini", "Makefile", "*.mk", "Dockerfile*", "Procfile", "Jenkinsfile", "*.yml", "*.yaml")
_DEPENDENCIES = ("*requirements*.txt", "Pipfile", "pyproject.toml", "constraints*.txt")


def kind_of(name: str) -> str:
    """`config`, `dependencies`, `description` or `script`, by the name of a file; "" for what is not looked at."""
    if fnmatch(name, "pym-config*.yaml") or fnmatch(name, "klue-config*.yaml"):
        return "config"
    if any(fnmatch(name, pattern) for pattern in _DEPENDENCIES):
        return "dependencies"
    if name.endswith((".yaml", ".yml", ".json")):
        return "description"
    return "script" if any(fnmatch(name, pattern) for pattern in _SCRIPTS) else ""


def _rule(pattern: str, is_must: bool, fact: str, mend: str) -> _Rule:
    """*fact* and *mend* may have groups of the *pattern* in braces."""

    def said(text: str) -> Callable[[re.Match[str]], str]:
        return lambda match: text.format(*match.groups(), **match.groupdict())

    return re.compile(pattern), is_must, said(fact), said(mend)


_COMMANDS = {
    "pymtest": "run_acceptance_tests, or pymacaron test",
    "pymdeploy": "deploy_pipeline --push --deploy, or pymacaron deploy",
    "pymconfig": "get_config().KEY; pymacaron check looks at pym-config.yaml",
}
_OF_SCRIPTS = [
    *(_rule(rf"\b{name}\b", True, f"{name} is gone", f"Instead: {new}") for name, new in _COMMANDS.items()),
    _rule(r"\bnosetests\b", True, "nose does not run on this Python", "Write: pytest"),
    _rule(r"\bpython2(?:\.\d)?\b|\bFROM python:2", True, "Python 2 is gone", "Name Python 3.11 or later"),
    _rule(r"\bFROM python:3\.(?P<minor>\d|10)\b", True, "Python 3.{minor} is too old", "Name 3.11 or later"),
    _rule(
        r"\b(?P<name>klue-[a-z-]+|pymacaron-(?:core|async|unit|aws))\b(?!/)",
        True,
        "{name} is part of pymacaron now, or gone",
        "Install pymacaron alone",
    ),
]
_OF_DEPENDENCIES = [
    _rule(
        r"^\s*[\"']?(?P<name>klue[a-z-]*|pymacaron-(?:core|async|unit|aws|dynamodb)|bravado(?:-core)?|nose)\b",
        True,
        "{name} is part of pymacaron now, or gone",
        "Take it out, and: pip uninstall {name}",
    ),
    _rule(
        r"(?i)^\s*[\"']?flask\s*(?:=\s*[\"'])?\s*(?:==|~=|<=?)\s*(?P<version>[012]\.[\d.]*|3\.0[\d.]*)",
        True,
        "Flask {version} is too old",
        "Write Flask>=3.1, or leave it to pymacaron",
    ),
    _rule(
        r"^\s*[\"']?pymacaron\s*(?:=\s*[\"'])?\s*(?:==|~=|<=?)\s*(?P<version>[012]\.[\d.]*)",
        True,
        "pymacaron {version} is the old one",
        "Write pymacaron>=3",
    ),
]
_BINDING = r"^\s*[\"']?x-(?P<key>bind-server|decorate-server|decorate-request)[\"']?\s*:\s*"
_OF_DESCRIPTIONS = [
    _rule(
        _BINDING + r"[\"']?(?P<module>[\w.]+):(?P<name>\w+)",
        True,
        "{module}:{name} is no dotted path",
        "Write x-{key}: {module}.{name}",
    ),
    _rule(
        _BINDING + r"[\"']?(?P<path>[\w.]+)\(",
        True,
        "a call is no dotted path",
        "Write x-{key}: {path}, a function that takes what the operation gives it",
    ),
    _rule(
        _BINDING + r"[\"']?(?P<name>\w+)[\"']?,?\s*$",
        True,
        "{name} names no module",
        "Write the module, too: x-{key}: package.module.{name}",
    ),
    _rule(
        r"(?P<module>(?:klue|pymacaron_core|klue_microservice)\.(?:auth|decorators)\.\w+)",
        True,
        "there is no {module} any more",
        "requires_auth and add_auth are in pymacaron.auth",
    ),
    _rule(
        r"^[\"']?\s*[\"']?basePath[\"']?\s*:\s*[\"']?(?P<path>/[^\"'\s,]+)",
        True,
        "basePath {path} counts now: operations are served below it",
        "Write ignore_base_path: true in pym-config.yaml where callers rely on paths without it",
    ),
]
_OF_CONFIGS = [
    _rule(r"^debug\s*:", True, "debug is never read from a file", "Take it out: pymacaron run, --debug or PYM_ENV=dev"),
    _rule(
        r"^(?P<key>jwt_secret|aws_secret_access_key)\s*:\s*[\"']?(?![A-Z][A-Z0-9_]*[\"']?\s*(?:#|$))\S",
        False,
        "{key} stands in the file",
        "Name a variable there, and list it in env_secrets",
    ),
    _rule(
        r"^jwt_secret\s*:",
        False,
        "jwt_secret has to have 32 bytes, and tokens an issuer and an audience that fit",
        "Look at it: pymacaron check; tokens of before that lack iss, aud, sub or exp are refused",
    ),
]
_RULES = {
    "config": _OF_CONFIGS,
    "dependencies": _OF_DEPENDENCIES,
    "description": [*_OF_DESCRIPTIONS, *_OF_SCRIPTS],
    "script": _OF_SCRIPTS,
}
_SECRET = re.compile(r"^(\s*[\w-]*(?:secret|password|token|key)[\w-]*\s*:\s*)(?!\[)(\S.*)$", re.IGNORECASE)


def of_text(name: str, text: str) -> Iterator[Legacy]:
    """What is to change in *text*, the file called *name*. No value of a secret is in what is told."""
    kind = kind_of(name)
    if name.startswith("klue-config"):
        yield Legacy(1, 1, True, f"{name} is not looked for", "Rename it: pym-config.yaml", _first(text))
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        for pattern, is_must, fact, mend in _RULES.get(kind, ()):
            match = pattern.search(line)
            if match is not None:
                start = match.start() + len(match[0]) - len(match[0].lstrip())
                shown = _SECRET.sub(r"\1********", line) if kind == "config" else line
                yield Legacy(number, start + 1, is_must, fact(match), mend(match), shown)


def _first(text: str) -> str:
    return text.partition("\n")[0]
