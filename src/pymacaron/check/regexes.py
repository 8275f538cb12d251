"""Which patterns of a description cannot be used, so that values are not matched with them."""

from __future__ import annotations

from pymacaron.finding import Finding
from pymacaron.schema.patterns import pattern_problem
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api

__all__ = ["patterns"]


def patterns(api: Api) -> list[Finding]:
    """Every pattern that values cannot be matched with, so that it is left out. Compiles them."""
    found: list[Finding] = []
    kinds = ["Schema", "Parameter", "Items", "Header"] if api.dialect == "2.0" else ["Schema"]
    for holders in objects(api.root, api.dialect, api.references, kinds).values():
        for holder in holders:
            node = holder.get("pattern")
            if node is not None and isinstance(node.value, str):
                found += _pattern(node.value, node)
            several = holder.get("patternProperties") if api.dialect != "2.0" else None
            for name, one in several.members() if several is not None else []:
                found += _pattern(name, one, key=True)
    return found


def _pattern(pattern: str, node: Node, *, key: bool = False) -> list[Finding]:
    reason = pattern_problem(pattern)
    if reason is None:
        return []
    shown = repr(pattern) if len(pattern) <= 80 else f"{pattern[:77]!r}..."
    fact = f"the pattern {shown} {reason}, so it is ignored"
    mend = "Write it as JavaScript has it, without (?i), (?P<name>...), (?>...) and a++"
    return [node.finding("unusable-pattern", fact, mend, key=key)]
