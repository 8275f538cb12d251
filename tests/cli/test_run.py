"""`pymacaron run`: real services, changed while they run."""

from __future__ import annotations

import http.client
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from upstreams.process import accepts

DEADLINE_S = 60
BANNER = re.compile(r"^shop \d\.0\.0  .*http://127\.0\.0\.1:(\d+)", re.MULTILINE)
SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    api = API(app, port=port, debug=debug)
    api.load_apis(os.path.join(os.path.dirname(os.path.realpath(__file__)), "apis"))
    api.start(serve="shop")


letsgo(__name__, callback=start)
"""
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /number:
    get:
      operationId: shop.api.get_number
      responses: {"200": {$ref: "../shared/parts.yaml#/Number"}}
  /slow/{name}:
    get:
      operationId: shop.api.get_slow
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {$ref: "../shared/parts.yaml#/Number"}}
"""
PARTS = """
Number: {description: A number, content: {application/json: {schema: {type: object}}}}
"""
API = """
import os
import time
from pathlib import Path


def get_number():
    return {"number": 1, "key": os.environ.get("SHOP_KEY", ""), "process": os.getpid()}


def get_slow(name):
    Path("started").touch()
    while not Path(name).exists():
        time.sleep(0.01)
    return {"number": 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "service"
    for name, text in {
        "server.py": SERVER,
        "apis/shop.yaml": SHOP,
        "shared/parts.yaml": PARTS,
        "shop/api.py": API,
        "pym-config.yaml": "name: shop\nlive_host: http://localhost\n",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def environment(**more: str) -> dict[str, str]:
    dropped = ("PYM_", "COV_", "PORT", "SHOP_", "WEB_CONCURRENCY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYM_SHUTDOWN_DELAY": "0", **more}


class Running:
    """A `pymacaron run` and all that it has printed."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path):
        self.process = process
        self.log = log

    @property
    def printed(self) -> str:
        return self.log.read_text()

    @property
    def port(self) -> int:
        self.until(lambda: BANNER.search(self.printed))
        match = BANNER.search(self.printed)
        assert match is not None
        return int(match[1])

    def until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, self.printed
            assert self.process.poll() is None, self.printed
            time.sleep(0.02)

    def prints(self, text: str) -> None:
        self.until(lambda: text in self.printed)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def answers(self, text: str) -> None:
        self.until(lambda: text.encode() in self.get("/number")[1])


@contextmanager
def running(folder: Path, *arguments: str, **more: str) -> Iterator[Running]:
    log = folder.parent / "log"
    command = [sys.executable, "-m", "pymacaron", "run", "--port", "0", *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**more), stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(DEADLINE_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ended(folder: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pymacaron", "run", *arguments],
        **{"cwd": folder, "env": environment(**more), "capture_output": True, "text": True, "check": False},
    )
    return done.returncode, done.stdout, done.stderr


def edit(path: Path, old: str, new: str) -> None:
    """As editors do that write a new file and rename it."""
    text = path.read_text()
    assert old in text
    other = path.with_suffix(".new")
    other.write_text(text.replace(old, new))
    other.replace(path)


def is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_banner_and_a_line_for_each_request_are_printed(folder: Path) -> None:
    with running(folder) as service:
        assert service.get("/number?secret=sesame")[0] == 200
        service.prints(" 200 ")  # each line is written after its reply, by the thread of its call
        assert service.get("/nothing")[0] == 404
        service.prints(" 404 ")
        banner, *lines = service.printed.splitlines()
    assert banner == f"shop 1.0.0  2 operations, all bound  http://127.0.0.1:{service.port}/doc  (reloading)"
    assert [re.sub(r"\d+\.\d ms$", "0.0 ms", line) for line in lines] == [
        "GET    /number  shop.api.get_number  200  0.0 ms",
        "GET    /nothing  -  404  0.0 ms",
    ]


def test_lines_of_requests_that_end_at_once_are_whole(folder: Path) -> None:
    with running(folder) as service:
        with ThreadPoolExecutor(8) as callers:
            assert {status for status, _ in callers.map(lambda _: service.get("/number"), range(400))} == {200}
        service.until(lambda: service.printed.count(" ms\n") >= 400)
        _, *lines = service.printed.splitlines()
    assert {re.sub(r"\d+\.\d ms$", "0.0 ms", line) for line in lines} == {
        "GET    /number  shop.api.get_number  200  0.0 ms"
    }
    assert len(lines) == 400


def test_it_is_development_and_replies_are_checked(folder: Path) -> None:
    edit(folder / "shop" / "api.py", 'return {"number": 1, ', 'return ["no object"] or {')
    with running(folder) as service:
        status, body = service.get("/number")
        assert (status, b"an array is not an object" in body) == (500, True), body


@pytest.mark.parametrize(
    ("file", "old", "new", "printed"),
    [
        ("shop/api.py", '"number": 1, ', '"number": 2, ', "(reloaded: shop/api.py)"),
        ("apis/shop.yaml", "version: 1", "version: 2", "shop 2.0.0  2 operations"),
        ("shared/parts.yaml", "A number", "Some number", "(reloaded: shared/parts.yaml)"),
        ("pym-config.yaml", "localhost", "127.0.0.1", "(reloaded: pym-config.yaml)"),
    ],
)
def test_a_change_is_served(file: str, old: str, new: str, printed: str, folder: Path) -> None:
    with running(folder) as service:
        service.answers('"number":1')
        edit(folder / file, old, new)
        service.prints(printed)
        service.answers('"number":2' if file == "shop/api.py" else '"number":1')


def test_two_changes_in_a_second_are_both_served(folder: Path) -> None:
    path = folder / "shop" / "api.py"
    os.utime(path, ns=(10**18, 10**18))
    with running(folder) as service:
        service.answers('"number":1')
        edit(path, '"number": 1, ', '"number": 2, ')
        os.utime(path, ns=(10**18, 10**18 + 1000))
        service.answers('"number":2')
        edit(path, '"number": 2, ', '"number": 3, ')
        os.utime(path, ns=(10**18, 10**18 + 2000))
        service.answers('"number":3')


def test_a_new_file_is_a_change(folder: Path) -> None:
    with running(folder) as service:
        service.answers('"number":1')
        (folder / "apis" / "more.yaml").write_text(SHOP.replace("/number", "/more"))
        service.prints("(reloaded: apis/more.yaml)")


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        (
            "apis/shop.yaml",
            "get_number",
            "get_numbr",
            "apis/shop.yaml:7:20: error[unbound]: operationId 'shop.api.get_numbr' names no function\n"
            "     7 |       operationId: shop.api.get_numbr\n",
        ),
        ("apis/shop.yaml", "paths:", "paths: [", "error[yaml-syntax]"),
        ("shop/api.py", "def get_number():", "def get_number(:", "shop/api.py:7:16: error[module-syntax]"),
        ("shop/api.py", "import time", "import tyme", "error[module-import]"),
        ("server.py", "app = Flask", "app = = Flask", "server.py:6:7: error[module-syntax]"),
        ("server.py", "app = Flask", "app = Flsk", "server.py: error[module-import]"),
        ("pym-config.yaml", "live_host", "env_secrets: [SHOP_SECRET]\nlive_host", "error[missing-secret]"),
        ("server.py", "letsgo(__name__", "os._exit(3)\nletsgo(__name__", "ended while it was loaded, with exit code 3"),
    ],
)
def test_a_change_that_breaks_it_is_told_and_the_version_before_serves(
    file: str, old: str, new: str, finding: str, folder: Path
) -> None:
    with running(folder) as service:
        service.answers('"number":1')
        edit(folder / file, old, new)
        service.prints("The version before keeps serving; save a change to try again")
        assert finding in service.printed
        assert "Traceback" not in service.printed
        service.answers('"number":1')
        edit(folder / file, new, old)
        edit(folder / "shop" / "api.py", '"number": 1, ', '"number": 2, ')
        service.answers('"number":2')


def test_the_findings_are_those_of_check(folder: Path) -> None:
    edit(folder / "apis" / "shop.yaml", "get_number", "get_numbr")
    command = [sys.executable, "-m", "pymacaron", "check"]
    checked = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    findings = checked.stdout.rpartition("\n\n")[0]
    assert findings
    assert ended(folder, "--port", "0") == (1, "", f"{findings}\n")


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_findings_of_a_server_for_production_are_told_once(server: str, folder: Path) -> None:
    edit(folder / "apis" / "shop.yaml", "get_number", "get_numbr")
    code, out, err = ended(folder, "--server", server, "--port", "0", "--workers", "2")
    assert (code, out, err.count("names no function"), "Traceback" in err) == (1, "", 1, False)


def test_no_request_is_refused_while_versions_change(folder: Path) -> None:
    failures: list[object] = []
    answers: list[int] = []
    is_over = threading.Event()

    def ask(service: Running, port: int) -> None:
        while not is_over.is_set():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
                connection.request("GET", "/number")
                response = connection.getresponse()
                response.read()
                connection.close()
                answers.append(response.status)
            except (OSError, http.client.HTTPException) as error:
                failures.append(error)

    with running(folder) as service:
        threads = [threading.Thread(target=ask, args=(service, service.port)) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(1, 4):
                edit(folder / "shop" / "api.py", f'"number": {number}, ', f'"number": {number + 1}, ')
                service.answers(f'"number":{number + 1}')
            service.until(lambda: len(answers) > 300)
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
    assert failures == []
    assert set(answers) == {200}


def test_a_request_under_way_is_finished_by_the_version_that_has_it(folder: Path) -> None:
    got: list[tuple[int, bytes]] = []
    with running(folder) as service:
        thread = threading.Thread(target=lambda: got.append(service.get("/slow/done")))
        thread.start()
        service.until((folder / "started").exists)
        edit(folder / "shop" / "api.py", '"number": 1', '"number": 2')
        service.answers('"number":2')
        assert got == []
        (folder / "done").touch()
        thread.join()
        assert got == [(200, b'{"number":1}')]


def stop_by_terminal(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def stop_by_signal(process: subprocess.Popen[bytes]) -> None:
    process.terminate()


@pytest.mark.parametrize("stop", [stop_by_terminal, stop_by_signal])
@pytest.mark.parametrize("arguments", [[], ["--no-reload"]])
def test_it_stops_clean(stop: Callable[[Any], None], arguments: list[str], folder: Path) -> None:
    with running(folder, *arguments) as service:
        service.answers('"number":1')
        before = service.printed
        assert before.splitlines()[0].endswith("/doc" if arguments else "(reloading)")
        stop(service.process)
        assert service.process.wait(DEADLINE_S) == 0
        assert is_gone(service.process.pid)
        assert "Traceback" not in service.printed


def test_it_stops_while_a_request_never_ends(folder: Path) -> None:
    with running(folder) as service:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=DEADLINE_S)
        connection.request("GET", "/slow/never")
        service.until((folder / "started").exists)
        stop_by_terminal(service.process)
        assert service.process.wait(DEADLINE_S) == 0
        connection.close()
        assert is_gone(service.process.pid)


def test_no_process_is_left_where_the_parent_is_killed(folder: Path) -> None:
    with running(folder) as service:
        service.answers('"number":1')
        service.process.kill()
        service.process.wait()
        deadline = time.monotonic() + DEADLINE_S
        while not is_gone(service.process.pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_service_that_ends_by_itself_is_started_by_the_next_change(folder: Path) -> None:
    with running(folder) as service:
        process = int(re.search(rb'"process":(\d+)', service.get("/number")[1])[1])  # type: ignore[index]
        os.kill(process, signal.SIGKILL)
        service.prints("error: the service ended by itself, with exit code -9\nNothing serves; save a change")
        edit(folder / "shop" / "api.py", '"number": 1', '"number": 2')
        service.answers('"number":2')


def test_a_variable_of_the_file_is_set_unless_it_is(folder: Path) -> None:
    (folder / ".env").write_text("export SHOP_KEY='sesame one'\n")
    with running(folder) as service:
        service.answers('"key":"sesame one"')
        (folder / ".env").write_text("SHOP_KEY=sesame two # another\n")
        service.answers('"key":"sesame two"')
        (folder / ".env").write_text("SHOP_KEY='sesame\n")
        service.prints(".env:1 is no line KEY=VALUE")
        assert "sesame" not in service.printed
    assert ended(folder)[:2] == (1, "")
    (folder / ".env").write_text("SHOP_KEY=sesame\n")
    with running(folder, SHOP_KEY="known") as service:
        service.answers('"key":"known"')


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for server in ("dev", "gunicorn", "granian"):
            code, out, err = ended(folder, "--server", server, "--port", str(port))
            assert (code, out) == (1, "")
            assert err.startswith(f"error: cannot listen on 127.0.0.1:{port}: Address already in use. Stop the program")


def test_a_port_of_the_environment_is_taken(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / ".env").write_text(f"PORT={port}\n")
        assert f"127.0.0.1:{port}: Address already in use" in ended(folder)[2]
    assert ended(folder, PORT="nonsense")[0] == 2


def test_without_a_server_it_says_where_it_looked(tmp_path: Path) -> None:
    code, out, err = ended(tmp_path)
    assert (code, out) == (2, "")
    assert f"There is no server.py in {tmp_path}. Name the file" in err
    assert "pymacaron new NAME" in err
    assert f"There is no other.py in {tmp_path}." in ended(tmp_path, "other.py")[2]


def test_workers_are_for_servers_that_have_some(folder: Path) -> None:
    code, _, err = ended(folder, "--workers", "2")
    assert (code, "--workers is for --server gunicorn and --server granian" in err) == (2, True)


def test_a_server_that_is_not_installed_is_said_with_its_command(folder: Path) -> None:
    hidden = "import sys; sys.modules['granian'] = None; from pymacaron.cli import main; main()"
    (folder / "granian").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", hidden, "run", "--server", "granian"],
        **{"cwd": folder, "env": environment(), "capture_output": True, "text": True, "check": False},
    )
    message = "error: granian is not installed. Install it with: pip install 'pymacaron[granian]'\n"
    assert (done.returncode, done.stderr) == (1, message)


def test_it_is_found_from_elsewhere(folder: Path, tmp_path: Path) -> None:
    with running(tmp_path / "service", "../service") as service:
        service.answers('"number":1')


@pytest.mark.parametrize(("server", "started"), [("gunicorn", "Booting worker"), ("granian", "Started worker-")])
def test_a_server_for_production_answers_and_stops(server: str, started: str, folder: Path) -> None:
    (folder / ".env").write_text("SHOP_KEY=sesame\n")
    with running(folder, "--server", server, "--workers", "2") as service:
        service.until(lambda: service.printed.count(started) == 2 and accepts(service.port))
        service.answers('"key":"sesame"')
        assert f"shop 1.0.0  2 operations, all bound  http://127.0.0.1:{service.port}" in service.printed
        stop_by_signal(service.process)
        assert service.process.wait(DEADLINE_S) == 0
        assert is_gone(service.process.pid)


def on_terminal(folder: Path, variables: Mapping[str, str]) -> str:
    """What a terminal shows of a service that answers once."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pymacaron", "run", "--port", "0"],
        **{"cwd": folder, "env": environment(**variables), "stdout": theirs, "stderr": theirs},
    )
    os.close(theirs)
    shown = ""
    try:
        while " ms" not in shown:
            is_known = BANNER.search(shown)
            shown += os.read(mine, 1 << 16).decode().replace("\r\n", "\n")
            match = BANNER.search(shown)
            if match and not is_known:
                connection = http.client.HTTPConnection("127.0.0.1", int(match[1]), timeout=DEADLINE_S)
                connection.request("GET", "/number")
                connection.getresponse().read()
                connection.close()
        return shown
    finally:
        process.terminate()
        process.wait(DEADLINE_S)
        os.close(mine)


def test_colours_are_for_terminals(folder: Path) -> None:
    assert "\x1b[32m200\x1b[0m" in on_terminal(folder, {"TERM": "xterm"})
    assert "\x1b" not in on_terminal(folder, {"TERM": "xterm", "NO_COLOR": "1"})


def test_what_is_imported_from_elsewhere_and_a_config_above_are_watched(folder: Path) -> None:
    (folder / "pym-config.yaml").replace(folder.parent / "pym-config.yaml")
    shared = folder.parent / "library" / "shared_number.py"
    shared.parent.mkdir()
    shared.write_text("NUMBER = 1\n")
    edit(folder / "shop" / "api.py", '"number": 1, "key"', '"number": shared_number.NUMBER, "key"')
    edit(folder / "shop" / "api.py", "import time", "import time\nimport shared_number")
    with running(folder, PYTHONPATH=str(shared.parent)) as service:
        service.answers('"number":1')
        edit(shared, "1", "2")
        service.prints("(reloaded: ../library/shared_number.py)")
        service.answers('"number":2')
        edit(folder.parent / "pym-config.yaml", "localhost", "127.0.0.1")
        service.prints("(reloaded: ../pym-config.yaml)")


@pytest.mark.parametrize(
    ("request_line", "line"),
    [
        (b"GET /" + b"a" * (1 << 16) + b" HTTP/1.1", "-        -  414  "),
        (b"\x1b[31mGET /number HTTP/1.1", "?[31mGET /number  -  405  "),
        (b"GET /\x1b[31m HTTP/1.1", "GET    /?[31m  -  404  "),
    ],
)
def test_a_request_that_nobody_should_send_is_a_line_of_its_own(request_line: bytes, line: str, folder: Path) -> None:
    with running(folder) as service, socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(request_line + b"\r\nHost: localhost\r\n\r\n")
        service.prints(line)
        assert "Traceback" not in service.printed
        assert "\x1b" not in service.printed


def test_it_goes_on_where_nobody_reads_what_it_prints(folder: Path) -> None:
    log = folder.parent / "errors"
    command = [sys.executable, "-m", "pymacaron", "run", "--port", "0"]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    try:
        banner = process.stdout.readline().decode()
        process.stdout.close()
        log.write_text(banner)
        service = Running(process, log)
        service.answers('"number":1')
        edit(folder / "shop" / "api.py", '"number": 1, ', '"number": 2, ')
        service.answers('"number":2')
    finally:
        process.terminate()
        process.wait(DEADLINE_S)
    assert "Traceback" not in log.read_text()


def test_a_program_that_the_service_has_started_ends_with_it_at_the_terminal(folder: Path) -> None:
    program = f"import subprocess\nsubprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(3600)'])\n"
    with (folder / "shop" / "api.py").open("a") as file:
        file.write(program)
    with running(folder) as service:
        service.answers('"number":1')
        stop_by_terminal(service.process)
        assert service.process.wait(DEADLINE_S) == 0
        deadline = time.monotonic() + DEADLINE_S
        while not is_gone(service.process.pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_server_that_ends_itself_is_said(folder: Path) -> None:
    edit(folder / "server.py", "letsgo(__name__", "raise SystemExit(3)\nletsgo(__name__")
    for server in ("dev", "gunicorn"):
        code, out, err = ended(folder, "--server", server, "--port", "0")
        assert (code, out, err) == (1, "", "error: server.py ended itself: sys.exit(3)\n")


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_an_app_of_another_name_is_said_before_a_server_for_production_starts(server: str, folder: Path) -> None:
    text = (folder / "server.py").read_text()
    (folder / "server.py").write_text(text.replace("app = Flask", "other = Flask").replace("API(app", "API(other"))
    code, out, err = ended(folder, "--server", server, "--port", "0")
    message = "error: server.py has no 'app', which servers for production look for. Write: app = Flask(__name__)\n"
    assert (code, out, err) == (1, "", message)


HANG = "\nimport sys\nif {condition}:\n    Path('started').touch()\n    time.sleep(3600)\n"


@pytest.mark.parametrize("stop", [stop_by_terminal, stop_by_signal])
def test_a_server_for_production_stops_while_the_service_is_tried(stop: Callable[[Any], None], folder: Path) -> None:
    with (folder / "shop" / "api.py").open("a") as file:
        file.write(HANG.format(condition="True"))
    with running(folder, "--server", "gunicorn") as service:
        service.until((folder / "started").exists)
        stop(service.process)
        assert service.process.wait(DEADLINE_S) == 0
        assert service.printed.strip() == ""
        assert is_gone(service.process.pid)


def test_a_worker_of_granian_that_still_starts_ends_when_it_is_told(folder: Path) -> None:
    with (folder / "shop" / "api.py").open("a") as file:
        file.write(HANG.format(condition="'granian' in sys.modules"))
    with running(folder, "--server", "granian", "--workers", "1") as service:
        service.until((folder / "started").exists)
        stop_by_signal(service.process)
        assert service.process.wait(DEADLINE_S) == 0
        assert "Killing" not in service.printed
        assert is_gone(service.process.pid)


def test_a_thread_does_not_keep_the_service_from_being_tried(folder: Path) -> None:
    with (folder / "shop" / "api.py").open("a") as file:
        file.write("\nimport sys, threading\nif 'gunicorn.arbiter' not in sys.modules:\n")
        file.write("    threading.Thread(target=lambda: threading.Event().wait()).start()\n")
    with running(folder, "--server", "gunicorn", "--workers", "1") as service:
        service.until(lambda: accepts(service.port))
        service.answers('"number":1')
