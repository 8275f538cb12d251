"""A description -> what mypy and pyright know of it: the types of its models and handlers, and the text of apis.pyi."""

__all__: list[str] = []
