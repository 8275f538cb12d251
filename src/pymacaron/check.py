"""
Everything wrong with descriptions, their examples, the handlers that they name and the config: what `check` prints.

A start does the same without examples and defaults, since those need validators. Stands above the rooms that it asks:
spec/ for the structure, schema/ for values, server/binding.py for handlers, config.py for pym-config.yaml.
"""

from __future__ import annotations

import inspect
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymacaron import config
from pymacaron.finding import Finding, FindingsError, did_you_mean, sorted_findings
from pymacaron.schema.codec import Schemas, json_decode
from pymacaron.schema.models import parent_problem
from pymacaron.schema.patterns import pattern_problem
from pymacaron.schema.violations import Violation, Violations
from pymacaron.server import binding, dotted
from pymacaron.source import Node, read
from pymacaron.spec.grammar import objects
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.references import DanglingReference

__all__ = [
    "MAX_BYTES",
    "Checked",
    "check",
    "config_beside",
    "descriptions",
    "examples",
    "max_bytes",
    "old_distributions",
    "parents",
    "patterns",
    "sources",
]

#: Of a description, where no setting says otherwise
MAX_BYTES = 50_000_000

#: Of a file with more bytes than descriptions have by default, so many at its start and end are looked at
_LARGE, _ENDS = 50_000_000, 1_000_000
_ENDINGS = (".yaml", ".yml", ".json")
#: Folders that hold what others wrote
_FOREIGN = ("node_modules", "__pycache__", "site-packages")
#: A line that says which format a description is written in
_VERSION = re.compile(rb"""^["']?(?:openapi|swagger)["']?[ \t]*:|["'](?:openapi|swagger)["']\s*:\s*["']?[0-9]""", re.M)
#: What makes a file without such a line look like a description that lacks it
_LIKE = re.compile(
    rb"""^["']?(?:paths|definitions|\w*(?:api|swag)\w*["']?[ \t]*:[ \t]*["']?[23]\.)|^\s*"paths"\s*:\s*\{""", re.M
)
_REFERENCE = re.compile(rb"""["']?\$ref["']?\s*:\s*["']?([^"'#\s{},]+)""")

_OLD = ("pymacaron-core", "pymacaron-async", "pymacaron-unit", "pymacaron-aws")


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What `check` found, in the order of files and lines, and the files that it looked at. `unseen`: whether descriptions
    name handlers that it did not look at, for want of a pym-config.yaml.
    """

    findings: list[Finding]
    files: tuple[str, ...]
    unseen: bool = False


def check(paths: Sequence[str | os.PathLike[str]] = (), *, serve: Sequence[str] = ()) -> Checked:
    """
    Everything wrong with the descriptions in *paths*, files and folders; without any in ./apis, else in the folder.

    *serve*: names of the apis whose handlers must all be there. Without it, handlers are looked at where a
    pym-config.yaml lies beside or above a description, of the operations that name one, unless no module that they name
    exists: then it is the description of a service that is called. Handlers of webhooks are looked at where their
    module exists. Imports handlers.

    Raises FindingsError where there is nothing to look at.
    """
    found: list[Finding] = old_distributions()
    files: dict[str, None] = {}
    configs: dict[str, int] = {}
    names: dict[str, None] = {}
    unseen = False
    given = _files(paths)
    known = {path.stem for path in given}
    for path in given:
        files[os.path.abspath(path)] = None
        config_file = config_beside(path)
        if config_file is not None and config_file not in configs:
            configs[config_file] = max_bytes(config_file)
            found += config.findings(config_file)
        try:
            api = load(path, max_bytes=configs[config_file] if config_file else MAX_BYTES)
        except FindingsError as error:
            found += error.findings
            continue
        names[api.name] = None
        unseen = unseen or (not serve and config_file is None and any(map(_names_code, api.operations)))
        found += api.findings
        schemas = Schemas(api)
        found += examples(api, schemas)
        found += patterns(api)
        found += _of_code(api, schemas, serve, config_file, known | _beside(path))
    for name in serve:
        if name not in names:
            fact = f"no api named {name!r} is here (there are: {', '.join(names) or 'none'})"
            found.append(Finding("--serve", 0, 0, "unknown-api", fact, did_you_mean(name, names)))
    if not files and not found:
        raise FindingsError([_no_files(paths)])
    return Checked(sorted_findings(found), (*files, *configs), unseen)


def _no_files(paths: Sequence[str | os.PathLike[str]]) -> Finding:
    where = ", ".join(os.fspath(path) for path in paths) or "."
    fact = "there is no API description here: no .yaml, .yml or .json file that says 'openapi' or 'swagger' at its top"
    return Finding(where, 0, 0, "missing-file", fact, "Name a file or a folder: pymacaron check apis/")


# ---- which files


def descriptions(path: str | os.PathLike[str], ignore: Iterable[str] = (), *, strict: bool = True) -> list[Path]:
    """
    The descriptions below the folder *path*, sorted; those in *ignore*, names without endings, are left out.

    A YAML or JSON file is one if it says `openapi` or `swagger` at its top, or looks as if it should. Parts that others
    refer to and files of another kind are none, nor is pym-config. *strict*: a file that cannot be read as text is one
    too, so that somebody tells what is wrong with it. Raises FindingsError if *path* is no folder.
    """
    folder = Path(path)
    if not folder.is_dir():
        what = "this is a file, not a folder" if folder.exists() else "there is no such folder"
        raise FindingsError(
            [Finding(os.fspath(path), 0, 0, "missing-file", what, "Name the folder of your descriptions")]
        )
    ignored = set(ignore)
    sure: list[Path] = []
    maybe: list[Path] = []
    for file in _candidates(folder):
        if file.stem not in ignored:
            text = _text(file)
            if _VERSION.search(text):
                sure.append(file)
            elif _may_be(text, strict):
                maybe.append(file)
    if maybe:
        parts = {part for file in sure for part in _referred(file)}
        maybe = [file for file in maybe if os.path.abspath(file) not in parts]
    return sorted([*sure, *maybe])


def _candidates(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith(".")
            and name not in _FOREIGN
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        ]
        for name in files:
            if name.endswith(_ENDINGS) and not name.startswith((".", "pym-config.")):
                yield Path(root, name)


def _text(file: Path) -> bytes:
    """The text of *file*; of a large one, its start and its end."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return b"-"  # a pipe, say, which is no description
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size <= _LARGE:
                return opened.read(_LARGE)
            start = opened.read(_ENDS)
            opened.seek(-_ENDS, os.SEEK_END)
            return start + opened.read(_ENDS)
    except OSError:
        return b""


def _may_be(text: bytes, strict: bool) -> bool:
    if _LIKE.search(text):
        return True
    return strict and (not text.strip() or b"\0" in text[:100] or text.startswith(b"\xef\xbb\xbf"))


def _referred(file: Path) -> Iterator[str]:
    for found in set(_REFERENCE.findall(_text(file))):
        name = found.decode("utf-8", "replace")
        if "://" not in name:
            yield os.path.abspath(os.path.join(file.parent, name))


def sources(paths: Sequence[str | os.PathLike[str]] = ()) -> list[Path]:
    """
    The descriptions in *paths*, files and folders; without any in ./apis, else in the folder. Raises FindingsError
    where there are none.
    """
    found = _files(paths)
    if not found:
        raise FindingsError([_no_files(paths)])
    return found


def _files(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    if not paths:
        folder = Path("apis")
        return descriptions(folder) if folder.is_dir() else descriptions(".", strict=False)
    found: dict[Path, None] = {}
    for path in paths:
        for file in descriptions(path) if os.path.isdir(path) else [Path(path)]:
            found[file] = None
    return list(found)


def _beside(path: Path) -> set[str]:
    """The names that apis in the folder of *path* have, whether they are looked at or not."""
    return {other.stem for other in path.parent.iterdir() if other.suffix in _ENDINGS}


def config_beside(path: Path) -> str | None:
    """The pym-config.yaml in the folder of *path* or the nearest one above; that of PYM_ENV goes first."""
    environment = os.environ.get("PYM_ENV", "")
    names = ["pym-config.yaml"]
    if environment.replace("-", "").replace("_", "").isalnum():
        names.insert(0, f"pym-config.{environment}.yaml")
    folder = Path(os.path.abspath(path)).parent
    for place in (folder, *folder.parents):
        for name in names:
            if (place / name).is_file():
                return str(place / name)
    return None


def max_bytes(config_file: str) -> int:
    """How many bytes a description may have, as that pym-config.yaml says."""
    try:
        values = config.resolve(read(config_file), {}, os.environ).values
    except FindingsError:
        return MAX_BYTES
    return int(values.get("max_document_bytes", MAX_BYTES))


# ---- what is installed


def old_distributions(folders: Iterable[str] | None = None) -> list[Finding]:
    """
    Of the distributions that this one replaces, those that are installed in *folders* (default: where Python imports
    from): they own some of the import names of this one, so that it works by chance.
    """
    found: dict[str, str] = {}
    where = ""
    for folder in sys.path if folders is None else folders:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.lower().startswith("pymacaron") and name.endswith((".dist-info", ".egg-info")):
                distribution, _, version = name.rpartition(".")[0].partition("-")
                distribution = distribution.lower().replace("_", "-").replace(".", "-")
                if distribution in _OLD:
                    found[distribution] = version.partition("-")[0]
                    where = where or folder or "."
    if not found:
        return []
    listed = ", ".join(f"{name} {found[name]}".strip() for name in sorted(found))
    fact = f"{listed} {'is' if len(found) == 1 else 'are'} installed, and bring modules that belong to pymacaron now"
    commands = f"pip uninstall -y {' '.join(sorted(found))} && pip install --force-reinstall --no-deps pymacaron"
    return [Finding(dotted.shown(where), 0, 0, "old-distribution", fact, f"Run: {commands}")]


# ---- what is written in Python


def _of_code(
    api: Api, schemas: Schemas, serve: Sequence[str], config_file: str | None, known: Set[str]
) -> list[Finding]:
    """*known*: the names of apis that a handler may speak of."""
    if not serve and config_file is None:
        return []
    with _importable(os.path.dirname(config_file) if config_file else os.getcwd()):
        hooks = [one for one in api.webhooks if any(map(_exists, _paths([one])))]
        is_ours = api.name in serve if serve else any(map(_exists, (*_paths(api.operations), *_class_paths(api))))
        if not is_ours and not hooks:
            return []
        bounds, findings = binding.bind(api, operations=hooks)
        if is_ours:
            ours, found = binding.bind(api, only=None if serve else _names_code)
            bounds, findings = [*bounds, *ours], [*findings, *found]
        from pymacaron.server.contradictions import Contradictions
        from pymacaron.stubs.signatures import Signatures  # not to be loaded by each start, which does not compare

        compared = Contradictions(Signatures(schemas), api.name, known)
        for bound in bounds:
            place = binding.place_of(bound.operation)
            findings += compared.findings(bound.operation, bound.handler, place, plain=bound.plain_body)
        return [*findings, *parents(api, schemas)]


def _names_code(operation: Operation) -> bool:
    return "x-bind-server" in operation.extensions or (operation.named and "." in operation.id)


def _paths(operations: Iterable[Operation]) -> set[str]:
    """The handlers that *operations* themselves name."""
    named = [operation for operation in operations if binding.is_served(operation) and _names_code(operation)]
    return {path for operation in named if (path := binding.path_of(operation)) is not None}


def _class_paths(api: Api) -> set[str]:
    """What `x-parent` and `x-persist` name."""
    return {node.value for _, node in _classes(api) if isinstance(node.value, str)}


def _classes(api: Api) -> Iterator[tuple[str, Node]]:
    """Every `x-parent` and `x-persist` of a schema: which of them, and its Node."""
    texts = [document.text for document in api.references.documents.values()]
    keys = [key for key in ("x-parent", "x-persist") if any(key.encode() in text for text in texts)]
    if not keys:
        return
    for schema in objects(api.root, api.dialect, api.references, ["Schema"])["Schema"]:
        for key in keys:
            node = schema.get(key)
            if node is not None:
                yield key, node


def _exists(path: str) -> bool:
    """Whether the first module of a dotted path is there, without importing it. The interpreter's own do not count."""
    from importlib.machinery import PathFinder

    top, _, rest = path.partition(".")
    if not top or not rest or top in sys.stdlib_module_names:
        return False
    return PathFinder.find_spec(top) is not None


@contextmanager
def _importable(folder: str) -> Iterator[None]:
    """
    Modules in *folder* can be imported meanwhile; afterwards they are forgotten: another folder may have others.

    What they print goes to stderr, since stdout is for what `check` prints.
    """
    before = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if (
                not name.startswith("pymacaron")
                and file.startswith(os.path.join(folder, ""))
                and "site-packages" not in file
            ):
                del sys.modules[name]


def parents(api: Api, schemas: Schemas) -> list[Finding]:
    """
    Every `x-parent` of a schema whose class cannot be imported or mixed into a model, and every `x-persist` whose class
    cannot be imported or lacks what models ask of it. Imports them.
    """
    importer = dotted.Importer()
    found: list[Finding] = []
    for key, node in _classes(api):
        what = f"{key} {node.value!r}"
        try:
            if not isinstance(node.value, str):
                raise dotted.Problem(key, f"{what} is no dotted path", "Write it as package.module.Class")
            named = importer.named(node.value, what, code=key, kind="class")
            problem = _unfit_parent(named, what) if key == "x-parent" else _unfit_store(named, what)
            if problem is not None:
                raise problem
        except dotted.Problem as problem:
            found += problem.findings(node)
    return found


def _unfit_parent(cls: Any, what: str) -> dotted.Problem | None:
    reason = parent_problem(cls)
    if reason is None:
        return None
    mend = "Name a class without __init__ and __new__; set what it needs in its methods"
    return dotted.Problem("x-parent", f"{what} cannot be mixed into a model: {reason}", mend)


def _unfit_store(cls: Any, what: str) -> dotted.Problem | None:
    lacking = [name for name in ("load_from_db", "save_to_db") if not _is_static(cls, name)]
    if not lacking:
        return None
    each = "each " if len(lacking) > 1 else ""
    mend = f"Add {' and '.join(lacking)} to it, {each}as a @staticmethod"
    return dotted.Problem("x-persist", f"{what} has no static {' and no static '.join(lacking)}", mend)


def _is_static(cls: Any, name: str) -> bool:
    """Whether *cls* has a function *name* that is called without an instance."""
    function = getattr(cls, name, None)
    if not callable(function):
        return False
    return not (inspect.isfunction(function) and next(iter(inspect.signature(function).parameters), "") == "self")


# ---- patterns


def patterns(api: Api) -> list[Finding]:
    """Every pattern that values cannot be matched with, so that it is left out. Compiles them."""
    found: list[Finding] = []
    kinds = ["Schema", "Parameter", "Items", "Header"] if api.dialect == "2.0" else ["Schema"]
    for holders in objects(api.root, api.dialect, api.references, kinds).values():
        for holder in holders:
            node = holder.get("pattern")
            if node is not None and isinstance(node.value, str):
                found += _pattern(node.value, node)
            several = holder.get("patternProperties") if api.dialect != "2.0" else None
            for name, one in several.members() if several is not None else []:
                found += _pattern(name, one, key=True)
    return found


def _pattern(pattern: str, node: Node, *, key: bool = False) -> list[Finding]:
    reason = pattern_problem(pattern)
    if reason is None:
        return []
    shown = repr(pattern) if len(pattern) <= 80 else f"{pattern[:77]!r}..."
    fact = f"the pattern {shown} {reason}, so it is ignored"
    mend = "Write it as JavaScript has it, without (?i), (?P<name>...), (?>...) and a++"
    return [node.finding("unusable-pattern", fact, mend, key=key)]


# ---- examples and defaults


def examples(api: Api, schemas: Schemas) -> list[Finding]:
    """Every example and default of *api* that violates its own schema. Builds the validators of those schemas."""
    look = _Examples(api, schemas)
    met = objects(api.root, api.dialect, api.references, ["Schema", "Parameter", "Header", "MediaType", "Response"])
    for schema in met["Schema"]:
        look.schema(schema)
    if api.dialect == "2.0":
        for operation in api.operations:
            for parameter in (*operation.parameters, *(operation.body.fields if operation.body else ())):
                if parameter.schema is not None:
                    look.schema(parameter.schema)
        for response in met["Response"]:
            look.response(response)
    else:
        for holder in (*met["Parameter"], *met["Header"]):
            look.beside(holder, holder.get("schema"))
        for media_type in met["MediaType"]:
            look.media_type(media_type)
    return look.findings


class _Examples:
    def __init__(self, api: Api, schemas: Schemas):
        self.findings: list[Finding] = []
        self._references = api.references
        self._schemas = schemas
        self._lists = api.dialect in ("3.1", "3.2")

    def schema(self, node: Node) -> None:
        """The example, examples and default of a schema."""
        if not isinstance(node.value, dict):
            return
        if "default" in node.value:
            self._look("default-mismatch", "default", node.child("default"), node)
        if "example" in node.value:
            self._look("example-mismatch", "example", node.child("example"), node)
        listed = node.get("examples")
        if self._lists and listed is not None:
            for example in listed.items():
                self._look("example-mismatch", "example", example, node)

    def media_type(self, node: Node) -> None:
        name = "".join(node.pointer[-1:]).partition(";")[0].strip().lower()
        schema, items = node.get("schema"), node.get("itemSchema") or node.get("x-item-schema")
        self.beside(node, schema, json=name.endswith(("/json", "+json")))
        if schema is None and items is not None:
            self.beside(node, items, each=True)

    def response(self, node: Node) -> None:
        """The examples of a Swagger 2.0 response, by media type."""
        schema, listed = node.get("schema"), node.get("examples")
        if schema is None or listed is None:
            return
        for name, example in listed.members():
            if name.partition(";")[0].strip().lower().endswith(("/json", "+json")):
                self._look("example-mismatch", "example", example, schema, json=True)

    def beside(self, node: Node, schema: Node | None, *, json: bool = False, each: bool = False) -> None:
        """The example or examples that stand beside *schema* in *node*; *each*: of a list, each item is one."""
        if schema is None:
            return
        example, several = node.get("example"), node.get("examples")
        if example is not None:
            self._looks("example", example, schema, json, each)
        for name, one in several.members() if several is not None else []:
            try:
                found = self._references.follow(one)
            except DanglingReference:
                continue
            value = found.get("value") or found.get("dataValue")
            if value is not None:
                self._looks(f"example {name!r}", value, schema, json, each)

    def _looks(self, what: str, value: Node, schema: Node, json: bool, each: bool) -> None:
        if each and isinstance(value.value, str):
            return  # the text of a whole stream
        for one in value.items() if each and isinstance(value.value, list) else [value]:
            self._look("example-mismatch", what, one, schema, json=json)

    def _look(self, code: str, what: str, value: Node, schema: Node, *, json: bool = False) -> None:
        """Report *value* unless it fits *schema* in requests or in responses."""
        if not isinstance(schema.value, dict) or not schema.value:
            return
        wrong: list[Violation] = []
        for direction in ("response", "request"):
            codec = self._schemas.codec(schema, direction)
            wrong = codec.violations(value.value, "response" if direction == "response" else "body")
            if not wrong:
                return
            if json and isinstance(value.value, str) and self._fits_as_text(codec, value.value):
                return
        first = wrong[0]
        place = _below(value, first.pointer)
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        at = f"{first.pointer} " if first.pointer else ""
        fact = f"the {what} does not fit its schema: {at}{first.detail}{more}"
        self.findings.append(place.finding(code, fact, f"Correct the {what.partition(' ')[0]}, or the schema"))

    def _fits_as_text(self, codec: Any, value: str) -> bool:
        """Whether an example is JSON that somebody wrote as a string."""
        try:
            return not codec.violations(json_decode(value.encode()), "body")
        except Violations:
            return False


def _below(node: Node, pointer: str) -> Node:
    """The Node at the JSON pointer *pointer* below *node*, or the last one on the way that is there."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node.value, dict) and token in node.value:
            node = node.child(token)
        elif isinstance(node.value, list) and token.isdecimal() and int(token) < len(node.value):
            node = node.child(int(token))
        else:
            break
    return node
