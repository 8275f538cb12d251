"""Acceptance tests of GET /me."""

from pymacaron.test import PyMacaronTestCase


class Test(PyMacaronTestCase):
    def test_nobody_without_a_token(self):
        self.assertGetReturnError("me", 401, "AUTHORIZATION_HEADER_MISSING")

    def test_a_token_that_is_none(self):
        self.assertGetReturnError("me", 401, "TOKEN_INVALID", auth="Bearer nonsense")

    def test_the_user_of_the_token(self):
        if not self.token:
            self.skipTest("PYM_JWT_TOKEN is not set")
        assert self.assertGetReturnJson("me", auth=f"Bearer {self.token}")["user_id"]
