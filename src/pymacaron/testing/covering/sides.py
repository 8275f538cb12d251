"""
One side of a connection: bytes that come, bytes that go, plain or by TLS.

Both directions are apart: where one has failed, what came by the other can still be read, as an answer that a service
gives before it has read all. That is why asyncio's own streams are not used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress

from pymacaron.testing.reached import Target

__all__ = ["Side", "Tls", "connected"]

_PIECE = 65_536


class Side:
    """A connected socket that does not block. `is_halved`: one direction can end while the other goes on."""

    is_halved = True

    def __init__(self, connection: socket.socket):
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        """The bytes that have come; b'' at the end. Raises OSError."""
        return await self._loop.sock_recv(self._socket, _PIECE)

    async def write(self, data: bytes) -> None:
        """Returns once the system has taken *data*. Raises OSError."""
        if data:
            await self._loop.sock_sendall(self._socket, data)

    def end(self) -> None:
        """Nothing follows; what comes can still be read."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def doom(self) -> None:
        """Have its close be a reset, which the other side cannot take for an end that was meant."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Once nobody reads or writes: the loop would go on watching its number, which the next socket may have."""
        self._socket.close()


class Tls(Side):
    """One by TLS, as a client of *name*."""

    is_halved = False

    def __init__(self, connection: socket.socket, context: ssl.SSLContext, name: str):
        super().__init__(connection)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._writing = asyncio.Lock()

    async def shake(self) -> None:
        """Raises OSError, of which ssl.SSLError is one."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._more()
            else:
                return await self._flush()

    async def read(self) -> bytes:
        while True:
            try:
                return self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                await self._more()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):  # many servers do not say that they end
                return b""

    async def write(self, data: bytes) -> None:
        while data:
            data = data[self._tls.write(data) :]
            await self._flush()

    def end(self) -> None:
        """TLS has no end of one direction: it is kept open, since the answer is still to come."""

    async def _more(self) -> None:
        await self._flush()
        data = await super().read()
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    async def _flush(self) -> None:
        async with self._writing:  # what is encrypted goes in its order
            await super().write(self._out.read())


async def connected(target: Target, context: ssl.SSLContext | None) -> Side:
    """A connection to *target*. Raises OSError."""
    loop = asyncio.get_running_loop()
    failure = OSError("the host has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            await loop.sock_connect(connection, address)
            if context is None:
                return Side(connection)
            side = Tls(connection, context, target.host)
            await side.shake()
            return side
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
    raise failure
