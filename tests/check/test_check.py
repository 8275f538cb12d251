"""`check`: which files it looks at, whose handlers, and which examples it finds wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron.check import check, descriptions, examples, old_distributions, parents, patterns
from pymacaron.finding import FindingsError, sorted_findings
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

Files = Callable[[dict[str, str]], None]

HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\n"
EMPTY = HEAD + "paths: {}\n"
CONFIG = "name: shop\n"


def shop(text: str) -> str:
    """A description of one operation with *text* in it."""
    return f"{HEAD}paths:\n  /pets:\n    get:\n      {text}\n      responses: {{'200': {{description: All pets}}}}\n"


def codes(*paths: str, serve: list[str] | None = None) -> list[str]:
    return [finding.code for finding in check(paths, serve=serve or []).findings]


# ---- which files


def names(folder: str, *ignore: str, strict: bool = True) -> list[str]:
    return [path.as_posix() for path in descriptions(folder, ignore, strict=strict)]


def test_a_folder_holds_the_descriptions_in_it_and_below(files: Files) -> None:
    files(
        {
            "apis/shop.yaml": EMPTY,
            "apis/old.yml": "# The old one\n\nswagger: '2.0'\ninfo: {}\n",
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
    assert names("apis") == ["apis/more/toys.json", "apis/old.yml", "apis/shop.yaml"]
    assert names("apis", "shop", "toys") == ["apis/old.yml"]


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


# ---- whose handlers


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


# ---- parents


def test_a_parent_is_imported_and_mixed_in(files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files(
        {
            "animals.py": """
                from abc import ABC, abstractmethod

                class Animal(ABC):
                    @abstractmethod
                    def speak(self): ...

                class Made:
                    def __new__(cls): return object.__new__(cls)

                def function(): ...

                COUNT = 1
            """,
            "shop.yaml": EMPTY
            + "components:\n  schemas:\n"
            + "".join(
                f"    {name}: {{type: object, x-parent: {parent}}}\n"
                for name, parent in (
                    ("Good", "animals.Animal"),
                    ("Made", "animals.Made"),
                    ("Function", "animals.function"),
                    ("Missing", "animals.Animl"),
                    ("Nowhere", "anmals.Animal"),
                    ("Count", "animals.COUNT"),
                    ("Number", "5"),
                )
            ),
        }
    )
    monkeypatch.syspath_prepend(tmp_path)
    api = load("shop.yaml")
    assert [(one.code, one.line, one.fact) for one in sorted_findings(parents(api, Schemas(api)))] == [
        ("x-parent", 7, "x-parent 'animals.Made' cannot be mixed into a model: it has a __new__"),
        ("x-parent", 8, "x-parent 'animals.function' cannot be mixed into a model: it is a function, not a class"),
        ("x-parent", 9, "x-parent 'animals.Animl' names no class"),
        ("x-parent", 10, "x-parent 'anmals.Animal' names no class: there is no module 'anmals'"),
        ("x-parent", 11, "x-parent 'animals.COUNT' cannot be mixed into a model: it is an int, not a class"),
        ("x-parent", 12, "x-parent 5 is no dotted path"),
    ]


def test_a_store_is_imported_and_has_its_two_functions(
    files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files(
        {
            "tables.py": """
                class Table:
                    @staticmethod
                    def load_from_db(name): ...

                    @classmethod
                    def save_to_db(cls, pet): ...

                class Plain:
                    def load_from_db(name): ...
                    def save_to_db(pet): ...

                class Half:
                    load_from_db = Table.load_from_db

                class Methods:
                    def load_from_db(self, name): ...
                    def save_to_db(self): ...
            """,
            "shop.yaml": EMPTY
            + "components:\n  schemas:\n"
            + "".join(
                f"    {name}: {{type: object, x-persist: {store}}}\n"
                for name, store in (
                    ("Good", "tables.Table"),
                    ("Plain", "tables.Plain"),
                    ("Half", "tables.Half"),
                    ("Methods", "tables.Methods"),
                    ("Missing", "tables.Tabel"),
                    ("Nowhere", "nope.Z"),
                    ("Number", "5"),
                )
            ),
        }
    )
    monkeypatch.syspath_prepend(tmp_path)
    api = load("shop.yaml")
    assert [(one.code, one.line, one.fact, one.mend) for one in sorted_findings(parents(api, Schemas(api)))] == [
        (
            "x-persist",
            8,
            "x-persist 'tables.Half' has no static save_to_db",
            "Add save_to_db to it, as a @staticmethod",
        ),
        (
            "x-persist",
            9,
            "x-persist 'tables.Methods' has no static load_from_db and no static save_to_db",
            "Add load_from_db and save_to_db to it, each as a @staticmethod",
        ),
        (
            "x-persist",
            10,
            "x-persist 'tables.Tabel' names no class",
            "tables.py has Half, Methods, Plain, Table. Did you mean 'tables.Table'?",
        ),
        (
            "x-persist",
            11,
            "x-persist 'nope.Z' names no class: there is no module 'nope'",
            "Is nope.py, or the folder nope, in the folder of pym-config.yaml?",
        ),
        ("x-persist", 12, "x-persist 5 is no dotted path", "Write it as package.module.Class"),
    ]


# ---- patterns


@pytest.mark.parametrize("pattern", ["(", "(?i)abc", "(?P<x>a)", "(?>a)", "a++", "["])
def test_a_pattern_that_cannot_be_used_is_told(files: Files, pattern: str) -> None:
    files({"shop.yaml": EMPTY + f"components: {{schemas: {{Pet: {{pattern: '{pattern}'}}}}}}\n"})
    assert [(one.code, one.column, one.fact) for one in patterns(load("shop.yaml"))] == [
        ("unusable-pattern", 39, f"the pattern {pattern!r} is no regular expression of ECMA-262, so it is ignored")
    ]
    assert codes("shop.yaml") == ["unusable-pattern"]


def test_patterns_are_looked_at_wherever_they_are_used(files: Files) -> None:
    files(
        {
            "new.yaml": EMPTY
            + "components: {schemas: {Pet: {patternProperties: {'(': {}, '^x-': {pattern: '^[a-z]+$'}}, "
            + "example: {pattern: '('}}}}",
            "old.yaml": """\
                swagger: "2.0"
                info: {title: Shop, version: 1.0.0}
                paths:
                  /pets:
                    get:
                      parameters:
                        - {name: a, in: query, type: string, pattern: '('}
                        - {name: b, in: query, type: array, items: {type: string, pattern: '['}}
                      responses:
                        "200":
                          description: All pets
                          headers: {X-Kind: {type: string, pattern: 'a++'}}
                          schema: {type: string, pattern: '(?i)a'}
            """,
        }
    )
    assert [one.line for one in check(["new.yaml"]).findings] == [4]
    assert [one.line for one in check(["old.yaml"]).findings] == [7, 8, 12, 13]


# ---- examples and defaults


def wrong(text: str) -> list[tuple[str, int, int, str]]:
    Path("shop.yaml").write_text(text, encoding="utf-8")
    api = load("shop.yaml")
    found = examples(api, Schemas(api))
    return sorted((one.code, one.line, one.column, one.fact) for one in found)


def test_examples_and_defaults_of_schemas_must_fit(files: Files) -> None:
    files({})
    text = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
components:
  schemas:
    Age: {type: integer, default: four, example: 4, examples: [1, five]}
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string}, age: {$ref: '#/components/schemas/Age'}}
      example: {name: Rex, age: old}
      default: {age: 3}
"""
    assert wrong(text) == [
        ("default-mismatch", 5, 35, "the default does not fit its schema: 'four' is not an integer"),
        ("default-mismatch", 11, 16, "the default does not fit its schema: /name is missing"),
        ("example-mismatch", 5, 67, "the example does not fit its schema: 'five' is not an integer"),
        ("example-mismatch", 10, 33, "the example does not fit its schema: /age 'old' is not an integer"),
    ]


def test_examples_of_parameters_headers_and_media_types_must_fit(files: Files) -> None:
    files({})
    text = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer}, example: many}
        - {name: page, in: query, schema: {type: integer}, examples: {one: {value: 1}, two: {value: two}}}
      responses:
        "200":
          description: All pets
          headers: {X-Count: {schema: {type: integer}, example: many}}
          content:
            application/json:
              schema: {type: array, items: {type: string}}
              examples: {bad: {$ref: '#/components/examples/bad'}, far: {externalValue: far.json}}
            application/vnd.pet+json:
              schema: {type: array}
              example: '["Rex"]'
components:
  examples: {bad: {value: [Rex, 5]}}
"""
    assert wrong(text) == [
        ("example-mismatch", 7, 70, "the example does not fit its schema: 'many' is not an integer"),
        ("example-mismatch", 8, 101, "the example 'two' does not fit its schema: 'two' is not an integer"),
        ("example-mismatch", 12, 65, "the example does not fit its schema: 'many' is not an integer"),
        ("example-mismatch", 21, 33, "the example 'bad' does not fit its schema: /1 5 is not a string"),
    ]


def test_the_items_of_an_example_of_a_stream_must_fit(files: Files) -> None:
    files({})
    text = """\
openapi: 3.2.0
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    get:
      responses:
        "200":
          description: All pets
          content:
            application/jsonl:
              itemSchema: {type: integer}
              examples: {list: {dataValue: [1, two]}, text: {value: "1 2"}, one: {value: true}}
"""
    assert wrong(text) == [
        ("example-mismatch", 12, 48, "the example 'list' does not fit its schema: 'two' is not an integer"),
        ("example-mismatch", 12, 90, "the example 'one' does not fit its schema: true is not an integer"),
    ]


def test_examples_and_defaults_of_swagger_2_must_fit(files: Files) -> None:
    files({})
    text = """\
swagger: "2.0"
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    get:
      parameters:
        - {name: limit, in: query, type: integer, default: many}
      responses:
        "200":
          description: All pets
          schema: {type: array}
          examples: {application/json: {}, text/plain: some}
definitions:
  Age: {type: integer, example: old}
"""
    assert wrong(text) == [
        ("default-mismatch", 7, 60, "the default does not fit its schema: 'many' is not an integer"),
        ("example-mismatch", 12, 40, "the example does not fit its schema: an object is not an array"),
        ("example-mismatch", 14, 33, "the example does not fit its schema: 'old' is not an integer"),
    ]


def test_an_example_may_be_a_request_or_a_response(files: Files) -> None:
    files({})
    text = (
        EMPTY
        + """\
components:
  schemas:
    User:
      type: object
      required: [id, password]
      properties: {id: {type: integer, readOnly: true}, password: {type: string, writeOnly: true}}
      examples: [{id: 1}, {password: secret}, {}]
"""
    )
    assert [line for _, line, _, _ in wrong(text)] == [10]


# ---- what is installed


def test_old_distributions_are_told_with_the_commands_that_mend_it(tmp_path: Path) -> None:
    for name in ("pymacaron_core-3.0.1.dist-info", "pymacaron_unit-1.2-py3.8.egg-info", "pymacaron-3.0.0.dist-info"):
        (tmp_path / name).mkdir()
    (found,) = old_distributions([str(tmp_path), str(tmp_path / "nothing")])
    assert (found.file, found.code, found.fact, found.mend) == (
        str(tmp_path),
        "old-distribution",
        "pymacaron-core 3.0.1, pymacaron-unit 1.2 are installed, and bring modules that belong to pymacaron now",
        "Run: pip uninstall -y pymacaron-core pymacaron-unit && pip install --force-reinstall --no-deps pymacaron",
    )


def test_without_old_distributions_nothing_is_told() -> None:
    assert old_distributions() == []
