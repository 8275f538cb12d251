"""What a service refuses: a code, a text, and a status."""

from __future__ import annotations

__all__ = ["Refusal", "invalid"]


class Refusal(Exception):
    """`status`: of HTTP; below 500 the sender is at fault."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.status = code, text, status


def invalid(text: str) -> Refusal:
    """What Beanstalk says of most that is wrong."""
    return Refusal("InvalidParameterValue", text)
