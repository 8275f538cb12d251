"""How DynamoDB is asked: what is tried again, what is not, and what is said. What stores do is in suite/."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stored.dynamodb import SelfMade
from stored.tables import COUNTERS, ORDERS
from upstreams.aws import Aws
from upstreams.process import free_port
from upstreams.server import Asked, Server, reply

from pymacaron.store.conditions import Comparison, comparisons
from pymacaron.store.dynamodb import DynamoDBStore
from pymacaron.store.stores import ConditionFailedError, MissingTableError, Query, Scan, StoreError

KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMIEXAMPLEKEY"
KEY = {"name": "visits"}
SET = (
    "Set aws_access_key_id and aws_secret_access_key in pym-config.yaml to the names of variables that hold them, or "
    "give the machine a role"
)
LOOK = f"Look at aws_region, and at AWS_PROFILE and ~/.aws. {SET}"
#: What gives credentials that are over already
OVER = """echo '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "Expiration": "2020-01-01T00:00:00Z"}'"""


class Fake:
    """A DynamoDB that gives `answers` one after the other, the last of them for ever. `waits`: of the store."""

    def __init__(self, *answers: Any):
        self.answers = list(answers)
        self.server = Server(self._answer)
        self.waits: list[float] = []
        self.store = DynamoDBStore(
            "eu-west-1", self.server.url, KEY_ID, SECRET, sleep=self.waits.append, share=lambda: 1.0
        )

    def _answer(self, asked: Asked) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(asked) if callable(answer) else answer

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(one.body) for one in self.server.asked]

    @property
    def operations(self) -> list[str]:
        return [one.headers["x-amz-target"].partition(".")[2] for one in self.server.asked]


Faked = Callable[..., Fake]


@pytest.fixture
def fake() -> Iterator[Faked]:
    """fake(*answers): a Fake."""
    made: list[Fake] = []

    def make(*answers: Any) -> Fake:
        made.append(Fake(*answers))
        return made[-1]

    yield make
    for one in made:
        one.store.close()
        one.server.close()


@pytest.fixture(autouse=True)
def _nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")


def refusal(code: str, message: str = "No", status: int = 400) -> bytes:
    return reply(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message})


BUSY = refusal("ProvisionedThroughputExceededException")
BROKEN = refusal("InternalServerError", status=500)


def lost(asked: Asked) -> None:
    """The connection is closed without an answer."""


# ---- again


def test_a_call_that_dynamodb_is_too_busy_for_is_made_again_after_waits_that_double(fake: Faked) -> None:
    dynamodb = fake(BUSY, BUSY, BUSY, reply(body={}))
    dynamodb.store.put(COUNTERS, KEY, comparisons({"name": "visits"}))
    assert (len(dynamodb.bodies), dynamodb.waits) == (4, [0.05, 0.1, 0.2])


def test_after_four_calls_it_is_said_that_dynamodb_is_too_busy(fake: Faked) -> None:
    dynamodb = fake(BUSY)
    with pytest.raises(StoreError) as refused:
        dynamodb.store.get(COUNTERS, KEY)
    assert len(dynamodb.bodies) == 4
    assert str(refused.value) == (
        f"DynamoDB at {dynamodb.server.url} is too busy with table 'counters': "
        "ProvisionedThroughputExceededException. Try again later, or raise the table's capacity"
    )


@pytest.mark.parametrize("answer", [lost, BROKEN], ids=["lost", "broken"])
def test_what_may_have_been_done_is_done_again_where_that_changes_nothing(fake: Faked, answer: Any) -> None:
    for work in (
        lambda store: store.put(COUNTERS, KEY),
        lambda store: store.delete(COUNTERS, KEY),
        lambda store: store.get(COUNTERS, KEY),
    ):
        dynamodb = fake(answer, reply(body={}))
        work(dynamodb.store)
        assert len(dynamodb.bodies) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lost, "cannot be reached: ConnectionClosedError. Whether the item was written is not known: read it"),
        (
            BROKEN,
            "has failed with put_item on table 'counters': InternalServerError: No. "
            "Whether the item was written is not known: read it",
        ),
    ],
    ids=["lost", "broken"],
)
def test_a_write_with_a_condition_is_not_made_again_once_it_may_have_been_done(
    fake: Faked, answer: Any, said: str
) -> None:
    dynamodb = fake(answer)
    with pytest.raises(StoreError) as refused:
        dynamodb.store.put(COUNTERS, {**KEY, "revision": 2}, comparisons({"revision": 1}))
    assert len(dynamodb.bodies) == 1
    assert str(refused.value) == f"DynamoDB at {dynamodb.server.url} {said}"


# ---- batches


def test_what_is_left_of_a_batch_is_asked_for_again_until_nothing_is(fake: Faked) -> None:
    def half(asked: Asked) -> bytes:
        requests = json.loads(asked.body)["RequestItems"]["counters"]
        left = requests[len(requests) // 2 :] if len(requests) > 1 else []
        return reply(body={"UnprocessedItems": {"counters": left} if left else {}})

    dynamodb = fake(half)
    dynamodb.store.write(COUNTERS, [{"name": str(number)} for number in range(30)], [{"name": "old"}])
    assert [len(body["RequestItems"]["counters"]) for body in dynamodb.bodies] == [25, 13, 7, 4, 2, 1, 6, 3, 2, 1]
    assert dynamodb.waits == [0.05] * 8


def test_a_batch_of_which_nothing_is_done_is_given_up_in_the_end(fake: Faked) -> None:
    def nothing(asked: Asked) -> bytes:
        return reply(body={"UnprocessedKeys": json.loads(asked.body)["RequestItems"], "Responses": {}})

    dynamodb = fake(nothing)
    with pytest.raises(StoreError) as refused:
        dynamodb.store.get_many(COUNTERS, [{"name": "a"}, {"name": "b"}])
    assert (len(dynamodb.bodies), dynamodb.waits) == (8, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0])
    assert str(refused.value) == (
        f"DynamoDB at {dynamodb.server.url} is too busy with table 'counters': 2 of a batch are not done. Try again "
        "later, or raise the table's capacity"
    )


def test_a_batch_that_is_refused_as_a_whole_is_sent_eight_times(fake: Faked) -> None:
    dynamodb = fake(*[refusal("ThrottlingException")] * 7, reply(body={"UnprocessedItems": {}}))
    dynamodb.store.write(COUNTERS, [{"name": str(number)} for number in range(5)])
    assert (len(dynamodb.bodies), dynamodb.waits) == (8, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2])


def test_it_is_said_how_many_were_written_before_dynamodb_was_too_busy(fake: Faked) -> None:
    dynamodb = fake(reply(body={"UnprocessedItems": {}}), BUSY)
    with pytest.raises(StoreError) as refused:
        dynamodb.store.write(COUNTERS, [{"name": str(number)} for number in range(60)])
    assert len(dynamodb.bodies) == 9
    assert str(refused.value) == (
        f"DynamoDB at {dynamodb.server.url} is too busy with table 'counters': ProvisionedThroughputExceededException. "
        "Try again later, or raise the table's capacity. "
        "The first 25 of 60 are done, and of the others up to 25: do all of them again"
    )


def test_keys_are_read_in_hundreds_and_each_once(fake: Faked) -> None:
    dynamodb = fake(reply(body={"Responses": {"counters": []}, "UnprocessedKeys": {}}))
    keys = [{"name": str(number)} for number in range(150)]
    assert dynamodb.store.get_many(COUNTERS, [*keys, *keys], consistent=False) == []
    asked = [body["RequestItems"]["counters"] for body in dynamodb.bodies]
    assert [(len(one["Keys"]), one["ConsistentRead"]) for one in asked] == [(100, False), (50, False)]


def test_a_batch_has_no_key_twice(fake: Faked) -> None:
    dynamodb = fake(reply(body={}))
    dynamodb.store.write(COUNTERS, [{"name": "a", "n": 1}, {"name": "a", "n": 2}, {"name": "b"}], [{"name": "b"}])
    assert dynamodb.bodies[0]["RequestItems"]["counters"] == [
        {"PutRequest": {"Item": {"name": {"S": "a"}, "n": {"N": "2"}}}},
        {"DeleteRequest": {"Key": {"name": {"S": "b"}}}},
    ]


# ---- what is asked


def test_an_index_is_not_read_consistently_which_it_cannot_be(fake: Faked) -> None:
    dynamodb = fake(reply(body={"Items": []}))
    dynamodb.store.query(ORDERS, Query("open", index="by_status"))
    dynamodb.store.scan(ORDERS, Scan())
    assert ["ConsistentRead" in body for body in dynamodb.bodies] == [False, True]


def test_names_are_never_written_out(fake: Faked) -> None:
    dynamodb = fake(reply(body={}))
    dynamodb.store.put(COUNTERS, KEY, comparisons({"name": "visits"}))
    assert dynamodb.bodies == [
        {
            "TableName": "counters",
            "Item": {"name": {"S": "visits"}},
            "ConditionExpression": "attribute_type(#0, :0) AND #0 = :1",
            "ExpressionAttributeNames": {"#0": "name"},
            "ExpressionAttributeValues": {":0": {"S": "S"}, ":1": {"S": "visits"}},
        }
    ]


def test_what_a_filter_may_not_ask_of_a_key_is_looked_at_here(fake: Faked) -> None:
    items = [{"customer": {"S": "ann"}, "at": {"N": str(at)}} for at in (1, 2, 3)]
    dynamodb = fake(reply(body={"Items": items, "LastEvaluatedKey": items[-1]}))
    found = dynamodb.store.query(ORDERS, Query("ann", where=(Comparison("at", "<>", (2,)),), limit=3))
    assert [item["at"] for item in found.items] == [1, 3]
    assert found.last == {"customer": "ann", "at": 3}
    assert "FilterExpression" not in dynamodb.bodies[0]


@pytest.mark.parametrize(("first", "last"), [(2, 1), (-1, -2)])
def test_a_range_in_which_nothing_can_be_is_not_asked_for(fake: Faked, first: int, last: int) -> None:
    dynamodb = fake(BROKEN)
    asked = Query("ann", range=Comparison("at", "between", (first, last)))
    assert dynamodb.store.query(ORDERS, asked).items == []
    assert dynamodb.bodies == []


# ---- what is said


def test_a_table_that_is_not_there_is_said_with_the_command_that_makes_it(aws: Aws) -> None:
    store = DynamoDBStore(aws.region, aws.endpoint, aws.key_id, aws.secret)
    with pytest.raises(MissingTableError) as refused:
        store.get(COUNTERS, KEY)
    said = f"Table 'counters' is not there, in DynamoDB at {aws.endpoint}. Make it with: pymacaron tables create"
    assert str(refused.value) == said


def test_a_condition_that_fails_changes_nothing(aws: Aws) -> None:
    store: Any = SelfMade(aws)
    store.put(COUNTERS, {**KEY, "revision": 1})
    with pytest.raises(ConditionFailedError):
        store.put(COUNTERS, {**KEY, "revision": 3}, comparisons({"revision": 2}))
    assert store.get(COUNTERS, KEY) == {**KEY, "revision": 1}
    store.close()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "UnrecognizedClientException",
            "does not accept who asks it: UnrecognizedClientException. Set aws_access_key_id and aws_secret_access_key "
            "in pym-config.yaml to the names of variables that hold them, or give the machine a role",
        ),
        ("AccessDeniedException", "does not permit dynamodb:GetItem on table 'counters'. Add it to the policy"),
        ("ValidationException", "refuses get_item on table 'counters': ValidationException: No"),
    ],
)
def test_a_refusal_is_said_with_what_to_do_and_the_call_is_not_made_again(fake: Faked, code: str, said: str) -> None:
    dynamodb = fake(refusal(code))
    with pytest.raises(StoreError) as refused:
        dynamodb.store.get(COUNTERS, KEY)
    assert str(refused.value) == f"DynamoDB at {dynamodb.server.url} {said}"
    assert len(dynamodb.bodies) == 1


def test_where_nobody_listens_is_said_without_what_is_secret() -> None:
    port = free_port()
    store = DynamoDBStore("eu-west-1", f"http://me:hidden@127.0.0.1:{port}", KEY_ID, SECRET, sleep=lambda seconds: None)
    with pytest.raises(StoreError) as refused:
        store.get(COUNTERS, KEY)
    assert str(refused.value) == f"DynamoDB at http://127.0.0.1:{port} cannot be reached: EndpointConnectionError"
    assert repr(store) == f"<DynamoDBStore DynamoDB at http://127.0.0.1:{port}>"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"access_key_id": KEY_ID, "secret_access_key": SECRET},
            "It is not said in which region DynamoDB is. Set aws_region in pym-config.yaml",
        ),
        (
            {"region": "eu-west-1"},
            "There are no credentials for DynamoDB in eu-west-1. Set aws_access_key_id and aws_secret_access_key in "
            "pym-config.yaml to the names of variables that hold them, or give the machine a role",
        ),
        (
            {"region": "eu-west-1", "access_key_id": KEY_ID},
            "Only one of aws_access_key_id and aws_secret_access_key is set: set both in pym-config.yaml, or neither",
        ),
    ],
    ids=["region", "credentials", "half"],
)
def test_what_is_not_set_is_said(given: dict[str, str], said: str) -> None:
    with pytest.raises(StoreError) as refused:
        DynamoDBStore(**given).get(COUNTERS, KEY)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("file", "given", "said"),
    [
        (
            "[profile other]",
            {},
            f"cannot be asked as boto3 is set up: ProfileNotFound. {LOOK}",
        ),
        (
            "",
            {"region": "eu west"},
            f"cannot be asked as boto3 is set up: InvalidRegionError. {LOOK}",
        ),
        (
            "[profile mine]\ncredential_process = echo nonsense",
            {},
            "cannot be asked by boto3: look at store_url, which is dynamodb://HOST:PORT, and at what ~/.aws says of "
            "credentials",
        ),
        (
            "[profile mine]\ncredential_process = " + OVER,
            {},
            "cannot be asked with these credentials: Credentials were refreshed, but the refreshed credentials are "
            f"still expired. {SET}",
        ),
    ],
    ids=["profile", "region", "process", "over"],
)
def test_what_boto3_cannot_work_with_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, given: dict[str, str], said: str
) -> None:
    (tmp_path / "aws").write_text(file)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    if file:
        monkeypatch.setenv("AWS_PROFILE", "mine")
    with pytest.raises(StoreError) as refused:
        DynamoDBStore(**{"region": "eu-west-1", "endpoint": "127.0.0.1:1", **given}).get(COUNTERS, KEY)
    assert str(refused.value) == f"DynamoDB at http://127.0.0.1:1 {said}"


@pytest.mark.parametrize(
    ("endpoint", "shown"), [("h_x:1", "http://h_x:1"), ("http://a b", "http://a b")], ids=["underscore", "blank"]
)
def test_an_endpoint_that_boto3_does_not_take_is_said(endpoint: str, shown: str) -> None:
    with pytest.raises(StoreError, match=f"^DynamoDB at {shown} cannot be asked by boto3: look at store_url"):
        DynamoDBStore("eu-west-1", endpoint, KEY_ID, SECRET).get(COUNTERS, KEY)


def test_another_server_that_says_yes_to_everything_is_no_dynamodb(fake: Faked) -> None:
    page = fake(reply(content=b"<html>Welcome</html>", headers={"Content-Type": "text/html"}))
    for ask in (lambda: page.store.get(COUNTERS, KEY), lambda: page.store.put(COUNTERS, KEY)):
        with pytest.raises(StoreError) as refused:
            ask()
        assert str(refused.value) == (
            f"DynamoDB at {page.server.url} answers with 'text/html', not with JSON as DynamoDB does: store_url, or a "
            "proxy, leads to something else"
        )


def test_what_stands_in_for_dynamodb_needs_no_account_and_no_region(aws: Aws) -> None:
    with pytest.raises(MissingTableError):
        DynamoDBStore(endpoint=f"127.0.0.1:{aws.port}").get(COUNTERS, KEY)


# ---- processes


def test_a_process_that_is_forked_opens_connections_of_its_own(fake: Faked) -> None:
    dynamodb = fake(reply(body={}))
    dynamodb.store.get(COUNTERS, KEY)
    child = os.fork()
    if child == 0:
        dynamodb.store.get(COUNTERS, KEY)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    dynamodb.store.get(COUNTERS, KEY)
    assert [asked.connection for asked in dynamodb.server.asked] == [1, 2, 1]
