"""
A description at a URL: what a live service serves. http and https only, whatever it redirects to; bounded in time and
size; references only to neighbours at the same host.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from pymacaron.finding import Finding, FindingsError

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

__all__ = ["fetched", "file_name", "is_url", "neighbours", "shown"]

#: Seconds for all of a document, and for each part of the answer
_ALL_S, _PART_S = 30.0, 10.0
_MOST_BYTES = 50_000_000
_CHUNK = 65_536
_ENDINGS = (".yaml", ".yml", ".json")


def is_url(said: str) -> bool:
    """Whether *said* is a URL of the web."""
    return said.lower().startswith(("http://", "https://"))


def shown(url: str) -> str:
    """*url* without a password in it, or what stands behind the path, which may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def file_name(url: str) -> str:
    """What a file with the document at *url* can be called."""
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    name = "".join(char if char.isalnum() or char in "._-" else "_" for char in name)[:80].strip(".")
    return name if name.endswith(_ENDINGS) else f"{name or 'description'}.yaml"


def fetched(url: str) -> bytes:
    """What is at *url*. Raises FindingsError."""
    wrong = _wrong(url)
    if wrong:
        mend = "Write it as https://shop.example.com/doc/shop.json"
        raise FindingsError([Finding(shown(url), 0, 0, "unreadable-file", wrong, mend)])
    try:
        return _fetched(url)
    except OSError as error:
        mend = "Look whether the service runs, and whether that is where it serves its description"
        raise FindingsError([Finding(shown(url), 0, 0, "unreadable-file", _why(error), mend)]) from None


def _wrong(url: str) -> str:
    """What keeps *url* from being asked for; '' where nothing does."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isascii() or not url.isprintable() or " " in url:
        return "this is no URL"
    return "it has a user or a password, and none is sent" if "@" in parts.netloc else ""


def neighbours(url: str) -> Callable[[str], bytes]:
    """What fetches the documents that the one at *url* refers to, at the same host. Raises OSError."""
    own = urlsplit(url)

    def fetch(other: str) -> bytes:
        parts = urlsplit(other)
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise OSError("it is at another host, and nothing is fetched from there")
        try:
            return _fetched(other)
        except OSError as error:
            raise OSError(_why(error)) from None

    return fetch


def _fetched(url: str) -> bytes:
    """Raises OSError."""
    from http.client import HTTPException
    from urllib.request import Request

    ends = time.monotonic() + _ALL_S
    accept = "application/json, application/yaml;q=0.9, */*;q=0.1"
    try:
        with _opener().open(Request(url, headers={"Accept": accept}), timeout=_PART_S) as response:
            found = bytearray()
            while chunk := response.read1(_CHUNK):
                found += chunk
                if len(found) > _MOST_BYTES:
                    raise OSError(f"it is longer than {_MOST_BYTES // 1_000_000} MB")
                if time.monotonic() > ends:
                    raise TimeoutError
            return bytes(found)
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer is no HTTP: {type(error).__name__}") from None


def _opener() -> OpenerDirector:
    """One that knows http and https, and neither files nor anything else, wherever it is redirected to."""
    from urllib.request import (
        HTTPDefaultErrorHandler,
        HTTPErrorProcessor,
        HTTPHandler,
        HTTPRedirectHandler,
        HTTPSHandler,
        OpenerDirector,
        ProxyHandler,
    )

    class Redirects(HTTPRedirectHandler):
        max_redirections = 3

        def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
            if not is_url(newurl) or (req.full_url.lower().startswith("https:") and newurl[:5].lower() != "https"):
                raise OSError("it redirects to what is no https, or no http")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    opener = OpenerDirector()
    for handler in (
        *(ProxyHandler(), HTTPHandler(), HTTPSHandler(), Redirects(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()),
    ):
        opener.add_handler(handler)
    return opener


def _why(error: OSError) -> str:
    from urllib.error import HTTPError, URLError

    if isinstance(error, HTTPError):
        error.close()
        return f"the answer is {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer came in time"
    said = getattr(cause, "strerror", None) or (str(cause) if isinstance(cause, OSError) else "")
    return f"it cannot be fetched: {said[:120] or type(cause).__name__}"
