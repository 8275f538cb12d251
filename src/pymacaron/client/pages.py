"""
Lists that a service gives page by page: `.pages()` and `.items()` of a method whose operation has `x-pagination`.

`Walk` knows without I/O which page comes next; each page is a call like any other. One page is held at a time.
Neighbours: spec/paging.py reads the extension, operation.py makes the calls.
Sources: RFC 8288 (Link, rel=next); R. P. Brent, "An improved Monte Carlo factorization algorithm", for circles.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urljoin, urlsplit

from pymacaron.client.attempts import Pairs
from pymacaron.client.errors import BadReply, ClientError
from pymacaron.client.operation import ClientOperation
from pymacaron.client.prepared import wrong
from pymacaron.client.returned import returned
from pymacaron.exceptions import ConfigError
from pymacaron.schema.codec import json_exact
from pymacaron.schema.models import Model
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments
from pymacaron.spec.paging import Paging, paging

if TYPE_CHECKING:
    from pymacaron.client.clients import Clients

__all__ = ["Walk", "add_pages", "next_link"]

#: How many pages without an item may follow one another, and how many pages there may be where nobody says
_EMPTY, _MOST = 100, 100_000
#: What may stand in a URL as it is: reserved and unreserved characters, and the percent of what is quoted
_SAFE = "/?#[]@:!$&'()*+,;=%-._~"
#: Nothing is given back of white space (`*+`): a header of nothing else would take a minute
_LINK = re.compile(
    r"\s*+<([^<>]*)>((?:\s*+;\s*+[^\s=;,\"]+(?:\s*+=\s*+(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)\s*+(?:,|$)"
)
_PARAMETER = re.compile(r";\s*([^\s=;,\"]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?")


class Walk:
    """
    From page to page. `kwargs` and `url` are what the next page is asked for with, `items` those of the last one.
    *most*: after how many pages it ends; None: an error after very many.
    """

    def __init__(self, operation: Operation, kwargs: Mapping[str, Any], most: int | None):
        self._paging = _paging(operation)
        self._keyword, is_required = _keyword(operation, self._paging)
        self.kwargs = dict(kwargs)
        if is_required and self._paging.kind != "cursor":
            self.kwargs.setdefault(self._keyword, self._paging.start)
        self.url = ""
        self.items: list[Any] = []
        self._most = most
        self._count = self._empty = 0
        self._is_over, self._lacks = False, ""
        self._error: BadReply | None = None
        self._before: bytes | None = None
        first = self.kwargs.get(self._keyword) if self._keyword else None
        self._marks = _Marks(None if first is None else str(first))

    def goes_on(self) -> bool:
        """Whether there is a page to be asked for. Raises BadReply where the page before said nothing that leads on."""
        self.items = []
        if self._error is not None:
            raise self._error
        return not self._is_over

    def turn(self, value: Any, headers: Pairs, url: str, told: Callable[[BadReply], Any]) -> None:
        """
        *value* is the page that came, with *headers*, from *url*. Raises BadReply where it is none. What is wrong with
        the way to the next page is raised when that is asked for; *told* adds to it what is known of the call.
        """
        self._count += 1
        self._is_over = self._count == self._most
        try:
            self.items = self._listed(value)
        except BadReply as error:
            told(error)
            raise
        try:
            if not self._is_over:
                self._lead_on(value, headers, url)
        except BadReply as error:
            told(error)
            self._error = error

    def _lead_on(self, value: Any, headers: Pairs, url: str) -> None:
        if self._most is None and self._count >= _MOST:
            raise BadReply(f"there is no end to it after {_MOST} pages; say max_pages where there are more")
        following = None if self._at(value, self._paging.more) is False else self._next(value, headers, url)
        if following is None or following == "":
            self._is_over = True
            return
        self._empty = 0 if self.items else self._empty + 1
        if self._empty >= _EMPTY:
            raise BadReply(f"there is no end to it: {_EMPTY} pages without an item came one after the other")
        if self._marks.met(str(following)):
            raise BadReply("there is no end to it: a page leads on to one that was there before")
        if self._paging.kind == "link":
            self.url = following
        else:
            self.kwargs[self._keyword] = following

    def _next(self, value: Any, headers: Pairs, url: str) -> Any:
        """What leads to the next page; None where there is none."""
        said = self._paging
        if said.kind == "link":
            return _same_origin(next_link(headers) if said.next is None else self._at(value, said.next), url)
        if said.next is not None:
            found = self._at(value, said.next)
            if found is False or isinstance(found, (dict, list, Model)):
                return None if not found else _no_cursor(said.next)
            return found
        if not self.items:
            return None
        if said.last is not None:
            found = self._at(self.items[-1], said.last)
            return _no_cursor(("the last item", *said.last)) if found in (None, "") else found
        return self._counted(value)

    def _counted(self, value: Any) -> int | None:
        """The next offset or number of a page."""
        said = self._paging
        at = self.kwargs.get(self._keyword)
        at = said.start if at is None else at
        if isinstance(at, bool) or not isinstance(at, int):
            raise BadReply(f"{self._keyword} is {at!r:.80}, which cannot be counted on from")
        sent = json_exact(self.items)
        if sent == self._before and isinstance(self.items[0], (dict, Model)):
            raise BadReply(f"there is no end to it: the same page came for {self._keyword} {at} as for the one before")
        self._before = sent
        following = at + (len(self.items) if said.kind == "offset" else 1)
        total = self._at(value, said.total)
        if isinstance(total, int) and not isinstance(total, bool):
            return None if following >= total + (said.start if said.kind == "page" else 0) else following
        return following

    def _listed(self, value: Any) -> list[Any]:
        """The items of a page; none where it is something else, which an error then says if items are needed."""
        place, self._lacks = self._paging.items, ""
        found = value if place is None else self._at(value, place)
        if isinstance(found, list):
            return list(found)
        if found is None and place is not None:
            return []
        where = "itself" if place is None else f"/{'/'.join(place)}"
        self._lacks = f"a page has no list of items: {where} is a {type(found).__name__}; see x-pagination, 'items'"
        if place is None and (self._paging.next is not None or self._paging.kind == "link"):
            return []
        raise BadReply(self._lacks)

    def listed(self) -> list[Any]:
        """The items of the last page. Raises BadReply where it is no list and the description does not say more."""
        if self._lacks:
            raise BadReply(self._lacks)
        return self.items

    @staticmethod
    def _at(value: Any, place: tuple[str, ...] | None) -> Any:
        """What stands there; None where nothing does."""
        for name in place or ():
            if isinstance(value, (dict, Model)) and name in value:
                value = value[name]
            elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            else:
                return None
        return value if place else None


class _Marks:
    """Whether what leads on leads in a circle, of whatever length, with two texts in memory. Source: Brent."""

    def __init__(self, first: str | None):
        self._kept = self._last = first
        self._steps, self._power = 0, 1

    def met(self, mark: str) -> bool:
        is_known = mark in (self._kept, self._last)
        self._last = mark
        self._steps += 1
        if self._steps == self._power:
            self._kept, self._steps, self._power = mark, 0, self._power * 2
        return is_known


def next_link(headers: Pairs) -> str | None:
    """The target of the first link whose relation is next; None where there is none."""
    for name, value in headers:
        if name.lower() != "link":
            continue
        at = 0
        while (found := _LINK.match(value, at)) is not None and found.end() > at:
            at = found.end()
            for parameter in _PARAMETER.finditer(found[2]):
                relations = parameter[2] if parameter[2] is not None else parameter[3] or ""
                if parameter[1].lower() == "rel":
                    if "next" in relations.lower().split():
                        return found[1]
                    break  # of several only the first counts
    return None


def _same_origin(link: Any, url: str) -> str | None:
    """*link*, relative or not, as a URL. Raises BadReply where it is none, or leads to somebody else."""
    if link is None or link == "" or link is False:
        return None
    if not isinstance(link, str):
        raise BadReply(f"the next page is at {link!r:.80}, which is no URL")
    try:
        target = quote(urljoin(url, link.strip()).partition("#")[0], safe=_SAFE)
        wanted, found = urlsplit(url), urlsplit(target)
        is_same = _origin(wanted) == _origin(found)
    except ValueError:
        raise BadReply("the next page is at what is no URL") from None
    if not is_same:
        raise BadReply(f"the next page is said to be at {found.scheme}://{found.hostname}, which is another host")
    return target


def _origin(parts: Any) -> tuple[str, str | None, int | None]:
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(scheme)


def _no_cursor(place: tuple[str, ...]) -> Any:
    raise BadReply(f"there is no cursor at {'/'.join(place)!r:.200} of a page that has more behind it")


def _paging(operation: Operation) -> Paging:
    try:
        return paging(operation.extensions.get("x-pagination"))
    except ValueError as error:
        raise ConfigError(f"{operation.id} cannot be gone through page by page: {error}") from None


def _keyword(operation: Operation, said: Paging) -> tuple[str, bool]:
    """The argument that says which page is meant, and whether it must be given; ('', False) of a link."""
    found = [(keyword, one) for keyword, one in arguments(operation).items() if one.name == said.parameter]
    if not said.parameter:
        return "", False
    if not found:
        fact = f"x-pagination of {operation.id} names {said.parameter!r}, which is none of its parameters"
        raise ConfigError(fact)
    keyword, one = min(found, key=lambda pair: pair[1].location != "query")
    return keyword, one.required


# ---- the methods


def add_pages(
    method: Any, operation: ClientOperation, clients: Clients, face: Literal["client", "call", "acall"]
) -> None:
    """Give *method* its `.pages` and `.items`."""
    if face == "acall":
        method.pages, method.items = _awaited(operation, clients)
        return
    method.pages, method.items = _called(operation, clients)
    if face == "client":
        method.pages = _returning(method.pages, clients)


def _walk(operation: ClientOperation, kwargs: dict[str, Any]) -> Walk:
    most = None
    if "max_pages" in kwargs and "max_pages" not in arguments(operation.operation):
        most = kwargs.pop("max_pages")
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise wrong("arguments", "/max_pages", "type", f"is {most!r:.80}, not a whole number above 0")
    return Walk(operation.operation, kwargs, most)


def _called(operation: ClientOperation, clients: Clients) -> tuple[Callable[..., Iterator[Any]], ...]:
    options, budget = clients.options, clients.budget

    def pages(*args: Any, **kwargs: Any) -> Iterator[Any]:
        """The replies, one for each page."""
        walk = _walk(operation, kwargs)
        while walk.goes_on():
            yield operation.page(options, budget, args, walk)

    def items(*args: Any, **kwargs: Any) -> Iterator[Any]:
        """The items of all pages, one by one."""
        walk = _walk(operation, kwargs)
        while walk.goes_on():
            operation.page(options, budget, args, walk)
            yield from walk.listed()

    return pages, items


def _awaited(operation: ClientOperation, clients: Clients) -> tuple[Callable[..., AsyncIterator[Any]], ...]:
    options, budget = clients.options, clients.budget

    async def pages(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """The replies, one for each page."""
        walk = _walk(operation, kwargs)
        while walk.goes_on():
            yield await operation.apage(options, budget, args, walk)

    async def items(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """The items of all pages, one by one."""
        walk = _walk(operation, kwargs)
        while walk.goes_on():
            await operation.apage(options, budget, args, walk)
            for item in walk.listed():
                yield item

    return pages, items


def _returning(pages: Callable[..., Iterator[Any]], clients: Clients) -> Callable[..., Iterator[Any]]:
    """*pages* whose last one is the Error model of what went wrong, if anything did."""

    def returning(*args: Any, **kwargs: Any) -> Iterator[Any]:
        """The replies, one for each page; the last is an Error model where a call has failed."""
        try:
            yield from pages(*args, **kwargs)
        except ClientError as error:
            yield returned(error, clients.loaded)

    return returning
