"""`pymacaron test`: what it runs against which service, what stands where, exit codes, and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from upstreams.certificates import certificate, serving
from upstreams.process import accepts

from .conftest import Command, environment

CONFIG = """\
name: shop
jwt_issuer: shop.example.com
jwt_audience: shop
jwt_secret: SHOP_SECRET
"""
SERVER = """\
import os
from pathlib import Path
from flask import Flask
from pymacaron import API, letsgo
from pymacaron.auth import get_userid
app = Flask(__name__)
@app.get("/env")
def env():
    return os.environ.get("PYM_ENV", "")
@app.get("/fault")
def fault():
    raise RuntimeError("the shelf is empty")
def start(port=80, debug=False):
    Path("pid").write_text(str(os.getpid()))
    API(app, port=port, debug=debug).start()
letsgo(__name__, callback=start)
"""
#: As it is written since ever
OLD = """\
from pymacaron_unit.testcase import PyMacaronTestCase
class Test(PyMacaronTestCase):
    def test_ping(self):
        self.assertHasPing()
    def test_the_token_is_good(self):
        assert self.token
        self.assertHasAuthVersion()
"""
LAST = r"=+ {} in .*=+"


@pytest.fixture(autouse=True)
def service(tmp_path: Path) -> Path:
    """One that nobody has started: at the port where a server is looked for is none."""
    (tmp_path / "pym-config.yaml").write_text(CONFIG)
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / ".env").write_text("PYM_SERVER_PORT=1\n")
    (tmp_path / "testaccept").mkdir()
    (tmp_path / "testaccept" / "test_old.py").write_text(OLD)
    return tmp_path


def written(folder: Path, body: str) -> None:
    """The one test of the service."""
    (folder / "testaccept" / "test_old.py").unlink(missing_ok=True)
    (folder / "testaccept" / "test_new.py").write_text(f"import os\ndef test_it(server):\n    {body}\n")


def is_gone(pid: int) -> bool:
    """Whether it has ended; what nobody waits for may still have its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/status")
    try:
        return "\nState:\tZ" in status.read_text()
    except OSError:
        return not Path("/proc/self").exists()


def awaited(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_they_pass_against_a_server_of_their_own_which_is_stopped(pymacaron: Command, service: Path) -> None:
    done = pymacaron("test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(LAST.format("2 passed"), done.stdout.splitlines()[-1])
    told = (
        r"SHOP_SECRET: not set, so it is a secret of this run\n"
        r"Testing server\.py, started at (http://127\.0\.0\.1:\d+), since nothing answers at http://127\.0\.0\.1:1\n"
    )
    assert re.fullmatch(told, done.stderr), done.stderr
    assert is_gone(int((service / "pid").read_text()))


def test_results_are_written_as_junit_and_as_json(pymacaron: Command, service: Path) -> None:
    (service / "testaccept" / "test_more.py").write_text(
        "import pytest\ndef test_bad(): assert 1 == 2, 'no'\n"
        "def test_left_out(): pytest.skip('later')\n@pytest.fixture\ndef odd(): 1 / 0\ndef test_odd(odd): pass\n"
    )
    done = pymacaron("test", "--local", "--junit", "junit.xml", "--json", "out.json")
    assert done.returncode == 1
    assert re.fullmatch(LAST.format("1 failed, 2 passed, 1 skipped, 1 error"), done.stdout.splitlines()[-1])
    suite = ElementTree.parse(service / "junit.xml").getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "1", "1"]
    found = json.loads((service / "out.json").read_text())
    assert found["url"] in done.stderr
    assert found["exit_code"] == 1
    assert found["counts"] == {"passed": 2, "error": 1, "failed": 1, "skipped": 1}
    told = {case["name"]: (case["outcome"], case["message"]) for case in found["tests"]}
    assert told == {
        "testaccept.test_more::test_bad": ("failed", "AssertionError: no"),
        "testaccept.test_more::test_left_out": ("skipped", "later"),
        "testaccept.test_more::test_odd": (
            "error",
            'failed on setup with "ZeroDivisionError: division by zero"',
        ),
        "testaccept.test_old.Test::test_ping": ("passed", ""),
        "testaccept.test_old.Test::test_the_token_is_good": ("passed", ""),
    }


def test_results_that_cannot_be_written_are_a_wrong_call(pymacaron: Command, service: Path) -> None:
    """1 would say that tests have failed. The file is named as it was given."""
    there = service / "pym-config.yaml" / "out.json"
    for option in ("--json", "--junit", "--coverage-html", "--coverage-json"):
        done = pymacaron("test", option, str(there))
        assert done.returncode == 2
        assert f"Error: {there} cannot be written: {there.parent} is no folder" in done.stderr.splitlines()
        assert done.stdout == ""  # nothing was run


def test_without_a_junit_file_nobody_speaks_of_one(pymacaron: Command, service: Path) -> None:
    """The results have each outcome of pytest: an expected failure is a skipped test, with its reason."""
    (service / "testaccept" / "test_more.py").write_text(
        "import pytest\n@pytest.fixture\ndef odd():\n    yield\n    1 / 0\ndef test_odd(odd): pass\n"
        "@pytest.mark.xfail(reason='not yet')\ndef test_later(): assert 0\n"
        "@pytest.mark.parametrize('at', ['a::b'])\ndef test_each(at): pass\n"
    )
    (service / "testaccept" / "test_wrong.py").write_text("import nothing_of_this_name\n")
    done = pymacaron("test", "--json", "out.json", "--", "--continue-on-collection-errors")
    assert done.returncode == 1
    assert "xml" not in done.stdout
    assert re.fullmatch(LAST.format("4 passed, 1 xfailed, 2 errors"), done.stdout.splitlines()[-1])
    found = json.loads((service / "out.json").read_text())
    assert found["counts"] == {"passed": 3, "error": 2, "failed": 0, "skipped": 1}
    told = {case["name"]: (case["outcome"], case["message"].partition(" '")[0]) for case in found["tests"]}
    assert told == {
        "testaccept.test_wrong": ("error", told["testaccept.test_wrong"][1]),
        "testaccept.test_more::test_odd": ("error", 'failed on teardown with "ZeroDivisionError: division by zero"'),
        "testaccept.test_more::test_later": ("skipped", "not yet"),
        "testaccept.test_more::test_each[a::b]": ("passed", ""),
        "testaccept.test_old.Test::test_ping": ("passed", ""),
        "testaccept.test_old.Test::test_the_token_is_good": ("passed", ""),
    }


def test_when_tests_fail_it_is_told_what_the_server_wrote(pymacaron: Command, service: Path) -> None:
    written(service, "import urllib.request; urllib.request.urlopen(server.url + '/fault')")
    done = pymacaron("test")
    assert done.returncode == 1
    assert re.fullmatch(LAST.format("1 failed"), done.stdout.splitlines()[-1])
    assert "--- the last that the server wrote:\n" in done.stderr
    assert "RuntimeError: the shelf is empty" in done.stderr


def test_a_server_that_answers_is_used_and_goes_on(pymacaron: Command, service: Path, start: Any) -> None:
    port = start(service, SHOP_SECRET="x" * 32)
    done = pymacaron("test", PYM_SERVER_PORT=str(port), SHOP_SECRET="x" * 32)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == f"Testing the server that answers at http://127.0.0.1:{port}\n"
    done = pymacaron("test", "--host", "127.0.0.1", "--port", str(port))
    assert done.returncode == 1
    first, second = done.stderr.splitlines()[:2]
    assert first == f"Testing the server at http://127.0.0.1:{port}"
    assert re.match(r"No token is made \(PYM_JWT_TOKEN\): .*SHOP_SECRET is not set", second)


@pytest.fixture
def start() -> Iterator[Callable[..., int]]:
    """start(folder, **environment): the port of the service there, ended after the test."""
    processes = []

    def started(folder: Path, **variables: str) -> int:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        command = [sys.executable, "server.py", "--port", str(port)]
        processes.append(subprocess.Popen(command, cwd=folder, env=environment(**variables), stderr=subprocess.DEVNULL))

        awaited(lambda: accepts(port))
        return port

    yield started
    for process in processes:
        process.terminate()
        process.wait()


def test_what_stands_behind_two_dashes_is_for_pytest(pymacaron: Command) -> None:
    done = pymacaron("test", "testaccept/test_old.py::Test", "--", "-k", "ping", "-q")
    assert (done.returncode, done.stdout.splitlines()[-1][:21]) == (0, "1 passed, 1 deselecte")


def test_the_environment_is_that_of_the_server_and_of_the_tests(pymacaron: Command, service: Path) -> None:
    body = "import urllib.request as u; assert u.urlopen(server.url + '/env').read() == b'staging'; "
    written(service, f"{body}assert os.environ['PYM_ENV'] == 'staging'")
    assert pymacaron("test", "--env", "staging").returncode == 0


def test_the_old_name_is_the_same(service: Path) -> None:
    script = "from pymacaron.cli.test import run_acceptance_tests as run; run()"
    command = [sys.executable, "-c", script, "--local", "testaccept"]
    done = subprocess.run(command, cwd=service, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[:12]) == (0, "SHOP_SECRET:"), done.stdout + done.stderr
    done = subprocess.run(
        [*command, "--locl"], cwd=service, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: run_acceptance_tests [OPTIONS] [PATHS]")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--port", "1"], 3, "error: http://127.0.0.1:1 does not answer: Connection refused\n"),
        (["elsewhere"], 2, "error: there are no tests to run: elsewhere is not there\n"),
        (["--live", "--local"], 2, "Error: --local and --live name different services: give one of them.\n"),
        (["--live"], 2, "error: live_url is not set in pym-config.yaml. Add a line: live_url: ...\n"),
        (["pid"], 2, "error: no tests were run: pid has none\n"),
        (["--", "--nonsense"], 2, "error: no tests were run: pytest was called wrongly\n"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(
    pymacaron: Command, service: Path, arguments: list[str], code: int, told: str
) -> None:
    (service / "pid").mkdir()
    (service / "server.py").write_text(SERVER.replace('Path("pid").write_text(str(os.getpid()))', "pass"))
    done = pymacaron("test", *arguments)
    assert (done.returncode, done.stderr[-len(told) :]) == (code, told)
    assert "Traceback" not in done.stdout + done.stderr


def test_a_config_that_cannot_be_read_is_a_finding(pymacaron: Command, service: Path) -> None:
    (service / "pym-config.yaml").write_text("name: [shop\n")
    done = pymacaron("test")
    assert (done.returncode, done.stderr[:17]) == (2, "pym-config.yaml:1")


def interrupted(service: Path, number: int, *arguments: str, group: bool = True) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, stopped by a signal as soon as a test makes the file `reached`."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests may ignore it, which is inherited
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "pymacaron", "test", *arguments],
            cwd=service,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    awaited(lambda: (service / "reached").exists() or process.poll() is not None)
    (os.killpg if group else os.kill)(process.pid, number)
    told, said = process.communicate(timeout=60)
    return process.returncode, told, said


@pytest.mark.parametrize(("number", "group"), [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)])
def test_whatever_stops_it_stops_the_server_too(service: Path, number: int, group: bool) -> None:
    written(service, "import time; open('reached', 'w'); time.sleep(600)")
    code, told, said = interrupted(service, number, group=group)
    assert code == 130
    assert "KeyboardInterrupt" in told
    assert "Traceback" not in said
    assert is_gone(int((service / "pid").read_text()))


def test_a_ctrl_c_that_only_the_command_hears_is_handed_on(service: Path) -> None:
    body = "import time; open('pytest', 'w').write(str(os.getpid())); open('reached', 'w'); time.sleep(600)"
    written(service, body)
    code, told, _ = interrupted(service, signal.SIGINT, group=False)
    assert code == 130
    assert "KeyboardInterrupt" in told
    assert re.fullmatch(LAST.format("no tests ran"), told.splitlines()[-1])
    assert is_gone(int((service / "pytest").read_text()))


def test_whoever_kills_it_ends_the_server_and_the_tests_too(service: Path) -> None:
    body = "import time; open('pytest', 'w').write(str(os.getpid())); open('reached', 'w'); time.sleep(600)"
    written(service, body)
    code, _, _ = interrupted(service, signal.SIGKILL, group=False)
    assert code == -signal.SIGKILL
    awaited(lambda: is_gone(int((service / "pid").read_text())))
    awaited(lambda: is_gone(int((service / "pytest").read_text())))


def test_a_loop_goes_on_until_it_is_stopped_and_sums_up(service: Path) -> None:
    body = "file = open('runs', 'a'); file.write('x'); file.flush(); n = file.tell(); assert n != 2; "
    body += "n == 4 and open('reached', 'w').close(); n == 4 and __import__('time').sleep(600)"
    written(service, body)
    code, told, said = interrupted(service, signal.SIGINT, "--loop", "--", "-q")
    assert (code, said.splitlines()[-1]) == (1, "3 runs: 2 passed, 1 failed")
    assert (told.count("1 passed"), told.count("1 failed")) == (2, 1)
    assert is_gone(int((service / "pid").read_text()))


def test_no_ssl_check_reaches_test_cases_and_fixtures(pymacaron: Command, service: Path) -> None:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

    (service / "apis").mkdir()
    answer = "{'200': {description: '', content: {application/json: {schema: {type: object}}}}}"
    operation = f"{{get: {{operationId: get_it, responses: {answer}}}}}"
    (service / "apis" / "shop.yaml").write_text(
        f"openapi: 3.1.0\ninfo: {{title: Shop, version: '1'}}\npaths: {{/it: {operation}}}\n"
    )
    (service / "testaccept" / "test_old.py").write_text(
        "from pymacaron.test import PyMacaronTestCase\nfrom pymacaron.exceptions import is_error\n"
        "class Test(PyMacaronTestCase):\n    def test_ping(self):\n        self.assertHasPing()\n"
        "def test_it(api):\n    found = api.shop.get_it()\n    assert not is_error(found), found\n"
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.socket = serving(certificate(service, "elsewhere.example")).wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        (service / "pym-config.yaml").write_text(f"{CONFIG}live_host: https://127.0.0.1:{http.server_address[1]}\n")
        checked, unchecked = pymacaron("test", "--live"), pymacaron("test", "--live", "--no-ssl-check")
        http.shutdown()
        thread.join()
    assert checked.returncode == 3
    assert "is not trusted: self-signed certificate. --no-ssl-check tests it all the same" in checked.stderr
    assert unchecked.returncode == 0, unchecked.stdout
    assert re.fullmatch(LAST.format("2 passed"), unchecked.stdout.splitlines()[-1])
