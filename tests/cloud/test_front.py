"""What the endpoint before all services notes, and what it lets go wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from cloud.here import Cloud
from cloud.shop import environment, options, version

#: service -> a read of it, and the code with which it is throttled, is not let in, and is not let do that
READS = {
    "elasticbeanstalk": ("describe_applications", "Throttling", "ExpiredToken", "AccessDenied"),
    "s3": ("list_buckets", "SlowDown", "ExpiredToken", "AccessDenied"),
    "ec2": ("describe_vpcs", "RequestLimitExceeded", "RequestExpired", "UnauthorizedOperation"),
    "secretsmanager": ("list_secrets", "ThrottlingException", "ExpiredTokenException", "AccessDeniedException"),
    "cloudwatch": ("describe_alarms", "ThrottlingException", "ExpiredTokenException", "AccessDeniedException"),
    "sts": ("get_caller_identity", "Throttling", "ExpiredToken", "AccessDenied"),
    "ecr": ("describe_repositories", "ThrottlingException", "ExpiredTokenException", "AccessDeniedException"),
}
CHILD = """
import boto3
boto3.client("elasticbeanstalk").create_application(ApplicationName="shop")
print("answered")
"""


def code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_calls_are_told_in_their_order_with_what_they_are(aws: Cloud) -> None:
    s3, eb = aws.faulty_client("s3"), aws.faulty_client("elasticbeanstalk")
    bucket = eb.create_storage_location()["S3Bucket"]
    s3.put_object(Bucket=bucket, Key="a/b c.txt", Body=b"1", IfNoneMatch="*")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a/b c.txt"})
    s3.list_objects_v2(Bucket=bucket)
    s3.head_object(Bucket=bucket, Key="copy")
    s3.get_bucket_versioning(Bucket=bucket)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="big", PartNumber=1, UploadId=upload, Body=b"1")
    aws.faulty_client("sts").get_caller_identity()
    aws.faulty_client("ecr").create_repository(repositoryName="shop")
    aws.faulty_client("cloudwatch").describe_alarms()
    aws.faulty_client("elbv2").describe_load_balancers()
    aws.client("elasticbeanstalk").describe_applications()
    assert [(call.number, call.action, call.writes, call.status) for call in aws.calls] == [
        (1, "elasticbeanstalk:CreateStorageLocation", True, 200),
        (2, "s3:PutObject", True, 200),
        (3, "s3:CopyObject", True, 200),
        (4, "s3:ListObjectsV2", False, 200),
        (5, "s3:HeadObject", False, 200),
        (6, "s3:GetBucketVersioning", False, 200),
        (7, "s3:CreateMultipartUpload", True, 200),
        (8, "s3:UploadPart", True, 200),
        (9, "sts:GetCallerIdentity", False, 200),
        (10, "ecr:CreateRepository", True, 200),
        (11, "monitoring:DescribeAlarms", False, 200),
        (12, "elasticloadbalancing:DescribeLoadBalancers", False, 200),
    ]
    assert aws.calls[1].arguments == {"Bucket": bucket, "Key": "a/b c.txt"}
    aws.forget()
    assert aws.calls == []


def test_an_object_is_put_once(aws: Cloud) -> None:
    s3 = aws.faulty_client("s3")
    s3.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    tag = s3.put_object(Bucket="shop", Key="lock", Body=b"1", IfNoneMatch="*")["ETag"]
    assert code(s3.put_object, Bucket="shop", Key="lock", Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert code(s3.put_object, Bucket="shop", Key="lock", Body=b"2", IfMatch='"other"') == "PreconditionFailed"
    s3.put_object(Bucket="shop", Key="lock", Body=b"3", IfMatch=tag)
    assert s3.get_object(Bucket="shop", Key="lock")["Body"].read() == b"3"


@pytest.mark.parametrize("service", READS)
def test_each_service_refuses_in_its_own_words(aws: Cloud, service: str) -> None:
    name, *codes = READS[service]
    call = getattr(aws.faulty_client(service), name)
    for kind, expected in zip(("throttle", "expired", "denied"), codes, strict=True):
        aws.heal()
        aws.fail(kind)
        assert code(call) == expected
    aws.heal()
    call()
    assert [one.effect for one in aws.calls] == [False, False, False, True]


def test_a_head_is_refused_without_a_body(aws: Cloud) -> None:
    aws.fail("denied")
    assert code(aws.faulty_client("s3").head_object, Bucket="shop", Key="x") == "403"


def test_what_is_denied_is_named(aws: Cloud) -> None:
    aws.fail("denied", "CreateApplication")
    eb = aws.faulty_client("elasticbeanstalk")
    eb.describe_applications()
    with pytest.raises(ClientError) as caught:
        eb.create_application(ApplicationName="shop")
    assert caught.value.response["Error"]["Message"] == (
        "User: arn:aws:iam::123456789012:user/deployer is not authorized to perform: elasticbeanstalk:CreateApplication"
    )


def test_each_third_call_is_met_and_boto3_goes_on(aws: Cloud) -> None:
    fault = aws.fail("throttle", every=3)
    eb = aws.faulty_client("elasticbeanstalk", attempts=3)
    for _ in range(4):
        eb.describe_applications()
    assert fault.met == [3]
    eb.describe_applications()
    eb.describe_applications()
    assert (fault.met, len(aws.calls)) == ([3, 6], 8)


def test_a_share_of_the_calls_is_the_same_in_every_run(aws: Cloud) -> None:
    fault = aws.fail("unavailable", share=0.3)
    eb = aws.faulty_client("elasticbeanstalk")
    codes = []
    for _ in range(20):
        try:
            codes.append(eb.describe_applications()["ResponseMetadata"]["HTTPStatusCode"])
        except ClientError as error:
            codes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert fault.met == [number for number, one in enumerate(codes, 1) if one == 503]
    assert fault.met == [4, 8, 9, 12, 19]


def test_credentials_end_with_a_call(aws: Cloud) -> None:
    aws.fail("expired", after=2)
    eb = aws.faulty_client("elasticbeanstalk")
    eb.describe_applications()
    eb.describe_applications()
    assert code(eb.describe_applications) == "ExpiredToken"
    assert code(aws.faulty_client("s3").list_buckets) == "ExpiredToken"


@pytest.mark.parametrize(("kind", "found"), [("timeout", ["shop"]), ("cut", [])])
def test_the_connection_is_cut_after_or_before_the_effect(aws: Cloud, kind: str, found: list[str]) -> None:
    aws.fail(kind, "CreateApplication")
    with pytest.raises(ConnectionClosedError):
        aws.faulty_client("elasticbeanstalk").create_application(ApplicationName="shop")
    told = aws.client("elasticbeanstalk").describe_applications()["Applications"]
    assert [one["ApplicationName"] for one in told] == found


def test_after_a_timeout_boto3_asks_again_and_hears_that_it_is_there(aws: Cloud) -> None:
    aws.fail("timeout", "CreateApplication")
    again = aws.faulty_client("elasticbeanstalk", attempts=3)
    assert code(again.create_application, ApplicationName="shop") == "InvalidParameterValue"
    assert [(call.operation, call.status) for call in aws.calls] == [
        ("CreateApplication", 0),
        ("CreateApplication", 400),
    ]


def test_the_client_is_killed_between_the_effect_and_the_answer(aws: Cloud) -> None:
    fault = aws.kill_after(1)
    done = subprocess.run([sys.executable, "-c", CHILD], env=aws.environ, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")
    assert (fault.met, list(aws.world.applications)) == ([1], ["shop"])
    again = subprocess.run([sys.executable, "-c", CHILD], env=aws.environ, capture_output=True, text=True, check=False)
    assert "Application shop already exists." in again.stderr


def test_a_client_in_this_process_is_not_killed_but_told(aws: Cloud) -> None:
    aws.kill_after(1)
    with pytest.raises(ClientError, match="The client is in this process, or unknown: it cannot be killed"):
        aws.faulty_client("elasticbeanstalk").describe_applications()


def test_somebody_else_acts_just_before(aws: Cloud) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    environment(aws, "shop-b", "shop-green", "v2")

    def other(cloud: Cloud) -> None:
        cloud.client("elasticbeanstalk").terminate_environment(EnvironmentName="shop-a")

    aws.meanwhile("SwapEnvironmentCNAMEs", other)
    eb = aws.faulty_client("elasticbeanstalk")
    asked = {"SourceEnvironmentName": "shop-b", "DestinationEnvironmentName": "shop-a"}
    assert code(eb.swap_environment_cnames, **asked) == "InvalidParameterValue"
    assert [call.action for call in aws.calls] == ["elasticbeanstalk:SwapEnvironmentCNAMEs"]


def test_a_fault_that_is_none_is_named(aws: Cloud) -> None:
    with pytest.raises(ValueError, match=r"'slowly' is no fault; there are throttle, .*, slow, kill, meanwhile"):
        aws.fail("slowly")


def test_logs_are_fetched_by_their_url(aws: Cloud) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    eb = aws.faulty_client("elasticbeanstalk")
    eb.request_environment_info(EnvironmentName="shop-a", InfoType="tail")
    assert eb.retrieve_environment_info(EnvironmentName="shop-a", InfoType="tail")["EnvironmentInfo"] == []
    aws.advance(11)
    told = eb.retrieve_environment_info(EnvironmentName="shop-a", InfoType="tail")["EnvironmentInfo"]
    assert len(told) == 2
    fetched = subprocess.run(
        [sys.executable, "-c", f"import urllib.request; print(urllib.request.urlopen({told[0]['Message']!r}).read())"],
        env=aws.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "/var/log/eb-docker/containers/eb-current-app/" in fetched.stdout


def test_validation_is_as_awss(aws: Cloud) -> None:
    version(aws, "v1")
    eb = aws.client("elasticbeanstalk")
    wrong = [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "many"}]
    told = eb.validate_configuration_settings(ApplicationName="shop", OptionSettings=[*options(A="1"), *wrong])
    assert told["Messages"] == [
        {
            "Message": "Invalid option value: 'many' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): "
            "Value is not an integer.",
            "Severity": "error",
            "Namespace": "aws:autoscaling:asg",
            "OptionName": "MinSize",
        }
    ]
