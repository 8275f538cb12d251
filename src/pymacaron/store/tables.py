"""
`table(Order)`: the table in which the models of a class are kept, as the class's `x-persist` says.

Every call asks the store that the settings name at that time (current.py), whose semantics are DynamoDB's, whichever
it is.
Neighbours: values.py turns models into items, listing.py and cursors.py make pages of what the store gives, writes.py
knows under which conditions something is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pymacaron import clocks
from pymacaron.pool import ApiPool, stood_for
from pymacaron.schema.kept import Kept
from pymacaron.schema.models import Model
from pymacaron.store import current
from pymacaron.store.arguments import Arguments
from pymacaron.store.cursors import cursor as cursor_behind
from pymacaron.store.cursors import start as start_of
from pymacaron.store.declared import definition
from pymacaron.store.definition import Definition, Key
from pymacaron.store.forms import ended
from pymacaron.store.listing import Page, asked, collected
from pymacaron.store.stores import ConditionFailedError, Item, Query, Rows, Scan, StoreError, VersionConflictError
from pymacaron.store.values import Values
from pymacaron.store.writes import Writes

__all__ = ["Table", "table"]

M = TypeVar("M", bound=Model)

_Known = tuple[Definition, Values[M], Arguments[M]]


def table(cls: type[M]) -> Table[M]:
    """
    The table of *cls*, a model's class such as `ApiPool.shop.model.Order` whose schema has a map as its `x-persist`.
    Always the same one. Raises TypeError for anything else.
    """
    names = stood_for(cls)
    if names is not None:
        cls = getattr(getattr(ApiPool, names[0]).model, names[1])
    if not (isinstance(cls, type) and isinstance(getattr(cls, "__pym_kept__", None), Kept)):
        what = cls.__name__ if isinstance(cls, type) else f"{cls!r:.80}"
        raise TypeError(
            f"{what} has no table: give its schema x-persist: {{table: NAME, key: {{hash: PROPERTY}}}}, "
            "and call table() with the model's class"
        )
    made: Table[M] | None = cls.__dict__.get("__pym_table__")
    if made is None:
        made = Table(cls)
        type.__setattr__(cls, "__pym_table__", made)
    return made


class Table(Generic[M]):
    """
    The models of one class, kept. Keys are given by position, in the order of x-persist, or by the names of properties;
    their values are those of the model's attributes, or as JSON has them. Items whose time (ttl) is over are not given.

    *clock* gives the second of the epoch. Every method raises StoreError where the store cannot be asked.
    """

    def __init__(self, cls: type[M], clock: Callable[[], float] = clocks.wall):
        self._cls = cls
        self._clock = clock
        self._known: dict[str, _Known[M]] = {}

    def __repr__(self) -> str:
        return f"<Table {self.definition.table} of {self._cls.__pym_record__.name}>"

    @property
    def definition(self) -> Definition:
        """What the table is: its name, with the setting table_prefix before it, its key, its indexes."""
        return self._found()[0]

    def _found(self) -> _Known[M]:
        prefix = current.prefix()
        known = self._known.get(prefix)
        if known is None:
            made = definition(self._cls.__pym_kept__, prefix)  # type: ignore[attr-defined]
            values = Values(self._cls, made)
            known = self._known[prefix] = made, values, Arguments(self._cls, made, values)
        return known

    def _writes(self) -> Writes[M]:
        table, values, _ = self._found()
        return Writes(current.store(), table, values, self._clock)

    # ---- one

    def get(self, *key: Any, consistent: bool = True, **named: Any) -> M | None:
        """The model of that key; None where there is none. *consistent*: as it is now, not as it was a moment ago."""
        table, values, given = self._found()
        item = current.store().get(table, given.key(key, named), consistent=consistent)
        return values.model(item) if item is not None and self._lives(table, item) else None

    def put(self, model: M, *, where: Mapping[str, Any] | None = None, if_absent: bool = False) -> None:
        """
        Have *model* be what is kept under its key. *where*: only if that is true of what is there (dict of property ->
        value or Test), else ConditionFailedError; *if_absent*: only if nothing is there.

        With a version, only if nobody else has written it since it was read, or else VersionConflictError; a model
        without a version has to be new. The model's version is the new one then. ItemError, before anything is asked of
        the store, for what cannot be stored exactly.
        """
        given = self._found()[2]
        self._writes().put(given.own(model), given.where(where), if_absent)

    def delete(self, *key: Any, where: Mapping[str, Any] | None = None, **named: Any) -> None:
        """
        Have nothing be under that key, or under that of a model, which with a version has to be what is there. Nothing
        there is all right, unless *where* asks for more.
        """
        given = self._found()[2]
        if len(key) == 1 and isinstance(key[0], Model):
            self._writes().delete_model(given.own(key[0]), given.where(where))
        else:
            self._writes().delete(given.key(key, named), given.where(where))

    # ---- lists

    def query(
        self,
        *hash: Any,
        range: Any = None,
        index: str | None = None,
        where: Mapping[str, Any] | None = None,
        descending: bool = False,
        limit: int | None = None,
        cursor: str | None = None,
        consistent: bool = True,
        **named: Any,
    ) -> Page[M]:
        """
        The models of one *hash*, given alone or by its property's name, ordered by the range: of the table, or of
        *index*. *range*: a value or a Test; *where*: what else has to be true; *limit*: so many at most, all without;
        *cursor*: that of the page before. ValidationError, a 400, for a cursor or a limit that is none.
        """
        table, values, given = self._found()
        key = given.index(index)
        hashes = given.key(hash, named, Key(key.hash))
        tested = given.range(key, range)
        store, tests = current.store(), given.where(where)

        def fetch(look: int | None, start: Item | None) -> Rows:
            wanted = Query(hashes[key.hash.name], tested, index, descending, look, start, tests, consistent)
            return store.query(table, wanted)

        of = [table.table, index, hashes[key.hash.name], descending]
        of += [] if tested is None else [tested.operator, *tested.values]
        return self._page(table, values, key, fetch, limit, cursor, of, not tests)

    def scan(
        self,
        *,
        index: str | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        consistent: bool = True,
    ) -> Page[M]:
        """All models, in no order; otherwise as query(). Reads the whole table where nothing stops it."""
        table, values, given = self._found()
        key, store, tests = given.index(index), current.store(), given.where(where)

        def fetch(look: int | None, start: Item | None) -> Rows:
            return store.scan(table, Scan(index, look, start, tests, consistent))

        return self._page(table, values, key, fetch, limit, cursor, [table.table, index, "scan"], not tests)

    # ---- many

    def get_many(self, keys: Iterable[Any], *, consistent: bool = True) -> list[M | None]:
        """
        The models of *keys*, in their order, None where there is none. A key: the value of the hash, a tuple of hash
        and range, a dict of properties, or a model.
        """
        table, values, given = self._found()
        wanted = [given.key_of(one) for one in keys]
        unlike = {_identity(table, one): one for one in wanted}
        items = current.store().get_many(table, list(unlike.values()), consistent=consistent) if unlike else []
        found = {_identity(table, one): one for one in items if self._lives(table, one)}
        return [None if (item := found.get(_identity(table, one))) is None else values.model(item) for one in wanted]

    def put_many(self, models: Iterable[M]) -> None:
        """
        Each of *models* as put() does, in batches; of those with the same key the last one. Not all or none: those that
        are in conflict are told at the end, once the others are written. ItemError, before anything is written.
        """
        table, values, arguments = self._found()
        given = [arguments.own(model) for model in models]
        if table.version is None:
            unlike = {_identity(table, item): item for item in map(values.item, given)}
            if unlike:
                current.store().write(table, list(unlike.values()))
            return
        writes = self._writes()
        for model in given:
            writes.look(model, is_put=True)
        self._each(given, lambda model: writes.put(model, (), False))

    def delete_many(self, keys: Iterable[Any]) -> None:
        """Have nothing be under *keys*, as of get_many(); models of a table with versions as delete() does."""
        (table, _, arguments), given = self._found(), list(keys)
        versioned = [one for one in given if isinstance(one, Model) and table.version is not None]
        found = [arguments.key_of(one) for one in given if not any(one is other for other in versioned)]
        unlike = {_identity(table, one): one for one in found}
        writes, models = self._writes(), [arguments.own(one) for one in versioned]
        for model in models:
            writes.look(model, is_put=False)
        if unlike:
            current.store().write(table, (), list(unlike.values()))
        if models:
            self._each(models, lambda model: writes.delete_model(model, ()))

    def _each(self, models: Sequence[M], act: Callable[[M], None]) -> None:
        refused = list[ConditionFailedError]()
        for index, model in enumerate(models):
            try:
                act(model)
            except ConditionFailedError as error:
                refused.append(error)
            except StoreError as error:
                done = f"{index - len(refused)} of {len(models)} were done before it"
                told = f"{done}, and {len(refused)} were in conflict" if refused else done
                raise type(error)(f"{error}. {told}") from None
        if refused:
            told = "; ".join(map(str, refused[:10]))
            more = f"; and {len(refused) - 10} more" if len(refused) > 10 else ""
            raise VersionConflictError(f"{len(refused)} of {len(models)} are not written: {told}{more}")

    # ---- how

    def _lives(self, table: Definition, item: Item) -> bool:
        return table.ttl is None or not ended(item.get(table.ttl), self._clock())

    def _page(
        self,
        table: Definition,
        values: Values[M],
        key: Key,
        fetch: Callable[[int | None, Item | None], Rows],
        limit: int | None,
        cursor: str | None,
        of: Sequence[Any],
        all_fit: bool,
    ) -> Page[M]:
        attributes = list(dict.fromkeys((*table.key.attributes, *key.attributes)))
        start = None if cursor is None else start_of(cursor, attributes, of)
        items, is_more = collected(fetch, lambda item: self._lives(table, item), asked(limit), start, all_fit)
        behind = cursor_behind(items[-1], attributes, of) if is_more else None
        return Page([values.model(item) for item in items], behind)


def _identity(table: Definition, item: Item) -> tuple[Any, ...]:
    return tuple(item[one.name] for one in table.key.attributes)
