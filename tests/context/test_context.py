"""The Call: what the server, handlers and clients know of the call that is being answered."""

from __future__ import annotations

import contextvars
import uuid

import pytest

from pymacaron.context import Call, Headers, current, enter, leave


def test_outside_of_a_call_there_is_none():
    assert current() is None


def test_calls_nest():
    with Call() as outer:
        with Call() as inner:
            assert current() is inner
        assert current() is outer
    assert current() is None


def test_a_call_that_fails_is_left():
    with pytest.raises(KeyError), Call():
        raise KeyError
    assert current() is None


def test_a_call_cannot_be_entered_twice_at_once():
    with Call() as call:
        with pytest.raises(RuntimeError, match="entered already"), call:
            pass
        assert current() is call


def test_enter_and_leave_are_a_pair():
    call = Call()
    token = enter(call)
    assert current() is call
    leave(token)
    assert current() is None


def test_a_call_belongs_to_its_context():
    with Call():
        assert contextvars.Context().run(current) is None


def test_headers_of_a_plain_dict_are_found_in_any_case():
    call = Call(headers={"User-Agent": "curl"})
    assert (call.headers.get("user-agent"), call.headers.get("Accept")) == ("curl", None)
    assert dict(Headers({"A": "1"})) == {"a": "1"}
    assert len(Headers()) == 0


def test_the_call_id_is_a_uuid4_that_stays():
    call = Call()
    assert uuid.UUID(call.call_id).version == 4
    assert call.call_id == call.call_id
    assert call.call_id != Call().call_id


def test_the_call_id_of_the_outermost_call_travels_along():
    assert Call(headers={"PymCallID": "0b6c1c1e-3b0f"}).call_id == "0b6c1c1e-3b0f"


@pytest.mark.parametrize("sent", ["", "a b", "a\nb", "x" * 129, "<script>", "é"])
def test_a_call_id_that_would_harm_a_log_is_not_taken(sent: str):
    assert uuid.UUID(Call(headers={"PymCallID": sent}).call_id).version == 4


@pytest.mark.parametrize(
    ("header", "api", "path"),
    [
        (None, "login", "login"),
        ("public.user", "login", "public.user.login"),
        ("public.user", "", "public.user"),
        ("a b", "login", "login"),
        (None, "", ""),
    ],
)
def test_the_call_path_ends_in_this_api(header: str | None, api: str, path: str):
    call = Call(headers={"PymCallPath": header} if header else None)
    call.api_name = api
    assert call.call_path == path


def test_no_parameter_of_a_call_is_secret_until_somebody_says_so():
    assert Call().secrets == frozenset()


def test_a_call_takes_no_attributes_that_it_does_not_declare():
    with pytest.raises(AttributeError):
        Call().user = "bob"  # type: ignore[attr-defined]
