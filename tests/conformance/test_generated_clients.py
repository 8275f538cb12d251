"""Clients that others generate from the published description make calls that succeed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conformance.voters import NPM

HERE = Path(__file__).parent
TOKEN = "from pymacaron.auth import generate_token; print(generate_token('u1'))"


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def published(features: Any, folder: Path, api: str) -> Path:
    answer = features.get(f"/doc/{api}.json")
    assert answer.status == 200
    file = folder / f"{api}.json"
    file.write_bytes(answer.body)
    return file


def test_a_client_of_openapi_python_client_makes_every_call(features: Any, tmp_path: Path) -> None:
    file = published(features, tmp_path, "shop")
    generate = ("-m", "openapi_python_client", "generate", "--path", str(file), "--meta", "none")
    run(tmp_path, sys.executable, *generate, "--output-path", "shop_client")
    url, token = f"http://127.0.0.1:{features.port}", features.run("-c", TOKEN)
    (tmp_path / "use.py").write_bytes((HERE / "python_client.py").read_bytes())
    assert run(tmp_path, sys.executable, "use.py", url, token) == "all calls succeeded\n"


@pytest.mark.usefixtures("npm_is_here")
def test_a_client_of_oazapfts_makes_every_call(features: Any, tmp_path: Path) -> None:
    file = published(features, tmp_path, "shop")
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    run(tmp_path, "node", str(NPM / "node_modules" / "oazapfts" / "dist" / "cli.js"), str(file), "shop.ts")
    shutil.copy(NPM / "client.ts", tmp_path)
    options = ("--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "client.ts")
    checked = subprocess.run(
        ["node", str(NPM / "node_modules" / "typescript" / "bin" / "tsc"), *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "client.ts" not in checked.stdout, checked.stdout  # oazapfts has no types for arrays in a path, in shop.ts
    url, token = f"http://127.0.0.1:{features.port}", features.run("-c", TOKEN)
    assert run(tmp_path, "node", "client.js", url, token) == "all calls succeeded\n"
