"""
A schema -> a codec: JSON text -> checked and converted values -> JSON text. No I/O, no Flask; the door is codec.py.
"""

__all__: list[str] = []
