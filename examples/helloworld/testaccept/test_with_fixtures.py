"""
The same in the way of pytest, with the fixtures that PyMacaron brings along: `api` calls the service by its description
and gives models, `token` makes tokens, `server` says where it is.
"""

from datetime import UTC, datetime
from urllib.request import urlopen

from pymacaron.exceptions import is_error


def test_ping(server):
    with urlopen(f"{server.url}/ping") as reply:
        assert (reply.status, reply.read()) == (200, b"{}")


def test_hello_in_english_unless_asked_otherwise(api):
    hello = api.helloworld.say_hello(name="Ada")
    assert (hello.text, hello.language) == ("Hello Ada!", "en")
    assert api.helloworld.say_hello(name="Zoë", language="fr").text == "Bonjour Zoë!"


def test_a_card_is_written(api):
    sent = datetime(2030, 1, 1, 12, tzinfo=UTC)
    card = {"to": ["Ada"], "lines": [{"text": "Well done", "times": 2}], "send_at": sent}
    greeting = api.helloworld.write_greeting(card)
    assert (greeting.text, greeting.send_at) == ("Dear Ada,\nWell done, Well done", sent)


def test_a_language_that_nobody_speaks(api):
    error = api.helloworld.get_language(code="xx")
    assert is_error(error)
    assert (error.status, error.error) == (404, "UNKNOWN_LANGUAGE")


def test_nobody_without_a_token(api):
    assert api.helloworld.get_me().error == "AUTHORIZATION_HEADER_MISSING"


def test_the_user_of_the_token(api, token):
    headers = {"Authorization": f"Bearer {token(user_id='ada')}"}
    assert api.helloworld.with_options(headers=headers).get_me().user_id == "ada"


def test_a_token_that_has_expired(api, token):
    headers = {"Authorization": f"Bearer {token(user_id='ada', expire_in=-3600)}"}
    assert api.helloworld.get_me(request_headers=headers).error == "TOKEN_EXPIRED"
