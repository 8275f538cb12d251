"""Who may do what: the deployer, whose policy is made of the table of `actions`, and the instances of a service."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pymacaron.deploy.infrastructure import behalf
from pymacaron.deploy.infrastructure.actions import ACTIONS, PLACES, Action
from pymacaron.deploy.infrastructure.needs import Needs, arn

__all__ = ["deployer", "document", "instance", "on_behalf"]

#: Of Beanstalk, what an instance tells how it is
_KINDS = (("application", ""), ("environment", "/*"))
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_LOGS = ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")
#: What store/dynamodb.py asks, and the table of the states of tasks
_TABLES = (
    *("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem"),
    *("dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"),
)
#: What tasks/celery and the transport of Celery ask. A queue is made by whoever needs it first
_QUEUES = (
    *("sqs:ChangeMessageVisibility", "sqs:CreateQueue", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    *("sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"),
)


def document(statements: Collection[dict[str, Any]]) -> dict[str, Any]:
    """A policy, as IAM has it."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def deployer(needs: Needs) -> dict[str, Any]:
    """The policy of whoever releases: the calls that the commands make, on what is the service's."""
    groups: dict[tuple[str, str], list[Action]] = {}
    for action in ACTIONS:
        if PLACES[action.on](needs):
            groups.setdefault((action.on, str(dict(action.condition))), []).append(action)
    made = []
    for number, ((on, _), actions) in enumerate(groups.items()):
        one = _allow(sorted({action.name for action in actions}), PLACES[on](needs))
        condition = dict(actions[0].condition)
        sid = "".join(word.capitalize() for word in on.split()) + (str(number) if condition else "")
        made.append({"Sid": sid, **one, **({"Condition": condition} if condition else {})})
    return document(made)


def on_behalf(needs: Needs) -> dict[str, Any]:
    """What goes beside it: Beanstalk acts with the rights of whoever asks it."""
    return document(behalf.statements(needs))


def instance(needs: Needs) -> dict[str, Any]:
    """The policy of an instance, which has no other."""
    found = [
        {"Sid": "Health", **_allow(["elasticbeanstalk:PutInstanceStatistics"], _own(needs))},
        {"Sid": "Logs", **_allow(_LOGS, [arn("logs", f"log-group:/aws/elasticbeanstalk/{needs.application}-*")])},
        {"Sid": "Bundles", **_allow(["s3:GetObject", "s3:GetObjectVersion"], _bundles(needs))},
        {"Sid": "Tails", **_allow(["s3:PutObject"], [_below(needs.buckets[0], "resources/environments/logs/*")])},
    ]
    if needs.repository:
        found += [
            {"Sid": "Login", **_allow(["ecr:GetAuthorizationToken"], ["*"])},
            {"Sid": "Image", **_allow(_PULL, [arn("ecr", f"repository/{needs.repository}")])},
        ]
    if needs.secrets:
        action = "ssm:GetParameter" if needs.wanted.secrets == "ssm" else "secretsmanager:GetSecretValue"
        # No kms:Decrypt: the account's own keys, which `secrets push` encrypts by, ask for none
        found.append({"Sid": "Secrets", **_allow([action], needs.secrets)})
    if needs.tables:
        names = [f"table/{table.table}{rest}" for table in needs.tables for rest in ("", "/index/*")]
        found.append({"Sid": "Tables", **_allow(_TABLES, [arn("dynamodb", name) for name in names])})
    if needs.queues:
        found += [
            {"Sid": "Queues", **_allow(_QUEUES, [arn("sqs", f"{needs.queues}*")])},
            {"Sid": "QueueNames", **_allow(["sqs:ListQueues"], ["*"])},
        ]
    return document(found)


def _own(needs: Needs) -> list[Any]:
    return [arn("elasticbeanstalk", f"{kind}/{needs.application}{rest}") for kind, rest in _KINDS]


def _bundles(needs: Needs) -> list[Any]:
    """What Beanstalk's agent reads: the bundle of a release, and what Beanstalk puts beside its environments."""
    own = [_below(needs.buckets[0], "resources/environments/*")]
    return [*own, *needs.logins, *(_below(one, f"pymacaron/{needs.application}/bundles/*") for one in needs.buckets)]


def _below(bucket: dict[str, str], rest: str) -> dict[str, str]:
    return {"Fn::Sub": f"{bucket['Fn::Sub']}/{rest}"}


def _allow(actions: Collection[str], resources: list[Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}
