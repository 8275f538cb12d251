"""What a server.py serves, by its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.scaffold.serving import served


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('api.start(serve="shop")\n', ["shop"]),
        ('def start():\n    API(app).load_apis("apis").start(serve=["shop", "pets"])\n', ["shop", "pets"]),
        ('api.start(serve=("shop",))\nother.start(serve="shop")\n', ["shop"]),
        ("api.start(serve=NAMES)\n", []),
        ("api.start()\n", []),
        ("def f(:\n", []),
        (None, []),
    ],
)
def test_names_are_those_that_are_written_there(tmp_path: Path, text: str | None, names: list[str]) -> None:
    if text is not None:
        (tmp_path / "server.py").write_text(text)
    assert served(tmp_path / "server.py") == names
