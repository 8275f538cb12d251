"""
`x-idempotency` of an operation: a request that is sent twice with one Idempotency-Key has one effect.

Loaded where an operation says it, and only there.
Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

__all__: list[str] = []
