"""
How JSON becomes Python values: the Plan of every schema of one api, made when it is first asked for.

Decided here, once per schema: which dicts become models, what is done with lists, with text of a format, with 1.0
where an integer is meant. What a plan needs of others it is given: the class of a schema (classes.py) and whether a
value fits one (codec.py). Neighbours: shape.py says what a schema is, records.py what a Plan is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Any

from pymacaron.schema.formats import Format
from pymacaron.schema.members import whole
from pymacaron.schema.models import Model, wrap
from pymacaron.schema.once import LOCK
from pymacaron.schema.ownformats import Own
from pymacaron.schema.patterns import matches
from pymacaron.schema.records import Convert, Patterns, Plan, named_plan
from pymacaron.schema.shape import Discriminator, Identity, Shapes
from pymacaron.source import Node

__all__ = ["Plans"]

#: What a schema of every text may say
_PLAIN_TEXT = frozenset(("type", "title", "description", "default", "example", "examples", "deprecated", "nullable"))

_DICTS = {dict}

_new = object.__new__


class Plans:
    """
    The plans of one api's schemas. Thread-safe.

    *formats* is dict: format name -> Format; *class_of* gives the class of a schema, None where it has none; *fits*
    tells whether a plain JSON value is valid. *held*: the values are not JSON that was just read, but what models hold,
    where formats of one's own are Python values already.
    """

    def __init__(
        self,
        shapes: Shapes,
        formats: Mapping[str, Format],
        class_of: Callable[[Node], type[Model] | None],
        fits: Callable[[Node, Any], bool],
        *,
        held: bool = False,
    ):
        self._shapes = shapes
        self._formats = formats
        self._class_of = class_of
        self._fits = fits
        self._held_values = held
        self._plans: dict[Identity, Plan | None] = {}
        self._growing: dict[Identity, Plan | None] = {}
        self._depth = 0

    def of(self, schema: Node) -> Plan | None:
        """How a valid JSON value of *schema* becomes a Python value; None where it stays as it is."""
        identity = schema.identity
        if identity not in self._plans:
            with LOCK:
                plan = self._grown(schema)
                if not self._depth:  # nobody may see a plan that contains one which is not done
                    self._plans.update(self._growing)
                    self._plans[identity] = plan
                    self._growing.clear()
                return plan
        return self._plans[identity]

    def _grown(self, schema: Node) -> Plan | None:
        node = self._shapes.target(schema)
        for known in (self._plans, self._growing):
            if node.identity in known:
                return known[node.identity]
        placeholder = self._growing[node.identity] = Plan()  # what a schema that contains itself finds
        self._depth += 1
        try:
            plan = self._planned(node)
        finally:
            self._depth -= 1
        if plan is None:
            self._growing[node.identity] = None
        else:
            placeholder.by_class.update(plan.by_class)
        return self._growing[node.identity]

    def _planned(self, node: Node) -> Plan | None:
        shapes = self._shapes
        types = shapes.types(node)
        number = whole if "integer" in types and "number" not in types else None
        if shapes.is_plain(node):
            return Plan(number=number) if number is not None else None
        members = self._members(node) if "object" in types else None
        items = self._items(node) if "array" in types else None
        texts = self._texts(node, types, number)
        branches = shapes.branches(node)
        if branches and items is None and "array" in types:
            items = self._alternative(node, branches, "array", list)
        if branches and str not in texts and len(branches) == 1:
            text = self._branch_function(branches[0], str)
            texts = {**texts, str: text} if text is not None else texts
        if len(branches) > 1:
            for kind, cls in (("string", str), ("integer", int), ("number", float)):
                alternative = self._alternative(node, branches, kind, cls)
                texts = {**texts, cls: alternative} if alternative is not None else texts
        plan = Plan(members, items, texts.get(str), texts.get(float), texts.get(int))
        return plan if plan.by_class else None

    def _texts(self, node: Node, types: frozenset[str], number: Convert | None) -> dict[type, Convert]:
        """dict: class of a text or number -> what converts it."""
        form = self.format(node)
        whole_numbers: dict[type, Convert] = {} if number is None else {float: number}
        if form is None or form.convert is None:
            return whole_numbers
        if not isinstance(form, Own):
            return {**whole_numbers, str: _text_converter(form)} if "string" in types else whole_numbers
        made = form.adopt if self._held_values else form.receive
        found: dict[type, Convert] = {str: made} if "string" in types else {}
        if "integer" in types:
            found |= {int: made, float: made if number is None else lambda value: made(whole(value))}
        return found

    def _members(self, node: Node) -> Convert | None:
        """What makes something of a dict: the schema's model, that of an alternative, or a dict of converted values."""
        shapes = self._shapes
        if shapes.is_union(node):
            return self._alternative(node, shapes.branches(node), "object", dict)
        if shapes.is_object(node):
            return self._maker(node)
        values, patterns = self.others(node)
        if patterns and any(plan is not None for _, plan in patterns):
            return _named_converter(patterns, values)
        return _values_converter(values) if values is not None else None

    def others(self, node: Node) -> tuple[Plan | None, Patterns]:
        """
        The plans of members that *node* does not declare: of those that no pattern names, and (pattern, plan) of
        others.
        """
        values = self._shapes.first(node, "additionalProperties")
        rest = self._held(values) if values is not None and isinstance(values.value, dict) else None
        found = []
        for part in self._shapes.parts(node):
            patterns = part.get("patternProperties")
            for pattern, schema in patterns.members() if patterns is not None else ():
                test = matches(pattern)
                if test is not None:
                    found.append((test, self._held(schema)))
        return rest, tuple(found)

    def _maker(self, node: Node) -> Convert:
        """dict -> model of *node*, or of the schema that the dict's discriminator names, if it fits that one."""
        rule = self._shapes.choice(node)
        cls: type[Model] | None = None
        fill: Callable[[Any, Any], None]

        def make(data: dict[str, Any]) -> Any:
            nonlocal cls, fill
            if cls is None:
                made = self._class_of(node)
                assert made is not None
                fill = made.__dict__["__pym_data__"].__set__
                cls = made
            model = _new(cls)
            fill(model, data)
            return model

        def make_all(values: list[Any]) -> list[Any]:
            """The same of *values*, all of which are dicts."""
            if cls is None:
                make({})
            assert cls is not None
            models = [*map(_new, repeat(cls, len(values)))]
            for _ in map(fill, models, values):
                pass
            return models

        make.all = make_all  # type: ignore[attr-defined]
        if rule is None:
            return make if self._held_values else self._receiving(make)

        def choose(data: dict[str, Any]) -> Any:
            heir = _named(rule, data)
            if heir is None or heir.identity == node.identity:
                return make(data)
            cls = self._class_of(heir)
            if cls is None or not (self._fits(heir, data) or not self._fits(node, data)):
                return make(data)
            return wrap(cls, data)  # also where it fits neither, so that reports hide what is secret in the heir

        return choose if self._held_values else self._receiving(choose)

    def _receiving(self, make: Convert) -> Convert:
        """*make*, and then the values of formats of one's own in the model converted."""
        if not any(isinstance(form, Own) and form.converts for form in self._formats.values()):
            return make

        def received(data: dict[str, Any]) -> Any:
            model = make(data)
            receive = model.__pym_record__.receive
            if receive is not None:
                receive(data)
            return model

        return received

    def _items(self, node: Node) -> Convert | None:
        shapes = self._shapes
        items = shapes.first(node, "items")
        prefix = shapes.first(node, "prefixItems") if "prefixItems" in shapes.rules(node).many else None
        if items is not None and isinstance(items.value, list):
            prefix, items = items, shapes.first(node, "additionalItems")
        rest = self._held(items) if items is not None and isinstance(items.value, dict) else None
        if prefix is not None:
            plans = [self._held(item) for item in prefix.items()]
            return (
                _tuple_converter(plans, rest) if rest is not None or any(plan is not None for plan in plans) else None
            )
        if rest is None or items is None:
            return None
        return _items_converter(rest)

    def _held(self, node: Node) -> Plan | None:
        """The plan of what an array or a map holds. Numbers stay as they are, for the sake of long arrays."""
        plan = self.of(node)
        return None if plan is None or plan.by_class == {float: whole} else plan

    def format(self, node: Node) -> Format | None:
        """The format of the texts (or, one's own, numbers) of *node*, where values of it are converted."""
        seen = set[Identity]()
        while node.identity not in seen and not self._shapes.is_plain(node):
            seen.add(node.identity)
            name = self._shapes.first(node, "format")
            if name is not None and isinstance(name.value, str):
                form = self._formats.get(name.value)
                return form if form is not None and (form.convert is not None or form.unconvert is not None) else None
            branches = self._shapes.branches(node)
            if len(branches) != 1:
                return None
            node = self._shapes.target(branches[0])
        return None

    def _alternative(self, node: Node, branches: list[Node], kind: str, cls: type) -> Convert | None:
        """
        The function of the alternative that a value fits: the only one of its kind, the discriminator's, the first
        valid. Of a value that fits none: the discriminator's.
        """
        fitting = [branch for branch in branches if kind in self._shapes.types(branch)]
        if not any(self._choice_function(branch, cls) for branch in fitting):
            return None
        if len(fitting) == 1:
            return self._choice_function(fitting[0], cls)
        if cls is str:  # what comes behind an alternative for every text is never chosen
            every = next((n for n, branch in enumerate(fitting) if self._is_every_text(branch)), len(fitting))
            fitting = fitting[:every]
            if not any(self._choice_function(branch, cls) for branch in fitting):
                return None
        rule = self._shapes.discriminator(node) if cls is dict else None

        def convert(value: Any) -> Any:
            named = _named(rule, value) if rule is not None else None
            told = [named] if named is not None else []
            chosen = next((branch for branch in (*told, *fitting) if self._fits(branch, value)), named)
            function = self._choice_function(chosen, cls) if chosen is not None else None
            return value if function is None else function(value)

        return convert

    def _is_every_text(self, branch: Node) -> bool:
        """Whether *branch* says no more than that its values are texts."""
        node = self._shapes.target(branch)
        return isinstance(node.value, dict) and node.value.get("type") == "string" and node.value.keys() <= _PLAIN_TEXT

    def _choice_function(self, branch: Node, cls: type) -> Convert | None:
        """
        What converts values of class *cls* where *branch* is one of several alternatives. A text or number that a model
        holds there stays: a value of a format of one's own would be a Python value already.
        """
        if self._held_values and cls in (str, int, float) and isinstance(self.format(branch), Own):
            return None
        return self._branch_function(branch, cls)

    def _branch_function(self, branch: Node, cls: type) -> Convert | None:
        plan = self.of(branch)
        if plan is None:
            return None
        # a schema that contains itself is not filled in yet
        return plan.by_class.get(cls) or (None if plan.by_class else plan)


def _named(rule: Discriminator, data: dict[str, Any]) -> Node | None:
    """The schema that *data*'s discriminator names; None where it names none."""
    value = data.get(rule.property)
    return rule.mapping.get(value, rule.default) if isinstance(value, str) else rule.default


def _text_converter(form: Format) -> Convert:
    convert = form.convert
    assert convert is not None

    def text(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, ArithmeticError):  # the validator has its say; what cannot be converted stays as it came
            return value

    return text


def _items_converter(plan: Plan) -> Convert:
    """Convert a list in place. What was converted before costs a look at the class of each item."""

    def items(value: list[Any]) -> list[Any]:
        by_class = plan.by_class
        classes = set(map(type, value))
        convert = by_class.get(dict)
        if convert is not None and classes == _DICTS:
            convert_all = getattr(convert, "all", None)
            value[:] = convert_all(value) if convert_all is not None else map(convert, value)
        elif by_class.keys().isdisjoint(classes):
            return value
        elif convert is not None and len(by_class) == 1:
            value[:] = [convert(entry) if entry.__class__ is dict else entry for entry in value]
        else:
            for index, entry in enumerate(value):
                if entry.__class__ in by_class:
                    value[index] = by_class[entry.__class__](entry)
        return value

    return items


def _tuple_converter(prefix: list[Plan | None], rest: Plan | None) -> Convert:
    def items(value: list[Any]) -> list[Any]:
        for index, entry in enumerate(value):
            plan = prefix[index] if index < len(prefix) else rest
            if plan is not None:
                value[index] = plan(entry)
        return value

    return items


def _values_converter(plan: Plan) -> Convert:
    def members(value: dict[str, Any]) -> dict[str, Any]:
        by_class = plan.by_class
        if not by_class.keys().isdisjoint(map(type, value.values())):
            for name, entry in value.items():
                if entry.__class__ in by_class:
                    value[name] = by_class[entry.__class__](entry)
        return value

    return members


def _named_converter(patterns: Patterns, rest: Plan | None) -> Convert:
    """Convert the members of a dict by what their names match."""

    def members(value: dict[str, Any]) -> dict[str, Any]:
        for name, entry in value.items():
            plan = named_plan(name, patterns, rest)
            if plan is not None:
                value[name] = plan(entry)
        return value

    return members
