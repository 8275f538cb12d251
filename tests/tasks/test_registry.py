"""What is said of a task that nobody knows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pymacaron.tasks import registry


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "There are none."),
        (["shop.send", "mail.tell"], "There are shop.send, mail.tell."),
        (["shop.billed"], "Did you mean 'shop.billed'?"),
        (
            [*(f"a.{number:03}" for number in range(300)), "shop.send", "shop.tell"],
            "There are 302, among them shop.send, shop.tell, a.000, a.001, a.002.",
        ),
    ],
)
def test_few_of_many_tasks_are_named(monkeypatch: pytest.MonkeyPatch, names: list[str], told: str) -> None:
    known: dict[str, Any] = {name: SimpleNamespace(name=name) for name in names}
    monkeypatch.setattr(registry, "_TASKS", known)
    with pytest.raises(registry.UnknownTaskError) as raised:
        registry.named("shop.bild", "")
    assert str(raised.value) == f"no task has the name 'shop.bild' here. {told}"
