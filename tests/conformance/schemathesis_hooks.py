"""What schemathesis has to be told of media types that it cannot write: what contract tests tell it."""

from pymacaron.testing.contract import media

media.register()
