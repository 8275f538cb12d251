"""
The loaded apis by name: `ApiPool.shop.model.Order(...)`.

A registry that api/ fills; the one piece of state at module level that the public API needs. Handlers, tasks and
scripts read it. What was not loaded yet is there too, by what stands for it: a module may name models in annotations
whenever it is imported. Anything else that is done with it says what is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Union

from pymacaron.exceptions import ValidationError
from pymacaron.exchange.problem import summary
from pymacaron.finding import did_you_mean
from pymacaron.schema.models import Model, from_json, get_model_name, to_json
from pymacaron.schema.once import once
from pymacaron.spec.names import attribute, handler_names

if TYPE_CHECKING:
    from pymacaron.schema.codec import Schemas
    from pymacaron.spec.model import Api

__all__ = ["ApiPool", "LaterApi", "LaterModel", "LoadedApi", "NotLoadedError", "Pool", "stood_for"]


class NotLoadedError(AttributeError):
    """An api that is not loaded was needed. The text says which ones are."""


class LoadedApi:
    """
    One api that was loaded: `model` holds a class per schema.

    `client`, `call` and `acall` hold a method per operation, that calls it: see docs/clients.md. `handler` and
    `plain_handler` hold a name per operation, of use in annotations only: see docs/types.md. `api` is its
    description as records, `schemas` compiles its schemas. Both are for the framework's own rooms.

    *clients* makes what has the three namespaces, when one of them is first used.
    """

    def __init__(self, api: Api, schemas: Schemas, clients: Callable[[LoadedApi], Any] | None = None):
        self.api = api
        self.schemas = schemas
        self.make_clients = clients
        #: What calls it in this process, from when it is served there
        self.inside: Any = None
        self.handler: Any = _Handlers(f"ApiPool.{attribute(api.name)}.handler", api)
        self.plain_handler: Any = _Handlers(f"ApiPool.{attribute(api.name)}.plain_handler", api)

    @property
    def name(self) -> str:
        return self.api.name

    @property
    def model(self) -> Any:
        """The namespace of the api's models: `.Order` is a class. An unknown name raises AttributeError."""
        return self.schemas.models

    @once
    def clients(self) -> Any:
        """What has the namespaces of the clients."""
        if self.make_clients is None:
            raise AttributeError(f"{self.name} has no client: load it with API(app).load_apis() or load_clients()")
        return self.make_clients(self)

    @once
    def client(self) -> Any:
        """Methods that call the api; what goes wrong is returned as an Error model, see is_error()."""
        return self.clients.client

    @once
    def call(self) -> Any:
        """Methods that call the api; what goes wrong is raised: see client/errors.py."""
        return self.clients.call

    @once
    def acall(self) -> Any:
        """As `call`, to be awaited."""
        return self.clients.acall

    def json_to_model(self, name: str, j: dict[str, Any], validate: bool = False) -> Any:
        """
        The dict *j*, as JSON gave it, as a model of class *name*.

        With *validate*, raises ValidationError if it does not fit the schema, with every violation in `errors`.
        """
        cls = getattr(self.model, name)
        if validate:
            codec = self.schemas.codec(self.schemas.classes.names()[get_model_name(cls)], "request")
            violations = codec.violations(j, "body")
            if violations:
                fact = f"{name} is not valid: {summary(violations)}"
                raise ValidationError(fact, [violation.as_dict() for violation in violations])
        return from_json(cls, j)

    def model_to_json(self, obj: Any) -> Any:
        """The model *obj* as a dict that json.dumps takes."""
        return to_json(obj)

    def get_version(self) -> str:
        """`info.version` of the description."""
        return self.api.version

    def __repr__(self) -> str:
        return f"<LoadedApi {self.name} {self.api.version}>"


class _Named:
    """What can stand in an annotation, alone or in others: `Order | None`, `list[Order]`."""

    __slots__ = ("__pym_title__",)

    def __init__(self, title: str):
        self.__pym_title__ = title

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007 - `|` is what is made here

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007

    def __repr__(self) -> str:
        return self.__pym_title__


class _Handlers:
    """The names of an api's handlers; without *api*, any name."""

    def __init__(self, title: str, api: Api | None = None):
        self.__pym_title__ = title
        self._ápi = api

    def __getattr__(self, name: str) -> _Named:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._ápi is not None:
            known = handler_names((*self._ápi.operations, *self._ápi.webhooks))
            if name not in known:
                hint = did_you_mean(name, known)
                raise AttributeError(f"{self._ápi.name} has no operation {name!r}. {hint}".rstrip())
        named = self.__dict__[name] = _Named(f"{self.__pym_title__}.{name}")
        return named


class LaterApi:
    """
    What stands for an api that is not loaded: `.model.Order` can be written in annotations. Once it is loaded, this is
    as good as it; until then anything else raises NotLoadedError.
    """

    def __init__(self, name: str, find: Callable[[str], LoadedApi]):
        self.__pym_title__ = name
        self._fínd = find
        self._módels = _LaterModels(self)
        self.model: Any = self._módels
        self.handler: Any = _Handlers(f"{self!r}.handler")
        self.plain_handler: Any = _Handlers(f"{self!r}.plain_handler")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._fínd(self.__pym_title__), name)

    def __repr__(self) -> str:
        return f"ApiPool.{self.__pym_title__}"

    def _becomes(self, loaded: LoadedApi) -> None:
        """From now on its names are those of *loaded*."""
        self._módels._becomes(loaded)
        self.model, self.handler, self.plain_handler = loaded.model, loaded.handler, loaded.plain_handler


class _LaterModels:
    """The namespace of the models of an api that is not loaded: it has any name, until it is loaded."""

    def __init__(self, api: LaterApi):
        self._ápi = api
        self._lóaded: LoadedApi | None = None

    def _becomes(self, loaded: LoadedApi) -> None:
        self.__dict__ = {"_ápi": self._ápi, "_lóaded": loaded}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._lóaded is not None:
            return getattr(self._lóaded.model, name)
        named = self.__dict__[name] = LaterModel(self._ápi, name)
        return named


class LaterModel(_Named):
    """
    What stands for a model's class: in annotations at once; called, asked for attributes or by isinstance() it is that
    class, and raises NotLoadedError while the api is not loaded.
    """

    __slots__ = ("_módel", "_ápi")

    def __init__(self, api: LaterApi, name: str):
        super().__init__(f"{api!r}.model.{name}")
        self._ápi = api
        self._módel = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._class()(*args, **kwargs)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._class())

    def __subclasscheck__(self, cls: type) -> bool:
        return issubclass(cls, self._class())

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self._class(),)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__name__", "__qualname__"):
            raise AttributeError(name)
        return getattr(self._class(), name)

    def _class(self) -> Any:
        return getattr(self._ápi._fínd(self._ápi.__pym_title__).model, self._módel)


def stood_for(value: Any) -> tuple[str, str] | None:
    """The names of the api and of the model that *value* stands for, which may be anything; None where it is none."""
    return (value._ápi.__pym_title__, value._módel) if isinstance(value, LaterModel) else None


class Pool:
    """The registry behind ApiPool: its attributes are apis, `my-api` as `my_api`; a LaterApi where none is loaded."""

    def __init__(self) -> None:
        self._apis: dict[str, LoadedApi] = {}
        self._later: dict[str, LaterApi] = {}

    def __getattr__(self, name: str) -> LoadedApi:
        if name.startswith("__"):
            raise AttributeError(name)
        found: Any = self._named(name)
        if found is None:
            found = self._later.get(name) or self._later.setdefault(name, LaterApi(name, self._find))
        return found  # type: ignore[no-any-return]

    def _named(self, name: str) -> LoadedApi | None:
        return self._apis.get(name) or next((a for n, a in self._apis.items() if attribute(n) == name), None)

    def _find(self, name: str) -> LoadedApi:
        """The api of that name. Raises NotLoadedError."""
        found = self._named(name)
        if found is None:
            loaded = ", ".join(sorted(self._apis)) or "none"
            mend = did_you_mean(name, self._apis) or "Load it first: API(app).load_apis() or load_clients()"
            raise NotLoadedError(f"no api named {name!r} is loaded (loaded: {loaded}). {mend}")
        return found

    def __dir__(self) -> list[str]:
        return sorted(attribute(name) for name in self._apis)

    def _add(self, loaded: LoadedApi) -> None:
        """Register *loaded*, in place of an api of that name that was loaded before. Its models can be pickled then."""
        loaded.schemas.classes.finder = _model
        self._apis[loaded.name] = loaded
        if attribute(loaded.name) == loaded.name and not loaded.name.startswith("_"):
            self.__dict__[loaded.name] = loaded  # found without __getattr__, at a tenth of the cost
        for name in {loaded.name, attribute(loaded.name)} & self._later.keys():
            self._later[name]._becomes(loaded)


#: Every loaded api, by name
ApiPool = Pool()


def _model(api: str, name: str) -> type[Model]:
    """The class of the model *name* of the api *api*: what a pickled model asks for when it is read again."""
    loaded = ApiPool._apis.get(api)
    if loaded is None:
        known = ", ".join(sorted(ApiPool._apis)) or "none"
        raise UnpicklingError(f"a model {name} of the api {api!r}, which is not loaded here (loaded: {known})")
    try:
        return loaded.schemas.classes.named(name)
    except AttributeError as error:
        raise UnpicklingError(f"the api {api!r} that is loaded here has no model {name}: {error}") from None
