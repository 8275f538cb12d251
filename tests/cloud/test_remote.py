"""The same in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud.remote import Remote

CHILD = """
import boto3
eb = boto3.client("elasticbeanstalk")
eb.create_application(ApplicationName="shop")
print(eb.describe_applications()["Applications"][0]["ApplicationName"])
"""


@pytest.fixture(scope="module")
def process() -> Iterator[dict[str, Any]]:
    folder = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    running = subprocess.Popen([sys.executable, "-m", "cloud"], env=environment, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        yield json.loads(running.stdout.readline())
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def test_a_test_says_there_what_it_says_here(process: dict[str, Any]) -> None:
    aws = Remote(process["control"])
    aws.kill_after(1, action="CreateApplication")
    command, environment = [sys.executable, "-c", CHILD], {**os.environ, **process["environ"]}
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    assert aws.writes == ["elasticbeanstalk:CreateApplication"]
    aws.forget()
    assert aws.calls == []
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "Application shop already exists." in done.stderr
    assert [(call["operation"], call["status"]) for call in aws.calls] == [("CreateApplication", 400)]
    assert aws.environments == {}
    with pytest.raises(ValueError, match="'slowly' is no fault"):
        aws.fail("slowly")
