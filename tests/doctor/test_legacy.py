"""What of an old service is to change, where: word for word. Nothing of it runs, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.doctor import legacy
from pymacaron.doctor.oldcode import of_code
from pymacaron.doctor.oldtexts import kind_of, of_text
from pymacaron.finding import FindingsError


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os\nfrom pymacaron import API, letsgo", []),
        ("from pymacaron import utils\nfrom pymacaron.auth import requires_auth, generate_token", []),
        ("from pymacaron.exceptions import *", []),
        ("from pymacaron import get_prot", [(1, 23, True, "pymacaron has no 'get_prot' any more")]),
        ("import pymacaron.swagger", [(1, 8, True, "there is no module 'pymacaron.swagger' any more")]),
        (
            "def f():\n    from pymacaron_core.swagger.apipool import ApiPool",
            [(2, 5, False, "pymacaron_core.swagger.apipool is a name of old, which goes on working")],
        ),
        (
            "from pymacaron_core.models import PyMacaronModel",
            [(1, 1, True, "there is no module 'pymacaron_core.models' any more")],
        ),
        (
            "from pymacaron_async import asynctask as a",
            [(1, 1, False, "pymacaron_async is a name of old, which goes on working")],
        ),
        ("import pymacaron_aws", [(1, 8, True, "pymacaron_aws is gone")]),
        ("from klue_microservice import API", [(1, 1, True, "klue_microservice is pymacaron's name of old")]),
        ("from bravado_core.model import Model", [(1, 1, True, "models are no longer bravado's")]),
        ("from nose.tools import eq_", [(1, 1, True, "nose does not run on this Python")]),
        ("import connexion", [(1, 8, True, "a service of Connexion")]),
        ("from flask import Flask, Markup", [(1, 26, True, "flask has no Markup any more")]),
        ("app.before_first_request(f)", [(1, 1, True, "Flask 3 has no app.before_first_request")]),
        ("self.assertEquals(1, 1)", [(1, 1, True, "Python 3.12 has no assertEquals")]),
        ("other.assertEquals(1, 1)", []),
        ("from pymacaron import API as A\nA(app, prot=1, port=2)", [(2, 8, True, "API() takes no 'prot'")]),
        ("API(app, prot=1)", []),
        (
            "print 'x'",
            [(1, 1, True, "Python 3 cannot read it: Missing parentheses in call to 'print'. Did you mean print(...)?")],
        ),
        ("raise SystemExit('nothing runs')", []),
    ],
)
def test_code_is_told_by_its_syntax(code: str, told: list[tuple[int, int, bool, str]]) -> None:
    assert [(one.line, one.column, one.is_must, one.fact) for one in of_code(code)] == told
    assert all(one.mend for one in of_code(code))


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("requirements.txt", "pymacaron-aws==1.2", (1, True, "pymacaron-aws is part of pymacaron now, or gone")),
        ("requirements-dev.txt", "nose", (1, True, "nose is part of pymacaron now, or gone")),
        ("Pipfile", 'Flask = "==1.1.4"', (1, True, "Flask 1.1.4 is too old")),
        ("requirements.txt", "pymacaron>=3", None),
        ("requirements.txt", "pymacaron==2.1.0", (1, True, "pymacaron 2.1.0 is the old one")),
        ("requirements.txt", "Flask>=3.1", None),
        ("Makefile", "\tpymdeploy --push", (2, True, "pymdeploy is gone")),
        ("Makefile", "# pymdeploy", None),
        ("run.sh", "nosetests -v test", (1, True, "nose does not run on this Python")),
        ("Dockerfile", "FROM python:3.6-slim", (1, True, "Python 3.6 is too old")),
        ("Dockerfile", "FROM python:3.13", None),
        (".gitlab-ci.yml", "  - pymtest --local", (5, True, "pymtest is gone")),
        ("shop.yaml", "      x-bind-server: shop.api:get", (7, True, "shop.api:get is no dotted path")),
        ("shop.yaml", "      x-bind-server: get_it", (7, True, "get_it names no module")),
        ("shop.yaml", "      x-bind-server: shop.api.get", None),
        ("shop.json", '  "x-bind-server": "get_it",', (3, True, "get_it names no module")),
        ("shop.yaml", "basePath: /v1", (1, True, "basePath /v1 counts now: operations are served below it")),
        ("shop.yaml", "basePath: /", None),
        (
            "shop.yaml",
            "  x-decorate-server: klue.auth.requires_auth",
            (22, True, "there is no klue.auth.requires_auth any more"),
        ),
        ("pym-config.yaml", "debug: true", (1, True, "debug is never read from a file")),
        ("pym-config.yaml", "name: shop", None),
        ("pym-config.yaml", "aws_secret_access_key: abc", (1, False, "aws_secret_access_key stands in the file")),
        ("pym-config.yaml", "aws_secret_access_key: MY_KEY", None),
    ],
)
def test_other_files_are_told_by_their_lines(name: str, line: str, told: tuple[int, bool, str] | None) -> None:
    found = [(one.column, one.is_must, one.fact) for one in of_text(name, line)]
    assert found == ([] if told is None else [told])


def test_no_secret_of_a_config_is_told() -> None:
    found = list(of_text("pym-config.yaml", "jwt_secret: swordfish # old\n"))
    assert len(found) == 2
    assert [one for one in found if "swordfish" in f"{one}"] == []


def test_a_service_is_told_by_file_and_line_and_stays_as_it_is(tmp_path: Path) -> None:
    files = {
        "server.py": "open('ran', 'w')\nfrom flask import escape\n",
        "apis/shop.yaml": "x-bind-server: get\n",
        "klue-config.yaml": "name: shop\n",
        ".venv/pyvenv.cfg": "",
        "env/pyvenv.cfg": "",
        "env/lib/nose.py": "import nose\n",
        "node_modules/a.py": "import nose\n",
        "notes.txt": "pymtest",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found, count = legacy(tmp_path)
    assert count == 3
    assert [str(one) for one in found] == [
        "apis/shop.yaml:1:1: must change: get names no module\n"
        "    1 | x-bind-server: get\n"
        "        ^ Write the module, too: x-bind-server: package.module.get",
        "klue-config.yaml:1:1: must change: klue-config.yaml is not looked for\n"
        "    1 | name: shop\n"
        "        ^ Rename it: pym-config.yaml",
        "server.py:2:19: must change: flask has no escape any more\n"
        "    2 | from flask import escape\n"
        "                          ^ Instead: from markupsafe import escape",
    ]
    left = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == files


def test_a_single_file_may_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import nose\n")
    assert [one.file for one in legacy(tmp_path / "a.py")[0]] == ["a.py"]


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(FindingsError):
        legacy(tmp_path / "none")


@pytest.mark.parametrize("name", ["README.md", "photo.png", "api.pyc"])
def test_what_cannot_have_such_lines_is_not_looked_at(name: str) -> None:
    assert kind_of(name) == ""


def test_a_module_of_the_service_s_own_is_not_imported_for_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pymacaron_core").mkdir()
    (tmp_path / "pymacaron_core" / "__init__.py").write_text("open('ran', 'w').close()\n")
    (tmp_path / "a.py").write_text("from pymacaron_core.swagger import ApiPool\nfrom pymacaron_core.more import x\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [one.is_must for one in legacy(tmp_path)[0]] == [False, True]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        ("import connexion", "from pymacaron import connexion"),
        ("import connexion as c", "from pymacaron import connexion as c"),
        ("from connexion import NoContent, request as r", "from pymacaron.connexion import NoContent, request as r"),
        ("from connexion.exceptions import OAuthProblem", "from pymacaron.connexion.exceptions import OAuthProblem"),
        ("from connexion.apps.flask_app import FlaskJSONEncoder", "from pymacaron.connexion import FlaskJSONEncoder"),
        ("from connexion.apps import AbstractApp", "from pymacaron import connexion"),
    ],
)
def test_an_import_of_connexion_is_told_with_the_line_to_write(code: str, instead: str) -> None:
    assert [one.mend for one in of_code(code)] == [f"Write: {instead}; see docs/migrate-from-connexion.md"]


@pytest.mark.parametrize(
    ("name", "text", "is_told"),
    [
        ("server.py", "import pymacaron\n", True),
        ("server.py", "import connexion\n", False),
        ("server.py", "from pymacaron import connexion\n", False),
        ("shop/api.py", "from pymacaron.connexion import NoContent\n", False),
        ("pym-config.yaml", "name: shop\n", True),
        ("pym-config.yaml", "ignore_base_path: false\n", False),
    ],
)
def test_base_path_is_told_where_nobody_has_decided(tmp_path: Path, name: str, text: str, is_told: bool) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop.yaml").write_text("basePath: /v1\n")
    (tmp_path / name).write_text(text)
    told = [one.file for one in legacy(tmp_path)[0] if one.fact.startswith("basePath")]
    assert told == (["shop.yaml"] if is_told else [])
