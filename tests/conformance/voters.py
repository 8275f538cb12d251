"""
Those who vote on whether a value is valid: python-jsonschema in this process, ajv in one of node.

Each is asked about a document of translation.py and a pointer into it, and says yes, or no and why.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import jsonschema
import referencing
import referencing.jsonschema

__all__ = ["Ajv", "PythonJsonschema", "Unusable", "Vote", "whole", "why_no_npm"]

NPM = Path(__file__).parent / "npm"

#: None: valid. Else the keywords that the value breaks, a format with its name: `format date`
Vote = frozenset[str] | None


class Unusable(Exception):
    """The validator does not take the schema at all: it has no vote."""


def why_no_npm() -> str | None:
    """Why ajv cannot vote here; None where it can. Installs it, once: an install that failed is tried again."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not here: on Debian, apt-get install nodejs npm"
    wanted = (NPM / "package-lock.json").read_bytes()
    done = NPM / "node_modules" / ".installed"
    if done.exists() and done.read_bytes() == wanted:
        return None
    with (Path(tempfile.gettempdir()) / "pymacaron-conformance.lock").open(
        "wb"
    ) as lock:  # of several tests, one installs
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (done.exists() and done.read_bytes() == wanted):
            ran = subprocess.run(["npm", "ci"], cwd=NPM, capture_output=True, text=True, check=False)
            if ran.returncode:
                return f"npm ci failed: {ran.stderr.strip()[-500:]}"
            done.write_bytes(wanted)
    return None


class Ajv:
    """ajv 8 with ajv-formats, and ajv-draft-04: a context manager around one process of node."""

    name = "ajv"

    def __enter__(self) -> Ajv:
        self._process = subprocess.Popen(
            ["node", "votes.js"], cwd=NPM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def take(self, document: Mapping[str, Any]) -> None:
        """*document* is what the next votes are about."""
        self._ask({"document": document})

    def votes(self, reference: str, values: Sequence[Any]) -> list[Vote]:
        """What it says of each of *values*. Raises Unusable."""
        reply = self._ask({"reference": reference, "values": values})
        return [
            None if valid else frozenset(f"{keyword} {detail}".strip() for keyword, detail in faults)
            for valid, faults in zip(reply["votes"], reply["faults"], strict=True)
        ]

    def _ask(self, question: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        if "error" in reply:
            raise Unusable(reply["error"])
        return reply


class PythonJsonschema:
    """python-jsonschema, with its formats."""

    name = "python-jsonschema"

    def take(self, document: Mapping[str, Any]) -> None:
        """*document* is what the next votes are about."""
        self._later = "2020-12" in document["$schema"]
        cls = jsonschema.Draft202012Validator if self._later else jsonschema.Draft4Validator
        rules = referencing.jsonschema.DRAFT202012 if self._later else referencing.jsonschema.DRAFT4
        registry = referencing.Registry().with_resource("urn:it", rules.create_resource(document))
        self._whole = cls({}, registry=registry, format_checker=_checker())

    def votes(self, reference: str, values: Iterable[Any]) -> list[Vote]:
        """What it says of each of *values*. Raises Unusable."""
        validator = self._whole.evolve(schema={"$ref": f"urn:it{reference}"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's `re`, about patterns of ECMA-262
            return [_vote(validator, value if self._later else whole(value)) for value in values]


def whole(value: Any) -> Any:
    """*value* with 1 for 1.0: in draft 4 only the first is an integer, to us both are, whatever the version."""
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@lru_cache(1)
def _checker() -> jsonschema.FormatChecker:
    """The formats of 2020-12, and OpenAPI's byte."""
    checker = jsonschema.FormatChecker(())
    checker.checkers = {**jsonschema.Draft202012Validator.FORMAT_CHECKER.checkers, "byte": (_is_base64, ())}
    return checker


def _vote(validator: Any, value: Any) -> Vote:
    try:
        errors = list(validator.iter_errors(value))
    except Exception as error:  # a pattern that Python does not know, and whatever else it stumbles over
        raise Unusable(f"{type(error).__name__}: {error}") from None
    return (
        frozenset(f"format {e.validator_value}" if e.validator == "format" else str(e.validator) for e in errors)
        or None
    )


def _is_base64(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True
