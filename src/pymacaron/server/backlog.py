"""
Sockets that listen, to which nobody else connects: who has connected is taken still, and no such connection is reset.

Closed at once, a socket resets what waits in its queue. Linux has filters that let the packets pass with which
connections go on, and not those with which they begin; who begins one tries again, and finds the socket closed then.
"""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

__all__ = ["TAKING_S", "listening", "refuse_others"]

#: Seconds in which those who have connected are taken, once nobody else can
TAKING_S = 0.3

_SO_ATTACH_FILTER = 26
#: Load byte 13 of TCP's header, its flags; where SYN (2) is set keep nothing of the packet, else all.
#: Each: code, steps to jump where it is so and where not, number. Source: Linux, networking/filter.rst
_PROGRAM = b"".join(
    struct.pack("=HBBI", *step)
    for step in ((0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
)


def listening() -> Iterator[socket.socket]:
    """The sockets of this process that listen, whoever opened them; none where no /proc says what is open."""
    names = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    for name in names:
        with suppress(OSError):  # that of the folder itself is closed
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as one:
                if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    yield one


def refuse_others(listeners: Iterable[socket.socket]) -> bool:
    """Have nobody else connect to *listeners*, which no other process may go on with; whether that can be done."""
    if sys.platform != "linux":
        return False
    steps = ctypes.create_string_buffer(_PROGRAM)
    program = struct.pack("HP", len(_PROGRAM) // 8, ctypes.addressof(steps))
    done = False
    for one in listeners:
        if one.family in (socket.AF_INET, socket.AF_INET6):
            try:
                one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
            except OSError:
                continue
            done = True
    return done
