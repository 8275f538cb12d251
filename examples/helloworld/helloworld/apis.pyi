# Written by `pymacaron stubs` of helloworld.yaml: not to be edited.
# fmt: off
# ruff: noqa

from collections.abc import Coroutine, Mapping
from datetime import datetime
from os import PathLike
from typing import Any, Literal, Protocol, Self, TypeAlias, TypeVar
from uuid import UUID

from pymacaron.client.policy import Policy
from pymacaron.exceptions import PyMacaronException
from pymacaron.models import Model
from werkzeug.wrappers import Response

_Body = TypeVar("_Body")
_Headers: TypeAlias = Mapping[str, Any] | list[tuple[str, Any]]
_Reply: TypeAlias = (
    _Body
    | tuple[_Body, int]
    | tuple[_Body, int, _Headers]
    | tuple[_Body, _Headers]
    | Response
    | PyMacaronException
)
_Returned: TypeAlias = _Reply[_Body] | Coroutine[Any, Any, _Reply[_Body]]

class _Options:
    def with_options(
        self,
        *,
        url: str | None = ...,
        variables: Mapping[str, str] | None = ...,
        timeout: float | None = ...,
        connect_timeout: float | None = ...,
        read_timeout: float | None = ...,
        max_attempts: int | None = ...,
        headers: Mapping[str, str] | None = ...,
        auth: Any = ...,
        validation: Literal["strict", "report", "off"] | None = ...,
        max_reply_bytes: int | None = ...,
        sample: float | None = ...,
        ca_file: str | PathLike[str] | None = ...,
        proxy: str | None = ...,
        max_connections: int | None = ...,
        policy: Policy | None = ...,
        observers: list[Any] | None = ...,
        transport: Any = ...,
        atransport: Any = ...,
        credentials: Any = ...,
        observe: Any = ...,
        loop: Any = ...,
    ) -> Self: ...

class helloworld:
    """Hello, world 1.0.0"""
    class model:
        class Hello(Model):
            text: str
            language: str
            def __init__(self, *, text: str = ..., language: str = ...) -> None: ...

        class Card(Model):
            to: list[str]
            lines: list[helloworld.model.Line]
            send_at: datetime | None
            def __init__(
                self,
                *,
                to: list[str] = ...,
                lines: list[helloworld.model.Line] = ...,
                send_at: datetime | None = ...,
            ) -> None: ...

        class Line(Model):
            text: str
            @property
            def times(self) -> int: ...
            @times.setter
            def times(self, value: int | None) -> None: ...
            @times.deleter
            def times(self) -> None: ...
            def __init__(self, *, text: str = ..., times: int | None = ...) -> None: ...

        class Greeting(Model):
            id: UUID
            text: str
            send_at: datetime
            def __init__(self, *, id: UUID = ..., text: str = ..., send_at: datetime = ...) -> None: ...

        class Language(Model):
            code: str
            name: str
            hello: str
            def __init__(self, *, code: str = ..., name: str = ..., hello: str = ...) -> None: ...

        class Me(Model):
            user_id: str
            def __init__(self, *, user_id: str = ...) -> None: ...

        class Started(Model):
            task_id: UUID
            def __init__(self, *, task_id: UUID = ...) -> None: ...

        class Error(Model):
            status: int
            error: str
            error_description: str
            error_id: str | None
            user_message: str | None
            def __init__(
                self,
                *,
                status: int = ...,
                error: str = ...,
                error_description: str = ...,
                error_id: str | None = ...,
                user_message: str | None = ...,
            ) -> None: ...

    class handler:
        class say_hello(Protocol):
            """GET /hello/{name}: Greet one person"""
            def __call__(
                self,
                *,
                name: str,
                language: str,
            ) -> _Returned[helloworld.model.Hello | helloworld.model.Error | Mapping[str, Any]]: ...

        class write_greeting(Protocol):
            """POST /greetings: Write a greeting card"""
            def __call__(
                self,
                body: helloworld.model.Card,
                /,
            ) -> _Returned[helloworld.model.Greeting | helloworld.model.Error | Mapping[str, Any]]: ...

        class get_language(Protocol):
            """GET /languages/{code}: How a language says hello"""
            def __call__(
                self,
                *,
                code: str,
            ) -> _Returned[helloworld.model.Language | helloworld.model.Error | Mapping[str, Any]]: ...

        class get_me(Protocol):
            """GET /me: Who the caller's token was made for"""
            def __call__(self) -> _Returned[helloworld.model.Me | helloworld.model.Error | Mapping[str, Any]]: ...

        class start_task(Protocol):
            """GET /async: Have a task write a file"""
            def __call__(self) -> _Returned[helloworld.model.Started | helloworld.model.Error | Mapping[str, Any]]: ...

        class start_dying_task(Protocol):
            """GET /asyncdie: Have a task fail"""
            def __call__(self) -> _Returned[helloworld.model.Started | helloworld.model.Error | Mapping[str, Any]]: ...

    class plain_handler:
        class write_greeting(Protocol):
            """POST /greetings: Write a greeting card"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[helloworld.model.Greeting | helloworld.model.Error | Mapping[str, Any]]: ...

    class _Client(_Options):
        def say_hello(
            self,
            *,
            name: str,
            language: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Hello | helloworld.model.Error:
            """GET /hello/{name}: Greet one person"""
        def write_greeting(
            self,
            body: helloworld.model.Card | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Greeting | helloworld.model.Error:
            """POST /greetings: Write a greeting card"""
        def get_language(
            self,
            *,
            code: str,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Language | helloworld.model.Error:
            """GET /languages/{code}: How a language says hello"""
        def get_me(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Me | helloworld.model.Error:
            """GET /me: Who the caller's token was made for"""
        def start_task(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Started | helloworld.model.Error:
            """GET /async: Have a task write a file"""
        def start_dying_task(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Started | helloworld.model.Error:
            """GET /asyncdie: Have a task fail"""

    class _Call(_Options):
        def say_hello(
            self,
            *,
            name: str,
            language: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Hello:
            """GET /hello/{name}: Greet one person"""
        def write_greeting(
            self,
            body: helloworld.model.Card | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Greeting:
            """POST /greetings: Write a greeting card"""
        def get_language(
            self,
            *,
            code: str,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Language:
            """GET /languages/{code}: How a language says hello"""
        def get_me(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Me:
            """GET /me: Who the caller's token was made for"""
        def start_task(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Started:
            """GET /async: Have a task write a file"""
        def start_dying_task(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Started:
            """GET /asyncdie: Have a task fail"""

    class _AsyncCall(_Options):
        async def say_hello(
            self,
            *,
            name: str,
            language: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Hello:
            """GET /hello/{name}: Greet one person"""
        async def write_greeting(
            self,
            body: helloworld.model.Card | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Greeting:
            """POST /greetings: Write a greeting card"""
        async def get_language(
            self,
            *,
            code: str,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Language:
            """GET /languages/{code}: How a language says hello"""
        async def get_me(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Me:
            """GET /me: Who the caller's token was made for"""
        async def start_task(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Started:
            """GET /async: Have a task write a file"""
        async def start_dying_task(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> helloworld.model.Started:
            """GET /asyncdie: Have a task fail"""

    client: _Client
    call: _Call
    acall: _AsyncCall

    @staticmethod
    def json_to_model(name: str, j: dict[str, Any], validate: bool = ...) -> Any: ...
    @staticmethod
    def model_to_json(obj: Any) -> Any: ...
    @staticmethod
    def get_version() -> str: ...
