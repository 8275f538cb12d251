"""The body of a request -> a value, by its media type: JSON, text, forms and their parts."""

__all__: list[str] = []
