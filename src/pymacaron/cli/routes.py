"""
`pymacaron routes`: the operations of a service, as a table that fits the terminal, or as JSON.

What is known of an operation is in operations.py; here is where the service comes from, and how it is shown.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import failed, findings_text, progress

if TYPE_CHECKING:
    from pymacaron.cli.operations import Row
    from pymacaron.finding import Finding

__all__ = ["as_json", "as_table", "routes"]

_SERVER = "server.py"
_HEAD = ("METHOD", "PATH", "OPERATION", "HANDLER", "AT", "AUTH", "IN", "OUT", "LIMITS")


@click.command(short_help="List the operations of a service, with all that is known of them.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs: docs/commands.md says what is in it.")
def routes(paths: tuple[str, ...], is_json: bool) -> None:
    """
    List the operations of a service: method and path, handler and where it stands, who may call, media types in and
    out, limits.

    PATH is a server.py, a description, or a folder of descriptions; without any: ./server.py, else ./apis, else the
    current folder. A server.py is imported, which shows what is really served; of a description the handlers are
    looked at where a pym-config.yaml lies beside or above it. Variables come from the environment and from .env.

    What is wrong with descriptions and handlers is said on stderr, below what can be listed.

    \b
    Examples:
      pymacaron routes
      pymacaron routes apis/shop.yaml
      pymacaron routes --json

    Exits with 0 when there is nothing but warnings, 1 when there are errors, 2 when it was called wrongly.
    """
    server = _server(paths)
    with progress("looking at") as at:
        at(server or "descriptions")
        rows, findings, is_started = _listed(server, paths, at)
    click.echo(as_json(rows, findings) if is_json else as_table(rows, _width()))
    if not is_started:
        click.echo("error: the service does not start: listed are the descriptions beside it", err=True)
    elif findings and not is_json:
        click.echo(f"\n{findings_text(findings)}", err=True)
    errors = any(one.severity == "error" for one in findings)
    sys.exit(1 if errors or not is_started else 0)


def _server(paths: Sequence[str]) -> str | None:
    """The server.py in question; None where *paths* are descriptions. Raises UsageError."""
    servers = [path for path in paths if path.endswith(".py")]
    if servers and len(paths) > 1:
        raise click.UsageError("Name one server.py, or descriptions.")
    if servers and not os.path.isfile(servers[0]):
        raise click.UsageError(f"There is no file {servers[0]!r}.")
    if not paths and os.path.isfile(_SERVER):
        return _SERVER
    return servers[0] if servers else None


def _listed(
    server: str | None, paths: Sequence[str], at: Callable[[str], None]
) -> tuple[list[Row], list[Finding], bool]:
    """
    The rows, what is wrong, and whether the service could be started: if not, that was said, and the rows are those of
    the descriptions beside it.
    """
    from pymacaron import check, dotenv
    from pymacaron.cli.operations import described, started
    from pymacaron.exceptions import ConfigError
    from pymacaron.finding import sorted_findings

    files = [] if server is not None else check.sources(paths)
    config_file = check.config_beside(files[0]) if files else None
    folder = os.path.dirname(os.path.abspath(server or config_file or _SERVER))
    try:
        dotenv.load(folder)
    except ConfigError as error:
        failed(str(error))
    api = None
    if server is not None:
        api = _imported(server)
    if api is not None:
        rows, found = started(api)
        return rows, sorted_findings(found), True
    files = files or _beside(folder)
    rows, found = described(files, at)
    return rows, sorted_findings(found), server is None


def _imported(server: str) -> Any:
    """The service that *server* starts, or None, when what is wrong was printed. Its own output goes to stderr."""
    import logging
    from contextlib import redirect_stdout

    from pymacaron.api import loading

    logging.getLogger("pymacaron").addFilter(_is_no_warning)  # the warnings of a start, which are told here
    with redirect_stdout(sys.stderr):
        return loading.load(os.path.abspath(server))


def _is_no_warning(record: Any) -> bool:
    return str(record.levelname) != "WARNING"


def _beside(folder: str) -> list[Any]:
    """The descriptions of the service in *folder*, none where there are none."""
    from pymacaron import check

    apis = os.path.join(folder, "apis")
    return [*check.descriptions(apis if os.path.isdir(apis) else folder, strict=False)]


def _width() -> int | None:
    """Columns of the terminal; None where it is none, so that a line is a line for grep."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def as_json(rows: Iterable[Row], findings: Sequence[Finding]) -> str:
    """`{"operations": [...], "findings": [...]}`, as docs/commands.md has it."""
    from pymacaron.cli.check import listed

    operations = [
        {
            "api": row.api,
            "method": row.method,
            "path": row.path,
            "operationId": row.id,
            "handler": row.handler,
            "file": row.file,
            "line": row.line,
            "security": [{name: list(scopes) for name, scopes in one.items()} for one in row.security],
            "security_enforced": row.enforced,
            "requires_auth": row.requires_auth,
            "consumes": row.consumes,
            "produces": row.produces,
            "limits": row.limits,
            "webhook": row.is_webhook,
            "deprecated": row.deprecated,
            "extensions": row.extensions,
        }
        for row in rows
    ]
    told = {"operations": operations, "findings": listed(findings)}
    return json.dumps(told, indent=2, ensure_ascii=False, default=str)


def as_table(rows: Sequence[Row], width: int | None) -> str:
    """
    A line for each of *rows* and what limits all of them; where that has more than *width* columns, a few lines for
    each. Columns that would say nothing are left out.
    """
    if not rows:
        return "no operations"
    cells = [_cells(row) for row in rows]
    kept = [number for number in range(len(_HEAD)) if number < 2 or any(line[number] != "-" for line in cells)]
    if all(line[2] == line[3] for line in cells):
        kept.remove(2)
    table = [[line[number] for number in kept] for line in (_HEAD, *cells)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if width is None or sum(widths) + 2 * (len(widths) - 1) <= width:
        head, *lines = ["  ".join(cell.ljust(size) for cell, size in zip(line, widths, strict=True)) for line in table]
        shown = [click.style(head.rstrip(), bold=True), *(_coloured(line.rstrip(), widths[0]) for line in lines)]
    else:
        shown = [line for one in cells for line in _block(one, width)]
    notes = [line for note in _notes(rows) for line in _wrapped(note, width)]
    return "\n".join([*shown, "", *notes])


def _cells(row: Row) -> tuple[str, ...]:
    at = f"{row.file}:{row.line}" if row.file is not None else "-"
    cells = (row.method, row.path, row.id, row.handler or "-", at, _auth(row), _media(row.consumes))
    texts = (*cells, _media(row.produces), _own_limits(row))
    return tuple("".join(char if char.isprintable() else "?" for char in text) for text in texts)


def _auth(row: Row) -> str:
    """`jwt[orders:read] or key`, with `none` for who needs nothing; `requires_auth` where the code says it."""
    ways = []
    for requirement in row.security if row.enforced else ():
        schemes = [f"{name}[{' '.join(scopes)}]" if scopes else name for name, scopes in requirement.items()]
        ways.append(" + ".join(schemes) or "none")
    said = " or ".join(ways)
    if row.requires_auth:
        said = f"{said}, requires_auth" if said else "requires_auth"
    return said or "-"


def _media(names: Iterable[str]) -> str:
    return ", ".join(name.removeprefix("application/") for name in names) or "-"


def _own_limits(row: Row) -> str:
    """What the operation itself says."""
    limits = row.limits
    told = {
        "slow_ms": f"slow {limits['slow_ms']:g} ms" if limits["slow_ms"] else "never slow",
        "response_validation": f"replies {limits['response_validation']}",
        "response_sample": f"sample {limits['response_sample']}",
    }
    texts = [text for name, text in told.items() if name in row.own]
    rate, key = row.extensions.get("x-rate-limit"), row.extensions.get("x-idempotency")
    if rate is not None:
        texts += map(str, rate) if isinstance(rate, list) else [str(rate)]
    if key is not None:
        texts.append(f"key {key}")
    return ", ".join(texts) or "-"


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    """How many there are, and what the settings say of all."""
    yield f"{len(rows)} operation{'s' * (len(rows) != 1)}"
    if any(row.security and not row.enforced for row in rows):
        yield "security is off: what descriptions say of it is not enforced"
    usual: dict[str, Any] = {}
    for row in rows:
        usual |= {name: value for name, value in row.limits.items() if name not in row.own and value is not None}
    told = []
    if "slow_ms" in usual:
        told.append(f"slow from {usual['slow_ms']:g} ms on" if usual["slow_ms"] else "never slow")
    told += [f"{words} {usual[name]:,} {unit}" for name, words, unit in _SIZES if name in usual]
    if "response_validation" in usual:
        told.append(f"replies that do not fit: {usual['response_validation']}")
    if "response_sample" in usual:
        told.append(f"sample {usual['response_sample']}")
    if told:
        yield f"limits of all: {', '.join(told)}"


_SIZES = (
    ("body_bytes", "bodies at most", "bytes"),
    ("form_bytes", "form fields at most", "bytes"),
    ("form_parts", "forms at most", "parts"),
    ("item_bytes", "items at most", "bytes"),
)


def _block(cells: Sequence[str], width: int) -> Iterator[str]:
    """An operation in a few lines of at most *width* columns."""
    method, path, operation, handler, at, *others = cells
    head, *rest = _wrapped(f"{method} {path}", width)
    yield _coloured(head, len(method))
    yield from rest
    names = [name for name in dict.fromkeys((operation, handler, at)) if name != "-"]
    told = [f"{label.lower()}: {cell}" for label, cell in zip(_HEAD[5:], others, strict=True) if cell != "-"]
    for line in ("  ".join(names), "  ".join(told)):
        yield from _wrapped(line, width, "    ") if line else ()


def _wrapped(line: str, width: int | None, indent: str = "") -> list[str]:
    if width is None:
        return [f"{indent}{line}"]
    return textwrap.wrap(
        line,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )


def _coloured(line: str, width: int) -> str:
    """With its method, which has *width* columns, in colour."""
    return click.style(line[:width], fg="cyan") + line[width:]
