"""Acceptance tests of POST /greetings."""

from pymacaron.test import PyMacaronTestCase


class Test(PyMacaronTestCase):
    def test_a_card_is_written(self):
        card = {"to": ["Ada"], "lines": [{"text": "Well done", "times": 2}], "send_at": "2030-01-01T12:00:00Z"}
        self.assertPostReturnDict(
            "greetings",
            card,
            {"text": "Dear Ada,\nWell done, Well done", "send_at": "2030-01-01T12:00:00Z"},
            status=201,
        )

    def test_everything_that_is_wrong_is_told_at_once(self):
        card = {"to": [], "lines": [{"text": "Well done", "times": 9}, {}]}
        error = self.assertPostReturnError("greetings", card, 400, "INVALID_PARAMETER")
        found = {(one["in"], one["pointer"], one["code"]) for one in error["errors"]}
        assert found == {
            ("body", "/to", "minItems"),
            ("body", "/lines/0/times", "maximum"),
            ("body", "/lines/1/text", "required"),
        }
