"""
Somebody's description -> the files of a service that answers it: the description, handlers, what types them.

Pure but for reading: project.py has what every service has besides, and writes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pymacaron.auth import schemes
from pymacaron.finding import FindingsError
from pymacaron.scaffold import authenticators
from pymacaron.scaffold.growth import grown
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, SecurityScheme
from pymacaron.stubs.module import module_text, stub_text

__all__ = ["Adopted", "adopt"]

_ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Adopted:
    """
    `files`: dict of path in the service's folder -> text. `description`: which of them is the description. `title`:
    what the description calls itself. `operations`, `handlers`: how many there are. `is_guarded`: whether server.py is
    to import authenticators.
    """

    files: Mapping[str, str]
    description: str
    title: str
    operations: int
    handlers: int
    is_guarded: bool


def adopt(source: Path, folder: Path, package: str) -> Adopted:
    """
    The service of the description in the file *source*, in the *folder* and the Python *package* that are to be made.

    Operations get `x-bind-server` in the copy of the description, but for those that name a function of *package*.
    Raises FindingsError for a description with errors.
    """
    places = _Places(load(source), package)
    api = places.api
    errors = [finding for finding in api.findings if finding.severity == "error"]
    if errors:
        raise FindingsError(errors)
    growth = grown([api], folder, f"{package}.api", f"{package}.apis")
    files = {
        places.place(uri): growth.documents.get(uri, document.lines.text)
        for uri, document in api.references.documents.items()
    }
    files |= {os.path.relpath(path, folder).replace(os.sep, "/"): text for path, text in growth.texts.items()}
    files.setdefault(f"{package}/__init__.py", "")
    name = PurePosixPath(places.description).name
    files[f"{package}/apis.py"] = module_text([api], name)
    files[f"{package}/apis.pyi"] = stub_text([api], name)
    guards = {name: scheme for name, scheme in _asked(api).items() if scheme is None or not schemes.is_ours(scheme)}
    if guards:
        files[f"{package}/authenticators.py"] = authenticators.module_text(guards, places.description)
    return Adopted(files, places.description, api.title, len(api.operations), len(growth.added), bool(guards))


def _asked(api: Api) -> dict[str, SecurityScheme | None]:
    """The security schemes that operations ask for by name, in the order of the description; None: not declared."""
    names = (name for one in api.operations for requirement in one.security for name in requirement)
    return {name: api.security_schemes.get(name) for name in names}


class _Places:
    """Where the documents of *api* are to lie: as they lie to one another, below apis/."""

    def __init__(self, api: Api, package: str):
        documents = api.references.documents
        own = api.root.document.uri
        if len(documents) == 1:
            ending = Path(own).suffix
            self.description = f"apis/{package}{ending if ending in _ENDINGS else '.yaml'}"
            self._top = ""
            self.api = load(own, name=package)
            return
        # By the names that they have, since they name one another
        self._top = os.path.commonpath([os.path.dirname(uri) for uri in documents])
        self.description = self.place(own)
        self.api = api

    def place(self, uri: str) -> str:
        return f"apis/{os.path.relpath(uri, self._top).replace(os.sep, '/')}" if self._top else self.description
