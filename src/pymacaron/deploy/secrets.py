"""
Secrets of a service, kept encrypted by AWS: the values of `env_secrets` -> Secrets Manager or Parameter Store, and what
is there -> ARNs, which is all that a release is told.

A value goes into a request and comes out of an answer, and nowhere else: no record here shows one, no error tells one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from pymacaron.deploy.failures import DeniedError, DeployError, ExpiredError, RefusedError, UnknownOutcomeError
from pymacaron.deploy.settings import Wanted

if TYPE_CHECKING:
    from pymacaron.deploy.target import Cloud

__all__ = ["Kept", "Secrets", "arns", "pushed", "secrets", "state", "there", "too_long"]

#: What AWS says where somebody else was faster
_THERE = ("ResourceExistsException", "ParameterAlreadyExists")
#: The tag that says whose a secret is
_TAG = "pymacaron:application"


@dataclass(frozen=True, slots=True)
class Kept:
    """
    A secret that is there. `ending`: it is to be deleted, and gives no value. `encrypted`: not so a parameter that is
    plain text. `value`: None where it has none, or was not asked for.
    """

    name: str
    arn: str
    changed: datetime | None = None
    ending: bool = False
    encrypted: bool = True
    value: str | None = field(default=None, repr=False)


class Secrets(Protocol):
    """
    Where secrets lie. `place`: in words. `name`: of a variable's secret. `found` reads, with the value where it is to;
    None where there is none. `create` and `update` write.
    """

    place: str
    longest: int

    def name(self, variable: str) -> str: ...

    def found(self, variable: str, *, with_value: bool = False) -> Kept | None: ...

    def create(self, variable: str, value: str) -> None: ...

    def update(self, variable: str, value: str, kept: Kept) -> None: ...


def secrets(wanted: Wanted, account: Cloud) -> Secrets:
    """Those of a service, where `deploy: secrets` has them."""
    return (_Parameters if wanted.secrets == "ssm" else _Manager)(wanted, account)


def there(wanted: Wanted, account: Cloud) -> dict[str, str]:
    """dict: variable of env_secrets -> ARN, of those that are there and give a value. Reads none."""
    place = secrets(wanted, account)
    found = {variable: place.found(variable) for variable in wanted.env_secrets}
    return {variable: kept.arn for variable, kept in found.items() if kept is not None and not kept.ending}


def arns(wanted: Wanted, account: Cloud) -> dict[str, str]:
    """
    dict: variable of env_secrets -> ARN. Reads no value. Raises DeployError, which names all that are not there.
    """
    found, place = there(wanted, account), secrets(wanted, account)
    missing = [variable for variable in wanted.env_secrets if variable not in found]
    if missing:
        names = ", ".join(f"{one} (as {place.name(one)})" for one in missing)
        raise DeployError(f"not in {place.place}: {names}", "Run: pymacaron secrets push")
    return found


def state(kept: Kept | None, value: str | None) -> str:
    """What *kept*, with its value, is beside *value*, None where nobody here knows it, as one word or a few."""
    if kept is None:
        return "missing"
    if kept.ending:
        return "ending"
    if not kept.encrypted:
        return "not encrypted"
    if kept.value is None:
        return "empty"
    if value is None:
        return "not compared"
    return "same" if kept.value == value else "differs"


def pushed(place: Secrets, variable: str, value: str, *, only_looks: bool = False) -> str:
    """
    `created`, `updated` or `unchanged`: what became of *variable*, whose secret has *value* now; with *only_looks* what
    would. Raises DeployError, which never tells the value.
    """
    try:
        return _pushed(place, variable, value, only_looks)
    except DeployError as error:
        if not _tells(error, value):
            raise
        code = getattr(error, "code", "")
    # Not in the block above, so that the error with the value is not the context of this one
    fact = f"AWS did not take the value of {variable}{f' ({code})' if code else ''}"
    raise DeployError(fact, "What it said is not shown, since it has the value in it. Look at the value")


def _pushed(place: Secrets, variable: str, value: str, only_looks: bool) -> str:
    kept = place.found(variable, with_value=True)
    now = state(kept, value)
    if now == "same":
        return "unchanged"
    if kept is not None and not kept.encrypted:
        mend = f"Delete it, and run this again: aws ssm delete-parameter --name {kept.name}"
        raise DeployError(f"{kept.name} is there as plain text, and cannot be made a secret", mend)
    if not only_looks:
        _written(place, variable, value, kept)
    return "created" if kept is None else "updated"


def _written(place: Secrets, variable: str, value: str, kept: Kept | None) -> None:
    """Writes, and where nobody knows whether it was done, or somebody else did it, looks."""
    try:
        if kept is None:
            place.create(variable, value)
        else:
            place.update(variable, value, kept)
    except (UnknownOutcomeError, RefusedError) as error:
        is_there = isinstance(error, RefusedError) and error.code in _THERE
        if not is_there and not isinstance(error, UnknownOutcomeError):
            raise
        now = place.found(variable, with_value=True)
        if state(now, value) == "same":
            return
        if now is None or kept is not None:
            raise
        place.update(variable, value, now)


def _tells(error: DeployError, value: str) -> bool:
    """
    Whether *error* has *value* in it: AWS quotes what it does not take. What it says of who asks has none, though maybe
    the letters of a short one.
    """
    if isinstance(error, (DeniedError, ExpiredError)):
        return False
    forms = {value, json.dumps(value)[1:-1], repr(value)[1:-1]}
    texts = (str(error), getattr(error, "told", ""))
    return any(form in text for form in forms for text in texts)


def too_long(place: Secrets, values: Mapping[str, str]) -> list[str]:
    """The variables whose value is longer than what *place* takes."""
    return [variable for variable, value in values.items() if len(value.encode()) > place.longest]


class _Manager:
    """Secrets Manager: `shop/JWT_SECRET`, encrypted by the account's own key for it, aws/secretsmanager."""

    place = "Secrets Manager"
    #: Bytes. Source: AWS Secrets Manager API Reference, CreateSecret
    longest = 65_536

    def __init__(self, wanted: Wanted, account: Cloud):
        self._wanted, self._account = wanted, account

    def name(self, variable: str) -> str:
        return f"{self._wanted.application}/{variable}"

    def found(self, variable: str, *, with_value: bool = False) -> Kept | None:
        name = self.name(variable)
        try:
            told = self._account.call("secretsmanager", "DescribeSecret", SecretId=name)
        except RefusedError as error:
            if error.code != "ResourceNotFoundException":
                raise
            return None
        ending = told.get("DeletedDate") is not None
        value = self._value(name) if with_value and not ending else None
        return Kept(name, str(told["ARN"]), told.get("LastChangedDate"), ending, value=value)

    def _value(self, name: str) -> str | None:
        try:
            told = self._account.call("secretsmanager", "GetSecretValue", SecretId=name)
        except RefusedError as error:
            if error.code != "ResourceNotFoundException":  # it was made, and never given a value
                raise
            return None
        return told.get("SecretString")

    def create(self, variable: str, value: str) -> None:
        tags = [{"Key": key, "Value": one} for key, one in _tags(self._wanted).items()]
        self._account.call(
            "secretsmanager",
            "CreateSecret",
            Name=self.name(variable),
            Description=_description(self._wanted, variable),
            SecretString=value,
            Tags=tags,
        )

    def update(self, variable: str, value: str, kept: Kept) -> None:
        if kept.ending:
            self._account.call("secretsmanager", "RestoreSecret", SecretId=kept.name)
        self._account.call("secretsmanager", "PutSecretValue", SecretId=kept.name, SecretString=value)


class _Parameters:
    """Parameter Store: `/shop/JWT_SECRET`, a SecureString, encrypted by the account's own key for it, aws/ssm."""

    place = "Parameter Store"
    #: Bytes, of those that cost nothing. Source: AWS Systems Manager User Guide, "Managing parameter tiers"
    longest = 4_096

    def __init__(self, wanted: Wanted, account: Cloud):
        self._wanted, self._account = wanted, account

    def name(self, variable: str) -> str:
        return f"/{self._wanted.application}/{variable}"

    def found(self, variable: str, *, with_value: bool = False) -> Kept | None:
        name = self.name(variable)
        told = self._account.call("ssm", "GetParameters", Names=[name], WithDecryption=with_value)
        for one in told.get("Parameters", ()):
            is_encrypted = one["Type"] == "SecureString"
            value = one["Value"] if with_value and is_encrypted else None
            return Kept(name, str(one["ARN"]), one.get("LastModifiedDate"), encrypted=is_encrypted, value=value)
        return None

    def create(self, variable: str, value: str) -> None:
        tags = [{"Key": key, "Value": one} for key, one in _tags(self._wanted).items()]
        self._put(variable, value, Overwrite=False, Description=_description(self._wanted, variable), Tags=tags)

    def update(self, variable: str, value: str, kept: Kept) -> None:
        self._put(variable, value, Overwrite=True)

    def _put(self, variable: str, value: str, **more: Any) -> None:
        asked = {"Name": self.name(variable), "Value": value, "Type": "SecureString", "Tier": "Standard"}
        self._account.call("ssm", "PutParameter", **asked, **more)


def _description(wanted: Wanted, variable: str) -> str:
    return f"{variable} of {wanted.name}, by pymacaron secrets"


def _tags(wanted: Wanted) -> dict[str, str]:
    return dict(sorted({**wanted.tags, _TAG: wanted.application}.items()))
