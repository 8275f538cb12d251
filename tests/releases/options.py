"""The table of docs/deploy.md that has the options of an environment: `python -m releases.options` prints it."""

from __future__ import annotations

from pymacaron.deploy.beanstalk.options import TABLE

__all__ = ["table"]


def table() -> str:
    """Markdown."""
    lines = ["| namespace | option | value | why | changed by |", "|---|---|---|---|---|"]
    for one in TABLE:
        by = ", ".join(f"`{name}`" for name in one.by.split(", ")) if one.by else "`deploy: options`"
        lines.append(f"| {one.namespace} | {one.name} | {one.shown} | {one.reason} | {by} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
