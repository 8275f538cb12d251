"""What a store has of one key, as bytes: that a request with it is being answered, or what was answered."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

__all__ = ["Record"]

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Record:
    """
    `payload`: the hash of the request. `holder`: who answers it, a text that nobody else has. `status`: of the reply;
    None while there is none. `body`: None where the reply was not kept: a stream, or one that is too large.
    """

    payload: str
    holder: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def encoded(self) -> bytes:
        body = None if self.body is None else base64.b64encode(self.body).decode()
        return json.dumps([self.payload, self.holder, self.status, self.headers, body]).encode()

    @classmethod
    def of(cls, data: bytes) -> Record:
        payload, holder, status, headers, body = json.loads(data)
        pairs = tuple((name, value) for name, value in headers)
        return cls(payload, holder, status, pairs, None if body is None else base64.b64decode(body))
