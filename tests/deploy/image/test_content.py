"""Which files of a folder go into an image, and the archive of them."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.archive import fingerprint, write
from pymacaron.deploy.image.content import carried, files
from pymacaron.deploy.image.ignoring import ignored


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


NEEDED = ("apis/shop.yaml", "pym-config.yaml", "server.py", "shop/api.py", "shop/data/test.json", "shop/test/words.py")
OTHERS = (
    *(".env", ".git-blame", ".venv/bin/python", "env/x", "id_rsa", "key.pem", "shop.log", "shop-tasks.sqlite3-wal"),
    *("test/test_api.py", "testaccept/conftest.py", "shop/tests/x.py", "shop/test_x.py", "shop/__pycache__/api.pyc"),
    *("node_modules/a/b.js", "shop.egg-info/PKG-INFO", "docker-compose.yml"),
)


def test_what_no_running_service_needs_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, *NEEDED, *OTHERS, "python-here/pyvenv.cfg", "python-here/lib/x.py")
    assert list(files(tmp_path)) == sorted(NEEDED)


def test_in_a_clone_what_git_ignores_is_left_out_and_what_is_new_is_not(tmp_path: Path) -> None:
    make(tmp_path, *NEEDED, "shop/made.json", "shop/gone.py")
    (tmp_path / ".gitignore").write_text("made.json\n")
    for words in (["init", "--quiet"], ["add", "server.py", "shop/gone.py"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    (tmp_path / "shop" / "gone.py").unlink()
    assert list(files(tmp_path)) == sorted(NEEDED)
    assert list(files(tmp_path, ["shop/made.json", "*.gitignore"])) == sorted((".gitignore", *NEEDED, "shop/made.json"))


def test_a_dockerignore_counts_and_include_brings_back(tmp_path: Path) -> None:
    make(tmp_path, *NEEDED, ".env.example")
    (tmp_path / ".dockerignore").write_text("# ours\n**/data\n/apis\n!apis/shop.yaml\npym*\n")
    found = files(tmp_path, ["pym-config.yaml", ".env.example"])
    assert list(found) == sorted({*NEEDED, ".env.example"} - {"shop/data/test.json"})


@pytest.mark.parametrize(
    ("include", "told"),
    [
        ("../other", "deploy.include has '../other', which is not below the service. Name it from its folder on"),
        ("pages", "deploy.include has 'pages', and there is no such file or folder. Look at its name"),
    ],
)
def test_what_include_cannot_name(tmp_path: Path, include: str, told: str) -> None:
    with pytest.raises(DeployError) as caught:
        files(tmp_path, [include])
    assert str(caught.value) == told


def test_a_link_that_leads_out_is_told(tmp_path: Path) -> None:
    make(tmp_path, "service/server.py", "other")
    (tmp_path / "service" / "inside").symlink_to("server.py")
    assert list(files(tmp_path / "service")) == ["inside", "server.py"]
    (tmp_path / "service" / "outside").symlink_to("../other")
    with pytest.raises(
        DeployError, match=r"^outside is a link that leads out of .*: an image would have one that leads"
    ):
        files(tmp_path / "service")


def test_a_file_with_a_secret_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text("one\nKEY = 'sesame-sesame'\n")
    found = carried(files(tmp_path), {"SHOP_KEY": "sesame-sesame", "SHOP_PIN": "one", "SHOP_MODE": "nowhere"})
    assert found == ["api.py:2 has the value of SHOP_KEY"]


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("a", "a/b/c", "b/a"),
        ("*/a", "b/a", "a"),
        ("**/a", "b/c/a/d", "b/ca"),
        ("a/**", "a/b/c", "a.b"),
        ("*.md", "README.md", "docs/README.md"),
        ("[ab]?.txt", "b1.txt", "c1.txt"),
        ("[^ab].txt", "c.txt", "a.txt"),
        (r"a\*", "a*", "ab"),
    ],
)
def test_patterns_mean_what_they_mean_to_docker(pattern: str, inside: str, outside: str) -> None:
    assert inside in ignored(pattern)
    assert outside not in ignored(pattern)


def test_the_archive_of_the_same_files_is_the_same(tmp_path: Path) -> None:
    archives, prints = [], []
    for number, name in enumerate(("one", "other")):
        folder = tmp_path / name
        make(folder, *(NEEDED if number else reversed(NEEDED)))
        (folder / "server.py").chmod(0o755 if number else 0o700)
        (folder / "shop" / "api.py").chmod(0o600 if number else 0o664)
        os.utime(folder / "server.py", (number, number))
        into = io.BytesIO()
        write(files(folder), into)
        archives.append(into.getvalue())
        prints.append(fingerprint(files(folder)))
    assert archives[0] == archives[1]
    assert prints[0] == prints[1]
    with tarfile.open(fileobj=io.BytesIO(archives[0])) as archive:
        found = [(one.name, one.mode, one.uid, one.uname, one.mtime) for one in archive if one.name.endswith(".py")]
    assert found == [
        ("server.py", 0o755, 0, "", 315532800),
        ("shop/api.py", 0o644, 0, "", 315532800),
        ("shop/test/words.py", 0o644, 0, "", 315532800),
    ]


def test_another_content_mode_or_name_has_another_fingerprint(tmp_path: Path) -> None:
    make(tmp_path, "a")
    before = fingerprint({"a": tmp_path / "a"})
    (tmp_path / "a").chmod(0o755)
    assert len({before, *(fingerprint(one) for one in ({"a": tmp_path / "a"}, {"a": b"b"}, {"b": b"a"}))}) == 4
