"""As near to asked.yaml as FastAPI comes, written as its docs have it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["app"]


class Item(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str = Field(min_length=1)
    count: int | None = Field(default=None, ge=1)
    born: datetime | None = None


class Spread(BaseModel):
    red: int | None = None
    blue: int | None = None


class Number(BaseModel):
    number: int


def app() -> Any:
    made = FastAPI()

    @made.get("/items")
    def list_items(spread: Annotated[Spread, Query()], x_count: Annotated[int | None, Header()] = None) -> Any:
        return {"header": x_count, "deep": None, "spread": spread.blue}

    @made.post("/items")
    def add_item(item: Item) -> Any:
        return {"kept": item.model_dump(mode="json", exclude_unset=True), "born": type(item.born).__name__}

    @made.get("/misfit", response_model=Number)
    def misfit() -> Any:
        return {"number": "seven"}

    @made.get("/undeclared")
    def undeclared() -> Any:
        return JSONResponse({}, 418)

    @made.get("/crash")
    def crash() -> Any:
        raise RuntimeError("the password is swordfish")

    return made
