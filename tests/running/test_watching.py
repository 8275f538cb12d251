"""Which files count, and that every way to write one is seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymacaron.running.watching import Files, changed


def write(path: Path, text: str = "a") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def seen_of(folder: Path, files: Files | None = None) -> list[str]:
    return sorted(os.path.relpath(path, folder) for path in (files or Files(str(folder))).stamps())


@pytest.mark.parametrize(
    "name", ["server.py", "shop/deep/api.py", "pym-config.yaml", "pym-config.dev.yaml", ".env", "apis/v1/shop.json"]
)
def test_what_a_service_is_made_of_is_watched(name: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    assert seen_of(tmp_path) == [name]


@pytest.mark.parametrize(
    "name",
    [
        *(".venv/x.py", ".git/x.py", "node_modules/x.py", "shop/__pycache__/x.py", "testaccept/test_x.py"),
        *("data.json", "data/x.yaml", "shop/api.pyc", "shop/api.py~", "README.md"),
    ],
)
def test_what_it_is_not_made_of_is_not(name: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    assert seen_of(tmp_path) == []


def test_a_virtual_environment_of_any_name_is_not_watched(tmp_path: Path) -> None:
    write(tmp_path / "python" / "pyvenv.cfg")
    write(tmp_path / "python" / "lib" / "x.py")
    assert seen_of(tmp_path) == []


def test_a_service_in_a_virtual_environment_is_watched(tmp_path: Path) -> None:
    write(tmp_path / "pyvenv.cfg")
    write(tmp_path / "lib" / "python3" / "site-packages" / "x.py")
    write(tmp_path / "server.py")
    assert seen_of(tmp_path) == ["server.py"]


def test_what_a_look_costs_is_known(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    assert files.cost_s == 0
    files.stamps()
    assert files.cost_s > 0


def test_descriptions_are_watched_wherever_they_are(tmp_path: Path) -> None:
    files = Files(str(tmp_path / "service"))
    shared = write(tmp_path / "shared" / "parts.yaml")
    write(tmp_path / "service" / "shop.yaml")
    write(tmp_path / "service" / "data" / "rows.json")
    write(tmp_path / "specs" / "more" / "new.yml")
    files.learn([str(shared)], [str(tmp_path / "service"), str(tmp_path / "specs")])
    assert seen_of(tmp_path, files) == ["service/shop.yaml", "shared/parts.yaml", "specs/more/new.yml"]
    files.learn([], [])
    assert len(files.stamps()) == 3


def in_place(path: Path) -> None:
    path.write_text("longer")


def renamed_over(path: Path) -> None:
    before = path.stat()
    other = write(path.with_suffix(".tmp"), "b")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def removed(path: Path) -> None:
    path.unlink()


def made(path: Path) -> None:
    path.with_name("new.py").write_text("")


@pytest.mark.parametrize(
    ("edit", "name"), [(in_place, "api.py"), (renamed_over, "api.py"), (removed, "api.py"), (made, "new.py")]
)
def test_every_kind_of_change_is_seen(edit: object, name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "api.py")
    files = Files(str(tmp_path))
    before = files.stamps()
    assert changed(before, files.stamps()) == []
    assert callable(edit)
    edit(path)
    assert changed(before, files.stamps()) == [str(tmp_path / name)]
