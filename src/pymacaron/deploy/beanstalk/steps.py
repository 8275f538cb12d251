"""
What is wanted, what is there, what the journal knows -> the next step of a release; None where all is as wanted.

Pure: a plan applies the `effect` of each step to what was found, a release carries the step out and looks again. So a
release that was killed goes on by itself: the next one looks at what is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pymacaron.deploy.beanstalk import workers
from pymacaron.deploy.beanstalk.cleaning import clean, shrink, terminate
from pymacaron.deploy.beanstalk.creating import create, waiting
from pymacaron.deploy.beanstalk.found import Environment, Found
from pymacaron.deploy.beanstalk.foundation import foundation, storage
from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.beanstalk.swapping import swap, swap_back
from pymacaron.deploy.beanstalk.updating import update, update_back
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.journal import Journal
from pymacaron.deploy.target import Step

__all__ = ["next_step"]

#: Trials of an environment that calls do not reach yet, or had better not: what fails them is ended
_BEFORE = ("health", "acceptance", "workers")
#: Seconds after which a swap that is half done stays so
_GIVEN_UP_S = 300.0
#: dict: trial -> what the journal notes it in
_PASSED = {"health": "healthy", "acceptance": "accepted", "workers": "workers", "smoke": "smoked", "soak": "soaked"}


def next_step(release: Release, found: Found, journal: Journal) -> Step[Found] | None:
    """The next step. Raises DeployError where somebody has to do something first."""
    step = storage(release, found) or foundation(release, found) or workers.foundation(release, found)
    if step is not None:
        return step
    holders = found.at_name(release.cname)
    busy = next((one for one in holders if not one.is_ready), None)
    if busy is not None:
        return waiting(busy, f"{busy.name} is Ready", _ready(found, busy))
    moving = [] if holders else [one for one in found.environments if one.is_ours and one.status == "Updating"]
    if len(holders) > 1 or moving:
        return _between(release, found, journal, [*holders, *moving])
    live = holders[0] if holders else None
    if live is not None and live.label == release.label:
        return _live(release, found, journal, live)
    if live is not None and release.strategy != "blue-green":
        first = workers.renew if journal.failed_at == "workers" else workers.ensure
        return first(release, found) or update(release, found, live)
    return _green(release, found, journal, live)


# ---- blue and green


def _green(release: Release, found: Found, journal: Journal, live: Environment | None) -> Step[Found]:
    """What leads to a green environment in the place of the *live* one."""
    green = _found_green(release, found)
    if green is None:
        return create(release, found)
    has_failed = journal.failed == green.id
    beside = None if has_failed or live is None else workers.ensure(release, found)
    if beside is not None and beside.calls:
        return beside  # both come up at the same time
    if not green.is_ready:
        return waiting(green, f"{green.name} is Ready", found.changed(green.id, status="Ready"))
    if live is None:
        return waiting(green, f"somebody answers at {release.cname}", found.changed(green.id, address=release.host))
    if has_failed:
        return _ended(release, found, journal, green)
    step = beside or _health(green, journal) or _workers(release, found, journal, green)
    return step or _acceptance(release, green, journal) or swap(found, journal, live, green)


def _ended(release: Release, found: Found, journal: Journal, failed: Environment) -> Step[Found]:
    """Ends what has *failed*: first what runs its tasks."""
    why = f"which has failed ({journal.failed_at})"
    undoes = journal.failed_at in _BEFORE and not release.keeps_failed
    return workers.end(release, found, is_undo=undoes, why=why) or terminate(failed, is_undo=undoes, why=why)


def _found_green(release: Release, found: Found) -> Environment | None:
    """One of ours that has the label; a re-run finds its own so."""
    ours = [one for one in found.environments if one.is_ours and one.label == release.label and not one.is_ending]
    return next((one for one in ours if one.is_ready), ours[0] if ours else None)


# ---- what is live


def _live(release: Release, found: Found, journal: Journal, live: Environment) -> Step[Found] | None:
    """*live* has the label: what is left to be tried, undone, or ended."""
    if journal.failed == live.id:
        undoing = _undoing(release, found, journal, live)
        if undoing is not None:
            return undoing
    made_by_us = journal.healthy == live.id or journal.previous_id == live.id or live.is_ours
    if made_by_us:
        step = _untried(release, found, journal, live)
        if step is not None:
            return step
    if not release.cleans:
        return None
    return shrink(release, found, journal, live) or (None if release.keeps_previous else clean(release, found))


def _untried(release: Release, found: Found, journal: Journal, live: Environment) -> Step[Found] | None:
    if journal.healthy != live.id:
        return _trial("health", live, {"asked_at": 0.0})
    step = _acceptance(release, live, journal)
    if step is not None and journal.smoked != live.id:
        return step
    step = workers.ensure(release, found) or _workers(release, found, journal, live)
    if step is not None:
        return step
    if release.has_smoke and journal.smoked != live.id:
        return _trial("smoke", live, {"asked_at": 0.0, "smoked_at": found.at, "is_first": False})
    previous = found.environment(journal.previous_id)
    if release.soak and journal.soaked != live.id and previous is not None and previous.id != live.id:
        until = (journal.smoked_at or found.at) + release.soak
        return replace(_trial("soak", live, {}), until=until, beside=workers.id_of(release, found))
    return None


def _undoing(release: Release, found: Found, journal: Journal, live: Environment) -> Step[Found] | None:
    """What makes up for *live*, which has failed; None where there is nothing to go back to but another try."""
    previous = found.environment(journal.previous_id)
    if previous is not None and previous.id == live.id and journal.previous_label != live.label:
        return update_back(journal, live)
    if previous is not None and previous.id != live.id and not previous.is_ending:
        if not previous.is_ready:
            after = found.changed(previous.id, status="Ready")
            return replace(waiting(previous, f"{previous.name} is Ready", after), is_undo=True)
        return swap_back(found, journal, live, previous)
    if journal.failed_at in _BEFORE and live.is_ours and journal.is_first:
        return _ended(release, found, journal, live)
    if journal.failed_at == "workers":
        return workers.renew(release, found)
    # Callers may be well served by it: nothing is ended that was not made a moment ago
    return _trial(journal.failed_at, live, {"failed": "", "failed_at": "", "reason": ""})


# ---- trials


def _health(green: Environment, journal: Journal) -> Step[Found] | None:
    """Anew where it has passed, and is not healthy any more."""
    if journal.healthy == green.id and green.is_healthy:
        return None
    return _trial("health", green, {"asked_at": 0.0})


def _workers(release: Release, found: Found, journal: Journal, one: Environment) -> Step[Found] | None:
    """Once for *one*: it is watched again while it soaks. None where nobody runs its tasks in an environment."""
    beside = workers.id_of(release, found)
    if not beside or journal.workers == one.id:
        return None
    return replace(_trial("workers", one, {}), beside=beside)


def _acceptance(release: Release, one: Environment, journal: Journal) -> Step[Found] | None:
    if not release.has_acceptance or journal.accepted == one.id:
        return None
    return _trial("acceptance", one, {})


_WORDS = {
    "health": ("{} is healthy, over several looks", "What is live was not touched"),
    "workers": ("those that run the tasks of {} are healthy", "What is live was not touched"),
    "acceptance": ("{} passes the acceptance tests", "What was live before was not touched"),
    "smoke": ("callers reach {} at the live name", "What was live before is made live again, where it is there"),
    "soak": ("{} stays healthy while resolvers hear of it", "What was live before is made live again"),
}


def _trial(kind: str, one: Environment, notes: dict[str, Any]) -> Step[Found]:
    name, failure = _WORDS[kind]
    return Step(
        f"see whether {name.format(one.name)}",
        lambda before: before.changed(one.id, health="Green", state="Ok"),
        failure,
        trial=kind,
        subject=one.id,
        url=one.address,
        notes={_PASSED[kind]: one.id, **notes},
    )


def _between(release: Release, found: Found, journal: Journal, ones: list[Environment]) -> Step[Found]:
    """Waits while AWS swaps: two have the name, or none. Raises DeployError where it has left it so."""
    names = " and ".join(one.name for one in ones)
    if all(one.is_ready for one in ones) and found.at - journal.asked_at > _GIVEN_UP_S:
        mend = "Ask AWS' support which one answers; end the other: aws elasticbeanstalk terminate-environment"
        raise DeployError(f"AWS has left a swap half done: {names} both have the name {release.cname}", mend)
    return waiting(ones[0], f"one environment has the name {release.cname}", _ready(found, ones[0]))


def _ready(found: Found, busy: Environment) -> Found:
    """As a plan thinks that it is once *busy* is Ready: with it, whoever is swapped."""
    after = found
    for one in found.environments:
        if one.status in ("Updating", "Launching") or one.id == busy.id:
            after = after.changed(one.id, status="Ready")
    return after
