"""The import names that old services write: re-exports of pymacaron, no code."""

__all__: list[str] = []
