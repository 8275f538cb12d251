"""How an environment comes to be, changes and ends: the steps in time, and the events, in AWS' words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase

from botocore.exceptions import ClientError

from cloud.beanstalk.world import ACCOUNT, Environment, Sick, World

__all__ = ["deploy", "ended", "launch", "turn"]

_LAUNCHCONFIG = "aws:autoscaling:launchconfiguration"
_COLORS = {"Ok": "Green", "Info": "Green", "Warning": "Yellow", "Degraded": "Red", "Severe": "Red", "Pending": "Grey"}


def turn(world: World, environment: Environment, status: str, *causes: str) -> None:
    """*environment* has the health *status*, and an event says so."""
    before, environment.causes = environment.health_status, list(causes)
    environment.health_status, environment.health = status, _COLORS[status]
    if before != status:
        text = f"Environment health has transitioned from {before} to {status}. {' '.join(causes)}".strip()
        severity = "INFO" if environment.health in ("Green", "Grey") else "WARN"
        world.tell(text, environment, severity, RequestId=None)


def _later(world: World, environment: Environment, seconds: float, do: Callable[[], None]) -> None:
    """*do* after *seconds*, unless something else is under way by then; its events have the id of the call of now."""
    work, request = environment.work, world.request

    def step() -> None:
        if environment.work == work:
            told, world.request = world.request, request
            do()
            world.request = told

    world.clock.after(seconds, step)


def _sick(world: World, environment: Environment) -> Sick | None:
    names = (environment.name, environment.version or "")
    return next((one for one in world.sick if any(fnmatchcase(name, one.pattern) for name in names)), None)


def launch(world: World, environment: Environment) -> None:
    environment.status, environment.work = "Launching", world.new_id("launch-", 8)
    world.tell("createEnvironment is starting.", environment)
    world.tell(f"Using {world.bucket} as Amazon S3 storage bucket for environment data.", environment)
    fault = _role_fault(world, environment)
    if fault:
        _later(world, environment, world.durations.launch / 20, lambda: _refused(world, environment, fault))
        return
    environment.instances = [world.new_id("i-0", 16) for _ in range(_size(environment))]
    third = world.durations.launch / 3
    _later(world, environment, third, lambda: _resources(world, environment))
    if world.runner is None:
        _later(world, environment, 3 * third, lambda: _launched(world, environment, ""))
    else:
        _run(world, environment, environment.version, lambda problem: _launched(world, environment, problem))


def _run(world: World, environment: Environment, label: str | None, done: Callable[[str], None]) -> None:
    version = world.versions.get((environment.application, label or ""))
    if version is None or world.runner is None:
        done("")  # AWS' sample application
        return
    work, request = environment.work, world.request

    def finished(problem: str) -> None:
        with world.lock:
            if environment.work == work:
                told, world.request = world.request, request
                done(problem)
                world.request = told

    world.runner.start(environment, version, finished)


def _size(environment: Environment) -> int:
    single = environment.option("aws:elasticbeanstalk:environment", "EnvironmentType") == "SingleInstance"
    return 1 if single else int(environment.option("aws:autoscaling:asg", "MinSize", "1") or 1)


def _role_fault(world: World, environment: Environment) -> str:
    """Why AWS will not launch it. Roles that are named are looked for where there is an IAM."""
    profile = environment.option(_LAUNCHCONFIG, "IamInstanceProfile").rpartition("/")[2]
    role = environment.option("aws:elasticbeanstalk:environment", "ServiceRole").rpartition("/")[2]
    if not profile:
        return "Environment must have instance profile associated with it."
    if not role:
        return "Environment must have a service role associated with it."
    if world.iam is None:
        return ""
    try:
        found = world.iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
    except ClientError:
        return f"The instance profile {profile} associated with the environment does not exist."
    if not found["Roles"]:
        text = f"The instance profile {profile} associated with the environment has no role."
        return f"{text} Please attach a role to the instance profile."
    with suppress(ClientError):
        world.iam.get_role(RoleName=role)
        return ""
    return f"The service role {role} associated with the environment does not exist."


def _refused(world: World, environment: Environment, fault: str) -> None:
    """The environment is Red for a moment, then AWS itself ends it."""
    world.tell(fault, environment, "ERROR")
    world.tell("Failed to launch environment.", environment, "ERROR")
    environment.health, environment.health_status, environment.causes = "Red", "Severe", [fault]
    world.tell(f"Deleting SNS topic for environment {environment.name}.", environment)
    environment.status = "Terminating"
    _later(world, environment, world.durations.terminate / 10, lambda: ended(world, environment))


def _resources(world: World, environment: Environment) -> None:
    name = f"awseb-{environment.id}-stack"
    world.tell(f"Created security group named: {name}-AWSEBSecurityGroup", environment)
    if environment.option("aws:elasticbeanstalk:environment", "EnvironmentType") != "SingleInstance":
        arn = f"arn:aws:elasticloadbalancing:{world.region}:{ACCOUNT}:loadbalancer/app/awseb--AWSEB/{environment.id}"
        world.tell(f"Created load balancer named: {arn}", environment)
    world.tell(f"Created Auto Scaling group named: {name}-AWSEBAutoScalingGroup", environment)
    world.tell("Waiting for EC2 instances to launch. This may take a few minutes.", environment)


def _launched(world: World, environment: Environment, problem: str) -> None:
    """Ready, whatever its health."""
    environment.status, environment.work, environment.updated = "Ready", "", world.clock.now()
    environment.url = f"awseb--AWSEB-{environment.id[2:]}.{world.region}.elb.amazonaws.com"
    _deployed(world, environment)
    sick = _sick(world, environment)
    if problem or (sick is not None and sick.after_s is None):
        cause = problem or (sick.cause if sick else "")
        world.tell(f"[Instance: {environment.instances[0]}] {_COMMAND}", environment, "ERROR")
        world.tell(
            "Create environment operation is complete, but with errors. For more information, "
            "see troubleshooting documentation.",
            environment,
            "ERROR",
        )
        turn(world, environment, "Severe", cause)
        return
    world.tell("Instance deployment completed successfully.", environment)
    world.tell(f"Application available at {environment.cname}.", environment)
    world.tell(f"Successfully launched environment: {environment.name}", environment)
    _well(world, environment)


_COMMAND = (
    "Command failed on instance. Return code: 1 Output: Engine execution has encountered an error.. "
    "For details, see 'eb-engine.log'."
)


def _deployed(world: World, environment: Environment) -> None:
    environment.deployment, environment.deployed = environment.deployment + 1, world.clock.now()


def _well(world: World, environment: Environment) -> None:
    """In a while its health is Ok; and then Red, where that was told. Neither waits for a swap that is under way."""

    def up() -> bool:
        return environment.status in ("Ready", "Updating")

    def ill(cause: str) -> None:
        if up():
            turn(world, environment, "Severe", cause)

    def ok() -> None:
        if up() and environment.health_status == "Pending":
            turn(world, environment, "Ok")
            sick = _sick(world, environment)
            if sick is not None and sick.after_s is not None:
                cause = sick.cause
                world.clock.after(sick.after_s, lambda: ill(cause))

    world.clock.after(world.durations.health, ok)


def deploy(world: World, environment: Environment, label: str | None, new_options: bool) -> None:
    """Update, with the version *label*, with options that are already the environment's, or with both."""
    before, environment.status, environment.work = environment.health_status, "Updating", world.new_id("update-", 8)
    environment.health, environment.updated = "Grey", world.clock.now()
    environment.health_status = "Info"
    world.tell("Environment update is starting.", environment)
    if new_options:
        world.tell(f"Updating environment {environment.name}'s configuration settings.", environment)
    if label is not None:
        world.tell("Deploying new version to instance(s).", environment)

    missing = _size(environment) - len(environment.instances)
    environment.instances = environment.instances[: _size(environment)]
    environment.instances += [world.new_id("i-0", 16) for _ in range(missing)]

    def finish(problem: str) -> None:
        _updated(world, environment, label, new_options, before, problem)

    if world.runner is None:
        _later(world, environment, world.durations.update, lambda: finish(""))
    else:
        _run(world, environment, label or environment.version, finish)


def _updated(
    world: World, environment: Environment, label: str | None, options: bool, before: str, problem: str
) -> None:
    old, environment.version = environment.version, label or environment.version
    environment.status, environment.work, environment.updated = "Ready", "", world.clock.now()
    sick = _sick(world, environment) if label is not None else None
    if problem or (sick is not None and sick.after_s is None):
        environment.version = old
        world.tell("Failed to deploy application.", environment, "ERROR")
        world.tell(f"[Instance: {environment.instances[0]}] {_COMMAND}", environment, "ERROR")
        if environment.option("aws:elasticbeanstalk:command", "DeploymentPolicy") in ("Immutable", "TrafficSplitting"):
            turn(world, environment, before if before in _COLORS else "Ok")  # the new instances are gone, the old serve
        else:
            turn(world, environment, "Degraded", problem or "Incorrect application version on all instances.")
        return
    if label is not None:
        _deployed(world, environment)
        world.tell("New application version was deployed to running EC2 instances.", environment)
    if options:
        world.tell("Successfully deployed new configuration to environment.", environment)
    world.tell("Environment update completed successfully.", environment)
    turn(world, environment, "Ok")


def ended(world: World, environment: Environment) -> None:
    """Nothing of it is left; for an hour it is still told of."""
    environment.status, environment.work, environment.updated = "Terminated", "", world.clock.now()
    environment.health, environment.health_status, environment.instances = "Grey", "Unknown", []
    world.tell("terminateEnvironment completed successfully.", environment)
