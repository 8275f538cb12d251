"""Values <-> the raw parts of HTTP: parameters, bodies, replies, errors. No I/O, no Flask; doors: inbound, outbound."""

__all__: list[str] = []
