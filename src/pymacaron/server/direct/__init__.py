"""From a WSGI request to its operation and back past Flask's own dispatch, with all that a user of Flask can notice."""

__all__: list[str] = []
