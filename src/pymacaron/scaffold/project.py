"""
A name -> the files of a new service, as texts, and these texts -> files of a folder where none of them was before.

The texts are those of templates/, with names for `{{name}}`: common/ is what every service has, shop/ the sample. What
tells type checkers of a description is no template: stubs/ makes it. Nothing here overwrites or removes what was there.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from pymacaron.scaffold.editing import FOLDER, schema_files
from pymacaron.scaffold.names import Name, UnusableNameError
from pymacaron.source import dump_yaml
from pymacaron.spec.load import load
from pymacaron.spec.model import Api
from pymacaron.stubs.classes import quoted
from pymacaron.stubs.module import module_text, stub_text

__all__ = [
    "Name",
    "TakenError",
    "UnusableNameError",
    "adopted_tests",
    "common_files",
    "shop_files",
    "stub_files",
    "summary",
    "write",
]

_TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".tmpl"
_PLACE = re.compile(r"\{\{(\w+)\}\}")
#: Files that nobody else may read: there are secrets in them
_PRIVATE = (".env",)
#: What the files of a service have that keeps models
_KEPT = {
    "extras": "[dynamodb]",
    "store_setting": """
# Orders are kept in DynamoDB where the service lives, and in development in a file, as PYM_STORE_URL in .env says.
store_url: dynamodb://
""",
    "store_variable": "PYM_STORE_URL=sqlite://\n",
    "store_print": "print('PYM_STORE_URL=sqlite://'); ",
    "store_export": "export PYM_STORE_URL=sqlite://   # without it DynamoDB, which wants aws_region and credentials\n",
}
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 _-]*[A-Za-z0-9])?")


class TakenError(Exception):
    """Files that were to be written are there already, or something else is in their way: `paths` names them."""

    def __init__(self, paths: Iterable[str]):
        self.paths = sorted(paths)
        super().__init__(f"there already: {', '.join(self.paths)}")


def common_files(
    name: Name,
    *,
    description: str | None = None,
    authenticators: str = "",
    strict: bool = True,
    keeps_models: bool = False,
) -> dict[str, str]:
    """
    dict: path in the folder -> text, of what any service has: all but its description, its handlers and their tests.

    *description* is where the description lies, `apis/<package>.yaml` unless said; its api is called as that file is.
    *authenticators*: the module whose AUTHENTICATORS server.py gives to the API. *strict*: `make test` fails for
    warnings in the description. *keeps_models*: in DynamoDB, and in a file in development. `.env` has a fresh secret
    in it.
    """
    description = f"apis/{name.package}.yaml" if description is None else description
    api = PurePosixPath(description).stem
    own = {
        "description": description,
        "api": quoted(api),
        "secret": secrets.token_hex(32),
        "imports": f"\n\nfrom {authenticators} import AUTHENTICATORS" if authenticators else "",
        "options": ", authenticators=AUTHENTICATORS" if authenticators else "",
        "strict": " --strict" if strict else "",
        **(_KEPT if keeps_models else dict.fromkeys(_KEPT, "")),
    }
    schemas = {f"{FOLDER}/{file}": text for file, text in schema_files().items()}
    return {**_filled("common", {**_values(name), **own}), **schemas}


def shop_files(name: Name) -> dict[str, str]:
    """dict: path in the folder -> text, of the sample: its description, its handlers, what types them, its tests."""
    files = _filled("shop", _values(name))
    description = f"apis/{name.package}.yaml"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name.package}.yaml"
        path.write_text(files[description], encoding="utf-8")
        return {**files, **stub_files(name.package, [load(path)], path.name)}


def adopted_tests(name: Name) -> dict[str, str]:
    """dict: path in the folder -> text, of the tests of a service whose description somebody else wrote."""
    return _filled("adopted", _values(name))


def stub_files(package: str, apis: Sequence[Api], source: str) -> dict[str, str]:
    """dict: path in the folder -> text, of apis.py and apis.pyi, as `pymacaron stubs` has them of *source*."""
    module = f"{package}/apis.py"
    return {module: module_text(apis, source), f"{module}i": stub_text(apis, source)}


def summary(name: Name, files: Iterable[str]) -> str:
    """In a line, those of *files* that somebody looks at first; folders of tests as such."""
    first = [path for path in files if path.startswith("apis/")]
    typed = [f"{name.package}/{module}" for module in ("api.py", "apis.py", "apis.pyi")]
    there = [path for path in (*typed, "server.py") if path in files]
    folders = [folder for folder in ("test/", "testaccept/") if any(path.startswith(folder) for path in files)]
    return "  ".join([*first, *there, *folders])


# ---- templates


def _values(name: Name) -> dict[str, str]:
    return {
        "name": name.name,
        "name_yaml": _as_yaml(name.name),
        "package": name.package,
        "host": name.host,
        "title": name.title,
        "title_yaml": _as_yaml(name.title),
        "title_toml": json.dumps(name.title, ensure_ascii=False),
        "version": version("pymacaron").partition("+")[0],
    }


def _as_yaml(text: str) -> str:
    """*text* as a value, also between braces, in quotes where it would be something else without."""
    is_plain = _PLAIN.fullmatch(text) is not None and dump_yaml({"a": text}) == f"a: {text}\n"
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _filled(folder: str, values: Mapping[str, str]) -> dict[str, str]:
    """The templates of *folder* with *values*, by the paths where they belong. An unknown placeholder is a KeyError."""
    root = _TEMPLATES / folder
    templates = sorted(path for path in root.rglob(f"*{_SUFFIX}") if path.is_file())
    return {
        _place(path.relative_to(root), values): _PLACE.sub(
            lambda match: values[match[1]], path.read_text(encoding="utf-8")
        )
        for path in templates
    }


def _place(template: Path, values: Mapping[str, str]) -> str:
    """Where the text of a template belongs: of `dot_env.tmpl`, .env; of `PACKAGE/api.py.tmpl`, shop/api.py."""
    parts = template.as_posix().removesuffix(_SUFFIX).split("/")
    parts = [f".{part.removeprefix('dot_')}" if part.startswith("dot_") else part for part in parts]
    return "/".join(parts).replace("PACKAGE", values["package"]).replace("API", values["package"])


# ---- files


def write(folder: Path, files: Mapping[str, str]) -> list[str]:
    """
    Write *files* (path in *folder* -> text) and give their paths.

    All of them or none: raises TakenError where any is there already, before anything is written, and takes away what
    it wrote where it cannot go on (OSError). A folder that is there, with other things in it, stays as it is.
    """
    taken = [path for path in files if _is_taken(folder, path)]
    if taken:
        raise TakenError(taken)
    made: list[Path] = []
    try:
        for path, text in files.items():
            _make_folder((folder / path).parent, made)
            _create(folder / path, text, made)
    except BaseException:
        for one in reversed(made):
            one.rmdir() if one.is_dir() else one.unlink()
        raise
    return list(files)


def _is_taken(folder: Path, path: str) -> bool:
    """Whether there is something at *path*, or something else than a folder where one is needed."""
    file = folder / path
    between = [folder, *(folder / parent for parent in PurePosixPath(path).parents)]
    return os.path.lexists(file) or any(os.path.lexists(parent) and not parent.is_dir() for parent in between)


def _make_folder(folder: Path, made: list[Path]) -> None:
    for one in reversed([folder, *folder.parents]):
        if not one.is_dir():
            one.mkdir()
            made.append(one)


def _create(file: Path, text: str, made: list[Path]) -> None:
    """A file that was not there; one with secrets, for its owner only."""
    mode = 0o600 if file.name in _PRIVATE else 0o666
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", newline="\n"
    ) as to:
        made.append(file)
        to.write(text)
