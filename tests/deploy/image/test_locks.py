"""Lock files of each kind, and what one is made of: which lines pip gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.locks.found import lock_of, mark, wanted
from pymacaron.deploy.image.locks.lock import Lock, canonical

BASE = "python:3.13-slim-bookworm"
A, B, C = (f"sha256:{digit * 64}" for digit in "abc")


def read(folder: Path, **files: str) -> Lock | None:
    for name, text in files.items():
        (folder / name).write_text(text)
    return lock_of(folder, BASE)


def test_requirements_with_hashes_are_a_lock(tmp_path: Path) -> None:
    text = f"""
# By pip-compile
--index-url https://index.example.com/simple
Flask_Cors==6.0.0 ; python_version >= "3.9" \\
    --hash={A} \\
    --hash={B}
    # via somebody
-r more.txt
"""
    (tmp_path / "more.txt").write_text(f"gunicorn==23.0.0 --hash={C}  # as well\n")
    assert read(tmp_path, **{"requirements.txt": text}) == Lock(
        "requirements.txt",
        "--index-url https://index.example.com/simple\n"
        f'Flask_Cors==6.0.0 ; python_version >= "3.9" --hash={A} --hash={B}\n'
        f"gunicorn==23.0.0 --hash={C}\n",
        (),
        frozenset({"flask-cors", "gunicorn"}),
    )


def test_requirements_without_hashes_are_no_lock_until_one_is_made_of_them(tmp_path: Path) -> None:
    assert read(tmp_path, **{"requirements.txt": "pymacaron\n"}) is None
    made = f"{mark(wanted(tmp_path), f'{BASE}@sha256:1')}\npymacaron==3.0.0 --hash={A}\n"
    assert read(tmp_path, **{"requirements.lock": made}) == Lock(
        "requirements.lock", f"pymacaron==3.0.0 --hash={A}\n", (), frozenset({"pymacaron"})
    )
    assert lock_of(tmp_path, "python:3.14-slim-bookworm") is None
    assert read(tmp_path, **{"requirements.txt": "pymacaron>=3\n"}) is None


def test_wheels_beside_the_requirements_are_known(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "shop_api-1.0-py3-none-any.whl").write_bytes(b"")
    text = f"--find-links ./wheels\n./wheels/shop_api-1.0-py3-none-any.whl[more] --hash={A}\n"
    found = read(tmp_path, **{"requirements.txt": text})
    assert found is not None
    assert (found.local, found.names) == (("wheels", "wheels/shop_api-1.0-py3-none-any.whl"), frozenset({"shop-api"}))


def test_dependencies_of_a_project_are_what_a_lock_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["pymacaron>=3"]\n')
    assert (wanted(tmp_path).file, wanted(tmp_path).lines) == ("pyproject.toml", ("pymacaron>=3",))


UV = f"""
version = 1
[[package]]
name = "shop"
version = "1.0.0"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "redis", extra = ["hiredis"] }},
    {{ name = "tool", marker = "sys_platform == 'win32'" }},
    {{ name = "local" }},
]
[package.dev-dependencies]
dev = [{{ name = "pytest" }}]
[[package]]
name = "redis"
version = "5.0.0"
source = {{ registry = "https://pypi.org/simple" }}
dependencies = [{{ name = "deep", marker = "python_full_version < '3.12'" }}]
sdist = {{ url = "https://example.com/redis.tar.gz", hash = "{B}" }}
wheels = [{{ url = "https://example.com/redis.whl", hash = "{A}" }}]
[package.optional-dependencies]
hiredis = [{{ name = "hiredis" }}]
[[package]]
name = "hiredis"
version = "3.0.0"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://example.com/hiredis.whl", hash = "{C}" }}]
[[package]]
name = "deep"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://example.com/deep.whl", hash = "{C}" }}]
[[package]]
name = "tool"
version = "2.0"
source = {{ registry = "https://pypi.org/simple" }}
dependencies = [{{ name = "deep" }}]
wheels = [{{ url = "https://example.com/tool.whl", hash = "{C}" }}]
[[package]]
name = "local"
version = "1.0"
source = {{ path = "wheels/local-1.0-py3-none-any.whl" }}
wheels = [{{ filename = "local-1.0-py3-none-any.whl", hash = "{C}" }}]
[[package]]
name = "pytest"
version = "9.0"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://example.com/pytest.whl", hash = "{C}" }}]
"""


def test_uv_lock_is_read_without_what_only_development_needs(tmp_path: Path) -> None:
    found = read(tmp_path, **{"uv.lock": UV})
    assert found is not None
    assert found.text.replace(" \\\n    --hash=", " #").splitlines() == [
        f"deep==1.0 ; (python_full_version < '3.12') or (sys_platform == 'win32') #{C}",
        f"hiredis==3.0.0 #{C}",
        f"./wheels/local-1.0-py3-none-any.whl #{C}",
        f"redis==5.0.0 #{A} #{B}",
        f"tool==2.0 ; (sys_platform == 'win32') #{C}",
    ]
    assert found.local == ("wheels/local-1.0-py3-none-any.whl",)
    assert found.names == {"deep", "hiredis", "local", "redis", "tool"}


def test_uv_lock_goes_round_in_circles(tmp_path: Path) -> None:
    circle = (
        UV
        + f"""
[[package]]
name = "one"
version = "1"
source = {{ registry = "x" }}
dependencies = [{{ name = "redis", marker = "os_name == 'nt'" }}, {{ name = "one" }}]
wheels = [{{ hash = "{A}" }}]
"""
    )
    found = read(
        tmp_path, **{"uv.lock": circle.replace('{ name = "hiredis" }]', '{ name = "hiredis" }, { name = "one" }]')}
    )
    assert found is not None
    assert "redis==5.0.0 \\" in found.text
    assert "one" in found.names


def test_what_uv_has_from_git_has_no_hash(tmp_path: Path) -> None:
    text = UV.replace('source = { path = "wheels/local-1.0-py3-none-any.whl" }', 'source = { git = "https://x/y" }')
    with pytest.raises(DeployError) as caught:
        read(tmp_path, **{"uv.lock": text})
    assert str(caught.value) == (
        "uv.lock has local from git, which has no hash. Put a wheel of it into a folder of the service, and name that "
        "in its place: uv add ./wheels/NAME.whl"
    )


POETRY = f"""
[[package]]
name = "gunicorn"
version = "23.0.0"
optional = false
groups = ["main", "dev"]
markers = "os_name != 'nt'"
files = [{{file = "gunicorn.whl", hash = "{A}"}}]
[[package]]
name = "pytest"
version = "9.0"
optional = false
groups = ["dev"]
files = [{{file = "pytest.whl", hash = "{B}"}}]
[metadata]
lock-version = "2.1"
"""


def test_poetry_lock_is_read_without_what_only_development_needs(tmp_path: Path) -> None:
    assert read(tmp_path, **{"poetry.lock": POETRY}) == Lock(
        "poetry.lock", f"gunicorn==23.0.0 ; os_name != 'nt' \\\n    --hash={A}\n", (), frozenset({"gunicorn"})
    )


def test_a_lock_of_an_old_poetry_does_not_say_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        read(tmp_path, **{"poetry.lock": POETRY.replace('"2.1"', '"2.0"')})
    assert str(caught.value) == (
        "poetry.lock has lock-version 2.0, which does not say what only development needs. "
        "Make it with Poetry 2: poetry lock"
    )


def test_the_lock_of_pipenv_is_its_default(tmp_path: Path) -> None:
    document = {
        "default": {
            "flask": {"hashes": [A], "index": "pypi", "markers": "python_version >= '3.9'", "version": "==3.1.0"}
        },
        "develop": {"pytest": {"hashes": [B], "version": "==9.0"}},
    }
    assert read(tmp_path, **{"Pipfile.lock": json.dumps(document)}) == Lock(
        "Pipfile.lock", f"flask==3.1.0 ; python_version >= '3.9' \\\n    --hash={A}\n", (), frozenset({"flask"})
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-e .", "requirements.txt has an editable requirement, which has no hash. Name a release, or a wheel"),
        (
            "--index-url https://me:sesame@index.example.com/simple\npymacaron",
            "requirements.txt has a URL with a password. "
            "Leave it out, and set PIP_EXTRA_INDEX_URL where images are made",
        ),
        (
            "./wheels/shop.whl",
            "requirements.txt names ./wheels/shop.whl, which is not there below the service's folder. "
            "Put it into the folder ./wheels",
        ),
        ("-r other.txt", "requirements.txt names other.txt, which cannot be read: No such file or directory"),
    ],
)
def test_what_no_image_can_have_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DeployError) as caught:
        read(tmp_path, **{"requirements.txt": text})
    assert str(caught.value) == told


def test_a_lock_that_is_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        read(tmp_path, **{"Pipfile.lock": '{"default": []}'})
    assert (
        str(caught.value)
        == "Pipfile.lock is not as its tool writes it: AttributeError 'list' object has no attribute 'items'. "
        "Make it anew"
    )


def test_where_nothing_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        wanted(tmp_path)
    assert str(caught.value) == (
        "nothing says what the service needs: no requirements.txt, no dependencies in pyproject.toml. "
        "Write a requirements.txt with a line pymacaron, and one for whatever else the service imports"
    )


def test_names_are_compared_as_indexes_do() -> None:
    assert canonical("Flask_-.Cors") == "flask-cors"
