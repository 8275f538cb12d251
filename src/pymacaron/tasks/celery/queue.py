"""`broker_url` -> the Books at that broker, which are a Queue. A library that is not installed is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.tasks import current
from pymacaron.tasks.celery.books import Books

if TYPE_CHECKING:
    from pymacaron.tasks.celery.sqsbooks import SqsBooks

__all__ = ["books", "sqs", "table"]


def table() -> str:
    """The name of the table with the states of tasks that wait in SQS."""
    return str(config.get_config().task_table or f"{current.service_name()}-tasks")


def books(url: str) -> Books:
    """The Books at *url*. Raises ConfigError where what it takes is not installed."""
    if current.kind(url) == "sqs":
        return sqs(url)
    try:
        from pymacaron.tasks.celery.redisbooks import RedisBooks
    except ModuleNotFoundError as error:
        raise _missing(error, "async") from None
    return RedisBooks(url, current.service_name(), config.get_config().task_keep_s)


def sqs(url: str | None) -> SqsBooks:
    """Those at *url*, which is one of SQS. Raises ConfigError, as books() does."""
    try:
        from pymacaron.tasks.celery.sqsbooks import SqsBooks
    except ModuleNotFoundError as error:
        raise _missing(error, "sqs") from None
    return SqsBooks(url or "", current.service_name(), table(), config.get_config().task_keep_s)


def _missing(error: ModuleNotFoundError, extra: str) -> ConfigError:
    return ConfigError(f"broker_url is set, but {error.name} is not installed: pip install 'pymacaron[{extra}]'")
