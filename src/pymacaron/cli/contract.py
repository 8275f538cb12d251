"""
What `pymacaron test --contract` is told besides which service it tests, and what it prints.

`contracted` gives a command the options, `trial` what is done with a Target. Everything else is in testing/contract/.
As `python -m pymacaron.cli.contract` it is a command of its own.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from pymacaron.cli.terminal import findings_text

if TYPE_CHECKING:
    from pymacaron.testing.contract import Budget
    from pymacaron.testing.targets import Target

__all__ = ["contract", "contracted", "trial"]

#: Exit codes: called wrongly, or a config or description that cannot be used; the service does not answer
_WRONG, _UNREACHED = 2, 3

#: Options that do not say which calls are made; the seed is said for itself
_UNSAID = ("seed", "junit", "json_file", "coverage", "coverage_html", "coverage_json", "fail_under")

Function = TypeVar("Function", bound=Callable[..., Any])


def _budget(ctx: click.Context, param: click.Parameter, value: str | None) -> Budget | None:
    from pymacaron.testing.contract import budget

    try:
        return None if value is None else budget(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _credentials(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    """dict: security scheme -> what is shown for it. Raises BadParameter, which does not say the value."""
    found = {}
    for said in value:
        name, equals, text = said.partition("=")
        if not name or not equals or not text:
            raise click.BadParameter("this says nothing of a security scheme. Write it as NAME=VALUE.")
        found[name] = text
    return found


def contracted(function: Function) -> Function:
    """Give a command the options `seed`, `budget`, `safe`, `operation` and `credential`, which `trial` takes."""
    for option in reversed(
        (
            click.option(
                "--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="The same seed, the same calls."
            ),
            click.option(
                "--budget",
                metavar="B",
                callback=_budget,
                help="Calls by lot of each operation, a time, or both: 25 (default), 60s, 25,5m.",
            ),
            click.option(
                "--safe/--unsafe",
                default=None,
                help="Only what changes nothing: GET, HEAD, OPTIONS, x-test: safe. Default, unless it is this machine.",
            ),
            click.option("--operation", metavar="ID", multiple=True, help="This operation only. May be given again."),
            click.option(
                "--credential",
                metavar="SCHEME=VALUE",
                multiple=True,
                callback=_credentials,
                help="What to show for a security scheme; PYM_CREDENTIAL_<SCHEME> hides it better.",
            ),
        )
    ):
        function = option(function)
    return function


def trial(
    descriptions: Sequence[str] = (),
    *,
    seed: int | None = None,
    budget: Budget | None = None,
    safe: bool | None = None,
    operation: Sequence[str] = (),
    credential: Mapping[str, str] | None = None,
    junit: Path | None = None,
    json_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Callable[[Target], int]:
    """
    What tests the contract of a Target, and gives the exit code: 0, or 1 for breaches.

    *descriptions*: files and folders; without any those of the service in this folder. It prints what is found, and
    writes it to *junit* and *json_file*. Raises TargetError, FindingsError, and Exit where it was told what cannot be.
    """

    context = click.get_current_context()

    def tried(target: Target) -> int:
        from pymacaron.testing.contract import Budget, ContractError, Options, run

        options = Options(seed, budget or Budget(), safe, tuple(operation), credential or {})
        try:
            outcome = run(target, descriptions or ".", options, environ=environ, say=partial(click.echo, err=True))
        except ContractError as error:
            _ended(str(error), _WRONG)
        if junit is not None:
            junit.write_text(outcome.junit(), encoding="utf-8")
        if json_file is not None:
            json_file.write_text(outcome.json() + "\n", encoding="utf-8")
        click.echo(outcome.text(_again(context, outcome.seed)))
        if outcome.is_stopped:
            raise KeyboardInterrupt
        return outcome.exit_code

    return tried


def _again(ctx: click.Context, seed: int) -> str:
    """The command of *ctx*, by *seed*, without the files that it writes; of a credential it says the scheme."""
    words = ctx.command_path.split()
    for option in ctx.command.params:
        name = option.name or ""
        if isinstance(option, click.Option) and name not in _UNSAID and _is_given(ctx, name):
            words += _written(option, ctx.params[name])
    return " ".join([*words, "--seed", str(seed), *map(shlex.quote, ctx.params["paths"])])


def _is_given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _written(option: click.Option, value: Any) -> list[str]:
    """*option* with *value*, as words of a shell."""
    if option.is_flag:
        return [option.opts[0] if value else option.secondary_opts[0]]
    if isinstance(value, dict):  # credentials
        value = [f"{name}=..." for name in value]
    elif not option.multiple:
        value = [getattr(value, "written", value)]
    return [word for one in value for word in (option.opts[0], shlex.quote(str(one)))]


@click.command()
@click.option("--live", is_flag=True, help="The live service: live_url of pym-config.yaml.")
@click.option("--host", metavar="H", help="The service at this host.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="P", help="As --host.")
@contracted
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the results there, as XML.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="The same, as JSON.")
@click.argument("paths", metavar="[PATHS]...", nargs=-1)
def contract(
    live: bool,
    host: str | None,
    port: int | None,
    paths: tuple[str, ...],
    **options: Any,
) -> None:
    """
    Test whether a service keeps what its description promises.

    PATHS are descriptions, or folders of them; without any those in ./apis that ./server.py serves.
    """
    from pymacaron.exceptions import ConfigError
    from pymacaron.finding import FindingsError
    from pymacaron.testing import targets

    say = partial(click.echo, err=True)
    if live and options["safe"] is None:
        options["safe"] = True  # wherever it is
    try:
        environ = targets.environment(".")
        opened = (
            targets.live(environ=environ, say=say)
            if live
            else targets.given(host or "127.0.0.1", port or 80, environ=environ, say=say)
            if host or port
            else targets.local(environ=environ, say=say)
        )
        with opened as target:
            code = trial(paths, environ=environ, **options)(target)
    except FindingsError as error:
        click.echo(findings_text(error.findings), err=True)
        code = _WRONG
    except ConfigError as error:
        _ended(str(error), _WRONG)
    except targets.TargetError as error:
        _ended(str(error), _UNREACHED)
    sys.exit(code)


def _ended(message: str, code: int) -> NoReturn:
    click.echo(f"{click.style('error', fg='red', bold=True)}: {message}", err=True)
    raise click.exceptions.Exit(code)


if __name__ == "__main__":
    contract()
