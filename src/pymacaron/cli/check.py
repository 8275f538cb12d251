"""
`pymacaron check`: everything that is wrong, as text, JSON or SARIF.

What is looked for is in pymacaron/check/; here is how it is asked for and shown.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import click

from pymacaron.cli.terminal import Choice, failed, findings_text, progress
from pymacaron.finding import CODES, Finding, FindingsError

__all__ = ["as_json", "as_sarif", "as_text", "check", "listed"]


@click.command(short_help="Tell everything that is wrong with descriptions and handlers.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option("--serve", metavar="NAME", multiple=True, help="Look at all handlers of this api. May be given again.")
@click.option(
    "--format",
    "form",
    type=Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to show what is found.",
)
@click.option("--json", "is_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
def check(paths: tuple[str, ...], serve: tuple[str, ...], form: str, is_json: bool, strict: bool) -> None:
    """
    Tell everything that is wrong with API descriptions, their examples, the handlers that they name, and
    pym-config.yaml.

    PATH is a description, or a folder of them; without any: ./apis, or else the current folder.

    Handlers are looked at with --serve, and where a pym-config.yaml lies beside or above the description. Variables in
    a file .env beside it are set, unless they are set already.

    \b
    Examples:
      pymacaron check
      pymacaron check apis/shop.yaml --serve shop --strict
      pymacaron check --format sarif

    Exits with 0 when there is nothing but warnings, 1 when there are errors, 2 when it was called wrongly.
    """
    from pymacaron.check import check as look

    form = "json" if is_json else form
    _set_variables(paths)
    with progress("looking at") as at:
        at("descriptions")
        checked = look(paths, serve=serve, each=lambda path: at(os.fspath(path)))
    shown = {"text": as_text, "json": as_json, "sarif": as_sarif}[form]
    told = shown(checked.findings, len(checked.files))
    if checked.unseen and form == "text":
        told += "; handlers not looked at: no pym-config.yaml, use --serve"
    click.echo(told)
    refused = [finding for finding in checked.findings if strict or finding.severity == "error"]
    sys.exit(1 if refused else 0)


def _set_variables(paths: Sequence[str]) -> None:
    """Those of a `.env` beside the config, which the service would be started with."""
    from pymacaron import dotenv
    from pymacaron.check import config_beside, sources
    from pymacaron.exceptions import ConfigError

    try:
        config_file = config_beside(sources(paths)[0])
        if config_file is not None:
            dotenv.load(os.path.dirname(config_file))
    except FindingsError:
        return  # there are no descriptions, which is told where they are looked at
    except ConfigError as error:
        failed(str(error))


def as_text(findings: Sequence[Finding], files: int) -> str:
    """The findings as a compiler prints them, and a line that counts them."""
    errors = sum(finding.severity == "error" for finding in findings)
    counted = [
        _counted(number, word) for number, word in ((errors, "error"), (len(findings) - errors, "warning")) if number
    ]
    summary = f"{', '.join(counted) or 'no findings'} in {_counted(files, 'file')}"
    return f"{findings_text(findings)}\n\n{summary}" if findings else summary


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def as_json(findings: Sequence[Finding], files: int) -> str:
    """A list of objects: file, line, column, width, severity, code, fact, mend. 0 where a place is not known."""
    return json.dumps(listed(findings), indent=2, ensure_ascii=False)


def listed(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """What as_json writes."""
    return [
        {
            "file": finding.file,
            "line": finding.line,
            "column": finding.column,
            "width": finding.width,
            "severity": finding.severity,
            "code": finding.code,
            "fact": finding.fact,
            "mend": finding.mend,
        }
        for finding in findings
    ]


def as_sarif(findings: Sequence[Finding], files: int) -> str:
    """A log as code scanners read it. Source: OASIS SARIF 2.1.0."""
    from importlib.metadata import version

    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "pymacaron",
        "version": version("pymacaron"),
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    words = code.replace("-", " ").capitalize()
    return {
        "id": code,
        "shortDescription": {"text": words},
        "fullDescription": {"text": words},
        "help": {"text": f"docs/findings.md explains {code}."},
        "defaultConfiguration": {"level": CODES[code]},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.fact}. {finding.mend}" if finding.mend else finding.fact},
    }
    if finding.line or os.path.exists(finding.file):
        place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
        if finding.line:
            place["region"] = {"startLine": finding.line}
            if finding.column:
                place["region"] |= {"startColumn": finding.column, "endColumn": finding.column + finding.width}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(file: str) -> str:
    path = quote(file.replace(os.sep, "/"))
    return f"file://{path}" if path.startswith("/") else path
