"""Why no value could be made."""

from __future__ import annotations

__all__ = ["NoValue"]


class NoValue(Exception):
    """None could be made. `pointer`: of what; `why`: in a few words."""

    def __init__(self, pointer: str, why: str):
        super().__init__(f"{pointer or 'the value'}: {why}")
        self.pointer = pointer
        self.why = why
