"""
What of README.md and docs/ does not run is looked at all the same: YAML, JSON and Python can be read, settings are
those that there are, each line of `bash` is a command that exists, with options that it has. What is left is listed
here, with the reason.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import metadata
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml

from pymacaron.cli import COMMANDS
from pymacaron.cli.pipeline import deploy_pipeline
from pymacaron.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "findings.md")]
FENCE = re.compile(r"^( *)```([a-z]+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)

#: dict: page -> how many blocks of text it may have (None: any number), and why they do not run
SHOWN: dict[str, tuple[int | None, str]] = {
    "benchmarks.md": (1, "which targets are met, written by `make bench`"),
    "client-bodies.md": (1, "expressions, each with what it means"),
    "contract.md": (1, "what a broken service is told: tests/testing/contract has its words"),
    "deploy.md": (1, "what a wrong option is told: tests/deploy has its words"),
    "editors.md": (2, "what an editor is told, and where: nobody here has one"),
    "image.md": (2, "a requirements file and a line of output, of registries that are not there"),
    "mock.md": (2, "what a server prints while it is called: tests/testing/mocks"),
    "mutants.md": (None, "faults, written by `make mutants`"),
    "new.md": (1, "what is printed of a description that stands for any"),
    "running.md": (3, "what `pymacaron run` prints while files change (tests/running), and a .env"),
    "tables.md": (1, "a plan of DynamoDB, which is no file: tests/cli/test_tables.py has a stand-in"),
}
#: dict: program -> why its lines do not run
OTHERS = {
    "aws": "it changes an account of AWS",
    "cd": "a folder of the reader's",
    "curl": "it calls a server that the page says how to start",
    "docker": "it runs an image of the reader's",
    "eval": "it changes the shell that reads it",
    "export": "it changes the shell that reads it",
    "git": "it changes the reader's clone",
    "gunicorn": "tests/gunicorn starts it so",
    "openssl": "it makes keys, as the Python beside it does",
}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
EXTRAS = set(metadata("pymacaron").get_all("Provides-Extra") or [])
#: Members of a description that a block may show by themselves
PARTS = {"paths", "components", "servers", "security", "webhooks"}


class Block(NamedTuple):
    where: str
    language: str
    text: str


def blocks(*languages: str) -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in FENCE.finditer(text):
            if found[2] in languages:
                line = text.count("\n", 0, found.start()) + 1
                yield Block(f"{page.name}:{line}", found[2], textwrap.dedent(found[3]))


def where(block: Block) -> str:
    return block.where


def test_what_is_only_shown_is_listed_with_the_reason() -> None:
    found = Counter(block.where.partition(":")[0] for block in blocks("text"))
    assert dict(found) == {page: found[page] if count is None else count for page, (count, _) in SHOWN.items()}


@pytest.mark.parametrize("block", list(blocks("json")), ids=where)
def test_json_can_be_read(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", list(blocks("python")), ids=where)
def test_python_can_be_read(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize("block", list(blocks("yaml")), ids=where)
def test_yaml_is_of_settings_or_of_a_description(block: Block) -> None:
    assert set(yaml.safe_load(block.text)) - set(SETTINGS) - PARTS == set()


def lines() -> Iterator[tuple[str, list[str]]]:
    """Of all blocks of bash: where a command stands, and its words. One line may have several, and a comment."""
    for block in blocks("bash"):
        for number, line in enumerate(block.text.splitlines(), 1):
            words = shlex.split(line.removeprefix("$ "), comments=True)
            while words:
                end = words.index("&&") if "&&" in words else len(words)
                yield f"{block.where}+{number}", words[:end]
                words = words[end + 1 :]


def unknown(words: list[str]) -> str:
    """What is wrong with a command; '' where nothing is."""
    program, *arguments = words
    if program == "pymacaron":
        return not_an_option(arguments)
    if program == "deploy_pipeline":
        return undeclared(deploy_pipeline, arguments)
    if program == "make":
        wrong = [one for one in arguments if one not in TARGETS and "=" not in one]
        return f"Makefile has no {wrong}" if wrong else ""
    if program == "pip":
        extras = set(re.findall(r"\[(.*?)\]", " ".join(arguments)))
        return f"pymacaron has no extra {extras - EXTRAS}" if extras - EXTRAS else ""
    if program == "python":
        return "" if arguments[0] in ("-c", "server.py") or (ROOT / arguments[0]).is_file() else "no such program"
    return "" if program in OTHERS else "a program that test_blocks.py does not know"


def not_an_option(arguments: list[str]) -> str:
    name = next((one for one in arguments if not one.startswith("-")), "")
    if name not in COMMANDS:
        return "" if not name else f"pymacaron has no command {name}"
    command: click.Command = getattr(import_module(f"pymacaron.cli.{name}"), name)
    rest = arguments[arguments.index(name) + 1 :]
    if isinstance(command, click.Group) and rest:
        if rest[0] not in command.commands:
            return f"pymacaron {name} has no {rest[0]}"
        command = command.commands[rest[0]]
    return undeclared(command, rest)


def undeclared(command: click.Command, arguments: list[str]) -> str:
    known = {
        option for one in command.params if isinstance(one, click.Option) for option in one.opts + one.secondary_opts
    }
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    wrong = [one for one in own if one.startswith("-") and one.partition("=")[0] not in known | {"--help"}]
    return f"{command.name} has no {wrong}" if wrong else ""


def test_every_line_of_bash_is_a_command_that_there_is() -> None:
    found = [f"{place}: {wrong}" for place, words in lines() if (wrong := unknown(words))]
    assert found == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("make test", ""),
        ("make tests", "Makefile has no ['tests']"),
        ("pymacaron chekc", "pymacaron has no command chekc"),
        ("pymacaron check --stricter", "check has no ['--stricter']"),
        ("pip install 'pymacaron[tests]'", "pymacaron has no extra {'tests'}"),
        ("frobnicate", "a program that test_blocks.py does not know"),
    ],
)
def test_a_command_that_is_not_there_is_seen(line: str, expected: str) -> None:
    assert unknown(shlex.split(line)) == expected
