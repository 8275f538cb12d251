"""Flask's own test suite, with our dispatch on every app that it makes."""
