"""The import name that acceptance tests of old services write; pymacaron.test is the new one."""

__all__: list[str] = []
