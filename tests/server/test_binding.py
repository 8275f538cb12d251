"""Operations find their handlers, and handlers that do not fit are told so."""

from __future__ import annotations

import functools
import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Optional

import pytest

from pymacaron.auth import requires_auth
from pymacaron.finding import Finding
from pymacaron.pool import Pool
from pymacaron.server.binding import Bound, bind, path_of
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, Operation

HEAD = "openapi: 3.0.3\ninfo: {title: Shop, version: 1.0.0}\npaths:\n"
NUMBERS = itertools.count()
ORDER = Pool().shop.model.Order

ORDERS = """\
  /orders/{id}:
    put:
      operationId: putOrder
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: dry-run, in: query, schema: {type: boolean}}
        - {name: X-Count, in: header, schema: {type: integer}}
        - {name: class, in: cookie, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: The order}}
"""
FITS = "def {name}(body, *, id, dry_run=None, x_count=None, class_=None)"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Api, str]]]:
    """`project(paths, module)`: the api with these *paths*, `MODULE` in them the name of a module with this text."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)

    def build(paths: str, module: str = "") -> tuple[Api, str]:
        name = f"handlers{next(NUMBERS)}"
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(module))
        (tmp_path / "shop.yaml").write_text(HEAD + paths.replace("MODULE", name))
        return load("shop.yaml"), name

    yield build
    for name in set(sys.modules) - before:
        if name.startswith("handlers"):
            del sys.modules[name]


Project = Callable[..., tuple[Api, str]]


def get(text: str) -> str:
    """Paths of one operation without parameters, with *text* in it."""
    responses = "responses: {'200': {description: All pets}}"
    return f"  /pets:\n    get:\n      {responses}\n{textwrap.indent(text, '      ')}\n"


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.code, one.fact, one.mend) for one in findings]


def bound_to(api: Api, handler: Any) -> Bound:
    (bound,), findings = bind(api, resolver=lambda operation: handler)
    assert findings == []
    return bound


@pytest.mark.parametrize(
    "text",
    [
        "x-bind-server: MODULE.pets",
        "operationId: MODULE.pets",
        "operationId: MODULE.toys\nx-bind-server: MODULE.pets",
        "operationId: pets\nx-openapi-router-controller: MODULE",
        "operationId: pets\nx-swagger-router-controller: MODULE",
        "operationId: MODULE.Shop.pets",
    ],
)
def test_a_description_names_its_handler(project: Project, text: str) -> None:
    module = """
        def pets():
            return []

        class Shop:
            pets = staticmethod(pets)
    """
    api, name = project(get(text), module)
    bounds, findings = bind(api)
    assert findings == []
    assert [one.handler for one in bounds] == [sys.modules[name].pets]


def test_a_resolver_goes_before_an_operation_id_and_after_x_bind_server(project: Project) -> None:
    module = "def pets(): return []\ndef toys(): return []\n"
    api, name = project(get("operationId: MODULE.pets"), module)
    assert [one.handler.__name__ for one in bind(api, resolver=lambda operation: f"{name}.toys")[0]] == ["toys"]
    assert [one.handler.__name__ for one in bind(api, resolver=lambda operation: None)[0]] == ["pets"]
    api, name = project(get("x-bind-server: MODULE.pets"), module)
    assert [one.handler.__name__ for one in bind(api, resolver=lambda operation: f"{name}.toys")[0]] == ["pets"]


def test_x_no_bind_server_is_not_served(project: Project) -> None:
    api, _ = project(get("operationId: MODULE.nothing\nx-no-bind-server: true"))
    assert bind(api) == ([], [])


def test_only_says_which_operations_are_looked_at(project: Project) -> None:
    api, _ = project(get("operationId: pets"))
    assert bind(api, only=lambda operation: path_of(operation) is not None) == ([], [])


def test_an_operation_that_names_no_handler_is_an_error(project: Project) -> None:
    api, _ = project(get("operationId: pets"))
    mend = "Add 'x-bind-server: package.module.pets', or 'x-no-bind-server: true' where it is not to be served"
    assert told(bind(api)[1]) == [("no-handler", "GET /pets names no handler: operationId 'pets' has no dot", mend)]
    api, _ = project(get(""))
    assert [(one.code, one.fact, one.line) for one in bind(api)[1]] == [("no-handler", "GET /pets names no handler", 5)]


def test_an_unknown_name_is_answered_with_the_nearest(project: Project) -> None:
    api, name = project(
        get("x-bind-server: MODULE.pest"), "import os\n\ndef pets(): ...\n\ndef _pest(): ...\n\nPEST = 1\n"
    )
    (found,) = bind(api)[1]
    assert (found.line, found.column, found.width) == (7, 22, len(name) + 5)
    assert told([found]) == [
        (
            "unbound",
            f"x-bind-server '{name}.pest' names no function",
            f"{name}.py has pets. Did you mean '{name}.pets'?",
        )
    ]


def test_a_long_list_of_names_is_cut(project: Project) -> None:
    api, _ = project(get("x-bind-server: MODULE.f99"), "".join(f"def f{n}(): ...\n" for n in range(10, 30)))
    (found,) = bind(api)[1]
    assert found.mend.endswith("and 12 more")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("x-bind-server: pets", "x-bind-server 'pets' is no dotted path"),
        ("x-bind-server: pets.", "x-bind-server 'pets.' is no dotted path"),
        ("x-bind-server: pets..all", "x-bind-server 'pets..all' is no dotted path"),
        ("x-bind-server: [pets]", "x-bind-server is no dotted path"),
        ("x-bind-server: no_such.pets", "x-bind-server 'no_such.pets' names no function: there is no module 'no_such'"),
        (
            "x-bind-server: xml.nothing.pets",
            "x-bind-server 'xml.nothing.pets' names no function: there is no module 'xml.nothing'",
        ),
        ("x-bind-server: xml.dom", "x-bind-server 'xml.dom' names a module, not a function"),
        ("x-bind-server: string.digits", "x-bind-server 'string.digits' names a str, which cannot be called"),
    ],
)
def test_a_path_that_names_nothing_of_use_is_unbound(project: Project, text: str, fact: str) -> None:
    api, _ = project(get(text))
    assert [(one.code, one.fact) for one in bind(api)[1]] == [("unbound", fact)]


def test_a_syntax_error_is_shown_in_its_own_file(project: Project) -> None:
    api, name = project(get("operationId: MODULE.pets"), "def pets():\n    return [\n")
    (found,) = bind(api)[1]
    assert (found.file, found.line, found.column, found.source) == (f"{name}.py", 2, 12, "    return [")
    assert told([found]) == [
        (
            "module-syntax",
            f"'[' was never closed, so the module '{name}' cannot be imported",
            f"operationId '{name}.pets' names something in it",
        )
    ]


@pytest.mark.parametrize(
    ("module", "error", "mend"),
    [
        (
            "import no_such\n",
            "ModuleNotFoundError: No module named 'no_such'",
            "Install what has 'no_such', or correct its name in {}.py:1",
        ),
        ("from os import no_such\n", "ImportError: cannot import name 'no_such' from 'os' (", "{}.py:1 raised it"),
        (
            "\n\nLIMIT = int('many')\n",
            "ValueError: invalid literal for int() with base 10: 'many'",
            "{}.py:3 raised it",
        ),
        (
            "import json\njson.loads('{')\n",
            "json.decoder.JSONDecodeError: Expecting property name",
            "{}.py:2 raised it",
        ),
        ("raise SystemExit('set SHOP_DB')\n", "SystemExit: set SHOP_DB", "{}.py:1 raised it"),
        ("import ast\nast.parse('(')\n", "SyntaxError: '(' was never closed", "{}.py:2 raised it"),
    ],
)
def test_a_module_that_raises_says_what_and_where(project: Project, module: str, error: str, mend: str) -> None:
    api, name = project(get("operationId: MODULE.pets"), module)
    (found,) = bind(api)[1]
    assert found.code == "module-import"
    assert found.fact.startswith(f"the module '{name}' cannot be imported: {error}")
    assert (found.file, found.mend) == ("shop.yaml", mend.format(name))


def test_a_broken_module_is_imported_and_told_once(project: Project) -> None:
    paths = get("operationId: MODULE.pets") + get("operationId: MODULE.toys").replace("/pets", "/toys")
    api, _ = project(paths, "import os\nos.mkdir('imported')\n1 / 0\n")
    assert [one.code for one in bind(api)[1]] == ["module-import"]
    assert Path("imported").is_dir()


# ---- signatures


def handlers_that_fit() -> list[Any]:
    class Orders:
        def put(self, order: Any, *, id: int, dry_run: Any, x_count: Any, class_: Any) -> None: ...

        def __call__(self, order: Any, **rest: Any) -> None: ...

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inner(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return inner

    def by_name(order: Any, id: int, class_: Any, dry_run: Any = True, x_count: Any = 5, extra: Any = None) -> None: ...

    return [
        Orders().put,
        Orders(),
        by_name,
        decorated(by_name),
        functools.partial(by_name, extra=1),
        lambda *args, **kwargs: None,
        lambda order, /, id, **order_and_more: None,
        dict,
    ]


@pytest.mark.parametrize("handler", handlers_that_fit(), ids=lambda handler: getattr(handler, "__name__", "instance"))
def test_a_handler_fits_that_takes_the_body_and_every_keyword(project: Project, handler: Any) -> None:
    api, _ = project(ORDERS)
    assert bound_to(api, handler).handler is handler


def test_a_bound_handler_says_what_it_takes_and_where_it_has_defaults(project: Project) -> None:
    api, _ = project(ORDERS)

    async def put(order: dict[str, Any], id: int, dry_run: bool = True, *, x_count: int, class_: str = "b") -> None: ...

    assert bound_to(api, put) == Bound(
        operation=api.operations[0],
        handler=put,
        plain_body=True,
        defaults=frozenset({"dry_run", "class_"}),
        accepts=frozenset({"id", "dry_run", "x_count", "class_"}),
        is_async=True,
    )
    bound = bound_to(api, lambda order=None, **rest: None)
    assert (bound.accepts, bound.body_default, bound.plain_body, bound.is_async) == (None, True, False, False)


def annotated(annotation: Any) -> Any:
    def put(order: Any, **rest: Any) -> None: ...

    put.__annotations__["order"] = annotation
    return put


@pytest.mark.parametrize(
    ("annotation", "plain"),
    [
        (dict, True),
        (list, True),
        (dict[str, int], True),
        (list[dict[str, Any]] | None, True),
        (Optional[dict], True),  # noqa: UP045
        ("dict", True),
        ("dict[str, Any] | None", True),
        ("typing.Optional[list[int]]", True),
        ("Union[None, Dict[str, int]]", True),
        ("t.List[int]", True),
        (Iterator[dict[str, int]], True),
        ("AsyncIterator[dict[str, Any]]", True),
        ("collections.abc.Iterable[list]", True),
        (Iterator[str], False),
        (list[Pool().shop.model.Order], False),
        (dict[str, Pool().shop.model.Order | None], False),
        ("list[apis.shop.model.Order]", False),
        ("list[ORDER]", False),
        (Pool().shop.model.Order, False),
        (Pool().shop.model.Order | None, False),
        (list[datetime], False),
        ("Iterator[model.Order]", False),
        (Any, False),
        ("Any", False),
        ("Order | None", False),
        ("model.dictionary", False),
        (str, False),
    ],
)
def test_a_body_annotated_dict_or_list_is_plain(project: Project, annotation: Any, plain: bool) -> None:
    api, _ = project(ORDERS)
    assert bound_to(api, annotated(annotation)).plain_body is plain


def misfits() -> list[tuple[Callable[..., Any], list[str]]]:
    def no_body(*, id, dry_run, x_count, class_): ...
    def body_later(id, order, dry_run, x_count, class_): ...
    def some(body, id): ...
    def other_names(body, *, id, dryrun, x_count, class_): ...
    def wants_more(body, clock, **rest): ...
    def by_position(body, id, /, dry_run, x_count, class_): ...
    def body_by_name(*, body, **rest): ...

    return [
        (no_body, ["it takes no body"]),
        (body_later, ["its first argument is 'id', where the body goes", "no parameter gives its 'order'"]),
        (some, ["it takes no 'dry_run', 'x_count', 'class_'"]),
        (other_names, ["it takes no 'dry_run'", "no parameter gives its 'dryrun'"]),
        (wants_more, ["no parameter gives its 'clock'"]),
        (by_position, ["its 'id' is positional-only, and only a body is passed by position"]),
        (body_by_name, ["it takes no body", "no parameter gives its 'body'"]),
    ]


@pytest.mark.parametrize(("handler", "differences"), misfits(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_handler_that_does_not_fit_is_told_all_differences_and_what_would(
    project: Project, handler: Callable[..., Any], differences: list[str]
) -> None:
    api, _ = project(ORDERS)
    (found,) = bind(api, resolver=lambda operation: handler)[1]
    assert (found.code, found.fact) == (
        "signature",
        f"{handler.__name__} does not fit PUT /orders/{{id}}: {'; '.join(differences)}",
    )
    signature = FITS.format(name=handler.__name__)
    signature = signature.replace(
        "body,", {"body_later": "order,", "other_names": "body,"}.get(handler.__name__, "body,")
    )
    assert found.mend.startswith(f"Write '{signature}' in ")


def test_code_of_others_is_not_to_be_changed(project: Project) -> None:
    api, name = project(ORDERS, "from os.path import join\n")
    mend = f"Write a function of your own, such as '{FITS}', and name that"
    for handler in ("os.path.join", f"{name}.join", functools.partial(sys.modules["os"].path.join, "a")):
        (found,) = bind(api, resolver=lambda operation, handler=handler: handler)[1]
        called = "handler" if isinstance(handler, functools.partial) else "join"
        first = "a" if called == "join" else "p"
        assert found.code == "signature"
        assert found.mend.replace(f"({first}, ", "(body, ") == mend.format(name=called)


@pytest.mark.parametrize("body", ["", "      requestBody: {content: {application/json: {schema: {}}}}\n"])
def test_a_method_taken_from_its_class_is_no_handler(project: Project, body: str) -> None:
    module = """
        class Shop:
            def pets(self):
                return []
    """
    api, name = project(get("x-bind-server: MODULE.Shop.pets") + body, module)
    assert told(bind(api)[1]) == [
        (
            "signature",
            "Shop.pets is a method, and nobody gives its 'self'",
            f"Make it a @staticmethod in {name}.py:3, or name a function outside of the class",
        )
    ]


def test_a_handler_of_an_operation_without_body_or_parameters_takes_nothing(project: Project) -> None:
    api, name = project(get("operationId: MODULE.pets"), "def pets(request):\n    return []\n")
    assert told(bind(api)[1]) == [
        (
            "signature",
            "pets does not fit GET /pets: no parameter gives its 'request'",
            f"Write 'def pets()' in {name}.py:1",
        )
    ]


def test_the_fields_of_a_swagger_2_form_are_keywords(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(
        """\
swagger: "2.0"
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    post:
      consumes: [multipart/form-data]
      parameters:
        - {name: photo, in: formData, type: file, required: true}
        - {name: name, in: formData, type: string}
      responses: {"200": {description: Done}}
"""
    )
    api = load(tmp_path / "shop.yaml")
    assert bound_to(api, lambda photo, name: None).accepts == frozenset({"photo", "name"})
    (found,) = bind(api, resolver=lambda operation: lambda body: None)[1]
    assert found.mend.startswith("Write 'def handler(*, photo, name=None)' in ")


def test_a_body_argument_is_never_called_as_a_parameter(project: Project) -> None:
    paths = ORDERS.replace("name: dry-run", "name: body")
    api, _ = project(paths)
    (found,) = bind(api, resolver=lambda operation: lambda body, **rest: None)[1]
    assert "its first argument is 'body', where the body goes" in found.fact
    assert "'def handler(body_, *, id, body=None, x_count=None, class_=None)'" in found.mend
    bound_to(api, lambda the_order, /, **rest: None)


# ---- decorators


def test_requires_auth_runs_before_the_arguments_are_read_and_others_inside(project: Project) -> None:
    module = """
        def pets(): return []
        def first(function): return function
        def second(function): return function
    """
    text = "operationId: MODULE.pets\nx-decorate-server: [MODULE.first, pymacaron.auth.requires_auth, MODULE.second]"
    api, name = project(get(text), module)
    (bound,), findings = bind(api)
    assert findings == []
    assert bound.before == (requires_auth,)
    assert bound.decorators == (sys.modules[name].first, sys.modules[name].second)


def test_one_decorator_may_stand_without_a_list(project: Project) -> None:
    text = "operationId: MODULE.pets\nx-decorate-server: pymacaron.auth.requires_auth"
    api, _ = project(get(text), "def pets(): return []\n")
    ((bound,), findings) = bind(api)
    assert (bound.before, bound.decorators, findings) == ((requires_auth,), (), [])


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("pymacaron.auth.require_auth", "x-decorate-server 'pymacaron.auth.require_auth' names no decorator"),
        ("string.digits", "x-decorate-server 'string.digits' names a str, which cannot be called"),
        ("5", "x-decorate-server is no dotted path"),
    ],
)
def test_a_decorator_that_is_not_there_is_an_error(project: Project, path: str, fact: str) -> None:
    text = f"operationId: MODULE.pets\nx-decorate-server: {path}"
    api, _ = project(get(text), "def pets(): return []\n")
    assert [(one.code, one.fact, one.line) for one in bind(api)[1]] == [("unbound-decorator", fact, 8)]


def test_a_decorator_is_looked_at_where_the_handler_is_missing_too(project: Project) -> None:
    text = "operationId: MODULE.nothing\nx-decorate-server: no_such.decorator"
    api, _ = project(get(text), "def pets(): return []\n")
    assert sorted(one.code for one in bind(api)[1]) == ["unbound", "unbound-decorator"]


def test_every_operation_is_bound_in_its_order(project: Project) -> None:
    paths = "".join(get("").replace("/pets", f"/{name}") for name in ("b", "a", "c"))
    api, _ = project(paths)

    def resolver(operation: Operation) -> Any:
        return None if operation.path == "/a" else lambda: operation.path

    bounds, findings = bind(api, resolver=resolver)
    assert [one.handler() for one in bounds] == ["/b", "/c"]
    assert [one.code for one in findings] == ["no-handler"]


def test_what_stubs_wrote_is_no_module_of_handlers(project: Project, tmp_path: Path) -> None:
    package = tmp_path / "handlersp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "apis.py").write_text("# Written by `pymacaron stubs` of shop.yaml: not to be edited.\n")
    api, _ = project(get("operationId: handlersp.api.pets"))
    fact = "operationId 'handlersp.api.pets' names no function: there is no module 'handlersp.api'"
    assert told(bind(api)[1]) == [("unbound", fact, "Is api.py, or the folder api, in handlersp/?")]
    (package / "apis.py").write_text("def pets(): return []\n")
    mend = "handlersp/ has apis. Did you mean 'handlersp.apis.pets'?"
    assert told(bind(api)[1]) == [("unbound", fact, mend)]


@pytest.mark.parametrize("level", ["operation", "path"])
def test_a_header_parameter_that_openapi_3_ignores_is_why_an_argument_is_not_given(
    project: Project, level: str
) -> None:
    header = "parameters: [{name: Authorization, in: header, schema: {type: string}}]"
    paths = get(f"x-bind-server: MODULE.pets\n{header if level == 'operation' else ''}")
    if level == "path":
        paths = paths.replace("  /pets:\n", f"  /pets:\n    {header}\n")
    api, name = project(paths, "def pets(*, authorization): return []\n")
    fact = (
        "pets does not fit GET /pets: no parameter gives its 'authorization' "
        "(OpenAPI 3 has a header parameter 'Authorization' ignored)"
    )
    assert told(bind(api)[1]) == [("signature", fact, f"Write 'def pets()' in {name}.py:1")]
