"""`pymacaron mock`: a service that answers as descriptions say, before anybody has written one."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from pymacaron.cli.terminal import failed, findings_text, progress
from pymacaron.finding import sorted_findings

if TYPE_CHECKING:
    from pymacaron.finding import Finding
    from pymacaron.testing.mocks.service import Mock

__all__ = ["mock"]

_PORT = 8080
_POLL_S = 0.05
#: How long requests under way may take when it is stopped
_GRACE_S = 3.0
_EXAMPLES = """\b
Examples:
  pymacaron mock
  pymacaron mock apis/ --port 8081
  pymacaron mock apis/shop.yaml --dynamic --seed 7
"""


@click.command(short_help="Answer as descriptions say, without any handler.", epilog=_EXAMPLES)
@click.argument("paths", metavar="[PATHS]...", nargs=-1)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen: 0.0.0.0 is every address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Port to listen on; 0 is a free one.",
)
@click.option("--dynamic", is_flag=True, help="New values for each call, instead of examples.")
@click.option("--seed", metavar="TEXT", default="", help="Which values are made: the same for the same text.")
@click.option("--auth/--no-auth", default=True, show_default=True, help="Whether credentials are asked for.")
@click.option(
    "--token",
    metavar="TEXT",
    default="",
    envvar="PYMACARON_MOCK_TOKEN",
    help="The only token, key or password that is good. Default: any.",
)
@click.option("--record", metavar="FILE", default="", hidden=True, help="The file that calls are written to.")
@click.option("--listener", type=int, hidden=True, help="Descriptor of the socket to answer at.")
def mock(
    paths: tuple[str, ...],
    host: str,
    port: int,
    dynamic: bool,
    seed: str,
    auth: bool,
    token: str,
    record: str,
    listener: int | None,
) -> None:
    """
    Serve the descriptions in PATHS, files and folders, without any code: by default those in ./apis.

    Requests are validated as by the service itself. Answers are the examples of the description, else values that are
    made of its schemas, the same each time. A caller may ask for others, with the header Prefer: code=404,
    example=NAME, dynamic=true.

    Errors in a description are shown, and the rest of it is served. No pym-config.yaml is read.

    Exits with 0 when it is stopped (Ctrl-C, SIGTERM), 1 when nothing can be served, 2 when it was called wrongly.
    """
    from pymacaron.running.listener import ListenError, address, listen
    from pymacaron.testing.mocks.service import Mock, Options

    with progress("reading"):
        served = Mock(paths, Options(dynamic=dynamic, seed=seed, auth=auth, token=token, record=record))
    _show(served.findings)
    try:
        at = listen(host, port) if listener is None else socket.socket(fileno=listener)
    except ListenError as error:
        failed(str(error))
    with at:
        click.echo(_banner(served, address(*at.getsockname()[:2])))
        sys.stdout.flush()
        _serve(served, at)


def _show(findings: list[Finding]) -> None:
    errors = sorted_findings(finding for finding in findings if finding.severity == "error")
    if errors:
        click.echo(findings_text(errors), err=True)


def _banner(served: Mock, url: str) -> str:
    """`shop 1.0.0  6 operations  http://127.0.0.1:8080/doc  (mock)`."""
    count = len(served.answers)
    title = ", ".join(f"{one.api.name} {one.api.version}".strip() for one in served.api.apis)
    return "  ".join((title, f"{count} operation{'s' * (count != 1)}", f"{url}{served.api.docs}", "(mock)"))


def _serve(served: Mock, at: socket.socket) -> None:
    """Until a Ctrl-C or a SIGTERM."""
    from pymacaron.api.development import Server

    server = Server(served.api, at)

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    server.serve_forever(_POLL_S)
    server.finish(_GRACE_S)
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(0)
