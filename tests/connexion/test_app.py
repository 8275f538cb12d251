"""What of Connexion is there besides what the services use that are moved: options, resolvers, names, mistakes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from pymacaron import connexion
from pymacaron.connexion.exceptions import OAuthProblem, OAuthScopeProblem
from pymacaron.connexion.names import pythonic, sanitized
from pymacaron.connexion.resolver import Described
from pymacaron.finding import FindingsError

GET = "get: {OPERATION, responses: {'200': {description: ok, content: {application/json: {schema: {}}}}}}"
HANDLERS = """
from flask.views import MethodView


def hello(name="nobody"):
    return {"name": name}


def own(order):
    return {"class": type(order).__name__, "item": order.item}


async def later(body):
    return {"body": body}, 200


def with_context(context_):
    return {"user": context_["user"]}


def headers_alone():
    return ["a"], {"X-One": "1"}


def undeclared():
    return {"a": 1}, 202


class PetsView(MethodView):
    def search(self, limit=3):
        return {"view": limit}

    def get(self, pet_id):
        return {"pet": pet_id}
"""


@pytest.fixture(autouse=True)
def _service(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"handlers_{tmp_path.name}.py").write_text(HANDLERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)


def described(folder: Path, paths: str, name: str = "shop.yaml", more: str = "") -> str:
    text = f"openapi: 3.1.0\ninfo: {{title: Shop, version: '1'}}\n{more}paths:\n"
    paths = "".join(f"  {line}\n" for line in paths.splitlines())
    (folder / name).write_text((text + paths).replace("HANDLERS", f"handlers_{folder.name}"))
    return name


def get(operation: str) -> str:
    return GET.replace("OPERATION", operation)


def app_of(folder: Path, **options: Any) -> connexion.FlaskApp:
    return connexion.FlaskApp("shop", specification_dir=folder, **options)


@pytest.mark.parametrize(
    ("name", "plain", "snake"),
    [
        ("page-size", "pagesize", "page_size"),
        ("petId", "petId", "pet_id"),
        ("id", "id", "id_"),
        ("class", "class", "class_"),
        ("filter[age]", "filter_age", "filter_age"),
        ("tags[]", "tags", "tags"),
        ("HTTPCode", "HTTPCode", "http_code"),
        ("2fa", "fa", "fa"),
        ("Type", "Type", "type_"),
    ],
)
def test_names_are_those_of_connexion(name: str, plain: str, snake: str) -> None:
    assert (sanitized(name), pythonic(name)) == (plain, snake)


@pytest.mark.parametrize(
    ("resolver", "operation", "path"),
    [
        (connexion.Resolver(), Described("find", None, "/pets", "get"), "find"),
        (connexion.Resolver(), Described("find", "api.pets", "/pets", "get"), "api.pets.find"),
        (connexion.Resolver(), Described(None, "api.pets", "/pets", "get"), None),
        (connexion.RelativeResolver("api"), Described("pets.find", None, "/pets", "get"), "api.pets.find"),
        (connexion.RelativeResolver(sys), Described("find", None, "/pets", "get"), "sys.find"),
        (connexion.RelativeResolver("api"), Described("find", "other", "/pets", "get"), "other.find"),
        (connexion.RestyResolver("api"), Described(None, None, "/pets", "get"), "api.pets.search"),
        (connexion.RestyResolver("api"), Described(None, None, "/pets/{id}", "get"), "api.pets.get"),
        (connexion.RestyResolver("api"), Described(None, None, "/pet-shops", "post"), "api.pet_shops.post"),
        (connexion.RestyResolver("api"), Described(None, None, "/", "get"), "api.get"),
        (connexion.RestyResolver("api"), Described("own.find", None, "/pets", "get"), "own.find"),
        (
            connexion.RestyResolver("api", collection_endpoint_name="all"),
            Described(None, "other", "/pets", "get"),
            "other.all",
        ),
        (connexion.MethodViewResolver("api"), Described(None, None, "/pet-shops", "get"), "api.PetShopsView.search"),
    ],
)
def test_resolvers_name_the_functions_of_connexion(
    resolver: connexion.Resolver, operation: Described, path: str | None
) -> None:
    assert resolver.resolve_operation_id(operation) == path


def test_methods_of_views_answer(tmp_path: Path) -> None:
    parameter = "parameters: [{name: pet_id, in: path, required: true, schema: {type: integer}}]"
    paths = f"/pets: {{{get('tags: [a]')}}}\n/pets/{{pet_id}}: {{{get(parameter)}}}"
    app = app_of(tmp_path)
    app.add_api(described(tmp_path, paths), resolver=connexion.MethodViewResolver(f"handlers_{tmp_path.name}"))
    client = app.test_client()
    assert (client.get("/pets").json, client.get("/pets/7").json) == ({"view": 3}, {"pet": 7})


def test_a_function_may_be_the_resolver(tmp_path: Path) -> None:
    app = app_of(tmp_path, resolver=lambda name: lambda: {"name": name})
    app.add_api(described(tmp_path, f"/x: {{{get('operationId: any')}}}"))
    assert app.test_client().get("/x").json == {"name": "any"}


def test_several_descriptions_are_served_at_their_base_paths(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    paths = f"/hello: {{{get('operationId: HANDLERS.hello')}}}"
    app.add_api(described(tmp_path, paths, "one.yaml", "servers: [{url: /v1}]\n"))
    app.add_api(described(tmp_path, paths, "two.yaml", "servers: [{url: /v1}]\n"), base_path="/v2/")
    client = app.test_client()
    assert [client.get(f"/{one}/hello").status_code for one in ("v1", "v2", "v3")] == [200, 200, 404]
    assert client.get("/v2/openapi.json").json["servers"] == [{"url": "/v2"}]
    assert b'data-description="./one.json"' in client.get("/v1/ui/", follow_redirects=True).data


def test_a_description_may_be_a_dict(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    operation = {"operationId": f"handlers_{tmp_path.name}.hello", "responses": {"200": {"description": "ok"}}}
    info = {"title": "Shop", "version": "1"}
    app.add_api({"openapi": "3.0.0", "info": info, "paths": {"/hello": {"get": operation}}})
    assert app.test_client().get("/hello").json == {"name": "nobody"}


def test_an_operation_may_have_a_handler_of_pymacaron(tmp_path: Path) -> None:
    schema = "{type: object, required: [item], properties: {item: {type: string}}}"
    body = f"requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}"
    post = get(f"x-bind-server: HANDLERS.own, {body}").replace("get:", "post:", 1)
    app = app_of(tmp_path)
    app.add_api(described(tmp_path, f"/orders: {{{post}}}"))
    reply = app.test_client().post("/orders", json={"item": "book"})
    assert reply.json == {"class": "PostOrdersBody", "item": "book"}


def test_async_functions_are_awaited(tmp_path: Path) -> None:
    body = "requestBody: {content: {application/json: {schema: {type: array}}}}"
    app = app_of(tmp_path)
    app.add_api(
        described(tmp_path, f"/x: {{{get(f'operationId: HANDLERS.later, {body}').replace('get:', 'post:', 1)}}}")
    )
    client = app.test_client()
    assert asyncio.iscoroutinefunction(sys.modules[f"handlers_{tmp_path.name}"].later)
    assert client.post("/x", json=[1]).json == {"body": [1]}
    assert client.post("/x").json == {"body": {}}


def test_the_context_may_be_an_argument(tmp_path: Path) -> None:
    more = (
        "components: {securitySchemes: {key: {type: apiKey, in: query, name: k, x-apikeyInfoFunc: HANDLERS.hello}}}\n"
    )
    app = app_of(tmp_path)
    operation = get("operationId: HANDLERS.with_context, security: [{key: []}]")
    file = described(tmp_path, f"/x: {{{operation}}}", more=more.replace("HANDLERS", f"handlers_{tmp_path.name}"))
    app.add_api(file, pass_context_arg_name="context_")
    assert app.test_client().get("/x?k=1").json == {"user": None}


def test_headers_alone_and_statuses_that_are_not_declared_are_sent(tmp_path: Path) -> None:
    paths = f"/a: {{{get('operationId: HANDLERS.headers_alone')}}}\n/b: {{{get('operationId: HANDLERS.undeclared')}}}"
    app = app_of(tmp_path)
    app.add_api(described(tmp_path, paths), validate_responses=True)
    client = app.test_client()
    first, second = client.get("/a"), client.get("/b")
    assert (first.status_code, first.json, first.headers["X-One"]) == (200, ["a"], "1")
    assert (second.status_code, second.json) == (202, {"a": 1})


def test_no_cors_headers_are_added_unless_the_config_says_so(tmp_path: Path) -> None:
    file = described(tmp_path, f"/x: {{{get('operationId: HANDLERS.hello')}}}")
    app = app_of(tmp_path)
    app.add_api(file)
    sent = {"Origin": "https://a.example.com"}
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/x", headers=sent).headers
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: x\ncors: true\n")
    app = app_of(tmp_path)
    app.add_api(file)
    assert "Access-Control-Allow-Origin" in app.test_client().get("/x", headers=sent).headers


def test_what_is_wrong_is_said_when_the_app_is_asked_for(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    app.add_api(described(tmp_path, f"/x: {{{get('operationId: HANDLERS.helo')}}}\n/y: {{{get('tags: [a]')}}}"))
    with pytest.raises(FindingsError) as caught:
        _ = app.app
    assert [one.code for one in caught.value.findings] == ["unbound", "no-handler"]
    assert "Did you mean" in caught.value.findings[0].mend


def test_a_description_that_comes_too_late_is_refused(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    app.add_api(described(tmp_path, f"/x: {{{get('operationId: HANDLERS.hello')}}}"))
    app.test_client()
    with pytest.raises(RuntimeError, match=r"add_api\(\) after the Flask app was looked at"):
        app.add_api("other.yaml")


def test_options_of_connexion_alone_are_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"'validator_map': an option of Connexion's"):
        app_of(tmp_path).add_api("shop.yaml", validator_map={"body": 1})


def test_exceptions_have_what_connexion_s_have() -> None:
    problem = connexion.ProblemException(409, "Conflict", "twice", headers={"X-One": "1"}, ext={"a": 1})
    reply = problem.to_problem()
    assert (problem.code, reply.headers["X-One"], reply.json["a"]) == (409, "1", 1)
    assert (OAuthProblem("no").code, OAuthScopeProblem([], ["a"], description="no").code) == (401, 403)
