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
from pymacaron.finding import Finding, FindingsError
from pymacaron.scaffold import authenticators
from pymacaron.scaffold.growth import grown
from pymacaron.scaffold.names import BUILT_IN
from pymacaron.scaffold.project import stub_files
from pymacaron.source import Document
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, SecurityScheme

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
    places = _Places(source, package)
    api = places.api
    errors = [finding for finding in api.findings if finding.severity == "error"]
    if errors:
        raise FindingsError(errors)
    growth = grown([api], folder, {api.name: f"{package}.api"}, f"{package}.apis")
    files = {
        places.place(uri): growth.documents.get(uri, document.lines.text)
        for uri, document in api.references.documents.items()
    }
    files |= {os.path.relpath(path, folder).replace(os.sep, "/"): text for path, text in growth.texts.items()}
    files.setdefault(f"{package}/__init__.py", "")
    apis = places.apis()
    name = PurePosixPath(places.description).name if len(apis) == 1 else f"{len(apis)} descriptions"
    files |= stub_files(package, apis, name)
    guards = {name: scheme for name, scheme in _asked(api).items() if scheme is None or not schemes.is_ours(scheme)}
    if guards:
        files[f"{package}/authenticators.py"] = authenticators.module_text(guards, places.description)
    return Adopted(files, places.description, api.title, len(api.operations), len(growth.added), bool(guards))


def _asked(api: Api) -> dict[str, SecurityScheme | None]:
    """The security schemes that operations ask for by name, in the order of the description; None: not declared."""
    names = (name for one in api.operations for requirement in one.security for name in requirement)
    return {name: api.security_schemes.get(name) for name in names}


def _unusable(own: str, documents: Mapping[str, Document]) -> str:
    """Why the description *own* of several *documents* cannot be served under the name of its file; empty: it can."""
    name = Path(own).stem
    if Path(own).suffix not in _ENDINGS:
        return f"its name ends in none of {', '.join(_ENDINGS)}"
    if name in BUILT_IN:
        return f"{name!r} is the name of an api that every service has"
    for uri, document in documents.items():
        says = document.value if isinstance(document.value, dict) else {}
        if uri != own and Path(uri).stem == name and ("openapi" in says or "swagger" in says):
            return f"{os.path.relpath(uri, os.path.dirname(own))}, which it refers to, would be an api of the same name"
    return ""


class _Places:
    """Where the documents of the description *source* are to lie: as they lie to one another, below apis/."""

    def __init__(self, source: Path, package: str):
        self.api = load(source, name=package)
        documents = self.api.references.documents
        own = self.api.root.document.uri
        if len(documents) == 1:
            ending = Path(own).suffix
            self.description = f"apis/{package}{ending if ending in _ENDINGS else '.yaml'}"
            self._top = ""
            return
        # By the names that they have, since they name one another
        fact = _unusable(own, documents)
        if fact:
            name, mend = self.api.root.document.name, "Rename the file, and what refers to it"
            raise FindingsError([Finding(name, 0, 0, "reserved-name", fact, mend)])
        self._top = os.path.commonpath([os.path.dirname(uri) for uri in documents])
        self.description = self.place(own)
        self.api = load(source)

    def place(self, uri: str) -> str:
        """The path of the document *uri* in the service's folder."""
        return f"apis/{os.path.relpath(uri, self._top).replace(os.sep, '/')}" if self._top else self.description

    def apis(self) -> list[Api]:
        """`api`, and those of other documents that are descriptions by themselves, in the order of their places."""
        own = self.api.root.document.uri
        found = {
            uri: self.api if uri == own else load(uri)
            for uri, document in self.api.references.documents.items()
            if isinstance(document.value, dict) and not document.value.keys().isdisjoint(("openapi", "swagger"))
        }
        return [found[uri] for uri in sorted(found, key=lambda uri: PurePosixPath(self.place(uri)))]
