"""Each fault of a server ends in its error, in time, for all three faces; what changes something is sent once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from upstreams.certificates import certificate, serving
from upstreams.faults import DELAYS, FAULTS, GOOD, Fault, status
from upstreams.misbehaving import Misbehaving, Peer
from upstreams.server import clients

from pymacaron import ApiPool
from pymacaron.client import errors
from pymacaron.client.loading import load_clients
from pymacaron.exceptions import is_error

from .conftest import SHOP

#: Seconds after which a call hangs, for this test; none of them may take as many
HANGS_S = 20.0


def within(act: Callable[[], Any]) -> Any:
    """What *act* returns or raises, in a thread that has an end."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append((True, act()))
        except BaseException as error:
            ended.append((False, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(HANGS_S)
    assert ended, "the call hangs"
    is_value, value = ended[0]
    if not is_value:
        raise value
    return value


def called(shop: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return within(lambda: getattr(shop.call, name)(*args, **kwargs))


def returned(shop: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return within(lambda: getattr(shop.client, name)(*args, **kwargs))


def awaited(shop: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return within(lambda: asyncio.run(getattr(shop.acall, name)(*args, **kwargs)))


Way = Callable[..., Any]
ways = pytest.mark.parametrize("way", [called, returned, awaited])


def ended(
    way: Way,
    shop: Any,
    error: type[errors.ClientError] | None,
    *args: Any,
    also: tuple[type[errors.ClientError], ...] = (),
    **kwargs: Any,
) -> Any:
    """The call ends in *error*, or in Ada where there is none; of `.client`, in the model that says it."""
    if error is None:
        value = way(shop, *args, **kwargs)
        assert value.name == "Ada" if args[0] == "get_pet" else not isinstance(value, Exception)
        return value
    if way is returned:
        value = way(shop, *args, **kwargs)
        assert is_error(value)
        if not issubclass(error, errors.HTTPStatusError):
            assert (value.error, value.status) in [(one.code, one.status) for one in (error, *also)]
        return value
    with pytest.raises(errors.ClientError) as raised:
        way(shop, *args, **kwargs)
    assert type(raised.value) in (error, *also), raised.value
    return raised.value


@pytest.fixture
def wicked() -> Iterator[Misbehaving]:
    made = Misbehaving()
    yield made
    made.close()


@pytest.fixture
def shop(tmp_path: Path, wicked: Misbehaving) -> Any:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    load_clients(tmp_path, ["shop"])
    made = clients(ApiPool.shop.clients, url=wicked.url, max_reply_bytes=1_000_000)
    waits = made.waits
    made = made.with_options(policy=replace(made.options.policy, wall=lambda: 0.0))
    made.waits = waits
    return made


def short(shop: Any, name: str) -> Any:
    return shop.with_options(timeout=0.15) if name in DELAYS else shop


@ways
@pytest.mark.parametrize("name", FAULTS)
def test_what_changes_nothing_is_sent_as_the_policy_says(shop: Any, wicked: Misbehaving, name: str, way: Way) -> None:
    fault: Fault = FAULTS[name]
    wicked.act = fault.act
    ended(way, short(shop, name), fault.error, "get_pet", also=fault.also, number=1)
    assert wicked.tries <= 1 if fault.is_late else wicked.tries == fault.sent
    if fault.waits is not None:
        assert shop.waits == fault.waits


@ways
@pytest.mark.parametrize("name", FAULTS)
def test_what_changes_something_is_sent_once(shop: Any, wicked: Misbehaving, name: str, way: Way) -> None:
    fault: Fault = FAULTS[name]
    wicked.act = fault.act
    ended(way, short(shop, name), fault.of_post or fault.error, "add_pet", {"name": "Ada"}, also=fault.also)
    assert wicked.tries <= 1 if fault.is_late else wicked.tries == 1
    assert shop.waits == []


@ways
@pytest.mark.parametrize("behind", [GOOD.replace(b"Ada", b"Eve"), b"HTTP/1.1 200 OK\r\nContent-", b"xyz"])
def test_what_comes_behind_a_reply_is_not_the_reply_of_the_next_call(
    shop: Any, wicked: Misbehaving, behind: bytes, way: Way
) -> None:
    def act(peer: Peer) -> None:
        while peer.asked():
            peer.send(GOOD + behind)

    wicked.act = act
    if way is awaited:

        async def twice() -> list[Any]:
            return [await shop.acall.get_pet(number=1), await shop.acall.add_pet({"name": "Bob"})]

        within(lambda: asyncio.run(twice()))
    else:
        ended(way, shop, None, "get_pet", number=1)
        ended(way, shop, None, "add_pet", {"name": "Bob"})
    assert (wicked.asked, wicked.connections) == (["GET /pets/1 HTTP/1.1", "POST /pets HTTP/1.1"], 2)


@ways
@pytest.mark.parametrize("end", [Peer.reset, Peer.close, lambda peer: peer.send(GOOD)], ids=["reset", "closed", "more"])
def test_a_connection_that_has_died_meanwhile_is_not_used(
    shop: Any, wicked: Misbehaving, end: Callable[[Peer], Any], way: Way
) -> None:
    over = threading.Event()

    def act(peer: Peer) -> None:
        if not peer.asked():
            return
        peer.send(GOOD)
        end(peer)
        over.set()
        peer.hold()

    wicked.act = act

    async def twice() -> None:
        await shop.acall.get_pet(number=1)
        await asyncio.to_thread(over.wait)
        await shop.acall.add_pet({"name": "Bob"})

    if way is awaited:
        within(lambda: asyncio.run(twice()))
    else:
        ended(way, shop, None, "get_pet", number=1)
        assert over.wait(HANGS_S)
        ended(way, shop, None, "add_pet", {"name": "Bob"})
    assert (len(wicked.asked), wicked.connections) == (2, 2)


@ways
def test_a_connection_that_dies_under_a_call_is_lost_and_what_changes_something_not_sent_again(
    shop: Any, wicked: Misbehaving, way: Way
) -> None:
    def act(peer: Peer) -> None:
        peer.asked()
        peer.send(GOOD)
        peer.asked()

    wicked.act = act

    async def twice() -> None:
        await shop.acall.get_pet(number=1)
        await shop.acall.add_pet({"name": "Bob"})

    if way is awaited:
        with pytest.raises(errors.ConnectionLost):
            within(lambda: asyncio.run(twice()))
    else:
        ended(way, shop, None, "get_pet", number=1)
        ended(way, shop, errors.ConnectionLost, "add_pet", {"name": "Bob"})
    assert wicked.asked == ["GET /pets/1 HTTP/1.1", "POST /pets HTTP/1.1"]


def _of_tls(folder: Path, name: str) -> tuple[Any, str, Path]:
    """What a server does, the host that it is called by, and the authority that the client trusts."""
    good = certificate(folder, "localhost")
    if name == "self-signed":
        return _tls(good), "localhost", certificate(folder, "other.example")[0]
    if name == "expired":
        files = certificate(folder, "localhost", days=-1)
        return _tls(files), "localhost", files[0]
    if name == "another name":
        return _tls(good), "127.0.0.1", good[0]
    acts: dict[str, Any] = {
        "plain HTTP": lambda peer: peer.send(status(400)),
        "garbage": lambda peer: peer.send(b"\x16\x03\x03\xff\xff" + b"x" * 1000),
        "an alert": lambda peer: peer.send(b"\x15\x03\x03\0\x02\x02\x28"),
        "closed": lambda peer: peer.socket.recv(10_000),
        "reset": Peer.reset,
        "a handshake that hangs": Peer.hold,
        "a handshake that drips": lambda peer: (
            peer.send(b"\x16\x03\x03\x3f\xff\x02"), peer.endlessly(b"\0", 0.01)
        ),
    }  # fmt: skip
    return acts[name], "localhost", good[0]


def _tls(files: tuple[Path, Path]) -> Any:
    def act(peer: Peer) -> None:
        peer.socket = serving(files).wrap_socket(peer.socket, server_side=True)
        if peer.asked():
            peer.send(GOOD)

    return act


@ways
@pytest.mark.parametrize(
    "name", ["self-signed", "expired", "another name", "plain HTTP", "garbage", "an alert", "closed", "reset"]
)
def test_tls_that_fails_is_no_connection(shop: Any, wicked: Misbehaving, tmp_path: Path, name: str, way: Way) -> None:
    wicked.act, host, authority = _of_tls(tmp_path, name)
    safe = shop.with_options(url=f"https://{host}:{wicked.port}", ca_file=str(authority))
    ended(way, safe, errors.ConnectFailed, "add_pet", {"name": "Ada"})
    assert (wicked.tries, wicked.asked) == (1, [])
    ended(way, safe, errors.ConnectFailed, "get_pet", number=1)
    assert (wicked.tries, wicked.asked) == (4, [])


@ways
@pytest.mark.parametrize("name", ["a handshake that hangs", "a handshake that drips"])
def test_tls_that_hangs_is_over_with_the_call(
    shop: Any, wicked: Misbehaving, tmp_path: Path, name: str, way: Way
) -> None:
    wicked.act, host, authority = _of_tls(tmp_path, name)
    safe = shop.with_options(url=f"https://{host}:{wicked.port}", ca_file=str(authority), timeout=0.15)
    ended(way, safe, errors.DeadlineExceeded, "add_pet", {"name": "Ada"})
    assert (wicked.tries, wicked.asked) == (1, [])


@ways
def test_from_https_to_http_is_not_followed(shop: Any, wicked: Misbehaving, tmp_path: Path, way: Way) -> None:
    files = certificate(tmp_path, "localhost")

    def act(peer: Peer) -> None:
        peer.socket = serving(files).wrap_socket(peer.socket, server_side=True)
        while peer.asked():
            peer.send(status(302, b"Location: http://localhost:%d/pets/1" % wicked.port))

    wicked.act = act
    safe = shop.with_options(url=f"https://localhost:{wicked.port}", ca_file=str(files[0]))
    ended(way, safe, errors.Redirected, "get_pet", number=1)
    assert len(wicked.asked) == 1


@ways
def test_another_host_is_told_nothing_but_what_is_asked(shop: Any, wicked: Misbehaving, way: Way) -> None:
    heads: list[bytes] = []

    def act(peer: Peer) -> None:
        while (head := peer.head()) is not None:
            heads.append(head)
            is_other = b"host: localhost" in head
            peer.send(GOOD if is_other else status(302, b"Location: http://localhost:%d/else" % wicked.port))

    wicked.act = act
    secret = {"Authorization": "Bearer hush", "X-Key": "hush", "Cookie": "a=hush"}
    ended(way, shop, None, "get_pet", number=1, request_headers=secret)
    assert [b"hush" in head for head in heads] == [True, False]
    assert [b"pymcallid" in head for head in heads] == [True, False]


@ways
def test_a_server_that_reads_slowly_does_not_hold_a_call(shop: Any, wicked: Misbehaving, way: Way) -> None:
    def act(peer: Peer) -> None:
        peer.head()
        while not wicked.stopped.wait(0.005) and peer.socket.recv(1000):
            pass

    wicked.act = act
    ended(way, shop.with_options(timeout=0.2), errors.DeadlineExceeded, "add_photo", bytes(30_000_000))
    assert wicked.tries <= 1


@ways
@pytest.mark.parametrize("way_out", [Peer.close, Peer.reset], ids=["closed", "reset"])
def test_a_reply_within_the_request_is_read_or_the_connection_lost(
    shop: Any, wicked: Misbehaving, way_out: Callable[[Peer], Any], way: Way
) -> None:
    def act(peer: Peer) -> None:
        peer.head()
        peer.send(status(413, b"Connection: close"))
        way_out(peer)

    wicked.act = act
    kinds = (errors.ContentTooLarge, errors.ConnectionLost)
    if way is returned:
        assert is_error(way(shop, "add_photo", bytes(5_000_000)))
    else:
        with pytest.raises(kinds):
            way(shop, "add_photo", bytes(5_000_000))
    assert wicked.asked == ["POST /photo HTTP/1.1"]


@ways
@pytest.mark.parametrize("name", ["half a gzip", "half a chunk", "reset within the reply"])
def test_a_stream_tells_that_it_was_cut(shop: Any, wicked: Misbehaving, name: str, way: Way) -> None:
    def act(peer: Peer) -> None:
        sent: list[bytes] = []
        if peer.asked():
            other = _Recorded(peer, sent)
            FAULTS[name].act(other)  # type: ignore[arg-type]

    wicked.act = act

    async def read() -> bytes:
        return b"".join([chunk async for chunk in await shop.acall.photo()])

    wanted = errors.BadReply if name == "half a gzip" else errors.ConnectionLost
    with pytest.raises(wanted):
        within(lambda: asyncio.run(read()) if way is awaited else b"".join(shop.call.photo()))


class _Recorded:
    """A peer whose request was read, and whose replies are bytes rather than JSON."""

    def __init__(self, peer: Peer, sent: list[bytes]):
        self._peer = peer
        self._sent = sent

    def asked(self) -> bool:
        return True

    def send(self, *pieces: bytes) -> None:
        self._peer.send(*(piece.replace(b"application/json", b"application/octet-stream") for piece in pieces))

    def reset(self) -> None:
        self._peer.reset()
