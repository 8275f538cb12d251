"""
A base for images that are built, as a registry has `python:3.x-slim`: this Python with pip, a shell and what the build
uses of coreutils, imported from an archive. It is here only: no registry has it.
"""

from __future__ import annotations

import io
import shutil
import sys
import sysconfig
import tarfile
from importlib.util import find_spec
from pathlib import Path

from harbour.daemon import docker
from harbour.images import UNUSED, shared

__all__ = ["PYTHON", "base"]

PYTHON = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
#: What a Dockerfile of ours calls
_TOOLS = ("sh", "find", "touch", "rm")
#: What needs more of the C library than Python does
_WHEELS = ("granian", "jsonschema_rs", "msgspec", "yaml")


def base(host: str, tag: str) -> str:
    """The id of the image *tag* at the daemon *host*."""
    changes = ["--change", f"ENV PATH={PYTHON.parent}:/bin"]
    return docker(host, "import", *changes, "-", tag, stdin=_archive())


def _archive() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", dereference=True) as archive:
        for name, path in sorted(_files().items()):
            archive.add(path, name, recursive=False)
        for name, mode in (("tmp", 0o1777), ("dev", 0o755), ("proc", 0o555), ("sys", 0o555), ("etc", 0o755)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            archive.addfile(entry)
        link = tarfile.TarInfo(str(PYTHON.with_name("python")))
        link.type, link.linkname = tarfile.SYMTYPE, PYTHON.name
        archive.addfile(link)
    return content.getvalue()


def _files() -> dict[str, Path]:
    """dict: name in the archive -> file"""
    library = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix, "base": sys.base_prefix}))
    found = {str(PYTHON): PYTHON}
    for path in library.rglob("*"):
        within = path.relative_to(library).parts
        if path.is_file() and not UNUSED & set(within) and not within[0].startswith("config-"):
            found[str(path)] = path
    pip = find_spec("pip")
    assert pip is not None
    assert pip.origin is not None
    packages = Path(pip.origin).parents[1]  # of this environment
    for path in packages.glob("pip*/**/*"):
        if path.is_file() and "__pycache__" not in path.parts:
            found[str(library / "site-packages" / path.relative_to(packages))] = path
    for tool in _TOOLS:
        path = shutil.which(tool)
        assert path is not None
        found[f"/bin/{tool}"] = Path(path)
    binaries = [path for path in found.values() if path == PYTHON or path.suffix == ".so" or path.name in _TOOLS]
    wheels = [path for name in _WHEELS for path in packages.glob(f"{name}/**/*.so")]
    return found | {str(path): path for path in shared([*binaries, *wheels])}
