"""One place of an old service that is to change."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Legacy"]


@dataclass(frozen=True, slots=True)
class Legacy:
    """
    `is_must`: the service does not run, or does something else, until it is changed; otherwise it may be, and goes on
    working. `line` and `column` count from 1. `fact` says what is so, `mend` what to write; `source` is the line.
    """

    line: int
    column: int
    is_must: bool
    fact: str
    mend: str
    source: str = ""
    file: str = ""

    def __str__(self) -> str:
        word = "must" if self.is_must else "may"
        head = f"{self.file}:{self.line}:{self.column}: {word} change: {self.fact}"
        gutter = f"{self.line:>5} | "
        source = self.source.expandtabs(1)
        return f"{head}\n{gutter}{source}\n{' ' * (len(gutter) + self.column - 1)}^ {self.mend}"
