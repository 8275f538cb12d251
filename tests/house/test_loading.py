"""What is loaded, and when: a program that asks for little does not pay for Flask."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {"asyncio", "boto3", "celery", "click", "flask", "httpx2", "jsonschema_rs", "jwt", "msgspec", "pytest", "redis"}
HEAVY |= {"werkzeug", "yaml"}


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
