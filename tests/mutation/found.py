"""A fault and what came of it; where faults are tried; and the survivors whose reason is known."""

from __future__ import annotations

import difflib
import json
import shutil
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "mutants"
LAST = ROOT / "build" / "mutants.json"
AUTH = Path("src/pymacaron/auth")
#: What tests/auth reads
PARTS = ("src", "tests/auth", "tests/twins", "tests/conftest.py", "docs/security.md", "pyproject.toml")

#: File, function, and the lines before and after, which together name a fault for good
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Mutant:
    """A fault. `place`: the function that has it, "" outside of functions. `was`, `becomes`: the lines, on one."""

    file: str
    place: str
    was: str
    becomes: str
    outcome: str

    @property
    def key(self) -> Key:
        return self.file, self.place, self.was, self.becomes


def kept(ran: str, mutants: list[Mutant]) -> None:
    """Keep what came of *mutants*, for last(). *ran*: when, and what of it."""
    LAST.write_text(json.dumps({"ran": ran, "mutants": [asdict(one) for one in mutants]}), encoding="utf-8")


def last() -> tuple[str, list[Mutant]]:
    """When the last run was, and what came of each fault in it."""
    said = json.loads(LAST.read_text(encoding="utf-8"))
    return said["ran"], [Mutant(**one) for one in said["mutants"]]


def changed(before: str, after: str) -> tuple[str, str]:
    """The lines of *before* that are others in *after*, and those of *after*, each on one line."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return tuple(" ".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in "-+")  # type: ignore[return-value]


def copied(folder: Path) -> None:
    """Make *folder* anew, with what the tests need."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)


def sources(folder: Path, only: str) -> list[Path]:
    """The files in *folder* that faults are put into: those whose names have *only*."""
    return [path for path in sorted((folder / AUTH).glob("*.py")) if only in path.name]


def explained() -> dict[Key, str]:
    """dict: a survivor -> the reason why no test finds it, as survivors.toml has them."""
    said = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
    return {
        (one["file"], one["place"], one["was"], becomes): one["reason"]
        for one in said.get("survivor", ())
        for becomes in one["becomes"]
    }
