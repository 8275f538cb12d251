"""
`pymacaron diff`: what has changed between two descriptions, and whom it breaks, as text, JSON or Markdown.

What is a change, and how bad one is, is in pymacaron/changes/; here is how it is asked for and shown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import Choice, progress
from pymacaron.finding import did_you_mean

if TYPE_CHECKING:
    from pymacaron.changes import Change

__all__ = ["as_json", "as_markdown", "as_text", "diff"]

_COLOURS = {"breaking": "red", "risky": "yellow", "compatible": "green"}
#: So many operations are named with a change that is the same in all of them
_NAMED = 3


@click.command(short_help="Tell what has changed in descriptions, and whom it breaks.")
@click.argument("old")
@click.argument("new")
@click.option(
    "--format",
    "form",
    type=Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to show what has changed.",
)
@click.option("--json", "is_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--fail-on",
    type=Choice(["breaking", "risky", "none"]),
    default="breaking",
    show_default=True,
    help="Exit with 1 for changes as bad as that, or worse.",
)
@click.option(
    "--allow",
    metavar="CODE[:OPERATION]",
    multiple=True,
    help="Changes that are wanted: they are shown and do not fail. May be given again.",
)
def diff(old: str, new: str, form: str, is_json: bool, fail_on: str, allow: tuple[str, ...]) -> None:
    """
    Tell what has changed from the descriptions OLD to NEW, and whom it breaks: who sends requests, or who reads
    responses.

    OLD and NEW are files, folders of descriptions, git revisions (REVISION or REVISION:PATH) or URLs, such as that of
    the document that a live service serves.

    \b
    Examples:
      pymacaron diff HEAD~1 apis
      pymacaron diff v1.2:apis/shop.yaml apis/shop.yaml
      pymacaron diff https://shop.example.com/doc/shop.json apis/shop.yaml
      pymacaron diff main apis --allow operation-removed:get_pet

    Exits with 0 when nothing breaks, 1 when something does or a side cannot be read, 2 when it was called wrongly.
    """
    from pymacaron.changes.reading import compared

    allowed = _allowed(allow)
    with progress("comparing") as at:
        found = compared(old, new, at)
    wanted = [change for change in found if not _is_allowed(change, allowed)]
    told = _merged(found, allowed)
    shown = {"text": as_text, "json": as_json, "markdown": as_markdown}["json" if is_json else form]
    click.echo(shown(told))
    failing = {"breaking": ("breaking",), "risky": ("breaking", "risky"), "none": ()}[fail_on]
    sys.exit(1 if any(change.severity in failing for change in wanted) else 0)


def _allowed(said: Iterable[str]) -> set[tuple[str, str]]:
    """(code, operation or '') of each. Raises UsageError."""
    from pymacaron.changes import CODES

    found = set[tuple[str, str]]()
    for one in said:
        code, _, operation = one.partition(":")
        if code not in CODES:
            hint = did_you_mean(code, CODES) or "docs/diff.md lists them."
            raise click.UsageError(f"There is no code {code!r}. {hint}")
        found.add((code, operation))
    return found


def _is_allowed(change: Change, allowed: set[tuple[str, str]]) -> bool:
    return (change.code, "") in allowed or (bool(change.operation) and (change.code, change.operation) in allowed)


@dataclass(frozen=True, slots=True)
class _Told:
    """A change, with all the operations that it is one of, and whether it is allowed in all of them."""

    change: Change
    operations: tuple[str, ...]
    is_allowed: bool


def _merged(changes: Sequence[Change], allowed: set[tuple[str, str]]) -> list[_Told]:
    """What is told once: a change of a schema is one of all operations that use it."""
    found: dict[Any, list[Change]] = {}
    for change in changes:
        key = (change.severity, change.code, change.fact, change.api, change.old, change.new)
        found.setdefault((*key, _is_allowed(change, allowed)), []).append(change)
    return [
        _Told(same[0], tuple(dict.fromkeys(one.operation for one in same if one.operation)), key[-1])
        for key, same in found.items()
    ]


def as_text(changes: Sequence[_Told]) -> str:
    """A line for each change, and below it what follows, where it stands in both, and which operations it is one of."""
    if not changes:
        return "no change"
    lines = []
    for told in changes:
        change = told.change
        kind = click.style(f"{change.severity}[{change.code}]", fg=_COLOURS[change.severity], bold=True)
        where = str(change.new or change.old)
        lines.append(f"{click.style(_plain(where), bold=True)}: {kind}: {_plain(change.fact)}")
        if change.why:
            lines.append(f"    {_plain(change.why)}")
        if change.new is not None and change.old is not None:
            lines.append(f"    before: {_plain(str(change.old))}")
        if told.operations:
            lines.append(f"    in {_plain(_some(told.operations))}")
        if told.is_allowed:
            lines.append("    allowed")
    return "\n".join([*lines, "", _counted(changes)])


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _counted(changes: Sequence[_Told]) -> str:
    counts = [
        f"{number} {severity}"
        for severity in _COLOURS
        if (number := sum(told.change.severity == severity for told in changes))
    ]
    return f"{', '.join(counts)}: {len(changes)} change{'s' if len(changes) > 1 else ''}"


def _plain(text: str) -> str:
    """*text*, which nothing that a file holds may steer a terminal by."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def as_json(changes: Sequence[_Told]) -> str:
    """A list of objects, as docs/diff.md has it."""
    listed = [
        {
            "severity": told.change.severity,
            "code": told.change.code,
            "fact": told.change.fact,
            "why": told.change.why,
            "api": told.change.api,
            "operations": list(told.operations),
            "old": _placed(told.change.old),
            "new": _placed(told.change.new),
            "allowed": told.is_allowed,
        }
        for told in changes
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False)


def _placed(place: Any) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "pointer": place.pointer}


def as_markdown(changes: Sequence[_Told]) -> str:
    """A table for each severity: for a comment on a pull request."""
    if not changes:
        return "No change."
    parts = []
    for severity in _COLOURS:
        some = [told for told in changes if told.change.severity == severity]
        if some:
            rows = "\n".join(map(_row, some))
            parts.append(
                f"### {severity.capitalize()}\n\n| code | change | where | operations |\n|---|---|---|---|\n{rows}"
            )
    return "\n\n".join(parts)


def _row(told: _Told) -> str:
    change = told.change
    fact = f"{change.fact}: {change.why}" if change.why else change.fact
    cells = (f"{fact}{' (allowed)' if told.is_allowed else ''}", str(change.new or change.old), _some(told.operations))
    return f"| `{change.code}` | {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """*text* as a cell shows it, letter for letter."""
    for char in "\\`*_[]<>|":
        text = text.replace(char, f"\\{char}")
    return _plain(" ".join(text.split()))
