# Written by `pymacaron stubs` of 4 descriptions: not to be edited.
# fmt: off
# ruff: noqa

from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, Self, TypeAlias, TypeVar
from uuid import UUID

from pymacaron import Upload
from pymacaron.client.policy import Policy
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.inflow import AsyncReceived, Received
from pymacaron.models import Model
from werkzeug.wrappers import Response

_Item = TypeVar("_Item", covariant=True)

class _Items(Iterator[_Item], AsyncIterator[_Item], Protocol[_Item]): ...

class _List(Protocol[_Item]):
    def __iter__(self) -> Iterator[_Item]: ...
    def reverse(self) -> None: ...

class _Stream(Iterator[_Item], Protocol[_Item]):
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

class _AsyncStream(AsyncIterator[_Item], Protocol[_Item]):
    async def aclose(self) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...

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

class feeds:
    """Feeds 1.0.0"""
    class model:
        class Error(Model):
            status: int
            error: str
            error_description: str
            def __init__(self, *, status: int = ..., error: str = ..., error_description: str = ...) -> None: ...

        class Reading(Model):
            sensor: str
            value: float
            at: datetime | None
            place: list[float] | None
            def __init__(
                self,
                *,
                sensor: str = ...,
                value: float = ...,
                at: datetime | None = ...,
                place: list[float] | None = ...,
            ) -> None: ...

        class TextNote(Model):
            kind: Literal["TextNote"] | None
            text: str
            def __init__(self, *, kind: Literal["TextNote"] | None = ..., text: str = ...) -> None: ...

        class ScoreNote(Model):
            kind: Literal["score"]
            score: int
            def __init__(self, *, kind: Literal["score"] = ..., score: int = ...) -> None: ...

        class Tree(Model):
            name: str
            size: int | None
            children: list[feeds.model.Tree] | None
            def __init__(
                self,
                *,
                name: str = ...,
                size: int | None = ...,
                children: list[feeds.model.Tree] | None = ...,
            ) -> None: ...

        class PlaceTree(Model):
            """A tree in which every node has a place"""
            place: str
            name: str
            size: int | None
            children: list[feeds.model.PlaceTree] | None
            def __init__(
                self,
                *,
                place: str = ...,
                name: str = ...,
                size: int | None = ...,
                children: list[feeds.model.PlaceTree] | None = ...,
            ) -> None: ...

        class SendReadingsResponse200(Model):
            """Summary"""
            count: int
            highest: float | None
            def __init__(self, *, count: int = ..., highest: float | None = ...) -> None: ...

        class DescribeReadingsResponse200(Model):
            """Abilities"""
            accepts: list[str]
            def __init__(self, *, accepts: list[str] = ...) -> None: ...

        class ListEventsResponse200Item(Model):
            """Event"""
            event: str | None
            id: str | None
            data: str
            def __init__(self, *, event: str | None = ..., id: str | None = ..., data: str = ...) -> None: ...

        class SearchBody(Model):
            """Search"""
            sensor: str
            def __init__(self, *, sensor: str = ...) -> None: ...

        class SearchByUrlQuery(Model):
            sensor: str | None
            above: float | None
            def __init__(self, *, sensor: str | None = ..., above: float | None = ...) -> None: ...

        class SendBundleResponse200(Model):
            """Bundle"""
            sensor: str
            texts: int
            def __init__(self, *, sensor: str = ..., texts: int = ...) -> None: ...

        Note: TypeAlias = feeds.model.ScoreNote | feeds.model.TextNote

    class handler:
        class list_readings(Protocol):
            """GET /readings"""
            def __call__(
                self,
                *,
                count: int,
            ) -> _Returned[
                (
                    Iterator[feeds.model.Reading | Mapping[str, Any]]
                    | AsyncIterator[feeds.model.Reading | Mapping[str, Any]]
                    | _List[feeds.model.Reading]
                    | feeds.model.Error
                    | _List[Mapping[str, Any]]
                    | Mapping[str, Any]
                ),
            ]: ...

        class send_readings(Protocol):
            """POST /readings"""
            def __call__(
                self,
                body: _Items[feeds.model.Reading],
                /,
            ) -> _Returned[feeds.model.SendReadingsResponse200 | feeds.model.Error | Mapping[str, Any]]: ...

        class head_readings(Protocol):
            """HEAD /readings"""
            def __call__(self) -> _Returned[feeds.model.Error | Mapping[str, Any] | None]: ...

        class describe_readings(Protocol):
            """OPTIONS /readings"""
            def __call__(
                self,
            ) -> _Returned[feeds.model.DescribeReadingsResponse200 | feeds.model.Error | Mapping[str, Any]]: ...

        class copy_readings(Protocol):
            """COPY /readings"""
            def __call__(self, *, destination: str) -> _Returned[feeds.model.Error | Mapping[str, Any] | None]: ...

        class list_events(Protocol):
            """GET /events"""
            def __call__(
                self,
            ) -> _Returned[
                (
                    Iterator[feeds.model.ListEventsResponse200Item | str | feeds.model.Reading | Mapping[str, Any]]
                    | AsyncIterator[
                        feeds.model.ListEventsResponse200Item | str | feeds.model.Reading | Mapping[str, Any],
                    ]
                    | _List[feeds.model.ListEventsResponse200Item | str | feeds.model.Reading]
                    | feeds.model.Error
                    | _List[Mapping[str, Any] | str]
                    | Mapping[str, Any]
                ),
            ]: ...

        class search(Protocol):
            """QUERY /search"""
            def __call__(
                self,
                body: feeds.model.SearchBody,
                /,
            ) -> _Returned[
                _List[feeds.model.Reading] | feeds.model.Error | _List[Mapping[str, Any]] | Mapping[str, Any],
            ]: ...

        class search_by_url(Protocol):
            """GET /search"""
            def __call__(
                self,
                *,
                query: feeds.model.SearchByUrlQuery = ...,
                colour: str = ...,
            ) -> _Returned[
                _List[feeds.model.Reading] | feeds.model.Error | _List[Mapping[str, Any]] | Mapping[str, Any],
            ]: ...

        class add_note(Protocol):
            """POST /notes"""
            def __call__(
                self,
                body: feeds.model.ScoreNote | feeds.model.TextNote,
                /,
            ) -> _Returned[feeds.model.ScoreNote | feeds.model.TextNote | feeds.model.Error | Mapping[str, Any]]: ...

        class list_trees(Protocol):
            """GET /trees"""
            def __call__(
                self,
            ) -> _Returned[
                _List[feeds.model.PlaceTree] | feeds.model.Error | _List[Mapping[str, Any]] | Mapping[str, Any],
            ]: ...

        class send_bundle(Protocol):
            """POST /bundles"""
            def __call__(
                self,
                body: Any,
                /,
            ) -> _Returned[feeds.model.SendBundleResponse200 | feeds.model.Error | Mapping[str, Any]]: ...

    class plain_handler:
        class send_readings(Protocol):
            """POST /readings"""
            def __call__(
                self,
                body: _Items[dict[str, Any]],
                /,
            ) -> _Returned[feeds.model.SendReadingsResponse200 | feeds.model.Error | Mapping[str, Any]]: ...

        class search(Protocol):
            """QUERY /search"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[
                _List[feeds.model.Reading] | feeds.model.Error | _List[Mapping[str, Any]] | Mapping[str, Any],
            ]: ...

        class add_note(Protocol):
            """POST /notes"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[feeds.model.ScoreNote | feeds.model.TextNote | feeds.model.Error | Mapping[str, Any]]: ...

    class _Client(_Options):
        def list_readings(
            self,
            *,
            count: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> _Stream[feeds.model.Reading] | feeds.model.Error:
            """GET /readings"""
        def send_readings(
            self,
            body: (
                Iterable[feeds.model.Reading | Mapping[str, Any]]
                | AsyncIterable[feeds.model.Reading | Mapping[str, Any]]
            ),
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.SendReadingsResponse200 | feeds.model.Error:
            """POST /readings"""
        def head_readings(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.Error | None:
            """HEAD /readings"""
        def describe_readings(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.DescribeReadingsResponse200 | feeds.model.Error:
            """OPTIONS /readings"""
        def copy_readings(
            self,
            *,
            destination: str,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.Error | None:
            """COPY /readings"""
        def list_events(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> _Stream[feeds.model.ListEventsResponse200Item] | feeds.model.Error:
            """GET /events"""
        def search(
            self,
            body: feeds.model.SearchBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.Reading] | feeds.model.Error:
            """QUERY /search"""
        def search_by_url(
            self,
            *,
            query: feeds.model.SearchByUrlQuery | Mapping[str, Any] | None = ...,
            colour: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.Reading] | feeds.model.Error:
            """GET /search"""
        def add_note(
            self,
            body: feeds.model.ScoreNote | Mapping[str, Any] | feeds.model.TextNote,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.ScoreNote | feeds.model.TextNote | feeds.model.Error:
            """POST /notes"""
        def list_trees(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.PlaceTree] | feeds.model.Error:
            """GET /trees"""
        def send_bundle(
            self,
            body: Any,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.SendBundleResponse200 | feeds.model.Error:
            """POST /bundles"""

    class _Call(_Options):
        def list_readings(
            self,
            *,
            count: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> _Stream[feeds.model.Reading]:
            """GET /readings"""
        def send_readings(
            self,
            body: (
                Iterable[feeds.model.Reading | Mapping[str, Any]]
                | AsyncIterable[feeds.model.Reading | Mapping[str, Any]]
            ),
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.SendReadingsResponse200:
            """POST /readings"""
        def head_readings(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """HEAD /readings"""
        def describe_readings(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.DescribeReadingsResponse200:
            """OPTIONS /readings"""
        def copy_readings(
            self,
            *,
            destination: str,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """COPY /readings"""
        def list_events(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> _Stream[feeds.model.ListEventsResponse200Item]:
            """GET /events"""
        def search(
            self,
            body: feeds.model.SearchBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.Reading]:
            """QUERY /search"""
        def search_by_url(
            self,
            *,
            query: feeds.model.SearchByUrlQuery | Mapping[str, Any] | None = ...,
            colour: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.Reading]:
            """GET /search"""
        def add_note(
            self,
            body: feeds.model.ScoreNote | Mapping[str, Any] | feeds.model.TextNote,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.ScoreNote | feeds.model.TextNote:
            """POST /notes"""
        def list_trees(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.PlaceTree]:
            """GET /trees"""
        def send_bundle(
            self,
            body: Any,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.SendBundleResponse200:
            """POST /bundles"""

    class _AsyncCall(_Options):
        async def list_readings(
            self,
            *,
            count: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> _AsyncStream[feeds.model.Reading]:
            """GET /readings"""
        async def send_readings(
            self,
            body: (
                Iterable[feeds.model.Reading | Mapping[str, Any]]
                | AsyncIterable[feeds.model.Reading | Mapping[str, Any]]
            ),
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.SendReadingsResponse200:
            """POST /readings"""
        async def head_readings(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """HEAD /readings"""
        async def describe_readings(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.DescribeReadingsResponse200:
            """OPTIONS /readings"""
        async def copy_readings(
            self,
            *,
            destination: str,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """COPY /readings"""
        async def list_events(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> _AsyncStream[feeds.model.ListEventsResponse200Item]:
            """GET /events"""
        async def search(
            self,
            body: feeds.model.SearchBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.Reading]:
            """QUERY /search"""
        async def search_by_url(
            self,
            *,
            query: feeds.model.SearchByUrlQuery | Mapping[str, Any] | None = ...,
            colour: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.Reading]:
            """GET /search"""
        async def add_note(
            self,
            body: feeds.model.ScoreNote | Mapping[str, Any] | feeds.model.TextNote,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.ScoreNote | feeds.model.TextNote:
            """POST /notes"""
        async def list_trees(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[feeds.model.PlaceTree]:
            """GET /trees"""
        async def send_bundle(
            self,
            body: Any,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> feeds.model.SendBundleResponse200:
            """POST /bundles"""

    client: _Client
    call: _Call
    acall: _AsyncCall

    @staticmethod
    def json_to_model(name: str, j: dict[str, Any], validate: bool = ...) -> Any: ...
    @staticmethod
    def model_to_json(obj: Any) -> Any: ...
    @staticmethod
    def get_version() -> str: ...

class legacy:
    """Legacy 1.0.0"""
    class model:
        class Error(Model):
            status: int
            error: str
            error_description: str
            def __init__(self, *, status: int = ..., error: str = ..., error_description: str = ...) -> None: ...

        class Thing(Model):
            id: int | None
            kind: Literal["Tool", "Toy"]
            name: str
            weight: float | None
            made: date | None
            def __init__(
                self,
                *,
                id: int | None = ...,
                kind: Literal["Tool", "Toy"] = ...,
                name: str = ...,
                weight: float | None = ...,
                made: date | None = ...,
            ) -> None: ...

        class Tool(Model):
            id: int | None
            kind: Literal["Tool", "Toy"]
            name: str
            weight: float | None
            made: date | None
            power: int | None
            def __init__(
                self,
                *,
                id: int | None = ...,
                kind: Literal["Tool", "Toy"] = ...,
                name: str = ...,
                weight: float | None = ...,
                made: date | None = ...,
                power: int | None = ...,
            ) -> None: ...

        class Toy(Model):
            id: int | None
            kind: Literal["Tool", "Toy"]
            name: str
            weight: float | None
            made: date | None
            colour: str | None
            def __init__(
                self,
                *,
                id: int | None = ...,
                kind: Literal["Tool", "Toy"] = ...,
                name: str = ...,
                weight: float | None = ...,
                made: date | None = ...,
                colour: str | None = ...,
            ) -> None: ...

        class SendFormBody(Model):
            name: str
            age: int | None
            likes: list[Literal["tea", "rum"]] | None
            def __init__(
                self,
                *,
                name: str = ...,
                age: int | None = ...,
                likes: list[Literal["tea", "rum"]] | None = ...,
            ) -> None: ...

        class SendFormResponse200(Model):
            name: str | None
            age: int | None
            likes: list[str] | None
            def __init__(
                self,
                *,
                name: str | None = ...,
                age: int | None = ...,
                likes: list[str] | None = ...,
            ) -> None: ...

        class SendFileBody(Model):
            file: Upload
            title: str | None
            def __init__(self, *, file: Upload = ..., title: str | None = ...) -> None: ...

        class SendFileResponse200(Model):
            bytes: int
            def __init__(self, *, bytes: int = ...) -> None: ...

    class handler:
        class list_things(Protocol):
            """GET /things"""
            def __call__(
                self,
                *,
                ids: list[int] = ...,
                names: list[str] = ...,
                pairs: list[float] = ...,
                words: list[str] = ...,
                columns: list[int] = ...,
                all: bool | Literal[""] = ...,
                x_level: int = ...,
                page: int,
            ) -> _Returned[
                (
                    _List[legacy.model.Thing | legacy.model.Tool | legacy.model.Toy]
                    | legacy.model.Error
                    | _List[Mapping[str, Any]]
                    | Mapping[str, Any]
                ),
            ]: ...

        class add_thing(Protocol):
            """POST /things"""
            def __call__(
                self,
                body: legacy.model.Thing | legacy.model.Tool | legacy.model.Toy,
                /,
            ) -> _Returned[
                legacy.model.Thing | legacy.model.Tool | legacy.model.Toy | legacy.model.Error | Mapping[str, Any],
            ]: ...

        class send_form(Protocol):
            """POST /forms"""
            def __call__(
                self,
                *,
                name: str,
                age: int = ...,
                likes: list[Literal["tea", "rum"]] = ...,
            ) -> _Returned[legacy.model.SendFormResponse200 | legacy.model.Error | Mapping[str, Any]]: ...

        class send_file(Protocol):
            """POST /files"""
            def __call__(
                self,
                *,
                file: Upload,
                title: str = ...,
            ) -> _Returned[legacy.model.SendFileResponse200 | legacy.model.Error | Mapping[str, Any]]: ...

    class plain_handler:
        class add_thing(Protocol):
            """POST /things"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[
                legacy.model.Thing | legacy.model.Tool | legacy.model.Toy | legacy.model.Error | Mapping[str, Any],
            ]: ...

    class _Client(_Options):
        def list_things(
            self,
            *,
            ids: _List[int] | None = ...,
            names: _List[str] | None = ...,
            pairs: _List[float] | None = ...,
            words: _List[str] | None = ...,
            columns: _List[int] | None = ...,
            all: bool | Literal[""] | None = ...,
            x_level: int | None = ...,
            page: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[legacy.model.Thing | legacy.model.Tool | legacy.model.Toy] | legacy.model.Error:
            """GET /things"""
        def add_thing(
            self,
            body: legacy.model.Thing | Mapping[str, Any] | legacy.model.Tool | legacy.model.Toy,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.Thing | legacy.model.Tool | legacy.model.Toy | legacy.model.Error:
            """POST /things"""
        def send_form(
            self,
            *,
            name: str,
            age: int | None = ...,
            likes: _List[Literal["tea", "rum"]] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.SendFormResponse200 | legacy.model.Error:
            """POST /forms"""
        def send_file(
            self,
            *,
            file: bytes | BinaryIO | Upload | Path | tuple[str, bytes | BinaryIO] | tuple[str, bytes | BinaryIO, str],
            title: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.SendFileResponse200 | legacy.model.Error:
            """POST /files"""

    class _Call(_Options):
        def list_things(
            self,
            *,
            ids: _List[int] | None = ...,
            names: _List[str] | None = ...,
            pairs: _List[float] | None = ...,
            words: _List[str] | None = ...,
            columns: _List[int] | None = ...,
            all: bool | Literal[""] | None = ...,
            x_level: int | None = ...,
            page: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[legacy.model.Thing | legacy.model.Tool | legacy.model.Toy]:
            """GET /things"""
        def add_thing(
            self,
            body: legacy.model.Thing | Mapping[str, Any] | legacy.model.Tool | legacy.model.Toy,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.Thing | legacy.model.Tool | legacy.model.Toy:
            """POST /things"""
        def send_form(
            self,
            *,
            name: str,
            age: int | None = ...,
            likes: _List[Literal["tea", "rum"]] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.SendFormResponse200:
            """POST /forms"""
        def send_file(
            self,
            *,
            file: bytes | BinaryIO | Upload | Path | tuple[str, bytes | BinaryIO] | tuple[str, bytes | BinaryIO, str],
            title: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.SendFileResponse200:
            """POST /files"""

    class _AsyncCall(_Options):
        async def list_things(
            self,
            *,
            ids: _List[int] | None = ...,
            names: _List[str] | None = ...,
            pairs: _List[float] | None = ...,
            words: _List[str] | None = ...,
            columns: _List[int] | None = ...,
            all: bool | Literal[""] | None = ...,
            x_level: int | None = ...,
            page: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[legacy.model.Thing | legacy.model.Tool | legacy.model.Toy]:
            """GET /things"""
        async def add_thing(
            self,
            body: legacy.model.Thing | Mapping[str, Any] | legacy.model.Tool | legacy.model.Toy,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.Thing | legacy.model.Tool | legacy.model.Toy:
            """POST /things"""
        async def send_form(
            self,
            *,
            name: str,
            age: int | None = ...,
            likes: _List[Literal["tea", "rum"]] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.SendFormResponse200:
            """POST /forms"""
        async def send_file(
            self,
            *,
            file: bytes | BinaryIO | Upload | Path | tuple[str, bytes | BinaryIO] | tuple[str, bytes | BinaryIO, str],
            title: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> legacy.model.SendFileResponse200:
            """POST /files"""

    client: _Client
    call: _Call
    acall: _AsyncCall

    @staticmethod
    def json_to_model(name: str, j: dict[str, Any], validate: bool = ...) -> Any: ...
    @staticmethod
    def model_to_json(obj: Any) -> Any: ...
    @staticmethod
    def get_version() -> str: ...

class pets:
    """Pets 1.0.0"""
    class model:
        class Error(Model):
            status: int
            error: str
            error_description: str
            def __init__(self, *, status: int = ..., error: str = ..., error_description: str = ...) -> None: ...

        class Pet(Model):
            id: int | None
            kind: Literal["cat", "dog"]
            name: str
            nick: str | None
            size: Literal["small", "large"] | None
            def __init__(
                self,
                *,
                id: int | None = ...,
                kind: Literal["cat", "dog"] = ...,
                name: str = ...,
                nick: str | None = ...,
                size: Literal["small", "large"] | None = ...,
            ) -> None: ...

        class Cat(Model):
            id: int | None
            kind: Literal["cat", "dog"]
            name: str
            nick: str | None
            size: Literal["small", "large"] | None
            @property
            def lives(self) -> int: ...
            @lives.setter
            def lives(self, value: int | None) -> None: ...
            @lives.deleter
            def lives(self) -> None: ...
            def __init__(
                self,
                *,
                id: int | None = ...,
                kind: Literal["cat", "dog"] = ...,
                name: str = ...,
                nick: str | None = ...,
                size: Literal["small", "large"] | None = ...,
                lives: int | None = ...,
            ) -> None: ...

        class Dog(Model):
            id: int | None
            kind: Literal["cat", "dog"]
            name: str
            nick: str | None
            size: Literal["small", "large"] | None
            chip: bytes | None
            def __init__(
                self,
                *,
                id: int | None = ...,
                kind: Literal["cat", "dog"] = ...,
                name: str = ...,
                nick: str | None = ...,
                size: Literal["small", "large"] | None = ...,
                chip: bytes | None = ...,
            ) -> None: ...

        class Measure(Model):
            weight: float
            height: float | None
            ticks: int | None
            small: int | None
            seen: datetime | None
            tag: UUID | None
            def __init__(
                self,
                *,
                weight: float = ...,
                height: float | None = ...,
                ticks: int | None = ...,
                small: int | None = ...,
                seen: datetime | None = ...,
                tag: UUID | None = ...,
            ) -> None: ...

        class ListPetsAge(Model):
            min: int | None
            max: int | None
            def __init__(self, *, min: int | None = ..., max: int | None = ...) -> None: ...

    class handler:
        class list_pets(Protocol):
            """GET /pets"""
            def __call__(
                self,
                *,
                kind: Literal["cat", "dog"] = ...,
                age: pets.model.ListPetsAge = ...,
                words: list[str] = ...,
            ) -> _Returned[
                (
                    _List[pets.model.Pet | pets.model.Cat | pets.model.Dog]
                    | pets.model.Error
                    | _List[Mapping[str, Any]]
                    | Mapping[str, Any]
                ),
            ]: ...

        class add_pet(Protocol):
            """POST /pets"""
            def __call__(
                self,
                body: pets.model.Pet | pets.model.Cat | pets.model.Dog,
                /,
            ) -> _Returned[pets.model.Pet | pets.model.Cat | pets.model.Dog | pets.model.Error | Mapping[str, Any]]: ...

        class get_pet(Protocol):
            """GET /pets/{pet-id}"""
            def __call__(
                self,
                *,
                pet_id: int,
            ) -> _Returned[pets.model.Pet | pets.model.Cat | pets.model.Dog | pets.model.Error | Mapping[str, Any]]: ...

        class set_portrait(Protocol):
            """PUT /pets/{pet-id}/portrait"""
            def __call__(
                self,
                body: bytes,
                /,
                *,
                pet_id: int,
            ) -> _Returned[pets.model.Error | Mapping[str, Any] | None]: ...

        class get_portrait(Protocol):
            """GET /pets/{pet-id}/portrait"""
            def __call__(
                self,
                *,
                pet_id: int,
            ) -> _Returned[
                bytes | str | BinaryIO | Upload | Path | Iterator[bytes] | pets.model.Error | Mapping[str, Any],
            ]: ...

        class measure(Protocol):
            """POST /measure"""
            def __call__(
                self,
                body: pets.model.Measure,
                /,
            ) -> _Returned[pets.model.Measure | pets.model.Error | Mapping[str, Any]]: ...

    class plain_handler:
        class add_pet(Protocol):
            """POST /pets"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[pets.model.Pet | pets.model.Cat | pets.model.Dog | pets.model.Error | Mapping[str, Any]]: ...

        class measure(Protocol):
            """POST /measure"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[pets.model.Measure | pets.model.Error | Mapping[str, Any]]: ...

    class _Client(_Options):
        def list_pets(
            self,
            *,
            kind: Literal["cat", "dog"] | None = ...,
            age: pets.model.ListPetsAge | Mapping[str, Any] | None = ...,
            words: _List[str] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[pets.model.Pet | pets.model.Cat | pets.model.Dog] | pets.model.Error:
            """GET /pets"""
        def add_pet(
            self,
            body: pets.model.Pet | Mapping[str, Any] | pets.model.Cat | pets.model.Dog,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Pet | pets.model.Cat | pets.model.Dog | pets.model.Error:
            """POST /pets"""
        def get_pet(
            self,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Pet | pets.model.Cat | pets.model.Dog | pets.model.Error:
            """GET /pets/{pet-id}"""
        def set_portrait(
            self,
            body: (
                bytes
                | BinaryIO
                | Upload
                | Path
                | tuple[str, bytes | BinaryIO]
                | tuple[str, bytes | BinaryIO, str]
                | Iterator[bytes]
                | AsyncIterator[bytes]
            ),
            /,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Error | None:
            """PUT /pets/{pet-id}/portrait"""
        def get_portrait(
            self,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> Received | pets.model.Error:
            """GET /pets/{pet-id}/portrait"""
        def measure(
            self,
            body: pets.model.Measure | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Measure | pets.model.Error:
            """POST /measure"""

    class _Call(_Options):
        def list_pets(
            self,
            *,
            kind: Literal["cat", "dog"] | None = ...,
            age: pets.model.ListPetsAge | Mapping[str, Any] | None = ...,
            words: _List[str] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[pets.model.Pet | pets.model.Cat | pets.model.Dog]:
            """GET /pets"""
        def add_pet(
            self,
            body: pets.model.Pet | Mapping[str, Any] | pets.model.Cat | pets.model.Dog,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Pet | pets.model.Cat | pets.model.Dog:
            """POST /pets"""
        def get_pet(
            self,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Pet | pets.model.Cat | pets.model.Dog:
            """GET /pets/{pet-id}"""
        def set_portrait(
            self,
            body: (
                bytes
                | BinaryIO
                | Upload
                | Path
                | tuple[str, bytes | BinaryIO]
                | tuple[str, bytes | BinaryIO, str]
                | Iterator[bytes]
                | AsyncIterator[bytes]
            ),
            /,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """PUT /pets/{pet-id}/portrait"""
        def get_portrait(
            self,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> Received:
            """GET /pets/{pet-id}/portrait"""
        def measure(
            self,
            body: pets.model.Measure | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Measure:
            """POST /measure"""

    class _AsyncCall(_Options):
        async def list_pets(
            self,
            *,
            kind: Literal["cat", "dog"] | None = ...,
            age: pets.model.ListPetsAge | Mapping[str, Any] | None = ...,
            words: _List[str] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[pets.model.Pet | pets.model.Cat | pets.model.Dog]:
            """GET /pets"""
        async def add_pet(
            self,
            body: pets.model.Pet | Mapping[str, Any] | pets.model.Cat | pets.model.Dog,
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Pet | pets.model.Cat | pets.model.Dog:
            """POST /pets"""
        async def get_pet(
            self,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Pet | pets.model.Cat | pets.model.Dog:
            """GET /pets/{pet-id}"""
        async def set_portrait(
            self,
            body: (
                bytes
                | BinaryIO
                | Upload
                | Path
                | tuple[str, bytes | BinaryIO]
                | tuple[str, bytes | BinaryIO, str]
                | Iterator[bytes]
                | AsyncIterator[bytes]
            ),
            /,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """PUT /pets/{pet-id}/portrait"""
        async def get_portrait(
            self,
            *,
            pet_id: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> AsyncReceived:
            """GET /pets/{pet-id}/portrait"""
        async def measure(
            self,
            body: pets.model.Measure | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> pets.model.Measure:
            """POST /measure"""

    client: _Client
    call: _Call
    acall: _AsyncCall

    @staticmethod
    def json_to_model(name: str, j: dict[str, Any], validate: bool = ...) -> Any: ...
    @staticmethod
    def model_to_json(obj: Any) -> Any: ...
    @staticmethod
    def get_version() -> str: ...

class shop:
    """Shop 1.0.0"""
    class model:
        class Error(Model):
            status: int
            error: str
            error_description: str
            error_id: str | None
            def __init__(
                self,
                *,
                status: int = ...,
                error: str = ...,
                error_description: str = ...,
                error_id: str | None = ...,
            ) -> None: ...

        class Customer(Model):
            name: str
            email: str | None
            born: date | None
            def __init__(self, *, name: str = ..., email: str | None = ..., born: date | None = ...) -> None: ...

        class Line(Model):
            article: Any
            quantity: int
            price: float | None
            def __init__(self, *, article: Any = ..., quantity: int = ..., price: float | None = ...) -> None: ...

        class CardPayment(Model):
            kind: Literal["card"]
            last_digits: str
            code: str | None
            def __init__(
                self,
                *,
                kind: Literal["card"] = ...,
                last_digits: str = ...,
                code: str | None = ...,
            ) -> None: ...

        class TransferPayment(Model):
            kind: Literal["transfer"]
            iban: str
            def __init__(self, *, kind: Literal["transfer"] = ..., iban: str = ...) -> None: ...

        class OrderBase(Model):
            customer: shop.model.Customer
            lines: list[shop.model.Line]
            @property
            def status(self) -> Literal["open", "paid", "sent"]: ...
            @status.setter
            def status(self, value: Literal["open", "paid", "sent"] | None) -> None: ...
            @status.deleter
            def status(self) -> None: ...
            payment: shop.model.CardPayment | shop.model.TransferPayment | None
            due: datetime | None
            notes: dict[str, str] | None
            place: list[Any] | None
            parent: shop.model.OrderRef | None
            def __init__(
                self,
                *,
                customer: shop.model.Customer = ...,
                lines: list[shop.model.Line] = ...,
                status: Literal["open", "paid", "sent"] | None = ...,
                payment: shop.model.CardPayment | shop.model.TransferPayment | None = ...,
                due: datetime | None = ...,
                notes: dict[str, str] | None = ...,
                place: list[Any] | None = ...,
                parent: shop.model.OrderRef | None = ...,
            ) -> None: ...

        class OrderRef(Model):
            """A chain of orders"""
            number: int
            previous: shop.model.OrderRef | None
            def __init__(self, *, number: int = ..., previous: shop.model.OrderRef | None = ...) -> None: ...

        class NewOrder(Model):
            customer: shop.model.Customer
            lines: list[shop.model.Line]
            @property
            def status(self) -> Literal["open", "paid", "sent"]: ...
            @status.setter
            def status(self, value: Literal["open", "paid", "sent"] | None) -> None: ...
            @status.deleter
            def status(self) -> None: ...
            payment: shop.model.CardPayment | shop.model.TransferPayment | None
            due: datetime | None
            notes: dict[str, str] | None
            place: list[Any] | None
            parent: shop.model.OrderRef | None
            coupon: str | None
            def __init__(
                self,
                *,
                customer: shop.model.Customer = ...,
                lines: list[shop.model.Line] = ...,
                status: Literal["open", "paid", "sent"] | None = ...,
                payment: shop.model.CardPayment | shop.model.TransferPayment | None = ...,
                due: datetime | None = ...,
                notes: dict[str, str] | None = ...,
                place: list[Any] | None = ...,
                parent: shop.model.OrderRef | None = ...,
                coupon: str | None = ...,
            ) -> None: ...

        class Order(Model):
            customer: shop.model.Customer
            lines: list[shop.model.Line]
            status: Literal["open", "paid", "sent"]
            payment: shop.model.CardPayment | shop.model.TransferPayment | None
            due: datetime | None
            notes: dict[str, str] | None
            place: list[Any] | None
            parent: shop.model.OrderRef | None
            id: UUID | None
            created: datetime | None
            def __init__(
                self,
                *,
                customer: shop.model.Customer = ...,
                lines: list[shop.model.Line] = ...,
                status: Literal["open", "paid", "sent"] = ...,
                payment: shop.model.CardPayment | shop.model.TransferPayment | None = ...,
                due: datetime | None = ...,
                notes: dict[str, str] | None = ...,
                place: list[Any] | None = ...,
                parent: shop.model.OrderRef | None = ...,
                id: UUID | None = ...,
                created: datetime | None = ...,
            ) -> None: ...

        class OrderChange(Model):
            status: Literal["open", "paid", "sent"] | None
            due: datetime | None
            def __init__(
                self,
                *,
                status: Literal["open", "paid", "sent"] | None = ...,
                due: datetime | None = ...,
            ) -> None: ...

        class About(Model):
            title: str
            taken: datetime | None
            def __init__(self, *, title: str = ..., taken: datetime | None = ...) -> None: ...

        class ListOrdersBetween(Model):
            to: date | None
            from_: date | None
            def __init__(self, *, to: date | None = ..., from_: date | None = ...) -> None: ...

        class ListOrdersWhere(Model):
            total: float
            def __init__(self, *, total: float = ...) -> None: ...

        class GetMeResponse200(Model):
            """Me"""
            user: str
            def __init__(self, *, user: str = ...) -> None: ...

        class GetStylesResponse200(Model):
            """Styles"""
            simple: list[int]
            label: int
            matrix: list[int]
            pipes: list[int] | None
            range: dict[str, int] | None
            link: str | None
            brief: str | bool | None
            flags: list[bool] | None
            session: str | None
            def __init__(
                self,
                *,
                simple: list[int] = ...,
                label: int = ...,
                matrix: list[int] = ...,
                pipes: list[int] | None = ...,
                range: dict[str, int] | None = ...,
                link: str | None = ...,
                brief: str | bool | None = ...,
                flags: list[bool] | None = ...,
                session: str | None = ...,
            ) -> None: ...

        class GetStylesRange(Model):
            low: int | None
            high: int | None
            def __init__(self, *, low: int | None = ..., high: int | None = ...) -> None: ...

        class UploadPhotoBody(Model):
            """PhotoForm"""
            photo: Upload
            about: shop.model.About
            tags: list[str] | None
            def __init__(
                self,
                *,
                photo: Upload = ...,
                about: shop.model.About = ...,
                tags: list[str] | None = ...,
            ) -> None: ...

        class UploadPhotoResponse200(Model):
            """Photo"""
            bytes: int
            title: str
            tags: list[str] | None
            def __init__(self, *, bytes: int = ..., title: str = ..., tags: list[str] | None = ...) -> None: ...

        class LoginBody(Model):
            """LoginForm"""
            name: str
            password: str
            @property
            def remember(self) -> bool: ...
            @remember.setter
            def remember(self, value: bool | None) -> None: ...
            @remember.deleter
            def remember(self) -> None: ...
            def __init__(self, *, name: str = ..., password: str = ..., remember: bool | None = ...) -> None: ...

        class OrderPaidBody(Model):
            """OrderPaid"""
            order_id: UUID
            paid: datetime | None
            def __init__(self, *, order_id: UUID = ..., paid: datetime | None = ...) -> None: ...

        Status: TypeAlias = Literal["open", "paid", "sent"]

        Payment: TypeAlias = shop.model.CardPayment | shop.model.TransferPayment

    class handler:
        class list_orders(Protocol):
            """GET /orders: The orders that fit, the oldest first"""
            def __call__(
                self,
                *,
                x_trace: int = ...,
                limit: int,
                status: Literal["open", "paid", "sent"] = ...,
                tag: list[str] = ...,
                fields: list[Literal["id", "status", "customer", "lines", "total"]] = ...,
                between: shop.model.ListOrdersBetween = ...,
                where: shop.model.ListOrdersWhere = ...,
            ) -> _Returned[
                (
                    _List[shop.model.Order]
                    | Iterator[shop.model.Order | Mapping[str, Any]]
                    | AsyncIterator[shop.model.Order | Mapping[str, Any]]
                    | shop.model.Error
                    | _List[Mapping[str, Any]]
                    | Mapping[str, Any]
                ),
            ]: ...

        class create_order(Protocol):
            """POST /orders"""
            def __call__(
                self,
                body: shop.model.NewOrder,
                /,
                *,
                x_trace: int = ...,
            ) -> _Returned[shop.model.Order | shop.model.Error | Mapping[str, Any]]: ...

        class get_order(Protocol):
            """GET /orders/{order_id}"""
            def __call__(
                self,
                *,
                order_id: UUID,
            ) -> _Returned[shop.model.Order | shop.model.Error | Mapping[str, Any]]: ...

        class change_order(Protocol):
            """PATCH /orders/{order_id}"""
            def __call__(
                self,
                body: shop.model.OrderChange,
                /,
                *,
                order_id: UUID,
            ) -> _Returned[shop.model.Order | shop.model.Error | Mapping[str, Any]]: ...

        class delete_order(Protocol):
            """DELETE /orders/{order_id}"""
            def __call__(self, *, order_id: UUID) -> _Returned[shop.model.Error | Mapping[str, Any] | None]: ...

        class get_lines(Protocol):
            """GET /orders/{order_id}/lines/{first}-{last}"""
            def __call__(
                self,
                *,
                order_id: UUID,
                first: int,
                last: int,
            ) -> _Returned[
                _List[shop.model.Line] | shop.model.Error | _List[Mapping[str, Any]] | Mapping[str, Any],
            ]: ...

        class get_me(Protocol):
            """GET /me"""
            def __call__(self) -> _Returned[shop.model.GetMeResponse200 | shop.model.Error | Mapping[str, Any]]: ...

        class get_styles(Protocol):
            """GET /styles/{simple}/{label}/{matrix}"""
            def __call__(
                self,
                *,
                simple: list[int],
                label: int,
                matrix: list[int],
                pipes: list[int] = ...,
                range: shop.model.GetStylesRange = ...,
                link: str = ...,
                brief: bool | Literal[""] = ...,
                x_flags: list[bool] = ...,
                session_id: str = ...,
            ) -> _Returned[shop.model.GetStylesResponse200 | shop.model.Error | Mapping[str, Any]]: ...

        class upload_photo(Protocol):
            """POST /photos"""
            def __call__(
                self,
                body: shop.model.UploadPhotoBody,
                /,
            ) -> _Returned[shop.model.UploadPhotoResponse200 | shop.model.Error | Mapping[str, Any]]: ...

        class login(Protocol):
            """POST /login"""
            def __call__(
                self,
                body: shop.model.LoginBody,
                /,
            ) -> _Returned[str | bytes | shop.model.Error | Mapping[str, Any]]: ...

        class echo(Protocol):
            """POST /echo"""
            def __call__(self, body: bytes | str, /) -> Any: ...

        class order_paid(Protocol):
            """POST orderPaid"""
            def __call__(self, body: shop.model.OrderPaidBody, /) -> _Returned[None]: ...

    class plain_handler:
        class create_order(Protocol):
            """POST /orders"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
                *,
                x_trace: int = ...,
            ) -> _Returned[shop.model.Order | shop.model.Error | Mapping[str, Any]]: ...

        class change_order(Protocol):
            """PATCH /orders/{order_id}"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
                *,
                order_id: UUID,
            ) -> _Returned[shop.model.Order | shop.model.Error | Mapping[str, Any]]: ...

        class upload_photo(Protocol):
            """POST /photos"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[shop.model.UploadPhotoResponse200 | shop.model.Error | Mapping[str, Any]]: ...

        class login(Protocol):
            """POST /login"""
            def __call__(
                self,
                body: dict[str, Any],
                /,
            ) -> _Returned[str | bytes | shop.model.Error | Mapping[str, Any]]: ...

        class order_paid(Protocol):
            """POST orderPaid"""
            def __call__(self, body: dict[str, Any], /) -> _Returned[None]: ...

    class _Client(_Options):
        def list_orders(
            self,
            *,
            x_trace: int | None = ...,
            limit: int | None = ...,
            status: Literal["open", "paid", "sent"] | None = ...,
            tag: _List[str] | None = ...,
            fields: _List[Literal["id", "status", "customer", "lines", "total"]] | None = ...,
            between: shop.model.ListOrdersBetween | Mapping[str, Any] | None = ...,
            where: shop.model.ListOrdersWhere | Mapping[str, Any] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[shop.model.Order] | _Stream[shop.model.Order] | shop.model.Error:
            """GET /orders: The orders that fit, the oldest first"""
        def create_order(
            self,
            body: shop.model.NewOrder | Mapping[str, Any],
            /,
            *,
            x_trace: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order | shop.model.Error:
            """POST /orders"""
        def get_order(
            self,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order | shop.model.Error:
            """GET /orders/{order_id}"""
        def change_order(
            self,
            body: shop.model.OrderChange | Mapping[str, Any],
            /,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order | shop.model.Error:
            """PATCH /orders/{order_id}"""
        def delete_order(
            self,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Error | None:
            """DELETE /orders/{order_id}"""
        def get_lines(
            self,
            *,
            order_id: UUID,
            first: int,
            last: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[shop.model.Line] | shop.model.Error:
            """GET /orders/{order_id}/lines/{first}-{last}"""
        def get_me(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.GetMeResponse200 | shop.model.Error:
            """GET /me"""
        def get_styles(
            self,
            *,
            simple: _List[int],
            label: int,
            matrix: _List[int],
            pipes: _List[int] | None = ...,
            range: shop.model.GetStylesRange | Mapping[str, Any] | None = ...,
            link: str | None = ...,
            brief: bool | Literal[""] | None = ...,
            x_flags: _List[bool] | None = ...,
            session_id: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.GetStylesResponse200 | shop.model.Error:
            """GET /styles/{simple}/{label}/{matrix}"""
        def upload_photo(
            self,
            body: shop.model.UploadPhotoBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.UploadPhotoResponse200 | shop.model.Error:
            """POST /photos"""
        def login(
            self,
            body: shop.model.LoginBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> str | shop.model.Error:
            """POST /login"""
        def echo(
            self,
            body: (
                bytes
                | BinaryIO
                | Upload
                | Path
                | tuple[str, bytes | BinaryIO]
                | tuple[str, bytes | BinaryIO, str]
                | Iterator[bytes]
                | AsyncIterator[bytes]
                | str
            ),
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> Received | shop.model.Error:
            """POST /echo"""

    class _Call(_Options):
        def list_orders(
            self,
            *,
            x_trace: int | None = ...,
            limit: int | None = ...,
            status: Literal["open", "paid", "sent"] | None = ...,
            tag: _List[str] | None = ...,
            fields: _List[Literal["id", "status", "customer", "lines", "total"]] | None = ...,
            between: shop.model.ListOrdersBetween | Mapping[str, Any] | None = ...,
            where: shop.model.ListOrdersWhere | Mapping[str, Any] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[shop.model.Order] | _Stream[shop.model.Order]:
            """GET /orders: The orders that fit, the oldest first"""
        def create_order(
            self,
            body: shop.model.NewOrder | Mapping[str, Any],
            /,
            *,
            x_trace: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order:
            """POST /orders"""
        def get_order(
            self,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order:
            """GET /orders/{order_id}"""
        def change_order(
            self,
            body: shop.model.OrderChange | Mapping[str, Any],
            /,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order:
            """PATCH /orders/{order_id}"""
        def delete_order(
            self,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """DELETE /orders/{order_id}"""
        def get_lines(
            self,
            *,
            order_id: UUID,
            first: int,
            last: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[shop.model.Line]:
            """GET /orders/{order_id}/lines/{first}-{last}"""
        def get_me(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.GetMeResponse200:
            """GET /me"""
        def get_styles(
            self,
            *,
            simple: _List[int],
            label: int,
            matrix: _List[int],
            pipes: _List[int] | None = ...,
            range: shop.model.GetStylesRange | Mapping[str, Any] | None = ...,
            link: str | None = ...,
            brief: bool | Literal[""] | None = ...,
            x_flags: _List[bool] | None = ...,
            session_id: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.GetStylesResponse200:
            """GET /styles/{simple}/{label}/{matrix}"""
        def upload_photo(
            self,
            body: shop.model.UploadPhotoBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.UploadPhotoResponse200:
            """POST /photos"""
        def login(
            self,
            body: shop.model.LoginBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> str:
            """POST /login"""
        def echo(
            self,
            body: (
                bytes
                | BinaryIO
                | Upload
                | Path
                | tuple[str, bytes | BinaryIO]
                | tuple[str, bytes | BinaryIO, str]
                | Iterator[bytes]
                | AsyncIterator[bytes]
                | str
            ),
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> Received:
            """POST /echo"""

    class _AsyncCall(_Options):
        async def list_orders(
            self,
            *,
            x_trace: int | None = ...,
            limit: int | None = ...,
            status: Literal["open", "paid", "sent"] | None = ...,
            tag: _List[str] | None = ...,
            fields: _List[Literal["id", "status", "customer", "lines", "total"]] | None = ...,
            between: shop.model.ListOrdersBetween | Mapping[str, Any] | None = ...,
            where: shop.model.ListOrdersWhere | Mapping[str, Any] | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[shop.model.Order] | _AsyncStream[shop.model.Order]:
            """GET /orders: The orders that fit, the oldest first"""
        async def create_order(
            self,
            body: shop.model.NewOrder | Mapping[str, Any],
            /,
            *,
            x_trace: int | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order:
            """POST /orders"""
        async def get_order(
            self,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order:
            """GET /orders/{order_id}"""
        async def change_order(
            self,
            body: shop.model.OrderChange | Mapping[str, Any],
            /,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.Order:
            """PATCH /orders/{order_id}"""
        async def delete_order(
            self,
            *,
            order_id: UUID,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> None:
            """DELETE /orders/{order_id}"""
        async def get_lines(
            self,
            *,
            order_id: UUID,
            first: int,
            last: int,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> list[shop.model.Line]:
            """GET /orders/{order_id}/lines/{first}-{last}"""
        async def get_me(
            self,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.GetMeResponse200:
            """GET /me"""
        async def get_styles(
            self,
            *,
            simple: _List[int],
            label: int,
            matrix: _List[int],
            pipes: _List[int] | None = ...,
            range: shop.model.GetStylesRange | Mapping[str, Any] | None = ...,
            link: str | None = ...,
            brief: bool | Literal[""] | None = ...,
            x_flags: _List[bool] | None = ...,
            session_id: str | None = ...,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.GetStylesResponse200:
            """GET /styles/{simple}/{label}/{matrix}"""
        async def upload_photo(
            self,
            body: shop.model.UploadPhotoBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> shop.model.UploadPhotoResponse200:
            """POST /photos"""
        async def login(
            self,
            body: shop.model.LoginBody | Mapping[str, Any],
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> str:
            """POST /login"""
        async def echo(
            self,
            body: (
                bytes
                | BinaryIO
                | Upload
                | Path
                | tuple[str, bytes | BinaryIO]
                | tuple[str, bytes | BinaryIO, str]
                | Iterator[bytes]
                | AsyncIterator[bytes]
                | str
            ),
            /,
            *,
            max_attempts: int | None = ...,
            read_timeout: float | None = ...,
            connect_timeout: float | None = ...,
            request_headers: Mapping[str, str | None] | None = ...,
        ) -> AsyncReceived:
            """POST /echo"""

    client: _Client
    call: _Call
    acall: _AsyncCall

    @staticmethod
    def json_to_model(name: str, j: dict[str, Any], validate: bool = ...) -> Any: ...
    @staticmethod
    def model_to_json(obj: Any) -> Any: ...
    @staticmethod
    def get_version() -> str: ...
