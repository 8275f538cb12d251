"""
What is told of requests to those who watch a service: metrics for Prometheus, spans for OpenTelemetry.

Loaded where a setting asks for it; what servers and calls look up, watching.py and workers.py, imports no library.
"""

__all__: list[str] = []
