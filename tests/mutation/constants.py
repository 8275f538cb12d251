"""
The faults that mutmut would make outside of functions, and in decorated ones, which it leaves alone: limits, names,
tables, patterns. Each gets a copy of the source and a fork of a process that has loaded the libraries, and nothing of
ours. What only types read is left out, as are `__all__` and docstrings.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper
from mutation.found import AUTH, Mutant, changed, sources
from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

#: Seconds until a fault counts as one that does not end
LIMIT_S = 180
#: `__all__`, and names of types
_LEFT_OUT = m.Assign(targets=[m.AssignTarget(m.Name("__all__"))]) | m.Assign(
    value=m.Subscript(m.Name("Callable") | m.Name("Mapping")) | m.Call(m.Name("TypeVar"))
)


class _Faults(MutationVisitor):
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if m.matches(node, _LEFT_OUT):
            return True
        return False if isinstance(node, cst.FunctionDef) else super()._skip_node_and_children(node)


def outcomes(folder: Path, only: str, children: int) -> list[Mutant]:
    """What became of each fault in files whose names have *only*. The sound source must pass; it is tried first."""
    import cryptography.hazmat.primitives.serialization, flask, jsonschema_rs  # noqa: E401, F401, I001
    import jwt, msgspec, pytest, yaml  # noqa: E401, F401

    places = _copies(folder, children)
    found: list[Mutant] = []
    running: dict[int, tuple[Path, Path, str, Mutant]] = {}
    for path in sources(folder, only):
        sound = path.read_text(encoding="utf-8")
        for place, code in _faults(sound):
            if not places:
                found.append(_ended(running, places))
            copy = places.pop()
            was, becomes = changed(sound, code)
            fault = Mutant(path.name, place, was, becomes, "")
            running[_tried(copy, copy / AUTH / path.name, code)] = copy, copy / AUTH / path.name, sound, fault
        print(f"{path.name}: {len(found) + len(running)} faults outside of functions, so far", flush=True)
    while running:
        found.append(_ended(running, places))
    return found


def _copies(folder: Path, children: int) -> list[Path]:
    """As many copies as there are children; in the first the tests pass, which leaves bytecode for all."""
    first = folder / "copy0"
    for part in ("src", "tests", "docs"):
        shutil.copytree(folder / part, first / part)
    shutil.copy2(folder / "pyproject.toml", first)
    if _outcome(os.waitpid(_tried(first, None, ""), 0)[1]) != "survived":
        raise SystemExit("the tests fail without a fault")
    others = [folder / f"copy{number}" for number in range(1, children)]
    return [first, *(Path(shutil.copytree(first, other)) for other in others)]


def _faults(sound: str) -> Iterator[tuple[str, str]]:
    """Each fault: the function that has it, "" for none, and the whole source with it."""
    wrapper = MetadataWrapper(cst.parse_module(sound))
    visitor = _Faults(mutation_operators, IgnoredCode(set(), set(), set()), None)
    module = wrapper.visit(visitor)
    for one in visitor.mutations:
        function = one.contained_by_top_level_function
        if isinstance(function, cst.FunctionDef) and not _is_left_to_us(function):
            continue
        code = deep_replace(module, one.original_node, one.mutated_node)
        assert isinstance(code, cst.Module)
        yield function.name.value if isinstance(function, cst.FunctionDef) else "", code.code


def _is_left_to_us(function: cst.FunctionDef) -> bool:
    return any(not m.matches(one.decorator, m.Name("classmethod")) for one in function.decorators)


def _tried(copy: Path, path: Path | None, code: str) -> int:
    """The process that runs the tests in *copy*, where the file *path* says *code*."""
    if path is not None:
        path.write_text(code, encoding="utf-8")
    process = os.fork()
    if process:
        return process
    signal.alarm(LIMIT_S)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.chdir(copy)
    sys.dont_write_bytecode = path is not None
    sys.path[:0] = [str(copy / "src")]
    os.environ["PYTHONPATH"] = str(copy / "src")  # for the processes that tests start
    import pytest
    from mutmut.configuration import config

    code_of_end = 1
    try:
        directory, *options = config().pytest_add_cli_args_test_selection
        options += ["-x", "-q", *config().pytest_add_cli_args]
        # First the tests of the same name, which find most
        own = [] if path is None else [str(one) for one in Path(directory).glob(f"test_{path.stem}.py")]
        code_of_end = (own and pytest.main([*own, *options])) or pytest.main([directory, *options])
    finally:
        os._exit(int(code_of_end))


def _ended(running: dict[int, tuple[Path, Path, str, Mutant]], places: list[Path]) -> Mutant:
    """The next fault whose tests end; its copy is sound again."""
    process, status = os.wait()
    copy, path, sound, fault = running.pop(process)
    path.write_text(sound, encoding="utf-8")
    places.append(copy)
    return Mutant(*fault.key, _outcome(status))


def _outcome(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGALRM else "killed"
    return "killed" if os.WEXITSTATUS(status) else "survived"
