"""
A Target and the descriptions of its service -> an Outcome: each of them is tested by a driver of its own.

The driver is another process, since schemathesis keeps hooks, checks and seeds for all of a process, and is large. It
is told what it needs on stdin, so that no secret stands in a list of processes or a file.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymacaron import check, config
from pymacaron.api.served import is_built_in
from pymacaron.finding import FindingsError, did_you_mean
from pymacaron.scaffold.serving import served
from pymacaron.server.builtin import PING
from pymacaron.spec.load import load
from pymacaron.spec.model import Api
from pymacaron.testing.contract.breaches import Breach, breach
from pymacaron.testing.contract.driving import driven
from pymacaron.testing.contract.options import ContractError, Options
from pymacaron.testing.contract.outcome import Outcome, Tested
from pymacaron.testing.contract.plans import Plan, Service, label, plan
from pymacaron.testing.reached import Target, TargetError, status_of

__all__ = ["is_loopback", "run", "share_of"]

Say = Callable[[str], object]
#: Those that schemathesis sends
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


def _silent(text: str) -> None:
    """Tell nobody."""


def run(
    target: Target,
    descriptions: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    options: Options | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    say: Say = _silent,
) -> Outcome:
    """
    Call every operation of *descriptions*, at *target*, in many ways, and tell what does not fit.

    *descriptions*: the folder of a service, whose ./apis are meant, as far as its server.py serves them, and what every
    service of ours has built in; or files and folders of descriptions. *environ*: where credentials are looked for;
    None: this process's. *say* is told, in a line, what is at hand. The config that counts is the one that is loaded:
    making a Target loads that of its service.

    Raises ContractError for what cannot be done, FindingsError for descriptions that have errors, TargetError where the
    service does not answer; where it does no longer, a note says so beside the breaches.
    """
    if find_spec("schemathesis") is None:
        raise ContractError("schemathesis is not installed. Install it with: pip install 'pymacaron[test]'")
    options = options or Options()
    known = os.environ if environ is None else environ
    apis = _loaded(_files(descriptions))
    _demand_operations(apis, options.operations)
    is_safe = options.safe if options.safe is not None else not is_loopback(target.meant.host)
    service = Service(apis, target, options, config.resolved().values, known, is_safe)
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    plans = [plan(service, api, seed, secrets.token_hex(4)) for api in apis]
    _demand_calls(plans, options, is_safe)
    status_of(target)
    started = time.monotonic()
    runs = [_Run(one, target) for one in plans]
    is_stopped = _are_stopped(runs, options.budget.seconds, say)
    gone = None if is_stopped else _gone(target)
    if gone is not None and not any(run.breaches for run in runs):
        raise gone
    found = [one for run in runs for one in run.breaches]
    return Outcome(
        url=target.meant.url,
        breaches=sorted(found, key=lambda one: (one.file, one.line, one.column, one.code, one.fact)),
        tested=[one for run in runs for one in run.tested],
        calls=sum(run.calls for run in runs),
        seed=seed,
        budget=str(options.budget),
        is_safe=is_safe,
        seconds=time.monotonic() - started,
        notes=[*(note for run in runs for note in run.notes), *([f"after these calls, {gone}"] if gone else [])],
        is_stopped=is_stopped,
    )


def _files(descriptions: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    if not isinstance(descriptions, (str, os.PathLike)):
        return check.sources(descriptions) if descriptions else _files(".")
    folder = Path(descriptions)
    if not folder.is_dir():
        return check.sources([folder])
    files = check.sources([folder / "apis" if (folder / "apis").is_dir() else folder])
    names = served(folder / "server.py")
    files = [file for file in files if file.stem in names] or files
    return [*files, PING] if (folder / "server.py").is_file() else files


def _loaded(files: Sequence[Path]) -> list[Api]:
    apis = [load(file) for file in files]
    wrong = [one for api in apis for one in api.findings if one.severity == "error"]
    if wrong:
        raise FindingsError(wrong)
    return apis


def _demand_operations(apis: Sequence[Api], names: Sequence[str]) -> None:
    known = [name for api in apis for one in api.operations for name in (one.id, label(one))]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or "`pymacaron routes` lists them."
            raise ContractError(f"There is no operation {name!r}. {hint}")


def _demand_calls(plans: Sequence[Plan], options: Options, is_safe: bool) -> None:
    """Raises ContractError where nothing would be tested but what every service has."""
    own = [one for one in plans if not is_built_in(one.api)]
    if any(one.called for one in own) or (options.operations and any(one.called for one in plans)):
        return
    names = ", ".join(_name(one.api) for one in own)
    if not any(one.api.operations for one in own):
        raise ContractError(f"there is nothing to test: {names} has no operation. Describe one under paths")
    if is_safe:
        mend = "Mark those that change nothing with x-test: safe, or give --unsafe"
        raise ContractError(f"there is nothing to test: no operation of {names} is known to be safe. {mend}")
    raise ContractError(f"there is nothing to test: x-test or x-no-bind-server leaves out all operations of {names}")


def _name(api: Api) -> str:
    """What people know a description by."""
    return "built in" if is_built_in(api) else api.root.document.name


def _are_stopped(runs: Sequence[_Run], seconds: int, say: Say) -> bool:
    """
    Carry *runs* out; whether a Ctrl-C has ended that. Of *seconds* in all, 0 for no limit, each has as much as it has
    operations.
    """
    end, waiting = time.monotonic() + seconds, sum(len(one.plan.called) for one in runs)
    try:
        for one in runs:
            share = share_of(end - time.monotonic(), len(one.plan.called), waiting) if seconds else 0
            waiting -= len(one.plan.called)
            _carry_out(one, share, say)
    except KeyboardInterrupt:
        return True
    return False


def share_of(left_s: float, operations: int, waiting: int) -> int:
    """Seconds, one at least, of those *left_s* for as many *operations* of all those that are *waiting*."""
    return max(1, round(left_s * operations / max(1, waiting)))


def _gone(target: Target) -> TargetError | None:
    """Why *target* answers no longer; None where it does."""
    try:
        status_of(target)
    except TargetError as error:
        return error
    return None


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class _Run:
    """What was found of one api, so far."""

    plan: Plan
    target: Target
    breaches: list[Breach] = field(default_factory=list)
    statuses: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_over: bool = False

    def take(self, said: Mapping[str, Any]) -> None:
        """A line of the driver's."""
        kind = said["kind"]
        if kind == "calls":
            for name, statuses in said["operations"].items():
                of = self.statuses.setdefault(name, {})
                for status, count in statuses.items():
                    of[status] = of.get(status, 0) + count
        elif kind == "failure":
            self._add(said)
        elif kind == "error" and said["network"] and said["operation"]:
            silent = {"type": "NoAnswer", "status": 0, "method": "", "details": {}, "media_type": ""}
            self._add({**said, **silent})
        elif kind == "error":
            where = said["operation"] or self.plan.api.root.document.name
            text = " ".join(said["message"].split())[:300]
            note = f"{where} is not tested in full: {said['title']}: {text}"
            self.notes.append(self.plan.secrets.hidden(note))
        elif kind == "end":
            self.is_over = True

    def _add(self, said: Mapping[str, Any]) -> None:
        between, meant = self.target.url, self.target.meant.url  # who sends it again finds no proxy there
        steps = [{**one, "url": one["url"].replace(between, meant, 1)} for one in said["steps"]]
        found = breach(self.plan.api, {**said, "steps": steps}, self.plan.secrets)
        if not any((one.code, one.called, one.fact) == (found.code, found.called, found.fact) for one in self.breaches):
            self.breaches.append(found)

    @property
    def tested(self) -> list[Tested]:
        api = self.plan.api
        return [Tested(api.name, one.id, label(one), self.statuses.get(label(one), {})) for one in self.plan.called]

    @property
    def calls(self) -> int:
        return sum(count for one in self.statuses.values() for count in one.values())

    def look_back(self) -> None:
        """Note the operations that were not really tried."""
        self.notes[:0] = self.plan.notes
        for one in self.tested:
            total, limited = sum(one.statuses.values()), one.statuses.get("429", 0)
            if not total:
                method = one.called.partition(" ")[0]
                why = "the budget was over before" if method.lower() in _METHODS else f"schemathesis knows no {method}"
                self.notes.append(f"{one.called} is not called: {why}")
            elif limited:
                self.notes.append(f"{one.called}: {limited} of {total} calls were answered 429, by its rate limit")
            elif not any(status < "400" for status in one.statuses):
                told = ", ".join(sorted(one.statuses))
                is_refused = one.statuses.keys() <= {"401", "403"}
                helps = "Other credentials may help" if is_refused else "An example of a call may help"
                self.notes.append(f"{one.called} has never succeeded: it answered {told}. {helps}")


def _carry_out(found: _Run, seconds: int, say: Say) -> None:
    plan = found.plan
    if plan.called:
        count = len(plan.called)
        say(f"{_name(plan.api)}: {count} operation{'' if count == 1 else 's'}")
        with TemporaryDirectory() as folder:
            log = driven({**plan.said, "seconds": seconds, "parent": os.getpid()}, folder, found.take)
        if not found.is_over:
            raise ContractError(f"schemathesis has ended early:\n{plan.secrets.hidden(log)}".rstrip())
    found.look_back()
