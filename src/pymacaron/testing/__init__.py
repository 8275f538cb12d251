"""
What a service is tested with: so far the acceptance test case, which calls a running server from the outside.

Nothing here is loaded by a service that runs; users import `pymacaron.test`.
"""

__all__: list[str] = []
