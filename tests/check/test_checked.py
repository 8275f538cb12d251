"""`check`: which files it looks at, and whose handlers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron.check import check, descriptions
from pymacaron.finding import FindingsError

Files = Callable[[dict[str, str]], None]
HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\n"
EMPTY = HEAD + "paths: {}\n"
CONFIG = "name: shop\n"


def shop(text: str) -> str:
    """A description of one operation with *text* in it."""
    return f"{HEAD}paths:\n  /pets:\n    get:\n      {text}\n      responses: {{'200': {{description: All pets}}}}\n"


def codes(*paths: str, serve: list[str] | None = None) -> list[str]:
    return [finding.code for finding in check(paths, serve=serve or []).findings]


def names(folder: str, *ignore: str, strict: bool = True) -> list[str]:
    return [path.as_posix() for path in descriptions(folder, ignore, strict=strict)]


def test_a_folder_holds_the_descriptions_in_it_and_below(files: Files) -> None:
    files(
        {
            "apis/shop.yaml": EMPTY,
            "apis/old.yml": "# The old one\n\nswagger: '2.0'\ninfo: {}\n",
            "apis/indented.yaml": "--- # all of it\n\n  info: {}\n  swagger: '2.0'\n",
            "apis/no.yaml": "  info:\n    swagger: '2.0'\n",
            "apis/more/toys.json": '{"paths": {}, "info": {}, "openapi": "3.0.3"}',
            "apis/pym-config.yaml": "openapi: no\n",
            "apis/pym-config.staging.yaml": "openapi: no\n",
            "apis/common/errors.yaml": "Error: {type: object, properties: {swagger: {type: string}}}\n",
            "apis/package.json": '{"name": "shop", "dependencies": {"swagger-ui": "5"}}',
            "apis/.hidden/a.yaml": EMPTY,
            "apis/node_modules/a.yaml": EMPTY,
            "apis/venv/pyvenv.cfg": "",
            "apis/venv/a.yaml": EMPTY,
            "apis/notes.txt": EMPTY,
        }
    )
    assert names("apis") == ["apis/indented.yaml", "apis/more/toys.json", "apis/old.yml", "apis/shop.yaml"]
    assert names("apis", "shop", "toys") == ["apis/indented.yaml", "apis/old.yml"]


def test_what_looks_like_a_description_is_one_unless_another_refers_to_it(files: Files) -> None:
    files(
        {
            "apis/shop.yaml": HEAD + "paths: {/pets: {$ref: 'parts/paths.yaml#/paths/~1pets'}}\n",
            "apis/parts/paths.yaml": "paths: {/pets: {}}\n",
            "apis/misspelt.yaml": "opanapi: 3.1.0\n",
            "apis/forgotten.yaml": "info: {}\npaths: {}\n",
            "apis/empty.yaml": "",
        }
    )
    assert names("apis") == ["apis/empty.yaml", "apis/forgotten.yaml", "apis/misspelt.yaml", "apis/shop.yaml"]
    assert names("apis", strict=False) == ["apis/forgotten.yaml", "apis/misspelt.yaml", "apis/shop.yaml"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_description_in_another_encoding_is_told_so(files: Files, tmp_path: Path, encoding: str) -> None:
    files({"apis/shop.yaml": ""})
    (tmp_path / "apis/shop.yaml").write_bytes(EMPTY.encode(encoding))
    assert names("apis") == ["apis/shop.yaml"]
    assert codes("apis") == ["encoding"]


@pytest.mark.parametrize(
    ("path", "fact"), [("nothing", "there is no such folder"), ("a.yaml", "this is a file, not a folder")]
)
def test_a_folder_that_is_none_is_told_so(files: Files, path: str, fact: str) -> None:
    files({"a.yaml": EMPTY})
    with pytest.raises(FindingsError) as raised:
        descriptions(path)
    assert [(one.code, one.file, one.fact) for one in raised.value.findings] == [("missing-file", path, fact)]


def test_without_paths_the_folder_apis_is_looked_at(files: Files, tmp_path: Path) -> None:
    files({"apis/shop.yaml": EMPTY, "other.yaml": EMPTY})
    assert check().files == (str(tmp_path / "apis/shop.yaml"),)


def test_without_a_folder_apis_the_current_one_is_looked_at(files: Files, tmp_path: Path) -> None:
    files({"docs/shop.yaml": EMPTY, "compose.yaml": "services: {}\n", "broken.yaml": "{{ template }}\n"})
    assert check().files == (str(tmp_path / "docs/shop.yaml"),)


def test_nothing_to_look_at_is_told(files: Files) -> None:
    files({"notes.yaml": "a: 1\n"})
    with pytest.raises(FindingsError) as raised:
        check()
    assert [one.code for one in raised.value.findings] == ["missing-file"]


def test_findings_come_in_the_order_of_files_and_lines_and_once(files: Files) -> None:
    files({"b.yaml": EMPTY + "overlays: 1\n", "a.yaml": "overlays: 1\n" + EMPTY + "overlais: 1\n"})
    checked = check(["b.yaml", "a.yaml", "b.yaml"])
    assert [finding.where for finding in checked.findings] == ["a.yaml:1:1", "a.yaml:5:1", "b.yaml:4:1"]


def test_of_a_large_file_only_the_ends_are_looked_at(files: Files, tmp_path: Path) -> None:
    files({"apis/a.yaml": EMPTY, "apis/nothing.yaml": "a: 1\n" * 100, "apis/nul.yaml": ""})
    files({"apis/z.yaml": "paths: {}\n" + "# many words\n" * 2_000 + HEAD})
    for name in ("a", "nothing", "nul"):
        with open(tmp_path / f"apis/{name}.yaml", "r+b") as file:
            file.truncate(10**12)
    assert names("apis") == ["apis/a.yaml", "apis/nul.yaml", "apis/z.yaml"]
    assert codes("apis") == ["too-large", "too-large"]


def test_the_version_may_stand_at_the_end_of_a_large_file(files: Files, tmp_path: Path) -> None:
    files({"apis/shop.yaml": ""})
    with open(tmp_path / "apis/shop.yaml", "wb") as file:
        file.seek(60_000_000)
        file.write(b"\nopenapi: 3.1.0\n")
    assert names("apis", strict=False) == ["apis/shop.yaml"]
    assert codes("apis") == ["too-large"]


def test_a_link_to_nothing_is_told_and_a_pipe_is_passed_over(files: Files, tmp_path: Path) -> None:
    files({"apis/shop.yaml": EMPTY})
    (tmp_path / "apis/link.yaml").symlink_to("gone.yaml")
    os.mkfifo(tmp_path / "apis/pipe.yaml")
    assert names("apis") == ["apis/link.yaml", "apis/shop.yaml"]
    assert codes("apis") == ["missing-file"]


def test_handlers_are_looked_at_only_beside_or_below_a_config(files: Files) -> None:
    files({"apis/shop.yaml": shop("operationId: shop.pets"), "shop.py": ""})
    assert codes() == []
    files({"pym-config.yaml": CONFIG})
    assert codes() == ["unbound"]


def test_what_names_handlers_that_were_not_looked_at_is_told(files: Files) -> None:
    files({"apis/shop.yaml": shop("operationId: shop.pets"), "shop.py": ""})
    assert check().unseen
    assert not check(serve=["shop"]).unseen
    files({"apis/shop.yaml": shop("operationId: pets")})
    assert not check().unseen
    files({"apis/shop.yaml": shop("operationId: shop.pets"), "pym-config.yaml": CONFIG})
    assert not check().unseen


def test_handlers_of_webhooks_are_looked_at_where_their_module_exists(files: Files) -> None:
    hook = "webhooks:\n  paid:\n    post: {x-bind-server: hooks.paid, responses: {'200': {description: ok}}}\n"
    called = shop("operationId: books.volumes.list")
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": called + hook})
    assert codes() == []
    files({"hooks.py": "def paid(nope): ...\n"})
    assert [(one.code, one.mend) for one in check().findings] == [("signature", "Write 'def paid()' in hooks.py:1")]
    assert codes(serve=["shop"]) == ["unbound", "signature"]
    files({"hooks.py": "def paid() -> int: ...\n"})
    assert codes() == []


def test_a_handler_that_imports_what_stubs_would_write_is_told_so(files: Files) -> None:
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": shop("operationId: store.api.pets"), "store/__init__.py": ""})
    for text in ("from store import apis\n", "import store.apis\n", "from store.apis import shop\n"):
        files({"store/api.py": text})
        assert [(one.code, one.mend) for one in check().findings] == [
            ("module-import", "Run: pymacaron stubs, which writes what store/api.py:1 imports")
        ]
    files({"store/api.py": "from store import apys\n"})
    assert check().findings[0].mend == "store/api.py:1 raised it"


def test_a_default_of_none_that_hides_that_of_the_description_is_told(files: Files) -> None:
    sized = shop("operationId: pets.list_pets\n      parameters: [{name: size, in: query, schema: {default: 20}}]")
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": sized, "pets.py": "def list_pets(size=None): return []\n"})
    assert [(one.code, one.fact, one.mend) for one in check().findings] == [
        (
            "hidden-default",
            "list_pets, which answers GET /pets, has 'size=None', which hides the default in the description",
            "Write 'size' without a default in pets.py:1: it is always passed",
        )
    ]
    for arguments in ("size", "size=10", "**rest"):
        files({"pets.py": f"def list_pets({arguments}): return []\n"})
        assert codes() == []
    files({"pets.py": "def list_pets(): return []\n"})
    assert check().findings[0].mend == "Write 'def list_pets(*, size)' in pets.py:1"


def test_operations_that_name_no_code_are_looked_at_only_where_they_are_served(files: Files) -> None:
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": shop("operationId: pets")})
    assert codes() == []
    assert codes(serve=["shop"]) == ["no-handler"]
    assert codes(serve=["shop", "toys"]) == ["unknown-api", "no-handler"]


def test_an_api_none_of_whose_modules_exist_is_one_that_is_called(files: Files) -> None:
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": shop("operationId: books.volumes.list")})
    assert codes() == []
    assert codes(serve=["shop"]) == ["unbound"]


@pytest.mark.parametrize(
    ("decorators", "found"),
    [
        ("pymacaron.auth.add_auth", []),
        ("[pymacaron.auth.add_auth, calls.add]", []),
        ("[pymacaron.auth.add_auth, calls.ad]", ["unbound-decorator"]),
        ("pymacaron.auth.ad_auth", ["unbound-decorator"]),
        ("calls.NAME", ["unbound-decorator"]),
        ("5", ["unbound-decorator"]),
    ],
)
def test_decorators_of_calls_are_looked_for_in_every_api(files: Files, decorators: str, found: list[str]) -> None:
    description = shop(f"operationId: pets\n      x-decorate-request: {decorators}")
    files({"apis/shop.yaml": description, "calls.py": "NAME = ''\ndef add(f): return f\n"})
    assert codes() == []
    files({"pym-config.yaml": CONFIG})
    assert codes() == found


def test_a_module_of_the_interpreter_does_not_make_an_api_served(files: Files) -> None:
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": shop("operationId: calendar.events")})
    assert codes() == []


@pytest.mark.parametrize("key", ["x-parent", "x-persist"])
def test_a_class_that_a_schema_names_makes_an_api_served(files: Files, key: str) -> None:
    schema = f"components: {{schemas: {{Pet: {{{key}: animals.Missing}}}}}}\n"
    files({"pym-config.yaml": CONFIG, "apis/shop.yaml": EMPTY + schema})
    assert codes() == []
    files({"animals.py": "class Animal: ...\n"})
    assert codes() == [key]


def test_what_modules_print_goes_to_stderr(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"apis/shop.yaml": shop("operationId: pets.list_pets")})
    files({"pets.py": "print('loading pets')\ndef list_pets(): return []\n"})
    assert codes(serve=["shop"]) == []
    assert capsys.readouterr() == ("", "loading pets\n")


def test_annotations_may_name_models_of_every_api_that_is_there(files: Files) -> None:
    handlers = """\
        from pymacaron import ApiPool

        def list_pets(
            one: ApiPool.shop.model.Pet = None,
            two: ApiPool.shops.model.Pet = None,
            three: ApiPool.shopp.model.Pet = None,
        ):
            return []
    """
    parameters = "".join(f"{{name: {name}, in: query, schema: {{}}}}, " for name in ("one", "two", "three"))
    text = shop(f"operationId: pets.list_pets\n      parameters: [{parameters}]")
    schemas = "components: {schemas: {Pet: {type: object}}}\n"
    files({"pym-config.yaml": CONFIG, "pets.py": handlers, "apis/shop.yaml": text + schemas, "apis/shops.yaml": EMPTY})
    for paths in (["apis"], ["apis/shop.yaml"]):
        assert [(finding.code, finding.fact, finding.mend) for finding in check(paths).findings] == [
            (
                "annotation",
                "list_pets, which answers GET /pets, takes 'three' as ApiPool.shopp.model.Pet: there is no api 'shopp'",
                "Did you mean 'shop'?",
            )
        ]


def test_modules_are_found_in_the_folder_of_the_config_and_forgotten_afterwards(files: Files) -> None:
    path = list(sys.path)
    for project, name in (("one", "pets"), ("two", "toys")):
        files(
            {
                f"{project}/pym-config.yaml": CONFIG,
                f"{project}/apis/{project}.yaml": shop(f"x-bind-server: handlers.api.{name}"),
                f"{project}/handlers/__init__.py": "",
                f"{project}/handlers/api.py": f"def {name}(): return []\n",
            }
        )
    assert codes("one", "two") == []
    assert (sys.path, "handlers" in sys.modules) == (path, False)


def test_without_a_config_modules_are_found_in_the_working_directory(files: Files) -> None:
    files({"apis/shop.yaml": shop("operationId: pets.list_pets"), "pets.py": "def list_pets(): return []\n"})
    assert codes(serve=["shop"]) == []


def test_the_config_beside_a_description_is_looked_at_once(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files({"pym-config.yaml": "docs: maybe\n", "apis/a.yaml": EMPTY, "apis/b.yaml": EMPTY})
    assert codes() == ["config-type"]
    files({"pym-config.staging.yaml": CONFIG})
    monkeypatch.setenv("PYM_ENV", "staging")
    assert codes() == []


def test_the_config_says_how_large_a_description_may_be(files: Files) -> None:
    files({"pym-config.yaml": "max_document_bytes: 10\n", "apis/shop.yaml": EMPTY})
    assert codes() == ["too-large"]
