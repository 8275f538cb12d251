"""
`x-rate-limit` of an operation: how often each caller may call it.

Loaded where an operation says it, and only there.
"""

__all__: list[str] = []
