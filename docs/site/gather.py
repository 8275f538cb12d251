"""
Puts together what the site is made of, in `build/pages`: the pages of docs/, those at the top of the project that they
lead to, and the reference, made of docstrings. `python docs/site/gather.py [FOLDER]`; `make docs` calls it.

The order of pages is that of docs/index.md: its headings are the chapters, its links the pages. A link that leads
nowhere, and a page that index.md does not name, end it. No network, and no library but ours.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import reference

__all__ = ["chapters", "faults", "gather", "pages", "slugs"]

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
#: dict: page at the top of the project -> its name on the site
TOP = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGES.md": "changes.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "readme.md",
    "SECURITY.md": "vulnerabilities.md",
}
FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[a-z]*)(?P<purpose>[^\n`]*)\n.*?^(?P=indent)(?P=ticks)$", re.M | re.S
)
LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^(#{1,4}) (.+?)\s*$", re.M)


def pages() -> dict[Path, str]:
    """The pages that are written by hand: file -> its name on the site."""
    found = {page: page.name for page in sorted(DOCS.glob("*.md"))}
    return found | {ROOT / page: name for page, name in TOP.items() if (ROOT / page).is_file()}


def without_code(text: str) -> str:
    """*text* with blanks where blocks of code and spans of code are, so that places stay what they are."""
    text = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


def links(text: str) -> Iterator[re.Match[str]]:
    """Of a page, those that do not stand in code."""
    bare = without_code(text)
    for match in LINK.finditer(text):
        if bare[match.start()].strip() and bare[match.start("target")].strip():
            yield match


def slugs(text: str) -> set[str]:
    """The names by which a link leads to headings of a page, as GitHub makes them."""
    found: set[str] = set()
    for _, heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 1
        unique = slug
        while unique in found:
            unique, number = f"{slug}-{number}", number + 1
        found.add(unique)
    return found


def faults(page: Path, made: frozenset[str] = frozenset()) -> list[str]:
    """What of the links of *page* leads nowhere. *made*: names of pages below docs/ that are made."""
    text, found = page.read_text(encoding="utf-8"), []
    for match in links(text):
        target = match["target"]
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve() if place else page
        where = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {target}"
        if page.parent == DOCS and place in made:
            continue
        if not file.exists():
            found.append(f"{where} is not there")
        elif anchor and file.suffix == ".md" and anchor not in slugs(file.read_text(encoding="utf-8")):
            found.append(f"{where}: there is no such heading")
    return found


def chapters() -> dict[str, list[str]]:
    """Of docs/index.md: heading -> the pages that it lists, as they are named on the site."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    parts = re.split(r"^## (.+)$", text, flags=re.M)
    for heading, below in zip(parts[1::2], parts[2::2], strict=True):
        names = [match["target"].partition("#")[0] for match in links(below)]
        listed = [TOP.get(name.removeprefix("../"), name) for name in names if name.endswith(".md")]
        found[heading] = list(dict.fromkeys(listed))
    return found


def on_site(page: Path, text: str) -> str:
    """*text* of *page* as the site has it: links between its pages, names of other files, blocks with their names."""
    known = pages()

    def block(match: re.Match[str]) -> str:
        language, purpose = match["language"], match["purpose"].strip()
        _first, _, rest = match[0].partition("\n")
        _, _, name = purpose.partition("=")  # of `file=` and `write=`
        begin = f"{match['indent']}{match['ticks']}"
        if not name:
            return f"{begin}{language}\n{rest}"
        return f"{begin}{{code-block}} {language}\n{match['indent']}:caption: {name}\n\n{rest}"

    def link(match: re.Match[str]) -> str:
        target = match["target"]
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return match[0]
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve()
        if file in known:
            return f"{match['image']}[{match['text']}]({known[file]}{'#' + anchor if anchor else ''})"
        if file.parent == DOCS or place.startswith("reference/"):
            return match[0]
        return match["text"] if match["text"].startswith("`") else f"`{match['text']}`"

    pieces, last = [], 0
    for match in links(text):
        pieces += [text[last : match.start()], link(match)]
        last = match.end()
    return FENCE.sub(block, "".join([*pieces, text[last:]]))


def toctrees() -> Iterator[str]:
    """What tells Sphinx the order of pages, in place of the lists of docs/index.md."""
    for heading, names in chapters().items():
        yield "\n".join(
            ["```{toctree}", ":hidden:", f":caption: {heading}", "", *(name[:-3] for name in names), "```", ""]
        )


def gather(folder: Path) -> None:
    """Write all pages into *folder*, which is emptied before. Raises SystemExit where something leads nowhere."""
    made = reference.pages()
    known, listed = pages(), [name for names in chapters().values() for name in names]
    wrong = [fault for page in known for fault in faults(page, frozenset(made))]
    wrong += [
        f"docs/index.md does not name {name}"
        for name in known.values()
        if name not in (*listed, "index.md", "readme.md")
    ]
    if wrong:
        raise SystemExit("\n".join(wrong))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page, name in known.items():
        text = on_site(page, page.read_text(encoding="utf-8"))
        if name == "index.md":
            text += "\n" + "\n".join(toctrees())
        elif name == "reference.md":
            text = reference.linked(text) + "\n" + reference.toctree(made)
        elif name == "readme.md":
            text = "---\norphan: true\n---\n" + text
        (folder / name).write_text(text, encoding="utf-8")
    for name, text in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for picture in sorted(DOCS.glob("*.svg")):
        shutil.copy(picture, folder / picture.name)


if __name__ == "__main__":
    gather(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "pages")
