"""Which service is under test: the options that say so, and the Target that they mean, with the words where none is."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from pymacaron.cli.terminal import findings_text
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError

if TYPE_CHECKING:
    from pymacaron.testing.targets import Target

__all__ = ["INTERRUPTED", "UNREACHED", "WRONG", "Aim", "aimed", "demand_one", "ended", "target_of", "told"]

#: Exit codes: the config or the call is wrong; the service does not answer; stopped
WRONG, UNREACHED, INTERRUPTED = 2, 3, 130
#: Lines of a server's own words that are told
_LINES = 60

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Aim:
    """What the options said, and the folder of the service."""

    image: str | None
    is_live: bool
    host: str | None
    port: int | None
    verify: bool
    environ: dict[str, str]
    folder: str = "."


def aimed(function: Function) -> Function:
    """Give a command the options of which `target_of` and Aim know."""
    for option in reversed(
        (
            click.option(
                "--local", is_flag=True, help="The service here: one that runs, else it is started (default)."
            ),
            click.option("--image", metavar="ID", help="A container of this docker image, started for the tests."),
            click.option("--live", is_flag=True, help="The live service: live_url of pym-config.yaml."),
            click.option("--host", metavar="H", help="The service at this host; --port says at which port (80)."),
            click.option(
                "--port", type=click.IntRange(1, 65535), metavar="P", help="As --host; https where it is 443."
            ),
            click.option("--env", metavar="E", help="The environment, as PYM_ENV: dev, staging, ..."),
            click.option("--no-ssl-check", is_flag=True, help="Take any certificate."),
        )
    ):
        function = option(function)
    return function


def demand_one(local: bool, image: str | None, live: bool, host: str | None, port: int | None) -> None:
    """Raises UsageError where the options name two services."""
    given = {"--local": local, "--image": image, "--live": live, "--host/--port": host or port}
    named = [name for name, value in given.items() if value]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} name different services: give one of them.")


def _opened(aim: Aim) -> AbstractContextManager[Target]:
    from pymacaron.testing import targets

    say = partial(click.echo, err=True)
    if aim.image:
        return targets.image(aim.image, aim.folder, environ=aim.environ, say=say, verify=aim.verify)
    if aim.is_live:
        return targets.live(aim.folder, environ=aim.environ, say=say, verify=aim.verify)
    if aim.host or aim.port:
        host, port = aim.host or "127.0.0.1", aim.port or 80
        return targets.given(host, port, aim.folder, environ=aim.environ, say=say, verify=aim.verify)
    return targets.local(aim.folder, environ=aim.environ, say=say, verify=aim.verify)


@contextmanager
def target_of(aim: Aim) -> Iterator[Target]:
    """
    The service that *aim* means, while the block lasts. Exits with UNREACHED, or WRONG, after it has said why; with
    INTERRUPTED at a Ctrl-C or SIGTERM, when what was started has been stopped.
    """
    from pymacaron.testing.targets import TargetError

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _opened(aim) as target:
            yield target
    except TargetError as error:
        ended(str(error), UNREACHED, error.log)
    except FindingsError as error:
        click.echo(findings_text(error.findings), err=True)
        raise click.exceptions.Exit(WRONG) from None
    except ConfigError as error:
        ended(str(error), WRONG)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> NoReturn:
    """A Ctrl-C that says which signal it was."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def ended(message: str, code: int, log: str = "") -> NoReturn:
    """Say on stderr why there is no result, with the *log* of the server. Raises Exit."""
    click.echo(f"{click.style('error', fg='red', bold=True)}: {message}", err=True)
    told(log)
    raise click.exceptions.Exit(code)


def told(log: str, end: str = "") -> None:
    """Say on stderr what a server has written, where it has, and how it has ended."""
    if log:
        lines = log.splitlines()[-_LINES:]
        click.echo("\n".join(["--- the last that the server wrote:", *lines, "---"]), err=True)
    if end:
        click.echo(end, err=True)
