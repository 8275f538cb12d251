"""
A plugin of pytest: fixtures for tests that call a service from the outside. `server` is where it is, `api` calls it
(with the `api_formats` of a project), `token` makes tokens that it takes, `mock_api` plays the services that it calls.
And doubles for tests of a service in their own process: `clock`, `issuer`, `reports`, `tables`, `tasks`.

pytest loads it wherever pymacaron is installed. So nothing is imported here but pytest: what a fixture needs is loaded
when a test asks for it, and a project that has fixtures of these names has its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pymacaron.store.memory import MemoryStore
    from pymacaron.tasks.memory import MemoryQueue
    from pymacaron.testing.calling import Apis
    from pymacaron.testing.collected import Reports
    from pymacaron.testing.issuing import Issuer
    from pymacaron.testing.mocks.running import MockServer
    from pymacaron.testing.targets import Target
    from pymacaron.testing.timing import Clock

__all__ = ["api", "api_formats", "clock", "issuer", "mock_api", "reports", "server", "tables", "tasks", "token"]


def _folder(config: pytest.Config) -> Path:
    """That of the service: the nearest with a pym-config.yaml, at or above where pytest was started, or the tests."""
    here = config.invocation_params.dir
    begun = (here, *((here / argument.partition("::")[0]).resolve() for argument in config.args))
    folders = (folder for one in begun for folder in (one, *one.parents))
    return next((folder for folder in folders if (folder / "pym-config.yaml").is_file()), here)


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[Target]:
    """
    The service under test, a Target: `server.url`, `server.host`, `server.port`, `server.token`.

    It is the one that `pymacaron test` names, or that the variable PYM_SERVER_HOST does; else, once for all tests, the
    one that answers at 127.0.0.1:8080, or server.py, started on a free port and stopped at the end.
    """
    from pymacaron.testing import targets

    folder = _folder(pytestconfig)
    environ = targets.environment(folder)
    known = targets.inherited(environ)
    if known is not None:
        targets.settle(folder, environ)
        yield known
        return
    try:
        with targets.local(folder, environ=environ) as target:
            yield target
    except targets.TargetError as error:
        log = f"\n{error.log}" if error.log else ""
        pytest.fail(f"{error}{log}", pytrace=False)


@pytest.fixture(scope="session")
def api_formats() -> Mapping[str, Any]:
    """
    The formats that the service gives to `API(formats=...)`, for the clients of `api`: none, unless a fixture of this
    name in conftest.py says which. They stand in server.py, which is not run here.
    """
    return {}


@pytest.fixture(scope="session")
def api(server: Target, api_formats: Mapping[str, Any], pytestconfig: pytest.Config) -> Apis:
    """
    Clients of the apis below `apis/` that call the service under test: `api.shop.get_order(id=1)` is the reply's model,
    an Error model where the reply is an error. A reply that does not fit the description is an error, too.

    `api.shop.call` raises errors, `api.shop.acall` is to be awaited, `api.shop.model.Order` makes what is sent.
    """
    from pymacaron.testing.calling import Apis

    return Apis(server, _folder(pytestconfig) / "apis", api_formats)


@pytest.fixture(scope="session")
def token(server: Target) -> Callable[..., str]:
    """
    `token(user_id="ada", role="admin")`: a token of that user that the service takes, with these claims; `expire_in`:
    seconds. Without a user it is that of default_user_id, or `test`.
    """
    from pymacaron import auth
    from pymacaron.exceptions import ConfigError
    from pymacaron.testing.targets import user

    def made(user_id: str | None = None, *, expire_in: float | None = None, **claims: Any) -> str:
        try:
            return auth.generate_token(user_id or user(), expire_in=expire_in, data=claims)
        except ConfigError as error:
            pytest.fail(f"no token can be made: {error}", pytrace=False)

    return made


@pytest.fixture
def mock_api(pytestconfig: pytest.Config) -> Iterator[Callable[..., MockServer]]:
    """
    `mock_api("apis/pets.yaml")`: a mock of these descriptions, or of all below `apis/`, until the test ends: its `url`,
    and the `calls` that it got. Options are those of `pymacaron.testing.mocked`, paths from the service's folder.
    """
    from pymacaron.running.listener import ListenError
    from pymacaron.testing.asked import MockError
    from pymacaron.testing.mocks.running import mocked

    folder = _folder(pytestconfig)
    with ExitStack() as ends:

        def made(*paths: str | os.PathLike[str], **options: Any) -> MockServer:
            try:
                return ends.enter_context(mocked(*(folder / path for path in paths or ("apis",)), **options))
            except (MockError, ListenError) as error:
                pytest.fail(f"no mock: {error}", pytrace=False)

        yield made


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time stands still until `clock.advance(60)`, that of pymacaron in this process: `pymacaron.testing.clock()`."""
    from pymacaron.testing.timing import clock as double

    with double() as made:
        yield made


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Who else issues tokens, over HTTP: `issuer.token("ada")`, `issuer.settings()`; `pymacaron.testing.issuer()`."""
    from pymacaron.exceptions import ConfigError
    from pymacaron.testing.issuing import issuer as double

    with ExitStack() as ends:
        try:
            made = ends.enter_context(double())
        except ConfigError as error:
            pytest.fail(f"no issuer: {error}", pytrace=False)
        yield made


@pytest.fixture
def reports() -> Iterator[Reports]:
    """What is reported in this process, and sent nowhere: `reports.titles`; `pymacaron.testing.reports()`."""
    from pymacaron.testing.collected import reports as double

    with double() as made:
        yield made


@pytest.fixture
def tables() -> Iterator[MemoryStore]:
    """What is kept in this process lies in memory, where nothing is at first: `pymacaron.testing.tables()`."""
    from pymacaron.testing.stored import tables as double

    with double() as made:
        yield made


@pytest.fixture
def tasks() -> Iterator[MemoryQueue]:
    """What is sent to workers waits until `tasks.run()`, which runs it here: `pymacaron.testing.tasks()`."""
    from pymacaron.testing.waiting import tasks as double

    with double() as made:
        yield made
