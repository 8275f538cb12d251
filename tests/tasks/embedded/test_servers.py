"""`with_async: true`: one worker for a service on a machine, whichever servers it has, and as long as it has one."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from pymacaron.tasks.arguments import decode

BARE = ("-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "3", "server:app")
OURS = ("-m", "gunicorn", "--config", "python:pymacaron.gunicorn", *BARE[2:])
GRANIAN = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2", "--no-ws", "server:app")
WERKZEUG = ("server.py", "--port", "{port}")
RUN = ("-m", "pymacaron", "run", "--port", "{port}")
SERVERS = {
    "werkzeug": WERKZEUG,
    "gunicorn": OURS,
    "gunicorn that loads it once": ("-m", "gunicorn", "--preload", *OURS[2:]),
    "gunicorn without our config": BARE,
    "gunicorn without our config that loads it once": ("-m", "gunicorn", "--preload", *BARE[2:]),
    "gunicorn with gevent": ("-m", "gunicorn", "--worker-class", "gevent", *BARE[2:]),
    "granian": ("-m", "granian", *GRANIAN),
    "granian of ours": ("-m", "pymacaron.granian", *GRANIAN),
    "run": RUN,
    "run granian": ("-m", "pymacaron", "run", "--server", "granian", "--port", "{port}", "--workers", "2"),
}


@pytest.fixture(autouse=True)
def with_async(shop: Any) -> None:
    shop.configure(with_async="true")


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_has_one_worker_which_finishes_what_it_runs_when_that_ends(shop: Any, server: str) -> None:
    port = shop.serve(*SERVERS[server])
    task = shop.post(port, "slow")
    shop.until(lambda: shop.ran("slow"))
    assert len(shop.workers()) == 1
    shop.processes[-1].terminate()
    shop.until(lambda: "stops, when what it runs has ended" in shop.log)
    (shop.folder / "go").touch()
    shop.processes[-1].wait(60)
    assert decode(shop.ended(task).result) == "done"
    shop.until(lambda: not shop.lives())
    assert shop.log.count("runs tasks of") == 1
    assert "Traceback" not in shop.log


def test_a_worker_that_was_killed_is_followed_by_another(shop: Any) -> None:
    port = shop.serve(*OURS)
    task = shop.post(port, "slow")
    shop.until(lambda: shop.ran("slow"))
    (first,) = shop.workers()
    os.kill(first, signal.SIGKILL)
    shop.until(lambda: len(shop.ran("slow")) == 2)
    assert len(shop.workers()) == 1
    assert shop.workers() != [first]
    (shop.folder / "go").touch()
    assert shop.result(task) == "done"
    assert shop.log.count("the worker for tasks has ended with signal 9; another one is started in 1 s") == 1


def test_a_worker_ends_after_its_server_was_killed(shop: Any) -> None:
    port = shop.serve(*WERKZEUG)
    shop.result(shop.post(port, "mark"))
    shop.processes[-1].kill()
    shop.until(lambda: not shop.lives())
    assert "the server that has started this worker is gone" in shop.log


def test_another_process_of_the_server_goes_on_where_the_one_that_had_started_the_worker_was_killed(shop: Any) -> None:
    port = shop.serve(*OURS)
    shop.result(shop.post(port, "mark"))
    (first,) = shop.workers()
    with open(f"/proc/{first}/stat", encoding="ascii") as file:
        server = int(file.read().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    shop.until(lambda: len(shop.workers()) == 1 and shop.workers() != [first])
    assert shop.result(shop.fire("mark", "a"))[0] == "a"


def test_two_servers_of_a_service_have_one_worker_which_the_second_goes_on_with(shop: Any) -> None:
    port = shop.serve(*WERKZEUG)
    first = shop.processes[-1]
    shop.result(shop.post(port, "mark"))
    worker = shop.workers()
    port = shop.serve(*OURS)
    assert shop.result(shop.post(port, "mark"))
    assert shop.workers() == worker
    first.terminate()
    shop.until(lambda: len(shop.workers()) == 1 and shop.workers() != worker)
    assert shop.result(shop.post(port, "mark"))


def test_a_worker_that_somebody_has_started_stays_the_only_one(shop: Any) -> None:
    worker = shop.work()
    port = shop.serve(*WERKZEUG)
    assert shop.result(shop.post(port, "mark"))
    assert shop.workers() == [worker.pid]
    worker.terminate()
    worker.wait()
    shop.until(lambda: len(shop.workers()) == 1)
    assert shop.result(shop.post(port, "mark"))


def test_who_only_imports_a_server_starts_no_worker(shop: Any) -> None:
    look = "import server, threading; print([one.name for one in threading.enumerate()])"
    assert shop.start("-c", look).wait(60) == 0
    assert shop.log == "['MainThread']\n"


def test_no_worker_is_started_unless_it_is_asked_for(shop: Any) -> None:
    shop.configure()
    port = shop.serve(*WERKZEUG)
    task = shop.post(port, "mark")
    shop.processes[-1].terminate()
    shop.processes[-1].wait()
    assert shop.queue.outcome(task).state == "waiting"
    assert "runs tasks" not in shop.log


def test_a_worker_that_cannot_start_says_why_and_is_tried_again_ever_less_often(shop: Any) -> None:
    with (shop.folder / "server.py").open("a") as file:
        file.write("if 'pymacaron.cli.worker' in __import__('sys').modules: raise ValueError('no')\n")
    shop.serve(*OURS)
    shop.until(lambda: "another one is started in 2 s" in shop.log)
    assert shop.log.count("the worker for tasks has ended with code 1; another one is started in 1 s") == 1
    assert "ValueError: no" in shop.log
    assert len(shop.workers()) <= 1


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn", "run"])
def test_a_task_of_server_py_itself_is_found_by_its_worker(shop: Any, server: str) -> None:
    text = (shop.folder / "server.py").read_text()
    task = "from pymacaron.tasks import asynctask\n\n\n@asynctask\ndef here(given):\n    return [__name__, given]\n\n\n"
    fires = "@app.post('/here')\ndef fire():\n    return {'id': here.fire('a').id}\n\n\n"
    (shop.folder / "server.py").write_text(text.replace("letsgo(", f"{task}{fires}letsgo("))
    port = shop.serve(*SERVERS[server])
    assert shop.result(shop.post(port, "", "/here")) == ["server", "a"]


def test_a_worker_is_of_the_mode_of_its_server(shop: Any) -> None:
    with (shop.folder / "shop.py").open("a") as file:
        file.write("\n@asynctask\ndef mode():\n    from pymacaron import config\n    return config.is_dev()\n")
    port = shop.serve(*WERKZEUG, "--debug")
    assert shop.result(shop.post(port, "mode")) is True


def test_a_new_version_has_a_worker_of_its_own(shop: Any) -> None:
    port = shop.serve(*RUN)
    assert shop.result(shop.post(port, "mark"))[1] == 1
    (shop.folder / "shop.py").write_text((shop.folder / "shop.py").read_text().replace("VERSION = 1", "VERSION = 22"))
    shop.until(lambda: shop.log.count("runs tasks of") == 2)
    assert shop.result(shop.post(port, "mark"))[1] == 22
    assert len(shop.workers()) == 1
