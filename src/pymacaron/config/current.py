"""The config of this process: what get_config() returns, and what the framework asks of it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymacaron.config.files import file_names, find_file, folders, read_file
from pymacaron.config.hiding import displayed, hidden
from pymacaron.config.kinds import KINDS, Unfit, example, shown
from pymacaron.config.resolving import Resolved, resolve
from pymacaron.config.settings import FILE, MASK, SETTINGS, is_secret
from pymacaron.exceptions import ConfigError
from pymacaron.finding import Finding, FindingsError, did_you_mean, text
from pymacaron.source import Document

__all__ = [
    "Config",
    "conceal",
    "demand",
    "findings",
    "folder",
    "freeze",
    "get_config",
    "is_dev",
    "load",
    "require_file",
    "reset",
    "resolved",
    "secret_values",
    "validate",
]


def findings(
    path: str | os.PathLike[str] | None, environ: Mapping[str, str] | None = None, *, debug: bool = False
) -> list[Finding]:
    """Everything wrong with the config in the file *path* (None: no file) and *environ*, without loading it."""
    try:
        document = read_file(os.fspath(path)) if path is not None else None
    except FindingsError as error:
        return error.findings
    settings = {"debug": True} if debug else {}
    return list(resolve(document, settings, os.environ if environ is None else environ).findings)


class _State:
    """What is behind the facade. `assigned` outlives load()."""

    def __init__(self) -> None:
        self.loaded = False
        self.frozen = False
        self.path: str | None = None
        self.start_dir: str | os.PathLike[str] | None = None
        self.document: Document | None = None
        self.environ: Mapping[str, str] = os.environ
        self.settings: dict[str, Any] = {}
        self.assigned: dict[str, Any] = {}
        self.resolved = resolve(None)
        #: What hidden() has found; None: to be found anew
        self.secrets: tuple[set[str], list[str]] | None = None
        #: Those of conceal(), the latest last
        self.concealed: deque[str] = deque(maxlen=200)
        self.concealings = 0


_STATE = _State()


class Config:
    """
    What get_config() returns: every key of pym-config.yaml and every setting as an attribute; None where it is not set.

    May be assigned until API.start(); afterwards report_call_exceeding_ms, default_user_id and the user's own keys
    still may, another raises ConfigError, as does a key that is not there (an AttributeError, so that hasattr works).
    Its repr shows no secrets. The values are the instance's own attributes: reading one costs nothing.
    """

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        if not _STATE.loaded:
            load()
            return getattr(self, key)
        if key in _STATE.resolved.broken:
            raise ConfigError(text([_STATE.resolved.broken[key]]))
        raise ConfigError(_absent(key))

    def __setattr__(self, key: str, value: Any) -> None:
        if not _STATE.loaded:
            load()
        setting = SETTINGS.get(key)
        if _STATE.frozen and setting is not None and not setting.assignable:
            fact = f"{key} may not be set after API.start(): it was read already"
            raise ConfigError(f"{fact}. Set it in {FILE}, with API(settings={{{key!r}: ...}}), or before start()")
        if setting is not None and value is not None:
            try:
                KINDS[setting.kind](value, setting, False)
            except Unfit as unfit:
                fact = f"{key} is {shown(setting, value)}, {unfit}"
                raise ConfigError(f"{fact}. Give one such as {unfit.such or example(setting, value)}") from None
        _STATE.assigned[key] = value
        if setting is None:
            self.__dict__[key] = value
            _STATE.secrets = None
        else:
            _refresh()

    def __delattr__(self, key: str) -> None:
        if key not in _STATE.assigned:
            raise ConfigError(f"{key} was not assigned; take it out of {FILE} or the environment")
        setting = SETTINGS.get(key)
        if _STATE.frozen and setting is not None and not setting.assignable:
            raise ConfigError(f"{key} may not be set after API.start(): it was read already")
        del _STATE.assigned[key]
        _refresh()

    def __dir__(self) -> list[str]:
        if not _STATE.loaded:
            load()
        return sorted(self.__dict__)

    def __repr__(self) -> str:
        masked, secrets = _STATE.resolved.masked, _secrets()[0]
        shown = (
            f"{key}={MASK if key in masked or is_secret(key) else displayed(value, secrets)}"
            for key, value in sorted(self.__dict__.items())
            if value is not None
        )
        return f"<Config {', '.join(shown)}>"


_CONFIG = Config()


def get_config() -> Config:
    """The config of this process, read when a key is first asked for. See Config."""
    return _CONFIG


def load(
    path: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    start_dir: str | os.PathLike[str] | None = None,
    *,
    alone: bool = False,
) -> Config:
    """
    Read the config anew, from the file *path* or else the one that find_file finds; it may be assigned again. *alone*:
    no file is looked for, and the environment says nothing.

    What was assigned stays, except where *settings* gives that key. Without a file there are only defaults and the
    environment. Raises FindingsError if the file cannot be read; what is wrong in it is said by validate().
    """
    state = _STATE
    state.environ = {} if alone else os.environ if environ is None else environ
    state.start_dir = start_dir if start_dir is not None else state.start_dir
    found = None if alone else find_file(state.start_dir, state.environ)
    state.path = os.fspath(path) if path is not None else found
    state.document = read_file(state.path) if state.path is not None else None
    state.settings = dict(settings or {})
    for key in state.settings:
        state.assigned.pop(key, None)
    state.frozen = False
    state.loaded = True
    _refresh()
    return _CONFIG


def reset() -> None:
    """Forget everything, assignments too: the next access reads the config as in a new process. For tests."""
    _STATE.__init__()  # type: ignore[misc]
    _CONFIG.__dict__.clear()


def _refresh() -> None:
    state = _STATE
    state.resolved = resolve(state.document, state.settings, state.environ, state.assigned)
    fresh = {
        key: value
        for key, value in state.resolved.values.items()
        if value is not None or key not in SETTINGS or not SETTINGS[key].demanded
    }
    for key in [key for key in _CONFIG.__dict__ if key not in fresh]:
        del _CONFIG.__dict__[key]
    _CONFIG.__dict__.update(fresh)
    state.secrets = None


def _loaded() -> _State:
    if not _STATE.loaded:
        load()
    return _STATE


def freeze() -> None:
    """From now on only report_call_exceeding_ms, default_user_id and keys of the user's own may be assigned."""
    _loaded().frozen = True


def resolved() -> Resolved:
    """The config as it is in force: another object whenever a setting may have changed."""
    return _STATE.resolved if _STATE.loaded else _loaded().resolved


def validate(debug: bool | None = None) -> list[Finding]:
    """
    Everything wrong with the loaded config, as a start must know it. *debug*: the mode to judge for, else is_dev().
    """
    state = _loaded()
    if debug is None or debug == state.resolved.dev:
        return list(state.resolved.findings)
    assigned = {**state.assigned, "debug": debug}
    return list(resolve(state.document, state.settings, state.environ, assigned).findings)


def is_dev() -> bool:
    """Development mode: API(debug=True), --debug, or PYM_ENV=dev. All else is production."""
    return _loaded().resolved.dev


def demand(key: str) -> Any:
    """The value of *key*. Raises ConfigError if it is not set, with where it was looked for and how to set it."""
    value = getattr(_CONFIG, key)
    if value is None:
        raise ConfigError(_absent(key))
    return value


def require_file(start_dir: str | os.PathLike[str] | None = None) -> str:
    """The path of the config file. Raises FindingsError, with where it was looked for, if there is none; for letsgo."""
    if start_dir is not None:
        _STATE.start_dir = start_dir
    path = find_file(_STATE.start_dir) or _STATE.path
    if path is not None:
        return path
    names = " or ".join(file_names(os.environ))
    mend = f"Create {FILE} beside your server.py, with the lines\n        name: myservice\n        live_host: http://localhost"
    raise FindingsError([Finding(FILE, 0, 0, "missing-config", f"there is no {names} in {_searched()}", mend)])


def folder() -> str:
    """The folder of the config file, else the working directory: the service's own modules are imported from there."""
    path = _loaded().path
    return str(Path(path).resolve().parent) if path is not None else str(Path.cwd())


def secret_values() -> list[str]:
    """
    The values that no message may contain, of 6 characters or more, the longest first: of keys that are secrets, those
    of nested keys too, and of the variables of env_secrets. Empty where the config was not read.
    """
    return list(_secrets()[1])


def conceal(*secrets: str) -> None:
    """Have secret_values() know *secrets*, too, which came from elsewhere: the last 200 of them."""
    _STATE.concealed.extend(one for one in secrets if one)
    _STATE.concealings += 1
    _STATE.secrets = None


def _secrets() -> tuple[set[str], list[str]]:
    """All texts that are secrets, and those that secret_values() gives: found once, until something is assigned."""
    known = _STATE.secrets
    if known is None:
        before = _STATE.concealings
        found = hidden(_CONFIG.__dict__, _STATE.resolved.masked, _STATE.environ).union(_STATE.concealed.copy())
        long = sorted((value for value in found if len(value) >= 6), key=lambda value: (-len(value), value))
        known = _STATE.secrets = found, long
        if before != _STATE.concealings:  # another thread has found one meanwhile
            _STATE.secrets = None
    return known


def _searched() -> str:
    first, *others = [str(folder) for folder in folders(_STATE.start_dir)]
    here = str(Path.cwd())
    return f"{first}, {here} or above" if first != here else f"{here} or above" if others else here


def _absent(key: str) -> str:
    """What to tell whoever asks for *key*, which is not set."""
    state = _STATE
    variable = f"PYM_{key.upper()}"
    if state.path is None:
        return (
            f"{key} is not set: there is no {' or '.join(file_names(state.environ))} in {_searched()}. "
            f"Create one with a line '{key}: ...', or set it with: export {variable}=..."
        )
    mend = did_you_mean(key, (*SETTINGS, *state.resolved.values)) if key not in SETTINGS else ""
    name = state.document.name if state.document is not None else state.path
    return f"{key} is not set in {name}. {mend or f'Add a line: {key}: ...'}"
