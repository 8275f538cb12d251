"""A value -> the body of a request, by its class and what is declared: JSON, text, forms, files, streams of items."""

__all__: list[str] = []
