"""
pym-config.yaml and the environment -> one object, behind get_config(): every problem at once, secrets never shown.

Precedence: assignments and `API(settings=...)`, then the environment `PYM_<KEY>`, then the file, then the default in
SETTINGS. resolving.py is pure: a document and an environment give a Resolved; the facade that get_config() returns, of
current.py, keeps the latest one. What the framework asks for are functions of this module, since every name of the
facade may be a key.
"""

from pymacaron.config.clients import USER, guarded
from pymacaron.config.clients import fault as client_fault
from pymacaron.config.current import (
    Config,
    conceal,
    demand,
    findings,
    folder,
    freeze,
    get_config,
    is_dev,
    load,
    require_file,
    reset,
    resolved,
    secret_values,
    validate,
)
from pymacaron.config.faults import PATHS
from pymacaron.config.files import find_file
from pymacaron.config.kinds import brief
from pymacaron.config.places import Place
from pymacaron.config.resolving import Resolved, resolve
from pymacaron.config.settings import FILE, MASK, SETTINGS, Setting, is_secret
from pymacaron.config.stores import broker_fault

__all__ = [
    "FILE",
    "MASK",
    "PATHS",
    "SETTINGS",
    "USER",
    "Config",
    "Place",
    "Resolved",
    "Setting",
    "brief",
    "broker_fault",
    "client_fault",
    "conceal",
    "demand",
    "find_file",
    "findings",
    "folder",
    "freeze",
    "get_config",
    "guarded",
    "is_dev",
    "is_secret",
    "load",
    "require_file",
    "reset",
    "resolve",
    "resolved",
    "secret_values",
    "validate",
]
