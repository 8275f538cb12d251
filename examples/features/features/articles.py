"""The number of an article, such as AB-123: what strings of `format: article` are in models."""

import re
from typing import NamedTuple


class Article(NamedTuple):
    group: str
    number: int

    @classmethod
    def fits(cls, text):
        return re.fullmatch(r"[A-Z]{2}-[0-9]{3}", text) is not None

    @classmethod
    def read(cls, text):
        group, number = text.split("-")
        return cls(group, int(number))

    def __str__(self):
        return f"{self.group}-{self.number:03}"
