"""Which variables the container of a service under test gets; no docker runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from pymacaron.testing import targets
from pymacaron.testing.targets import Target


def test_a_test_says_where_a_container_keeps_models_and_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], str | None]] = []

    @contextmanager
    def contained(image: str, names: Iterable[str], environ: Mapping[str, str]) -> Iterator[Target]:
        asked.append((list(names), environ.get("PYM_STORE_URL")))
        yield Target("127.0.0.1", 1)

    monkeypatch.setattr(targets, "contained", contained)
    (tmp_path / "pym-config.yaml").write_text(
        "name: shop\nlive_host: shop.example.com\nenv_secrets: [KEY]\nstore_url: dynamodb://\n"
    )
    environ = {"KEY": "a value", "PYM_STORE_URL": "sqlite:////tmp/shop.sqlite3", "AWS_SECRET_ACCESS_KEY": "another"}
    with targets.image("shop:1", tmp_path, environ=environ):
        pass
    assert asked == [(["KEY", "PYM_ENV", "PYM_STORE_URL", "PYM_BROKER_URL"], "sqlite:////tmp/shop.sqlite3")]
