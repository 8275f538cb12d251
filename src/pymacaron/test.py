"""
`from pymacaron.test import PyMacaronTestCase`: the acceptance test case, with what every service of ours answers.

The assertions about any call are in pymacaron.testing.testcase; here are those about the built-in endpoints.
"""

from __future__ import annotations

from typing import Any

from pymacaron.testing import testcase

__all__ = ["PyMacaronTestCase"]


class PyMacaronTestCase(testcase.PyMacaronTestCase):
    """See pymacaron.testing.testcase; and the assertions about /ping, /version and /auth/version."""

    def assertIsVersion(self, j: Any) -> None:
        """*j* is what /version answers: `name`, `version` and `container` are there and are text."""
        if not isinstance(j, dict):
            self.fail(f"A version is a JSON object, not {j!r}")
        for key in ("name", "version", "container"):
            if not isinstance(j.get(key), str):
                self.fail(f"{key!r} of a version is text, not {j.get(key)!r}: {j!r}")

    def assertHasPing(self, verify_ssl: bool = True) -> None:
        """GET /ping answers `{}`."""
        self.assertGetReturnOk("ping", verify_ssl=verify_ssl)

    def assertHasVersion(self, verify_ssl: bool = True) -> dict[str, Any]:
        """GET /version answers a version, which is given."""
        j: dict[str, Any] = self.assertGetReturnJson("version", verify_ssl=verify_ssl)
        self.assertIsVersion(j)
        return j

    def assertHasAuthVersion(self, verify_ssl: bool = True) -> None:
        """GET /auth/version asks for a token, and answers a version to the one in `self.token` if there is one."""
        self.assertGetReturnError("auth/version", 401, "AUTHORIZATION_HEADER_MISSING", verify_ssl=verify_ssl)
        if self.token:
            auth = f"Bearer {self.token}"
            self.assertIsVersion(self.assertGetReturnJson("auth/version", auth=auth, verify_ssl=verify_ssl))
