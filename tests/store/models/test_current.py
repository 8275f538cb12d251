"""Which store the settings name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from kept.dicts import Dicts

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.store import use
from pymacaron.store.current import default_file, store
from pymacaron.store.stores import Store


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    yield tmp_path
    config.reset()


def named(folder: Path, url: str | None, **settings: Any) -> Store:
    config.load(folder / "pym-config.yaml", settings={"store_url": url, **settings} if url else settings)
    return store()


def kind(made: Store) -> str:
    return type(made).__name__


def test_without_a_setting_it_is_a_file_beside_the_service(folder: Path) -> None:
    assert kind(named(folder, None)) == "SQLiteStore"
    assert default_file() == str(folder / "shop-store.sqlite3")


@pytest.mark.parametrize(
    ("url", "title"),
    [("sqlite:///a%20b.db", "SQLiteStore"), ("sqlite://", "SQLiteStore"), ("memory://", "MemoryStore")],
)
def test_a_url_names_one(folder: Path, url: str, title: str) -> None:
    assert kind(named(folder, url)) == title


def test_it_is_the_same_one_until_the_settings_are_others(folder: Path) -> None:
    first = named(folder, "memory://")
    config.get_config().report_call_exceeding_ms = 5
    assert store() is first
    assert named(folder, "memory://") is first
    assert named(folder, "sqlite:///x.db") is not first


def test_a_forked_process_makes_its_own(folder: Path) -> None:
    first = named(folder, "memory://")
    child = os.fork()
    if child == 0:
        os._exit(0 if store() is not first else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert store() is first


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        (
            "redis://:hunter2hunter2@host",
            "store_url begins with redis://: write dynamodb://, sqlite:///FILE or memory://",
        ),
        ("hunter2hunter2", "store_url is no URL: write dynamodb://, "),
        (
            "sqlite://hunter2hunter2",
            "store_url has a host behind sqlite://, and a file has none: write sqlite:///FILE, ",
        ),
        ("dynamodb://hunter2hunter2:port", "store_url names no host and port: write dynamodb://HOST:PORT"),
    ],
)
def test_a_url_that_names_none_is_refused_without_its_secrets(folder: Path, url: str, fact: str) -> None:
    with pytest.raises(ConfigError) as caught:
        named(folder, url)
    assert str(caught.value).startswith(fact)
    assert "hunter2" not in str(caught.value)


def test_tests_use_another_meanwhile(folder: Path) -> None:
    first, other = named(folder, "memory://"), cast("Store", Dicts())
    with use(other) as given:
        assert store() is given is other
    assert store() is first
