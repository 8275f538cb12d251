"""Lists that come page by page: `.pages()` and `.items()` of all faces, over real sockets."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from upstreams.server import Asked, Server, clients, reply

from pymacaron import ApiPool
from pymacaron.client import errors
from pymacaron.client.attempts import Received
from pymacaron.client.events import Event
from pymacaron.client.loading import load_clients
from pymacaron.client.pages import next_link
from pymacaron.exceptions import ConfigError, ValidationError, is_error

LIST = """
openapi: 3.1.0
info: {title: Lists, version: "1"}
paths:
  /things:
    get:
      operationId: things
      x-pagination: PAGINATION
      parameters:
        - {name: starting-after, in: query, schema: {type: string}}
        - {name: offset, in: query, schema: {type: integer}}
        - {name: page, in: query, required: REQUIRED, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer}}
      responses:
        "200": {description: "", content: {application/json: {schema: {}}}}
    post:
      operationId: search
      x-pagination: {kind: cursor, parameter: starting-after, next: next, items: data}
      x-idempotency: optional
      parameters: [{name: starting-after, in: query, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Page"}}}}
components:
  schemas:
    Page:
      type: object
      properties:
        next: {type: string}
        data: {type: array, items: {$ref: "#/components/schemas/Thing"}}
    Thing: {type: object, required: [id], properties: {id: {type: string}}}
"""

Listing = Callable[..., Any]


@pytest.fixture
def listing(tmp_path: Path, server: Server) -> Listing:
    def made(said: str, required: bool = False) -> Any:
        text = LIST.replace("PAGINATION", said).replace("REQUIRED", str(required).lower())
        (tmp_path / "lists.yaml").write_text(text, encoding="utf-8")
        load_clients(tmp_path, ["lists"])
        return clients(ApiPool.lists.clients, url=server.url)

    return made


def query(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.line.split()[1]).query).items()}


async def gathered(items: Any) -> list[Any]:
    return [item async for item in items]


def ids(items: Any) -> list[Any]:
    return [item["id"] for item in items]


def both(made: Any, server: Server, **kwargs: Any) -> tuple[list[str], list[dict[str, str]]]:
    """The ids of all items, and the queries that were sent, the same for all faces."""
    found, asked = [], []
    for items in (
        lambda: list(made.call.things.items(**kwargs)),
        lambda: asyncio.run(gathered(made.acall.things.items(**kwargs))),
        lambda: [item for page in made.client.things.pages(**kwargs) for item in page.get("data", [])],
    ):
        server.asked.clear()
        found.append(ids(items()))
        asked.append([query(one) for one in server.asked])
    assert found[1:] == found[:-1]
    assert asked[1:] == asked[:-1]
    return found[0], asked[0]


def things(*names: str) -> list[dict[str, str]]:
    return [{"id": name} for name in names]


class Seen:
    """Observes calls: the status and the error of each that ended."""

    def __init__(self) -> None:
        self.ended: list[tuple[int, str]] = []

    def begin(self, event: Event) -> None:
        pass

    def end(self, event: Event) -> None:
        self.ended.append((event.status, event.error))


def test_observers_are_told_of_each_page(listing: Listing, server: Server) -> None:
    made = listing("{kind: page, parameter: page, items: data}")
    seen = Seen()

    def answer(asked: Asked) -> bytes:
        page = query(asked).get("page", "1")
        return reply(404, {"error": "GONE"}) if page == "3" else reply(200, {"data": things(page)})

    for gather in (
        lambda one: list(one.call.things.pages()),
        lambda one: asyncio.run(gathered(one.acall.things.pages())),
    ):
        server.answer = answer
        seen.ended.clear()
        with pytest.raises(errors.NotFound):
            gather(made.with_options(observers=[seen]))
        assert seen.ended == [(200, ""), (200, ""), (404, "GONE")]


def test_a_cursor_in_the_reply_leads_from_page_to_page(listing: Listing, server: Server) -> None:
    made = listing("{kind: cursor, parameter: starting-after, next: /paging/next, items: data}")
    pages = {
        None: {"data": things("a", "b"), "paging": {"next": "x/1"}},
        "x/1": {"data": [], "paging": {"next": "x&2"}},  # none of this one fits, and there is more
        "x&2": {"data": things("c"), "paging": {}},
    }
    server.answer = lambda asked: reply(200, pages[query(asked).get("starting-after")])
    found, asked = both(made, server, limit=2)
    assert found == ["a", "b", "c"]
    assert asked == [
        {"limit": "2"},
        {"limit": "2", "starting-after": "x/1"},
        {"limit": "2", "starting-after": "x&2"},
    ]


def test_the_cursor_can_be_a_member_of_the_last_item(listing: Listing, server: Server) -> None:
    made = listing("{kind: cursor, parameter: starting-after, last: id, items: data, more: has_more}")
    pages = {
        None: {"data": things("a", "b"), "has_more": True},
        "b": {"data": things("c"), "has_more": False},
    }
    server.answer = lambda asked: reply(200, pages[query(asked).get("starting-after")])
    found, asked = both(made, server)
    assert (found, len(asked)) == (["a", "b", "c"], 2)
    server.answer = lambda asked: reply(200, {"data": [{"id": ""}], "has_more": True})
    with pytest.raises(errors.BadReply, match="no cursor at 'the last item/id'"):
        list(made.call.things.pages())


@pytest.mark.parametrize("said", ["{kind: offset, parameter: offset, items: data, TOTAL}"])
@pytest.mark.parametrize(("total", "calls"), [("total: count", 2), ("more: more", 2), ("start: 0", 3)])
def test_offsets_count_items(listing: Listing, server: Server, said: str, total: str, calls: int) -> None:
    made = listing(said.replace("TOTAL", total))
    names = ["a", "b", "c"]

    def answer(asked: Asked) -> bytes:
        at = int(query(asked).get("offset", 0))
        return reply(200, {"data": things(*names[at : at + 2]), "count": 3, "more": at + 2 < 3})

    server.answer = answer
    found, asked = both(made, server)
    assert (found, len(asked)) == (names, calls)
    assert [one.get("offset") for one in asked[:2]] == [None, "2"]
    assert both(made, server, offset=1)[0] == ["b", "c"]


@pytest.mark.parametrize(("more", "calls"), [("total: /page/pages", 2), ("start: 1", 3)])
def test_pages_have_numbers(listing: Listing, server: Server, more: str, calls: int) -> None:
    made = listing(f"{{kind: page, parameter: page, items: data, {more}}}", required=True)
    names = {"1": ["a", "b"], "2": ["c"]}
    server.answer = lambda asked: reply(
        200, {"data": things(*names.get(query(asked)["page"], [])), "page": {"pages": 2}}
    )
    found, asked = both(made, server)
    assert found == ["a", "b", "c"]
    assert [one["page"] for one in asked] == ["1", "2", "3"][:calls]
    assert both(made, server, page=2)[0] == ["c"]


def test_links_in_a_header_are_followed(listing: Listing, server: Server) -> None:
    made = listing("{kind: link}")

    def answer(asked: Asked) -> bytes:
        if "at=2" in asked.line:
            return reply(200, things("c"), {"Link": "</things>; rel=first"})
        link = '</things?at=1>; rel="prev", </else%2Fwhere?at=2&x=a,b>; title="a, \\"b\\"; rel=next"; rel="last Next"'
        return reply(200, things("a", "b"), {"Link": link})

    server.answer = answer
    assert ids(made.call.things.items(limit=2)) == ["a", "b", "c"]
    assert ids(asyncio.run(gathered(made.acall.things.items(limit=2)))) == ["a", "b", "c"]
    lines = ["GET /things?limit=2 HTTP/1.1", "GET /else%2Fwhere?at=2&x=a,b HTTP/1.1"]
    assert [asked.line for asked in server.asked] == lines * 2


def test_a_link_may_stand_in_the_reply(listing: Listing, server: Server) -> None:
    made = listing("{kind: link, next: /meta/next_page_url, items: data}")
    pages = {
        None: {"data": things("a"), "meta": {"next_page_url": f"{server.url}/things?offset=1"}},
        "1": {"data": things("b"), "meta": {"next_page_url": None}},
    }
    server.answer = lambda asked: reply(200, pages[query(asked).get("offset")])
    assert both(made, server)[0] == ["a", "b"]


@pytest.mark.parametrize("link", ["http://other.example/things?secret=1", "https://127.0.0.1/", "http://[::1", "//x/y"])
def test_a_link_to_another_host_is_never_followed(listing: Listing, server: Server, link: str) -> None:
    made = listing("{kind: link}")
    server.answer = lambda asked: reply(200, things("a"), {"Link": f"<{link}>; rel=next"})
    pages = made.call.things.pages()
    assert ids(next(pages)) == ["a"]
    with pytest.raises(errors.BadReply, match="the next page is") as caught:
        next(pages)
    assert "secret" not in str(caught.value)
    assert (caught.value.operation, caught.value.url) == ("things", f"{server.url}/things")
    assert len(server.asked) == 1


@pytest.mark.parametrize("circle", [1, 2, 7])
@pytest.mark.parametrize("before", [0, 5])
def test_a_circle_of_cursors_is_an_error(listing: Listing, server: Server, circle: int, before: int) -> None:
    made = listing("{kind: cursor, parameter: starting-after, next: next, items: data}")

    def answer(asked: Asked) -> bytes:
        at = int(query(asked).get("starting-after", 0)) + 1
        return reply(200, {"data": things("a"), "next": str(at if at <= before + circle else before + 1)})

    server.answer = answer
    with pytest.raises(errors.BadReply, match="one that was there before"):
        list(made.call.things.pages())
    assert len(server.asked) < 4 * (before + circle + 1)


def test_a_server_that_passes_over_the_parameter_is_an_error(listing: Listing, server: Server) -> None:
    server.answer = lambda asked: reply(200, things("a"))
    made = listing("{kind: page, parameter: page}")
    with pytest.raises(errors.BadReply, match="the same page came for page 2 as for the one before"):
        list(made.call.things.pages())
    assert len(server.asked) == 2


def test_pages_without_items_end_sometime(listing: Listing, server: Server) -> None:
    made = listing("{kind: cursor, parameter: starting-after, next: next, items: data}")
    server.answer = lambda asked: reply(200, {"next": str(len(server.asked))})
    with pytest.raises(errors.BadReply, match="100 pages without an item"):
        list(made.call.things.items())


def test_max_pages_ends_it_quietly(listing: Listing, server: Server) -> None:
    made = listing("{kind: cursor, parameter: starting-after, next: next, items: data}")
    server.answer = lambda asked: reply(200, {"data": things("a"), "next": str(len(server.asked))})
    assert both(made, server, max_pages=3)[0] == ["a"] * 3
    with pytest.raises(ValidationError, match="/max_pages is 0"):
        list(made.call.things.pages(max_pages=0))


def test_an_error_ends_pages_of_client_as_a_model_and_is_raised_by_all_else(listing: Listing, server: Server) -> None:
    made = listing("{kind: page, parameter: page}")
    server.answer = lambda asked: reply(200, things("a")) if "page" not in query(asked) else reply(404)
    page, error = made.client.things.pages()
    assert (ids(page), is_error(error), error.status) == (["a"], True, 404)
    for items in (made.client.things.items(), made.call.things.items(), made.call.things.pages()):
        next(items)
        with pytest.raises(errors.NotFound):
            next(items)
    with pytest.raises(errors.NotFound):
        asyncio.run(gathered(made.acall.things.items()))


def test_each_page_is_tried_again_as_any_call(listing: Listing, server: Server) -> None:
    made = listing("{kind: page, parameter: page, total: n, items: data}")
    server.answer = lambda asked: (
        reply(503) if len(server.asked) % 2 else reply(200, {"data": things(query(asked).get("page", "1")), "n": 3})
    )
    assert ids(made.call.things.items()) == ["1", "2", "3"]
    assert len(server.asked) == 6


def test_the_body_goes_with_every_page_and_items_are_models(listing: Listing, server: Server) -> None:
    made = listing("{kind: link}")
    pages = {None: {"data": things("a"), "next": "1"}, "1": {"data": things("b"), "next": ""}}
    server.answer = lambda asked: reply(200, pages[query(asked).get("starting-after")])
    found = list(made.call.search.items({"colour": "red"}))
    assert [(type(one), one.id) for one in found] == [(ApiPool.lists.model.Thing, name) for name in "ab"]
    assert [json.loads(asked.body) for asked in server.asked] == [{"colour": "red"}] * 2
    assert len({asked.headers["idempotency-key"] for asked in server.asked}) == 2


def test_pages_need_no_list_where_links_lead_on_but_items_do(listing: Listing, server: Server) -> None:
    made = listing("{kind: link}")
    server.answer = lambda asked: reply(200, {"a": 1}, {} if "x" in asked.line else {"Link": "<?x>; rel=next"})
    assert len(list(made.call.things.pages())) == 2
    with pytest.raises(errors.BadReply, match="a page has no list of items: itself is a dict"):
        list(made.call.things.items())


def test_a_reply_without_the_list_is_an_error(listing: Listing, server: Server) -> None:
    made = listing("{kind: page, parameter: page, items: data}")
    server.answer = lambda asked: reply(200, {"data": {"a": 1}})
    with pytest.raises(errors.BadReply, match="a page has no list of items: /data is a dict"):
        list(made.call.things.items())


def test_a_pagination_that_means_nothing_is_told_when_it_is_used(listing: Listing, server: Server) -> None:
    made = listing("{kind: pages}")
    with pytest.raises(ConfigError, match=r"'pages' is no kind of x-pagination. Did you mean 'page'\?"):
        list(made.call.things.items())
    server.answer = lambda asked: reply(200, [])
    assert made.call.things() == []


def test_one_page_is_held_at_a_time(listing: Listing) -> None:
    made = listing("{kind: cursor, parameter: starting-after, next: next, items: data}")

    def send(asked: Any) -> Received:
        at = int(parse_qs(urlsplit(asked.url).query).get("starting-after", ["0"])[0]) + 1
        following = str(at) if at < 300 else None
        page = {"data": things(*(f"{at} {number:0100}" for number in range(100))), "next": following}
        return Received(200, [("Content-Type", "application/json")], json.dumps(page).encode())

    made = made.with_options(transport=send)
    assert len(next(made.call.things.pages())["data"]) == 100  # everything is worked out now
    tracemalloc.start()
    try:
        assert sum(1 for _ in made.call.things.items()) == 30_000
        assert sum(len(page["data"]) for page in made.call.things.pages()) == 30_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_operations_without_it_have_no_pages(shop: Any) -> None:
    assert not hasattr(shop.call.list_pets, "pages")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a>; rel=next", "a"),
        ("<a>;rel=prev,<b> ; REL = 'x', <c>; rel=\"x NEXT\"", "c"),
        ("<a?x=1,2;3>; rel=prev; rel=next", None),
        ('<a>; title="<b>; rel=next"', None),
        ("<a>, <b>; rel", None),
        ("a; rel=next", None),
        ("<a>; rel=next" + " " * 100_000 + "x", None),
        ("<a>; rel=" + " " * 60_000 + "x next", None),
        ("", None),
    ],
)
def test_link_headers(value: str, expected: str | None) -> None:
    assert next_link([("Content-Type", "x"), ("LINK", value)]) == expected
