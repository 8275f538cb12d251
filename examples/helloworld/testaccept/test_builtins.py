"""Acceptance tests: what every service answers, against a server that runs."""

from pymacaron.test import PyMacaronTestCase


class Test(PyMacaronTestCase):
    def test_ping(self):
        self.assertHasPing()

    def test_version(self):
        self.assertHasVersion()

    def test_auth_version(self):
        self.assertHasAuthVersion()
