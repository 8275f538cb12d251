"""The texts of a path, a query, headers and cookies <-> the values of parameters, by style, explode and schema."""

__all__: list[str] = []
