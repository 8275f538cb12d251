"""What is worked out once, whoever asks: threads that begin together, with a switch at nearly every step."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.schema.once import Grown, once

THREADS = 8


@pytest.fixture(autouse=True)
def _switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(ask: Callable[[], Any]) -> list[Any]:
    """What *ask* gives each of several threads that ask at once."""
    barrier, found, failed = threading.Barrier(THREADS), list[Any](), list[Exception]()

    def run() -> None:
        barrier.wait(30)
        try:
            found.append(ask())
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failed:
        raise failed[0]
    assert len(found) == THREADS
    return found


def test_a_value_is_made_once_for_each_object():
    made: list[object] = []

    class Thing:
        @once
        def value(self) -> object:
            """What it is."""
            made.append(value := object())
            sum(range(1000))
            return value

    for count in range(1, 20):
        thing = Thing()
        assert set(together(lambda thing=thing: thing.value)) == {made[-1]}
        assert len(made) == count
    assert Thing.value.__doc__ == "What it is."


def test_a_value_that_could_not_be_made_is_made_when_it_is_asked_for_again():
    tries: list[int] = []

    class Thing:
        @once
        def value(self) -> int:
            tries.append(1)
            return 1 // (len(tries) - 1)

    thing = Thing()
    with pytest.raises(ZeroDivisionError):
        _ = thing.value
    assert (thing.value, len(tries)) == (1, 2)


def test_values_that_take_one_another_are_made_by_threads_that_begin_at_either_end():
    class Thing:
        other: Thing

        @once
        def first(self) -> str:
            sum(range(100))
            return "first"

        @once
        def second(self) -> str:
            sum(range(100))
            return f"{self.other.first} second"

        @once
        def third(self) -> str:
            return f"{self.other.second} third"

    for _ in range(50):
        one, two = Thing(), Thing()
        one.other, two.other = two, one
        turns = iter([one, two] * THREADS)
        assert set(together(lambda turns=turns: next(turns).third)) == {"first second third"}


def test_what_grows_is_seen_by_nobody_before_it_is_whole():
    for _ in range(30):
        grown: Grown[str, int] = Grown()

        def made(name: str, grown: Grown[str, int] = grown) -> int:
            found = grown.get(name)
            if found is None:
                other = {"a": "b", "b": "a"}[name]
                with grown.growing(name, 0) as growth:
                    if growth.is_new:
                        growth.value = sum(range(100)) - 4949 + made(other)
                found = growth.value
            return found

        assert set(together(lambda made=made: made("a"))) == {2}
        assert dict(grown) == {"a": 2, "b": 1}


def test_what_failed_while_it_grew_leaves_nothing():
    grown: Grown[str, int] = Grown()
    with pytest.raises(ZeroDivisionError), grown.growing("a", 0), grown.growing("b", 0) as inner:
        inner.value = 1 // 0
    assert dict(grown) == {}
    with grown.growing("a", 0) as growth:
        growth.value = 3
    assert dict(grown) == {"a": 3}


SHOP: dict[str, Any] = {
    "Node": {
        "anyOf": [{"$ref": "#/components/schemas/Leaf"}, {"$ref": "#/components/schemas/Branch"}, {"type": "string"}],
        "discriminator": {"propertyName": "kind"},
    },
    "Leaf": {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"type": "string"},
            "weight": {"type": "number"},
            "up": {"$ref": "#/components/schemas/Node"},
        },
    },
    "Branch": {
        "allOf": [
            {"$ref": "#/components/schemas/Leaf"},
            {"properties": {"secret": {"type": "string", "writeOnly": True}}},
        ],
        "properties": {"nodes": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}},
    },
    "Round": {"allOf": [{"$ref": "#/components/schemas/Trip"}], "properties": {"a": {"type": "integer"}}},
    "Trip": {"allOf": [{"$ref": "#/components/schemas/Round"}], "properties": {"b": {"type": "integer"}}},
    "Pet": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "born": {"type": "string", "format": "date"}},
        "discriminator": {"propertyName": "kind"},
    },
    "Cat": {
        "allOf": [
            {"$ref": "#/components/schemas/Pet"},
            {"properties": {"lives": {"type": "integer", "default": 9}}},
        ],
    },
}


def told(schemas: Schemas) -> list[Any]:
    """Everything that is worked out of the schemas when it is asked for."""
    shapes, found = schemas.shapes, list[Any]()
    for name, node in schemas.api.schemas.items():
        rule = shapes.discriminator(node)
        found.append(
            [
                name,
                sorted(shapes.types(node)),
                sorted(shapes.properties(node)),
                sorted(shapes.own_properties(node)),
                shapes.is_union(node),
                sorted(shapes.heirs(node)),
                sorted(rule.mapping) if rule is not None else None,
                sorted(schemas.codec(node, "request").properties),
                schemas.bundle(node, "response"),
            ]
        )
    branch = schemas.codec(schemas.api.schemas["Branch"], "request")
    cat = schemas.codec(schemas.api.schemas["Cat"], "response")
    node = branch.decode(b'{"kind": "Branch", "nodes": [{"kind": "Leaf", "up": {"kind": "Leaf", "weight": 1}}]}')
    found += [type(node).__name__, type(node.nodes[0]).__name__, node.nodes[0].up.weight]
    found += [cat.decode(b'{"kind": "Cat", "lives": 7}').lives, branch.encode(node)]
    found.append([one.as_dict() for one in branch.violations({"nodes": 1}, "body")])
    return found


def test_threads_that_ask_first_all_find_what_one_alone_finds(schemas_of: Callable[..., Schemas]):
    alone = told(schemas_of(SHOP))
    for _ in range(15):
        schemas = schemas_of(SHOP)
        for found in together(lambda schemas=schemas: told(schemas)):
            assert found == alone


def test_validators_and_classes_are_built_once(built: list[str], schemas_of: Callable[..., Schemas]):
    def use(schemas: Schemas) -> list[int]:
        told(schemas)
        return [id(schemas.classes.named(name)) for name in ("Leaf", "Branch", "Cat", "Pet")]

    use(schemas_of(SHOP))  # patterns are known to all apis
    built.clear()
    use(schemas_of(SHOP))
    alone = sorted(built)
    assert alone
    for _ in range(10):
        built.clear()
        schemas = schemas_of(SHOP)
        assert len(set(map(tuple, together(lambda schemas=schemas: use(schemas))))) == 1
        assert sorted(built) == alone


def test_a_process_that_is_forked_meanwhile_can_work_things_out(held: Callable[[], AbstractContextManager[None]]):
    class Thing:
        @once
        def value(self) -> int:
            return 1

    with held(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of what is tried here
        pid = os.fork()
        if not pid:
            signal.alarm(20)  # a child that waits for the lock ends, too
            os._exit(Thing().value)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
