"""A FastAPI app as its docs have it, described by itself: parameters, bodies, forms, files, streams, errors, OAuth2."""

from __future__ import annotations

import datetime
import json
import sys
import uuid
from collections.abc import AsyncIterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Path, Query, UploadFile
from fastapi.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
)
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AfterValidator, BaseModel, Field

app = FastAPI(title="Fast", version="1")


class Color(StrEnum):
    red = "red"
    green = "green"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: list[str] = []


class Pet(BaseModel):
    name: str = Field(min_length=1, max_length=20)
    id: uuid.UUID | None = None
    born: datetime.date | None = None
    seen: datetime.datetime | None = None
    price: Decimal | None = None
    color: Color = Color.red
    notes: dict[str, int] = {}
    animal: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None


class Message(BaseModel):
    message: str


class Filters(BaseModel):
    limit: int = Field(10, gt=0, le=100)
    tags: list[str] = []


@app.get("/params/{number}/{word}", operation_id="params")
def params(
    number: Annotated[int, Path(ge=1)],
    word: str,
    color: Color,
    tags: Annotated[list[str], Query()],
    when: datetime.datetime | None = None,
    ratio: float | None = None,
    is_it: bool = False,
    alias: Annotated[str | None, Query(alias="the-alias")] = None,
    x_trace: Annotated[str | None, Header()] = None,
    x_many: Annotated[list[str] | None, Header()] = None,
    session: Annotated[str | None, Cookie()] = None,
) -> dict[str, Any]:
    return {name: value for name, value in locals().items() if value is not None}


@app.get("/files/{name:path}/end", operation_id="by_path")
def by_path(name: str) -> str:
    return name


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("is odd")
    return number


@app.post("/even", operation_id="even")
def even(numbers: list[Annotated[int, AfterValidator(_even)]]) -> int:
    return len(numbers)


@app.get("/filtered", operation_id="filtered")
def filtered(filters: Annotated[Filters, Query()]) -> Filters:
    return filters


@app.post("/pets", operation_id="add_pet", status_code=201)
def add_pet(pet: Pet) -> Pet:
    return pet


@app.get("/pets/{name}", operation_id="get_pet", responses={404: {"model": Message}, 409: {"description": "Busy"}})
def get_pet(name: str) -> Pet:
    if name == "none":
        raise HTTPException(404, "There is no such pet", headers={"X-Why": "gone"})
    if name == "crash":
        raise RuntimeError("crashed")
    if name == "wrong":
        return Response('{"name": 5}', media_type="application/json")  # type: ignore[return-value]
    return Pet(name=name)


@app.delete("/pets/{name}", operation_id="drop_pet", status_code=204)
def drop_pet(name: str) -> None:
    return None


@app.post("/two", operation_id="two")
def two(pet: Pet, other: Cat) -> dict[str, Any]:
    return {"pet": pet.name, "lives": other.lives}


@app.post("/form", operation_id="form")
def form(
    name: Annotated[str, Form()], count: Annotated[int, Form()], tags: Annotated[list[str] | None, Form()] = None
) -> dict[str, Any]:
    return {"name": name, "count": count, "tags": tags}


@app.post("/upload", operation_id="upload")
async def upload(
    photo: UploadFile, more: list[UploadFile], raw: Annotated[bytes, File()], title: Annotated[str, Form()] = ""
) -> dict[str, Any]:
    return {
        "photo": [photo.filename, photo.content_type, len(await photo.read())],
        "more": [[one.filename, (await one.read()).decode()] for one in more],
        "raw": len(raw),
        "title": title,
    }


FILE = {200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}}


@app.get("/photo", operation_id="photo", response_class=FileResponse, responses=FILE)
def photo() -> Any:
    headers = {"Content-Disposition": "attachment; filename=\"a b.png\"; filename*=UTF-8''%C3%A9.png"}
    return Response(b"\x89PNG" * 50_000, media_type="image/png", headers=headers)


@app.get("/text", operation_id="text", response_class=PlainTextResponse)
def text() -> str:
    return "Once \u00fcpon"


class Line(BaseModel):
    number: int
    when: datetime.date


@app.get("/lines", operation_id="lines")
async def lines(count: int = 3, wrong: int = -1) -> AsyncIterable[Line]:
    for number in range(count):
        yield Line(number=number, when=datetime.date(2026, 1, 2)) if number != wrong else {"number": "x"}  # type: ignore


@app.get("/events", operation_id="events", response_class=EventSourceResponse)
async def events() -> AsyncIterable[Line]:
    for number in range(3):
        yield Line(number=number, when=datetime.date(2026, 1, 2))


@app.get("/said", operation_id="said", response_class=EventSourceResponse)
async def said() -> AsyncIterable[ServerSentEvent]:
    yield ServerSentEvent(raw_data="a\nb", event="tick", id="7", retry=5)
    yield ServerSentEvent(data={"of": "JSON"}, comment="nothing")


_NDJSON = {200: {"content": {"application/x-ndjson": {"itemSchema": {"type": "object", "required": ["number"]}}}}}


@app.get("/ndjson", operation_id="ndjson", response_class=StreamingResponse, responses=_NDJSON)
async def ndjson() -> StreamingResponse:
    async def pieces() -> AsyncIterable[bytes]:
        for number in range(1000):
            yield json.dumps({"number": number}).encode() + b"\n"

    return StreamingResponse(pieces(), media_type="application/x-ndjson")


token = OAuth2PasswordBearer(tokenUrl="token", scopes={"read": "Read"})


@app.post("/token", operation_id="token")
def give_token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    if form.password != "secret":
        raise HTTPException(400, "Incorrect username or password")
    return {"access_token": f"token-of-{form.username}", "token_type": "bearer"}


@app.get("/me", operation_id="me")
def me(given: Annotated[str, Depends(token)]) -> str:
    if not given.startswith("token-of-"):
        raise HTTPException(401, "Not yours", headers={"WWW-Authenticate": "Bearer"})
    return given.removeprefix("token-of-")


@app.get("/basic", operation_id="basic")
def basic(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> list[str]:
    return [given.username, given.password]


@app.get("/bearer", operation_id="bearer")
def bearer(given: Annotated[Any, Depends(HTTPBearer())]) -> str:
    return str(given.credentials)


# One each: of several, FastAPI demands all, and describes them as alternatives
@app.get("/by-header", operation_id="by_header")
def by_header(key: Annotated[str, Depends(APIKeyHeader(name="X-Key"))]) -> str:
    return key


@app.get("/by-query", operation_id="by_query")
def by_query(key: Annotated[str, Depends(APIKeyQuery(name="key"))]) -> str:
    return key


@app.get("/by-cookie", operation_id="by_cookie")
def by_cookie(key: Annotated[str, Depends(APIKeyCookie(name="kept"))]) -> str:
    return key


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
