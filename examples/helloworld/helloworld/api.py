"""
What answers the operations of apis/helloworld.yaml.

A handler gets the JSON body as its one positional argument, a model, and every other parameter as a keyword argument;
both have been checked against the description before it is called.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pymacaron import ApiPool
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


def say_hello(*, name: str, language: str) -> Any:
    """GET /hello/{name}"""
    _, hello = _language(language)
    return ApiPool.helloworld.model.Hello(text=f"{hello} {name}!", language=language)


def write_greeting(card: Any) -> tuple[Any, int]:
    """POST /greetings"""
    lines = [", ".join([line.text] * (line.times or 1)) for line in card.lines]
    greeting = ApiPool.helloworld.model.Greeting(
        id=uuid4(),
        text="\n".join([f"Dear {' and '.join(card.to)},", *lines]),
        send_at=card.send_at or datetime.now(UTC),
    )
    return greeting, 201


def get_language(*, code: str) -> Any:
    """GET /languages/{code}"""
    name, hello = _language(code)
    return ApiPool.helloworld.model.Language(code=code, name=name, hello=hello)


def get_me() -> Any:
    """GET /me"""
    return ApiPool.helloworld.model.Me(user_id=get_userid())


def _language(code: str) -> tuple[str, str]:
    if code not in LANGUAGES:
        error = UnknownLanguageError(f"No language has the code {code!r} here; there are {', '.join(LANGUAGES)}")
        raise error.tell_user("Sorry, we do not speak that language yet.")
    return LANGUAGES[code]
