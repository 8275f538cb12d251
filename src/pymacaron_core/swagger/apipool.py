"""What old services import from here; its home is pymacaron.pool."""

from pymacaron.pool import ApiPool

__all__ = ["ApiPool"]
