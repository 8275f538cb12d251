"""Contract tests of services that really run: what they find, what they call, and what they leave alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pymacaron.finding import FindingsError
from pymacaron.testing.contract import Budget, ContractError, Options, run
from pymacaron.testing.reached import Target, TargetError

FEW = Options(seed=1, budget=Budget(8))
#: dict: what breaks the contract -> the code of the breach, the operation, and what its place says
PLANTED = {
    "status": ("undeclared-status", "GET /hours", "responses:"),
    "type": ("wrong-type", "GET /price", "cents: {type: integer}"),
    "required": ("missing-required", "GET /owner", "required: [name]"),
    "auth": ("ignored-auth", "GET /takings", "security: [{token: []}]"),
    "crash": ("server-error", "GET /search", "get:"),
    "allow": ("wrong-allow", "GET /price", "get:"),
    "media": ("undeclared-media-type", "GET /report", "content:"),
    "stale": ("still-there", "DELETE /tickets/{id}", "delete:"),
    "header": ("missing-header", "POST /tickets", "Location: {required: true, schema: {type: string}}"),
    "enum": ("undeclared-value", "GET /state", "state: {enum: [open, closed]}"),
}
SMALL = """
openapi: 3.0.3
info: {title: Small, version: "1"}
paths:
  /things:
    get:
      parameters: [{name: q, in: query, schema: {type: string}}]
      responses: {default: {description: Anything}}
    post:
      operationId: make
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}}
      responses: {default: {description: Anything}}
    delete:
      x-test: skip
      responses: {default: {description: Anything}}
  /marked:
    post:
      x-test: safe
      responses: {default: {description: Anything}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_each_of_ten_planted_breaches_is_told_as_what_it_is(serving: Callable[..., Any]) -> None:
    with serving("desk", DESK_BREAKS=" ".join(PLANTED)) as (target, folder):
        outcome = run(target, folder, FEW)
        told = {one.code: one for one in outcome.breaches}
        wrong_type = told["wrong-type"]
        again = subprocess.run(["sh", "-c", *wrong_type.repeat], capture_output=True, text=True, check=True)

    found = sorted((one.code, one.called, one.source.strip()) for one in outcome.breaches)
    assert found == sorted(PLANTED.values()), outcome.text()
    assert outcome.exit_code == 1
    assert '{"cents":"1200"}' in again.stdout
    assert {one.code: one.fact for one in outcome.breaches} == {
        "undeclared-status": "GET /hours answers 203, and declares 200",
        "wrong-type": 'GET /price answers 200: body /cents: "1200" is not of type "integer"',
        "missing-required": 'GET /owner answers 200: body: "name" is a required property',
        "ignored-auth": "GET /takings answers 200 to a call without credentials",
        "server-error": "GET /search answers 500: the service has failed",
        "wrong-allow": told["wrong-allow"].fact.split(" ")[0]
        + " /price answers 405 with an Allow that has PATCH, which no description has",
        "undeclared-media-type": "GET /report answers 200 with 'text/html; charset=utf-8', and declares text/plain",
        "still-there": "GET /tickets/{id} answers 200 for what DELETE /tickets/{id} has deleted",
        "missing-header": "POST /tickets answers 201 without Location, which is required",
        "undeclared-value": 'GET /state answers 200: body /state: "archived" is not one of "open" or "closed"',
    }
    deleted = [line.split("/tickets")[0].split("http")[0].strip() for line in told["still-there"].repeat]
    assert deleted[-2:] == ["curl -i -X DELETE", "curl -i"]


def test_a_service_that_keeps_its_contract_has_no_breach(serving: Callable[..., Any]) -> None:
    with serving("desk") as (target, folder):
        outcome = run(target, folder, FEW)
    assert list(outcome.breaches) == []
    assert list(outcome.notes) == []
    assert outcome.exit_code == 0
    assert outcome.text().endswith("\nno breach of the contract")
    assert [one.called for one in outcome.tested if one.api == "ping"] == [
        *("GET /ping", "GET /version", "GET /auth/version")
    ]
    assert len(outcome.tested) == 13
    assert all("200" in one.statuses or "201" in one.statuses or "204" in one.statuses for one in outcome.tested)


def test_what_the_description_says_in_our_words_is_known(serving: Callable[..., Any]) -> None:
    """Limits, keys that may be used once, tokens with scopes, keys and passwords, methods of two descriptions."""
    shown = {
        "PYM_CREDENTIAL_KEY": "key-of-kiosk",
        "PYM_CREDENTIAL_COOKIE": "cookie-of-kiosk",
        "PYM_CREDENTIAL_BASIC": "ada:lovelace",
    }
    with serving("kiosk") as (target, folder):
        outcome = run(target, folder, FEW, environ=shown)
    assert list(outcome.breaches) == [], outcome.text()
    limited = next(one for one in outcome.tested if one.called == "POST /limited")
    total, refused = sum(limited.statuses.values()), limited.statuses["429"]
    assert list(outcome.notes) == [
        "DELETE /skipped is not called: x-test says skip",
        f"POST /limited: {refused} of {total} calls were answered 429, by its rate limit",
    ]
    assert not (folder / "never").exists()
    assert {one.api for one in outcome.tested} == {"kiosk", "legacy", "ping"}  # not what the service only calls
    never = [one.called for one in outcome.tested if "200" not in one.statuses and one.called != "POST /limited"]
    assert never == []


def test_a_scheme_of_which_nobody_knows_what_to_show_is_told(serving: Callable[..., Any]) -> None:
    with serving("kiosk") as (target, folder):
        options = Options(seed=1, budget=Budget(1), operations=("by_key", "by_scope"))
        outcome = run(target, [folder / "apis" / "kiosk.yaml"], options, environ={})
    assert list(outcome.breaches) == []
    name = outcome.notes[0].partition(": ")[0]
    assert name.endswith("kiosk.yaml")
    assert list(outcome.notes) == [
        f"{name}: GET /key is called without the security scheme 'key': nobody says what to show. "
        "Set PYM_CREDENTIAL_KEY, or give --credential key=VALUE",
        "GET /key has never succeeded: it answered 401. Other credentials may help",
    ]


def test_no_secret_is_told(serving: Callable[..., Any]) -> None:
    with serving("desk", DESK_BREAKS="leak status") as (target, folder):
        outcome = run(target, folder, Options(seed=1, budget=Budget(2), operations=("get_takings", "get_hours")))
    assert {one.called for one in outcome.breaches} == {"GET /takings", "GET /hours"}
    everything = outcome.text() + outcome.json() + outcome.junit()
    assert target.token
    assert target.token not in everything
    assert "curl -i" in everything
    assert 'Authorization: Bearer $PYM_JWT_TOKEN"' in outcome.text()


def test_the_results_are_json_and_junit_too(serving: Callable[..., Any]) -> None:
    with serving("desk", DESK_BREAKS="type status") as (target, folder):
        outcome = run(target, folder, Options(seed=3, budget=Budget(1), operations=("GET /price", "get_owner")))
    said = json.loads(outcome.json())
    assert (said["seed"], said["budget"], said["safe"], said["exit_code"]) == (3, "1 example per operation", False, 1)
    assert [one["code"] for one in said["breaches"]] == ["wrong-type"]
    assert [one["called"] for one in said["operations"]] == ["GET /price", "GET /owner"]
    suite = ElementTree.fromstring(outcome.junit())[0]
    assert suite.attrib.items() >= {"name": "desk", "tests": "2", "failures": "1"}.items()
    cases = {one.attrib["name"]: [two.attrib["type"] for two in one] for one in suite}
    assert cases == {"GET /price": ["wrong-type"], "GET /owner": []}


def test_the_same_seed_makes_the_same_calls(recorder: Any, small: Path) -> None:
    runs = []
    for seed in (7, 7, 8):
        recorder.asked.clear()
        run(recorder.target, [small], Options(seed=seed, budget=Budget(5)))
        runs.append(list(recorder.asked))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_only_what_is_safe_is_called_of_a_service_that_lives(recorder: Any, small: Path) -> None:
    outcome = run(recorder.target, [small], Options(seed=1, budget=Budget(5), safe=True))
    called = {(method, path.partition("?")[0]) for method, path, _ in recorder.asked}
    assert {method for method, path in called if path == "/things"} <= {"GET", "HEAD", "OPTIONS"}
    assert ("GET", "/things") in called
    assert ("POST", "/marked") in called
    assert {method for method, path in called if path == "/marked"} <= {"GET", "HEAD", "OPTIONS", "POST"}
    assert outcome.notes[0] == ("POST /things is not called: it may change something, and only what is safe is tried")
    assert "only what is safe" in outcome.text()


def test_what_is_to_be_skipped_is_never_called(recorder: Any, small: Path) -> None:
    run(recorder.target, [small], Options(seed=1, budget=Budget(5), safe=False))
    called = {(method, path.partition("?")[0]) for method, path, _ in recorder.asked}
    assert ("POST", "/things") in called
    assert ("DELETE", "/things") not in called
    assert ("DELETE", "/marked") in called  # which is not declared, and must be refused


def test_a_time_is_a_budget_too(recorder: Any, small: Path) -> None:
    outcome = run(recorder.target, [small], Options(seed=1, budget=Budget(3, 30, once=True)))
    assert outcome.seconds < 25  # the examples are over long before
    assert outcome.budget == "3 examples per operation, at most 30 s"


def test_what_is_to_be_skipped_is_not_called_to_see_that_it_is_gone(recorder: Any, tmp_path: Path) -> None:
    answers = "responses: {default: {description: Anything}}"
    path = tmp_path / "thing.yaml"
    path.write_text(
        'openapi: 3.0.3\ninfo: {title: Thing, version: "1"}\npaths:\n  /things/{id}:\n'
        "    parameters: [{name: id, in: path, required: true, schema: {type: string}, example: a}]\n"
        f"    get: {{x-test: skip, {answers}}}\n    delete: {{{answers}}}\n",
        encoding="utf-8",
    )
    outcome = run(recorder.target, [path], Options(seed=1, budget=Budget(2), safe=False))
    assert {method for method, _, _ in recorder.asked} & {"GET", "DELETE"} == {"DELETE"}
    assert "still-there" not in {one.code for one in outcome.breaches}


@pytest.mark.parametrize(
    ("paths", "options", "fact"),
    [
        ("{}", Options(), r"there is nothing to test: .*none\.yaml has no operation\. Describe one under paths"),
        (
            "{/a: {post: {responses: {default: {description: Any}}}}}",
            Options(safe=True),
            r"no operation of .*none\.yaml is known to be safe\. Mark .* x-test: safe, or give --unsafe",
        ),
        (
            "{/a: {post: {x-test: skip, responses: {default: {description: Any}}}}}",
            Options(safe=False),
            r"x-test or x-no-bind-server leaves out all operations of .*none\.yaml",
        ),
    ],
)
def test_where_nothing_would_be_tested_nothing_has_passed(
    recorder: Any, tmp_path: Path, paths: str, options: Options, fact: str
) -> None:
    path = tmp_path / "none.yaml"
    path.write_text(f'openapi: 3.1.0\ninfo: {{title: None, version: "1"}}\npaths: {paths}\n', encoding="utf-8")
    with pytest.raises(ContractError, match=fact):
        run(recorder.target, [path], options)


def test_an_operation_that_is_not_there_names_the_nearest(small: Path) -> None:
    with pytest.raises(ContractError, match=r"There is no operation 'mke'\. Did you mean 'make'\?"):
        run(Target("127.0.0.1", 1), [small], Options(operations=("mke",)))


def test_a_description_with_errors_is_not_tested(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("openapi: 3.0.3\ninfo: {title: B}\npaths: {}\n", encoding="utf-8")
    with pytest.raises(FindingsError, match="version"):
        run(Target("127.0.0.1", 1), [tmp_path])


def test_a_service_that_is_gone_is_no_breach(small: Path) -> None:
    with pytest.raises(TargetError, match="does not answer"):
        run(Target("127.0.0.1", 1), [small], Options(seed=1, budget=Budget(1)))


def test_a_service_that_a_call_has_ended_is_told_beside_the_breaches(serving: Callable[..., Any]) -> None:
    with serving("desk") as (target, folder):
        handlers = (folder / "desk.py").read_text()
    (folder / "desk.py").write_text(
        handlers.replace("def get_hours():", "def get_hours():\n    __import__('os')._exit(7)")
    )
    with serving("desk") as (target, folder):
        outcome = run(target, folder, Options(seed=1, budget=Budget(1), operations=("get_hours",)))
    assert {(one.code, one.called) for one in outcome.breaches} == {("no-answer", "GET /hours")}
    assert outcome.notes[-1] == f"after these calls, {target.url} does not answer: Connection refused"
    assert target.end() == "server.py had ended before the tests did, with exit code 7"


def test_without_schemathesis_the_extra_is_named(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymacaron.testing.contract.runs.find_spec", lambda name: None)
    with pytest.raises(ContractError) as told:
        run(Target("127.0.0.1", 1), [small])
    assert str(told.value) == "schemathesis is not installed. Install it with: pip install 'pymacaron[test]'"


def test_helloworld_keeps_its_contract(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """One command in a clean checkout."""
    source = Path(__file__).resolve().parents[3] / "examples" / "helloworld"
    folder = shutil.copytree(
        source, tmp_path / "helloworld", ignore=shutil.ignore_patterns("__pycache__", "*.db*", ".env")
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "JWT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pymacaron", "test", "--contract", "--seed", "1"],
        cwd=folder,
        env={**environ, "PYM_SERVER_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("no breach of the contract\n")
    record_property("told", f"contract tests of helloworld: {done.stdout.splitlines()[-2]}")


def test_an_operation_that_is_not_called_is_told(recorder: Any, tmp_path: Path) -> None:
    path = tmp_path / "copies.yaml"
    responses = "responses: {default: {description: Anything}}"
    path.write_text(
        f'openapi: 3.2.0\ninfo: {{title: Copies, version: "1"}}\npaths:\n  /a:\n    get: {{{responses}}}\n'
        f"    additionalOperations: {{COPY: {{{responses}}}}}\n",
        encoding="utf-8",
    )
    outcome = run(recorder.target, [path], Options(seed=1, budget=Budget(1), safe=False))
    assert list(outcome.notes) == ["COPY /a is not called: schemathesis knows no COPY"]


def test_a_connection_that_is_closed_without_an_answer_is_a_breach(recorder: Any, small: Path) -> None:
    recorder.silent.add("/things")
    outcome = run(recorder.target, [small], Options(seed=1, budget=Budget(1), operations=("GET /things",)))
    assert [(one.code, one.fact) for one in outcome.breaches] == [
        ("no-answer", "GET /things does not answer: Connection failed")
    ]
    assert outcome.breaches[0].repeat[0].startswith("curl -i ")
