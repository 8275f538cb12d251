"""Only what a policy allows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.here import Cloud
from cloud.shop import options


def denied(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Message"]).partition("perform: ")[2]


def test_an_action_that_is_lacking_is_named(aws: Cloud) -> None:
    allowed = ["elasticbeanstalk:Describe*", "elasticbeanstalk:CreateApplication", "s3:ListBucket", "s3:GetObject"]
    policy = aws.permit(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}
    )
    eb, s3 = aws.faulty_client("elasticbeanstalk"), aws.faulty_client("s3")
    eb.describe_applications()
    eb.create_application(ApplicationName="shop")
    aws.client("s3").create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.list_objects_v2(Bucket="shop")
    assert denied(eb.delete_application, ApplicationName="shop") == "elasticbeanstalk:DeleteApplication"
    assert denied(s3.put_object, Bucket="shop", Key="a", Body=b"1") == "s3:PutObject"
    tagged = {"ApplicationName": "other", "Tags": [{"Key": "a", "Value": "b"}]}
    assert denied(eb.create_application, **tagged) == "elasticbeanstalk:AddTags"
    given = {"ApplicationName": "shop", "EnvironmentName": "shop-a", "OptionSettings": options()}
    aws.permit({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "elasticbeanstalk:*"}]})
    assert denied(eb.create_environment, **given) == "iam:PassRole"
    aws.faulty_client("sts").get_caller_identity()
    assert policy.unused == ["s3:GetObject"]


def test_what_is_denied_is_so_though_it_is_allowed(aws: Cloud) -> None:
    one = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    other = {"Effect": "Deny", "Action": "elasticbeanstalk:Terminate*", "Resource": "*"}
    aws.permit({"Version": "2012-10-17", "Statement": one}, {"Version": "2012-10-17", "Statement": [other]})
    eb = aws.faulty_client("elasticbeanstalk")
    eb.describe_applications()
    assert denied(eb.terminate_environment, EnvironmentName="shop-a") == "elasticbeanstalk:TerminateEnvironment"
