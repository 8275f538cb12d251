"""
What answers the operations of apis/helloworld.yaml.

A handler gets the JSON body as its one positional argument, a model, and every other parameter as a keyword argument;
both have been checked against the description before it is called. `pymacaron stubs` writes apis.py, which names the
models, and apis.pyi, by which mypy and pyright know them and what each handler gets and returns.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from helloworld import apis, tasks
from pymacaron.auth import get_userid
from pymacaron.exceptions import PyMacaronException

#: code -> name of the language, and how it says hello
LANGUAGES = {
    "en": ("English", "Hello"),
    "fr": ("French", "Bonjour"),
    "it": ("Italian", "Ciao"),
    "sv": ("Swedish", "Hej"),
}


class UnknownLanguageError(PyMacaronException):
    """Nobody here speaks it."""

    code = "UNKNOWN_LANGUAGE"
    status = 404


def say_hello(*, name: str, language: str) -> apis.helloworld.model.Hello:
    """GET /hello/{name}"""
    _, hello = _language(language)
    return apis.helloworld.model.Hello(text=f"{hello} {name}!", language=language)


def write_greeting(card: apis.helloworld.model.Card) -> tuple[apis.helloworld.model.Greeting, int]:
    """POST /greetings"""
    lines = [", ".join([line.text] * line.times) for line in card.lines]
    greeting = apis.helloworld.model.Greeting(
        id=uuid4(),
        text="\n".join([f"Dear {' and '.join(card.to)},", *lines]),
        send_at=card.send_at or datetime.now(UTC),
    )
    return greeting, 201


def get_language(*, code: str) -> apis.helloworld.model.Language:
    """GET /languages/{code}"""
    name, hello = _language(code)
    return apis.helloworld.model.Language(code=code, name=name, hello=hello)


def get_me() -> apis.helloworld.model.Me:
    """GET /me"""
    return apis.helloworld.model.Me(user_id=get_userid())


def start_task() -> apis.helloworld.model.Started:
    """GET /async"""
    handle = tasks.write_marker.fire(say_hello(name="worker", language="en"))
    return apis.helloworld.model.Started(task_id=UUID(handle.id))


def start_dying_task() -> apis.helloworld.model.Started:
    """GET /asyncdie"""
    return apis.helloworld.model.Started(task_id=UUID(tasks.die.fire().id))


def _language(code: str) -> tuple[str, str]:
    if code not in LANGUAGES:
        error = UnknownLanguageError(f"No language has the code {code!r} here; there are {', '.join(LANGUAGES)}")
        raise error.tell_user("Sorry, we do not speak that language yet.")
    return LANGUAGES[code]


if TYPE_CHECKING:  # that each of them is what its operation asks for
    _say_hello: apis.helloworld.handler.say_hello = say_hello
    _write_greeting: apis.helloworld.handler.write_greeting = write_greeting
    _get_language: apis.helloworld.handler.get_language = get_language
    _get_me: apis.helloworld.handler.get_me = get_me
    _start_task: apis.helloworld.handler.start_task = start_task
    _start_dying_task: apis.helloworld.handler.start_dying_task = start_dying_task
