"""A release over an AWS without HTTP: every case of docs/deploy.md, kills anywhere, and whatever goes wrong by lot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cloud.beanstalk.world import Sick
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releases.cases import CASES, table, tried
from releases.direct import Direct, Killed
from releases.kills import FATES, Kill, converges, count
from releases.shop import apply, planned, release

from pymacaron.deploy.aws import is_read
from pymacaron.deploy.failures import DeployError, TrialError

PAGE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")


def test_the_table_of_cases_is_that_of_the_docs() -> None:
    assert table() in PAGE


@pytest.mark.parametrize("name", [name for name, (_, again) in CASES.items() if again])
def test_whatever_happens_the_same_command_leads_to_one_live_environment_and_no_other(name: str) -> None:
    assert tried(name).finally_ == (f"{CASES[name][1]} live",)


@pytest.mark.parametrize("first", [None, "v1"])
def test_a_plan_has_each_write_that_the_release_makes(first: str | None) -> None:
    direct = Direct()
    if first:
        apply(direct, release(first))
        direct.again()
    steps = planned(direct, release("v2"))
    assert direct.all_writes == 0
    calls = [call for step in steps for call in step.calls]
    direct.again()
    done = apply(direct, release("v2"))
    assert [f"{call.service}:{call.operation}" for call in calls] == direct.writes
    ids = {one.id: "(its id)" for one in direct.world.environments.values() if one.version == "v2"}
    made = [
        {name: ids.get(value, value) if isinstance(value, str) else value for name, value in arguments.items()}
        for service, operation, arguments in direct.calls
        if not is_read(operation) and not str(arguments.get("Key", "")).endswith(".json")
    ]
    shown = [{**call.arguments, **({"Body": call.body} if call.body else {})} for call in calls]
    assert made == shown
    assert [step.name for step in steps] == [name for name in done if name in {step.name for step in steps}]


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("first", [None, "v1"])
def test_a_release_that_ends_anywhere_goes_on(fate: str, first: str | None) -> None:
    total = count(first)
    # All of them: python -m soak.releases
    for number in range(1 + len(fate), total + 1, 13):
        assert converges(Kill(fate, number, first)) == "", (fate, number)


@pytest.mark.parametrize("strategy", ["immutable", "rolling", "in-place"])
def test_an_update_in_place_that_is_killed_anywhere_goes_on(strategy: str) -> None:
    for number in range(1, count("v1", strategy) + 1, 11):
        assert converges(Kill("kill", number, "v1", strategy)) == "", number


def test_a_release_again_makes_reads_only() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    direct.again()
    assert apply(direct, release("v1")) == []
    assert [operation for _, operation, _ in direct.calls if not is_read(operation)] == []
    assert len(direct.calls) == 10


def test_a_release_with_more_instances_than_is_usual_is_as_large_before_the_swap_and_shrinks_after_it() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    blue = next(iter(direct.world.environments.values()))
    blue.instances += ["i-03", "i-04", "i-05"]  # what scaling has added
    direct.again()
    apply(direct, release("v2"))
    sizes = [
        {
            one["OptionName"]: one["Value"]
            for one in arguments["OptionSettings"]
            if one["Namespace"] == "aws:autoscaling:asg"
        }
        for _, operation, arguments in direct.calls
        if operation in ("CreateEnvironment", "UpdateEnvironment")
    ]
    assert sizes == [{"MinSize": "5", "MaxSize": "5"}, {"MaxSize": "4", "MinSize": "2"}]
    direct.again()
    apply(direct, release("v2"))
    assert direct.all_writes == 0


def test_an_environment_that_others_have_made_gives_its_name_and_goes_on() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    blue = next(iter(direct.world.environments.values()))
    blue.tags.clear()
    direct.again()
    apply(direct, release("v2"))
    assert direct.states() == [("v1", "Ready", "shop-live-fb04dcb6"), ("v2", "Ready", "shop-live")]


def test_a_name_of_somebody_else_is_refused_before_anything_is_made_there() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    environment = next(iter(direct.world.environments.values()))
    environment.application = "another"
    direct.again()
    with pytest.raises(DeployError) as caught:
        apply(direct, release("v2"))
    assert str(caught.value) == (
        "shop-live.eu-west-1.elasticbeanstalk.com is somebody else's, or of another application. "
        "Choose another name: deploy: {cname: ...}, and live_host by it"
    )
    assert "elasticbeanstalk:CreateEnvironment" not in direct.writes


def test_what_is_live_is_not_ended_where_the_journal_is_lost_and_its_health_is_bad() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    live = next(iter(direct.world.environments.values()))
    live.health, live.health_status = "Red", "Severe"
    direct.objects = {key: content for key, content in direct.objects.items() if "journal" not in key}
    direct.again()
    with pytest.raises(TrialError, match="its health is Severe"):
        apply(direct, release("v1"))
    with pytest.raises(TrialError, match="its health is Severe"):
        apply(direct, release("v1"))
    assert direct.states() == [("v1", "Ready", "shop-live")]
    assert direct.writes == ["elasticbeanstalk:RequestEnvironmentInfo"] * 2


# ---- by lot


class Watched(Direct):
    """Says how many environments have the live name, after each call: once one had it, never none."""

    had = False

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        try:
            return super().call(service, operation, **arguments)
        finally:
            live = [one for one in self.states() if one[2] == "shop-live" and one[1] != "Terminating"]
            self.had = self.had or any(status == "Ready" for _, status, _ in live)


RUN = st.fixed_dictionaries(
    {
        "label": st.sampled_from(["v1", "v2", "v3"]),
        "strategy": st.sampled_from(["blue-green", "blue-green", "immutable", "rolling", "in-place"]),
        "fate": st.sampled_from(["", "kill", "unsent", "lost", "cut", "expired"]),
        "at": st.integers(1, 120),
        "is_sick": st.booleans(),
        "is_accepted": st.booleans(),
        "swap": st.sampled_from(["", "", "half", "fails"]),
    }
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RUN, min_size=1, max_size=4))
def test_whatever_goes_wrong_by_lot_what_was_live_stays_and_the_last_release_comes_through(
    runs: list[dict[str, Any]],
) -> None:
    direct = Watched()
    good = ""
    for run in runs:
        direct.again()
        direct.world.sick[:] = [Sick(run["label"])] if run["is_sick"] else []
        direct.world.swap_fault = run["swap"]
        direct.happens = _fate(run)
        accepts = run["is_accepted"]
        try:
            apply(direct, release(run["label"], strategy=run["strategy"]), acceptance=lambda url: accepts)  # noqa: B023
            good = run["label"]
        except (Killed, DeployError):
            pass
        if good:
            live = [
                label for label, status, cname in direct.states() if cname == "shop-live" and status != "Terminating"
            ]
            assert live, direct.states()
    direct.again()
    direct.world.sick.clear()
    direct.world.swap_fault = ""
    label = runs[-1]["label"]
    apply(direct, release(label))
    assert direct.states() == [(label, "Ready", "shop-live")]
    direct.again()
    assert apply(direct, release(label)) == []
    assert direct.all_writes == 0


def _fate(run: dict[str, Any]) -> Any:
    def happens(number: int, service: str, operation: str) -> str:
        if number != run["at"] or (run["fate"] in ("lost", "cut") and is_read(operation)):
            return ""
        return str(run["fate"])

    return happens
