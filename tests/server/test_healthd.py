"""The log that Beanstalk's health agent reads: its files, and the lines that servers write to it together."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response

from pymacaron.server.healthd import HealthdFile, HealthdLog

HOUR = 1_700_002_800  # 2023-11-14 23:00:00 UTC
LINE = re.compile(r'[0-9]{10}\.[0-9]{3}"([^"\s]+)"([0-9]{3})"([0-9]+\.[0-9]{3})"\3"([^"\s]+)')
SERVER = """
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    API(app).start()


letsgo(__name__, callback=start)
"""


def lines(folder: Path) -> list[str]:
    return [line for file in sorted(folder.iterdir()) for line in file.read_text().splitlines()]


def test_a_line_is_as_the_agent_reads_it(tmp_path: Path) -> None:
    HealthdFile(str(tmp_path), lambda: HOUR + 0.5).write("/v1/orders/7", 200, 0.0124, "203.0.113.7, 10.0.0.1")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "application.log.2023-11-14-23": '1700002800.500"/v1/orders/7"200"0.012"0.012"203.0.113.7,\\x2010.0.0.1\n'
    }


def test_what_could_end_a_field_or_a_line_does_not(tmp_path: Path) -> None:
    HealthdFile(str(tmp_path), lambda: HOUR).write('/a"b\n\\c\xe9 ' + "x" * 1000, 404, 1, '"\r\n')
    [line] = lines(tmp_path)
    path = "/a\\x22b\\x0A\\x5Cc\\xE9\\x20" + "x" * 491
    assert line == f'1700002800.000"{path}"404"1.000"1.000"\\x22\\x0D\\x0A'


def test_each_hour_has_a_file_and_six_are_kept(tmp_path: Path) -> None:
    now = float(HOUR)
    file = HealthdFile(str(tmp_path), lambda: now)
    (tmp_path / "application.log.2023-11-14-16").write_text("of another process")
    (tmp_path / "application.log.txt").write_text("of somebody else")
    for hour in range(9):
        now = HOUR + hour * 3600 + 3599.9
        file.write("/", 200, 0, "-")
        file.write("/", 200, 0, "-")
    names = sorted(one.name for one in tmp_path.iterdir())
    assert names == [*(f"application.log.2023-11-15-0{hour}" for hour in range(1, 8)), "application.log.txt"]
    assert len(lines(tmp_path)) == 2 * 7 + 1


def test_a_folder_that_is_not_there_is_told_once_and_tried_again_in_an_hour(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = float(HOUR)
    file = HealthdFile(str(tmp_path / "later"), lambda: now)
    for _ in range(3):
        file.write("/", 200, 0, "-")
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert told == [f"healthd_log: no line can be written to {tmp_path / 'later'}: No such file or directory"]
    (tmp_path / "later").mkdir()
    now += 3600
    file.write("/", 200, 0, "-")
    assert len(lines(tmp_path / "later")) == 1


def test_threads_lose_no_line(tmp_path: Path) -> None:
    file = HealthdFile(str(tmp_path))

    def write(number: int) -> None:
        for one in range(200):
            file.write(f"/{number}/{one}", 200, 0, "-")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [LINE.fullmatch(line) for line in lines(tmp_path)]
    assert Counter(one[1] for one in found if one) == Counter(f"/{a}/{b}" for a in range(8) for b in range(200))


def test_each_request_is_a_line_without_its_query(tmp_path: Path) -> None:
    app = Flask("shop")

    @app.get("/stream")
    def stream() -> Response:
        return Response(iter(["1", "2"]))

    @app.get("/fails")
    def fails() -> None:
        raise KeyError

    vars(app)["wsgi_app"] = HealthdLog(app, HealthdFile(str(tmp_path)))
    client = app.test_client()
    for path in ("/stream?token=secret", "/fails", "/no%0Ane"):
        client.get(path, headers={"X-Forwarded-For": "203.0.113.7"}).close()
    found = [LINE.fullmatch(line) for line in lines(tmp_path)]
    told = [(one[1], one[2], one[4]) for one in found if one]
    assert told == [
        ("/stream", "200", "203.0.113.7"),
        ("/fails", "500", "203.0.113.7"),
        ("/no\\x0Ane", "404", "203.0.113.7"),
    ]


def test_without_the_setting_nothing_stands_in_the_way(service: Any) -> None:
    app = service("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n", {})
    assert not isinstance(vars(app).get("wsgi_app"), HealthdLog)


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_all_workers_of_a_server_write_to_one_file(server: str, start: Any, tmp_path: Path) -> None:
    folder, healthd = tmp_path / "service", tmp_path / "healthd"
    folder.mkdir()
    healthd.mkdir()
    (folder / "server.py").write_text(SERVER)
    (folder / "pym-config.yaml").write_text(f"name: shop\nlive_host: http://localhost\nhealthd_log: {healthd}\n")
    with start(server, folder) as service:
        before = len(lines(healthd))
        threads = [
            threading.Thread(target=lambda: [service.get("/version?secret=1") for _ in range(25)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = [LINE.fullmatch(line) for line in lines(healthd)[before:]]
    assert Counter((one[1], one[2]) for one in found if one) == {("/version", "200"): 100}
    assert len(list(healthd.iterdir())) in (1, 2)  # an hour may end meanwhile
