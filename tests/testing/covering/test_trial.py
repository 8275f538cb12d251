"""What is told, written and asked for of the coverage of a trial; several runs put together."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pymacaron.cli.coverage import coverage
from pymacaron.spec.load import load
from pymacaron.testing.covering import Report, Wanted, covered, read
from pymacaron.testing.covering.points import Owner, Point
from pymacaron.testing.reached import Target

ONE = """\
openapi: 3.1.0
info: {title: One, version: 1.0.0}
paths:
  /a:
    get:
      responses:
        "200": {description: It}
        "404": {description: None}
"""
TOLD = """\
Coverage of one by 1 call
  operations               1 of 1      100.0 %
  statuses                 0 of 1        0.0 %
  errors                   1 of 1      100.0 %
  all                      2 of 3       66.6 %

Not reached:
  {file}:7: GET /a: status 200
{end}"""


def ask(target: Target) -> int:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=20)
    connection.request("GET", "/a")
    connection.getresponse().read()
    connection.close()
    return 0


def test_a_trial_is_told_written_and_held_against_the_gate(server: Any, tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(ONE)
    told: list[str] = []
    wanted = Wanted(True, tmp_path / "out" / "one.html", tmp_path / "one.json", 80)
    target = Target("127.0.0.1", server.port)
    assert covered(ask, wanted, [load(file)], told.append)(target) == 1
    name = json.loads((tmp_path / "one.json").read_text())["apis"][0]["file"]
    gate = "coverage is 66.6 %, and 80 % is wanted: 2 of 3 reached"
    assert "\n".join(told) == TOLD.format(file=name, end=gate)
    assert "66.6 %" in (tmp_path / "out" / "one.html").read_text()
    assert covered(ask, Wanted(fail_under=66.6), [load(file)], told.append)(target) == 0
    server.answers["/a"] = (200, {}, b"")
    assert covered(ask, Wanted(json=tmp_path / "two.json", fail_under=60), [load(file)], told.append)(target) == 0
    one, two = (str(tmp_path / f"{name}.json") for name in ("one", "two"))
    done = CliRunner().invoke(coverage, [one, two, "--json", str(tmp_path / "both.json"), "--fail-under", "100"])
    assert (done.exit_code, "all                      3 of 3      100.0 %" in done.output) == (0, True)
    assert [point.count for point in read(tmp_path / "both.json").points] == [2, 1, 1]


def test_a_file_that_is_no_report_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    done = CliRunner().invoke(coverage, [str(tmp_path / "x.json")])
    assert (done.exit_code, "is no coverage report: --coverage-json writes one" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("reached", "total", "percent", "opens"),
    [
        (0, 5, 0.0, True),
        (0, 0, 0.0, True),
        (0, 0, 1.0, False),
        (9995, 10_000, 99.95, True),
        (9996, 10_000, 99.96, True),
        (9996, 10_000, 99.97, False),
        (9999, 10_000, 100.0, False),
        (10_000, 10_000, 100.0, True),
        (999, 1000, 99.9, True),
        (29, 100, 29.0, True),
    ],
)
def test_the_gate_is_exact_and_what_is_told_agrees(reached: int, total: int, percent: float, opens: bool) -> None:
    owner = Owner("one", "GET /a", True)
    points = [Point(str(one), "status", owner, "200", "one.yaml", 1, int(one < reached)) for one in range(total)]
    found = Report([("one", "One", "one.yaml")], 0, 0, points)
    assert (found.short_of(percent) == "") is opens
    assert (found.total.percent == 100.0) is (reached == total)
    assert opens or not total or found.total.percent < percent
