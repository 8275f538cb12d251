"""What nobody here wrote is for measuring: no file of the project knows a description of it by name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conformance.material import CORPUS, descriptions

ROOT = Path(__file__).parents[2]


def test_no_file_of_the_project_names_a_real_description():
    names = {path.stem.encode() for path in descriptions() if path.parent == CORPUS / "specs"}
    if not names:
        message = f"no descriptions in {CORPUS}: PYMACARON_CORPUS says where they are"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for path in filter(Path.is_file, (ROOT / name for name in listed if name)):
        content = path.read_bytes()
        assert [name.decode() for name in names if name in content] == [], path
