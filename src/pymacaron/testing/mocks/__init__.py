"""
Descriptions -> a service that answers as they say, without handlers: `pymacaron mock`, and `mocked()` for tests.

service.py puts it together: routing, validation and security are those of every service of ours (api/standin.py).
answers.py finds what an operation answers, by what preferring.py reads of the caller's wishes, in bodies.py's media
types; calls.py writes down what was asked. running.py starts it in a process of its own.
"""

__all__: list[str] = []
