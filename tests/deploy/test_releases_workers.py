"""A release whose workers have an environment of their own, over an AWS without HTTP: killed, undone, rolled back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cloud.beanstalk.world import Sick
from releases.direct import Direct
from releases.kills import FATES, Kill, converges, count
from releases.shop import apply, planned, release

from pymacaron.deploy.failures import TrialError
from pymacaron.deploy.target import Verdict

V1, V2 = next(release("v1").worker_names()), next(release("v2").worker_names())


@pytest.fixture
def direct() -> Direct:
    """v1 is live, with workers."""
    made = Direct()
    apply(made, release("v1", workers=True))
    made.again()
    return made


def of_create(direct: Direct, name: str) -> dict[str, Any]:
    return next(
        arguments
        for _, operation, arguments in direct.calls
        if operation == "CreateEnvironment" and arguments["EnvironmentName"] == name
    )


def unreached(url: str, label: str) -> Verdict:
    return Verdict(label != "v2", "callers get 503")


def test_a_first_release_makes_them_once_it_is_well(direct: Direct) -> None:
    assert direct.states() == [("v1", "Ready", "shop-live"), ("v1-workers", "Ready", V1)]
    assert apply(direct, release("v1", workers=True)) == []
    assert direct.all_writes == 0


def test_green_workers_are_there_before_the_swap_and_those_before_end_after_it(direct: Direct) -> None:
    done = apply(direct, release("v2", workers=True))
    assert direct.states() == [("v2", "Ready", "shop-live"), ("v2-workers", "Ready", V2)]
    assert [one for one in direct.writes if not one.startswith("s3:")] == [
        "elasticbeanstalk:CreateApplicationVersion",
        "elasticbeanstalk:CreateApplicationVersion",
        "elasticbeanstalk:CreateEnvironment",
        "elasticbeanstalk:CreateEnvironment",
        "elasticbeanstalk:SwapEnvironmentCNAMEs",
        "elasticbeanstalk:TerminateEnvironment",
        "elasticbeanstalk:TerminateEnvironment",
    ]
    order = ("those that run the tasks", "give shop-live", "soak", f"end the environment {V1}")
    found = [next(n for n, name in enumerate(done) if word in name) for word in order if word != "soak"]
    assert found == sorted(found)
    direct.again()
    assert (apply(direct, release("v2", workers=True)), direct.all_writes) == ([], 0)


def test_they_are_the_same_but_for_what_callers_need(direct: Direct) -> None:
    options = (*release("v2").options, ("aws:elbv2:listener:443", "ListenerEnabled", "true"))
    apply(direct, release("v2", workers=True, options=options))
    made = of_create(direct, V2)
    assert (made["VersionLabel"], made["Tags"][0], "CNAMEPrefix" in made) == (
        "v2-workers",
        {"Key": "pymacaron:workers", "Value": "shop-live"},
        False,
    )
    found = {(one["Namespace"], one["OptionName"]): one["Value"] for one in made["OptionSettings"]}
    given = {(space, name): value for space, name, value in options if space != "aws:elbv2:listener:443"}
    assert found == given | {
        ("aws:autoscaling:asg", "MinSize"): "1",
        ("aws:ec2:vpc", "ELBScheme"): "internal",
        ("aws:elasticbeanstalk:application", "Application Healthcheck URL"): "/",
        ("aws:elasticbeanstalk:environment:process:default", "DeregistrationDelay"): "0",
        ("aws:elasticbeanstalk:environment:process:default", "HealthCheckPath"): "/",
    }


def test_a_plan_has_each_of_their_writes(direct: Direct) -> None:
    steps = planned(direct, release("v2", workers=True))
    assert direct.all_writes == 0
    calls = [f"{call.service}:{call.operation}" for step in steps for call in step.calls]
    direct.again()
    apply(direct, release("v2", workers=True))
    assert calls == direct.writes


def test_workers_that_do_not_come_up_are_no_release(direct: Direct) -> None:
    direct.world.sick[:] = [Sick("v2-workers")]
    with pytest.raises(TrialError, match=r"has failed \(workers\): of its workers, its health is Severe"):
        apply(direct, release("v2", workers=True))
    assert "elasticbeanstalk:SwapEnvironmentCNAMEs" not in direct.writes
    assert [one for one in direct.states() if one[1] != "Terminating"] == [
        ("v1", "Ready", "shop-live"),
        ("v1-workers", "Ready", V1),
    ]
    direct.world.sick.clear()
    direct.again()
    apply(direct, release("v2", workers=True))
    assert [one[:2] for one in direct.states()] == [("v2", "Ready"), ("v2-workers", "Ready")]


def test_those_of_a_first_release_that_do_not_come_up_end_with_it() -> None:
    direct = Direct()
    direct.world.sick[:] = [Sick("v1-workers")]
    with pytest.raises(TrialError, match="of its workers"):
        apply(direct, release("v1", workers=True))
    direct.world.sick.clear()
    direct.again()
    apply(direct, release("v1", workers=True))
    assert [one[:2] for one in direct.states()] == [("v1", "Ready"), ("v1-workers", "Ready")]


def test_those_of_what_stays_live_are_made_anew_where_they_have_failed() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    direct.again()
    direct.world.sick[:] = [Sick("v1-workers")]
    with pytest.raises(TrialError, match="of its workers"):
        apply(direct, release("v1", workers=True))
    assert ("v1", "Ready", "shop-live") in direct.states()
    direct.world.sick.clear()
    direct.again()
    apply(direct, release("v1", workers=True))
    assert [one[:2] for one in direct.states()] == [("v1", "Ready"), ("v1-workers", "Ready")]


def test_workers_that_fail_while_it_soaks_give_the_name_back(direct: Direct) -> None:
    direct.world.sick[:] = [Sick("v2-workers", 200)]
    with pytest.raises(TrialError, match="the health of its workers has become Severe"):
        apply(direct, release("v2", workers=True))
    live = [label for label, _, cname in direct.states() if cname == "shop-live"]
    assert (live, V1 in [cname for _, _, cname in direct.states()]) == (["v1"], True)


def test_a_smoke_test_that_fails_leaves_those_before_where_they_were(direct: Direct) -> None:
    with pytest.raises(TrialError, match="smoke"):
        apply(direct, release("v2", workers=True), smoke=unreached)
    there = {(label, status) for label, status, _ in direct.states()}
    assert there == {("v1", "Ready"), ("v1-workers", "Ready"), ("v2", "Ready"), ("v2-workers", "Ready")}
    direct.again()
    apply(direct, release("v1", workers=True), only_cleans=True)
    assert direct.states() == [("v1", "Ready", "shop-live"), ("v1-workers", "Ready", V1)]


@pytest.mark.parametrize("keeps_previous", [True, False])
def test_a_rollback_has_its_own_workers(direct: Direct, keeps_previous: bool) -> None:
    apply(direct, release("v2", workers=True, keeps_previous=keeps_previous))
    direct.again()
    back = replace(release("v1"), bundle=None, has_acceptance=False, cleans=False, soak=0)
    apply(direct, back)
    labels = {label: cname for label, status, cname in direct.states() if status == "Ready"}
    assert (labels["v1"], "v1-workers" in labels) == ("shop-live", True)
    direct.again()
    apply(direct, back, only_cleans=True)
    assert [one[:2] for one in direct.states()] == [("v1", "Ready"), ("v1-workers", "Ready")]


def test_a_rollback_to_what_had_none_makes_none() -> None:
    direct = Direct()
    apply(direct, release("v1"))
    direct.again()
    apply(direct, release("v2", workers=True))
    direct.again()
    apply(direct, replace(release("v1"), bundle=None, has_acceptance=False, cleans=False, soak=0))
    direct.again()
    apply(direct, release("v1"), only_cleans=True)
    assert [one[:2] for one in direct.states()] == [("v1", "Ready")]


def test_a_release_without_workers_ends_those_before(direct: Direct) -> None:
    apply(direct, release("v2"))
    assert direct.states() == [("v2", "Ready", "shop-live")]


@pytest.mark.parametrize("strategy", ["immutable", "in-place"])
def test_an_update_of_what_is_live_has_new_workers(direct: Direct, strategy: str) -> None:
    apply(direct, release("v2", workers=True, strategy=strategy))
    assert direct.states() == [("v2", "Ready", "shop-live"), ("v2-workers", "Ready", V2)]


def test_an_update_whose_workers_fail_is_undone_and_made_with_others(direct: Direct) -> None:
    direct.world.sick[:] = [Sick("v2-workers")]
    with pytest.raises(TrialError, match="of its workers"):
        apply(direct, release("v2", workers=True, strategy="immutable"))
    assert ("v1", "Ready", "shop-live") in direct.states()
    direct.world.sick.clear()
    direct.again()
    apply(direct, release("v2", workers=True, strategy="immutable"))
    assert [one[:2] for one in direct.states()] == [("v2", "Ready"), ("v2-workers", "Ready")]


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("first", [None, "v1"])
def test_one_that_ends_anywhere_goes_on(fate: str, first: str | None) -> None:
    # All of them: python -m soak.releases
    for number in range(1 + len(fate), count(first, workers=True) + 1, 17):
        assert converges(Kill(fate, number, first, workers=True)) == "", (fate, number)
