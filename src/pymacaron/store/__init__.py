"""Models that are kept: `table(Order)`, and what has to be true of items. See docs/persistence.md."""

__all__: list[str] = []
