"""What a run has found, as text, as JSON and as JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree

from pymacaron.testing.contract.breaches import Breach

__all__ = ["Outcome", "Tested"]

#: What XML cannot hold
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")
_CONTROL |= dict.fromkeys(range(55296, 57344), "�")


@dataclass(frozen=True, slots=True)
class Tested:
    """One operation: its api, its id, `GET /pets/{id}`, and a dict of status -> how many calls were answered so."""

    api: str
    operation: str
    called: str
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    `url`: what was tested; `tested`: the operations; `calls`: how many in all; `seed` and `budget`: by which it can be
    done again; `seconds`: that it took; `notes`: what was not tried, and why, each a line; `is_stopped`: whether
    somebody has ended it before it was done.
    """

    url: str
    breaches: Sequence[Breach]
    tested: Sequence[Tested]
    calls: int
    seed: int
    budget: str
    is_safe: bool
    seconds: float
    notes: Sequence[str]
    is_stopped: bool = False

    @property
    def exit_code(self) -> int:
        """0 where there is no breach, else 1."""
        return 1 if self.breaches else 0

    def text(self, again: str = "") -> str:
        """
        Each breach as a compiler prints it, with the lines that repeat it; the notes; what was done, and found.
        *again*: a command that makes the same calls, which is told where there are breaches.
        """
        parts = [_shown(one) for one in self.breaches]
        if self.notes:
            parts.append("\n".join(f"note: {one}" for one in self.notes))
        safe = ", only what is safe" if self.is_safe else ""
        done = (
            f"{_counted(self.calls, 'call')} of {_counted(len(self.tested), 'operation')} of {self.url} in "
            f"{self.seconds:.1f} s: {self.budget}, seed {self.seed}{safe}"
        )
        if self.is_stopped:
            done = f"{done}\nStopped: there may be more than was found until then"
        if self.breaches and again:
            done = f"{done}\nThe same calls: {again}"
        count = _counted(len(self.breaches), "breach", "breaches") if self.breaches else "no breach"
        return "\n\n".join([*parts, f"{done}\n{count} of the contract"])

    def json(self) -> str:
        """An object: what the fields of an Outcome say."""
        said = {
            "url": self.url,
            "exit_code": self.exit_code,
            "seed": self.seed,
            "budget": self.budget,
            "safe": self.is_safe,
            "stopped": self.is_stopped,
            "seconds": round(self.seconds, 3),
            "calls": self.calls,
            "operations": [asdict(one) for one in self.tested],
            "breaches": [_said(one) for one in self.breaches],
            "notes": list(self.notes),
        }
        return json.dumps(said, indent=2, ensure_ascii=False).translate(_CONTROL)

    def junit(self) -> str:
        """A `testsuite` for each api, with a `testcase` for each operation, whose breaches are its failure."""
        suites = ElementTree.Element("testsuites", {"name": "contract"})
        for api in dict.fromkeys(one.api for one in self.tested):
            tested = [one for one in self.tested if one.api == api]
            broken = {one.operation for one in self.breaches if one.api == api}
            suite = ElementTree.SubElement(suites, "testsuite", {"name": api, "errors": "0", "skipped": "0"})
            suite.set("tests", str(len(tested)))
            suite.set("failures", str(sum(one.operation in broken for one in tested)))
            suite.set("time", f"{self.seconds:.3f}")
            for one in tested:
                case = ElementTree.SubElement(suite, "testcase", {"classname": api, "name": one.called})
                _add_failure(case, [two for two in self.breaches if (two.api, two.called) == (api, one.called)])
        ElementTree.indent(suites)
        return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_failure(case: ElementTree.Element, found: Sequence[Breach]) -> None:
    if not found:
        return
    message = "; ".join(f"{one.code}: {one.fact}" for one in found).translate(_CONTROL)
    failure = ElementTree.SubElement(case, "failure", {"type": found[0].code, "message": message})
    failure.text = "\n\n".join(_shown(one) for one in found).translate(_CONTROL)


def _shown(one: Breach) -> str:
    head = f"{one.file}:{one.line}:{one.column}: breach[{one.code}]: {one.fact}"
    lines = [head]
    if one.source and len(one.source) <= 120 and one.source.isprintable():
        gutter = f"{one.line:>6} | "
        carets = "^" * max(1, min(one.width, len(one.source) - one.column + 1))
        lines += [f"{gutter}{one.source}", f"{' ' * (len(gutter) + one.column - 1)}{carets} {one.mend}".rstrip()]
    elif one.mend:
        lines.append(f"    {one.mend}")
    return "\n".join(
        "".join(_printable(char) for char in line) for line in [*lines, *(f"    {two}" for two in one.repeat)]
    )


def _printable(char: str) -> str:
    """Nothing that a service sends may steer a terminal."""
    return char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}"


def _said(one: Breach) -> dict[str, Any]:
    found = asdict(one)
    return {name: list(value) if name == "repeat" else value for name, value in found.items() if name != "source"}


def _counted(number: int, word: str, words: str = "") -> str:
    return f"{number} {word}" if number == 1 else f"{number} {words or word + 's'}"
