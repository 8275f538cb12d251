"""Which queue tasks are sent to, by the settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.tasks import current
from pymacaron.tasks.memory import MemoryQueue


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, "embedded"),
        ("", "embedded"),
        ("memory://", "memory"),
        ("redis://h:6379/0", "redis"),
        ("rediss://:secret@h", "redis"),
        ("sqs://", "sqs"),
    ],
)
def test_the_scheme_of_broker_url_says_what_tasks_wait_in(url: str | None, kind: str) -> None:
    assert current.kind(url) == kind


@pytest.mark.parametrize("url", ["hunter2", "redis:h", "amqp://ann:hunter2@h", "unix:///hunter2", "://hunter2"])
def test_another_is_an_error_that_does_not_show_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^broker_url names no queue\. Write redis://host:6379/0") as raised:
        current.kind(url)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hunter2@h/0?sockettimeout=5",
        "redis://:hunter2@h/notadb",
        "redis://:hunter@2/hunter2@127.0.0.1:9/0",
        "redis://:hunter2@h:99999/0",
        "sqs://hunter2:hunter2/@h:99999",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_before_a_queue_is_made(url: str, own_config: None) -> None:
    config.load(start_dir="/", settings={"broker_url": url}, environ={})
    fact, mend = config.broker_fault(url) or ("", "")
    with pytest.raises(ConfigError) as raised:
        current.queue()
    assert (str(raised.value), bool(fact)) == (f"{fact}. {mend}", True)
    assert "hunter" not in str(raised.value)


def test_a_queue_is_made_once_and_anew_when_the_settings_change(tmp_path: Path, own_config: None) -> None:
    file = tmp_path / "pym-config.yaml"
    file.write_text("name: shop\nlive_host: x\nbroker_url: memory://\n")
    config.load(file, environ={})
    queue = current.queue()
    assert isinstance(queue, MemoryQueue)
    assert current.queue() is queue
    assert (current.service_name(), current.embedded_file()) == ("shop", str(tmp_path / "shop-tasks.sqlite3"))
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "pym-config.yaml"
    other.write_text(file.read_text())
    config.load(other, environ={})
    assert current.queue() is not queue


def test_a_forked_process_has_a_queue_of_its_own(own_config: None) -> None:
    config.load(start_dir="/", settings={"broker_url": "memory://"}, environ={})
    queue = current.queue()
    pid = os.fork()
    if pid == 0:
        os._exit(7 if current.queue() is not queue else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert current.queue() is queue


def test_inside_of_use_all_threads_send_to_another() -> None:
    queue, inner = MemoryQueue(), MemoryQueue()
    with current.use(queue) as found:
        assert (found, current.queue()) == (queue, queue)
        with current.use(inner):
            assert current.queue() is inner
        assert current.queue() is queue
