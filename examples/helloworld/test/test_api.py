"""Unit tests: the handlers called as Python functions, without a server."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from pymacaron import API, ApiPool
from pymacaron.testing import tasks as waiting_tasks

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from helloworld import api, tasks  # noqa: E402  found in the folder of this service


@pytest.fixture(autouse=True, scope="session")
def models():
    """Handlers make models, which are there once the descriptions are loaded."""
    API(Flask(__name__)).load_apis(ROOT / "apis")


def test_hello_is_said_in_the_language_asked_for():
    assert api.say_hello(name="Ada", language="fr").to_json() == {"text": "Bonjour Ada!", "language": "fr"}


def test_an_unknown_language_is_an_error_that_tells_the_user():
    with pytest.raises(api.UnknownLanguageError, match="No language has the code 'xx' here"):
        api.say_hello(name="Ada", language="xx")


def test_a_card_is_written_line_by_line():
    model = ApiPool.helloworld.model
    card = model.Card(
        to=["Ada", "Grace"],
        lines=[model.Line(text="Congratulations", times=3), model.Line(text="on your new machine")],
        send_at=datetime(2030, 1, 1, tzinfo=UTC),
    )
    greeting, status = api.write_greeting(card)
    assert status == 201
    assert greeting.text == (
        "Dear Ada and Grace,\nCongratulations, Congratulations, Congratulations\non your new machine"
    )
    assert greeting.send_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_language_says_hello():
    assert api.get_language(code="sv").to_json() == {"code": "sv", "name": "Swedish", "hello": "Hej"}


def test_a_task_writes_the_marker_when_a_worker_runs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "MARKER", tmp_path / "marker.txt")
    with waiting_tasks() as waiting:
        started = api.start_task()
        assert [str(started.task_id)] == [message.id for message in waiting.waiting]
        assert not tasks.MARKER.exists()
        waiting.run()
    assert tasks.MARKER.read_text(encoding="utf-8") == "Hello worker!\n"


def test_a_task_that_dies_is_seen_to_have_failed():
    with waiting_tasks() as waiting:
        api.start_dying_task()
        waiting.run()
        assert [dead.error for dead in waiting.dead()] == ["DeathError: this task was asked to die"]
