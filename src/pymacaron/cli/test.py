"""
`pymacaron test`, and `run_acceptance_tests`, its name of old: a service that runs, tried from the outside.

targets.py knows which service; each kind of trial has a function here that takes its Target and gives an exit code,
and a room in testing/ that does it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.contract import contracted, trial
from pymacaron.cli.covering import coverage_options, covered_by, demand_writable, writing
from pymacaron.cli.targets import WRONG, Aim, aimed, demand_one, ended, target_of, told
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError

if TYPE_CHECKING:
    from pymacaron.testing.targets import Target

__all__ = ["run_acceptance_tests", "test"]

_REST = "pymacaron.rest"
_EPILOG = """\b
Exit codes:
  0    all passed
  1    tests failed, or the contract is broken
  2    called wrongly, or the config cannot be used
  3    the service could not be reached or started
  130  stopped (Ctrl-C)

\b
Examples:
  pymacaron test
  pymacaron test --host 127.0.0.1 --port 8080 testaccept/test_orders.py
  pymacaron test --image shop:1.2.0 --junit junit.xml
  pymacaron test --live -- -k "not slow" -x
  pymacaron test --contract --budget 60s
  pymacaron test --contract --live
  pymacaron test --coverage-html coverage.html --fail-under 80
"""


class _Command(click.Command):
    """One whose arguments behind `--` are for pytest."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_REST] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])


@dataclass(frozen=True, slots=True)
class _Tests:
    """What was asked of acceptance tests. `paths` were looked for, `arguments` are for pytest."""

    paths: list[str]
    arguments: list[str]
    junit: Path | None
    json: Path | None
    environ: dict[str, str]


@click.command(cls=_Command, short_help="Run the acceptance tests of a service.", epilog=_EPILOG)
@aimed
@click.option("--loop", is_flag=True, help="Again and again, until Ctrl-C.")
@click.option("--contract", is_flag=True, help="Not the tests: whether it keeps what its descriptions promise.")
@contracted
@coverage_options
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the results there, as XML.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="The same, as JSON.")
@click.argument("paths", metavar="[PATHS]... [-- PYTEST ARGUMENTS]", nargs=-1)
@click.pass_context
def test(
    ctx: click.Context,
    /,
    local: bool,
    image: str | None,
    live: bool,
    host: str | None,
    port: int | None,
    env: str | None,
    no_ssl_check: bool,
    loop: bool,
    contract: bool,
    coverage: bool,
    coverage_html: Path | None,
    coverage_json: Path | None,
    fail_under: float | None,
    junit: Path | None,
    json_file: Path | None,
    paths: tuple[str, ...],
    **of_contract: Any,
) -> None:
    """
    Run the acceptance tests in testaccept/, or at PATHS, with pytest, against a service that runs.

    The service is the one at PYM_SERVER_HOST and PYM_SERVER_PORT (127.0.0.1:8080) if it answers; else ./server.py is
    started on a free port, and stopped after the tests. Other options name another.

    Tests find it in PYM_SERVER_HOST, PYM_SERVER_PORT and PYM_JWT_TOKEN, a token made by the config: PyMacaronTestCase
    of pymacaron.test reads them, as do the fixtures server, api and token of pytest.

    With --contract nothing needs to be written: every operation of the descriptions in ./apis, or at PATHS, is called
    in many ways, and whatever does not fit is told.
    """
    from pymacaron.testing.targets import environment

    demand_one(local, image, live, host, port)
    try:
        environ = environment(".", env or "")
    except ConfigError as error:
        ended(str(error), WRONG)
    goal = Aim(image, live, host, port, not no_ssl_check, environ)
    if contract:
        _demand_no_other(ctx, loop)
        if live and of_contract["safe"] is None:
            of_contract["safe"] = True  # wherever it is
        tried = trial(paths, junit=junit, json_file=json_file, environ=environ, **of_contract)
    else:
        _demand_contract(ctx)
        tried = _acceptance(_tests(ctx, paths, junit, json_file, environ), loop)
    codes: list[int] = []

    def noted(target: Target) -> int:
        codes.append(tried(target))
        return codes[-1]

    demand_writable(junit, json_file, coverage_html, coverage_json)
    try:
        counted = covered_by(
            writing(noted), coverage, coverage_html, coverage_json, fail_under, paths if contract else ()
        )
    except FindingsError as error:
        ended(str(error), WRONG)
    with target_of(goal) as target:
        code = counted(target)
    if (any(codes) and not loop) or target.end():
        told(target.log(), target.end())
    sys.exit(code)


def _demand_no_other(ctx: click.Context, loop: bool) -> None:
    """Raises UsageError for what is for acceptance tests alone."""
    if loop or ctx.meta[_REST]:
        said = "--loop" if loop else "What follows --"
        raise click.UsageError(f"{said} is for acceptance tests, and --contract runs none.")


def _demand_contract(ctx: click.Context) -> None:
    """Raises UsageError for an option that only --contract knows."""
    for name in ("seed", "budget", "safe", "operation", "credential"):
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} says how contracts are tested: give --contract, too.")


def _tests(
    ctx: click.Context, paths: tuple[str, ...], junit: Path | None, json_file: Path | None, environ: dict[str, str]
) -> _Tests:
    from pymacaron.testing.acceptance import MissingTestsError, demanded

    try:
        found = demanded(paths, Path.cwd())
    except MissingTestsError as error:
        ended(str(error), WRONG)
    return _Tests(found, ctx.meta[_REST], junit, json_file, environ)


def _acceptance(tests: _Tests, loop: bool) -> Callable[[Target], int]:
    return lambda target: _looped(target, tests) if loop else _once(target, tests)


def _once(target: Target, tests: _Tests) -> int:
    """Run them, and write what is to be written. On stdout stands what pytest says, and nothing else."""
    from pymacaron.testing.acceptance import MissingTestsError, accepted

    try:
        outcome = accepted(
            target,
            tests.paths,
            Path.cwd(),
            environ=tests.environ,
            junit=tests.junit,
            arguments=tests.arguments,
        )
    except MissingTestsError as error:
        ended(str(error), WRONG)
    if tests.json is not None:
        outcome.write(tests.json)
    return outcome.code


def _looped(target: Target, tests: _Tests) -> int:
    """Run them until a Ctrl-C; then say how often they passed."""
    codes: list[int] = []
    try:
        while True:
            codes.append(_once(target, tests))
            if codes[-1]:
                told(target.log())
    except KeyboardInterrupt:
        failed = sum(codes)
        click.echo(f"{len(codes)} runs: {len(codes) - failed} passed, {failed} failed", err=True)
    return max(codes, default=0)


def run_acceptance_tests() -> None:
    """The command `run_acceptance_tests`: `pymacaron test` by its old name."""
    test.main(prog_name="run_acceptance_tests")
