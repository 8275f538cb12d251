"""A shop on this AWS: what a release makes, in one call each, for tests that look at something else."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from cloud.beanstalk.platforms import BRANCH
from cloud.here import PROFILE, ROLE, Cloud

__all__ = ["bundle", "environment", "options", "version"]


def options(**more: str) -> list[dict[str, str]]:
    """Option settings that AWS launches with; *more*: environment variables."""
    found = {
        ("aws:autoscaling:launchconfiguration", "IamInstanceProfile"): PROFILE,
        ("aws:elasticbeanstalk:environment", "ServiceRole"): ROLE,
        ("aws:elasticbeanstalk:healthreporting:system", "SystemType"): "enhanced",
        ("aws:autoscaling:asg", "MinSize"): "2",
    }
    found |= {("aws:elasticbeanstalk:application:environment", name): value for name, value in more.items()}
    return [{"Namespace": space, "OptionName": name, "Value": value} for (space, name), value in found.items()]


def bundle(image: str = "shop", files: dict[str, str] | None = None, port: int = 8080) -> bytes:
    """A Dockerrun of *image*, if there is one; *files*: others."""
    run = {
        "AWSEBDockerrunVersion": "1",
        "Image": {"Name": image, "Update": "false"},
        "Ports": [{"ContainerPort": port}],
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {**({"Dockerrun.aws.json": json.dumps(run)} if image else {}), **(files or {})}.items():
            archive.writestr(name, text)
    return content.getvalue()


def version(aws: Cloud, label: str, content: bytes | None = None, application: str = "shop") -> None:
    """The application, where it is missing, and its version *label*."""
    eb = aws.client("elasticbeanstalk")
    bucket = eb.create_storage_location()["S3Bucket"]
    key = f"{application}/{label}.zip"
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=bundle() if content is None else content)
    source = {"S3Bucket": bucket, "S3Key": key}
    eb.create_application_version(
        ApplicationName=application, VersionLabel=label, SourceBundle=source, AutoCreateApplication=True
    )


def environment(
    aws: Cloud, name: str, prefix: str, label: str, application: str = "shop", **more: Any
) -> dict[str, Any]:
    """It is Ready, and Ok unless something is made to go wrong."""
    eb = aws.client("elasticbeanstalk")
    if (application, label) not in aws.world.versions:
        version(aws, label, application=application)
    arn = f"arn:aws:elasticbeanstalk:{aws.world.region}::platform/{BRANCH}/4.10.0"
    asked = {"CNAMEPrefix": prefix, "VersionLabel": label, "PlatformArn": arn, "OptionSettings": options(), **more}
    eb.create_environment(ApplicationName=application, EnvironmentName=name, **asked)
    durations = aws.world.durations
    aws.advance(durations.launch + durations.health)
    return aws.beanstalk.environments[name]
