"""
Which files are descriptions, and which pym-config.yaml is theirs.

A folder may hold much else: what a file is, its text says. Nothing is loaded here, so that a file may be huge.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pymacaron import config
from pymacaron.finding import Finding, FindingsError
from pymacaron.source import read

__all__ = [
    "MAX_BYTES",
    "config_beside",
    "descriptions",
    "found_in",
    "max_bytes",
    "names_beside",
    "no_files",
    "sources",
]

#: Of a description, where no setting says otherwise
MAX_BYTES = 50_000_000

#: Of a file with more bytes than descriptions have by default, so many at its start and end are looked at
_LARGE, _ENDS = 50_000_000, 1_000_000
_ENDINGS = (".yaml", ".yml", ".json")
#: Folders that hold what others wrote
_FOREIGN = ("node_modules", "__pycache__", "site-packages")
#: A line that says which format a description is written in: one that begins as the first of the text does
_VERSION = re.compile(
    rb"""^["']?(?:openapi|swagger)["']?[ \t]*:|["'](?:openapi|swagger)["']\s*:\s*["']?[0-9]"""
    rb"""|\A(?:[ \t]*(?:#.*|---.*)?\r?\n)*([ ]+)(?:[^\s#].*\n(?:.*\n)*?\1)?["']?(?:openapi|swagger)["']?[ \t]*:""",
    re.M,
)
#: What makes a file without such a line look like a description that lacks it
_LIKE = re.compile(
    rb"""^["']?(?:paths|definitions|\w*(?:api|swag)\w*["']?[ \t]*:[ \t]*["']?[23]\.)|^\s*"paths"\s*:\s*\{""", re.M
)
_REFERENCE = re.compile(rb"""["']?\$ref["']?\s*:\s*["']?([^"'#\s{},]+)""")


def descriptions(path: str | os.PathLike[str], ignore: Iterable[str] = (), *, strict: bool = True) -> list[Path]:
    """
    The descriptions below the folder *path*, sorted; those in *ignore*, names without endings, are left out.

    A YAML or JSON file is one if it says `openapi` or `swagger` at its top, or looks as if it should. Parts that others
    refer to and files of another kind are none, nor is pym-config. *strict*: a file that cannot be read as text is one
    too, so that somebody tells what is wrong with it. Raises FindingsError if *path* is no folder.
    """
    folder = Path(path)
    if not folder.is_dir():
        what = "this is a file, not a folder" if folder.exists() else "there is no such folder"
        raise FindingsError(
            [Finding(os.fspath(path), 0, 0, "missing-file", what, "Name the folder of your descriptions")]
        )
    ignored = set(ignore)
    sure: list[Path] = []
    maybe: list[Path] = []
    for file in _candidates(folder):
        if file.stem not in ignored:
            text = _text(file)
            if _VERSION.search(text):
                sure.append(file)
            elif _may_be(text, strict):
                maybe.append(file)
    if maybe:
        parts = {part for file in sure for part in _referred(file)}
        maybe = [file for file in maybe if os.path.abspath(file) not in parts]
    return sorted([*sure, *maybe])


def _candidates(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith(".")
            and name not in _FOREIGN
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        ]
        for name in files:
            if name.endswith(_ENDINGS) and not name.startswith((".", "pym-config.")):
                yield Path(root, name)


def _text(file: Path) -> bytes:
    """The text of *file*; of a large one, its start and its end."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return b"-"  # a pipe, say, which is no description
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size <= _LARGE:
                return opened.read(_LARGE)
            start = opened.read(_ENDS)
            opened.seek(-_ENDS, os.SEEK_END)
            return start + opened.read(_ENDS)
    except OSError:
        return b""


def _may_be(text: bytes, strict: bool) -> bool:
    if _LIKE.search(text):
        return True
    return strict and (not text.strip() or b"\0" in text[:100] or text.startswith(b"\xef\xbb\xbf"))


def _referred(file: Path) -> Iterator[str]:
    for found in set(_REFERENCE.findall(_text(file))):
        name = found.decode("utf-8", "replace")
        if "://" not in name:
            yield os.path.abspath(os.path.join(file.parent, name))


def sources(paths: Sequence[str | os.PathLike[str]] = ()) -> list[Path]:
    """
    The descriptions in *paths*, files and folders; without any in ./apis, else in the folder. Raises FindingsError
    where there are none.
    """
    found = found_in(paths)
    if not found:
        raise FindingsError([no_files(paths)])
    return found


def found_in(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """What `sources` gives, empty where there are none."""
    if not paths:
        folder = Path("apis")
        return descriptions(folder) if folder.is_dir() else descriptions(".", strict=False)
    found: dict[Path, None] = {}
    for path in paths:
        for file in descriptions(path) if os.path.isdir(path) else [Path(path)]:
            found[file] = None
    return list(found)


def no_files(paths: Sequence[str | os.PathLike[str]]) -> Finding:
    """That there is no description in *paths*."""
    where = ", ".join(os.fspath(path) for path in paths) or "."
    fact = "there is no API description here: no .yaml, .yml or .json file that says 'openapi' or 'swagger' at its top"
    return Finding(where, 0, 0, "missing-file", fact, "Name a file or a folder: pymacaron check apis/")


def names_beside(path: Path) -> set[str]:
    """The names that apis in the folder of *path* have, whether they are looked at or not."""
    return {other.stem for other in path.parent.iterdir() if other.suffix in _ENDINGS}


def config_beside(path: Path) -> str | None:
    """The pym-config.yaml in the folder of *path* or the nearest one above; that of PYM_ENV goes first."""
    environment = os.environ.get("PYM_ENV", "")
    names = ["pym-config.yaml"]
    if environment.replace("-", "").replace("_", "").isalnum():
        names.insert(0, f"pym-config.{environment}.yaml")
    folder = Path(os.path.abspath(path)).parent
    for place in (folder, *folder.parents):
        for name in names:
            if (place / name).is_file():
                return str(place / name)
    return None


def max_bytes(config_file: str) -> int:
    """How many bytes a description may have, as that pym-config.yaml says."""
    try:
        values = config.resolve(read(config_file), {}, os.environ).values
    except FindingsError:
        return MAX_BYTES
    return int(values.get("max_document_bytes", MAX_BYTES))
