"""
What becomes of values on their way to JSON, by the schema of the place where they stand.

Two things, each a graph of `Walk`s that is made only of the schemas that reach it, so that all others pay nothing:
values of formats of one's own become JSON (`Formats`), and responses lose members that are writeOnly (concealed.py).
Models look after their own members, see `__pym_wire__` and `__pym_reply__` in classes.py; this is for what stands in
dicts and lists.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pymacaron.schema.formats import Format
from pymacaron.schema.models import Model
from pymacaron.schema.once import LOCK
from pymacaron.schema.ownformats import Own
from pymacaron.schema.patterns import matches
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.shape import Discriminator, Identity, Shapes
from pymacaron.schema.wire import plain
from pymacaron.source import Node

__all__ = ["Fits", "Formats", "Walk", "Walks"]

Fits = Callable[[Node, Any], bool]


class Walk:
    """
    How one schema's values change. Called with a value, it gives the changed one; nothing is changed in place.

    However deep a value is, it costs no recursion: what could be read can be sent.
    """

    __slots__ = ("choose", "form", "heir", "items", "kept", "members", "patterns", "prefix", "rest")

    def __init__(self) -> None:
        self.form: Own | None = None
        self.kept: tuple[type, ...] = ()  # the classes of values that are JSON of the schema, and no text or number
        self.members: dict[str, Walk] = {}
        self.patterns: list[tuple[Callable[[str], bool], Walk | None]] = []
        self.rest: tuple[frozenset[str], Walk] | None = None  # the declared names, and what all others are
        self.items: Walk | None = None
        self.prefix: list[Walk | None] = []
        self.heir: Callable[[Any], Walk | None] | None = None  # of an object: what is said by the schema that it names
        self.choose: Callable[[Any], list[Walk]] | None = None  # the alternatives that hold for a value

    def __call__(self, value: Any) -> Any:
        return _walked(value, self)

    def of_model(self, model: Model) -> tuple[Any, Walk | None]:
        """What is to be sent of *model*, and the walk that is done with it already."""
        return model, None

    def beside(self, value: Any) -> Iterable[Walk]:
        """What else is done to *value* itself."""
        return ()

    def leaves_out(self, value: Mapping[Any, Any]) -> Iterable[Any]:
        """The names of the members that *value* loses."""
        return ()

    def inside(self, value: Any) -> Iterator[tuple[Any, Walk]]:
        """(name or index, walk) of what changes in *value*, a dict or list, by what the schema itself says."""
        named = self.heir(value) if self.heir is not None and isinstance(value, Mapping) else None
        yield from (self if named is None else named)._inside(value)

    def _inside(self, value: Any) -> Iterator[tuple[Any, Walk]]:
        if isinstance(value, Mapping):
            if self.patterns or self.rest is not None:
                found = ((name, self.members.get(name) or self._other(name)) for name in value)
            else:
                found = ((name, walk) for name, walk in self.members.items() if name in value)
        else:
            found = enumerate((*self.prefix[: len(value)], *[self.items] * (len(value) - len(self.prefix))))  # type: ignore[assignment]
        yield from ((token, walk) for token, walk in found if walk is not None)

    def _other(self, name: Any) -> Walk | None:
        found = [walk for matches, walk in self.patterns if isinstance(name, str) and matches(name)]
        if found:
            return next((walk for walk in found if walk is not None), None)
        return None if self.rest is None or name in self.rest[0] else self.rest[1]


def _walked(value: Any, walk: Walk) -> Any:
    result: list[Any] = [None]
    todo: list[tuple[Any, Any, Any, list[Walk], tuple[Any, ...]]] = [(result, 0, value, [walk], ())]
    while todo:
        holder, token, at, walks, path = todo.pop()
        dropped, inner = set[str](), dict[Any, list[Walk]]()
        done = set[Walk]()
        queue = list(walks)
        while queue:
            one = queue.pop(0)
            if one in done:
                continue
            done.add(one)
            if one.form is not None and not isinstance(at, one.kept):
                at = _sent(one.form, at, path)
                continue
            if isinstance(at, Model):
                at, own = one.of_model(at)
                if isinstance(at, Model):
                    continue
                if own is not None:
                    done.add(own)
            queue += one.choose(at) if one.choose is not None else ()
            if isinstance(at, (set, frozenset)):
                at = list(at)
            if isinstance(at, (Mapping, list, tuple)):
                queue += one.beside(at)
                if isinstance(at, Mapping):
                    dropped.update(one.leaves_out(at))
                for key, walk in one.inside(at):
                    inner.setdefault(key, []).append(walk)
        if dropped and isinstance(at, Mapping):
            at = {name: member for name, member in at.items() if name not in dropped}
        elif inner:
            at = dict(at) if isinstance(at, Mapping) else list(at)
        todo += [(at, key, at[key], found, (*path, key)) for key, found in inner.items() if key not in dropped]
        holder[token] = at
    return result[0]


def _sent(form: Own, value: Any, path: tuple[Any, ...]) -> Any:
    try:
        return form.send(value)
    except ValueError as error:
        raise ValueError(f"{pointer_text(path) or 'the value'}: {error}") from error


class Walks(ABC):
    """The walks of one api's schemas, of one kind. Thread-safe. *fits*: whether a plain JSON value is valid."""

    kind: type[Walk] = Walk

    def __init__(self, shapes: Shapes, fits: Fits):
        self._shapes = shapes
        self._fits = fits
        self._known: dict[Identity, bool] = {}
        self._made: dict[Identity, Walk] = {}

    def of(self, schema: Node) -> Walk | None:
        """What changes values of *schema*; None where nothing does."""
        node = self._target(schema)
        if not self.reaches(node):
            return None
        with LOCK:
            walk = self._made.get(node.identity)
            if walk is None:
                walk = self._made[node.identity] = self.kind()
                self._fill(walk, node)
            return walk

    def reaches(self, schema: Node) -> bool:
        """Whether anything in values of *schema* could change. Each schema of the api is looked at once."""
        node = self._target(schema)
        known = self._known.get(node.identity)
        if known is None:
            with LOCK:
                self._explore(node)
                known = self._known[node.identity]
        return known

    def _explore(self, root: Node) -> None:
        """Fill `_known` for *root* and all that it reaches."""
        holders: dict[Identity, list[Identity]] = {root.identity: []}
        todo, hits = [root], []
        while todo:
            node = todo.pop()
            if self._known.get(node.identity) or self._is_hit(node):
                hits.append(node.identity)
            if node.identity in self._known:
                continue
            for inner in map(self._target, self._edges(node)):
                if inner.identity not in holders:
                    holders[inner.identity] = []
                    todo.append(inner)
                holders[inner.identity].append(node.identity)
        reaching: set[Identity] = set()
        while hits:
            identity = hits.pop()
            if identity not in reaching:
                reaching.add(identity)
                hits += holders[identity]
        self._known.update({identity: identity in reaching for identity in holders})

    def _fill_choice(self, walk: Walk, node: Node, branches: list[Node], *, several: bool = False) -> None:
        """*several*: whether more of *branches* than the one that a discriminator names may say what is done."""
        shapes = self._shapes
        rule = shapes.discriminator(node)
        if shapes.is_ancestor(node) and rule is not None:
            walk.heir = self._heir(rule)
        elif any(map(self.reaches, branches)):
            walks = [(branch, self.of(branch)) for branch in branches]
            walk.choose = self._alternatives(None if several else rule, walks)

    def _heir(self, rule: Discriminator) -> Callable[[Any], Walk | None]:
        def heir(value: Any) -> Walk | None:
            named = _named(rule, value)
            return self.of(named) if named is not None else None

        return heir

    def _alternatives(
        self, rule: Discriminator | None, branches: list[tuple[Node, Walk | None]]
    ) -> Callable[[Any], list[Walk]]:
        types = {branch.identity: self._shapes.types(branch) for branch, _ in branches}

        def choose(value: Any) -> list[Walk]:
            named = _named(rule, value) if rule is not None and isinstance(value, Mapping) else None
            if named is not None and self._is_named(named, value):
                walk = self.of(named)
                return [walk] if walk is not None else []
            kinds = _kinds(value)
            return self._fitting(value, [one for one in branches if types[one[0].identity] & kinds])

        return choose

    # ---- what the kinds do each in their own way

    def _target(self, schema: Node) -> Node:
        """The schema that *schema* amounts to."""
        return self._shapes.target(schema)

    @abstractmethod
    def _edges(self, node: Node) -> Iterator[Node]:
        """The schemas of what values of *node* hold, and its alternatives and heirs."""

    @abstractmethod
    def _is_hit(self, node: Node) -> bool:
        """Whether *node* itself says that something changes."""

    @abstractmethod
    def _fill(self, walk: Walk, node: Node) -> None:
        """Fill in what *node* says."""

    def _is_named(self, named: Node, value: Any) -> bool:
        """Whether *value*, whose discriminator names the alternative *named*, is one of it."""
        return True

    @abstractmethod
    def _fitting(self, value: Any, branches: list[tuple[Node, Walk | None]]) -> list[Walk]:
        """The walks of the alternatives that *value* fits."""


class Formats(Walks):
    """Values of formats of one's own -> JSON."""

    def __init__(self, shapes: Shapes, formats: Mapping[str, Format], fits: Fits):
        super().__init__(shapes, fits)
        self._own = {name: form for name, form in formats.items() if isinstance(form, Own) and form.converts}

    def of(self, schema: Node) -> Walk | None:
        return super().of(schema) if self._own else None

    def reaches(self, schema: Node) -> bool:
        return bool(self._own) and super().reaches(schema)

    def _form(self, node: Node) -> Own | None:
        name = self._shapes.first(node, "format")
        return self._own.get(name.value) if name is not None and isinstance(name.value, str) else None

    def _is_hit(self, node: Node) -> bool:
        return self._form(node) is not None

    def _edges(self, node: Node) -> Iterator[Node]:
        shapes = self._shapes
        yield from shapes.own_properties(node).values()
        yield from shapes.branches(node)
        for part in shapes.parts(node):
            for keyword in ("additionalProperties", "items", "additionalItems"):
                if isinstance(part.value.get(keyword), dict):
                    yield part.child(keyword)
            for keyword in ("prefixItems", "items"):
                yield from part.child(keyword).items() if keyword in part.value else ()
        yield from shapes.patterned(node)
        if shapes.is_ancestor(node):
            yield from shapes.discriminator(node).mapping.values()  # type: ignore[union-attr]

    def _fill(self, walk: Walk, node: Node) -> None:
        shapes = self._shapes
        properties = self._properties(node)
        walk.form = self._form(node)
        if walk.form is not None:
            types = shapes.types(node)
            walk.kept = tuple(cls for kind, classes in _KEPT.items() if kind in types for cls in classes)
        for name, schema in properties.items():
            inner = self.of(schema)
            if inner is not None:
                walk.members[name] = inner
        for part in shapes.parts(node):
            patterns = part.get("patternProperties")
            for pattern, schema in patterns.members() if patterns is not None else ():
                test = matches(pattern)
                if test is not None:
                    walk.patterns.append((test, self.of(schema)))
        others = shapes.first(node, "additionalProperties")
        rest = self.of(others) if others is not None and isinstance(others.value, dict) else None
        if rest is not None:
            walk.rest = frozenset(properties), rest
        self._fill_items(walk, node)
        if not shapes.is_object(node) or shapes.is_union(node) or shapes.is_ancestor(node):
            self._fill_choice(walk, node, shapes.branches(node))

    def _fill_items(self, walk: Walk, node: Node) -> None:
        shapes = self._shapes
        items, prefix = shapes.first(node, "items"), shapes.first(node, "prefixItems")
        if items is not None and isinstance(items.value, list):
            prefix, items = items, shapes.first(node, "additionalItems")
        walk.prefix = [self.of(item) for item in prefix.items()] if prefix is not None else []
        walk.items = self.of(items) if items is not None and isinstance(items.value, dict) else None

    def _properties(self, node: Node) -> Mapping[str, Node]:
        """Those of a model, which are those of its alternatives too: plans.py has converted by them."""
        return self._shapes.own_properties(node) if self._shapes.is_union(node) else self._shapes.properties(node)

    def _fitting(self, value: Any, branches: list[tuple[Node, Walk | None]]) -> list[Walk]:
        """The first alternative that the value fits as it would be sent; of one alternative, that one."""
        if len(branches) > 1:
            branches = [(branch, walk) for branch, walk in branches if self._would_fit(value, branch, walk)]
        return [walk for _, walk in branches[:1] if walk is not None]

    def _would_fit(self, value: Any, branch: Node, walk: Walk | None) -> bool:
        try:
            return self._fits(branch, plain(value if walk is None else walk(value)))
        except (ValueError, TypeError):
            return False


def _named(rule: Discriminator, value: Mapping[str, Any]) -> Node | None:
    """The schema that *value*'s discriminator names; None where it names none."""
    name = value.get(rule.property)
    return rule.mapping.get(name, rule.default) if isinstance(name, str) else rule.default


def _kinds(value: Any) -> frozenset[str]:
    """The JSON types that *value* may have when it is sent."""
    for kind, classes in _KEPT.items():
        if isinstance(value, classes):
            return frozenset((kind,))
    return frozenset(("string", "integer", "number"))


#: dict: JSON type -> the classes of its values in Python, of the types that have no formats
_KEPT: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "array": (list, tuple, set, frozenset),
    "object": (Mapping, Model),
}
