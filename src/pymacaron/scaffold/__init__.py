"""
The files of a service that is begun, and what is added to one whose description grew.

Nothing here runs in a service; `pymacaron new` and `pymacaron sync` use it.
"""

__all__: list[str] = []
