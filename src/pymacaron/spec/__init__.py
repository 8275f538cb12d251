"""A description in a file -> one frozen record `Api`. The door is load.py; no network, no Flask."""

__all__: list[str] = []
