"""
`pymacaron token`: a token of the service in this folder, signed with its own secret, for calls by hand.

Everything about tokens is in auth/; here is which config and whose secret, and when a token is refused.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pymacaron.cli.terminal import failed, findings_text

__all__ = ["token"]

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: dict: claim that --claims cannot set -> what does
_OURS = {
    "sub": "--user says it",
    "exp": "--expires says it",
    "iat": "it is the time of now",
    "iss": "jwt_issuer in pym-config.yaml says it",
    "aud": "jwt_audience in pym-config.yaml says it",
}


def _seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """What `30s`, `15m`, `1h` or `7d` says. Raises BadParameter."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", value)
    if match is None or int(match[1]) == 0:
        raise click.BadParameter(f"{_brief(value)} is no time. Write it as 30s, 15m, 1h or 7d.")
    return int(match[1]) * _UNITS_S[match[2]]


@click.command(short_help="Print a token of this service, to try it out.")
@click.option("--user", metavar="ID", help="Whose token it is (sub). Default: default_user_id of the config.")
@click.option(
    "--claims", metavar="KEY=VALUE", multiple=True, help="A claim more: JSON, or else a text. Others may follow."
)
@click.option("--expires", metavar="TIME", callback=_seconds, help="30s, 15m, 1h, 7d. Default: jwt_token_timeout.")
@click.option("--force", is_flag=True, help="Outside of development, too.")
@click.argument("more", metavar="[KEY=VALUE]...", nargs=-1)
def token(user: str | None, claims: tuple[str, ...], expires: int | None, force: bool, more: tuple[str, ...]) -> None:
    """
    Print a token that the service in this folder takes, and nothing else.

    It is signed with jwt_secret of the pym-config.yaml here or above, and the variables that this names are those of
    the environment, or of a file .env beside it. A claim is JSON where it can be read as such, else a text.

    Outside of development, which PYM_ENV=dev says in the environment or in .env, it is refused: such a token opens a
    service that is live.

    \b
    Examples:
      pymacaron token --user u1
      pymacaron token --user u1 --expires 15m --claims scope="orders:read" admin=true
      curl http://127.0.0.1:8080/me -H "Authorization: Bearer $(pymacaron token --user u1)"

    Exits with 0 when there is a token, 1 when it is refused or the config has no good secret, 2 when it was called
    wrongly.
    """
    if more and not claims:
        raise click.UsageError(f"{_brief(more[0])} belongs to no option. Did you mean --user or --claims?")
    data = _data([*claims, *more])
    environ = _environment()
    _load(environ)
    _demand_development(environ, force)
    _demand_strength()
    click.echo(_issued(user, expires, data))


def _data(claims: Sequence[str]) -> dict[str, Any]:
    """The claims that texts such as `a=1` say. Raises BadParameter."""
    found: dict[str, Any] = {}
    for claim in claims:
        key, equals, value = claim.partition("=")
        wrong = ""
        if not key or not equals:
            wrong = f"{_brief(claim)} is no claim. Write it as role=admin."
        elif key in _OURS:
            wrong = f"{key!r} is no claim of your own: {_OURS[key]}."
        elif key in found:
            wrong = f"{key!r} is given twice."
        if wrong:
            raise click.BadParameter(wrong, param_hint="'--claims'")
        found[key] = _value(value)
    return found


def _value(text: str) -> Any:
    """What *text* says as JSON, else *text*: `NaN`, too, which JSON does not have."""
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return text
    return value


def _environment() -> dict[str, str]:
    """The environment, with what a `.env` beside the config (or here, where there is none) says besides."""
    from pymacaron import config, dotenv
    from pymacaron.exceptions import ConfigError

    here = os.getcwd()
    file = config.find_file(here)
    try:
        return {**dotenv.unset(Path(file).parent if file is not None else here), **os.environ}
    except ConfigError as error:
        failed(str(error))


def _load(environ: Mapping[str, str]) -> None:
    """Raises FindingsError for a config that cannot be read."""
    from pymacaron import config

    config.load(environ=environ, start_dir=os.getcwd())


def _demand_development(environ: Mapping[str, str], force: bool) -> None:
    from pymacaron import config

    if force or config.is_dev():
        return
    said = environ.get("PYM_ENV")
    fact = f"this is not development: PYM_ENV is {_brief(said) if said else 'not set'}"
    mend = "Set PYM_ENV=dev, in the environment or in a file .env beside pym-config.yaml"
    failed(f"{fact}. {mend}; or give --force, for a token of the service that has this secret")


def _demand_strength() -> None:
    """Say that the secret is too short: in development it is told, elsewhere the service would not even start."""
    from pymacaron import config

    weak = [one for one in config.validate() if one.code in ("weak-secret", "weak-development-secret")]
    if not weak:
        return
    click.echo(findings_text(weak), err=True)
    if any(one.severity == "error" for one in weak):
        raise click.exceptions.Exit(1)


def _issued(user: str | None, expires: int | None, data: Mapping[str, Any]) -> str:
    from pymacaron import auth, config
    from pymacaron.auth.tokens import LONGEST
    from pymacaron.exceptions import ConfigError

    try:
        if not user and not config.get_config().default_user_id:
            raise click.UsageError("Say whose token it is: --user u1, or default_user_id in pym-config.yaml.")
        made = auth.generate_token(user, expire_in=expires, data=data)
    except ConfigError as error:
        failed(str(error))
    except ValueError:
        raise click.UsageError("A text of the token is not Unicode.") from None
    if len(made) > LONGEST:
        raise click.UsageError(f"The token has {len(made)} characters; a service takes at most {LONGEST}.")
    return made


def _brief(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
