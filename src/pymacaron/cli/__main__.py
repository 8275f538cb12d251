"""`python -m pymacaron.cli`: the command `pymacaron`."""

from __future__ import annotations

from pymacaron.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
