"""What old services import from here; its home is pymacaron.exceptions."""

from pymacaron.exceptions import PyMacaronCoreException, ValidationError

__all__ = ["PyMacaronCoreException", "ValidationError"]
