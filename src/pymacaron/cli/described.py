"""
The descriptions that a command is about, all of them read, and the service that they belong to: for `stubs` and `sync`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from pymacaron.cli.terminal import progress
from pymacaron.finding import FindingsError

if TYPE_CHECKING:
    from pymacaron.spec.model import Api

__all__ = ["Described", "described", "read", "replace", "shown"]


@dataclass(frozen=True)
class Described:
    """`apis`, in the order of `files`, their descriptions; `root`, the folder of their service."""

    apis: Sequence[Api]
    files: Sequence[Path]
    root: Path

    @property
    def source(self) -> str:
        """What they are, in a few words."""
        return self.files[0].name if len(self.files) == 1 else f"{len(self.files)} descriptions"

    def package(self) -> Path:
        """The package that their handlers stand in, a folder below `root`. Raises UsageError where it is not clear."""
        from pymacaron.server.binding import path_of
        from pymacaron.stubs.module import HEAD

        operations = [one for api in self.apis for one in (*api.operations, *api.webhooks)]
        tops = {path.partition(".")[0] for one in operations if (path := path_of(one)) is not None}
        found = sorted(top for top in tops if (self.root / top).is_dir())
        if not found:  # where it was written before
            written = self.root.glob("*/apis.py")
            found = sorted(path.parent.name for path in written if (read(path) or "").startswith(HEAD))
        if len(found) == 1:
            return Path(os.path.relpath(self.root / found[0]))
        fact = f"handlers stand in {', '.join(found)}" if found else "no handler stands in a package that is here"
        raise click.UsageError(
            f"Which module to write is not clear: {fact}. Say it: --output {(found or ['shop'])[0]}/apis.py"
        )

    def stubs(self, module: Path) -> dict[Path, str]:
        """
        dict of file -> text, of *module*, which names the apis, and of the stub beside it. Raises UsageError where one
        of these is a file that somebody else wrote.
        """
        from pymacaron.stubs.module import HEAD, module_text, stub_text

        texts = {
            module: module_text(self.apis, self.source),
            module.with_suffix(".pyi"): stub_text(self.apis, self.source),
        }
        for path in texts:
            text = read(path)
            if text and not text.startswith(HEAD):
                raise click.UsageError(
                    f"{shown(path)} was not written by `pymacaron stubs`. Name another file: --output FILE"
                )
        return texts


def described(paths: Sequence[str]) -> Described:
    """
    Those in *paths*, files and folders; without any in ./apis, else in the folder. Raises FindingsError where there are
    none, or errors in one.
    """
    from pymacaron import check
    from pymacaron.spec.load import load

    files = check.sources(paths)
    config = next((found for file in files if (found := check.config_beside(file)) is not None), None)
    root = Path(config).parent if config is not None else Path.cwd()
    most = check.max_bytes(config) if config is not None else check.MAX_BYTES
    apis = []
    with progress("reading") as at:
        for file in files:
            at(os.fspath(file))
            apis.append(load(file, max_bytes=most))
    wrong = [finding for api in apis for finding in api.findings if finding.severity == "error"]
    if wrong:
        raise FindingsError(wrong)
    return Described(apis, files, root)


def read(path: Path) -> str | None:
    """The text of a file; None where it is not there."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def replace(path: Path, text: str) -> None:
    """Write *path*, or what that is a link to, or leave it as it was."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with new.open("x", encoding="utf-8", newline="") as to:
            to.write(text)
        if path.exists():
            os.chmod(new, path.stat().st_mode & 0o7777)
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def shown(path: Path) -> str:
    """*path* as messages write it."""
    return os.path.relpath(path)
