"""
Everything wrong with descriptions, their examples, the handlers that they name and the config: what `check` prints.

A start does the same without examples and defaults, since those need validators. Stands above the rooms that it asks:
spec/ for the structure, schema/ for values, server/binding.py for handlers, config/ for pym-config.yaml.

checked.py asks everything of everything; files.py finds what to ask, and of its pym-config.yaml; handlers.py and
classes.py look at code, values.py at examples and defaults, regexes.py at patterns, ignored.py at what has no effect,
named.py at what is named and is not there, pages.py at where `x-pagination` leads, kept.py at tables, guards.py and
requirements.py at security, installed.py at the environment.
"""

from pymacaron.check.checked import Checked, check
from pymacaron.check.classes import parents
from pymacaron.check.files import MAX_BYTES, config_beside, descriptions, max_bytes, sources
from pymacaron.check.handlers import bound
from pymacaron.check.ignored import ignored
from pymacaron.check.installed import old_distributions
from pymacaron.check.kept import tables
from pymacaron.check.named import unknown_names, unknown_scopes
from pymacaron.check.pages import unknown_places
from pymacaron.check.regexes import patterns
from pymacaron.check.values import examples

__all__ = [
    "MAX_BYTES",
    "Checked",
    "bound",
    "check",
    "config_beside",
    "descriptions",
    "examples",
    "ignored",
    "max_bytes",
    "old_distributions",
    "parents",
    "patterns",
    "sources",
    "tables",
    "unknown_names",
    "unknown_places",
    "unknown_scopes",
]
