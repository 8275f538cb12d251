"""
The documentation as a whole: every page is in the table of contents, every link leads somewhere, and everything public
is found in it. docs/site/ makes the site of it; the site itself, where `make docs` has made it, is read in Chromium.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from lots import whole
from promises.surface import public as promised

from pymacaron.cli import COMMANDS
from pymacaron.cli.pipeline import deploy_pipeline
from pymacaron.client import errors as client_errors
from pymacaron.client.events import Event
from pymacaron.config import SETTINGS
from pymacaron.finding import CODES
from pymacaron.spec.catalogue import KNOWN
from pymacaron.spec.deprecations import AT, SUNSET
from pymacaron.spec.objects import EXTENSIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS, SOURCE, SITE = ROOT / "docs", ROOT / "src" / "pymacaron", ROOT / "build" / "site"
BROWSER = ROOT / "tests" / "server" / "docs" / "browser"


def program(name: str, folder: str = "docs/site") -> ModuleType:
    """One in a *folder* that is no package."""
    sys.path.insert(0, str(ROOT / folder))
    try:
        spec = spec_from_file_location(name, ROOT / folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


reference = program("reference")
gather = program("gather")
looked = program("looked")
PUBLIC: dict[str, list[str]] = reference.public()
PAGES: dict[Path, str] = gather.pages()
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# ---- pages and links


def test_the_table_of_contents_names_every_page_once() -> None:
    listed = [name for names in gather.chapters().values() for name in names]
    assert sorted(listed) == sorted(set(PAGES.values()) - {"index.md", "readme.md"})


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert gather.faults(page) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "ROOT", tmp_path)
    (tmp_path / "other.md").write_text("# One\n\n# Two `words`\n\n# One\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[`a`](other.md#two-words) [b](other.md#one-1) [c](none.md)\n`[d](none.md)` ![e](none.svg)\n"
        "```text\n[f](none.md)\n```\n[g](#here) [h](https://example.com/none)\n",
        encoding="utf-8",
    )
    assert gather.faults(page) == [
        "page.md:1: none.md is not there",
        "page.md:2: none.svg is not there",
        "page.md:6: #here: there is no such heading",
    ]


def test_on_the_site_links_lead_to_its_pages_and_files_are_names() -> None:
    page = DOCS / "page.md"
    told = "[a](../ARCHITECTURE.md#layers) [b](handlers.md) [`c`](../pyproject.toml)\n```yaml file=x.yaml\na: 1\n```\n"
    assert gather.on_site(page, told) == (
        "[a](architecture.md#layers) [b](handlers.md) `c`\n```{code-block} yaml\n:caption: x.yaml\n\na: 1\n```\n"
    )


def test_what_is_loaded_from_elsewhere_is_seen(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<link rel="stylesheet" href="https://fonts.example/a.css"><link rel="canonical" href="https://example.com/">'
        '<script src="a.js"></script><a href="https://example.com">b</a><a href="#c">c</a><p id="d"><a href="#d">e</a>'
        '<img src="//img.example/f.png">',
        encoding="utf-8",
    )
    (tmp_path / "a.js").write_text('fetch("https://api.example/g"); "http://www.w3.org/2000/svg"', encoding="utf-8")
    assert looked.faults(tmp_path) == [
        "index.html: #c: there is no such place",
        "index.html loads https://fonts.example/a.css",
        "index.html loads //img.example/f.png",
        "a.js loads https://api.example/g",
    ]


def test_the_plots_are_those_of_the_tables() -> None:
    """`make docs-plots` makes them; what else stands in docs/ is made with its table, by bench/speed.py."""
    plots = program("plots", "bench")
    made = plots.plots()
    assert {name: text(name) for name in made} == made
    assert read(ROOT / "README.md") == plots.figures()


def test_our_column_of_the_comparison_is_true() -> None:
    command = [sys.executable, str(ROOT / "bench" / "asked.py"), "--of", "ours"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = ["yes" if answer else "no" for answer in json.loads(done.stdout.splitlines()[-1])]
    rows = text("peers.md").partition("<!-- asked begins -->")[2].partition("<!-- asked ends -->")[0].splitlines()
    assert [row.split(" | ")[1] for row in rows if " | yes" in row or " | no" in row] == answers


# ---- everything public is found


def test_the_site_shows_what_is_promised_and_nothing_else() -> None:
    assert {module: sorted(names) for module, names in PUBLIC.items()} == {
        module: sorted(names) for module, names in promised().items()
    }


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_says_what_it_is(module: str) -> None:
    """On the page of its module, which is made of docstrings."""
    loaded = import_module(module)
    assert sorted(set(PUBLIC[module]) - set(loaded.__all__)) == []
    page = reference.page(module, PUBLIC[module])
    shown = set(re.findall(r"^`+\{py:\w+\} (\w+)", page, re.MULTILINE))
    assert sorted(set(PUBLIC[module]) - shown) == []
    silent = [name for name in PUBLIC[module] if not says(getattr(loaded, name))]
    assert silent == []


def says(value: Any) -> bool:
    return bool(((vars(value) if isinstance(value, type) else {}).get("__doc__") or value.__doc__ or "").strip())


def imported(text: str) -> Iterator[tuple[str, str]]:
    """Module and name of everything of ours that a Python text imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "pymacaron":
            yield from ((str(node.module), alias.name) for alias in node.names)


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_what_an_example_imports_is_public(page: Path) -> None:
    blocks = re.findall(r"^```python[^\n]*\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    used = {pair for block in blocks for pair in imported(block)}
    public = {(module, name) for module, names in PUBLIC.items() for name in names}
    public |= {tuple(module.rsplit(".", 1)) for module in PUBLIC if "." in module}
    assert sorted(used - public) == []


@pytest.mark.parametrize("folder", ["examples", "src/pymacaron/scaffold/templates"])
def test_what_services_of_ours_import_is_public(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.name.endswith((".py", ".py.tmpl"))]
    used = re.findall(r"^\s*from (pymacaron[\w.]*) import ([^\n({]+)", "\n".join(map(read, files)), re.MULTILINE)
    public = {(module, name) for module, names in PUBLIC.items() for name in names}
    public |= {tuple(module.rsplit(".", 1)) for module in PUBLIC if "." in module}
    pairs = {(module, name.split(" as ")[0].strip()) for module, names in used for name in names.split(",")}
    assert pairs
    assert sorted(pairs - public) == []


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_setting_has_a_row() -> None:
    assert [name for name in SETTINGS if f"\n| `{name}` |" not in text("config.md")] == []


def commands() -> Iterator[tuple[str, click.Command]]:
    yield "deploy_pipeline", deploy_pipeline
    for name in sorted(COMMANDS):
        command = getattr(import_module(f"pymacaron.cli.{name}"), name)
        yield f"pymacaron {name}", command
        for action in command.commands.values() if isinstance(command, click.Group) else ():
            yield f"pymacaron {name} {action.name}", action


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: one if isinstance(one, str) else "")
def test_every_option_of_a_command_is_told_with_it(name: str, command: click.Command) -> None:
    """Below its heading in docs/commands.md, or on a page that it links to from there."""
    heading = "pymacaron deploy" if name == "deploy_pipeline" else " ".join(name.split()[:2])
    below = text("commands.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    told = below + "".join(text(page) for page in set(re.findall(r"\]\(([\w-]+\.md)", below)))
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    names = [name for one in options for name in (*one.opts, *one.secondary_opts) if name.startswith("--")]
    assert [one for one in names if not re.search(rf"{one}(?![\w-])", told)] == []
    actions = [str(one) for arg in command.params if isinstance(arg.type, click.Choice) for one in arg.type.choices]
    actions += name.split()[2:]
    assert [one for one in actions if not re.search(rf"\b{re.escape(one)}\b", told)] == []


def test_every_extension_has_a_row() -> None:
    known = {extension for extensions in EXTENSIONS.values() for extension in extensions} | {AT, SUNSET}
    rows = set(re.findall(r"^\| `(x-[A-Za-z-]+)` \|", text("extensions.md"), re.MULTILINE))
    assert rows == known


def test_every_code_of_an_error_is_told() -> None:
    told = text("errors.md")
    assert [one.code for one in KNOWN if f"`{one.code}`" not in told] == []
    codes = {one.code for one in vars(client_errors).values() if isinstance(one, type) and hasattr(one, "code")}
    found = re.findall(r"`([A-Z_]+)`", text("events.md"))
    assert sorted(codes - set(found) - {"CLIENT_ERROR"}) == []


def test_every_finding_has_a_heading() -> None:
    assert [code for code in CODES if f"\n### {code}\n" not in text("findings.md")] == []


# ---- every event


def source() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py")))


def test_every_logger_has_a_row() -> None:
    loggers = set(re.findall(r'getLogger\("(pymacaron[\w.]*)"\)', source()))
    assert loggers == set(re.findall(r"^\| `(pymacaron[\w.]*)` \|", text("events.md"), re.MULTILINE))


def test_every_metric_and_every_attribute_of_a_span_is_told() -> None:
    told = text("operating.md") + text("events.md")
    kinds = r'\b(Counter|Gauge|Histogram)\(\s*"(\w+)"'
    metrics = [name + "_total" * (kind == "Counter") for kind, name in re.findall(kinds, source())]
    names = r'(?:set_attribute\(|^\s+)"((?:pymacaron|http|url|server|network|error)\.[\w.]+)"'
    spans = [read(SOURCE / "server" / "observing" / name) for name in ("spans.py", "calling.py")]
    attributes = re.findall(names, "\n".join(spans), re.MULTILINE)
    assert len(metrics) > 8
    assert len(attributes) > 8
    assert [name for name in (*metrics, *attributes) if f"`{name}`" not in told] == []


def test_every_member_of_an_event_of_a_client_is_told() -> None:
    told = re.findall(r"`(\w+)`", text("events.md"))
    assert [name for name in Event.__slots__ if not name.startswith("_") and name not in told] == []


# ---- the site in a browser


@whole
def test_the_site_can_be_read_on_a_phone_and_at_a_desk() -> None:
    chromium = shutil.which("chromium")
    missing = "chromium" if chromium is None else "" if shutil.which("node") else "node"
    missing = missing or ("" if (BROWSER / "node_modules").is_dir() else "`make browser`")
    missing = missing or ("" if (SITE / "index.html").is_file() else "`make docs`")
    if missing:
        if os.environ.get("CI"):
            pytest.fail(f"not here: {missing}")
        pytest.skip(f"the site is not read: not here: {missing}")
    command = ["node", str(DOCS / "site" / "look.mjs"), str(chromium), str(SITE)]
    done = subprocess.run(command, cwd=BROWSER, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout, done.stderr
    seen = json.loads(done.stdout)
    assert seen.pop("pages") >= len(PAGES) - 1
    assert seen.pop("found") > 0
    assert {name: value for name, value in seen.items() if value} == {}
