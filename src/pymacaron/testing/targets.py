"""
Where the service under test is -> a `Target` that answers, for the time of a `with` block.

`local` is the one of this machine, started where it does not run; `image` a container; `live` what live_url of the
config names; `given` any other. Each reads the config of the service's folder, for a token that the service takes, and
raises TargetError where the service does not answer, ConfigError or FindingsError for a config that cannot be used.

*environ*: the variables of the service and of the tests; None: those of `environment(folder)`. *say* is told what is
tested, in a line. *verify*: whether certificates are looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from pymacaron import auth, config, dotenv
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError
from pymacaron.testing.containers import contained
from pymacaron.testing.processes import started
from pymacaron.testing.reached import Target, TargetError, status_of

__all__ = ["Target", "TargetError", "environment", "given", "image", "inherited", "live", "local", "settle", "user"]

Say = Callable[[str], object]

_HOST, _PORT = "127.0.0.1", 8080
#: Whose token it is, where default_user_id of the config does not say
_USER = "test"
#: Where the models of a container are: the one folder that it can write to
_STORE, _FILE = "PYM_STORE_URL", "sqlite:////tmp/pymacaron-store.sqlite3"


def _silent(text: str) -> None:
    """Tell nobody."""


def environment(folder: str | os.PathLike[str] = ".", env: str = "") -> dict[str, str]:
    """The variables of this process and, besides, of `.env` in *folder*; *env*: PYM_ENV. Raises ConfigError."""
    found = {**dotenv.unset(folder), **os.environ}
    return {**found, "PYM_ENV": env} if env else found


@contextmanager
def local(
    folder: str | os.PathLike[str] = ".",
    *,
    environ: Mapping[str, str] | None = None,
    say: Say = _silent,
    verify: bool = True,
) -> Iterator[Target]:
    """
    What answers at PYM_SERVER_HOST and PYM_SERVER_PORT (127.0.0.1:8080); else server.py of *folder*, on a free port.

    One that is started gets a secret of its own for its tokens where the variable of jwt_secret is not set.
    """
    known = environment(folder) if environ is None else environ
    usual = _usual(known, verify)
    status = _status(usual)
    if status == HTTPStatus.OK:
        say(f"Testing the server that answers at {usual.url}")
        yield _with_token(usual, folder, known, say)
        return
    fact = f"nothing answers at {usual.url}" if status is None else f"{usual.url} answers /ping with {status}"
    server = Path(folder, "server.py").absolute()
    if not server.is_file():
        raise TargetError(
            f"{fact}, and here is no server.py that could be started. Start the service there, or name another place "
            f"with --host and --port"
        )
    made = _secrets(folder, known, say)
    with started(server, {**known, **made}) as target:
        say(f"Testing server.py, started at {target.url}, since {fact}")
        yield _with_token(replace(target, variables=made, verify=verify), folder, {**known, **made}, say)


@contextmanager
def image(
    name: str,
    folder: str | os.PathLike[str] = ".",
    *,
    environ: Mapping[str, str] | None = None,
    say: Say = _silent,
    verify: bool = True,
) -> Iterator[Target]:
    """
    A container of the image *name*, which is stopped and removed after the block: see containers.py.

    It gets the variables of env_secrets, that of jwt_secret as in `local`, PYM_ENV, PYM_BROKER_URL and PYM_STORE_URL.
    Where that names no place that a container can write to, models are in a file of the container, which its processes
    share: tests write nothing where the service lives. Raises FindingsError where another variable of env_secrets is
    not set.
    """
    known = environment(folder) if environ is None else environ
    made = _secrets(folder, known, say)
    known = {**known, **made}
    settle(folder, known)
    missing = [one for one in config.validate() if one.code == "missing-secret"]
    if missing:
        raise FindingsError(missing)
    names = dict.fromkeys((*config.get_config().env_secrets, *made, "PYM_ENV", _STORE, "PYM_BROKER_URL"))
    with contained(name, names, {**known, _STORE: _store(known)}) as target:
        say(f"Testing a container of {name}, started at {target.url}")
        yield _with_token(replace(target, variables=made, verify=verify), folder, known, say)


@contextmanager
def given(
    host: str,
    port: int,
    folder: str | os.PathLike[str] = ".",
    *,
    scheme: str = "",
    environ: Mapping[str, str] | None = None,
    say: Say = _silent,
    verify: bool = True,
) -> Iterator[Target]:
    """The service at *host* and *port*, by https where the port is 443, unless *scheme* says otherwise."""
    known = environment(folder) if environ is None else environ
    target = Target(host, port, scheme or _scheme(port), verify=verify)
    status_of(target)
    say(f"Testing the server at {target.url}")
    yield _with_token(target, folder, known, say)


@contextmanager
def live(
    folder: str | os.PathLike[str] = ".",
    *,
    environ: Mapping[str, str] | None = None,
    say: Say = _silent,
    verify: bool = True,
) -> Iterator[Target]:
    """The service at live_url (live_host) of the config."""
    known = environment(folder) if environ is None else environ
    settle(folder, known)
    said = str(config.demand("live_url"))
    parts = urlsplit(said if "://" in said else f"https://{said}")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or parts.path.strip("/"):
        raise ConfigError(f"live_url is {said!r}, no URL of a host. Write it as in: live_url: https://shop.example.com")
    port = port or (443 if parts.scheme == "https" else 80)
    with given(parts.hostname, port, folder, scheme=parts.scheme, environ=known, say=say, verify=verify) as target:
        yield target


def inherited(environ: Mapping[str, str]) -> Target | None:
    """The one that the variables of a Target's `environ` name, as PyMacaronTestCase reads them; None without any."""
    host = environ.get("PYM_SERVER_HOST")
    if not host:
        return None
    port = _port(environ, 80)
    scheme, verify = environ.get("PYM_SERVER_SCHEME") or _scheme(port), environ.get("PYM_NO_SSL_CHECK") != "1"
    return Target(host, port, scheme, environ.get("PYM_JWT_TOKEN", ""), verify)


def settle(folder: str | os.PathLike[str], environ: Mapping[str, str]) -> None:
    """Have this process work by the config of the service in *folder*. Raises FindingsError."""
    config.load(environ=environ, start_dir=folder)


def user() -> str:
    """Whose tokens are made where nobody says: default_user_id of the config, else `test`."""
    return str(config.get_config().default_user_id or _USER)


def _scheme(port: int) -> str:
    return "https" if port == 443 else "http"


def _usual(environ: Mapping[str, str], verify: bool) -> Target:
    """The place that the environment names. Raises ConfigError for a port that is none."""
    port = _port(environ, _PORT)
    return Target(environ.get("PYM_SERVER_HOST") or _HOST, port, _scheme(port), verify=verify)


def _status(target: Target) -> int | None:
    """What *target* answers to /ping; None where it does not answer."""
    try:
        return status_of(target)
    except TargetError:
        return None


def _port(environ: Mapping[str, str], usual: int) -> int:
    said = environ.get("PYM_SERVER_PORT", "").strip() or str(usual)
    if not (said.isascii() and said.isdecimal() and 1 <= int(said) <= 65535):
        raise ConfigError(f"PYM_SERVER_PORT is {said!r}, not a port: a number from 1 to 65535")
    return int(said)


def _store(environ: Mapping[str, str]) -> str:
    """What PYM_STORE_URL names, unless that is Amazon's DynamoDB, or beside the service."""
    said = environ.get(_STORE, "")
    scheme, _, place = said.partition("://")
    is_elsewhere = place.startswith("//") if scheme == "sqlite" else bool(place) or scheme == "memory"
    return said if is_elsewhere else _FILE


def _secrets(folder: str | os.PathLike[str], environ: Mapping[str, str], say: Say) -> dict[str, str]:
    """dict of variable -> a new secret, for those of jwt_secret that are not set."""
    settle(folder, environ)
    found = config.resolved()
    node = found.places["jwt_secret"].node if "jwt_secret" in found.places else None
    if node is None or "jwt_secret" not in found.broken:
        return {}
    names = node.value if isinstance(node.value, list) else [node.value]
    made = {name: token_hex(32) for name in names if isinstance(name, str) and name and not environ.get(name)}
    if made:
        say(f"{', '.join(made)}: not set, so it is a secret of this run")
    return made


def _with_token(target: Target, folder: str | os.PathLike[str], environ: Mapping[str, str], say: Say) -> Target:
    """*target* with a token that the config of *folder* makes; without one where it cannot, and says so."""
    settle(folder, environ)
    said = environ.get("PYM_JWT_TOKEN", "")
    if said:
        return replace(target, token=said)
    try:
        return replace(target, token=auth.generate_token(user()))
    except ConfigError as error:
        say(f"No token is made (PYM_JWT_TOKEN): {str(error).splitlines()[0]}")
        return target
