"""
`load_clients`: descriptions -> clients in ApiPool, in a script that has no Flask app; and what api/ makes clients by.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pymacaron import config
from pymacaron.client.clients import Clients
from pymacaron.client.events import Log
from pymacaron.client.options import Options, changed, of_config
from pymacaron.finding import Finding, FindingsError, did_you_mean
from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load
from pymacaron.store.tables import table

__all__ = ["clients_of", "load_clients"]

_ENDINGS = (".yaml", ".yml", ".json")
#: What is said of a file that is no description, and need not be one
_OTHER = frozenset(("missing-version", "not-a-description"))


def clients_of(timeout: float | None = None, plugs: Options | None = None) -> Callable[[LoadedApi], Clients]:
    """
    What makes the clients of an api by the config's `clients`. *timeout*: seconds, where the config says nothing else;
    *plugs*: what else they start with.
    """

    begun = plugs or Options()

    def clients(loaded: LoadedApi) -> Clients:
        settings = config.get_config()
        if settings.client_log and not any(isinstance(one, Log) for one in begun.observers):
            begun.observers.append(Log())
        options = changed(
            begun, validation=settings.response_validation, sample=settings.response_sample, timeout=timeout
        )
        given = (settings.clients or {}).get(loaded.name) or {}
        options = of_config(options, given)
        if given.get("auth"):
            from pymacaron.client import credentials

            credentials.demanded(loaded.api)
            options = credentials.told(loaded.api, given["auth"], options)
        return Clients(loaded, options)

    return clients


def load_clients(
    path: str | os.PathLike[str] | None = None,
    apis: Iterable[str] | None = None,
    *,
    clients: Callable[[LoadedApi], Clients] | None = None,
    formats: Mapping[str, Any] | None = None,
) -> None:
    """
    Make ApiPool know the apis named in *apis*, or all, whose descriptions are in the folder *path*: by default `apis`
    beside pym-config.yaml. What is loaded already stays as it is. *clients*: see clients_of(); *formats*: as of API.

    Raises FindingsError for one that is not there, or cannot be read. Faults of a description that a client can do
    without are left to `pymacaron check`.
    """
    folder = Path(path) if path is not None else Path(config.folder(), "apis")
    if path is not None and not folder.exists():
        fact = f"there is no folder or file {folder}"
        raise FindingsError([Finding("load_clients()", 0, 0, "unknown-api", fact, "Descriptions are looked for there")])
    files = _files(folder)
    wanted = list(files) if apis is None else [apis] if isinstance(apis, str) else list(apis)
    loaded = {one.name for one in ApiPool._apis.values()}
    missing = [name for name in wanted if name not in files and name not in loaded]
    if missing:
        raise FindingsError([_missing(name, folder, files) for name in missing])
    for name in wanted:
        if name in loaded:
            continue
        try:
            api = load(files[name], max_bytes=config.get_config().max_document_bytes)
        except FindingsError as error:
            if apis is None and folder.is_dir() and all(finding.code in _OTHER for finding in error.findings):
                continue
            raise
        loaded_api = LoadedApi(api, Schemas(api, formats), clients or clients_of())
        loaded_api.schemas.classes.keeper = table
        ApiPool._add(loaded_api)


def _files(folder: Path) -> dict[str, Path]:
    """dict: name of an api -> its file. A folder that is not there has none."""
    if not folder.is_dir():
        return {folder.stem: folder} if folder.is_file() else {}
    found = (file for file in sorted(folder.rglob("*")) if file.suffix in _ENDINGS and not file.name.startswith("."))
    return {file.stem: file for file in found if not file.stem.startswith("pym-config") and file.is_file()}


def _missing(name: str, folder: Path, files: Iterable[str]) -> Finding:
    there = ", ".join(sorted(files)) or "none"
    fact = f"there is no description of the api {name!r} in {folder} (there: {there})"
    return Finding("load_clients()", 0, 0, "unknown-api", fact, did_you_mean(name, files))
