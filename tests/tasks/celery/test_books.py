"""What brokers call the queues of services."""

from __future__ import annotations

import pytest

from pymacaron.tasks.celery.books import queue_name


def test_a_queue_is_called_by_its_service_and_its_name() -> None:
    assert queue_name("shop", "default") == "shop-default"
    assert queue_name("shop-mail", "default") == "shop-mail-default"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("shop", "mail-in"), ("shop-mail", "in")),
        (("shop", "a-b"), ("shop", "a_b")),
        (("my.shop", "default", "my-shop-default"), ("my-shop", "default", "my-shop-default")),
        (("s" * 90, "a", "s" * 80), ("s" * 90, "b", "s" * 80)),
    ],
)
def test_no_two_queues_are_called_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert queue_name(*one) != queue_name(*other)
    assert len(queue_name(*one)) <= 80
