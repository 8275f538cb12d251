"""
YAML or JSON -> plain values whose file:line:column can be told; used by descriptions and by config. The one room that
knows PyYAML.

Only findings need positions, so a Document keeps its text and looks for a position when it is asked. Files: reading.py
is the door; encoding.py refuses what is not UTF-8; json.py and yaml.py make values, yaml.py from libyaml's events
(events.py) by the rules of scalars.py; places.py finds where a value stands; refusals.py words what is wrong;
document.py holds what was read; writing.py is the way back.
"""

from pymacaron.source.document import Document, Node, Position
from pymacaron.source.reading import parse, read
from pymacaron.source.writing import dump_yaml

__all__ = ["Document", "Node", "Position", "dump_yaml", "parse", "read"]
