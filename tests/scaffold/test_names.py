"""What a service can be called, and what is said of a name that it cannot have."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.scaffold.names import Name, UnusableNameError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("shop", Name(Path("shop"), "shop", "shop", "shop")),
        ("my-shop", Name(Path("my-shop"), "my-shop", "my_shop", "my-shop")),
        ("My_Shop2", Name(Path("My_Shop2"), "My_Shop2", "my_shop2", "My_Shop2")),
        ("services/shop/", Name(Path("services/shop"), "shop", "shop", "shop")),
        ("a", Name(Path("a"), "a", "a", "a")),
    ],
)
def test_a_name_says_folder_package_and_title(given: str, expected: Name) -> None:
    assert Name.of(given) == expected


def test_the_current_folder_gives_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tea-shop").mkdir()
    monkeypatch.chdir(tmp_path / "tea-shop")
    assert Name.of(".") == Name(Path(), "tea-shop", "tea_shop", "tea-shop")


def test_a_title_is_a_line() -> None:
    assert Name.of("shop", " Shop of tea ").title == "Shop of tea"
    for title in ("", "  ", "Shop\nof tea", "x" * 101):
        with pytest.raises(UnusableNameError, match="is no title"):
            Name.of("shop", title)


@pytest.mark.parametrize(
    ("given", "fact"),
    [
        ("9lives", "no name of a service"),
        ("my.shop", "no name of a service"),
        ("My Shop", "no name of a service"),
        ("shop-", "no name of a service"),
        ("café", "no name of a service"),
        ("shop\n", "no name of a service"),
        ("x" * 61, "no name of a service"),
        ("class", "a word of Python"),
        ("server", "another part of every service"),
        ("Tests", "another part of every service"),
        ("ping", "an api that every service has"),
        ("build", "tools pass over"),
        ("json", "would hide the module 'json' of Python"),
        ("pymacaron", "would hide the module 'pymacaron' that is installed"),
        ("flask-cors", "would hide the module 'flask_cors' that is installed"),
        ("yaml", "would hide the module 'yaml' that is installed"),
        ("boto3", "would hide the module 'boto3' that is installed"),
    ],
)
def test_a_name_that_would_do_harm_is_refused(given: str, fact: str) -> None:
    with pytest.raises(UnusableNameError) as raised:
        Name.of(given)
    assert fact in raised.value.fact
    assert raised.value.mend.startswith("Try: pymacaron new ")
    assert Name.of(raised.value.mend.removeprefix("Try: pymacaron new "))


def test_a_module_of_the_service_itself_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert Name.of("shop").package == "shop"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(UnusableNameError, match="installed"):
        Name.of("shop")
