"""
Looks at the site that was made: every link inside leads to a page and a place that are there, and nothing that a
browser loads by itself is of another host. `python docs/site/looked.py [FOLDER]`; `make docs` calls it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Seen", "faults"]

#: What is loaded without a click: tag -> its attribute. A `link` is one but for those that only name something
LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "audio": "src",
    "video": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
    "use": "href",
    "image": "href",
}
NAMING = {"canonical", "author", "license", "alternate", "next", "prev", "index", "search"}
#: In style sheets and scripts: what fetches from a host, and no name of a namespace
FETCHING = re.compile(r"""(?:url\(|@import|fetch\(|import\(|src\s*=)\s*["']?((?:https?:)?//[^"')\s]+)""")


@dataclass
class Seen(HTMLParser):
    """One page: `links` of it, `loaded` with it, `places` that links may lead to."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    _is_code: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.places |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        attribute = LOADED.get(tag)
        if attribute in said and not (tag == "link" and said.get("rel", "") in NAMING):
            self.loaded.append(said[attribute])
        self.loaded += [part.split()[0] for part in said.get("srcset", "").split(",") if part.strip()]
        self.loaded += FETCHING.findall(said.get("style", ""))
        self._is_code = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self._is_code:
            self.loaded += FETCHING.findall(data)
            self._is_code = False


def _read(page: Path) -> Seen:
    seen = Seen()
    seen.feed(page.read_text(encoding="utf-8"))
    return seen


def faults(folder: Path) -> list[str]:
    """What is wrong with the site in *folder*: list of texts, empty when all is well."""
    pages = {page.resolve(): _read(page) for page in sorted(folder.rglob("*.html"))}
    found = []
    for page, seen in pages.items():
        name = page.relative_to(folder.resolve())
        for target in seen.links + seen.loaded:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if target in seen.loaded and parts.scheme != "data":
                    found.append(f"{name} loads {target}")
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not file.is_file():
                found.append(f"{name}: {target} is not there")
            elif parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].places:
                found.append(f"{name}: {target}: there is no such place")
    for file in sorted([*folder.rglob("*.css"), *folder.rglob("*.js"), *folder.rglob("*.svg")]):
        outside = FETCHING.findall(file.read_text(encoding="utf-8"))
        found += [f"{file.relative_to(folder)} loads {one}" for one in outside]
    return found if pages else [f"there is no page in {folder}"]


if __name__ == "__main__":
    if wrong := faults(Path(sys.argv[1] if len(sys.argv) > 1 else "build/site")):
        raise SystemExit("\n".join(wrong))
