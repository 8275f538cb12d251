"""
The virtual environments of the peers, bench/.venv-<name>: made when they are first asked for, with these versions.

What says that one is complete is a file in it that is written last and holds what was installed. Ours is made again
when pyproject.toml is newer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["FASTIFY", "HERE", "KEEPING", "ROOT", "install", "install_fastify", "python"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FASTIFY = HERE / "fastify"
#: The environment of processes whose start is measured: compiled files are kept, as for whoever starts a service twice
KEEPING = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

_GUNICORN, _GRANIAN, _MSGSPEC, _PYDANTIC = "gunicorn==27.0.1", "granian==2.8.7", "msgspec==0.22.0", "pydantic==2.14.3"
_UVICORN = ("uvicorn==0.54.0", "httptools==0.9.0", "uvloop==0.23.0")
_FLASK = "flask[async]==3.1.3"
_OURS = "pymacaron"

#: dict: name -> what pip installs, in the folder above this one
REQUIREMENTS: dict[str, tuple[str, ...]] = {
    _OURS: ("--editable", ".", "flask==3.1.3", _MSGSPEC, _GUNICORN, _GRANIAN),
    "connexion": ("connexion[flask]==3.3.*", _GRANIAN, *_UVICORN),
    "validator": ("openapi-spec-validator==0.9.*",),
    "aiopenapi3": ("aiopenapi3==0.11.0",),
    "bravado": ("bravado==12.0.1",),
    "flask": (_FLASK, _GUNICORN, _GRANIAN),
    "flask-pydantic": (_FLASK, _PYDANTIC, _GUNICORN, _GRANIAN),
    "fastapi": ("fastapi==0.165.0", _PYDANTIC, "python-multipart", _GRANIAN, *_UVICORN),
    "litestar": ("litestar==2.25.0", _MSGSPEC, _GRANIAN, *_UVICORN),
    "falcon": ("falcon==4.4.0", _MSGSPEC, _GUNICORN, _GRANIAN),
}


def python(name: str) -> Path:
    """The interpreter of the environment *name*."""
    return _folder(name) / "bin" / "python"


def install(name: str) -> None:
    """Make the environment *name*, once."""
    done, wanted = _folder(name) / ".installed", " ".join(REQUIREMENTS[name])
    if done.exists() and done.read_text(encoding="utf-8") == wanted and not (name == _OURS and _older(done)):
        return
    print(f"Installing {name} into {_folder(name).relative_to(ROOT)}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", _folder(name)], check=True)
    pip = (python(name), "-m", "pip", "--disable-pip-version-check", "install", "-qq")
    subprocess.run([*pip, *REQUIREMENTS[name]], check=True, cwd=ROOT)
    done.write_text(wanted, encoding="utf-8")


def install_fastify() -> None:
    """Install what bench/fastify/package.json names. Raises FileNotFoundError without npm."""
    done, wanted = FASTIFY / "node_modules" / ".installed", (FASTIFY / "package.json").read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise FileNotFoundError("node and npm")
    print(f"Installing fastify into {FASTIFY.relative_to(ROOT)}", file=sys.stderr, flush=True)
    subprocess.run(["npm", "install", "--silent"], cwd=FASTIFY, check=True, stdout=subprocess.DEVNULL)
    done.write_text(wanted, encoding="utf-8")


def _older(file: Path) -> bool:
    return file.stat().st_mtime < (ROOT / "pyproject.toml").stat().st_mtime


def _folder(name: str) -> Path:
    return HERE / f".venv-{name}"
