"""What is loaded, and when: a program that asks for little does not pay for Flask."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"asyncio", "boto3", "celery", "click", "flask", "httpx2", "jsonschema_rs", "jwt", "msgspec", "pytest", "redis"}
HEAVY |= {"werkzeug", "yaml"}


#: A program of click's that shows its help, and the other modules of the standard library that ours may load for that
CLICK = """
import contextlib, dataclasses, difflib, runpy
import click

@click.group(epilog="Examples")
@click.option("--colour", type=click.Choice(["red"]))
def group(colour): pass

group.add_command(click.Command("paint", short_help="Paint it."))
with contextlib.suppress(SystemExit):
    group(["--help"])
"""
SCRIPT = str(Path(sys.executable).parent / "pymacaron")
#: What the command line is made of, before a command is known
OURS = {"pymacaron", "pymacaron.cli", "pymacaron.cli.terminal", "pymacaron.finding"}


def loaded(code: str) -> set[str]:
    """The heavy ones of the modules that a fresh interpreter has loaded after *code*."""
    report = "print()\nprint(json.dumps(list(sys.modules)))"
    code = f"import json, sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n{report}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])} & HEAVY


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import pymacaron") == set()


def test_the_command_line_loads_nothing_but_click_to_show_its_help() -> None:
    assert loaded("from pymacaron.cli import main; main(['--help'])") == {"click"}


def test_a_service_does_not_load_what_it_does_not_use() -> None:
    code = "from pymacaron import API; import flask; API(flask.Flask('x'), settings={'name': 'x'}).start()"
    assert loaded(code) & {"asyncio", "boto3", "celery", "httpx2", "pytest", "redis"} == set()


def test_a_service_loads_nothing_of_what_it_is_tested_with() -> None:
    code = """
import sys
from pathlib import Path
from flask import Flask
from pymacaron import API, crash
from pymacaron.store import current
from pymacaron.tasks import asynctask

root = Path(sys.argv[1])
sys.path.insert(0, str(root))
app = Flask("x")
API(app, settings={"name": "x", "store_url": "memory://", "broker_url": "memory://"}).load_apis(root / "apis").start()
assert app.test_client().get("/ping").status_code == 200
crash.report_error("out of tea")
current.store()
print(*(name for name in sys.modules if name.startswith(("pymacaron.testing", "pymacaron.test"))))
"""
    root = Path(__file__).resolve().parents[2] / "examples" / "helloworld"
    done = subprocess.run([sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ("", set()),
        ("jwt_issuers=[dict(issuer='https://login.example.com', audience='x')]", {"keysets"}),
    ],
)
def test_what_reads_the_keys_of_issuers_is_loaded_by_services_that_have_some(settings: str, needed: set[str]) -> None:
    code = f"""
import sys
from flask import Flask
from pymacaron import API
from pymacaron.auth import keys, schemes

secret = "0123456789abcdef0123456789abcdef"
given = dict(name="x", jwt_issuer="us", jwt_audience="x", jwt_secret=secret, {settings})
API(Flask("x"), settings=given).start()
assert keys.configured() is not None
print(*(name for name in ("keysets", "fetching") if f"pymacaron.auth.{{name}}" in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) >= needed
    assert needed or not done.stdout.split()


def imported(cache: Path, *arguments: str, **environment: str) -> set[str]:
    """
    The names of the modules that a Python called with *arguments* imports, as it reports them itself; of code that is
    compiled already, in *cache*, since the compiler imports some as well.
    """
    command = [sys.executable, "-X", "importtime", *arguments]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = ""
    for _ in range(2):
        env = {**kept, "PYTHONPYCACHEPREFIX": str(cache), **environment}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told = done.stderr
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", told, re.MULTILINE))


@pytest.mark.parametrize(
    ("arguments", "variables", "needed"),
    [
        ([SCRIPT, "--help"], {}, ""),
        (["-m", "pymacaron", "--help"], {}, ""),
        ([SCRIPT, "--version"], {}, "from importlib.metadata import version; version('click')"),
        (
            [SCRIPT],
            {"_PYMACARON_COMPLETE": "bash_complete", "COMP_WORDS": "pymacaron ro", "COMP_CWORD": "1"},
            "import click.shell_completion, shlex",
        ),
    ],
    ids=["help", "help of the module", "version", "completion of a command"],
)
def test_the_command_line_loads_four_modules_beyond_what_click_does(
    arguments: list[str], variables: dict[str, str], needed: str, tmp_path: Path
) -> None:
    assert imported(tmp_path, *arguments, **variables) - imported(tmp_path, "-c", f"{CLICK}\n{needed}") == OURS
