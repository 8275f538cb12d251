"""The service on Flask: from a path to its handler and back. With api/ and connexion/ all that knows Flask."""

__all__: list[str] = []
