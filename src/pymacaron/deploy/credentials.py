"""As whom AWS is asked, by what the config says: for every command that asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymacaron.deploy.aws import Account, profiles
from pymacaron.deploy.settings import Wanted

__all__ = ["account", "is_profile"]

_KEYS = ("aws_access_key_id", "aws_secret_access_key")


def account(wanted: Wanted, values: Mapping[str, Any]) -> Account:
    """
    The keys of the config, whose *values* are given; else the profile of ~/.aws that is called as `aws_user`; else
    whoever boto3 finds, whom the gate compares with `aws_user`. Raises DeployError.
    """
    keys = _keys(values)
    return Account(wanted.region, wanted.user if keys is None and _is_known(wanted) else None, keys)


def is_profile(wanted: Wanted, values: Mapping[str, Any]) -> bool:
    """Whether `account` asks as the profile `aws_user`: then that is who was wanted, whatever its ARN says."""
    return _keys(values) is None and _is_known(wanted)


def _keys(values: Mapping[str, Any]) -> dict[str, str] | None:
    """None where the config has not both."""
    found = {name: str(values[name]) for name in _KEYS if values.get(name)}
    return found if len(found) == len(_KEYS) else None


def _is_known(wanted: Wanted) -> bool:
    return wanted.user is not None and wanted.user in profiles()
