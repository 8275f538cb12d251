"""
What is wrong with a small value, found by going down into it: the fast way to Violations.

The validator takes microseconds for each error it makes, and copies what an error is about. Here each part of the value
asks a validator of its own schema only whether it fits, and what there is to say of it is kept with that schema.
Schemas whose parts cannot be asked alone, large values and many violations are left to faults.py and pieces.py, which
say the same. Neighbours: nodes.py has what is known of each schema, codec.py asks here first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymacaron.finding import did_you_mean
from pymacaron.schema.faults import HINTED, Texts, definition_of
from pymacaron.schema.leaves import Leaf
from pymacaron.schema.nodes import Beyond, Node, Nodes
from pymacaron.schema.pieces import is_large
from pymacaron.schema.pointers import Order, Path, names_of, pointer_text
from pymacaron.schema.quoting import is_secret, quoted
from pymacaron.schema.violations import Violation

__all__ = ["Descent", "Nodes"]

#: The members and items of a value, the violations and the levels that are looked for here
_PARTS, _MOST, _DEEPEST = 2_000, 100, 60

#: The longest name of an undeclared property here
_LONG = 200

#: The characters of a pointer up to which it is that of the place around it and one more token
_POINTER = 2_000

#: The classes of values that hold no others
_SCALARS = frozenset((str, int, float, bool, type(None)))

#: Where a part of a value stands: its path, the same as a pointer, and whether a name on the way is that of a secret
_Place = tuple[Path, str, bool]

#: Makes a Violation of its fields
_new = tuple.__new__


class Descent:
    """
    The way down into the values of one bundle of dialect.py. *passwords*: whether anything there is of format password.
    """

    def __init__(self, bundle: Mapping[str, Any], nodes: Nodes, passwords: bool):
        self.bundle = bundle
        self.nodes = nodes
        self.passwords = passwords
        self._root = nodes.named(definition_of(bundle), bundle["$defs"])

    def violations(self, value: Any, location: str, pointer: str = "") -> list[Violation] | None:
        """
        What is wrong with *value*, which is not valid, as Codec.violations has it; None where others are to tell it.
        """
        search = _Search(self, value, location, pointer)
        is_hidden = self.passwords or (pointer != "" and any(map(is_secret, names_of(pointer))))
        try:
            search.look(self._root, value, ((), "", is_hidden), True)
        except (Beyond, ValueError, RecursionError):
            return None
        return search.in_order() or None


class _Search:
    """The way through one value. `found`: what is wrong, in its order unless it `is_mixed`; `paths`: where."""

    def __init__(self, descent: Descent, value: Any, location: str, pointer: str):
        self.found: list[Violation] = []
        self.paths: list[Path] = []
        self.is_mixed = False
        self._descent = descent
        self._value = value
        self._location = location
        self._pointer = pointer
        self._left = _PARTS
        self._is_small = False

    def in_order(self) -> list[Violation] | None:
        """What was found, in the order of the value; None where others know that."""
        found = self.found
        if not self.is_mixed or len(found) < 2:
            return found
        key = Order(self._value).key
        ranks = {key(path): violation for path, violation in zip(self.paths, found, strict=True)}
        if len(ranks) < len(found):
            return None  # of two at one place the validator knows which goes first
        return [ranks[rank] for rank in sorted(ranks)]

    def look(self, node: Node, value: Any, place: _Place, is_asked: bool = False) -> None:
        """
        Find what is wrong with *value*, which stands at *place*, by *node*; *is_asked*: that something is, is known.
        Raises Beyond.
        """
        if node.schema is not None:
            self._fill(node)
        if not is_asked and node.accepts is not None and node.accepts(value):
            return
        leaf, cls = node.leaf, value.__class__
        if leaf is not None and not leaf.accepts(value):
            self._tell(leaf, value, *place)
        if cls is dict:
            if node.holds:
                self._members(node, value, place)
            else:
                self._skim(value)
        elif cls is list:
            items = node.items
            if items is None:
                self._skim(value)
            else:
                self._items(items, value, place)
        elif cls not in _SCALARS:
            raise Beyond
        if node.further:
            self.is_mixed = True
            self._count(len(node.further), place)
            for one in node.further:
                self.look(one, value, place)

    def _items(self, node: Node, value: list[Any], place: _Place) -> None:
        self._count(len(value), place)
        if node.schema is not None:
            self._fill(node)
        accepts, scan = node.accepts, node.scan if node.is_flat else None
        for index, item in enumerate(value):
            if scan is not None and item.__class__ is dict:
                names = scan(item)
                if names and (names[-1] is not None or accepts is None or not accepts(item)):
                    path, text, is_hidden = place
                    self._members(node, item, ((*path, index), f"{text}/{index}", is_hidden), names)
            elif accepts is None or not accepts(item):
                path, text, is_hidden = place
                self.look(node, item, ((*path, index), f"{text}/{index}", is_hidden), True)

    def _members(
        self, node: Node, value: dict[str, Any], place: _Place, names: tuple[str | None, ...] | None = None
    ) -> None:
        """The same for what *value* holds; *names*: what the scan of *node* says of it."""
        self._count(len(value) + len(node.required), place)
        if names is None:
            scan = node.scan
            if scan is None:
                self._each(node, value, place)
                return
            names = scan(value)
        if names and names[0] is None:
            if node.closed:
                self._each(node, value, place)
                return
            self._skim_undeclared(node, value)
            names = names[1:]
        if len(names) > 1:
            there = [name for name in value if name in names]
            names = (*[name for name in node.required if name not in value], *there)
        properties, leaves = node.properties, node.leaves
        path, text, is_hidden = place
        for name in names:
            known = properties[name]  # type: ignore[index]
            inside: Path = (*path, name)  # type: ignore[arg-type]
            if name not in value:
                self._add("required", "is missing", inside, text + known.token)
            elif name in leaves:
                leaf: Any = known.node.leaf
                self._tell(leaf, value[name], inside, text + known.token, is_hidden or known.is_secret)
            else:
                deeper = inside, text + known.token, is_hidden or known.is_secret
                self.look(known.node, value[name], deeper, known.node.accepts is not None)

    def _each(self, node: Node, value: dict[str, Any], place: _Place) -> None:
        """The same, one member after the other."""
        properties, leaves, count = node.properties, node.leaves, 0
        path, text, is_hidden = place
        for name in node.required:
            if name not in value:
                known = properties.get(name)
                token = pointer_text((name,)) if known is None else known.token
                self._add("required", "is missing", (*path, name), text + token)
        for name, member in value.items():
            known = properties.get(name)
            if known is None:
                count += 1
                self._undeclared(node, name, member, place, count)
            elif name not in leaves:
                self.look(known.node, member, ((*path, name), text + known.token, is_hidden or known.is_secret))
            elif not leaves[name](member):
                leaf: Any = known.node.leaf
                self._tell(leaf, member, (*path, name), text + known.token, is_hidden or known.is_secret)

    def _skim_undeclared(self, node: Node, value: dict[str, Any]) -> None:
        """Raise Beyond where what *node*, which lets it stand, does not declare, has a long name or holds too much."""
        properties = node.properties
        for name, member in value.items():
            if name not in properties:
                if len(name) > _LONG:
                    raise Beyond
                if member.__class__ not in _SCALARS:
                    self._skim(member)

    def _undeclared(self, node: Node, name: str, value: Any, place: _Place, count: int) -> None:
        """The same for *value* of a *name* that *node* does not declare; *count*: of its members, it is that one."""
        if len(name) > _LONG:
            raise Beyond
        path, text, is_hidden = place
        if node.closed:
            if not node.properties:
                raise Beyond  # the validator knows another word for it
            declared = self._texts(path, None).declared(path) if self.is_mixed else node.properties
            hint = did_you_mean(name, declared) if count <= HINTED and name not in declared else ""
            fact = "is not a declared property"
            detail = f"{fact}. {hint}" if hint else fact
            self._add("additionalProperties", detail, (*path, name), text + pointer_text((name,)))
        if node.others is not None:
            inside = (*path, name), text + pointer_text((name,)), is_hidden or is_secret(name)
            self.look(node.others, value, inside)
        elif value.__class__ not in _SCALARS:
            self._skim(value)

    def _skim(self, value: Any) -> None:
        """Raise Beyond where *value*, which anything may be in, holds too much, or is nested too deep to be copied."""
        if value.__class__ is dict:
            for one in value.values():
                if one.__class__ not in _SCALARS:
                    break
            else:
                self._left -= len(value)
                if self._left < 0:
                    raise Beyond
                return
        level, depth = [value], 0
        while level:
            depth += 1
            self._left -= sum(map(len, level))
            if depth > _DEEPEST or self._left < 0:
                raise Beyond
            inside = [one for at in level for one in (at.values() if at.__class__ is dict else at)]
            level = [one for one in inside if one.__class__ not in _SCALARS]
            if any(one.__class__ is not dict and one.__class__ is not list for one in level):
                raise Beyond

    def _fill(self, node: Node) -> None:
        self._descent.nodes.fill(node, self._descent.bundle["$defs"])

    def _count(self, parts: int, place: _Place) -> None:
        self._left -= parts
        if self._left < 0 or len(place[0]) > _DEEPEST:
            raise Beyond

    def _add(self, code: str, detail: str, path: Path, text: str) -> None:
        """Have found that *detail*, at *path*, which is *text* unless that is long."""
        if len(self.found) == _MOST:
            raise Beyond
        if len(text) > _POINTER:
            text = pointer_text(path)
        self.found.append(_new(Violation, (self._location, self._pointer + text, code, detail)))
        self.paths.append(path)

    def _texts(self, path: Path, document: Any) -> Texts:
        names, passwords = names_of(self._pointer), self._descent.passwords
        return Texts(self._value, self._descent.bundle, lambda inner: (*path, *inner), names, passwords, document)

    def _tell(self, leaf: Leaf, value: Any, path: Path, text: str, is_hidden: bool) -> None:
        """Say what is wrong with *value* itself, which stands at a _Place."""
        check = None if is_hidden else leaf.broken(value)
        if check is not None and check.words is not None:
            self._add(check.code, quoted(value) + check.words, path, text)
            return
        if not self._is_small:
            if is_large(self._value):
                raise Beyond  # errors have copies of what they are about
            self._is_small = True
        if leaf.most != 1 and (is_large(value, leaf.most) if leaf.most else is_large(value, most=_MOST)):
            raise Beyond  # so many errors of each part of it
        texts = self._texts(path, leaf.schema)
        faults = [fault for error in leaf.validator.iter_errors(value) for fault in texts.faults(error)]
        if len(faults) > 1:
            self.is_mixed = True
        for inner, code, detail in faults:
            self._add(code, detail, inner, pointer_text(inner))
        if check is not None and len(faults) == 1:
            _, code, detail = faults[0]
            shown = quoted(value)
            if code == check.code and detail.startswith(shown):
                check.words = detail[len(shown) :]
