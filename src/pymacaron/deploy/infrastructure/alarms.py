"""
Alarms of a service, and who is told. They watch the balancer of an environment, which each release makes anew, so they
go with its bundle, as `.ebextensions`, and end with it; the topic that they tell stands.

Source: Elastic Beanstalk Developer Guide, "Adding and customizing environment resources"; Elastic Load Balancing User
Guide, "CloudWatch metrics for your Application Load Balancer".
"""

from __future__ import annotations

import json
from typing import Any

from pymacaron.deploy.settings import Wanted

__all__ = ["FILE", "extension", "resources", "topic_name"]

#: The file of a bundle
FILE = ".ebextensions/pymacaron-alarms.config"
_NAMESPACE = "AWS/ApplicationELB"
_BALANCER, _GROUP = "AWSEBV2LoadBalancer", "AWSEBV2LoadBalancerTargetGroup"
#: Seconds that the slowest of twenty calls may take; errors of the service in a minute; minutes in a row, of five
_SLOW_S, _ERRORS, _MINUTES, _OF = 2, 5, 3, 5


def topic_name(application: str) -> str:
    """The topic of SNS that alarms of *application* go to."""
    return f"{application}-alarms"


def extension(wanted: Wanted) -> dict[str, bytes]:
    """dict: name of a file of the bundle -> content; empty where nobody is to be told."""
    if not wanted.alarm_email:
        return {}
    return {FILE: json.dumps({"Resources": resources(wanted.application)}, indent=2).encode()}


def resources(application: str) -> dict[str, Any]:
    """As CloudFormation has them, beside the balancer of an environment."""
    told = {"Fn::Sub": f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{topic_name(application)}"}
    balancer = {"Name": "LoadBalancer", "Value": {"Fn::GetAtt": [_BALANCER, "LoadBalancerFullName"]}}
    group = {"Name": "TargetGroup", "Value": {"Fn::GetAtt": [_GROUP, "TargetGroupFullName"]}}
    return {
        "PymacaronErrors": _alarm(
            f"{application} fails: more than {_ERRORS} replies of 500 and above in a minute",
            told,
            [balancer],
            "HTTPCode_Target_5XX_Count",
            _ERRORS,
            Statistic="Sum",
        ),
        "PymacaronUnreached": _alarm(
            f"{application} is not reached: the balancer itself answers with 500 and above",
            told,
            [balancer],
            "HTTPCode_ELB_5XX_Count",
            _ERRORS,
            Statistic="Sum",
        ),
        "PymacaronSlow": _alarm(
            f"{application} is slow: one call of twenty takes more than {_SLOW_S} s",
            told,
            [balancer],
            "TargetResponseTime",
            _SLOW_S,
            ExtendedStatistic="p95",
        ),
        "PymacaronUnhealthy": _alarm(
            f"{application} has instances that are not healthy",
            told,
            [balancer, group],
            "UnHealthyHostCount",
            0,
            Statistic="Maximum",
        ),
    }


def _alarm(why: str, told: Any, dimensions: list[Any], metric: str, most: float, **statistic: str) -> dict[str, Any]:
    properties = {
        "AlarmDescription": why,
        "Namespace": _NAMESPACE,
        "MetricName": metric,
        "Dimensions": dimensions,
        **statistic,
        "Period": 60,
        "EvaluationPeriods": _OF,
        "DatapointsToAlarm": _MINUTES,
        "Threshold": most,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [told],
        "OKActions": [told],
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
