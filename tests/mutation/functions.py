"""The faults that mutmut makes in functions and methods: each has a fork run the tests that call the function."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from mutation.found import Mutant, changed, sources
from mutmut.mutation.data import MutantLineSpans
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import parse_mutant_key


def outcomes(folder: Path, only: str, children: int) -> list[Mutant]:
    """What became of each fault in files whose names have *only*. Takes a quarter of an hour for all."""
    asked = [f"pymacaron.auth.{path.stem}.*" for path in sources(folder, only)] if only else []
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(children), *asked]
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, "PYTHONPATH": ""})
    before = os.getcwd()
    os.chdir(folder)  # mutmut's files are found from there
    try:
        return [one for path in sources(Path(), only) for one in _of(path)]
    finally:
        os.chdir(before)


def _of(path: Path) -> Iterator[Mutant]:
    codes = json.loads(Path("mutants", f"{path}.meta").read_text(encoding="utf-8"))["exit_code_by_key"]
    spans = MutantLineSpans.load(path)
    for name, code in codes.items():
        assert spans is not None
        own = name.rpartition(".")[2]
        mangled = own.rpartition("__mutmut_")[0]
        sound, fault = spans.read_function_sources([f"{mangled}__mutmut_orig", own])
        was, becomes = changed(sound.replace(f"{mangled}__mutmut_orig", "it"), fault.replace(own, "it"))
        function, owner = parse_mutant_key(mangled)
        place = f"{owner}.{function}" if owner else function
        yield Mutant(path.name, place, was, becomes, status_by_exit_code[code])
