"""Acceptance tests of GET /hello/{name} and GET /languages/{code}."""

from pymacaron.test import PyMacaronTestCase


class Test(PyMacaronTestCase):
    def test_hello_in_english_unless_asked_otherwise(self):
        assert self.assertGetReturnJson("hello/Ada") == {"text": "Hello Ada!", "language": "en"}
        assert self.assertGetReturnJson("hello/Zoë?language=fr") == {"text": "Bonjour Zoë!", "language": "fr"}

    def test_a_language_that_nobody_speaks(self):
        error = self.assertGetReturnError("languages/xx", 404, "UNKNOWN_LANGUAGE")
        assert error["user_message"] == "Sorry, we do not speak that language yet."

    def test_what_is_no_language_code(self):
        error = self.assertGetReturnError("hello/Ada?language=English", 400, "INVALID_PARAMETER")
        assert [(one["in"], one["pointer"], one["code"]) for one in error["errors"]] == [
            ("query", "/language", "pattern")
        ]
