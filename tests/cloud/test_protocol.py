"""The query protocol, as unmodified boto3 and whoever else speaks it get it."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError, WaiterError

from cloud.here import Cloud
from cloud.shop import environment, options, version

_AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/elasticbeanstalk/aws4_request, Signature=0"


def raw(aws: Cloud, **form: str) -> tuple[int, str, str]:
    """Status, code and text of what is answered to a form that boto3 would not send."""
    content = urlencode({"Version": "2010-12-01", **form}).encode()
    request = urllib.request.Request(aws.endpoint, content, {"Authorization": _AUTHORIZATION})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
    with caught.value as answer:
        tree = ElementTree.fromstring(answer.read())
    texts = {element.tag.rpartition("}")[2]: element.text or "" for element in tree.iter()}
    return caught.value.code, texts["Code"], texts["Message"]


@pytest.mark.parametrize(
    ("form", "code", "text"),
    [
        ({"Action": "Fly"}, "InvalidAction", "Could not find operation Fly for version 2010-12-01"),
        (
            {"Action": "DescribeEvents", "Version": "1"},
            "InvalidAction",
            "Could not find operation DescribeEvents for version 1",
        ),
        (
            {"Action": "CreateApplication"},
            "ValidationError",
            "1 validation error detected: Value null at 'applicationName' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            {"Action": "CreateApplication", "ApplicationName": "shop", "Colour": "red"},
            "ValidationError",
            "Unknown parameter: Colour",
        ),
        (
            {"Action": "DescribeEvents", "Severity": "BAD", "MaxRecords": "1001", "EnvironmentName": "abc"},
            "ValidationError",
            "3 validation errors detected: "
            "Value 'abc' at 'environmentName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 4; "
            "Value 'BAD' at 'severity' failed to satisfy constraint: "
            "Member must satisfy enum value set: [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]; "
            "Value '1001' at 'maxRecords' failed to satisfy constraint: "
            "Member must have value less than or equal to 1000",
        ),
        (
            {"Action": "DescribeEvents", "MaxRecords": "many"},
            "MalformedInput",
            "MaxRecords is no integer: 'many'",
        ),
    ],
)
def test_what_breaks_the_model_is_refused(aws: Cloud, form: dict[str, str], code: str, text: str) -> None:
    assert raw(aws, **form) == (400, code, text)


def test_an_operation_that_has_no_stand_in_says_so(aws: Cloud) -> None:
    assert raw(aws, Action="ListPlatformBranches") == (
        501,
        "NotImplemented",
        "The stand-in has no ListPlatformBranches.",
    )


def test_waiters_wait(aws: Cloud) -> None:
    version(aws, "v1")
    aws.world.clock.scale = 240  # a launch in a second
    eb = aws.client("elasticbeanstalk")
    platform = eb.list_platform_versions()["PlatformSummaryList"][0]["PlatformArn"]
    asked = {"ApplicationName": "shop", "EnvironmentName": "shop-a", "VersionLabel": "v1", "PlatformArn": platform}
    eb.create_environment(**asked, OptionSettings=options())
    quick = {"Delay": 0.05, "MaxAttempts": 1000}
    eb.get_waiter("environment_exists").wait(EnvironmentNames=["shop-a"], WaiterConfig=quick)
    eb.update_environment(EnvironmentName="shop-a", Description="new")
    eb.get_waiter("environment_updated").wait(EnvironmentNames=["shop-a"], WaiterConfig=quick)
    eb.terminate_environment(EnvironmentName="shop-a")
    eb.get_waiter("environment_terminated").wait(EnvironmentNames=["shop-a"], WaiterConfig=quick)
    with pytest.raises(WaiterError):
        eb.get_waiter("environment_exists").wait(
            EnvironmentNames=["shop-a"], WaiterConfig={"Delay": 0, "MaxAttempts": 2}
        )


def test_lists_come_in_pages(aws: Cloud) -> None:
    eb = aws.client("elasticbeanstalk")
    for number in range(5):
        version(aws, f"v{number}")
    pages = eb.get_paginator("describe_application_versions").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["VersionLabel"] for one in page["ApplicationVersions"]] for page in pages] == [
        ["v4", "v3"],
        ["v2", "v1"],
        ["v0"],
    ]
    with pytest.raises(ClientError, match="The specified NextToken is not valid"):
        eb.describe_events(NextToken="nonsense")


def test_events_are_chosen_by_severity_time_environment_and_request(aws: Cloud) -> None:
    aws.red("v2")
    first = environment(aws, "shop-a", "shop-live", "v1")
    environment(aws, "shop-b", "shop-green", "v2")
    eb = aws.client("elasticbeanstalk")

    def severities(**asked: Any) -> set[str]:
        return {one["Severity"] for one in eb.describe_events(**asked)["Events"]}

    assert severities(EnvironmentName="shop-a") == {"INFO"}
    assert severities(EnvironmentId=first["EnvironmentId"]) == {"INFO"}
    assert severities(EnvironmentName="shop-b", Severity="WARN") == {"WARN", "ERROR"}
    assert severities(StartTime=aws.world.clock.now() + timedelta(hours=1)) == set()
    assert severities(EndTime=datetime(2020, 1, 1, tzinfo=UTC)) == set()
    started = eb.terminate_environment(EnvironmentName="shop-a")["ResponseMetadata"]["RequestId"]
    aws.advance(121)
    assert [one["Message"] for one in eb.describe_events(RequestId=started)["Events"]] == [
        "terminateEnvironment completed successfully.",
        "terminateEnvironment is starting.",
    ]


def test_settings_are_told_with_defaults(aws: Cloud) -> None:
    environment(aws, "shop-a", "shop-live", "v1", OptionSettings=options(COLOUR="red"))
    eb = aws.client("elasticbeanstalk")
    asked = {"ApplicationName": "shop", "EnvironmentName": "shop-a"}
    told = eb.describe_configuration_settings(**asked)["ConfigurationSettings"][0]
    assert told["DeploymentStatus"] == "deployed"
    found = {(one["Namespace"], one["OptionName"]): one.get("Value") for one in told["OptionSettings"]}
    assert found["aws:autoscaling:asg", "MinSize"] == "2"
    assert found["aws:autoscaling:asg", "MaxSize"] == "4"
    assert found["aws:elasticbeanstalk:application:environment", "COLOUR"] == "red"
    more = [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "3"}]
    eb.update_environment(EnvironmentName="shop-a", OptionSettings=more)
    aws.advance(91)
    assert len(eb.describe_environment_resources(EnvironmentName="shop-a")["EnvironmentResources"]["Instances"]) == 3
    gone = [{"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "COLOUR"}]
    eb.update_environment(EnvironmentName="shop-a", OptionsToRemove=gone)
    aws.advance(91)
    told = eb.describe_configuration_settings(**asked)["ConfigurationSettings"][0]["OptionSettings"]
    assert "COLOUR" not in {one["OptionName"] for one in told}


def test_options_are_told_with_their_rules(aws: Cloud) -> None:
    eb = aws.client("elasticbeanstalk")
    wanted = [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize"}]
    stack = eb.list_available_solution_stacks()["SolutionStacks"][0]
    (told,) = eb.describe_configuration_options(SolutionStackName=stack, Options=wanted)["Options"]
    assert told == {
        "Namespace": "aws:autoscaling:asg",
        "Name": "MinSize",
        "DefaultValue": "1",
        "ChangeSeverity": "NoInterruption",
        "UserDefined": False,
        "ValueType": "Scalar",
        "MinValue": 1,
        "MaxValue": 10000,
    }


def test_tags_are_kept_by_arn(aws: Cloud) -> None:
    made = environment(aws, "shop-a", "shop-live", "v1", Tags=[{"Key": "live", "Value": "shop-live"}])
    eb, arn = aws.client("elasticbeanstalk"), made["EnvironmentArn"]
    eb.update_tags_for_resource(ResourceArn=arn, TagsToAdd=[{"Key": "by", "Value": "ann"}], TagsToRemove=["live"])
    assert eb.list_tags_for_resource(ResourceArn=arn)["ResourceTags"] == [{"Key": "by", "Value": "ann"}]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eb.list_tags_for_resource(ResourceArn=f"{arn}-none")


def test_an_application_is_kept_tidy_and_deleted_with_all(aws: Cloud) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    eb = aws.client("elasticbeanstalk")
    rule = {"Enabled": True, "MaxCount": 50, "DeleteSourceFromS3": True}
    config = {"ServiceRole": "arn:aws:iam::123456789012:role/x", "VersionLifecycleConfig": {"MaxCountRule": rule}}
    eb.update_application_resource_lifecycle(ApplicationName="shop", ResourceLifecycleConfig=config)
    (told,) = eb.describe_applications(ApplicationNames=["shop"])["Applications"]
    assert (told["ResourceLifecycleConfig"], told["Versions"]) == (config, ["v1"])
    with pytest.raises(ClientError, match="OperationInProgressFailure"):
        eb.delete_application(ApplicationName="shop")
    eb.delete_application(ApplicationName="shop", TerminateEnvByForce=True)
    aws.advance(200)
    assert (eb.describe_applications()["Applications"], aws.beanstalk.environments) == ([], {})


def test_a_platform_is_found_by_its_branch(aws: Cloud) -> None:
    filters = [
        {"Type": "PlatformBranchName", "Operator": "=", "Values": ["Docker running on 64bit Amazon Linux 2023"]},
        {"Type": "PlatformLifecycleState", "Operator": "=", "Values": ["Recommended"]},
    ]
    eb = aws.client("elasticbeanstalk")
    found = eb.list_platform_versions(Filters=filters)["PlatformSummaryList"]
    assert [one["PlatformVersion"] for one in found] == ["4.9.3", "4.10.0"]
    told = eb.describe_platform_version(PlatformArn=found[1]["PlatformArn"])["PlatformDescription"]
    assert told["SolutionStackName"] == "64bit Amazon Linux 2023 v4.10.0 running Docker"


def test_a_name_that_is_free_is_told(aws: Cloud) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    eb = aws.client("elasticbeanstalk")
    assert [eb.check_dns_availability(CNAMEPrefix=one)["Available"] for one in ("shop-live", "shop-new")] == [
        False,
        True,
    ]
