"""
The calls of DynamoDB's API, and the only place of the store that knows boto3, which the extra `dynamodb` installs.

Some are made again: those that DynamoDB was too busy for; and those whose answer was lost, unless they had a condition,
which would not hold any more of what they may have written themselves.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from botocore import exceptions as failures  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from pymacaron.exceptions import PyMacaronException
from pymacaron.store.stores import ConditionFailedError, MissingTableError, StoreError

__all__ = ["ROUNDS", "Calls"]

#: How often a call is made, and a batch while nothing of it is done
_ATTEMPTS, ROUNDS = 4, 8
#: Seconds: of the first wait at most, of any at most
_FIRST_S, _LONGEST_S = 0.05, 5.0
_CONNECT_S, _READ_S = 3.0, 10.0
_CONNECTIONS = 50

#: Codes of errors: of those that are too busy, those that are broken, those that do not know who asks
_BUSY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "LimitExceededException",
}
_BROKEN = {"InternalServerError", "InternalServerException", "ServiceUnavailable", "500", "502", "503", "504"}
_UNKNOWN = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}
#: What came to nothing on the way, and of that what was never sent
_UNREACHED = (failures.HTTPClientError, failures.ConnectionError)
_UNSENT = (failures.EndpointConnectionError, failures.ConnectTimeoutError, failures.ProxyConnectionError)
_NOT_KNOWN = "Whether the item was written is not known: read it"
_CREDENTIALS = (
    "Set aws_access_key_id and aws_secret_access_key in pym-config.yaml to the names of variables that hold them, or "
    "give the machine a role"
)


class Calls:
    """
    *region*, *access_key_id* and *secret_access_key*: None for what boto3 finds by itself (variables, ~/.aws, a role).
    *endpoint*: the URL of what stands in for DynamoDB, None for AWS. Opens nothing until something is asked; threads
    may share it, and processes that are forked.
    """

    def __init__(
        self,
        region: str | None = None,
        endpoint: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        share: Callable[[], float] = random.random,
    ):
        self._region = region
        self._endpoint = endpoint if endpoint is None or "://" in endpoint else f"http://{endpoint}"
        self._keys = {"aws_access_key_id": access_key_id, "aws_secret_access_key": secret_access_key}
        self._sleep = sleep
        self._share = share
        self._lock = Lock()
        self._client: Any = None
        self._process = 0

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        if self._endpoint is not None:
            parts = urlsplit(self._endpoint)
            return f"DynamoDB at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return f"DynamoDB in {self._region}" if self._region else "DynamoDB"

    def close(self) -> None:
        """Close its connections; the next use opens new ones."""
        with self._lock:
            client, self._process = self._client, 0
        if client is not None:
            client.close()

    def ask(self, operation: str, repeatable: bool = True, /, **arguments: Any) -> dict[str, Any]:
        """
        What the method *operation* of boto3's client answers. *repeatable*: whether it may be made again though it
        might have been carried out. Raises StoreError or ConditionFailedError.
        """
        for attempt in count():
            code = ""
            try:
                answer: dict[str, Any] = getattr(self._connected(), operation)(**arguments)
            except failures.ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                again = code in _BUSY or (repeatable and code in _BROKEN)
                told = self._refused(error, code, operation, arguments, repeatable)
            except failures.BotoCoreError as error:
                again = isinstance(error, _UNSENT) or (repeatable and isinstance(error, failures.HTTPClientError))
                told = self._failed(error, repeatable)
            except RuntimeError as error:  # botocore's own, of credentials that are over and are not renewed
                raise StoreError(
                    f"{self.place} cannot be asked with these credentials: {error} {_CREDENTIALS}"
                ) from None
            else:
                self._check(answer)
                return answer
            most = ROUNDS if code in _BUSY and operation.startswith("batch_") else _ATTEMPTS
            if not again or attempt == most - 1:
                raise told
            self.wait(attempt)
        raise AssertionError

    def wait(self, attempt: int) -> None:
        """Wait for any time up to one that doubles: full jitter."""
        self._sleep(self._share() * min(_LONGEST_S, _FIRST_S * 2**attempt))

    def _check(self, answer: dict[str, Any]) -> None:
        """Raise StoreError for the answer of another server: botocore takes any 200 for one without members."""
        kind = answer["ResponseMetadata"]["HTTPHeaders"].get("content-type", "")
        if "json" not in kind:
            fact = f"{self.place} answers with {kind[:80]!r}, not with JSON as DynamoDB does"
            raise StoreError(f"{fact}: store_url, or a proxy, leads to something else")

    def _connected(self) -> Any:
        """The client of this process: connections cannot be shared with the one that it was forked from."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._client = self._opened()
                    self._process = os.getpid()
        return self._client

    def _opened(self) -> Any:
        try:
            return self._made()
        except failures.BotoCoreError:
            raise
        except ValueError:  # botocore's own too, of an endpoint, or of what a process gives as credentials
            fact = f"{self.place} cannot be asked by boto3"
            mend = "look at store_url, which is dynamodb://HOST:PORT, and at what ~/.aws says of credentials"
            raise StoreError(f"{fact}: {mend}") from None

    def _made(self) -> Any:
        """Items are checked before (items.py), so that botocore need not, and `ask` repeats calls."""
        if len([one for one in self._keys.values() if one]) == 1:
            fact = "Only one of aws_access_key_id and aws_secret_access_key is set"
            raise StoreError(f"{fact}: set both in pym-config.yaml, or neither")
        session = boto3.session.Session(region_name=self._region, **self._keys)
        options: dict[str, Any] = {}
        if self._endpoint is not None:  # one that stands in for DynamoDB is asked without an account, too
            options = {"endpoint_url": self._endpoint, "region_name": session.region_name or "us-east-1"}
            if session.get_credentials() is None:
                options |= dict.fromkeys(self._keys, "local")
        config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            max_pool_connections=_CONNECTIONS,
            parameter_validation=False,
            retries={"mode": "standard", "total_max_attempts": 1},
        )
        return session.client("dynamodb", config=config, **options)

    # ---- what is said

    def _refused(
        self, error: Any, code: str, operation: str, arguments: dict[str, Any], repeatable: bool
    ) -> PyMacaronException:
        """What to raise for an *error* that DynamoDB has answered, of this *code*."""
        name = arguments.get("TableName") or next(iter(arguments.get("RequestItems", {"": None})))
        message = str(error.response.get("Error", {}).get("Message", ""))[:300]
        if code == "ConditionalCheckFailedException":
            return ConditionFailedError(
                f"The item in table {name!r} is not what the condition wants: nothing was changed"
            )
        if code == "ResourceNotFoundException" or "specified index" in message:
            index = f", or has no index {arguments['IndexName']!r}" if "IndexName" in arguments else ""
            fact = f"Table {name!r} is not there{index}, in {self.place}"
            return MissingTableError(f"{fact}. Make it with: pymacaron tables create")
        if code in _UNKNOWN:
            return StoreError(f"{self.place} does not accept who asks it: {code}. {_CREDENTIALS}")
        if code == "AccessDeniedException":
            action = "".join(word.capitalize() for word in operation.split("_"))
            return StoreError(f"{self.place} does not permit dynamodb:{action} on table {name!r}. Add it to the policy")
        if code in _BUSY:
            fact = f"{self.place} is too busy with table {name!r}: {code}"
            return StoreError(f"{fact}. Try again later, or raise the table's capacity")
        if code in _BROKEN:
            fact = f"{self.place} has failed with {operation} on table {name!r}: {code}: {message}"
            return StoreError(fact if repeatable else f"{fact}. {_NOT_KNOWN}")
        return StoreError(f"{self.place} refuses {operation} on table {name!r}: {code}: {message}")

    def _failed(self, error: Any, repeatable: bool) -> StoreError:
        """What to raise for an *error* of boto3's own: it has no answer."""
        if isinstance(error, (failures.NoCredentialsError, failures.PartialCredentialsError)):
            return StoreError(f"There are no credentials for {self.place}. {_CREDENTIALS}")
        if isinstance(error, failures.NoRegionError):
            return StoreError("It is not said in which region DynamoDB is. Set aws_region in pym-config.yaml")
        if not isinstance(error, _UNREACHED):
            fact = f"{self.place} cannot be asked as boto3 is set up: {type(error).__name__}"
            return StoreError(f"{fact}. Look at aws_region, and at AWS_PROFILE and ~/.aws. {_CREDENTIALS}")
        fact = f"{self.place} cannot be reached: {type(error).__name__}"
        if isinstance(error, failures.HTTPClientError) and not isinstance(error, _UNSENT) and not repeatable:
            return StoreError(f"{fact}. {_NOT_KNOWN}")
        return StoreError(fact)
