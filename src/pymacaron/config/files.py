"""Where pym-config.yaml is looked for, and its text, of which no finding shows a secret."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pymacaron.config.settings import FILE, MASK, is_secret
from pymacaron.finding import Finding, FindingsError
from pymacaron.source import Document, read

__all__ = ["file_names", "find_file", "folders", "read_file"]


def find_file(start_dir: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """
    The path of the config: `pym-config.<PYM_ENV>.yaml`, else pym-config.yaml, each in the folders that folders gives.

    *start_dir* stands for the folder of the started script. None where there is no such file.
    """
    for name in file_names(os.environ if environ is None else environ):
        for folder in folders(start_dir):
            path = folder / name
            if path.is_file():
                return str(path)
    return None


def file_names(environ: Mapping[str, str]) -> list[str]:
    name = environ.get("PYM_ENV", "")
    if not name or name in (".", "..") or "/" in name or os.sep in name:
        return [FILE]
    return [f"pym-config.{name}.yaml", FILE]


def folders(start_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """Beside the started script, the working directory, and all above that."""
    folders: list[Path] = []
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if start_dir is not None:
        folders.append(Path(start_dir).resolve())
    elif script:
        folders.append(Path(script).resolve().parent)
    here = Path.cwd()
    return list(dict.fromkeys((*folders, here, *here.parents)))


def read_file(path: str) -> Document:
    """The file at *path*. Raises FindingsError, in whose source lines and facts no secret is shown."""
    try:
        return read(path)
    except FindingsError as error:
        raise FindingsError(_without_secret(finding) for finding in error.findings) from None


def _without_secret(finding: Finding) -> Finding:
    """A finding of the YAML reader, which knows no secrets: of its line only what surely is none stays."""
    key, colon, value = finding.source.partition(":")
    name = key.strip(" -'\"{}")
    if not finding.source or (colon and name.isidentifier() and not is_secret(name) and not is_secret(value)):
        return finding
    fact, mend = finding.fact, finding.mend
    told = value if colon else finding.source
    for word in "".join(c if c.isalnum() or c in "_-.+/=" else " " for c in told).split():
        if len(word) > 2:
            fact, mend = fact.replace(word, MASK), mend.replace(word, MASK)
    return replace(finding, source=f"{key}: {MASK}" if colon else "", fact=fact, mend=mend)
