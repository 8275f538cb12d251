"""`.env`: what its lines mean, and who wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron import dotenv
from pymacaron.exceptions import ConfigError


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=plain", "plain"),
        ("  export KEY = plain  ", "plain"),
        ("KEY=", ""),
        ("KEY=a b # a comment", "a b"),
        ("KEY=a#b", "a#b"),
        ("KEY=# a comment", ""),
        ("KEY='a # b \\n' # a comment", "a # b \\n"),
        ('KEY="a # b\\n\\"c\\" $d"', 'a # b\n"c" $d'),
        ("KEY=it's", "it's"),
        ("KEY=a=b==", "a=b=="),
        ("\ufeffKEY=plain\r", "plain"),
        ("KEY=first\nKEY=last", "last"),
    ],
)
def test_a_line_is_a_variable_and_its_value(line: str, value: str) -> None:
    assert dotenv.parse(line) == {"KEY": value}


def test_empty_lines_and_comments_are_nothing() -> None:
    assert dotenv.parse("\n  \n# KEY=value\n   # more\n") == {}


@pytest.mark.parametrize(
    "line", ["sesame", "2KEY=sesame", "KEY='sesame", 'KEY="sesame', "KEY='ses'ame", "KEY KEY=sesame", "KEY=ses\0ame"]
)
def test_another_line_is_an_error_that_names_its_place_and_nothing_in_it(line: str) -> None:
    with pytest.raises(ConfigError) as raised:
        dotenv.parse(f"A=1\n{line}\n")
    assert str(raised.value).startswith(".env:2 is no line KEY=VALUE")
    assert "sesame" not in str(raised.value)


def test_a_variable_that_is_set_already_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("DOTENV_SET=file\nDOTENV_NEW=file\n")
    monkeypatch.setenv("DOTENV_SET", "")
    monkeypatch.setenv("DOTENV_NEW", "to be restored")
    monkeypatch.delenv("DOTENV_NEW")
    assert dotenv.load(tmp_path) == ["DOTENV_NEW"]
    assert dotenv.unset(tmp_path) == {}
    assert dotenv.unset(tmp_path, {}) == {"DOTENV_SET": "file", "DOTENV_NEW": "file"}


def test_no_file_is_no_variables(tmp_path: Path) -> None:
    assert dotenv.load(tmp_path) == []


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"KEY=\xff\n")
    with pytest.raises(ConfigError, match=r"\.env is no UTF-8 text$"):
        dotenv.load(tmp_path)
