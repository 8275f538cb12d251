"""
A Report as one HTML page that needs nothing else: no script, no network, a policy that allows neither.

Keyboards open what is closed by default, phones have it in one column, and whoever prefers dark colours gets them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape

from pymacaron.testing.covering.points import KINDS, Owner, Point
from pymacaron.testing.covering.report import Report, Stray, Sum

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5a636d; --paper: #fff; --line: #d5dae0; --good: #1a7f4b;
  --poor: #b3261e; --track: #e6e9ed }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a5adb6; --paper: #16191d; --line: #3a4048;
  --good: #4fc286; --poor: #ff8a80; --track: #30363d } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } .soft { color: var(--soft) } .total { font-size: 2.5rem; font-weight: 650; line-height: 1.2 }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 500 }
th, td { padding: .3rem .5rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
progress { appearance: none; border: 0; width: 100%; min-width: 4rem; height: .6rem; border-radius: .3rem;
  overflow: hidden; background: var(--track); vertical-align: middle }
progress::-webkit-progress-bar { background: var(--track) } progress::-webkit-progress-value { background: var(--good) }
progress::-moz-progress-bar { background: var(--good) }
details { border-bottom: 1px solid var(--line) } details > ul { margin: 0 0 .75rem; padding-left: 1.5rem }
summary { display: grid; grid-template-columns: minmax(0, 1fr) 8rem 8rem; gap: .75rem; align-items: center;
  padding: .5rem 0; cursor: pointer } summary:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
summary .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.name, li, td { overflow-wrap: anywhere } .missed::marker { content: "✗ "; color: var(--poor) }
.missed { color: var(--poor) } .reached::marker { content: "✓ "; color: var(--good) } li { padding-left: .25rem }
@media (max-width: 40rem) { body { padding: .75rem } .bar { display: none }
  summary { grid-template-columns: minmax(0, 1fr) auto } }
"""


def page(report: Report) -> str:
    """The page, as text."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    names = " and ".join(title or name for name, title, _ in report.apis)
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>Coverage of {_shown(names)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n"
    )
    return head + "<body>\n<main>\n" + "\n".join(_parts(report, names)) + "\n</main>\n</body>\n</html>\n"


def _parts(report: Report, names: str) -> Iterator[str]:
    total = report.total
    yield f"<h1>Coverage of {_shown(names)}</h1>"
    yield f'<p class="soft">{report.calls} calls were seen</p>'
    yield f'<p class="total" id="total">{total.percent:.1f} %</p>'
    yield f"<p>{total.reached} of {total.total} reached</p>"
    yield '<h2>By kind</h2>\n<table id="kinds">'
    for kind, one in report.kinds().items():
        bar = f'<td class="bar">{_bar(KINDS[kind], one)}</td>'
        yield f'<tr><th scope="row">{KINDS[kind]}</th>{bar}<td class="number">{_figures(one)}</td></tr>'
    yield "</table>"
    owners = report.owners()
    is_several = len(report.apis) > 1
    for title, identity, is_operation in (("Operations", "operations", True), ("Shared parts", "shared", False)):
        chosen = {owner: points for owner, points in owners.items() if owner.is_operation is is_operation}
        if chosen:
            yield f'<h2>{title}</h2>\n<div id="{identity}">'
            yield from (_owner(owner, points, is_several) for owner, points in chosen.items())
            yield "</div>"
    yield from _strays("Calls of no operation", "unknown", report.strays)
    yield from _strays("Statuses that are not declared", "undeclared", report.undeclared)
    yield from _codes(report)
    if report.failures:
        rows = "".join(f"<li>{_shown(one)}</li>" for one in report.failures)
        yield f"<h2>Calls that were not passed on, not answered or not followed</h2>\n<ul>{rows}</ul>"


def _owner(owner: Owner, points: Sequence[Point], is_several: bool) -> str:
    one = Sum(sum(1 for point in points if point.count), len(points))
    name = f"{owner.api}: {owner.name}" if is_several else owner.name
    rows = "".join(_point(point) for point in sorted(points, key=lambda point: point.count > 0))
    bar = f'<span class="bar">{_bar(name, one)}</span>'
    summary = f'<span class="name">{_shown(name)}</span>{bar}<span class="number">{_figures(one)}</span>'
    return f"<details><summary>{summary}</summary><ul>{rows}</ul></details>"


def _point(point: Point) -> str:
    said = f"{point.kind} {point.what}" if point.kind in ("status", "error") else point.what
    if point.count:
        return f'<li class="reached">{_shown(said)} <span class="soft">{point.count}</span></li>'
    place = f'<span class="soft">{_shown(point.file)}:{point.line}</span>'
    return f'<li class="missed">not reached: {_shown(said)} {place}</li>'


def _strays(title: str, identity: str, strays: Sequence[Stray]) -> Iterator[str]:
    if strays:
        yield f'<h2>{title}</h2>\n<table id="{identity}">'
        for one in strays:
            yield f'<tr><td>{_shown(one.name)}</td><td>{one.status}</td><td class="number">{one.calls}</td></tr>'
        yield "</table>"


def _codes(report: Report) -> Iterator[str]:
    if report.codes or report.unseen:
        yield '<h2>Codes of errors</h2>\n<p class="soft">They are not counted.</p>\n<table id="codes">'
        for code, count in [*report.codes.items(), *((code, 0) for code in report.unseen)]:
            yield f'<tr><td>{_shown(code)}</td><td class="number">{count or "never seen"}</td></tr>'
        yield "</table>"


def _figures(one: Sum) -> str:
    return f"{one.reached} of {one.total} · {one.percent:.1f} %"


def _bar(name: str, one: Sum) -> str:
    return f'<progress aria-label="{_shown(name)}" value="{one.reached}" max="{max(1, one.total)}"></progress>'


def _shown(text: str) -> str:
    """*text* in HTML, in which nothing turns its direction or is invisible."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return escape(printable, quote=True)
