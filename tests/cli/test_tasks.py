"""`pymacaron tasks`: what has failed for good is listed, run again, dropped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pymacaron import crash
from pymacaron.cli.tasks import tasks
from pymacaron.config.stores import ENCODE
from pymacaron.tasks import Task, asynctask
from pymacaron.testing import tasks as waiting_tasks

from .conftest import Command

UNUSABLE = "broker_url is the URL of a Redis that cannot be used"
NO_OPTION = f"{UNUSABLE}: what stands behind its ? is no option of a Redis"
NO_DATABASE = f"{UNUSABLE}: its database, behind the host, is no number"
CONFIG = "name: shop\nlive_host: x\n"
IS_GOOD: list[bool] = []


@asynctask(name="shop.fail")
def fail(text: str) -> None:
    if not IS_GOOD:
        raise ValueError(text)


@pytest.fixture
def waiting(tmp_path: Path, own_config: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The queue that the command finds."""
    (tmp_path / "pym-config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    IS_GOOD.clear()
    crash.set_error_reporter(lambda title, message: None)
    with waiting_tasks() as queue:
        yield queue
    crash.set_error_reporter(None)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(tasks, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def failed(waiting: Any, *texts: str, task: Task[Any, Any] = fail) -> list[str]:
    """The ids of tasks that fail with *texts*."""
    ids = [task.fire(text).id for text in texts]
    waiting.run()
    return ids


def test_what_has_failed_is_listed_in_a_line_with_its_error(waiting: Any) -> None:
    assert run("list") == (0, "no task has failed for good\n", "")
    one, two = failed(waiting, "no mailbox", "a\nb\x1b[31m")
    code, printed, told = run("list")
    assert (code, told) == (0, "")
    head, *lines = printed.splitlines()
    assert head.split() == ["ID", "TASK", "FAILED", "ERROR"]
    assert [line.split(maxsplit=3)[:2] for line in lines] == [[one, "shop.fail"], [two, "shop.fail"]]
    assert [line.split(maxsplit=3)[3] for line in lines] == ["ValueError: no mailbox", "ValueError: a\\nb\\x1b[31m"]


def test_what_has_failed_is_listed_as_json_without_its_arguments(waiting: Any) -> None:
    [task_id] = failed(waiting, "no mailbox")
    code, printed, _ = run("list", "--json")
    [told] = json.loads(printed)["tasks"]
    times = [told.pop("failed"), told.pop("sent")]
    assert all(len(text) == 20 and text.endswith("Z") for text in times)
    assert (code, told) == (
        0,
        {"id": task_id, "task": "shop.fail", "queue": "default", "error": "ValueError: no mailbox", "call_id": None},
    )


def test_tasks_are_run_again_and_dropped_by_their_ids_or_all(waiting: Any) -> None:
    one, two, three, four = failed(waiting, "a", "b", "c", "d")
    assert run("retry", one, two) == (0, "2 tasks to be run again\n", "")
    assert run("drop", three) == (0, "1 task dropped\n", "")
    assert [dead.message.id for dead in waiting.dead()] == [four]
    IS_GOOD.append(True)
    assert waiting.run() == 2
    assert run("retry", "--all") == (0, "1 task to be run again\n", "")
    assert run("drop", "--all") == (0, "0 tasks dropped\n", "")


def test_an_id_of_which_there_is_no_task_is_told(waiting: Any) -> None:
    [one] = failed(waiting, "a")
    told = "error: no task has failed for good with the id 'nothing'\n"
    assert run("drop", one, "nothing") == (1, "1 task dropped\n", told)


@pytest.mark.parametrize("arguments", [("retry",), ("drop",), ("drop", "--all", "x")])
def test_ids_or_all_is_asked_for(waiting: Any, arguments: tuple[str, ...]) -> None:
    code, _, told = run(*arguments)
    assert (code, told.splitlines()[-1]) == (2, "Error: Name tasks by their ids, or all of them with --all.")


def test_a_misspelt_one_is_told_the_nearest(pymacaron: Command) -> None:
    done = pymacaron("tasks", "lst")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: There is no command 'tasks lst'. Did you mean 'list'?",
    )


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "there is no pym-config.yaml here or above, which says where tasks wait"),
        (
            f"{CONFIG}broker_url: memory://\n",
            "broker_url is memory://: such tasks are known to nobody but the process that has sent them",
        ),
        (
            f"{CONFIG}broker_url: amqp://ann:hunter2@h\n",
            "broker_url names no queue. Write redis://host:6379/0, rediss://..., sqs:// or memory://; without it there "
            "is a file for them",
        ),
        (f"{CONFIG}broker_url: redis://:hunter2@h/0?sockettimeout=5\n", f"{NO_OPTION}. {ENCODE}"),
        (f"{CONFIG}broker_url: redis://:hunter2@h/notadb\n", f"{NO_DATABASE}. {ENCODE}"),
        (f"{CONFIG}broker_url: redis://:hunter@two/2secret@127.0.0.1:9/0\n", f"{NO_DATABASE}. {ENCODE}"),
        (
            f"{CONFIG}broker_url: redis://:hunter2@h:99999/0\n",
            f"{UNUSABLE}: its port is no number from 1 to 65535. {ENCODE}",
        ),
    ],
)
def test_a_service_without_such_a_queue_is_told(
    pymacaron: Command, tmp_path: Path, config: str | None, told: str
) -> None:
    if config is not None:
        (tmp_path / "pym-config.yaml").write_text(config)
    for command in (["list"], ["retry", "--all"], ["drop", "--all"]):
        done = pymacaron("tasks", *command)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {told}\n")


def test_all_of_the_command_is_listed(pymacaron: Command) -> None:
    told: Callable[[str], bool] = pymacaron("tasks", "--help").stdout.__contains__
    assert all(map(told, ("list ", "retry ", "drop ")))
