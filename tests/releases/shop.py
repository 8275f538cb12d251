"""A shop that is released: its Release, and one run of it over a Direct."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cloud.here import PROFILE, ROLE

from pymacaron.deploy.apply import Apply, Progress, plan
from pymacaron.deploy.beanstalk.bundle import bundle, worker_bundle
from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.beanstalk.target import Beanstalk
from pymacaron.deploy.journal import Journals
from pymacaron.deploy.lock import Lock, this_process
from pymacaron.deploy.settings import Wanted
from pymacaron.deploy.target import Step, Verdict
from releases.direct import ACCOUNT, BUCKET, REGION, Direct

__all__ = ["WANTED", "apply", "planned", "release"]

WANTED = Wanted(
    name="shop",
    application="shop",
    cname="shop-live",
    live_url="http://shop-live.eu-west-1.elasticbeanstalk.com",
    instance_profile=PROFILE,
    service_role=ROLE,
    soak=600,
)
_OPTIONS = (
    ("aws:autoscaling:asg", "MaxSize", "4"),
    ("aws:autoscaling:asg", "MinSize", "2"),
    ("aws:autoscaling:launchconfiguration", "IamInstanceProfile", PROFILE),
    ("aws:elasticbeanstalk:environment", "ServiceRole", ROLE),
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced"),
)


def release(label: str, *, workers: bool = False, **more: Any) -> Release:
    """The release of *label*, with *workers* in an environment of their own; *more*: fields of it."""
    image = f"shop@sha256:{hashlib.sha256(label.encode()).hexdigest()}"
    made = bundle(image)
    given: dict[str, Any] = {
        "key": made.key("pymacaron/shop"),
        "bundle": made.content,
        "options": (*_OPTIONS, ("aws:elasticbeanstalk:application:environment", "PYM_CONTAINER_VERSION", label)),
    }
    if workers:
        theirs = worker_bundle(image, live_url=WANTED.live_url)
        given |= {"worker_key": theirs.key("pymacaron/shop"), "worker_bundle": theirs.content}
    return Release(WANTED, label, ACCOUNT, REGION, BUCKET, **{**given, **more})


def apply(
    direct: Direct,
    wanted: Release,
    *,
    acceptance: Callable[[str], bool] | None = None,
    smoke: Callable[[str, str], Verdict] | None = None,
    only_cleans: bool = False,
    lives: bool = False,
    told: Callable[[Progress], None] = lambda progress: None,
) -> list[str]:
    """The names of the steps of one run. Whoever was killed is known to be gone."""
    target = Beanstalk(
        direct,
        wanted,
        acceptance=acceptance,
        smoke=smoke,
        pauses=direct.pause,
        clock=direct.clock,
        only_cleans=only_cleans,
    )
    lock = Lock(
        direct,
        BUCKET,
        f"{wanted.prefix}/lock.json",
        this_process(),
        clock=lambda: 1.0,
        lives=lambda holder: lives,
        renews=False,
    )
    journals = Journals(direct, BUCKET, wanted.prefix)
    done = Apply(target, journals, lock, wanted.label, told=told, clock=direct.clock).run()
    return [one.name for one in done]


def planned(direct: Direct, wanted: Release) -> list[Step[Any]]:
    """The steps that a run would carry out."""
    target = Beanstalk(direct, wanted, clock=direct.clock)
    return plan(target, target.look(), Journals(direct, BUCKET, wanted.prefix).read(wanted.label))
