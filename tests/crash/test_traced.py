"""A traceback keeps its source code, and nothing that looks like code elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pymacaron.crash.scrubbing import Scrubbing
from pymacaron.crash.traced import stack, trace

SOURCE = """\
def sign(user, role):
    token = dict(role)[user]
    return token

def login(body):
    return {"token": sign(body["user"], role={"a": "hunter2"})}

def deep(number):
    return deep(number - 1) if number else login({"user": "x"})

def where(frames):
    return {"token": frames(str("hunter2"), here=1)}
"""


@pytest.fixture
def service(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "api.py"
    path.write_text(SOURCE)
    names: dict[str, Any] = {}
    exec(compile(SOURCE, str(path), "exec"), names)
    return names


def test_what_is_called_stays_and_literals_are_masked(service: dict[str, Any]):
    with pytest.raises(KeyError) as raised:
        service["login"]({"user": "ann"})
    text = trace(raised.value, Scrubbing())
    assert '    return {"token": sign(body["user"], role={********: ********})}\n' in text
    assert "    token = dict(role)[user]\n" in text
    assert text.endswith("KeyError: 'ann'\n")


def test_a_text_that_looks_like_a_frame_is_none(service: dict[str, Any]):
    with pytest.raises(KeyError) as raised:
        service["login"]({"user": "ann"})
    forged = '  File "/srv/api.py", line 6, in login\n    token = hunter2(1)\n'
    raised.value.add_note(forged)
    text = trace(raised.value, Scrubbing()) + trace(ValueError(f"x\n{forged}"), Scrubbing())
    assert "hunter2" not in text
    assert text.count("    token = ********)\n") == 2


def test_a_line_of_a_template_is_a_text_like_others(tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_text("password: hunter2(1)\n")
    with pytest.raises(ZeroDivisionError) as raised:
        exec(compile("1 / 0", str(path), "exec"))
    text = trace(raised.value, Scrubbing())
    assert "password: ********)" in text
    assert "hunter2" not in text


def test_causes_and_groups_are_told(service: dict[str, Any]):
    errors = []
    for _ in range(2):
        try:
            service["login"]({"user": "ann"})
        except KeyError as error:
            errors.append(error)
    group = ExceptionGroup("both", errors)
    group.__cause__ = errors[0]
    text = trace(group, Scrubbing())
    assert "direct cause of the following exception" in text
    assert text.count("KeyError: 'ann'") == 3


@pytest.mark.parametrize("knows_all", [True, False])
def test_a_long_trace_keeps_its_end(service: dict[str, Any], knows_all: bool):
    with pytest.raises(KeyError) as raised:
        service["deep"](500)
    text = trace(raised.value, Scrubbing(is_whole=knows_all))
    assert len(text) <= 20_010
    assert text.endswith("KeyError: 'x'\n" if knows_all else "KeyError: ********\n")
    assert "hunter2" not in text


def test_a_stack_keeps_its_code(service: dict[str, Any]):
    text = service["where"](lambda *_, **__: stack(sys._getframe(), Scrubbing(is_whole=False)))["token"]
    assert '    return {"token": frames(str(********), here=********)}\n' in text
    assert trace(None, Scrubbing()) == stack(None, Scrubbing()) == ""
