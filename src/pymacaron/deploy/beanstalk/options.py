"""
The settings of an environment, each with its reason: what best practice has, where the config says nothing else.

They go with the call that makes the environment, where they win over what a bundle says. `deploy: options` in
pym-config.yaml wins over this table. docs/deploy.md shows it, and a test compares both.
Source: Elastic Beanstalk Developer Guide, "General options for all environments".
"""

from __future__ import annotations

import math

from pymacaron.deploy.beanstalk.option import Given, Option, always, secure
from pymacaron.deploy.processors import architectures

__all__ = ["TABLE", "settings"]

_TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def _policy(given: Given) -> str:
    return {"immutable": "Immutable", "in-place": "AllAtOnce"}.get(given.wanted.strategy, "RollingWithAdditionalBatch")


def _zones(given: Given) -> str | None:
    if given.wanted.subnets:
        return None
    return "Any 2" if given.wanted.hosts_min >= 2 else "Any"


_EB = "aws:elasticbeanstalk"
_ASG, _LAUNCH, _TRIGGER = "aws:autoscaling:asg", "aws:autoscaling:launchconfiguration", "aws:autoscaling:trigger"
_PROCESS, _TLS_LISTENER = f"{_EB}:environment:process:default", "aws:elbv2:listener:443"
_LOGS, _HEALTH_LOGS = f"{_EB}:cloudwatch:logs", f"{_EB}:cloudwatch:logs:health"
_UPDATES = "aws:autoscaling:updatepolicy:rollingupdate"
_MANAGED = f"{_EB}:managedactions"

TABLE: tuple[Option, ...] = (
    # where it runs
    Option(
        f"{_EB}:environment",
        "EnvironmentType",
        always("LoadBalanced"),
        "LoadBalanced",
        "instances can end and be replaced while others answer",
    ),
    Option(
        f"{_EB}:environment",
        "LoadBalancerType",
        always("application"),
        "application",
        "HTTP/2, health by a path, TLS 1.3",
    ),
    Option(
        f"{_EB}:environment",
        "ServiceRole",
        lambda given: given.wanted.service_role,
        "`service_role`",
        "without one AWS makes no environment",
        "service_role",
    ),
    Option(
        _LAUNCH,
        "IamInstanceProfile",
        lambda given: given.wanted.instance_profile,
        "`instance_profile`",
        "what instances may: fetch the image, read the secrets, write logs",
        "instance_profile",
    ),
    Option(
        _LAUNCH,
        "DisableIMDSv1",
        always("true"),
        "true",
        "a service that is made to fetch a URL does not give the instance's keys away",
    ),
    Option(
        _LAUNCH,
        "EC2KeyName",
        lambda given: given.wanted.keypair,
        "`aws_keypair`",
        "ssh, where somebody wants it",
        "aws_keypair",
    ),
    Option(
        _LAUNCH,
        "MonitoringInterval",
        always("1 minute"),
        "1 minute",
        "scaling sees load after minutes, not after ten; about 2 USD a month for each instance",
    ),
    Option(_LAUNCH, "RootVolumeType", always("gp3"), "gp3", "cheaper than gp2, and as fast at any size"),
    Option(
        "aws:ec2:instances",
        "InstanceTypes",
        lambda given: ",".join(given.wanted.instance_types),
        "`aws_instance_type`",
        "t3.small has 2 GB, which two processes of a service need",
        "aws_instance_type, instance_types",
    ),
    Option(
        "aws:ec2:instances",
        "SupportedArchitectures",
        lambda given: ",".join(architectures(given.wanted.instance_types)),
        "by the types",
        "types of ARM want an image for it",
        "instance_types",
    ),
    Option("aws:ec2:vpc", "VPCId", lambda given: given.wanted.vpc, "`vpc`", "the default one else", "vpc"),
    Option(
        "aws:ec2:vpc",
        "Subnets",
        lambda given: ",".join(given.wanted.subnets) or None,
        "`subnets`",
        "of instances",
        "subnets",
    ),
    Option(
        "aws:ec2:vpc",
        "ELBSubnets",
        lambda given: ",".join(given.wanted.balancer_subnets or given.wanted.subnets) or None,
        "`balancer_subnets`",
        "of the balancer; public ones",
        "balancer_subnets",
    ),
    # how many
    Option(
        _ASG,
        "MinSize",
        lambda given: str(given.wanted.hosts_min),
        "2",
        "one can end and calls are answered",
        "aws_hosts_min",
    ),
    Option(
        _ASG,
        "MaxSize",
        lambda given: str(given.wanted.hosts_max),
        "4",
        "the bill has an upper end",
        "aws_hosts_max",
    ),
    Option(_ASG, "Availability Zones", _zones, "Any 2", "a zone can fail", "subnets"),
    Option(
        _ASG, "Cooldown", always("120"), "120", "seconds: a new instance takes calls before another is judged needed"
    ),
    Option(
        _TRIGGER,
        "MeasureName",
        always("CPUUtilization"),
        "CPUUtilization",
        "the default, bytes sent, says nothing of load",
    ),
    Option(_TRIGGER, "Statistic", always("Average"), "Average", "of all instances"),
    Option(_TRIGGER, "Unit", always("Percent"), "Percent", "of CPUUtilization"),
    Option(_TRIGGER, "Period", always("1"), "1", "minutes, as often as it is measured"),
    Option(_TRIGGER, "BreachDuration", always("3"), "3", "minutes: no instance for a peak of seconds"),
    Option(_TRIGGER, "EvaluationPeriods", always("3"), "3", "the same, counted in periods"),
    Option(_TRIGGER, "UpperThreshold", always("60"), "60", "room for what comes while an instance starts"),
    Option(_TRIGGER, "UpperBreachScaleIncrement", always("1"), "1", "one more"),
    Option(_TRIGGER, "LowerThreshold", always("20"), "20", "far enough below, so that it does not swing"),
    Option(_TRIGGER, "LowerBreachScaleIncrement", always("-1"), "-1", "one less"),
    # health
    Option(
        f"{_EB}:healthreporting:system",
        "SystemType",
        always("enhanced"),
        "enhanced",
        "health by what instances answer, which a release waits for; no cost",
    ),
    Option(
        f"{_EB}:application",
        "Application Healthcheck URL",
        lambda given: given.wanted.health_path,
        "`readiness_path`",
        "the same as the balancer's",
        "readiness_path",
    ),
    Option(
        _PROCESS,
        "HealthCheckPath",
        lambda given: given.wanted.health_path,
        "`readiness_path`",
        "who is not ready gets no calls",
        "readiness_path",
    ),
    Option(_PROCESS, "MatcherHTTPCode", always("200"), "200", "a redirect is no health"),
    Option(_PROCESS, "HealthCheckInterval", always("15"), "15", "seconds between two checks"),
    Option(_PROCESS, "HealthCheckTimeout", always("5"), "5", "seconds; less than the interval"),
    Option(_PROCESS, "HealthyThresholdCount", always("2"), "2", "checks: calls come 30 s after an instance is ready"),
    Option(_PROCESS, "UnhealthyThresholdCount", always("3"), "3", "checks: one that was lost is none"),
    Option(
        _PROCESS,
        "DeregistrationDelay",
        lambda given: str(math.ceil(given.stop_s)),
        "`shutdown_delay` and what the server has for calls under way: 25",
        "seconds: calls under way are answered before an instance ends, and a release does not wait for 300",
        "shutdown_delay",
    ),
    Option(
        "aws:elbv2:loadbalancer",
        "IdleTimeout",
        always("60"),
        "60",
        "seconds; the server keeps connections for 75, so it is never the one that closes first",
    ),
    # TLS
    Option(
        _TLS_LISTENER,
        "ListenerEnabled",
        secure("true"),
        "true, with `aws_cert_arn`",
        "HTTPS; port 80 leads to it",
        "aws_cert_arn",
    ),
    Option(
        _TLS_LISTENER,
        "Protocol",
        secure("HTTPS"),
        "HTTPS, with `aws_cert_arn`",
        "the balancer has the certificate",
        "aws_cert_arn",
    ),
    Option(
        _TLS_LISTENER,
        "SSLCertificateArns",
        lambda given: given.wanted.certificate,
        "`aws_cert_arn`",
        "of ACM, which renews it",
        "aws_cert_arn",
    ),
    Option(_TLS_LISTENER, "SSLPolicy", secure(_TLS), f"{_TLS}, with `aws_cert_arn`", "TLS 1.2 and 1.3 alone"),
    # logs
    Option(_LOGS, "StreamLogs", always("true"), "true", "logs outlive instances, which come and go"),
    Option(_LOGS, "RetentionInDays", always("30"), "30", "for ever else, which costs"),
    Option(
        _LOGS, "DeleteOnTerminate", always("false"), "false", "the logs of a release that failed are what is needed"
    ),
    Option(_HEALTH_LOGS, "HealthStreamingEnabled", always("true"), "true", "how health was when it happened"),
    Option(_HEALTH_LOGS, "RetentionInDays", always("30"), "30", "as the logs"),
    Option(_HEALTH_LOGS, "DeleteOnTerminate", always("false"), "false", "as the logs"),
    # changes of an environment that is live
    Option(
        f"{_EB}:command",
        "DeploymentPolicy",
        _policy,
        "by `strategy`: RollingWithAdditionalBatch",
        "who deploys by hand does not take the service down",
        "strategy",
    ),
    Option(f"{_EB}:command", "BatchSizeType", always("Percentage"), "Percentage", "of the instances"),
    Option(f"{_EB}:command", "BatchSize", always("50"), "50", "half of them go on answering"),
    Option(f"{_EB}:command", "Timeout", always("600"), "600", "seconds for an image to be fetched and to start"),
    Option(
        _UPDATES,
        "RollingUpdateEnabled",
        always("true"),
        "true",
        "settings that replace instances do so one after the other",
    ),
    Option(_UPDATES, "RollingUpdateType", always("Health"), "Health", "the next when the one before is healthy"),
    Option(
        _MANAGED,
        "ManagedActionsEnabled",
        always("true"),
        "true",
        "the platform gets its security fixes between releases",
    ),
    Option(_MANAGED, "PreferredStartTime", always("Sun:03:00"), "Sun:03:00", "UTC"),
    Option(
        _MANAGED,
        "ServiceRoleForManagedUpdates",
        lambda given: given.wanted.service_role,
        "`service_role`",
        "who asks by the API has to say as whom updates are made",
        "service_role",
    ),
    Option(f"{_MANAGED}:platformupdate", "UpdateLevel", always("minor"), "minor", "no new major version by itself"),
)


def settings(given: Given) -> tuple[tuple[str, str, str], ...]:
    """(namespace, name, value) of a new environment, sorted: the table, secrets by their ARNs, and deploy: options."""
    found = {(one.namespace, one.name): value for one in TABLE if (value := one.value(given))}
    found |= {(f"{_EB}:application:environmentsecrets", name): arn for name, arn in given.secrets.items()}
    found |= given.wanted.options
    return tuple(sorted((*key, value) for key, value in found.items() if value))
