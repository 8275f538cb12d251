"""`from pymacaron_unit.testcase import PyMacaronTestCase`, as old services write it."""

from pymacaron.test import PyMacaronTestCase

__all__ = ["PyMacaronTestCase"]
