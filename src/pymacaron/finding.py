"""
One thing that is wrong, where it stands, and how to mend it: what a compiler calls a diagnostic.

Everything that reads what people wrote (descriptions, config, handlers) makes Findings; `check` and the start of a
service print them. No I/O here: whoever makes a Finding hands in the source line. Every code stands in CODES, with the
severity that it has; docs/findings.md explains each one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "CODES",
    "Finding",
    "FindingsError",
    "Severity",
    "did_you_mean",
    "nearest",
    "sorted_findings",
    "text",
    "with_article",
]

Severity = Literal["error", "warning"]

#: dict: code of a finding -> its severity. The codes never change their meaning.
CODES: dict[str, Severity] = {
    # reading a file
    "missing-file": "error",
    "unreadable-file": "error",
    "empty-file": "error",
    "encoding": "error",
    "yaml-syntax": "error",
    "json-syntax": "error",
    "duplicate-key": "error",
    "too-deep": "error",
    "too-large": "error",
    "unknown-tag": "error",
    "lenient-json": "warning",
    # a description as a whole
    "not-a-description": "error",
    "missing-version": "error",
    "unknown-version": "error",
    "path-parameter-missing": "warning",
    "path-parameter-unused": "warning",
    "path-parameter-twice": "warning",
    "duplicate-parameter": "error",
    "exclusive-parameters": "error",
    "duplicate-operation-id": "warning",
    "same-path": "warning",
    "argument-clash": "warning",
    # config and security
    "missing-config": "error",
    "config-type": "error",
    "config-key": "warning",
    "setting-clash": "warning",
    "deploy-setting": "error",
    "missing-setting": "error",
    "missing-secret": "error",
    "weak-secret": "error",
    "weak-development-secret": "warning",
    "plain-secret": "warning",
    "cors-credentials": "error",
    "unusable-key": "error",
    "unenforced-security": "error",
    "unbound-authenticator": "error",
    "ambiguous-security": "error",
    "client-auth": "error",
    # the structure of a description
    "wrong-type": "error",
    "missing-field": "error",
    "unknown-key": "error",
    "wrong-value": "error",
    "exclusive-fields": "error",
    "misplaced-field": "error",
    "dangling-ref": "error",
    "remote-ref": "warning",
    "not-text": "warning",
    "empty-field": "warning",
    "incomplete": "warning",
    "no-schema": "warning",
    "needless-key": "warning",
    "unexpected-key": "warning",
    "unknown-keyword": "warning",
    "ignored-keyword": "warning",
    "unknown-dialect": "warning",
    "other-version": "warning",
    "unknown-type": "warning",
    "unknown-status": "warning",
    "unknown-security-type": "warning",
    "unknown-security-scheme": "warning",
    "impossible-security": "warning",
    "unknown-scope": "warning",
    "optional-path-parameter": "warning",
    "path-slash": "warning",
    "server-address": "warning",
    "unknown-variable": "warning",
    "unknown-schema": "warning",
    "unknown-operation": "warning",
    "unknown-property": "warning",
    "unfit-style": "warning",
    "unusable-date": "warning",
    "ignored-parameter": "warning",
    # handlers, decorators, parents
    "no-handler": "error",
    "unbound": "error",
    "module-import": "error",
    "module-syntax": "error",
    "signature": "error",
    "annotation": "warning",
    "hidden-default": "warning",
    "drift": "error",
    "unbound-decorator": "error",
    "x-parent": "error",
    "x-persist": "error",
    # what only check looks at, and the installation
    "example-mismatch": "warning",
    "default-mismatch": "warning",
    "unusable-pattern": "warning",
    "unknown-api": "error",
    "unknown-webhook": "error",
    "webhook-path": "error",
    "reserved-name": "error",
    "old-distribution": "error",
    "missing-library": "error",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One problem. `line` and `column` count from 1; 0 where the finding is about the file as a whole.

    `fact` says what is so, `mend` what to do about it; neither ends in a full stop where it is a fragment.
    `source` is the line of text that the finding points into, `width` the number of characters to underline.
    """

    file: str
    line: int
    column: int
    code: str
    fact: str
    mend: str = ""
    source: str = ""
    width: int = 1

    @property
    def severity(self) -> Severity:
        return CODES[self.code]

    @property
    def where(self) -> str:
        """`file:line:column`, without the parts that are not known."""
        parts = [self.file, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(parts)


class FindingsError(Exception):
    """
    What stands in a file, a description or a service's code keeps it from being used; `findings` lists all of it.

    Its text is what `pymacaron check` would print. Never shown with a traceback by letsgo or the command line.
    """

    def __init__(self, findings: Iterable[Finding]):
        self.findings = sorted_findings(findings)
        super().__init__(text(self.findings))

    def __reduce__(self) -> tuple[type[FindingsError], tuple[list[Finding]]]:
        return type(self), (self.findings,)


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Without repetitions, in the order of files and lines."""
    return sorted(dict.fromkeys(findings), key=lambda f: (f.file, f.line, f.column, f.code, f.fact))


def text(findings: Iterable[Finding]) -> str:
    """The findings as a compiler prints them: place, severity, code and fact; the source line; a caret and the mend."""
    return "\n".join(_one(finding) for finding in findings)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of *names* that somebody who wrote *name* probably meant, or None."""
    by_lower = {candidate.lower(): candidate for candidate in names}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`Did you mean 'x'?`, or an empty string where nothing is near."""
    match = nearest(name, names)
    return f"Did you mean {match!r}?" if match is not None else ""


def with_article(noun: str) -> str:
    """`a str`, `an int`, `a UUID`."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') and noun != 'UUID' else 'a'} {noun}"


def _one(finding: Finding) -> str:
    head = f"{finding.where}: {finding.severity}[{finding.code}]: {finding.fact}"
    if not finding.source:
        return f"{head}\n    {finding.mend}" if finding.mend else head
    source, offset = _cut(finding.source, finding.column)
    gutter = f"{finding.line:>6} | "
    caret = " " * (len(gutter) + offset) + "^" * max(1, min(finding.width, len(source) - offset))
    return f"{head}\n{gutter}{source}\n{caret}{' ' + finding.mend if finding.mend else ''}"


def _cut(line: str, column: int, width: int = 120) -> tuple[str, int]:
    """At most *width* characters of *line* around *column*, tabs as one blank, and where the column is in them."""
    line = line.replace("\t", " ").rstrip()
    if not line.isprintable():  # nothing that a file holds may steer a terminal
        line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
    offset = max(0, min(column - 1, len(line)))
    if len(line) <= width:
        return line, offset
    start = max(0, min(offset - 20, len(line) - width))
    return line[start : start + width], offset - start
