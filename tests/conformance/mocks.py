"""
`make conformance-mock`: descriptions that nobody here wrote, answered by `pymacaron mock`.

Every operation of every description is asked for its usual answer, which python-jsonschema judges. Of those with 5 to
60 operations, sorted by name, twenty at even distances are tried by schemathesis; and the same calls are sent to the
mock and to Prism.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from conformance import table
from conformance.callings import Callings, plain
from conformance.material import CORPUS, descriptions, loaded
from conformance.proofs import Evidence, proven
from conformance.table import Row
from upstreams.prism import NotServed, prism, why_no_prism

from pymacaron import config
from pymacaron.exceptions import HTTPError
from pymacaron.exchange.responses import response_of
from pymacaron.finding import FindingsError
from pymacaron.schema.codec import Schemas
from pymacaron.spec.model import Api, MediaType, Operation, SecurityScheme
from pymacaron.testing import MockCall, mocked
from pymacaron.testing.mocks.preferring import Wish
from pymacaron.testing.mocks.service import Mock

__all__ = ["KINDS", "Asked", "Tried", "asked", "chosen", "served", "tried"]

#: How many descriptions are tried, and the operations that these have
MANY, LEAST, MOST = 20, 5, 60
#: What a mock that keeps nothing cannot do: a resource that was deleted is there the next time
_OF_STATE = "use_after_free,ensure_resource_availability"
#: What becomes of a call
KINDS = ("valid", "invalid", "refused", "failed", "none")

_HOOKS = Path(__file__).parent
_TOKEN = "a-token"


@dataclass
class Asked:
    """What came of asking one server: how often each of KINDS, and what was wrong."""

    operations: int = 0
    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, where: str, why: str = "") -> None:
        self.found[kind] += 1
        if kind != "valid":
            self.wrong.append(f"{where}: {kind}{f', {why}' if why else ''}")


@dataclass(frozen=True)
class Tried:
    """
    What schemathesis has found: how many cases it made, its failures by name, and the reasons of those that are none.
    """

    cases: int
    failures: tuple[str, ...]
    explained: tuple[str, ...] = ()


def chosen(paths: Sequence[Path], many: int = MANY) -> list[Path]:
    """*many* of those with LEAST to MOST operations, at even distances in the order of their names."""
    fitting = []
    for path in sorted(paths):
        api = loaded(path)
        if api is not None and LEAST <= len(api.operations) <= MOST:
            fitting.append(path)
    return [fitting[index * len(fitting) // many] for index in range(min(many, len(fitting)))]


# ---- every description


def served(path: Path) -> Asked | str:
    """What the operations of the description at *path* answer; or why it is not served."""
    config.reset()
    try:
        mock = Mock([path])
    except FindingsError as error:
        return str(error)[:200]
    found = Asked()
    for (_, method, template), answers in mock.answers.items():
        where = f"{method} {template}"
        found.operations += 1
        try:
            value, status, headers = answers.answer(Wish())
        except HTTPError as error:
            found.add("failed", where, str(error).partition(": ")[2] or str(error))
            continue
        reply = answers.outbound.reply((value, status, headers))
        assert isinstance(reply.body, bytes)
        sent = dict(reply.headers).get("Content-Type", "")
        callings = Callings(mock.api.apis[0].api, mock.api.apis[0].schemas)
        faults = _faults(callings, answers.operation, status, sent, reply.body)
        found.add("invalid" if faults else "valid", where, faults)
    return found


def _faults(callings: Callings, operation: Operation, status: int, sent: str, body: bytes) -> str:
    """What python-jsonschema has against the JSON of a reply; '' for nothing."""
    response = response_of(operation.responses, status)
    if response is None:
        return "" if not operation.responses else f"{status} is not declared"
    essence = sent.partition(";")[0].strip().lower()
    media_type: MediaType | None = None
    for name, one in response.content.items():
        if name.partition(";")[0].strip().lower() in (essence, "*/*", f"{essence.partition('/')[0]}/*"):
            media_type = one
    if not response.content or operation.method == "HEAD":
        return ""
    if media_type is None:
        return f"{sent or 'no type'} is not declared"
    if "json" not in essence or "seq" in essence or "jsonl" in essence or media_type.schema is None:
        return "" if body else "there is no body"
    try:
        value = json.loads(body)
    except ValueError:
        return "is no JSON"
    return callings.judged(media_type.schema, value, request=False)


# ---- the same calls, to a mock and to Prism


def asked(path: Path, url: str, base_path: str) -> Asked:
    """What a server at *url* answers to one call of each operation of the description at *path*."""
    api = loaded(path)
    assert api is not None
    callings, found = Callings(api, Schemas(api)), Asked()
    with httpx2.Client(base_url=url, timeout=60, follow_redirects=False, trust_env=False) as http:
        for operation in api.operations:
            found.operations += 1
            where = f"{operation.method} {operation.path}"
            calling = callings.of(operation, everything=False)
            told = None if isinstance(calling, str) else plain(api, operation, calling)
            if told is None:
                found.add("none", where, "no request could be made")
                continue
            told["url"] = base_path + told["url"]
            try:
                reply = http.request(**told)
            except httpx2.HTTPError as error:
                found.add("none", where, type(error).__name__)
                continue
            kind = _kind(callings, operation, reply)
            found.add(kind[0], where, kind[1])
    return found


def _kind(callings: Callings, operation: Operation, reply: httpx2.Response) -> tuple[str, str]:
    status = reply.status_code
    if status >= 500:
        return "failed", f"{status} {_said(reply)}".strip()
    if status >= 400 and not _is_all_there_is(operation):
        return "refused", f"{status} {_said(reply)}".strip()
    sent = reply.headers.get("content-type", "")
    faults = _faults(callings, operation, status, sent, reply.content) if status not in (204, 205, 304) else ""
    return ("invalid", faults) if faults else ("valid", "")


def _is_all_there_is(operation: Operation) -> bool:
    """Whether an operation declares nothing but errors."""
    return bool(operation.responses) and all(status[:1] in "45" for status in operation.responses)


def _said(reply: httpx2.Response) -> str:
    with suppress(ValueError, AttributeError):
        told = reply.json()
        return str(told.get("error_description") or told.get("detail") or told.get("title") or "")[:200]
    return reply.text[:200]


# ---- schemathesis


def tried(path: Path, folder: Path, examples: int = 5) -> Tried:
    """What schemathesis finds in a mock of the description at *path*. *folder*: where it may write."""
    api = loaded(path)
    assert api is not None
    (folder / "schemathesis.toml").write_text(_credentials(api.security_schemes), encoding="utf-8")
    with mocked(path, token=_TOKEN) as mock:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run"),
                f"{mock.url}/doc/{path.stem}.json",
                *("--checks", "all", "--exclude-checks", _OF_STATE, "--continue-on-failure"),
                *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(examples), "--seed", "1"),
                *("--suppress-health-check", "all", "--warnings", "off"),
            ],
            cwd=folder,
            env={**_environment(), "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": _python_path()},
            capture_output=True,
            text=True,
            check=False,
        )
        (folder / "output").write_text(done.stdout + done.stderr, encoding="utf-8")
        failures, explained = _failures(done.stdout, mock.calls, mock.url, Callings(api, Schemas(api)))
    generated = re.search(r"^  ([\d,]+) generated", done.stdout, re.M)
    cases = int(generated[1].replace(",", "")) if generated is not None else 0
    if done.returncode and not failures and not explained:
        failures = [done.stdout.strip()[-300:] or done.stderr.strip()[-300:]]
    return Tried(cases, tuple(failures), tuple(explained))


def _failures(output: str, calls: list[MockCall], url: str, callings: Callings) -> tuple[list[str], list[str]]:
    """The failures, and the reasons of those that are none."""
    known = {call.headers.get("X-Schemathesis-TestCaseId"): call for call in calls}
    failures, explained = [], []
    for block in re.split(r"^\d+\. Test Case ID: ", output, flags=re.M)[1:]:
        block = re.split(r"^(?:_{3,}|={3,})", block, flags=re.M)[0]
        call = known.get(block.split()[0])
        for title in re.findall(r"^- ST\d+ (.+)$", block, re.M):
            why = None if call is None else proven(Evidence(title, block, call, url, callings))
            if why is None:
                failures.append(title)
            else:
                explained.append(why)
    return failures, explained


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYM_")}


def _python_path() -> str:
    return os.pathsep.join([str(_HOOKS), *filter(None, [os.environ.get("PYTHONPATH")])])


def _credentials(schemes: Mapping[str, SecurityScheme]) -> str:
    """The token of the mock for each scheme, as schemathesis wants it."""
    lines = []
    for name, scheme in schemes.items():
        lines.append(f"[auth.openapi.{json.dumps(name)}]")
        if scheme.type == "apiKey":
            lines.append(f'api_key = "{_TOKEN}"')
        elif scheme.type == "http" and scheme.scheme == "basic":
            lines.append(f'username = "ada"\npassword = "{_TOKEN}"')
        else:
            lines.append(f'bearer = "{_TOKEN}"')
    return "\n".join(lines) + "\n"


# ---- the table


def _rows(all_of: list[tuple[Path, Asked | str]], trials: list[Tried]) -> Iterator[Row]:
    there = [one for _, one in all_of if isinstance(one, Asked)]
    reasons = [one for _, one in all_of if isinstance(one, str)]
    yield Row("mock: descriptions served", len(all_of), len(there), tuple(f"not served: {one}" for one in reasons))
    total = sum(one.operations for one in there)
    fine = sum(one.found["valid"] for one in there)
    wrong = Counter(line.partition(": ")[2] for one in there for line in one.wrong)
    told = tuple(f"{count}: {reason}" for reason, count in wrong.most_common())
    yield Row("mock: operations answered, python-jsonschema agrees with the body", total, fine, told)
    cases, failures = sum(one.cases for one in trials), [name for one in trials for name in one.failures]
    told = tuple(f"{count}: {name}" for name, count in Counter(failures).most_common())
    reasons = Counter(why for one in trials for why in one.explained)
    told += tuple(f"{count} that are no failures: {why}" for why, count in reasons.most_common())
    yield Row(f"mock: cases of schemathesis, {len(trials)} descriptions", cases, cases - len(failures), told)


def _beside(pairs: list[tuple[Asked, Asked | str]]) -> str:
    """Who answers what, in Markdown."""
    words = {"valid": "fits", "invalid": "does not fit", "refused": "4xx", "failed": "5xx", "none": "nothing"}
    heads = [f"{who}: {words[kind]}" for who in ("mock", "Prism") for kind in KINDS]
    lines = [f"| description | operations | {' | '.join(heads)} |", f"|---|{'---:|' * (1 + len(heads))}"]
    totals = Counter[tuple[str, str]]()
    for number, (ours, theirs) in enumerate(pairs, 1):
        cells = []
        for who, one in (("mock", ours), ("Prism", theirs)):
            for kind in KINDS:
                count = one.found[kind] if isinstance(one, Asked) else ours.operations * (kind == "none")
                totals[who, kind] += count
                cells.append(str(count))
        name = f"{number}{'' if isinstance(theirs, Asked) else ' (Prism does not start)'}"
        lines.append(f"| {name} | {ours.operations} | {' | '.join(cells)} |")
    sums = [f"{totals[who, kind]:,}" for who in ("mock", "Prism") for kind in KINDS]
    lines.append(f"| all | {sum(ours.operations for ours, _ in pairs):,} | {' | '.join(sums)} |")
    for number, (ours, _) in enumerate(pairs, 1):
        lines += [f"\nOf {number}, the mock: {line}" for line in ours.wrong]
    return "\n".join(lines)


def _side_by_side(path: Path, folder: Path) -> tuple[Asked, Asked | str]:
    api: Api | None = loaded(path)
    assert api is not None
    with mocked(path) as mock:
        ours = asked(path, mock.url, api.base_path)
    theirs: Asked | str
    try:
        with prism(path, folder / "log") as url:
            theirs = asked(path, url.rstrip("/"), "")
    except NotServed as error:
        theirs = str(error)
    return ours, theirs


def main() -> None:
    parser = argparse.ArgumentParser(prog="conformance.mocks", description="`pymacaron mock` of real descriptions")
    parser.add_argument("--write", action="store_true", help="put the table into docs/conformance.md")
    parser.add_argument(
        "--only", nargs="+", choices=("served", "tried", "beside"), default=("served", "tried", "beside")
    )
    options = parser.parse_args()
    paths = [path for path in descriptions() if path.parent == CORPUS / "specs"]
    if not paths:
        sys.exit("No descriptions. Set PYMACARON_CORPUS to the folder that holds specs/.")
    if "beside" in options.only and (reason := why_no_prism()) is not None:
        sys.exit(reason)
    all_of: list[tuple[Path, Asked | str]] = []
    trials: list[Tried] = []
    pairs: list[tuple[Asked, Asked | str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in paths if "served" in options.only else ():
            all_of.append((path, served(path)))
        for path in chosen(paths):
            if "tried" in options.only:
                trials.append(tried(path, folder))
                print(
                    f"{path.name}: {trials[-1].cases} cases, {trials[-1].failures}, {trials[-1].explained}",
                    file=sys.stderr,
                    flush=True,
                )
                if trials[-1].failures:
                    print((folder / "output").read_text()[-4000:], file=sys.stderr, flush=True)
            if "beside" in options.only:
                pairs.append(_side_by_side(path, folder))
                for who, one in zip(("mock", "Prism"), pairs[-1], strict=True):
                    told = one if isinstance(one, str) else dict(one.found)
                    print(f"{path.name}: {who} {told}", file=sys.stderr, flush=True)
    rows, beside = table.text(_rows(all_of, trials)), _beside(pairs)
    print(f"{rows}\n\n{beside}")
    if options.write:
        table.write(rows, marks="mock")
        table.write(beside, marks="mock beside Prism")


if __name__ == "__main__":
    main()
