"""The service on Flask: from a path to its handler and back. With api/ the one room that knows Flask."""

__all__: list[str] = []
