"""The descriptions that are served -> pages for people, Swagger UI from our own files, and documents for programs."""

__all__: list[str] = []
