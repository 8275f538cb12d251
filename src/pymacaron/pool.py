"""
The loaded apis by name: `ApiPool.shop.model.Order(...)`.

A registry that api.py fills; the one piece of state at module level that the public API needs. Handlers, tasks and
scripts read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymacaron.exceptions import ValidationError
from pymacaron.exchange.problem import summary
from pymacaron.finding import did_you_mean
from pymacaron.schema.models import from_json, get_model_name, to_json
from pymacaron.spec.names import attribute

if TYPE_CHECKING:
    from pymacaron.schema.codec import Schemas
    from pymacaron.spec.model import Api

__all__ = ["ApiPool", "LoadedApi", "Pool"]


class LoadedApi:
    """
    One api that was loaded: `model` holds a class per schema.

    `api` is its description as records, `schemas` compiles its schemas. Both are for the framework's own rooms.
    """

    def __init__(self, api: Api, schemas: Schemas):
        self.api = api
        self.schemas = schemas

    @property
    def name(self) -> str:
        return self.api.name

    @property
    def model(self) -> Any:
        """The namespace of the api's models: `.Order` is a class. An unknown name raises AttributeError."""
        return self.schemas.models

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


class Pool:
    """The registry behind ApiPool: its attributes are apis, `my-api` as `my_api`."""

    def __init__(self) -> None:
        self._apis: dict[str, LoadedApi] = {}

    def __getattr__(self, name: str) -> LoadedApi:
        if not name.startswith("__"):
            found = self._apis.get(name) or next((a for n, a in self._apis.items() if attribute(n) == name), None)
            if found is not None:
                return found
        loaded = ", ".join(sorted(self._apis)) or "none"
        raise AttributeError(
            f"no api named {name!r} is loaded (loaded: {loaded}). {did_you_mean(name, self._apis)}".rstrip()
        )

    def __dir__(self) -> list[str]:
        return sorted(attribute(name) for name in self._apis)

    def _add(self, loaded: LoadedApi) -> None:
        """Register *loaded*, in place of an api of that name that was loaded before."""
        self._apis[loaded.name] = loaded


#: Every loaded api, by name
ApiPool = Pool()
