"""
The calls of AWS that a release makes, and the only place of deploy/ that knows boto3, which the extra `aws` installs.

botocore's own retries are off: it would make a write again whose answer was lost, and names that are swapped twice are
where they were. Here a call is made again where AWS has refused it for being busy, one that only reads also where
its answer was lost; a write without an answer is an UnknownOutcomeError, and whoever makes it looks at what is there.
Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from pymacaron.deploy.failures import DeniedError, DeployError, ExpiredError, RefusedError, UnknownOutcomeError

try:
    import boto3  # type: ignore[import-untyped]
    from botocore import exceptions as failures  # type: ignore[import-untyped]
    from botocore import xform_name
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]
except ImportError:
    raise DeployError("a release on AWS needs boto3", "pip install 'pymacaron[aws]'") from None

__all__ = ["Account", "Called", "Identity", "is_read", "profiles"]

#: How often a call is made that AWS is too busy for, and one that got no answer
_ROUNDS, _ATTEMPTS = 12, 5
#: Seconds: of the first wait at most, of any at most
_FIRST_S, _LONGEST_S = 0.5, 20.0
_CONNECT_S, _READ_S = 5.0, 60.0

_BUSY = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
}
_BROKEN = {"InternalFailure", "InternalError", "InternalServerError", "ServiceUnavailable", "500", "502", "503", "504"}
#: "403": to a HEAD, which has no words
_DENIED = {"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "InsufficientPrivilegesException"}
_UNKNOWN = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
#: What operations that change nothing begin with
_READS = ("BatchGet", "Check", "Describe", "Get", "Head", "List", "Lookup", "Retrieve", "Simulate", "Validate")
#: dict: service -> what its actions begin with in policies, where it is not its name
#: Source: Service Authorization Reference
_PREFIXES = {"elbv2": "elasticloadbalancing"}
#: dict: operation of S3 -> its action, where that has another name
_S3 = {
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
}
#: What no answer of AWS came back in: the connection failed, or what is between here and there has answered
_LOST = (failures.HTTPClientError, failures.ConnectionError, ResponseParserError)
_UNSENT = (failures.EndpointConnectionError, failures.ConnectTimeoutError, failures.ProxyConnectionError)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `account`: 12 digits; `arn`: of the user or role."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class Called:
    """One call that was made. `outcome`: "ok", AWS's code of the error, or what became of the connection."""

    service: str
    operation: str
    seconds: float
    outcome: str


def is_read(operation: str) -> bool:
    """Whether *operation*, such as DescribeEnvironments, changes nothing."""
    return operation.startswith(_READS)


def _action(service: str, operation: str) -> str:
    """What policies call it."""
    return f"{_PREFIXES.get(service, service)}:{_S3.get(operation, operation) if service == 's3' else operation}"


def _no_region() -> DeployError:
    return DeployError("no AWS region is set", "Write aws_region: eu-west-1 into pym-config.yaml, or such")


def profiles() -> list[str]:
    """The names of those in ~/.aws, or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say. Asks nobody."""
    try:
        return list(boto3.Session().available_profiles)
    except failures.BotoCoreError as error:  # AWS_PROFILE names none, or a file is no INI
        raise DeployError(f"AWS cannot be asked: {error}", "Look at ~/.aws/config, or run: aws configure") from None


class Account:
    """
    AWS, as somebody sees it. *region*, *profile* and *keys* (aws_access_key_id, aws_secret_access_key): None for what
    boto3 finds by itself (variables, ~/.aws, a role); AWS_ENDPOINT_URL and its like count. *told* hears of each call
    that was made. Threads may share it.
    """

    def __init__(
        self,
        region: str | None = None,
        profile: str | None = None,
        keys: Mapping[str, str] | None = None,
        *,
        told: Callable[[Called], None] = lambda called: None,
        sleep: Callable[[float], None] = time.sleep,
        share: Callable[[], float] = random.random,
    ):
        self._told, self._sleep, self._share = told, sleep, share
        self._lock = Lock()
        self._clients: dict[str, Any] = {}
        try:
            self._session = boto3.Session(region_name=region, profile_name=profile, **(keys or {}))
        except failures.BotoCoreError as error:
            raise DeployError(f"AWS cannot be asked: {error}", "Look at ~/.aws/config, or run: aws configure") from None

    @property
    def region(self) -> str:
        """The region. Raises DeployError where none is known."""
        region = self._session.region_name
        if not region:
            raise _no_region()
        return str(region)

    def identity(self) -> Identity:
        """Who asks, by sts:GetCallerIdentity."""
        answer = self.call("sts", "GetCallerIdentity")
        return Identity(answer["Account"], answer["Arn"])

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """
        What *operation* of *service* answers, by the names of AWS's own API: `call("elasticbeanstalk",
        "DescribeEnvironments", ApplicationName="shop")`. Raises RefusedError (DeniedError, ExpiredError),
        UnknownOutcomeError for a write whose answer was lost, DeployError.
        """
        method = getattr(self._client(service), xform_name(operation))
        for attempt in range(_ROUNDS):
            began, code = time.monotonic(), ""
            try:
                answer: dict[str, Any] = method(**arguments)
            except failures.ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
                is_broken = code in _BROKEN or status >= 500
                raised = self._refused(error, code, service, operation, is_broken)
                again = code in _BUSY or (is_broken and is_read(operation) and attempt < _ATTEMPTS - 1)
            except (failures.BotoCoreError, ResponseParserError) as error:
                code = type(error).__name__
                raised = self._failed(error, service, operation)
                is_lost = isinstance(error, _LOST)
                is_safe = isinstance(error, _UNSENT) or is_read(operation)
                again = is_lost and is_safe and attempt < _ATTEMPTS - 1
            else:
                self._told(Called(service, operation, time.monotonic() - began, "ok"))
                return answer
            self._told(Called(service, operation, time.monotonic() - began, code))
            if not again or attempt == _ROUNDS - 1:
                raise raised
            self._sleep(self._share() * min(_LONGEST_S, _FIRST_S * 2**attempt))  # full jitter
        raise AssertionError

    def pages(self, service: str, operation: str, member: str, /, **arguments: Any) -> Iterator[Any]:
        """Each of *member* on all pages of what *operation* answers."""
        token: dict[str, Any] = {}
        names = self._tokens(service, operation)
        while True:
            answer = self.call(service, operation, **arguments, **token)
            yield from answer.get(member) or ()
            token = {sent: answer[got] for got, sent in names if answer.get(got)}
            if not token:
                return

    def _tokens(self, service: str, operation: str) -> list[tuple[str, str]]:
        """How the token of the next page is called in the answer, and in what asks for it."""
        client = self._client(service)
        name = xform_name(operation)
        shapes = client.meta.service_model.operation_model(operation)
        if client.can_paginate(name):
            page = client.get_paginator(name)._pagination_cfg
            got, sent = page["output_token"], page["input_token"]
            return list(
                zip([got] if isinstance(got, str) else got, [sent] if isinstance(sent, str) else sent, strict=True)
            )
        common = [one for one in ("NextToken", "nextToken") if one in shapes.output_shape.members]
        return [(one, one) for one in common if one in shapes.input_shape.members]

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                config = Config(
                    connect_timeout=_CONNECT_S,
                    read_timeout=_READ_S,
                    retries={"total_max_attempts": 1},
                )
                try:
                    self._clients[service] = self._session.client(service, config=config)
                except failures.NoRegionError:
                    _ = self.region
                    raise
                except (failures.BotoCoreError, ValueError) as error:
                    raise DeployError(f"{service} of AWS cannot be asked: {error}") from None
            return self._clients[service]

    def _refused(self, error: Any, code: str, service: str, operation: str, is_broken: bool) -> DeployError:
        told = str(error.response.get("Error", {}).get("Message", "")) or code
        action = _action(service, operation)
        if code in _DENIED:
            mend = f"Allow it: `pymacaron infra write` has the policy of the deployer, with {action} in it"
            return DeniedError(f"AWS does not allow {action}: {told}", mend, action=action, code=code, told=told)
        if code in _UNKNOWN:
            mend = "Log in again, and run the same command: it goes on where this one has stopped"
            return ExpiredError(
                f"AWS does not take these credentials for {action} ({code})", mend, code=code, told=told
            )
        if is_broken and not is_read(operation):
            return UnknownOutcomeError(f"AWS failed in {action} ({code}: {told}): it may have been carried out")
        return RefusedError(f"AWS refused {action} ({code}): {told}", code=code, told=told)

    def _failed(self, error: Any, service: str, operation: str) -> DeployError:
        action = _action(service, operation)
        if isinstance(error, (failures.NoCredentialsError, failures.PartialCredentialsError)):
            return ExpiredError(f"there are no credentials of AWS for {action}", "Run: aws configure, or aws sso login")
        if isinstance(error, failures.NoRegionError):
            return _no_region()
        if not isinstance(error, _LOST):
            return DeployError(f"{action} could not be sent: {error}")
        if isinstance(error, _UNSENT) or is_read(operation):
            mend = "Look at the network, and run the same command again"
            return DeployError(f"{action} got no answer: {type(error).__name__}", mend)
        return UnknownOutcomeError(f"{action} got no answer: it may have been carried out")
