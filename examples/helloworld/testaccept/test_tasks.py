"""Acceptance tests of GET /async and GET /asyncdie."""

from pymacaron.test import PyMacaronTestCase


class Test(PyMacaronTestCase):
    def test_a_task_is_sent_and_its_id_is_answered(self):
        assert len(self.assertGetReturnJson("async")["task_id"]) == 36

    def test_a_call_whose_task_dies_later_is_answered(self):
        assert len(self.assertGetReturnJson("asyncdie")["task_id"]) == 36
