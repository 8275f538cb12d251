"""
The store of this process: the one that the setting `store_url` names, made when something is first stored.

A store's library is imported with it: who keeps nothing in DynamoDB needs no boto3. A process that was forked makes a
store of its own, and so does one whose settings have changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.standins import StandIns
from pymacaron.store.stores import Store

__all__ = ["default_file", "prefix", "store", "use"]

_S = TypeVar("_S", bound=Store)


class _State:
    """The store that was made last, and by what: the process, the config then, the settings that count."""

    def __init__(self) -> None:
        self.made: tuple[int, object, tuple[str, ...], Store] | None = None
        self.lock = Lock()


_STATE = _State()
_STAND_INS: StandIns[Store] = StandIns()


def _renew() -> None:
    """A process that was forked while a thread made the store has nobody who would let go of the lock."""
    _STATE.lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)

#: What a store is made by
_KEYS = (
    "name",
    "store_url",
    "aws_region",
    "aws_default_region",
    "aws_access_key_id",
    "aws_secret_access_key",
)


def store() -> Store:
    """
    The store that models are kept in. Raises ConfigError where store_url names none, or one whose library is not
    installed.
    """
    stand_in = _STAND_INS.latest
    if stand_in is not None:
        return stand_in
    process, resolved = os.getpid(), config.resolved()
    made = _STATE.made
    if made is not None and made[0] == process and made[1] is resolved:
        return made[3]
    with _STATE.lock:
        settings = config.get_config()
        by = (config.folder(), *(str(getattr(settings, key, None)) for key in _KEYS))
        before = _STATE.made if _STATE.made is not None and _STATE.made[0] == process else None
        found = before[3] if before is not None and before[2] == by else _made()
        if before is not None and before[3] is not found:
            getattr(before[3], "close", lambda: None)()
        _STATE.made = (process, resolved, by, found)
        return found


def use(other: _S) -> AbstractContextManager[_S]:
    """*other* is the store of the whole process meanwhile, whatever the settings say: for tests."""
    return _STAND_INS.use(other)


def prefix() -> str:
    """What the names of tables begin with."""
    return str(config.get_config().table_prefix or "")


def default_file() -> str:
    """The file in which things are stored where store_url is not set: NAME-store.sqlite3 beside the service."""
    name = getattr(config.get_config(), "name", None) or "pymacaron"
    return str(Path(config.folder()) / f"{name}-store.sqlite3")


def _made() -> Store:
    url = config.get_config().store_url
    if not url:
        return _sqlite("")
    scheme, colon, rest = str(url).partition("://")
    maker = _MAKERS.get(scheme) if colon else None
    if maker is None:
        what = f"begins with {scheme}://" if colon else "is no URL"
        raise ConfigError(
            f"store_url {what}: write dynamodb://, sqlite:///FILE or memory://, or leave it out for a file beside "
            "the service"
        )
    return maker(rest)


def _class(module: str, name: str) -> Callable[..., Store]:
    """The class of a store, which is imported only now. Raises ConfigError where its library is not installed."""
    try:
        found: Callable[..., Store] = getattr(import_module(f"pymacaron.store.{module}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        raise ConfigError("store_url is dynamodb://, which needs boto3: pip install 'pymacaron[dynamodb]'") from None
    return found


def _sqlite(rest: str) -> Store:
    """`/shop.sqlite3` is a file beside the service, `//var/lib/shop.sqlite3` one anywhere, nothing the usual one."""
    if rest and not rest.startswith("/"):
        raise ConfigError(
            "store_url has a host behind sqlite://, and a file has none: write sqlite:///FILE, with three slashes, for "
            "one beside the service, or sqlite:////FOLDER/FILE"
        )
    path = unquote(rest.removeprefix("/"))
    return _class("sqlite", "SQLiteStore")(str(Path(config.folder()) / path) if path else default_file())


def _memory(rest: str) -> Store:
    return _class("memory", "MemoryStore")()


def _dynamodb(rest: str) -> Store:
    settings = config.get_config()
    try:
        place = urlsplit(f"//{rest}")
        endpoint = f"http://{place.netloc.rpartition('@')[2]}" if place.netloc else None
        _ = place.port
    except ValueError:
        raise ConfigError("store_url names no host and port: write dynamodb://HOST:PORT, or dynamodb://") from None
    return _class("dynamodb", "DynamoDBStore")(
        region=settings.aws_region or settings.aws_default_region,
        endpoint=endpoint,
        access_key_id=settings.aws_access_key_id,
        secret_access_key=settings.aws_secret_access_key,
    )


#: dict: scheme of store_url -> what makes the store of what stands behind `://`
_MAKERS: dict[str, Callable[[str], Store]] = {"sqlite": _sqlite, "memory": _memory, "dynamodb": _dynamodb}
