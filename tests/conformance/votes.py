"""
For every schema that an operation of the material uses: messages, and whether all validators agree with us on them.

What they disagree on without our being wrong stands in explained.py, with the reason; all else is a failure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from conformance.explained import why
from conformance.material import descriptions, loaded
from conformance.messages import Maker, changed
from conformance.table import Row
from conformance.translation import Translation
from conformance.voters import Ajv, PythonJsonschema, Unusable, Vote

from pymacaron.schema.codec import Schemas
from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["SUITES", "Disagreement", "Tally", "rows", "uses", "vote"]


@dataclass(frozen=True)
class Disagreement:
    """`ours` and `theirs`: what each has against *value*; None for nothing. `reason`: why that is right, if it is."""

    voter: str
    path: str
    pointer: str
    direction: str
    value: Any
    ours: Vote
    theirs: Vote
    reason: str | None

    def __str__(self) -> str:
        return (
            f"{self.path}#{self.pointer} ({self.direction}): {json.dumps(self.value)[:300]}: "
            f"we say {_said(self.ours)}, {self.voter} says {_said(self.theirs)}"
        )


def _said(vote: Vote) -> str:
    return "valid" if vote is None else f"wrong: {', '.join(sorted(vote))}"


@dataclass
class Tally:
    """What came of the votes. By voter: messages voted on. `unusable`: by voter and its reason, schemas not taken."""

    messages: int = 0
    accepted: int = 0
    voted: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    unusable: Counter[tuple[str, str]] = field(default_factory=Counter)
    disagreements: list[Disagreement] = field(default_factory=list)


def uses(api: Api) -> list[tuple[Node, str]]:
    """Every schema of a parameter, a JSON body or a JSON response of *api*, each once, with its direction."""
    found: dict[Any, tuple[Node, str]] = {}
    for operation in (*api.operations, *api.webhooks):
        nodes = [(one.schema, "request") for one in operation.parameters]
        contents = [(operation.body.content, "request")] if operation.body else []
        contents += [(response.content, "response") for response in operation.responses.values()]
        for content, direction in contents:
            nodes += [(media.schema, direction) for name, media in content.items() if "json" in name or name == "*/*"]
        for node, direction in nodes:
            if node is not None:
                found.setdefault((_same(api, node), direction), (node, direction))
    return list(found.values())


def _same(api: Api, node: Node) -> Any:
    """Equal for schemas that say the same: the same reference, or the same text without any."""
    if isinstance(node.value, dict) and node.value.keys() == {"$ref"}:
        with suppress(DanglingReference):
            return api.references.resolve(node.value["$ref"], node).identity
    text = json.dumps(node.value, sort_keys=True, default=str)
    return node.identity if '"$ref"' in text else text


def vote(
    paths: Iterable[Path], *, every: int = 1, messages: int = 8, seed: int = 0, tally: Tally | None = None
) -> Tally:
    """
    Have all vote on *messages* of each schema used in *paths*; of only every *every*-th of those, by lot of *seed*.
    """
    tally = tally or Tally()
    with Ajv() as ajv:
        voters = (ajv, PythonJsonschema())
        for path in paths:
            api = loaded(path)
            for direction in ("request", "response") if api is not None else ():
                assert api is not None
                chosen = [
                    node
                    for node, way in uses(api)
                    if way == direction and crc32(repr((seed, path.name, node.pointer)).encode()) % every == 0
                ]
                if chosen:
                    _vote_on(api, path.name, chosen, direction, messages, voters, tally, seed)
    return tally


def _vote_on(
    api: Api,
    path: str,
    nodes: list[Node],
    direction: Any,
    messages: int,
    voters: tuple[Any, ...],
    tally: Tally,
    seed: int,
) -> None:
    translation = Translation(api, direction)
    references = [translation.reference(node) for node in nodes]
    schemas = Schemas(api)
    for voter in voters:
        voter.take(translation.document)
    for node, reference in zip(nodes, references, strict=True):
        schema = json.dumps(node.value, default=str)
        random = Random(f"{seed} {path} {node.pointer}")
        values = list(_messages(Maker(translation.document, random), reference, random, messages))
        codec = schemas.codec(node, direction)
        ours = [frozenset(_code(one) for one in codec.violations(value, "body")) or None for value in values]
        codec.__dict__.pop("_validator", None), codec.__dict__.pop("_accepts", None)  # many of them take much memory
        tally.messages += len(values)
        tally.accepted += ours.count(None)
        for voter in voters:
            try:
                theirs = voter.votes(reference, values)
            except Unusable as error:
                tally.unusable[voter.name, str(error)[:100]] += 1
                continue
            for value, mine, other in zip(values, ours, theirs, strict=True):
                tally.voted[voter.name] += 1
                if (mine is None) is (other is None):
                    tally.agreed[voter.name] += 1
                    continue
                reason = why(voter.name, mine, other, schema)
                pointer = "/".join(node.pointer)
                found = Disagreement(voter.name, path, pointer, direction, value, mine, other, reason)
                tally.disagreements.append(found)


def _messages(maker: Maker, reference: str, random: Random, count: int) -> Iterator[Any]:
    """*count* values, each once as it was made and once or twice changed. Numbers that JavaScript has, too."""
    for index in range(count):
        value = maker.value(reference)
        for _ in range(index % 4):
            value = changed(value, random)
        yield value


def _code(violation: Any) -> str:
    return f"{violation.code} {violation.detail}" if violation.code == "format" else str(violation.code)


#: dict: who votes -> its suite
_SUITES = {
    "ajv": "messages for schemas of the corpus's operations: ajv agrees",
    "python-jsonschema": "messages for schemas of the corpus's operations: python-jsonschema agrees",
}
SUITES = tuple(_SUITES.values())


def rows() -> list[Row]:
    tally = vote(descriptions())
    found = []
    for name, suite in _SUITES.items():
        other = [one for one in tally.disagreements if one.voter == name]
        reasons = Counter(one.reason for one in other if one.reason)
        rest = [f"{tally.accepted:,} of {tally.messages:,} messages are valid"]
        for (voter, reason), count in tally.unusable.items():
            rest += [f"{count:,} schemas are none to {name}: {reason}"] if voter == name else []
        rest += [f"{count:,} explained: {reason}" for reason, count in reasons.most_common()]
        rest += [str(one) for one in other if one.reason is None]
        found.append(Row(suite, tally.voted[name], tally.agreed[name], tuple(rest)))
    return found
