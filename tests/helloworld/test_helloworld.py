"""examples/helloworld, called from the outside, under Werkzeug's server and under gunicorn."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def without_id(error: dict[str, Any]) -> dict[str, Any]:
    """An error without its error_id, which must be a uuid4."""
    assert UUID.fullmatch(error["error_id"])
    return {key: value for key, value in error.items() if key != "error_id"}


def test_ping_answers_an_empty_object(helloworld: Any) -> None:
    answer = helloworld.get("/ping")
    assert (answer.status, answer.header("Content-Type"), answer.json) == (200, ["application/json"], {})


def test_version_names_service_and_version(helloworld: Any) -> None:
    answer = helloworld.get("/version")
    assert answer.status == 200
    assert {"name", "version", "container"} <= set(answer.json)


def test_auth_version_asks_for_a_token(helloworld: Any) -> None:
    answer = helloworld.get("/auth/version")
    assert answer.status == 401
    assert without_id(answer.json) == {
        "status": 401,
        "error": "AUTHORIZATION_HEADER_MISSING",
        "error_description": "There is no Authorization header in the HTTP request",
    }


def test_auth_version_takes_a_token_of_the_service(helloworld: Any) -> None:
    token = helloworld.run("-c", "from pymacaron.auth import generate_token; print(generate_token('ada'))")
    answer = helloworld.get("/auth/version", {"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.json) == (200, helloworld.get("/version").json)


def test_parameters_arrive_converted_and_defaults_are_those_of_the_description(helloworld: Any) -> None:
    assert helloworld.get("/hello/Ada").json == {"text": "Hello Ada!", "language": "en"}
    assert helloworld.get("/hello/Zo%C3%AB?language=fr").json == {"text": "Bonjour Zoë!", "language": "fr"}


def test_a_body_arrives_as_a_model_and_a_model_is_answered(helloworld: Any) -> None:
    card = {"to": ["Ada", "Grace"], "lines": [{"text": "Well done", "times": 2}], "send_at": "2030-01-01T12:00:00Z"}
    answer = helloworld.call("POST", "/greetings", card)
    assert answer.status == 201
    greeting = answer.json
    assert UUID.fullmatch(greeting.pop("id"))
    assert greeting == {"text": "Dear Ada and Grace,\nWell done, Well done", "send_at": "2030-01-01T12:00:00Z"}


def test_a_wrong_body_is_told_whole_with_pointers(helloworld: Any) -> None:
    answer = helloworld.call("POST", "/greetings", {"to": [], "lines": [{"text": "Hi", "times": 9}, {}], "for": "Ada"})
    error = without_id(answer.json)
    assert (answer.status, error["status"], error["error"]) == (400, 400, "INVALID_PARAMETER")
    assert sorted((one["in"], one["pointer"], one["code"]) for one in error["errors"]) == [
        ("body", "/for", "additionalProperties"),
        ("body", "/lines/0/times", "maximum"),
        ("body", "/lines/1/text", "required"),
        ("body", "/to", "minItems"),
    ]


def test_a_body_that_is_no_json_is_a_400(helloworld: Any) -> None:
    answer = helloworld.call("POST", "/greetings", b'{"to": [')
    assert (answer.status, answer.json["error"]) == (400, "INVALID_PARAMETER")


def test_a_value_in_the_path_that_does_not_fit_is_a_400(helloworld: Any) -> None:
    answer = helloworld.get("/languages/English")
    error = without_id(answer.json)
    assert (answer.status, error["error"]) == (400, "INVALID_PARAMETER")
    assert [(one["in"], one["pointer"], one["code"]) for one in error["errors"]] == [("path", "/code", "pattern")]


def test_an_error_of_the_service_comes_with_its_words_for_people(helloworld: Any) -> None:
    answer = helloworld.get("/languages/xx")
    assert answer.status == 404
    assert without_id(answer.json) == {
        "status": 404,
        "error": "UNKNOWN_LANGUAGE",
        "error_description": "No language has the code 'xx' here; there are en, fr, it, sv",
        "user_message": "Sorry, we do not speak that language yet.",
    }


def test_what_is_not_there_is_a_json_error(helloworld: Any) -> None:
    nothing, method = helloworld.get("/nothing"), helloworld.call("DELETE", "/greetings")
    assert (nothing.status, nothing.json["error"]) == (404, "NOT_FOUND")
    assert (method.status, method.json["error"]) == (405, "METHOD_NOT_ALLOWED")


def test_every_reply_has_one_cors_header(helloworld: Any) -> None:
    for path in ("/ping", "/nothing", "/auth/version", "/hello/Ada"):
        answer = helloworld.get(path, {"Origin": "https://example.org"})
        assert len(answer.header("Access-Control-Allow-Origin")) == 1, path


def test_the_description_is_published_without_what_names_code(helloworld: Any) -> None:
    page, document, text = (helloworld.get(f"/doc/helloworld{ending}") for ending in ("", ".json", ".yaml"))
    assert [answer.status for answer in (page, document, text)] == [200, 200, 200]
    assert page.header("Content-Type")[0].startswith("text/html")
    assert document.json["openapi"] == "3.1.0"
    paths = {"/hello/{name}", "/greetings", "/languages/{code}", "/me", "/async", "/asyncdie"}
    assert set(document.json["paths"]) == paths
    assert {"$ref": "#/components/schemas/Card"} in [
        media["schema"] for media in document.json["paths"]["/greetings"]["post"]["requestBody"]["content"].values()
    ]
    assert b"x-bind-server" not in document.body + text.body
    assert b"x-decorate-server" not in document.body + text.body


def wait_for(condition: Callable[[], Any], log: Callable[[], str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, log()
        time.sleep(0.05)


def test_a_task_goes_on_after_the_reply(helloworld: Any) -> None:
    answer = helloworld.get("/async")
    assert (answer.status, set(answer.json)) == (200, {"task_id"})
    marker = helloworld.folder / "marker.txt"
    wait_for(lambda: marker.exists() and marker.read_text(), (helloworld.folder / "log").read_text)
    assert marker.read_text() == "Hello worker!\n"


def test_a_task_that_dies_is_answered_with_200_and_then_reported_once_and_kept(helloworld: Any) -> None:
    log = (helloworld.folder / "log").read_text
    answer = helloworld.get("/asyncdie", {"PymCallID": "the-call-that-dies"})
    assert answer.status == 200

    def dead() -> list[dict[str, Any]]:
        tasks = json.loads(helloworld.run("-m", "pymacaron", "tasks", "list", "--json"))["tasks"]
        return [task for task in tasks if task["id"] == answer.json["task_id"]]

    wait_for(dead, log)
    [task] = dead()
    assert (task["task"], task["error"], task["call_id"]) == (
        "helloworld.tasks.die",
        "DeathError: this task was asked to die",
        "the-call-that-dies",
    )
    code = "FATAL BACKEND ERROR helloworld 500 UNHANDLED_SERVER_ERROR"
    title = f'"title": "{code}: helloworld.tasks.die(): this task was asked to die"'
    wait_for(lambda: title in log(), log)
    assert log().count(title) == 1
    assert helloworld.run("-m", "pymacaron", "tasks", "drop", task["id"]) == "1 task dropped"
    assert dead() == []


def test_its_acceptance_tests_pass(helloworld: Any) -> None:
    there = ("--host", "127.0.0.1", "--port", str(helloworld.port))
    told = helloworld.run("-m", "pymacaron", "test", *there, "--", "-p", "no:cacheprovider")
    assert re.fullmatch(r"=+ 20 passed in .*=+", told.splitlines()[-1]), told
