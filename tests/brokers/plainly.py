"""
The tasks of load.py as an app of plain Celery has them, without anything of ours: the broker of CELERY_BROKER, and what
Celery does unless it is told otherwise; with LATE, what its documents say to do where no task may be lost.
"""

from __future__ import annotations

import os
import random
import time
from typing import Any

from celery import Celery

from brokers.jobs import mark

__all__ = ["app", "plain", "shaky", "single"]

app: Any = Celery("plainly", broker=os.environ.get("CELERY_BROKER", "redis://"), set_as_current=False)
app.conf.update(
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 60},
    task_acks_late=bool(os.environ.get("LATE")),
    task_reject_on_worker_lost=bool(os.environ.get("LATE")),
)


@app.task
def plain(number: int) -> None:
    time.sleep(random.uniform(0, 0.01))
    mark(f"plain {number} 0")


@app.task
def single(key: int, sending: int) -> None:
    time.sleep(random.uniform(0, 0.01))
    mark(f"single {key} {sending}")


@app.task(bind=True, max_retries=20, default_retry_delay=0.1)
def shaky(self: Any, number: int) -> None:
    time.sleep(random.uniform(0, 0.01))
    if random.random() < 0.25:
        raise self.retry()
    mark(f"shaky {number} 0")
