"""
The description as the service publishes it: the user's own document, with its real place, without names of code.

`$ref`s stay, since client generators take the names from them. What stands in other files is bundled into the
document, so that what is served is whole. A document that needs neither is only copied at its top. The server makes
JSON or YAML of the result. Neighbours: references.py finds what a `$ref` means, objects.py says what stands where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.objects import METHODS, OBJECTS
from pymacaron.spec.references import DanglingReference

__all__ = ["published"]

#: Extensions that name code of this service: these, and all that begin with one of the prefixes
_CODE = frozenset(
    (
        *("x-no-bind-server", "x-persist", "x-parent", "x-openapi-router-controller", "x-swagger-router-controller"),
        *("x-basicInfoFunc", "x-apikeyInfoFunc", "x-bearerInfoFunc", "x-tokenInfoFunc", "x-scopeValidateFunc"),
    )
)
_CODE_PREFIXES = ("x-bind-", "x-decorate-")

_CODE_TEXT = re.compile(
    rb"x-(?:bind-|decorate-|no-bind-server|persist|parent|(?:openapi|swagger)-router-controller|[A-Za-z]+(?:Info|Validate)Func)"
)
#: A key may be written with escapes: "\u0024ref"
_ESCAPED_TEXT = re.compile(rb"\\(?:u00|x|U000000)(?:2[4dD]|[67])")
_LOCAL_REF_TEXT = re.compile(rb"""\$ref["']?\s*:\s*["']?#""")
_MAPPING_TEXT = re.compile(rb"""mapping["']?\s*:""")

#: dict: object -> the member of `components` that holds what is bundled; what is not here is put where the `$ref` stood
_SECTIONS = {
    "Schema": "schemas",
    "Response": "responses",
    "Parameter": "parameters",
    "Example": "examples",
    "RequestBody": "requestBodies",
    "Header": "headers",
    "SecurityScheme": "securitySchemes",
    "Link": "links",
    "Callback": "callbacks",
}
_SECTIONS_20 = {"Schema": "definitions", "Response": "responses", "Parameter": "parameters"}

#: Anything that no object of the format is: an extension, a field that nobody knows
_FREE = "free"
_DATA = "data"

_Path = tuple[str, ...]


class _Job(NamedTuple):
    """Put a copy of `node`, which is a `kind`, into `parent` at `key`; `at` is where that is in what is published."""

    parent: Any
    key: Any
    node: Node
    kind: str
    at: _Path
    #: What is being put in place around here: (what it is, where it was put), against references that go in circles
    around: tuple[tuple[object, _Path], ...] = ()


def published(api: Api, base_path: str, *, server_url: str | None = None) -> dict[str, Any]:
    """
    The document of *api* as a plain dict, which shares values with the Api's own: read it, do not change it.

    *base_path* is where the service mounts the api: '' or '/v1'. The document says so relative to its own host, or to
    *server_url* (`https://api.example.com`) where that is given; servers that the description names are left out, those
    of single paths and operations too, except of operations that say `x-no-bind-server: true`: they are elsewhere.
    Extensions that name code (`x-bind-*`, `x-decorate-*`, `x-no-bind-server`,
    `x-persist`, `x-parent`, `x-openapi-router-controller`, `x-tokenInfoFunc` and the like) are left out wherever they
    stand. A `$ref` that leads nowhere stays as it is.
    """
    document = api.root.value
    if _must_be_walked(api):
        document = _Bundle(api).document()
    elif api.dialect != "2.0" and api.root.document.text.count(b"servers") > 1:
        document = _without_inner_servers(document)
    return _placed(api, document, base_path, server_url)


def _must_be_walked(api: Api) -> bool:
    text = api.root.document.text
    if _CODE_TEXT.search(text) or _ESCAPED_TEXT.search(text):
        return True
    if text.count(b"$ref") != sum(1 for _ in _LOCAL_REF_TEXT.finditer(text)):
        return True
    # A discriminator's mapping may name another file without a $ref
    return bool(_MAPPING_TEXT.search(text)) and (b".yaml" in text or b".yml" in text or b".json" in text)


def _placed(api: Api, document: dict[str, Any], base_path: str, server_url: str | None) -> dict[str, Any]:
    base_path = base_path.rstrip("/")
    if api.dialect == "2.0":
        place: dict[str, Any] = {"basePath": base_path or "/"}
        if server_url is not None:
            url = urlsplit(server_url)
            place = {"host": url.netloc, "basePath": base_path or "/", "schemes": [url.scheme]}
        replaced = {"host", "basePath", "schemes"}
    else:
        place = {"servers": [{"url": f"{(server_url or '').rstrip('/')}{base_path}" or "/"}]}
        replaced = {"servers"}
    result: dict[str, Any] = {}
    for key, value in document.items():
        if key in replaced:
            result.update(place)
        else:
            result[key] = value
            if key == "info" and not replaced & document.keys():
                result.update(place)
    return {**result, **place}


def _without_inner_servers(document: dict[str, Any]) -> dict[str, Any]:
    paths = document.get("paths")
    if not isinstance(paths, dict):
        return document
    return {**document, "paths": {path: _without_servers(item) for path, item in paths.items()}}


def _without_servers(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    inner = [key for key, value in item.items() if key in METHODS and isinstance(value, dict) and "servers" in value]
    if "servers" not in item and not inner:
        return item
    kept = {key: value for key, value in item.items() if key != "servers"}
    for key in inner:
        kept[key] = {name: value for name, value in item[key].items() if name != "servers"}
    return kept


class _Bundle:
    """One walk over a document, and over what it reaches in other files. Without recursion: documents may be deep."""

    def __init__(self, api: Api):
        self._root = api.root
        self._references = api.references
        self._sections = _SECTIONS_20 if api.dialect == "2.0" else _SECTIONS
        self._prefix: _Path = () if api.dialect == "2.0" else ("components",)
        # Where a schema has an $id, a reference is relative to that: better left as it was written
        self._has_ids = b"$id" in api.root.document.text
        self._extra: dict[str, dict[str, Any]] = {}
        #: What was bundled: (section, identity of the target) -> its name
        self._names: dict[tuple[str, object], str] = {}
        self._jobs: list[_Job] = []

    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._adopt()
        self._run(_Job(made, "", self._root, "OpenAPI", ()))
        document: dict[str, Any] = made[""]
        if not self._extra:
            return document
        holder = document
        if self._prefix:
            holder = document.setdefault("components", {})
            if not isinstance(holder, dict):
                return document
        for section, extra in self._extra.items():
            own = holder.get(section)
            holder[section] = {**own, **extra} if isinstance(own, dict) else extra
        return document

    # Names

    def _own(self, section: str) -> Node | None:
        """The part of the document that holds what the user named, for instance components/schemas."""
        node: Node | None = self._root
        for key in (*self._prefix, section):
            node = node.get(key) if node is not None else None
        return node

    def _adopt(self) -> None:
        """A component that is nothing but a reference to another file gives its name to what stands there."""
        for section in self._sections.values():
            own = self._own(section)
            for name, node in own.members() if own is not None else []:
                if isinstance(node.value, dict) and node.value.keys() == {"$ref"}:
                    target = self._target(node.value["$ref"], node)
                    if target is not None and target.document is not self._root.document:
                        self._names.setdefault((section, target.identity), name)

    def _name(self, section: str, target: Node) -> str:
        """What *target* is called in the published document; it is bundled when first asked for."""
        known = self._names.get((section, target.identity))
        if known is not None:
            return known
        own = self._own(section)
        extra = self._extra.setdefault(section, {})
        name = next(
            name for name in _candidates(target) if name not in extra and (own is None or own.get(name) is None)
        )
        self._names[section, target.identity] = name
        extra[name] = None
        kind = next(kind for kind, there in self._sections.items() if there == section)
        self._jobs.append(_Job(extra, name, target, kind, (*self._prefix, section, name)))
        return name

    def _target(self, ref: Any, base: Node) -> Node | None:
        if not isinstance(ref, str):
            return None
        try:
            return self._references.resolve(ref, base)
        except DanglingReference:
            return None

    def _rewritten(self, ref: str, base: Node, kind: str) -> str | None:
        """What *ref* must be in the published document; None if what it means has to be put in its place."""
        target = self._target(ref, base)
        if target is None:
            return ref
        if target.document is self._root.document:
            if base.document is self._root.document and (ref.startswith("#") or self._has_ids):
                return ref
            return _fragment(target.pointer)
        section = self._sections.get("Schema" if kind == _FREE else kind)
        if section is None:
            return None
        return _fragment((*self._prefix, section, self._name(section, target)))

    # The walk

    def _run(self, first: _Job) -> None:
        self._jobs = [first]
        while self._jobs:
            before = len(self._jobs) - 1
            self._copy(self._jobs.pop())
            # Taken from the end: turned round, so that names are given in the order of the document
            self._jobs[before:] = reversed(self._jobs[before:])

    def _copy(self, job: _Job) -> None:
        value = job.node.value
        if job.kind == _DATA or not isinstance(value, (dict, list)):
            job.parent[job.key] = value
        elif isinstance(value, list):
            # Where a list stands for an object, the document is wrong: as it is
            made = job.parent[job.key] = list(value)
            for index, item in enumerate(job.node.items()):
                self._jobs.append(_Job(made, index, item, job.kind, (*job.at, str(index)), job.around))
        elif isinstance(value.get("$ref"), str) and (job.kind == _FREE or "ref" in OBJECTS[job.kind][""]):
            self._copy_reference(job, value["$ref"])
        else:
            job.parent[job.key] = self._object(job)

    def _copy_reference(self, job: _Job, ref: str) -> None:
        rewritten = self._rewritten(ref, job.node, job.kind)
        if rewritten is not None:
            made = job.parent[job.key] = self._object(job)
            made["$ref"] = rewritten
            if rewritten == _fragment(job.at) and job.node.document is self._root.document:
                # A component that gave its name to what it refers to: that, in its place
                target = self._target(ref, job.node)
                if target is not None and target.document is not self._root.document:
                    self._copy(job._replace(node=target))
            return
        target = self._target(ref, job.node)
        assert target is not None
        seen = dict(job.around)
        if target.identity in seen:
            job.parent[job.key] = {"$ref": _fragment(seen[target.identity])}
            return
        around = (*job.around, (target.identity, job.at))
        self._copy(job._replace(node=target, around=around))
        made = job.parent[job.key]
        if isinstance(made, dict) and len(job.node.value) > 1:
            siblings = self._object(job)
            del siblings["$ref"]
            made.update(siblings)

    def _object(self, job: _Job) -> dict[str, Any]:
        """A dict for the object of *job*, and a job for each of its members that must be looked at."""
        made: dict[str, Any] = {}
        fields = _fields(job.kind)
        bundled = job.node.document is not self._root.document
        drops_servers = _is_here(job)
        for key, member in job.node.members():
            if _names_code(key) or (key == "servers" and drops_servers):
                continue
            if drops_servers and job.kind == "PathItem" and _is_elsewhere(member.value):
                # What is true of this operation alone goes into it
                around = {key: value for key, value in job.node.value.items() if key == "servers"}
                member = Node({**around, **member.value}, member.document, member.pointer)
            if bundled and job.kind == "Schema" and key in ("$id", "$anchor") and isinstance(member.value, str):
                continue  # its references no longer need it, and would now be relative to it
            made[key] = member.value
            if not isinstance(member.value, (dict, list)):
                continue
            at = (*job.at, str(key))
            if job.kind == "Discriminator" and key == "mapping":
                made[key] = self._mapping(member)
                continue
            shape = fields.get(key) or ("", _FREE)
            if key not in fields and "*" in fields and not str(key).startswith("x-"):
                shape = fields["*"]
            for inner_key, inner, kind in _inside(shape, member):
                if inner_key is None:
                    self._jobs.append(_Job(made, key, inner, kind, at, job.around))
                    continue
                if made[key] is member.value:
                    made[key] = member.value.copy()
                self._jobs.append(_Job(made[key], inner_key, inner, kind, (*at, str(inner_key)), job.around))
        return made

    def _mapping(self, mapping: Node) -> dict[str, Any]:
        """A discriminator's mapping: each value the name of a schema, or a reference to one."""
        made: dict[str, Any] = {}
        for name, member in mapping.members():
            value = made[name] = member.value
            if not isinstance(value, str):
                continue
            own = self._own(self._sections["Schema"])
            if "#" in value or "/" in value or value.endswith((".yaml", ".yml", ".json")):
                made[name] = self._rewritten(value, mapping, "Schema")
            elif mapping.document is not self._root.document and (own is None or own.get(value) is None):
                ref = _fragment((*self._prefix, self._sections["Schema"], value))
                if self._target(ref, mapping) is not None:
                    made[name] = self._rewritten(ref, mapping, "Schema")
        return made


def _is_here(job: _Job) -> bool:
    """Whether *job* is a path or an operation that this service answers, whatever `servers` it names."""
    if job.kind not in ("PathItem", "Operation") or job.at[:1] == ("webhooks",) or "callbacks" in job.at:
        return False
    return not (job.kind == "Operation" and _is_elsewhere(job.node.value))


def _is_elsewhere(operation: Any) -> bool:
    """Whether this service does not answer *operation*: the `servers` that it names are true."""
    return isinstance(operation, dict) and operation.get("x-no-bind-server") in (True, "true")


def _names_code(key: Any) -> bool:
    return isinstance(key, str) and key.startswith("x-") and (key in _CODE or key.startswith(_CODE_PREFIXES))


def _inside(shape: tuple[str, str], member: Node) -> Iterator[tuple[Any, Node, str]]:
    """What stands in a field: (key in it, or None for the field as a whole; its Node; what it is)."""
    around, kind = shape
    if kind == _DATA:
        return
    if around == "{" and isinstance(member.value, dict):
        for key, node in member.members():
            yield key, node, kind
    elif around in ("[", "?") and isinstance(member.value, list):
        for index, node in enumerate(member.items()):
            yield index, node, kind
    else:
        yield None, member, kind


@cache
def _fields(kind: str) -> Mapping[str, tuple[str, str]]:
    """
    dict: field of an object -> (shape, what it is). Shapes: '' one, '[' a list, '{' a map by name, '?' one or a list.

    What holds data of the user's own (examples, defaults) is `data`, into which nobody looks.
    """
    fields: dict[str, tuple[str, str]] = {}
    for field, rows in OBJECTS.get(kind, {}).items():
        if not field:
            continue
        words = "|".join(row.split()[0] for row in ([rows] if isinstance(rows, str) else rows)).split("|")
        objects = {word for word in words if word.strip("[]{}") in OBJECTS}
        if not objects:
            fields[field] = ("", _DATA)
            continue
        name = min(objects, key=len).strip("[]{}")
        shapes = {word[0] if word[0] in "[{" else "" for word in objects}
        fields[field] = ("?" if len(shapes) > 1 else shapes.pop(), name)
    if kind == "Schema":
        fields["dependencies"] = ("{", "Schema")
        fields["additionalItems"] = ("", "Schema")
    return fields


def _candidates(target: Node) -> Iterator[str]:
    """Names for something of another file: its own there, the file's, both, and then with numbers."""
    stem = target.document.uri.rstrip("/").rpartition("/")[2].partition(".")[0]
    last = target.pointer[-1] if target.pointer else stem
    name, both = _clean(last), _clean(f"{stem}_{last}")
    yield name
    yield both
    number = 2
    while True:
        yield f"{both}_{number}"
        number += 1


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name) or "_"


def _fragment(pointer: _Path) -> str:
    """A JSON pointer as a URI fragment (RFC 6901, section 6)."""
    return "#" + "".join(
        "/" + quote(token.replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@") for token in pointer
    )
