"""
What the driver says of a failure -> a Breach: in our words, with the place in the description, the mend, and the lines
that bring it about again.

Every code stands in CODES of words.py; docs/contract.md explains each. Neighbours: words.py says what is wrong,
places.py where that is written, repeating.py how to see it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymacaron.spec.model import Api
from pymacaron.testing.contract.hiding import Secrets
from pymacaron.testing.contract.places import place
from pymacaron.testing.contract.plans import label
from pymacaron.testing.contract.repeating import repeated
from pymacaron.testing.contract.words import told

__all__ = ["Breach", "breach"]


@dataclass(frozen=True, slots=True)
class Breach:
    """
    One way in which a service does not keep what its description promises.

    `operation`: its id; `called`: `GET /pets/{id}`; `status`: of the reply, 0 where there was none. `file`, `line` and
    `column`: where the description says what is not so; `source`: that line. `repeat`: lines for a shell, in which
    secrets are variables of the environment.
    """

    code: str
    api: str
    operation: str
    called: str
    status: int
    fact: str
    mend: str
    file: str
    line: int
    column: int
    source: str
    width: int
    repeat: Sequence[str]


def breach(api: Api, said: Mapping[str, Any], secrets: Secrets) -> Breach:
    """What the driver *said* of a failure, or of an operation that does not answer."""
    operation = next((one for one in api.operations if label(one) == said["operation"]), None)
    code, fact, mend = told(operation, said)
    node, is_key = place(api, operation, code, said)
    line, column, width = node.document.position(node.pointer, key=is_key)
    return Breach(
        code=code,
        api=api.name,
        operation=operation.id if operation is not None else "",
        called=said["operation"],
        status=said["status"],
        fact=secrets.hidden(fact),
        mend=mend,
        file=node.document.name,
        line=line,
        column=column,
        source=node.document.source_line(line),
        width=width,
        repeat=tuple(repeated(one, secrets) for one in said["steps"]),
    )
