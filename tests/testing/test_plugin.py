"""The fixtures of pytest that pymacaron brings along, in a pytest of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
name: shop
jwt_issuer: shop.example.com
jwt_audience: shop
jwt_secret: SHOP_SECRET
default_user_id: nobody
"""
DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: /v1}]
paths:
  /me:
    get:
      operationId: shop.get_me
      x-decorate-server: pymacaron.auth.requires_auth
      responses:
        "200": {description: Me, content: {application/json: {schema: {$ref: "#/components/schemas/Me"}}}}
  /odd:
    get:
      operationId: shop.get_odd
      responses:
        "200": {description: Me, content: {application/json: {schema: {$ref: "#/components/schemas/Me"}}}}
components:
  schemas:
    Me:
      type: object
      required: [id]
      properties: {id: {type: string}, role: {type: string}}
"""
SERVICE = """\
from pathlib import Path
from flask import Flask, jsonify
from pymacaron import API, ApiPool, auth, letsgo
app = Flask(__name__)
def get_me():
    return ApiPool.shop.model.Me(id=auth.get_userid(), role=auth.get_user_token_data().get("role"))
def get_odd():
    return jsonify({"id": 7})
def start(port=80, debug=False):
    with open("starts", "a") as file:
        file.write("x")
    handlers = {"shop.get_me": get_me, "shop.get_odd": get_odd}
    api = API(app, port=port, debug=debug, resolver=lambda operation: handlers.get(operation.id))
    api.load_apis(str(Path(__file__).parent / "apis"))
    api.start(serve="shop")
letsgo(__name__, callback=start)
"""
TESTS = """\
from pymacaron import ApiPool
def headers(token): return {"Authorization": f"Bearer {token}"}
def test_a_user(api, token):
    me = api.shop.get_me(request_headers=headers(token(user_id="ada", role="admin")))
    assert type(me) is ApiPool.shop.model.Me
    assert me.to_json() == {"id": "ada", "role": "admin"}
def test_nobody_in_particular(api, token, server):
    assert api.shop.get_me(request_headers=headers(token())).id == "nobody"
    assert api.shop.get_me(request_headers=headers(server.token)).id == "nobody"
def test_an_error_comes_as_clients_give_them(api):
    assert (api.shop.get_me().status, api.shop.get_me().error) == (401, "AUTHORIZATION_HEADER_MISSING")
def test_a_reply_that_does_not_fit_is_an_error(api):
    assert "/id" in api.shop.get_odd().error_description
def test_an_api_that_is_not_there(api):
    try:
        api.shopp
    except AttributeError as error:
        assert "Did you mean 'shop'?" in str(error)
"""

DOUBLES = """\
from pathlib import Path
import pytest
from pymacaron import auth, config, crash, load_clients
from pymacaron.store import table
from pymacaron.tasks import asynctask
from pymacaron.utils import timenow

RUN = []
DESCRIPTION = '''
openapi: 3.1.0
info: {title: Kept, version: "1"}
paths: {}
components:
  schemas:
    Pet: {type: object, x-persist: {table: pets, key: {hash: name}}, properties: {name: {type: string}}}
'''

@asynctask
def note(text): RUN.append(text)

@pytest.mark.parametrize("number", range(3))
def test_all_at_once(clock, issuer, reports, tables, tasks, number, tmp_path):
    config.load(settings={"name": "kept", **issuer.settings()}, alone=True)
    before = timenow()
    clock.advance(60)
    assert (timenow() - before).seconds == 60
    assert auth.load_auth_token(issuer.token("ada"))["sub"] == "ada"
    crash.report_error(f"out of tea {number}")
    assert [title.rpartition(" ")[2] for title in reports.titles] == [str(number)]
    (tmp_path / "kept.yaml").write_text(DESCRIPTION)
    pets = load_clients(str(tmp_path))
    from pymacaron import ApiPool
    Pet = ApiPool.kept.model.Pet
    assert list(table(Pet).scan()) == []
    Pet.save_to_db(Pet(name=f"Ada {number}"))
    assert [pet.name for pet in table(Pet).scan()] == [f"Ada {number}"]
    note.later(3600, number)
    assert tasks.run() == 0
    clock.advance(3600)
    assert tasks.run() == 1
    assert RUN[-1] == number
"""


def outcome(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """pytest in *folder*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "SHOP_"))}
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**kept, **variables}, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def service(tmp_path: Path) -> Path:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(DESCRIPTION)
    (tmp_path / "pym-config.yaml").write_text(CONFIG)
    (tmp_path / "server.py").write_text(SERVICE)
    (tmp_path / "testaccept").mkdir()
    (tmp_path / "testaccept" / "test_shop.py").write_text(TESTS)
    (tmp_path / ".env").write_text("PYM_SERVER_PORT=1\n")
    return tmp_path


def test_a_service_is_started_once_for_all_tests(service: Path) -> None:
    done = outcome(service, "testaccept")
    assert re.search(r"^5 passed in ", done.stdout, re.MULTILINE), done.stdout
    assert (service / "starts").read_text() == "x"


def test_the_api_has_all_faces_and_the_formats_of_the_project(service: Path) -> None:
    (service / "apis" / "shop.yaml").write_text(
        DESCRIPTION.replace("role: {type: string}", "role: {type: string, format: upper}")
    )
    (service / "server.py").write_text(
        SERVICE.replace("Me(id=auth", "Me.from_json(dict(id=auth").replace('get("role"))', 'get("role")))')
    )
    (service / "testaccept" / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(scope='session')\n"
        "def api_formats(): return {'upper': (str.islower, str.upper, str.lower)}\n"
    )
    (service / "testaccept" / "test_shop.py").write_text(
        "import asyncio, pytest\nfrom pymacaron import ApiPool\nfrom pymacaron.client.errors import Unauthorized\n"
        "def headers(token): return {'Authorization': 'Bearer ' + token(user_id='ada', role='admin')}\n"
        "def test_it(api, token):\n"
        "    assert api.shop.model.Me is ApiPool.shop.model.Me\n"
        "    assert api.shop.get_me(request_headers=headers(token)).role == 'ADMIN'\n"
        "    assert api.shop.client.get_me(request_headers=headers(token)).role == 'ADMIN'\n"
        "    assert api.shop.call.get_me(request_headers=headers(token)).role == 'ADMIN'\n"
        "    assert asyncio.run(api.shop.acall.get_me(request_headers=headers(token))).role == 'ADMIN'\n"
        "    with pytest.raises(Unauthorized): api.shop.call.get_me()\n"
        "    assert dir(api.shop) == ['acall', 'call', 'client', 'get_me', 'get_odd', 'model', 'with_options']\n"
    )
    done = outcome(service, "testaccept")
    assert re.search(r"^1 passed in ", done.stdout, re.MULTILINE), done.stdout


def test_it_is_found_from_elsewhere(service: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    done = outcome(tmp_path_factory.mktemp("elsewhere"), str(service / "testaccept"))
    assert re.search(r"^5 passed in ", done.stdout, re.MULTILINE), done.stdout


def test_a_service_that_cannot_start_says_why_in_few_words(service: Path) -> None:
    (service / "server.py").write_text('raise SystemExit("no database")')
    done = outcome(service, "testaccept")
    assert re.search(r"^5 errors in ", done.stdout, re.MULTILINE), done.stdout
    assert "server.py ended before it answered\nno database\n" in done.stdout
    assert "Traceback" not in done.stdout


def test_without_a_secret_there_is_no_token_and_it_is_said(service: Path) -> None:
    (service / "testaccept" / "test_shop.py").write_text("def test_it(token):\n    token()\n")
    done = outcome(service, "testaccept", PYM_SERVER_HOST="127.0.0.1")
    assert "Failed: no token can be made: " in done.stdout
    assert "SHOP_SECRET is not set" in done.stdout


def test_a_mock_ends_with_its_test(service: Path) -> None:
    (service / "testaccept" / "test_shop.py").write_text(
        "import urllib.error, urllib.request\n"
        "urls = []\n"
        "def test_it(mock_api):\n"
        "    mock = mock_api('apis/shop.yaml', auth=False, seed='1')\n"
        "    with urllib.request.urlopen(mock.url + '/v1/me') as reply: assert reply.status == 200\n"
        "    assert [call.operation for call in mock.calls] == ['shop.get_me']\n"
        "    urls.append(mock.url)\n"
        "def test_after_it():\n"
        "    try: urllib.request.urlopen(urls[0] + '/v1/me')\n"
        "    except urllib.error.URLError: return\n"
        "    assert False\n"
        "def test_one_that_cannot_be(mock_api): mock_api('apis/none.yaml')\n"
    )
    done = outcome(service, "testaccept")
    assert re.search(r"^1 failed, 2 passed in ", done.stdout, re.MULTILINE), done.stdout
    assert "Failed: no mock: " in done.stdout
    assert "Traceback" not in done.stdout


def test_fixtures_of_these_names_in_a_project_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import pytest\n@pytest.fixture\ndef server(): return 1\n@pytest.fixture\ndef api(server): return server + 1\n"
        "def test_it(api, server): assert (api, server) == (2, 1)\n"
    )
    done = outcome(tmp_path)
    assert re.search(r"^1 passed in ", done.stdout, re.MULTILINE), done.stdout


def test_where_no_test_asks_for_a_fixture_nothing_of_ours_is_loaded_but_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    ours = sorted(name for name in sys.modules if name.startswith('pymacaron'))\n"
        "    assert ours == ['pymacaron', 'pymacaron.testing', 'pymacaron.testing.plugin']\n"
        "    assert not {'flask', 'httpx2', 'msgspec', 'yaml', 'jsonschema_rs'} & set(sys.modules)\n"
    )
    plain = ["-p", "no:anyio", "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:xdist"]
    done = outcome(tmp_path, *plain)
    assert re.search(r"^1 passed in ", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_doubles_are_fixtures_each_for_one_test(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_own.py").write_text(DOUBLES)
    done = outcome(tmp_path, "-n", workers)
    assert re.search(r"^3 passed in ", done.stdout, re.MULTILINE), done.stdout
