"""What an image installs, as wheels: fetched as this machine fetches distributions; ours is made of this clone."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["kept_beside", "wheels"]

_ROOT = Path(__file__).resolve().parents[2]


def wheels(factory: pytest.TempPathFactory) -> Path:
    """
    A folder that has a wheel of ours, and what it, granian and boto3 require. All processes of a run of tests have it
    in common: it is filled once. Skips where there is no index; in CI there must be one.
    """
    base = factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = common / "wheels-of-images", common / "wheels-of-images.unfinished"
    with (common / "wheels-of-images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(unfinished)
            unfinished.rename(folder)
    return folder


def kept_beside(service: Path, folder: Path, extras: str = "granian") -> None:
    """*service* installs what is in *folder*, nothing else: a copy of it, and a requirements.txt; *extras*: ours."""
    shutil.copytree(folder, service / "wheels")
    (wheel,) = folder.glob("pymacaron-*.whl")
    (service / "requirements.txt").write_text(f"--no-index\n--find-links ./wheels\n./wheels/{wheel.name}[{extras}]\n")


def _fetch(folder: Path) -> None:
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(_ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("pymacaron-*.whl")
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), f"{wheel}[granian,dynamodb]"]
    done = subprocess.run(fetch, capture_output=True, text=True, check=False)
    if done.returncode:
        assert not os.environ.get("CI"), done.stderr
        pytest.skip(f"no index of packages: {done.stderr}")
