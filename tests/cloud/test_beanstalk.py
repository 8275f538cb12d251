"""What our Beanstalk does and says, as unmodified boto3 sees it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.beanstalk import MODEL, OPERATIONS
from cloud.here import Cloud
from cloud.shop import environment, options, version

ARN = "arn:aws:elasticbeanstalk:eu-west-1::platform/Docker running on 64bit Amazon Linux 2023/4.10.0"


@pytest.fixture
def eb(aws: Cloud) -> Any:
    return aws.client("elasticbeanstalk")


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def create(eb: Any, **more: Any) -> dict[str, Any]:
    asked: Any = {
        "ApplicationName": "shop",
        "EnvironmentName": "shop-a",
        "CNAMEPrefix": "shop-live",
        "VersionLabel": "v1",
    }
    asked |= {"PlatformArn": ARN, "OptionSettings": options(), **more}
    return dict(eb.create_environment(**asked))


def states(aws: Cloud) -> dict[str, tuple[str, str, str]]:
    found = aws.beanstalk.environments.items()
    return {name: (one["Status"], one["HealthStatus"], one["CNAME"].split(".")[0]) for name, one in found}


def messages(eb: Any, severity: str = "TRACE") -> list[str]:
    return [one["Message"] for one in reversed(eb.describe_events(Severity=severity)["Events"])]


def test_every_operation_is_one_of_botocores() -> None:
    assert sorted(set(OPERATIONS) - set(MODEL.operation_names)) == []
    assert len(OPERATIONS) == 34


def test_an_environment_is_launched_then_ready_then_well(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    made = create(eb)
    assert (made["Status"], made["Health"], made["CNAME"]) == (
        "Launching",
        "Grey",
        "shop-live.eu-west-1.elasticbeanstalk.com",
    )
    assert made["EnvironmentArn"] == "arn:aws:elasticbeanstalk:eu-west-1:123456789012:environment/shop/shop-a"
    aws.advance(239)
    assert states(aws)["shop-a"][:2] == ("Launching", "Pending")
    aws.advance(2)
    assert states(aws)["shop-a"][:2] == ("Ready", "Pending")
    aws.advance(30)
    assert states(aws)["shop-a"][:2] == ("Ready", "Ok")
    assert messages(eb)[-4:] == [
        "Instance deployment completed successfully.",
        "Application available at shop-live.eu-west-1.elasticbeanstalk.com.",
        "Successfully launched environment: shop-a",
        "Environment health has transitioned from Pending to Ok.",
    ]


def test_without_a_profile_it_goes_red_and_is_ended(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    create(eb, OptionSettings=[])
    aws.advance(12)
    assert aws.beanstalk.environments["shop-a"]["Health"] == "Red"
    assert messages(eb, "ERROR") == [
        "Environment must have instance profile associated with it.",
        "Failed to launch environment.",
    ]
    aws.advance(12)
    assert states(aws) == {}


def test_a_profile_that_is_not_there_is_named(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    settings = options()
    settings[0]["Value"] = "nobody"
    create(eb, OptionSettings=settings)
    aws.advance(12)
    assert messages(eb, "ERROR")[0] == ("The instance profile nobody associated with the environment does not exist.")


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        (
            {"EnvironmentName": "shop-b"},
            "InvalidParameterValue",
            f"DNS name (shop-live.{ARN[25:34]}.elasticbeanstalk.com) is not available.",
        ),
        ({}, "InvalidParameterValue", "Environment shop-a already exists."),
        ({"ApplicationName": "none"}, "InvalidParameterValue", "No Application named 'none' found."),
        (
            {"EnvironmentName": "shop-c", "VersionLabel": "v9"},
            "InvalidParameterValue",
            "No Application Version named 'v9' found.",
        ),
    ],
)
def test_what_is_taken_or_missing_is_refused(aws: Cloud, eb: Any, more: Any, code: str, text: str) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    assert refused(lambda **asked: create(eb, **asked), **more) == (code, text)


def test_names_are_looked_at(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    code, text = refused(lambda: create(eb, EnvironmentName="-shop"))
    assert (code, text.startswith("Value -shop at 'EnvironmentName' failed to satisfy constraint")) == (
        "InvalidParameterValue",
        True,
    )
    assert refused(lambda: create(eb, OptionSettings=[{"Namespace": "aws:none", "OptionName": "X", "Value": "1"}])) == (
        "ConfigurationValidationException",
        "Configuration validation exception: Invalid option specification (Namespace: 'aws:none', OptionName: 'X'): "
        "Unknown configuration setting.",
    )


def test_a_limit_is_told_by_its_own_code(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    aws.world.limits.environments = 0
    assert refused(lambda: create(eb))[0] == "TooManyEnvironmentsException"


def test_nothing_is_done_to_what_is_not_ready(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    create(eb)
    told = "Environment named shop-a is in an invalid state for this operation. Must be Ready."
    assert refused(eb.terminate_environment, EnvironmentName="shop-a") == ("InvalidParameterValue", told)
    assert refused(eb.update_environment, EnvironmentName="shop-a", VersionLabel="v1")[1] == told
    assert refused(eb.request_environment_info, EnvironmentName="shop-a", InfoType="tail")[1] == told
    assert refused(eb.rebuild_environment, EnvironmentName="none") == (
        "InvalidParameterValue",
        "No Environment found for EnvironmentName = 'none'.",
    )


def test_a_swap_takes_a_while_and_exchanges_both(aws: Cloud, eb: Any) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    environment(aws, "shop-b", "shop-green", "v2")
    aws.world.clock.scale = 1
    eb.swap_environment_cnames(SourceEnvironmentName="shop-b", DestinationEnvironmentName="shop-a")
    assert {one[0] for one in states(aws).values()} == {"Updating"}
    aws.advance(11)
    assert states(aws) == {"shop-a": ("Ready", "Ok", "shop-green"), "shop-b": ("Ready", "Ok", "shop-live")}
    assert messages(eb)[-1] == "Completed swapping CNAMEs for environments 'shop-b' and 'shop-a'."


@pytest.mark.parametrize(
    ("fault", "meanwhile", "at_last"),
    [
        ("half", ("shop-live", "shop-live"), ("shop-green", "shop-live")),
        ("stuck", ("shop-live", "shop-live"), ("shop-live", "shop-live")),
        ("fails", ("shop-live", "shop-green"), ("shop-live", "shop-green")),
    ],
)
def test_a_swap_goes_wrong(aws: Cloud, eb: Any, fault: str, meanwhile: Any, at_last: Any) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    environment(aws, "shop-b", "shop-green", "v2")
    aws.world.clock.scale = 1
    aws.swap_goes(fault)
    eb.swap_environment_cnames(SourceEnvironmentName="shop-b", DestinationEnvironmentName="shop-a")
    aws.advance(11)
    assert tuple(one[2] for one in states(aws).values()) == meanwhile
    aws.advance(60)
    assert tuple(one[2] for one in states(aws).values()) == at_last
    assert {one[0] for one in states(aws).values()} == {"Ready"}


def test_what_ended_is_still_told_of_for_an_hour(aws: Cloud, eb: Any) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    eb.terminate_environment(EnvironmentName="shop-a")
    assert states(aws)["shop-a"][0] == "Terminating"
    aws.advance(121)
    assert [one["Status"] for one in eb.describe_environments()["Environments"]] == ["Terminated"]
    assert eb.describe_environments(IncludeDeleted=False)["Environments"] == []
    aws.advance(3600)
    assert eb.describe_environments()["Environments"] == []
    environment(aws, "shop-a", "shop-live", "v1")  # its names are free


def test_red_at_launch_is_ready_and_severe(aws: Cloud, eb: Any) -> None:
    aws.red("v1")
    environment(aws, "shop-a", "shop-live", "v1")
    assert states(aws)["shop-a"][:2] == ("Ready", "Severe")
    told = eb.describe_environment_health(EnvironmentName="shop-a", AttributeNames=["All"])
    assert (told["Color"], told["Causes"]) == ("Red", ["100.0 % of the requests are failing with HTTP 5xx."])


def test_red_later_is_well_before(aws: Cloud) -> None:
    aws.red("shop-*", after_s=600)
    environment(aws, "shop-a", "shop-live", "v1")
    assert states(aws)["shop-a"][1] == "Ok"
    aws.advance(600)
    assert states(aws)["shop-a"][1] == "Severe"


def test_a_version_is_processed_or_fails(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    version(aws, "v2", b"no archive")
    for label in ("v1", "v2"):
        source = {"S3Bucket": aws.world.bucket, "S3Key": f"shop/{label}.zip"}
        asked = {"ApplicationName": "shop", "VersionLabel": f"{label}-again", "SourceBundle": source, "Process": True}
        assert eb.create_application_version(**asked)["ApplicationVersion"]["Status"] == "PROCESSING"
    aws.advance(11)
    found = {one["VersionLabel"]: one["Status"] for one in eb.describe_application_versions()["ApplicationVersions"]}
    assert found == {"v2-again": "FAILED", "v1-again": "PROCESSED", "v2": "UNPROCESSED", "v1": "UNPROCESSED"}
    code, text = refused(lambda: create(eb, VersionLabel="v2-again"))
    assert (code, text) == ("InvalidParameterValue", "Application version v2-again is unusable: its status is FAILED.")


def test_a_version_wants_its_bundle(aws: Cloud, eb: Any) -> None:
    version(aws, "v1")
    source = {"S3Bucket": aws.world.bucket, "S3Key": "none.zip"}
    asked = {"ApplicationName": "shop", "VersionLabel": "v2", "SourceBundle": source}
    assert refused(eb.create_application_version, **asked) == (
        "InvalidParameterCombination",
        f"Unable to download from S3 location (Bucket: {aws.world.bucket}  Key: none.zip). Reason: Not Found",
    )


def test_an_update_deploys_or_leaves_the_old_version(aws: Cloud, eb: Any) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    version(aws, "v2")
    version(aws, "v3")
    eb.update_environment(EnvironmentName="shop-a", VersionLabel="v2")
    aws.advance(91)
    assert aws.beanstalk.environments["shop-a"]["VersionLabel"] == "v2"
    aws.red("v3")
    eb.update_environment(EnvironmentName="shop-a", VersionLabel="v3")
    aws.advance(91)
    found = aws.beanstalk.environments["shop-a"]
    assert (found["VersionLabel"], found["HealthStatus"], found["Status"]) == ("v2", "Degraded", "Ready")
    eb.update_environment(EnvironmentName="shop-a", VersionLabel="v1", Description="new", OptionSettings=options(A="1"))
    eb.abort_environment_update(EnvironmentName="shop-a")
    aws.advance(91)
    found = aws.beanstalk.environments["shop-a"]
    assert (found["VersionLabel"], found["Status"], found["Description"]) == ("v2", "Ready", None)
    one = aws.world.environments[found["EnvironmentId"]]
    assert one.option("aws:elasticbeanstalk:application:environment", "A") == ""
