"""Whether all values of one schema fit another: a proof, or the gaps. containment.py is the door."""

__all__: list[str] = []
